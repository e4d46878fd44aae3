"""Species that can have no steady flux, and where their equations say so edge by edge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from npsolver.discretisation.coefficients import Coefficients
from npsolver.discretisation.terminals import Terminal
from npsolver.mesh import Mesh
from npsolver.model import Model

# In the balances of both nodes of an edge: the species may have a flux.
BOTH = 3


def sides_of_balance(
    model: Model, mesh: Mesh, coefficients: Coefficients, laws: Sequence[Terminal]
) -> np.ndarray | None:
    """For every species whether a steady flux can be anything but zero, as the edge kernel wants it.

    On a chain of nodes a species that is held at one end only, and reacts and is supplied nowhere, has no flux
    through any edge. Written as ``J = 0`` on every edge instead of ``J_left = J_right`` at every node, equilibrium
    with enormous accumulation (exp(z F V/RT)) is not drowned in the round-off of the fluxes.

    Parameters
    ----------
    model, mesh, coefficients
        The mesh is a chain of nodes.
    laws : sequence of Terminal

    Returns
    -------
    (n_species,) uint8 or None
        3, or the side (1: lower node, 2: upper node) in whose balance the flux counts; None if all are 3.
    """
    if model.cross_coupling is not None:
        return None
    sides = np.full(len(model.species), BOTH, dtype=np.uint8)
    reacting = {name for r in model.reactions for name in [*r.reactants, *r.products]}
    reacting = reacting.union(*(law.reacting for law in model.boundaries.values()))
    open_edge = coefficients.mobility[mesh.edge_region] > 0.0
    for i, species in enumerate(model.species):
        holders = [t for t in laws if t.held[i]]
        if len(holders) != 1 or species.name in reacting:
            continue
        absent = coefficients.capacity[:, i] == 0.0
        absent[holders[0].nodes] = False
        if not np.all(open_edge[:, i] | absent[mesh.edges].any(axis=1)):
            continue
        if not np.all(np.diff(np.flatnonzero(~absent)) == 1):
            continue
        # held at the high end: the balance of the lower node of every edge
        sides[i] = 1 if int(holders[0].nodes[0]) == mesh.n_nodes - 1 else 2
    return None if np.all(sides == BOTH) else sides
