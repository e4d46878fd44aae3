"""The same model on a coarser mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from npsolver.discretisation.coefficients import coefficients
from npsolver.discretisation.system import System
from npsolver.mesh.nesting import Interpolation


@dataclass(frozen=True)
class CoarserSystem:
    """A system, the same on a coarser mesh, and how states pass from one to the other.

    Attributes
    ----------
    system, fine : System
    interpolation : Interpolation
    """

    system: System
    fine: System
    interpolation: Interpolation

    def inject(self, u: np.ndarray) -> np.ndarray:
        """The state at the nodes of the coarser mesh."""
        nodal, rest = self._parts(self.fine, u)
        return np.concatenate([self.interpolation.inject(nodal).ravel(), rest])

    def prolong(self, u: np.ndarray) -> np.ndarray:
        """A state on the finer mesh: potentials and electrochemical potentials are linear between coarse nodes.

        Electrochemical potentials vary little where layers are in equilibrium. Concentrations themselves are linear
        where some are zero, or without a potential that Poisson's equation ties to them.
        """
        coarse, rest = self._parts(self.system, u)
        exists = self.system.coefficients.capacity > 0.0
        values, charge = coarse.copy(), self.fine.charge
        smooth = np.zeros(charge.size, dtype=bool)
        if not self.fine.electroneutral:
            smooth = np.array([(w[there] > 0.0).all() for w, there in zip(coarse[:, :-1].T, exists.T)])
        for i in np.flatnonzero(smooth):
            there = exists[:, i]
            values[there, i] = np.log(coarse[there, i]) + charge[i] * coarse[there, -1]
        nodal = self.interpolation.prolong(values)
        for i in np.flatnonzero(smooth):
            nodal[:, i] = np.exp(nodal[:, i] - charge[i] * nodal[:, -1])
        nodal[:, :-1][self.fine.coefficients.capacity == 0.0] = 0.0
        return self.fine.with_held_values(np.concatenate([nodal.ravel(), rest]))

    @staticmethod
    def _parts(system, u):
        n, m = system.mesh.n_nodes, system.block_size
        return u[: n * m].reshape(n, m), u[n * m :]


def coarser_system(system: System) -> CoarserSystem | None:
    """`system` on the next coarser mesh; None where there is none."""
    found = system.mesh.nesting.coarser() if system.mesh.nesting is not None else None
    if found is None:
        return None
    mesh, interpolation = found
    coarse = System(
        system.model, mesh, coefficients(system.model, mesh, system.coefficients.scales),
        num_threads=system.num_threads, linear=system.linear_wanted,
    )
    if system.loads.volume_source.any():
        ratio = system.coefficients.area_scale / coarse.coefficients.area_scale
        coarse.set_volume_source(interpolation.collect(system.loads.volume_source) * ratio)
    return CoarserSystem(coarse, system, interpolation)
