"""npsolver on the work items, in the form of the peers: build, then a callable that solves and observes."""

from __future__ import annotations

import numpy as np

from benchmarks import items
from npsolver.stepping.steady import SolveStatistics

NAME = "npsolver"


def version() -> str:
    import npsolver

    return npsolver.__version__


def w1(n: int = 400):
    problem = items.w1(n)
    return lambda: items.w1_charge(problem, problem.solve())


def w1_extrapolated(n: int):
    """Two meshes of one family and Richardson's extrapolation of a second-order result."""
    coarse, fine = items.w1(n), items.w1(2 * n)

    def solve():
        first, second = (items.w1_charge(p, p.solve()) for p in (coarse, fine))
        return second + (second - first) / 3.0

    return solve


def w2(voltage: float, rtol: float, n: int = 400):
    problem = items.w2(voltage, n)
    return lambda: items.w2_solve(problem, rtol)[0]


def w3(n: int = 600):
    problem = items.w3(n)
    return lambda: items.w3_solve(problem)


def w3_extrapolated(n: int):
    coarse, fine = items.w3(n), items.w3(2 * n)

    def solve():
        first, second = items.w3_solve(coarse), items.w3_solve(fine)
        return second + (second - first) / 3.0

    return solve


def w4(n: int = 400):
    short, open_ = items.w4(False, n), items.w4(True, n)
    return lambda: items.w4_observe(short, short.solve(), open_, open_.solve())


def w4_extrapolated(n: int):
    coarse, fine = w4(n), w4(2 * n)

    def solve():
        (j1, v1), (j2, v2) = coarse(), fine()
        return j2 + (j2 - j1) / 3.0, v2 + (v2 - v1) / 3.0

    return solve


def pore(dimension: int, n: int, linear: str = "auto"):
    problem = items.pore(dimension, n, linear)

    def prepare():
        # what an iterative solver keeps from one solution must not help the next
        problem.system = items.pore(dimension, n, linear).system

    def solve():
        return items.pore_current(problem, problem.solve())

    solve.prepare = prepare
    return solve


def ladder_point(dimension: int, n: int):
    """Error, unknowns and Newton iterations of W1 (1D), W5 (2D) or W7 (3D)."""

    def built():
        return items.w1(n) if dimension == 1 else items.pore(dimension, n)

    problem = [built()]

    def prepare():
        problem[0] = built()

    def solve():
        statistics = SolveStatistics()
        u = problem[0].solve(statistics)
        if dimension == 1:
            error = items.w1_error(items.w1_charge(problem[0], u))
        else:
            error = items.pore_error(dimension, items.pore_current(problem[0], u))
        return np.array([error, problem[0].system.size, statistics.newton_iterations])

    solve.prepare = prepare
    return solve
