"""Global Gibbs minimisation of solids, solid solutions and dissolved species, for many points at once.

Primal problem, per mole of alloy of composition x in a volume V of solution: choose amounts of every phase and species
so that `sum (amount × energy)`, with ideal or regular mixing in the phases and `RT (ln c − 1)` for dissolved species,
is least while every key element is conserved.  With the chemical potentials y of the key elements (over RT) as unknowns
the dual problem is

    maximise  x·y − V sum_aq exp(n_k·y − g_k)   subject to   h_p(y) >= 0 for every phase p,

a concave function of as many variables as there are elements under concave constraints (see ``phases``), whatever the
number of species.  Its multipliers are the amounts of the phases; at the solution no phase could form that has not, so
the minimum is the global one.  Solved by a primal-dual interior-point method (Boyd, Vandenberghe, Convex Optimization,
sec. 11.7), all grid points together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from npsolver.equilibrium.pourbaix.phases import Branch
from npsolver.errors import ConvergenceError

_MAX_ITERATIONS = 300
_TOLERANCE = 1e-10  # of the element balance and of amount × driving force, per mole of alloy


@dataclass(frozen=True)
class Equilibrium:
    """Solution at many points.

    Attributes
    ----------
    potential : (n_points, n_elements) float64
        Chemical potentials of the key elements over RT.
    phase_amounts : (n_points, n_branches) float64
        Moles of sites of each branch per mole of alloy.
    dissolved : (n_points, n_aqueous) float64
        Moles of each dissolved species per mole of alloy.
    iterations : int
    """

    potential: np.ndarray
    phase_amounts: np.ndarray
    dissolved: np.ndarray
    iterations: int


def minimise_gibbs(
    energies: np.ndarray,
    composition: np.ndarray,
    branches: Sequence[Branch],
    aqueous: np.ndarray,
    aqueous_atoms: np.ndarray,
    log_volume: float,
) -> Equilibrium:
    """Equilibrium at many points.

    Parameters
    ----------
    energies : (n_points, n_compounds) float64
        Transformed energies over RT, dissolved species at 1 mol/L.
    composition : (n_elements,) float64
        Mole fractions, all positive.
    branches : sequence of Branch
        Phases that may form.
    aqueous : (n_aqueous,) int
        Columns of `energies` that are dissolved species.
    aqueous_atoms : (n_aqueous, n_elements) float64
    log_volume : float
        ln of the litres of solution per mole of alloy.
    """
    problem = _Problem(energies, composition, branches, aqueous, aqueous_atoms, log_volume)
    y = problem.start()
    n = len(y)
    result = Equilibrium(np.empty_like(y), np.empty((n, len(branches))), np.empty((n, len(aqueous))), 0)
    amounts = np.full((n, len(branches)), 1.0 / max(len(branches), 1))
    left = np.arange(n)
    for iteration in range(_MAX_ITERATIONS):
        y, amounts, done, dissolved = _newton_step(problem, y, amounts)
        if done.any():
            finished = left[done]
            result.potential[finished], result.phase_amounts[finished] = y[done], amounts[done]
            result.dissolved[finished] = dissolved[done]
            left, y, amounts = left[~done], y[~done], amounts[~done]
            problem = problem.subset(~done)
        if not left.size:
            return Equilibrium(result.potential, result.phase_amounts, result.dissolved, iteration + 1)
    raise ConvergenceError(f"{left.size} of {n} points did not reach equilibrium in {_MAX_ITERATIONS} iterations")


@dataclass(frozen=True)
class _Problem:
    energies: np.ndarray
    composition: np.ndarray
    branches: Sequence[Branch]
    aqueous: np.ndarray
    atoms: np.ndarray
    log_volume: float

    def subset(self, mask) -> _Problem:
        return _Problem(self.energies[mask], self.composition, self.branches, self.aqueous, self.atoms, self.log_volume)

    def start(self) -> np.ndarray:
        """Chemical potentials at which nothing can form and next to nothing dissolves: equal, and low enough."""
        highest = np.inf
        for branch in self.branches:
            room = self.energies[:, branch.members] / branch.sites - np.log(branch.members.size)
            if branch.interaction is not None:
                room = room - 0.5 * np.abs(branch.interaction).max()
            highest = np.minimum(highest, room.min(axis=1) - 1.0)
        if self.aqueous.size:
            room = (self.energies[:, self.aqueous] - self.log_volume) / self.atoms.sum(axis=1)
            highest = np.minimum(highest, room.min(axis=1))
        return np.repeat(highest[:, None], self.composition.size, axis=1)

    def log_dissolved(self, y) -> np.ndarray:
        """ln of the moles of each dissolved species per mole of alloy."""
        return y @ self.atoms.T - self.energies[:, self.aqueous] + self.log_volume

    def driving_forces(self, y):
        """h of all branches (n_points, n_branches) and their compositions."""
        states = [b.state(y, self.energies) for b in self.branches]
        h = np.column_stack([h for h, _ in states]) if states else np.empty((len(y), 0))
        return h, [x for _, x in states]


def _newton_step(problem: _Problem, y, amounts):
    """One primal-dual step of every point; new y and amounts, which points are done, dissolved amounts there."""
    dissolved = np.exp(problem.log_dissolved(y))
    h, x = problem.driving_forces(y)
    gradients = np.stack([xb @ b.atoms for b, xb in zip(problem.branches, x)], axis=1)  # (points, branches, elements)
    balance = problem.composition - dissolved @ problem.atoms - np.einsum("pb,pbi->pi", amounts, gradients)
    gap = (amounts * h).sum(axis=1)
    # scaling by the fractions holds trace elements to the same relative balance
    done = (np.abs(balance / problem.composition).max(axis=1) < _TOLERANCE) & (gap < _TOLERANCE)

    centre = 0.1 * gap / max(len(problem.branches), 1)
    target = centre[:, None] / h
    stiffness = amounts / h
    hessian = np.einsum("pk,ki,kj->pij", dissolved, problem.atoms, problem.atoms, optimize=True)
    hessian += np.einsum("pb,pbi,pbj->pij", stiffness, gradients, gradients, optimize=True)
    for b, branch in enumerate(problem.branches):
        if branch.members.size > 1:
            hessian += amounts[:, b, None, None] * branch.curvature(x[b])
    force = problem.composition - dissolved @ problem.atoms - np.einsum("pb,pbi->pi", target, gradients)
    dy = _solve(hessian, force)
    slope = np.einsum("pbi,pi->pb", gradients, dy)
    d_amounts = target - amounts + stiffness * slope

    step = np.where(done, 0.0, _step_length(problem, y, dy, h, slope, amounts, d_amounts))
    return y + step[:, None] * dy, amounts + step[:, None] * d_amounts, done, dissolved


def _solve(hessian, force):
    """Solve the small symmetric systems, scaled to unit diagonal: the stiffness of phases spans many decades."""
    scale = 1.0 / np.sqrt(np.einsum("pii->pi", hessian))
    scaled = hessian * scale[:, :, None] * scale[:, None, :]
    return np.linalg.solve(scaled, (force * scale)[..., None])[..., 0] * scale


def _step_length(problem, y, dy, h, slope, amounts, d_amounts):
    """Longest step that keeps amounts and driving forces positive and dissolved amounts from overshooting."""
    step = np.ones(len(y))
    step = np.minimum(step, _fraction(amounts, -d_amounts))
    step = np.minimum(step, _fraction(h, slope))
    # an exponent may rise to ln(amount) = 1, more than all the alloy; from there Newton comes back one unit a step
    log_amount = problem.log_dissolved(y)
    rise = dy @ problem.atoms.T
    room = np.maximum(1.0 - log_amount, 0.5)
    step = np.minimum(step, _fraction(room, rise, 1.0))
    # h is concave: the linear bound above may overstep for solution phases
    short = np.arange(len(y))
    for _ in range(60):
        trial = y[short] + step[short, None] * dy[short]
        h_new, _ = problem.subset(short).driving_forces(trial)
        short = short[(h_new <= 0.005 * h[short]).any(axis=1)]
        if not short.size:
            return step
        step[short] *= 0.6
    raise ConvergenceError(f"no step keeps the driving forces positive at {short.size} points")


def _fraction(room, rate, part=0.99):
    """Largest step that uses at most `part` of `room` at `rate` per unit step, per point."""
    if not room.shape[1]:
        return np.full(len(room), np.inf)
    with np.errstate(divide="ignore"):
        limits = np.where(rate > 0.0, part * room / np.where(rate > 0.0, rate, 1.0), np.inf)
    return limits.min(axis=1)
