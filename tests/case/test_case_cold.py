"""Temperatures below 150 K are taken with their unit only: a plain 25 is room temperature in the wrong unit."""

from __future__ import annotations

import pytest
from case_texts import GOOD

import npsolver
from npsolver.case import from_document, load, loads
from npsolver.case.quantities import COLDEST_PLAIN, KINDS, QuantityError, parse_quantity
from npsolver.errors import InputError

OWN = GOOD.replace('name = "K+"', 'name = "K+"\ndiffusivity = 2e-9').replace(
    'name = "Cl-"', 'name = "Cl-"\ndiffusivity = 2e-9'
)


def at(temperature: str) -> str:
    return OWN.replace('"310.15 K"', temperature)


@pytest.mark.parametrize("number", [25, 36.6, 77.0, 149.99])
def test_a_plain_number_is_refused(number):
    with pytest.raises(InputError, match=f"'{number} degC' or {number + 273.15:g}; if {number} kelvin are meant"):
        loads(at(repr(number)))


@pytest.mark.parametrize(("text", "kelvin"), [('"25 K"', 25.0), ('"25 degC"', 298.15), ("150", 150.0), ("298.15", 298.15)])
def test_what_is_meant_is_accepted(text, kelvin):
    assert loads(at(text)).model.temperature == kelvin


def test_zero_and_below_are_refused_as_before():
    for number in (0, -5.0):
        with pytest.raises(QuantityError, match="greater than zero"):
            parse_quantity(number, KINDS["temperature"])
    assert parse_quantity(COLDEST_PLAIN, KINDS["temperature"]) == COLDEST_PLAIN


def test_set_and_overrides_are_held_to_it(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(at('"300 K"'), encoding="utf-8")
    for value in (25, "25"):
        with pytest.raises(InputError, match=r"'25 degC' or 298\.15"):
            load(path, {"model.temperature": value})
    assert load(path, {"model.temperature": "25 K"}).model.temperature == 25.0


def test_the_case_as_solved_can_be_loaded_again():
    case = loads(at('"25 K"'))
    again = from_document(case.effective)
    assert again.model.temperature == 25.0
    assert again.sha256 == case.sha256


def test_sweep_over_cold_temperatures():
    sweep = 'kind = "sweep"\nparameter = "model.temperature"\nvalues = ["100 K", "200 K"]'
    case = loads(OWN.replace('kind = "steady"', sweep))
    solution = npsolver.run(case)
    low, high = solution.observables["membrane_potential"].value
    assert high == pytest.approx(2 * low, rel=1e-9)  # Nernst
    assert from_document(case.effective).solve.values == (100.0, 200.0)
    with pytest.raises(InputError, match="'100 degC'"):
        loads(OWN.replace('kind = "steady"', sweep.replace('"100 K"', "100")))
