"""Lower envelope of affine functions over a rectangle, as exact convex polygons.

The lowest energy at fixed composition is a concave piecewise affine function of pH and potential: a minimum of affine
functions, one per candidate.  Candidates may be far too many to list (combinations of species), so the envelope is
built by cutting planes: an oracle returns the lowest candidate at given points; the envelope of the candidates found
so far is right everywhere once the oracle finds nothing lower at any of its vertices, because the true function is
concave and lies below it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from npsolver.errors import ConvergenceError

# An oracle maps points (n, 2) to n pairs (key, plane): the lowest candidate there.
Oracle = Callable[[np.ndarray], Sequence[tuple[Hashable, np.ndarray]]]
_MAX_ROUNDS = 200


@dataclass(frozen=True)
class Cell:
    """The polygon where one candidate is lowest.

    Attributes
    ----------
    key : Hashable
        The candidate, as the oracle named it.
    plane : (3,) float64
        Its coefficients (constant, x, y).
    vertices : (n, 2) float64
        Counter-clockwise.
    neighbours : tuple of int
        Index of the cell across the edge from vertex i to vertex i + 1; negative for the sides of the rectangle.
    """

    key: Hashable
    plane: np.ndarray
    vertices: np.ndarray
    neighbours: tuple[int, ...]


def lower_envelope(oracle: Oracle, x_range, y_range, scale: float) -> list[Cell]:
    """All cells of the envelope in the rectangle `x_range` × `y_range`.

    Parameters
    ----------
    oracle : callable
        Lowest candidate at points (n, 2).
    x_range, y_range : tuple of float
        Lower and upper ends.
    scale : float
        Unit of energy in which differences of 1e-10 are noise (RT).
    """
    rectangle = [
        (x_range[0], y_range[0], -1),
        (x_range[1], y_range[0], -2),
        (x_range[1], y_range[1], -3),
        (x_range[0], y_range[1], -4),
    ]
    planes: dict[Hashable, tuple[float, float, float]] = {}
    polygons: dict[Hashable, list] = {}
    checked: set[tuple[float, float]] = set()
    pending = [(x, y) for x, y, _ in rectangle]
    for _ in range(_MAX_ROUNDS):
        checked.update(pending)
        known = _values(planes, pending)
        for (key, plane), (x, y), value in zip(oracle(np.array(pending)), pending, known):
            plane = tuple(np.asarray(plane, float) / scale)
            if key not in planes and plane[0] + plane[1] * x + plane[2] * y < value - 1e-9:
                _insert(key, plane, planes, polygons, rectangle)
        pending = [v for v in _vertices(polygons) if v not in checked]
        if not pending:
            return _cells(planes, polygons, rectangle, scale)
    raise ConvergenceError(f"the lower envelope still changes after {_MAX_ROUNDS} rounds", best=polygons)


def _values(planes, points) -> np.ndarray:
    """Minimum of the known planes at `points`."""
    if not planes:
        return np.full(len(points), np.inf)
    rows = np.array(list(planes.values()))
    return (np.column_stack([np.ones(len(points)), np.array(points)]) @ rows.T).min(axis=1)


def _vertices(polygons) -> list[tuple[float, float]]:
    return list(dict.fromkeys((x, y) for polygon in polygons.values() for x, y, _ in polygon))


def _insert(key, plane, planes, polygons, rectangle) -> None:
    """Add one candidate: cut every cell by it, and cut its own cell out of the rectangle."""
    for other in list(polygons):
        cut = _clip(polygons[other], planes[other], plane, key)
        if cut:
            polygons[other] = cut
        else:
            del polygons[other]
    planes[key] = plane
    own = _cell_polygon(key, planes, polygons, rectangle)
    if own:
        polygons[key] = own


def _cell_polygon(key, planes, others, rectangle):
    polygon = list(rectangle)
    for other in others:
        if other != key and polygon:
            polygon = _clip(polygon, planes[key], planes[other], other)
    return polygon


def _clip(polygon, own, other, label):
    """Part of `polygon` where plane `own` is not above plane `other` (Sutherland-Hodgman, keeping edge labels)."""
    a, b, c = own[0] - other[0], own[1] - other[1], own[2] - other[2]
    heights = [a + b * x + c * y for x, y, _ in polygon]
    if max(heights) <= 1e-10:
        return polygon
    if min(heights) >= -1e-10:
        return []
    result = []
    for i, (x, y, edge) in enumerate(polygon):
        j = i + 1 if i + 1 < len(polygon) else 0
        here, there = heights[i], heights[j]
        if here <= 0.0:
            result.append((x, y, edge))
        if (here <= 0.0) != (there <= 0.0):
            t = here / (here - there)
            point = (x + t * (polygon[j][0] - x), y + t * (polygon[j][1] - y))
            result.append((*point, label if here <= 0.0 else edge))
    return result


def _cells(planes, polygons, rectangle, scale) -> list[Cell]:
    """Final cells: cut afresh by the survivors only, so that every edge names the true neighbour."""
    polygons = {key: p for key, p in polygons.items() if _area(p) > 1e-12}
    index = {key: i for i, key in enumerate(polygons)}
    cells = []
    for key in polygons:
        polygon = _drop_short_edges(_cell_polygon(key, planes, polygons, rectangle))
        labels = tuple(edge if isinstance(edge, int) and edge < 0 else index[edge] for _, _, edge in polygon)
        vertices = np.array([(x, y) for x, y, _ in polygon])
        cells.append(Cell(key, np.array(planes[key]) * scale, vertices, labels))
    return cells


def _drop_short_edges(polygon):
    """Without edges shorter than 1e-9, which come from more than three candidates meeting in one point."""
    kept = []
    for i, (x, y, edge) in enumerate(polygon):
        x1, y1, _ = polygon[(i + 1) % len(polygon)]
        if abs(x1 - x) > 1e-9 or abs(y1 - y) > 1e-9:
            kept.append((x, y, edge))
    return kept


def _area(polygon) -> float:
    x = [v[0] for v in polygon]
    y = [v[1] for v in polygon]
    return 0.5 * sum(x[i - 1] * y[i] - x[i] * y[i - 1] for i in range(len(polygon)))
