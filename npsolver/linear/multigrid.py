"""One scalar algebraic-multigrid preconditioner: classical coarsening, V-cycles."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, diags

from npsolver._ext import multigrid as kernel
from npsolver.errors import ConvergenceError

# Levels of at most so many points are inverted.
LARGEST_COARSE = 60
# Coarsest levels beyond this are not inverted but factorised: coarsening stops early where it saves hardly a point.
LARGEST_DENSE = 400
# Part of the points that a coarse level may keep.
LARGEST_PART = 0.9
# Entries of at least this part of the largest in their row are strong (Ruge and Stüben, section 4.6.1).
STRONG = 0.25
# Rows whose entries beside the diagonal are less than this part of it are left to relaxation.
DOMINANT = 0.1
# Entries of the inverse of the coarsest matrix, scaled to a unit diagonal, beyond which it counts as singular.
LARGEST_INVERSE = 1e13
# Ratios of the smooth vector beyond this leave no room for products of matrices.
LARGEST_RATIO = 1e100
# Columns and values of the interpolation from no coarse point at all.
NOTHING = np.zeros(1, np.int32), np.zeros(1)


class ScalarMultigrid:
    """V(1,1)-cycle for a scalar M-matrix-like problem, classical coarsening (J. W. Ruge and K. Stüben, 1987).

    Parameters
    ----------
    a : csr_matrix
        Unscaled. `cycle` takes right-hand sides divided by its diagonal.
    smooth : (n,) float64, optional
        Positive vector that `a` nearly annihilates; coarse grids interpolate multiples of it. Default: the constant.

    Attributes
    ----------
    sizes : list of int
        Points of every level.
    complexity : float
        Entries of the matrices of all levels over those of the finest.

    Raises
    ------
    ConvergenceError
        If no hierarchy can be built: a level without a diagonal, or numbers out of range.
    """

    def __init__(self, a: csr_matrix, smooth: np.ndarray | None = None):
        self._q: np.ndarray | None = None
        if not a.has_sorted_indices:
            a = a.sorted_indices()
        pointer, column = a.indptr.astype(np.int32, copy=False), a.indices.astype(np.int32, copy=False)
        data = a.data
        if smooth is not None and np.ptp(smooth) > 0.0:
            q = smooth / np.sqrt(smooth.max() * smooth.min())
            if not q.max() < LARGEST_RATIO:
                raise ConvergenceError("concentrations differ too much")
            data = data * q[column]
            self._q, self._inverse_q = q, 1.0 / q
        self._cycle = kernel.Cycle()
        self.sizes, entries = [a.shape[0]], [column.size]
        diagonal = _diagonal(pointer, column, data)
        while pointer.size - 1 > LARGEST_COARSE:
            p, coarse = kernel.coarsen(pointer, column, data, STRONG, DOMINANT)
            if p is None:
                self._add(pointer, column, data, diagonal, (np.zeros_like(pointer), *NOTHING), np.empty(0))
                pointer = pointer[:1]
                break
            if coarse[0].size > LARGEST_PART * pointer.size:
                break
            coarse_diagonal = _diagonal(*coarse)
            self._add(pointer, column, data, diagonal, p, coarse_diagonal)
            (pointer, column, data), diagonal = coarse, coarse_diagonal
            self.sizes.append(pointer.size - 1)
            entries.append(column.size)
        self._finish(pointer, column, data)
        self.complexity = sum(entries) / entries[0]

    def _add(self, pointer, column, data, diagonal, p, coarse_diagonal):
        n = pointer.size - 1
        scaled_pointer, middle = np.empty(n + 1, np.int32), np.empty(n, np.int32)
        scaled_column, scaled = np.empty(column.size, np.int32), np.empty(column.size)
        kernel.scale_rows(pointer, column, data, scaled_pointer, middle, scaled_column, scaled, diagonal)
        interpolation, restriction = np.empty(p[1].size), np.empty(p[1].size)
        kernel.transfers(*p, diagonal, coarse_diagonal, interpolation, restriction)
        self._cycle.add(scaled_pointer, middle, scaled_column, scaled, p[0], p[1], interpolation, restriction,
                        coarse_diagonal.size)

    def _finish(self, pointer, column, data):
        n = pointer.size - 1
        if n == 0:
            self._cycle.finish(0, None, None)
            return
        a = csr_matrix((data, column, pointer), shape=(n, n))
        if n > LARGEST_DENSE:
            self._cycle.finish(n, None, _factorised(a))
            return
        with np.errstate(over="ignore"):
            inverse = np.ascontiguousarray(_scaled_inverse(a.toarray()).T)
        if not np.isfinite(inverse).all():
            raise ConvergenceError("the coarsest level of multigrid is out of range")
        self._cycle.finish(n, inverse, None)

    def cycle(self, b: np.ndarray, x: np.ndarray) -> None:
        """x = approximate solution for the scaled right-hand side b (both (n,) float64)."""
        if self._q is None:
            self._cycle.run(b, x)
            return
        self._cycle.run(b * self._inverse_q, x)
        x *= self._q


def _diagonal(pointer, column, data):
    diagonal = np.empty(pointer.size - 1)
    kernel.diagonal(pointer, column, data, diagonal)
    if not (np.isfinite(diagonal) & (diagonal != 0.0)).all():
        raise ConvergenceError("a multigrid level has a diagonal that vanishes or is not finite")
    return diagonal


def _factorised(a: csr_matrix):
    """Function (b, x) that solves with `a`, rows divided by its diagonal."""
    from scipy.sparse.linalg import splu

    scaled = diags(1.0 / a.diagonal()) @ a
    if not np.isfinite(scaled.data).all():
        raise ConvergenceError("the coarsest level of multigrid is singular or not finite")
    try:
        lu = splu(scaled.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.1, options={"SymmetricMode": True})
    except RuntimeError as error:
        raise ConvergenceError("the coarsest level of multigrid is singular") from error

    def solve(b, x):
        x[:] = lu.solve(b)

    return solve


def _scaled_inverse(a: np.ndarray) -> np.ndarray:
    """Inverse of ``a`` with rows divided by the diagonal; the pseudo-inverse where it is singular."""
    root = np.sqrt(np.abs(a.diagonal()))
    if not (np.isfinite(a).all() and root.min() > 0.0):
        raise ConvergenceError("the coarsest level of multigrid is singular or not finite")
    scaled = a / root[:, None] / root
    try:
        inverse = np.linalg.inv(scaled)
    except np.linalg.LinAlgError:
        inverse = np.full_like(scaled, np.inf)
    if not np.abs(inverse).max() < LARGEST_INVERSE:
        inverse = np.linalg.pinv(scaled, rcond=1.0 / LARGEST_INVERSE)
    return inverse / root[:, None] * root
