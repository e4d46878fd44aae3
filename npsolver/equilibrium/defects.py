"""Closed forms of mixed ionic-electronic conductors: defects against oxygen pressure, Wagner's theory, space charge.

Pressures may be in any unit that is the same in all of a call; concentrations in mol/m³, conductivities in S/m.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY
from ._checks import finite, fraction, non_negative, non_zero, positive, temperature
from ._roots import find_root, widen

# Gauss-Legendre points on every panel, panels per decade of pressure
_POINTS, _PANELS = 12, 2


class OxideDefects(NamedTuple):
    """Concentrations in an oxide, mol/m³."""

    vacancy: np.ndarray
    electron: np.ndarray
    hole: np.ndarray


def oxide_defects(
    pressure: ArrayLike, reduction_constant: ArrayLike, intrinsic_constant: ArrayLike, fixed_charge: ArrayLike = 0.0
) -> OxideDefects:
    """Oxygen vacancies, electrons and holes of an oxide in equilibrium with oxygen, at any doping.

    ``[V_O] n² p^(1/2) = K_red``, ``n p = K_i`` and ``2 [V_O] + p - n + X = 0`` leave one equation for n, which falls
    monotonically in ln n (Brouwer, Philips Res. Rep. 9 (1954) 366 for its limits).

    Parameters
    ----------
    pressure : array_like
        Oxygen partial pressure.
    reduction_constant : array_like
        Of ``O_O = V_O.. + 2 e' + 1/2 O2``, (mol/m³)³ times the square root of the unit of pressure.
    intrinsic_constant : array_like
        Of ``nil = e' + h.``, (mol/m³)².
    fixed_charge : array_like
        Concentration of dopants times their effective charge number, negative for acceptors, mol/m³.
    """
    reduced = positive("reduction_constant", reduction_constant) / np.sqrt(positive("pressure", pressure))
    intrinsic, dopant = positive("intrinsic_constant", intrinsic_constant), finite("fixed_charge", fixed_charge)
    reduced, intrinsic, dopant = np.broadcast_arrays(reduced, intrinsic, dopant)

    def balance(log_n):
        n = np.exp(log_n)
        plus = 2 * reduced / n**2 + intrinsic / n + np.maximum(dopant, 0.0)
        return np.log(plus) - np.log(n + np.maximum(-dopant, 0.0))

    start = np.log(np.cbrt(2 * reduced) + np.sqrt(intrinsic) + np.maximum(dopant, 0.0))
    low, high = widen(balance, start - 2.0, start + 2.0, limit=600.0, reason="oxide_defects: no neutral state found")
    n = np.exp(find_root(balance, low, high))
    return OxideDefects((reduced / n**2)[()], n[()], (intrinsic / n)[()])


def partial_conductivity(z: ArrayLike, D: ArrayLike, c: ArrayLike, T: ArrayLike) -> np.ndarray:
    """``z² F² D c/RT`` [S/m] (Nernst-Einstein)."""
    mobility = non_negative("D", D) / (GAS_CONSTANT * temperature(T))
    return finite("z", z) ** 2 * FARADAY**2 * mobility * non_negative("c", c)


def chemical_capacitance(z1: ArrayLike, c1: ArrayLike, z2: ArrayLike, c2: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Capacitance of a neutral component stored as two dilute carriers, ``(F²/RT)/(1/z1²c1 + 1/z2²c2)`` [F/m³].

    Jamnik and Maier, Phys. Chem. Chem. Phys. 3 (2001) 1668, eq. 28.
    """
    first = non_zero("z1", z1) ** 2 * positive("c1", c1)
    second = non_zero("z2", z2) ** 2 * positive("c2", c2)
    return FARADAY**2 / (GAS_CONSTANT * temperature(T)) * first * second / (first + second)


def ambipolar_diffusivity(
    z1: ArrayLike, c1: ArrayLike, D1: ArrayLike, z2: ArrayLike, c2: ArrayLike, D2: ArrayLike
) -> np.ndarray:
    """Chemical diffusion coefficient of two dilute carriers over an immobile background [m²/s].

    ``D1 D2 (z1² c1 + z2² c2)/(z1² c1 D1 + z2² c2 D2)`` (Maier, Physical Chemistry of Ionic Materials, 2004, sec. 6.5);
    for a binary salt the result of Nernst and Hartley.
    """
    first = non_zero("z1", z1) ** 2 * positive("c1", c1)
    second = non_zero("z2", z2) ** 2 * positive("c2", c2)
    D1, D2 = positive("D1", D1), positive("D2", D2)
    return D1 * D2 * (first + second) / (first * D1 + second * D2)


class MixedConduction(NamedTuple):
    """A membrane between two oxygen pressures without external current.

    Attributes
    ----------
    flux : float
        Oxygen (O2) that permeates from high to low pressure, mol/(m² s).
    voltage : float
        Of reversible electrodes, high minus low pressure, V.
    nernst : float
        What a pure ionic conductor would show, V.
    """

    flux: float
    voltage: float
    nernst: float

    @property
    def mean_transference(self) -> float:
        """Ionic transference number averaged over the chemical potential."""
        return self.voltage / self.nernst if self.nernst else 1.0


Conductivity = Callable[[np.ndarray], np.ndarray] | float


def _samples(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights in ln p from `low` to `high`."""
    start, end = np.log(low), np.log(high)
    panels = max(1, int(np.ceil(abs(end - start) / np.log(10.0) * _PANELS)))
    x, w = np.polynomial.legendre.leggauss(_POINTS)
    edges = np.linspace(start, end, panels + 1)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()


def _evaluate(name: str, law: Conductivity, pressure: np.ndarray) -> np.ndarray:
    return np.broadcast_to(non_negative(name, law(pressure) if callable(law) else law), pressure.shape)


def mixed_conduction(
    low: float, high: float, thickness: float, T: float, ionic: Conductivity, electronic: Conductivity
) -> MixedConduction:
    """Wagner's permeation flux and open-circuit voltage.

    ``J(O2) = RT/(16 F² L) ∫ s_ion s_el/(s_ion + s_el) dln p`` and ``V = RT/4F ∫ t_ion dln p`` (Wagner, Z. Phys. Chem.
    B 21 (1933) 25; Prog. Solid State Chem. 10 (1975) 3), by Gauss-Legendre quadrature.

    Parameters
    ----------
    low, high : float
        Oxygen pressures; the flux and voltage change sign with their order.
    thickness, T : float
    ionic, electronic : callable or float
        Partial conductivities as functions of the oxygen pressure, S/m.
    """
    low, high = float(positive("low", low)), float(positive("high", high))
    thickness, T = float(positive("thickness", thickness)), float(temperature(T))
    logs, weights = _samples(low, high)
    p = np.exp(logs)
    ion, electron = _evaluate("ionic", ionic, p), _evaluate("electronic", electronic, p)
    total = ion + electron
    if not np.all(total > 0):
        raise InputError("nothing conducts at some pressure", key="ionic, electronic")
    thermal = GAS_CONSTANT * T
    return MixedConduction(
        thermal / (16 * FARADAY**2 * thickness) * float(weights @ (ion * electron / total)),
        thermal / (4 * FARADAY) * float(weights @ (ion / total)),
        thermal / (4 * FARADAY) * float(np.log(high / low)),
    )


def permeation_profile(
    position: ArrayLike, low: float, high: float, ionic: Conductivity, electronic: Conductivity
) -> np.ndarray:
    """Oxygen pressure at `position` (0 at the side of `low`, 1 at that of `high`) of a membrane without current.

    The flux is the same everywhere, so that the integral of `mixed_conduction` up to p is proportional to the position.
    """
    position = fraction("position", position)
    low, high = float(positive("low", low)), float(positive("high", high))

    def upto(p: float) -> float:
        logs, weights = _samples(low, p)
        at = np.exp(logs)
        ion, electron = _evaluate("ionic", ionic, at), _evaluate("electronic", electronic, at)
        return float(weights @ (ion * electron / (ion + electron)))

    whole = upto(high)
    if whole == 0.0:
        raise InputError("no oxygen permeates: one of the conductivities, or the difference in pressure, vanishes")
    found = []
    for x in position.ravel():
        mismatch = np.vectorize(lambda log_p, x=x: upto(float(np.exp(log_p))) / whole - x)
        ends = {0.0: np.log(low), 1.0: np.log(high)}
        found.append(np.exp(ends[x] if x in ends else find_root(mismatch, ends[0.0], ends[1.0])))
    return np.reshape(found, position.shape)[()]


def permeation_power_law(
    low: ArrayLike, high: ArrayLike, thickness: ArrayLike, T: ArrayLike, sigma: ArrayLike, exponent: ArrayLike
) -> np.ndarray:
    """Oxygen flux through an electronic conductor with ionic conductivity ``sigma p^-n`` [mol/(m² s)].

    ``RT/(16 F² L) (sigma/n) (p_low^-n - p_high^-n)`` (Wagner's integral for s_el >> s_ion).

    Parameters
    ----------
    sigma : array_like
        Ionic conductivity at unit pressure, S/m.
    exponent : array_like
        n, not zero.
    """
    n = non_zero("exponent", exponent)
    factor = GAS_CONSTANT * temperature(T) / (16 * FARADAY**2 * positive("thickness", thickness))
    return factor * positive("sigma", sigma) / n * (positive("low", low) ** -n - positive("high", high) ** -n)


def n_type_voltage(low: ArrayLike, high: ArrayLike, p_half: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Open-circuit voltage of an electrolyte whose electrons follow p^(-1/4): high minus low pressure [V].

    ``(RT/F) ln[(p_high^1/4 + p_half^1/4)/(p_low^1/4 + p_half^1/4)]`` (Schmalzried, Z. Phys. Chem. NF 38 (1963) 87).

    Parameters
    ----------
    p_half : array_like
        Pressure at which the electrons conduct as well as the ions (t_ion = 1/2).
    """
    low, high, half = (positive(n, v) ** 0.25 for n, v in (("low", low), ("high", high), ("p_half", p_half)))
    return GAS_CONSTANT * temperature(T) / FARADAY * np.log((high + half) / (low + half))


def hebb_wagner_current(
    voltage: ArrayLike, electronic: ArrayLike, hole: ArrayLike, thickness: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Electronic current of a mixed conductor between a reversible and an ion-blocking electrode [A/m²].

    ``(RT/FL) {s_n [exp(u) - 1] + s_p [1 - exp(-u)]}``, u = FV/RT (Hebb, J. Chem. Phys. 20 (1952) 185; Wagner, Proc. 7th
    CITCE Meeting (1957) 361).

    Parameters
    ----------
    voltage : array_like
        Of the reversible against the blocking electrode, V; positive where the blocking side is reduced.
    electronic, hole : array_like
        Conductivities of electrons and holes at the reversible electrode, S/m.
    thickness, T : array_like
    """
    thermal = GAS_CONSTANT * temperature(T) / FARADAY
    u = finite("voltage", voltage) / thermal
    n, p = non_negative("electronic", electronic), non_negative("hole", hole)
    return thermal / positive("thickness", thickness) * (n * np.expm1(u) - p * np.expm1(-u))


def electronic_current(
    blocking: float, reversible: float, thickness: float, T: float, electronic: Conductivity
) -> float:
    """Electronic current from an ion-blocking to a reversible electrode at one potential [A/m²].

    ``RT/(4 F L) ∫ s_el dln p`` (Wagner, as for :func:`hebb_wagner_current`) for any dependence on the pressure.

    Parameters
    ----------
    blocking, reversible : float
        Oxygen pressures with which the two ends are in equilibrium.
    thickness, T : float
    electronic : callable or float
        Conductivity of electrons and holes as a function of the oxygen pressure, S/m.
    """
    logs, weights = _samples(float(positive("blocking", blocking)), float(positive("reversible", reversible)))
    sigma = _evaluate("electronic", electronic, np.exp(logs))
    factor = GAS_CONSTANT * float(temperature(T)) / (4 * FARADAY * float(positive("thickness", thickness)))
    return -factor * float(weights @ sigma)


def characteristic_thickness(D: ArrayLike, k: ArrayLike) -> np.ndarray:
    """Thickness D/k below which the exchange at the surface, not the bulk, limits permeation [m].

    Bouwmeester, Kruidhof and Burggraaf, Solid State Ionics 72 (1994) 185.
    """
    return positive("D", D) / positive("k", k)


def surface_limited_share(thickness: ArrayLike, D: ArrayLike, k: ArrayLike) -> np.ndarray:
    """Flux with exchange k at both surfaces over that with equilibrium there, ``1/(1 + 2 L_c/L)`` [-]."""
    return 1.0 / (1.0 + 2.0 * characteristic_thickness(D, k) / positive("thickness", thickness))


class Depletion(NamedTuple):
    """Abrupt space charge on both sides of a grain-boundary core."""

    width: np.ndarray
    core_charge: np.ndarray
    resistance_ratio: np.ndarray


def grain_boundary_depletion(
    potential: ArrayLike, dopant: ArrayLike, z: ArrayLike, T: ArrayLike, relative_permittivity: ArrayLike
) -> Depletion:
    """Mott-Schottky layers with a frozen dopant: width [m], core charge [C/m²], resistivity over that of the bulk.

    ``lambda* = sqrt(2 eps Phi/(F c_A))``, ``Q = 2 F c_A lambda*``, ``rho/rho_bulk = exp(u)/2u`` with u = z F Phi/RT
    (Maier, Prog. Solid State Chem. 23 (1995) 171; Fleig and Maier, J. Am. Ceram. Soc. 82 (1999) 3485).

    Parameters
    ----------
    potential : array_like
        Of the core against the bulk, V, > 0.
    dopant : array_like
        Concentration of charge of the frozen acceptors, mol/m³.
    z : array_like
        Charge number of the depleted defect.
    """
    potential, dopant = positive("potential", potential), positive("dopant", dopant)
    permittivity = positive("relative_permittivity", relative_permittivity) * VACUUM_PERMITTIVITY
    width = np.sqrt(2 * permittivity * potential / (FARADAY * dopant))
    u = positive("z", z) * FARADAY * potential / (GAS_CONSTANT * temperature(T))
    return Depletion(width, 2 * FARADAY * dopant * width, np.exp(u) / (2 * u))
