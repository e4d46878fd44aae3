"""FiPy: the coupled equations of `npsolver.reference_engine`, by Newton or by plain sweeps (Picard)."""

from __future__ import annotations

import numpy as np

from benchmarks import items
from npsolver.discretisation import choose_scales
from npsolver.mesh import Geometry, interval_mesh
from npsolver.reference_engine.fields import face_fluxes, inflow, surface_charge, terminal_values
from npsolver.reference_engine.grid import box_grid, import_fipy, interval_grid
from npsolver.reference_engine.newton import direct_solver, newton
from npsolver.reference_engine.problem import FiPyProblem
from npsolver.reference_engine.start import initial_state, neutralised
from npsolver.reference_engine.steady import steady_state
from npsolver.reference_engine.transient import evolve

NAME = "FiPy"


def version() -> str:
    return f"{import_fipy().__version__} ({import_fipy().solvers.solver_suite})"


def _interval(model, mesh, length, largest=0.0, *, transient=False, linearisation="newton"):
    scales = choose_scales(model, length, largest)
    grid = interval_grid(mesh, scales.length)
    return FiPyProblem(model, grid, scales, transient=transient, linearisation=linearisation)


def w1(n: int = 400, linearisation: str = "newton"):
    mesh = interval_mesh(Geometry("cartesian", (("solution", items.W1_LENGTH),)), items.w1_positions(n))
    problem = _interval(items.w1_model(), mesh, items.W1_LENGTH, linearisation=linearisation)
    start, solver = neutralised(problem, *initial_state(problem)), direct_solver(1)

    def solve():
        problem.set_state(*start)
        newton(problem, solver, max_iterations=300)
        return float(surface_charge(problem, "left")[0]) * problem.scales.surface_charge

    return solve


def w2(voltage: float, rtol: float, n: int = 400):
    ours = items.w2(voltage, n)
    problem = _interval(ours.system.model, ours.system.mesh, 2 * items.W2_LENGTH, items.W2_SALT, transient=True)
    uniform = {"cell": {name: lambda x: np.full(np.shape(x), items.W2_SALT) for name in "+-"}}
    start, solver = initial_state(problem, uniform), direct_solver(1)
    times = np.array(items.REFERENCE["W2_times"]) * items.W2_TIME / problem.scales.time
    half = np.asarray(problem.grid.mesh.cellCenters.value)[0] < 0.5
    factor = problem.scales.length / items.W2_DEBYE * 0.5

    def solve():
        charges = []

        def observe(t, rate):
            w = problem.state()[0]
            charges.append(float(((w[0] - w[1]) * problem.volume)[half].sum()) * factor)

        problem.set_state(*start)
        evolve(problem, solver, times[-1], outputs=list(times), rtol=rtol, on_output=observe)
        return np.array(charges)

    return solve


def w3(n: int = 600):
    mesh = items.w3(n).system.mesh
    problem = _interval(items.w3_model(), mesh, items.W3_LENGTH)
    start, solver = initial_state(problem), direct_solver(1)

    def solve():
        problem.set_state(*start)
        fluxes = []
        for voltage in items.W3_VOLTAGES:
            problem.set_model(items.w3_model(voltage))
            newton(problem, solver)
            fluxes.append(-inflow(problem, face_fluxes(problem), "left")[0])
        return np.array(fluxes)

    return solve


def w4(n: int = 400):
    mesh = items.w4(False, n).system.mesh
    problems = [_interval(items.w4_model(open_circuit), mesh, 80e-9) for open_circuit in (False, True)]
    starts, solver = [initial_state(p) for p in problems], direct_solver(1)

    def solve():
        for problem, start in zip(problems, starts):
            problem.set_state(*start)
        steady_state(problems[0], solver)
        steady_state(problems[1], solver)
        return terminal_values(problems[0], "cartesian")["left"].flux, problems[1].voltage["right"]

    return solve


def pore(dimension: int, n: int, solver: str = "tuned"):
    """`solver`: "tuned" (`direct_solver`) or "default", what FiPy takes of itself with scipy's suite."""
    axes, boxes, surfaces = items.pore_shape(dimension, n)
    model = items.pore_model()
    scales = choose_scales(model, items.PORE_LENGTH[dimension])
    problem = FiPyProblem(model, box_grid(axes, boxes, surfaces, scales.length), scales, transient=False)
    start = initial_state(problem)
    linear = direct_solver(dimension) if solver == "tuned" else import_fipy().LinearLUSolver()

    def solve():
        problem.set_state(*neutralised(problem, *start))
        newton(problem, linear)
        return terminal_values(problem, "cartesian")["left"].current

    return solve
