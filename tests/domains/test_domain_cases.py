"""Case files in two and three dimensions: same answers as in one, currents by two routes, exact equilibrium."""

from __future__ import annotations

import domain_texts as texts
import numpy as np
import pytest

import npsolver
from npsolver.case import from_document
from npsolver.observables import terminal_values
from npsolver.observables.terminals import conductor_currents
from npsolver.runner.problem import build_problem
from npsolver.stepping.steady import steady_state


def run(text, **overrides):
    return npsolver.run(npsolver.loads(text, "", overrides))


def value(solution, name):
    return float(np.atleast_1d(solution.observables[name].value)[-1])


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_domain_that_is_really_one_dimensional_gives_that_answer(dimension):
    nodes = {"mesh.nodes": 41} if dimension == 3 else {}
    line, domain = run(texts.layers(1), **nodes), run(texts.layers(dimension))
    area = 7e-9 * (3e-9 if dimension == 3 else 1.0)
    assert value(domain, "current[left]") / area == pytest.approx(value(line, "current_density"), rel=1e-10)
    for ion in ("K+", "Cl-"):
        assert value(domain, f"flux[{ion}, left]") == pytest.approx(value(line, f"flux[{ion}, left]"), rel=1e-10)
    x = domain.mesh.nodes[:, 0]
    expected = np.interp(x, line.mesh.nodes[:, 0], line.potential[0])
    assert np.abs(domain.potential[0] - expected).max() <= 1e-10 * np.ptp(line.potential[0])


def transient(dimension):
    return texts.layers(dimension) + (
        '[initial]\nconcentration = { "K+" = "5 mM", "Cl-" = "5 mM" }\n[initial.region.membrane]\n'
        'concentration = { "K+" = "55 mM", "Cl-" = "5 mM" }\n'
        '[solve]\nkind = "transient"\nend_time = "100 ns"\noutput_times = ["1 ns", "10 ns", "100 ns"]\n'
    )


def test_transient_currents_are_those_of_one_dimension():
    """Ionic plus displacement current at terminals, from weighting potentials."""
    line, plane = run(transient(1)), run(transient(2), **{"mesh.nodes": [81, 3]})
    for name in ("current[left]", "current[right]"):
        expected, found = line.observables[name].value, plane.observables[name].value / 7e-9
        assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()
    assert np.abs(plane.series["current[left]"].values + plane.series["current[right]"].values).max() <= 1e-12 * np.abs(
        plane.series["current[left]"].values
    ).max()


@pytest.mark.parametrize("text", [texts.SLIT, texts.layers(2)], ids=["slit", "layers"])
def test_current_by_two_routes(text):
    problem = build_problem(npsolver.loads(text))
    system = problem.system
    u = steady_state(system, problem.start)
    volume = conductor_currents(system, u, system.natural_residual(u))
    scale = system.coefficients.area_scale * system.coefficients.scales.current_density
    for name, terminal in terminal_values(system, u, steady=True).items():
        if name in volume:
            assert volume[name] * scale == pytest.approx(terminal.current, rel=1e-9)


def test_weighting_potentials_add_up_to_one():
    system = build_problem(npsolver.loads(texts.SLIT)).system
    assert np.abs(system.weighting.psi.sum(axis=0) - 1.0).max() < 1e-10


def test_a_floating_terminal_takes_the_given_current():
    text = texts.SLIT.replace('potential = "0.1 V"', 'current = "1 mA/m"')
    solution = run(text)
    assert value(solution, "current[left]") == pytest.approx(1e-3, rel=1e-9)
    assert value(solution, "current[right]") == pytest.approx(-1e-3, rel=1e-9)
    again = run(texts.SLIT, **{"boundary.left.potential": value(solution, "potential[left]")})
    assert value(again, "current[left]") == pytest.approx(1e-3, rel=1e-8)


def test_equilibrium_is_exact():
    text = texts.SLIT.replace('potential = "0.1 V"', 'potential = "0 V"') + (
        '[[observable]]\nname = "defect"\nkind = "equilibrium_defect"\n'
    )
    solution = run(text)
    assert value(solution, "defect") <= 1e-10


def test_two_contacts_that_share_an_edge_are_counted_once():
    text = texts.SLIT + texts.bath("bottom", potential="0 V")
    solution = run(text.replace("[boundary.wall]", "[boundary.top]").replace('name = "wall"', 'name = "top"'))
    currents = [value(solution, f"current[{name}]") for name in ("left", "right", "bottom")]
    assert abs(sum(currents)) <= 1e-9 * max(map(abs, currents))


def test_charge_between_water_and_a_dielectric():
    """A charged interface: the whole charge is found again in the diffuse layers."""
    text = (
        texts.SALT
        + """
[geometry]
dimension = 2
[[geometry.region]]
name = "water"
x = ["0 nm", "20 nm"]
y = ["0 nm", "30 nm"]
[[geometry.region]]
name = "silica"
x = ["0 nm", "20 nm"]
y = ["-5 nm", "0 nm"]
relative_permittivity = 4
excluded_species = ["K+", "Cl-"]
[[geometry.surface]]
name = "interface"
y = "0 nm"
[boundary.interface]
kind = "wall"
surface_charge = "-20 mC/m^2"
[[observable]]
name = "ions"
kind = "charge"
region = "water"
"""
        + texts.bath("top")
    )
    solution = run(text)
    diffuse = value(solution, "ions") / 20e-9
    assert diffuse == pytest.approx(0.02, rel=2e-3)  # the bath ends 10 Debye lengths away


def test_polygons_and_boxes_agree():
    box = texts.SLIT
    corners = box.replace(
        'x = ["0 nm", "40 nm"]\ny = ["0 nm", "10 nm"]',
        'corners = [["0 nm", "0 nm"], ["40 nm", "0 nm"], ["40 nm", "10 nm"], ["0 nm", "10 nm"]]',
    ).replace('side = "top"\nx = ["10 nm", "30 nm"]', 'line = [["10 nm", "10 nm"], ["30 nm", "10 nm"]]')
    ends = "".join(
        f'[[geometry.surface]]\nname = "{name}"\nline = [["{x} nm", "0 nm"], ["{x} nm", "10 nm"]]\n'
        for name, x in (("left", 0), ("right", 40))
    )
    triangles = run(corners + ends)
    assert value(triangles, "current[left]") == pytest.approx(value(run(box), "current[left]"), rel=5e-3)


def test_sweeps_follow_named_surfaces():
    sweep = '[solve]\nkind = "sweep"\nparameter = "boundary.wall.surface_charge"\nvalues = [-0.01, 0.0, 0.01]\n'
    found = run(texts.SLIT + sweep, **{"mesh.refine": 0.5}).observables["surface_charge[wall]"].value
    assert np.allclose(found, [-0.01, 0.0, 0.01])


def test_what_is_solved_can_be_loaded_again():
    case = npsolver.loads(texts.SLIT)
    again = from_document(case.effective)
    assert again.sha256 == case.sha256
    assert again.geometry == case.geometry


def test_probes_at_positions_and_surfaces():
    text = texts.SLIT + (
        '[[observable]]\nname = "middle"\nkind = "potential"\nat = ["20 nm", "5 nm"]\n'
        '[[observable]]\nname = "wall K"\nkind = "concentration"\nspecies = "K+"\nboundary = "wall"\n'
        '[[observable]]\nname = "G"\nkind = "conductance"\nboundary = "left"\nto = "right"\n'
    )
    solution = run(text)
    assert 0.0 < value(solution, "middle") < 0.1
    assert value(solution, "wall K") > 20.0
    assert value(solution, "G") == pytest.approx(value(solution, "current[left]") / 0.1, rel=1e-12)


def test_three_dimensions_from_a_file():
    text = texts.SLIT.replace('y = ["0 nm", "10 nm"]', 'y = ["0 nm", "10 nm"]\nz = ["0 nm", "8 nm"]').replace(
        "dimension = 2", "dimension = 3"
    )
    flat = run(texts.SLIT, **{"mesh.nodes": [17, 9], "mesh.grading": "uniform"})
    solid = run(text, **{"mesh.nodes": [17, 9, 4], "mesh.grading": "uniform"})
    assert value(solid, "current[left]") / 8e-9 == pytest.approx(value(flat, "current[left]"), rel=1e-8)
