"""The command line. A command is imported when it is called or described, and imports what it needs when it runs."""

from __future__ import annotations

import difflib
import shlex
import sys
from importlib import import_module

import click

from npsolver.cli.failures import exit_code

__all__ = ["cli", "main"]


# command -> module that has it
_COMMANDS = {
    "run": "npsolver.cli.run_command",
    "validate": "npsolver.cli.validate_command",
    "ladder": "npsolver.cli.ladder_command",
    "compare": "npsolver.reference_engine.commands",
    "reciprocity": "npsolver.cli.reciprocity_command",
    "sweep": "npsolver.cli.batch_commands",
    "collect": "npsolver.cli.batch_commands",
    "plot": "npsolver.cli.result_commands",
    "report": "npsolver.cli.result_commands",
    "export": "npsolver.cli.result_commands",
    "reproduce": "npsolver.cli.batch_commands",
    "new": "npsolver.cli.tool_commands",
    "schema": "npsolver.cli.tool_commands",
    "info": "npsolver.cli.tool_commands",
}


class _Commands(click.Group):
    """Commands by name, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return getattr(import_module(_COMMANDS[name]), name) if name in _COMMANDS else None

    def resolve_command(self, ctx: click.Context, args: list[str]):
        """A wrong name gets the nearest command, a case file without a command `run`."""
        name = args[0]
        if name not in _COMMANDS and name.endswith(".toml"):
            ctx.fail(f"No such command {name!r}. To solve the case: npsolver run {shlex.quote(name)}")
        close = difflib.get_close_matches(name, _COMMANDS, n=1)
        if name not in _COMMANDS and close:
            ctx.fail(f"No such command {name!r}. Did you mean {close[0]!r}?")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="npsolver")
def cli() -> None:
    """Ions, electrons and defects driven by their electrochemical potential.

    Start with `npsolver new my-case`, then `npsolver run my-case.toml`.

    \b
    Exit codes:
      0    success
      1    the disk is full, no memory, or a fault of npsolver (--debug shows where)
      2    the input is wrong
      3    not converged; of a study: members failed
      4    converged but refused (conservation, resolution), or an expectation failed
      130  interrupted
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with the code of the contract."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        # a terminal without Unicode shows a question mark instead of failing
        stream.reconfigure(errors="replace")
    sys.exit(exit_code(cli, arguments))
