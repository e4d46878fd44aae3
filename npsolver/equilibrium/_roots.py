"""Roots of scalar functions, element by element of an array."""

from __future__ import annotations

import numpy as np

from ..errors import ConvergenceError


def find_root(f, low, high, *, rtol: float = 4e-16, max_iterations: int = 300) -> np.ndarray:
    """Root of `f` between `low` and `high`, broadcast over arrays.

    Chandrupatla, Adv. Eng. Softw. 28 (1997) 145: inverse quadratic interpolation where it is safe, bisection elsewhere.

    Parameters
    ----------
    f : callable
        Vectorised function of one array.
    low, high : array_like
        Brackets with f(low) f(high) <= 0.
    """
    a, b = (np.array(v, dtype=float) for v in np.broadcast_arrays(low, high))
    fa, fb = f(a), f(b)
    if np.any(np.sign(fa) * np.sign(fb) > 0):
        raise ConvergenceError("the bracket does not enclose a root")
    best, finished, t = np.where(fa == 0, a, b), (fa == 0) | (fb == 0), np.full(a.shape, 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(max_iterations):
            x = np.where(finished, best, a + t * (b - a))
            fx = f(x)
            same = np.sign(fx) == np.sign(fa)
            c, fc = np.where(same, a, b), np.where(same, fa, fb)
            b, fb = np.where(same, b, a), np.where(same, fb, fa)
            a, fa = x, fx
            nearer = np.abs(fa) < np.abs(fb)
            xm, fm = np.where(nearer, a, b), np.where(nearer, fa, fb)
            limit = rtol * np.abs(xm) / np.abs(b - a)
            done = (limit > 0.5) | (fm == 0) | (a == b)
            best, finished = np.where(done & ~finished, xm, best), finished | done
            if np.all(finished):
                return best[()]
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
            t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
            t = np.minimum(1 - limit, np.maximum(limit, np.where(safe & np.isfinite(t), t, 0.5)))
    raise ConvergenceError(f"no root to relative {rtol:g} after {max_iterations} iterations")


def widen(f, low, high, *, limit: float, reason: str) -> tuple[np.ndarray, np.ndarray]:
    """Double the bracket about its centre until the increasing or decreasing `f` changes sign in it."""
    low, high = (np.array(v, dtype=float) for v in np.broadcast_arrays(low, high))
    while True:
        open_ = np.sign(f(low)) * np.sign(f(high)) > 0
        if not np.any(open_):
            return low, high
        centre, half = (low + high) / 2, high - low
        if np.any(open_ & (half > limit)):
            raise ConvergenceError(reason)
        low, high = np.where(open_, centre - half, low), np.where(open_, centre + half, high)
