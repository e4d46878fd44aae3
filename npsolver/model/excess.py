"""Excess chemical potentials: what mu has beyond RT ln c, with exact derivatives.

Every law gives ``mu_ex/RT`` of all species at many compositions, and its derivatives. Concentrations in mol/m³.
"""

from __future__ import annotations

import math
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
        Omega/RT; beyond 2 the solid demixes, which the local diffusion equation cannot describe: refused.
    """

    member: int
    largest: float
    interaction: float

    def __post_init__(self):
        if self.interaction > 2.0:
            raise InputError(
                f"Omega = {self.interaction:.3g} RT exceeds 2 RT: the solid separates into two phases, whose interface "
                "needs a gradient energy that is not modelled; expected Omega <= 2 RT",
                key="activity",
            )

    def evaluate(self, c, charge):
        mu, derivative = np.zeros_like(c), np.zeros((*c.shape, c.shape[1]))
        mu[:, self.member] = self.interaction * (1.0 - 2.0 * c[:, self.member] / self.largest)
        derivative[:, self.member, self.member] = -2.0 * self.interaction / self.largest
        return mu, derivative

    def room(self, c):
        return None


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


def total_excess(
    laws: tuple[ExcessLaw, ...], c: np.ndarray, charge: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sum of all laws: mu_ex/RT (n, n_species) and derivatives (n, n_species, n_species) per mol/m³."""
    mu, derivative = laws[0].evaluate(c, charge)
    for law in laws[1:]:
        more, slope = law.evaluate(c, charge)
        mu = mu + more
        derivative = derivative + slope
    return mu, derivative
