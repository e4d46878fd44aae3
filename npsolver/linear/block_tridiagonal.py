"""Direct solver of chains: block LU in one sweep, linear in the number of nodes."""

from __future__ import annotations

import numpy as np

from npsolver._ext import block_tridiagonal as kernel
from npsolver.errors import ConvergenceError


class BlockTridiagonal:
    """Matrix of m x m blocks whose node graph is a chain.

    Parameters
    ----------
    n : int
        Number of block rows.
    m : int
        Block size.

    Attributes
    ----------
    blocks : (3 n - 2, m, m) float64
        Filled by the caller in the order diagonal, upper | lower, diagonal, upper | ...; `factorise` destroys it.
    pivot : (n, m) uint8
        With it the factors, which others may put there, too.
    """

    name = "block tridiagonal LU"

    def __init__(self, n: int, m: int):
        self.blocks = np.zeros((3 * n - 2, m, m))
        self.pivot = np.zeros((n, m), dtype=np.uint8)

    def factorise(self) -> None:
        """Factorise `blocks` in place; ConvergenceError if a diagonal block is singular."""
        self._check(kernel.factor(self.blocks, self.pivot))

    def factorise_and_solve(self, x: np.ndarray) -> None:
        """`factorise` and `solve` in one pass."""
        self._check(kernel.factor_and_solve(self.blocks, self.pivot, x))

    @staticmethod
    def _check(row: int) -> None:
        if row >= 0:
            raise ConvergenceError(f"the linear system is singular or not finite at node {row}")

    def solve(self, x: np.ndarray) -> None:
        """Overwrite the right-hand side `x` ((n m,) float64) with the solution."""
        kernel.solve(self.blocks, self.pivot, x)
