"""Mixed conduction in two and three dimensions and in r-z: a membrane that varies along one axis is that of one dimension."""

from __future__ import annotations

import pytest

import npsolver
from npsolver.errors import InputError

CASE = """
[model]
physics = "electroneutral"
temperature = "900 K"
[[species]]
name = "V_O^2+"
diffusivity = "3.0214578e-10 m^2/s"
[[species]]
name = "Ce_Ce-"
diffusivity = "5e-07 m^2/s"
[[defect_equilibrium]]
equation = "O_O + 2 Ce_Ce^x = V_O^2+ + 2 Ce_Ce- + 1/2 O2"
constant = "1.5292198e-07 mol^3/m^9*atm^0.5"
[geometry]
{coordinates}
[[geometry.region]]
name = "ceria"
{extent}
fixed_charge = "-4200 mol/m^3"
relative_permittivity = 32
{surfaces}
[boundary.{fuel}]
kind = "gas"
pressure = {{ O2 = "1e-17 atm" }}
current = 0
[boundary.{air}]
kind = "gas"
pressure = {{ O2 = "0.21 atm" }}
potential = "0 V"
"""
KINDS = {
    "conductivity": 'species = "Ce_Ce-"',
    "transference": 'species = "V_O^2+"',
    "ambipolar_diffusivity": 'species = "V_O^2+"',
    "chemical_capacitance": 'species = "V_O^2+"',
    "gas_pressure": 'gas = "O2"',
}
SURFACE = """
[[geometry.surface]]
name = "{name}"
{place}
"""


def observables(places: dict[str, str], ends: str) -> str:
    text = f'[[observable]]\nname = "voltage"\nkind = "voltage"\nspecies = "Ce_Ce-"\n{ends}\n'
    text += f'[[observable]]\nname = "ionic voltage"\nkind = "voltage"\nspecies = "V_O^2+"\n{ends}\n'
    for kind, what in KINDS.items():
        for name, place in places.items():
            text += f'[[observable]]\nname = "{kind} {name}"\nkind = "{kind}"\n{what}\n{place}\n'
    return text


def values(text: str) -> dict[str, float]:
    solution = npsolver.run(npsolver.loads(text, "membrane.toml"))
    return {name: item.value for name, item in solution.observables.items()}


@pytest.fixture(scope="module")
def line() -> dict[str, float]:
    text = CASE.format(coordinates="", extent='length = "20 um"', surfaces="", fuel="left", air="right")
    return values(text + observables({"fuel": 'boundary = "left"', "middle": 'at = "10 um"'}, ""))


SHAPES = {
    "plane": ("", 'x = ["0 um", "20 um"]\ny = ["0 um", "5 um"]', 'at = ["10 um", "2 um"]', "x = {}\ny = [0, '5 um']"),
    "r-z": (
        'coordinates = "axisymmetric"',
        'z = ["0 um", "20 um"]\nr = ["0 um", "5 um"]',
        'at = ["2 um", "10 um"]',
        "z = {}\nr = [0, '5 um']",
    ),
    "space": (
        "",
        'x = ["0 um", "20 um"]\ny = ["0 um", "5 um"]\nz = ["0 um", "5 um"]',
        'at = ["10 um", "2 um", "2 um"]',
        "x = {}\ny = [0, '5 um']\nz = [0, '5 um']",
    ),
}


def membrane(shape: str, ends='boundary = "fuel"\nto = "air"', extra="") -> str:
    coordinates, extent, middle, side = SHAPES[shape]
    surfaces = SURFACE.format(name="fuel", place=side.format("'0 um'"))
    surfaces += SURFACE.format(name="air", place=side.format("'20 um'"))
    text = CASE.format(coordinates=coordinates, extent=extent, surfaces=surfaces, fuel="fuel", air="air")
    return text + observables({"fuel": 'boundary = "fuel"', "middle": middle}, ends) + extra


@pytest.mark.parametrize("shape", SHAPES)
def test_membrane_is_that_of_one_dimension(line, shape):
    found = values(membrane(shape))
    # both meshes follow the carriers towards the air
    assert found["voltage"] == pytest.approx(line["voltage"], rel=1e-6)
    assert 0.5 < abs(found["voltage"]) < 0.9
    assert abs(found["ionic voltage"]) < 0.05
    for kind in KINDS:
        assert found[f"{kind} fuel"] == pytest.approx(line[f"{kind} fuel"], rel=1e-5)  # fixed by the gas
        assert found[f"{kind} middle"] == pytest.approx(line[f"{kind} middle"], rel=2e-5)
    assert found["flux[V_O^2+, fuel]"] == pytest.approx(line["flux[V_O^2+, left]"], rel=2e-5)


def test_ends_can_be_named_in_one_dimension(line):
    text = CASE.format(coordinates="", extent='length = "20 um"', surfaces="", fuel="left", air="right")
    ends = 'boundary = "right"\nto = "left"'
    assert values(text + observables({}, ends))["voltage"] == pytest.approx(-line["voltage"], rel=1e-8)


REFUSED = {
    "one surface": ('boundary = "fuel"', "kind 'voltage' needs boundary and to, the surfaces"),
    "no surface": ("", "kind 'voltage' needs boundary and to"),
    "unknown surface": ('boundary = "fuel"\nto = "Air"', "to: expected 'fuel' or 'air' or 'bottom' or 'top', got 'Air'"),
    "twice": ('boundary = "fuel"\nto = "fuel"', "to: is the same surface as boundary, 'fuel'"),
    "position": ('boundary = "fuel"\nto = "air"\nat = ["1 um", "1 um"]', "at: means nothing for kind 'voltage'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    ends, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as caught:
        npsolver.loads(membrane("plane", ends), "membrane.toml")
    assert caught.value.exit_code == 2
