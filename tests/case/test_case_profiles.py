"""Profiles: only arithmetic of x passes, and it never runs away."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npsolver.case.expression import ExpressionError, Profile

X = np.linspace(0.0, 2.0, 9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", np.ones_like(X)),
        ("x/L", X / 2),
        ("10*(1 + 0.1*cos(pi*x/L))", 10 * (1 + 0.1 * np.cos(np.pi * X / 2))),
        ("x^2 + x**2", 2 * X**2),
        ("where(x < L/2, 1, 3)", np.where(X < 1, 1.0, 3.0)),
        ("heaviside(x - L/2)", np.heaviside(X - 1, 0.5)),
        ("erf(x)", np.array([math.erf(x) for x in X])),
        ("minimum(x, 1) + maximum(x, 1) + abs(-x)", 2 * X + 1),
        ("-e + exp(1)", np.zeros_like(X)),
    ],
)
def test_values(text, expected):
    profile = Profile(text, 1.0, 2.0)
    np.testing.assert_allclose(profile(X), expected, atol=1e-15)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(profile))(X), profile(X))


def test_unit_factor():
    assert Profile("2", 1000.0, 1.0)(np.array([0.0])) == 2000.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "import os",
        "__import__('os')",
        "x.__class__",
        "(lambda: 1)()",
        "[1, 2]",
        "{}",
        "'text'",
        "x if x else 1",
        "x and 1",
        "not x",
        "x[0]",
        "f'{x}'",
        "y",
        "exp",
        "exp()",
        "exp(1, 2)",
        "exp(x=1)",
        "exp(*[1])",
        "sin.cos(1)",
        "x < 1 < 2",
        "x := 1",
        "1j",
        "True",
        "eval('1')",
        "_power(1, 2)",
        "1" + "+1" * 1500,
        "(" * 500 + "x" + ")" * 500,
    ],
)
def test_refused(text):
    with pytest.raises(ExpressionError):
        Profile(text, 1.0, 1.0)


def test_powers_overflow_instead_of_running_for_ever():
    assert np.isinf(Profile("9**9**9**9", 1.0, 1.0)(X)).all()


@given(st.text(alphabet="xLpie0123456789+-*/^().,<> cosinexpwhere", max_size=40))
def test_any_text_is_refused_or_evaluated(text):
    try:
        profile = Profile(text, 1.0, 2.0)
    except ExpressionError:
        return
    assert profile(X).shape == X.shape
