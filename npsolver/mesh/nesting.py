"""Coarser grids, on which the first approximation of a steady state costs little, and interpolation from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from npsolver.mesh.mesh import Mesh

# Every how many lines stay in the coarser grid: a solution there costs little beside a single iteration on the finer one.
STRIDE = 4
# A coarser grid with more than this share of the nodes would save too little.
WORTH_IT = 0.3
# Grid lines closer than this (relative to the extent) are the same.
SAME = 1e-9


class Interpolation(Protocol):
    """Between the nodes of a mesh and those of a coarser one."""

    def prolong(self, values: np.ndarray) -> np.ndarray:
        """Values at the nodes of the mesh from those of the coarser one, linear in between ((n, k) float64 each)."""

    def inject(self, values: np.ndarray) -> np.ndarray:
        """Values at the nodes of the coarser mesh ((n, k) float64 each)."""

    def collect(self, amounts: np.ndarray) -> np.ndarray:
        """Amounts of the control volumes of the mesh given to those of the coarser one ((n, k) float64 each)."""


@dataclass(frozen=True)
class TensorNesting:
    """How a tensor grid was made, so that it can be made again from some of its lines.

    Attributes
    ----------
    axes : sequence of (n,) float64
        Grid lines, m.
    needed : sequence of (k,) float64
        Positions along every axis at which there must be a line.
    touched : bool array, one entry per crossing of lines
        Where there is a node; nodes are numbered in the order of the crossings.
    make : callable
        Mesh of the same domain on other lines.
    """

    axes: Sequence[np.ndarray]
    needed: Sequence[np.ndarray]
    touched: np.ndarray
    make: Callable[[Sequence[np.ndarray]], Mesh]

    def coarser(self) -> tuple[Mesh, Interpolation] | None:
        """Mesh on every fourth line of each stretch between needed ones; None where that saves too little."""
        kept = [thinned(axis, needed) for axis, needed in zip(self.axes, self.needed)]
        if np.prod([lines.size / axis.size for lines, axis in zip(kept, self.axes)]) > WORTH_IT:
            return None
        mesh = self.make([axis[lines] for axis, lines in zip(self.axes, kept)])
        return mesh, TensorInterpolation(self.axes, kept, self.touched)


class TensorInterpolation:
    """Linear along every axis.

    A node lies in the closure of a coarse element of the domain, so that no crossing outside the domain has weight.

    Parameters
    ----------
    axes : sequence of (n,) float64
        Grid lines of the mesh.
    kept : sequence of (n_kept,) int
        Those of the coarser one.
    touched : bool array
        Crossings of the lines of the mesh that are nodes.
    """

    def __init__(self, axes: Sequence[np.ndarray], kept: Sequence[np.ndarray], touched: np.ndarray):
        self._touched = touched
        self._kept = np.ix_(*kept)
        self._matrices = [_linear(axis, lines) for axis, lines in zip(axes, kept)]

    def prolong(self, values: np.ndarray) -> np.ndarray:
        """Values at the nodes of the mesh from those of the coarser one ((n, k) float64 each)."""
        return self._through(values, self._touched[self._kept], self._touched, self._matrices)

    def inject(self, values: np.ndarray) -> np.ndarray:
        """Values at the nodes of the coarser mesh ((n, k) float64 each)."""
        number = np.cumsum(self._touched).reshape(self._touched.shape)[self._kept] - 1
        return values[number[self._touched[self._kept]]]

    def collect(self, amounts: np.ndarray) -> np.ndarray:
        """Amounts of the mesh's control volumes given to the coarser ones by the weights of `prolong`."""
        return self._through(amounts, self._touched, self._touched[self._kept], [a.T for a in self._matrices])

    @staticmethod
    def _through(values, here, there, matrices):
        field = np.zeros((*here.shape, values.shape[1]))
        field[here] = values
        for d, matrix in enumerate(matrices):
            first = np.moveaxis(field, d, 0)
            shape = first.shape
            field = np.moveaxis((matrix @ first.reshape(shape[0], -1)).reshape(-1, *shape[1:]), 0, d)
        return field[there]


@dataclass(frozen=True)
class SplitNesting:
    """Of a mesh whose nodes were split where phases meet and at surfaces.

    Attributes
    ----------
    base : TensorNesting
        Of the mesh that was split.
    kind : (n_nodes,) int
        Phase of a node, or a number beyond the phases for the nodes outside of one surface and phase.
    place : (n_nodes,) int
        Node of the mesh that was split.
    split : callable
        Splits another mesh of the same domain in the same way.
    """

    base: TensorNesting
    kind: np.ndarray
    place: np.ndarray
    split: Callable[[Mesh], Mesh]

    def coarser(self) -> tuple[Mesh, Interpolation] | None:
        """The coarser mesh split in the same way."""
        found = self.base.coarser()
        if found is None:
            return None
        mesh = self.split(found[0])
        return mesh, SplitInterpolation(found[1], self, mesh.nesting)


class SplitInterpolation:
    """Kind of node by kind: a node lies in the closure of a coarse element, or facet, of its own kind.

    Parameters
    ----------
    base : Interpolation
        Between the meshes that were split.
    fine, coarse : SplitNesting
    """

    def __init__(self, base: Interpolation, fine: SplitNesting, coarse: SplitNesting):
        self._base, self._fine, self._coarse = base, fine, coarse

    def prolong(self, values: np.ndarray) -> np.ndarray:
        """Values at the nodes of the mesh from those of the coarser one ((n, k) float64 each)."""
        return self._through(values, self._coarse, self._fine, self._base.prolong)

    def inject(self, values: np.ndarray) -> np.ndarray:
        """Values at the nodes of the coarser mesh ((n, k) float64 each)."""
        return self._through(values, self._fine, self._coarse, self._base.inject)

    def collect(self, amounts: np.ndarray) -> np.ndarray:
        """Amounts of the mesh's control volumes given to the coarser ones by the weights of `prolong`."""
        return self._through(amounts, self._fine, self._coarse, self._base.collect)

    @staticmethod
    def _through(values, here, there, transfer):
        result = np.empty((there.place.size, values.shape[1]))
        for kind in np.unique(there.kind):
            field = np.zeros((here.base.touched.sum(), values.shape[1]))
            own, target = here.kind == kind, there.kind == kind
            field[here.place[own]] = values[own]
            result[target] = transfer(field)[there.place[target]]
        return result


def thinned(axis: np.ndarray, needed: np.ndarray, stride: int = STRIDE) -> np.ndarray:
    """Indices of every `stride`-th line of each stretch between lines that are needed.

    Parameters
    ----------
    axis : (n,) float64
        Grid lines.
    needed : (k,) float64
        Positions that must stay; those off the grid are passed over.

    Returns
    -------
    (n_kept,) int
    """
    same = SAME * (axis[-1] - axis[0])
    first, last = np.searchsorted(axis, needed - same), np.searchsorted(axis, needed + same)
    ends = np.unique(np.concatenate([[0, axis.size - 1], first[last > first]]))
    return np.concatenate([*(np.arange(a, b, stride) for a, b in zip(ends[:-1], ends[1:])), ends[-1:]])


def _linear(axis, kept):
    """(n, n_kept) sparse matrix of linear interpolation along one axis."""
    from scipy.sparse import csr_matrix

    lines = axis[kept]
    above = np.minimum(np.searchsorted(lines, axis, side="right"), lines.size - 1)
    share = (axis - lines[above - 1]) / (lines[above] - lines[above - 1])
    share[kept] = np.round(share[kept])
    columns = np.stack([above - 1, above], axis=1)
    weights = np.stack([1.0 - share, share], axis=1)
    matrix = csr_matrix((weights.ravel(), columns.ravel(), np.arange(0, 2 * axis.size + 1, 2)),
                        shape=(axis.size, lines.size))
    matrix.eliminate_zeros()
    return matrix
