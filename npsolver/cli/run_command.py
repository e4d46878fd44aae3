"""``npsolver run``."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from npsolver.cli.failures import StoppedError, debug_option
from npsolver.errors import ConvergenceError, RefusedError
from npsolver.reference_engine.commands import engine_option, solver_of

FORMATS = ("png", "svg", "pdf")


@click.command(short_help="Solve one case; write results, tables and plots.")
@click.argument("case", metavar="CASE.toml")
@click.option("-o", "--output", metavar="DIR", help="Folder for the results. Default: results/CASE.")
@click.option("--set", "assignments", metavar="KEY=VALUE", multiple=True, help="Replace a value of the case file.")
@click.option("--plots/--no-plots", default=None, help="Draw plots. Default: at a terminal only.")
@click.option("--format", "formats", type=click.Choice(FORMATS), multiple=True, help="Format of the plots: png.")
@click.option("--verify", is_flag=True, help="Repeat on refined meshes and steps; report error estimates.")
@click.option("--restart", is_flag=True, help="Continue an interrupted transient from its checkpoint.")
@click.option("--threads", type=click.IntRange(min=1), help="Number of threads. Default: 1.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@engine_option
@debug_option
def run(case, output, assignments, plots, formats, verify, restart, threads, quiet, engine) -> int:
    """Solve one case and write summary.json, result.h5, tables and plots.

    Values are replaced by their dotted key, for example

    \b
        npsolver run cell.toml --set boundary.left.potential="50 mV" --set mesh.refine=2
    """
    _limit_threads(threads)
    from npsolver.case import load, parse_assignment, to_si
    from npsolver.output import Checkpoint, prepare_directory, read_checkpoint, write_failure, write_result
    from npsolver.validation import check, prepare

    solve = solver_of(engine, verify=verify, restart=restart)
    loaded = load(case, dict(parse_assignment(text) for text in assignments))
    quantity = partial(to_si, temperature=loaded.model.temperature)
    prepare(loaded, quantity=quantity)
    directory = prepare_directory(output or Path("results") / loaded.name)
    state = read_checkpoint(directory, loaded) if restart else None
    checkpoint = Checkpoint(directory, loaded)
    try:
        with _progress(loaded, quiet) as progress, _stopping(checkpoint, loaded.solve.kind):
            solution = solve(
                loaded,
                progress=progress,
                checkpoint=checkpoint,
                restart=state,
                verify=verify,
                num_threads=threads or 1,
            )
    except KeyboardInterrupt:
        raise StoppedError(_how_to_continue(checkpoint, case, directory, assignments)) from None
    except ConvergenceError as error:
        write_failure(directory, loaded, "not-converged", str(error))
        raise
    except RefusedError as error:
        write_failure(directory, loaded, "refused", str(error))
        raise
    checks = check(loaded, solution, quantity=quantity)
    wanted = loaded.output.plots if plots is None else plots
    drawn = sys.stdout.isatty() if wanted is None else wanted
    files = write_result(
        directory, loaded, solution, checks=checks, plot_formats=(formats or loaded.output.formats) if drawn else ()
    )
    checkpoint.discard()
    if not quiet:
        _print(loaded, solution, checks, directory, files)
    for warning in solution.warnings:
        click.echo(f"npsolver: warning: {warning}", err=True)
    failed = [item.name for item in checks if not item.passed]
    if failed:
        word = "expectation" if len(failed) == 1 else "expectations"
        raise RefusedError(f"{case}: {len(failed)} {word} of {len(checks)} failed: {'; '.join(failed)}")
    return 0


def _limit_threads(threads: int | None) -> None:
    """Linear algebra libraries read these once, when NumPy is first imported."""
    if threads is not None:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(threads)


def _progress(case, quiet: bool):
    from npsolver.cli.console import progress_bar

    return progress_bar(case.title or case.name, quiet=quiet)


@contextmanager
def _stopping(checkpoint, kind: str) -> Iterator[None]:
    """Ctrl-C and a termination request stop a transient after its current step, saved; anything else at once.

    A second Ctrl-C stops at once, too.
    """

    def stop(*_):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if kind != "transient" or not checkpoint.request_stop():
            raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _how_to_continue(checkpoint, case: str, directory: Path, assignments) -> str:
    if not checkpoint.saved:
        return f"{case}: interrupted before anything was written; results in {directory} are as they were"
    words = ["npsolver", "run", case, "-o", str(directory)]
    for text in assignments:
        words += ["--set", text]
    return f"{case}: interrupted; continue with: {shlex.join([*words, '--restart'])}"


def _print(case, solution, checks, directory: Path, files) -> None:
    from npsolver.cli.console import checks_table, observables_table, work_line

    click.secho(case.title or case.name, bold=True)
    click.echo(work_line(solution))
    click.echo()
    click.echo(observables_table(solution))
    if checks:
        click.echo()
        click.echo(checks_table(checks))
    click.echo()
    click.echo(f"{directory}: {', '.join(path.name for path in files)}")
