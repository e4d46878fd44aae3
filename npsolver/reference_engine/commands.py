"""``npsolver compare`` and the engine of ``npsolver run``."""

from __future__ import annotations

import click

ENGINES = ("npsolver", "fipy")


def engine_option(function):
    """``--engine``: which program solves."""
    return click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default="npsolver",
        show_default=True,
        help="Solve with FiPy instead, as a cross-check.",
    )(function)


def solver_of(engine: str, *, verify: bool = False, restart: bool = False):
    """The function that solves a case, with the keywords of `npsolver.run`."""
    from npsolver.errors import InputError

    if engine == "npsolver":
        from npsolver.runner import run

        return run
    for used, option in ((verify, "--verify"), (restart, "--restart")):
        if used:
            raise InputError(f"{option} works with our own engine only; leave out --engine {engine}")

    def solve(case, *, progress=None, **_):
        from npsolver.reference_engine import solve_with_fipy

        return solve_with_fipy(case, progress=progress)

    return solve


@click.command(short_help="Solve one case with FiPy as well and compare.")
@click.argument("case", metavar="CASE.toml")
@click.option("--set", "assignments", metavar="KEY=VALUE", multiple=True, help="Replace a value of the case file.")
@click.option("--refine", type=click.FloatRange(min=0.1), default=1.0, show_default=True, help="Factor on the nodes.")
@click.option("--rtol", type=click.FloatRange(min=0.0), help="Exit with 4 if an observable differs by more than this.")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def compare(case, assignments, refine, rtol, quiet) -> int:
    """Solve one case with npsolver and with FiPy on the same mesh; print both answers and both times.

    The two discretise differently, so that their answers differ by the error of the mesh: repeat with --refine 2 to
    see the difference shrink. FiPy integrates in time with implicit Euler, to 1e-3 per step.
    """
    from npsolver.case import load, parse_assignment
    from npsolver.cli.console import progress_bar
    from npsolver.errors import RefusedError
    from npsolver.reference_engine import compare as solve_both

    loaded = load(case, dict(parse_assignment(text) for text in assignments))
    with progress_bar(loaded.title or loaded.name, quiet=quiet) as progress:
        result = solve_both(loaded, refine=refine, progress=progress)
    click.secho(loaded.title or loaded.name, bold=True)
    click.echo(f"{result.ours.stats['nodes']} nodes; FiPy solves {result.fipy.stats['unknowns']} unknowns "
               f"({result.fipy.stats['linear_solver'].removeprefix('FiPy, ')})")
    click.echo()
    click.echo(_table(result))
    click.echo()
    ratio = result.fipy_seconds / result.seconds
    click.echo(f"npsolver {result.seconds:.3g} s, FiPy {result.fipy_seconds:.3g} s: {ratio:.3g} times as long")
    name, worst = result.worst
    if rtol is not None and worst > rtol:
        raise RefusedError(f"{case}: {name} differs by {worst:.2g} (relative), allowed {rtol:g}")
    return 0


def _table(result) -> str:
    from npsolver.cli.console import table
    from npsolver.output import display_unit, format_number

    rows = [["observable", "npsolver", "FiPy", "difference", "relative", ""]]
    for name, ours, theirs, difference, relative, unit in result.rows:
        factor, shown = display_unit(ours, unit)
        rows.append(
            [name, format_number(ours * factor, 6), format_number(theirs * factor, 6),
             format_number(difference * factor, 2), format_number(relative, 2), shown]
        )
    return table(rows, right=(1, 2, 3, 4))
