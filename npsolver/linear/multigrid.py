"""One scalar algebraic-multigrid preconditioner: hierarchy from pyamg, cycles in single precision."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from npsolver._ext import multigrid as kernel
from npsolver.errors import ConvergenceError

LARGEST_COARSE = 60


class _Level:
    """A row-scaled level: matrix without its unit diagonal, transfer operators, work vectors."""

    def __init__(self, a, prolongation, restriction, coarse_diagonal):
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
    """

    def __init__(self, a: csr_matrix):
        import pyamg

        hierarchy = pyamg.ruge_stuben_solver(
            a, strength=("classical", {"theta": 0.25}), max_coarse=LARGEST_COARSE, max_levels=25
        )
        levels = hierarchy.levels
        self.levels = []
        for fine, coarse in zip(levels[:-1], levels[1:]):
            self.levels.append(_Level(fine.A, fine.P, fine.R, coarse.A.diagonal()))
        last = levels[-1].A.toarray()
        self._coarse_inverse = np.ascontiguousarray(
            np.linalg.pinv(last / last.diagonal()[:, None]), dtype=np.float32
        )
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
        np.dot(self._coarse_inverse, right, out=solution)
        for level, right, target in reversed(stack):
            kernel.multiply(*level.p, solution, target, True)
            kernel.smooth_backward(level.pointer, level.column, level.data, right, target)
            solution = target
