"""Kernels, assembly, linear solvers and one Newton iteration; every one is checked before it is timed."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import items
from benchmarks.measure import chain_problem
from npsolver.nonlinear import newton


@pytest.fixture(params=[2, 3, 4, 5, 6, 7, 8], ids=lambda m: f"block{m}")
def chain(request):
    return chain_problem(request.param - 1, 1000)


def matrix(system):
    from scipy.sparse import bsr_matrix

    pattern = system.pattern
    return bsr_matrix((system.linear_solver.blocks.copy(), pattern.column, pattern.pointer)).tocsr()


def linear_problem(problem):
    """System with its matrix assembled, a right-hand side, and that matrix."""
    system = problem.system
    right = np.random.default_rng(0).normal(size=system.size)
    system.assemble(problem.start, np.empty(system.size))
    return system, right, matrix(system)


def test_copy_bandwidth(benchmark):
    """The yardstick of the kernels: bytes copied in and out of memory."""
    a, b = np.zeros(2**23), np.ones(2**23)
    benchmark(np.copyto, a, b)
    benchmark.extra_info["GB/s"] = 16e-9 * a.size / benchmark.stats.stats.median
    assert a[-1] == 1.0


@pytest.mark.parametrize("case", ["1D, 2 ions", "1D, 5 ions", "2D, 2 ions"])
def test_edge_kernel(benchmark, case):
    problem = {
        "1D, 2 ions": lambda: items.w1(10_000),
        "1D, 5 ions": lambda: items.w4(False, 10_000),
        "2D, 2 ions": lambda: items.pore(2, 100),
    }[case]()
    system, u = problem.system, problem.start
    local, blocks = np.zeros(system.mesh.n_nodes * system.block_size), system.linear_solver.blocks
    direction = np.random.default_rng(1).normal(size=local.size)
    system.transport.assemble(u[: local.size], local, blocks)
    change = np.zeros_like(local)
    step = 1e-6
    for sign in (1.0, -1.0):
        shifted = np.zeros_like(local)
        system.transport.assemble(u[: local.size] + sign * step * direction, shifted, None)
        change += sign * shifted / (2 * step)
    expected = matrix(system) @ direction
    assert np.abs(change - expected).max() < 1e-5 * np.abs(expected).max()
    benchmark(system.transport.assemble, u[: local.size], local, blocks)
    benchmark.extra_info["ns per edge"] = 1e9 * benchmark.stats.stats.median / system.mesh.n_edges


def test_assembly(benchmark, chain):
    out = np.empty(chain.system.size)
    benchmark(chain.system.assemble, chain.start, out)
    assert np.isfinite(out).all()


def test_block_solver(benchmark, chain):
    system, right, full = linear_problem(chain)
    x = np.empty(system.size)
    kept = system.linear_solver.blocks.copy()

    def solve():
        system.linear_solver.blocks[:] = kept
        system.factorise()
        system.solve(right, x)

    benchmark(solve)
    scale = np.abs(full) @ np.abs(x) + np.abs(right)
    assert np.max(np.abs(full @ x - right) / scale) < 1e-12


@pytest.mark.parametrize("linear", ["direct", "iterative"])
@pytest.mark.parametrize("n", [32, 64])
def test_solver_in_two_dimensions(benchmark, linear, n):
    problem = items.pore(2, n, linear)
    u = benchmark.pedantic(problem.solve, rounds=3, warmup_rounds=1)
    assert items.pore_error(2, items.pore_current(problem, u)) < 1e-2


@pytest.mark.parametrize(("species", "n"), [(2, 4), (2, 1000), (5, 1000)], ids=["overhead", "block3", "block6"])
def test_newton_iteration(benchmark, species, n):
    """From the solution, where one iteration suffices; four edges show what Python costs."""
    problem = chain_problem(species, n)
    u = problem.solve()
    result = benchmark(newton, problem.system, u)
    benchmark.extra_info["us per iteration"] = 1e6 * benchmark.stats.stats.median / result.iterations
    assert np.abs(result.u - u).max() < 1e-9
