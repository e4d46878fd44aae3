"""Conductance of pores and steady currents of small electrodes whose lines of force spread out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import thermal_voltage
from ._checks import finite, positive, temperature


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


def rectangular_pore_potential(
    surface_charge: ArrayLike,
    debye_length: ArrayLike,
    permittivity: ArrayLike,
    half_width: ArrayLike,
    half_height: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
) -> np.ndarray:
    """Potential in a long rectangular pore with weakly charged walls against its bath [V].

    ``sigma lambda/eps [cosh(x/lambda)/sinh(a/lambda) + cosh(y/lambda)/sinh(b/lambda)]``, the sum of the overlapping layers
    of both pairs of walls in the linear theory (P. Debye and E. Hückel, Phys. Z. 24 (1923) 185).

    Parameters
    ----------
    surface_charge : array_like
        C/m²; small against eps RT/(F lambda).
    debye_length : array_like
        m.
    permittivity : array_like
        F/m.
    half_width, half_height : array_like
        From the axis to the walls, m.
    x, y : array_like
        Position from the axis, m.
    """
    length = positive("debye_length", debye_length)
    scale = finite("surface_charge", surface_charge) * length / positive("permittivity", permittivity)
    result = 0.0
    for wall, position in ((positive("half_width", half_width), x), (positive("half_height", half_height), y)):
        position = np.abs(finite("position", position))
        if np.any(position > wall * (1.0 + 1e-9)):
            raise InputError("expected a position inside the pore", key="x, y")
        # cosh(s)/sinh(t) without overflow
        s, t = position / length, wall / length
        result = result + np.exp(s - t) * (1.0 + np.exp(-2.0 * s)) / -np.expm1(-2.0 * t)
    return scale * result


# Capacitance of a square plate over 4 pi eps times its side: F. H. Read, J. Comput. Phys. 133 (1997) 1.
SQUARE_PLATE = 0.36679


def square_electrode_flow(c: ArrayLike, D: ArrayLike, side: ArrayLike) -> np.ndarray:
    """Steady flow to a square electrode in an insulating plane at which the species vanishes, ``2.3046 D c s`` [mol/s].

    Half of what a free plate would take up, 4 pi D c s times its reduced capacitance 0.36679 (F. H. Read, J. Comput. Phys.
    133 (1997) 1).

    Parameters
    ----------
    c : array_like
        mol/m³, far away.
    D : array_like
        m²/s.
    side : array_like
        m.
    """
    return 2.0 * np.pi * SQUARE_PLATE * positive("D", D) * positive("c", c) * positive("side", side)


def strip_membrane_flow(
    c: ArrayLike, D: ArrayLike, width: ArrayLike, pitch: ArrayLike, layer: ArrayLike, voltage: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Steady flow of the counter-ion to ideally selective strips below a layer of a 1:1 salt, per strip [mol/(m s)].

    ``2 D c (1 - exp(-F V/2RT)) / (h/p + ln(1/sin(pi w/2p))/pi)``: in front of the strips the co-ion is in equilibrium, the
    salt falls to c exp(-F V/2RT) and obeys Laplace's equation; a conformal map gives the constriction (I. Rubinstein,
    B. Zaltzman and T. Pundik, Phys. Rev. E 65 (2002) 041507). The same solution is taken on the other side of the strips,
    neither double layers nor the resistance of the strips count.

    Parameters
    ----------
    c : array_like
        Concentration of the salt beyond the layer, mol/m³.
    D : array_like
        Diffusivity of the counter-ion, m²/s.
    width, pitch : array_like
        Width of a strip, and distance between the middles of neighbours, m.
    layer : array_like
        Thickness of the layer, at least about the pitch, m.
    voltage : array_like
        Total voltage that drives the counter-ion through, V.
    T : array_like
        K.
    """
    width, pitch = positive("width", width), positive("pitch", pitch)
    if np.any(width > pitch):
        raise InputError("expected strips at most as wide as their distance", key="width")
    thickness = positive("layer", layer) / pitch - np.log(np.sin(np.pi * width / (2 * pitch))) / np.pi
    part = -np.expm1(-finite("voltage", voltage) / (2.0 * thermal_voltage(temperature(T))))
    return 2.0 * positive("D", D) * positive("c", c) * part / thickness
