"""The command line. Commands import what they need when they run, so that ``npsolver --help`` is instant."""

from __future__ import annotations

import sys

import click

from npsolver.cli.batch_commands import collect, reproduce, sweep
from npsolver.cli.failures import exit_code
from npsolver.cli.ladder_command import ladder
from npsolver.cli.reciprocity_command import reciprocity
from npsolver.cli.result_commands import export, plot, report
from npsolver.cli.run_command import run
from npsolver.cli.tool_commands import info, new, schema
from npsolver.cli.validate_command import validate
from npsolver.reference_engine.commands import compare

__all__ = ["cli", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="npsolver")
def cli() -> None:
    """Ions, electrons and defects driven by their electrochemical potential.

    Start with `npsolver new my-case`, then `npsolver run my-case.toml`.

    Exit codes: 0 success, 2 the input is wrong, 3 not converged, 4 refused or an expectation failed,
    130 interrupted.
    """


for command in (
    run, validate, ladder, compare, reciprocity, sweep, collect, plot, report, export, reproduce, new, schema, info,
):
    cli.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with the code of the contract."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        # a terminal without Unicode shows a question mark instead of failing
        stream.reconfigure(errors="replace")
    sys.exit(exit_code(cli, arguments))
