"""Which values at terminals are known beforehand, and which are nothing but the round-off of the terms that they consist of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from npsolver.discretisation import System, towards
from npsolver.observables.fields import nodal
from npsolver.observables.terminals import TerminalValues
from npsolver.units import FARADAY

# Round-off of a sum of terms in units of eps times the root of their squares: every term is good to a few eps.
FACTOR = 8.0


def stated_values(
    system: System, u: np.ndarray, terminals: dict[str, TerminalValues], steady: bool
) -> tuple[dict[str, TerminalValues], dict[str, TerminalValues]]:
    """`terminals` with what is known, and the round-off of every value.

    A current and a potential that are imposed are what was imposed; with two ends the current at the other one is its
    opposite. In a steady state an imposed current leaves one flux to the others: that with the largest round-off is what
    they leave, so that a majority carrier has the digits of the minority carriers that limit it. Fluxes, charges and
    steady currents below their round-off are zero.

    Parameters
    ----------
    system : System
    u : (size,) float64
    terminals : dict of str to TerminalValues
        As computed, SI.
    steady : bool

    Returns
    -------
    values, round_off : dict of str to TerminalValues
        SI; zero where nothing is known about the round-off.
    """
    scales, area_scale = system.coefficients.scales, system.coefficients.area_scale
    one_dimensional = system.mesh.dimension == 1
    per_area = one_dimensional and system.mesh.coordinates == "cartesian"
    unit = scales.flux * (1.0 if per_area else area_scale)
    eps = np.finfo(float).eps
    terms = edge_terms(system, u)
    values, levels, imposed = {}, {}, _imposed_currents(system)
    for terminal in system.terminals:
        found = terminals[terminal.name]
        inflow = FACTOR * eps * _spread(system, terminal, u, terms, steady)
        flow = inflow * unit
        area = float(terminal.areas.sum())
        flux = inflow / area * scales.flux
        # the current is a sum of the fluxes, each of them good to a few eps
        ionic = FARADAY * np.abs(system.charge) * np.hypot(flow, FACTOR * eps * np.abs(found.flow))
        current = float(np.hypot.reduce(ionic, initial=0.0)) if steady else 0.0
        charge = FACTOR * eps * _charge_spread(system, terminal, u) / area * scales.surface_charge
        if steady and terminal.name in imposed:
            flows, flow = _closed(found.flow, flow, ionic, system.charge, imposed[terminal.name])
            per_flow = scales.flux / (area * unit)
            fluxes = np.where(flows == found.flow, found.flux, flows * per_flow)
            found, flux = replace(found, flow=flows, flux=fluxes), flow * per_flow
        levels[terminal.name] = TerminalValues(0.0, current, flux, charge, flow)
        values[terminal.name] = replace(
            found,
            current=0.0 if abs(found.current) <= current else found.current,
            flux=np.where(np.abs(found.flux) <= flux, 0.0, found.flux),
            flow=np.where(np.abs(found.flow) <= flow, 0.0, found.flow),
            surface_charge=0.0 if abs(found.surface_charge) <= charge else found.surface_charge,
        )
    for name, law in system.model.boundaries.items():
        if name not in values:
            continue
        if law.potential is not None:
            values[name] = replace(values[name], potential=law.potential)
    for name, current in imposed.items():
        values[name] = replace(values[name], current=current)
        levels[name] = replace(levels[name], current=0.0)
    return values, levels


def _imposed_currents(system: System) -> dict[str, float]:
    """Currents at terminals that the case imposes, there or at the other of two ends, SI."""
    ends, known = {terminal.name for terminal in system.terminals}, {}
    for name, law in system.model.boundaries.items():
        if law.current is not None and name in ends:
            known[name] = law.current
            if system.mesh.dimension == 1 and ends == {"left", "right"}:
                known["right" if name == "left" else "left"] = 0.0 - law.current
    return known


def _closed(
    flow: np.ndarray, flow_level: np.ndarray, level: np.ndarray, charge: np.ndarray, current: float
) -> tuple[np.ndarray, np.ndarray]:
    """Flows through a terminal and their round-off, where the one with the largest is what the others leave of the current.

    Parameters
    ----------
    flow, flow_level : (n_species,) float64
        As computed, and their round-off: mol/s (per m² in Cartesian 1D).
    level : (n_species,) float64
        Round-off of the partial currents, A.
    charge : (n_species,) float64
    current : float
        Of all species together, A.
    """
    last = int(np.argmax(level))
    others = np.delete(np.arange(flow.size), last)
    rest = float(np.hypot.reduce(level[others], initial=0.0))
    if not rest < level[last]:
        return flow, flow_level
    flow, flow_level = flow.copy(), flow_level.copy()
    flow[last] = (current / FARADAY - float(charge[others] @ flow[others])) / charge[last]
    flow_level[last] = rest / (FARADAY * abs(charge[last]))
    return flow, flow_level


def edge_terms(system: System, u: np.ndarray) -> np.ndarray:
    """Sizes of the two terms whose difference is the flow through an edge, g D (B(v) w_K + B(-v) w_L).

    Returns
    -------
    (n_species, n_edges) float64, dimensionless
        Zero for species in equilibrium, whose flow is stated, and on the thin edges that join two nodes at one place,
        whose round-off cancels in the balances.
    """
    mesh, c = system.mesh, system.coefficients
    inside = mesh.edge_region < len(mesh.region_names)
    k, l = mesh.edges.T
    by_node = nodal(system, u)
    drop = by_node[l, -1] - by_node[k, -1]
    terms = np.zeros((system.n_species, mesh.n_edges))
    for i in range(system.n_species):
        if system.in_equilibrium(i):
            continue
        v = np.abs(system.charge[i] * drop)
        small = np.divide(v, np.expm1(v), out=np.ones_like(v), where=v > 1e-8)
        downhill = system.charge[i] * drop > 0.0
        b_k, b_l = np.where(downhill, small, small + v), np.where(downhill, small + v, small)
        size = c.conductance * c.mobility[mesh.edge_region, i] * (b_k * by_node[k, i] + b_l * by_node[l, i])
        terms[i] = np.where(inside, size, 0.0)
    return terms


def _spread(system: System, terminal, u: np.ndarray, terms: np.ndarray, steady: bool) -> np.ndarray:
    """Root of the squares of the terms in the inflow of every species, weighted as `terminals.inflow` adds them up."""
    k, l = system.mesh.edges.T
    summed = np.zeros(system.mesh.n_nodes)
    summed[terminal.nodes] = 1.0
    if steady:
        summed[terminal.inner_nodes] = 1.0
    result = np.empty(system.n_species)
    for i in range(system.n_species):
        test = towards(system, terminal.name, u, np.eye(system.n_species)[i]) if steady else None
        weight = summed if test is None else test
        result[i] = np.sqrt(np.sum((terms[i] * (weight[k] - weight[l])) ** 2))
    return result


def _charge_spread(system: System, terminal, u: np.ndarray) -> float:
    """The same for the charge of a surface at a given potential, which is a sum of displacements."""
    if system.electroneutral or not terminal.has_potential:
        return 0.0  # the charge is given
    mesh, c = system.mesh, system.coefficients
    potential = np.abs(nodal(system, u)[:, -1])
    k, l = mesh.edges.T
    summed = np.zeros(mesh.n_nodes)
    summed[terminal.nodes] = 1.0
    crossing = np.flatnonzero((summed[k] != summed[l]) & (mesh.edge_region < len(mesh.region_names)))
    capacity = c.permittivity[mesh.edge_region[crossing]] * c.conductance[crossing]
    terms = capacity * (potential[k[crossing]] + potential[l[crossing]])
    return float(np.sqrt(np.sum(terms**2)))
