"""Linear solvers; they know matrices and nothing else."""

from npsolver.linear.block_tridiagonal import BlockTridiagonal

__all__ = ["BlockTridiagonal"]
