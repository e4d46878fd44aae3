"""Expectations of cases without a mesh: values, or formulas in inputs and observables."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from npsolver.errors import InputError
from npsolver.validation.checks import MAX_CURVE, Check, _error
from npsolver.validation.context import nearest


def check_law(case, expect, solution, quantity: Callable[[str, str], float]) -> Check:
    """Evaluate one expectation of a case without a mesh."""
    observable = solution.observables.get(expect.observable)
    if observable is None:
        raise InputError(
            f"unknown observable {expect.observable!r}{nearest(expect.observable, solution.observables)}"
            f" (there are: {', '.join(solution.observables)})"
        )
    frame, row, at = _place(expect, solution, quantity)
    value = _at(solution, expect.observable, frame, row)
    curve = None
    if expect.reference is None:
        reference = _number(expect.value, observable.unit, quantity)
        formula = f"{reference:.6g} {observable.unit}".rstrip()
    else:
        formula = expect.reference
        reference = _evaluate(case, expect, solution, frame, row)
        # a formula that is asked for at one place need not hold anywhere else
        if not expect.at and 1 < solution.n_frames <= MAX_CURVE and np.ndim(observable.value):
            curve = [_or_none(case, expect, solution, other) for other in range(solution.n_frames)]
    atol = None if expect.atol is None else _number(expect.atol, observable.unit, quantity)
    if atol is not None and atol < 0:
        raise InputError("atol must not be negative")
    error, tolerance, kind = _error(value, reference, expect.rtol, atol)
    return Check(
        name=f"{expect.observable} = {formula}{at}",
        value=value,
        reference=reference,
        error=error,
        tolerance=tolerance,
        passed=bool(error <= tolerance),
        unit=observable.unit,
        kind=kind,
        observable=expect.observable,
        at=None if solution.kind == "steady" else float(solution.axis[frame]),
        source=expect.source,
        references=curve,
    )


def _number(value, unit: str, quantity: Callable) -> float:
    return quantity(value, unit) if isinstance(value, str) else float(value)


def _at(solution, name: str, frame: int, row: int | None) -> float:
    if row is not None and name in solution.arrays:
        return float(solution.arrays[name].values[row, frame])
    values = np.asarray(solution.observables[name].value, dtype=float)
    return float(values[frame] if values.ndim else values)


def _place(expect, solution, quantity: Callable) -> tuple[int, int | None, str]:
    """Frame, row of a second sweep, and words for them."""
    if not expect.at or solution.kind == "steady":
        return solution.n_frames - 1, None, ""
    frame, words = _nearest(expect.at[0], np.asarray(solution.axis), solution.axis_unit, quantity)
    if len(expect.at) == 1:
        return frame, None, f" at {words}"
    others = [item for item in solution.arrays.values() if len(item.dims) == 1]
    if len(expect.at) > 2 or not others:
        raise InputError("at takes two values for a case with two sweeps, one otherwise")
    row, more = _nearest(expect.at[1], others[0].values, others[0].unit, quantity)
    return frame, row, f" at {words}, {more}"


def _nearest(text, axis: np.ndarray, unit: str, quantity: Callable) -> tuple[int, str]:
    wanted = _number(text, unit, quantity)
    index = int(np.argmin(np.abs(axis - wanted)))
    if abs(axis[index] - wanted) > 1e-9 * max(abs(wanted), float(np.abs(axis).max())):
        raise InputError(f"nothing was computed at {wanted:g} {unit} (nearest: {axis[index]:g} {unit})".rstrip())
    return index, f"{wanted:.6g} {unit}".rstrip()


def _evaluate(case, expect, solution, frame: int, row: int | None) -> float:
    """The formula at one point."""
    values = {"T": case.model.temperature}
    values |= {name: value for name, (value, _) in getattr(case.spec, "inputs", {}).items()}
    axis = solution.axis_name.removeprefix("input.")
    if solution.kind != "steady":
        values[{"temperature": "T"}.get(axis, axis)] = float(solution.axis[frame])
    if row is not None:
        other = next(item for item in solution.arrays.values() if len(item.dims) == 1)
        values[other.dims[0].removeprefix("input.")] = float(other.values[row])
    values |= {name: _at(solution, name, frame, row) for name in solution.observables}
    try:
        expect.formula.check_names(name for name in values if name.isidentifier())
        return float(expect.formula(values))
    except ValueError as error:
        raise InputError(f"reference: {error}") from error


def _or_none(case, expect, solution, frame: int) -> float | None:
    try:
        value = _evaluate(case, expect, solution, frame, None)
    except InputError:
        return None
    return value if math.isfinite(value) else None
