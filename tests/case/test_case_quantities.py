"""Units: exact, checked, and never a surprise."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npsolver.case import to_si
from npsolver.case.quantities import FREQUENT, KINDS, QuantityError, parse_quantity
from npsolver.errors import InputError
from npsolver.units import AVOGADRO, ELEMENTARY_CHARGE


@pytest.fixture(scope="module")
def registry():
    import pint

    return pint.UnitRegistry(non_int_type=Fraction)


@pytest.mark.parametrize(("si", "unit"), [(si, unit) for si, units in FREQUENT.items() for unit in units])
def test_listed_units_agree_with_pint(si, unit, registry):
    text = unit.replace("^", "**")
    text = f"1{text}" if text.startswith("/") else text
    integer, power = FREQUENT[si][unit]
    assert registry.Quantity(Fraction(1), registry.parse_units(text)).to(si).magnitude == integer * Fraction(10) ** power


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1 M", "concentration", 1000.0),
        ("1 mM", "concentration", 1.0),
        ("1 uM", "concentration", 1e-3),
        ("1 µM", "concentration", 1e-3),
        ("1 μM", "concentration", 1e-3),
        ("0.1 mol/L", "concentration", 100.0),
        ("0.1 mol/l", "concentration", 100.0),
        ("0.1 mol L-1", "concentration", 100.0),
        ("1e20 cm^-3", "concentration", 1e26 / AVOGADRO),
        ("-70 mV", "potential", -0.07),
        ("50 nm", "length", 5e-8),
        ("0.05 um", "length", 5e-8),
        ("3 angstrom", "length", 3e-10),
        ("3 Å", "length", 3e-10),
        ("1 inch", "length", 0.0254),
        ("1.96e-5 cm^2/s", "diffusivity", 1.96e-9),
        ("1.96e-5 cm2/s", "diffusivity", 1.96e-9),
        ("1.96e-5 cm**2/s", "diffusivity", 1.96e-9),
        ("1.96e-5 cm²/s", "diffusivity", 1.96e-9),
        ("1.96e-5 cm2 s-1", "diffusivity", 1.96e-9),
        ("1 mol·m⁻²·s⁻¹", "flux", 1.0),
        ("1 mol/(m^2 s)", "flux", 1.0),
        ("-5 uC/cm^2", "surface_charge", -0.05),
        ("1 e/nm^2", "surface_charge", ELEMENTARY_CHARGE * 1e18),
        ("25 degC", "temperature", 298.15),
        ("25 °C", "temperature", 298.15),
        ("-0.15 degC", "temperature", 273.0),
        ("77 degF", "temperature", 298.15),
        ("20 uF/cm^2", "capacitance", 0.2),
        ("30 %", "porosity", 0.3),
        ("0.3", "porosity", 0.3),
        ("2 min", "time", 120.0),
        ("1 mA/cm^2", "current_cartesian", 10.0),
        (7, "potential", 7.0),
        (-0.0, "potential", 0.0),
    ],
)
def test_values(text, kind, value):
    assert parse_quantity(text, KINDS[kind]) == pytest.approx(value, rel=1e-15, abs=0.0)


@pytest.mark.parametrize(
    "unit",
    ["m^9^9^9^9", "m**9**9**9", "m^999", "(m", "m)", "m^", "^", "__import__('os')", "m;m", "m" * 100, "2 m", "1/", "/"],
)
def test_strange_units_are_refused_quickly(unit):
    with pytest.raises(QuantityError):
        parse_quantity(f"1 {unit}", KINDS["length"])


@given(st.floats(min_value=1e-12, max_value=1e12), st.sampled_from(sorted(FREQUENT["m"])))
def test_round_trip_is_exact(value, unit):
    integer, power = FREQUENT["m"][unit]
    expected = float(Fraction(repr(value)) * integer * Fraction(10) ** power)
    assert parse_quantity(f"{value!r} {unit}", KINDS["length"]) == expected


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_numbers_are_finite_or_refused(value):
    if math.isfinite(value):
        assert parse_quantity(value, KINDS["flux"]) == value
    else:
        with pytest.raises(QuantityError, match="finite"):
            parse_quantity(value, KINDS["flux"])


def value_or_message(text, kind):
    try:
        return parse_quantity(text, KINDS[kind])
    except QuantityError as error:
        return str(error)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30), st.sampled_from(sorted(KINDS)))
def test_any_text_gives_a_finite_number_or_a_sentence(text, kind):
    outcome = value_or_message(text, kind)
    assert "expected" in outcome if isinstance(outcome, str) else math.isfinite(outcome)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="mMnu²^*/()+-. 0123456789eE%°CKsVL", max_size=25))
def test_text_made_of_units_gives_a_number_or_a_sentence(text):
    outcome = value_or_message("1 " + text, "length")
    assert "a length such as '50 nm'" in outcome if isinstance(outcome, str) else math.isfinite(outcome)


def test_literals_of_references():
    assert to_si("25 mV", "V") == 0.025
    assert to_si("10 mM", "mol/m^3") == 10.0
    assert to_si("3", "") == 3.0
    with pytest.raises(InputError, match="expected a quantity such as '1 V'"):
        to_si("25 nm", "V")
