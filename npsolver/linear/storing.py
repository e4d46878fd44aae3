"""Preconditioner for charge conservation in time, where every field but the last stores what flows in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from npsolver._ext import field_split as kernel
from npsolver.linear.multigrid import ScalarMultigrid

if TYPE_CHECKING:
    from npsolver.linear.block_gmres import BlockGmres

# The hierarchy is built anew when the conductances have changed anywhere by more than this factor.
LARGEST_CHANGE = 3.0
# Cycles of every field that stores, per pass.
CYCLES = 2


class StoringFields:
    """Elimination of the fields, then the last one, then the fields again.

    In electrochemical potentials x_i = dmu_i the balances are ``(s M_i + L_i) x_i - s z_i M_i dphi``, neutrality
    ``sum z_i M_i (x_i - z_i dphi)`` times s. What eliminating the x_i leaves for dphi is, per wave number k,
    ``s N D k²/(s + D k²)`` with ``N = sum z_i² M_i``, the inverse of which is ``1/(s N)`` plus the inverse of the
    conduction matrix ``sum z_i² L_i`` (as J. Cahouet and J.-P. Chabard, Int. J. Numer. Methods Fluids 8 (1988) 869,
    for the pressure of Stokes flow in time).

    Parameters
    ----------
    pointer, column, diagonal : int32 arrays
        Block compressed rows.
    m : int
        Block size.
    """

    def __init__(self, pointer: np.ndarray, column: np.ndarray, diagonal: np.ndarray, m: int):
        n = diagonal.size
        self.pointer, self.column, self.diagonal, self.m = pointer, column, diagonal, m
        self._grid: ScalarMultigrid | None = None
        self._built = np.ones(n)
        self._ratio, self._extra = np.zeros(n), np.zeros(n)
        self._right = np.empty(n)
        self._correction = np.zeros(n)
        self._product = np.empty(n * m)
        self._none, self._nothing = np.zeros((n, m - 1)), np.zeros((m - 1, n))

    def prepare(self, conduction: np.ndarray, free: np.ndarray, last: np.ndarray) -> int:
        """Take the matrix of conduction; returns how many hierarchies were built.

        Parameters
        ----------
        conduction : (n_blocks,) float64
            Rows of nodes that are not free are those of given values.
        free : (n,) bool
        last : (n,) float64
            Diagonal of the last field, by which its rows have been divided.
        """
        now = conduction[self.diagonal]
        self._ratio[:] = np.where(free, last / now, 0.0)
        ratio = now / self._built
        if self._grid is not None and ratio.max() < LARGEST_CHANGE and ratio.min() > 1.0 / LARGEST_CHANGE:
            return 0
        n = self.diagonal.size
        self._grid = ScalarMultigrid(csr_matrix((conduction, self.column, self.pointer), shape=(n, n)))
        self._built = now.copy()
        return 1

    def precondition(self, solver: BlockGmres, v: np.ndarray, y: np.ndarray) -> None:
        """y = approximate solution for the right-hand side `v` of the scaled rows of `solver`."""
        m, x, last = self.m, solver._x, solver._last
        x[:] = 0.0
        for cycle in range(CYCLES):
            if cycle:
                kernel.scatter(x, self._nothing[0], solver._used, self._none, y)
            self._cycle(solver, v, y if cycle else None)
        kernel.gather_last(v, m, solver._lower, x, self._right)
        solver._grids[-1].cycle(self._right, last)
        self._right *= self._ratio
        self._grid.cycle(self._right, self._extra)
        last += self._extra
        kernel.scatter(self._nothing, last, solver._used, solver._mix, y)
        self._cycle(solver, None, y)
        kernel.scatter(x, last, solver._used, solver._mix, y)

    def _cycle(self, solver: BlockGmres, v: np.ndarray | None, y: np.ndarray | None) -> None:
        """Add to every field what one cycle gives for ``v - A y``."""
        m = self.m
        if y is not None:
            solver._multiply(y, self._product)
        for i in range(m - 1):
            right = 0.0 if v is None else v[i::m]
            if y is not None:
                right = right - self._product[i::m]
            np.multiply(right, solver._unit[:, i], out=self._right)
            solver._grids[i].cycle(self._right, self._correction)
            solver._x[i] += self._correction
