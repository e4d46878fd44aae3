"""Insertion host with several kinds of sites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from . import _checks
from ._roots import find_root
from .insertion_hosts import InsertionHost


@dataclass(frozen=True)
class Site:
    """One kind of site of a :class:`MultiSite` host.

    Attributes
    ----------
    fraction : float
        Share of all sites.
    potential : float
        Potential at half filling, V at 298.15 K.
    width : float
        ω; 1 ideal lattice gas, < 1 attraction, > 1 repulsion.
    slope : float
        Change of `potential` with temperature, V/K.
    """

    fraction: float
    potential: float
    width: float = 1.0
    slope: float = 0.0

    def __post_init__(self):
        _checks.positive("fraction", self.fraction)
        _checks.finite("potential", self.potential)
        _checks.positive("width", self.width)
        _checks.finite("slope", self.slope)


@dataclass(frozen=True)
class MultiSite(InsertionHost):
    """Several kinds of sites that share one chemical potential.

    ``x(U) = Σ_j X_j / (1 + exp(zF(U − U_j)/(ω_j RT)))`` (multi-species multi-reaction model: D. R. Baker and
    M. W. Verbrugge, J. Electrochem. Soc. 165 (2018) A3952, eq. 5).

    Attributes
    ----------
    sites : tuple of Site
        Their fractions must add up to 1.
    charge : int
        z of the inserted ion.
    """

    sites: tuple[Site, ...]
    charge: int = 1
    reference_temperature: float = 298.15

    def __post_init__(self):
        object.__setattr__(self, "sites", tuple(self.sites))
        total = sum(site.fraction for site in self.sites)
        if abs(total - 1) > 1e-9:
            raise InputError(f"the fractions must add up to 1, they add up to {total:.9g}", key="sites")

    def _occupation(self, potential, t):
        """θ_j (n_sites, …), 1 − θ_j and the exponent slope zF/(ω RT)."""
        thermal = GAS_CONSTANT * t / (self.charge * FARADAY)
        centre = [s.potential + s.slope * (t - self.reference_temperature) for s in self.sites]
        u = np.stack([(potential - c) / (s.width * thermal) for s, c in zip(self.sites, centre, strict=True)])
        # logaddexp keeps the relative accuracy of nearly empty and nearly full sites
        return np.exp(-np.logaddexp(0.0, u)), np.exp(-np.logaddexp(0.0, -u)), thermal

    def composition(self, potential, temperature) -> np.ndarray:
        """x at a potential: the closed form of the model."""
        potential, t = np.broadcast_arrays(
            _checks.finite("potential", potential), _checks.positive("temperature", temperature)
        )
        return sum(s.fraction * theta for s, theta in zip(self.sites, self._occupation(potential, t)[0], strict=True))

    def potential(self, x, temperature) -> np.ndarray:
        """U at a composition, V: the only zero of ``x(U) − x``."""
        x, t = np.broadcast_arrays(self.filling(x), _checks.positive("temperature", temperature))
        spread = (np.log1p(-x) - np.log(x)) * GAS_CONSTANT * t / (self.charge * FARADAY)
        # the potential at which site j alone is filled to x; the common one lies between the extremes
        alone = np.stack(
            [s.potential + s.slope * (t - self.reference_temperature) + s.width * spread for s in self.sites]
        )
        if len(self.sites) == 1:
            return alone[0]
        low, high = alone.min(axis=0) - 1e-9, alone.max(axis=0) + 1e-9
        return find_root(lambda u: self.composition(u, t) - x, low, high)

    def chemical_potential(self, x, temperature) -> np.ndarray:
        """μ(x, T), J/mol."""
        return -self.charge * FARADAY * self.potential(x, temperature)

    def chemical_potential_slope(self, x, temperature) -> np.ndarray:
        """dμ/dx > 0, J/mol."""
        u, t = np.broadcast_arrays(self.potential(x, temperature), _checks.positive("temperature", temperature))
        full, empty, thermal = self._occupation(u, t)
        share = sum(s.fraction * f * e / s.width for s, f, e in zip(self.sites, full, empty, strict=True))
        return self.charge * FARADAY * thermal / share

    def free_energy(self, x, temperature) -> np.ndarray:
        """g(x, T) with dg/dx = μ and g(0) = 0, J per mole of sites."""
        u, t = np.broadcast_arrays(self.potential(x, temperature), _checks.positive("temperature", temperature))
        full, empty, _ = self._occupation(u, t)
        energy = np.zeros(u.shape)
        for s, f, e in zip(self.sites, full, empty, strict=True):
            centre = s.potential + s.slope * (t - self.reference_temperature)
            mixing = s.width * GAS_CONSTANT * t * (f * np.log(f) + e * np.log(e))
            energy = energy + s.fraction * (mixing - self.charge * FARADAY * centre * f)
        return energy

    def entropy_coefficient(self, x, temperature) -> np.ndarray:
        """dU/dT at constant x, V/K, by implicit differentiation of x(U, T)."""
        u, t = np.broadcast_arrays(self.potential(x, temperature), _checks.positive("temperature", temperature))
        full, empty, _ = self._occupation(u, t)
        weights = np.stack([s.fraction * f * e / s.width for s, f, e in zip(self.sites, full, empty, strict=True)])
        each = np.stack(
            [s.slope + (u - s.potential - s.slope * (t - self.reference_temperature)) / t for s in self.sites]
        )
        return (weights * each).sum(axis=0) / weights.sum(axis=0)
