"""Last digits of steady states in two and three dimensions, where Newton stops before mass balances to round-off."""

from __future__ import annotations

import numpy as np

from npsolver.discretisation import System
from npsolver.errors import ConvergenceError
from npsolver.observables import steady_defects

# Relative imbalance that is good enough, and linear residual of the corrections.
BALANCED = 1e-9
TIGHT = 1e-10
CORRECTIONS = 3


def settled(system: System, u: np.ndarray) -> np.ndarray:
    """`u` after as many further Newton corrections as its currents and masses need to balance (at most three).

    Newton stops when the unknowns no longer change; thin layers turn what is left of a change into a far larger flux.
    """
    if system.mesh.dimension == 1:
        return u
    best, defect = u, max(steady_defects(system, u).values(), default=0.0)
    residual, step, following, norms = (np.empty(system.size) for _ in range(4))
    for _ in range(CORRECTIONS):
        if defect <= BALANCED:
            break
        try:
            system.assemble(best, residual)
            system.set_linear_tolerance(TIGHT)
            system.factorise()
            system.solve(-residual, step)
            system.update(best, step, following, norms[:3])
        except ConvergenceError:  # what is there is kept, and judged as it is
            break
        now = max(steady_defects(system, following).values(), default=0.0)
        if not now < defect:
            break
        best, defect = following.copy(), now
    return best
