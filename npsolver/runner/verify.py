"""Error bars by refinement: meshes and steps of one family, observed order, extrapolated error."""

from __future__ import annotations

import math

import numpy as np

from npsolver.case import Case
from npsolver.discretisation import choose_scales
from npsolver.errors import InputError, RefusedError
from npsolver.runner.problem import largest_initial
from npsolver.stepping.solution import Solution
from npsolver.units import VACUUM_PERMITTIVITY

LEVELS = 3
MOST_LEVELS = 7
# What is smaller than this, in the natural units of the problem (RT/F, D c/L ...), is zero as far as accuracy goes:
# at equilibrium currents, fluxes and defects are pure round-off, which no refinement improves.
NEGLIGIBLE = 1e-6
# Observed orders outside this range mean that refinement is not yet in its asymptotic regime.
ORDERS = (0.5, 6.0)


def run_verified(case: Case, *, progress=None, num_threads: int = 1, verify: bool = True) -> Solution:
    """Solve on meshes refined by two (and with steps of a quarter of the tolerance) and estimate the errors.

    Three levels with `verify`; with ``solve.accuracy`` as many as it takes (at most seven) until the estimated
    relative error of every terminal and requested observable meets it.

    Returns
    -------
    Solution
        Of the finest level; `error_estimate` of every observable is its extrapolated error, and
        ``stats["verification"]`` lists values, differences and observed orders.

    Raises
    ------
    RefusedError
        If the accuracy was not reached.
    """
    from npsolver.runner.regrade import MeshGrading
    from npsolver.runner.run import run_once

    grading = MeshGrading(case)  # the carriers are followed on the first mesh: finer ones are of its family
    solutions: list[Solution] = []
    accuracy, worst, name = case.solve.accuracy, math.inf, "the observables"
    levels = max(LEVELS, 2) if verify else 2
    while True:
        level = len(solutions)
        tell = None
        if progress is not None:
            tell = lambda fraction, text, level=level: progress(fraction, f"level {level + 1}: {text}")  # noqa: E731
        try:
            solutions.append(
                run_once(case, progress=tell, num_threads=num_threads, refine=2.0**level, grading=grading)
            )
        except InputError as error:  # the finer mesh does not fit into memory, or cannot be made
            if len(solutions) < 2:
                raise
            reached = "" if accuracy is None else f"; the estimated relative error of {name} so far is {worst:.2g}"
            raise RefusedError(
                f"{case.path or case.title}: level {level + 1} of the verification cannot be solved: "
                f"{error.message}{reached}"
            ) from error
        if len(solutions) < levels:
            continue
        wanted = {o.name for o in case.observables} | {e.observable for e in case.expects}
        worst, name = _attach(solutions, wanted, _natural_sizes(case))
        if accuracy is None or worst <= accuracy:
            return solutions[-1]
        if len(solutions) >= MOST_LEVELS:
            raise RefusedError(
                f"{case.path or case.title}: solve.accuracy = {accuracy:g} was not reached: after {MOST_LEVELS} "
                f"refinements the estimated relative error of {name} is still {worst:.2g}"
            )


def _natural_sizes(case: Case) -> dict[str, float]:
    """Size of a quantity of every SI unit in this problem, per area, per length or as a whole."""
    scales = choose_scales(case.model, case.geometry.length, largest_initial(case))
    permittivity = VACUUM_PERMITTIVITY * max(region.relative_permittivity for region in case.model.regions)
    sizes = {
        "": 1.0 / NEGLIGIBLE,
        "V": scales.potential,
        "V/m": scales.potential / scales.length,
        "mol/m^3": scales.concentration,
        "mol/m^2/s": scales.flux,
        "A/m^2": scales.current_density,
        "mol/m^2": scales.concentration * scales.length,
        "C/m^2": permittivity * scales.potential / scales.length,
        "S/m^2": scales.current_density / scales.potential,
    }
    for size, per in ((1.0, "/m^2"), (scales.length, "/m"), (scales.length**2, "")):
        for unit in ("A", "C", "S", "mol"):
            sizes[unit + per] = sizes[unit + "/m^2"] * size
        sizes[f"mol/s{per}"] = scales.flux * size
    return {unit: NEGLIGIBLE * size for unit, size in sizes.items()}


def _attach(solutions: list[Solution], wanted: set[str], negligible: dict[str, float]) -> tuple[float, str]:
    """Give the finest solution error estimates; largest relative error among the wanted observables.

    `negligible` is the size below which a value of a unit counts as zero.
    """
    finest = solutions[-1]
    table, worst, worst_name = {}, 0.0, ""
    for name, observable in finest.observables.items():
        values = [np.atleast_1d(np.asarray(s.observables[name].value, dtype=float))[-1] for s in solutions]
        profiles = [np.atleast_1d(np.asarray(s.observables[name].value, dtype=float)) for s in solutions]
        last = float(np.abs(profiles[-1] - profiles[-2]).max())
        order = math.nan
        if len(values) > 2:
            before = float(np.abs(profiles[-2] - profiles[-3]).max())
            if last > 0.0 and before > 0.0:
                order = math.log2(before / last)
        trusted = order if ORDERS[0] <= order <= ORDERS[1] else 1.0
        # a safety factor of 1.25 as for three-level grid convergence studies (P. J. Roache, J. Fluids Eng. 116
        # (1994) 405)
        error = 1.25 * last / (2.0 ** min(trusted, 2.0) - 1.0)
        observable.error_estimate = error
        scale = max(float(np.abs(profiles[-1]).max()), negligible.get(observable.unit, 0.0))
        table[name] = {"values": values, "observed_order": order, "error_estimate": error}
        if name in wanted or not wanted:
            relative = error / scale if scale > 0.0 else 0.0
            if relative > worst:
                worst, worst_name = relative, name
    finest.stats["verification"] = {
        "nodes": [s.stats["nodes"] for s in solutions],
        "observables": table,
    }
    return worst, worst_name
