"""dQ/dV and dV/dQ of an insertion electrode, at equilibrium and under current.

In a solid solution dQ/dV = −Q dx/dU is finite; where two phases coexist all charge is passed at one potential and it
diverges.  A current moves the peak by the ohmic and kinetic overpotential and spreads it over the particles, which do
not all sit behind the same resistance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from . import _checks
from .insertion_hosts import InsertionHost
from .miscibility import coexistences, in_two_phase, open_circuit_potential


def differential_voltage(host: InsertionHost, x, temperature, capacity=1.0) -> np.ndarray:
    """−dU/dQ at equilibrium, V per unit of `capacity`; 0 where two phases coexist.

    Parameters
    ----------
    host : InsertionHost
    x, temperature : array_like
        Filled share of sites; K.
    capacity : array_like
        Charge that fills all sites, in the unit wanted (C, A h, C/m² …).
    """
    slope = -host.potential_slope(x, temperature) / _checks.positive("capacity", capacity)
    return np.where(in_two_phase(host, x, temperature), 0.0, slope)[()]


def incremental_capacity(host: InsertionHost, x, temperature, capacity=1.0) -> np.ndarray:
    """−dQ/dU at equilibrium, `capacity` unit per volt; infinite where two phases coexist.

    Parameters as in :func:`differential_voltage`.
    """
    slope = differential_voltage(host, x, temperature, capacity)
    flat = slope == 0
    return np.where(flat, np.inf, 1 / np.where(flat, 1.0, slope))[()]


@dataclass(frozen=True)
class Polarisation:
    """Overpotentials of an electrode under current.

    ``U = U_eq(x) − I R(x) − (2RT/F) asinh(I/(2 I_0(x)))``, insertion (discharge of a cathode) I > 0.  The second term
    is Butler–Volmer kinetics with equal transfer coefficients.

    Attributes
    ----------
    current : float
        I, A; positive when it fills the host.
    resistance : float
        R at x = 0, Ω.
    resistance_slope : float
        dR/dx, Ω: a path that grows through the filled part.
    exchange_current : float
        I_0 at x = ½, A; infinite means no kinetic overpotential.
    site_limited : bool
        I_0 ∝ √(x(1−x)) when true, constant when false.
    resistance_spread : float
        Standard deviation of the resistances behind the particles, Ω.
    """

    current: float
    resistance: float = 0.0
    resistance_slope: float = 0.0
    exchange_current: float = np.inf
    site_limited: bool = False
    resistance_spread: float = 0.0

    def __post_init__(self):
        _checks.finite("current", self.current)
        _checks.finite("resistance_slope", self.resistance_slope)
        _checks.non_negative("resistance", self.resistance)
        _checks.non_negative("resistance_spread", self.resistance_spread)
        if not np.isinf(self.exchange_current):
            _checks.positive("exchange_current", self.exchange_current)

    def overpotential(self, x, temperature) -> np.ndarray:
        """``U_eq − U``, V."""
        x, thermal = _checks.fraction("x", x), GAS_CONSTANT * _checks.positive("temperature", temperature) / FARADAY
        ohmic = self.current * (self.resistance + self.resistance_slope * x)
        return ohmic + 2 * thermal * np.arcsinh(self._reduced(x))

    def overpotential_slope(self, x, temperature) -> np.ndarray:
        """dη/dx, V."""
        x, thermal = _checks.fraction("x", x), GAS_CONSTANT * _checks.positive("temperature", temperature) / FARADAY
        ohmic = self.current * self.resistance_slope * np.ones_like(x)
        if not self.site_limited:
            return ohmic
        y = self._reduced(x)
        # y ∝ (x(1−x))^(−1/2): dy/dx = −y (1−2x)/(2x(1−x))
        return ohmic - thermal * y / np.sqrt(1 + y**2) * (1 - 2 * x) / (x * (1 - x))

    def _reduced(self, x):
        """I/(2 I_0(x))."""
        exchange = self.exchange_current * (
            2 * np.sqrt(_checks.open_fraction("x", x) * (1 - x)) if self.site_limited else np.ones_like(x)
        )
        return self.current / (2 * exchange)

    @property
    def width(self) -> float:
        """Standard deviation of the ohmic drops of the particles, V: the width of a plateau's peak."""
        return abs(self.current) * self.resistance_spread


def polarised_potential(host: InsertionHost, x, temperature, polarisation: Polarisation) -> np.ndarray:
    """Measured potential under current, ``U_eq(x) − η(x)``, V."""
    return open_circuit_potential(host, x, temperature) - polarisation.overpotential(x, temperature)


def polarised_incremental_capacity(
    host: InsertionHost, x, temperature, polarisation: Polarisation, capacity=1.0
) -> tuple[np.ndarray, np.ndarray]:
    """dQ/dV under current as a curve with parameter x.

    On a plateau only dη/dx is left: finite as soon as an overpotential depends on x.

    Parameters
    ----------
    host : InsertionHost
    x : array_like
        Filled share of sites.
    temperature : array_like
        K.
    polarisation : Polarisation
        Its `resistance_spread` is not used here; see :func:`incremental_capacity_spectrum`.
    capacity : float
        Charge that fills all sites.

    Returns
    -------
    potential, spectrum : numpy.ndarray
        Measured potential, V, and −dQ/dV, `capacity` unit per volt.
    """
    slope = np.where(in_two_phase(host, x, temperature), 0.0, host.potential_slope(x, temperature))
    total = polarisation.overpotential_slope(x, temperature) - slope
    flat = total == 0
    spectrum = np.where(flat, np.inf, _checks.positive("capacity", capacity) / np.where(flat, 1.0, total))
    return polarised_potential(host, x, temperature, polarisation), spectrum[()]


def incremental_capacity_spectrum(
    host: InsertionHost,
    potential,
    temperature: float,
    polarisation: Polarisation,
    capacity: float = 1.0,
    *,
    limits: tuple[float, float] = (1e-4, 1 - 1e-4),
    points: int = 4001,
):
    """Measured −dQ/dV on a grid of potentials, plateaus broadened by the spread of ohmic drops.

    Every part dx of the host gives its charge at ``U_eq(x) − η(x)``, spread by a normal distribution of standard
    deviation |I| σ_R: a plateau becomes a peak of area Q Δx, shifted by η and 2.355 |I| σ_R wide at half height.

    Parameters
    ----------
    host : InsertionHost
    potential : (n,) array_like
        Grid, V.
    temperature : float
        K.
    polarisation : Polarisation
        Needs ``width > 0``.
    capacity : float
        Charge that fills all sites.
    limits : tuple of float
        First and last x of the sweep.
    points : int
        Parts into which the sweep is cut.

    Returns
    -------
    numpy.ndarray
        (n,) `capacity` unit per volt.
    """
    width = polarisation.width
    if width == 0:
        raise InputError(
            "must be positive, and so must the current: without a spread a plateau has no width",
            key="resistance_spread",
        )
    grid = _checks.finite("potential", potential)
    low, high = (float(v) for v in _checks.increasing("limits", limits))
    corners = [v for pair in coexistences(host, float(temperature)) for v in (pair.x_low, pair.x_high)]
    edges = np.unique([*np.linspace(low, high, points), *(v for v in corners if low < v < high)])
    middle, share = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    centre = polarised_potential(host, middle, temperature, polarisation)
    distance = (grid[:, np.newaxis] - centre) / width
    weights = np.exp(-0.5 * distance**2) / (np.sqrt(2 * np.pi) * width)
    return float(_checks.positive("capacity", capacity)) * weights @ share
