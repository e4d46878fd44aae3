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
        """Logarithms of θ_j and of 1 − θ_j, (n_sites, …), and RT/(zF)."""
        thermal = GAS_CONSTANT * t / (self.charge * FARADAY)
        centre = [s.potential + s.slope * (t - self.reference_temperature) for s in self.sites]
        u = np.stack([(potential - c) / (s.width * thermal) for s, c in zip(self.sites, centre, strict=True)])
        # logarithms keep the relative accuracy of nearly empty and nearly full sites
        return -np.logaddexp(0.0, u), -np.logaddexp(0.0, -u), thermal

    def _weights(self, potential, t):
        """Shares of the sites in dx/dU (adding up to 1), and the logarithm of their sum ``Σ X θ(1−θ)/ω``."""
        full, empty, _ = self._occupation(potential, t)
        logs = np.stack([np.log(s.fraction / s.width) + f + e for s, f, e in zip(self.sites, full, empty, strict=True)])
        # between sites far apart every term underflows: the largest is taken out first
        top = logs.max(axis=0)
        terms = np.exp(logs - top)
        total = terms.sum(axis=0)
        return terms / total, top + np.log(total)

    def composition(self, potential, temperature) -> np.ndarray:
        """x at a potential: the closed form of the model."""
        potential, t = np.broadcast_arrays(
            _checks.finite("potential", potential), _checks.positive("temperature", temperature)
        )
        full = self._occupation(potential, t)[0]
        return sum(s.fraction * np.exp(f) for s, f in zip(self.sites, full, strict=True))

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
        # exp(690) stands for the cliff between two kinds of sites, where dx/dU underflows
        return GAS_CONSTANT * t * np.exp(np.minimum(-self._weights(u, t)[1], 690.0))

    def free_energy(self, x, temperature) -> np.ndarray:
        """g(x, T) with dg/dx = μ and g(0) = 0, J per mole of sites."""
        u, t = np.broadcast_arrays(self.potential(x, temperature), _checks.positive("temperature", temperature))
        full, empty, _ = self._occupation(u, t)
        energy = np.zeros(u.shape)
        for s, f, e in zip(self.sites, full, empty, strict=True):
            centre = s.potential + s.slope * (t - self.reference_temperature)
            mixing = s.width * GAS_CONSTANT * t * (np.exp(f) * f + np.exp(e) * e)
            energy = energy + s.fraction * (mixing - self.charge * FARADAY * centre * np.exp(f))
        return energy

    def entropy_coefficient(self, x, temperature) -> np.ndarray:
        """dU/dT at constant x, V/K, by implicit differentiation of x(U, T)."""
        u, t = np.broadcast_arrays(self.potential(x, temperature), _checks.positive("temperature", temperature))
        each = np.stack(
            [s.slope + (u - s.potential - s.slope * (t - self.reference_temperature)) / t for s in self.sites]
        )
        return (self._weights(u, t)[0] * each).sum(axis=0)
