"""Restarted GMRES with right preconditioning."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# Gram-Schmidt runs again where it leaves less than this part of a vector: the second pass restores what cancellation
# took (J. W. Daniel, W. B. Gragg, L. Kaufman and G. W. Stewart, Math. Comp. 30 (1976) 772). With a good preconditioner
# a tenth is left as a rule, which costs one digit of sixteen.
CANCELLATION = 0.02


class Workspace:
    """Memory of `gmres` that serves one solution after the other: fresh pages cost as much as a pass over them."""

    def __init__(self):
        self.basis = self.directions = np.empty((0, 0))

    def vectors(self, size: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Basis ((size + 1, n) float64) and preconditioned directions ((size, n) float64), not initialised."""
        if self.directions.shape[0] < size or self.directions.shape[1] != n:
            self.basis, self.directions = np.empty((size + 1, n)), np.empty((size, n))
        return self.basis, self.directions


def gmres(
    multiply: Callable[[np.ndarray, np.ndarray], None],
    precondition: Callable[[np.ndarray, np.ndarray], None],
    b: np.ndarray,
    *,
    rtol: float,
    restart: int = 50,
    max_iterations: int = 150,
    workspace: Workspace | None = None,
) -> tuple[np.ndarray, int, float]:
    """Solve A x = b (Y. Saad and M. H. Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856).

    Parameters
    ----------
    multiply, precondition : callable (input, output)
        y = A v and z = M^-1 v.
    b : (n,) float64
    rtol : float
        Relative residual to reach.
    workspace : Workspace, optional
        Kept by callers who solve often.

    Returns
    -------
    x : (n,) float64
    iterations : int
    residual : float
        True relative residual, recomputed.
    """
    n = b.size
    workspace = workspace or Workspace()
    x = np.zeros(n)
    norm_b = float(np.linalg.norm(b))
    if norm_b == 0.0:
        return x, 0, 0.0
    r, work = b.copy(), np.empty(n)
    norm = norm_b
    total = 0
    while total < max_iterations and norm > rtol * norm_b:
        size = min(restart, max_iterations - total)
        basis, directions = workspace.vectors(size, n)
        hessenberg = np.zeros((size + 1, size))
        rotations = np.zeros((size, 2))
        g = np.zeros(size + 1)
        np.divide(r, norm, out=basis[0])
        g[0] = norm
        used = 0
        for j in range(size):
            precondition(basis[j], directions[j])
            w = basis[j + 1]
            multiply(directions[j], w)
            h = basis[: j + 1] @ w
            w -= h @ basis[: j + 1]
            length = float(np.linalg.norm(w))
            if not length > CANCELLATION * float(np.linalg.norm(h)):
                again = basis[: j + 1] @ w
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
