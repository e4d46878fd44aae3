"""Transient diffusion in closed form: potential and current steps, slabs, spreading of a salt."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import FARADAY, thermal_voltage
from ._checks import charge_number, finite, fraction, non_negative, positive, salt_charges, temperature
from .salt_transport import cation_transference, nernst_hartley


def cottrell_current(n: ArrayLike, c: ArrayLike, D: ArrayLike, t: ArrayLike) -> np.ndarray:
    """Current density after a step to zero surface concentration, ``n F c sqrt(D/(pi t))`` [A/m²].

    Cottrell, Z. Phys. Chem. 42 (1903) 385; Bard & Faulkner, 2nd ed., eq. 5.2.11.

    Parameters
    ----------
    n : array_like
        Electrons (or charge) per molecule, not zero.
    c : array_like
        Bulk concentration, mol/m³.
    D : array_like
        m²/s.
    t : array_like
        s, > 0.
    """
    return charge_number("n", n) * FARADAY * positive("c", c) * np.sqrt(positive("D", D) / (np.pi * positive("t", t)))


def cottrell_charge(n: ArrayLike, c: ArrayLike, D: ArrayLike, t: ArrayLike) -> np.ndarray:
    """Charge passed, ``2 n F c sqrt(D t/pi)`` [C/m²] (Anson); arguments as in :func:`cottrell_current`, t = 0
    allowed."""
    root = np.sqrt(positive("D", D) * non_negative("t", t) / np.pi)
    return 2 * charge_number("n", n) * FARADAY * positive("c", c) * root


def cottrell_profile(x: ArrayLike, t: ArrayLike, D: ArrayLike) -> np.ndarray:
    """Concentration over bulk after the step, ``erf(x / 2 sqrt(D t))`` [-]; x in m, t in s, D in m²/s."""
    from scipy.special import erf

    return erf(non_negative("x", x) / (2 * np.sqrt(positive("D", D) * positive("t", t))))


def layer_current(
    n: ArrayLike, c: ArrayLike, D: ArrayLike, t: ArrayLike, thickness: ArrayLike, *, far_side: str = "closed"
) -> np.ndarray:
    """Current density after a step to zero surface concentration on a layer of finite thickness [A/m²].

    ``closed``: no flux at the far side (thin-layer cell), ``(2nFDc/L) sum exp(-(k + 1/2)² pi² D t/L²)``;
    ``reservoir``: fixed concentration there, ``(nFDc/L) [1 + 2 sum exp(-k² pi² D t/L²)]``
    (Crank, The Mathematics of Diffusion, 2nd ed., eqs. 4.18 and 4.24); early times by the image series.

    Parameters
    ----------
    n, c, D, t
        As in :func:`cottrell_current`.
    thickness : array_like
        m.
    far_side : {"closed", "reservoir"}
    """
    if far_side not in ("closed", "reservoir"):
        raise InputError(f"must be 'closed' or 'reservoir', found {far_side!r}", key="far_side")
    thickness = positive("thickness", thickness)
    tau = positive("D", D) * positive("t", t) / thickness**2
    k = np.arange(1, 9).reshape((8,) + (1,) * np.ndim(tau))
    sign = (-1.0) ** k if far_side == "closed" else np.ones_like(k)
    early = (1 + 2 * (sign * np.exp(-(k**2) / tau)).sum(axis=0)) / np.sqrt(np.pi * tau)
    if far_side == "closed":
        late = 2 * np.exp(-((k - 0.5) ** 2) * np.pi**2 * tau).sum(axis=0)
    else:
        late = 1 + 2 * np.exp(-(k**2) * np.pi**2 * tau).sum(axis=0)
    scale = charge_number("n", n) * FARADAY * D * positive("c", c) / thickness
    return scale * np.where(tau < 1 / np.pi, early, late)


def slab_uptake(D: ArrayLike, t: ArrayLike, half_thickness: ArrayLike, exchange: ArrayLike | None = None) -> np.ndarray:
    """Mean uptake of a plane sheet -L..L after a step of its surroundings, 0 to 1 [-].

    Fixed surface value: ``1 - sum 2/q² exp(-q² D t/L²)``, ``q = (k + 1/2) pi`` (Crank, 2nd ed., eq. 4.18).
    Surface exchange ``D c' = k (c1 - c)``: ``1 - sum 2 H² exp(-b² D t/L²)/(b² (b² + H² + H))``, ``b tan b = H = k L/D``
    (Crank eq. 4.53).

    Parameters
    ----------
    D, t, half_thickness : array_like
        m²/s, s, m.
    exchange : array_like, optional
        Surface exchange coefficient k, m/s.
    """
    from scipy.special import erfc

    L = positive("half_thickness", half_thickness)
    tau = positive("D", D) * positive("t", t) / L**2
    if exchange is None:
        k = np.arange(1, 9).reshape((8,) + (1,) * np.ndim(tau))
        s = k / np.sqrt(tau)
        images = np.exp(-(s**2)) / np.sqrt(np.pi) - s * erfc(s)
        early = 2 * np.sqrt(tau) * (1 / np.sqrt(np.pi) + 2 * ((-1.0) ** k * images).sum(axis=0))
        q2 = ((k - 0.5) * np.pi) ** 2
        return np.where(tau < 0.3, early, 1 - (2 / q2 * np.exp(-q2 * tau)).sum(axis=0))[()]
    H = positive("exchange", exchange) * L / D
    k = np.arange(200).reshape((200,) + (1,) * np.ndim(tau * H))
    b = _exchange_roots(k, H)
    return 1 - (2 * H**2 * np.exp(-(b**2) * tau) / (b**2 * (b**2 + H**2 + H))).sum(axis=0)


def _exchange_roots(k: np.ndarray, H: np.ndarray) -> np.ndarray:
    """Roots of ``b tan b = H`` in (k pi, k pi + pi/2)."""
    from ._roots import find_root

    return k * np.pi + find_root(
        lambda r: (k * np.pi + r) * np.sin(r) - H * np.cos(r), 0 * H + 0.0 * k, np.pi / 2 + 0 * H * k
    )


def sand_time(j: ArrayLike, n: ArrayLike, c: ArrayLike, D: ArrayLike, transference: ArrayLike = 0.0) -> np.ndarray:
    """Time at which a constant current empties the surface, ``pi D (n F c / (2 j (1 - t)))²`` [s].

    Sand, Phil. Mag. 1 (1901) 45; Bard & Faulkner, 2nd ed., eq. 8.2.14 for t = 0 (excess supporting electrolyte).

    Parameters
    ----------
    j : array_like
        Current density, A/m², not zero.
    n, c, D
        As in :func:`cottrell_current`; without supporting electrolyte D is that of the salt and c that of the
        reacting ion.
    transference : array_like
        Transference number of the reacting ion, 0 to < 1.
    """
    share = 1 - fraction("transference", transference)
    if np.any(share == 0):
        raise InputError("an ion that carries all current is never exhausted", key="transference")
    flux = 2 * charge_number("j", j) * share / (charge_number("n", n) * FARADAY * positive("c", c))
    return np.pi * positive("D", D) / flux**2


def sand_time_binary(
    j: ArrayLike, z_cation: ArrayLike, z_anion: ArrayLike, D_cation: ArrayLike, D_anion: ArrayLike, c_cation: ArrayLike
) -> np.ndarray:
    """Sand's time of a binary salt without supporting electrolyte, cation consumed, anion blocked [s]."""
    salt = nernst_hartley(z_cation, z_anion, D_cation, D_anion)
    return sand_time(j, z_cation, c_cation, salt, cation_transference(z_cation, z_anion, D_cation, D_anion))


def sand_surface(t_over_sand: ArrayLike) -> np.ndarray:
    """Surface over bulk concentration under constant current, ``1 - sqrt(t/tau)`` for t <= tau [-]."""
    return 1 - np.sqrt(fraction("t_over_sand", t_over_sand))


def gaussian_pulse(
    x: ArrayLike, t: ArrayLike, D: ArrayLike, background: ArrayLike, amplitude: ArrayLike, width: ArrayLike
) -> np.ndarray:
    """Salt pulse spreading on a background, ``c_b + A (w/s) exp(-x²/2s²)``, ``s² = w² + 2 D t`` [mol/m³].

    Exact at any amplitude in the electroneutral limit, because the salt diffusivity is constant.

    Parameters
    ----------
    x, t, D : array_like
        Distance from the centre (m), time (s), salt diffusivity (m²/s).
    background, amplitude : array_like
        mol/m³ of salt.
    width : array_like
        Standard deviation at t = 0, m.
    """
    variance = positive("width", width) ** 2 + 2 * positive("D", D) * non_negative("t", t)
    shape = np.exp(-(finite("x", x) ** 2) / (2 * variance)) * width / np.sqrt(variance)
    return non_negative("background", background) + finite("amplitude", amplitude) * shape


def diffusion_potential(
    c: ArrayLike,
    c_reference: ArrayLike,
    z_cation: ArrayLike,
    z_anion: ArrayLike,
    D_cation: ArrayLike,
    D_anion: ArrayLike,
    T: ArrayLike,
) -> np.ndarray:
    """Potential where the salt has concentration c against where it has c_reference, at zero current [V].

    ``-(RT/F) (D+ - D-)/(z+ D+ - z- D-) ln(c/c_reference)``; holds at every instant of the diffusion of one salt.
    """
    z_plus, z_minus = salt_charges(z_cation, z_anion)
    plus, minus = positive("D_cation", D_cation), positive("D_anion", D_anion)
    logarithm = np.log(positive("c", c)) - np.log(positive("c_reference", c_reference))
    return -thermal_voltage(temperature(T)) * (plus - minus) / (z_plus * plus - z_minus * minus) * logarithm


def cosine_decay(t: ArrayLike, D: ArrayLike, wavelength: ArrayLike) -> np.ndarray:
    """Amplitude of a cosine of concentration over its start, ``exp(-4 pi² D t / wavelength²)`` [-]."""
    return np.exp(-positive("D", D) * non_negative("t", t) * (2 * np.pi / positive("wavelength", wavelength)) ** 2)
