"""States to start from where laws of activity differ from phase to phase: equal mu~, then local neutrality."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsolver.discretisation.coefficients import partition_coefficients
from npsolver.discretisation.nodal_excess import NodalExcess
from npsolver.errors import ConvergenceError, InputError
from npsolver.model import Model, StandardPotentialLaw, from_activities, total_excess
from npsolver.model.balances import balanced

if TYPE_CHECKING:
    from npsolver.discretisation.system import System

# ln a (mol/m³) that stands for absent species.
ABSENT = -700.0


def held_activities(system: System) -> dict[str, np.ndarray]:
    """What every terminal holds, as activities in units of the concentration scale, by name."""
    laws, unit = system.transport.laws, system.coefficients.scales.concentration
    found = {}
    for t in system.terminals:
        mu = laws.at(t.nodes[:1]).evaluate(t.value[None] * unit)[0][0]
        found[t.name] = t.value * np.exp(mu)
    return found


def expected_compositions(model: Model) -> list[np.ndarray]:
    """Compositions of every region in equilibrium with every boundary at its potential, (n_boundaries, n_species), mol/m³.

    Species that a boundary does not mention are absent. For the sizes of meshes.
    """
    laws, partition = model.phase_laws, partition_coefficients(model)
    charge = np.array([species.charge for species in model.species], dtype=float)
    places = {"left": 0, "right": -1}
    known, logarithms = [], []
    for boundary in model.boundaries.values():
        if not boundary.composition:
            continue
        c = np.array([boundary.composition.get(species.name, 0.0) for species in model.species])
        own = laws.beside(boundary, model.regions[places.get(boundary.name, 0)])
        mu = total_excess(own, c[None], charge)[0][0] if own else 0.0
        known.append(c)
        logarithms.append(np.where(c > 0.0, np.log(np.where(c > 0.0, c, 1.0)) + mu, ABSENT))
    found = []
    for r, region in enumerate(model.regions):
        if not known:
            found.append(np.zeros((0, charge.size)))
            continue
        try:
            c = np.exp(from_activities(laws.inside(region), np.array(logarithms), charge)[0])
        except ConvergenceError:
            c = np.array(known) * partition[r]
        found.append(np.where(partition[r] > 0.0, c, 0.0))
    return found


def local_concentrations(system: System, activity: np.ndarray) -> np.ndarray:
    """Concentrations with given activities (both (n_nodes, n_species) and dimensionless), NaN where those are.

    Where the laws of a phase have no such concentrations they are those of an ideal phase.
    """
    unit = system.coefficients.scales.concentration
    known = np.isfinite(activity) & (activity > 0.0)
    logarithm = np.where(known, np.log(np.where(known, activity, 1.0) * unit), ABSENT)
    c = np.exp(_from_activities(system.transport.laws, logarithm)) / unit
    return np.where(np.isfinite(activity), np.where(known, c, 0.0), np.nan)


def _from_activities(laws: NodalExcess, logarithm: np.ndarray) -> np.ndarray:
    x = np.empty_like(logarithm)
    for nodes, own in laws.groups:
        part = NodalExcess([(slice(None), own)], laws.charge)
        try:
            x[nodes] = part.from_activities(logarithm[nodes])[0]
        except ConvergenceError:
            standard = sum((np.array(law.values) for law in own if isinstance(law, StandardPotentialLaw)), 0.0)
            x[nodes] = logarithm[nodes] - standard
    return x


def neutral_in_phases(system: System, u: np.ndarray) -> bool:
    """Shift the potential of every node to where its charge vanishes, at constant mu~, in place; whether any was shifted.

    Nodes where that has no solution keep their values.

    Parameters
    ----------
    system : System
    u : (n_nodes, block_size) float64
    """
    laws, coefficients, ns = system.transport.laws, system.coefficients, system.n_species
    unit, moved = coefficients.scales.concentration, False
    room = coefficients.capacity.max(axis=1)
    for nodes, own in laws.groups:
        nodes = nodes[room[nodes] > 0.0]
        part = NodalExcess([(slice(None), own)], laws.charge)
        fixed = coefficients.fixed_charge[nodes] / np.where(room[nodes] > 0.0, room[nodes], 1.0) * unit
        present = (u[nodes, :ns] > 0.0) & (coefficients.capacity[nodes] > 0.0)
        c = np.where(present, u[nodes, :ns], 0.0) * unit
        logarithm = np.where(present, np.log(np.where(present, c, 1.0)) + part.evaluate(c)[0], ABSENT)
        for value in np.unique(np.round(fixed, 9)):
            here = np.flatnonzero(np.round(fixed, 9) == value)
            exact = float(fixed[here[0]])
            try:
                found = balanced(logarithm[here], laws.charge[None], np.array([exact]), part.from_activities)
                x = part.from_activities(found)[0]
            except (ConvergenceError, InputError, FloatingPointError):
                continue
            ion = int(np.argmax(np.abs(laws.charge)))
            u[nodes[here], :ns] = np.where(present[here], np.exp(x) / unit, u[nodes[here], :ns])
            u[nodes[here], ns] -= (found - logarithm[here])[:, ion] / laws.charge[ion]
            moved = True
    return moved
