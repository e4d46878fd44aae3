"""Results computed again from what is stored with them, and compared."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from npsolver.batch.member import solve_member
from npsolver.case.load import from_document
from npsolver.case.study import Study
from npsolver.case.study_load import study_from_document
from npsolver.errors import InputError
from npsolver.output import read_result
from npsolver.output.shards import CONVERGED, Shards, read_manifest

RTOL = 1e-9


@dataclass
class Comparison:
    """How far a repetition agrees.

    Attributes
    ----------
    compared : int
        Numbers compared.
    identical : int
        Of these, equal to the last bit.
    worst : float
        Largest difference, relative to the larger of the value and the largest value of its unit in the same result.
    where : str
        What differs most.
    problems : list of str
        Differences beyond the tolerance, results that could not be repeated.
    notes : list of str
    """

    compared: int = 0
    identical: int = 0
    worst: float = 0.0
    where: str = ""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, where: str, old: dict, new: dict, units: dict, rtol: float) -> None:
        """Compare two sets of named numbers."""
        for name in sorted(set(old) ^ set(new)):
            self.problems.append(f"{where}: {name} is in one of the results only")
        # currents and fluxes that ought to vanish are round-off of the largest of their kind
        scale: dict[str, float] = {}
        for name, value in old.items():
            numbers = np.abs(np.asarray(value, dtype=float))
            size = float(np.max(numbers, initial=0.0, where=np.isfinite(numbers)))
            scale[units.get(name, "")] = max(size, scale.get(units.get(name, ""), 0.0))
        for name in old.keys() & new.keys():
            a, b = np.asarray(old[name], dtype=float), np.asarray(new[name], dtype=float)
            self.compared += a.size
            if a.shape != b.shape:
                self.problems.append(f"{where}: {name} has {a.size} values, now {b.size}")
                continue
            same = (a == b) | (np.isnan(a) & np.isnan(b))
            self.identical += int(same.sum())
            size = np.maximum(np.maximum(np.abs(a), np.abs(b)), scale[units.get(name, "")])
            error = float(np.max(np.where(same, 0.0, np.abs(a - b) / np.where(size > 0.0, size, 1.0)), initial=0.0))
            if not error <= rtol:
                self.problems.append(f"{where}: {name} differs by {error:.2g}, allowed {rtol:g}")
            if not error <= self.worst:
                self.worst, self.where = error, f"{where}: {name}".removeprefix(": ")


def reproduce_result(directory: str | os.PathLike, run: Callable, rtol: float = RTOL) -> Comparison:
    """Run the case stored in ``result.h5`` again and compare observables and conservation.

    Parameters
    ----------
    directory : path
    run : callable (Case) -> Solution
    rtol : float
    """
    result = read_result(directory)
    document, folder = dict(result.effective), Path(directory)
    mesh = document.get("geometry", {}).get("mesh")
    if mesh and (folder / Path(mesh).name).is_file():  # copied there with the results
        document["geometry"] = document["geometry"] | {"mesh": Path(mesh).name}
    case = from_document(document, str(folder / "result.h5"))
    comparison = Comparison()
    solution = run(case)
    units = {name: item.unit for name, item in result.solution.observables.items()}
    comparison.take(
        "",
        {name: item.value for name, item in result.solution.observables.items()},
        {name: item.value for name, item in solution.observables.items()},
        units,
        rtol,
    )
    return comparison


def stored_study(directory: str | os.PathLike) -> Study:
    """The study as it was when a sweep last began in `directory`."""
    manifest = read_manifest(directory)
    if manifest.get("format") != "npsolver-study":
        raise InputError("is neither the folder of a run nor of a study", file=str(directory))
    return study_from_document(manifest["study"], manifest["path"], Path(manifest["path"]).parent)


def reproduce_study(
    directory: str | os.PathLike, make_solver: Callable, *, sample: int | None = None, rtol: float = RTOL
) -> Comparison:
    """Compute members again from the study stored beside their results, and compare.

    Parameters
    ----------
    directory : path
    make_solver : callable () -> callable (case, position)
    sample : int, optional
        So many members, evenly spread; default: all that have converged.
    rtol : float
    """
    study, shards, comparison = stored_study(directory), Shards(directory), Comparison()
    done = [i for i, item in enumerate(study.ids) if item in shards.records]
    done = [i for i in done if shards.records[study.ids[i]].status == CONVERGED]
    if sample is not None and sample < len(done):
        done = [done[int(i)] for i in np.linspace(0, len(done) - 1, sample).round()]
    if not done:
        raise InputError("holds no converged member of its study", file=str(directory))
    solve = make_solver()
    units = {name: unit for name, (unit, _) in shards.units.items()}
    for index, old in zip(done, shards.read(study.ids[i] for i in done)):
        _, status, new, _ = solve_member(study, index, solve)
        if status != CONVERGED:
            comparison.problems.append(f"member {index}: {status}, was converged: {new.get('message', '')}")
            continue
        comparison.take(f"member {index}", old["observables"], new["observables"], units, rtol)
    comparison.notes.append(f"{len(done)} members repeated")
    return comparison
