"""Transport numbers of electroneutral solutions at infinite dilution: conductivity, transference, salt diffusion."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from ._checks import along_ions, ions_first, mixture, non_negative, positive, salt_charges, temperature


def _mobile(z, D, c) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    z, c = mixture(z, c, names=("c",))
    D = non_negative("D", ions_first("D", D, z.size))
    if np.any(np.tensordot(z**2 * D, c, axes=1) == 0):
        raise InputError("no mobile ions: the conductivity is zero", key="c")
    return z, D, c


def conductivity(z: ArrayLike, D: ArrayLike, c: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Ionic conductivity ``F²/(RT) sum z² D c`` [S/m] (Nernst-Einstein).

    Parameters
    ----------
    z, D : (n,) array_like
        Charge numbers, diffusivities in m²/s.
    c : (n, ...) array_like
        mol/m³.
    T : array_like
        K.
    """
    z, D, c = _mobile(z, D, c)
    return FARADAY**2 / (GAS_CONSTANT * temperature(T)) * np.tensordot(z**2 * D, c, axes=1)


def transference_numbers(z: ArrayLike, D: ArrayLike, c: ArrayLike) -> np.ndarray:
    """Share of each ion in the conductivity, ``z² D c / sum z² D c`` (n, ...); arguments as in :func:`conductivity`."""
    z, D, c = _mobile(z, D, c)
    parts = along_ions(z**2 * D, c) * c
    return parts / parts.sum(axis=0)


def nernst_hartley(z_cation: ArrayLike, z_anion: ArrayLike, D_cation: ArrayLike, D_anion: ArrayLike) -> np.ndarray:
    """Diffusivity of a binary salt, ``D = (z+ - z-) D+ D- / (z+ D+ - z- D-)`` [m²/s].

    Nernst, Z. Phys. Chem. 2 (1888) 613; Hartley, Phil. Mag. 12 (1931) 473.

    Parameters
    ----------
    z_cation, z_anion : array_like
        Charge numbers with sign.
    D_cation, D_anion : array_like
        m²/s, > 0.
    """
    z_plus, z_minus = salt_charges(z_cation, z_anion)
    plus, minus = positive("D_cation", D_cation), positive("D_anion", D_anion)
    return (z_plus - z_minus) * plus * minus / (z_plus * plus - z_minus * minus)


def cation_transference(z_cation: ArrayLike, z_anion: ArrayLike, D_cation: ArrayLike, D_anion: ArrayLike) -> np.ndarray:
    """Transference number of the cation of a binary salt, ``z+ D+ / (z+ D+ - z- D-)`` [-]."""
    z_plus, z_minus = salt_charges(z_cation, z_anion)
    plus, minus = positive("D_cation", D_cation), positive("D_anion", D_anion)
    return z_plus * plus / (z_plus * plus - z_minus * minus)


def nernst_hartley_matrix(z: ArrayLike, D: ArrayLike, c: ArrayLike) -> np.ndarray:
    """Diffusion matrix of the first n - 1 ions at zero current, the last ion eliminated by electroneutrality [m²/s].

    ``J_i = -sum_j D_ij grad c_j`` with ``D_ij = D_i delta_ij - (t_i/z_i) z_j (D_j - D_n)``
    (Miller, J. Phys. Chem. 71 (1967) 616, in the limit of infinite dilution).

    Parameters
    ----------
    z, D : (n,) array_like
        Charge numbers (the last one not zero), diffusivities in m²/s.
    c : (n,) array_like
        mol/m³, electroneutral.

    Returns
    -------
    (n - 1, n - 1) ndarray
    """
    z, D, c = _mobile(z, D, c)
    if c.ndim != 1 or z.size < 2:
        raise InputError("needs one concentration for each of at least two ions", key="c")
    if z[-1] == 0:
        raise InputError("the last species is eliminated by electroneutrality and must be charged", key="charge")
    # t_i/z_i written without the division, so that neutral species are allowed
    share = z * D * c / ((z**2 * D) @ c)
    return np.diag(D[:-1]) - np.outer(share[:-1], z[:-1] * (D[:-1] - D[-1]))


def limiting_molar_conductivity(z: ArrayLike, D: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Molar conductivity of ions at infinite dilution, ``z² F² D / RT`` [S m²/mol] (Nernst-Einstein)."""
    return np.asarray(z, dtype=float) ** 2 * FARADAY**2 * positive("D", D) / (GAS_CONSTANT * temperature(T))


def ionic_diffusivity(z: ArrayLike, molar_conductivity: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Diffusivity from the limiting molar conductivity of an ion [S m²/mol], ``RT lambda/(z² F²)`` [m²/s]."""
    z = np.asarray(z, dtype=float)
    if np.any(z == 0):
        raise InputError("a neutral species has no conductivity", key="z")
    return GAS_CONSTANT * temperature(T) * positive("molar_conductivity", molar_conductivity) / (z * FARADAY) ** 2
