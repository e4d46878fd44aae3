"""Steady electroneutral Nernst-Planck film: any ions of any valence, with or without fixed charge, solved exactly.

With ``g_i = J_i/D_i = -(c_i' + z_i c_i psi')`` and ``sum z_i c_i`` constant, ``psi' = -sum z_i g_i / sum z_i² c_i``
keeps its sign, so position can be replaced by the potential.  Writing ``t`` in [0, 1] for the fraction of the
potential difference ``v`` passed and ``g_i = -k_i S`` with ``S`` the mean of ``sum z_i² c_i`` over t, the film
equations become linear,

    dc/dt = (k sᵀ - v diag(z)) c,    s_i = z_i²,    v = sum z_i k_i,    dx/dt = sum z_i² c_i / S,

so that ``c(1) = expm(k sᵀ - v diag(z)) c(0)`` determines k.  Planck, Ann. Phys. 39 (1890) 161 treated one valence
this way, Schlögl, Z. Phys. Chem. N.F. 1 (1954) 305 several; the matrix form needs no roots of a characteristic
polynomial and is regular where the field vanishes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConvergenceError, InputError
from ..units import FARADAY, thermal_voltage
from ._checks import electroneutral, finite, ions_first, mixture, positive, temperature


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

    present = (left > 0) | (right > 0)
    k = np.zeros(z.size)
    k[present] = _solve(z[present], D[present], left[present], right[present], drop, current)
    t, path, conduction = _path(z, k, left, points)
    flux = -D * k * conduction[-1]
    v = float(z @ k)
    return Film(v * voltage, flux, float(FARADAY * z @ flux), conduction / conduction[-1], v * voltage * t, path)


def _matrix(z: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Generator of (c, integral of s.c): [[k sᵀ - (z.k) diag(z), 0], [sᵀ, 0]]."""
    n, s = z.size, z**2
    matrix = np.zeros((n + 1, n + 1))
    matrix[:n, :n] = np.outer(k, s) - (z @ k) * np.diag(z)
    matrix[n, :n] = s
    return matrix


def _path(z, k, left, points):
    from scipy.linalg import expm

    t = np.linspace(0.0, 1.0, points)
    states = expm(t[:, None, None] * _matrix(z, k)) @ np.append(left, 0.0)
    return t, states[:, :-1].T, states[:, -1]


def _residual(z, D, left, right, drop, current, k):
    """Mismatch of the right face and of the potential or current condition, with its Jacobian, each row of order
    one."""
    from scipy.linalg import expm

    n = z.size
    s = z**2
    blocks = np.zeros((n, 2 * (n + 1), 2 * (n + 1)))
    base = _matrix(z, k)
    blocks[:, : n + 1, : n + 1] = blocks[:, n + 1 :, n + 1 :] = base
    blocks[:, :n, n + 1 : 2 * n + 1] = -z[:, None, None] * np.diag(z)
    blocks[np.arange(n), np.arange(n), n + 1 : 2 * n + 1] += s
    state0 = np.append(left, 0.0)
    exponential = expm(blocks)
    state = exponential[0, : n + 1, : n + 1] @ state0
    derivative = (exponential[:, : n + 1, n + 1 :] @ state0).T  # (n + 1, n): d state / d k_j
    scale = np.maximum(left, right)
    rows, jacobian = (state[:n] - right) / scale, derivative[:n] / scale[:, None]
    if drop is not None:
        last, last_row = z @ k - drop, z
    else:
        transport = np.sum(np.abs(z) * D * scale)
        drift = -(z * D) @ k
        last = (drift * state[n] - current) / transport
        last_row = (-(z * D) * state[n] + drift * derivative[n]) / transport
    return np.append(rows, last), np.vstack([jacobian, last_row])


def _solve(z, D, left, right, drop, current):
    """Gauss-Newton (the n + 1 equations are consistent: charge is conserved along t), continued from equal faces."""
    reached, step, k = 0.0, 1.0, _start(z, D, left, drop, current)
    while reached < 1.0:
        target = min(1.0, reached + step)
        trial = _newton(z, D, left, left + target * (right - left), drop, current, k)
        if trial is None:
            step /= 2
            if step < 1e-6:
                raise ConvergenceError(
                    f"electroneutral film: no solution beyond {reached:.3g} of the way to the right face"
                )
        else:
            k, reached, step = trial, target, 2 * step
    return k


def _start(z, D, left, drop, current):
    """Ohm's law in a uniform film."""
    s = z**2
    v = -current / ((s * D) @ left) if drop is None else drop
    return z * left * v / (s @ left)


def _newton(z, D, left, right, drop, current, k):
    def evaluate(k):
        with np.errstate(all="ignore"):
            rows, jacobian = _residual(z, D, left, right, drop, current, k)
        return rows, jacobian, np.linalg.norm(rows)

    rows, jacobian, size = evaluate(k)
    if not np.isfinite(size):
        return None
    scale = np.maximum(left, right) / np.max(z**2 @ np.maximum(left, right))
    for _ in range(40):
        step = scale * np.linalg.lstsq(jacobian * scale, -rows, rcond=1e-14)[0]
        if np.all(np.abs(step) <= 1e-13 * (np.abs(k) + scale)):
            return k + step
        damping = 1.0
        while True:
            trial = evaluate(k + damping * step)
            if np.isfinite(trial[2]) and np.all(np.isfinite(trial[1])) and (trial[2] < size or trial[2] < 1e-12):
                break
            damping /= 2
            if damping < 1e-4:
                return k if size < 1e-12 else None
        k = k + damping * step
        rows, jacobian, size = trial
    return k if size < 1e-12 else None
