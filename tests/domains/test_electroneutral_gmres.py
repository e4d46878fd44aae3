"""GMRES on the electroneutral equations: time steps of any length, thin edges, and a last field that joins no nodes."""

from __future__ import annotations

import domain_texts as texts
import numpy as np
import pytest

import npsolver
from npsolver.discretisation import System
from npsolver.linear.block_gmres import Diagonal
from npsolver.runner.problem import build_problem
from npsolver.stepping.steady import steady_state

NEUTRAL = texts.SALT.replace("[[species]]", '[model]\nphysics = "electroneutral"\n[[species]]', 1)
CELL = (
    NEUTRAL
    + """
[initial]
concentration = { "K+" = "10 mM", "Cl-" = "10 mM" }
[geometry]
dimension = 2
[[geometry.region]]
name = "solution"
x = ["0 um", "50 um"]
y = ["0 um", "30 um"]
%s
[[geometry.surface]]
name = "electrode"
side = "bottom"
x = ["10 um", "40 um"]
[boundary.electrode]
kind = "wall"
flux = { "K+" = "-1e-4 mol/m^2/s" }
[mesh]
nodes = [36, 26]
"""
    + texts.bath("top")
)
UNIFORM = '[initial]\nconcentration = { "K+" = "10 mM", "Cl-" = "10 mM" }\n'
MEMBRANE = '[[geometry.region]]\nname = "membrane"\nx = ["0 um", "20 um"]\ny = ["10 um", "12 um"]\nfixed_charge = "-50 mM"\n'


def systems(text):
    problem = build_problem(npsolver.loads(text))
    made = {
        linear: System(problem.model, problem.system.mesh, problem.system.coefficients, linear=linear)
        for linear in ("direct", "iterative")
    }
    return made, problem.start


@pytest.mark.parametrize("shift", [1e-2, 1.0, 1e2, 1e4, 1e6, 1e8, 1e23])
def test_time_steps_of_any_length(shift):
    """From steps over which everything diffuses away to those over which nothing but storage counts."""
    made, start = systems(CELL % "")
    solutions = []
    for system in made.values():
        system.current_form = True
        u = system.with_held_values(start)
        # a gradient, so that conductivity and diffusion potentials vary
        w = u.reshape(-1, system.block_size)
        w[:, :2] *= (1.0 + 0.5 * np.sin(2e5 * system.mesh.nodes[:, 0]))[:, None]
        u = system.with_held_values(u)
        residual, x = np.empty(system.size), np.empty(system.size)
        system.linearise(u, shift)
        system.residual(u, residual)
        system.set_linear_tolerance(1e-10)
        for right in (-residual, np.cos(np.arange(system.size)) * residual):  # stages: several right-hand sides
            system.solve(right, x)
        solutions.append(x.copy())
    iterative = made["iterative"].linear_solver
    assert iterative.direct_solves == 0
    assert max(iterative.iterations) <= 45
    direct, found = (s.reshape(-1, 3) for s in solutions)
    assert np.all(np.abs(found - direct).max(axis=0) <= 1e-6 * np.abs(direct).max(axis=0))


def test_neutrality_takes_no_hierarchy():
    made, start = systems(CELL % "")
    system = made["iterative"]
    u = steady_state(system, start)
    assert isinstance(system.linear_solver._grids[-1], Diagonal)
    assert max(system.linear_solver.iterations) <= 20
    assert np.abs(u - steady_state(made["direct"], start)).max() <= 1e-8


def test_thin_edges():
    made, start = systems(CELL.replace(UNIFORM, "").replace("nodes = [36, 26]", "refine = 0.5") % MEMBRANE)
    assert made["iterative"].mesh.interfaces
    found = {linear: steady_state(system, start) for linear, system in made.items()}
    assert np.abs(found["direct"] - found["iterative"]).max() <= 1e-8
    assert made["iterative"].linear_solver.direct_solves == 0


def test_depleted_salt_at_thin_edges():
    """A selective membrane beyond its limiting current: hierarchies of an earlier state would not converge at all."""
    text = (
        NEUTRAL
        + """
[geometry]
dimension = 2
[[geometry.region]]
name = "solution"
x = ["0 um", "50 um"]
y = ["0 um", "30 um"]
[[geometry.region]]
name = "membrane"
x = ["0 um", "50 um"]
y = ["10 um", "12 um"]
fixed_charge = "-500 mM"
[mesh]
refine = 0.4
"""
        + texts.bath("top", "1 mM")
        + texts.bath("bottom", "1 mM", "-0.5 V")
    )
    made, start = systems(text)
    found = {linear: steady_state(system, start) for linear, system in made.items()}
    w = found["direct"].reshape(-1, 3)[:, :2]
    assert w[w > 0.0].min() < 1e-4 * w.max()
    assert np.abs(found["direct"] - found["iterative"]).max() <= 1e-8
    assert made["iterative"].linear_solver.direct_solves == 0
    assert max(made["iterative"].linear_solver.iterations) <= 60


def test_thin_edges_are_solved_directly_unless_too_many():
    problem = build_problem(npsolver.loads(CELL.replace(UNIFORM, "").replace("nodes = [36, 26]", "refine = 1.5") % MEMBRANE))
    assert "thin edges" in problem.system.linear_reason


def test_a_transient_by_gmres_is_that_by_factors(monkeypatch):
    from npsolver.discretisation import system as module

    text = CELL % "" + '[solve]\nkind = "transient"\nend_time = "20 ms"\noutput_times = ["2 ms", "20 ms"]\nrtol = 1e-4\n'
    text = text.replace("nodes = [36, 26]", "nodes = [20, 15]")
    choose, values = module.choose_solver, []
    for linear in ("direct", "iterative"):
        monkeypatch.setattr(module, "choose_solver", lambda *a, _l=linear, **k: choose(*a[:5], _l, **k))
        solution = npsolver.run(npsolver.loads(text))
        values.append(solution.observables["potential[electrode]"].value)
    np.testing.assert_allclose(values[1], values[0], rtol=2e-4)
