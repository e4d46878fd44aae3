"""Guesses along a parameter from the states before."""

from __future__ import annotations

from itertools import islice

import numpy as np

from npsolver.discretisation import System

# States that a guess goes through at most, and how much further than the last step it may reach.
MOST_STATES = 5
REACH = 2.0
# Share of a term of the polynomial that the next may have: beyond, it brings noise, or a kink, instead of digits.
FALL = 0.8
SMALLEST = 1e-300


class Predictor:
    """Newton's polynomial through the last states, in logarithms of concentrations so that these stay positive.

    Parameters
    ----------
    system : System
    """

    def __init__(self, system: System):
        self.system = system
        self.values: list[float] = []  # the latest first
        self._state: np.ndarray | None = None
        self._differences: list[np.ndarray] = []  # divided, of all orders, at the latest value

    def add(self, value: float, state: np.ndarray) -> None:
        """Take the state ((size,) float64) at a value of the parameter."""
        smooth = state.copy()
        index = self.system.concentration_index
        smooth[index] = np.log(np.maximum(state[index], SMALLEST))
        if value in self.values:
            known = self.values.index(value)
            self.values, self._differences = self.values[:known], self._differences[:known]
        differences = [smooth]
        for before, old in zip(self.values, self._differences):
            differences.append((differences[-1] - old) / (value - before))
        self.values = [value, *self.values][:MOST_STATES]
        self._differences = differences[:MOST_STATES]
        self._state = state

    def guess(self, value: float) -> np.ndarray | None:
        """The state to start from at `value`; None where no state is known."""
        if len(self.values) < 2 or abs(value - self.values[0]) > REACH * abs(self.values[0] - self.values[1]):
            return self._state
        change, product, size = np.zeros(self._state.size), 1.0, np.inf
        for at, difference in zip(self.values, islice(self._differences, 1, None)):
            product *= value - at
            term = difference * product
            before, size = size, float(np.sqrt(term @ term))
            if not size <= FALL * before:
                break
            change += term
        index = self.system.concentration_index
        state = self._state + change
        state[index] = self._state[index] * np.exp(change[index])
        return state
