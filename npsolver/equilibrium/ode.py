"""Ordinary differential equations with a stiff, error-controlled integrator, in pieces between sudden changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from ..errors import ConvergenceError, InputError
from . import _checks

METHODS = ("LSODA", "Radau", "BDF")


def integrate_pieces(
    law_for: Callable[[float], Callable],
    start: np.ndarray,
    times,
    breaks: Sequence[float] = (),
    *,
    enter: Callable[[float, np.ndarray], np.ndarray] | None = None,
    rtol: float = 1e-9,
    atol: float | np.ndarray = 1e-12,
    method: str = "LSODA",
) -> np.ndarray:
    """Integrate dy/dt = f(t, y), restarting wherever f changes suddenly.

    Parameters
    ----------
    law_for : callable
        ``law_for(t)`` returns the f that holds in the piece around t.
    start : (n_state,) ndarray
        y at ``times[0]``.
    times : (n_times,) array_like
        Increasing; the solution is wanted there, s.
    breaks : sequence of float
        Times at which f changes; those outside the range are ignored.
    enter : callable, optional
        ``enter(t, y)`` returns the state just after the break at t.
    rtol, atol : float
        Local error; `atol` may hold one number per state.
    method : str
        ``"LSODA"`` (A. C. Hindmarsh and L. R. Petzold, switches between stiff and non-stiff), ``"Radau"``, ``"BDF"``.

    Returns
    -------
    numpy.ndarray
        (n_times, n_state); at a break the state just after it.
    """
    from scipy.integrate import solve_ivp

    times = _checks.increasing("times", times)
    if times.size < 2:
        raise InputError("needs at least a first and a last time", key="times")
    if method not in METHODS:
        raise InputError(f"must be one of {', '.join(METHODS)}, got {method!r}", key="method")
    inside = {float(t) for t in breaks if times[0] < t < times[-1]}
    edges = [float(times[0]), *sorted(inside), float(times[-1])]
    states, y = np.empty((times.size, len(start))), np.array(start, dtype=float)
    for left, right in pairwise(edges):
        if left != edges[0] and enter is not None:
            y = enter(left, y)
        wanted = (times >= left) & (times < right)
        samples = np.append(times[wanted], right)
        result = solve_ivp(
            law_for((left + right) / 2), (left, right), y, method=method, t_eval=samples, rtol=rtol, atol=atol
        )
        if not result.success or not np.all(np.isfinite(result.y)):
            reached = result.t[-1] if result.t.size else left
            raise ConvergenceError(f"{method} stopped at {reached:g} s of {edges[-1]:g} s: {result.message}")
        states[wanted], y = result.y[:, :-1].T, result.y[:, -1]
    states[-1] = y
    return states
