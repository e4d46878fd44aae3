"""What makes a mixed conductor: partial conductivities, transference, ambipolar diffusion, voltages of its electrodes.

Species are dilute: their conductivities are z² F² D c/RT and their chemical capacitances z² F² c/RT.
"""

from __future__ import annotations

import numpy as np

from npsolver.discretisation import System
from npsolver.errors import InputError
from npsolver.observables.fields import Frame, nodal
from npsolver.units import FARADAY, GAS_CONSTANT


def _conductivities(system: System, frame: Frame, cell: int) -> np.ndarray:
    """z² F² D c porosity/(tortuosity RT) of every species in one cell, S/m."""
    region = system.model.regions[system.mesh.cell_region[cell]]
    effective = region.porosity / region.tortuosity
    diffusivity = np.array([region.diffusivity.get(s.name, s.diffusivity) for s in system.model.species]) * effective
    return _capacitances(system, frame, cell) / region.porosity * diffusivity


def _capacitances(system: System, frame: Frame, cell: int) -> np.ndarray:
    """z² F² c porosity/RT of every species in one cell, F/m³."""
    porosity = system.model.regions[system.mesh.cell_region[cell]].porosity
    factor = FARADAY**2 / (GAS_CONSTANT * system.model.temperature)
    return factor * porosity * system.charge**2 * frame.concentration[:, cell]


def _index(probe, system: System) -> int:
    i = system.model.species_index(probe.species)
    if system.charge[i] == 0.0:
        raise InputError(f"{probe.species} carries no charge", key=f"observable {probe.name!r}")
    return i


def _conductivity(probe, system, u, frame, cell):
    """Of one species, or of all."""
    values = _conductivities(system, frame, cell)
    return float(values.sum() if probe.species is None else values[system.model.species_index(probe.species)])


def _transference(probe, system, u, frame, cell):
    values = _conductivities(system, frame, cell)
    return float(values[_index(probe, system)] / values.sum())


def _chemical_capacitance(probe, system, u, frame, cell):
    """The capacitances of the species and of all other carriers together, in series.

    J. Jamnik and J. Maier, Phys. Chem. Chem. Phys. 3 (2001) 1668, eq. 28; carriers that stay in equilibrium with each
    other (electrons and holes) act in parallel.
    """
    values, i = _capacitances(system, frame, cell), _index(probe, system)
    others = values.sum() - values[i]
    return float(values[i] * others / (values[i] + others))


def _ambipolar_diffusivity(probe, system, u, frame, cell):
    """Conductivities of the species and of all others in series over the chemical capacitance (the same, eq. 32)."""
    values, i = _conductivities(system, frame, cell), _index(probe, system)
    others = values.sum() - values[i]
    capacitance = _chemical_capacitance(probe, system, u, frame, cell)
    if capacitance == 0.0:
        raise InputError(f"only {probe.species} carries charge there", key=f"observable {probe.name!r}")
    return float(values[i] * others / values.sum() / capacitance)


def _voltage(probe, system, u, frame, cell):
    """Difference of mu~/(z F), left minus right: what electrodes reversible to this species alone would show."""
    i, by_node = _index(probe, system), nodal(system, u)
    potentials = []
    for node in (0, -1):
        if not by_node[node, i] > 0.0:
            raise InputError(f"there is no {probe.species} at one end", key=f"observable {probe.name!r}")
        potentials.append(np.log(by_node[node, i]) / system.charge[i] + by_node[node, -1])
    return float(potentials[0] - potentials[1]) * system.coefficients.scales.potential


def _gas_pressure(probe, system, u, frame, cell):
    """Pressure of a gas with which the defects of one cell would be in equilibrium."""
    concentration = {s.name: float(frame.concentration[i, cell]) for i, s in enumerate(system.model.species)}
    for item in system.model.defects.equilibria:
        if tuple(item.gases) == (probe.gas,):
            if any(concentration[name] <= 0.0 for name in item.defects):
                raise InputError("a defect is absent there", key=f"observable {probe.name!r}")
            return float(item.pressure(concentration))
    raise InputError(f"no equilibrium contains {probe.gas} as its only gas", key=f"observable {probe.name!r}")


MIXED_KINDS = {
    "conductivity": _conductivity,
    "transference": _transference,
    "ambipolar_diffusivity": _ambipolar_diffusivity,
    "chemical_capacitance": _chemical_capacitance,
    "voltage": _voltage,
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
