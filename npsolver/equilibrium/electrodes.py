"""Electrode in a redox solution: Nernst, Butler-Volmer with detailed balance, overpotentials, Fermi levels.

Anodic (oxidation) currents are positive; potentials are against the standard hydrogen electrode.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import FARADAY, thermal_voltage
from ._checks import charge_number, finite, fraction, non_negative, positive, temperature

HYDROGEN_ELECTRODE_LEVEL = 4.44  # V below vacuum at 298.15 K, Trasatti, Pure Appl. Chem. 58 (1986) 955


def electrode_potential(E0: ArrayLike, n: ArrayLike, a_ox: ArrayLike, a_red: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Equilibrium potential of an electrode, ``E0 + RT/(nF) ln(a_Ox/a_Red)`` [V].

    Parameters
    ----------
    E0 : array_like
        Standard (or formal) potential, V.
    n : array_like
        Electrons, > 0.
    a_ox, a_red : array_like
        Activities, > 0.
    T : array_like
        K.
    """
    ratio = np.log(positive("a_ox", a_ox)) - np.log(positive("a_red", a_red))
    return finite("E0", E0) + thermal_voltage(temperature(T)) / positive("n", n) * ratio


def exchange_current(
    k0: ArrayLike, n: ArrayLike, c_ox: ArrayLike, c_red: ArrayLike, alpha: ArrayLike = 0.5
) -> np.ndarray:
    """Exchange current density, ``n F k0 c_Ox^(1-alpha) c_Red^alpha`` [A/m²], > 0 (Bard & Faulkner, 2nd ed., eq.
    3.4.6).

    Parameters
    ----------
    k0 : array_like
        Standard rate constant, m/s, > 0.
    n : array_like
        Electrons, > 0.
    c_ox, c_red : array_like
        At the surface, mol/m³, > 0.
    alpha : array_like
        Cathodic transfer coefficient, 0 to 1.
    """
    a = fraction("alpha", alpha)
    powers = positive("c_ox", c_ox) ** (1 - a) * positive("c_red", c_red) ** a
    return positive("n", n) * FARADAY * positive("k0", k0) * powers


class RedoxCurrent(NamedTuple):
    """Partial currents at an electrode.

    Attributes
    ----------
    anodic, cathodic : ndarray
        A/m², both >= 0.
    net : ndarray
        anodic - cathodic.
    """

    anodic: np.ndarray
    cathodic: np.ndarray
    net: np.ndarray


def redox_current(
    E: ArrayLike,
    E0: ArrayLike,
    k0: ArrayLike,
    n: ArrayLike,
    c_ox: ArrayLike,
    c_red: ArrayLike,
    T: ArrayLike,
    alpha: ArrayLike = 0.5,
) -> RedoxCurrent:
    """Partial currents that obey detailed balance: both equal the exchange current where E is the Nernst potential.

    ``nFk0 c_Red exp((1 - alpha) nF (E - E0)/RT)`` and ``nFk0 c_Ox exp(-alpha nF (E - E0)/RT)``
    (Butler 1924, Erdey-Grúz & Volmer 1930; Bard & Faulkner, 2nd ed., eq. 3.3.11).  Arguments as in
    :func:`exchange_current`; E, E0 in V.
    """
    a, n = fraction("alpha", alpha), positive("n", n)
    x = n * (finite("E", E) - finite("E0", E0)) / thermal_voltage(temperature(T))
    unit = n * FARADAY * positive("k0", k0)
    anodic = unit * non_negative("c_red", c_red) * np.exp((1 - a) * x)
    cathodic = unit * non_negative("c_ox", c_ox) * np.exp(-a * x)
    return RedoxCurrent(anodic, cathodic, anodic - cathodic)


def butler_volmer(
    eta: ArrayLike,
    j0: ArrayLike,
    T: ArrayLike,
    alpha_anodic: ArrayLike = 0.5,
    alpha_cathodic: ArrayLike = 0.5,
    *,
    anodic_limit: ArrayLike | None = None,
    cathodic_limit: ArrayLike | None = None,
) -> np.ndarray:
    """Current density at the overpotential `eta` [A/m²], with mass transport if its limits are given.

    ``j = j0 [(1 - j/j_a) exp(alpha_a F eta/RT) - (1 + j/|j_c|) exp(-alpha_c F eta/RT)]``, solved for j
    (Bard & Faulkner, 2nd ed., eqs. 3.4.10 and 3.4.11).

    Parameters
    ----------
    eta : array_like
        Overpotential, V.
    j0 : array_like
        Exchange current density, A/m², > 0.
    T : array_like
        K.
    alpha_anodic, alpha_cathodic : array_like
        Transfer coefficients, >= 0; their sum is the number of electrons of the rate-determining step.
    anodic_limit, cathodic_limit : array_like, optional
        Magnitudes of the limiting currents, A/m², > 0.
    """
    f = 1 / thermal_voltage(temperature(T))
    eta, j0 = finite("eta", eta), positive("j0", j0)
    anodic = np.exp(non_negative("alpha_anodic", alpha_anodic) * f * eta)
    cathodic = np.exp(-non_negative("alpha_cathodic", alpha_cathodic) * f * eta)
    resistance = 1 / j0
    if anodic_limit is not None:
        resistance = resistance + anodic / positive("anodic_limit", anodic_limit)
    if cathodic_limit is not None:
        resistance = resistance + cathodic / positive("cathodic_limit", cathodic_limit)
    return (anodic - cathodic) / resistance


def overpotential(U: ArrayLike, current: ArrayLike, resistance: ArrayLike, equilibrium: ArrayLike) -> np.ndarray:
    """What is left of an applied potential for kinetics, ``eta = U - i R_u - E_eq`` [V].

    Parameters
    ----------
    U : array_like
        Electrode against reference, V.
    current, resistance : array_like
        Uncompensated resistance and current in matching units (A and ohm, or A/m² and ohm m²).
    equilibrium : array_like
        Nernst potential of the local activities, V.
    """
    drop = finite("current", current) * non_negative("resistance", resistance)
    return finite("U", U) - drop - finite("equilibrium", equilibrium)


def tafel_slope(alpha: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Volt per decade of current far from equilibrium, ``ln(10) RT/(alpha F)`` [V]."""
    return np.log(10) * thermal_voltage(temperature(T)) / positive("alpha", alpha)


def charge_transfer_resistance(
    j0: ArrayLike, T: ArrayLike, alpha_anodic: ArrayLike = 0.5, alpha_cathodic: ArrayLike = 0.5
) -> np.ndarray:
    """Slope of Butler-Volmer at equilibrium, ``RT/((alpha_a + alpha_c) F j0)`` [ohm m²]."""
    total = non_negative("alpha_anodic", alpha_anodic) + non_negative("alpha_cathodic", alpha_cathodic)
    return thermal_voltage(temperature(T)) / (positive("alpha", total) * positive("j0", j0))


def concentration_overpotential(current_ratio: ArrayLike, n: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Shift of the Nernst potential by depletion of the reacting species, ``RT/(nF) ln(1 - j/j_lim)`` [V] (j/j_lim <
    1).

    For the oxidised species (a reduction); take the opposite sign for the depletion of the reduced one.
    """
    surface = 1 - finite("current_ratio", current_ratio)
    if np.any(surface <= 0):
        raise InputError("must stay below 1: beyond the limiting current nothing is left to react", key="current_ratio")
    return thermal_voltage(temperature(T)) / charge_number("n", n) * np.log(surface)


def fermi_level(U: ArrayLike) -> np.ndarray:
    """Fermi level of an electrode at `U` against SHE, relative to vacuum, ``-(U + 4.44)`` [eV] (Trasatti 1986).

    In equilibrium the Fermi level of the electrode equals that of the redox couple, :func:`electrode_potential`.
    """
    return -(finite("U", U) + HYDROGEN_ELECTRODE_LEVEL)


def potential_of_fermi_level(level: ArrayLike) -> np.ndarray:
    """Electrode potential against SHE of a Fermi level relative to vacuum [eV], ``-level - 4.44`` [V]."""
    return -finite("level", level) - HYDROGEN_ELECTRODE_LEVEL


def doping_shift(N_before: ArrayLike, N_after: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Rise of the Fermi level of an n-type semiconductor with its donors, ``kT ln(N_D2/N_D1)`` [eV].

    Non-degenerate, fully ionised; for acceptors the level falls by the same amount.
    """
    ratio = np.log(positive("N_after", N_after)) - np.log(positive("N_before", N_before))
    return thermal_voltage(temperature(T)) * ratio


def compensating_redox_ratio(level_shift: ArrayLike, n: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Factor on a_Ox/a_Red that keeps the interfacial voltage when the Fermi level rises by `level_shift` [eV].

    ``exp(-n level_shift/kT)``: the redox level must rise as well, that is the electrode potential must fall.  For a
    change of donors it is ``(N_D1/N_D2)^n``.
    """
    return np.exp(-positive("n", n) * finite("level_shift", level_shift) / thermal_voltage(temperature(T)))
