"""Case files of solids: what is refused, what comes back, Mott-Schottky slopes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from membrane_cases import gas, oxide

import npsolver
from npsolver import equilibrium
from npsolver.case.load import from_document
from npsolver.errors import InputError
from npsolver.model import with_boundary_value
from npsolver.output.model_record import model_from_record
from npsolver.output.records import plain
from npsolver.runner import run

KEYS = {"T": 1100.0, "L": 1e-4, "dopant": -1000.0, "mobile": (1e-10, 1e-6, 1e-6), "K_red": 1e-9, "K_i": 1e-14}


FUEL, AIR = gas(1e-10, "current = 0"), gas(1e4, "potential = 0")


def text(left=FUEL, right=AIR, extra="", **changes):
    return oxide(**(KEYS | changes), left=left, right=right, extra=extra)


def test_effective_case_gives_the_same_result():
    case = npsolver.loads(text())
    again = from_document(case.effective)
    assert again.sha256 == case.sha256
    assert again.model == case.model
    assert again.effective["boundary"]["left"]["pressure"] == {"O2": 1e-10}


def test_model_comes_back_from_a_record():
    model = npsolver.loads(text()).model
    assert model_from_record(plain(model)).defects == model.defects
    assert model_from_record(plain(model)).boundaries == model.boundaries


def test_constants_with_units_and_enthalpies():
    first = text(K_i=None)
    number = first.replace("constant = 1e-09", 'constant = "1e-9 mol^3/m^9*Pa^0.5"')
    particles = first.replace("constant = 1e-09", f'constant = "{1e-9 * 6.02214076e23**3!r} 1/m^9*Pa^0.5"')
    factor = float(1e-9 / np.exp(-1e5 / (8.31446261815324 * 1100.0)))
    enthalpy = first.replace("constant = 1e-09", f'prefactor = {factor!r}\nenthalpy = "100 kJ/mol"')
    for other in (number, particles, enthalpy):
        found = npsolver.loads(other).model.boundaries["left"].concentration
        for name, value in npsolver.loads(first).model.boundaries["left"].concentration.items():
            assert found[name] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('O2 = 1e-10', 'O3 = 1e-10'), "missing: O2"),
        (('O2 = 1e-10', 'O2 = 0'), "greater than zero"),
        (("1/2 O2", "1/2 O2 + h+"), "charge is not balanced"),
        (("2 e-", "2 f-"), "unknown species"),
        (('name = "h+"', 'name = "h+"\ncharge = -1'), r"species 'h\+': charge: expected \+1 as the name says"),
        (("current = 0", 'concentration = { "e-" = 1 }'), "sets the concentrations"),
        (("current = 0", 'current = 0\nexchange = ["x"]'), "unknown species 'x'"),
        (('[[defect_equilibrium]]\nequation = "nil = e- + h+"\nconstant = 1e-14', ""), "need 2 equilibria, found 1"),
        (("constant = 1e-14", 'constant = "1 mol/m^3"'), "equilibrium constant"),
        (("constant = 1e-14", "prefactor = 1"), "prefactor and enthalpy"),
    ],
)
def test_refused(change, message):
    document = text()
    assert change[0] in document
    with pytest.raises(InputError, match=message):
        npsolver.loads(document.replace(*change, 1))


def test_a_gas_needs_equilibria():
    start, end = text().index("[[defect"), text().index("[geometry]")
    with pytest.raises(InputError, match="defect_equilibrium"):
        npsolver.loads(text()[:start] + text()[end:])


def test_step_of_pressure_as_an_event_ends_in_the_steady_state():
    """An event on one gas; holes and electrons stay in equilibrium all the way."""
    start = npsolver.loads(text()).model.boundaries["left"].concentration
    initial = ", ".join(f'"{name}" = {value!r}' for name, value in start.items())
    case = text(
        left=gas(1e-10, "potential = 0"), right='kind = "wall"',
        extra=f"[initial]\nconcentration = {{ {initial} }}" + """
[solve]
kind = "transient"
end_time = "1 h"
[[solve.event]]
time = "1 s"
set = { "boundary.left.pressure.O2" = "1e-4 Pa" }
""",
        K_i=1e-14,
    )
    loaded = npsolver.loads(case)
    solution = run(loaded)
    held = npsolver.loads(text(left=gas(1e-4, "current = 0"))).model.boundaries["left"].concentration
    for i, species in enumerate(loaded.model.species):
        assert solution.concentration[-1, i] == pytest.approx(held[species.name], rel=1e-4)


def test_references_see_the_pressure_of_their_time():
    model = npsolver.loads(text()).model
    later = with_boundary_value(model, "boundary.left.pressure.O2", 1e-4)
    expected = npsolver.loads(text(left=gas(1e-4, "current = 0"))).model.boundaries["left"]
    assert later.boundaries["left"] == expected


def test_mott_schottky_slope_gives_the_doping():
    """1/C² of neighbouring potentials is a straight line with slope 2/(e eps N) and meets zero at kT/e."""
    file = Path(__file__).parents[2] / "cases" / "semiconductors" / "mott-schottky.toml"
    document = file.read_text(encoding="utf-8").partition("[[expect]]")[0]
    case = npsolver.loads(document, overrides={"solve.values": [-0.4, -0.401, -0.8, -0.801]})
    charge = run(case).observables["surface_charge[left]"].value
    inverse = [(0.001 / (charge[k] - charge[k + 1])) ** 2 for k in (0, 2)]
    slope = (inverse[1] - inverse[0]) / 0.4
    doping = 2.0 / (1.602176634e-19 * 11.7 * 8.8541878188e-12 * slope)
    assert doping == pytest.approx(1e22, rel=2e-3)
    assert inverse[0] == pytest.approx(float(equilibrium.mott_schottky(0.4005, 1e22, 11.7, 298.15)), rel=1e-3)
