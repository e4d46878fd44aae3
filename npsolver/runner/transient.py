"""Evolutions, on a mesh that is fine enough for all times of the run."""

from __future__ import annotations

import bisect

import numpy as np

from npsolver.case import Case
from npsolver.case.resolve_observables import CURRENT_UNITS
from npsolver.errors import ConvergenceError
from npsolver.observables import measure_of, terminal_currents, total_current
from npsolver.observables.terminals import voltage
from npsolver.runner.carrier_changes import CarrierChanges
from npsolver.runner.changes import event_models
from npsolver.runner.collect import Collector
from npsolver.runner.problem import Problem, first_time
from npsolver.runner.regrade import LARGEST_CHANGE, PATH, MeshGrading
from npsolver.stepping.solution import Series, Solution
from npsolver.units import FARADAY

DEFAULT_RTOL = 1e-5
# Tolerance of the steps with which a mesh is looked for.
SCOUTING_RTOL = 1e-3


class _MeshLeftError(Exception):
    """The carriers change too much from node to node: to go on would be of no use."""


def transient(
    case: Case, grading: MeshGrading, layers, statistics, started, *, progress, checkpoint, restart, num_threads, refine
) -> Solution:
    """The evolution of a case, begun anew on a finer mesh where its carriers leave the first one behind.

    The first mesh is that of the model alone. Once a carrier changes too much from node to node, the whole program is run
    through with loose steps, up to four times, and the mesh graded for all that came by; the run itself then begins anew.
    """
    if restart is not None:
        grading.restore(restart)
        restart = restart if "integrator_t" in restart else None  # stopped while it looked for a mesh
    scouting = bool(grading.sizes) and not grading.settled
    keep = None if checkpoint is None else _Keeper(checkpoint, grading)
    while True:
        if scouting:
            _look_for_mesh(case, grading, layers, statistics, progress, keep, num_threads, refine)
        problem = grading.problem(refine, num_threads, layers)
        changes = grading.changes(refine)
        watch = None if changes is None else _Watch(case, problem, changes, LARGEST_CHANGE)
        try:
            return _evolved(
                case,
                problem,
                statistics,
                started,
                progress=progress,
                checkpoint=keep,
                restart=restart,
                refine=refine,
                watch=watch,
            )
        except _MeshLeftError:
            scouting, restart = True, None


def _look_for_mesh(case, grading, layers, statistics, progress, keep, num_threads, refine) -> None:
    """Runs with loose steps until a mesh does for all times; `grading` is settled then."""
    rtol = max(case.solve.rtol or DEFAULT_RTOL, SCOUTING_RTOL)
    tell = None if progress is None else lambda fraction, text: progress(0.0, f"looking for a mesh: {text}")
    while not grading.settled:
        problem = grading.problem(refine, num_threads, layers)
        if problem is None:
            break
        changes = grading.changes(refine)
        watch = _Watch(case, problem, changes, None)
        if keep is not None:
            keep.scouting = True
        try:
            _evolve(case, problem, (), statistics, rtol, tell, keep, None, None, watch)
        except ConvergenceError:  # on a mesh that is too coarse; what was seen until then says where
            if changes.largest <= LARGEST_CHANGE:
                raise
        finally:
            if keep is not None:
                keep.scouting = False
        if grading.ask(changes):
            statistics.path.append(PATH)
            if grading.exhausted:
                grading.settle()


class _Watch:
    """Shows the states of a run to `changes`, those right after the start and after events left out.

    Boundary values that jump are steep at first; the mesh resolves diffusion from the first time of interest on.
    """

    def __init__(self, case: Case, problem: Problem, changes: CarrierChanges, limit: float | None):
        self._system, self._changes, self._limit = problem.system, changes, limit
        self._starts = sorted({0.0, *(event.time for event in case.solve.events)})
        self._after = (first_time(case) or 0.0) * (1.0 - 1e-9)

    def __call__(self, time: float, u: np.ndarray) -> None:
        """Look at the state at a time (s)."""
        start = self._starts[bisect.bisect_left(self._starts, time) - 1] if time > 0.0 else 0.0
        if time - start < self._after:
            return
        self._changes.see(self._system, u)
        if self._limit is not None and self._changes.largest > self._limit:
            raise _MeshLeftError


class _Keeper:
    """A checkpoint that knows the mesh, too; while a mesh is looked for, nothing but the mesh so far is kept."""

    def __init__(self, checkpoint, grading: MeshGrading):
        self._checkpoint, self._mesh, self.scouting = checkpoint, grading, False

    def due(self) -> bool:
        return self._checkpoint.due()

    def save(self, state: dict) -> None:
        self._checkpoint.save({**({} if self.scouting else state), **self._mesh.state()})


def _evolve(case, problem, output_times, statistics, rtol, progress, checkpoint, restart, record, watch):
    from npsolver.stepping.transient import evolve

    return evolve(
        problem.system,
        problem.start,
        case.solve.end_time,
        output_times=output_times,
        events=event_models(case),
        rtol=rtol,
        statistics=statistics,
        record=record,
        progress=progress,
        checkpoint=checkpoint,
        restart=restart,
        watch=watch,
    )


def _evolved(case, problem, statistics, started, *, progress, checkpoint, restart, refine, watch) -> Solution:
    """The evolution on one mesh, with everything that is reported."""
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
    evolution = _evolve(case, problem, solve.output_times, statistics, rtol, progress, checkpoint, restart, record, watch)
    for time, u in zip(evolution.times, evolution.states):
        # fields belong to the boundary values of their time: at an event to those just before it
        model = case.model
        for start, later in events:
            if start < time or (start == 0.0 == time):
                model = later
        system.set_model(model)
        collector.add(u)
        if watch is not None:
            watch(time, u)
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
