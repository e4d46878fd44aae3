"""Values between the nodes: which element holds a position, and with what weights its corners count."""

from __future__ import annotations

import numpy as np

from npsolver.mesh.mesh import Mesh

# Positions this far outside an element (relative to its size) still count as inside.
SLACK = 1e-6


def element_weights(
    mesh: Mesh, points: np.ndarray, region: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Linear interpolation (bilinear in boxes) from the corners of elements.

    Parameters
    ----------
    mesh : Mesh
        With elements.
    points : (n, dim) float64, m
    region : int, optional
        Only elements of this region.

    Returns
    -------
    nodes : (n, n_corners) int64
        -1 where no element holds the point.
    weights : (n, n_corners) float64
    owner : (n,) int32
        Region of the element, -1 outside.
    """
    points = np.atleast_2d(np.asarray(points, dtype=float))
    corners = max(block.shape[1] for block in mesh.elements.values())
    nodes = np.full((len(points), corners), -1, dtype=np.int64)
    weights = np.zeros((len(points), corners))
    owner = np.full(len(points), -1, dtype=np.int32)
    start = 0
    for shape, block in mesh.elements.items():
        regions = mesh.element_region[start : start + len(block)]
        start += len(block)
        places = mesh.nodes[block]
        low, high = places.min(axis=1), places.max(axis=1)
        slack = SLACK * (high - low)
        low, high = low - slack, high + slack
        for p, x in enumerate(points):
            if owner[p] >= 0:
                continue
            inside = np.all((low <= x) & (x <= high), axis=1)
            if region is not None:
                inside &= regions == region
            for e in np.flatnonzero(inside):
                found = WEIGHTS[shape](places[e], x)
                if found is not None:
                    nodes[p, : block.shape[1]] = block[e]
                    weights[p, : block.shape[1]] = found
                    owner[p] = regions[e]
                    break
    return nodes, weights, owner


def _simplex(corners, x):
    """Barycentric coordinates, None outside."""
    matrix = np.vstack([corners.T, np.ones(len(corners))])
    w = np.linalg.solve(matrix, np.append(x, 1.0)) if matrix.shape[0] == matrix.shape[1] else None
    return w if w is not None and w.min() >= -SLACK else None


def _box(corners, x):
    """Products of linear weights along the axes of an axis-parallel box with corners in the order of VTK."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    t = (x - low) / (high - low)
    upper = corners > 0.5 * (low + high)
    return np.prod(np.where(upper, t, 1.0 - t), axis=1)


def _wedge(corners, x):
    """Barycentric in the plane, linear along z, in an upright prism; None outside."""
    flat = _simplex(corners[:3, :2], x[:2])
    t = (x[2] - corners[0, 2]) / (corners[3, 2] - corners[0, 2])
    return None if flat is None else np.concatenate([(1.0 - t) * flat, t * flat])


WEIGHTS = {
    "line": _simplex,
    "triangle": _simplex,
    "tetra": _simplex,
    "quad": _box,
    "hexahedron": _box,
    "wedge": _wedge,
}
