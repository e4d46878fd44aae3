"""Many similar steady cases in one process, hard ones started from the solution of a neighbour."""

from __future__ import annotations

from collections import OrderedDict
from time import perf_counter

import numpy as np

from npsolver.case import Case
from npsolver.discretisation import System
from npsolver.errors import ConvergenceError
from npsolver.nonlinear import newton
from npsolver.runner.changes import hardest_model
from npsolver.runner.collect import Collector
from npsolver.runner.problem import build_problem
from npsolver.runner.regrade import follows_carriers
from npsolver.runner.run import _newton_options, run
from npsolver.runner.settle import settled
from npsolver.stepping.solution import Solution
from npsolver.stepping.steady import SolveStatistics, by_newton, steady_state

KEPT = 64  # states that a process remembers
TRIED = 2  # nearest neighbours tried before continuation


class Repeated:
    """Solves one case after the other.

    A member whose Newton iteration converges from its own cold start gives the same bits whatever was solved before;
    only where that fails is the nearest solution so far tried, and then continuation.

    Parameters
    ----------
    warm_start : str
        ``"auto"``, ``"always"`` (neighbour first) or ``"never"``.
    """

    def __init__(self, warm_start: str = "auto"):
        self.warm_start = warm_start
        self._states: OrderedDict[tuple, tuple] = OrderedDict()

    def __call__(self, case: Case, position: tuple[int, ...] = ()) -> Solution:
        """Solve `case`.

        Parameters
        ----------
        case : Case
        position : tuple of int
            Where the member lies in its study; distances between positions choose the neighbour.
        """
        special = case.solve.kind != "steady" or case.solve.accuracy is not None or follows_carriers(case)
        if special or case.model.physics == "poisson-boltzmann" or self.warm_start == "never":
            return run(case)
        started = perf_counter()
        problem = build_problem(case, mesh_model=hardest_model(case))
        system, options, statistics = problem.system, _newton_options(case), SolveStatistics()
        u = None
        if not system.conserves_an_amount:
            u = self._quick(system, problem.start, options, statistics, position)
        if u is None:
            u = steady_state(system, problem.start, options=options, statistics=statistics)
        u = settled(system, u)
        self._remember(system, u, position)
        collector = Collector(case, system, steady=True)
        collector.add(u)
        return collector.solution("steady", "", "", [0.0], statistics, started, case.model)

    def _quick(self, system: System, start, options, statistics, position) -> np.ndarray | None:
        warm = self._guesses(system, position)
        if self.warm_start == "always":
            u = self._warm(system, warm, options, statistics)
            return by_newton(system, start, options, statistics) if u is None else u
        u = by_newton(system, start, options, statistics)
        return self._warm(system, warm, options, statistics) if u is None else u

    @staticmethod
    def _warm(system: System, guesses, options, statistics) -> np.ndarray | None:
        for guess in guesses:
            try:
                result = newton(system, system.with_held_values(guess), options)
            except ConvergenceError as failure:
                if failure.history is not None:
                    statistics.add(failure.history)
                continue
            statistics.add(result)
            statistics.path.append("Newton from a neighbouring member")
            return result.u
        return None

    def _remember(self, system: System, u: np.ndarray, position: tuple[int, ...]) -> None:
        scales = system.coefficients.scales
        self._states[position] = (_layout(system), system.mesh.nodes, u, scales.concentration)
        while len(self._states) > KEPT:
            self._states.popitem(last=False)

    def _guesses(self, system: System, position: tuple[int, ...]) -> list[np.ndarray]:
        """Nearest states that fit, brought onto this mesh."""
        layout, result = _layout(system), []
        near = sorted(self._states, key=lambda other: sum(abs(a - b) for a, b in zip(other, position)))
        for other in near:
            kept, nodes, u, concentration = self._states[other]
            if kept == layout and (guess := _mapped(system, nodes, u, concentration)) is not None:
                result.append(guess)
                if len(result) == TRIED:
                    break
        return result


def _layout(system: System) -> tuple:
    """What two systems must share for one state to mean something in the other."""
    mesh = system.mesh
    return (
        mesh.region_names,
        tuple(species.name for species in system.model.species),
        tuple(terminal.name for terminal in system.floating),
        mesh.dimension,
    )


def _mapped(system: System, nodes: np.ndarray, u: np.ndarray, concentration: float) -> np.ndarray | None:
    """`u` of a mesh with `nodes` on the mesh of `system`: as it is, or by relative position in 1D."""
    m, n_old = system.block_size, len(nodes)
    ratio = concentration / system.coefficients.scales.concentration
    local, rest = u[: n_old * m].reshape(n_old, m), u[n_old * m :]
    if n_old != system.mesh.n_nodes:
        if system.mesh.dimension != 1 or system.mesh.interfaces:
            return None
        old, new = nodes[:, 0], system.mesh.nodes[:, 0]
        old, new = ((x - x[0]) / (x[-1] - x[0]) for x in (old, new))
        local = np.column_stack([np.interp(new, old, column) for column in local.T])
    state = np.concatenate([(local * np.append(np.full(m - 1, ratio), 1.0)).ravel(), rest])
    return state if state.size == system.size and np.all(np.isfinite(state)) else None
