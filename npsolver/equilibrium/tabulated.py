"""Insertion host from a table of measured or computed potentials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import InputError
from ..units import FARADAY
from . import _checks
from .insertion_hosts import InsertionHost


@dataclass(frozen=True, eq=False)
class TabulatedHost(InsertionHost):
    """Host interpolated by a monotone cubic (PCHIP), which adds no extrema that the table does not have.

    F. N. Fritsch and J. Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300.  A measured curve is already the one of
    equilibrium: its plateaus are in the table.

    Attributes
    ----------
    x : array_like
        (n,) filled share of sites, increasing, at least two points.
    open_circuit : array_like
        (n,) U at `reference_temperature`, V.
    entropy : array_like, optional
        (n,) dU/dT at constant x, V/K; zero when left out.
    reference_temperature : float
        K.
    charge : int
        z of the inserted ion.
    """

    x: np.ndarray
    open_circuit: np.ndarray
    entropy: np.ndarray | None = None
    reference_temperature: float = 298.15
    charge: int = 1

    def __post_init__(self):
        x = _checks.increasing("x", _checks.fraction("x", self.x))
        if x.size < 2:
            raise InputError("needs at least two points", key="x")
        object.__setattr__(self, "x", x)
        entropy = np.zeros(x.size) if self.entropy is None else self.entropy
        for name, values in (("open_circuit", self.open_circuit), ("entropy", entropy)):
            values = _checks.finite(name, values)
            if values.shape != x.shape:
                raise InputError(f"needs {x.size} values, one for each x, got shape {values.shape}", key=name)
            object.__setattr__(self, name, values)
        _checks.positive("reference_temperature", self.reference_temperature)
        _checks.positive("charge", self.charge)

    @classmethod
    def from_chemical_potential(cls, x, chemical_potential, *, charge: int = 1, **options) -> TabulatedHost:
        """Host from a table of μ(x) in J/mol, against the reference electrode (``U = −μ/(zF)``)."""
        mu = _checks.finite("chemical_potential", chemical_potential)
        return cls(x, -mu / (charge * FARADAY), charge=charge, **options)

    @property
    def range(self) -> tuple[float, float]:
        """First and last x of the table (closed)."""
        return float(self.x[0]), float(self.x[-1])

    def filling(self, x) -> np.ndarray:
        """`x` as array; refuses what the table does not cover."""
        x = _checks.finite("x", x)
        low, high = self.range
        outside = (x < low) | (x > high)
        if np.any(outside):
            raise InputError(f"the table covers {low:g} to {high:g}, asked for {x[outside].flat[0]:g}", key="x")
        return x

    @cached_property
    def _curves(self):
        from scipy.interpolate import PchipInterpolator

        potential, entropy = PchipInterpolator(self.x, self.open_circuit), PchipInterpolator(self.x, self.entropy)
        # potential, its slope, its integral; and the same of dU/dT
        return [(p, p.derivative(), p.antiderivative()) for p in (potential, entropy)]

    def _at(self, which: int, x, temperature):
        x = self.filling(x)
        warmer = _checks.positive("temperature", temperature) - self.reference_temperature
        potential, entropy = self._curves
        return potential[which](x) + warmer * entropy[which](x)

    def chemical_potential(self, x, temperature) -> np.ndarray:
        """μ(x, T), J/mol."""
        return -self.charge * FARADAY * self._at(0, x, temperature)

    def chemical_potential_slope(self, x, temperature) -> np.ndarray:
        """dμ/dx, J/mol."""
        return -self.charge * FARADAY * self._at(1, x, temperature)

    def free_energy(self, x, temperature) -> np.ndarray:
        """g(x, T) with dg/dx = μ and g = 0 at the first point, J per mole of sites."""
        return -self.charge * FARADAY * self._at(2, x, temperature)

    def entropy_coefficient(self, x, temperature) -> np.ndarray:
        """dU/dT at constant x, V/K."""
        x, _ = np.broadcast_arrays(self.filling(x), _checks.positive("temperature", temperature))
        return self._curves[1][0](x)
