"""GMRES on coupled systems far from equilibrium gives the answer of the direct solver."""

from __future__ import annotations

import numpy as np
import pytest
from pore_case import charged_pore

import npsolver
from npsolver.discretisation.measures import distance
from npsolver.runner.problem import build_problem
from npsolver.stepping.steady import SolveStatistics, steady_state

PORE = {"length": 100, "height": 10, "wall": (12, 88)}


def solve(linear: str, monkeypatch, **values):
    import npsolver.discretisation.system as module

    choose = module.choose_solver
    with monkeypatch.context() as context:
        context.setattr(module, "choose_solver", lambda *a, **k: choose(*a[:5], linear))
        problem = build_problem(npsolver.loads(charged_pore(**PORE, **values)))
        statistics = SolveStatistics()
        u = steady_state(problem.system, problem.start, statistics=statistics)
    return u, problem.system, statistics


@pytest.mark.parametrize(
    ("dimension", "nodes", "salt", "voltage", "charge"),
    [
        (2, [60, 40], "10 mM", "0.1 V", "-0.02 C/m^2"),
        (2, [60, 40], "0.1 M", "-1 V", "0.1 C/m^2"),
        (3, [24, 16, 6], "0.1 M", "1 V", "-0.05 C/m^2"),
    ],
)
def test_same_answer_as_the_direct_solver(monkeypatch, dimension, nodes, salt, voltage, charge):
    mesh = f"nodes = {nodes}"
    values = {"dimension": dimension, "mesh": mesh, "salt": salt, "voltage": voltage, "charge": charge}
    expected, direct_system, direct = solve("direct", monkeypatch, **values)
    found, system, iterative = solve("iterative", monkeypatch, **values)
    assert system.linear_solver.direct_solves == 0
    assert distance(direct_system, expected, found) < 1e-6
    assert iterative.path == direct.path == ["Newton from the locally neutral state"]
    assert iterative.newton_iterations <= direct.newton_iterations + 5
    assert np.median(system.linear_solver.iterations) <= 40


@pytest.mark.parametrize(
    ("salt", "voltage", "charge"),
    [
        ("1e-5 M", "1 V", "-0.2 C/m^2"),
        ("1e-5 M", "1 V", "-0.02 C/m^2"),
        ("1 mM", "-1 V", "0.2 C/m^2"),
        ("1e-5 M", "0.1 V", "-0.2 C/m^2"),
    ],
)
def test_states_many_decades_off_need_no_direct_solver(monkeypatch, salt, voltage, charge):
    values = {"dimension": 2, "mesh": "nodes = [60, 40]", "salt": salt, "voltage": voltage, "charge": charge}
    expected, direct_system, _ = solve("direct", monkeypatch, **values)
    found, system, iterative = solve("iterative", monkeypatch, **values)
    assert system.linear_solver.direct_solves == 0
    assert distance(direct_system, expected, found) < 1e-6
    assert iterative.path == ["Newton from the locally neutral state"]


def test_newton_starts_again_with_exact_solutions_where_loose_ones_led_astray(monkeypatch):
    import npsolver.stepping.steady as module

    attempts = []
    newton = module.newton

    def failing_once(system, u, options, **kwargs):
        attempts.append(getattr(system.linear_solver, "direct_solves", None))
        if len(attempts) == 1:
            system.linear_solver.iterations.append(120)
            raise npsolver.ConvergenceError("led astray")
        return newton(system, u, options, **kwargs)

    values = {"dimension": 2, "mesh": "nodes = [60, 40]", "salt": "10 mM", "voltage": "0.1 V", "charge": "-0.02 C/m^2"}
    problem = build_problem(npsolver.loads(charged_pore(**PORE, **values)))
    monkeypatch.setattr(module, "newton", failing_once)
    statistics = SolveStatistics()
    steady_state(problem.system, problem.start, statistics=statistics)
    assert attempts == [0, 0]
    assert problem.system.linear_solver.direct_solves >= 5
    assert statistics.path == ["Newton from the locally neutral state"]
    assert not problem.system.solve_exactly()
