"""Bernoulli function and derivative against hundreds of digits, across every branch edge."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from npsolver._ext.bernoulli import bernoulli

# beyond, the kernel gives zero: B is below 1e-304 there
OVERFLOW = 707.9


def evaluate(x):
    x = np.ascontiguousarray(x, dtype=float)
    plus, minus, slope = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    bernoulli(x, plus, minus, slope)
    return plus, minus, slope


def exact(x):
    with mpmath.workdps(700 if abs(x) < 1e-15 else 400):
        x = mpmath.mpf(float(x))
        if x == 0:
            return mpmath.mpf(1), mpmath.mpf(-1) / 2
        growth = mpmath.expm1(x)
        return x / growth, (growth - x * mpmath.exp(x)) / growth**2


def arguments():
    rng = np.random.default_rng(1)
    magnitudes = np.concatenate(
        [
            np.geomspace(1e-300, 1e-20, 15),
            np.geomspace(1e-16, OVERFLOW, 400),
            *(edge * (1 + np.array([-1e-1, -1e-6, -2.3e-16, 0.0, 2.3e-16, 1e-6, 1e-1])) for edge in (1e-8, 0.5)),
            10.0 ** rng.uniform(-12, 2.8, 300),
            rng.uniform(0.4, 0.6, 100),
        ]
    )
    return np.concatenate([magnitudes, -magnitudes, [0.0, -0.0]])


def test_values_and_slope_to_round_off():
    x = arguments()
    plus, minus, slope = evaluate(x)
    for value, bp, bm, d in zip(x, plus, minus, slope):
        b, db = exact(value)
        assert abs(bp / b - 1) <= 4e-16, f"B({value!r})"
        assert abs(bm / exact(-value)[0] - 1) <= 4e-16, f"B(-({value!r}))"
        assert abs(d / db - 1) <= 1e-14, f"B'({value!r})"


@pytest.mark.parametrize("x", [708.1, 709.8, 720.0, 745.2, 800.0, 1e5, 1e300])
def test_large_arguments_neither_overflow_nor_lose_the_linear_branch(x):
    plus, minus, slope = evaluate([x, -x])
    assert plus[0] == pytest.approx(float(exact(x)[0]) if x < 1000 else 0.0, abs=1e-300)
    assert plus[1] == minus[0] == x
    assert minus[1] == plus[0]
    assert slope[0] == pytest.approx(0.0, abs=1e-300)
    assert slope[1] == -1.0


def test_identity_and_symmetry_are_exact():
    """B(-x) of x is B(x) of -x bit for bit: an edge sees the same numbers from both of its ends."""
    x = arguments()
    plus, minus, slope = evaluate(x)
    mirrored_plus, mirrored_minus, mirrored_slope = evaluate(-x)
    np.testing.assert_array_equal(plus, mirrored_minus)
    np.testing.assert_array_equal(minus, mirrored_plus)
    np.testing.assert_allclose(slope + mirrored_slope, -1.0, rtol=3e-16)


def test_empty():
    plus, minus, slope = evaluate([])
    assert plus.size == minus.size == slope.size == 0
