"""Fluxes through all edges: the Scharfetter-Gummel terms, and what non-ideal solutions add to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsolver._ext.edge_flux import EdgeFlux
from npsolver.discretisation.chunks import chunked_edges
from npsolver.discretisation.coefficients import Coefficients
from npsolver.discretisation.pattern import BlockPattern
from npsolver.mesh import Mesh
from npsolver.model import Model

if TYPE_CHECKING:
    from npsolver.discretisation.nodal_excess import NodalExcess


class ChargeClasses(NamedTuple):
    """Species whose Bernoulli functions are the same, or those of -v.

    Attributes
    ----------
    of_species, sign : (n_species,) int32
        Class of every species, and whether its argument is that of the class (1) or minus it (-1).
    charge : (n_classes,) float64
    member : (n_classes,) int64
        A species of every class.
    """

    of_species: np.ndarray
    sign: np.ndarray
    charge: np.ndarray
    member: np.ndarray


def charge_classes(charge: np.ndarray, with_drift: bool) -> ChargeClasses:
    """Classes of equal magnitude of charge; with an imposed flow every species is one, because diffusivities count."""
    if with_drift:
        n = charge.size
        return ChargeClasses(np.arange(n, dtype=np.int32), np.ones(n, dtype=np.int32), charge.copy(), np.arange(n))
    magnitude, first, index = np.unique(np.abs(charge), return_index=True, return_inverse=True)
    sign = np.where(charge < 0, -1, 1).astype(np.int32)
    return ChargeClasses(index.astype(np.int32), sign, magnitude, first)


class Transport:
    """Flows of species and electric displacement between nodes.

    Parameters
    ----------
    model : Model
    mesh : Mesh
    coefficients : Coefficients
    pattern : BlockPattern
    num_threads : int

    Attributes
    ----------
    charge : (n_species,) float64
    classes : ChargeClasses
    is_ideal : bool
        Whether species act on each other through the potential only.
    coupled_edges : sequence of (int, CrossFlux), or None
        Kernels for the edges of a chain of nodes, and for how many of them each, where an Onsager matrix couples species.
    """

    def __init__(self, model: Model, mesh: Mesh, coefficients: Coefficients, pattern: BlockPattern, num_threads: int):
        self.num_threads = num_threads
        self.charge = np.array([species.charge for species in model.species], dtype=float)
        self.classes = classes = charge_classes(self.charge, with_drift=coefficients.drift.size > 0)
        order, chunks = chunked_edges(mesh.edges, mesh.n_nodes)
        self._order = order
        self._edges = EdgeFlux(
            edges=np.ascontiguousarray(mesh.edges[order]),
            conductance=coefficients.conductance[order],
            region=mesh.edge_region[order],
            mobility=coefficients.mobility,
            permittivity=coefficients.permittivity,
            species_class=classes.of_species,
            species_sign=classes.sign,
            class_charge=classes.charge,
            class_peclet=np.ascontiguousarray(coefficients.inverse_diffusivity[:, classes.member]),
            drift=coefficients.drift[order] if coefficients.drift.size else coefficients.drift,
            block_kl=pattern.kl[order],
            block_lk=pattern.lk[order],
            block_diagonal=pattern.diagonal,
            chunks=chunks,
        )
        self._nonideal = None
        if model.has_excess or model.has_phases or model.cross_coupling is not None:
            from npsolver.discretisation.nonideal import nonideal_terms

            self._nonideal = nonideal_terms(model, mesh, coefficients, order, pattern, self.charge)
        self.is_ideal = self._nonideal is None
        # in the order of a chain of nodes, for code that follows it
        self.coupled_edges = None
        if self._nonideal is not None and pattern.is_chain:
            self.coupled_edges = self._nonideal.along_chain(model, mesh, coefficients, pattern)

    def clear(self, blocks: np.ndarray, sides: np.ndarray | None) -> bool:
        """Prepare `blocks` for being assembled; whether `assemble` must be told that they are fresh."""
        if self._nonideal is not None:
            return self._nonideal.clear(blocks, sides, self.num_threads)
        blocks[:] = 0.0
        return False

    def assemble(
        self,
        u: np.ndarray,
        out: np.ndarray,
        blocks: np.ndarray | None,
        sides: np.ndarray | None = None,
        fresh: bool = False,
    ) -> None:
        """Add the outflows of every node to `out` and, where `blocks` is given, their derivatives to it.

        `sides` as for `EdgeFlux.assemble`; `fresh` as `clear` said.
        """
        if self._nonideal is None:
            self._edges.assemble(u, out, blocks, self.num_threads, sides)
        else:
            self._nonideal.assemble(self._edges, u, out, blocks, self.num_threads, sides, fresh)

    def fluxes(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Molar flow (n_species, n_edges) and electric displacement (n_edges,) through every face, K to L."""
        flux, displacement = np.empty((self.charge.size, self._order.size)), np.empty(self._order.size)
        if self._nonideal is None:
            self._edges.fluxes(u, flux, displacement)
        else:
            self._nonideal.fluxes(self._edges, u, flux, displacement)
        back = np.empty_like(self._order)
        back[self._order] = np.arange(back.size)
        return flux[:, back], displacement[back]

    @property
    def laws(self) -> NodalExcess | None:
        """Laws of the chemical potential by node; None where everything is ideal."""
        return None if self._nonideal is None or self._nonideal.laws.is_ideal else self._nonideal.laws

    def excess(self, u: np.ndarray) -> np.ndarray | None:
        """mu_ex/RT, (n_nodes, n_species); None where everything is ideal."""
        return None if self._nonideal is None else self._nonideal.excess(u)

    def excess_with_slope(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
        """That and its derivatives by the unknowns, (n_nodes, n_species, n_species); None where everything is ideal."""
        return (None, None) if self._nonideal is None else self._nonideal.excess_with_slope(u)

    def has_room(self, u: np.ndarray) -> bool:
        """Whether every lattice has free sites everywhere."""
        return self._nonideal is None or self._nonideal.has_room(u)

    def keep_room(self, u: np.ndarray, out: np.ndarray, fixed: np.ndarray) -> bool:
        """Shorten an update from `u` to `out` that would fill a lattice; whether it was shortened anywhere."""
        return self._nonideal is not None and self._nonideal.keep_room(u, out, fixed)
