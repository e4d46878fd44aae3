"""Guesses along a parameter against functions whose continuation is known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from npsolver.stepping.predictor import MOST_STATES, REACH, Predictor


def system(n):
    """Concentrations are the first n unknowns, potentials the last."""
    return SimpleNamespace(concentration_index=np.arange(n))


def state(t, degree):
    """Logarithms of two concentrations and a potential that are polynomials of t."""
    smooth = np.array([sum((0.1 * t) ** k for k in range(degree + 1)), -2.0 * (0.1 * t) ** degree, 1.0 + (0.1 * t) ** degree])
    return np.concatenate([np.exp(smooth[:2]), smooth[2:]])


@pytest.mark.parametrize("degree", range(MOST_STATES))
@pytest.mark.parametrize("spacing", ["equal", "unequal"])
def test_polynomials_are_continued_exactly(degree, spacing):
    predictor = Predictor(system(2))
    values = np.arange(MOST_STATES) * 1.0 if spacing == "equal" else np.array([0.0, 0.7, 1.8, 2.5, 3.4])
    for t in values:
        predictor.add(t, state(t, degree))
    np.testing.assert_allclose(predictor.guess(4.0), state(4.0, degree), rtol=1e-12)


def test_only_the_latest_states_count():
    predictor = Predictor(system(2))
    predictor.add(-1.0, np.array([1e9, 1e-9, 100.0]))
    for t in range(MOST_STATES):
        predictor.add(float(t), state(t, 2))
    np.testing.assert_allclose(predictor.guess(5.0), state(5.0, 2), rtol=1e-12)


def test_concentrations_stay_positive_and_absent_ones_absent():
    predictor = Predictor(system(2))
    predictor.add(0.0, np.array([1.0, 0.0, 0.0]))
    predictor.add(1.0, np.array([1e-9, 0.0, 1.0]))
    guess = predictor.guess(2.0)
    np.testing.assert_allclose(guess, [1e-18, 0.0, 2.0], rtol=1e-12)


def test_noise_and_jumps_are_not_continued():
    """Differences that grow with their order bring nothing: the secant remains."""
    predictor = Predictor(system(0))
    for t, value in enumerate([0.0, 0.0, 0.0, 0.0, 1.0]):
        predictor.add(float(t), np.array([value]))
    np.testing.assert_allclose(predictor.guess(5.0), [2.0])


def test_far_values_start_from_the_last_state():
    predictor = Predictor(system(0))
    assert predictor.guess(0.0) is None
    predictor.add(0.0, np.array([0.0]))
    np.testing.assert_array_equal(predictor.guess(1.0), [0.0])
    predictor.add(1.0, np.array([1.0]))
    np.testing.assert_allclose(predictor.guess(1.0 + REACH), [1.0 + REACH])
    np.testing.assert_array_equal(predictor.guess(1.1 + REACH), [1.0])


def test_values_may_come_again():
    predictor = Predictor(system(0))
    for t in (0.0, 1.0, 0.0, 1.0):
        predictor.add(t, np.array([t**2]))
    assert len(set(predictor.values)) == len(predictor.values)
    assert np.isfinite(predictor.guess(2.0)).all()
