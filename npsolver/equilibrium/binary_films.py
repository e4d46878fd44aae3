"""Steady films of a binary salt with one ion blocked: limiting currents, profiles and current-voltage curves.

Cation-selective contact (electrode or ideal membrane) at x = 0, reservoir at x = L, anion blocked.  For an
anion-selective contact exchange the roles of the ions and reverse the current.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import FARADAY, thermal_voltage
from ._checks import finite, fraction, positive, salt_charges, temperature


def limiting_current(
    z_cation: ArrayLike, z_anion: ArrayLike, D_cation: ArrayLike, c_cation: ArrayLike, thickness: ArrayLike
) -> np.ndarray:
    """Current density at which the cation is used up at the contact, ``z+ F D+ (1 - z+/z-) c+ / L`` [A/m²].

    The factor ``1 - z+/z- = 1/(1 - t+) · D_s/D+`` is the migration enhancement, 2 for a z:z salt (Levich,
    Physicochemical Hydrodynamics, 1962; Newman & Thomas-Alyea, Electrochemical Systems, 3rd ed., ch. 11).  A galvanic
    cell of width L with mean concentration c carries twice that.

    Parameters
    ----------
    z_cation, z_anion : array_like
        Charge numbers with sign.
    D_cation : array_like
        m²/s; the diffusivity of the blocked anion does not enter.
    c_cation : array_like
        In the reservoir, mol/m³.
    thickness : array_like
        m.
    """
    z_plus, z_minus = salt_charges(z_cation, z_anion)
    rate = positive("D_cation", D_cation) * positive("c_cation", c_cation) / positive("thickness", thickness)
    return z_plus * FARADAY * rate * (1 - z_plus / z_minus)


def migration_enhancement(supporting_ratio: ArrayLike) -> np.ndarray:
    """Limiting current over its diffusion part with a supporting cation, ``2 / (1 + sqrt r)`` [-].

    All ions univalent, r = concentration of the supporting cation over that of the common anion, 0 to 1
    (Newman & Thomas-Alyea, 3rd ed., ch. 19).
    """
    return 2 / (1 + np.sqrt(fraction("supporting_ratio", supporting_ratio)))


class BinaryFilm(NamedTuple):
    """Steady binary film under current.

    Attributes
    ----------
    surface_ratio : ndarray
        Concentration at the contact (x = 0) over that of the reservoir.
    potential_difference : ndarray
        Electrolyte at the contact minus reservoir, V.
    """

    surface_ratio: np.ndarray
    potential_difference: np.ndarray


def stagnant_film(current_ratio: ArrayLike, z_anion: ArrayLike, T: ArrayLike) -> BinaryFilm:
    """Concentration and potential across a stagnant film at the fraction I/I_lim of its limiting current.

    ``c(0)/c0 = 1 - I/I_lim``; the blocked anion is in equilibrium, ``phi(0) - phi(L) = -RT/(z- F) ln(c(0)/c0)``.

    Parameters
    ----------
    current_ratio : array_like
        I/I_lim < 1; negative when the contact releases cations.
    z_anion : array_like
        Charge number of the blocked ion, with sign.
    T : array_like
        K.
    """
    surface = 1 - finite("current_ratio", current_ratio)
    if np.any(surface <= 0):
        raise InputError("must stay below 1: at the limiting current the contact is empty", key="current_ratio")
    _, z_minus = salt_charges(1, z_anion)
    return BinaryFilm(surface, -thermal_voltage(temperature(T)) / z_minus * np.log(surface))


def film_concentration(current_ratio: ArrayLike, x_over_L: ArrayLike) -> np.ndarray:
    """Concentration over that of the reservoir in the stagnant film, ``1 - (I/I_lim)(1 - x/L)``: linear [-]."""
    return 1 - finite("current_ratio", current_ratio) * (1 - fraction("x_over_L", x_over_L))


def galvanic_film(
    current_ratio: ArrayLike, z_cation: ArrayLike, z_anion: ArrayLike, T: ArrayLike
) -> tuple[np.ndarray, ...]:
    """Cell with a cation source at x = L and a sink at x = 0, mean concentration fixed.

    Parameters
    ----------
    current_ratio : array_like
        |I|/I_lim, between -1 and 1.
    z_cation, z_anion, T
        Charge numbers with sign, K.

    Returns
    -------
    left_ratio, right_ratio : ndarray
        Concentrations at the faces over the mean, ``1 -+ I/I_lim``.
    solution_difference : ndarray
        phi(L) - phi(0) in the solution, V.
    cell_voltage : ndarray
        With reversible electrodes of the cation's metal at both ends, V.
    """
    ratio = finite("current_ratio", current_ratio)
    if np.any(np.abs(ratio) >= 1):
        raise InputError("must stay within (-1, 1)", key="current_ratio")
    z_plus, z_minus = salt_charges(z_cation, z_anion)
    voltage, logarithm = thermal_voltage(temperature(T)), np.log((1 + ratio) / (1 - ratio))
    solution = -voltage / z_minus * logarithm
    return 1 - ratio, 1 + ratio, solution, solution + voltage / z_plus * logarithm


def selective_membrane_current(
    voltage: ArrayLike, membrane_ratio: ArrayLike, T: ArrayLike, z_cation: ArrayLike = 1, z_anion: ArrayLike = -1
) -> np.ndarray:
    """Current over the limiting current of a film at an ideal cation-exchange membrane, below limiting [-].

    Zero space charge in the film; the membrane holds cations at the fixed concentration ``p c0``:
    ``I/I_lim = 1 - (p e^(-z+ F V/RT))^(1/(1 - z+/z-))``, for 1:1 ``1 - sqrt(p) exp(-F V/2RT)``
    (Rubinstein & Shtilman, J. Chem. Soc. Faraday Trans. 2 75 (1979) 231).

    Parameters
    ----------
    voltage : array_like
        Reservoir minus membrane, V.
    membrane_ratio : array_like
        p, cations in the membrane over those in the reservoir, > 0.
    T : array_like
        K.
    """
    z_plus, z_minus = salt_charges(z_cation, z_anion)
    v = finite("voltage", voltage) / thermal_voltage(temperature(T))
    return -np.expm1((np.log(positive("membrane_ratio", membrane_ratio)) - z_plus * v) / (1 - z_plus / z_minus))


def selective_membrane_voltage(
    current_ratio: ArrayLike, membrane_ratio: ArrayLike, T: ArrayLike, z_cation: ArrayLike = 1, z_anion: ArrayLike = -1
) -> np.ndarray:
    """Voltage (reservoir minus membrane) at a given I/I_lim < 1 [V]; inverse of :func:`selective_membrane_current`."""
    z_plus, z_minus = salt_charges(z_cation, z_anion)
    surface = 1 - finite("current_ratio", current_ratio)
    if np.any(surface <= 0):
        raise InputError("must stay below 1", key="current_ratio")
    logarithm = np.log(positive("membrane_ratio", membrane_ratio)) - (1 - z_plus / z_minus) * np.log(surface)
    return thermal_voltage(temperature(T)) / z_plus * logarithm
