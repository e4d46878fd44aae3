"""Poisson-Boltzmann in three dimensions: multigrid gives what the direct solver gives."""

from __future__ import annotations

import numpy as np

import npsolver
from npsolver.discretisation import PoissonBoltzmann
from npsolver.nonlinear import NewtonOptions, newton
from npsolver.runner.problem import build_problem

CASE = """
[model]
physics = "poisson-boltzmann"
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[geometry]
dimension = 3
[[geometry.region]]
name = "pore"
x = ["0 nm", "20 nm"]
y = ["0 nm", "5 nm"]
z = ["0 nm", "5 nm"]
[[geometry.surface]]
name = "wall"
side = "top"
[boundary.left]
kind = "bath"
concentration = { "K+" = "10 mM", "Cl-" = "10 mM" }
potential = "0 V"
[boundary.wall]
kind = "wall"
surface_charge = "-0.1 C/m^2"
"""


def test_multigrid_agrees_with_the_direct_solver():
    problem = build_problem(npsolver.loads(CASE))
    found = {}
    for wanted in ("direct", "iterative"):
        problem.system.linear_wanted = wanted
        reduced = PoissonBoltzmann(problem.system)
        found[wanted] = newton(reduced, np.zeros(reduced.size), NewtonOptions(1e-8, 100)), reduced
    direct, iterative = (found[wanted][0].u for wanted in ("direct", "iterative"))
    np.testing.assert_allclose(iterative, direct, atol=1e-10)
    reduced = found["iterative"][1]
    assert reduced.scaled_residual(iterative) < 1e-11
    assert max(reduced.linear_solver.iterations) <= 30
    assert reduced.linear_solver.direct_solves == 0


def test_large_systems_choose_multigrid_and_stay_in_equilibrium():
    solution = npsolver.run(npsolver.loads(CASE, overrides={"mesh.nodes": [20, 14, 14]}))
    potential = solution.potential[0] / 0.025692579
    w = solution.concentration[0] * np.exp(np.outer([1.0, -1.0], potential[solution.mesh.cell_node]))
    np.testing.assert_allclose(w, 10.0, rtol=1e-6)
