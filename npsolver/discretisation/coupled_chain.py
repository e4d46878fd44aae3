"""Chains of nodes whose species act on each other through an Onsager matrix, by compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsolver._ext.coupled_chain import CoupledChain
from npsolver.discretisation.equilibration import WIDE_RANGE
from npsolver.discretisation.limits import POTENTIAL_LIMIT
from npsolver.errors import ConvergenceError

if TYPE_CHECKING:
    from npsolver.discretisation.system import System


class CoupledChainEquations:
    """Newton steps and factors of a system, assembled and eliminated node by node.

    Parameters
    ----------
    system : System
    """

    def __init__(self, system: System):
        solver = system.linear_solver
        self.system = system
        self.kernel = CoupledChain(
            edges=system.transport.coupled_edges,
            charge=system.charge,
            capacity=np.ascontiguousarray(system.coefficients.capacity),
            fixed_charge=system.loads.fixed_charge,  # shared: changed in place, as the sources and given values
            source=system.loads.source,
            given=system.rows.value,
            given_row=system.fixed_rows,
            positive=system.positive.reshape(-1, system.block_size),
            blocks=solver.blocks,
            pivot=solver.pivot,
        )

    def follow_loads(self) -> None:
        """Take notice that boundary values have changed."""
        loads = self.system.loads
        self.kernel.set_outer_potentials(
            loads.outer_node, loads.outer_capacitance, loads.outer_potential(np.zeros(len(self.system.floating)))
        )

    def _needs_scales(self, u: np.ndarray) -> bool:
        """Whether concentrations differ so much that `equilibrate` may scale the matrix."""
        system = self.system
        smallest, largest = self.kernel.spread(u)
        if not largest > WIDE_RANGE * smallest:
            largest = u[system.fixed_concentrations].max(initial=0.0)
        return bool(largest > WIDE_RANGE * smallest)

    def newton_step(
        self, u: np.ndarray, shift: float, previous: np.ndarray | None, out: np.ndarray, norms: np.ndarray
    ) -> bool:
        """As `System.newton_step`."""
        if self._needs_scales(u):
            return False
        system, storage = self.system, None
        if shift:
            storage = np.empty(system.size)
            system.mass(u - previous, storage)
        mu, slope = system.transport.excess_with_slope(u)
        for name in ("residuals", "factorisations", "solves"):
            system.counts[name] += 1
        failed = self.kernel.newton(u, shift, storage, mu, slope, POTENTIAL_LIMIT, out, norms)
        if failed == 2:
            raise ConvergenceError("the Newton update is not finite")
        if not failed and system.transport.keep_room(u, out, system.fixed_rows):
            norms[2] = 1.0
        return not failed

    def factorise(self, u: np.ndarray, shift: float) -> bool:
        """Factors of ``shift * M + dr/du`` in the linear solver; False where that needs scales or a block is singular."""
        if self._needs_scales(u):
            return False
        self.system.counts["factorisations"] += 1
        mu, slope = self.system.transport.excess_with_slope(u)
        return self.kernel.factorise(u, shift, mu, slope)

    def solve(self, local: np.ndarray) -> None:
        """local := A^-1 local with the last factors."""
        self.system.linear_solver.solve(local)

    def balances(self, u: np.ndarray, local: np.ndarray) -> None:
        """Balance of every node into `local`, before given values replace rows."""
        self.system.natural(u, local, None, 0.0)

