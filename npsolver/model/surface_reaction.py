"""Reactions at a surface: electrode kinetics, exchange with a gas, catalysis, mass transfer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from npsolver.units import FARADAY, GAS_CONSTANT

# Concentration at unit activity, 1 mol/L in mol/m³, and pressure at unit fugacity, 1 bar in Pa.
STANDARD_CONCENTRATION = 1000.0
STANDARD_PRESSURE = 1e5


@dataclass(frozen=True)
class SurfaceReaction:
    """Reversible reaction at a surface, ``r = k_f prod a_i^p_i exp(-alpha n f E) - k_b prod a_i^q_i exp((1-alpha) n f E)``.

    f = F/RT and E = V - phi - E0 with the potential V of the metal and phi of the solution at the reaction plane: the
    node at the surface, which lies behind the compact layer where there is one (A. N. Frumkin, Z. Phys. Chem. A 164
    (1933) 121; P. Delahay, Double Layer and Electrode Kinetics (1965) ch. 7). a_i is the activity gamma_i c_i in
    mol/m³, referred to solution. Because ``q_i - p_i`` are the stoichiometric numbers, the rate is zero exactly where the
    affinity is, and has its sign everywhere else.

    Attributes
    ----------
    name : str
    stoichiometry : mapping of str to float
        Stoichiometric numbers of the species of the case, positive for products. Electrons of the metal, gases and
        phases of unit activity are not among them.
    electrons : float
        n, electrons that the reaction as written takes from the metal; 0 without an electrode.
    forward_rate, backward_rate : float
        k_f and k_b, in mol/(m² s) for activities in mol/m³.
    forward_order, backward_order : mapping of str to float
        p_i and q_i.
    transfer_coefficient : float
        alpha.
    standard_potential : float
        E0, V.
    gases : mapping of str to float
        Stoichiometric numbers of gases, positive for products; their pressures are in the rate constants.
    given : mapping of str to object
        The section of a case file that says the same in SI.
    """

    name: str
    stoichiometry: Mapping[str, float]
    electrons: float
    forward_rate: float
    backward_rate: float
    forward_order: Mapping[str, float]
    backward_order: Mapping[str, float]
    transfer_coefficient: float = 0.5
    standard_potential: float = 0.0
    gases: Mapping[str, float] = field(default_factory=dict)
    given: Mapping[str, object] = field(default_factory=dict, compare=False)

    def equilibrium_potential(self, concentration: Mapping[str, float], temperature: float) -> float:
        """V - phi (V) at which the rate vanishes, for ideal activities `concentration` (mol/m³): Nernst's equation."""
        return self.standard_potential + GAS_CONSTANT * temperature / (self.electrons * FARADAY) * self.affinity(
            concentration
        )

    def affinity(self, concentration: Mapping[str, float]) -> float:
        """Affinity over RT at these concentrations (mol/m³) and V - phi = E0."""
        result = math.log(self.forward_rate) - math.log(self.backward_rate)
        return result - math.fsum(number * math.log(concentration[s]) for s, number in self.stoichiometry.items())

    def exchange_rate(self, concentration: Mapping[str, float]) -> float:
        """Forward = backward rate (mol/(m² s)) in equilibrium at these concentrations (mol/m³)."""
        forward, backward = (
            math.log(rate) + math.fsum(order * math.log(concentration[s]) for s, order in orders.items())
            for rate, orders in (
                (self.forward_rate, self.forward_order),
                (self.backward_rate, self.backward_order),
            )
        )
        return math.exp((1.0 - self.transfer_coefficient) * forward + self.transfer_coefficient * backward)


def reaction_orders(
    stoichiometry: Mapping[str, float], law: str, transfer_coefficient: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Orders of the forward and the backward rate.

    ``"mass-action"``: reactants forward, products backward. ``"affinity"``: r0 (exp(alpha A/RT) - exp(-(1-alpha) A/RT))
    with a constant r0 and the affinity A (I. Prigogine, Thermodynamics of Irreversible Processes (1961) ch. 5).
    """
    if law == "mass-action":
        return (
            {name: -number for name, number in stoichiometry.items() if number < 0},
            {name: number for name, number in stoichiometry.items() if number > 0},
        )
    return (
        {name: -transfer_coefficient * number for name, number in stoichiometry.items()},
        {name: (1.0 - transfer_coefficient) * number for name, number in stoichiometry.items()},
    )


def first_order_transfer(species: str, coefficient: float, concentration: float) -> SurfaceReaction:
    """J = k (c_out - c) into the domain: a film or a slow step in front of the surface, k in m/s."""
    return SurfaceReaction(
        name=f"transfer of {species}",
        stoichiometry={species: 1.0},
        electrons=0.0,
        forward_rate=coefficient * concentration,
        backward_rate=coefficient,
        forward_order={},
        backward_order={species: 1.0},
    )
