"""Steady states that converge without hand-holding: Newton, then continuation, then pseudo-time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import log

import numpy as np

from npsolver.discretisation import (
    EQUILIBRIUM,
    PoissonBoltzmann,
    System,
    distance,
    extrapolate,
    neutralised,
)
from npsolver.errors import ConvergenceError, InputError
from npsolver.nonlinear import NewtonOptions, NewtonResult, newton

# A healthy iteration needs about ten; beyond this a smaller step is cheaper.
CONTINUATION_ITERATIONS = 25
SMALLEST_LOAD_STEP = 1e-5
# Pseudo-time (in diffusion times of the whole domain): start, and where a closed system counts as steady.
FIRST_PSEUDO_STEP = 1e-6
LARGEST_PSEUDO_STEP = 1e4
# Unknowns beyond which a solution on a coarser mesh comes first, where there is one, and the tolerance of its Newton.
NESTED_UNKNOWNS = 10_000
NESTED_TOLERANCE = 1e-2


@dataclass
class SolveStatistics:
    """What a solution cost; summed over everything that was tried.

    Attributes
    ----------
    newton_iterations : int
    coarse_iterations : int
        Newton iterations on coarser meshes, not counted above.
    assembly_seconds, linear_seconds : float
    path : list of str
        What was tried, in words.
    updates : list of float
        Scaled updates of the last successful Newton iteration.
    """

    newton_iterations: int = 0
    coarse_iterations: int = 0
    assembly_seconds: float = 0.0
    linear_seconds: float = 0.0
    path: list[str] = field(default_factory=list)
    updates: list[float] = field(default_factory=list)

    def add(self, result: NewtonResult) -> None:
        self.newton_iterations += result.iterations
        self.assembly_seconds += result.assembly_seconds
        self.linear_seconds += result.linear_seconds
        self.updates = result.updates

    def add_coarser(self, other: SolveStatistics) -> None:
        """Take in what a solution on a coarser mesh cost."""
        self.coarse_iterations += other.newton_iterations + other.coarse_iterations
        self.assembly_seconds += other.assembly_seconds
        self.linear_seconds += other.linear_seconds


def _attempt(system, u, options, statistics, **kwargs) -> np.ndarray | None:
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # rates of trial states may overflow
            result = newton(system, u, options, **kwargs)
    except ConvergenceError as failure:
        if failure.history is not None:
            statistics.add(failure.history)
        return None
    statistics.add(result)
    return result.u


def steady_state(
    system: System,
    start: np.ndarray,
    *,
    options: NewtonOptions | None = None,
    statistics: SolveStatistics | None = None,
    warm: bool = False,
) -> np.ndarray:
    """Solve r(u) = 0.

    Parameters
    ----------
    system : System
    start : (size,) float64
        Initial state; it also fixes the amounts of species that no boundary holds.
    options : NewtonOptions, optional
    statistics : SolveStatistics, optional
        Filled.
    warm : bool
        `start` is a solution of a neighbouring problem: use it as it is.

    Raises
    ------
    ConvergenceError
        If Newton, continuation in the loads and pseudo-time all fail.
    InputError
        If a current is imposed that an electrode cannot carry.
    """
    options = options or NewtonOptions()
    statistics = statistics if statistics is not None else SolveStatistics()
    if system.surface is not None:
        from npsolver.discretisation.current_bounds import check_currents

        check_currents(system)
    if system.conserves_an_amount:
        statistics.path.append("pseudo-time: the amount of a species is conserved")
        return _pseudo_time(system, start, options, statistics, closed=True)
    u = None if system.model.reactions else _equilibrium(system, options, statistics)
    if u is not None:
        statistics.path.append("equilibrium: Newton on Poisson-Boltzmann")
        return u
    if warm:
        u = _attempt(system, start, options, statistics)
        if u is not None:
            statistics.path.append("Newton from the neighbouring solution")
            return u
    u = by_newton(system, start, options, statistics)
    if u is not None:
        return _sharpened(system, u, options, statistics)
    guess = _equilibrium(system, options, statistics) if system.model.reactions else None
    if guess is None:
        return _without_newton(system, start, options, statistics)
    # reactions inside leave round-off of Boltzmann's law in the balances, which another way may not
    try:
        return _without_newton(system, start, options, statistics)
    except ConvergenceError:
        statistics.path.append("equilibrium: Newton on Poisson-Boltzmann")
        return guess


def by_newton(system, start, options, statistics) -> np.ndarray | None:
    """Newton's method from a solution on a coarser mesh, or else from the locally neutral state; None where both fail."""
    guess = _from_coarser_mesh(system, start, statistics)
    if guess is not None:
        u = _attempt(system, guess, options, statistics)
        if u is not None:
            statistics.path.append("Newton from the solution on a coarser mesh")
            return u
    u = _attempt(system, neutralised(system, start), options, statistics)
    if u is None and system.solve_exactly():  # far from the solution loose linear solutions may have led astray
        u = _attempt(system, neutralised(system, start), options, statistics)
    if u is not None:
        statistics.path.append("Newton from the locally neutral state")
    return u


def _from_coarser_mesh(system, start, statistics) -> np.ndarray | None:
    """A solution on the next coarser mesh, prolonged; None where there is no such mesh or solution.

    Nested iteration: W. Hackbusch, Multi-Grid Methods and Applications (Springer 1985), section 5.
    """
    if system.size <= NESTED_UNKNOWNS:
        return None
    from npsolver.discretisation import coarser_system

    coarser = coarser_system(system)
    if coarser is None:
        return None
    options, own = NewtonOptions(NESTED_TOLERANCE), SolveStatistics()
    first = coarser.inject(start)
    u = by_newton(coarser.system, first, options, own)
    if u is None:
        u = _load_continuation(coarser.system, first, options, own)
    statistics.add_coarser(own)
    return None if u is None else coarser.prolong(u)


def _without_newton(system, start, options, statistics) -> np.ndarray:
    """What is tried where Newton's method alone does not converge."""
    u = _from_nernst_planck(system, start, options, statistics)
    if u is not None:
        return u
    u = _load_continuation(system, start, options, statistics)
    if u is not None:
        return u
    statistics.path.append("pseudo-time")
    return _pseudo_time(system, neutralised(system, start), options, statistics, closed=False)


def _from_nernst_planck(system, start, options, statistics) -> np.ndarray | None:
    """Newton's method from the solution without cross coefficients, which has other ways to converge; None where that fails."""
    model = system.model
    if model.cross_coupling is None or model.has_phases:
        return None
    coefficients, threads = system.coefficients, system.num_threads
    alone = System(
        replace(model, coupling=None), system.mesh, coefficients, num_threads=threads, linear=system.linear_wanted
    )
    alone.set_values(system.terminals, system.load)
    try:
        u = steady_state(alone, start, options=options, statistics=statistics)
    except ConvergenceError:
        return None
    u = _attempt(system, u, options, statistics)
    if u is not None:
        statistics.path.append("Newton from the solution of Nernst-Planck")
    return u


def _sharpened(system, u, options, statistics) -> np.ndarray:
    """A solution by Newton's method, or Boltzmann's law where that converged slowly."""
    if system.model.reactions or not _converged_slowly(statistics.updates):
        return u
    exact = _equilibrium(system, options, statistics, contacts=1)
    return u if exact is None else exact


def _converged_slowly(updates: list[float]) -> bool:
    """Whether Newton's method ended without quadratic convergence: what is left is then of the size of its update."""
    return len(updates) > 1 and updates[-1] > 0.05 * updates[-2]


def _equilibrium(system, options, statistics, contacts: int = 2) -> np.ndarray | None:
    """The state without any flux, if that solves the full equations.

    Behind barriers, or beside a wall with very many ions, a balance of fluxes fixes the potential of an ion with few
    digits only; Boltzmann's law has them all.
    """
    model = system.model
    if system.electroneutral or system.coefficients.drift.size or model.cross_coupling:
        return None
    if model.reactions and model.defects is None:  # those of defects rest where their contacts are in equilibrium
        return None
    if model.has_gradient_energy:
        return None
    if system.surface is not None or sum(any(t.held.tolist()) for t in system.terminals) < contacts:
        return None  # the steady form of the equations is exact then, as far as Newton's method converges
    if _baths_differ(system):
        return None
    try:
        reduced = PoissonBoltzmann(system)
        level = [t.potential for t in system.terminals if t.potential is not None and t.held.any()]
        result = newton(reduced, np.full(reduced.size, level[0]), NewtonOptions(options.tolerance, 400))
    except (InputError, ConvergenceError):  # no such state: baths differ, or a potential floats
        return None
    u = system.with_held_values(reduced.expand(result.u))
    if not system.admissible(u) or not system.scaled_residual(u) <= options.round_off:
        return None
    statistics.add(result)
    return u


def _baths_differ(system) -> bool:
    """Whether two terminals of given potential hold some species at electrochemical potentials that differ."""
    if system.transport.laws is not None:
        return False
    level: dict[int, float] = {}
    charge = system.charge.tolist()
    for t in system.terminals:
        if t.potential is None:
            continue
        for i, (held, w, z) in enumerate(zip(t.held.tolist(), t.value.tolist(), charge)):
            if held and w > 0.0:
                mu = log(w) + z * t.potential
                if abs(mu - level.setdefault(i, mu)) > EQUILIBRIUM:
                    return True
    return False


def _load_continuation(system, start, options, statistics) -> np.ndarray | None:
    """Raise all potentials, charges, currents and fluxes together from 0 to 1."""
    laws = system.terminals
    quick = NewtonOptions(options.tolerance, CONTINUATION_ITERATIONS, options.round_off)
    try:
        system.set_values(laws, 0.0)
        here = _attempt(system, system.with_held_values(start), quick, statistics)
        if here is None:
            return None
        load, step, before, load_before = 0.0, 0.25, None, 0.0
        while load < 1.0:
            target = min(1.0, load + step)
            system.set_values(laws, target)
            guess = here
            if before is not None:
                guess = extrapolate(system, before, here, (target - load) / (load - load_before))
            found = _attempt(system, system.with_held_values(guess), quick, statistics)
            if found is None:
                step *= 0.5
                if step < SMALLEST_LOAD_STEP:
                    statistics.path.append(f"continuation in the loads stopped at {load:.4g}")
                    return None
                continue
            before, load_before = here, load
            here, load = found, target
            step *= 2.0
        statistics.path.append("continuation in the loads")
        return here
    finally:
        system.set_values(laws, 1.0)


def _pseudo_time(system, start, options, statistics, closed) -> np.ndarray:
    """Implicit Euler with growing steps; positivity and the amounts of closed species hold in every step."""
    u, dt, failures = start, FIRST_PSEUDO_STEP, 0
    quick = NewtonOptions(max(options.tolerance, 1e-8), CONTINUATION_ITERATIONS, options.round_off)
    change = np.inf
    for _ in range(400):
        found = _attempt(system, system.with_held_values(u), quick, statistics, shift=1.0 / dt, previous=u)
        if found is None:
            failures += 1
            dt *= 0.2
            if failures > 40:
                break
            continue
        change = distance(system, u, found)
        u = found
        if dt >= LARGEST_PSEUDO_STEP or change < 0.3:
            if not closed:
                result = _attempt(system, u, options, statistics)
                if result is not None:
                    return result
            elif change <= 1e-11 and dt >= 1.0:
                return u
        dt = min(dt * (8.0 if change < 2.0 else 3.0), 10.0 if closed else LARGEST_PSEUDO_STEP)
    beyond = ", or a law of activity may be used beyond its range" if system.model.has_excess else ""
    raise ConvergenceError(
        "no steady state was found: Newton, continuation in the loads and pseudo-time all failed "
        f"(last change {change:.2g}); the problem may have no steady state, or a contact may demand more current than "
        f"the ions can carry, or a given consumption more than can arrive{beyond}",
        best=u,
    )
