"""Excess chemical potentials and Onsager coupling on a mesh."""

from __future__ import annotations

import numpy as np

from npsolver._ext.cross_flux import CrossFlux
from npsolver.discretisation.coefficients import Coefficients
from npsolver.discretisation.nodal_excess import nodal_excess
from npsolver.discretisation.pattern import BlockPattern
from npsolver.errors import InputError
from npsolver.mesh import Mesh
from npsolver.model import Model


def nonideal_terms(
    model: Model, mesh: Mesh, coefficients: Coefficients, order: np.ndarray, pattern: BlockPattern, charge: np.ndarray
) -> NonidealTerms:
    """What goes beyond ideal Nernst-Planck in `model`.

    Raises
    ------
    InputError
        For coupling with imposed convection, which is not defined, and for meshes that do not fit the laws.
    """
    if model.cross_coupling is not None and coefficients.drift.size:
        raise InputError("Onsager coupling with imposed convection is not defined here", key="onsager")
    return NonidealTerms(model, mesh, coefficients, order, pattern, charge)


class NonidealTerms:
    """Assembles edges with mu_ex in the drift, and cross fluxes after them."""

    def __init__(self, model, mesh, coefficients, order, pattern, charge):
        self._charge, self.laws = charge, nodal_excess(model, mesh)
        self._unit = coefficients.scales.concentration
        self._shape = (mesh.n_nodes, len(model.species))
        self._cross, self._diagonal = None, slice(None, None, 3) if pattern.is_chain else pattern.diagonal
        # with one edge for every block beside the diagonal the pass over the edges can write them
        self._writes = np.unique(np.sort(mesh.edges, axis=1), axis=0).shape[0] == mesh.n_edges
        if model.cross_coupling is not None:
            self._cross = self._cross_flux(model, mesh, coefficients, order, pattern)

    def _cross_flux(self, model, mesh, coefficients, order, pattern) -> CrossFlux:
        coupling, scales = model.coupling, coefficients.scales
        n_regions, n_species = len(model.regions), len(model.species)
        rows = n_regions + len(mesh.interfaces)
        factor, diffusivity = np.zeros(rows), np.zeros((rows, n_species))
        for r, region in enumerate(model.regions):
            factor[r] = region.porosity / region.tortuosity
            for i, species in enumerate(model.species):
                if species.name not in region.excluded_species:
                    diffusivity[r, i] = region.diffusivity.get(species.name, species.diffusivity) / scales.diffusivity
        return CrossFlux(
            edges=np.ascontiguousarray(mesh.edges[order]),
            conductance=coefficients.conductance[order],
            region=mesh.edge_region[order],
            factor=factor,  # zero on surface edges: they are far more permeable than any coupling matters
            diffusivity=diffusivity,
            mobility=coefficients.mobility,
            permittivity=coefficients.permittivity,
            charge=self._charge,
            composition=np.ascontiguousarray(coupling.composition / scales.concentration),
            matrices=np.ascontiguousarray(coupling.matrices / scales.diffusivity),
            weights=np.ascontiguousarray(coupling.weights, dtype=float),
            block_kl=pattern.kl[order],
            block_lk=pattern.lk[order],
            block_diagonal=pattern.diagonal,
        )

    def _concentrations(self, u: np.ndarray) -> np.ndarray:
        n, ns = self._shape
        return u[: n * (ns + 1)].reshape(n, ns + 1)[:, :ns] * self._unit

    def _evaluate(self, u):
        """mu_ex/RT and derivatives by the dimensionless w; None where everything is ideal."""
        if self.laws.is_ideal:
            return None, None
        mu, slope = self.laws.evaluate(self._concentrations(u))
        return np.ascontiguousarray(mu), np.ascontiguousarray(slope * self._unit)

    def clear(self, blocks: np.ndarray, sides: np.ndarray | None, num_threads: int) -> bool:
        """Prepare `blocks` for `assemble` with the same arguments; whether only the diagonal ones needed it."""
        fresh = self._cross is not None and self._writes and sides is None and num_threads == 1
        blocks[self._diagonal if fresh else slice(None)] = 0.0
        return fresh

    def assemble(self, edges, u, residual, blocks, num_threads, sides, fresh: bool = False) -> None:
        """Add all edge terms; `fresh`: write the blocks beside the diagonal, which `clear` has left as they were."""
        mu, slope = self._evaluate(u)
        if self._cross is not None and sides is None and num_threads == 1:
            self._cross.assemble(u, residual, blocks, mu, slope, whole=True, fresh=fresh)
            return
        edges.assemble(u, residual, blocks, num_threads, sides, mu, slope)
        if self._cross is not None:
            self._cross.assemble(u, residual, blocks, mu, slope)

    def fluxes(self, edges, u, flux, displacement) -> None:
        """Flows through every face."""
        mu, _ = self._evaluate(u)
        edges.fluxes(u, flux, displacement, mu)
        if self._cross is not None:
            self._cross.add_fluxes(u, flux, mu)

    def excess(self, u: np.ndarray) -> np.ndarray:
        """mu_ex/RT, (n_nodes, n_species)."""
        mu, _ = self._evaluate(u)
        return np.zeros(self._shape) if mu is None else mu

    def _rooms(self, u):
        return self.laws.rooms(self._concentrations(u))

    def has_room(self, u: np.ndarray) -> bool:
        """Whether every lattice has free sites everywhere."""
        return all(bool(room.min() > 0.0) for _, room in self._rooms(u))

    def keep_room(self, u: np.ndarray, out: np.ndarray, fixed: np.ndarray) -> bool:
        """Shorten the update at nodes where the free sites would fall below half; whether any was shortened.

        The rule is that of positive concentrations: beyond one half a relative decrease x continues as 1/(4 x).
        """
        n, ns = self._shape
        limited = False
        everywhere = np.arange(n)
        for (members, before), (_, after) in zip(self._rooms(u), self._rooms(out)):
            x = np.divide(before - after, before, out=np.zeros_like(before), where=before > 0.0)
            short = np.flatnonzero(x > 0.5)
            if short.size == 0:
                continue
            limited = True
            nodes = everywhere[members][short]
            factor = (1.0 - 0.25 / x[short]) / x[short]
            old = u[: n * (ns + 1)].reshape(n, ns + 1)[nodes, :ns]
            new = out[: n * (ns + 1)].reshape(n, ns + 1)
            new[nodes, :ns] = old + factor[:, None] * (new[nodes, :ns] - old)
        return limited
