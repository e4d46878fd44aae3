"""Step-size control: Gustafsson's predictive controller, and the growth limits of RODAS."""

from __future__ import annotations

from dataclasses import dataclass
from math import log


@dataclass
class StepController:
    """Next step from the error of the last attempt.

    Gustafsson, ACM TOMS 20 (1994) 496; Hairer & Wanner, *Solving Ordinary Differential Equations II*, Eq. (8.21).

    Attributes
    ----------
    order : int
        The error estimate behaves as ``dt**order`` (one more than the order of the embedded solution).
    safety, largest_growth, largest_cut : float
        The new step is kept between ``largest_cut`` and ``largest_growth`` times the last one.
    first_growth, first_cut : float
        Wider limits for the first step after a start or an event, whose size is a guess.
    last_dt, last_error : float
        Memory: the last accepted step and its error norm; zero where there is none.
    rejected_dt, rejected_error : float
        The last rejected attempt of the step in progress; zero where there is none.
    """

    order: int
    safety: float = 0.9
    largest_growth: float = 6.0
    largest_cut: float = 0.2
    first_growth: float = 50.0
    first_cut: float = 0.01
    last_dt: float = 0.0
    last_error: float = 0.0
    rejected_dt: float = 0.0
    rejected_error: float = 0.0

    def reset(self) -> None:
        """Forget the past: the next step is a first one."""
        self.last_dt = self.last_error = self.rejected_dt = self.rejected_error = 0.0

    def accept(self, dt: float, error: float) -> float:
        """Step size to follow an accepted step."""
        error = max(error, 1e-10)
        growth = self.largest_growth
        factor = self.safety * error ** (-1.0 / self.order)
        if self.last_dt > 0.0:
            predicted = self.safety * dt / self.last_dt * (self.last_error / error**2) ** (1.0 / self.order)
            factor = min(factor, predicted)
        else:
            growth = self.first_growth
        if self.rejected_dt > 0.0:
            growth = 1.0
        self.last_dt, self.last_error = dt, max(error, 1e-2)
        self.rejected_dt = self.rejected_error = 0.0
        return dt * min(growth, max(self.largest_cut, factor))

    def reject(self, dt: float, error: float) -> float:
        """Step size to repeat a step whose error norm exceeded 1.

        A second rejection shows how the error really depends on the step (right after a jump it may fall as
        ``dt**(1/2)``): that observed order then replaces the method's (Gustafsson 1994, Sect. 4).
        """
        order = float(self.order)
        if self.rejected_dt > dt and self.rejected_error > error:
            order = min(order, max(0.25, log(self.rejected_error / error) / log(self.rejected_dt / dt)))
        self.rejected_dt, self.rejected_error = dt, error
        smallest = self.largest_cut if self.last_dt > 0.0 else self.first_cut
        return dt * max(smallest, min(0.9, self.safety * error ** (-1.0 / order)))

    def cut(self, dt: float, factor: float) -> float:
        """Step size to repeat a step that failed otherwise."""
        self.rejected_dt, self.rejected_error = dt, 0.0
        return dt * factor
