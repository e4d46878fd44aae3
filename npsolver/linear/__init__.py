"""Linear solvers; they know matrices and nothing else."""

from npsolver.linear.block_tridiagonal import BlockTridiagonal
from npsolver.linear.choose import choose_solver

__all__ = ["BlockTridiagonal", "choose_solver"]
