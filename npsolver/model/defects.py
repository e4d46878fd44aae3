"""Point defects of a solid in equilibrium with each other and with a gas.

Defects are species with their effective charge (Kroeger and Vink, Solid State Phys. 3 (1956) 307). Regular constituents
of the lattice have activity 1, gases are ideal: ``prod a_i^nu_i prod p_g^nu_g = K``; a = c where defects are dilute,
otherwise a = c exp(mu_ex/RT) with the same excess potentials that drive the fluxes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from npsolver.errors import InputError
from npsolver.model.balances import balanced_nonideal
from npsolver.model.composition import activities, has_room
from npsolver.model.excess import StandardPotentialLaw
from npsolver.model.region import Region
from npsolver.units import GAS_CONSTANT

if TYPE_CHECKING:
    from npsolver.model.phase_laws import PhaseLaws


@dataclass(frozen=True)
class DefectEquilibrium:
    """One reaction between defects, the lattice and a gas.

    Attributes
    ----------
    name : str
    defects : mapping of str to int
        Stoichiometric numbers by species, positive for products.
    gases : mapping of str to float
        Stoichiometric numbers by gas, positive for products.
    constant : float
        In mol/m³ and Pa.
    """

    name: str
    defects: Mapping[str, int]
    gases: Mapping[str, float]
    constant: float

    def pressure(self, activity: Mapping[str, np.ndarray]) -> np.ndarray:
        """Pressure (Pa) of its only gas in equilibrium with defects of these activities (mol/m³)."""
        if len(self.gases) != 1:
            raise InputError(f"{self.name}: expected one gas, found {len(self.gases)}", key="defect_equilibrium")
        (order,) = self.gases.values()
        logarithm = np.log(self.constant)
        for name, number in self.defects.items():
            logarithm = logarithm - number * np.log(activity[name])
        return np.exp(logarithm / order)


@dataclass(frozen=True)
class DefectChemistry:
    """Defects, the equilibria between them, and what they conserve.

    Attributes
    ----------
    charge : mapping of str to float
        Effective charge number of every defect.
    equilibria : tuple of DefectEquilibrium
    totals : tuple of (mapping of str to float, float)
        Weighted sums of concentrations (mol/m³) that every equilibrium conserves besides the charge, e.g. all states
        of a dopant, or all sites of a sublattice.
    excess : tuple of ExcessLaw
        What the defects have beyond RT ln c, in the order of `charge`; none means dilute.
    """

    charge: Mapping[str, float]
    equilibria: tuple[DefectEquilibrium, ...]
    totals: tuple[tuple[Mapping[str, float], float], ...] = field(default=())
    excess: tuple = ()

    @property
    def gases(self) -> tuple[str, ...]:
        """Gases whose pressures determine the defects."""
        return tuple(dict.fromkeys(gas for item in self.equilibria for gas in item.gases))

    def concentrations(
        self, pressure: Mapping[str, np.ndarray | float], fixed_charge: float = 0.0
    ) -> dict[str, np.ndarray]:
        """Concentrations (mol/m³) of all defects of the neutral solid in equilibrium with a gas.

        The equilibria are linear in ln a, so that ln a = ln a0 + sum_j lambda_j b_j with one multiplier for the charge
        and one for every conserved sum. These are found by Newton's method on the logarithms of the balances (of
        positive over negative charge), in which thirty decades are a short way (as for gas equilibria: W. R. Smith and
        R. W. Missen, Chemical Reaction Equilibrium Analysis, 1982, ch. 4 and 6).

        Parameters
        ----------
        pressure : mapping of str to array_like
            Partial pressures, Pa; arrays of one shape.
        fixed_charge : float
            Concentration of immobile dopants times their effective charge number, mol/m³.

        Raises
        ------
        InputError
            If the equilibria leave more or fewer degrees of freedom than there are balances, or if the sites of a
            lattice are taken to round-off.
        """
        names = list(self.charge)
        z = np.array([self.charge[name] for name in names], dtype=float)
        matrix, constants, gas = self._equations(names, pressure)
        shape = np.broadcast_shapes(*(np.shape(value) for value in pressure.values())) if pressure else ()
        right = np.log(constants)[:, None] - gas  # (n_equilibria, n_points)
        rows = [z, *(np.array([weights.get(name, 0.0) for name in names]) for weights, _ in self.totals)]
        weights = np.array(rows)
        if np.linalg.matrix_rank(matrix) < len(matrix):
            raise InputError("the equilibria are not independent of each other", key="defect_equilibrium")
        if len(names) - len(matrix) != len(weights):
            needed, found = len(names) - len(weights), len(matrix)
            balances = "a balance of charge" if len(weights) == 1 else f"{len(weights)} balances (charge, given totals)"
            hint = "; e.g. 'nil = e- + h+' is missing" if found < needed and self._holes_apart() else ""
            raise InputError(
                f"{len(names)} defects ({', '.join(names)}) with {balances} need {needed} "
                f"{'equilibrium' if needed == 1 else 'equilibria'}, found {found}{hint}",
                key="defect_equilibrium",
            )
        if not np.allclose(matrix @ weights.T, 0.0):
            raise InputError("an equilibrium does not conserve charge or a given total", key="defect_equilibrium")
        totals = np.array([float(fixed_charge), *(-total for _, total in self.totals)])
        logarithm = balanced_nonideal(self.excess, z, matrix, right, weights, totals)
        if not has_room(self.excess, np.exp(logarithm)):
            raise InputError(
                "all sites of a lattice are taken to round-off; give a pressure nearer to the stable range of the solid",
                key="pressure",
            )
        return {name: np.exp(logarithm[:, i]).reshape(shape) for i, name in enumerate(names)}

    def activities(self, concentration: Mapping[str, float]) -> dict[str, float]:
        """Activities (mol/m³) of all defects at one composition (mol/m³); missing defects are absent."""
        names = list(self.charge)
        c = np.array([[float(concentration.get(name, 0.0)) for name in names]])
        with np.errstate(over="ignore"):
            found = activities(self.excess, c, np.array([self.charge[name] for name in names], dtype=float))
        if not np.all(np.isfinite(found)):
            name = names[int(np.argmin(np.isfinite(found[0])))]
            raise InputError(
                f"{concentration[name]:.3g} mol/m^3 of {name} lie so far outside the range of the activity model that its "
                "chemical potential exceeds 700 RT; expected more states or sites, or less doping",
                key="activity",
            )
        return dict(zip(names, map(float, found[0])))

    def inside(self, region: Region, laws: PhaseLaws) -> DefectChemistry:
        """The same in a region: constants hold where mu0 = 0, elsewhere the activities contain exp(mu0/RT)."""
        own, thermal = laws.inside(region), GAS_CONSTANT * laws.temperature
        if not laws.differ:
            standard = tuple(region.standard_potential.get(name, 0.0) / thermal for name in self.charge)
            own = (StandardPotentialLaw(standard), *own) if any(standard) else own
        return replace(self, excess=own)

    def held_at(self, pressure: Mapping[str, float], region: Region, laws: PhaseLaws) -> dict[str, float]:
        """Concentrations (mol/m³) outside a surface of `region` that meets a gas.

        Referred to solution; where laws differ from phase to phase they are those inside the solid.
        """
        solid = self.inside(region, laws)
        inside = solid.concentrations(pressure, region.fixed_charge / region.porosity)
        solid.activities(inside)  # refused where they exceed the range of numbers
        thermal = 0.0 if laws.differ else 1.0 / (GAS_CONSTANT * laws.temperature)
        return {
            name: float(value) * math.exp(region.standard_potential.get(name, 0.0) * thermal)
            for name, value in inside.items()
        }

    def _holes_apart(self) -> bool:
        """Whether nothing says how electrons and holes recombine."""
        pair = {"e-", "h+"}
        return pair <= set(self.charge) and all(set(item.defects) != pair for item in self.equilibria)

    def _equations(self, names: Sequence[str], pressure):
        """Stoichiometric matrix, constants and sum of nu ln p of every equilibrium."""
        missing = [gas for gas in self.gases if gas not in pressure]
        if missing:
            raise InputError(f"the pressure of {', '.join(missing)} is missing", key="pressure")
        logs = {}
        for gas, value in pressure.items():
            value = np.asarray(value, dtype=float)
            if not np.all((value > 0.0) & np.isfinite(value)):
                raise InputError(f"the pressure of {gas} must be positive and finite", key="pressure")
            logs[gas] = np.log(value)
        shape = np.broadcast_shapes(*(np.shape(value) for value in logs.values())) if logs else ()
        matrix = np.zeros((len(self.equilibria), len(names)))
        gas = np.zeros((len(self.equilibria), int(np.prod(shape))))
        for row, item in enumerate(self.equilibria):
            for name, number in item.defects.items():
                matrix[row, names.index(name)] += number
            for name, number in item.gases.items():
                gas[row] += number * np.broadcast_to(logs[name], shape).ravel()
        return matrix, np.array([item.constant for item in self.equilibria]), gas
