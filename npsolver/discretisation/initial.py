"""States to start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from npsolver._ext.neutral import neutralise
from npsolver.discretisation.coefficients import Coefficients
from npsolver.discretisation.pattern import connected_labels
from npsolver.discretisation.system import System
from npsolver.errors import InputError
from npsolver.mesh import Mesh
from npsolver.model import Model

Profiles = Mapping[str, Mapping[str, Callable[[np.ndarray], np.ndarray]]]


def initial_state(model: Model, system: System, profiles: Profiles | None = None) -> np.ndarray:
    """Given concentrations where there are any, else what the boundaries hold, interpolated linearly.

    Parameters
    ----------
    model : Model
    system : System
    profiles : mapping of region to mapping of species to callable, optional
        Concentration in mol/m³ as a function of position in m: (n,) in one dimension, otherwise (n, dim).

    Returns
    -------
    (size,) float64
        Dimensionless unknowns; the potential is a linear guess between the terminals that exchange ions.

    Raises
    ------
    InputError
        If a species has neither a held value nor an initial concentration.
    """
    mesh, coefficients = system.mesh, system.coefficients
    n, ns, m = mesh.n_nodes, system.n_species, system.block_size
    u = np.zeros((n, m))
    held = {t.name: t.value for t in system.terminals}
    if model.has_phases:
        from npsolver.discretisation.phase_start import held_activities, local_concentrations

        held = held_activities(system)
    bases = np.column_stack([_held_base(system, i, held) for i in range(ns)])
    if model.has_phases:
        bases = local_concentrations(system, bases)
    for i, species in enumerate(model.species):
        given, base = _given(mesh, coefficients, i, (profiles or {}), species.name), bases[:, i]
        w = np.where(np.isnan(given), base, given)
        exists = coefficients.capacity[:, i] > 0.0
        if np.isnan(w[exists]).any():
            raise InputError(
                "is held at no boundary, so its amount must come from an initial concentration in every region",
                key=f"species {species.name!r}",
            )
        u[:, i] = np.where(exists, w, 0.0)
    known = [
        (t.nodes, t.potential)
        for t in system.terminals
        if t.potential is not None and (t.held.any() or len(system.terminals) == 1)
    ]
    rest = system.surface.rest_potentials(u) if system.surface is not None else {}
    known += [(t.nodes, t.potential - rest[t.name]) for t in system.terminals if t.name in rest and not t.floating]
    if known:
        u[:, ns] = _between(mesh, known)
    state = np.zeros(system.size)
    state[: n * m] = u.ravel()
    level = known[0][1] if known else 0.0
    state[n * m :] = [level + rest.get(t.name, 0.0) for t in system.floating]
    state[system.fixed_rows] = system.held_values(state)
    return state


def _held_base(system: System, i: int, held: Mapping[str, np.ndarray]) -> np.ndarray:
    """w of species i at every node, between the surfaces from which it can come (`held` there); NaN where it cannot.

    Beyond a layer that it cannot enter only the surfaces on that side count: if they hold none there is none.
    """
    mesh = system.mesh
    holders = [(t.nodes, held[t.name][i]) for t in system.terminals if t.held[i]]
    # what passes at a finite rate starts from its equilibrium with the outside, where that is known
    holders += [(t.inner_nodes, t.start[i]) for t in system.terminals if not t.held[i] and np.isfinite(t.start[i])]
    if not holders:
        return np.full(mesh.n_nodes, np.nan)
    open_edge = system.coefficients.mobility[mesh.edge_region, i] > 0.0
    label = connected_labels(mesh.edges[open_edge], mesh.n_nodes)
    base = np.full(mesh.n_nodes, np.nan)
    for part in {int(label[nodes[0]]) for nodes, _ in holders}:
        own = [(nodes, value) for nodes, value in holders if label[nodes[0]] == part]
        inside = label == part
        base[inside] = _between(mesh, own)[inside]
    return base


def _between(mesh: Mesh, held: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """Values at all nodes from values on surfaces: linear between two, weighted by distance between more."""
    if not held:
        return np.full(mesh.n_nodes, np.nan)
    if len(held) == 1:
        return np.full(mesh.n_nodes, held[0][1])
    centres = [mesh.nodes[nodes].mean(axis=0) for nodes, _ in held]
    if len(held) == 2:
        axis = centres[1] - centres[0]
        fraction = (mesh.nodes - centres[0]) @ axis / (axis @ axis)
        return np.interp(fraction, [0.0, 1.0], [held[0][1], held[1][1]])
    span = np.ptp(mesh.nodes, axis=0).max()
    weight = np.stack([1.0 / (((mesh.nodes - c) ** 2).sum(axis=1) + (1e-3 * span) ** 2) for c in centres], axis=1)
    return weight @ np.array([value for _, value in held]) / weight.sum(axis=1)


def _given(mesh: Mesh, coefficients: Coefficients, i: int, profiles: Profiles, name: str) -> np.ndarray:
    """w at every node from the profiles of the regions (volume-weighted where regions meet); NaN where none."""
    amount, weight = np.zeros(mesh.n_nodes), np.zeros(mesh.n_nodes)
    for r, region in enumerate(mesh.region_names):
        if name not in profiles.get(region, {}) or coefficients.partition[r, i] == 0.0:
            continue
        cells = np.flatnonzero(mesh.cell_region == r)
        nodes = mesh.cell_node[cells]
        positions = mesh.nodes[nodes, 0] if mesh.dimension == 1 else mesh.nodes[nodes]
        c = np.broadcast_to(profiles[region][name](positions), nodes.shape)
        if np.any(c < 0.0) or not np.all(np.isfinite(c)):
            raise InputError(
                f"initial concentration of {name!r} is negative or not finite somewhere", key=f"initial.{region}"
            )
        w = c / coefficients.scales.concentration / coefficients.partition[r, i]
        np.add.at(amount, nodes, w * mesh.cell_volume[cells])
        np.add.at(weight, nodes, mesh.cell_volume[cells])
    return np.divide(amount, weight, out=np.full(mesh.n_nodes, np.nan), where=weight > 0.0)


def neutralised(system: System, state: np.ndarray) -> np.ndarray:
    """Shift the potential node by node (and w by Boltzmann) to where the charge vanishes; a guess for steady states.

    Nodes where no shift makes the solution neutral keep their values.
    """
    m = system.block_size
    result = state.copy()
    u = result[: system.mesh.n_nodes * m].reshape(-1, m)
    if system.model.has_phases:
        from npsolver.discretisation.phase_start import neutral_in_phases

        moved = neutral_in_phases(system, u)
    else:
        moved = neutralise(u, system.coefficients.capacity, system.charge, system.coefficients.fixed_charge)
    if not moved:
        return state
    if system.lattice_is_over_full(u):
        return state
    result[system.fixed_rows] = system.held_values(result)
    return result
