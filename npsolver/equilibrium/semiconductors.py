"""Fermi level, flat-band potential and Mott-Schottky layer of a doped semiconductor electrode.

Number densities in 1/m³, energies in eV, potentials in V against the standard hydrogen electrode.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from ._checks import finite, non_negative, positive, temperature
from ._roots import find_root, widen
from .electrodes import HYDROGEN_ELECTRODE_LEVEL


def fermi_dirac_half(eta: ArrayLike) -> np.ndarray:
    """Fermi-Dirac integral ``F_1/2 = (2/sqrt pi) ∫ sqrt(t)/(1 + exp(t - eta)) dt`` [-], tends to exp(eta) at low eta.

    With t = u² the integrand is even and analytic, so the trapezoidal rule converges exponentially
    (Blakemore, Solid-State Electron. 25 (1982) 1067 for the notation).
    """
    eta = finite("eta", eta)
    step = 0.02
    end = np.sqrt(max(float(np.max(eta, initial=0.0)), 0.0) + 80.0)
    u = np.arange(1, np.ceil(end / step) + 1) * step
    x = u**2 - eta[..., None]
    decay = np.exp(-np.abs(x))
    occupation = np.where(x > 0, decay, 1.0) / (1 + decay)
    return 4 * step / np.sqrt(np.pi) * (u**2 * occupation).sum(axis=-1)


def intrinsic_density(N_c: ArrayLike, N_v: ArrayLike, gap: ArrayLike, T: ArrayLike) -> np.ndarray:
    """``sqrt(N_c N_v) exp(-E_g/2kT)`` [1/m³]; effective densities of states in 1/m³, gap in eV."""
    exponent = positive("gap", gap) / (2 * thermal_voltage(temperature(T)))
    return np.sqrt(positive("N_c", N_c) * positive("N_v", N_v)) * np.exp(-exponent)


def semiconductor_fermi_level(
    N_c: ArrayLike,
    N_v: ArrayLike,
    gap: ArrayLike,
    T: ArrayLike,
    donors: ArrayLike = 0.0,
    acceptors: ArrayLike = 0.0,
    *,
    statistics: str = "fermi-dirac",
) -> np.ndarray:
    """Fermi level relative to the conduction band edge, E_F - E_c [eV], dopants fully ionised.

    ``n - p = N_D - N_A`` with ``n = N_c F_1/2(eta)``, ``p = N_v F_1/2(-eta - E_g/kT)``, or exponentials for
    ``statistics="boltzmann"`` (Sze & Ng, Physics of Semiconductor Devices, 3rd ed., sec. 1.4).

    Parameters
    ----------
    N_c, N_v : array_like
        Effective densities of states, 1/m³.
    gap : array_like
        eV.
    T : array_like
        K.
    donors, acceptors : array_like
        1/m³, >= 0.
    statistics : {"fermi-dirac", "boltzmann"}
    """
    if statistics not in ("fermi-dirac", "boltzmann"):
        raise InputError(f"must be 'fermi-dirac' or 'boltzmann', found {statistics!r}", key="statistics")
    kT = thermal_voltage(temperature(T))
    N_c, N_v, gap = positive("N_c", N_c), positive("N_v", N_v), positive("gap", gap) / kT
    doping = non_negative("donors", donors) - non_negative("acceptors", acceptors)
    n_i = np.sqrt(N_c * N_v) * np.exp(-gap / 2)
    # charge neutrality with Boltzmann carriers is n - p = 2 n_i sinh(eta - eta_i)
    eta = np.log(n_i / N_c) + np.arcsinh(doping / (2 * n_i))
    if statistics == "boltzmann":
        return kT * eta

    def charge(eta):
        n, p = N_c * fermi_dirac_half(eta), N_v * fermi_dirac_half(-eta - gap)
        return (n - p - doping) / (n + p + np.abs(doping))

    low, high = widen(
        charge, eta - 1.0, eta + 1.0, limit=1e4, reason="semiconductor_fermi_level: no neutral state found"
    )
    return kT * find_root(charge, low, high)


def flat_band_potential(affinity: ArrayLike, level: ArrayLike) -> np.ndarray:
    """Flat-band potential, ``chi - (E_F - E_c) - 4.44`` [V vs SHE], no surface dipole.

    Parameters
    ----------
    affinity : array_like
        Electron affinity chi, eV.
    level : array_like
        E_F - E_c, eV (:func:`semiconductor_fermi_level`).
    """
    return finite("affinity", affinity) - finite("level", level) - HYDROGEN_ELECTRODE_LEVEL


def depletion_width(
    bending: ArrayLike, doping: ArrayLike, relative_permittivity: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Width of the depletion layer, ``sqrt(2 eps (|V_bend| - kT/e)/(e N))`` [m].

    Schottky, Z. Phys. 113 (1939) 367; the kT/e accounts for the tail of the majority carriers.

    Parameters
    ----------
    bending : array_like
        Band bending in the depleting direction, V, larger than kT/e in magnitude.
    doping : array_like
        Net dopants, 1/m³.
    relative_permittivity, T : array_like
    """
    rest = np.abs(finite("bending", bending)) - thermal_voltage(temperature(T))
    if np.any(rest <= 0):
        raise InputError("must exceed kT/e: there is no depletion layer below", key="bending")
    permittivity = positive("relative_permittivity", relative_permittivity) * VACUUM_PERMITTIVITY
    return np.sqrt(2 * permittivity * rest / (ELEMENTARY_CHARGE * positive("doping", doping)))


def mott_schottky(bending: ArrayLike, doping: ArrayLike, relative_permittivity: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Inverse square of the depletion capacitance, ``2 (|V_bend| - kT/e)/(e eps N)`` [m⁴/F²]; linear in the potential.

    Arguments as in :func:`depletion_width`.
    """
    permittivity = positive("relative_permittivity", relative_permittivity) * VACUUM_PERMITTIVITY
    return (depletion_width(bending, doping, relative_permittivity, T) / permittivity) ** 2


def depletion_charge(
    bending: ArrayLike, doping: ArrayLike, relative_permittivity: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Magnitude of the space charge, ``e N W`` [C/m²]; the exact layer is
    :func:`~npsolver.equilibrium.double_layer.grahame_charge` with the dopants as fixed charge."""
    return ELEMENTARY_CHARGE * np.asarray(doping) * depletion_width(bending, doping, relative_permittivity, T)
