"""Coarser meshes of the same prisms, on which the first approximation of a steady state costs little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsolver.mesh.nesting import SAME, WORTH_IT
from npsolver.mesh.nesting_triangles import COARSER, linear_weights

if TYPE_CHECKING:
    from npsolver.mesh.mesh import Mesh


@dataclass(frozen=True)
class PrismNesting:
    """How triangles were stacked, so that it can be done again with longer edges.

    Attributes
    ----------
    places : (n_places, 2) float64, m
        Nodes of the cross-section.
    triangles : (n_triangles, 3) int
    heights : (n_heights,) float64, m
    touched : (n_heights, n_places) bool
        Where there is a node; nodes are numbered in this order.
    make : callable
        Mesh of the same domain with edges longer by this factor.
    """

    places: np.ndarray
    triangles: np.ndarray
    heights: np.ndarray
    touched: np.ndarray
    make: Callable[[float], Mesh]

    @classmethod
    def of(cls, mesh: Mesh, plane: Mesh, make: Callable[[float], Mesh]) -> PrismNesting:
        """That of `mesh`, which was stacked from `plane`."""
        from scipy.spatial import cKDTree

        heights, level = np.unique(mesh.nodes[:, 2], return_inverse=True)
        _, place = cKDTree(plane.nodes).query(mesh.nodes[:, :2])
        touched = np.zeros((heights.size, plane.n_nodes), dtype=bool)
        touched[level.ravel(), place] = True
        return cls(plane.nodes, plane.elements["triangle"], heights, touched, make)

    def coarser(self) -> tuple[Mesh, PrismInterpolation] | None:
        """The same prisms with edges three times as long; None where that saves too little."""
        mesh = self.make(COARSER)
        if mesh.n_nodes > WORTH_IT * self.touched.sum():
            return None
        return mesh, PrismInterpolation(self, mesh.nesting)


class PrismInterpolation:
    """Linear in triangles and along the height, both ways.

    A node lies in the closure of a prism of its own region, so that no place without a node has weight.

    Parameters
    ----------
    fine, coarse : PrismNesting
    """

    def __init__(self, fine: PrismNesting, coarse: PrismNesting):
        self._fine, self._coarse = fine, coarse
        self._down = _along(fine.heights, coarse.heights), linear_weights(fine.places, coarse.places, coarse.triangles)
        self._up = _along(coarse.heights, fine.heights), linear_weights(coarse.places, fine.places, fine.triangles)

    def prolong(self, values: np.ndarray) -> np.ndarray:
        """Values at the nodes of the mesh from those of the coarser one ((n, k) float64 each)."""
        return _through(values, self._coarse.touched, self._fine.touched, *self._down)

    def inject(self, values: np.ndarray) -> np.ndarray:
        """Values at the nodes of the coarser mesh ((n, k) float64 each)."""
        return _through(values, self._fine.touched, self._coarse.touched, *self._up)

    def collect(self, amounts: np.ndarray) -> np.ndarray:
        """Amounts of the mesh's control volumes given to the coarser ones by the weights of `prolong`."""
        up, plane = self._down
        return _through(amounts, self._fine.touched, self._coarse.touched, up.T.tocsr(), plane.T.tocsr())


def _through(values, here, there, up, plane):
    """Values at the nodes `there` from those `here`: `up` acts on levels, `plane` on the places of every level."""
    field = np.zeros((*here.shape, values.shape[1]))
    field[here] = values
    field = (up @ field.reshape(here.shape[0], -1)).reshape(up.shape[0], here.shape[1], -1)
    levels = [plane @ level for level in field]
    return np.stack(levels)[there]


def _along(z: np.ndarray, lines: np.ndarray):
    """(n, n_lines) sparse matrix of linear interpolation between `lines`; lines that are the same count alone."""
    from scipy.sparse import csr_matrix

    above = np.minimum(np.maximum(np.searchsorted(lines, z), 1), lines.size - 1)
    share = (z - lines[above - 1]) / (lines[above] - lines[above - 1])
    same = SAME * (lines[-1] - lines[0]) / (lines[above] - lines[above - 1])
    share = np.where(share < same, 0.0, np.where(share > 1.0 - same, 1.0, share))
    columns, weights = np.stack([above - 1, above], axis=1), np.stack([1.0 - share, share], axis=1)
    matrix = csr_matrix((weights.ravel(), columns.ravel(), np.arange(0, 2 * z.size + 1, 2)), shape=(z.size, lines.size))
    matrix.eliminate_zeros()
    return matrix
