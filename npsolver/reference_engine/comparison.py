"""The same case by our engine and by FiPy, on the same mesh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from npsolver.case import Case
from npsolver.discretisation import choose_scales
from npsolver.reference_engine.grid import import_fipy
from npsolver.reference_engine.limits import refuse_what_fipy_cannot
from npsolver.reference_engine.run import refuse_other_dimensions, solve_with_fipy
from npsolver.runner.problem import largest_initial
from npsolver.runner.run import run_once
from npsolver.stepping.solution import Solution
from npsolver.units import FARADAY, Scales


@dataclass(frozen=True)
class Comparison:
    """Two answers.

    Attributes
    ----------
    ours, fipy : Solution
    seconds, fipy_seconds : float
        Wall time of each, from the case to observables; imports are not counted.
    rows : list of (name, our value, FiPy's value, difference, relative difference, unit)
        Arrays (transients, sweeps) are compared at the frame where they differ most. The relative difference refers to
        the largest magnitude of the observable's kind, so that a flux that vanishes does not look wrong.
    """

    ours: Solution
    fipy: Solution
    seconds: float
    fipy_seconds: float
    rows: list[tuple[str, float, float, float, float, str]]

    @property
    def worst(self) -> tuple[str, float]:
        """Observable with the largest relative difference, and that difference."""
        name, *_, relative, _ = max(self.rows, key=lambda row: row[4])
        return name, relative


def compare(
    case: Case, *, refine: float = 1.0, progress: Callable[[float, str], None] | None = None
) -> Comparison:
    """Solve `case` by both engines.

    Parameters
    ----------
    case : Case
        Its `accuracy` is ignored: both solve on one mesh, `refine` times as fine as that of the case.
    """
    refuse_other_dimensions(case)
    refuse_what_fipy_cannot(case.model, case.geometry.coordinates, case.solve.kind, case.path)
    import_fipy()
    started = perf_counter()
    ours = run_once(case, refine=refine)
    middle = perf_counter()
    theirs = solve_with_fipy(case, refine=refine, progress=progress)
    end = perf_counter()
    scales = choose_scales(case.model, case.geometry.length, largest_initial(case))
    return Comparison(ours, theirs, middle - started, end - middle, _rows(ours, theirs, _natural_sizes(ours, scales)))


def _rows(ours: Solution, theirs: Solution, sizes: dict[str, float]):
    largest: dict[str, float] = dict(sizes)
    for name, item in ours.observables.items():
        kind = name.split("[")[0] if "[" in name else item.unit
        largest[kind] = max(largest.get(kind, sizes.get(item.unit, 0.0)), float(np.max(np.abs(item.value))))
    rows = []
    for name, item in ours.observables.items():
        a, b = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (item.value, theirs.observables[name].value))
        worst = int(np.argmax(np.abs(a - b)))
        size = largest[name.split("[")[0] if "[" in name else item.unit]
        difference = float(b[worst] - a[worst])
        rows.append(
            (name, float(a[worst]), float(b[worst]), difference, abs(difference) / size if size else 0.0, item.unit)
        )
    return rows


def _natural_sizes(solution: Solution, scales: Scales) -> dict[str, float]:
    """Magnitudes below which a value of a unit counts as zero: 1e-6 of D c/L and alike, 1e-3 of the gross current."""
    fluxes = [np.max(np.abs(item.value)) for name, item in solution.observables.items() if name.startswith("flux[")]
    gross = 1e-3 * FARADAY * max(fluxes, default=0.0)
    return {
        "": 1.0,
        "V": 1e-3 * scales.potential,
        "mol/m^2/s": 1e-6 * scales.flux,
        "A/m^2": max(1e-6 * scales.current_density, gross),
        "mol/m^3": 1e-6 * scales.concentration,
        "C/m^2": 1e-6 * scales.surface_charge,
    }
