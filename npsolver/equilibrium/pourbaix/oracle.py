"""The combination of compounds with the lowest energy at fixed composition.

Minimise `sum_k v_k g_k(pH, E)` over `v >= 0` with `sum_k v_k n_ki = x_i` for every key element i.  For one element this
is the lowest energy per atom; for several it is a linear programme, solved for all points asked in one block-diagonal
call (HiGHS dual simplex, which returns vertices).  The answer is a basic solution, hence an affine function of pH and
potential.
"""

from __future__ import annotations

import numpy as np

from npsolver.errors import ConvergenceError


def assemblage_oracle(planes: np.ndarray, counts: np.ndarray, fractions: np.ndarray | None):
    """Oracle for :func:`~npsolver.equilibrium.pourbaix.envelope.lower_envelope`.

    Parameters
    ----------
    planes : (n_compounds, 3) float64
        J/mol, J/mol per pH unit, J/mol per volt.
    counts : (n_compounds, n_elements) float64
        Atoms of each key element per formula unit.
    fractions : (n_elements,) float64 or None
        Composition; None where every call brings its own.

    Returns
    -------
    callable
        ``oracle(points, composition=fractions)``: for points (n, 2) a list of n pairs of a key and a plane (3,); the
        key is a tuple of (compound index, formula units).
    """

    def oracle(points: np.ndarray, composition=fractions):
        wanted = composition > 0.0
        usable = np.flatnonzero(~(counts[:, ~wanted] > 0.0).any(axis=1))
        matrix, target = counts[np.ix_(usable, wanted)], composition[wanted]
        energies = np.column_stack([np.ones(len(points)), points]) @ planes[usable].T
        if target.size == 1:
            best = np.argmin(energies / matrix[:, 0], axis=1)
            supports = [np.array([k]) for k in best]
        else:
            supports = _linear_programmes(energies, matrix, target)
        return _assemblages(supports, usable, matrix, target, planes)

    return oracle


def _assemblages(supports, usable, matrix, target, planes):
    """Key and plane of each support (indices into `usable`)."""
    known = {}
    result = []
    for support in supports:
        key = tuple(int(k) for k in support)
        if key not in known:
            amounts = np.linalg.lstsq(matrix[support].T, target, rcond=None)[0]
            members = usable[support]
            known[key] = (tuple((int(k), float(v)) for k, v in zip(members, amounts)), amounts @ planes[members])
        result.append(known[key])
    return result


def _linear_programmes(energies, matrix, target):
    """Supports of the optimal vertices, one linear programme per row of `energies` (n_points, n_compounds)."""
    from scipy.optimize import linprog
    from scipy.sparse import block_diag

    n_points, n_compounds = energies.shape
    scale = max(1.0, float(np.abs(energies).max()))
    result = linprog(
        energies.ravel() / scale,
        A_eq=block_diag([matrix.T] * n_points, format="csr"),
        b_eq=np.tile(target, n_points),
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if result.x is None:
        raise ConvergenceError(f"no combination of compounds has the composition asked: {result.message}")
    amounts = result.x.reshape(n_points, n_compounds)
    return [np.flatnonzero(row > 1e-9) for row in amounts]
