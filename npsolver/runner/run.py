"""Solve a case: the arrows of the architecture, in order."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from npsolver.case import Case
from npsolver.discretisation import System
from npsolver.errors import ConvergenceError, InputError
from npsolver.nonlinear import NewtonOptions, newton
from npsolver.runner.changes import hardest_model, swept_model
from npsolver.runner.collect import Collector
from npsolver.runner.problem import build_problem
from npsolver.runner.regrade import PATH, MeshGrading, coarse_carriers, refuse_coarse_transient, see
from npsolver.runner.settle import settled
from npsolver.stepping.solution import Solution
from npsolver.stepping.steady import SolveStatistics, steady_state

if TYPE_CHECKING:
    from npsolver.case.kinds import LawCase
    from npsolver.stepping.law_solution import LawSolution

def run(
    case: Case | LawCase,
    *,
    progress: Callable[[float, str], None] | None = None,
    checkpoint=None,
    restart: dict | None = None,
    verify: bool = False,
    num_threads: int = 1,
    refine: float = 1.0,
) -> Solution | LawSolution:
    """Solve `case`.

    Parameters
    ----------
    case : Case or LawCase
    progress : callable (fraction, text), optional
    checkpoint : object with ``due()`` and ``save(dict)``, optional
        Asked after every accepted step of a transient.
    restart : dict, optional
        What a checkpoint saved: the transient continues bit for bit.
    verify : bool
        Repeat on refined meshes and steps and attach error estimates to the observables. A case that asks for an
        `accuracy` is refined until its estimates meet it.
    num_threads : int
    refine : float
        Factor on the number of edges and, in transients, on the inverse tolerance of the steps.

    Returns
    -------
    Solution

    Raises
    ------
    InputError, ConvergenceError, RefusedError
    """
    if not isinstance(case, Case):
        return _without_mesh(case, progress, verify, restart)
    if not case.document:  # put together from objects, which nobody has looked at together
        case.check()
    try:
        if verify or case.solve.accuracy is not None:
            from npsolver.runner.verify import run_verified

            solution = run_verified(case, progress=progress, num_threads=num_threads, verify=verify)
        else:
            solution = run_once(
                case, progress=progress, checkpoint=checkpoint, restart=restart, num_threads=num_threads, refine=refine
            )
    except InputError as error:  # what only the mesh shows does not know from which file it comes
        if error.file or not case.path:
            raise
        raise InputError(error.message, file=case.path, key=error.key) from error
    refuse_coarse_transient(case, solution)
    return solution


def _without_mesh(case: LawCase, progress, verify: bool, restart: dict | None) -> LawSolution:
    """A case of equilibrium laws: there is nothing to refine and nothing to continue."""
    from npsolver.laws import run as compute

    for wanted, word in ((verify, "--verify refines meshes and steps"), (restart, "--restart continues a transient")):
        if wanted:
            raise InputError(f"{word}; a case of kind {case.kind!r} has none", file=case.path or None)
    return compute(case, progress=progress)


def run_once(
    case,
    *,
    progress=None,
    checkpoint=None,
    restart=None,
    num_threads=1,
    refine=1.0,
    grading: MeshGrading | None = None,
) -> Solution:
    """Solve `case` on one mesh, that of `grading` where its carriers have been followed already."""
    started = perf_counter()
    statistics, layers = SolveStatistics(), hardest_model(case)
    grading = grading or MeshGrading(case)
    if case.solve.kind == "transient":
        from npsolver.runner.transient import transient

        solution = transient(
            case,
            grading,
            layers,
            statistics,
            started,
            progress=progress,
            checkpoint=checkpoint,
            restart=restart,
            num_threads=num_threads,
            refine=refine,
        )
        known = solution.concentration[solution.axis > 0.0]
    else:
        solver = {"steady": _steady, "sweep": _sweep}[case.solve.kind]
        solution, before = None, grading.sizes
        while (problem := grading.problem(refine, num_threads, layers)) is not None:
            changes, sizes = grading.changes(refine), grading.sizes
            try:
                solution = solver(case, problem, statistics, started, changes=changes, sizes=sizes, progress=progress)
            except ConvergenceError:
                if solution is None:
                    raise
                grading.keep(before)
                solution.warnings.append(
                    "no solution was found on the mesh that the carriers ask for; this one is of a mesh with longer edges"
                )
                break
            before = sizes
            if changes is None or not grading.ask(changes):
                break
            statistics.path.append(PATH)
        known = solution.concentration
    solution.warnings.extend(coarse_carriers(case, solution.mesh, known))
    if progress is not None:
        progress(1.0, "done")
    return solution


def _newton_options(case: Case) -> NewtonOptions:
    return NewtonOptions() if case.solve.tolerance is None else NewtonOptions(tolerance=case.solve.tolerance)


def _poisson_boltzmann(system: System, options: NewtonOptions, statistics: SolveStatistics) -> np.ndarray:
    """State of the full system that Poisson-Boltzmann gives."""
    from npsolver.discretisation import PoissonBoltzmann

    reduced = PoissonBoltzmann(system)
    result = newton(reduced, np.zeros(reduced.size), NewtonOptions(options.tolerance, 400, options.round_off))
    statistics.add(result)
    statistics.path.append("Newton on Poisson-Boltzmann")
    return reduced.expand(result.u)


def _steady(case, problem, statistics, started, *, changes=None, **_) -> Solution:
    system, options = problem.system, _newton_options(case)
    if case.model.physics == "poisson-boltzmann":
        u = _poisson_boltzmann(system, options, statistics)
    else:
        u = settled(system, steady_state(system, problem.start, options=options, statistics=statistics))
    see(changes, system, u)
    collector = Collector(case, system, steady=True)
    collector.add(u)
    return collector.solution("steady", "", "", [0.0], statistics, started, case.model)


def _sweep(case, problem, statistics, started, *, changes=None, sizes=None, progress=None) -> Solution:
    from npsolver.stepping.sweep import sweep_states

    system, options = problem.system, _newton_options(case)
    collector = Collector(case, system, steady=True)
    values = case.solve.values

    def state_at(value, guess):
        model = swept_model(case, value)
        if not system.takes(model):
            return None
        system.set_model(model)
        if model.physics == "poisson-boltzmann":
            return _poisson_boltzmann(system, options, statistics)
        warm = guess is not None
        start = system.with_held_values(guess if warm else problem.start)
        return settled(system, steady_state(system, start, options=options, statistics=statistics, warm=warm))

    last = swept_model(case, values[-1])
    if last is not None and system.takes(last):
        for number, u in enumerate(sweep_states(system, state_at, values)):
            see(changes, system, u)
            collector.add(u)
            if progress is not None:
                progress((number + 1) / len(values), f"{case.solve.parameter} = {values[number]:.6g}")
        return collector.solution(
            "sweep", case.solve.parameter, case.solve.unit, values, statistics, started, case.model
        )
    return _sweep_of_cases(case, options, statistics, started, changes, sizes, progress)


def _sweep_of_cases(case, options, statistics, started, changes, sizes, progress) -> Solution:
    """Sweep of a key that changes materials: a new system for every value on the same mesh, warm where it fits."""
    from dataclasses import replace

    values, collectors, before = case.solve.values, [], None
    for number, value in enumerate(values):
        member = case.with_swept_value(value)
        problem = build_problem(replace(member, solve=replace(case.solve, kind="steady")), sizes=sizes)
        system = problem.system
        if member.model.physics == "poisson-boltzmann":
            u = _poisson_boltzmann(system, options, statistics)
        else:
            # where amounts are conserved they are those of this member's own initial state
            warm = before is not None and before.size == system.size and not system.conserves_an_amount
            start = system.with_held_values(before if warm else problem.start)
            u = settled(system, steady_state(system, start, options=options, statistics=statistics, warm=warm))
        before = u
        see(changes, system, u)
        collector = Collector(member, system, steady=True)
        collector.add(u)
        collectors.append(collector)
        if progress is not None:
            progress((number + 1) / len(values), f"{case.solve.parameter} = {value:.6g}")
    shapes = {c.frames[0].concentration.shape for c in collectors}
    last = collectors[-1]
    # fields of meshes that differ cannot share one array: keep those of the last value, observables of all
    if len(shapes) == 1:
        last.frames = [c.frames[0] for c in collectors]
    else:
        last.frames = [last.frames[0]] * len(collectors)
    last.rows = [c.rows[0] for c in collectors]
    for collector in collectors:
        for name, defect in collector.defects.items():
            last.defects[name] = max(defect, last.defects.get(name, 0.0))
    solution = last.solution("sweep", case.solve.parameter, case.solve.unit, values, statistics, started, case.model)
    if len(shapes) != 1:
        solution.warnings.append("the meshes of the members differ: the fields of every frame are those of the last")
    return solution
