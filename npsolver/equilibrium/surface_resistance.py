"""Layers behind surfaces of finite rate: permeation with exchange resistances, films before electrodes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from ._checks import positive, temperature
from ._roots import find_root

# Overpotentials (in RT/F) within which an electrode is looked for.
LARGEST_OVERPOTENTIAL = 400.0


def series_permeation(k_left: float, k_right: float, D: float, thickness: float) -> float:
    """Permeability D/L of a membrane in series with two exchange resistances, m/s: ``1/(L/D + 1/k_left + 1/k_right)``.

    For small differences, J = P (c_left - c_right) with the concentrations in equilibrium with the two gases (H. J. M.
    Bouwmeester, H. Kruidhof and A. J. Burggraaf, Solid State Ionics 72 (1994) 185, eq. 10 to 14).
    """
    k_left, k_right = float(positive("k_left", k_left)), float(positive("k_right", k_right))
    return 1.0 / (float(positive("thickness", thickness)) / float(positive("D", D)) + 1.0 / k_left + 1.0 / k_right)


def exchange_permeation(
    low: float, high: float, wagner: Callable, uptake: Callable, release: Callable
) -> tuple[float, float, float]:
    """Oxygen flux of a membrane between two gases that it exchanges oxygen with at finite rates.

    Between the surfaces the flux is Wagner's at the pressures with which the surfaces would be in equilibrium, at the
    surfaces it is that of the exchange: all three are equal.

    Parameters
    ----------
    low, high : float
        Oxygen pressures of the two gases.
    wagner : callable (low, high)
        Flux of the layer between surfaces at two pressures; rises with the second.
    uptake, release : callable (pressure)
        Flux into the surface beside the gas of high pressure, and out of the other one, of surfaces in equilibrium with
        `pressure`.

    Returns
    -------
    flux, surface_low, surface_high : float
    """
    low, high = float(positive("low", low)), float(positive("high", high))
    if not high > low:
        raise InputError("must exceed the low pressure", key="high")
    bounds = np.log(low), np.log(high)

    def pressure(x):
        """exp(x), exact at the ends, where rounding would turn the flux around."""
        return low if x <= bounds[0] else high if x >= bounds[1] else float(np.exp(x))

    def other(x: float, flux: float) -> float:
        if release(pressure(x)) <= flux:
            return x
        return float(find_root(np.vectorize(lambda y: release(pressure(y)) - flux), bounds[0], x))

    def excess(x):
        flux = uptake(pressure(x))
        return wagner(pressure(other(x, flux)), pressure(x)) - flux

    inner = float(find_root(np.vectorize(excess), *bounds))
    flux = float(uptake(pressure(inner)))
    return flux, pressure(other(inner, flux)), pressure(inner)


def film_electrode_current(
    E: float, z: float, z_anion: float, c: float, D: float, thickness: float, T: float, reduction: Callable
) -> float:
    """Current into a film of a binary salt from an electrode that exchanges the cation, the other side being a bath.

    The anion rests, so that the salt falls linearly, ``c_s/c = 1 + I/I_lim`` with ``I_lim = z F D c (1 - z/z_-)/L``, and
    the potential of the film follows its logarithm (V. G. Levich, Physicochemical Hydrodynamics (1962) sec. 49); the
    electrode draws ``I = -i(E - phi_s, c_s)`` (M. Z. Bazant, K. T. Chu and B. J. Bayly, SIAM J. Appl. Math. 65 (2005) 1463).

    Parameters
    ----------
    E : float
        Potential of the metal against that of the bath, V.
    z, z_anion : float
    c : float
        Concentration of the cation in the bath, mol/m³.
    D : float
        Of the cation, m²/s.
    thickness, T : float
    reduction : callable (E, c)
        Current density of the reduction, A/m², at the potential of the metal against the solution beside it.
    """
    T = float(temperature(T))
    limiting = film_limit(z, z_anion, c, D, thickness)
    thermal = GAS_CONSTANT * T / FARADAY

    def mismatch(logarithm):
        """At ln(c_s/c), which the current determines."""
        s = float(logarithm)
        phi = -thermal * s / z_anion
        return limiting * np.expm1(s) + reduction(E - phi, c * np.exp(s))

    root = float(find_root(np.vectorize(mismatch), -LARGEST_OVERPOTENTIAL / 2, LARGEST_OVERPOTENTIAL / 2))
    return limiting * float(np.expm1(root))


def film_limit(z: float, z_anion: float, c: float, D: float, thickness: float) -> float:
    """Limiting current ``z F D c (1 - z/z_-)/L`` of the cation of a binary salt, A/m²."""
    if not z > 0.0 > z_anion:
        raise InputError("expected a cation and an anion", key="z, z_anion")
    c, D, thickness = (float(positive(name, value)) for name, value in (("c", c), ("D", D), ("thickness", thickness)))
    return z * FARADAY * D * c * (1.0 - z / z_anion) / thickness


def thin_cell_voltage(
    current: float,
    z: float,
    z_anion: float,
    c: float,
    D: float,
    thickness: float,
    T: float,
    reductions: tuple[Callable, Callable],
) -> float:
    """Voltage of a film of a binary salt between two electrodes that exchange its cation, first minus second.

    The amount of salt is given: it falls linearly through the mean `c` in the middle (Bazant, Chu and Bayly, SIAM J. Appl.
    Math. 65 (2005) 1463, eq. 45 to 53).

    Parameters
    ----------
    current : float
        From the first electrode to the second, A/m²; below 2 `film_limit` of the whole thickness.
    z, z_anion, c, D, thickness, T
        As in `film_electrode_current`; c is the mean concentration of the cation.
    reductions : pair of callables (E, c)
        Of the two electrodes.
    """
    T = float(temperature(T))
    tilt = current / (2.0 * film_limit(z, z_anion, c, D, thickness))
    if not abs(tilt) < 1.0:
        raise InputError("exceeds the limiting current", key="current")
    thermal = GAS_CONSTANT * T / FARADAY
    total = 0.0
    for side, reduction in zip((1.0, -1.0), reductions):
        s = c * (1.0 + side * tilt)
        wide = LARGEST_OVERPOTENTIAL * thermal
        step = float(
            find_root(np.vectorize(lambda E, s=s, f=reduction, side=side: f(float(E), s) + side * current), -wide, wide)
        )
        total += side * (step - thermal * np.log(s / c) / z_anion)
    return float(total)


def supported_film_current(
    overpotential: float, exchange: float, alpha: float, n: float, cathodic: float, anodic: float, T: float
) -> float:
    """Current density of a reduction behind a stagnant layer with supporting electrolyte, A/m².

    ``i/i0 = (1 - i/i_c) exp(-alpha n f eta) - (1 + i/i_a) exp((1 - alpha) n f eta)`` (A. J. Bard and L. R. Faulkner,
    Electrochemical Methods, 2nd ed., eq. 3.4.10), here for the reduction being positive.

    Parameters
    ----------
    overpotential : float
        Against the equilibrium with the bulk, V.
    exchange : float
        Exchange current density i0 at the composition of the bulk, A/m².
    alpha, n : float
    cathodic, anodic : float
        Limiting currents i_c and i_a of the oxidised and the reduced species, A/m²; infinite for a metal.
    T : float
    """
    x = n * FARADAY * overpotential / (GAS_CONSTANT * float(temperature(T)))
    forward, backward = exchange * np.exp(-alpha * x), exchange * np.exp((1.0 - alpha) * x)
    return float((forward - backward) / (1.0 + forward / cathodic + backward / anodic))


def electrode_step_current(
    forward: float, backward: float, n: float, oxidised: tuple[float, float], reduced: tuple[float, float], t: float
) -> float:
    """Current density of a reduction a time after a potential step, in supporting electrolyte, A/m².

    ``n F (k_f c_ox - k_b c_red) exp(H² t) erfc(H sqrt(t))`` with ``H = k_f/sqrt(D_ox) + k_b/sqrt(D_red)`` (Bard and
    Faulkner, 2nd ed., eq. 5.5.9 to 5.5.11).

    Parameters
    ----------
    forward, backward : float
        k_f and k_b at the potential of the step, m/s.
    n : float
    oxidised, reduced : pair of float
        Concentration (mol/m³) and diffusivity (m²/s).
    t : float
    """
    from scipy.special import erfcx

    H = forward / np.sqrt(positive("D", oxidised[1])) + backward / np.sqrt(positive("D", reduced[1]))
    rate = forward * oxidised[0] - backward * reduced[0]
    return float(n * FARADAY * rate * erfcx(H * np.sqrt(positive("t", t))))
