"""The language of references."""

import math

import pytest

from npsolver.errors import InputError
from npsolver.validation.checks import _evaluate
from npsolver.validation.expression import Call, calls, parse_expression


@pytest.mark.parametrize(
    ("text", "name", "arguments", "keywords"),
    [
        ("zero()", "zero", (), ()),
        ("nernst(K+, left, right)", "nernst", ("K+", "left", "right"), ()),
        (" nernst ( SO4^2- ,left,right ) ", "nernst", ("SO4^2-", "left", "right"), ()),
        (
            "gouy_chapman_potential(1 nm, right, psi = -25.5 mV)",
            "gouy_chapman_potential",
            ("1 nm", "right"),
            (("psi", "-25.5 mV"),),
        ),
        ("f(a (b, c), d)", "f", ("a (b, c)", "d"), ()),
    ],
)
def test_calls(text, name, arguments, keywords):
    assert parse_expression(text) == Call(name, arguments, keywords)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("-2 * -3", 6.0),
        ("2 - 3 - 4", -5.0),
        ("8 / 4 / 2", 1.0),
        ("--1.5e-3", 1.5e-3),
        (".5 + 1.", 1.5),
    ],
)
def test_arithmetic(text, value):
    assert math.isclose(_evaluate(parse_expression(text), None), value)


def test_calls_inside_arithmetic_are_found():
    tree = parse_expression("-2 * nernst(K+, left, right) + (zero() - ghk_voltage(left, right)) / 4")
    assert [call.name for call in calls(tree)] == ["nernst", "zero", "ghk_voltage"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nernst(K+, left",
        "nernst K+",
        "nernst(K+,, left)",
        "1 +",
        "(1 + 2",
        "1 2",
        "f(a = 1, b)",
        "__import__('os').system('x')",
        "f(1)[0]",
        "(" * 200 + "1" + ")" * 200,
        "-" * 200 + "1",
        "1" * 3000,
    ],
)
def test_nonsense_is_refused(text):
    with pytest.raises(InputError):
        _evaluate(parse_expression(text), None)


def test_division_by_zero_is_refused():
    with pytest.raises(InputError, match="division by zero"):
        _evaluate(parse_expression("1 / (2 - 2)"), None)
