"""Factors of rows and columns for matrices whose unknowns span many decades."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from npsolver.discretisation.system import System

# Ratio of concentrations from which the linear systems of a chain are equilibrated.
WIDE_RANGE = 1e14
# Concentrations (relative to the scale) below which a species counts as absent: it is spreading from nothing.
ABSENT = 1e-45
# The same in a steady state, where nothing spreads: its factor and that of its row are still numbers.
VANISHING = 1e-200


def equilibrate(system: System, u: np.ndarray, steady: bool = False) -> tuple[np.ndarray, np.ndarray] | None:
    """Scale the blocks of the linear solver; None, and nothing done, where concentrations are of comparable size.

    Elimination pivots within a column. The charge of a defect twenty decades rarer than the others would be its
    largest entry there, and the defect the small difference of the others, without a digit.

    Parameters
    ----------
    system : System
    u : (size,) float64
        Where the matrix was assembled.
    steady : bool
        Nothing spreads from nothing: a species of which hardly anything is there is so in equilibrium, and would take the
        round-off of the others for its amount.

    Returns
    -------
    row, column : (n_nodes * block_size,) float64
        The solution of ``A x = b`` is ``column * (scaled A)^-1 (row * b)``.
    """
    if not system.pattern.is_chain:
        return None
    n, m = system.mesh.n_nodes, system.block_size
    w = u[: n * m].reshape(n, m)[:, : system.n_species]
    # the tails of a species that spreads from nothing need no digits, and their factors would swamp the others
    free = u.take(system.concentration_index)
    smallest, largest = free.min(initial=np.inf), free.max(initial=0.0)
    if not largest > WIDE_RANGE * smallest:  # given values of the few fixed unknowns may be larger
        largest = u[system.fixed_concentrations].max(initial=0.0)
    floor = VANISHING if steady else ABSENT
    if (smallest < ABSENT and not steady) or not largest > WIDE_RANGE * smallest:
        return None
    present = w > 0.0
    column = np.ones((n, m))
    column[:, : system.n_species] = np.where(present, np.maximum(w, floor), 1.0)
    pattern = system.pattern
    blocks = system.linear_solver.blocks
    blocks *= column[pattern.column][:, None, :]
    # pivots are sought inside the diagonal blocks: a far larger neighbour must not make a row look small there
    largest = np.abs(blocks[pattern.diagonal]).max(axis=2)
    row = np.divide(1.0, largest, out=np.ones((n, m)), where=largest > 0.0)
    blocks *= np.repeat(row, np.diff(pattern.pointer), axis=0)[:, :, None]
    return row.ravel(), column.ravel()
