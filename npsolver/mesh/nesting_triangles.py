"""Coarser triangulations of the same polygons, on which the first approximation of a steady state costs little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsolver.mesh.nesting import WORTH_IT

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from npsolver.mesh.mesh import Mesh

# Edges of the coarser triangulation over those of the finer one.
COARSER = 3.0
# Triangles whose centres are nearest to a position and are tried first; then all of this many times more.
NEAREST, MORE = 12, 8
# Weights above this (negative) value count as inside: round-off on the outline.
INSIDE = -1e-9


@dataclass(frozen=True)
class TriangleNesting:
    """How a triangulation was made, so that it can be made again with longer edges.

    Attributes
    ----------
    nodes : (n_nodes, 2) float64, m
    triangles : (n_triangles, 3) int
    make : callable
        Mesh of the same polygons with edges longer by this factor.
    """

    nodes: np.ndarray
    triangles: np.ndarray
    make: Callable[[float], Mesh]

    @property
    def touched(self) -> np.ndarray:
        """Every node is one ((n_nodes,) bool)."""
        return np.ones(len(self.nodes), dtype=bool)

    def coarser(self) -> tuple[Mesh, TriangleInterpolation] | None:
        """The same polygons with edges three times as long; None where that saves too little."""
        mesh = self.make(COARSER)
        if mesh.n_nodes > WORTH_IT * len(self.nodes):
            return None
        return mesh, TriangleInterpolation(self, mesh)


class TriangleInterpolation:
    """Linear in triangles, both ways: the nodes of one mesh are no nodes of the other.

    The polygons are the same, so that a node lies in the closure of a triangle of its own region.

    Parameters
    ----------
    fine : TriangleNesting
    coarse : Mesh
    """

    def __init__(self, fine: TriangleNesting, coarse: Mesh):
        triangles = coarse.elements["triangle"]
        self._down = linear_weights(fine.nodes, coarse.nodes, triangles)
        self._up = linear_weights(coarse.nodes, fine.nodes, fine.triangles)

    def prolong(self, values: np.ndarray) -> np.ndarray:
        """Values at the nodes of the mesh from those of the coarser one ((n, k) float64 each)."""
        return self._down @ values

    def inject(self, values: np.ndarray) -> np.ndarray:
        """Values at the nodes of the coarser mesh ((n, k) float64 each)."""
        return self._up @ values

    def collect(self, amounts: np.ndarray) -> np.ndarray:
        """Amounts of the mesh's control volumes given to the coarser ones by the weights of `prolong`."""
        return self._down.T @ amounts


def linear_weights(points: np.ndarray, nodes: np.ndarray, triangles: np.ndarray) -> csr_matrix:
    """Weights of the corners of the triangle in which each point lies ((n_points, n_nodes), rows add to 1).

    A point in no triangle, by round-off, belongs to the one that it misses least.
    """
    from scipy.sparse import csr_matrix
    from scipy.spatial import cKDTree

    corners = nodes[triangles]
    tree = cKDTree(corners.mean(axis=1))
    owner = np.zeros(len(points), dtype=np.int64)
    best = np.full(len(points), -np.inf)
    missing, count = np.arange(len(points)), min(NEAREST, len(triangles))
    while missing.size:
        _, near = tree.query(points[missing], k=count)
        near = near.reshape(missing.size, count)
        least = _barycentric(points[missing, None], corners[near]).min(axis=2)
        choice = least.argmax(axis=1)
        best[missing] = least[np.arange(missing.size), choice]
        owner[missing] = near[np.arange(missing.size), choice]
        missing = missing[best[missing] < INSIDE]
        if count == len(triangles):
            break
        count = min(MORE * count, len(triangles))
    weights = _barycentric(points, corners[owner])
    weights[weights < -INSIDE] = 0.0  # on a side, nothing of the corner across counts
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(points)), 3)
    matrix = csr_matrix((weights.ravel(), (rows, triangles[owner].ravel())), shape=(len(points), len(nodes)))
    matrix.eliminate_zeros()
    return matrix


def _barycentric(x: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Barycentric coordinates (..., 3) of positions (..., 2) in triangles (..., 3, 2)."""
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    first, second, to = b - a, c - a, x - a
    area = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    v = (to[..., 0] * second[..., 1] - to[..., 1] * second[..., 0]) / area
    w = (first[..., 0] * to[..., 1] - first[..., 1] * to[..., 0]) / area
    return np.stack([1.0 - v - w, v, w], axis=-1)
