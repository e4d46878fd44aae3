"""Solve a case: the arrows of the architecture, in order."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from npsolver.case import Case
from npsolver.case.resolve_observables import CURRENT_UNITS
from npsolver.discretisation import System
from npsolver.errors import InputError
from npsolver.nonlinear import NewtonOptions, newton
from npsolver.observables import measure_of, terminal_currents, total_current
from npsolver.observables.terminals import voltage
from npsolver.runner.changes import event_models, hardest_model, swept_model
from npsolver.runner.collect import Collector
from npsolver.runner.problem import build_problem
from npsolver.runner.regrade import (
    MOST_NODES,
    MOST_PASSES,
    coarse_carriers,
    follows_carriers,
    refuse_coarse_transient,
    wanted_sizes,
)
from npsolver.runner.settle import settled
from npsolver.stepping.solution import Series, Solution
from npsolver.stepping.steady import SolveStatistics, steady_state
from npsolver.units import FARADAY

if TYPE_CHECKING:
    from npsolver.case.kinds import LawCase
    from npsolver.stepping.law_solution import LawSolution

DEFAULT_RTOL = 1e-5


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


def run_once(case, *, progress=None, checkpoint=None, restart=None, num_threads=1, refine=1.0) -> Solution:
    """Solve `case` on one mesh."""
    started = perf_counter()
    statistics, layers, sizes = SolveStatistics(), hardest_model(case), []
    solver = {"steady": _steady, "transient": _transient, "sweep": _sweep}[case.solve.kind]
    for number in range(MOST_PASSES if follows_carriers(case) else 1):
        problem = build_problem(case, refine=refine, num_threads=num_threads, mesh_model=layers, sizes=sizes)
        if number and problem.system.mesh.n_nodes > MOST_NODES:
            break
        solution = solver(
            case, problem, statistics, started, progress=progress, checkpoint=checkpoint, restart=restart, refine=refine
        )
        if not follows_carriers(case) or solution.mesh is not problem.system.mesh:
            break
        more = wanted_sizes(solution.mesh, solution.concentration)
        if not more:
            break
        sizes = [*sizes, *more]
        statistics.path.append("mesh graded by the carriers")
    solution.warnings.extend(coarse_carriers(case, solution.mesh, solution.concentration))
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


def _steady(case, problem, statistics, started, **_) -> Solution:
    system, options = problem.system, _newton_options(case)
    if case.model.physics == "poisson-boltzmann":
        u = _poisson_boltzmann(system, options, statistics)
    else:
        u = settled(system, steady_state(system, problem.start, options=options, statistics=statistics))
    collector = Collector(case, system, steady=True)
    collector.add(u)
    return collector.solution("steady", "", "", [0.0], statistics, started, case.model)


def _sweep(case, problem, statistics, started, *, progress=None, **_) -> Solution:
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
            collector.add(u)
            if progress is not None:
                progress((number + 1) / len(values), f"{case.solve.parameter} = {values[number]:.6g}")
        return collector.solution(
            "sweep", case.solve.parameter, case.solve.unit, values, statistics, started, case.model
        )
    return _sweep_of_cases(case, options, statistics, started, progress)


def _sweep_of_cases(case, options, statistics, started, progress) -> Solution:
    """Sweep of a key that changes materials: a new system for every value on the same mesh, warm where it fits."""
    from dataclasses import replace

    values, collectors, before = case.solve.values, [], None
    for number, value in enumerate(values):
        member = case.with_swept_value(value)
        problem = build_problem(replace(member, solve=replace(case.solve, kind="steady")))
        system = problem.system
        if member.model.physics == "poisson-boltzmann":
            u = _poisson_boltzmann(system, options, statistics)
        else:
            # where amounts are conserved they are those of this member's own initial state
            warm = before is not None and before.size == system.size and not system.conserves_an_amount
            start = system.with_held_values(before if warm else problem.start)
            u = settled(system, steady_state(system, start, options=options, statistics=statistics, warm=warm))
        before = u
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


def _transient(case, problem, statistics, started, *, progress=None, checkpoint=None, restart=None, refine=1.0):
    from npsolver.stepping.transient import evolve

    system, solve = problem.system, case.solve
    scales = system.coefficients.scales
    collector = Collector(case, system, steady=False)
    events = event_models(case)
    currents_of = [t.name for t in system.terminals if t.name in case.model.boundaries]

    def record(u):
        by_name = {t.name: voltage(system, t, u) for t in system.terminals}
        if system.mesh.dimension > 1:
            currents = terminal_currents(system, u)
            return (*by_name.values(), *(currents[name] for name in currents_of))
        return (*by_name.values(), total_current(system, u))

    rtol = (solve.rtol or DEFAULT_RTOL) / refine**2
    evolution = evolve(
        system,
        problem.start,
        solve.end_time,
        output_times=solve.output_times,
        events=events,
        rtol=rtol,
        statistics=statistics,
        record=record,
        progress=progress,
        checkpoint=checkpoint,
        restart=restart,
    )
    for time, u in zip(evolution.times, evolution.states):
        # fields belong to the boundary values of their time: at an event to those just before it
        model = case.model
        for start, later in events:
            if start < time or (start == 0.0 == time):
                model = later
        system.set_model(model)
        collector.add(u)
    solution = collector.solution("transient", "time", "s", evolution.times, statistics, started, case.model)
    names = [t.name for t in system.terminals]
    columns = np.array(evolution.step_records, dtype=float).reshape(len(evolution.step_times), -1)
    solution.series["time"] = Series(np.array(evolution.step_times), "s")
    for column, name in enumerate(names):
        if name not in case.model.boundaries and system.mesh.dimension > 1:
            continue
        solution.series[f"potential[{name}]"] = Series(columns[:, column] * scales.potential, "V")
    measure = measure_of(system.mesh)
    area = 1.0 if measure == "cartesian" else system.coefficients.area_scale
    in_si, unit = FARADAY * scales.flux * area, CURRENT_UNITS[measure]
    if system.mesh.dimension == 1:
        solution.series["current"] = Series(columns[:, -1] * in_si, unit)
    else:
        for column, name in enumerate(currents_of, start=len(names)):
            solution.series[f"current[{name}]"] = Series(columns[:, column] * in_si, unit)
    counts = evolution.integrator.statistics
    solution.stats.update(
        steps=counts.steps,
        rejected_steps=counts.rejected,
        positivity_steps=counts.positivity_steps,
        linear_solves=system.counts["solves"],
    )
    return solution
