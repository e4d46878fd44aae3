"""Given production in regions: closed forms, balances, order of accuracy, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import npsolver
from npsolver.case.load import from_document
from npsolver.errors import InputError
from npsolver.units import FARADAY

MANUFACTURED = Path(__file__).parents[2] / "cases" / "three-dimensional" / "manufactured-box.toml"
LENGTH, D, RATE, BATH = 1e-6, 1e-9, 2.0e4, 10.0

SHAPES = {
    1: 'length = "1 um"',
    2: 'x = ["0 um", "1 um"]\ny = ["0 um", "0.2 um"]',
    3: 'x = ["0 um", "1 um"]\ny = ["0 um", "0.2 um"]\nz = ["0 um", "0.2 um"]',
}


def text(dimension: int = 1, *, production='{ A = "20 M/s" }', charge: int = 0, more: str = "", held: str = 'A = "10 mM"',
         physics: str = "pnp", region: str = "") -> str:
    return f"""
[model]
physics = "{physics}"
[[species]]
name = "A"
charge = {charge}
diffusivity = "1e-9 m^2/s"
[[species]]
name = "B"
charge = {-charge}
diffusivity = "2e-9 m^2/s"
[geometry]
dimension = {dimension}
[[geometry.region]]
name = "medium"
{SHAPES[dimension]}
production = {production}
{region}
[boundary.left]
kind = "bath"
concentration = {{ {held}, B = "10 mM" }}
potential = "0 V"
[boundary.right]
kind = "bath"
concentration = {{ {held}, B = "10 mM" }}
potential = "0 V"
{more}
"""


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_uniform_production_gives_a_parabola(dimension):
    at = {1: '"0.5 um"', 2: '["0.5 um", "0.1 um"]', 3: '["0.5 um", "0.1 um", "0.1 um"]'}[dimension]
    probe = f'[[observable]]\nname = "middle"\nkind = "concentration"\nspecies = "A"\nat = {at}'
    solution = npsolver.run(npsolver.loads(text(dimension, more=probe)))
    expected = BATH + RATE * LENGTH**2 / (8 * D)
    assert solution.observables["middle"].value == pytest.approx(expected, rel=5e-3)
    assert solution.observables["flux[A, left]"].value == pytest.approx(-RATE * LENGTH / 2, rel=1e-9)
    assert solution.observables["flux[B, left]"].value == pytest.approx(0.0, abs=1e-9)
    assert max(solution.conservation.values()) < 1e-9


@pytest.mark.parametrize(("dimension", "unit"), [(2, 0.2e-6), (3, 0.04e-12)])
def test_net_charge_leaves_as_current_by_both_routes(dimension, unit):
    case = npsolver.loads(text(dimension, production='{ A = { expression = "2e3*(1 + x/L)" } }', charge=1))
    solution = npsolver.run(case)
    made = FARADAY * 1.5 * 2e3 * LENGTH * unit
    left, right = (solution.observables[f"current[{side}]"].value for side in ("left", "right"))
    assert left + right == pytest.approx(-made, rel=1e-6)
    assert left != pytest.approx(right, rel=1e-2)
    assert solution.conservation["current_two_routes"] < 1e-9


def test_manufactured_box_converges_with_second_order():
    errors = []
    for nodes in (9, 17):
        case = npsolver.load(MANUFACTURED, {"mesh.nodes": [nodes] * 3, "mesh.grading": "uniform"})
        found = npsolver.run(case).observables
        errors.append([abs(found["phi_edge"].value / 0.02 - 1.0), abs(found["cation"].value / 15.3330858 - 1.0)])
    assert np.all(np.array(errors[0]) / np.array(errors[1]) > 3.6)
    assert max(errors[1]) < 5e-3


def test_a_closed_box_fills_at_the_given_rate():
    case = npsolver.loads(
        text(more='[initial]\nconcentration = { A = "1 mM", B = "10 mM" }\n[solve]\nkind = "transient"\nend_time = "1 ms"\n'
             '[[observable]]\nname = "mean"\nkind = "average"\nspecies = "A"')
        .replace('"bath"', '"wall"').replace('A = "10 mM", ', "")
    )
    assert npsolver.run(case).observables["mean"].value[-1] == pytest.approx(1.0 + RATE * 1e-3, rel=1e-6)


def test_sweeps_and_the_effective_case_keep_production():
    case = npsolver.loads(text(production='{ A = { expression = "2*x/L", unit = "M/s" } }'))
    again = from_document(case.effective)
    assert again.effective == case.effective
    assert again.model.regions[0].production["A"](np.array([LENGTH])) == pytest.approx(2e3)
    assert case.model.regions[0].production["A"](np.array([LENGTH])) == pytest.approx(2e3)
    solve = '[solve]\nkind = "sweep"\nparameter = "geometry.region.medium.production.A"\nvalues = ["0 M/s", "1 M/s", "2 M/s"]'
    sweep = npsolver.loads(text(more=solve))
    flux = npsolver.run(sweep).observables["flux[A, left]"].value
    np.testing.assert_allclose(flux, [0.0, -5e-4, -1e-3], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"production": '{ A = "1 M/s" }', "charge": 1}, "production: makes a net charge"),
        ({"production": '{ A = "1 M" }'}, "production: A: expected a production per volume such as '1 mM/s'"),
        ({"production": '{ A = { expression = "1/(x - x)" } }'}, "production: 'A': expected a finite rate"),
        ({"production": '{ A = { expression = "2*y" } }'}, "unknown name 'y'"),
        ({"production": '{ C = "1 M/s" }'}, "unknown species 'C'"),
        ({"production": '{ A = "1 M/s" }', "region": 'excluded_species = ["A"]'}, "excluded from"),
        ({"production": '{ A = "1 M/s" }', "physics": "poisson-boltzmann"}, "production: has no place in.*use 'pnp'"),
    ],
)
def test_refusals_name_the_key(values, message):
    with pytest.raises(InputError, match=message):
        npsolver.loads(text(**values))


def test_what_can_neither_leave_nor_react_has_no_steady_state():
    closed = text(more='[initial]\nconcentration = { A = "1 mM" }').replace('A = "10 mM", ', "").replace('"bath"', '"wall"')
    with pytest.raises(InputError, match="can neither leave nor react"):
        npsolver.loads(closed)


@pytest.mark.parametrize(
    ("production", "both"),
    [
        ('{ A = "20 M/s" }', '{ A = "20 M/s", B = "40 M/s" }'),
        (
            '{ A = { expression = "2e4*(1 + x/L)^2" } }',
            '{ A = { expression = "2e4*(1 + x/L)^2" }, B = { expression = "4e4*(1 + x/L)^2" } }',
        ),
    ],
    ids=["number", "profile"],
)
def test_an_ion_can_follow_the_others(production, both):
    """Twice as many anions as divalent cations, and the same solution as with both given."""

    def solved(rates, region):
        case = text(production=rates, charge=2, held='A = "5 mM"', region=region).replace("charge = -2", "charge = -1")
        return npsolver.run(npsolver.loads(case)).concentration

    found = solved(production, 'production_balance = "B"')
    np.testing.assert_allclose(found, solved(both, ""), rtol=1e-9)
    assert found[0, 1].max() > 10.5


def test_the_production_of_a_salt_can_be_swept():
    sweep = """
[solve]
kind = "sweep"
parameter = "geometry.region.medium.production.A"
values = ["1 M/s", "10 M/s", "20 M/s"]
[[observable]]
name = "middle"
kind = "concentration"
species = "A"
at = "0.5 um"
"""
    case = npsolver.loads(text(charge=1, production='{ A = "1 M/s" }', region='production_balance = "B"', more=sweep))
    rise = npsolver.run(case).observables["middle"].value - BATH
    np.testing.assert_allclose(rise / rise[0], [1.0, 10.0, 20.0], rtol=1e-3)  # ambipolar diffusion is linear
    ambipolar = 2 * 1e-9 * 2e-9 / 3e-9
    assert rise[2] == pytest.approx(RATE * LENGTH**2 / (8 * ambipolar), rel=2e-3)
    again = from_document(case.effective)
    assert again.sha256 == case.sha256
    assert again.with_swept_value(2e4).model == case.with_swept_value(2e4).model


@pytest.mark.parametrize(
    ("region", "charge", "message"),
    [
        ('production_balance = "B"', 0, "'B' has no charge"),
        ('production_balance = "A"', 1, "'A' has a production already"),
        ('production_balance = "C"', 1, "unknown species 'C'"),
        ("", 1, "production_balance"),
    ],
)
def test_what_cannot_balance_is_refused(region, charge, message):
    with pytest.raises(InputError, match=message):
        npsolver.loads(text(charge=charge, region=region))
