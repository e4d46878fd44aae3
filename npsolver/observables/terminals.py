"""Currents, fluxes, charges and voltages of the outer surfaces."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from npsolver.discretisation import System, behind_surface, towards
from npsolver.units import FARADAY


@dataclass(frozen=True)
class TerminalValues:
    """State of one outer surface in SI.

    Attributes
    ----------
    potential : float
        Behind a series capacitance if there is one, V.
    current : float
        Total current into the domain: A/m² in Cartesian 1D, else of the whole surface.
    flux : (n_species,) float64
        Into the domain, mol/(m² s).
    surface_charge : float
        C/m².
    flow : (n_species,) float64
        Into the domain through the whole surface, mol/s (per m² in Cartesian 1D, per m of a cylinder or of depth).
    """

    potential: float
    current: float
    flux: np.ndarray
    surface_charge: float
    flow: np.ndarray = field(default_factory=lambda: np.empty(0))


def inflow(
    system: System, terminal, natural: np.ndarray, steady: bool = False, u: np.ndarray | None = None
) -> np.ndarray:
    """Molar inflow of every species (dimensionless, (n_species,)) from the balances at the terminal's nodes.

    In a steady state the balances of all other nodes vanish; adding them times a test function that falls to the
    other terminal (at the state `u`) removes the round-off of the short edges of surfaces.
    """
    ns = system.n_species
    if terminal.leaving is not None:
        return -(terminal.leaving @ u[: natural.size].reshape(natural.shape)[terminal.nodes, :ns])
    made = system.surface.production() if system.surface is not None else {}
    own = made.get(terminal.name, np.zeros((1, ns))).sum(axis=0)
    supplied = terminal.held
    if system.mesh.dimension > 1:
        rest = natural[:, :ns] - sum(made.values())
        held = (rest[terminal.nodes] * terminal.owned).sum(axis=0) + own
        if steady:  # the thin edges there carry round-off, which cancels against the (vanishing) balances behind them
            held = held + rest[behind_surface(terminal, system)].sum(axis=0)
    else:
        nodes = sorted({*terminal.nodes.tolist(), *terminal.inner_nodes.tolist()}) if steady else terminal.nodes
        held = natural[nodes][:, :ns].sum(axis=0)
        if made and steady:  # what reacts is in balance with what the edges carry away
            supplied = terminal.held | terminal.reacting
        elif made:
            held = held - sum(made.values())[nodes].sum(axis=0) + own
        if steady and u is not None:
            names = [species.name for species in system.model.species]
            reacting = {name for r in system.model.reactions for name in [*r.reactants, *r.products]}
            # what a fast reaction leaves in the balances inside would be summed up too
            for i in [i for i in np.flatnonzero(supplied) if names[i] not in reacting]:
                test = towards(system, terminal.name, u, np.eye(ns)[i])
                held[i] = held[i] if test is None else float(test @ natural[:, i])
    if steady:  # what the equations state as J = 0 on every edge
        held[[i for i in range(ns) if system.in_equilibrium(i)]] = 0.0
    imposed = np.where(terminal.held, 0.0, terminal.influx * terminal.areas.sum())
    return np.where(supplied, held, own) + imposed


def conductor_currents(system: System, u: np.ndarray, natural: np.ndarray) -> dict[str, float]:
    """Ionic plus displacement current into the domain at every terminal with a potential (dimensionless).

    From the volume, by the weighting potentials of the terminals. In a steady state this is a second route to the
    currents that `inflow` gives at the surfaces.
    """
    ns = system.n_species
    made = system.surface.production() if system.surface is not None else {}
    supply = natural[:, :ns] - sum(made.values())
    at_nodes = {
        t.name: (
            supply[t.nodes] * t.owned
            + np.outer(t.areas, np.where(t.held, 0.0, t.influx))
            + (made[t.name][t.inner_nodes] if t.name in made else 0.0)
        )
        @ system.charge
        for t in system.terminals
    }
    by_node = u[: natural.size].reshape(natural.shape)
    for t in system.terminals:
        if t.leaving is not None:
            at_nodes[t.name] = -t.leaving * (by_node[t.nodes, :ns] @ system.charge)
    flow, _ = system.fluxes(u)
    return system.weighting.currents(system, flow, at_nodes)


def voltage(system: System, terminal, u: np.ndarray) -> float:
    """Potential of a terminal (RT/F)."""
    if terminal.floating:
        names = [t.name for t in system.floating]
        return float(u[system.mesh.n_nodes * system.block_size + names.index(terminal.name)])
    if terminal.potential is not None:
        return terminal.potential
    m = system.block_size
    return float(np.mean([u[int(node) * m + m - 1] for node in terminal.nodes]))


def displacement_current(system: System, u: np.ndarray) -> np.ndarray:
    """Displacement current along every edge in two and three dimensions, from K to L ((n_edges,), dimensionless).

    The rate of the potential follows from the derivative of Poisson's equation in time, in which the balances of the ions
    say how fast every control volume is charged; given potentials rest between events. Together with the ionic
    current nothing is left of the divergence but round-off.
    """
    ns, mesh, c = system.n_species, system.mesh, system.coefficients
    natural = system.natural_residual(u)
    made = system.surface.production() if system.surface is not None else {}
    supply = natural[:, :ns] - sum(made.values())
    charging = -(np.where(system.free_concentrations, supply, 0.0) @ system.charge)
    entering = {
        t.name: float(system.charge @ ((supply[t.nodes] * t.owned).sum(axis=0) + t.influx * t.areas.sum() * system.load))
        + (float((made[t.name] @ system.charge).sum()) if t.name in made else 0.0)
        for t in system.floating
    }
    rate = system.weighting.potential_rate(system, charging, entering)
    k, l = mesh.edges.T
    return c.permittivity[mesh.edge_region] * c.conductance * (rate[k] - rate[l])


def total_current(system: System, u: np.ndarray) -> float:
    """Ionic plus displacement current from left to right through every cross-section of a 1D cell (dimensionless).

    With both voltages given, the displacement currents weighted by 1/(eps g) add up to the change of the total
    voltage, which is zero (Shockley-Ramo theorem): I sum 1/(eps g) = sum I_ionic/(eps g). A surface without a
    potential keeps its charge, so that its ionic current is the total one.
    """
    by_name = {t.name: t for t in system.terminals}
    if "left" not in by_name:
        return 0.0
    natural = None
    for name, sign in (("left", 1.0), ("right", -1.0)):
        terminal = by_name[name]
        if terminal.floating:
            return sign * terminal.current
        if terminal.potential is None:
            natural = system.natural_residual(u) if natural is None else natural
            return sign * float(system.charge @ inflow(system, terminal, natural))
    flow, _ = system.fluxes(u)
    c = system.coefficients
    ionic = system.charge @ flow
    capacity = c.permittivity[system.mesh.edge_region] * c.conductance
    weight = 1.0 / (c.conductance if system.electroneutral else np.where(capacity > 0.0, capacity, np.inf))
    total, current = float(weight.sum()), float(weight @ ionic)
    for name, sign in (("left", 1.0), ("right", -1.0)):
        terminal = by_name[name]
        if terminal.capacitance > 0.0:
            series = 1.0 / (terminal.capacitance * float(terminal.areas.sum()))
            natural = system.natural_residual(u) if natural is None else natural
            total += series
            current += series * sign * float(system.charge @ inflow(system, terminal, natural))
    return current / total


def terminal_currents(system: System, u: np.ndarray, natural: np.ndarray | None = None) -> dict[str, float]:
    """Ionic plus displacement current into the domain at every terminal (dimensionless)."""
    if system.mesh.dimension == 1:
        through = total_current(system, u)
        return {t.name: through if t.name == "left" else -through for t in system.terminals}
    natural = system.natural_residual(u) if natural is None else natural
    currents = conductor_currents(system, u, natural)
    for t in system.terminals:
        if t.floating:
            currents[t.name] = t.current
        elif t.name not in currents:  # a surface without a potential keeps its charge
            currents[t.name] = float(system.charge @ inflow(system, t, natural, u=u))
    return currents


def terminal_values(system: System, u: np.ndarray, steady: bool) -> dict[str, TerminalValues]:
    """Every terminal by name."""
    scales, area_scale = system.coefficients.scales, system.coefficients.area_scale
    natural = system.natural_residual(u)
    one_dimensional = system.mesh.coordinates == "cartesian" and system.mesh.dimension == 1
    unit = FARADAY * scales.flux * (1.0 if one_dimensional else area_scale)
    through = None if steady else terminal_currents(system, u, natural)
    result = {}
    for terminal in system.terminals:
        area = float(terminal.areas.sum())
        molar = inflow(system, terminal, natural, steady, u)
        if steady:
            current = float(system.charge @ molar)
        else:
            current = through[terminal.name]
        charge = float(natural[terminal.nodes, -1].sum()) / area
        if terminal.capacitance > 0.0 and terminal.has_potential:
            phi = float(np.mean(u.take(terminal.nodes * system.block_size + system.n_species)))
            charge = terminal.capacitance * (voltage(system, terminal, u) - phi)
        elif not terminal.has_potential:
            charge = terminal.surface_charge or 0.0
        result[terminal.name] = TerminalValues(
            potential=voltage(system, terminal, u) * scales.potential,
            current=current * unit,
            flux=molar / area * scales.flux,
            flow=molar * unit / FARADAY,
            surface_charge=0.0 if system.electroneutral else charge * scales.surface_charge,
        )
    return result
