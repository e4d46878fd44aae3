"""The species library: consistent with itself, with its sources and with the names it understands."""

from __future__ import annotations

import math

import pytest

from npsolver.case.names import canonical, split_name
from npsolver.case.species import diffusivity_at, find, known_names, library, water_viscosity
from npsolver.units import FARADAY, GAS_CONSTANT

ENTRIES = library().values()


def test_size():
    assert len(ENTRIES) >= 150
    assert sum(entry.group == "defect" for entry in ENTRIES) >= 20


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_entry(entry):
    assert entry.source
    assert entry.title
    assert (split_name(entry.name)[1] or 0) == entry.charge
    assert (entry.charge > 0) == (entry.group == "cation") or entry.group == "defect"
    assert (entry.charge < 0) == (entry.group == "anion") or entry.group == "defect"
    if entry.group == "defect":
        assert entry.diffusivity is None
    else:
        assert 2e-10 < entry.diffusivity < 1e-8
    if entry.conductivity is not None:  # Nernst-Einstein
        expected = GAS_CONSTANT * 298.15 * entry.conductivity * 1e-4 / (abs(entry.charge) * FARADAY**2)
        assert entry.diffusivity == pytest.approx(expected, rel=2e-3)


def test_names_are_unambiguous():
    owner = {}
    for entry in ENTRIES:
        for name in (entry.name, entry.title, *entry.aliases):
            assert owner.setdefault(canonical(name), entry.name) == entry.name
    assert len(known_names()) > len(ENTRIES)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("Ca2+", "Ca++", "Ca^2+", "Ca 2+", "Ca²⁺", "Ca^{2+}", "Ca^+2", "calcium"), "Ca2+"),
        (("SO4^2-", "SO4--", "SO4 2-", "SO42-", "SO₄²⁻", "sulfate"), "SO4^2-"),
        (("NO3-", "NO₃⁻", "nitrate"), "NO3-"),
        (("HPO4^2-", "HPO42-", "HPO4--"), "HPO4^2-"),
        (("PO4^3-", "PO43-", "PO4---"), "PO4^3-"),
        (("Fe(CN)6^3-", "[Fe(CN)6]3-", "Fe(CN)6 3-", "ferricyanide"), "Fe(CN)6^3-"),
        (("H+", "H3O+", "proton"), "H+"),
        (("V_O^2+", "V_O++", "V_O2+"), "V_O^2+"),
        (("e-", "e'"), "e-"),
        (("CO2", "CO2(aq)", "carbon dioxide"), "CO2"),
        (("CH3COO-", "acetate", "Ac-"), "CH3COO-"),
        (("HEPES-", "HEPES"), "HEPES-"),
        (("UO2^2+", "UO22+", "UO2++"), "UO2^2+"),
    ],
)
def test_spellings(names, expected):
    assert {find(name).name for name in names} == {expected}


def test_unknown_names():
    assert find("Xx+") is None
    assert find("K") is None  # the metal is no ion
    assert find("K2+") is None


# IAPWS SR6-08(2011), table 8, and the value at 37 °C of the same release
@pytest.mark.parametrize(("temperature", "viscosity"), [(298.15, 0.889996773679e-3), (310.15, 0.6913034e-3)])
def test_viscosity_of_water(temperature, viscosity):
    assert water_viscosity(temperature) == pytest.approx(viscosity, rel=1e-7)


def test_temperature_scaling():
    assert diffusivity_at(1.957e-9, 298.15) == 1.957e-9
    ratio = diffusivity_at(1.0, 310.15)
    assert ratio == pytest.approx(310.15 / 298.15 * 0.889996773679 / 0.6913034, rel=1e-7)
    values = [diffusivity_at(1.0, temperature) for temperature in range(274, 373)]
    assert all(later > earlier for earlier, later in zip(values, values[1:], strict=False))
    # "for typical ions D increases by 2 to 3 % per degree" (CRC Handbook, at the table of the library)
    assert math.log(diffusivity_at(1.0, 303.15)) / 5.0 == pytest.approx(0.024, abs=0.003)


def test_entries_read_by_their_own_line_are_those_of_the_whole_file():
    from npsolver.case.species import _by_its_name

    assert {name: _by_its_name(name) for name in library()} == library()
    assert _by_its_name("Ca++") is None  # a spelling of Ca2+, found by way of the index
