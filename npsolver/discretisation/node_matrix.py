"""The matrix of the nodes: its variables, rows and scales as the linear solvers want them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from npsolver.discretisation.equilibration import ABSENT, equilibrate
from npsolver.mesh.interval import SURFACE_THICKNESS

if TYPE_CHECKING:
    from npsolver.discretisation.system import System

# Smallest relative residual that is asked of iterative solvers where there are thin surface edges.
TIGHTEST = 1e-10
# Storage over transport in every balance from which on the rows of the electroneutral transient are left as they are.
STORAGE_ONLY = 10.0
# Exponents below this are beyond double precision.
SMALLEST_EXPONENT = -600.0


class NodeMatrix:
    """What stands between the blocks that a system assembles and its linear solver.

    Parameters
    ----------
    system : System
    """

    def __init__(self, system: System):
        self.system, self.solver = system, system.linear_solver
        self.iterates = hasattr(self.solver, "prepare")
        self._combined, self._steady = False, False
        self._scaling = None
        self._reactions = None  # variables of the factorised blocks where reactions are instant

    def prepare(self, u: np.ndarray, shift: float) -> None:
        """Tell an iterative solver the variables in which the assembled blocks are easy to solve."""
        self._steady = not shift
        if not self.iterates:
            return
        self._combined, self._reactions = False, None
        if self.system.current_form and shift and not self.solver.prefers_direct:
            self._prepare_storage(u, shift)
        elif self._reaction_variables is not None:
            self._reactions = self._reaction_variables
            self._reactions.transform(self.solver.blocks, u)
            self.solver.prepare(np.ones_like(self._reactions.charge), -self._reactions.charge)
        else:
            self._prepare_variables(u)

    def factorise(self, u: np.ndarray) -> None:
        """Factorise the blocks, which were assembled at `u`."""
        self._scaling = equilibrate(self.system, u, self._steady)
        if not self.iterates and self._reaction_variables is not None:
            self._reactions = self._reaction_variables
            self._reactions.transform(self.solver.blocks, u)
        self.solver.factorise()

    def _by_node(self, u: np.ndarray) -> np.ndarray:
        return u[: self.system.mesh.n_nodes * self.system.block_size].reshape(-1, self.system.block_size)

    @cached_property
    def _free_balances(self) -> np.ndarray:
        """Whether the balance of a species holds where the potential is free, too ((n_nodes, n_species) bool)."""
        fixed = np.zeros(self.system.mesh.n_nodes * self.system.block_size, dtype=bool)
        fixed[self.system.fixed_rows] = True
        fixed = fixed.reshape(-1, self.system.block_size)
        return ~fixed[:, :-1] & ~fixed[:, -1:]

    @cached_property
    def _reaction_variables(self):
        if not self.system.model.reactions:  # most systems have none, and do not load what they need
            return None
        from npsolver.discretisation.reaction_variables import reaction_variables

        return reaction_variables(self.system)

    def _prepare_storage(self, u, shift):
        """Rows and variables of charge conservation in time that the linear solver can separate.

        The sum of currents less sum z_i times the balances of the species is neutrality times the shift. Where storage
        is all there is (first instants), these rows are the same up to round-off, and nothing is combined.
        """
        blocks, free = self.solver.blocks, self._free_balances
        diagonal = np.einsum("kii->ki", blocks[self.system.pattern.diagonal])[:, :-1]
        stored = shift * self.system.coefficients.capacity
        if np.all(stored[free] >= STORAGE_ONLY * (diagonal - stored)[free]):
            w = self._by_node(u)[:, :-1]
            self.solver.prepare(np.where(w > 0.0, np.maximum(w, ABSENT), 1.0), np.zeros_like(w), self._boltzmann(u))
            return
        self._combined = True
        conduction = blocks[:, -1, -1].copy()
        row_node = np.repeat(np.arange(self.system.mesh.n_nodes), np.diff(self.system.pattern.pointer))
        weight = np.where(free, self.system.charge, 0.0)[row_node]
        blocks[:, -1, :] -= np.einsum("bi,bij->bj", weight, blocks[:, :-1, :])
        self._prepare_variables(u)
        self.solver.conduction = (conduction, free.any(axis=1), shift)

    def _prepare_variables(self, u):
        """Electrochemical potentials as unknowns of the linear solver: dw_i = w_i (dmu_i - z_i dphi)."""
        w = self._by_node(u)[:, :-1]
        present = w > 0.0
        mix = np.where(present, -self.system.charge * w, 0.0)
        self.solver.prepare(np.where(present, np.maximum(w, ABSENT), 1.0), mix, self._boltzmann(u))

    def _boltzmann(self, u):
        """exp(-z phi - mu_ex/RT), which balances every transport row; None where it is out of range or does not."""
        if self.system.model.cross_coupling is not None:
            return None  # the matrix of fluxes driven by mu~ is symmetric in mu~ = const as it stands
        exponent = -self._by_node(u)[:, -1:] * self.system.charge
        excess = self.system.excess(u)
        if excess is not None:
            exponent = exponent - excess
        exponent -= exponent.max(axis=0)
        return np.exp(exponent) if exponent.min() > SMALLEST_EXPONENT else None

    def expect_many_solves(self) -> None:
        """Every matrix serves several right-hand sides, as the stages of a time step."""
        if self.iterates:
            self.solver.expect_many_solves()

    def solve_exactly(self) -> bool:
        """Solve linear systems directly from now on; False where that changes nothing or would take too much."""
        return self.iterates and self.solver.give_way()

    def set_linear_tolerance(self, rtol: float) -> None:
        """Relative residual that iterative solvers reach; direct ones ignore it."""
        if self.iterates:
            # rows of thin surface edges are scaled by their conductance: an error there is that of a far larger flux
            self.solver.rtol = max(rtol * SURFACE_THICKNESS, TIGHTEST) if self.system.mesh.interfaces else rtol

    def solve(self, local: np.ndarray) -> None:
        """local := A^-1 local."""
        if self._combined:
            rows = local.reshape(-1, self.system.block_size)
            rows[:, -1] -= np.einsum("ki,ki->k", np.where(self._free_balances, self.system.charge, 0.0), rows[:, :-1])
        self._scaled(self.solver.solve, local)

    def factorise_and_solve(self, u: np.ndarray, local: np.ndarray) -> None:
        """`factorise` and `solve`, in one pass where the solver has one."""
        together = getattr(self.solver, "factorise_and_solve", None)
        if together is None:
            self.factorise(u)
            self.solve(local)
            return
        self._scaling = equilibrate(self.system, u, self._steady)
        self._scaled(together, local)

    def _scaled(self, solve, local):
        """`solve` in the scales and variables of the factorised blocks."""
        if self._reactions is not None:
            self._reactions.combine(local)
            solve(local)
            self._reactions.restore(local)
            return
        if self._scaling is None:
            solve(local)
            return
        row, column = self._scaling
        local *= row
        solve(local)
        local *= column
