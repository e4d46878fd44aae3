"""Exact boundary lines and triple points of a predominance diagram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import numpy as np

from npsolver.equilibrium.pourbaix.envelope import Cell


@dataclass(frozen=True)
class Boundary:
    """The line on which two neighbouring fields are in equilibrium, and the segment of it that is stable.

    Attributes
    ----------
    fields : tuple of str
        Names of the two fields.
    intercept : float or None
        Potential at pH 0, V; None for a vertical line.
    slope : float or None
        V per pH unit, −(RT ln10/F) (protons/electrons); None for a vertical line.
    ph : float or None
        Position of a vertical line.
    segment : (2, 2) float64
        Ends (pH, E), by increasing pH, then E.
    reaction : str
        With the reduced side (or, without electrons, the acid side) on the left.
    """

    fields: tuple[str, str]
    intercept: float | None
    slope: float | None
    ph: float | None
    segment: np.ndarray
    reaction: str


@dataclass(frozen=True)
class TriplePoint:
    """A point where three (or, by coincidence, more) fields meet.

    Attributes
    ----------
    fields : frozenset of str
    ph : float
    potential : float
        V.
    """

    fields: frozenset[str]
    ph: float
    potential: float


def boundary_line(first: np.ndarray, second: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Intercept, slope and pH of the line on which two planes (constant, pH, E) are equal.

    >>> boundary_line(np.array([0.0, 0.0, 0.0]), np.array([1.0, 0.5, -2.0]))
    (0.5, 0.25, None)
    """
    a, b, c = (float(v) for v in first - second)
    if abs(c) > 1e-9 * max(abs(first[2]), abs(second[2]), 1.0):
        return -a / c, -b / c, None
    return None, None, -a / b


def find_boundaries(cells: Sequence[Cell], names: Sequence[str], reactions) -> tuple[Boundary, ...]:
    """All boundaries between `cells`.

    Parameters
    ----------
    cells : sequence of Cell
        From the lower envelope.
    names : sequence of str
        Of the cells.
    reactions : callable
        Text of the reaction from cell i to cell j.
    """
    found = []
    for i, cell in enumerate(cells):
        for k, j in enumerate(cell.neighbours):
            if j <= i:
                continue
            ends = np.array([cell.vertices[k], cell.vertices[(k + 1) % len(cell.vertices)]])
            ends = ends[np.lexsort((ends[:, 1], ends[:, 0].round(9)))]
            intercept, slope, ph = boundary_line(cell.plane, cells[j].plane)
            found.append(Boundary((names[i], names[j]), intercept, slope, ph, ends, reactions(i, j)))
    return tuple(found)


def find_triple_points(cells: Sequence[Cell], names: Sequence[str]) -> tuple[TriplePoint, ...]:
    """All points inside the rectangle where three or more `cells` meet."""
    points: dict[tuple[float, float], set[int]] = {}
    for i, cell in enumerate(cells):
        for k, j in enumerate(cell.neighbours):
            before = cell.neighbours[k - 1]
            if j < 0 or before < 0:
                continue
            rows = np.array([cell.plane - cells[j].plane, cell.plane - cells[before].plane])
            x, y = np.linalg.solve(rows[:, 1:], -rows[:, 0])
            near = next((p for p in points if abs(p[0] - x) < 1e-7 and abs(p[1] - y) < 1e-7), (float(x), float(y)))
            points.setdefault(near, set()).update((i, j, before))
    return tuple(TriplePoint(frozenset(names[i] for i in members), *p) for p, members in sorted(points.items()))


def reaction_text(reactants: dict[str, float], products: dict[str, float]) -> str:
    """Reaction with whole-number coefficients where they are simple fractions.

    Species on both sides cancel.

    >>> reaction_text({"Fe2+": 1.0, "H2O": 4 / 3}, {"Fe3O4": 1 / 3, "H+": 8 / 3, "e-": 2 / 3})
    '3 Fe2+ + 4 H2O = Fe3O4 + 8 H+ + 2 e-'
    """
    net: dict[str, float] = {}
    for side, sign in ((reactants, -1.0), (products, 1.0)):
        for name, amount in side.items():
            net[name] = net.get(name, 0.0) + sign * amount
    net = {name: amount for name, amount in net.items() if abs(amount) > 1e-9}
    fractions = [Fraction(v).limit_denominator(120) for v in net.values()]
    if all(abs(float(f) - v) < 1e-9 for f, v in zip(fractions, net.values())) and fractions:
        multiple = lcm(*(f.denominator for f in fractions))
        whole = [int(f * multiple) for f in fractions]
        divisor = gcd(*whole)
        net = {name: value // divisor for name, value in zip(net, whole)}

    def side(sign: int) -> str:
        terms = [(abs(v), name) for name, v in net.items() if v * sign > 0]
        terms.sort(key=lambda term: ("H2O", "H+", "e-").index(term[1]) if term[1] in ("H2O", "H+", "e-") else -1)
        return " + ".join(name if v == 1 else f"{v:.6g} {name}" for v, name in terms)

    return f"{side(-1)} = {side(1)}"
