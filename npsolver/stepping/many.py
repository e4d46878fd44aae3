"""Steady states of many small systems: those of the same structure by Newton's method together, the rest one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from npsolver.discretisation import System
from npsolver.discretisation.chain_batch import (
    CONVERGED,
    NOT_FINITE,
    SINGULAR,
    STAGNANT,
    batch_key,
    best_lanes,
    certainly_not_in_equilibrium,
    chain_batch,
    fetch_chain,
    has_lanes,
    load_chain,
    may_hold_at_both_ends,
)
from npsolver.errors import ConvergenceError
from npsolver.nonlinear import NewtonOptions
from npsolver.stepping.steady import SolveStatistics, _equilibrium, _sharpened, _without_newton, steady_state

# A step of a batch costs as much as steps of so many systems one at a time: fewer are not worth it.
FEWEST = 3
# Structures that have room in memory at the same time.
MOST_GROUPS = 32


def steady_states(
    systems: Sequence[System],
    starts: Sequence[np.ndarray],
    *,
    options: NewtonOptions | None = None,
    statistics: Sequence[SolveStatistics] | None = None,
    lanes: int | None = None,
) -> list[np.ndarray | ConvergenceError]:
    """Solve r(u) = 0 for every system, as `steady_state` does.

    Systems in one dimension whose ions are ideal and do not react, with the same number of nodes and species and boundary
    laws of the same kind, share one iteration: every vector instruction serves several of them. Whatever Newton's method
    from the locally neutral state does not solve goes on alone.

    Parameters
    ----------
    systems : sequence of System
    starts : sequence of (size,) float64
        As for `steady_state`.
    options : NewtonOptions, optional
    statistics : sequence of SolveStatistics, optional
        One for every system; filled.
    lanes : int, optional
        Systems per iteration: 1, 4 or 8. What suits the processor if not given.

    Returns
    -------
    list of (size,) float64 or ConvergenceError
        One for every system: its steady state, or why none was found.

    Raises
    ------
    ValueError
        If the numbers of systems, starts and statistics differ, or the processor has no code for so many lanes.
    """
    systems, starts = list(systems), list(starts)
    statistics = [SolveStatistics() for _ in systems] if statistics is None else list(statistics)
    if not len(systems) == len(starts) == len(statistics):
        raise ValueError(
            f"every system needs a start (and statistics, where given): {len(systems)} systems, {len(starts)} starts, "
            f"{len(statistics)} statistics"
        )
    if lanes is not None and not has_lanes(lanes):
        raise ValueError(f"lanes must be 1, 4 or 8, as far as this processor has them, got {lanes}")
    forced, lanes, options = lanes is not None, lanes or best_lanes(), options or NewtonOptions()
    results: list[np.ndarray | ConvergenceError] = [None] * len(systems)

    def alone(index: int) -> None:
        try:
            results[index] = steady_state(systems[index], starts[index], options=options, statistics=statistics[index])
        except ConvergenceError as failure:
            results[index] = failure

    crew = _Crew(systems, starts, options, statistics, results, alone)
    groups: dict[tuple, _Group] = {}
    # every system is looked at, prepared and put into a lane in one go, while its arrays are in the cache
    for index, system in enumerate(systems):
        key = batch_key(system) if forced or lanes > 1 else None
        if key is None or system.conserves_an_amount:
            alone(index)
            continue
        group = groups.get(key)
        if group is None:
            if len(groups) == MOST_GROUPS:
                groups.pop(next(iter(groups))).finish()
            group = groups[key] = _Group(crew, lanes, 1 if forced else FEWEST)
        group.add(index)
    for group in groups.values():
        group.finish()
    return results


@dataclass(frozen=True)
class _Crew:
    """What all groups share; see `steady_states`. `alone` solves the system of an index by itself."""

    systems: list[System]
    starts: list[np.ndarray]
    options: NewtonOptions
    statistics: list[SolveStatistics]
    results: list[np.ndarray | ConvergenceError]
    alone: Callable[[int], None]


class _Group:
    """Systems of one structure on their way through the lanes of a batch; a lane takes the next one as soon as it is free.

    Parameters
    ----------
    crew : _Crew
    lanes : int
    fewest : int
        Fewer systems than this are solved one at a time.
    """

    def __init__(self, crew: _Crew, lanes: int, fewest: int):
        self.crew, self.lanes, self.fewest = crew, lanes, fewest
        self.waiting: list[int] = []
        self.batch, self.two_contacts = None, True
        self.inside: dict[int, int] = {}  # lane -> index
        self.free = list(range(lanes))
        self.seconds, self.steps = 0.0, 0

    def add(self, index: int) -> None:
        """Take a system, and iterate until there is a lane for it."""
        if self.batch is None:
            self.waiting.append(index)
            if len(self.waiting) < self.fewest:
                return
            self.batch = chain_batch(self.crew.systems[index], self.lanes)
            self.two_contacts = may_hold_at_both_ends(self.crew.systems[index])
            waiting, self.waiting = self.waiting, []
        else:
            waiting = [index]
        for one in waiting:
            if not self.free:  # it arrives while the others iterate
                fetch_chain(self.batch, self.crew.systems[one], self.crew.starts[one])
            while not self.free:
                self._run()
            self._load(one)

    def finish(self) -> None:
        """Solve what is left."""
        for index in self.waiting:
            self.crew.alone(index)
        self.waiting = []
        while self.inside:
            self._run()
        self.batch = None

    def _load(self, index: int) -> None:
        system, own = self.crew.systems[index], self.crew.statistics[index]
        if self.two_contacts and not certainly_not_in_equilibrium(self.batch, system):
            u = _equilibrium(system, self.crew.options, own)
            if u is not None:
                own.path.append("equilibrium: Newton on Poisson-Boltzmann")
                self.crew.results[index] = u
                return
        lane = self.free.pop()
        load_chain(self.batch, lane, system, self.crew.starts[index])
        self.inside[lane] = index

    def _run(self) -> None:
        """Iterate until some lane is through."""
        options = self.crew.options
        started = perf_counter()
        steps, stopped = self.batch.run(options.tolerance, options.max_iterations)
        self.seconds, self.steps = self.seconds + perf_counter() - started, self.steps + steps
        for lane, status in stopped:
            index = self.inside[lane]
            if status == STAGNANT and not self._is_round_off(lane, index):
                self.batch.resume(lane)
                continue
            del self.inside[lane]
            self.free.append(lane)
            self._take_out(lane, index, status)

    def _state(self, lane: int, index: int) -> np.ndarray:
        u = np.empty(self.crew.systems[index].size)
        self.batch.unload(lane, u)
        return u

    def _is_round_off(self, lane: int, index: int) -> bool:
        """Whether updates no longer fall because the last digits of very small unknowns wander."""
        residual = self.crew.systems[index].scaled_residual(self._state(lane, index))
        return residual <= self.crew.options.round_off

    def _take_out(self, lane: int, index: int, status: int) -> None:
        crew = self.crew
        if status == SINGULAR:  # rows must be exchanged, which a batch cannot
            crew.alone(index)
            return
        system, own = crew.systems[index], crew.statistics[index]
        updates = self.batch.updates(lane)
        counts, steps = system.counts, len(updates) + (status == NOT_FINITE)
        for name in ("residuals", "factorisations", "solves"):
            counts[name] += steps
        if status != NOT_FINITE:
            own.newton_iterations += steps
            own.linear_seconds += self.seconds / self.steps * steps
            own.updates = updates
        if status in (CONVERGED, STAGNANT):
            u = self._state(lane, index)
            crew.results[index] = _sharpened(system, u, crew.options, own)
            own.path.append("Newton from the locally neutral state")
            return
        try:
            crew.results[index] = _without_newton(system, crew.starts[index], crew.options, own)
        except ConvergenceError as failure:
            crew.results[index] = failure
