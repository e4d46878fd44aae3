"""GMRES on the coupled system, preconditioned field by field in changed variables."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from npsolver._ext import field_split as kernel
from npsolver.errors import ConvergenceError
from npsolver.linear.krylov import Workspace, gmres
from npsolver.linear.multigrid import ScalarMultigrid
from npsolver.linear.sparse_direct import SparseDirect
from npsolver.linear.storing import StoringFields

# A hierarchy is built anew when the diagonal of its matrix has changed anywhere by more than this factor, or its smooth
# vector in shape by more than its square (it costs as much as 20 of its cycles, three or four iterations of GMRES),
LARGEST_CHANGE = 1.25
# or when the rate of storage, which the diagonals do not show, has changed by more than this one,
LARGEST_RATE_CHANGE = 3.0
# or when a solve took this many times more iterations per digit than the first one with it.
LARGEST_SLOWDOWN = 2.5
# Rows are weighted by what they expect of their variable where that is beyond the first number, up to the second.
LARGEST_UNWEIGHTED, LARGEST_WEIGHT = 3.0, 1e100
# More iterations than this cost more than a direct solution where that is possible at all (measured in 2D and 3D).
SLOW_ITERATIONS = 50


class BlockGmres:
    """Block matrix whose fields decouple in the variables given to `prepare`; one field alone is a scalar matrix.

    One block Gauss-Seidel pass (every field, then the last one) with one multigrid cycle per scalar block.

    Parameters
    ----------
    pointer, column, diagonal : int32 arrays
        Block compressed rows with increasing columns.
    m : int
        Block size.
    direct_after : int, optional
        Iterations beyond which a direct solver takes over, for this matrix where GMRES fails and for the next one, then
        for the next three, seven and so on each time that GMRES is slow again; None means never.
    stiff : bool
        Some pairs of nodes are joined 1e4 times more strongly than others: the ratio of the smooth vector in a pair must
        hold to as many digits, and every matrix gets its own hierarchies.

    Attributes
    ----------
    blocks : (n_blocks, m, m) float64
        Filled by the caller; `factorise` may scale its rows.
    rtol : float
        Relative residual of `solve`; set before each solve.
    conduction : ((n_blocks,) float64, (n,) bool, float), or None
        Matrix, nodes where it holds, and rate of storage.
        Set after `prepare` where all fields but the last store: see `npsolver.linear.storing.StoringFields`.
    iterations : list of int
        Of every solve since the start.
    setups : int
        How many hierarchies were built.
    direct_solves : int
        How often the direct solver had to step in.
    """

    name = "GMRES, multigrid per field in changed variables"

    def __init__(
        self, pointer: np.ndarray, column: np.ndarray, diagonal: np.ndarray, m: int, direct_after: int | None = None,
        *, stiff: bool = False
    ):
        self.pointer, self.column, self.diagonal, self.m = pointer, column, diagonal, m
        n = diagonal.size
        self.blocks = np.zeros((column.size, m, m))
        self.rtol = 1e-8
        self.iterations: list[int] = []
        self.setups = 0
        self.direct_solves = 0
        self._direct_after, self._stiff = direct_after, stiff
        self._always_direct = self._gave_way = self._directly = False
        self._slow = self._rest = 0  # how often GMRES was slow, and for how many matrices it rests
        self._direct: SparseDirect | None = None
        self._factorised = False
        self._fields = np.empty((m, column.size))
        self._lower = np.empty((n, m - 1))
        self._row_scale = np.empty((n, m))
        self._scale, self._mix = np.ones((n, m - 1)), np.zeros((n, m - 1))
        self._smooth: np.ndarray | None = None
        self.conduction: tuple[np.ndarray, np.ndarray, float] | None = None
        self._storing: StoringFields | None = None
        self._built_rate = np.inf
        self._outdated = False
        self._built_for: list[np.ndarray | None] = [None] * m
        self._grids: list[ScalarMultigrid | None] = [None] * m
        self._built: list[np.ndarray | None] = [None] * m
        self._used, self._unit = np.ones((n, m - 1)), np.ones((n, m - 1))
        self._reference = None
        self._sparse, self._own = np.empty((column.size, 2 * m - 1)), np.empty((n, m, m))
        self._is_sparse = self._scaled = False
        self._workspace = Workspace()
        self._x = np.zeros((m - 1, n))
        self._right, self._last = np.zeros(n), np.zeros(n)

    def expect_many_solves(self) -> None:
        """Every matrix will serve several right-hand sides: where a direct solver may take over, it pays at once."""
        self._always_direct = self._direct_after == SLOW_ITERATIONS

    def give_way(self) -> bool:
        """Let the direct solver take over; False where the matrix is too large for it or it has been alone all along."""
        if self._direct_after is None or not self.iterations or self._gave_way:
            return False
        self._gave_way = self._always_direct = True
        self._grids = [None] * self.m
        return True

    def prepare(self, scale: np.ndarray, mix: np.ndarray, smooth: np.ndarray | None = None) -> None:
        """Variables of the next matrix: d_i = scale_i x_i + mix_i x_last ((n, m - 1) float64 each).

        `smooth` holds values of d_i > 0 that the scalar matrix of field i nearly annihilates; default: `scale`.
        """
        self._scale, self._mix, self._smooth, self.conduction = scale, mix, smooth, None

    @property
    def prefers_direct(self) -> bool:
        """Whether the next matrix will be factorised."""
        return self._always_direct or self._rest > 0

    def factorise(self) -> None:
        """Split the matrix into fields; build the hierarchies that no longer serve.

        Inside the preconditioner a field has its smooth vector as scale, of which nearby values differ little however
        far off the state is. It keeps it as long as its hierarchy serves: that scale is a matter of choice, what
        decouples the fields is the mix. Rows are in units of the scale that `prepare` got.
        """
        s = self.m - 1
        self._factorised, self._directly = False, self.prefers_direct
        self._rest = max(self._rest - 1, 0)
        stale = []
        if self._outdated or self._stiff:
            self._grids, self._outdated = [None] * self.m, False
        if self.conduction is not None:  # coarse levels follow the rate of storage, which the diagonals do not show
            rate = self.conduction[2]
            if not 1.0 / LARGEST_RATE_CHANGE < rate / self._built_rate < LARGEST_RATE_CHANGE:
                self._grids, self._built_rate = [None] * self.m, rate
        for i in range(s):
            if self._grids[i] is not None:
                diagonal = self.blocks[self.diagonal, i, i] * self._used[:, i]
                if _changed(diagonal, self._built[i]) or self._bent(i):
                    self._grids[i] = None
            if self._grids[i] is None:
                stale.append(i)
                self._used[:, i] = (self._scale if self._smooth is None else self._smooth)[:, i]
        np.divide(self._scale, self._used, out=self._unit)
        self._is_sparse = kernel.split(
            self.blocks, self.pointer, self.column, self.diagonal, self._used, self._mix, self._unit, self._fields,
            self._lower, self._row_scale, self._sparse, self._own
        )
        if self._directly or not self._is_sparse:
            kernel.scale(self.blocks, self.pointer, self._row_scale)
            self._scaled = True
        else:
            self._scaled = False
        if self._directly:
            return
        if self.conduction is not None:
            if self._storing is None:
                self._storing = StoringFields(self.pointer, self.column, self.diagonal, self.m)
            self.setups += self._storing.prepare(*self.conduction[:2], self._fields[s, self.diagonal])
        if self._grids[s] is None or _changed(self._fields[s, self.diagonal], self._built[s]):
            stale.append(s)
        if stale:
            self._build(stale)

    def _bent(self, i: int) -> bool:
        """Whether the smooth vector of field i is no multiple of the one for which its hierarchy was built."""
        before = self._built_for[i]
        if self._smooth is None or before is None:
            return self._smooth is not before
        ratio = self._smooth[:, i] / before
        return not ratio.max() < LARGEST_CHANGE**2 * ratio.min()

    def _build(self, fields) -> None:
        n = self.diagonal.size
        self._reference = None
        try:
            for i in fields:
                self._grids[i] = None
                smooth = None
                self._built_for[i] = None
                if self._smooth is not None and i < self.m - 1:
                    self._built_for[i] = self._smooth[:, i].copy()
                    smooth = self._smooth[:, i] / self._used[:, i]
                matrix = csr_matrix((self._fields[i].copy(), self.column, self.pointer), shape=(n, n))
                self._grids[i] = Diagonal() if self._is_diagonal(i) else ScalarMultigrid(matrix, smooth)
                self._built[i] = self._fields[i, self.diagonal].copy()
                self.setups += 1
        except ConvergenceError:
            self._grids = [None] * self.m
            if self._direct_after is None:
                raise

    def _is_diagonal(self, i: int) -> bool:
        """Whether a field joins no nodes, as neutrality does not."""
        return np.count_nonzero(self._fields[i]) == np.count_nonzero(self._fields[i, self.diagonal])

    def solve(self, x: np.ndarray) -> None:
        """Overwrite the right-hand side with the solution to `rtol`; ConvergenceError if that fails."""
        with np.errstate(over="ignore"):
            b = x.reshape(-1, self.m) * self._row_scale
        if not np.isfinite(b).all():
            raise ConvergenceError("the right-hand side is not finite")
        if self._directly or self._grids[-1] is None:
            self._solve_directly(b.ravel(), x)
            return
        solution, iterations, residual = self._iterate(b.ravel())
        if residual > 2.0 * self.rtol and self._reference is not None:
            self._build(range(self.m))
            if self._grids[-1] is not None:
                solution, more, residual = self._iterate(b.ravel())
                iterations += more
        self.iterations.append(iterations)
        if self._direct_after is not None and iterations > self._direct_after:
            self._slow += 1
            self._rest = 2**self._slow - 1
            self._grids = [None] * self.m
        if not residual <= max(2.0 * self.rtol, 1e-9):
            if self._direct_after is not None:
                self._solve_directly(b.ravel(), x)
                return
            raise ConvergenceError(f"GMRES stopped at relative residual {residual:.2g} after {iterations} iterations")
        per_digit = iterations / max(1.0, -np.log10(self.rtol))
        if self._reference is None:
            self._reference = max(per_digit, 1.0)
        elif per_digit > LARGEST_SLOWDOWN * self._reference:
            self._outdated = True  # from the next matrix on: further right-hand sides of this one may follow
        x[:] = solution

    def _iterate(self, b):
        """Solution of the row-scaled system, iterations and residual relative to b, both weighted by row."""
        weight = self._weights(b)
        if weight is None:
            return gmres(self._multiply, self._precondition, b, rtol=self.rtol, workspace=self._workspace)
        scratch = np.empty_like(b)

        def multiply(v, y):
            self._multiply(v, y)
            np.multiply(y, weight, out=y)

        def precondition(v, y):
            np.divide(v, weight, out=scratch)
            self._precondition(scratch, y)

        return gmres(multiply, precondition, weight * b, rtol=self.rtol, workspace=self._workspace)

    def _weights(self, b):
        """Weights of the rows in the residual, or None where all of them count alike.

        Rows of a field are in units of its variable, a relative change as a rule. Far from the solution that may reach
        1e17 at some nodes; without weights these alone would decide when the solution is accurate enough, with nothing
        solved anywhere else. One application of the preconditioner tells how large the variables become.
        """
        s = self.m - 1
        if s == 0 or not np.abs(b.reshape(-1, self.m)[:, :s]).max() > LARGEST_UNWEIGHTED:
            return None
        size, y, r = np.ones((b.size // self.m, self.m)), np.empty_like(b), b.copy()
        with np.errstate(over="ignore", invalid="ignore"):
            for last in (False, True):
                self._precondition(r, y)
                for change in (np.abs(r.reshape(-1, self.m)[:, :s]), np.abs(self._x.T) / self._unit):
                    np.fmax(size[:, :s], change, out=size[:, :s])
                if not last:  # what the potential does to the other fields follows from the residual
                    self._multiply(y, r)
                    np.subtract(b, r, out=r)
        return 1.0 / np.clip(size, 1.0, LARGEST_WEIGHT).ravel()

    def _solve_directly(self, b: np.ndarray, x: np.ndarray) -> None:
        """Factorise the row-scaled matrix once and solve with it."""
        if self._direct is None:
            self._direct = SparseDirect(self.pointer, self.column, self.m)
            self.name = f"{self._direct.name}, where GMRES was slow"
        if not self._factorised:
            if not self._scaled:
                kernel.scale(self.blocks, self.pointer, self._row_scale)
                self._scaled = True
            self._direct.blocks[:] = self.blocks
            self._direct.factorise()
            self._factorised = True
        x[:] = b
        self._direct.solve(x)
        self.direct_solves += 1

    def _multiply(self, v, y):
        if self._is_sparse:
            kernel.multiply_sparse(self._sparse, self._own, self.pointer, self.column, self.diagonal, v, y)
        else:
            kernel.multiply(self.blocks, self.pointer, self.column, v, y)

    def _precondition(self, v, y):
        if self.conduction is not None:
            self._storing.precondition(self, v, y)
            return
        for i in range(self.m - 1):
            kernel.gather(v, self.m, i, self._unit, self._right)
            self._grids[i].cycle(self._right, self._x[i])
        kernel.gather_last(v, self.m, self._lower, self._x, self._right)
        self._grids[-1].cycle(self._right, self._last)
        kernel.scatter(self._x, self._last, self._used, self._mix, y)


class Diagonal:
    """Solver of a field whose rows, divided by their diagonal, are the identity."""

    def cycle(self, b: np.ndarray, x: np.ndarray) -> None:
        """x = b."""
        x[:] = b


def _changed(now: np.ndarray, built: np.ndarray) -> bool:
    ratio = now / built
    return not (ratio.min() > 1.0 / LARGEST_CHANGE and ratio.max() < LARGEST_CHANGE)
