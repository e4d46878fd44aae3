"""Newton's method with an update rule and a stopping norm that the system supplies."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

import numpy as np

from npsolver.errors import ConvergenceError


class NonlinearSystem(Protocol):
    """What Newton needs to know.

    A system may also have ``newton_step(u, shift, previous, out, norms) -> bool``, which does all of it for one step where
    it returns True, and ``factorise_and_solve(b, out)`` for both at once.
    """

    size: int

    def assemble(self, u: np.ndarray, out: np.ndarray, shift: float = 0.0) -> None:
        """Residual into `out`; matrix kept inside."""

    def factorise(self) -> None:
        """Factorise that matrix."""

    def solve(self, b: np.ndarray, out: np.ndarray) -> None:
        """out = matrix^-1 b."""

    def mass(self, v: np.ndarray, out: np.ndarray) -> None:
        """out = M v."""

    def update(self, u: np.ndarray, du: np.ndarray, out: np.ndarray, norms: np.ndarray) -> None:
        """out = u + du, limited; norms = (relative change, change of potential, 1.0 if limited)."""

    def set_linear_tolerance(self, rtol: float) -> None:
        """Relative residual that an iterative linear solver may leave."""

    def scaled_residual(self, u: np.ndarray) -> float:
        """Largest residual relative to the magnitude of the terms in its row."""


@dataclass(frozen=True)
class NewtonOptions:
    """When to stop.

    Attributes
    ----------
    tolerance : float
        On the largest scaled update; convergence is quadratic, so the result is far more accurate than this.
    max_iterations : int
    round_off : float
        Largest scaled residual at which a stagnating iteration counts as converged.
    forcing : float
        Largest relative residual that iterative linear solvers may leave; it falls with the update, so that the
        iteration stays superlinear (R. S. Dembo, S. C. Eisenstat and T. Steihaug, SIAM J. Numer. Anal. 19 (1982) 400).
    """

    tolerance: float = 1e-8
    max_iterations: int = 60
    round_off: float = 1e-11
    forcing: float = 1e-2

    def __post_init__(self):
        if not 0.0 < self.tolerance < 1.0:
            raise ValueError(f"tolerance must lie between 0 and 1, got {self.tolerance}")
        if self.max_iterations < 1:
            raise ValueError(f"max_iterations must be at least 1, got {self.max_iterations}")


@dataclass
class NewtonResult:
    """Outcome of one nonlinear solution.

    Attributes
    ----------
    u : (size,) float64
    iterations : int
    updates : list of float
        Largest scaled update of every iteration.
    assembly_seconds, linear_seconds : float
    """

    u: np.ndarray
    iterations: int = 0
    updates: list[float] = field(default_factory=list)
    assembly_seconds: float = 0.0
    linear_seconds: float = 0.0


def newton(
    system: NonlinearSystem,
    u: np.ndarray,
    options: NewtonOptions | None = None,
    *,
    shift: float = 0.0,
    previous: np.ndarray | None = None,
) -> NewtonResult:
    """Solve ``shift M (u - previous) + r(u) = 0``.

    Parameters
    ----------
    system : NonlinearSystem
    u : (size,) float64
        Start; not changed.
    options : NewtonOptions, optional
    shift : float
        0 for a steady state, 1/dt for a step of implicit Euler.
    previous : (size,) float64, optional
        State at the beginning of the step; needed with `shift`.

    Raises
    ------
    ConvergenceError
        With the updates so far and the iterate of the smallest update.
    """
    options = options or NewtonOptions()
    result = NewtonResult(u.copy())
    now, following = result.u, np.empty_like(u)
    residual = du = storage = None  # of the general route
    norms = np.empty(3)
    step, together = (getattr(system, name, None) for name in ("newton_step", "factorise_and_solve"))
    final = 1e-3 * options.tolerance
    best, best_size, size, before, expected = now, np.inf, 1.0, np.inf, 1.0
    for _ in range(options.max_iterations):
        start = perf_counter()
        # no more digits than leave `final` of the update that quadratic convergence lets expect, with a margin
        forcing = max(min(options.forcing, 0.03 * size), 0.25 * final / max(expected, 1e-6 * options.tolerance))
        if step is not None and step(now, shift, previous, following, norms):
            result.linear_seconds += perf_counter() - start
            forcing = 0.0  # its linear solutions are exact
        else:
            if residual is None:
                residual, du, storage = (np.empty(system.size) for _ in range(3))
            system.assemble(now, residual, shift)
            if shift:
                system.mass(now - previous, storage)
                residual += shift * storage
            np.negative(residual, out=residual)
            middle = perf_counter()
            system.set_linear_tolerance(min(forcing, options.forcing))
            if together is None:
                system.factorise()
                system.solve(residual, du)
            else:
                together(residual, du)
            end = perf_counter()
            result.assembly_seconds += middle - start
            result.linear_seconds += end - middle
            system.update(now, du, following, norms)
        size = float(max(norms[0], norms[1]))  # a Python float: its square may become infinite without a warning
        result.updates.append(size)
        result.iterations += 1
        now, following = following, now
        # what remains: the square times the factor that the last step showed, and what the linear solver left
        factor = max(10.0, size / (before * before))
        expected = min(size, factor * size * size)
        remains = max(expected, min(1.0, forcing) * size)
        before = size
        if (size <= options.tolerance or remains <= final) and not norms[2]:
            result.u = now
            return result
        if size < best_size:
            best, best_size = now.copy(), size
        elif size < 1e-4 and size >= 0.5 * best_size and system.scaled_residual(now) <= options.round_off:
            # the last digits of very small unknowns wander at round-off
            result.u = now
            return result
    raise ConvergenceError(
        f"Newton did not converge in {options.max_iterations} iterations (last scaled update {size:.2g})",
        history=result,
        best=best,
    )
