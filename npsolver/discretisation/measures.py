"""Distances between states, and what a system conserves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsolver.discretisation.pattern import connected_labels

if TYPE_CHECKING:
    from npsolver.discretisation.system import System


def distance(system: System, u: np.ndarray, v: np.ndarray) -> float:
    """Largest change from u to v: relative for concentrations, in RT/F for potentials."""
    index = system.concentration_index
    relative = np.abs(v[index] - u[index]) / np.abs(u[index]) if index.size else np.zeros(1)
    potential = np.abs(v - u)[system.block_size - 1 : system.mesh.n_nodes * system.block_size : system.block_size]
    return float(max(relative.max(), potential.max()))


def extrapolate(system: System, before: np.ndarray, here: np.ndarray, ratio: float) -> np.ndarray:
    """here + ratio (here - before), geometrically for concentrations so that they stay positive."""
    guess = here + ratio * (here - before)
    index = system.concentration_index
    guess[index] = here[index] * (here[index] / before[index]) ** ratio
    return guess


def scaled_residual(system: System, u: np.ndarray) -> float:
    """Largest residual relative to the sum of the magnitudes in its row."""
    out = np.empty(system.size)
    system.assemble(u, out)
    n, m, pattern = system.mesh.n_nodes, system.block_size, system.pattern
    nodes = np.repeat(np.arange(n), np.diff(pattern.pointer))
    at = np.abs(u[: n * m].reshape(-1, m)[pattern.column])
    terms = np.einsum("bij,bj->bi", np.abs(system.linear_solver.blocks), at)
    scale = np.zeros((n, m))
    np.add.at(scale, nodes, terms)
    scale = np.maximum(scale, np.abs(system.source)).ravel()
    ratio = np.abs(out[: n * m])
    return float(np.max(np.divide(ratio, scale, out=ratio, where=scale > 0.0)))


def conserves_an_amount(system: System) -> bool:
    """Whether some species has a part of the domain where no boundary holds it, so that its amount is conserved."""
    n, m, c = system.mesh.n_nodes, system.block_size, system.coefficients
    laws = system.terminals
    held_somewhere = np.any([t.held for t in laws], axis=0) if laws else np.zeros(1, dtype=bool)
    if system.pattern.is_chain and held_somewhere.all() and c.mobility.all():
        return False
    held = np.zeros((n, m), dtype=bool)
    for t in laws:
        held[np.ix_(t.nodes, np.flatnonzero(t.held))] = True
    open_edge = c.mobility[system.mesh.edge_region] > 0.0
    reacting = {
        system.model.species_index(name) for r in system.model.reactions for name in [*r.reactants, *r.products]
    }
    for i in range(system.n_species):
        if i in reacting and held[:, i].any():
            continue
        label = connected_labels(system.mesh.edges[open_edge[:, i]], n)
        exists = c.capacity[:, i] > 0.0
        supplied = np.unique(label[held[:, i]])
        if not np.isin(label[exists], supplied).all():
            return True
    return False
