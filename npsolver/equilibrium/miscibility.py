"""Phase separation in an insertion host: spinodal, common tangent, plateau and hysteresis.

The common tangent of g(x) is the Maxwell construction on μ(x): equal areas between the plateau and the loop
(W. Dreyer et al., Nature Materials 9 (2010) 448).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from . import _checks
from .insertion_hosts import InsertionHost, RegularSolution


@dataclass(frozen=True)
class Coexistence:
    """Two phases in equilibrium.

    Attributes
    ----------
    x_low, x_high : float
        Compositions (the binodal).
    chemical_potential : float
        The common μ, J/mol.
    potential : float
        The plateau, V.
    """

    x_low: float
    x_high: float
    chemical_potential: float
    potential: float


def _single(name: str, value) -> float:
    """One positive number: the searches below work at one temperature."""
    array = _checks.positive(name, value)
    if array.ndim:
        raise InputError("must be a single number", key=name)
    return float(array)


def _nodes(host: InsertionHost) -> np.ndarray:
    """Compositions to search on: dense everywhere, and geometric towards the ends of a lattice."""
    low, high = host.range
    if (low, high) != (0.0, 1.0) or hasattr(host, "open_circuit"):
        return np.linspace(low, high, 4001)
    towards_zero = np.logspace(-15, np.log10(5e-4), 120)
    return np.concatenate([towards_zero, np.linspace(5e-4, 1 - 5e-4, 4001)[1:-1], 1 - towards_zero[::-1]])


def _zero(function, low: float, high: float) -> float:
    from scipy.optimize import brentq

    return brentq(function, low, high, xtol=1e-300, rtol=1e-14)


def spinodal(host: InsertionHost, temperature: float) -> np.ndarray:
    """Compositions between which the homogeneous host is unstable, dμ/dx < 0.

    Parameters
    ----------
    host : InsertionHost
    temperature : float
        K.

    Returns
    -------
    numpy.ndarray
        (n, 2) limits of the n unstable intervals; (0, 2) when every composition is stable.  A regular solution has
        ``x_s = ½ (1 ∓ √(1 − 2RT/Ω))``.
    """
    t = _single("temperature", temperature)
    if isinstance(host, RegularSolution):
        strength = host.interaction_at(t) / (GAS_CONSTANT * t)
        if strength <= 2:
            return np.empty((0, 2))
        high = 0.5 * (1 + np.sqrt(1 - 2 / strength))
        # x_low x_high = RT/(2Ω) keeps the digits of a small x_low
        return np.array([[1 / (2 * strength * high), high]])
    x = _nodes(host)
    slope = host.chemical_potential_slope(x, t)
    unstable = slope < 0
    edges = np.flatnonzero(unstable[1:] != unstable[:-1])
    if unstable[0] or unstable[-1]:
        raise InputError("the table ends inside an unstable range: extend it to a stable composition", key="x")
    limits = [_zero(lambda v: float(host.chemical_potential_slope(v, t)), x[i], x[i + 1]) for i in edges]
    return np.array(limits).reshape(-1, 2)


@lru_cache(maxsize=256)
def coexistences(host: InsertionHost, temperature: float) -> tuple[Coexistence, ...]:
    """Pairs of phases on a common tangent of g(x), from low to high x.

    A convex hull of g finds which phases touch; the plateau is then the zero of the Maxwell area
    ``g(x_high) − g(x_low) − μ (x_high − x_low)``, which falls steadily with μ.  Unstable ranges narrower than 2.5e-4
    in x are not seen (regular solutions are solved in closed form, down to the critical point).

    Parameters
    ----------
    host : InsertionHost
    temperature : float
        K.

    Returns
    -------
    tuple of Coexistence
        Empty when the host mixes in all proportions.
    """
    t = _single("temperature", temperature)
    unstable = spinodal(host, t)
    if not len(unstable):
        return ()
    if isinstance(host, RegularSolution):
        return (_symmetric_pair(host, t, unstable[0][0]),)
    x = np.unique(np.concatenate([_nodes(host), unstable.ravel()]))
    hull = _lower_hull(x, host.free_energy(x, t))
    low, high = x[0], x[-1]
    pairs = []
    # every gap is bounded by stable branches: from the spinodal before it, to the spinodal behind it
    for first, last in _gaps(hull, x, unstable):
        left = (unstable[first - 1][1] if first else low, unstable[first][0])
        right = (unstable[last][1], unstable[last + 1][0] if last + 1 < len(unstable) else high)
        pairs.append(_common_tangent(host, t, left, right))
    return tuple(pairs)


def _symmetric_pair(host: RegularSolution, t: float, x_spinodal: float) -> Coexistence:
    """Binodal of a regular solution: ``ln(x/(1−x)) + (Ω/RT)(1−2x) = 0`` below the spinodal, at U = E0."""
    strength = host.interaction_at(t) / (GAS_CONSTANT * t)

    def balance(log_x):
        x = np.exp(log_x)
        return log_x - np.log1p(-x) + strength * (1 - 2 * x)

    x_low = float(np.exp(_zero(balance, -strength - 1, np.log(x_spinodal))))
    mu = float(host.chemical_potential(0.5, t))
    return Coexistence(x_low, 1 - x_low, mu, -mu / (host.charge * FARADAY))


def _lower_hull(x: np.ndarray, g: np.ndarray) -> list[int]:
    """Indices of the lower convex hull (A. M. Andrew, Inf. Process. Lett. 9 (1979) 216)."""
    hull: list[int] = []
    for k in range(x.size):
        while len(hull) > 1:
            i, j = hull[-2], hull[-1]
            if (g[j] - g[i]) * (x[k] - x[i]) >= (g[k] - g[i]) * (x[j] - x[i]):
                hull.pop()
            else:
                break
        hull.append(k)
    return hull


def _gaps(hull: list[int], x: np.ndarray, unstable: np.ndarray) -> list[tuple[int, int]]:
    """Unstable intervals (first, last) that each tie-line of the hull spans."""
    middle = unstable.mean(axis=1)
    gaps: dict[tuple[int, int], None] = {}
    for i, j in pairwise(hull):
        spanned = np.flatnonzero((middle > x[i]) & (middle < x[j]))
        if spanned.size:
            gaps[int(spanned[0]), int(spanned[-1])] = None
    return list(gaps)


def _common_tangent(host, t, left, right) -> Coexistence:
    """Maxwell construction between two stable branches, each (from, to) in x."""

    def mu(x):
        return float(host.chemical_potential(x, t))

    def on(branch, level):
        ends = [mu(v) - level for v in branch]
        for v, end in zip(branch, ends, strict=True):
            if end == 0:
                return v
        return _zero(lambda v: mu(v) - level, *branch)

    def area(level):
        a, b = on(left, level), on(right, level)
        return float(host.free_energy(b, t) - host.free_energy(a, t)) - level * (b - a)

    bottom, top = max(mu(left[0]), mu(right[0])), min(mu(left[1]), mu(right[1]))
    if bottom >= top or area(bottom) * area(top) > 0:
        low, high = host.range
        raise InputError(f"one phase of a two-phase range lies beyond the model, x = {low:g} to {high:g}", key="x")
    level = _zero(area, bottom, top)
    return Coexistence(on(left, level), on(right, level), level, -level / (host.charge * FARADAY))


def in_two_phase(host: InsertionHost, x, temperature) -> np.ndarray:
    """Whether x lies between two coexisting phases (bool, broadcast of x and T)."""
    x, t = np.broadcast_arrays(host.filling(x), _checks.positive("temperature", temperature))
    inside = np.zeros(x.shape, dtype=bool)
    for one in np.unique(t):
        for pair in coexistences(host, float(one)):
            inside |= (t == one) & (x > pair.x_low) & (x < pair.x_high)
    return inside


def open_circuit_potential(host: InsertionHost, x, temperature) -> np.ndarray:
    """Equilibrium potential with its plateaus: constant between coexisting phases, V.

    Parameters
    ----------
    host : InsertionHost
    x, temperature : array_like
        Filled share of sites; K.  Broadcast.

    Returns
    -------
    numpy.ndarray
        V.
    """
    x, t = np.broadcast_arrays(host.filling(x), _checks.positive("temperature", temperature))
    potential = np.array(host.potential(x, t))
    for one in np.unique(t):
        for pair in coexistences(host, float(one)):
            potential[(t == one) & (x > pair.x_low) & (x < pair.x_high)] = pair.potential
    return potential[()]


def hysteresis_gap(host: InsertionHost, temperature: float) -> float:
    """Zero-current gap between charge and discharge when each runs to its spinodal, V (Dreyer et al. 2010).

    The potential rises to the upper spinodal on extraction and falls to the lower one on insertion.
    """
    limits = spinodal(host, temperature)
    if not len(limits):
        return 0.0
    potentials = host.potential(limits, temperature)
    return float(potentials.max() - potentials.min())


def mixing_barrier(host: InsertionHost, temperature: float) -> float:
    """Largest height of g(x) above its common tangents, J per mole of sites; 0 without phase separation."""
    x, height = _nodes(host), 0.0
    for pair in coexistences(host, float(temperature)):
        inside = x[(x > pair.x_low) & (x < pair.x_high)]
        tangent = host.free_energy(pair.x_low, temperature) + pair.chemical_potential * (inside - pair.x_low)
        height = max(height, float(np.max(host.free_energy(inside, temperature) - tangent)))
    return height
