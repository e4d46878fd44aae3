"""``npsolver validate``."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import click

from npsolver.cli.console import counted
from npsolver.cli.failures import debug_option
from npsolver.errors import InputError, NpsolverError


@click.command()
@click.argument("paths", metavar="[CASE.toml | FOLDER]...", nargs=-1)
@click.option("-q", "--quiet", is_flag=True, help="Print failures only.")
@debug_option
def validate(paths, quiet) -> int:
    """Run cases and compare them with the closed forms they expect.

    Prints value, reference, error, tolerance and pass or FAIL for every [[expect]] block; folders are searched for
    *.toml. Default: the folder cases. Nothing is written.
    """
    files = _files(paths or ("cases",))
    worst, failed, passed, bare, broken = 0, 0, 0, 0, 0
    for path in files:
        started = time.perf_counter()
        try:
            checks = _run(path)
        except NpsolverError as error:
            worst, broken = max(worst, error.exit_code), broken + 1
            click.echo(f"{path}: {_without_file(error, path)}\n", err=True)
            continue
        wrong = [item for item in checks if not item.passed]
        worst = max(worst, 4 if wrong else 0)
        failed, passed, bare = failed + len(wrong), passed + len(checks) - len(wrong), bare + (not checks)
        if wrong or not quiet:
            _print(path, checks, time.perf_counter() - started)
    if not quiet:
        words = [f"{counted(passed, 'check')} passed", f"{failed} failed"]
        words += [f"{counted(broken, 'case')} did not run"] * bool(broken)
        words += [f"{bare} without [[expect]]"] * bool(bare)
        click.secho(f"{counted(len(files), 'case')}: {', '.join(words)}", fg="red" if worst else "green")
    return worst


def _files(paths) -> list[Path]:
    """Case files in the order given, those of a folder by name."""
    files: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            # studies are no cases: npsolver sweep
            found = sorted(file for file in path.rglob("*.toml") if not file.name.endswith(".study.toml"))
            if not found:
                raise InputError("no case files (*.toml) in this folder", file=str(path))
            files += found
        elif path.exists():
            files.append(path)
        else:
            raise InputError("no such file or folder; give case files or a folder of them", file=str(path))
    return list(dict.fromkeys(files))


def _run(path: Path):
    from npsolver.case import load, to_si
    from npsolver.runner import run
    from npsolver.validation import check, prepare

    case = load(path)
    quantity = partial(to_si, temperature=case.model.temperature)
    prepare(case, quantity=quantity)
    return check(case, run(case), quantity=quantity)


def _without_file(error: NpsolverError, path: Path) -> str:
    """The message, which often starts with the file name itself."""
    return str(error).removeprefix(f"{path}: ")


def _print(path: Path, checks, seconds: float) -> None:
    from npsolver.cli.console import checks_table

    click.echo(f"{click.style(str(path), bold=True)}  {seconds:.2f} s")
    click.echo(checks_table(checks) if checks else "  no expectations")
    click.echo()
