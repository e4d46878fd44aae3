"""Consistent values of the algebraic unknowns at the start of a run and after each event."""

from __future__ import annotations

import numpy as np

from npsolver.errors import ConvergenceError


def differential_rows(system) -> np.ndarray:
    """Rows of the system that contain a time derivative, (size,) bool: M applied to a vector without zeros."""
    probe = 1.0 + np.modf(np.arange(1, system.size + 1) * 0.6180339887498949)[0]
    image = np.empty(system.size)
    system.mass(probe, image)
    return image != 0.0


def make_consistent(system, u: np.ndarray, time_scale: float, iterations: int = 30) -> tuple[int, int]:
    """Solve the algebraic rows ``r(u) = 0`` with ``M u`` held fixed; ``u`` is changed in place.

    Newton's method on ``shift M (u - u_0) = 0`` in the differential and ``r(u) = 0`` in the algebraic rows with the
    matrix ``shift M + dr/du``. It is the limit of an implicit step of vanishing length, but no flux enters: a
    concentration prescribed at a boundary jumps there (its row is algebraic), its neighbours keep their values, and
    the potential follows. The matrix is kept while it serves: Poisson's equation needs it once.

    Parameters
    ----------
    system : TransientSystem
    u : (size,) float64
    time_scale : float
        Length of the run; ``shift = 1e23/time_scale`` dwarfs every rate, also of instant reactions.
    iterations : int

    Returns
    -------
    solves, factorisations : int
    """
    shift = 1e23 / time_scale
    rows = differential_rows(system)
    start, residual, held, step = u.copy(), np.empty_like(u), np.empty_like(u), np.empty_like(u)
    size, before, factorisations = np.inf, np.inf, 0
    for solves in range(1, iterations + 1):
        system.residual(u, residual)
        system.mass(u - start, held)
        if solves == 1 or size > 0.1 * before:
            system.linearise(u, shift)
            factorisations += 1
        system.solve(np.where(rows, -shift * held, -residual), step)
        u += step
        if not np.isfinite(u).all():
            break
        before, size = size, system.error_norm(step, u, u, 1e-10)
        if size <= 1.0:
            return solves, factorisations
    raise ConvergenceError("no consistent values of the algebraic unknowns (potential, prescribed boundary values)")
