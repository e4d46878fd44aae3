"""Output at requested times from continuous extensions, so that they never influence the steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from npsolver.stepping.tableaux import Tableau


def dense_weights(tableau: Tableau, theta: float) -> np.ndarray:
    """Weights of the start and of the U_i in the continuous extension at ``theta``, (s + 1,) float64."""
    weights = np.zeros(tableau.stages + 1)
    inner = weights[1:]
    for row in tableau.dense[::-1]:
        inner *= theta
        inner += row
    inner *= 1.0 - theta
    inner += tableau.m
    inner *= theta
    weights[0] = 1.0
    return weights


class OutputSchedule:
    """Requested times and how far they have been served.

    Parameters
    ----------
    times : sequence of float
        Increasing.
    emit : callable (t, u)
        Receives a fresh array per time.

    Attributes
    ----------
    index : int
        Number of times served.
    """

    def __init__(self, times: Sequence[float], emit: Callable[[float, np.ndarray], None]):
        self.times = tuple(float(t) for t in times)
        if any(later <= earlier for earlier, later in zip(self.times, self.times[1:])):
            raise ValueError("output times must increase")
        self.emit, self.index = emit, 0

    @property
    def next_time(self) -> float:
        return self.times[self.index] if self.index < len(self.times) else np.inf

    def serve_start(self, t: float, u: np.ndarray) -> None:
        """Emit the start of the run if it was asked for."""
        if self.next_time == t:
            self.index += 1
            self.emit(t, u.copy())

    def serve(self, t_old: float, t_new: float, u_new: np.ndarray, interpolate: Callable) -> None:
        """Emit every requested time in (t_old, t_new]; ``interpolate(theta, out)`` evaluates inside the step."""
        while self.next_time <= t_new:
            t = self.next_time
            if t == t_new:
                u = u_new.copy()
            else:
                u = np.empty_like(u_new)
                interpolate((t - t_old) / (t_new - t_old), u)
            self.index += 1
            self.emit(t, u)
