"""Reciprocity measured on solved systems, in one and two dimensions."""

from __future__ import annotations

import json

import numpy as np
import pytest
from engine_problems import solved
from onsager_problems import LEFT, NONIDEAL, film

import npsolver
from npsolver.cli import cli
from npsolver.errors import InputError
from npsolver.mesh import Geometry
from npsolver.model import Region
from npsolver.observables.reciprocity import linear_response
from npsolver.runner.reciprocity import reciprocity

ONE = Geometry("cartesian", (("a", 20e-9), ("b", 30e-9)))
CHARGED = (Region("a"), Region("b", fixed_charge=-50.0))


@pytest.mark.parametrize("physics", ["pnp", "electroneutral"])
@pytest.mark.parametrize("name", ["ideal", *NONIDEAL])
def test_response_is_symmetric(name, physics):
    nonideal = NONIDEAL.get(name, {})
    system, u = solved(film(LEFT, LEFT, 0.0, physics, CHARGED, **nonideal), ONE)
    response = linear_response(system, u)
    assert len(response.forces) == 6
    assert response.asymmetry <= 1e-9
    assert response.smallest_eigenvalue >= -1e-9
    cross = np.abs(response.matrix[0, 1]) / response.matrix[0, 0]
    assert (cross > 1e-3) == ("coupling" in nonideal)


def test_response_is_that_of_small_differences():
    """Inflows of a solved system with slightly different baths."""
    from engine_problems import T

    from npsolver.observables.terminals import terminal_values
    from npsolver.units import GAS_CONSTANT

    nonideal = NONIDEAL["coupled table"]
    system, u = solved(film(LEFT, LEFT, 0.0, **nonideal), ONE)
    response = linear_response(system, u)
    size = 1e-5
    flux = []
    for sign in (1.0, -1.0):
        changed = LEFT | {"K+": LEFT["K+"] * np.exp(sign * size)}
        other, v = solved(film(changed, LEFT, 0.0, **nonideal), ONE)
        flux.append(terminal_values(other, v, True)["left"].flux)
    measured = (flux[0] - flux[1]) / (2 * size * GAS_CONSTANT * T)
    assert np.allclose(measured, response.matrix[:3, 0], rtol=1e-5, atol=1e-7 * response.matrix[0, 0])


PLATE = """
[[species]]
name = "K+"
[[species]]
name = "Na+"
[[species]]
name = "Cl-"
{extra}
[geometry]
dimension = 2
[[geometry.region]]
name = "plate"
x = ["0 nm", "40 nm"]
y = ["0 nm", "20 nm"]
{charge}
[[geometry.region]]
name = "gate"
x = ["40 nm", "60 nm"]
y = ["0 nm", "20 nm"]
fixed_charge = "-50 mM"
[boundary.left]
kind = "bath"
concentration = {{ "K+" = "100 mM", "Na+" = "10 mM", "Cl-" = "110 mM" }}
potential = "10 mV"
[boundary.right]
kind = "bath"
concentration = {{ "K+" = "10 mM", "Na+" = "100 mM", "Cl-" = "110 mM" }}
potential = "0 V"
[boundary.top]
kind = "wall"
surface_charge = "-10 mC/m^2"
[mesh]
nodes = [15, 9]
"""
COUPLED = """
[[activity]]
model = "davies"
[[activity]]
model = "steric"
ion_size = "5 angstrom"
[[onsager.coupling]]
between = ["K+", "Cl-"]
q = 0.2
[[onsager.coupling]]
between = ["K+", "Na+"]
q = -0.1
"""


@pytest.mark.parametrize("extra", ["", COUPLED], ids=["ideal", "coupled"])
def test_two_dimensions(extra):
    found = reciprocity(npsolver.loads(PLATE.format(extra=extra, charge="")))
    assert found.passed
    assert found.response.asymmetry <= 1e-9
    assert len(found.response.forces) == 6


def test_entropy_and_equilibrium_in_two_dimensions():
    case = npsolver.loads(PLATE.format(extra=COUPLED, charge=""))
    solution = npsolver.run(case)
    assert solution.entropy_production[0] > 0.0


def test_state_off_equilibrium_is_refused():
    system, u = solved(film(), ONE)
    with pytest.raises(InputError, match=r"no equilibrium.*differs by"):
        linear_response(system, u)


def test_command(tmp_path):
    from click.testing import CliRunner

    path = tmp_path / "plate.toml"
    path.write_text(PLATE.format(extra=COUPLED, charge=""))
    result = CliRunner().invoke(cli, ["reciprocity", str(path), "--json"], standalone_mode=False)
    record = json.loads(result.output)
    matrix = np.array(record["matrix"])
    assert result.return_value == 0
    assert record["passed"]
    assert record["forces"][0] == "K+ at left"
    assert np.abs(matrix - matrix.T).max() <= 1e-9 * matrix.max()
    text = CliRunner().invoke(cli, ["reciprocity", str(path), "--bath", "right"], standalone_mode=False).output
    assert "asymmetry" in text
    assert "reciprocal" in text


def test_command_refuses_what_has_no_equilibrium(tmp_path):
    with pytest.raises(InputError, match="'top' holds no species"):
        reciprocity(npsolver.loads(PLATE.format(extra="", charge="")), "top")


def test_asymmetric_matrix_is_found_out():
    """A matrix that slipped past the check at load."""
    model = film(LEFT, LEFT, 0.0, **NONIDEAL["coupled"])
    _system, u = solved(model, ONE)
    wrong = model.coupling.matrices.copy()
    wrong[0, 0, 1] *= 1.0 + 1e-6
    object.__setattr__(model.coupling, "matrices", wrong)
    try:
        tampered, _ = solved(model, ONE)
        response = linear_response(tampered, u)
    finally:
        wrong[0, 0, 1] /= 1.0 + 1e-6
    assert 1e-8 < response.asymmetry < 1e-5


def test_species_that_cannot_pass_drive_nothing():
    regions = (Region("a"), Region("b", excluded_species=frozenset(["Cl-"])))
    system, u = solved(film(LEFT, LEFT, 0.0, "pnp", regions, **NONIDEAL["davies"]), ONE)
    response = linear_response(system, u)
    assert {species for _, species in response.passive} == {"Cl-"}
    assert response.asymmetry <= 1e-9


WEAK_ACID = """
[model]
physics = "{physics}"
[[species]]
name = "HA"
charge = 0
diffusivity = 1.2e-9
[[species]]
name = "H+"
[[species]]
name = "A-"
charge = -1
diffusivity = 1.089e-9
[[species]]
name = "Na+"
[[reaction]]
equation = "HA = H+ + A-"
pKa = 4.76
{rate}
{extra}
[[geometry.region]]
name = "film"
length = "{length}"
[boundary.left]
kind = "bath"
concentration = {{ HA = "10 mM", "H+" = "0.01 mM", "Na+" = "20 mM", "A-" = "20.01 mM" }}
potential = 0.0
[boundary.right]
kind = "{kind}"
{right}
potential = 0.0
"""
COMMON = {
    "physics": "electroneutral",
    "rate": "forward_rate = 1e3",
    "extra": "",
    "length": "1 um",
    "kind": "bath",
    "right": 'concentration = { HA = "1 mM", "H+" = "0.01 mM", "Na+" = "2 mM", "A-" = "2.01 mM" }',
}
ACID_COUPLED = '[[activity]]\nmodel = "davies"\n[[onsager.coupling]]\nbetween = ["Na+", "A-"]\nq = 0.2'


@pytest.mark.parametrize("extra", ["", ACID_COUPLED], ids=["ideal", "coupled"])
@pytest.mark.parametrize("physics", ["pnp", "electroneutral"])
def test_bath_is_brought_to_rest_with_reactions(physics, extra):
    """Rounded concentrations of a buffer are never at rest with its reaction; their elements and charge are kept."""
    from npsolver.runner.reciprocity import equilibrium_case

    case = npsolver.loads(WEAK_ACID.format(**COMMON | {"physics": physics, "extra": extra}))
    held = equilibrium_case(case, "left").model.boundaries["right"].concentration
    assert held["HA"] + held["A-"] == pytest.approx(30.01, rel=1e-13)
    assert held["H+"] + held["Na+"] == pytest.approx(held["A-"], rel=1e-13)
    quotient = held["H+"] * held["A-"] / held["HA"] / 1e3
    if extra:
        from npsolver.model import total_excess

        mu = total_excess(case.model.excess, np.array([list(held.values())]), np.array([0.0, 1.0, 1.0, -1.0]))[0][0]
        quotient *= np.exp(mu[1] + mu[3] - mu[0])
    assert quotient == pytest.approx(10**-4.76, rel=1e-12)
    response = reciprocity(case).response
    assert len(response.forces) == 8
    assert response.asymmetry <= 1e-12


NOT_MEASURED = {
    "no fluxes": (
        {"physics": "poisson-boltzmann", "kind": "wall", "right": ""},
        "physics = 'poisson-boltzmann': has no fluxes",
    ),
    "one bath": (
        {"physics": "pnp", "kind": "wall", "right": ""},
        "with the composition of 'left' everywhere, no species can travel",
    ),
    "one direction": ({"rate": "backward_rate = 0", "extra": ""}, "one direction only and has no equilibrium"),
}


@pytest.mark.parametrize("name", NOT_MEASURED)
def test_what_has_no_response_is_refused(name):
    changes, message = NOT_MEASURED[name]
    text = WEAK_ACID.format(**COMMON | changes)
    if name == "one direction":
        text = text.replace("pKa = 4.76", "forward_rate = 1.0")
    if name in ("no fluxes", "one bath"):
        text = text[: text.index("[[reaction]]")] + text[text.index("[[geometry") :]
    with pytest.raises(InputError, match=message):
        reciprocity(npsolver.loads(text))


def test_bath_is_one_that_holds_something():
    """At a sink every species vanishes; the composition is that of the bath behind it."""
    sink = COMMON | {"physics": "pnp", "right": 'concentration = { HA = 0.0, "H+" = 0.0, "Na+" = 0.0, "A-" = 0.0 }'}
    text = WEAK_ACID.format(**sink)
    text = (
        text.replace("boundary.left", "boundary.x")
        .replace("boundary.right", "boundary.left")
        .replace("boundary.x", "boundary.right")
    )
    found = reciprocity(npsolver.loads(text))
    assert found.bath == "right"
    assert found.passed
