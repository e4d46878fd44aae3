"""Sparse direct solution of the coupled system: SuperLU on equilibrated rows, ordered by METIS where it is installed."""

from __future__ import annotations

import numpy as np
from scipy.sparse import bsr_matrix, csc_matrix
from scipy.sparse.linalg import splu

from npsolver.errors import ConvergenceError

# Largest relative residual of a direct solution that is accepted after refinement.
LARGEST_RESIDUAL = 1e-8


def nested_dissection(pointer: np.ndarray, column: np.ndarray) -> np.ndarray | None:
    """Fill-reducing order of the nodes from METIS, or None where pymetis is missing."""
    try:
        import pymetis
    except ImportError:
        return None
    n = pointer.size - 1
    rows = np.repeat(np.arange(n), np.diff(pointer))
    off = column != rows
    adjacency = column[off]
    start = np.concatenate([[0], np.cumsum(np.bincount(rows[off], minlength=n))])
    order, _ = pymetis.nested_dissection(
        adjacency=pymetis.CSRAdjacency(start.astype(np.int32).tolist(), adjacency.astype(np.int32).tolist())
    )
    return np.asarray(order)


class SparseDirect:
    """LU of a block matrix.

    Parameters
    ----------
    pointer, column : int32 arrays
        Block compressed rows.
    m : int
        Block size.

    Attributes
    ----------
    blocks : (n_blocks, m, m) float64
    """

    def __init__(self, pointer: np.ndarray, column: np.ndarray, m: int):
        self.pointer, self.column, self.m = pointer, column, m
        self.blocks = np.zeros((column.size, m, m))
        order = nested_dissection(pointer, column)
        self.name = "SuperLU, METIS order" if order is not None else "SuperLU, minimum degree"
        n = pointer.size - 1
        self._order = None
        if order is not None:
            self._order = (order[:, None] * m + np.arange(m)).ravel()
        self._n = n * m

    def factorise(self) -> None:
        """Equilibrate and factorise; ConvergenceError if the matrix is singular."""
        matrix = bsr_matrix((self.blocks, self.column, self.pointer), shape=(self._n, self._n)).tocsr()
        largest = np.maximum.reduceat(np.abs(matrix.data), matrix.indptr[:-1])
        if not np.all(np.isfinite(largest)) or not np.all(largest > 0.0):
            raise ConvergenceError("the linear system is singular or not finite")
        self._row_scale = 1.0 / largest
        matrix.data *= np.repeat(self._row_scale, np.diff(matrix.indptr))
        columns = csc_matrix(matrix)
        column_largest = np.maximum.reduceat(np.abs(columns.data), columns.indptr[:-1])
        self._column_scale = 1.0 / column_largest
        columns.data *= np.repeat(self._column_scale, np.diff(columns.indptr))
        self._matrix = columns
        try:
            if self._order is not None:
                permuted = columns[self._order][:, self._order]
                self._lu = splu(permuted.tocsc(), permc_spec="NATURAL", diag_pivot_thresh=0.1,
                                options={"SymmetricMode": True})
            else:
                self._lu = splu(columns, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.1,
                                options={"SymmetricMode": True})
        except RuntimeError as error:
            raise ConvergenceError("the linear system is singular") from error

    def solve(self, x: np.ndarray) -> None:
        """Overwrite the right-hand side with the solution, refined once against the true residual."""
        b = x * self._row_scale
        y = self._apply(b)
        r = b - self._matrix @ y
        y += self._apply(r)
        size = float(np.abs(b).max())
        if size > 0.0 and not float(np.abs(b - self._matrix @ y).max()) <= LARGEST_RESIDUAL * size:
            raise ConvergenceError("the direct solver returned a solution whose residual is not small")
        x[:] = y * self._column_scale

    def _apply(self, b):
        if self._order is None:
            return self._lu.solve(b)
        y = np.empty_like(b)
        y[self._order] = self._lu.solve(b[self._order])
        return y
