"""Fermi-Dirac statistics of electrons and holes in parabolic bands: mu = E_C + RT F_1/2^-1(n/N_C)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

# eta(nu) - ln nu is a power series in nu below the first of these fillings n/N_C, Sommerfeld's expansion above the second.
DILUTE = 1.0
SOMMERFELD_LEVEL = 40.0
_TERMS, _DEGREE = 14, 32
_PANELS = (-2.0, 2.0, 8.0, 20.0, SOMMERFELD_LEVEL)


@dataclass(frozen=True)
class FermiDiracLaw:
    """F_1/2^-1(c/N) - ln(c/N): what degenerate carriers have beyond Boltzmann statistics.

    F_1/2 is the integral of J. S. Blakemore (Solid-State Electron. 25 (1982) 1067), which tends to exp(eta). Its inverse
    is computed to 1e-12 for every filling, with a derivative that belongs to it. With fluxes driven by differences of mu
    the generalised Einstein relation follows, D F/(mobility RT) = deta/dln n, and equilibrium is exact (P. Farrell, T.
    Koprucki and J. Fuhrmann, J. Comput. Phys. 346 (2017) 497; C. Cances et al., IMA J. Numer. Anal. 41 (2021) 271, the
    scheme of excess chemical potentials).

    Attributes
    ----------
    member : int
        Index of the species.
    density_of_states : float
        Effective density of states N, mol/m³.
    """

    member: int
    density_of_states: float

    def evaluate(self, c, charge):
        mu, derivative = np.zeros_like(c), np.zeros((*c.shape, c.shape[1]))
        value, slope = degeneracy(c[:, self.member] / self.density_of_states)
        mu[:, self.member] = value
        derivative[:, self.member, self.member] = slope / self.density_of_states
        return mu, derivative

    def room(self, c):
        return None


def degeneracy(filling: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F_1/2^-1(nu) - ln nu and its derivative by nu, for nu >= 0 (both (n,))."""
    value, slope = np.empty_like(filling), np.empty_like(filling)
    polynomial, largest = _middle()
    low, high = filling <= DILUTE, filling > largest
    middle = ~(low | high)
    if low.any():
        nu, series = filling[low], _dilute_series()
        value[low] = nu * np.polynomial.polynomial.polyval(nu, series)
        slope[low] = np.polynomial.polynomial.polyval(nu, series * np.arange(1, series.size + 1))
    if middle.any():
        s = np.log(filling[middle])
        value[middle] = polynomial(s)
        slope[middle] = polynomial.deriv()(s) / filling[middle]
    if high.any():
        nu = filling[high]
        eta = (0.75 * math.sqrt(math.pi) * nu) ** (2.0 / 3.0)
        for _ in range(4):
            density, change = _sommerfeld(eta)
            eta = eta - (density - nu) / change
        value[high] = eta - np.log(nu)
        slope[high] = 1.0 / _sommerfeld(eta)[1] - 1.0 / nu
    return value, slope


def filling_at(eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ln F_1/2(eta) and its derivative by eta (both (n,)), to 1e-12."""
    value, slope = np.empty_like(eta), np.empty_like(eta)
    panels = _panels()
    high, low = eta > SOMMERFELD_LEVEL, eta < _PANELS[0]
    if high.any():
        density, change = _sommerfeld(eta[high])
        value[high], slope[high] = np.log(density), change / density
    if low.any():  # the series in exp(eta), whose first term is kept apart
        z = np.exp(eta[low])
        k = np.arange(0, 24)
        series = (-1.0) ** k / (k + 1) ** 1.5
        density = np.polynomial.polynomial.polyval(z, series)
        value[low] = eta[low] + np.log(density)
        slope[low] = np.polynomial.polynomial.polyval(z, series * (k + 1)) / density
    for first, last, (polynomial, derivative) in zip(_PANELS, _PANELS[1:], panels):
        here = (eta >= first) & (eta <= last)
        if here.any():
            value[here], slope[here] = polynomial(eta[here]), derivative(eta[here])
    return value, slope


@lru_cache(maxsize=1)
def _panels() -> tuple:
    """Chebyshev series of ln F_1/2 and of its derivative between the limits of `_PANELS`."""
    found = []
    for domain in zip(_PANELS, _PANELS[1:]):
        law = np.polynomial.Chebyshev.interpolate(lambda eta: np.log(_quadrature(eta)[0]), _DEGREE, domain)
        found.append((law, law.deriv()))
    return tuple(found)


@lru_cache(maxsize=1)
def _dilute_series() -> np.ndarray:
    """Coefficients A_1, A_2 ... of eta - ln nu (W. B. Joyce and R. W. Dixon, Appl. Phys. Lett. 31 (1977) 354).

    From nu(z) = sum -(-z)^k/k^(3/2), z = exp(eta), inverted term by term.
    """
    n = _TERMS + 2
    forward = np.array([0.0] + [-((-1.0) ** k) / k**1.5 for k in range(1, n)])
    # z = nu q(nu); the fixed point q = 1 - (terms of higher order)/nu gains one order per turn
    q = np.zeros(n - 1)
    q[0] = 1.0
    for _ in range(n):
        total, power = np.zeros(n - 1), np.zeros(n - 1)
        power[0] = 1.0
        for k in range(1, n):
            power = np.convolve(power, q)[: n - 1]
            if k > 1:
                total[k - 1 :] += forward[k] * power[: n - k]
        q = -total
        q[0] += 1.0
    # the logarithm of q: q (ln q)' = q'
    logarithm = np.zeros(n - 1)
    for k in range(1, n - 1):
        inner = sum(j * logarithm[j] * q[k - j] for j in range(1, k))
        logarithm[k] = q[k] - inner / k
    return logarithm[1 : _TERMS + 1]


@lru_cache(maxsize=1)
def _middle() -> tuple[np.polynomial.Chebyshev, float]:
    """Chebyshev series of eta - ln nu in ln nu between the two expansions, and the upper end in nu."""
    largest = float(_sommerfeld(np.array([SOMMERFELD_LEVEL]))[0][0])
    domain = math.log(DILUTE), math.log(largest)
    series = np.polynomial.Chebyshev.interpolate(lambda s: _level(s) - s, _DEGREE, domain)
    return series, largest


def _level(s: np.ndarray) -> np.ndarray:
    """eta at which ln F_1/2 = s, by Newton's method on the logarithm, which is concave."""
    eta = s.copy()
    for _ in range(100):
        density, change = _quadrature(eta)
        step = (s - np.log(density)) * density / change
        eta = eta + step
        if np.abs(step).max() <= 1e-15 * (1.0 + np.abs(eta).max()):
            break
    return eta


def _quadrature(eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F_1/2 and its derivative F_-1/2: with t = u² the integrands are even and analytic, so the trapezoidal rule is exact
    to round-off for eta below 100."""
    step = 0.02
    u2 = (np.arange(1, int(math.sqrt(SOMMERFELD_LEVEL + 90.0) / step)) * step) ** 2
    occupation = np.exp(-np.logaddexp(0.0, u2 - eta[:, None]))
    factor = 4.0 * step / math.sqrt(math.pi)
    return factor * (occupation @ u2), factor * ((occupation * (1.0 - occupation)) @ u2)


def _sommerfeld(eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F_1/2 and its derivative far above the band edge (A. Sommerfeld, Z. Phys. 47 (1928) 1)."""
    value, slope = np.zeros_like(eta), np.zeros_like(eta)
    falling = 1.0  # (3/2)(1/2)(-1/2)..., 2n factors
    zeta = (-0.5, *(math.pi**k * c for k, c in ((2, 1 / 6), (4, 1 / 90), (6, 1 / 945), (8, 1 / 9450), (10, 1 / 93555))))
    for n, number in enumerate(zeta):
        if n:
            falling *= (3.5 - 2 * n) * (2.5 - 2 * n)
        weight = 2.0 * (1.0 - 2.0 ** (1 - 2 * n)) * number * falling
        value += weight * eta ** (1.5 - 2 * n)
        slope += weight * (1.5 - 2 * n) * eta ** (0.5 - 2 * n)
    factor = 4.0 / (3.0 * math.sqrt(math.pi))
    return factor * value, factor * slope
