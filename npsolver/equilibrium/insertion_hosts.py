"""Chemical potential of an ion in an insertion host, and the open-circuit potential it gives.

x is the filled share of the sites, 0 < x < 1.  The chemical potential is that of the inserted neutral atom against the
reference electrode of the potentials (lithium metal for Li), so that ``U = −μ/(zF)``.  Values here are those of *one*
homogeneous phase; :mod:`npsolver.equilibrium.miscibility` adds the two-phase plateaus.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from . import _checks


class InsertionHost:
    """What every host model answers; x and T broadcast.

    Subclasses give :meth:`chemical_potential`, :meth:`chemical_potential_slope`, :meth:`free_energy` and
    :meth:`entropy_coefficient`.
    """

    charge: int = 1

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest x at which the model may be asked (open interval for lattice models)."""
        return 0.0, 1.0

    def filling(self, x) -> np.ndarray:
        """`x` as array; refuses what lies outside the range of the model."""
        return _checks.open_fraction("x", x)

    def potential(self, x, temperature) -> np.ndarray:
        """Open-circuit potential of the homogeneous host, ``−μ/(zF)``, V."""
        return -self.chemical_potential(x, temperature) / (self.charge * FARADAY)

    def potential_slope(self, x, temperature) -> np.ndarray:
        """dU/dx of the homogeneous host, V."""
        return -self.chemical_potential_slope(x, temperature) / (self.charge * FARADAY)

    def thermodynamic_factor(self, x, temperature) -> np.ndarray:
        """``x (1 − x)/(RT) dμ/dx``: chemical over self diffusivity of a lattice; negative inside the spinodal."""
        x = self.filling(x)
        thermal = GAS_CONSTANT * _checks.positive("temperature", temperature)
        return x * (1 - x) / thermal * self.chemical_potential_slope(x, temperature)


@dataclass(frozen=True)
class RedlichKister(InsertionHost):
    """Lattice host with a Redlich–Kister excess energy.

    ``μ = −zF E0 + RT ln(x/(1−x)) + d/dx [x(1−x) Σ_k A_k (2x−1)^k]``
    (Karthikeyan, Sikha and White, J. Power Sources 185 (2008) 1398, eq. 8).

    Attributes
    ----------
    standard_potential : float
        E0 at `reference_temperature`, V.
    coefficients : tuple of float
        A_k at `reference_temperature`, J/mol.  A_0 alone is the regular solution.
    standard_slope : float
        dE0/dT, V/K.
    coefficient_slopes : tuple of float
        dA_k/dT, J/(mol K); empty means zero.
    reference_temperature : float
        K.
    charge : int
        z of the inserted ion.
    """

    standard_potential: float
    coefficients: tuple[float, ...] = ()
    standard_slope: float = 0.0
    coefficient_slopes: tuple[float, ...] = ()
    reference_temperature: float = 298.15
    charge: int = 1

    def __post_init__(self):
        _checks.finite("standard_potential", self.standard_potential)
        _checks.finite("standard_slope", self.standard_slope)
        _checks.positive("reference_temperature", self.reference_temperature)
        _checks.positive("charge", self.charge)
        for name in ("coefficients", "coefficient_slopes"):
            object.__setattr__(self, name, tuple(_checks.finite(name, getattr(self, name)).ravel().tolist()))
        if self.coefficient_slopes and len(self.coefficient_slopes) != len(self.coefficients):
            raise InputError(
                f"needs one entry for each of the {len(self.coefficients)} coefficients", key="coefficient_slopes"
            )

    def _amounts(self, x, temperature):
        """x, T and the coefficients at T."""
        x, t = self.filling(x), _checks.positive("temperature", temperature)
        warmer = t - self.reference_temperature
        slopes = self.coefficient_slopes or (0.0,) * len(self.coefficients)
        return x, t, [a + b * warmer for a, b in zip(self.coefficients, slopes, strict=True)]

    def chemical_potential(self, x, temperature) -> np.ndarray:
        """μ(x, T), J/mol."""
        x, t, coefficients = self._amounts(x, temperature)
        e0 = self.standard_potential + self.standard_slope * (t - self.reference_temperature)
        mixing = GAS_CONSTANT * t * (np.log(x) - np.log1p(-x))
        return -self.charge * FARADAY * e0 + mixing + _excess(x, coefficients, 1)

    def chemical_potential_slope(self, x, temperature) -> np.ndarray:
        """dμ/dx, J/mol."""
        x, t, coefficients = self._amounts(x, temperature)
        return GAS_CONSTANT * t / (x * (1 - x)) + _excess(x, coefficients, 2)

    def free_energy(self, x, temperature) -> np.ndarray:
        """g(x, T) with dg/dx = μ and g(0) = 0, J per mole of sites."""
        x, t, coefficients = self._amounts(x, temperature)
        e0 = self.standard_potential + self.standard_slope * (t - self.reference_temperature)
        mixing = GAS_CONSTANT * t * (x * np.log(x) + (1 - x) * np.log1p(-x))
        return -self.charge * FARADAY * e0 * x + mixing + _excess(x, coefficients, 0)

    def entropy_coefficient(self, x, temperature) -> np.ndarray:
        """dU/dT at constant x, V/K."""
        x, _, _ = self._amounts(x, temperature)
        lattice = GAS_CONSTANT * (np.log(x) - np.log1p(-x)) + _excess(x, self.coefficient_slopes, 1)
        return self.standard_slope - lattice / (self.charge * FARADAY)


@lru_cache(maxsize=64)
def _term(k: int, order: int) -> np.polynomial.Polynomial:
    """Derivative with respect to x, of `order` 0, 1 or 2, of ``x(1−x) y^k`` as polynomial in y = 2x − 1."""
    # x(1−x) = (1−y²)/4 and d/dx = 2 d/dy
    power = np.polynomial.Polynomial([0.0] * k + [0.25, 0.0, -0.25])
    return 2**order * (power.deriv(order) if order else power)


def _excess(x, coefficients, order: int):
    """Derivative of `order` of ``x(1−x) Σ A_k y^k``; every A_k is a number or an array that broadcasts with x."""
    return sum((a * _term(k, order)(2 * x - 1) for k, a in enumerate(coefficients)), start=np.zeros(()))


@dataclass(frozen=True)
class RegularSolution(InsertionHost):
    """Lattice host with one pair interaction: ``U = E0 + RT/(zF) ln((1−x)/x) − Ω(1−2x)/(zF)``.

    Phases separate below ``T_c = Ω/(2R)`` (M. Z. Bazant, Acc. Chem. Res. 46 (2013) 1144, eq. 12).

    Attributes
    ----------
    standard_potential : float
        E0, V.
    interaction : float
        Ω, J/mol; positive when like attracts like.
    standard_slope, interaction_slope : float
        dE0/dT, V/K; dΩ/dT, J/(mol K).
    reference_temperature : float
        K.
    charge : int
        z of the inserted ion.
    """

    standard_potential: float
    interaction: float = 0.0
    standard_slope: float = 0.0
    interaction_slope: float = 0.0
    reference_temperature: float = 298.15
    charge: int = 1
    _series: RedlichKister = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        series = RedlichKister(
            self.standard_potential,
            (self.interaction,),
            self.standard_slope,
            (self.interaction_slope,),
            self.reference_temperature,
            self.charge,
        )
        object.__setattr__(self, "_series", series)

    def interaction_at(self, temperature: float) -> float:
        """Ω at a temperature, J/mol."""
        return self.interaction + self.interaction_slope * (temperature - self.reference_temperature)

    @property
    def critical_temperature(self) -> float:
        """Temperature above which all x mix, ``Ω(T_c) = 2 R T_c``, K."""
        return self.interaction_at(0.0) / (2 * GAS_CONSTANT - self.interaction_slope)

    def chemical_potential(self, x, temperature) -> np.ndarray:
        """μ(x, T), J/mol."""
        return self._series.chemical_potential(x, temperature)

    def chemical_potential_slope(self, x, temperature) -> np.ndarray:
        """``dμ/dx = RT/(x(1−x)) − 2Ω``, J/mol."""
        return self._series.chemical_potential_slope(x, temperature)

    def free_energy(self, x, temperature) -> np.ndarray:
        """g(x, T), J per mole of sites."""
        return self._series.free_energy(x, temperature)

    def entropy_coefficient(self, x, temperature) -> np.ndarray:
        """dU/dT at constant x, V/K."""
        return self._series.entropy_coefficient(x, temperature)
