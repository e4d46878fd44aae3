"""Conductance of pores and steady currents of small electrodes whose lines of force spread out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ._checks import finite, positive


def access_resistance(conductivity: ArrayLike, radius: ArrayLike) -> np.ndarray:
    """Resistance from one mouth of a circular pore to infinity, ``1/(4 kappa a)`` [ohm].

    J. E. Hall, J. Gen. Physiol. 66 (1975) 531, eq. 7.
    """
    return 1.0 / (4.0 * positive("conductivity", conductivity) * positive("radius", radius))


def pore_conductance(conductivity: ArrayLike, radius: ArrayLike, length: ArrayLike) -> np.ndarray:
    """Conductance of an uncharged cylindrical pore and its two mouths, ``kappa / (L/(pi a²) + 1/(2 a))`` [S].

    B. Hille, J. Gen. Physiol. 51 (1968) 199; J. E. Hall, J. Gen. Physiol. 66 (1975) 531.

    Parameters
    ----------
    conductivity : array_like
        S/m.
    radius, length : array_like
        m.
    """
    a, length = positive("radius", radius), positive("length", length)
    return positive("conductivity", conductivity) / (length / (np.pi * a**2) + 1.0 / (2.0 * a))


def surface_conductance(
    surface_charge: ArrayLike,
    diffusivity: ArrayLike,
    thermal_voltage: ArrayLike,
    perimeter: ArrayLike,
    length: ArrayLike,
) -> np.ndarray:
    """Conductance of the counter-ions that balance a charged wall, ``|sigma| D/V_T P/L`` [S].

    What is left of the conductance of a channel whose double layers overlap at low salt: D. Stein, M. Kruithof and
    C. Dekker, Phys. Rev. Lett. 93 (2004) 035901, without electro-osmosis.

    Parameters
    ----------
    surface_charge : array_like
        C/m².
    diffusivity : array_like
        Of the counter-ion, m²/s.
    thermal_voltage : array_like
        RT/F, V.
    perimeter, length : array_like
        Length of the charged line in a cross-section (for a slit per metre of depth), and of the channel, m.
    """
    mobility = positive("diffusivity", diffusivity) / positive("thermal_voltage", thermal_voltage)
    shape = positive("perimeter", perimeter) / positive("length", length)
    return np.abs(finite("surface_charge", surface_charge)) * mobility * shape


def band_array_flow(c: ArrayLike, D: ArrayLike, width: ArrayLike, pitch: ArrayLike) -> np.ndarray:
    """Steady flow between interdigitated bands, ``D c K(k')/(2 K(k))``, k = cos(pi w/(2 p)) [mol/(m s)].

    Per metre of the bands and for half a band: from the middle of a generator (species made at concentration c) to
    the middle of its neighbour, a collector (concentration 0), through a half-space above insulating gaps. The strip
    is mapped onto a rectangle by sn(u, k): K. Aoki, M. Morita, O. Niwa, H. Tabei, J. Electroanal. Chem. 256 (1988) 269.

    Parameters
    ----------
    c : array_like
        mol/m³.
    D : array_like
        m²/s.
    width, pitch : array_like
        Width of a band, and distance between the middles of neighbours, m.
    """
    from scipy.special import ellipk, ellipkm1

    c, D, width, pitch = positive("c", c), positive("D", D), positive("width", width), positive("pitch", pitch)
    if np.any(width >= pitch):
        raise InputError("expected bands narrower than their distance", key="width")
    k2 = np.cos(np.pi * width / (2 * pitch)) ** 2
    return D * c * ellipkm1(k2) / (2 * ellipk(k2))
