"""What a good case file becomes."""

from __future__ import annotations

import json
import math
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from npsolver.case import from_document, load, loads, template_text, templates
from npsolver.case.expression import Profile
from npsolver.errors import InputError
from npsolver.units import GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage


def test_membrane(good):
    case = loads(good, "membrane.toml")
    assert case.name == "membrane"
    assert case.title == "K+-selective membrane"
    assert [species.name for species in case.model.species] == ["K+", "Cl-"]
    assert [species.charge for species in case.model.species] == [1.0, -1.0]
    assert case.geometry.regions == (("inside", 5e-8), ("membrane", 5e-9), ("outside", 5e-8))
    assert case.model.regions[1].excluded_species == {"Cl-"}
    left, right = case.model.boundaries["left"], case.model.boundaries["right"]
    assert left.concentration == {"K+": 140.0, "Cl-": 140.0}
    assert (left.current, left.potential) == (0.0, None)
    assert (right.current, right.potential) == (None, 0.0)
    assert case.model.temperature == 310.15
    assert case.solve.kind == "steady"
    assert case.expects[0].reference == "nernst(K+, left, right)"
    assert "CRC" in case.species_sources["K+"]


@pytest.mark.parametrize("name", templates())
def test_template(name):
    case = loads(template_text(name), f"{name}.toml")
    assert case.title == templates()[name]
    assert case.expects
    assert json.loads(json.dumps(case.effective, allow_nan=False)) == case.effective
    again = from_document(case.effective)
    assert again.effective == case.effective
    assert again.sha256 == case.sha256
    assert pickle.loads(pickle.dumps(case)).sha256 == case.sha256


def test_unknown_template():
    with pytest.raises(InputError, match="did you mean 'membrane'"):
        template_text("membrnae")


def test_hash_counts_numbers_and_not_words(good):
    case = loads(good)
    assert loads(good.replace("K+-selective membrane", "another title")).sha256 == case.sha256
    assert loads(good.replace("rtol = 1e-6", "rtol = 1e-3")).sha256 == case.sha256
    assert loads(good.replace('"50 nm"', '"0.05 um"')).sha256 == case.sha256
    assert loads(good.replace('"5 mM"', '"5.0001 mM"')).sha256 != case.sha256


def test_file_with_byte_order_mark_and_windows_line_ends(good, tmp_path):
    path = tmp_path / "case.toml"
    path.write_bytes(b"\xef\xbb\xbf" + good.replace("\n", "\r\n").encode())
    assert load(path).sha256 == loads(good).sha256


def test_bath_balance(good):
    text = good.replace('{ "K+" = "5 mM", "Cl-" = "5 mM" }', '{ "K+" = "5 mM" }\nbalance = "Cl-"')
    assert loads(text).model.boundaries["right"].concentration == {"K+": 5.0, "Cl-": 5.0}


def test_species_by_any_spelling(good):
    text = good.replace('[[species]]\nname = "Cl-"', '[[species]]\nname = "Ca++"\n[[species]]\nname = "Cl-"')
    text = text.replace('"K+" = "140 mM", "Cl-" = "140 mM"', '"K+" = "140 mM", "Ca^2+" = 0, "Cl-" = "140 mM"')
    text = text.replace('"K+" = "5 mM", "Cl-" = "5 mM"', '"K+" = "5 mM", "Ca2+" = "1 mM", "Cl⁻" = "7 mM"')
    right = loads(text).model.boundaries["right"]
    assert right.concentration == {"K+": 5.0, "Ca++": 1.0, "Cl-": 7.0}


def test_inner_and_outer_are_left_and_right(good):
    text = good.replace("boundary.left", "boundary.inner").replace("boundary.right", "boundary.outer")
    text = text.replace('"cartesian"', '"spherical"\ninner_radius = "1 um"').replace("0 A/m^2", "0 pA")
    text = text.replace('"membrane_potential"', '"flux[K+, outer]"').replace("(K+, left, right)", "(K+, inner, outer)")
    case = loads(text)
    assert set(case.model.boundaries) == {"left", "right"}
    assert case.geometry.origin == 1e-6
    assert case.expects[0].observable == "flux[K+, right]"
    assert case.expects[0].reference == "nernst(K+, left, right)"


def test_sphere_without_inner_radius_has_one_boundary(cell):
    text = cell.replace('[boundary.left]\nkind = "wall"\npotential = "25 mV"\n', "")
    case = loads(text.replace("[geometry]", '[geometry]\ncoordinates = "spherical"'))
    assert list(case.model.boundaries) == ["right"]
    assert case.geometry.boundary_names == ("right",)


def test_partition_and_stern(cell):
    text = cell.replace(
        'name = "cell"', 'name = "cell"\npartition = { "K+" = 0.1 }\nstandard_potential = { "Cl-" = "0.1 eV" }'
    )
    text = text.replace(
        'potential = "25 mV"', 'potential = "25 mV"\nstern = { thickness = "0.3 nm", relative_permittivity = 6 }'
    )
    model = loads(text).model
    mu0 = model.regions[0].standard_potential
    assert math.exp(-mu0["K+"] / (GAS_CONSTANT * model.temperature)) == pytest.approx(0.1, rel=1e-14)
    assert mu0["Cl-"] == pytest.approx(9648.533, rel=1e-6)
    assert model.boundaries["left"].stern_capacitance == pytest.approx(VACUUM_PERMITTIVITY * 6 / 0.3e-9, rel=1e-15)


def test_thermal_voltage_as_a_unit(cell):
    text = cell.replace('"25 mV"', '"4 kT/e"') + '[model]\ntemperature = "37 degC"\n'
    assert loads(text).model.boundaries["left"].potential == pytest.approx(4 * thermal_voltage(310.15), rel=1e-15)


REACTING = """\
[[species]]
name = "HA"
charge = 0
diffusivity = "1e-9 m^2/s"
[[species]]
name = "H+"
[[species]]
name = "OH-"
[[species]]
name = "A-"
charge = -1
diffusivity = "1e-9 m^2/s"
[[reaction]]
equation = "HA = H+ + A-"
pKa = 4.76
backward_rate = "1e10 1/M/s"
[[reaction]]
name = "water"
equation = "H2O <=> H+ + OH-"
pKa = 14
backward_rate = "1.4e11 L/mol/s"
regions = ["film"]
[[reaction]]
name = "numbers"
reactants = { "HA" = 2 }
products = { "H+" = 2, "A-" = 2 }
forward_rate = "2 1/M/s"
backward_rate = "3 L^3/mol^3/s"
[geometry]
[[geometry.region]]
name = "film"
length = "1 um"
[boundary.left]
kind = "bath"
concentration = { "HA" = "1 mM", "H+" = "0.1 mM", "OH-" = 0 }
balance = "A-"
potential = "0 V"
[boundary.right]
kind = "wall"
"""


def test_reactions():
    acid, water, numbers = loads(REACTING).model.reactions
    assert acid.backward_rate == 1e7
    assert acid.forward_rate == pytest.approx(1e7 * 10**-4.76 * 1e3, rel=1e-14)
    assert (acid.reactants, acid.products, acid.regions) == ({"HA": 1}, {"H+": 1, "A-": 1}, None)
    assert water.reactants == {}
    assert water.forward_rate == pytest.approx(1.4e8 * 1e-8, rel=1e-14)  # mol/m³/s: Kw = 1e-14 M² = 1e-8 (mol/m³)²
    assert water.regions == ("film",)
    assert numbers.forward_rate == pytest.approx(2e-3)
    assert numbers.backward_rate == pytest.approx(3e-9)


def test_initial_profiles(cell):
    text = cell.replace('"K+" = "10 mM"', '"K+" = { expression = "10 + cos(pi*x/L)", unit = "mM" }')
    case = loads(text)
    profile = case.initial.concentration["cell"]["K+"]
    assert isinstance(profile, Profile)
    np.testing.assert_allclose(profile(np.array([0.0, 0.5e-6, 1e-6])), [11.0, 10.0, 9.0])
    assert case.initial.concentration["cell"]["Cl-"] == 10.0


def test_initial_state_of_a_region_overrides_the_whole(good):
    text = (
        good
        + '[initial]\nconcentration = { "K+" = "1 mM", "Cl-" = "1 mM" }\n'
        + '[initial.region.membrane.concentration]\n"K+" = "2 mM"\n'
    )
    initial = loads(text).initial.concentration
    assert initial == {"inside": {"K+": 1.0, "Cl-": 1.0}, "membrane": {"K+": 2.0}, "outside": {"K+": 1.0, "Cl-": 1.0}}


def test_transient(cell):
    text = cell + 'output_times = { from = "1 us", to = "1 ms", points = 4, spacing = "log" }\n'
    text += '[[solve.event]]\ntime = "0.6 ms"\nset = { "boundary.left.potential" = 0 }\n'
    text += '[[solve.event]]\ntime = "0.2 ms"\nset = { "boundary.right.potential" = "10 mV" }\n'
    solve = loads(text).solve
    assert solve.end_time == 1e-3
    assert solve.output_times == pytest.approx((1e-6, 1e-5, 1e-4, 1e-3))
    assert solve.output_times[-1] == 1e-3
    assert [(event.time, event.key, event.value) for event in solve.events] == [
        (2e-4, "boundary.right.potential", 0.01),
        (6e-4, "boundary.left.potential", 0.0),
    ]


def test_event_on_a_bath_moves_the_balancing_ion(cell):
    bath = 'kind = "bath"\nconcentration = { "K+" = "10 mM" }\nbalance = "Cl-"\npotential = "0 V"'
    text = cell.replace('kind = "wall"\npotential = "0 V"', bath)
    event = '[[solve.event]]\ntime = "0.5 ms"\nset = { "boundary.right.concentration.K+" = "20 mM" }\n'
    events = loads(text + event).solve.events
    assert {item.key: item.value for item in events} == {
        "boundary.right.concentration.K+": 20.0,
        "boundary.right.concentration.Cl-": 20.0,
    }
    with pytest.raises(InputError, match="leaves a net charge"):
        loads(text.replace('}\nbalance = "Cl-"', ', "Cl-" = "10 mM" }') + event)


def test_sweep(good):
    sweep = (
        'kind = "sweep"\nparameter = "boundary.right.potential"\nvalues = { from = "0 V", to = "100 mV", points = 11 }'
    )
    case = loads(good.replace('kind = "steady"', sweep).replace("rtol = 1e-6", 'rtol = 1e-6\nat = "30 mV"'))
    assert case.solve.parameter == "boundary.right.potential"
    assert case.solve.unit == "V"
    assert len(case.solve.values) == 11
    assert case.solve.values[-1] == 0.1
    assert case.expects[0].at in case.solve.values


def test_sweep_with_a_balancing_ion(good):
    sweep = 'kind = "sweep"\nparameter = "boundary.right.concentration.K+"\nvalues = ["1 mM", "10 mM"]'
    text = good.replace('{ "K+" = "5 mM", "Cl-" = "5 mM" }', '{ "K+" = "5 mM" }\nbalance = "Cl-"')
    case = loads(text.replace('kind = "steady"', sweep))
    assert case.solve.values == (1.0, 10.0)
    member = case.with_values({case.solve.parameter: 10.0})
    assert member.model.boundaries["right"].concentration == {"K+": 10.0, "Cl-": 10.0}


def test_electroneutral_closed_cell_takes_one_reference_potential(cell):
    text = cell.replace('potential = "25 mV"\n', "") + '[model]\nphysics = "electroneutral"\n'
    assert loads(text).model.physics == "electroneutral"


def test_observables(good):
    text = (
        good
        + '[[observable]]\nname = "middle"\nkind = "concentration"\nspecies = "K+"\nat = "52.5 nm"\n'
        + 'region = "membrane"\n'
    )
    text += '[[observable]]\nname = "salt"\nkind = "amount"\nspecies = "Cl-"\n'
    text += '[[expect]]\nobservable = "middle"\nvalue = "26 mM"\natol = "1 mM"\n'
    case = loads(text)
    assert [spec.unit for spec in case.observables] == ["mol/m^3", "mol/m^2"]
    assert (case.expects[1].value, case.expects[1].atol) == (26.0, 1.0)


def test_loading_imports_neither_pint_nor_scipy_for_usual_units():
    code = (
        "import sys; from npsolver.case import loads, template_text, templates;"
        "[loads(template_text(name)) for name in templates()];"
        "print([name for name in ('pint', 'scipy', 'h5py', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["membranes/tms-sweep", "equilibrium/partition-distribution-potential"])
def test_cases_as_solved_are_the_same_cases(name):
    """A sweep of a concentration that an ion balances, and a partition coefficient of 1 (a standard potential of zero)."""
    path = Path(__file__).parents[2] / "cases" / f"{name}.toml"
    case = load(path)
    again = from_document(case.effective)
    assert again.sha256 == case.sha256
    assert [again.with_swept_value(v).model for v in again.solve.values] == [
        case.with_swept_value(v).model for v in case.solve.values
    ]
