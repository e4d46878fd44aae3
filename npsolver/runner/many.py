"""Many cases in one process: steady ones in one dimension share their Newton iterations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from time import perf_counter

from npsolver.case import Case
from npsolver.errors import NpsolverError
from npsolver.runner.changes import hardest_model
from npsolver.runner.collect import Collector
from npsolver.runner.problem import Problem, build_problem
from npsolver.runner.regrade import follows_carriers
from npsolver.runner.run import _newton_options, run
from npsolver.stepping.many import steady_states
from npsolver.stepping.solution import Solution
from npsolver.stepping.steady import SolveStatistics

# Cases whose systems are in memory at the same time.
AT_ONCE = 128


def run_many(cases: Iterable[Case], *, batch: bool = True) -> list[Solution | NpsolverError]:
    """Solve every case, as `run` does; one that has no solution does not end the others.

    Steady cases in one dimension whose ions are ideal and do not react are solved several at a time, as far as they have
    the same number of nodes, species and kind of boundaries; results agree with those of `run` to the tolerance of
    Newton's method. All others are solved one after the other.

    Parameters
    ----------
    cases : iterable of Case
    batch : bool
        False: one after the other, bit for bit as `run`.

    Returns
    -------
    list of Solution or NpsolverError
        In the order of the cases: the solution, or the error that `run` would have raised. The time of a solution
        (``stats["time_total_s"]``) is its own and an equal share of the iterations.
    """
    found: list[Solution | NpsolverError] = []
    remaining = iter(cases)
    while chunk := list(islice(remaining, AT_ONCE)):
        results: dict[int, Solution | NpsolverError] = {}
        together: dict[float | None, list[int]] = {}
        for index, case in enumerate(chunk):
            if batch and _fits(case):
                together.setdefault(case.solve.tolerance, []).append(index)
            else:
                results[index] = _outcome(run, case)
        for indices in together.values():
            results |= zip(indices, _together([chunk[index] for index in indices]))
        found += (results[index] for index in range(len(chunk)))
    return found


def _fits(case: Case) -> bool:
    """Whether `run` would look for one steady state on one mesh in one dimension."""
    if not isinstance(case, Case) or case.solve.kind != "steady" or case.solve.accuracy is not None:
        return False
    return case.geometry.dimension == 1 and case.model.physics != "poisson-boltzmann" and not follows_carriers(case)


def _outcome(work, *arguments):
    """What `work` returns, or the error of the user's kind that it raises."""
    try:
        return work(*arguments)
    except NpsolverError as error:
        return error


def _together(cases: list[Case]) -> Iterator[Solution | NpsolverError]:
    """Outcomes of cases with the same tolerance, in their order."""
    problems, seconds = [], []
    for case in cases:
        started = perf_counter()
        problems.append(_outcome(_problem, case))
        seconds.append(perf_counter() - started)
    ready = [index for index, problem in enumerate(problems) if isinstance(problem, Problem)]
    statistics = [SolveStatistics() for _ in ready]
    started = perf_counter()
    states = steady_states(
        [problems[index].system for index in ready],
        [problems[index].start for index in ready],
        options=_newton_options(cases[0]),
        statistics=statistics,
    )
    share = (perf_counter() - started) / max(len(ready), 1)
    solved = dict(zip(ready, zip(states, statistics)))
    for index, (case, problem) in enumerate(zip(cases, problems)):
        if index not in solved:
            yield problem
            continue
        state, own = solved[index]
        if isinstance(state, NpsolverError):
            yield state
        else:
            yield _outcome(_solution, case, problem, state, own, perf_counter() - seconds[index] - share)
        problems[index] = None


def _problem(case: Case) -> Problem:
    if not case.document:  # put together from objects, which nobody has looked at together
        case.check()
    return build_problem(case, mesh_model=hardest_model(case))


def _solution(case, problem, state, statistics, started) -> Solution:
    collector = Collector(case, problem.system, steady=True)
    collector.add(state)
    return collector.solution("steady", "", "", [0.0], statistics, started, case.model)
