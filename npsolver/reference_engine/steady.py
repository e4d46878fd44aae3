"""Steady states by FiPy."""

from __future__ import annotations

import numpy as np

from npsolver.errors import ConvergenceError
from npsolver.reference_engine.fields import face_fluxes, inflow
from npsolver.reference_engine.newton import newton
from npsolver.reference_engine.problem import FiPyProblem
from npsolver.reference_engine.start import neutralised

# Largest net current (relative to the gross one) at which a floating terminal counts as balanced.
BALANCED = 1e-9
# Steps of the voltage (RT/F) that change nothing any more: at equilibrium the fluxes themselves are round-off.
SMALLEST_VOLTAGE = 1e-9


def steady_state(problem: FiPyProblem, solver, *, warm: bool = False, tolerance: float = 1e-8) -> int:
    """Solve from the present state; number of sweeps. A given current is reached by a secant search for the voltage.

    Parameters
    ----------
    problem : FiPyProblem
    solver : fipy solver
    warm : bool
        The present state solves a neighbouring problem.
    """
    floating = [law for law in problem.model.boundaries.values() if law.current is not None]
    if not floating:
        return _solve(problem, solver, warm, tolerance)
    terminal = floating[0]
    unit = problem.current_unit("cartesian", 1)
    area = problem.area[problem.grid.surfaces[terminal.name]].sum()
    target = terminal.current / unit * area
    last = problem.voltage[terminal.name] if warm else _first_guess(problem, terminal.name)
    sweeps, known = 0, []
    for _ in range(30):
        problem.set_model(problem.model, floating=last)
        sweeps += _solve(problem, solver, warm or bool(known), tolerance)
        fluxes = inflow(problem, face_fluxes(problem), terminal.name)
        defect = float(problem.charge @ fluxes) - target
        gross = float(np.abs(problem.charge) @ np.abs(fluxes)) + abs(target)
        known = [*known[-1:], (last, defect)]
        if abs(defect) <= BALANCED * gross or gross == 0.0:
            return sweeps
        if len(known) == 1:
            last = last + 0.05
        else:
            (v0, d0), (v1, d1) = known
            if d1 == d0:
                return sweeps
            step = -d1 * (v1 - v0) / (d1 - d0)
            last = v1 + max(-10.0, min(10.0, step))
            if abs(step) < SMALLEST_VOLTAGE:
                return sweeps
    raise ConvergenceError(f"FiPy: no potential of {terminal.name!r} was found at which its current is the given one")


def _first_guess(problem, name) -> float:
    others = [v for other, v in problem.voltage.items() if other != name and v is not None]
    return sum(others) / len(others) if others else 0.0


def _solve(problem, solver, warm, tolerance) -> int:
    if problem.transient:
        return _relax(problem, solver, tolerance)
    start = problem.state()
    if not warm:
        problem.set_state(*neutralised(problem, *start))
    try:
        return newton(problem, solver, tolerance=tolerance, max_iterations=40)
    except ConvergenceError:
        problem.set_state(*start)
        return 40 + _continuation(problem, solver, tolerance)


def _continuation(problem, solver, tolerance) -> int:
    """Raise all potentials and charges together from 0 to 1."""
    laws = problem.model.boundaries.items()
    floating = next((problem.voltage[name] for name, law in laws if law.current is not None), None)
    load, step, sweeps = -1.0, 1.0, 0
    while load < 1.0:
        target = min(1.0, load + step)
        here = problem.state()
        problem.set_model(problem.model, floating=floating, load=target)
        try:
            sweeps += newton(problem, solver, tolerance=tolerance, max_iterations=25)
        except ConvergenceError:
            problem.set_state(*here)
            step *= 0.5
            if load < 0.0 or step < 1e-4:
                problem.set_model(problem.model, floating=floating)
                raise
            continue
        load, step = target, 0.25 if load < 0.0 else 1.5 * step
    return sweeps


def _relax(problem, solver, tolerance) -> int:
    """Implicit Euler with growing steps, which keeps the amounts of species that no surface holds."""
    dt, sweeps = 1e-6, 0
    for _ in range(200):
        before = problem.state()
        for ion in problem.ions:
            ion.updateOld()
        try:
            sweeps += newton(problem, solver, tolerance=tolerance, max_iterations=25, dt=dt)
        except ConvergenceError:
            problem.set_state(*before)
            dt *= 0.2
            if dt < 1e-14:
                raise
            continue
        w, potential = problem.state()
        present = problem.capacity.T > 0.0
        change = float((np.abs(w - before[0])[present] / np.maximum(w, 1e-40)[present]).max())
        change = max(change, float(np.abs(potential - before[1]).max()))
        if dt >= 1.0 and change <= 1e-9:
            return sweeps
        dt = min(dt * (8.0 if change < 2.0 else 3.0), 10.0)
    raise ConvergenceError(f"FiPy: no steady state after 200 steps of pseudo-time (last change {change:.2g})")


def needs_relaxation(problem_model, surfaces) -> bool:
    """Whether the amount of a species is fixed by the initial state alone."""
    for species in problem_model.species:
        laws = [problem_model.boundaries.get(name) for name in surfaces]
        if not any(law is not None and species.name in law.concentration for law in laws):
            return True
    return False
