"""Onsager coefficients of electrolytes, ``J_i = -sum_j l_ij grad mu~_j`` in the frame of the solvent [mol²/(J m s)]."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from ._checks import finite, ions_first, positive, salt_charges, temperature


def onsager_from_salt(
    conductivity: float,
    transference: float,
    D: float,
    thermodynamic_factor: float,
    c: float,
    T: float,
    z_cation: int = 1,
    z_anion: int = -1,
) -> np.ndarray:
    """Coefficients (2, 2) of a binary salt from what is measured, ``kappa t_i t_j/(F² z_i z_j) + nu_i nu_j D c/(nu R
    T G)``.

    The first term carries current without diffusion, the second diffuses salt without current
    (Miller, J. Phys. Chem. 70 (1966) 2639, eqs. for l_ij).

    Parameters
    ----------
    conductivity : float
        S/m.
    transference : float
        Of the cation (Hittorf).
    D : float
        Salt diffusivity, m²/s.
    thermodynamic_factor : float
        G = 1 + d ln gamma/d ln m.
    c : float
        Salt, mol/m³.
    T : float
        K.
    """
    z = np.array([float(v) for v in salt_charges(z_cation, z_anion)])
    nu = np.array([-z_anion, z_cation]) // np.gcd(z_cation, -z_anion)
    t = finite("transference", [transference, 1 - transference])
    migration = positive("conductivity", conductivity) / FARADAY**2 * np.outer(t / z, t / z)
    chemical = nu.sum() * GAS_CONSTANT * temperature(T) * positive("thermodynamic_factor", thermodynamic_factor)
    return migration + np.outer(nu, nu) * positive("D", D) * positive("c", c) / chemical


class SaltTransport(NamedTuple):
    """What a binary salt with given Onsager coefficients shows in experiments: S/m, -, m²/s."""

    conductivity: float
    transference: float
    diffusivity: float


def salt_from_onsager(
    L: ArrayLike, c: float, thermodynamic_factor: float, T: float, z_cation: int = 1, z_anion: int = -1
) -> SaltTransport:
    """Conductivity, cation transference number and salt diffusivity of an Onsager matrix (2, 2).

    Inverse of :func:`onsager_from_salt`.
    """
    L = finite("L", L)
    z = np.array([float(v) for v in salt_charges(z_cation, z_anion)])
    nu = np.array([-z_anion, z_cation]) // np.gcd(z_cation, -z_anion)
    kappa = float(FARADAY**2 * z @ L @ z)
    t = z * (L @ z) * FARADAY**2 / kappa
    salt = (L[0, 0] * L[1, 1] - L[0, 1] * L[1, 0]) / float(z @ L @ z) * (z[0] / nu[1]) ** 2
    chemical = (
        nu.sum() * GAS_CONSTANT * float(temperature(T)) * float(positive("thermodynamic_factor", thermodynamic_factor))
    )
    return SaltTransport(kappa, float(t[0]), float(salt * chemical / positive("c", c)))


def onsager_from_stefan_maxwell(c: ArrayLike, c_solvent: float, diffusivities: ArrayLike, T: float) -> np.ndarray:
    """Onsager matrix (n, n) of n solutes from Stefan-Maxwell diffusivities.

    ``c_i grad mu_i = RT sum_j c_i c_j/(c_T D_ij) (v_j - v_i)`` including the solvent (Newman & Thomas-Alyea, 3rd ed.,
    eq. 12.1), inverted for ``J_i = c_i (v_i - v_0)``.

    Parameters
    ----------
    c : (n,) array_like
        Solutes, mol/m³, > 0.
    c_solvent : float
        mol/m³.
    diffusivities : (n + 1, n + 1) array_like
        Symmetric, m²/s, the solvent last; the diagonal is not used.  Some may be negative.
    T : float
        K.
    """
    c = positive("c", c)
    total = np.append(c, positive("c_solvent", c_solvent))
    D = ions_first("diffusivities", diffusivities, total.size)
    if D.shape != (total.size, total.size) or not np.allclose(D, D.T, rtol=1e-12, atol=0):
        raise InputError(
            f"needs a symmetric {total.size} by {total.size} matrix, the solvent last", key="diffusivities"
        )
    off = ~np.eye(total.size, dtype=bool)
    if np.any(D[off] == 0):
        raise InputError("zero diffusivity between two species", key="diffusivities")
    friction = np.zeros_like(D)
    friction[off] = (GAS_CONSTANT * temperature(T) * np.outer(total, total) / total.sum())[off] / D[off]
    resistance = np.diag(friction.sum(axis=1)) - friction
    return np.outer(c, c) * np.linalg.inv(resistance[:-1, :-1])


def stefan_maxwell_mixture(fractions: ArrayLike, diffusivities: ArrayLike) -> np.ndarray:
    """Matrix Lambda (n, n) of a mixture without solvent, relative to the mean molar velocity [m²/s].

    ``J_i = -sum_j Lambda_ij sqrt(c_i c_j) grad(mu_j)/RT`` with ``sum_i J_i = 0``.  In the variables J_i/sqrt(c_i) the
    Stefan-Maxwell equations (R. Krishna and J. A. Wesselingh, Chem. Eng. Sci. 52 (1997) 861, eq. 9) have the symmetric
    matrix ``B_ii = sum_j x_j/D_ij``, ``B_ij = -sqrt(x_i x_j)/D_ij``, whose null vector sqrt(x) is the motion of the
    mixture as a whole; Lambda is its pseudo-inverse.  Fractions may be 0.

    Parameters
    ----------
    fractions : (n,) array_like
        Mole fractions, or anything proportional to them, >= 0.
    diffusivities : (n, n) array_like
        Symmetric, m²/s; the diagonal is not used.
    """
    x = finite("fractions", fractions)
    if x.ndim != 1 or np.any(x < 0) or not x.sum() > 0:
        raise InputError("needs values >= 0 that are not all 0", key="fractions")
    x = x / x.sum()
    D = ions_first("diffusivities", diffusivities, x.size)
    if D.shape != (x.size, x.size) or not np.allclose(D, D.T, rtol=1e-12, atol=0):
        raise InputError(f"needs a symmetric {x.size} by {x.size} matrix", key="diffusivities")
    off = ~np.eye(x.size, dtype=bool)
    if np.any(D[off] == 0):
        raise InputError("zero diffusivity between two species", key="diffusivities")
    root, B = np.sqrt(x), np.zeros((x.size, x.size))
    B[off] = -np.outer(root, root)[off] / D[off]
    inverse = np.zeros_like(B)
    inverse[off] = 1.0 / D[off]
    np.fill_diagonal(B, inverse @ x)
    size = np.abs(B).max()
    whole = np.outer(root, root)
    found = np.linalg.inv(B + size * whole) - whole / size
    return 0.5 * (found + found.T)


def zero_current_field(z: ArrayLike, L: ArrayLike, chemical_gradient: ArrayLike) -> tuple[float, np.ndarray]:
    """Field and fluxes at zero current under given gradients of the chemical potentials.

    Parameters
    ----------
    z : (n,) array_like
        Charge numbers.
    L : (n, n) array_like
        mol²/(J m s).
    chemical_gradient : (n,) array_like
        d mu/dx without the electric part, J/(mol m).

    Returns
    -------
    float, (n,) ndarray
        d phi/dx in V/m and the fluxes in mol/(m² s).
    """
    z, L, gradient = finite("z", z), finite("L", L), finite("chemical_gradient", chemical_gradient)
    if L.shape != (z.size, z.size) or gradient.shape != z.shape:
        raise InputError(f"needs a {z.size} by {z.size} matrix and {z.size} gradients", key="L")
    field = -(z @ L @ gradient) / (FARADAY * z @ L @ z)
    return float(field), -L @ (gradient + z * FARADAY * field)


def diffusion_matrix(z: ArrayLike, L: ArrayLike, slope: ArrayLike) -> np.ndarray:
    """Diffusion matrix of the first n - 1 ions without current, the last one eliminated by electroneutrality [m²/s].

    ``J_i = -sum_j D_ij grad c_j`` with ``D = (L - L z z^T L/(z^T L z)) dmu/dc`` (Miller, J. Phys. Chem. 71 (1967) 616).
    It is not symmetric; with ``D_12 < 0`` or large an ion flows against its own gradient (uphill diffusion).

    Parameters
    ----------
    z : (n,) array_like
        Charge numbers, the last one not 0.
    L : (n, n) array_like
        mol²/(J m s).
    slope : (n, n) array_like
        d mu_i/dc_j, J m³/mol²; ``RT/c_i`` on the diagonal of an ideal solution.
    """
    z, L, slope = finite("z", z), finite("L", L), finite("slope", slope)
    if L.shape != (z.size, z.size) or slope.shape != L.shape:
        raise InputError(f"needs two matrices {z.size} by {z.size}", key="L")
    if z[-1] == 0:
        raise InputError("the last species is eliminated by electroneutrality and must be charged", key="z")
    neutral = L - np.outer(L @ z, L.T @ z) / (z @ L @ z)
    reduced = slope[:, :-1] - np.outer(slope[:, -1], z[:-1] / z[-1])
    return (neutral @ reduced)[:-1]
