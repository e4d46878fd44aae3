"""Restarted GMRES with right preconditioning."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def gmres(
    multiply: Callable[[np.ndarray, np.ndarray], None],
    precondition: Callable[[np.ndarray, np.ndarray], None],
    b: np.ndarray,
    *,
    rtol: float,
    restart: int = 50,
    max_iterations: int = 150,
) -> tuple[np.ndarray, int, float]:
    """Solve A x = b (Y. Saad and M. H. Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856).

    Parameters
    ----------
    multiply, precondition : callable (input, output)
        y = A v and z = M^-1 v.
    b : (n,) float64
    rtol : float
        Relative residual to reach.

    Returns
    -------
    x : (n,) float64
    iterations : int
    residual : float
        True relative residual, recomputed.
    """
    n = b.size
    x = np.zeros(n)
    norm_b = float(np.linalg.norm(b))
    if norm_b == 0.0:
        return x, 0, 0.0
    r, work = b.copy(), np.empty(n)
    norm = norm_b
    total = 0
    while total < max_iterations and norm > rtol * norm_b:
        size = min(restart, max_iterations - total)
        basis = np.empty((size + 1, n))
        directions = np.empty((size, n))
        hessenberg = np.zeros((size + 1, size))
        rotations = np.zeros((size, 2))
        g = np.zeros(size + 1)
        basis[0] = r / norm
        g[0] = norm
        used = 0
        for j in range(size):
            precondition(basis[j], directions[j])
            w = basis[j + 1]
            multiply(directions[j], w)
            h = basis[: j + 1] @ w
            w -= h @ basis[: j + 1]
            again = basis[: j + 1] @ w  # once more: classical Gram-Schmidt loses orthogonality otherwise
            w -= again @ basis[: j + 1]
            h += again
            length = float(np.linalg.norm(w))
            column = hessenberg[:, j]
            column[: j + 1] = h
            column[j + 1] = length
            if length > 0.0:
                w /= length
            for i in range(j):
                c, s = rotations[i]
                column[i], column[i + 1] = c * column[i] + s * column[i + 1], -s * column[i] + c * column[i + 1]
            hyp = float(np.hypot(column[j], column[j + 1]))
            if hyp == 0.0:
                break
            c, s = column[j] / hyp, column[j + 1] / hyp
            rotations[j] = c, s
            column[j], column[j + 1] = hyp, 0.0
            g[j], g[j + 1] = c * g[j], -s * g[j]
            used = j + 1
            if abs(g[j + 1]) <= rtol * norm_b or length == 0.0:
                break
        if used == 0:
            break
        y = np.linalg.solve(np.triu(hessenberg[:used, :used]), g[:used])
        x += y @ directions[:used]
        total += used
        multiply(x, work)
        np.subtract(b, work, out=r)
        previous, norm = norm, float(np.linalg.norm(r))
        if not np.isfinite(norm) or norm > 0.98 * previous:
            break
    return x, total, norm / norm_b
