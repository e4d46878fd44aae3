"""Steady electroneutral Nernst-Planck film: any ions of any valence, with or without fixed charge, solved exactly.

With ``g_i = J_i/D_i = -(c_i' + z_i c_i psi')`` and ``sum z_i c_i`` constant, ``psi' = -sum z_i g_i / sum z_i² c_i``
keeps its sign, so position can be replaced by the potential.  Writing ``t`` in [0, 1] for the fraction of the
potential difference ``v`` passed and ``g_i = -k_i S`` with ``S`` the mean of ``sum z_i² c_i`` over t, the film
equations become linear,

    dc/dt = (k sᵀ - v diag(z)) c,    s_i = z_i²,    v = sum z_i k_i,    dx/dt = sum z_i² c_i / S,

so that ``c(1) = expm(k sᵀ - v diag(z)) c(0)`` determines k; it is solved by multiple shooting, because at high voltage
the exponential of the whole film grows and decays by too many orders of magnitude.  Planck, Ann. Phys. 39 (1890) 161
treated one valence this way, Schlögl, Z. Phys. Chem. N.F. 1 (1954) 305 several; the matrix form needs no roots of a
characteristic polynomial and is regular where the field vanishes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import FARADAY, thermal_voltage
from ._checks import electroneutral, finite, ions_first, mixture, positive, temperature
from ._shooting import Shooting


class Film(NamedTuple):
    """Solution of a steady electroneutral film.

    Attributes
    ----------
    potential_difference : float
        Right minus left, V.
    flux_times_thickness : (n,) ndarray
        J_i L, positive to the right, mol/(m s).
    current_times_thickness : float
        F sum z_i J_i L, A/m.
    position : (m,) ndarray
        x/L of the profile.
    potential : (m,) ndarray
        V, zero at the left face.
    concentration : (n, m) ndarray
        mol/m³.
    """

    potential_difference: float
    flux_times_thickness: np.ndarray
    current_times_thickness: float
    position: np.ndarray
    potential: np.ndarray
    concentration: np.ndarray


def electroneutral_film(
    z: ArrayLike,
    D: ArrayLike,
    c_left: ArrayLike,
    c_right: ArrayLike,
    T: float,
    *,
    fixed_charge: float = 0.0,
    potential_difference: float | None = None,
    current_times_thickness: float = 0.0,
    points: int = 101,
) -> Film:
    """Steady film between two given electroneutral compositions, at a given current (default 0) or potential
    difference.

    Parameters
    ----------
    z : (n,) array_like
        Charge numbers; neutral species allowed.
    D : (n,) array_like
        m²/s, > 0.
    c_left, c_right : (n,) array_like
        mol/m³ inside the film at its faces, >= 0, electroneutral together with `fixed_charge`.
    T : float
        K.
    fixed_charge : float
        Uniform fixed charge X, mol/m³.
    potential_difference : float, optional
        Right minus left, V.  When given, the current follows; otherwise `current_times_thickness` [A/m] holds.
    points : int
        Points of the returned profile, equidistant in potential (in the film's own variable t).
    """
    z, left, right = mixture(z, c_left, c_right, names=("c_left", "c_right"))
    D = positive("D", ions_first("D", D, z.size))
    fixed_charge, voltage = float(finite("fixed_charge", fixed_charge)), float(thermal_voltage(temperature(T)))
    if left.ndim != 1:
        raise InputError("one film at a time: expected one number per ion", key="c_left")
    for name, c in (("c_left", left), ("c_right", right)):
        electroneutral(name, z, c, fixed_charge)
        if not np.any(z**2 * c):
            raise InputError("holds no ions", key=name)
    drop = (
        None if potential_difference is None else float(finite("potential_difference", potential_difference)) / voltage
    )
    current = float(finite("current_times_thickness", current_times_thickness)) / FARADAY

    # an ion that is nowhere has no flux; marching from the dilute to the concentrated face keeps the most digits
    present = (left > 0) | (right > 0)
    mirrored = z**2 @ left > z**2 @ right
    faces = (right, left) if mirrored else (left, right)
    shooting = Shooting(z[present], D[present], *(c[present] for c in faces))
    sign = -1.0 if mirrored else 1.0
    if drop is None:
        target, condition = sign * current, shooting.current
    else:
        target, condition = sign * drop, shooting.drop
    nodes, k_present = shooting.solve(condition, target)

    k = np.zeros(z.size)
    k[present] = k_present
    t, path, conduction = shooting.profile(nodes, k_present, points)
    flux = -sign * D * k * conduction[-1]
    concentration = np.zeros((z.size, points))
    concentration[present] = path
    position, potential = conduction / conduction[-1], (z @ k) * voltage * t
    if mirrored:
        position, potential, concentration = 1 - position[::-1], potential[::-1] - potential[-1], concentration[:, ::-1]
    difference = float(sign * (z @ k) * voltage)
    return Film(difference, flux, float(FARADAY * z @ flux), position, potential, concentration)
