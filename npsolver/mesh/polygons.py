"""Plane geometry for triangulations: arrangements of polygons, points in polygons and on lines, graded clouds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

# Points closer than this (in a domain of extent 1) are one.
SAME = 1e-10
# Area over the square of the extent below which corners lie on one line.
FLAT = 1e-9
# Halvings of a domain of extent 1 at most.
DEEPEST = 28


def planar_segments(polygons: Sequence[np.ndarray], lines: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Edges of polygons cut where they meet each other, and at the points of further lines.

    Parameters
    ----------
    polygons, lines : sequences of (n, 2) float64
        In a domain of extent 1.

    Returns
    -------
    points : (n_points, 2) float64
    segments : (n_segments, 2) int64
    """
    start = np.concatenate(polygons)
    end = np.concatenate([np.roll(p, -1, axis=0) for p in polygons])
    real = np.hypot(*(end - start).T) > SAME
    start, end = start[real], end[real]
    points = [start, *lines, _crossings(start, end)]
    points = _distinct(np.concatenate(points))
    direction = end - start
    length = np.hypot(*direction.T)
    pairs = []
    used = np.zeros(len(points), dtype=bool)
    for a, d, s in zip(start, direction, length):
        along = (points - a) @ d / s
        across = np.abs((points - a) @ np.array([-d[1], d[0]]) / s)
        on = np.flatnonzero((across < SAME) & (along > -SAME) & (along < s + SAME))
        on = on[np.argsort(along[on], kind="stable")]
        pairs.append(np.column_stack([on[:-1], on[1:]]))
        used[on] = True
    pairs = np.unique(np.sort(np.concatenate(pairs), axis=1), axis=0)
    return points[used], (np.cumsum(used) - 1)[pairs]


def _crossings(start, end):
    """Points where two edges cross."""
    d = end - start
    found = [np.empty((0, 2))]
    for i in range(len(start)):
        r = start[i + 1 :] - start[i]
        e = d[i + 1 :]
        determinant = d[i, 0] * e[:, 1] - d[i, 1] * e[:, 0]
        crossing = np.abs(determinant) > 1e-14
        r, e, determinant = r[crossing], e[crossing], determinant[crossing]
        t = (r[:, 0] * e[:, 1] - r[:, 1] * e[:, 0]) / determinant
        s = (r[:, 0] * d[i, 1] - r[:, 1] * d[i, 0]) / determinant
        hit = (t > 0) & (t < 1) & (s > 0) & (s < 1)
        found.append(start[i] + t[hit, None] * d[i])
    return np.concatenate(found)


def _distinct(points):
    """Without repetitions within the tolerance."""
    from scipy.spatial import cKDTree

    keep = np.ones(len(points), dtype=bool)
    pairs = cKDTree(points).query_pairs(SAME, output_type="ndarray")
    for i, j in pairs[np.lexsort(pairs.T[::-1])]:
        if keep[i]:
            keep[j] = False
    return points[keep]


def inside_polygon(x: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which points lie in a polygon, by the even-odd rule ((n,) bool)."""
    inside = np.zeros(len(x), dtype=bool)
    for a, b in zip(corners, np.roll(corners, -1, axis=0)):
        if a[1] == b[1]:
            continue
        between = (a[1] > x[:, 1]) != (b[1] > x[:, 1])
        inside ^= between & (x[:, 0] < a[0] + (x[:, 1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
    return inside


def lies_on(x: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Which points lie on a line through the given points ((n,) bool)."""
    on = np.zeros(len(x), dtype=bool)
    for a, b in zip(line[:-1], line[1:]):
        d = b - a
        s = np.hypot(*d)
        if s <= SAME:
            continue
        along = (x - a) @ d / s
        across = np.abs((x - a) @ np.array([-d[1], d[0]]) / s)
        on |= (across < 10 * SAME) & (along > -SAME) & (along < s + SAME)
    return on


def quadtree_corners(wanted: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Corners of the squares of a quadtree over the unit square whose sides are not longer than wanted ((n, 2))."""
    n = 1 << DEEPEST
    squares = np.zeros((1, 2), dtype=np.int64)
    side, corners = n, []
    while len(squares) and side > 1:
        split = wanted((squares + 0.5 * side) / n) < side / n * (1 - 1e-9)
        leaves = squares[~split]
        for offset in ((0, 0), (1, 0), (0, 1), (1, 1)):
            corners.append(leaves + np.array(offset) * side)
        side //= 2
        squares = np.concatenate(
            [squares[split] + np.array(offset) * side for offset in ((0, 0), (1, 0), (0, 1), (1, 1))]
        )
    return np.unique(np.concatenate(corners), axis=0) / n


def polygon_fault(corners) -> str:
    """What keeps corners ((n, 2)) from being the outline of an area; empty if nothing does."""
    start = np.asarray(corners, dtype=float)
    end = np.roll(start, -1, axis=0)

    def side_of(points):  # (n_sides, n_points): on which side of every side they lie
        along, to = end - start, points[None, :, :] - start[:, None, :]
        return np.sign(along[:, None, 0] * to[..., 1] - along[:, None, 1] * to[..., 0])

    apart = side_of(start) * side_of(end) < 0.0
    crossing = np.argwhere(np.triu(apart & apart.T))
    if crossing.size:
        i, j = crossing[0] + 1
        return f"sides {i} and {j} cross; expected the corners in the order in which the outline passes them"
    area = 0.5 * abs(np.sum(start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]))
    if not area > FLAT * np.ptp(start, axis=0).max() ** 2:
        return "lie on one line; expected corners around an area"
    return ""
