"""``npsolver plot`` and ``npsolver report``: from the files of an earlier run."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from npsolver.cli.batch_commands import is_study, plot_study
from npsolver.cli.failures import debug_option
from npsolver.cli.run_command import FORMATS


def _results_of(path: str) -> str:
    """The folder that `npsolver run` has written for a case file; anything else as it is."""
    if not path.endswith(".toml") or not Path(path).is_file():
        return path
    from npsolver.case.toml import parse, read_text
    from npsolver.errors import InputError

    if "study" in parse(read_text(path), path):
        return path
    folder = Path("results") / Path(path).stem
    if not folder.is_dir():
        raise InputError(f"there are no results in {folder}; first: npsolver run {shlex.quote(path)}", file=path)
    return str(folder)


@click.command(short_help="Draw the plots of a run or of a study again.")
@click.argument("directory", metavar="DIR | CASE.toml | STUDY.toml")
@click.option("--observable", "observables", multiple=True, metavar="NAME", help="Of a study: what is drawn.")
@click.option("--format", "formats", type=click.Choice(FORMATS), multiple=True, default=("png",), show_default=True)
@debug_option
def plot(directory, observables, formats) -> int:
    """Draw the plots of a finished run again, or the observables of a study over its axes."""
    directory = _results_of(directory)
    if is_study(directory):
        plot_study(directory, observables, formats)
        return 0
    from npsolver.output import read_result, write_plots

    for path in write_plots(directory, read_result(directory), formats):
        click.echo(path)
    return 0


@click.command()
@click.argument("directory", metavar="DIR | CASE.toml")
@click.option("--vtk", is_flag=True, help="Files for ParaView: fields.vtu, or fields.pvd with one file per frame.")
@click.option("-o", "--output", metavar="FOLDER", help="Default: DIR.")
@debug_option
def export(directory, vtk, output) -> int:
    """Write the fields of a finished run in another format."""
    from npsolver.errors import InputError
    from npsolver.output import read_result
    from npsolver.output.vtk import write_vtk
    from npsolver.stepping.solution import Solution

    directory = _results_of(directory)
    if not vtk:
        raise InputError("say in which format: npsolver export DIR --vtk")
    solution = read_result(directory).solution
    if not isinstance(solution, Solution):
        raise InputError("has no fields on a mesh to be exported", file=str(directory))
    for path in write_vtk(output or directory, solution):
        click.echo(path)
    return 0


@click.command(short_help="Write a run as one HTML file.")
@click.argument("directory", metavar="DIR | CASE.toml")
@click.option("-o", "--output", metavar="FILE", help="Default: DIR/report.html.")
@debug_option
def report(directory, output) -> int:
    """Write one HTML file with the plots and tables of a finished run."""
    from npsolver.output import read_result, write_report

    directory = _results_of(directory)
    click.echo(write_report(directory, read_result(directory), output))
    return 0
