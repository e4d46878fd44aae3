"""The coupled discrete equations ``M du/dt + r(u) = 0`` with their exact Jacobian.

Unknowns are interleaved by node: w_1 ... w_n (concentrations referred to solution) and phi (in RT/F); after them one
voltage per floating terminal, which borders the matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from npsolver._ext.boundary import FixedRows
from npsolver._ext.cell_terms import CellTerms
from npsolver.discretisation.boundary_rows import BoundaryRows
from npsolver.discretisation.chain import ChainEquations, chain_of
from npsolver.discretisation.coefficients import Coefficients
from npsolver.discretisation.floating import FloatingTerminals, weigh_blocks
from npsolver.discretisation.limits import limited_update
from npsolver.discretisation.loads import Loads
from npsolver.discretisation.measures import conserves_an_amount, error_norm, scaled_residual
from npsolver.discretisation.node_matrix import NodeMatrix
from npsolver.discretisation.one_sided import BOTH, sides_of_balance
from npsolver.discretisation.pattern import block_pattern
from npsolver.discretisation.terminals import Terminal, changed_boundaries, renewed, take_out, terminals
from npsolver.discretisation.transport import Transport
from npsolver.errors import InputError
from npsolver.linear import choose_solver
from npsolver.mesh import Mesh
from npsolver.model import Model

if TYPE_CHECKING:
    from npsolver.discretisation.coupled_chain import CoupledChainEquations
    from npsolver.discretisation.weighting import WeightingPotentials


class System:
    """Discrete Nernst-Planck-Poisson (or electroneutral) equations of one model on one mesh.

    Parameters
    ----------
    model : Model
    mesh : Mesh
    coefficients : Coefficients
    num_threads : int
    linear : str
        ``"auto"``, ``"direct"`` or ``"iterative"``; a chain of nodes is always solved by block elimination.

    Attributes
    ----------
    size : int
        Number of unknowns.
    block_size : int
        Unknowns per node: species and potential.
    n_local : int
        Number of unknowns of all nodes.
    transport : Transport
        Flows through edges.
    loads : Loads
        What comes from outside.
    rows : BoundaryRows
        Rows of given values.
    border : FloatingTerminals or None
    chain : ChainEquations, CoupledChainEquations or None
        The compiled form, where there is one.
    sides : (n_species,) uint8 or None
        In whose balances steady fluxes count; see `sides_of_balance`.
    positive : (n_local,) uint8
        Concentrations that no boundary gives.
    """

    def __init__(
        self, model: Model, mesh: Mesh, coefficients: Coefficients, *, num_threads: int = 1, linear: str = "auto"
    ):
        self.model, self.mesh, self.coefficients, self.num_threads = model, mesh, coefficients, num_threads
        self.n_species = len(model.species)
        self.block_size = self.n_species + 1
        self.n_local = mesh.n_nodes * self.block_size
        further = None
        if model.has_gradient_energy:
            from npsolver.discretisation.gradient_energy import second_neighbours

            further, linear = second_neighbours(mesh), "direct"
        self.pattern = pattern = block_pattern(mesh.edges, mesh.n_nodes, further)
        self.transport = Transport(model, mesh, coefficients, pattern, num_threads)
        self.charge = self.transport.charge
        self._reactions = None
        if model.reactions:  # what few systems have is imported with those
            from npsolver.discretisation.reactions import reaction_terms

            self._reactions = reaction_terms(model, mesh, coefficients, pattern.diagonal, self.transport.laws)
        self.linear_wanted = linear
        self.linear_solver, self.linear_reason = choose_solver(
            pattern.pointer, pattern.column, pattern.diagonal, self.block_size, mesh.dimension, linear,
            stiff=bool(mesh.interfaces),
        )
        self._matrix = self._factors = NodeMatrix(self)
        self.electroneutral = model.physics == "electroneutral"
        # set by time integration of the electroneutral equations
        self.current_form = False
        laws = terminals(model, mesh, coefficients)
        self._set_structure(laws)
        self.chain = chain_of(self)
        self.set_values(laws)
        self.counts = {"residuals": 0, "factorisations": 0, "solves": 0}

    # ------------------------------------------------------------------ boundary laws

    def _set_structure(self, laws: Sequence[Terminal]) -> None:
        """Which rows are fixed, which terminals float: all that does not change with the values of the laws."""
        n, m, ns = self.mesh.n_nodes, self.block_size, self.n_species
        self.terminals = list(laws)
        self._outflows = [t for t in laws if t.leaving is not None]
        self.rows = BoundaryRows(laws, self.mesh, self.coefficients, ns)
        self.fixed_rows = self.rows.index
        self._fixed = FixedRows(
            row=self.fixed_rows,
            pointer=self.pattern.pointer,
            block_diagonal=self.pattern.diagonal,
            block_size=m,
        )
        self.loads = Loads(n, m, self.coefficients)
        self._cells = CellTerms(
            capacity=self.coefficients.capacity,
            fixed_charge=self.loads.fixed_charge,
            charge=self.charge,
            block_diagonal=self.pattern.diagonal,
        )
        mass = np.zeros((n, m))
        mass[:, :ns] = self.coefficients.capacity
        self._mass = mass.ravel()
        self._mass[self.fixed_rows] = 0.0
        positive = np.zeros((n, m), dtype=np.uint8)
        positive[:, :ns] = 1
        self.positive = positive.ravel()
        self.positive[self.fixed_rows] = 0
        self.free_concentrations = self.positive.reshape(n, m)[:, :ns] > 0
        self.concentration_index = np.flatnonzero(self.positive)
        self.fixed_concentrations = self.fixed_rows[self.fixed_rows % m < ns]
        self.surface = None
        if any(t.reactions for t in laws):
            from npsolver.discretisation.surface_kinetics import SurfaceKinetics

            self.surface = SurfaceKinetics(self, laws)
        self.border = FloatingTerminals(self) if any(t.floating for t in laws) else None
        self.size = n * m + sum(t.floating for t in laws)
        self._scratch = np.empty(self.size)

    def set_values(self, laws: Sequence[Terminal], load: float = 1.0) -> None:
        """Take new values of the same boundary laws; `load` scales potentials, currents, charges and fluxes.

        `load` < 1 is the embedding that continuation follows: at 0 nothing but the given concentrations is left.
        """
        self.terminals = list(laws)
        self.floating = [t for t in laws if t.floating]
        if self.border is not None:
            self.border.terminals = self.floating
        self.load = load
        self.rows.set_values(laws, load)
        if self.surface is not None:
            self.surface.set_values(laws, load)
        self.loads.set_values(laws, load)
        if self.chain is not None:
            self.chain.follow_loads()
        self.sides = self._equilibrium_sides()

    def _equilibrium_sides(self) -> np.ndarray | None:
        """`_structural_sides` without the species that are supplied from outside."""
        sides = self._structural_sides
        if sides is None or self.current_form:
            return None
        if not self.loads.has_source:
            return sides
        sides = np.where(self.loads.source[:, : self.n_species].any(axis=0), BOTH, sides).astype(np.uint8)
        return None if np.all(sides == BOTH) else sides

    @cached_property
    def _structural_sides(self) -> np.ndarray | None:
        if not self.pattern.is_chain:
            return None
        return sides_of_balance(self.model, self.mesh, self.coefficients, self.terminals)

    def potential_nodes(self) -> list[tuple[int, str]]:
        """Nodes whose potential a terminal fixes, directly or by a reaction, and the name of the terminal."""
        found = [(int(self.fixed_rows[slot]) // self.block_size, name) for slot, name in self.rows.potential_slots]
        return found + [(int(node), t.name) for t in self.terminals if t.metal_apart for node in t.nodes]

    @cached_property
    def weighting(self) -> WeightingPotentials:
        """Weighting potentials of the terminals; they depend on the structure of the boundary laws only."""
        from npsolver.discretisation.weighting import WeightingPotentials

        return WeightingPotentials(self)

    def set_volume_source(self, source: np.ndarray) -> None:
        """Add a given production to every balance.

        Parameters
        ----------
        source : (n_nodes, block_size) float64
            Dimensionless production integrated over each control volume; the last column adds to the charge.
        """
        self.loads.set_volume_source(source)
        self.set_values(self.terminals, self.load)

    def takes(self, model: Model) -> bool:
        """Whether `model` differs from the present one in boundary values only."""
        return changed_boundaries(model, self.model) is not None

    def set_model(self, model: Model) -> None:
        """Take the boundary values of a model with the same structure; InputError for another one."""
        changed = changed_boundaries(model, self.model)
        if changed is None:
            raise InputError("a boundary law changes its kind; only its values can change during a run", key="boundary")
        laws = renewed(self.terminals, changed, model, self.mesh, self.coefficients)
        self.model = model
        self.set_values(laws)

    # ------------------------------------------------------------------ residual and Jacobian

    def natural(self, u, out, blocks, shift, sides=None, surface=True, fresh=False):
        """Balances of every node before boundary values replace rows; `out` has one entry per nodal unknown."""
        out[:] = 0.0
        self.transport.assemble(u, out, blocks, sides, fresh)
        if self._reactions is not None:
            self._reactions.assemble(u, out, blocks)
        if self.loads.has_source:
            out -= self.loads.source.ravel()
        if surface and self.surface is not None:
            self.surface.assemble(u, out, blocks)
        for t in self._outflows:
            take_out(t, u, out, blocks, self.pattern.diagonal)
        if self.current_form:
            self._sum_currents(out, blocks)
            self._cells.assemble_storage(blocks, shift)
            return
        self._cells.assemble(u, out, blocks, shift)
        self.loads.add_displacement(u, u[self.n_local :], out)
        if blocks is not None:
            self.loads.add_capacitance(self.pattern.diagonal, blocks)

    def _sum_currents(self, out, blocks):
        """Replace neutrality by its time derivative, div sum z_i J_i = 0, which lowers the index of the DAE to 1."""
        ns = self.n_species
        rows = out.reshape(-1, self.block_size)
        rows[:, ns] = rows[:, :ns] @ self.charge
        if blocks is not None:
            np.einsum("i,bij->bj", self.charge, blocks[:, :ns, :], out=blocks[:, ns, :])

    def residual(self, u: np.ndarray, out: np.ndarray) -> None:
        """r(u) into `out` ((size,) float64)."""
        self.counts["residuals"] += 1
        local = out[: self.n_local]
        self._balances(u, local)
        if self.border is not None:
            self.border.residual(local, out[self.n_local :])
        self.apply_fixed(u, local, None)

    @property
    def _compiled(self) -> ChainEquations | CoupledChainEquations | None:
        """The chain, unless the equations are presently others."""
        return None if self.current_form else self.chain

    def _balances(self, u: np.ndarray, local: np.ndarray) -> None:
        """Balance of every node, before given values replace rows."""
        if self._compiled is None:
            self.natural(u, local, None, 0.0)
        else:
            self._compiled.balances(u, local)

    def apply_fixed(self, u: np.ndarray, local: np.ndarray, blocks: np.ndarray | None) -> None:
        """Replace rows of given values in the balances and, where given, in the blocks."""
        self._fixed.apply(u, self.held_values(u), local, blocks)

    def held_values(self, u: np.ndarray) -> np.ndarray:
        """Values of `fixed_rows`, with the present voltages of floating terminals."""
        return self.rows.at(u[self.n_local :])

    def assemble(self, u: np.ndarray, out: np.ndarray, shift: float = 0.0) -> None:
        """r(u) into `out`, and ``shift * M + dr/du`` into the linear solver's matrix."""
        self.counts["residuals"] += 1
        self._assembled_at = u
        blocks = self.linear_solver.blocks
        local = out[: self.n_local]
        # steady: what can only be in equilibrium is told so edge by edge, which no round-off disturbs
        sides = None if shift else self.sides
        fresh = self.transport.clear(blocks, sides)
        self.natural(u, local, blocks, shift, sides, fresh=fresh)
        if self.border is not None:
            self.border.assemble(
                u, local, out[self.n_local :], shift, lambda weights, row: weigh_blocks(self, weights, row, shift)
            )
        self.apply_fixed(u, local, blocks)
        self._matrix.prepare(u, shift)

    def expect_many_solves(self) -> None:
        """Every matrix serves several right-hand sides, as the stages of a time step."""
        self._matrix.expect_many_solves()

    def solve_exactly(self) -> bool:
        """Solve linear systems directly from now on; False where that changes nothing or would take too much."""
        return self._matrix.solve_exactly()

    def set_linear_tolerance(self, rtol: float) -> None:
        """Relative residual that iterative solvers reach; direct ones ignore it."""
        self._matrix.set_linear_tolerance(rtol)

    def factorise(self) -> None:
        """Factorise the matrix that `assemble` left behind."""
        self.counts["factorisations"] += 1
        self._factors = self._matrix
        self._matrix.factorise(self._assembled_at)
        if self.border is not None:
            self.border.factorise(self._matrix.solve)

    def factorise_and_solve(self, b: np.ndarray, out: np.ndarray) -> None:
        """`factorise` and `solve`, for the one right-hand side of a Newton iteration."""
        if self.border is not None:
            self.factorise()
            self.solve(b, out)
            return
        self.counts["factorisations"] += 1
        self.counts["solves"] += 1
        self._factors = self._matrix
        out[:] = b
        self._matrix.factorise_and_solve(self._assembled_at, out)

    def linearise(self, u: np.ndarray, shift: float) -> None:
        """Build and factorise ``shift * M + dr/du`` at `u`."""
        chain = self._compiled
        if chain is not None and chain.factorise(u, shift):
            self._factors = chain
            return
        self.assemble(u, self._scratch, shift)
        self.factorise()

    def newton_step(
        self, u: np.ndarray, shift: float, previous: np.ndarray | None, out: np.ndarray, norms: np.ndarray
    ) -> bool:
        """One limited Newton step from `u` to `out` for ``shift M (u - previous) + r(u) = 0``, where the chain can do it.

        Returns
        -------
        bool
            False where the general route (`assemble`, `factorise`, `solve`, `update`) must be taken.
        """
        chain = self._compiled
        if chain is None:
            return False
        if self.border is None:
            return chain.newton_step(u, shift, previous, out, norms)
        residual, du = self._scratch, np.empty(self.size)
        if not chain.linearise(u, residual, shift):
            return False
        self._factors = chain
        if shift:
            self.mass(u - previous, du)
            residual += shift * du
        np.negative(residual, out=residual)
        self.solve(residual, du)
        self.update(u, du, out, norms)
        return True

    def solve(self, b: np.ndarray, out: np.ndarray) -> None:
        """out = (shift M + J)^-1 b with the last factorisation."""
        self.counts["solves"] += 1
        out[:] = b
        local = out[: self.n_local]
        self._factors.solve(local)
        if self.border is not None:
            self.border.solve(local, b[self.n_local :], out[self.n_local :])

    # ------------------------------------------------------------------ time derivative

    def mass(self, v: np.ndarray, out: np.ndarray) -> None:
        """out = M v."""
        np.multiply(self._mass, v[: self.n_local], out=out[: self.n_local])
        if self.border is not None:
            self.border.mass(v, out[self.n_local :])

    # ------------------------------------------------------------------ Newton's protocol

    def update(self, u: np.ndarray, du: np.ndarray, out: np.ndarray, norms: np.ndarray) -> None:
        """out = u + du with positive concentrations; norms = (relative change of w, change of phi, limited)."""
        limited_update(self, u, du, out, norms)

    def admissible(self, u: np.ndarray) -> bool:
        """No concentration negative, no lattice over-full, everything finite."""
        if not (u[self.concentration_index].min() >= 0.0 and np.isfinite(u.sum())):
            return False
        return self.transport.has_room(u)

    @property
    def has_reactions(self) -> bool:
        """Whether species react, in the volume or at surfaces, or leave with a flow."""
        return self._reactions is not None or self.surface is not None or bool(self._outflows)

    def in_equilibrium(self, i: int) -> bool:
        """Whether species i can have no steady flux (and its equations say so edge by edge)."""
        return self.sides is not None and self.sides[i] != 3

    def lattice_is_over_full(self, u: np.ndarray) -> bool:
        """Whether some lattice has no free sites left somewhere."""
        return not self.transport.has_room(u.ravel())

    def excess(self, u: np.ndarray) -> np.ndarray | None:
        """mu_ex/RT, (n_nodes, n_species); None where everything is ideal."""
        return self.transport.excess(u)

    def electrochemical_potential(self, u: np.ndarray) -> np.ndarray:
        """mu~/RT of every species at every node, (n_nodes, n_species); -inf where it is absent."""
        by_node = u[: self.n_local].reshape(-1, self.block_size)
        with np.errstate(divide="ignore", invalid="ignore"):
            mu = np.log(by_node[:, : self.n_species]) + self.charge * by_node[:, self.n_species :]
        excess = self.excess(u)
        return mu if excess is None else mu + excess

    def with_held_values(self, u: np.ndarray) -> np.ndarray:
        """A copy of `u` that satisfies the rows of given values."""
        result = u.copy()
        result[self.fixed_rows] = self.held_values(result)
        return result

    def scaled_residual(self, u: np.ndarray) -> float:
        """Largest residual relative to the sum of the magnitudes in its row."""
        return scaled_residual(self, u)

    @cached_property
    def conserves_an_amount(self) -> bool:
        """Whether the amount of some species in some part of the domain is conserved."""
        return conserves_an_amount(self)

    def error_norm(self, error: np.ndarray, u_old: np.ndarray, u_new: np.ndarray, rtol: float) -> float:
        """Root mean square of a local error, in units of rtol (|w| + 1e-3 largest w of the species) and rtol RT/F."""
        return error_norm(self, error, u_old, u_new, rtol)

    def natural_residual(self, u: np.ndarray) -> np.ndarray:
        """Balances (n_nodes, block_size) before boundary values replace rows: what must come from outside.

        What reactions at surfaces bring comes from outside, too; their rates at `u` are evaluated along the way.
        """
        out = np.empty(self.n_local)
        if self.surface is None:
            self._balances(u, out)
        else:
            self.natural(u, out, None, 0.0, surface=False)
            self.surface.evaluate(u)
        return out.reshape(-1, self.block_size)

    def transport_blocks(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Derivatives of the outflows by edges and of the reactions, before boundary values replace rows.

        Returns
        -------
        edges, reactions : (n_blocks, block_size, block_size) float64
        pointer, column : arrays of int
            Of the block rows.
        """
        edges, reactions = np.zeros_like(self.linear_solver.blocks), np.zeros_like(self.linear_solver.blocks)
        out = np.zeros(self.n_local)
        self.transport.assemble(u, out, edges)
        if self._reactions is not None:
            self._reactions.assemble(u, out, reactions)
        return edges, reactions, self.pattern.pointer, self.pattern.column

    def fluxes(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Molar flow (n_species, n_edges) and electric displacement (n_edges,) through every face, K to L."""
        return self.transport.fluxes(u)
