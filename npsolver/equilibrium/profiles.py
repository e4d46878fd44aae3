"""Potential profiles: Gouy-Chapman closed forms, any mixture by quadrature, and two walls with overlapping layers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConvergenceError, InputError
from ..units import GAS_CONSTANT, thermal_voltage
from ._checks import finite, non_negative, positive, temperature
from ._diffuse import Diffuse, exponential_remainder
from ._roots import find_root


def gouy_chapman(psi0: ArrayLike, x_over_debye: ArrayLike, z: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Profile in a z:z electrolyte, ``tanh(zF psi/4RT) = tanh(zF psi0/4RT) exp(-x/lambda_D)`` [V].

    Gouy, J. Phys. Théor. Appl. 9 (1910) 457; Chapman, Phil. Mag. 25 (1913) 475.

    Parameters
    ----------
    psi0 : array_like
        Surface minus bulk, V.
    x_over_debye : array_like
        Distance from the surface over the Debye length (:func:`~npsolver.equilibrium.double_layer.debye_length`).
    z : array_like
        Valence, > 0.
    T : array_like
        K.
    """
    voltage = thermal_voltage(temperature(T)) / positive("z", z)
    a, s = finite("psi0", psi0) / (4 * voltage), non_negative("x_over_debye", x_over_debye)
    # 1 - tanh(|a|) e^-s written without cancellation, for potentials of many volt
    t, decay = np.tanh(np.abs(a)), np.exp(-s)
    gap = -np.expm1(-s) + decay * 2 / (np.exp(2 * np.minimum(np.abs(a), 300.0)) + 1)
    return np.sign(a) * 2 * voltage * np.log1p(2 * t * decay / gap)


def gouy_chapman_2_1(psi0: ArrayLike, x_over_debye: ArrayLike, T: ArrayLike, *, divalent: str = "cation") -> np.ndarray:
    """Profile in a 2:1 (divalent cation) or 1:2 (divalent anion) electrolyte [V].

    For the 2:1 salt ``e^y = 1 + 6w/(1-w)²``, ``w = B exp(-x/lambda_D)``, ``B = (u0 - sqrt3)/(u0 + sqrt3)``,
    ``u0 = sqrt(1 + 2 e^y0)`` (Grahame, J. Chem. Phys. 21 (1953) 1054); 1:2 by y -> -y.

    Parameters
    ----------
    psi0, x_over_debye, T
        As in :func:`gouy_chapman`.
    divalent : {"cation", "anion"}
    """
    if divalent not in ("cation", "anion"):
        raise InputError(f"must be 'cation' or 'anion', found {divalent!r}", key="divalent")
    sign = 1.0 if divalent == "cation" else -1.0
    voltage = thermal_voltage(temperature(T))
    y0, s = sign * finite("psi0", psi0) / voltage, non_negative("x_over_debye", x_over_debye)
    if np.any(y0 > 600):
        raise InputError("beyond 600 RT/F the exponentials overflow", key="psi0")
    u0, root = np.sqrt(1 + 2 * np.exp(y0)), np.sqrt(3.0)
    B = 2 * np.expm1(y0) / (u0 + root) ** 2
    w = B * np.exp(-s)
    gap = np.where(B > 0, -np.expm1(-s) + np.exp(-s) * 2 * root / (u0 + root), 1 - w)
    return sign * voltage * np.log1p(6 * w / gap**2)


def diffuse_profile(
    z: ArrayLike,
    c_bulk: ArrayLike,
    psi0: float,
    x: ArrayLike,
    T: float,
    relative_permittivity: float,
    *,
    fixed_charge: float = 0.0,
    ion_size: float = 0.0,
) -> np.ndarray:
    """Potential [V] at distances `x` [m] from a plane at `psi0`, any mixture of ions, by integrating the first
    integral.

    ``d ln|y| / dx = -sqrt(2 w(y)/sum z² c) / (|y| lambda_D)``; the logarithm keeps the relative accuracy of the tail.

    Parameters
    ----------
    z, c_bulk, T, relative_permittivity, fixed_charge, ion_size
        As in :func:`~npsolver.equilibrium.double_layer.grahame_charge`, one electrolyte at a time.
    psi0 : float
        Surface minus bulk, V.
    x : (m,) array_like
        m, >= 0, any order.
    """
    from scipy.integrate import solve_ivp

    layer = Diffuse(z, c_bulk, T, relative_permittivity, fixed_charge, ion_size)
    x = non_negative("x", x)
    y0 = float(layer.reduced(psi0))
    layer.charge(np.asarray(y0))  # refuses a potential at which the exponentials overflow
    s, order = np.unique((x / layer.debye_length).ravel(), return_inverse=True)
    if y0 == 0 or s.size == 0:
        return np.zeros(x.shape)

    def rate(_, q):
        y = np.sign(y0) * np.maximum(np.exp(q), 1e-150)  # a trial step may fall below the smallest number
        return -np.sqrt(2 * layer.work(y) / layer.strength) / np.abs(y)

    end = max(float(s[-1]), 1e-12)
    result = solve_ivp(rate, (0.0, end), [np.log(abs(y0))], method="DOP853", t_eval=s, rtol=1e-12, atol=1e-12)
    if not result.success:
        raise ConvergenceError(f"diffuse layer: {result.message}")
    return (layer.voltage * np.sign(y0) * np.exp(result.y[0]))[order].reshape(x.shape)


def distance_at_potential(
    z: ArrayLike,
    c_bulk: ArrayLike,
    psi0: float,
    psi: ArrayLike,
    T: float,
    relative_permittivity: float,
    *,
    fixed_charge: float = 0.0,
    ion_size: float = 0.0,
) -> np.ndarray:
    """Distance from the surface [m] at which the potential has fallen from `psi0` to `psi`, by quadrature.

    ``x = lambda_D ∫ dy / sqrt(2 w(y)/sum z² c)`` over ln y; arguments as in :func:`diffuse_profile`.
    """
    layer = Diffuse(z, c_bulk, T, relative_permittivity, fixed_charge, ion_size)
    y0, y = float(layer.reduced(psi0)), layer.reduced(psi)
    if y0 == 0 or np.any(y * y0 <= 0) or np.any(np.abs(y) > abs(y0)):
        raise InputError("must have the sign of psi0 and not exceed it", key="psi")
    nodes, weights = _composite_gauss(40)
    q = np.log(np.abs(y))[..., None] + (np.log(abs(y0)) - np.log(np.abs(y)))[..., None] * nodes
    values = np.exp(q) / np.sqrt(2 * layer.work(np.sign(y0) * np.exp(q)) / layer.strength)
    return layer.debye_length * (values @ weights) * (np.log(abs(y0)) - np.log(np.abs(y)))


def _composite_gauss(panels: int, points: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    starts = np.arange(panels)[:, None] / panels
    return (starts + (nodes + 1) / (2 * panels)).ravel(), np.tile(weights / (2 * panels), panels)


class Slit(NamedTuple):
    """Two identical walls with overlapping diffuse layers, against the reservoir.

    Attributes
    ----------
    midplane_potential, surface_potential : float
        V.
    surface_charge : float
        Of each wall, C/m².
    disjoining_pressure : float
        RT (sum c_mid - sum c_reservoir), Pa.
    """

    midplane_potential: float
    surface_potential: float
    surface_charge: float
    disjoining_pressure: float


def slit(
    z: ArrayLike,
    c_reservoir: ArrayLike,
    separation: float,
    T: float,
    relative_permittivity: float,
    *,
    potential: float | None = None,
    surface_charge: float | None = None,
) -> Slit:
    """Two identical charged walls at a distance, point ions of any valence in equilibrium with a reservoir.

    First integral between midplane and wall, ``(dy/ds)² = 2 [w(y) - w(y_m)]/sum z² c``; the half gap is its integral
    (Langmuir, J. Chem. Phys. 6 (1938) 873; Israelachvili, Intermolecular and Surface Forces, ch. 14).

    Parameters
    ----------
    z, c_reservoir, T, relative_permittivity
        As in :func:`~npsolver.equilibrium.double_layer.grahame_charge`.
    separation : float
        Wall to wall, m.
    potential, surface_charge : float, optional
        One of them, of both walls, V or C/m².
    """
    layer = Diffuse(z, c_reservoir, T, relative_permittivity)
    half_gap = float(positive("separation", separation)) / 2 / float(layer.debye_length)
    if (potential is None) == (surface_charge is None):
        raise InputError("give either the potential or the charge of the walls", key="potential")
    imposed = float(finite("potential", potential if surface_charge is None else surface_charge))
    if imposed == 0:
        return Slit(0.0, 0.0, 0.0, 0.0)
    sign = float(np.sign(imposed))
    unit = float(layer.permittivity * layer.voltage / layer.debye_length)
    if half_gap > 250:  # the layers do not know of each other, and squares of the midplane potential would underflow
        y0 = float(layer.potential_of_charge(imposed)) if potential is None else imposed / float(layer.voltage)
        return Slit(0.0, y0 * float(layer.voltage), float(layer.charge(np.asarray(y0))), 0.0)
    top = np.log(abs(imposed) / float(layer.voltage))
    nodes, weights = _composite_gauss(24)

    def excess(ym, rise):
        """``2 [w(ym + rise) - w(ym)] / sum z² c``, all terms of one sign."""
        b, d = -layer.z * ym, -np.multiply.outer(rise, layer.z)
        terms = np.exp(b) * exponential_remainder(d) + d * np.expm1(b)
        return 2 * (terms @ layer.c) / layer.strength

    def wall_rise(q):
        """Reduced potential of the wall minus that of the midplane, ``y_m = sign exp(q)``."""
        ym = sign * np.exp(q)
        if surface_charge is None:
            return ym * np.expm1(top - q)
        target = 2 * np.log(abs(imposed) / unit)

        def mismatch(p):  # in the logarithm: the rise may be 1e-60 of the midplane potential
            return np.log(excess(ym, sign * np.exp(p))) - target

        return sign * float(np.exp(find_root(mismatch, -200.0, 5.5)))

    def gap(q):
        """Half gap over the Debye length; y = y_m cosh(theta) removes the singularity at the midplane."""
        ym = sign * np.exp(q)
        end = 2 * np.arcsinh(np.sqrt(wall_rise(q) / ym / 2))
        theta = end * nodes
        return end * np.sum(
            weights * np.exp(q) * np.sinh(theta) / np.sqrt(excess(ym, 2 * ym * np.sinh(theta / 2) ** 2))
        )

    def mismatch(q):
        return np.array([np.log(gap(v) / half_gap) for v in np.ravel(q)]).reshape(np.shape(q))

    if surface_charge is None:
        # just below the wall potential the gap closes; the midplane lies at most exp(-half gap) and a factor below it
        low, high = top - half_gap - 8.0, top - 1e-12
    else:
        isolated = abs(float(layer.potential_of_charge(imposed)))
        low, high = np.log(isolated) - half_gap - 8.0, np.log(100.0 / np.max(np.abs(layer.z)))
    if mismatch(np.asarray(low)) * mismatch(np.asarray(high)) > 0:
        raise ConvergenceError("slit: no midplane potential belongs to this separation and wall")
    q = float(find_root(mismatch, np.asarray(low), np.asarray(high), rtol=1e-14))
    ym, rise = sign * np.exp(q), wall_rise(q)
    sigma = imposed if surface_charge is not None else sign * unit * float(np.sqrt(excess(ym, rise)))
    pressure = float(GAS_CONSTANT * layer.T * layer.work(np.asarray(ym)))
    return Slit(float(ym * layer.voltage), float((ym + rise) * layer.voltage), sigma, pressure)
