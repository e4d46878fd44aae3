"""Formulas of studies: what they give, and what they refuse."""

from __future__ import annotations

import pytest

from npsolver.case.formula import Formula, FormulaError
from npsolver.units import FARADAY


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7.0),
        ("-x ** 2", -4.0),
        ("x if x > 1 else 0", 2.0),
        ("1 < x <= 2", True),
        ("1 < x < 2", False),
        ("x > 1 and y > 1", False),
        ("x > 1 or y > 1", True),
        ("not x > 1", False),
        ("salt == 'KCl' and x == 2", True),
        ("max(x, y, 5) % 3", 2.0),
        ("F * x", 2 * FARADAY),
        ("sqrt(x * 8)", 4.0),
    ],
)
def test_values(text, value):
    assert Formula(text)({"x": 2.0, "y": 0.5, "salt": "KCl"}) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "x.real",
        "[1, 2]",
        "lambda: 1",
        "x[0]",
        "exec('1')",
        "f'{x}'",
        "1 if",
        "~x",
        "x | y",
        "True",
        "max(x, key=1)",
        "x := 1",
        "1" * 2000,
    ],
)
def test_refused(text):
    with pytest.raises(FormulaError):
        Formula(text).check_names(["x", "y"])


@pytest.mark.parametrize("text", ["1 / (x - 2)", "9 ** 9 ** 9 ** 9", "sqrt(-x)", "log(0)", "x + 'a'", "'a' * 10000"])
def test_without_a_value(text):
    with pytest.raises(FormulaError, match="no value"):
        Formula(text)({"x": 2.0})
