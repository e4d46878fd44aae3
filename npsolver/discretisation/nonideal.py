"""Excess chemical potentials and Onsager coupling on a mesh."""

from __future__ import annotations

import numpy as np

from npsolver._ext.cross_flux import CrossFlux
from npsolver.discretisation.coefficients import Coefficients
from npsolver.discretisation.nodal_excess import nodal_excess
from npsolver.discretisation.pattern import BlockPattern
from npsolver.errors import InputError
from npsolver.mesh import Mesh
from npsolver.model import Friction, MatrixFunctions, Model

# of the compiled kernels of coupled fluxes
MAX_SPECIES = 32


def nonideal_terms(
    model: Model, mesh: Mesh, coefficients: Coefficients, order: np.ndarray, pattern: BlockPattern, charge: np.ndarray
) -> NonidealTerms:
    """What goes beyond ideal Nernst-Planck in `model`.

    Raises
    ------
    InputError
        For meshes that do not fit the laws, and for more species than the kernels of coupled fluxes take.
    """
    return NonidealTerms(model, mesh, coefficients, order, pattern, charge)


class NonidealTerms:
    """Assembles edges with mu_ex in the drift, and cross fluxes after them."""

    def __init__(self, model, mesh, coefficients, order, pattern, charge):
        self._charge, self.laws = charge, nodal_excess(model, mesh)
        self._unit = coefficients.scales.concentration
        self._shape = (mesh.n_nodes, len(model.species))
        self._cross, self._diagonal = (), slice(None, None, 3) if pattern.is_chain else pattern.diagonal
        self._gradient = None
        if model.has_gradient_energy:
            from npsolver.discretisation.gradient_energy import GradientEnergy

            self._gradient = GradientEnergy(model, mesh, coefficients, pattern)
        # with one edge for every block beside the diagonal the pass over the edges can write them
        single = np.unique(np.sort(mesh.edges, axis=1), axis=0).shape[0] == mesh.n_edges
        self._writes = single and self._gradient is None
        if model.cross_coupling is not None:
            self._cross = self._cross_fluxes(model, mesh, coefficients, order, pattern)
        # the one pass has no place for an imposed flow, of which the Scharfetter-Gummel fluxes take care
        self._in_one_pass = bool(self._cross) and coefficients.drift.size == 0

    def along_chain(self, model, mesh, coefficients, pattern) -> tuple[tuple[int, CrossFlux], ...] | None:
        """Kernels for all that edges do, one after the other as in the mesh, and of how many edges; None without any."""
        if not (self._in_one_pass and self._writes) or any(law is not None for _, _, law in self._cross):
            return None
        kernels = self._cross_fluxes(model, mesh, coefficients, np.arange(mesh.n_edges), pattern, runs=True)
        return tuple((edges.size, kernel) for edges, kernel, _ in kernels)

    def _cross_fluxes(
        self, model, mesh, coefficients, order, pattern, runs=False
    ) -> tuple[tuple[np.ndarray, CrossFlux, _LocalMatrices | None], ...]:
        """Kernels of all edges with the same coefficients, which of the edges (in `order`) these are, and what fills their
        matrices where these follow the whole composition.

        With `runs` of edges that follow each other.
        """
        coupling, scales = model.coupling, coefficients.scales
        n_regions, n_species = len(model.regions), len(model.species)
        if n_species > MAX_SPECIES:
            raise InputError(
                f"coupled fluxes take at most {MAX_SPECIES} species, this case has {n_species}; leave out some of them, or"
                " [onsager]",
                key="onsager",
            )
        rows = n_regions + len(mesh.interfaces)
        factor, diffusivity = np.zeros(rows), np.zeros((rows, n_species))
        for r, region in enumerate(model.regions):
            factor[r] = region.porosity / region.tortuosity
            for i, species in enumerate(model.species):
                if species.name not in region.excluded_species:
                    diffusivity[r, i] = region.diffusivity.get(species.name, species.diffusivity) / scales.diffusivity
        region = mesh.edge_region[order]
        of_region = [coupling.within(item.name) for item in model.regions] + [coupling] * len(mesh.interfaces)
        identity = np.array([id(item) for item in of_region])[region]
        if runs:
            groups = np.split(np.arange(region.size), np.flatnonzero(np.diff(identity)) + 1)
        else:
            groups = [np.flatnonzero(identity == own) for own in dict.fromkeys(identity.tolist())]
        kernels = []
        for edges in groups:
            own, at = of_region[region[edges[0]]], order[edges]
            kernel = CrossFlux(
                edges=np.ascontiguousarray(mesh.edges[at]),
                conductance=coefficients.conductance[at],
                region=mesh.edge_region[at],
                factor=factor,  # zero on surface edges: they are far more permeable than any coupling matters
                diffusivity=diffusivity,
                mobility=coefficients.mobility,
                permittivity=coefficients.permittivity,
                charge=self._charge,
                composition=np.ascontiguousarray(own.composition / scales.concentration),
                matrices=np.ascontiguousarray(own.matrices / scales.diffusivity),
                weights=np.ascontiguousarray(own.weights, dtype=float),
                block_kl=pattern.kl[at],
                block_lk=pattern.lk[at],
                block_diagonal=pattern.diagonal,
                local=isinstance(own.law, MatrixFunctions),
                friction=_friction(own.law, scales) if isinstance(own.law, Friction) else None,
            )
            law = None
            if isinstance(own.law, MatrixFunctions):
                law = _LocalMatrices(own.law, kernel, mesh.edges[at], scales)
            kernels.append((edges, kernel, law))
        return tuple(kernels)

    def _concentrations(self, u: np.ndarray) -> np.ndarray:
        n, ns = self._shape
        return u[: n * (ns + 1)].reshape(n, ns + 1)[:, :ns] * self._unit

    def excess_with_slope(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
        """mu_ex/RT (n_nodes, n_species) and derivatives by the dimensionless w; None where everything is ideal."""
        if self.laws.is_ideal:
            return None, None
        c = self._concentrations(u)
        mu, slope = self.laws.evaluate(c)
        if self._gradient is not None:
            self._gradient.add(c / self._unit, mu)
        return np.ascontiguousarray(mu), np.ascontiguousarray(slope * self._unit)

    def clear(self, blocks: np.ndarray, sides: np.ndarray | None, num_threads: int) -> bool:
        """Prepare `blocks` for `assemble` with the same arguments; whether only the diagonal ones needed it."""
        fresh = self._in_one_pass and self._writes and sides is None and num_threads == 1
        blocks[self._diagonal if fresh else slice(None)] = 0.0
        return fresh

    def assemble(self, edges, u, residual, blocks, num_threads, sides, fresh: bool = False) -> None:
        """Add all edge terms; `fresh`: write the blocks beside the diagonal, which `clear` has left as they were."""
        mu, slope = self.excess_with_slope(u)
        whole = self._in_one_pass and sides is None and num_threads == 1
        self._assemble(edges, u, residual, blocks, num_threads, sides, mu, slope, whole, fresh)
        if self._gradient is not None and blocks is not None:
            self._add_gradient(edges, u, blocks, mu, slope)

    def _assemble(self, edges, u, residual, blocks, num_threads, sides, mu, slope, whole, fresh) -> None:
        if not whole:
            edges.assemble(u, residual, blocks, num_threads, sides, mu, slope)
        for _, cross, law in self._cross:
            if law is not None:
                law.fill(self._concentrations(u), blocks is not None)
            cross.assemble(u, residual, blocks, mu, slope, whole=whole, fresh=fresh)

    def _add_gradient(self, edges, u, blocks, mu, slope) -> None:
        """Derivatives by the concentrations on which mu of the neighbours depends.

        The derivatives by mu itself are what the edges add for a slope of 1 and do not add for a slope of 0.
        """
        aside, constant = np.zeros(u.size), np.zeros_like(blocks)
        self._assemble(edges, u, aside, constant, 1, None, mu, np.zeros_like(slope), False, False)
        for i in self._gradient.operators:
            unit, found = np.zeros_like(slope), np.zeros_like(blocks)
            unit[:, i, i] = 1.0
            self._assemble(edges, u, aside, found, 1, None, mu, unit, False, False)
            self._gradient.add_derivatives(found[:, :, i] - constant[:, :, i], i, blocks)

    def fluxes(self, edges, u, flux, displacement) -> None:
        """Flows through every face."""
        mu, _ = self.excess_with_slope(u)
        edges.fluxes(u, flux, displacement, mu)
        for members, cross, law in self._cross:
            if law is not None:
                law.fill(self._concentrations(u), False)
            part = np.zeros((flux.shape[0], members.size))
            cross.add_fluxes(u, part, mu)
            flux[:, members] += part

    def excess(self, u: np.ndarray) -> np.ndarray:
        """mu_ex/RT, (n_nodes, n_species)."""
        mu, _ = self.excess_with_slope(u)
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
        if self.laws.is_ideal:
            return False
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


def _friction(law: Friction, scales) -> tuple:
    """As the kernel wants it."""
    D = np.array(law.pairs)
    per_D = np.divide(scales.diffusivity, D, out=np.zeros_like(D), where=~np.eye(len(D), dtype=bool))
    alone = np.array(law.alone) / scales.diffusivity
    amounts = ((law.solvent or 0.0) / scales.concentration, (law.total or 0.0) / scales.concentration)
    return np.array(law.members, dtype=np.int32), per_D, alone, *amounts


class _LocalMatrices:
    """Fills the matrices of a kernel from the composition in the middle of every edge."""

    def __init__(self, law, kernel: CrossFlux, edges: np.ndarray, scales):
        self._law, self._kernel, self._edges, self._scales = law, kernel, edges, scales

    def fill(self, concentration: np.ndarray, derivatives: bool) -> None:
        """`concentration` of the nodes, (n_nodes, n_species), mol/m³."""
        k, l = self._edges.T
        matrix, slope = self._law.evaluate(0.5 * (concentration[k] + concentration[l]), derivatives)
        ns, scales = matrix.shape[1], self._scales
        self._kernel.local_matrices[:, :, :ns] = matrix / scales.diffusivity
        if derivatives:
            self._kernel.local_changes[..., :ns] = slope * (scales.concentration / scales.diffusivity)
