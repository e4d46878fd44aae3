"""Plain numbers that are more likely meant in another unit are refused; with their unit they are taken."""

from __future__ import annotations

import pytest
from case_texts import GOOD

from npsolver.case import from_document, load, loads
from npsolver.case.quantities import LARGEST_PLAIN, restated
from npsolver.errors import InputError

WITH_UNITS = {
    "geometry.region.membrane.length": ("50 m", 50.0),
    "boundary.right.potential": ("-50 V", -50.0),
    "species.K+.diffusivity": ("1.96 m^2/s", 1.96),
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("key", "number", "meant"),
    [
        ("geometry.region.membrane.length", 50, "'50 nm'; if 50 m is meant, '50 m'"),
        ("geometry.region.membrane.length", 0.1, "'0.1 nm'"),
        ("boundary.right.potential", 50, "'50 mV'"),
        ("boundary.right.potential", -70.0, "'-70.0 mV'"),
        ("species.K+.diffusivity", 1.96, "'1.96e-9 m^2/s'"),
    ],
)
def test_refused(path, key, number, meant):
    with pytest.raises(InputError, match="a plain number is in") as caught:
        load(path, {key: number})
    assert meant in str(caught.value)


@pytest.mark.parametrize(("key", "number"), [("geometry.region.membrane.length", 0.09), ("boundary.right.potential", 19.9)])
def test_plain_numbers_below_are_taken(path, key, number):
    load(path, {key: number})


def test_what_has_a_unit_is_taken_and_can_be_loaded_again(path):
    case = load(path, {key: text for key, (text, _) in WITH_UNITS.items()})
    assert case.model.boundaries["right"].potential == -50.0
    assert case.model.species[case.model.species_index("K+")].diffusivity == 1.96
    again = from_document(case.effective)
    assert again.sha256 == case.sha256
    assert again.geometry == case.geometry


def test_domains_of_metres_can_be_loaded_again():
    text = """
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[geometry]
[[geometry.region]]
name = "basin"
x = ["0 m", "2 m"]
y = ["-1 m", "1 m"]
[boundary.left]
kind = "bath"
concentration = { "K+" = "1 mM", "Cl-" = "1 mM" }
potential = "0 V"
"""
    case = loads(text)
    assert from_document(case.effective).sha256 == case.sha256


def test_events_of_many_volts_can_be_loaded_again(path):
    text = GOOD.replace('kind = "steady"', 'kind = "transient"\nend_time = "1 us"') + (
        '[[solve.event]]\ntime = "1 ns"\nset = { "boundary.right.potential" = "50 V" }\n'
    )
    case = loads(text)
    assert from_document(case.effective).solve.events == case.solve.events


@pytest.mark.parametrize(("unit", "limit"), LARGEST_PLAIN.items())
def test_restated(unit, limit):
    assert restated(0.99 * limit, unit) == 0.99 * limit
    assert restated(limit, unit) == f"{limit!r} {unit}"


@pytest.mark.parametrize(
    ("key", "value", "limit"),
    [
        ("boundary.left.concentration.K+", "1e5 M", r"at most 1e\+06 mol/m\^3"),
        ("geometry.region.membrane.fixed_charge", "-1e7", r"at most 1e\+06 mol/m\^3"),
        ("geometry.region.membrane.production.K+", "1e30", r"at most 1e\+12 mol/m\^3/s"),
        ("geometry.region.membrane.production", '{ "K+" = { expression = "1e300*x" } }', r"at most 1e\+12 mol/m\^3/s"),
    ],
)
def test_what_no_matter_holds_is_refused(path, key, value, limit):
    with pytest.raises(InputError, match=limit):
        load(path, {key: value})
