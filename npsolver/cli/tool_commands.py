"""``npsolver new``, ``schema`` and ``info``."""

from __future__ import annotations

import json
import os
import platform
import shlex
from importlib import metadata
from pathlib import Path

import click

from npsolver.cli.failures import debug_option

KINDS = ("transport", "equilibrium", "cell", "pourbaix", "ocv")
LIBRARIES = ("numpy", "scipy", "h5py", "pint", "matplotlib", "rich", "click", "fipy")


@click.command()
@click.argument("name")
@click.option("-t", "--template", metavar="T", default="membrane", show_default=True, help="Which case to start from.")
@click.option(
    "--list",
    "listing",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda *a: _list(*a),
    help="List the templates.",
)
@debug_option
def new(name, template) -> int:
    """Start a case file NAME.toml from a template."""
    from npsolver.case import template_text
    from npsolver.output.atomic import write_new_text

    path = Path(name)
    if path.suffix != ".toml":
        path = path.with_name(path.name + ".toml")
    write_new_text(path, template_text(template))
    click.echo(f"{path} written; edit it, then: npsolver run {shlex.quote(str(path))}")
    return 0


def _list(context: click.Context, _, wanted: bool) -> None:
    if not wanted:
        return
    from npsolver.case import templates
    from npsolver.cli.console import table

    click.echo(table(templates().items(), indent=""))
    context.exit()


@click.command(short_help="Print the JSON Schema of case files.")
@click.option("-o", "--output", metavar="FILE", help="Write it to a file.")
@click.option("-k", "--kind", type=click.Choice(KINDS), default=KINDS[0], show_default=True, help="Kind of case.")
@debug_option
def schema(output, kind) -> int:
    """Print the JSON Schema of case files, for editors that complete and check TOML."""
    from npsolver.case import json_schema

    text = json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return 0
    from npsolver.output.atomic import replacing

    path = Path(output)
    with replacing(path.parent) as files:
        files.write_text(path.name, text)
    click.echo(f"{path} written")
    return 0


@click.command(short_help="Show versions, threads, solvers and libraries.")
@debug_option
def info() -> int:
    """Show versions, threads, solvers and the libraries of species and salts."""
    from npsolver.cli.console import table

    rows = [["npsolver", _version("npsolver")], ["python", f"{platform.python_version()} on {platform.platform()}"]]
    rows += [[name, _version(name)] for name in LIBRARIES]
    rows += [["processors", f"{_processors()} usable of {os.cpu_count()}"], ["threads", "1 unless --threads is given"]]
    rows += _kernels() + _libraries()
    click.echo(table(rows, indent=""))
    return 0


def _libraries() -> list[list[str]]:
    """What a case file can call by name."""
    from npsolver.case.salts import salt_library
    from npsolver.case.species import library

    salts = ", ".join(f"{salt.name} (to {salt.largest / 1000:g} M)" for salt in salt_library().values())
    return [
        ["species", f"{len(library())} with charge and diffusivity in water, see docs/species.md"],
        ["salts", f"{salts}: [onsager.salt] data, see docs/transport-data.md"],
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _kernels() -> list[list[str]]:
    """What the compiled part can do."""
    from npsolver.linear import BlockTridiagonal

    solvers = f"{BlockTridiagonal.name} (1D), GMRES with multigrid and sparse LU (2D, 3D)"
    return [["OpenMP", _openmp()], ["linear solvers", solvers]]


def _openmp() -> str:
    """Whether the kernels, loaded by now, brought an OpenMP runtime with them."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        return "cannot be told on this system"
    import npsolver.discretisation

    runtimes = [name for name in ("libgomp", "libomp", "libiomp5") if f"/{name}" in maps.read_text()]
    return f"yes ({', '.join(runtimes)})" if runtimes and npsolver.discretisation else "no: kernels use one thread"
