"""Excess chemical potentials: what mu has beyond RT ln c, with exact derivatives.

Every law gives ``mu_ex/RT`` of all species at many compositions, and its derivatives. Concentrations in mol/m³.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from npsolver.errors import InputError
from npsolver.units import AVOGADRO


class ExcessLaw(Protocol):
    """One contribution to mu_ex/RT."""

    def evaluate(self, c: np.ndarray, charge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Values (n, n_species) and derivatives (n, n_species, n_species) at concentrations c (n, n_species)."""

    def room(self, c: np.ndarray) -> np.ndarray | None:
        """What must stay positive at every node ((n,) or None), linear in c."""


@dataclass(frozen=True)
class StandardPotentialLaw:
    """mu0/RT of every species in one phase relative to solution, whatever the composition.

    Attributes
    ----------
    values : tuple of float
        By species.
    """

    values: tuple[float, ...]

    def evaluate(self, c, charge):
        return np.tile(np.array(self.values), (len(c), 1)), np.zeros((*c.shape, c.shape[1]))

    def room(self, c):
        return None


@dataclass(frozen=True)
class IonicStrengthLaw:
    """ln gamma_i = -A z_i² (sqrt(I)/(1 + b sqrt(I)) - d I), I in mol/L.

    b = d = 0 is the limiting law of Debye and Hückel; b = B a the extended one; b = 1, d = 0.3 that of C. W. Davies (Ion
    Association, 1962, eq. 3.14).

    Attributes
    ----------
    slope : float
        A for natural logarithms, (L/mol)^(1/2); 1.1758 in water at 25 °C.
    denominator, linear : float
        b and d.
    """

    slope: float
    denominator: float = 1.0
    linear: float = 0.3

    def evaluate(self, c, charge):
        z2 = charge**2
        strength = 0.5e-3 * (c @ z2)
        root = np.sqrt(strength)
        below = 1.0 + self.denominator * root
        value = root / below - self.linear * strength
        # d/dI of sqrt(I)/(1 + b sqrt(I)) is 1/(2 sqrt(I) (1 + b sqrt(I))²)
        slope = np.divide(0.5, root * below**2, out=np.zeros_like(root), where=root > 0.0) - self.linear
        mu = -self.slope * value[:, None] * z2
        derivative = -self.slope * slope[:, None, None] * z2[None, :, None] * (0.5e-3 * z2)[None, None, :]
        return mu, derivative

    def room(self, c):
        return None


@dataclass(frozen=True)
class StericLaw:
    """-ln(1 - sum_j c_j/c_max) for the species that share a lattice.

    With c_max = 1/(N_A a³) this is the finite size of J. J. Bikerman (Phil. Mag. 33 (1942) 384) and of M. S. Kilic, M. Z.
    Bazant and A. Ajdari (Phys. Rev. E 75 (2007) 021502, eq. 5); with a concentration of sites the Fermi-like statistics
    of defects and intercalated ions, mu = RT ln(c/(c_max - c)).

    Attributes
    ----------
    members : tuple of int
        Indices of the species.
    largest : float
        c_max, mol/m³.
    """

    members: tuple[int, ...]
    largest: float

    @staticmethod
    def from_size(members: tuple[int, ...], size: float) -> StericLaw:
        """Lattice of cells of edge `size` (m)."""
        if not size > 0.0:
            raise InputError(f"expected an ion size > 0, got {size!r} m")
        return StericLaw(members, 1.0 / (AVOGADRO * size**3))

    def room(self, c):
        return 1.0 - c[:, list(self.members)].sum(axis=1) / self.largest

    def evaluate(self, c, charge):
        free = self.room(c)
        mu, derivative = np.zeros_like(c), np.zeros((*c.shape, c.shape[1]))
        with np.errstate(divide="ignore"):  # a trial without room is infinite, and Newton's method refuses it
            value, slope = -np.log(free), 1.0 / (free * self.largest)
        for i in self.members:
            mu[:, i] = value
            for j in self.members:
                derivative[:, i, j] = slope
        return mu, derivative


@dataclass(frozen=True)
class RegularSolutionLaw:
    """Omega/RT (1 - 2 x) with x = c/c_max: interaction of intercalated ions (regular solution).

    Attributes
    ----------
    member : int
        Index of the species.
    largest : float
        Concentration of sites, mol/m³.
    interaction : float
        Omega/RT; beyond 2 the solid demixes, which needs a gradient energy.
    gradient : float
        kappa/RT, m²: mu/RT contains -kappa/RT times the Laplacian of x, which depends on the surroundings and not on the
        composition alone; `evaluate` leaves it out (see `npsolver.discretisation.gradient_energy`).
    """

    member: int
    largest: float
    interaction: float
    gradient: float = 0.0

    def __post_init__(self):
        if self.interaction > 2.0 and not self.gradient > 0.0:
            raise InputError(
                f"Omega = {self.interaction:.3g} RT exceeds 2 RT: the solid separates into two phases, whose interface "
                "needs a gradient energy; expected gradient_energy, or Omega <= 2 RT",
                key="activity",
            )

    def evaluate(self, c, charge):
        mu, derivative = np.zeros_like(c), np.zeros((*c.shape, c.shape[1]))
        mu[:, self.member] = self.interaction * (1.0 - 2.0 * c[:, self.member] / self.largest)
        derivative[:, self.member, self.member] = -2.0 * self.interaction / self.largest
        return mu, derivative

    def room(self, c):
        return None


@dataclass(frozen=True)
class PitzerLaw:
    """Mean activity coefficient of one salt (K. S. Pitzer, J. Phys. Chem. 77 (1973) 268, eqs. 23-25), shared by its ions.

    With h(m) = ln gamma+- / |z+ z-| at the molality of the salt that has the ionic strength of the solution,
    ln gamma_i = z_i² h: the mean coefficient is Pitzer's, each ion has it where the charges are equal, and the derivatives
    of mu are symmetric. Molality is concentration over the density of the solvent and the share of the volume that the
    ions leave to it; mu is that of molality times gamma.

    Attributes
    ----------
    charges : (int, int)
        Of cation and anion of the salt.
    beta : (float, float, float)
        beta0, beta1, beta2, kg/mol.
    c_phi : float
        (kg/mol)².
    slope : float
        A_phi, (kg/mol)^(1/2).
    density : float
        Of the solvent, kg/m³.
    volumes : tuple of float
        By species, m³/mol, in proportion to their squared charges; none of the ions takes volume if empty.
    """

    charges: tuple[int, int]
    beta: tuple[float, float, float]
    c_phi: float
    slope: float = 0.3915
    density: float = 997.05
    volumes: tuple[float, ...] = ()

    def evaluate(self, c, charge):
        z2 = charge**2
        strength = 0.5 * (c @ z2) / self.density  # mol/kg
        free = self.room(c)
        if free is not None:
            free = np.where(free > 0.0, free, np.nan)  # a trial without solvent is refused
            strength = strength / free
        plus, minus = self.charges[0], -self.charges[1]
        divisor = math.gcd(plus, minus)
        nu_plus, nu_minus = minus // divisor, plus // divisor
        nu, product = nu_plus + nu_minus, plus * minus
        ratio = 2.0 / (nu * product)  # molality over ionic strength
        m, root = ratio * strength, np.sqrt(strength)
        alphas = (1.4, 12.0) if plus == minus == 2 else (2.0, 0.0)
        second, third = 2.0 * nu_plus * nu_minus / nu, 3.0 * (nu_plus * nu_minus) ** 1.5 / nu * self.c_phi
        below = 1.0 + 1.2 * root
        f = -self.slope * (root / below + 2.0 / 1.2 * np.log1p(1.2 * root))
        inverse = np.divide(1.0, root, out=np.zeros_like(root), where=root > 0.0)
        f_slope = -0.5 * self.slope * inverse * (1.0 / below**2 + 2.0 / below)
        b, b_slope = np.full_like(m, 2.0 * self.beta[0]), np.zeros_like(m)
        for beta, alpha in zip(self.beta[1:], alphas):
            if beta:
                g, g_slope = _pitzer_g(alpha * root)
                b = b + 2.0 * beta * g
                b_slope = b_slope + 2.0 * beta * g_slope * 0.5 * alpha * inverse
        value = (product * f + second * m * b + third * m**2) / product
        change = product * f_slope + second * (ratio * b + m * b_slope) + 2.0 * third * ratio * m
        change = change / product * 0.5 / self.density
        if free is not None:
            k = int(np.argmax(z2))
            value = np.where(np.isnan(free), np.inf, value - np.log(free) / product)
            change = change / free**2 + self.volumes[k] / z2[k] / (free * product)
        return value[:, None] * z2, change[:, None, None] * z2[None, :, None] * z2[None, None, :]

    def room(self, c):
        """Share of the volume that is solvent."""
        return 1.0 - c @ np.array(self.volumes) if self.volumes else None


def _pitzer_g(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[1 - (1 + x - x²/2) exp(-x)]/x² and its derivative; series below 0.03 where the differences cancel."""
    small = x < 3e-2
    y = np.where(small, 1.0, x)
    decay = np.exp(-y)
    value = (1.0 - (1.0 + y - 0.5 * y**2) * decay) / y**2
    slope = (2.0 - 0.5 * y) * decay / y - 2.0 * value / y
    series = 1.0 - x * (5.0 / 6.0 - x * (3.0 / 8.0 - x * (7.0 / 60.0 - x * (1.0 / 36.0 - x * 3.0 / 560.0))))
    series_slope = -5.0 / 6.0 + x * (3.0 / 4.0 - x * (7.0 / 20.0 - x * (1.0 / 9.0 - x * 3.0 / 112.0)))
    return np.where(small, series, value), np.where(small, series_slope, slope)


# The imaginary step by which functions are differentiated, in mol/m³: so small that its square is below round-off.
COMPLEX_STEP = 1e-25


@dataclass(frozen=True)
class FunctionLaw:
    """ln gamma of one species as a function of concentrations, differentiated exactly by imaginary steps.

    Attributes
    ----------
    member : int
        Index of the species.
    arguments : tuple of int
        Indices of the species on whose concentrations it depends.
    function : callable
        ``function(*c)`` with arrays (n,) in mol/m³, real or complex; must be analytic in them.
    """

    member: int
    arguments: tuple[int, ...]
    function: Callable[..., np.ndarray]

    def evaluate(self, c, charge):
        mu, derivative = np.zeros_like(c), np.zeros((*c.shape, c.shape[1]))
        values = [c[:, j] for j in self.arguments]
        mu[:, self.member] = np.real(self.function(*values))
        for position, j in enumerate(self.arguments):
            shifted = [v + 1j * COMPLEX_STEP if k == position else v + 0j for k, v in enumerate(values)]
            derivative[:, self.member, j] = np.imag(self.function(*shifted)) / COMPLEX_STEP
        return mu, derivative

    def room(self, c):
        return None


@dataclass(frozen=True)
class TableLaw:
    """ln gamma of one species from a table against its concentration, by a cubic spline.

    The spline is natural and straight beyond the table, so that the thermodynamic factor is continuous.

    Attributes
    ----------
    member : int
        Index of the species.
    points : tuple of float
        Increasing, mol/m³.
    values : tuple of float
        ln gamma.
    """

    member: int
    points: tuple[float, ...]
    values: tuple[float, ...]

    def evaluate(self, c, charge):
        mu, derivative = np.zeros_like(c), np.zeros((*c.shape, c.shape[1]))
        x, y = np.array(self.points), np.array(self.values)
        bend = _natural_bends(x, y)
        own = c[:, self.member]
        inside = np.minimum(np.maximum(own, x[0]), x[-1])
        k = np.minimum(np.searchsorted(x, inside, side="right") - 1, x.size - 2)
        h = x[k + 1] - x[k]
        a, b = (x[k + 1] - inside) / h, (inside - x[k]) / h
        value = a * y[k] + b * y[k + 1] + ((a**3 - a) * bend[k] + (b**3 - b) * bend[k + 1]) * h**2 / 6.0
        slope = (y[k + 1] - y[k]) / h + ((3 * b**2 - 1) * bend[k + 1] - (3 * a**2 - 1) * bend[k]) * h / 6.0
        mu[:, self.member] = value + slope * (own - inside)
        derivative[:, self.member, self.member] = slope
        return mu, derivative

    def room(self, c):
        return None


def _natural_bends(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Second derivatives of the natural cubic spline at its points."""
    h = np.diff(x)
    bends = np.zeros(x.size)
    if x.size > 2:
        matrix = np.diag((h[:-1] + h[1:]) / 3.0) + np.diag(h[1:-1] / 6.0, 1) + np.diag(h[1:-1] / 6.0, -1)
        bends[1:-1] = np.linalg.solve(matrix, np.diff(np.diff(y) / h))
    return bends


def debye_hueckel_slope(temperature: float, relative_permittivity: float) -> float:
    """A of ln gamma = -A z² sqrt(I) in (L/mol)^(1/2) (R. A. Robinson and R. H. Stokes, Electrolyte Solutions, eq. 9.7).

    Parameters
    ----------
    temperature : float
        K.
    relative_permittivity : float
    """
    from npsolver.units import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY

    bjerrum = ELEMENTARY_CHARGE**2 / (
        4 * math.pi * relative_permittivity * VACUUM_PERMITTIVITY * BOLTZMANN * temperature
    )
    kappa_per_root = math.sqrt(8 * math.pi * bjerrum * AVOGADRO * 1e3)
    return 0.5 * bjerrum * kappa_per_root


def total_excess(laws: tuple[ExcessLaw, ...], c: np.ndarray, charge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of all laws: mu_ex/RT (n, n_species) and derivatives (n, n_species, n_species) per mol/m³."""
    mu, derivative = laws[0].evaluate(c, charge)
    for law in laws[1:]:
        more, slope = law.evaluate(c, charge)
        mu = mu + more
        derivative = derivative + slope
    return mu, derivative
