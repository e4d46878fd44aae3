"""Newton's method by FiPy's sweeps."""

from __future__ import annotations

import numpy as np

from npsolver.errors import ConvergenceError
from npsolver.reference_engine.grid import import_fipy
from npsolver.reference_engine.problem import FiPyProblem

# Concentrations (relative to the largest in their cell) below which relative changes do not count: with central
# differences and a direct solver of the unscaled columns traces wander.
TRACE = 1e-8
LARGEST_POTENTIAL_CHANGE = 8.0
# A change below this that no longer falls is round-off.
STAGNATED = 1e-4


def direct_solver(dimension: int):
    """FiPy's direct solver; with scipy's suite one that scales rows and orders for structurally symmetric matrices.

    FiPy hands SuperLU the unscaled coupled matrix and a column ordering, which takes 1.4 times as long at
    48 x 48 cells, and more on finer meshes.
    """
    fipy = import_fipy()
    if fipy.solvers.solver_suite != "scipy":
        return fipy.LinearLUSolver(tolerance=1e-12, iterations=1)
    from scipy.sparse import diags
    from scipy.sparse.linalg import splu

    class ScaledDirectSolver(fipy.LinearLUSolver):
        def _solve_(self, L, x, b):
            matrix = L.tocsr()
            largest = np.maximum.reduceat(np.abs(matrix.data), matrix.indptr[:-1])
            scaled = (diags(1.0 / largest) @ matrix).tocsc()
            right = b / largest
            order = "COLAMD" if dimension == 1 else "MMD_AT_PLUS_A"
            factors = splu(scaled, permc_spec=order, diag_pivot_thresh=0.01, options={"SymmetricMode": dimension > 1})
            x[:] = factors.solve(right)
            x += factors.solve(right - scaled @ x)
            residual = float(np.linalg.norm(right - scaled @ x))
            self._setConvergence(suite="scipy", code=0, iterations=1, residual=residual)
            return x

    return ScaledDirectSolver(tolerance=1e-12, iterations=1)


def newton(
    problem: FiPyProblem, solver, *, tolerance: float = 1e-8, max_iterations: int = 60, dt: float | None = None
) -> int:
    """Sweep until the largest relative change is below `tolerance`; number of sweeps.

    Changes are limited node by node as in our own Newton method: a decrease of a concentration beyond one half goes on
    as u/(4 x), x being the relative decrease.

    Raises
    ------
    ConvergenceError
    """
    change = np.inf
    for iteration in range(1, max_iterations + 1):
        w, potential = problem.state()
        problem.equation.sweep(dt=dt, solver=solver)
        w_new, potential_new = problem.state()
        dw, dp = w_new - w, potential_new - potential
        if not (np.isfinite(dw).all() and np.isfinite(dp).all()):
            raise ConvergenceError(f"FiPy: sweep {iteration} gave values that are not finite")
        relative = np.abs(dw) / np.maximum(np.maximum(w, TRACE * w.max(axis=0)), 1e-300)
        relative[problem.capacity.T == 0.0] = 0.0
        limited = dw < -0.5 * w
        w_new[limited] = 0.25 * w[limited] ** 2 / -dw[limited]
        largest = np.abs(dp).max()
        if largest > LARGEST_POTENTIAL_CHANGE:
            potential_new = potential + dp * (LARGEST_POTENTIAL_CHANGE / largest)
        if limited.any() or largest > LARGEST_POTENTIAL_CHANGE:
            problem.set_state(w_new, potential_new)
        before, change = change, max(float(relative.max()), float(largest))
        if change <= tolerance or (change < STAGNATED and change > 0.3 * before):
            return iteration
    raise ConvergenceError(f"FiPy did not converge in {max_iterations} sweeps (last change {change:.2g})")
