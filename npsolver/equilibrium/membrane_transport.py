"""Leaks, pumps and co-transporters of a cell membrane.

Every transporter moves a fixed set of ions per cycle: `stoichiometry` counts them outwards (positive: out of the cell),
and :meth:`rate` gives cycles per area and time.  The free energy of a cycle follows from the stoichiometry alone, so a
passive transporter stands still exactly where its ions are in equilibrium.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from . import _checks
from .ions import constant_field_flux


@dataclass(frozen=True)
class Surroundings:
    """What a transporter sees.

    Attributes
    ----------
    potential : float or numpy.ndarray
        Inside minus outside, V.
    inside, outside : mapping of str
        Concentrations by ion, mol/m³.
    charge : mapping of str
        Charge numbers.
    temperature : float
        K.
    """

    potential: float | np.ndarray
    inside: Mapping[str, object]
    outside: Mapping[str, object]
    charge: Mapping[str, int]
    temperature: float

    def nernst(self, ion: str):
        """Equilibrium potential of an ion, V."""
        thermal = GAS_CONSTANT * self.temperature / FARADAY
        return thermal / self.charge[ion] * np.log(self.outside[ion] / self.inside[ion])

    def cycle_energy(self, stoichiometry: Mapping[str, float]):
        """Free energy of one cycle, ``Σ ν (RT ln(c_out/c_in) − zFV)``, J/mol; positive means work is needed."""
        return sum(
            number * self.charge[ion] * FARADAY * (self.nernst(ion) - self.potential)
            if self.charge[ion]
            else number * GAS_CONSTANT * self.temperature * np.log(self.outside[ion] / self.inside[ion])
            for ion, number in stoichiometry.items()
        )


@dataclass(frozen=True)
class Leak:
    """Channels that are always open, for one ion.

    Give either a conductance, ``J = g (V − E)/(zF)``, or a permeability, the constant-field law of Goldman, Hodgkin
    and Katz.

    Attributes
    ----------
    ion : str
    conductance : float, optional
        g, S/m².
    permeability : float, optional
        P, m/s.
    """

    ion: str
    conductance: float | None = None
    permeability: float | None = None

    def __post_init__(self):
        if (self.conductance is None) == (self.permeability is None):
            raise InputError("needs either a conductance or a permeability", key=f"leak {self.ion!r}")
        for name in ("conductance", "permeability"):
            if getattr(self, name) is not None:
                _checks.non_negative(name, getattr(self, name))

    @property
    def name(self) -> str:
        """Name under which a protocol can open or close it."""
        return f"leak {self.ion}"

    @property
    def stoichiometry(self) -> dict[str, float]:
        """One ion out."""
        return {self.ion: 1.0}

    def rate(self, at: Surroundings):
        """Outward flux, mol/(m² s)."""
        z = at.charge[self.ion]
        if self.conductance is not None:
            return self.conductance * (at.potential - at.nernst(self.ion)) / (z * FARADAY)
        reduced = at.potential * FARADAY / (GAS_CONSTANT * at.temperature)
        return constant_field_flux(z, self.permeability, at.inside[self.ion], at.outside[self.ion], reduced)


@dataclass(frozen=True)
class Pump:
    """Na/K-ATPase with saturable Hill kinetics on both sides.

    ``r = r_max [Na]_in^h/(K_Na^h + [Na]_in^h) · [K]_out^k/(K_K^k + [K]_out^k) · (1 − exp((W − ΔG_ATP)/RT))``: the
    last factor, present when `atp_free_energy` is given, stops and reverses the pump where the work of a cycle
    reaches what ATP gives.  One ATP is split per cycle.  Saturation of this kind: R. P. Garay and P. J. Garrahan,
    J. Physiol. 231 (1973) 297.

    Attributes
    ----------
    maximum_rate : float
        r_max, mol of cycles per m² and s.
    sodium_constant, potassium_constant : float
        Concentrations of half saturation, mol/m³.
    sodium_exponent, potassium_exponent : float
        Hill exponents.
    sodium, potassium : str
        Names of the two ions.
    sodium_out, potassium_in : float
        Ions moved per cycle, 3 and 2.
    atp_free_energy : float, optional
        ΔG_ATP released by hydrolysis, J/mol, positive.
    name : str
    """

    maximum_rate: float
    sodium_constant: float
    potassium_constant: float
    sodium_exponent: float = 3.0
    potassium_exponent: float = 2.0
    sodium: str = "Na+"
    potassium: str = "K+"
    sodium_out: float = 3.0
    potassium_in: float = 2.0
    atp_free_energy: float | None = None
    name: str = "pump"

    def __post_init__(self):
        for name in ("maximum_rate", "sodium_constant", "potassium_constant"):
            _checks.non_negative(name, getattr(self, name))
        for name in ("sodium_exponent", "potassium_exponent", "sodium_out", "potassium_in"):
            _checks.positive(name, getattr(self, name))
        if self.atp_free_energy is not None:
            _checks.positive("atp_free_energy", self.atp_free_energy)

    @property
    def stoichiometry(self) -> dict[str, float]:
        """Na+ out and K+ in."""
        return {self.sodium: self.sodium_out, self.potassium: -self.potassium_in}

    def rate(self, at: Surroundings):
        """Cycles, mol/(m² s)."""
        rate = self.maximum_rate * _hill(at.inside[self.sodium], self.sodium_constant, self.sodium_exponent)
        rate = rate * _hill(at.outside[self.potassium], self.potassium_constant, self.potassium_exponent)
        if self.atp_free_energy is None:
            return rate
        surplus = (at.cycle_energy(self.stoichiometry) - self.atp_free_energy) / (GAS_CONSTANT * at.temperature)
        return rate * -np.expm1(surplus)


def _hill(concentration, constant, exponent):
    """``c^h/(K^h + c^h)``, written so that large powers do not overflow."""
    return 1 / (1 + (constant / concentration) ** exponent)


@dataclass(frozen=True)
class Cotransporter:
    """Passive coupled transport: NKCC, KCC, Na/Ca exchange, bicarbonate …

    Attributes
    ----------
    moves : mapping
        Ions moved into the cell per cycle, negative for those moved out: NKCC1 ``{"Na+": 1, "K+": 1, "Cl-": 2}``,
        KCC2 ``{"K+": 1, "Cl-": 1}``, Na/Ca exchange ``{"Na+": 3, "Ca2+": -1}``.
    strength : float
        ``"linear"``: L, mol²/(J m² s).  ``"mass action"``: k, cycles per m² and s at unit concentrations (mol/m³)
        and no potential.
    law : {"linear", "mass action"}
        Linear: ``r = −L ΔG`` (K. M. Düsterwald et al., eLife 7 (2018) e39575, eq. 10, for KCC2).  Mass action:
        ``r = k (e^(−v/2) Π c_source − e^(v/2) Π c_target)`` with v = FV/RT times the charge moved in.
    name : str
    """

    moves: Mapping[str, float]
    strength: float
    law: str = "linear"
    name: str = "cotransporter"
    stoichiometry: dict[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        if not self.moves:
            raise InputError("moves no ion", key=self.name)
        if self.law not in ("linear", "mass action"):
            raise InputError(f'law must be "linear" or "mass action", got {self.law!r}', key=self.name)
        _checks.non_negative("strength", self.strength)
        outward = {ion: -float(_checks.non_zero(ion, number)) for ion, number in self.moves.items()}
        object.__setattr__(self, "stoichiometry", outward)

    def rate(self, at: Surroundings):
        """Cycles in the sense of `moves`, mol/(m² s)."""
        if self.law == "linear":
            return -self.strength * at.cycle_energy(self.stoichiometry)
        inward = outward = self.strength
        for ion, number in self.moves.items():
            source, target = (at.outside[ion], at.inside[ion]) if number > 0 else (at.inside[ion], at.outside[ion])
            inward, outward = inward * source ** abs(number), outward * target ** abs(number)
        charge = sum(number * at.charge[ion] for ion, number in self.moves.items())
        half = charge * FARADAY * at.potential / (2 * GAS_CONSTANT * at.temperature)
        return inward * np.exp(-half) - outward * np.exp(half)


def net_fluxes(transporters, at: Surroundings, activity: Mapping[str, object] | None = None) -> dict[str, object]:
    """Outward flux of every ion through all transporters, mol/(m² s).

    Parameters
    ----------
    transporters : iterable
        Objects with `name`, `stoichiometry` and `rate`.
    at : Surroundings
    activity : mapping, optional
        Factor on the rate by the name of the transporter; 1 where it has none.
    """
    total = dict.fromkeys(at.charge, 0.0)
    for transporter in transporters:
        rate = transporter.rate(at) * (activity or {}).get(transporter.name, 1.0)
        for ion, number in transporter.stoichiometry.items():
            total[ion] = total[ion] + number * rate
    return total


def membrane_current(transporters, at: Surroundings, activity: Mapping[str, object] | None = None):
    """Outward current density ``F Σ z J``, A/m²."""
    fluxes = net_fluxes(transporters, at, activity)
    return FARADAY * sum(at.charge[ion] * flux for ion, flux in fluxes.items())
