"""Charging of a blocking cell after a step of voltage: exact linear response and the weakly nonlinear circuit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConvergenceError
from ._checks import finite, non_negative, positive
from .impedance import BlockingCell


def charging_time(
    debye_length: ArrayLike, half_gap: ArrayLike, D: ArrayLike, stern_ratio: ArrayLike = 0.0
) -> np.ndarray:
    """RC time of a blocking cell, ``lambda_D L / D / (1 + delta)`` [s] (Bazant, Thornton & Ajdari 2004).

    Parameters
    ----------
    debye_length, half_gap : array_like
        m; L is half the distance of the electrodes.
    D : array_like
        m²/s.
    stern_ratio : array_like
        delta, effective Stern thickness over the Debye length.
    """
    tau = positive("debye_length", debye_length) * positive("half_gap", half_gap) / positive("D", D)
    return tau / (1 + non_negative("stern_ratio", stern_ratio))


def step_charge(
    time: ArrayLike,
    voltage: float,
    z: ArrayLike,
    D: ArrayLike,
    c: ArrayLike,
    relative_permittivity: float,
    gap: float,
    T: float,
    stern_length: float = 0.0,
) -> np.ndarray:
    """Charge on the positive electrode after a small step to ±`voltage` at t = 0, exact linear response [C/m²].

    Laplace transform of the linearised cell, inverted on Talbot's contour (Abate & Valkó, Int. J. Numer. Methods Eng.
    60 (2004) 979); arguments as in :class:`~npsolver.equilibrium.impedance.BlockingCell`.

    Parameters
    ----------
    time : array_like
        s, > 0.
    voltage : float
        Each electrode moves by this much, V; well below RT/F for the result to describe a real cell.
    """
    time = positive("time", time)
    cell = BlockingCell(z, D, c, relative_permittivity, gap, T, stern_length)
    terms = 24
    theta = np.arange(1, terms) * np.pi / terms
    cot = 1 / np.tan(theta)
    nodes = np.concatenate([[1.0], theta * (cot + 1j)]) * 2 * terms / 5
    weights = np.concatenate([[0.5], 1 + 1j * (theta + (theta * cot - 1) * cot)]) * np.exp(nodes) * 0.4
    s = nodes / time.reshape(-1, 1)
    transform = (
        cell.permittivity * float(finite("voltage", voltage)) * cell.surface_field(s.ravel()).reshape(s.shape) / s
    )
    return ((weights * transform).real.sum(axis=1) / time.ravel()).reshape(time.shape)[()]


def relaxation_time(
    z: ArrayLike,
    D: float,
    c: ArrayLike,
    relative_permittivity: float,
    gap: float,
    T: float,
    stern_length: float = 0.0,
) -> float:
    """Slowest relaxation time of a blocking cell whose ions share one diffusivity [s].

    Pole of the response nearest to zero: in Debye lengths, ``w = 1 - lambda_D²/(D tau)`` solves
    ``[tanh(sqrt(w) h)/sqrt(w) - h]/w + h + delta = 0`` (tan where w < 0); tau tends to ``lambda_D L/D/(1 + delta)`` for
    thin double layers and to ``(2L/pi)²/D`` for overlapping ones.

    Parameters
    ----------
    D : float
        Diffusivity of all ions, m²/s; other arguments as in :class:`~npsolver.equilibrium.impedance.BlockingCell`.
    """
    from ._roots import find_root

    D = float(positive("D", D))
    cell = BlockingCell(z, np.full(len(np.atleast_1d(z)), D), c, relative_permittivity, gap, T, stern_length)
    h, delta = cell.half_gap, cell.stern

    def pole(w):
        small = np.abs(w) * h**2 < 1e-4
        k = np.sqrt(np.where(small, 1.0, np.abs(w)))
        quotient = (np.where(w > 0, np.tanh(k * h), np.tan(k * h)) / k - h) / np.where(small, 1.0, w)
        return np.where(small, -(h**3) / 3 + 2 * h**5 * w / 15, quotient) + h + delta

    # rises from minus infinity, where the tangent has its pole, to a positive value at w = 1
    w = float(find_root(pole, np.asarray(-((np.pi / 2 / h) ** 2) * (1 - 1e-12)), np.asarray(1.0)))
    return cell.debye_length**2 / (D * (1 - w))


class Charging(NamedTuple):
    """Weakly nonlinear charging, in units of RT/F, ``2 F c lambda_D`` (charge of a 1:1 salt) and the time lambda_D L/D.

    Attributes
    ----------
    zeta : ndarray
        Drop over the diffuse layer.
    charge : ndarray
        2 sinh(zeta/2).
    current : ndarray
        d charge/dt.
    """

    zeta: np.ndarray
    charge: np.ndarray
    current: np.ndarray


def charging_weakly_nonlinear(time: ArrayLike, voltage: float, stern_ratio: float = 0.0) -> Charging:
    """Leading-order charging of thin double layers: bulk resistance in series with Gouy-Chapman-Stern capacitors.

    ``d/dt 2 sinh(zeta/2) = v - zeta - 2 delta sinh(zeta/2)``, zeta(0) = 0 (Bazant, Thornton & Ajdari, Phys. Rev. E 70
    (2004) 021506, sec. V); holds while the salt that enters the layers, ``(lambda_D/L) 4 sinh²(v/4)``, is small.

    Parameters
    ----------
    time : array_like
        In units of lambda_D L/D (L half the gap), >= 0.
    voltage : float
        v, step of each electrode over RT/F (times z for a z:z salt).
    stern_ratio : float
        delta, effective Stern thickness over the Debye length.
    """
    from scipy.integrate import solve_ivp

    time = non_negative("time", time)
    v, delta = float(finite("voltage", voltage)), float(non_negative("stern_ratio", stern_ratio))

    def rate(_, zeta):
        return (v - zeta - 2 * delta * np.sinh(zeta / 2)) / np.cosh(zeta / 2)

    points, order = np.unique(time.ravel(), return_inverse=True)
    end = max(float(points[-1]), 1e-12)
    result = solve_ivp(rate, (0.0, end), [0.0], method="DOP853", t_eval=points, rtol=1e-12, atol=1e-13)
    if not result.success:
        raise ConvergenceError(f"charging: {result.message}")
    zeta = result.y[0][order].reshape(time.shape)
    charge = 2 * np.sinh(zeta / 2)
    return Charging(zeta, charge, v - zeta - delta * charge)
