"""How far one Newton update may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsolver._ext.update import update as newton_update
from npsolver.errors import ConvergenceError

if TYPE_CHECKING:
    from npsolver.discretisation.system import System

# Largest change of potential (in RT/F) of one Newton update.
POTENTIAL_LIMIT = 8.0


def limited_update(system: System, u: np.ndarray, du: np.ndarray, out: np.ndarray, norms: np.ndarray) -> None:
    """out = u + du with positive concentrations, bounded changes of potentials, and free sites on every lattice.

    Parameters
    ----------
    system : System
    u, du, out : (size,) float64
    norms : (3,) float64, output
        Largest relative change of a concentration, largest change of the potential, and 1.0 if anything was limited.

    Raises
    ------
    ConvergenceError
        If the update is not finite.
    """
    if newton_update(u, du, out, system.block_size, system.positive, POTENTIAL_LIMIT, norms) >= 0:
        raise ConvergenceError("the Newton update is not finite")
    change = du[system.n_local :]
    if system.surface is not None and change.size:
        # no node may follow the voltage of a metal that reactions alone join to the solution
        norms[1] = max(norms[1], float(np.abs(change).max()))
        norms[2] = max(norms[2], float(np.any(np.abs(change) > POTENTIAL_LIMIT)))
        change = change * (POTENTIAL_LIMIT / np.maximum(np.abs(change), POTENTIAL_LIMIT))
    out[system.n_local :] = u[system.n_local :] + change
    if system.transport.keep_room(u, out, system.fixed_rows):
        norms[2] = 1.0
