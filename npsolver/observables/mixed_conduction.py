"""What makes a mixed conductor: partial conductivities, transference, ambipolar diffusion, voltages of its electrodes.

Fluxes follow D c/RT times the gradient of mu~, so that conductivities are z² F² D c/RT at any concentration; with Onsager
coupling the full matrix z_i z_j F² L_ij takes their place. Chemical capacitances follow from dc/dmu, which is c/RT for
dilute species and less (or more) with excess potentials.
"""

from __future__ import annotations

import numpy as np

from npsolver.discretisation import System
from npsolver.errors import InputError
from npsolver.model import total_excess
from npsolver.observables.fields import Frame, nodal
from npsolver.units import FARADAY, GAS_CONSTANT


def _conductivities(system: System, frame: Frame, cell: int) -> np.ndarray:
    """z_i z_j F² L_ij porosity/tortuosity of all pairs of species in one cell, S/m; diagonal without coupling."""
    model, c = system.model, frame.concentration[:, cell]
    region = model.regions[system.mesh.cell_region[cell]]
    if model.coupling is None:
        mobility = np.diag([region.diffusivity.get(s.name, s.diffusivity) for s in model.species] * c)
    else:
        mobility = model.coupling.within(region.name).at(c) * np.sqrt(c[:, None] * c)
    factor = FARADAY**2 / (GAS_CONSTANT * model.temperature) * region.porosity / region.tortuosity
    return factor * system.charge[:, None] * system.charge * mobility


def _capacitances(system: System, frame: Frame, cell: int) -> np.ndarray:
    """z_i z_j F² dc_i/dmu_j porosity of all pairs of species in one cell, F/m³; diagonal where species are dilute."""
    model, c = system.model, frame.concentration[:, cell]
    factor = FARADAY**2 / (GAS_CONSTANT * model.temperature) * model.regions[system.mesh.cell_region[cell]].porosity
    response = np.diag(c)
    laws = model.phase_laws.inside(model.regions[system.mesh.cell_region[cell]])
    if laws:
        _, slope = total_excess(laws, c[None, :], system.charge)
        # RT dc/dmu = (1 + c dmu_ex/dc)^-1 c, also where species are absent
        response = np.linalg.solve(np.eye(c.size) + c[:, None] * slope[0], response)
    return factor * system.charge[:, None] * system.charge * response


def _index(probe, system: System) -> int:
    i = system.model.species_index(probe.species)
    if system.charge[i] == 0.0:
        raise InputError(f"{probe.species} carries no charge", key=f"observable {probe.name!r}")
    return i


def _conductivity(probe, system, frame, cell):
    """Of one species, or of all: the current in a field without gradients of composition."""
    values = _conductivities(system, frame, cell).sum(axis=1)
    return float(values.sum() if probe.species is None else values[system.model.species_index(probe.species)])


def _transference(probe, system, frame, cell):
    values = _conductivities(system, frame, cell).sum(axis=1)
    return float(values[_index(probe, system)] / values.sum())


def _in_series(values: np.ndarray, i: int) -> float:
    """What a species and all others together let pass (or store) without current (charge).

    `values` couples the charge of species to their potentials mu~/z; the others have one potential, a sum of charges of
    zero fixes the mean: (S_aa S_bb - S_ab²)/(S_aa + 2 S_ab + S_bb), the series connection where nothing is coupled.
    """
    own, shared = values[i, i], values[i].sum() - values[i, i]
    others = values.sum() - own - 2.0 * shared
    return float((own * others - shared**2) / (own + 2.0 * shared + others))


def _chemical_capacitance(probe, system, frame, cell):
    """The capacitances of the species and of all other carriers together, in series.

    J. Jamnik and J. Maier, Phys. Chem. Chem. Phys. 3 (2001) 1668, eq. 28; carriers that stay in equilibrium with each
    other (electrons and holes) act in parallel. Excess potentials may couple the two groups (common sites, ionic strength).
    """
    return _in_series(_capacitances(system, frame, cell), _index(probe, system))


def _ambipolar_diffusivity(probe, system, frame, cell):
    """Conductivities of the species and of all others in series over the chemical capacitance (the same, eq. 32)."""
    capacitance = _chemical_capacitance(probe, system, frame, cell)
    if capacitance == 0.0:
        raise InputError(f"only {probe.species} carries charge there", key=f"observable {probe.name!r}")
    return _in_series(_conductivities(system, frame, cell), _index(probe, system)) / capacitance


def voltage(probe, system: System, u: np.ndarray) -> float:
    """Difference of mu~/(z F) between two surfaces: what electrodes reversible to this species alone would show (V).

    The first less the second, left less right where none are named; means over surfaces on which mu~ varies.
    """
    i, by_node = _index(probe, system), nodal(system, u)
    potential, ends = system.electrochemical_potential(u)[:, i], []
    for name in (probe.boundary or "left", probe.to or "right"):
        nodes, areas = system.mesh.boundaries[name]  # outside of selective surfaces, where the electrode is
        if not np.all(by_node[nodes, i] > 0.0):
            where = "one end" if system.mesh.dimension == 1 else f"surface {name!r}"
            raise InputError(f"there is no {probe.species} at {where}", key=f"observable {probe.name!r}")
        # a surface in equilibrium has one value, which a mean must not round
        ends.append(potential[nodes[0]] + areas @ (potential[nodes] - potential[nodes[0]]) / areas.sum())
    return float(ends[0] - ends[1]) / system.charge[i] * system.coefficients.scales.potential


def _gas_pressure(probe, system, frame, cell):
    """Pressure of a gas with which the defects of one cell would be in equilibrium."""
    concentration = {s.name: float(frame.concentration[i, cell]) for i, s in enumerate(system.model.species)}
    region = system.model.regions[system.mesh.cell_region[cell]]
    activity = system.model.defects.inside(region, system.model.phase_laws).activities(concentration)
    for item in system.model.defects.equilibria:
        if tuple(item.gases) == (probe.gas,):
            if any(concentration[name] <= 0.0 for name in item.defects):
                raise InputError("a defect is absent there", key=f"observable {probe.name!r}")
            return float(item.pressure(activity))
    raise InputError(f"no equilibrium contains {probe.gas} as its only gas", key=f"observable {probe.name!r}")


MIXED_KINDS = {
    "conductivity": _conductivity,
    "transference": _transference,
    "ambipolar_diffusivity": _ambipolar_diffusivity,
    "chemical_capacitance": _chemical_capacitance,
    "gas_pressure": _gas_pressure,
}
MIXED_UNITS = {
    "conductivity": "S/m",
    "transference": "",
    "ambipolar_diffusivity": "m^2/s",
    "chemical_capacitance": "F/m^3",
    "voltage": "V",
    "gas_pressure": "Pa",
}
