"""Action potential of the squid giant axon, with the ion concentrations as state.

A. L. Hodgkin and A. F. Huxley, J. Physiol. 117 (1952) 500, eqs. 7, 12–15, 20, 21, 23 and 24, in today's sign (inside
minus outside) with the resting potential at −65 mV.  Rates are quoted at 6.3 °C and scale with Q10 = 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1

import numpy as np

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from . import _checks

REST = -0.065  # V, where the original counts from
KELVIN_OF_RATES = 279.45
IONS = ("Na+", "K+", "Cl-")
CHARGES = np.array([1.0, 1.0, -1.0])


@dataclass(frozen=True)
class Axoplasm:
    """Finite inside of a cylindrical axon, so that the ions that cross the membrane change its concentrations.

    The leak is carried by Cl−.  Concentrations inside start where the Nernst potentials are the reversal potentials of
    the axon; the bath is large.

    Attributes
    ----------
    diameter : float
        m.
    outside : tuple of float
        Na+, K+, Cl− of the bath, mol/m³ (default: a sea-water-like bath).
    """

    diameter: float = 5e-4
    outside: tuple[float, float, float] = (440.0, 20.0, 560.0)

    def __post_init__(self):
        _checks.positive("diameter", self.diameter)
        if _checks.positive("outside", self.outside).shape != (3,):
            raise InputError("needs three concentrations: Na+, K+, Cl-", key="outside")

    @property
    def area_to_volume(self) -> float:
        """4/d, 1/m."""
        return 4 / self.diameter


@dataclass(frozen=True)
class HodgkinHuxley:
    """A patch of excitable membrane.

    Attributes
    ----------
    capacitance : float
        F/m².
    sodium, potassium, leak : float
        Maximal conductances, S/m².
    sodium_reversal, potassium_reversal, leak_reversal : float
        Reversal potentials at the start, V.
    temperature : float
        K.
    q10 : float
        Factor on the gating rates per 10 K.
    axoplasm : Axoplasm or None
        None: reversal potentials never change.
    """

    capacitance: float = 0.01
    sodium: float = 1200.0
    potassium: float = 360.0
    leak: float = 3.0
    sodium_reversal: float = 0.050
    potassium_reversal: float = -0.077
    leak_reversal: float = -0.054387
    temperature: float = KELVIN_OF_RATES
    q10: float = 3.0
    axoplasm: Axoplasm | None = None

    def __post_init__(self):
        for name in ("capacitance", "temperature", "q10"):
            _checks.positive(name, getattr(self, name))
        for name in ("sodium", "potassium", "leak"):
            _checks.non_negative(name, getattr(self, name))
        for name in ("sodium_reversal", "potassium_reversal", "leak_reversal"):
            _checks.finite(name, getattr(self, name))

    @property
    def thermal_voltage(self) -> float:
        """RT/F, V."""
        return GAS_CONSTANT * self.temperature / FARADAY

    @property
    def reversal(self) -> np.ndarray:
        """(3,) reversal potentials of Na+, K+ and leak at the start, V."""
        return np.array([self.sodium_reversal, self.potassium_reversal, self.leak_reversal])

    @property
    def inside(self) -> np.ndarray:
        """(3,) concentrations of Na+, K+, Cl− in the axoplasm at the start, mol/m³."""
        if self.axoplasm is None:
            raise InputError("this axon keeps its reversal potentials: it has no concentrations", key="axoplasm")
        return np.array(self.axoplasm.outside) * np.exp(-CHARGES * self.reversal / self.thermal_voltage)

    def reversal_after(self, entered) -> np.ndarray:
        """Reversal potentials after `entered` mol/m² (3, …) of Na+, K+ and Cl− came in through the membrane, V."""
        entered = np.asarray(entered, dtype=float)
        shape = (3,) + (1,) * (entered.ndim - 1)
        if self.axoplasm is None:
            return np.broadcast_to(self.reversal.reshape(shape), entered.shape)
        relative = entered * self.axoplasm.area_to_volume / self.inside.reshape(shape)
        # log1p: a spike changes a concentration by a millionth
        return self.reversal.reshape(shape) - self.thermal_voltage / CHARGES.reshape(shape) * np.log1p(relative)

    def conductances(self, m, h, n) -> np.ndarray:
        """(3, …) ``g_Na m³h``, ``g_K n⁴`` and the leak, S/m²."""
        return np.stack(np.broadcast_arrays(self.sodium * m**3 * h, self.potassium * n**4, self.leak * np.ones_like(m)))

    def gate_rates(self, potential: float) -> tuple[tuple[float, float], ...]:
        """(α, β) of m, h and n at one potential, 1/s (eqs. 20, 21, 23, 24, 12, 13)."""
        v = 1e3 * (potential - REST)
        speed = 1e3 * self.q10 ** ((self.temperature - KELVIN_OF_RATES) / 10)
        return (
            (speed * _ramp((25 - v) / 10), speed * 4 * exp(-v / 18)),
            (speed * 0.07 * exp(-v / 20), speed / (exp((30 - v) / 10) + 1)),
            (speed * 0.1 * _ramp((10 - v) / 10), speed * 0.125 * exp(-v / 80)),
        )

    def steady_gates(self, potential: float) -> np.ndarray:
        """(3,) m, h and n after a long time at a potential."""
        return np.array([a / (a + b) for a, b in self.gate_rates(potential)])

    def gate_times(self, potential: float) -> np.ndarray:
        """(3,) relaxation times of m, h and n at a potential, s."""
        return np.array([1 / (a + b) for a, b in self.gate_rates(potential)])

    def steady_current(self, potential: float) -> float:
        """Outward ionic current after a long time at a potential, A/m²."""
        return float(self.conductances(*self.steady_gates(potential)) @ (potential - self.reversal))

    def resting_potential(self) -> float:
        """Potential at which the steady current is zero, V."""
        from scipy.optimize import brentq

        low, high = float(self.reversal.min()), float(self.reversal.max())
        return brentq(self.steady_current, low, high, xtol=1e-15, rtol=1e-14)


def _ramp(x: float) -> float:
    """``x/(exp(x) − 1)``; at the removable singularity its limit."""
    return x / expm1(x) if x else 1.0
