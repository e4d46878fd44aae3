"""Implicit Euler with step doubling: the fallback where a Rosenbrock step would make a concentration negative."""

from __future__ import annotations

import numpy as np


class EulerStep:
    """One positivity-preserving step as two halves; their difference from one whole step is the error estimate.

    Parameters
    ----------
    system : TransientSystem
    u_old : (size,) float64
        Start of the step, shared with the Rosenbrock method.

    Attributes
    ----------
    u_middle, u_new, error : (size,) float64
    """

    order = 2

    def __init__(self, system, u_old: np.ndarray):
        self.system, self.u_old = system, u_old
        self.u_middle, self.u_new, self.error = np.empty_like(u_old), np.empty_like(u_old), np.empty_like(u_old)
        self._set_time = getattr(system, "set_time", lambda t: None)

    def attempt(self, t: float, dt: float) -> None:
        """Step from ``u_old`` at ``t`` over ``dt``; raises ConvergenceError where Newton's method fails."""
        implicit_euler = self.system.implicit_euler
        half = 0.5 * dt
        self._set_time(t + half)
        self.u_middle[:] = implicit_euler(self.u_old, half, self.u_old)
        self._set_time(t + dt)
        self.u_new[:] = implicit_euler(self.u_middle, half, self.u_middle)
        np.subtract(self.u_new, implicit_euler(self.u_old, dt, self.u_new), self.error)

    def interpolate(self, theta: float, out: np.ndarray) -> None:
        """Piecewise linear between the three known states: positive, like they are."""
        left, right, fraction = (
            (self.u_old, self.u_middle, 2.0 * theta) if theta < 0.5 else (self.u_middle, self.u_new, 2.0 * theta - 1.0)
        )
        np.multiply(right, fraction, out)
        out += (1.0 - fraction) * left
