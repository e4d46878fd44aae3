"""Single numbers made from curves: extrema, crossings, averages."""

from __future__ import annotations

import difflib

import numpy as np

from npsolver.errors import InputError
from npsolver.stepping.law_solution import LawSolution


def add_reductions(solution: LawSolution, reductions) -> None:
    """Add the observables that the user asks for."""
    for item in reductions:
        here = f"observable {item.name!r}"
        if item.name in solution.observables:
            raise InputError("the name is that of a standard observable; choose another one", key=here)
        x, y, unit = _curve(solution, item.of, f"{here}: of")
        keep = np.ones(x.size, dtype=bool)
        for key, bound, sign in (("from", item.start, 1.0), ("to", item.stop, -1.0)):
            if bound is not None:
                # a bound is meant to include its own point, whatever rounding did to it
                limit = _in_unit(bound, solution.axis_unit, f"{here}: {key}")
                keep &= sign * (x - limit) >= -1e-12 * float(np.abs(x).max())
        if keep.sum() < 2:
            raise InputError("expected at least two points between from and to", key=here)
        level = None if item.value is None else _in_unit(item.value, unit, f"{here}: value")
        value, kind = _reduce(item.kind, x[keep], y[keep], level, here)
        per = f"{unit}*{solution.axis_unit}" if unit and solution.axis_unit else unit or solution.axis_unit
        result_unit = {"y": unit, "x": solution.axis_unit, "xy": per}[kind]
        solution.add(item.name, value, result_unit, item.name.replace("_", " "))


def _curve(solution: LawSolution, name: str, here: str):
    if solution.kind == "steady":
        raise InputError("needs a case with an axis: a sweep or a course in time", key=here)
    observable = solution.observables.get(name)
    if observable is None or np.ndim(observable.value) == 0:
        curves = [key for key, item in solution.observables.items() if np.ndim(item.value)]
        close = difflib.get_close_matches(name, curves, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise InputError(f"there is no curve {name!r}{hint} (curves: {', '.join(curves)})", key=here)
    return np.asarray(solution.axis, dtype=float), np.asarray(observable.value, dtype=float), observable.unit


def _in_unit(given: tuple[float, str], unit: str, here: str) -> float:
    value, found = given
    if found and found != unit:
        raise InputError(f"expected a quantity in {unit or 'no unit'}, got one in {found}", key=here)
    return value


def _reduce(kind: str, x: np.ndarray, y: np.ndarray, level: float | None, here: str) -> tuple[float, str]:
    """The number, and whether it is an ordinate, an abscissa or an area."""
    if kind in ("maximum", "minimum", "first", "last"):
        index = {"maximum": np.nanargmax, "minimum": np.nanargmin, "first": lambda _: 0, "last": lambda _: -1}[kind](y)
        return float(y[index]), "y"
    if kind in ("at_maximum", "at_minimum"):
        return float(x[np.nanargmax(y) if kind == "at_maximum" else np.nanargmin(y)]), "x"
    if kind == "change":
        return float(y[-1] - y[0]), "y"
    if kind == "crossing":
        return _crossing(x, y - level, here), "x"
    area = float(np.sum((y[1:] + y[:-1]) / 2 * np.diff(x)))
    return (area / float(x[-1] - x[0]), "y") if kind == "average" else (area, "xy")


def _crossing(x: np.ndarray, y: np.ndarray, here: str) -> float:
    """Where the curve first passes zero, between two points on a straight line."""
    if y[0] == 0:
        return float(x[0])
    turns = np.flatnonzero(y[:-1] * y[1:] <= 0)
    if not turns.size:
        raise InputError(
            f"the curve never takes this value, it runs from {y.min():g} to {y.max():g} beyond it", key=here
        )
    i = turns[0]
    return float(x[i] - y[i] * (x[i + 1] - x[i]) / (y[i + 1] - y[i]))
