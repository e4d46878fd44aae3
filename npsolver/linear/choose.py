"""Which linear solver serves which matrix."""

from __future__ import annotations

import numpy as np

from npsolver.linear.block_tridiagonal import BlockTridiagonal

# Unknowns up to which a direct solver takes a few milliseconds, little more than GMRES with its set-up (measured, see
# docs/performance.md), and solves exactly; in three dimensions the fill grows faster.
DIRECT_UNKNOWNS = {2: 1_000, 3: 400}
# Unknowns up to which a direct solver, slow and large as it is, may step in where GMRES fails.
FALLBACK_UNKNOWNS = {2: 1_500_000, 3: 120_000}
# and up to which it is faster than GMRES that needs many iterations.
SLOW_UNKNOWNS = {2: 300_000, 3: 12_000}


def choose_solver(
    pointer: np.ndarray,
    column: np.ndarray,
    diagonal: np.ndarray,
    m: int,
    dimension: int,
    wanted: str = "auto",
    *,
    stiff: bool = False,
):
    """A solver for a block matrix, and why.

    Parameters
    ----------
    pointer, column, diagonal : int32 arrays
        Block compressed rows with increasing columns.
    m : int
        Block size.
    dimension : int
    wanted : str
        ``"auto"``, ``"direct"`` or ``"iterative"``.
    stiff : bool
        Whether thin edges join pairs of nodes, 1e4 times more strongly than others: as many more digits are needed, and
        where salt is depleted at such an edge GMRES takes hundreds of iterations.

    Returns
    -------
    solver : object with ``blocks``, ``factorise()`` and ``solve(x)``
    reason : str
    """
    n = diagonal.size
    chain = column.size == 3 * n - 2 and bool(np.all(np.diff(diagonal) == 3))
    if chain:
        return BlockTridiagonal(n, m), "the nodes form a chain"
    unknowns = n * m
    limit = DIRECT_UNKNOWNS.get(dimension, 1_000)
    if wanted == "direct" or (wanted == "auto" and unknowns <= limit):
        from npsolver.linear.sparse_direct import SparseDirect

        reason = "asked for" if wanted == "direct" else f"{unknowns} unknowns in {dimension}D, at most {limit}"
        return SparseDirect(pointer, column, m), reason
    if stiff and wanted == "auto" and unknowns <= SLOW_UNKNOWNS.get(dimension, 0):
        from npsolver.linear.sparse_direct import SparseDirect

        return SparseDirect(pointer, column, m), "thin edges where the potential jumps, on which GMRES can be slow"
    from npsolver.linear.block_gmres import SLOW_ITERATIONS, BlockGmres

    reason = "asked for" if wanted == "iterative" else f"{unknowns} unknowns in {dimension}D, more than {limit}"
    direct_after = None
    if unknowns <= FALLBACK_UNKNOWNS.get(dimension, 0) and wanted == "auto":
        direct_after = SLOW_ITERATIONS if unknowns <= SLOW_UNKNOWNS[dimension] else 10_000
    return BlockGmres(pointer, column, diagonal, m, direct_after, stiff=stiff), reason
