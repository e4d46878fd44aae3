"""Guesses along a parameter from the states before."""

from __future__ import annotations

import numpy as np

from npsolver.discretisation import System

# States that a guess goes through at most, and how much further than the last step it may reach.
MOST_STATES = 5
REACH = 2.0
# Share of a term of the polynomial that the next may have: beyond, it brings noise, or a kink, instead of digits.
FALL = 0.8
# Terms are measured at so many unknowns.
SAMPLES = 128
SMALLEST = 1e-300


class Predictor:
    """Newton's polynomial through the last states, in logarithms of concentrations so that these stay positive.

    Parameters
    ----------
    system : System
    """

    def __init__(self, system: System):
        self.index = system.concentration_index
        self.values: list[float] = []  # the latest first
        self._places: list[int] = []  # rows of `_smooth` that hold their states
        self._state = self._smooth = np.zeros((MOST_STATES, 0))
        self._absent = np.zeros(0, dtype=np.int64)

    def add(self, value: float, state: np.ndarray) -> None:
        """Take the state ((size,) float64) at a value of the parameter."""
        if not self._smooth.size:
            self._smooth = np.zeros((MOST_STATES, state.size))
        if value in self.values:  # what is older than that belongs to another branch
            known = self.values.index(value)
            del self.values[known:], self._places[known:]
        del self.values[MOST_STATES - 1 :], self._places[MOST_STATES - 1 :]
        place = min(set(range(MOST_STATES)).difference(self._places))
        present = state[self.index]
        self._absent = self.index[:0]
        if not present.min(initial=1.0) > 0.0:
            self._absent = self.index[present <= 0.0]
            present = np.maximum(present, SMALLEST)
        self._smooth[place] = state
        self._smooth[place, self.index] = np.log(present)
        self._state = state
        self.values.insert(0, value)
        self._places.insert(0, place)

    def guess(self, value: float) -> np.ndarray | None:
        """The state to start from at `value`; None where no state is known."""
        if not self.values:
            return None
        if len(self.values) == 1 or abs(value - self.values[0]) > REACH * abs(self.values[0] - self.values[1]):
            return self._state
        terms = np.zeros((len(self.values), MOST_STATES))
        terms[:, self._places] = newton_terms(self.values, value)
        samples = terms[1:] @ self._smooth[:, :: max(1, self._state.size // SAMPLES)]
        sizes = (samples * samples).sum(axis=1).tolist()
        most = next((k for k in range(1, len(sizes)) if not sizes[k] <= FALL**2 * sizes[k - 1]), len(sizes))
        guess = terms[: most + 1].sum(axis=0) @ self._smooth
        guess[self.index] = np.exp(guess[self.index])
        guess[self._absent] = 0.0
        return guess


def newton_terms(points: list[float], value: float) -> np.ndarray:
    """Terms of Newton's interpolating polynomial at `value`, as weights of the values at the points ((n, n) float64).

    Row k is the product of ``value - points[j]``, j < k, times the divided difference of the first k + 1 points
    (A. Quarteroni, R. Sacco and F. Saleri, Numerical Mathematics, 2nd ed., section 8.2).
    """
    terms = np.zeros((len(points), len(points)))
    product, divided = 1.0, []
    for k, last in enumerate(points):
        own = 1.0
        for j in range(k):
            distance = points[j] - last
            divided[j] /= distance
            own /= -distance
        divided.append(own)
        terms[k, : k + 1] = [product * factor for factor in divided]
        product *= value - last
    return terms
