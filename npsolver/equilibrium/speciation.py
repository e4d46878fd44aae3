"""Acids and buffers: which species are there, and how fast a buffer carries its proton."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ._checks import finite, non_negative, positive


def acid_fractions(pH: ArrayLike, pK: ArrayLike) -> np.ndarray:
    """Fractions of the forms of a polyprotic acid, most protonated first, (n + 1, ...) [-].

    ``f_k ∝ 10^(k pH - pK_1 - ... - pK_k)``.

    Parameters
    ----------
    pH : array_like
    pK : (n,) array_like
        Successive dissociation constants, as pK.
    """
    pH, pK = finite("pH", pH), np.atleast_1d(finite("pK", pK))
    steps = np.concatenate([[0.0], np.cumsum(pK)])
    k = np.arange(steps.size).reshape((-1,) + (1,) * pH.ndim)
    exponent = (k * pH - steps.reshape(k.shape)) * np.log(10)
    weights = np.exp(exponent - exponent.max(axis=0))
    return weights / weights.sum(axis=0)


def dissociated(c_total: ArrayLike, K: ArrayLike) -> np.ndarray:
    """Concentration of anions of a weak acid in pure water, ``a²/(c - a) = K`` (Ostwald 1888) [unit of c].

    Parameters
    ----------
    c_total, K : array_like
        Analytical concentration >= 0 and dissociation constant > 0, in one unit.
    """
    c, K = non_negative("c_total", c_total), positive("K", K)
    # the root without cancellation for strong acids
    return 2 * c / (1 + np.sqrt(1 + 4 * c / K))


def weak_acid_diffusivity(c_total: ArrayLike, K: ArrayLike, D_molecule: ArrayLike, D_ions: ArrayLike) -> np.ndarray:
    """Local diffusivity of a weak acid, ``D_HA (1 - s) + D_± s``, ``s = d[A-]/dc = K/(2[A-] + K)`` [m²/s].

    Molecule and ion pair in local equilibrium; D_± is the Nernst-Hartley diffusivity of the ions.
    """
    share = positive("K", K) / (2 * dissociated(c_total, K) + K)
    return positive("D_molecule", D_molecule) * (1 - share) + positive("D_ions", D_ions) * share


def buffer_slope(c_proton: ArrayLike, c_buffer: ArrayLike, K: ArrayLike) -> np.ndarray:
    """Protons bound per free proton added, ``d[HB]/d[H+] = c_B K/(K + [H+])²`` [-]; all in one unit."""
    h, K = positive("c_proton", c_proton), positive("K", K)
    return non_negative("c_buffer", c_buffer) * K / (K + h) ** 2


def buffered_diffusivity(D_free: ArrayLike, slopes: ArrayLike, D_buffers: ArrayLike) -> np.ndarray:
    """Effective diffusivity of a buffered ion, ``(D + sum D_B beta_B)/(1 + sum beta_B)`` [m²/s].

    Fast local binding, small gradients (Junge & McLaughlin, Biochim. Biophys. Acta 890 (1987) 1, for protons; Wagner &
    Keizer, Biophys. J. 67 (1994) 447, for Ca2+).

    Parameters
    ----------
    D_free : array_like
        Of the free ion, m²/s.
    slopes, D_buffers : (n, ...) array_like
        Binding slopes (:func:`buffer_slope`) and diffusivities of the buffers; 0 for immobile ones.
    """
    slopes, mobile = non_negative("slopes", slopes), non_negative("D_buffers", D_buffers)
    if slopes.shape[:1] != mobile.shape[:1] or slopes.ndim == 0:
        raise InputError("needs one slope and one diffusivity per buffer along the first axis", key="slopes")
    if mobile.ndim < slopes.ndim:
        mobile = mobile.reshape(mobile.shape + (1,) * (slopes.ndim - mobile.ndim))
    return (positive("D_free", D_free) + (mobile * slopes).sum(axis=0)) / (1 + slopes.sum(axis=0))
