"""A cell with leaks, pumps, co-transporters, membrane capacitance and volume: the pump-leak model.

D. C. Tosteson and J. F. Hoffman, J. Gen. Physiol. 44 (1960) 169; as differential equations A. R. Kay, Front. Cell Dev.
Biol. 5 (2017) 41.  With J_i the outward flux of ion i, A the membrane area and w the volume:

- ions ``dn_i/dt = −A J_i``
- potential ``C dV/dt = −F Σ z_i J_i + I_injected``
- water ``dw/dt = A P_w v_w (Σ c_inside − Σ c_outside)``
- ATP ``dn_ATP/dt = w s (ATP_0 − ATP) − A r_pump``

Potential and charge are one thing: ``C A V = F (Σ z_i n_i + z_X n_X)`` holds at every moment, with X the impermeant
solutes of the cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..errors import InputError
from ..units import FARADAY
from . import _checks
from .membrane_transport import Pump, Surroundings

WATER_MOLAR_VOLUME = 1.8069e-5  # m³/mol, liquid water at 25 °C


@dataclass(frozen=True)
class CellIon:
    """An ion of the cell and its bath.

    Attributes
    ----------
    name : str
    charge : int
        0 for a neutral solute.
    inside, outside : float
        Concentrations at the start, mol/m³.
    """

    name: str
    charge: int
    inside: float
    outside: float

    def __post_init__(self):
        _checks.finite(f"{self.name}: charge", self.charge)
        _checks.positive(f"{self.name}: inside", self.inside)
        _checks.positive(f"{self.name}: outside", self.outside)


@dataclass(frozen=True)
class EnergySupply:
    """ATP of the cell: made towards a set point, spent by the pumps (one per cycle).

    Attributes
    ----------
    atp : float
        Concentration at the start and set point ATP_0, mol/m³.
    supply_rate : float
        s, 1/s: how fast metabolism closes the gap to the set point.
    michaelis : float
        Concentration at which the pumps run at half speed, mol/m³: they run with ``ATP/(ATP + K)``.
    """

    atp: float
    supply_rate: float
    michaelis: float

    def __post_init__(self):
        for name in ("atp", "supply_rate", "michaelis"):
            _checks.positive(name, getattr(self, name))


@dataclass(frozen=True)
class Intervention:
    """Something done to the cell at a moment.

    Attributes
    ----------
    time : float
        s.
    key : str
        ``"pump"`` or the name of any transporter (factor on its rate: 0 blocks it), ``"metabolism"`` (factor on the
        supply of ATP), ``"outside.K+"`` (new bath concentration, mol/m³), ``"outside_impermeant"``.
    value : float
    """

    time: float
    key: str
    value: float

    def __post_init__(self):
        _checks.finite("time", self.time)
        _checks.non_negative(self.key, self.value)


@dataclass(frozen=True)
class Cell:
    """A cell in a large bath.

    Attributes
    ----------
    ions : tuple of CellIon
    transporters : tuple
        :class:`~npsolver.equilibrium.membrane_transport.Leak`, ``Pump``, ``Cotransporter`` with different names.
    area : float
        Membrane, m².
    volume : float
        Water inside at the start, m³.
    potential : float
        Inside minus outside at the start, V.
    temperature : float
        K.
    capacitance : float
        F/m².
    water_permeability : float
        Osmotic P_w, m/s; 0 keeps the volume.
    impermeant_inside : float or None
        Trapped solutes at the start, mol/m³; None: as much as osmotic balance asks for.
    impermeant_outside : float
        Solutes of the bath that never cross (mannitol …), mol/m³.
    energy : EnergySupply or None
        None: ATP is never short.
    """

    ions: tuple[CellIon, ...]
    transporters: tuple
    area: float
    volume: float
    potential: float = -0.07
    temperature: float = 310.15
    capacitance: float = 0.01
    water_permeability: float = 0.0
    impermeant_inside: float | None = None
    impermeant_outside: float = 0.0
    energy: EnergySupply | None = None
    charge: dict[str, int] = field(init=False, repr=False, compare=False)
    trapped_amount: float = field(init=False, repr=False, compare=False)
    trapped_charge: float = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        for name in ("area", "volume", "temperature", "capacitance"):
            _checks.positive(name, getattr(self, name))
        _checks.finite("potential", self.potential)
        _checks.non_negative("water_permeability", self.water_permeability)
        _checks.non_negative("impermeant_outside", self.impermeant_outside)
        object.__setattr__(self, "ions", tuple(self.ions))
        object.__setattr__(self, "transporters", tuple(self.transporters))
        object.__setattr__(self, "charge", {ion.name: ion.charge for ion in self.ions})
        self._check_names()
        object.__setattr__(self, "trapped_amount", self._trapped_concentration() * self.volume)
        object.__setattr__(self, "trapped_charge", self._trapped_charge())

    def _check_names(self):
        names = [t.name for t in self.transporters]
        twice = {n for n in names if names.count(n) > 1}
        if twice:
            raise InputError(
                f"two transporters are called {sorted(twice)[0]!r}; give each its own name", key="transporters"
            )
        for transporter in self.transporters:
            for ion in transporter.stoichiometry:
                if ion not in self.charge:
                    raise InputError(
                        f"moves {ion}, but the cell has only {', '.join(self.charge)}", key=transporter.name
                    )
                if getattr(transporter, "conductance", None) is not None and not self.charge[ion]:
                    raise InputError(f"{ion} is neutral: give a permeability, not a conductance", key=transporter.name)

    def _trapped_concentration(self) -> float:
        if self.impermeant_inside is not None:
            return float(_checks.non_negative("impermeant_inside", self.impermeant_inside))
        excess = sum(i.outside - i.inside for i in self.ions) + self.impermeant_outside
        if excess < 0:
            raise InputError(
                f"the ions inside exceed the bath by {-excess:g} mol/m³, so that no trapped solute can balance them: "
                "raise impermeant_outside or lower the ions",
                key="impermeant_inside",
            )
        return excess

    def _trapped_charge(self) -> float:
        """Charge of the trapped solutes, C: what the membrane charge C A V leaves over."""
        ions = FARADAY * self.volume * sum(i.charge * i.inside for i in self.ions)
        left = self.capacitance * self.area * self.potential - ions
        if self.trapped_amount == 0 and abs(left) > 1e-9 * FARADAY * self.volume * sum(i.inside for i in self.ions):
            raise InputError(
                "the ions inside do not make up the charge of the membrane and nothing is trapped: state "
                "impermeant_inside",
                key="ions",
            )
        return left

    @property
    def trapped_valence(self) -> float:
        """Mean charge number of the trapped solutes."""
        return self.trapped_charge / (FARADAY * self.trapped_amount)

    def settings(self, interventions=(), time: float = -np.inf) -> dict[str, float]:
        """Bath, transporter activity and metabolism that hold at a time, after all interventions up to it."""
        known = {"metabolism": 1.0, "outside_impermeant": self.impermeant_outside}
        known |= {f"outside.{ion.name}": ion.outside for ion in self.ions}
        known |= {t.name: 1.0 for t in self.transporters}
        for one in sorted(interventions, key=lambda i: i.time):
            if one.key not in known:
                raise InputError(f"can be one of {', '.join(known)}", key=one.key)
            if one.time <= time:
                known[one.key] = float(one.value)
        return known

    def surroundings(self, potential, inside: Mapping[str, object], settings: Mapping[str, float]) -> Surroundings:
        """What the transporters see at a potential and inside concentrations."""
        outside = {name: settings[f"outside.{name}"] for name in self.charge}
        return Surroundings(potential, inside, outside, self.charge, self.temperature)

    def start(self) -> Surroundings:
        """Surroundings at the start."""
        return self.surroundings(self.potential, {i.name: i.inside for i in self.ions}, self.settings())

    def activity(self, settings: Mapping[str, float], atp=None) -> dict[str, object]:
        """Factors on the rates of the transporters: interventions, and shortage of ATP for the pumps."""
        factors: dict[str, object] = {t.name: settings[t.name] for t in self.transporters}
        if self.energy is not None and atp is not None:
            share = atp / (atp + self.energy.michaelis)
            factors |= {t.name: settings[t.name] * share for t in self.transporters if isinstance(t, Pump)}
        return factors
