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


@pytest.mark.parametrize("m", [1, 2, 3, 5])
@pytest.mark.parametrize("full", [False, True])
def test_both_layouts_multiply_as_the_matrix(m, full):
    """Blocks beside the diagonal with few entries are stored without the zeros; one more entry and they are not."""
    from scipy.sparse import bsr_matrix, diags

    from npsolver._ext import field_split as kernel

    n, s, random = 40, m - 1, np.random.default_rng(m)
    pattern = diags([np.ones(n - 7), np.ones(n - 1), np.ones(n), np.ones(n - 1), np.ones(n - 7)], [-7, -1, 0, 1, 7]).tocsr()
    pointer, column = pattern.indptr.astype(np.int32), pattern.indices.astype(np.int32)
    row = np.repeat(np.arange(n), np.diff(pointer))
    diagonal = np.flatnonzero(column == row).astype(np.int32)
    blocks = random.uniform(1.0, 2.0, (column.size, m, m))
    beside = np.ones(column.size, dtype=bool)
    beside[diagonal] = False
    blocks[np.ix_(beside, range(s), range(s))] *= np.eye(s)
    blocks[beside, s, :s] = 0.0
    if full and m > 1:
        blocks[np.flatnonzero(beside)[5], s, 0] = 1.0
    scale, mix, unit = (random.uniform(0.5, 2.0, (n, s)) for _ in range(3))
    fields, lower, row_scale = np.empty((m, column.size)), np.empty((n, s)), np.empty((n, m))
    sparse, own = np.empty((column.size, 2 * m - 1)), np.empty((n, m, m))
    is_sparse = kernel.split(blocks, pointer, column, diagonal, scale, mix, unit, fields, lower, row_scale, sparse, own)
    assert is_sparse == (not full or m == 1)
    x, y = random.standard_normal(n * m), np.empty(n * m)
    expected = (bsr_matrix((blocks, column, pointer)) @ x) * row_scale.ravel()
    np.testing.assert_allclose(row_scale[:, :s] * unit * fields[:s, diagonal].T, 1.0)
    if is_sparse:
        kernel.multiply_sparse(sparse, own, pointer, column, diagonal, x, y)
        np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-13)
    kernel.scale(blocks, pointer, row_scale)
    kernel.multiply(blocks, pointer, column, x, y)
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-13)


def test_slow_solutions_rest_for_longer_every_time():
    """After the direct solver had to take over, GMRES is tried again: states change."""
    from scipy.sparse import diags

    from npsolver.linear.block_gmres import BlockGmres

    n, random = 200, np.random.default_rng(0)
    a = diags([-np.ones(n - 1), np.full(n, 2.01), -np.ones(n - 1)], [-1, 0, 1]).tocsr()
    pointer, column = a.indptr.astype(np.int32), a.indices.astype(np.int32)
    diagonal = np.flatnonzero(column == np.repeat(np.arange(n), np.diff(pointer))).astype(np.int32)
    solver = BlockGmres(pointer, column, diagonal, 1, direct_after=0)  # even one iteration is too slow
    direct = []
    for _ in range(12):
        direct.append(solver.prefers_direct)
        solver.blocks[:, 0, 0] = a.data
        solver.prepare(np.empty((n, 0)), np.empty((n, 0)))
        solver.factorise()
        for _ in range(2):
            b = random.standard_normal(n)
            x = b.copy()
            solver.solve(x)
            np.testing.assert_allclose(a @ x, b, atol=1e-6)
    assert direct == [False, True, False, True, True, True, False] + 5 * [True]
    assert len(solver.iterations) == 3
