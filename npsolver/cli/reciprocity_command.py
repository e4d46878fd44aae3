"""``npsolver reciprocity``."""

from __future__ import annotations

import json

import click

from npsolver.cli.failures import debug_option


@click.command()
@click.argument("case_file", metavar="CASE.toml")
@click.option("--bath", metavar="NAME", help="Boundary whose composition all terminals get. Default: the first bath.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Change a key of the case.")
@click.option("--json", "as_json", is_flag=True, help="Print the matrix as JSON.")
@debug_option
def reciprocity(case_file, bath, assignments, as_json) -> int:
    """Measure Onsager's reciprocity on the solved system.

    All terminals are brought to the composition of one bath (at rest with the reactions, if there are any) and to 0 V;
    about this equilibrium the electrochemical potential of every species at every terminal is driven in turn. The inflows
    form a matrix that must be symmetric and must not have a negative eigenvalue. Exit code 4 if its asymmetry exceeds
    1e-9.
    """
    from npsolver.case import load
    from npsolver.case.overrides import parse_assignment
    from npsolver.runner.reciprocity import LARGEST_ASYMMETRY
    from npsolver.runner.reciprocity import reciprocity as measure

    case = load(case_file, dict(parse_assignment(item) for item in assignments))
    found = measure(case, bath)
    response = found.response
    code = 0 if found.passed else 4
    if as_json:
        names = [f"{species} at {terminal}" for terminal, species in response.forces]
        record = {
            "bath": found.bath,
            "forces": names,
            "matrix": response.matrix.tolist(),
            "passive": [f"{species} at {terminal}" for terminal, species in response.passive],
            "asymmetry": response.asymmetry,
            "smallest_eigenvalue": response.smallest_eigenvalue,
            "largest_eigenvalue": response.largest_eigenvalue,
            "passed": found.passed,
        }
        click.echo(json.dumps(record, indent=2, ensure_ascii=False))
        return code
    _print(case, found, LARGEST_ASYMMETRY)
    return code


def _print(case, found, allowed: float) -> None:
    from npsolver.cli.console import table
    from npsolver.mesh.coordinates import measure

    response = found.response
    per = {"cartesian": "/m^2", "cylindrical": "/m", "spherical": "", "plane": "/m", "space": ""}
    area = per[measure(case.geometry.coordinates, case.geometry.dimension)]
    click.echo(f"{case.title or case.name}: equilibrium with {found.bath!r}, {found.nodes} nodes")
    click.echo(f"d(inflow of row)/d(mu~ of column), mol^2/(J s){area}")
    names = [f"{species} at {terminal}" for terminal, species in response.forces]
    shown = min(len(names), 8)
    rows = [["", *names[:shown]]]
    rows += [[name, *(f"{value:.4e}" for value in row[:shown])] for name, row in zip(names, response.matrix)]
    click.echo(table(rows, right=tuple(range(1, shown + 1))))
    if shown < len(names):
        click.echo(f"  ... {len(names) - shown} more columns; --json prints all")
    if response.passive:
        click.echo(
            "  drive nothing: " + ", ".join(f"{species} at {terminal}" for terminal, species in response.passive)
        )
    click.echo(f"  asymmetry            {response.asymmetry:.2e} (allowed {allowed:g})")
    click.echo(
        f"  smallest eigenvalue  {response.smallest_eigenvalue:.2e} of at most {response.largest_eigenvalue:.3g}"
    )
    verdict = "reciprocal, entropy production not negative" if found.passed else "NOT reciprocal or not dissipative"
    click.secho(f"  {verdict}", fg="green" if found.passed else "red")
