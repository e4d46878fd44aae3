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
    with np.errstate(divide="ignore", invalid="ignore"):  # what is and stays zero does not change
        relative = np.nan_to_num(np.abs(v[index] - u[index]) / np.abs(u[index]), posinf=np.inf) if index.size else np.zeros(1)
    potential = np.abs(v - u)[system.block_size - 1 : system.mesh.n_nodes * system.block_size : system.block_size]
    return float(max(relative.max(), potential.max()))


def extrapolate(system: System, before: np.ndarray, here: np.ndarray, ratio: float) -> np.ndarray:
    """here + ratio (here - before), geometrically for concentrations so that they stay positive."""
    guess = here + ratio * (here - before)
    index = system.concentration_index
    present = here[index]
    growth = present / before[index]
    if ratio != 1.0:  # a power costs more than all the rest, and values of a sweep are often equally far apart
        growth **= ratio
    guess[index] = present * growth
    return guess


def scaled_residual(system: System, u: np.ndarray) -> float:
    """Largest residual relative to the sum of the magnitudes in its row."""
    out = np.empty(system.size)
    system.assemble(u, out)
    n, m, pattern = system.mesh.n_nodes, system.block_size, system.pattern
    at = np.abs(u[: n * m].reshape(-1, m)[pattern.column])
    terms = np.einsum("bij,bj->bi", np.abs(system.linear_solver.blocks), at)
    scale = np.add.reduceat(terms, pattern.pointer[:-1], axis=0)  # every row has its diagonal block
    scale = np.maximum(scale, np.abs(system.loads.source)).ravel()
    ratio = np.abs(out[: n * m])
    return float(np.max(np.divide(ratio, scale, out=ratio, where=scale > 0.0)))


def error_norm(system: System, error: np.ndarray, u_old: np.ndarray, u_new: np.ndarray, rtol: float) -> float:
    """Root mean square of a local error, in units of rtol (|w| + 1e-3 largest w of the species) and rtol RT/F."""
    weight = np.maximum(np.abs(u_old), np.abs(u_new))
    by_node = weight[: system.n_local].reshape(-1, system.block_size)
    by_node[:, :-1] += 1e-3 * by_node[:, :-1].max(axis=0) + 1e-30
    by_node[:, -1] = 1.0
    weight[system.n_local :] = 1.0
    np.divide(error, weight, out=weight)
    return float(np.sqrt(np.dot(weight, weight) / weight.size)) / rtol


def conserves_an_amount(system: System) -> bool:
    """Whether some species has a part of the domain where no boundary holds it, so that its amount is conserved.

    Where reactions at boundaries supply species, sums of amounts that no reaction changes count: both states of a redox
    couple together. Local electroneutrality fixes the sum that is the charge.
    """
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
    supplied_by_reaction: list[tuple[int, int]] = []  # species and part of the domain
    for i in range(system.n_species):
        if i in reacting and held[:, i].any():
            continue
        label = connected_labels(system.mesh.edges[open_edge[:, i]], n)
        exists = c.capacity[:, i] > 0.0
        present, supplied, touched = np.zeros((3, label.max() + 1), dtype=bool)  # by part of the domain
        present[label[exists]] = supplied[label[held[:, i]]] = True
        for t in laws:
            if t.reacting[i]:
                touched[label[t.inner_nodes]] = True
        if i in reacting and not touched.any() and system.surface is not None:
            touched = present  # by way of other species
        if np.any(present & ~supplied & ~touched):
            return True
        supplied_by_reaction += [(i, int(part)) for part in np.flatnonzero(touched & ~supplied)]
    return bool(supplied_by_reaction) and _leaves_a_sum(system, supplied_by_reaction)


def _leaves_a_sum(system: System, parts: list[tuple[int, int]]) -> bool:
    """Whether a sum of amounts of these species is changed by no reaction, nor fixed by electroneutrality."""
    species = [i for i, _ in parts]
    rows = []
    if system.surface is not None:
        rows += [site.number[species] for site in system.surface.sites]
    for r in system.model.reactions:
        names = [system.model.species[i].name for i in species]
        rows.append(np.array([r.products.get(n, 0) - r.reactants.get(n, 0) for n in names], dtype=float))
    if system.electroneutral:
        rows.append(system.charge[species])
    return int(np.linalg.matrix_rank(np.array(rows))) < len(parts)
