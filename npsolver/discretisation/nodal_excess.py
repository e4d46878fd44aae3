"""Excess chemical potentials at the nodes of a mesh, each with the laws of its phase."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh import Mesh
from npsolver.model import Model, from_activities, total_excess


class NodalExcess:
    """Laws of the chemical potential by node.

    Parameters
    ----------
    groups : sequence of (nodes, laws)
        Positions ((n,) int64, or ``slice(None)`` for all) and the laws there; every position is in one group.
    charge : (n_species,) float64
    """

    def __init__(self, groups: Sequence[tuple[np.ndarray | slice, tuple]], charge: np.ndarray):
        self.groups, self.charge = list(groups), charge

    @property
    def is_ideal(self) -> bool:
        """Whether there is no law anywhere."""
        return not any(laws for _, laws in self.groups)

    def evaluate(self, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """mu_ex/RT (n, n_species) and its derivatives per mol/m³ (n, n_species, n_species) at c (n, n_species), mol/m³."""
        if len(self.groups) == 1 and self.groups[0][1]:
            return total_excess(self.groups[0][1], c, self.charge)
        mu, slope = np.zeros_like(c), np.zeros((*c.shape, c.shape[1]))
        for nodes, laws in self.groups:
            if laws:
                mu[nodes], slope[nodes] = total_excess(laws, c[nodes], self.charge)
        return mu, slope

    def from_activities(self, logarithm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """ln c and dln c_i/dln a_j at ln a (n, n_species); see `npsolver.model.from_activities`."""
        x, response = np.empty_like(logarithm), np.empty((*logarithm.shape, logarithm.shape[1]))
        for nodes, laws in self.groups:
            x[nodes], response[nodes] = from_activities(laws, logarithm[nodes], self.charge)
        return x, response

    def rooms(self, c: np.ndarray) -> list[tuple[np.ndarray | slice, np.ndarray]]:
        """Positions, and what must stay positive there, of every law that limits concentrations."""
        found = []
        for nodes, laws in self.groups:
            own = c[nodes]
            found += [(nodes, room) for law in laws if (room := law.room(own)) is not None]
        return found

    def at(self, nodes: np.ndarray) -> NodalExcess:
        """The same at some of the positions only."""
        if len(self.groups) == 1:
            return NodalExcess([(slice(None), self.groups[0][1])], self.charge)
        parts = [(np.flatnonzero(np.isin(nodes, own)), laws) for own, laws in self.groups]
        return NodalExcess([(own, laws) for own, laws in parts if own.size], self.charge)


def nodal_excess(model: Model, mesh: Mesh) -> NodalExcess:
    """Laws at every node of `mesh`.

    Raises
    ------
    InputError
        If laws differ between regions, or from those outside, and the mesh has one node where they meet.
    """
    charge = np.array([species.charge for species in model.species], dtype=float)
    if not model.has_phases:
        return NodalExcess([(slice(None), model.excess)], charge)
    laws = model.phase_laws
    kinds: list[tuple] = []

    def number(own: tuple) -> int:
        if own not in kinds:  # laws are compared, not hashed
            kinds.append(own)
        return kinds.index(own)

    by_region = np.array([number(laws.inside(region)) for region in model.regions])
    cell_kind = by_region[mesh.cell_region]
    kind = np.full(mesh.n_nodes, -1)
    kind[mesh.cell_node] = cell_kind
    if np.any(kind[mesh.cell_node] != cell_kind):
        raise InputError(
            "laws of activity or standard potentials differ where regions meet in one node; expected a mesh with two nodes"
            " there, e.g. of build_mesh or with_jumps",
            key="mesh",
        )
    names = tuple(mesh.boundaries)
    sides = {-1 - min(pair): model.regions[max(pair)] for pair in mesh.interfaces if min(pair) < 0}
    for b, name in enumerate(names):
        nodes, _ = mesh.boundaries[name]
        outer = nodes[kind[nodes] < 0]
        if outer.size:
            kind[outer] = number(laws.beside(model.boundaries[name], sides[b]))
    return NodalExcess([(np.flatnonzero(kind == k), own) for k, own in enumerate(kinds) if np.any(kind == k)], charge)
