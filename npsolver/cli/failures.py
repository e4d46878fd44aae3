"""From exceptions to exit codes and one paragraph on stderr."""

from __future__ import annotations

import os
import sys
import traceback

import click

from npsolver.errors import NpsolverError

INTERRUPTED = 130


class StoppedError(NpsolverError):
    """Stopped by the user; the message says how to continue."""

    exit_code = INTERRUPTED


def exit_code(command: click.Command, arguments: list[str]) -> int:
    """Run `command` and turn whatever happens into an exit code."""
    debug = "--debug" in arguments
    try:
        code = command.main(args=arguments, prog_name="npsolver", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", INTERRUPTED, debug)
    except NpsolverError as error:
        return _say(str(error), error.exit_code, debug)
    except BrokenPipeError:
        # the reader of a pipe (head, less) has gone; what follows would only complain again while Python exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return _say("not enough memory for this case; use fewer nodes or output times", 1, debug)
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        hint = "" if debug else "; this is a fault of npsolver, re-run with --debug to see where"
        return _say(f"unexpected {type(error).__name__}: {text}{hint}", 1, debug)


def _say(message: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    click.echo(f"npsolver: {message}", err=True)
    return code


def debug_option(function):
    """``--debug``: looked for in the arguments, because a failure may come before the option is parsed."""
    return click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")(function)
