"""FiPy as reference engine: agreement that improves with the mesh, Newton's convergence, and reasoned refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest

import npsolver
from npsolver.case import template_text
from npsolver.discretisation import System, choose_scales, coefficients
from npsolver.discretisation import initial_state as our_initial_state
from npsolver.errors import InputError
from npsolver.mesh.rectilinear import Box, Surface, rectilinear_mesh
from npsolver.model import Boundary, Model, Region, Species
from npsolver.observables import terminal_values as our_terminal_values
from npsolver.reference_engine import compare, refuse_what_fipy_cannot, solve_with_fipy
from npsolver.reference_engine.fields import terminal_values
from npsolver.reference_engine.grid import box_grid
from npsolver.reference_engine.newton import direct_solver
from npsolver.reference_engine.problem import FiPyProblem
from npsolver.reference_engine.start import initial_state
from npsolver.reference_engine.steady import steady_state
from npsolver.stepping.steady import steady_state as our_steady_state

pytest.importorskip("fipy")

LAYER = """
[model]
temperature = "298.15 K"
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[[geometry.region]]
name = "solution"
length = "20 nm"
[boundary.left]
kind = "wall"
{wall}
[boundary.right]
kind = "bath"
concentration = {{ "K+" = "100 mM", "Cl-" = "100 mM" }}
potential = "0 V"
[mesh]
nodes = {nodes}
"""

IDEAL = LAYER.format(wall='potential = "0 V"', nodes=50)

MEMBRANE = """
[model]
temperature = "310.15 K"
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[[geometry.region]]
name = "inside"
length = "20 nm"
[[geometry.region]]
name = "membrane"
length = "5 nm"
relative_permittivity = 40
{membrane}
[[geometry.region]]
name = "outside"
length = "20 nm"
[boundary.left]
kind = "bath"
concentration = {{ "K+" = "140 mM", "Cl-" = "140 mM" }}
{left}
[boundary.right]
kind = "bath"
concentration = {{ "K+" = "5 mM", "Cl-" = "5 mM" }}
potential = "0 V"
"""

CELL = """
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[[geometry.region]]
name = "cell"
length = "20 nm"
[boundary.left]
kind = "wall"
potential = "-25 mV"
[boundary.right]
kind = "wall"
potential = "25 mV"
[initial]
concentration = { "K+" = "10 mM", "Cl-" = "10 mM" }
[mesh]
nodes = 80
[solve]
kind = "transient"
end_time = "100 ns"
output_times = ["2 ns", "10 ns", "100 ns"]
"""


def layer(wall='potential = "100 mV"', nodes=80, extra=""):
    return npsolver.loads(LAYER.format(wall=wall, nodes=nodes) + extra)


def relative(comparison, name):
    return next(row[4] for row in comparison.rows if row[0] == name)


def test_every_sweep_is_a_newton_step():
    """Anions stored with their sign and the completed linearisation: quadratic convergence."""
    assert solve_with_fipy(layer()).stats["newton_iterations"] <= 7


@pytest.mark.parametrize(
    ("wall", "observable"),
    [
        ('potential = "100 mV"', "surface_charge[left]"),
        ('surface_charge = "0.1 C/m^2"', "potential[left]"),
        ('potential = "300 mV"\nstern = { capacitance = "0.2 F/m^2" }', "surface_charge[left]"),
    ],
)
def test_walls_agree_better_on_finer_meshes(wall, observable):
    coarse, fine = (relative(compare(layer(wall, nodes)), observable) for nodes in (60, 120))
    assert coarse < 2e-2
    assert fine < coarse / 3.0  # both are of second order


@pytest.mark.parametrize(
    "membrane",
    [
        'excluded_species = ["Cl-"]',
        'fixed_charge = "-200 mM"\nporosity = 0.5\ntortuosity = 2',
        'standard_potential = { "K+" = "3 kJ/mol", "Cl-" = "1 kJ/mol" }\ndiffusivity = { "K+" = "1e-10 m^2/s" }',
    ],
)
def test_regions_at_open_circuit(membrane):
    case = npsolver.loads(MEMBRANE.format(membrane=membrane, left='current = "0 A/m^2"'))
    result = compare(case)
    assert relative(result, "membrane_potential") < 2e-3
    for name in ("flux[K+, left]", "flux[Cl-, right]"):
        assert relative(result, name) < 2e-3


def test_cylinder():
    wall = 'surface_charge = "0.02 C/m^2"'
    case = layer(wall, extra='[geometry]\ncoordinates = "cylindrical"\ninner_radius = "5 nm"')
    result = compare(case)
    assert relative(result, "potential[left]") < 2e-3
    assert relative(result, "surface_charge[left]") < 1e-12


def test_closed_species_keep_their_amounts():
    case = npsolver.loads(CELL.split("[solve]")[0] + '[[observable]]\nname = "salt"\nkind = "amount"\nspecies = "K+"\n')
    result = compare(case)
    assert relative(result, "surface_charge[left]") < 5e-3
    assert result.fipy.observables["salt"].value == pytest.approx(10.0 * 20e-9, rel=2e-3)


def test_transient_charging():
    result = compare(npsolver.loads(CELL))
    ours, fipy = (s.observables["surface_charge[left]"].value for s in (result.ours, result.fipy))
    assert np.all(np.abs(fipy / ours - 1.0) < 0.02)
    assert result.fipy.stats["steps"] > 10


def test_sweep_starts_from_the_neighbour():
    values = '["0 V", "50 mV", "100 mV"]'
    case = layer(extra=f'[solve]\nkind = "sweep"\nparameter = "boundary.left.potential"\nvalues = {values}\n')
    result = compare(case)
    assert result.fipy.axis.tolist() == [0.0, 0.05, 0.1]
    assert relative(result, "surface_charge[left]") < 2e-2


@pytest.mark.parametrize("dimension", [2, 3])
def test_boxes_in_two_and_three_dimensions(dimension):
    """Pore with charged walls between two baths: FiPy's current and ours approach each other."""
    coarse, fine = (pore_difference(dimension, n) for n in ((8, 16) if dimension == 2 else (4, 8)))
    assert coarse < 0.2
    assert fine < 0.6 * coarse


def pore_difference(dimension, n):
    """Relative difference of the currents through a pore of n cells per axis."""
    axes = [np.linspace(0.0, 40e-9, n + 1)] + [np.linspace(0.0, 5e-9, n + 1)] * (dimension - 1)
    low, high = tuple(a[0] for a in axes), tuple(a[-1] for a in axes)
    boxes = [Box("pore", low, high)]
    surfaces = []
    for d in range(1, dimension):
        start, end = [10e-9, *low[1:]], [30e-9, *high[1:]]
        start[d] = end[d] = high[d]
        surfaces.append(Surface("wall", tuple(start), tuple(end)))
    bath = {"kind": "bath", "concentration": {"K+": 20.0, "Cl-": 20.0}}
    model = Model(
        (Species("K+", 1, 1.957e-9), Species("Cl-", -1, 2.032e-9)),
        (Region("pore"),),
        {
            "left": Boundary("left", potential=0.05, **bath),
            "right": Boundary("right", potential=0.0, **bath),
            "wall": Boundary("wall", surface_charge=-0.005),
        },
    )
    scales = choose_scales(model, 40e-9)
    mesh = rectilinear_mesh(axes, boxes, surfaces)
    system = System(model, mesh, coefficients(model, mesh, scales))
    u = our_steady_state(system, our_initial_state(model, system))
    ours = our_terminal_values(system, u, True)["left"].current
    problem = FiPyProblem(model, box_grid(axes, boxes, surfaces, scales.length), scales, transient=False)
    problem.set_state(*initial_state(problem))
    steady_state(problem, direct_solver(dimension))
    return abs(terminal_values(problem, "cartesian")["left"].current / ours - 1.0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            MEMBRANE.replace("[model]", '[model]\nphysics = "electroneutral"').format(
                membrane="", left='potential = 0'
            ),
            "continuous",
        ),
        (CELL.replace('potential = "25 mV"', 'current = "1 A/m^2"'), "floating potential"),
        (LAYER.replace('[[geometry', '[geometry]\ncoordinates = "spherical"\ninner_radius = "5 nm"\n[[geometry').format(
            wall='surface_charge = "0.01 C/m^2"', nodes=50), "volume"),
        (LAYER.format(wall='concentration = { "K+" = "1 mM" }\nsurface_charge = "0.01 C/m^2"', nodes=50), "migrate"),
        (IDEAL + '[[activity]]\nmodel = "davies"\n', "activity coefficients"),
        (IDEAL + '[onsager.limiting_law]\nconcentration = { "K+" = "0.1 M", "Cl-" = "0.1 M" }\n', "coupled diffusion"),
        (IDEAL + '[convection]\nvelocity = "1 mm/s"\n', "convection"),
        (IDEAL.replace(
            'length = "20 nm"', 'length = "20 nm"\nproduction = { "K+" = "1 M/s", "Cl-" = "1 M/s" }'), "production"),
        (IDEAL + '[[boundary.left.reaction]]\nequation = "K+ + e- = K"\nrate_constant = "1e-5 m/s"\n'
         'standard_potential = "0 V"\n', "finite rate"),
        (template_text("cell"), "of kind 'cell'"),
    ],
)
def test_refused_with_a_reason(text, reason):
    with pytest.raises(InputError, match=reason) as caught:
        solve_with_fipy(npsolver.loads(text))
    assert caught.value.key


def test_singular_matrices_are_refused():
    case = layer('surface_charge = "0.1 C/m^2"')
    right = case.model.boundaries["right"]
    unanchored = case.model.with_boundary(right.name, potential=None, concentration={})
    with pytest.raises(InputError, match="singular"):
        refuse_what_fipy_cannot(unanchored)


def test_commands(tmp_path, capsys):
    from npsolver.cli import main

    path = tmp_path / "layer.toml"
    path.write_text(LAYER.format(wall='potential = "100 mV"', nodes=60), encoding="utf-8")

    def code(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(list(arguments))
        return stop.value.code or 0

    assert code("compare", str(path)) == 0
    text = capsys.readouterr().out
    assert "FiPy" in text
    assert "times as long" in text
    assert code("compare", str(path), "--rtol", "1e-9") == 4
    assert code("run", str(path), "--engine", "fipy", "-o", str(tmp_path / "out"), "--no-plots", "--quiet") == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert "FiPy" in summary["solver"]["linear_solver"]
    assert code("run", str(path), "--engine", "fipy", "--verify") == 2
