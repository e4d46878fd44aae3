"""Liquid-junction potentials and the correction of a measured membrane potential. All right minus left."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConvergenceError, InputError
from ..units import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage
from ._checks import electroneutral, finite, ions_first, mixture, positive, temperature
from .films import electroneutral_film


def henderson(z: ArrayLike, D: ArrayLike, c_left: ArrayLike, c_right: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Henderson's junction potential, right minus left [V]: composition varies linearly between the two solutions.

    ``-(RT/F) [sum z D dc / sum z² D dc] ln(sum z² D c_R / sum z² D c_L)``, dc = c_R - c_L
    (Henderson, Z. Phys. Chem. 59 (1907) 118; 63 (1908) 325).

    Parameters
    ----------
    z : (n,) array_like
        Charge numbers.
    D : (n,) array_like
        Diffusivities or mobilities RT u_i in any common unit, > 0.
    c_left, c_right : (n, ...) array_like
        Concentrations or activities in one unit, >= 0.
    T : array_like
        K.
    """
    z, left, right = mixture(z, c_left, c_right, names=("c_left", "c_right"))
    D = positive("D", ions_first("D", D, z.size))
    conductivity_left, conductivity_right = (np.tensordot(z**2 * D, c, axes=1) for c in (left, right))
    if np.any(conductivity_left == 0) or np.any(conductivity_right == 0):
        raise InputError(
            "one of the solutions holds no ions", key="c_left" if np.any(conductivity_left == 0) else "c_right"
        )
    relative = (conductivity_right - conductivity_left) / conductivity_left
    # ln(1 + r)/r: by log1p near r = 0, the limit of equal conductivities included, and by the ratio where r tends to -1
    near = np.abs(relative) < 0.1
    safe, ratio = np.where(near & (relative != 0), relative, 1.0), conductivity_right / conductivity_left
    close = np.where(relative == 0, 1.0, np.log1p(safe) / safe)
    factor = np.where(near, close, np.log(ratio) / np.where(near, 1.0, relative))[()]
    return -thermal_voltage(temperature(T)) * np.tensordot(z * D, right - left, axes=1) / conductivity_left * factor


def planck(z: ArrayLike, D: ArrayLike, c_left: ArrayLike, c_right: ArrayLike, T: float) -> float:
    """Planck's junction potential, right minus left [V]: steady electroneutral film between fixed compositions.

    Planck, Ann. Phys. 39 (1890) 161; 40 (1890) 561, here for ions of any valence, see
    :mod:`npsolver.equilibrium.films`. Arguments as in :func:`henderson`, one junction at a time, D in m²/s.
    """
    return electroneutral_film(z, D, c_left, c_right, T, points=2).potential_difference


def binary_junction(
    z_cation: ArrayLike, z_anion: ArrayLike, D_cation: ArrayLike, D_anion: ArrayLike, ratio: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Junction of one salt at two concentrations, right minus left [V]; every junction model agrees on it.

    ``-(RT/F) (D+ - D-)/(z+ D+ - z- D-) ln(c_R/c_L)``.

    Parameters
    ----------
    z_cation, z_anion : array_like
        Charge numbers with sign.
    D_cation, D_anion : array_like
        m²/s.
    ratio : array_like
        c_R/c_L, > 0 (of mean activities, where those are known).
    T : array_like
        K.
    """
    plus, minus = positive("D_cation", D_cation), positive("D_anion", D_anion)
    slope = (plus - minus) / (
        positive("z_cation", z_cation) * plus + positive("-z_anion", -finite("z", z_anion)) * minus
    )
    return -thermal_voltage(temperature(T)) * slope * np.log(positive("ratio", ratio))


def free_diffusion(
    z: ArrayLike, D: ArrayLike, c_left: ArrayLike, c_right: ArrayLike, T: float, *, tolerance: float = 1e-8
) -> float:
    """Potential of a free-diffusion junction, right minus left [V]: an initially sharp unconfined contact.

    Self-similar in ``x/sqrt(t)``, hence constant in time: ``(eta/2) c_i' = J_i'``,
    ``J_i = -D_i (c_i' + z_i c_i psi')``, zero current, electroneutral
    (Guggenheim, J. Am. Chem. Soc. 52 (1930) 1315; Hickman, Chem. Eng. Sci. 25 (1970) 381).

    Parameters
    ----------
    z, D : (n,) array_like
        Charge numbers, diffusivities (m²/s).
    c_left, c_right : (n,) array_like
        mol/m³, electroneutral.
    T : float
        K.
    tolerance : float
        Relative residual of the collocation solution.
    """
    from scipy.integrate import solve_bvp
    from scipy.special import erfc

    z, left, right = mixture(z, c_left, c_right, names=("c_left", "c_right"))
    D, voltage = positive("D", ions_first("D", D, z.size)), float(thermal_voltage(temperature(T)))
    for name, c in (("c_left", left), ("c_right", right)):
        electroneutral(name, z, c)
    present = (left > 0) | (right > 0)
    scale = max(left.max(), right.max())
    z, D, left, right = z[present], D[present] / D[present].max(), left[present] / scale, right[present] / scale
    n = z.size

    def slopes(eta, y):
        c, J = y[:n], y[n : 2 * n]
        field = -(z / D @ J) / (z**2 @ c)
        dc = -J / D[:, None] - z[:, None] * c * field
        return np.vstack([dc, eta / 2 * dc, field])

    def ends(a, b):
        # one right-hand concentration follows from electroneutrality; zero current takes its place
        return np.concatenate([a[:n] - left, b[: n - 1] - right[: n - 1], [z @ a[n : 2 * n], a[2 * n]]])

    eta = 12.0 * np.tanh(np.linspace(-2.5, 2.5, 161)) / np.tanh(2.5)
    blend = erfc(-eta / 2 / np.sqrt(np.median(D))) / 2
    c = left[:, None] + (right - left)[:, None] * blend
    gradient = (right - left)[:, None] * np.gradient(blend, eta)
    field = -(z * D @ gradient) / (z**2 * D @ c)
    J = -D[:, None] * (gradient + z[:, None] * c * field)
    psi = np.concatenate([[0.0], np.cumsum(np.diff(eta) * (field[1:] + field[:-1]) / 2)])
    result = solve_bvp(slopes, ends, eta, np.vstack([c, J, psi]), tol=tolerance, max_nodes=20000)
    if not result.success:
        raise ConvergenceError(f"free-diffusion junction: {result.message}")
    return float(result.y[-1, -1] * voltage)


def junction_build_up(
    time: ArrayLike, final: ArrayLike, conductivity: ArrayLike, relative_permittivity: ArrayLike
) -> np.ndarray:
    """Growth of a diffusion potential after contact, ``final (1 - exp(-t sigma/eps))`` [V].

    Exact for a small step of concentration, whatever the profile: the charge separates within one Maxwell relaxation
    time (Jackson, J. Phys. Chem. 78 (1974) 2060).

    Parameters
    ----------
    time : array_like
        s.
    final : array_like
        Potential of the established junction, V.
    conductivity : array_like
        S/m.
    relative_permittivity : array_like
    """
    relaxation = positive("relative_permittivity", relative_permittivity) * VACUUM_PERMITTIVITY
    return -finite("final", final) * np.expm1(
        -finite("time", time) * positive("conductivity", conductivity) / relaxation
    )


def pipette_junction(
    z: ArrayLike, mobility: ArrayLike, c_pipette: ArrayLike, c_bath: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Liquid-junction potential of patch clamping, bath minus pipette [V], generalised Henderson equation.

    Barry & Lynch, J. Membr. Biol. 121 (1991) 101; Barry, J. Neurosci. Methods 51 (1994) 107 (JPCalc).  `mobility` is
    the generalised mobility ``u_i ∝ D_i`` relative to any ion; other arguments as in :func:`henderson`.
    """
    return henderson(z, mobility, c_pipette, c_bath, T)


def measured_potential(membrane_potential: ArrayLike, junction_potential: ArrayLike) -> np.ndarray:
    """Reading of an electrode whose junction adds to the true membrane potential, ``V_m + V_junction`` [V].

    `junction_potential` is bath minus pipette, nulled with the pipette in the bath: true -70 mV and junction -10 mV
    are read as -80 mV.
    """
    return finite("membrane_potential", membrane_potential) + finite("junction_potential", junction_potential)


def corrected_potential(measured: ArrayLike, junction_potential: ArrayLike) -> np.ndarray:
    """True membrane potential, ``measured - V_junction`` [V] (Barry & Lynch 1991); inverse of
    :func:`measured_potential`."""
    return finite("measured", measured) - finite("junction_potential", junction_potential)


def maxwell_time(
    z: ArrayLike, D: ArrayLike, c: ArrayLike, relative_permittivity: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Charge relaxation time ``eps / sigma`` of an electrolyte [s], ``sigma = F²/RT sum z² D c``."""
    z, c = mixture(z, c, names=("c",))
    weight = z**2 * positive("D", ions_first("D", D, z.size))
    conductivity = FARADAY**2 / (GAS_CONSTANT * temperature(T)) * np.tensordot(weight, c, axes=1)
    return positive("relative_permittivity", relative_permittivity) * VACUUM_PERMITTIVITY / conductivity
