"""Microelectrodes and reversible cyclic voltammetry."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..units import FARADAY, GAS_CONSTANT, thermal_voltage
from ._checks import charge_number, finite, positive, temperature

RANDLES_SEVCIK_PEAK = 0.446294694844991  # maximum of -Li_{-1/2}(-e^y)
RANDLES_SEVCIK_PEAK_POSITION = 1.1089492334  # y at that maximum: 28.49 mV/n beyond E_1/2 at 298.15 K


def microdisc_current(n: ArrayLike, c: ArrayLike, D: ArrayLike, radius: ArrayLike) -> np.ndarray:
    """Steady limiting current of an inlaid disc, ``4 n F D c a`` [A] (Saito, Rev. Polarogr. 15 (1968) 177).

    Parameters
    ----------
    n, c, D
        As in :func:`~npsolver.equilibrium.diffusion.cottrell_current`.
    radius : array_like
        m.
    """
    return 4 * charge_number("n", n) * FARADAY * positive("D", D) * positive("c", c) * positive("radius", radius)


def shoup_szabo_current(n: ArrayLike, c: ArrayLike, D: ArrayLike, radius: ArrayLike, t: ArrayLike) -> np.ndarray:
    """Chronoamperometric current of an inlaid disc [A], within 0.6 % at all times.

    ``4nFDca f``, ``f = 0.7854 + 0.8862 s + 0.2146 exp(-0.7823 s)``, ``s = a / (2 sqrt(D t))``
    (Shoup & Szabo, J. Electroanal. Chem. 140 (1982) 237; Bard & Faulkner, 2nd ed., eq. 5.3.11).
    """
    s = positive("radius", radius) / (2 * np.sqrt(positive("D", D) * positive("t", t)))
    shape = 0.7854 + 0.8862 * s + 0.2146 * np.exp(-0.7823 * s)
    return microdisc_current(n, c, D, radius) * shape


def reversible_current_function(y: ArrayLike) -> np.ndarray:
    """``sqrt(pi) chi = -Li_{-1/2}(-e^y)`` of a reversible wave [-], ``y = nF (E_1/2 - E)/RT`` for a reduction.

    Nicholson & Shain, Anal. Chem. 36 (1964) 706, summed in closed form: the derivative of a Fermi-Dirac integral,
    ``(1/sqrt pi) ∫ du / (4 cosh²((u² - y)/2))`` over the real line, on which the trapezoidal rule converges
    exponentially.
    """
    y = finite("y", y)
    step = 0.02
    end = np.sqrt(max(float(np.max(y, initial=0.0)), 0.0) + 80.0)
    u = np.arange(-np.ceil(end / step), np.ceil(end / step) + 1) * step
    argument = np.abs(u**2 - y[..., None])
    decay = np.exp(-argument)
    return step / np.sqrt(np.pi) * (decay / (1 + decay) ** 2).sum(axis=-1)


def reversible_voltammogram(
    overpotential: ArrayLike, n: ArrayLike, c: ArrayLike, D: ArrayLike, scan_rate: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Reduction current density of a reversible linear sweep, O only in the bulk, equal diffusivities [A/m²].

    ``n F c sqrt(D n F v/RT) [-Li_{-1/2}(-e^y)]``.

    Parameters
    ----------
    overpotential : array_like
        E - E_1/2, V, swept from far positive.
    n, c, D
        As in :func:`~npsolver.equilibrium.diffusion.cottrell_current`.
    scan_rate : array_like
        V/s, > 0.
    T : array_like
        K.
    """
    y = -charge_number("n", n) * finite("overpotential", overpotential) / thermal_voltage(temperature(T))
    return _sweep_scale(n, c, D, scan_rate, T) * reversible_current_function(y)


def randles_sevcik_peak(n: ArrayLike, c: ArrayLike, D: ArrayLike, scan_rate: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Peak current density, ``0.4463 n F c sqrt(n F v D/RT)`` [A/m²].

    Randles, Trans. Faraday Soc. 44 (1948) 327; Ševčík, Collect. Czech. Chem. Commun. 13 (1948) 349; Bard & Faulkner,
    2nd ed., eq. 6.2.18.
    """
    return RANDLES_SEVCIK_PEAK * _sweep_scale(n, c, D, scan_rate, T)


def _sweep_scale(n, c, D, scan_rate, T):
    n = positive("n", n)
    rate = n * FARADAY * positive("scan_rate", scan_rate) / (GAS_CONSTANT * temperature(T))
    return n * FARADAY * positive("c", c) * np.sqrt(positive("D", D) * rate)
