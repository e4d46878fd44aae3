"""How well mass and charge balance: relative defects, and when a result must be refused."""

from __future__ import annotations

import numpy as np

from npsolver.discretisation import System
from npsolver.observables.fields import nodal
from npsolver.observables.terminals import inflow

# A defect beyond this is no round-off.
LARGEST_DEFECT = 1e-6
# Fluxes below this (in D c/L) are no transport: defects are measured against at least this.
SMALLEST_FLUX = 1e-6


def steady_defects(system: System, u: np.ndarray) -> dict[str, float]:
    """Relative imbalance of every species without reactions and of the current by two routes.

    The first route adds the inflows at the outer surfaces, the second integrates the fluxes over the volume with a
    test function that falls linearly in sum 1/g from one terminal to the other.
    """
    natural = system.natural_residual(u)
    flow, _ = system.fluxes(u)
    floor = SMALLEST_FLUX * round_off_scale(system, u)
    noise = flux_round_off(system, u)
    charged_noise = float(np.abs(system.charge) @ noise)
    defects = {}
    reacting = {name for r in system.model.reactions for name in [*r.reactants, *r.products]}
    molar = {t.name: inflow(system, t, natural, steady=True) for t in system.terminals}
    gross = max(float(np.abs(system.charge) @ np.abs(flow).max(axis=1, initial=0.0)), floor)
    for i, species in enumerate(system.model.species):
        if species.name in reacting:
            continue
        scale = max(float(np.abs(flow[i]).max(initial=0.0)), floor)
        defects[f"mass[{species.name}]"] = _beyond(sum(m[i] for m in molar.values()), noise[i]) / scale
    defects["current"] = _beyond(sum(system.charge @ m for m in molar.values()), charged_noise) / gross
    if "left" in molar:
        weight = 1.0 / system.coefficients.conductance
        volume_route = float(weight @ (system.charge @ flow)) / float(weight.sum())
        defects["current_two_routes"] = _beyond(volume_route - float(system.charge @ molar["left"]), charged_noise) / gross
    return defects


def _beyond(difference: float, noise: float) -> float:
    """What of a difference round-off cannot explain."""
    return max(0.0, abs(float(difference)) - noise)


def flux_round_off(system: System, u: np.ndarray) -> np.ndarray:
    """Round-off of the inflow of every species (dimensionless, (n_species,)).

    A flow through an edge is a difference of terms g D B(v) w. On the very short edges of surfaces g is so large that
    at equilibrium the difference is nothing but their round-off.
    """
    k, l = system.mesh.edges.T  # noqa: E741
    by_node, c = nodal(system, u), system.coefficients
    drop = np.abs(by_node[k, -1] - by_node[l, -1])
    noise = np.empty(system.n_species)
    for i in range(system.n_species):
        terms = c.conductance * c.mobility[system.mesh.edge_region, i] * (by_node[k, i] + by_node[l, i])
        noise[i] = np.max(terms * (1.0 + abs(system.charge[i]) * drop), initial=0.0)
    # every row in between leaves its own round-off: they add up like a random walk
    return 4.0 * np.sqrt(system.mesh.n_nodes) * np.finfo(float).eps * noise


def round_off_scale(system: System, u: np.ndarray) -> float:
    """max over species of D c/L in the dimensionless units."""
    c = system.coefficients
    largest = nodal(system, u)[:, : system.n_species].max(axis=0)
    return max(float((c.mobility.max(axis=0) * largest).max(initial=0.0)), 1e-30)


def amounts(system: System, u: np.ndarray) -> np.ndarray:
    """Total amount of every species (dimensionless, (n_species,))."""
    return np.einsum("ki,ki->i", system.coefficients.capacity, nodal(system, u)[:, : system.n_species])


def closed_species(system: System) -> list[int]:
    """Species that neither cross a boundary nor react: their amount must not change."""
    reacting = {name for r in system.model.reactions for name in [*r.reactants, *r.products]}
    return [
        i
        for i, species in enumerate(system.model.species)
        if species.name not in reacting and not any(t.held[i] or t.influx[i] for t in system.terminals)
    ]
