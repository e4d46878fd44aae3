"""Systems whose nodes form a chain, by compiled code: ideal solutions without reactions in one dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsolver._ext.chain import Chain
from npsolver.discretisation.limits import POTENTIAL_LIMIT
from npsolver.errors import ConvergenceError

if TYPE_CHECKING:
    from npsolver.discretisation.coupled_chain import CoupledChainEquations
    from npsolver.discretisation.system import System


class ChainEquations:
    """Residual, linearisation and Newton steps of a system without the matrix and its solver.

    Parameters
    ----------
    system : System

    Attributes
    ----------
    kernel : Chain
    """

    def __init__(self, system: System):
        c, classes = system.coefficients, system.transport.classes
        region = system.mesh.edge_region
        offset = np.zeros((0, 0))
        if c.drift.size:
            offset = (c.drift[:, None] * c.inverse_diffusivity[region][:, classes.member]).T
        self.system, self._has_outer = system, False
        self.kernel = Chain(
            coefficient=np.ascontiguousarray((c.mobility[region] * c.conductance[:, None]).T),
            dielectric=c.permittivity[region] * c.conductance,
            offset=np.ascontiguousarray(offset),
            species_class=classes.of_species,
            species_sign=classes.sign,
            class_charge=classes.charge,
            charge=system.charge,
            capacity=np.ascontiguousarray(c.capacity),
            fixed_charge=system.loads.fixed_charge,  # shared: changed in place, as the sources and given values
            source=system.loads.source,
            given=system.rows.value,
            given_row=system.fixed_rows,
            positive=system.positive.reshape(-1, system.block_size),
            neutralised=c.fixed_charge,
        )

    def follow_loads(self) -> None:
        """Take notice that boundary values and sources have changed."""
        self.kernel.set_has_source(self.system.loads.has_source)
        if self._has_outer or self.system.loads.outer_node.size:
            self._set_outer_potentials(np.zeros(len(self.system.floating)))

    def _set_outer_potentials(self, voltages: np.ndarray) -> None:
        """Take the potentials behind series capacitances; `voltages` are those of the floating terminals."""
        loads = self.system.loads
        self._has_outer = loads.outer_node.size > 0
        self.kernel.set_outer_potentials(loads.outer_node, loads.outer_capacitance, loads.outer_potential(voltages))

    def _follow(self, u: np.ndarray) -> None:
        """Floating terminals behind capacitances have voltages that are unknowns."""
        if self._has_outer and self.system.border is not None:
            self._set_outer_potentials(u[self.system.n_local :])

    def balances(self, u: np.ndarray, local: np.ndarray) -> None:
        """Balance of every node into `local`, before given values replace rows."""
        self._follow(u)
        self.kernel.balances(u, local)

    def linearise(self, u: np.ndarray, out: np.ndarray, shift: float) -> bool:
        """Residual into `out`, and factors of ``shift * M + dr/du``; False where a pivot, none is chosen, is not finite."""
        system = self.system
        system.counts["residuals"] += 1
        system.counts["factorisations"] += 1
        local = out[: system.n_local]
        self._follow(u)
        if not self.kernel.linearise(u, shift, None if shift else system.sides, local):
            return False
        if system.border is not None:
            system.border.assemble(u, local, out[system.n_local :], shift, self.kernel.weigh)
            system.border.factorise(self.kernel.solve)
        system.apply_fixed(u, local, None)
        return True

    def factorise(self, u: np.ndarray, shift: float) -> bool:
        """The factors alone."""
        return self.linearise(u, np.empty(self.system.size), shift)

    def solve(self, local: np.ndarray) -> None:
        """local := A^-1 local with the last factors."""
        self.kernel.solve(local)

    def newton_step(
        self, u: np.ndarray, shift: float, previous: np.ndarray | None, out: np.ndarray, norms: np.ndarray
    ) -> bool:
        """As `System.newton_step`, for a system without floating terminals."""
        system, storage = self.system, None
        if shift:
            storage = np.empty(system.size)
            system.mass(u - previous, storage)
        for name in ("residuals", "factorisations", "solves"):
            system.counts[name] += 1
        sides = None if shift else system.sides
        failed = self.kernel.newton(u, sides, shift, storage, POTENTIAL_LIMIT, out, norms)
        if failed == 2:
            raise ConvergenceError("the Newton update is not finite")
        return not failed


def chain_of(system: System) -> ChainEquations | CoupledChainEquations | None:
    """The compiled form of a system.

    None where its nodes do not form a chain in order, or where excess potentials without an Onsager matrix, or reactions,
    couple species.
    """
    edges, n = system.mesh.edges, system.mesh.n_nodes
    if not system.pattern.is_chain or n < 2 or system.has_reactions:
        return None
    order = np.arange(n - 1)
    if not (np.array_equal(edges[:, 0], order) and np.array_equal(edges[:, 1], order + 1)):
        return None
    if system.transport.is_ideal:
        return ChainEquations(system)
    if system.transport.coupled_edges is None or system.border is not None or system.num_threads != 1:
        return None
    from npsolver.discretisation.coupled_chain import CoupledChainEquations

    return CoupledChainEquations(system)
