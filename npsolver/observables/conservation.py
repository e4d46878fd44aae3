"""How well mass and charge balance: relative defects, and when a result must be refused."""

from __future__ import annotations

import numpy as np

from npsolver.discretisation import System
from npsolver.observables.fields import nodal
from npsolver.observables.terminals import conductor_currents, inflow

# A defect beyond this is no round-off.
LARGEST_DEFECT = 1e-6
# Round-off of a flux, relative to the largest flux, that is worth a warning.
LARGEST_NOISE = 1e-3
# Fluxes below this (in D c/L) are no transport: defects are measured against at least this.
SMALLEST_FLUX = 1e-6


def steady_defects(system: System, u: np.ndarray) -> dict[str, float]:
    """Relative imbalance of every species without reactions and of the current by two routes.

    The first route adds the inflows at the outer surfaces, the second integrates the fluxes over the volume with a
    test function: in one dimension one that falls linearly in sum 1/g from one terminal to the other, otherwise the
    weighting potential of each terminal.
    """
    natural = system.natural_residual(u)
    flow, _ = system.fluxes(u)
    flow[[i for i in range(system.n_species) if system.in_equilibrium(i)]] = 0.0
    floor = SMALLEST_FLUX * round_off_scale(system, u)
    noise = flux_round_off(system, u)
    charged_noise = float(np.abs(system.charge) @ noise)
    defects = {}
    reacting = {name for r in system.model.reactions for name in [*r.reactants, *r.products]}
    molar = {t.name: inflow(system, t, natural, True, u) for t in system.terminals}
    made = system.coefficients.production.sum(axis=0)  # zeros where there is none
    gross = max(float(np.abs(system.charge) @ np.abs(flow).max(axis=1, initial=0.0)), floor)
    for i, species in enumerate(system.model.species):
        if species.name in reacting:
            continue
        scale = max(float(np.abs(flow[i]).max(initial=0.0)), 0.5 * sum(abs(m[i]) for m in molar.values()), floor)
        defects[f"mass[{species.name}]"] = _beyond(made[i] + sum(m[i] for m in molar.values()), noise[i]) / scale
    current = system.charge @ (made + sum(molar.values()))
    defects["current"] = _beyond(current, charged_noise) / gross
    imposed = [abs(float(system.charge @ molar[t.name]) - t.current) for t in system.terminals if t.floating]
    if imposed:  # what is reported is the imposed current
        largest = max(gross, *(abs(t.current) for t in system.terminals if t.floating))
        defects["imposed_current"] = _beyond(max(imposed), charged_noise) / largest
    if system.mesh.dimension > 1:
        gross = max(gross, 0.5 * sum(float(np.abs(system.charge) @ np.abs(m)) for m in molar.values()))
        volume = conductor_currents(system, u, natural)
        differences = [abs(volume[name] - float(system.charge @ molar[name])) for name in volume]
        if differences:
            defects["current_two_routes"] = _beyond(max(differences), charged_noise) / gross
    elif "left" in molar:
        weight = 1.0 / system.coefficients.conductance
        volume_route = float(weight @ (system.charge @ flow)) / float(weight.sum())
        defects["current_two_routes"] = _beyond(volume_route - float(system.charge @ molar["left"]), charged_noise) / gross
    return defects


def _beyond(difference: float, noise: float) -> float:
    """What of a difference round-off cannot explain."""
    return max(0.0, abs(float(difference)) - noise)


def flux_round_off(system: System, u: np.ndarray, *, surfaces: bool = True) -> np.ndarray:
    """Round-off of the inflow of every species (dimensionless, (n_species,)).

    A flow through an edge is a difference of terms g D B(v) w. On the very short edges of surfaces g is so large that
    at equilibrium the difference is nothing but their round-off. With `surfaces` False the thin edges that join two
    nodes at one place, whose round-off cancels in the balances, are left out.
    """
    mesh, c = system.mesh, system.coefficients
    chosen = slice(None) if surfaces else np.flatnonzero(mesh.edge_region < len(mesh.region_names))
    k, l = mesh.edges[chosen].T
    by_node = nodal(system, u)
    drop = by_node[l, -1] - by_node[k, -1]
    noise = np.zeros(system.n_species)
    for i in range(system.n_species):
        if system.in_equilibrium(i):
            continue
        v = np.abs(system.charge[i] * drop)
        small = np.divide(v, np.expm1(v), out=np.ones_like(v), where=v > 1e-8)
        downhill = system.charge[i] * drop > 0.0
        b_k, b_l = np.where(downhill, small, small + v), np.where(downhill, small + v, small)
        terms = b_k * by_node[k, i] + b_l * by_node[l, i]
        noise[i] = np.max(c.conductance[chosen] * c.mobility[mesh.edge_region[chosen], i] * terms, initial=0.0)
    # every row in between leaves its own round-off: they add up like a random walk
    return 4.0 * np.sqrt(mesh.n_nodes) * np.finfo(float).eps * noise


def drowned_fluxes(system: System, u: np.ndarray) -> list[str]:
    """Species whose round-off is not small against the largest flux of all, while that is no negligible flux.

    An imposed current leaves the flux with the largest round-off to the others (`round_off.stated_values`).
    """
    noise = flux_round_off(system, u, surfaces=False)
    flow, _ = system.fluxes(u)
    largest = float(np.abs(flow).max(initial=0.0))
    if largest <= SMALLEST_FLUX * round_off_scale(system, u):
        return []
    drowned = noise > LARGEST_NOISE * largest
    if any(law.current is not None for law in system.model.boundaries.values()):
        drowned[np.argmax(np.abs(system.charge) * noise)] = False
    return [s.name for i, s in enumerate(system.model.species) if drowned[i]]


def round_off_scale(system: System, u: np.ndarray) -> float:
    """max over species of D c/L (in two and three dimensions times the area of a contact) in dimensionless units."""
    c = system.coefficients
    largest = nodal(system, u)[:, : system.n_species].max(axis=0)
    area = 1.0
    if system.mesh.dimension > 1:  # areas are in units of the largest face
        area = max([1.0, *(float(t.areas.sum()) for t in system.terminals if (t.held | t.reacting).any())])
    return max(float((c.mobility.max(axis=0) * largest).max(initial=0.0)) * area, 1e-30)


def amounts(system: System, u: np.ndarray) -> np.ndarray:
    """Total amount of every species (dimensionless, (n_species,))."""
    return np.einsum("ki,ki->i", system.coefficients.capacity, nodal(system, u)[:, : system.n_species])


def closed_species(system: System) -> list[int]:
    """Species that neither cross a boundary nor react: their amount must not change."""
    reacting = {name for r in system.model.reactions for name in [*r.reactants, *r.products]}
    return [
        i
        for i, species in enumerate(system.model.species)
        if species.name not in reacting
        and not system.coefficients.production[:, i].any()
        and not any(t.held[i] or t.influx[i] or t.reacting[i] or t.leaving is not None for t in system.terminals)
    ]
