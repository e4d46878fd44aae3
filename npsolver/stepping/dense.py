"""Output at requested times from continuous extensions, so that they never influence the steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from npsolver.stepping.tableaux import Tableau


def dense_weights(tableau: Tableau, theta: float) -> np.ndarray:
    """Weights of the start and of the U_i in the continuous extension at ``theta``, (s + 1,) float64."""
    inner = np.zeros(tableau.stages)
    for row in tableau.dense[::-1]:
        inner *= theta
        inner += row
    return np.concatenate(([1.0], theta * (tableau.m + (1.0 - theta) * inner)))


def dense_slopes(tableau: Tableau, theta: float) -> np.ndarray:
    """Derivatives with respect to ``theta`` of the weights of the U_i, (s,) float64."""
    slopes = tableau.m.copy()
    for power, row in enumerate(tableau.dense, start=1):
        slopes += row * (power * theta ** (power - 1) - (power + 1) * theta**power)
    return slopes


# Length of the implicit step that settles an interpolated state, relative to the step it lies in and to the square root
# of the tolerance: its error is of second order in that length and must stay below the tolerance.
SETTLING = 0.2


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

    def serve(
        self,
        t_old: float,
        t_new: float,
        u_new: np.ndarray,
        interpolate: Callable,
        settle: Callable | None = None,
        rtol: float = 0.0,
    ) -> None:
        """Emit every requested time in (t_old, t_new].

        Parameters
        ----------
        t_old, t_new : float
        u_new : (size,) float64
        interpolate : callable (theta, out)
            Evaluates inside the step.
        settle : callable (u, dt) -> u or None, optional
            A short implicit step that ends at the requested time. The states inside and at the end of a step are as
            accurate as the steps, but their stiffest components are not in balance, which fluxes on the finest edges
            would show. None where it fails.
        """
        while self.next_time <= t_new:
            t = self.next_time
            u = None
            if settle is not None:
                before = np.empty_like(u_new)
                short = min(SETTLING * rtol**0.5 * (t_new - t_old), 0.5 * (t - t_old))
                interpolate((t - short - t_old) / (t_new - t_old), before)
                u = settle(before, short)
            if u is None and t == t_new:
                u = u_new.copy()
            elif u is None:
                u = np.empty_like(u_new)
                interpolate((t - t_old) / (t_new - t_old), u)
            self.index += 1
            self.emit(t, u)


def interpolate_admissibly(system, method, theta: float, u_new: np.ndarray, out: np.ndarray) -> None:
    """Continuous extension at ``theta``, drawn towards the chord of the step until it is admissible.

    Near a vanishing concentration a polynomial may dip below zero between two positive states. The chord cannot, and a
    mean of both keeps every linear law of the states (amounts, Poisson's equation), which clipping would break.
    """
    method.interpolate(theta, out)
    if system.admissible(out):
        return
    chord = (1.0 - theta) * method.u_old + theta * u_new
    deviation = out - chord
    for weight in (0.5, 0.25, 0.125, 0.0):
        np.multiply(deviation, weight, out)
        out += chord
        if system.admissible(out):
            return
