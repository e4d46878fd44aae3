"""Electroneutral model in two and three dimensions where the potential jumps: interfaces, contacts, charged ends."""

from __future__ import annotations

import domain_texts as texts
import numpy as np
import pytest

import npsolver
from npsolver.errors import InputError
from npsolver.observables import terminal_values
from npsolver.observables.terminals import conductor_currents
from npsolver.runner.problem import build_problem
from npsolver.stepping.steady import steady_state

NEUTRAL = texts.SALT.replace("[[species]]", '[model]\nphysics = "electroneutral"\n[[species]]', 1)
MEMBRANE = ("membrane", 5, 'fixed_charge = "-50 mM"\npartition = { "K+" = 0.5, "Cl-" = 0.3 }\n')
LAYERS = [("in", 20, ""), MEMBRANE, ("out", 15, "")]
HEIGHT, DEPTH = 7e-6, 3e-6
AREA = {1: 1.0, 2: HEIGHT, 3: HEIGHT * DEPTH}


def contact(name: str, c: str, electric: str) -> str:
    return f'[boundary."{name}"]\nkind = "wall"\nconcentration = {{ "K+" = "{c}" }}\n{electric}\n'


def stack(dimension: int, ends: str, layers=LAYERS, *, corners: bool = False, nodes: str | None = None) -> str:
    """Layers in one dimension, or the same as boxes or polygons."""
    text, x = NEUTRAL + "[geometry]\n" + (f"dimension = {dimension}\n" if dimension > 1 else ""), 0
    for name, size, rest in layers:
        low, high = f'"{x} um"', f'"{x + size} um"'
        text += f'[[geometry.region]]\nname = "{name}"\n{rest}'
        if dimension == 1:
            text += f'length = "{size} um"\n'
        elif corners:
            text += f'corners = [[{low}, "0 um"], [{high}, "0 um"], [{high}, "7 um"], [{low}, "7 um"]]\n'
        else:
            text += f'x = [{low}, {high}]\ny = ["0 um", "7 um"]\n' + ('z = ["0 um", "3 um"]\n' if dimension == 3 else "")
        x += size
    if corners:
        for name, at in (("left", 0), ("right", x)):
            text += f'[[geometry.surface]]\nname = "{name}"\nline = [["{at} um", "0 um"], ["{at} um", "7 um"]]\n'
    if not corners:
        nodes = nodes or {1: "41", 2: "[41, 5]", 3: "[41, 3, 4]"}[dimension]
        text += f'[mesh]\ngrading = "uniform"\nnodes = {nodes}\n'
    return text + ends


BATHS = texts.bath("left", "100 mM", "30 mV") + texts.bath("right", "5 mM")
CONTACTS = contact("left", "10 mM", 'potential = "30 mV"') + texts.bath("right")


def run(text, **overrides):
    return npsolver.run(npsolver.loads(text, "", overrides))


def value(solution, name):
    return float(np.atleast_1d(solution.observables[name].value)[-1])


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize(
    ("ends", "layers", "close"),
    # where a bath meets a free solution one dimension has a surface edge of 1e-4 of its neighbour, several have none
    [(BATHS, [MEMBRANE], 1e-9), (BATHS, LAYERS, 1e-5), (CONTACTS, LAYERS, 1e-5)],
    ids=["membrane", "layers", "contact"],
)
def test_a_domain_that_is_really_one_dimensional_gives_that_answer(dimension, ends, layers, close):
    line, domain = run(stack(1, ends, layers)), run(stack(dimension, ends, layers))
    assert value(domain, "current[left]") / AREA[dimension] == pytest.approx(value(line, "current[left]"), rel=close)
    for name in ("flux[K+, right]", "flux[Cl-, right]"):
        assert value(domain, name) == pytest.approx(value(line, name), rel=close, abs=1e-12)
    # node by node, on both sides of every interface
    x = domain.mesh.nodes[domain.mesh.cell_node, 0]
    for region in range(len(layers)):
        cells, own = domain.mesh.cell_region == region, line.mesh.cell_region == region
        places = line.mesh.cell_node[own]
        expected = np.interp(x[cells], line.mesh.nodes[places, 0], line.potential[0][places])
        assert np.abs(domain.potential[0][domain.mesh.cell_node[cells]] - expected).max() <= 2 * close * 0.1


def test_triangles_agree_with_boxes():
    boxes, triangles = run(stack(1, BATHS)), run(stack(2, BATHS, corners=True))
    assert value(triangles, "current[left]") / HEIGHT == pytest.approx(value(boxes, "current[left]"), rel=5e-3)
    assert len(triangles.mesh.interfaces) == 2


@pytest.mark.parametrize("corners", [False, True])
def test_equilibrium_is_exact_and_donnan(corners):
    """phi jumps by the Donnan potential of the partitioned salt."""
    probe = '[[observable]]\nname = "defect"\nkind = "equilibrium_defect"\n'
    solution = run(stack(2, texts.bath("left") + texts.bath("right"), corners=corners) + probe)
    assert value(solution, "defect") <= 1e-10
    inside = solution.mesh.cell_node[solution.mesh.cell_region == 1]
    k = np.sqrt(0.5 * 0.3) * 10.0
    # k+ c e^-psi - k- c e^psi = 50
    psi = np.log((-50.0 + np.hypot(50.0, 2 * k)) / (2 * 0.3 * 10.0))
    expected = 8.314462618 * 298.15 / 96485.33212 * psi
    np.testing.assert_allclose(solution.potential[0][inside], expected, rtol=1e-8)


PATCH = (
    NEUTRAL
    + """
[geometry]
%s
[[geometry.region]]
name = "solution"
%s = ["0 um", "5 um"]
%s = ["0 um", "8 um"]
[[geometry.region]]
name = "membrane"
%s = ["0 um", "2 um"]
%s = ["-1 um", "0 um"]
fixed_charge = "-100 mM"
[[geometry.region]]
name = "electrode side"
%s = ["2 um", "5 um"]
%s = ["-1 um", "0 um"]
excluded_species = ["Cl-"]
fixed_charge = "-20 mM"
"""
    + texts.bath("top", "1 mM", "0.1 V")
    + contact("bottom", "2 mM", 'potential = "0 V"')
    + '[mesh]\nrefine = 0.5\n'
)


@pytest.mark.parametrize(
    ("head", "axes"), [("dimension = 2", "xy"), ('coordinates = "axisymmetric"', "rz")], ids=["plane", "r-z"]
)
def test_currents_by_two_routes_where_three_phases_meet(head, axes):
    problem = build_problem(npsolver.loads(PATCH % (head, *(axes * 3))))
    system = problem.system
    assert "thin edges" in system.linear_reason or system.linear_solver.name.startswith("SuperLU")
    u = steady_state(system, problem.start)
    volume = conductor_currents(system, u, system.natural_residual(u))
    scale = system.coefficients.area_scale * system.coefficients.scales.current_density
    values = terminal_values(system, u, steady=True)
    for name, current in volume.items():
        assert current * scale == pytest.approx(values[name].current, rel=1e-9)
    assert sum(t.current for t in values.values()) == pytest.approx(0.0, abs=1e-9 * abs(values["top"].current))


def test_transients_follow_one_dimension():
    start = '[initial]\nconcentration = { "K+" = "5 mM", "Cl-" = "5 mM" }\n[initial.region.membrane]\n'
    start += 'concentration = { "K+" = "51 mM", "Cl-" = "1 mM" }\n'
    start += '[solve]\nkind = "transient"\nend_time = "20 ms"\noutput_times = ["1 ms", "20 ms"]\n'
    line, plane = run(stack(1, BATHS) + start), run(stack(2, BATHS, nodes="[41, 3]") + start)
    for name in ("current[left]", "current[right]"):
        expected, found = line.observables[name].value, plane.observables[name].value / HEIGHT
        assert np.abs(found - expected).max() <= 1e-3 * np.abs(expected).max()


@pytest.mark.parametrize("dimension", [1, 2])
def test_a_bath_without_a_potential_is_at_open_circuit(dimension):
    text = stack(dimension, BATHS, [MEMBRANE]).replace('potential = "0.03 V"', "").replace('potential = "30 mV"', "")
    solution = run(text)
    driven = run(stack(dimension, BATHS, [MEMBRANE]))
    assert abs(value(solution, "current[left]")) <= 1e-9 * abs(value(driven, "current[left]"))
    again = run(stack(dimension, BATHS, [MEMBRANE]), **{"boundary.left.potential": value(solution, "potential[left]")})
    assert abs(value(again, "current[left]")) <= 1e-7 * abs(value(driven, "current[left]"))


def test_a_mesh_without_facets_is_refused_by_name():
    from dataclasses import replace

    from npsolver.discretisation.phases import with_jumps
    from npsolver.discretisation.resolution_domain import domain_mesh

    case = npsolver.loads(stack(2, BATHS, [MEMBRANE]))
    mesh = replace(domain_mesh(case.model, case.geometry), facets=None)
    with pytest.raises(InputError, match="facets of this surface"):
        with_jumps(case.model, mesh)
