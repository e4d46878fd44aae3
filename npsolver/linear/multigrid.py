"""One scalar algebraic-multigrid preconditioner: hierarchy from pyamg, cycles in single precision."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, diags

from npsolver._ext import multigrid as kernel
from npsolver.errors import ConvergenceError

LARGEST_COARSE = 60


# Coarsest levels beyond this are not inverted but factorised: coarsening stops early where nodes are hardly coupled.
LARGEST_DENSE = 400
# Entries of the inverse of the coarsest matrix, scaled to a unit diagonal, beyond which it counts as singular.
LARGEST_INVERSE = 1e13
# Ratios of the smooth vector must stay within single precision.
LARGEST_RATIO = 1e30


class _Level:
    """A row-scaled level: matrix without its unit diagonal, transfer operators, work vectors.

    `q` and `coarse_q` turn the variables in which the hierarchy was built into those of the caller, x = q y.
    """

    def __init__(self, a, prolongation, restriction, coarse_diagonal, q, coarse_q):
        n = a.shape[0]
        if not a.has_sorted_indices:
            a.sort_indices()
        self.pointer = np.empty(n + 1, np.int32)
        self.column = np.empty(a.nnz, np.int32)
        self.data = np.empty(a.nnz, np.float32)
        diagonal = np.empty(n)
        row = kernel.scale_rows(a.indptr, a.indices, a.data, self.pointer, self.column, self.data, diagonal)
        if row >= 0:
            raise ConvergenceError(f"a multigrid level has no diagonal in row {row}")
        p, r = prolongation.tocsr(), restriction.tocsr()
        if q is not None:
            used = self.pointer[-1]
            self.data[:used] *= np.repeat(q, np.diff(self.pointer)) / q[self.column[:used]]
            p = csr_matrix((p.data * np.repeat(q, np.diff(p.indptr)) / coarse_q[p.indices], p.indices, p.indptr), p.shape)
            diagonal = diagonal / q
        self.p = (p.indptr, p.indices, p.data.astype(np.float32))
        # coarse right-hand sides are scaled too: R' = D_coarse^-1 R D
        scaled = np.empty(r.nnz, np.float32)
        kernel.scale_transfer(r.indptr, r.indices, r.data, coarse_diagonal, diagonal, scaled)
        self.r = (r.indptr, r.indices, scaled)
        self.x = np.zeros(n, np.float32)
        self.residual = np.zeros(n, np.float32)
        self.coarse = np.zeros(r.shape[0], np.float32)


class ScalarMultigrid:
    """V(1,1)-cycle for a scalar M-matrix-like problem, classical coarsening (J. W. Ruge and K. Stüben, 1987).

    Parameters
    ----------
    a : csr_matrix
        Unscaled. `cycle` takes right-hand sides divided by its diagonal.
    smooth : (n,) float64, optional
        Positive vector that `a` nearly annihilates; coarse grids interpolate multiples of it. Default: the constant.

    Raises
    ------
    ConvergenceError
        If no hierarchy can be built: a level without a diagonal, or numbers beyond single precision.
    """

    def __init__(self, a: csr_matrix, smooth: np.ndarray | None = None):
        import pyamg

        q = None
        if smooth is not None and np.ptp(smooth) > 0.0:
            q = smooth / np.sqrt(smooth.max() * smooth.min())
            if not q.max() < LARGEST_RATIO:
                raise ConvergenceError("concentrations differ too much for single precision")
            a = csr_matrix((a.data * q[a.indices], a.indices, a.indptr), a.shape)
        # pyamg compares entries with products of two of them
        a = csr_matrix((a.data / np.abs(a.data).max(), a.indices, a.indptr), a.shape)
        hierarchy = pyamg.ruge_stuben_solver(
            a, strength=("classical", {"theta": 0.25}), max_coarse=LARGEST_COARSE, max_levels=25
        )
        levels = hierarchy.levels
        self.levels = []
        for fine, coarse in zip(levels[:-1], levels[1:]):
            diagonal, coarse_q = coarse.A.diagonal(), None
            if q is not None:
                weight = abs(fine.P)
                coarse_q = (weight.T @ q) / np.maximum(np.asarray(weight.sum(axis=0)).ravel(), 1e-300)
                diagonal = diagonal / coarse_q
            self.levels.append(_Level(fine.A, fine.P, fine.R, diagonal, q, coarse_q))
            q = coarse_q
        self._solve_coarse = _coarse_solver(levels[-1].A.tocsr(), q)
        self.complexity = hierarchy.operator_complexity()

    def cycle(self, b: np.ndarray, x: np.ndarray) -> None:
        """x = approximate solution for the scaled right-hand side b (both (n,) float32)."""
        right, solution = b, x
        stack = []
        for level in self.levels:
            kernel.smooth_from_zero(level.pointer, level.column, level.data, right, solution)
            kernel.residual(level.pointer, level.column, level.data, right, solution, level.residual)
            kernel.multiply(*level.r, level.residual, level.coarse, False)
            stack.append((level, right, solution))
            right = level.coarse
            following = len(stack)
            solution = self.levels[following].x if following < len(self.levels) else np.empty_like(right)
        self._solve_coarse(right, solution)
        for level, right, target in reversed(stack):
            kernel.multiply(*level.p, solution, target, True)
            kernel.smooth_backward(level.pointer, level.column, level.data, right, target)
            solution = target


def _coarse_solver(a: csr_matrix, q: np.ndarray | None):
    """Function (b, x) that solves with `a`, rows divided by its diagonal, in the variables of the caller."""
    if a.shape[0] <= LARGEST_DENSE:
        inverse = _scaled_inverse(a.toarray())
        if q is not None:
            inverse *= q[:, None] / q
        with np.errstate(over="ignore"):
            inverse = np.ascontiguousarray(inverse, dtype=np.float32)
        if not np.isfinite(inverse).all():
            raise ConvergenceError("the coarsest level of multigrid is beyond single precision")
        return lambda b, x: np.dot(inverse, b, out=x)
    from scipy.sparse.linalg import splu

    diagonal = a.diagonal()
    scaled = diags(1.0 / diagonal) @ a
    if not np.isfinite(scaled.data).all():
        raise ConvergenceError("the coarsest level of multigrid is singular or not finite")
    try:
        lu = splu(scaled.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.1, options={"SymmetricMode": True})
    except RuntimeError as error:
        raise ConvergenceError("the coarsest level of multigrid is singular") from error
    factor = np.ones(diagonal.size) if q is None else q

    def solve(b, x):
        x[:] = lu.solve(b / factor) * factor

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
