"""``npsolver ladder``."""

from __future__ import annotations

import click

from npsolver.cli.failures import debug_option
from npsolver.errors import InputError, NpsolverError

RUNGS = ("poisson-boltzmann", "electroneutral", "pnp")


@click.command(short_help="Solve one case with every model and compare.")
@click.argument("case_path", metavar="CASE.toml", type=click.Path())
@click.option("--set", "assignments", metavar="KEY=VALUE", multiple=True, help="Change a value of the case; repeatable.")
@debug_option
def ladder(case_path, assignments) -> int:
    """Solve one case with every model that can express it and print the differences from the full one.

    The rungs are Poisson-Boltzmann (equilibrium), electroneutral Nernst-Planck, and Poisson-Nernst-Planck. A rung that
    does not apply says why. Nothing is written.
    """
    from npsolver.case import Case, load, parse_assignment
    from npsolver.runner import run

    case = load(case_path, dict(parse_assignment(text) for text in assignments))
    if not isinstance(case, Case):
        message = f"compares models of transport, and this is a case of kind {case.kind!r}"
        raise InputError(message, file=case_path, key="ladder")
    solutions, refused, worst = {}, {}, 0
    for physics in RUNGS:
        try:
            solutions[physics] = run(case.with_values({"model.physics": physics}))
        except InputError as error:
            refused[physics] = str(error).removesuffix(f" (with model.physics = {physics})")
        except NpsolverError as error:
            refused[physics] = str(error)
            worst = max(worst, error.exit_code)
    if not solutions:
        raise InputError("no model can express this case: " + "; ".join(refused.values()), file=case_path)
    _print(solutions, refused)
    return worst


def _print(solutions, refused) -> None:
    """One line per observable: the value of the finest rung and what the others differ from it."""
    from npsolver.output.quantities import format_quantity

    finest = [physics for physics in RUNGS if physics in solutions][-1]
    others = [physics for physics in RUNGS if physics in solutions and physics != finest]
    names = list(solutions[finest].observables)
    width = max(len(name) for name in names)
    click.echo("  ".join(["observable".ljust(width), finest.rjust(22), *(f"{other} − {finest}".rjust(28) for other in others)]))
    for name in names:
        item = solutions[finest].observables[name]
        value = _last(item.value)
        cells = [format_quantity(value, item.unit).rjust(22)]
        for other in others:
            difference = _last(solutions[other].observables[name].value) - value
            cells.append(format_quantity(difference, item.unit).rjust(28))
        click.echo("  ".join([name.ljust(width), *cells]))
    for physics, reason in refused.items():
        click.echo(f"\n{physics} does not apply: {reason}")


def _last(value) -> float:
    """The number itself, or that of the last frame."""
    return float(value if not hasattr(value, "__len__") else value[-1])
