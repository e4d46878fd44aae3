"""All files of one run, written together."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from npsolver.errors import InputError
from npsolver.output.atomic import Replacement, replacing
from npsolver.output.records import plain
from npsolver.output.result_file import Result, read_hdf5, write_hdf5
from npsolver.output.summary import FORMAT, dump, failed_summary, observables_csv, series_csv, summary, table_csv
from npsolver.stepping.solution import Solution

if TYPE_CHECKING:
    from npsolver.stepping.law_solution import LawSolution

RESULT, SUMMARY, FAILED = "result.h5", "summary.json", "failed-summary.json"
_PLOTS = ("concentrations", "potential", "fluxes", "charge_density", "layers", "history", "observables", "sweep")
_OWN = {"series.csv", *(f"{name}.{suffix}" for name in _PLOTS for suffix in ("png", "svg", "pdf"))}


def write_result(
    directory: str | os.PathLike,
    case,
    solution: Solution | LawSolution,
    *,
    checks: Iterable = (),
    plot_formats: Sequence[str] = (),
) -> list[Path]:
    """Write ``result.h5``, the tables, the plots and, last, ``summary.json``.

    Nothing in `directory` changes before every new file is complete and on the disk.

    Parameters
    ----------
    directory : path
        Created if needed.
    case : object
        With ``name``, ``title``, ``sha256`` and ``effective`` (a JSON-able mapping).
    solution : Solution or LawSolution
    checks : iterable of dataclass
        Evaluated expectations, for ``summary.json`` and the reference curves in plots.
    plot_formats : sequence of {"png", "svg", "pdf"}
        Empty means no plots.

    Returns
    -------
    list of Path
        The files, ``summary.json`` last.
    """
    checks = [plain(check) for check in checks]
    run_id = uuid.uuid4().hex
    previous = _files_of_previous_run(Path(directory))
    with replacing(directory) as files:
        if not isinstance(solution, Solution):
            from npsolver.output.law_file import write_law_hdf5

            write_law_hdf5(files.path(RESULT), case, solution, run_id)
            for name, rows in solution.tables.items():
                files.write_text(f"{name}.csv", table_csv(rows))
        else:
            write_hdf5(files.path(RESULT), case, solution, run_id)
        _copy_mesh(files, case, Path(directory))
        files.write_text("observables.csv", observables_csv(solution))
        if solution.series:
            files.write_text("series.csv", series_csv(solution))
        if plot_formats:
            _write_plots(files, solution, checks, plot_formats, case.effective)
        names = [*files.names, SUMMARY]
        files.write_text(SUMMARY, dump(summary(case, solution, checks=checks, run_id=run_id, files=names)))
    # what belongs to the earlier run only would now be taken for a part of this one
    for name in {*previous, FAILED} - set(names):
        (Path(directory) / name).unlink(missing_ok=True)
    return [Path(directory) / name for name in names]


def _copy_mesh(files: Replacement, case, directory: Path) -> None:
    """The mesh file of the case, so that the folder is enough to compute the result again."""
    name = case.effective.get("geometry", {}).get("mesh")
    if not name:
        return
    source = Path(getattr(case, "path", "")).parent / name
    # a file that lies there already is the user's own, not one of the run
    if source.is_file() and source.resolve().parent != directory.resolve():
        shutil.copyfile(source, files.path(source.name))


def write_failure(directory: str | os.PathLike, case, status: str, message: str, history=None) -> Path:
    """Write ``failed-summary.json`` (status ``"not-converged"`` or ``"refused"``); an earlier result stays as it is."""
    with replacing(directory) as files:
        files.write_text(FAILED, dump(failed_summary(case, status, message, history)))
    return Path(directory) / FAILED


def read_result(directory: str | os.PathLike) -> Result:
    """Read what `write_result` wrote: ``result.h5``, and the checks from ``summary.json`` of the same run."""
    result = read_hdf5(Path(directory) / RESULT)
    record = read_summary(directory)
    if record.get("run_id") == result.run_id:
        result.checks = record["checks"]
    return result


def read_summary(directory: str | os.PathLike) -> dict:
    """``summary.json`` as a dict, empty if there is none."""
    path = Path(directory) / SUMMARY
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", file=str(path)) from error


def write_plots(directory: str | os.PathLike, result: Result, plot_formats: Sequence[str]) -> list[Path]:
    """Draw the plots of an earlier run again."""
    with replacing(directory) as files:
        _write_plots(files, result.solution, result.checks, plot_formats, result.effective)
        names = files.names
    return [Path(directory) / name for name in names]


def all_figures(solution: Solution | LawSolution, checks: list, effective: dict) -> Iterator[tuple[str, object]]:
    """Name and figure of every picture of a run, cut where the effective case says."""
    if not isinstance(solution, Solution):
        from npsolver.output.law_plots import law_figures

        return law_figures(solution, checks=checks)
    from npsolver.output.plots import figures

    wanted = effective.get("output", {})
    return figures(solution, checks=checks, lines=wanted.get("line", ()), sections=wanted.get("section", ()))


def _write_plots(files: Replacement, solution: Solution, checks: list, plot_formats: Sequence[str], effective: dict) -> None:
    from npsolver.output.figure_files import save_figure

    for name, figure in all_figures(solution, checks, effective):
        for suffix in plot_formats:
            save_figure(figure, files.path(f"{name}.{suffix}"), suffix)


def _files_of_previous_run(directory: Path) -> set[str]:
    """Plots and tables in `directory` if its summary is one of npsolver (no other file is ever removed)."""
    try:
        record = read_summary(directory)
    except InputError:
        return set()
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        return set()
    listed = {name for name in record.get("files", ()) if isinstance(name, str) and Path(name).name == name}
    return {name for name in _OWN | listed if (directory / name).is_file()}
