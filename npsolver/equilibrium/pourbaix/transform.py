"""Gibbs energies transformed to given pH, potential and water activity.

A species with n_O oxygen, n_H hydrogen and charge z forms from its key elements by

    elements + n_O H2O = species + (2 n_O − n_H) H+ + (2 n_O − n_H + z) e−.

With `mu(H+) = −RT ln10 pH` and `mu(e−) = −F E` (standard hydrogen electrode), the energy of this reaction is an affine
function of pH and E, here one row of coefficients (constant, pH, E).
Reference: Persson, Waldwick, Lazic, Ceder, Phys. Rev. B 85, 235438 (2012), eqs. 3-8.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from npsolver.equilibrium.pourbaix.compounds import STANDARD_TEMPERATURE, Compound, CompoundTable
from npsolver.errors import InputError
from npsolver.units import FARADAY, GAS_CONSTANT

LN10 = math.log(10.0)


@dataclass(frozen=True)
class Conditions:
    """What is held fixed over a diagram.

    Attributes
    ----------
    temperature : float
        K.
    concentration : float or Mapping[str, float]
        Activity of each dissolved species of an element (mol/L on the ideal scale), one number or one per element.
        A species with several key elements takes the smallest of theirs.
    activity : Mapping[str, float]
        Activities of single species, by name; they override `concentration` and the 1 of solids and liquids.
    fugacity : Mapping[str, float]
        Gases that take part, by name, and their fugacities in bar.
    water_activity : float
    count_atoms : bool
        True: `concentration` counts dissolved atoms of the element, so a species with n of them has activity c/n.
    """

    temperature: float = STANDARD_TEMPERATURE
    concentration: float | Mapping[str, float] = 1e-6
    activity: Mapping[str, float] = field(default_factory=dict)
    fugacity: Mapping[str, float] = field(default_factory=dict)
    water_activity: float = 1.0
    count_atoms: bool = False

    def __post_init__(self):
        if not self.temperature > 0.0:
            raise InputError(f"temperature is {self.temperature} K, expected a positive number", key="temperature")
        numbers = {"water_activity": self.water_activity}
        numbers |= {f"activity of {name}": value for name, value in self.activity.items()}
        numbers |= {f"fugacity of {name}": value for name, value in self.fugacity.items()}
        if isinstance(self.concentration, Mapping):
            numbers |= {f"concentration of {name}": value for name, value in self.concentration.items()}
        else:
            numbers["concentration"] = self.concentration
        for name, value in numbers.items():
            if not (value > 0.0 and math.isfinite(value)):
                raise InputError(f"is {value}, expected a positive number", key=name)

    @property
    def thermal_energy(self) -> float:
        """RT, J/mol."""
        return GAS_CONSTANT * self.temperature

    def log_activity(self, compound: Compound) -> float:
        """Natural logarithm of the activity of `compound`."""
        if compound.name in self.activity:
            return math.log(self.activity[compound.name])
        if compound.phase == "g":
            return math.log(self.fugacity.get(compound.name, 1.0))
        if compound.phase != "aq":
            return 0.0
        return min(math.log(self._concentration(el) / self._atoms(compound, el)) for el in compound.key_elements)

    def _concentration(self, element: str) -> float:
        if not isinstance(self.concentration, Mapping):
            return self.concentration
        if element not in self.concentration:
            raise InputError(f"no concentration is given for {element}", key="concentration")
        return self.concentration[element]

    def _atoms(self, compound: Compound, element: str) -> float:
        return compound.count(element) if self.count_atoms else 1.0


def protons_and_electrons(compound: Compound) -> tuple[float, float]:
    """H+ and e− released when one formula unit forms from its key elements and water."""
    protons = 2.0 * compound.count("O") - compound.count("H")
    return protons, protons + compound.charge


def standard_planes(compounds: Sequence[Compound], table: CompoundTable, conditions: Conditions) -> np.ndarray:
    """Coefficients of the transformed energy of each compound at unit activity of itself.

    Returns
    -------
    (n_compounds, 3) float64
        J/mol, J/mol per pH unit, J/mol per volt: `g = row @ (1, pH, E)` per formula unit.
    """
    RT = conditions.thermal_energy
    water = table.gibbs_energy("H2O", conditions.temperature) + RT * math.log(conditions.water_activity)
    rows = np.empty((len(compounds), 3))
    for row, compound in zip(rows, compounds):
        protons, electrons = protons_and_electrons(compound)
        energy = table.gibbs_energy(compound, conditions.temperature)
        row[:] = energy - compound.count("O") * water, -protons * RT * LN10, -electrons * FARADAY
    return rows


def transformed_planes(compounds: Sequence[Compound], table: CompoundTable, conditions: Conditions) -> np.ndarray:
    """As :func:`standard_planes`, with the activities that `conditions` prescribe.

    Returns
    -------
    (n_compounds, 3) float64
        J/mol, J/mol per pH unit, J/mol per volt.
    """
    rows = standard_planes(compounds, table, conditions)
    rows[:, 0] += conditions.thermal_energy * np.array([conditions.log_activity(c) for c in compounds])
    return rows


def composition_matrix(compounds: Sequence[Compound], elements: Sequence[str]) -> np.ndarray:
    """Atoms of each key element per formula unit, (n_compounds, n_elements)."""
    return np.array([[c.count(element) for element in elements] for c in compounds])


@dataclass(frozen=True)
class WaterWindow:
    """The lines between which water is stable.

    Attributes
    ----------
    hydrogen, oxygen : tuple of float
        Potential at pH 0 (V against the standard hydrogen electrode) and slope (V per pH unit) of 2 H+ + 2 e− = H2
        and of O2 + 4 H+ + 4 e− = 2 H2O.
    """

    hydrogen: tuple[float, float]
    oxygen: tuple[float, float]


def water_window(table: CompoundTable, conditions: Conditions = Conditions(), *, hydrogen=1.0, oxygen=1.0):
    """Stability lines of water for fugacities `hydrogen` and `oxygen` in bar.

    Returns
    -------
    WaterWindow
    """
    for name, value in (("hydrogen", hydrogen), ("oxygen", oxygen)):
        if not value > 0.0:
            raise InputError(f"fugacity is {value} bar, expected a positive number", key=name)
    RT_F = conditions.thermal_energy / FARADAY
    water = table.gibbs_energy("H2O", conditions.temperature)
    slope = -RT_F * LN10
    upper = -water / (2 * FARADAY) - RT_F / 2 * math.log(conditions.water_activity) + RT_F / 4 * math.log(oxygen)
    return WaterWindow((0.0 - RT_F / 2 * math.log(hydrogen), slope), (upper, slope))
