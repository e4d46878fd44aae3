"""Onsager coefficients of dilute electrolytes of any composition, from charges and limiting diffusivities alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import AVOGADRO, FARADAY, GAS_CONSTANT
from ._checks import electroneutral, ions_first, mixture, non_negative, positive, temperature
from .activity import bjerrum_length

# Pa s, water at 25 °C (IAPWS SR6-08(2011))
WATER_VISCOSITY = 0.890e-3


def onsager_limiting_law(
    z: ArrayLike,
    D: ArrayLike,
    c: ArrayLike,
    T: float,
    relative_permittivity: float = 78.4,
    viscosity: float = WATER_VISCOSITY,
    ion_size: float = 0.0,
) -> np.ndarray:
    """Coefficients (n, n) of ions in a mixture, ``J_i = -sum_j L_ij grad mu~_j`` relative to the solvent [mol²/(J m s)].

    L. Onsager and R. M. Fuoss, J. Phys. Chem. 36 (1932) 2689: to the ideal ``c_i D_i/RT`` come two terms in the square
    root of the ionic strength.  Every ion is carried by the flow of solvent that the others drive (electrophoresis),

        L_ij = -2 l_B c_i c_j z_i z_j / (3 eta kappa),

    and held back by its ionic atmosphere, which lags behind (relaxation).  With ``w_i = D_i/RT`` and the shares
    ``m_i = c_i z_i²/sum c z²`` of the ionic strength the force of the atmosphere on ion i is

        F_i = (l_B kappa/3) z_i² [(1 + sqrt A)^-1 S]_i,   S_i = sum_j m_j (w_j K_j - w_i K_i)/(w_i + w_j),
        A_ij = delta_ij sum_k m_k w_k/(w_i + w_k) - m_j w_i/(w_i + w_j),

    where ``K_j = -grad mu~_j``.  Forces under which all ions move together leave the atmospheres whole: relaxation does
    not slow the diffusion of a single salt.  For one salt the conductivity is the limiting law of Debye, Hückel and
    Onsager (Phys. Z. 28 (1927) 277).

    A finite `ion_size` a divides both terms by ``1 + kappa a``: exact for electrophoresis (R. H. Stokes, J. Am. Chem.
    Soc. 76 (1954) 1988), customary for relaxation (R. A. Robinson and R. H. Stokes, Electrolyte Solutions, 2nd ed.
    (1959), eq. 7.36).  The limiting law holds to about 1 mol/m³ of a 1:1 salt, with a = 4 angstrom to about 100.

    Parameters
    ----------
    z, D : (n,) array_like
        Charge numbers, none of them 0; limiting diffusivities in m²/s, > 0.
    c : (n,) array_like
        mol/m³, > 0, electroneutral.
    T : float
        K.
    relative_permittivity, viscosity : float
        Of the solvent, - and Pa s; default water at 25 °C.
    ion_size : float
        Distance of closest approach a, m; 0 is the limiting law.

    Raises
    ------
    InputError
        For what is neutral, absent or immobile, and for a solution that is not electroneutral.
    """
    z, c = mixture(z, c, names=("c",))
    if np.any(z == 0) or c.ndim != 1:
        raise InputError("needs ions and one concentration for each", key="c")
    c, D = positive("c", c), positive("D", ions_first("D", D, z.size))
    electroneutral("c", z, c)
    thermal = GAS_CONSTANT * float(temperature(T))
    mobility = D / thermal
    bjerrum = float(bjerrum_length(T, relative_permittivity))
    strength = float(z**2 @ c)
    kappa = np.sqrt(4.0 * np.pi * bjerrum * AVOGADRO * strength)
    shield = 1.0 + kappa * float(non_negative("ion_size", ion_size))

    carried = -2.0 * bjerrum / (3.0 * float(positive("viscosity", viscosity)) * kappa) * np.outer(c * z, c * z)
    held = strength * bjerrum * kappa / 3.0 * _relaxation(c * z**2 / strength, mobility)
    return np.diag(c * mobility) + (carried + held) / shield


def _relaxation(share: np.ndarray, mobility: np.ndarray) -> np.ndarray:
    """``diag(m w) (1 + sqrt A)^-1 dS/dK``, symmetric and negative semidefinite."""
    both = mobility[:, None] + mobility[None, :]
    # A is similar to the Laplacian below, whose root is taken by its eigenvectors
    weight = np.sqrt(share * mobility)
    laplacian = -np.outer(weight, weight) / both
    np.fill_diagonal(laplacian, 0.0)
    np.fill_diagonal(laplacian, -(laplacian @ weight) / weight)
    value, vector = np.linalg.eigh(laplacian)
    root = (vector / (1.0 + np.sqrt(np.maximum(value, 0.0)))) @ vector.T  # its smallest eigenvalue is 0

    driven = share * mobility / both
    np.fill_diagonal(driven, 0.0)
    lag = share / both
    np.fill_diagonal(lag, 0.0)
    driven -= np.diag(mobility * lag.sum(axis=1))
    scale = np.sqrt(mobility / share)
    result = (share * mobility * scale)[:, None] * (root @ (driven / scale[:, None]))
    return 0.5 * (result + result.T)


def stokes_transference(
    z_cation: int,
    z_anion: int,
    D_cation: float,
    D_anion: float,
    c: ArrayLike,
    T: float,
    relative_permittivity: float = 78.4,
    viscosity: float = WATER_VISCOSITY,
    ion_size: float = 4e-10,
) -> np.ndarray:
    """Transference number of the cation of a salt of concentration `c` (mol/m³) [-].

    ``t+ = (l+ - z+ b)/(l+ + l- - (z+ - z-) b)`` with the limiting equivalent conductivities l and the electrophoretic
    term ``b = F e kappa/(6 pi eta (1 + kappa a))``; relaxation slows both ions in the same ratio and drops out (R. H.
    Stokes, J. Am. Chem. Soc. 76 (1954) 1988).  For NaCl it agrees with cells with transference up to saturation (L. J.
    M. Smits and E. M. Duyvis, J. Phys. Chem. 70 (1966) 2747).
    """
    z = np.array([z_cation, z_anion], dtype=float)
    nu = np.array([-z_anion, z_cation]) / np.gcd(int(z_cation), -int(z_anion))
    thermal = GAS_CONSTANT * float(temperature(T))
    limiting = FARADAY**2 / thermal * np.abs(z) * np.array([positive("D", D_cation), positive("D", D_anion)])
    strength = float(nu @ z**2) * positive("c", c)
    kappa = np.sqrt(4.0 * np.pi * bjerrum_length(T, relative_permittivity) * AVOGADRO * strength)
    slowing = FARADAY**2 / AVOGADRO * kappa / (6.0 * np.pi * positive("viscosity", viscosity))
    slowing = slowing / (1.0 + kappa * non_negative("ion_size", ion_size))
    return (limiting[0] - z[0] * slowing) / (limiting.sum() - (z[0] - z[1]) * slowing)
