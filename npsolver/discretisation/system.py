"""The coupled discrete equations ``M du/dt + r(u) = 0`` with their exact Jacobian.

Unknowns are interleaved by node: w_1 ... w_n (concentrations referred to solution) and phi (in RT/F); after them one
voltage per floating terminal, which borders the matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from npsolver._ext.boundary import FixedRows
from npsolver._ext.cell_terms import CellTerms
from npsolver._ext.edge_flux import EdgeFlux
from npsolver._ext.update import update as newton_update
from npsolver.discretisation.boundary_rows import BoundaryRows
from npsolver.discretisation.chain import chain_of
from npsolver.discretisation.chunks import chunked_edges
from npsolver.discretisation.coefficients import Coefficients
from npsolver.discretisation.floating import FloatingTerminals, weigh_blocks
from npsolver.discretisation.measures import conserves_an_amount, scaled_residual
from npsolver.discretisation.node_matrix import NodeMatrix
from npsolver.discretisation.nonideal import nonideal_terms
from npsolver.discretisation.one_sided import BOTH, sides_of_balance
from npsolver.discretisation.pattern import block_pattern
from npsolver.discretisation.reactions import reaction_terms
from npsolver.discretisation.surface_kinetics import surface_kinetics
from npsolver.discretisation.terminals import Terminal, renewed, same_structure, terminals
from npsolver.discretisation.weighting import WeightingPotentials
from npsolver.errors import ConvergenceError, InputError
from npsolver.linear import choose_solver
from npsolver.mesh import Mesh
from npsolver.model import Model

# Largest change of potential (in RT/F) of one Newton update.
POTENTIAL_LIMIT = 8.0


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
    """

    def __init__(
        self, model: Model, mesh: Mesh, coefficients: Coefficients, *, num_threads: int = 1, linear: str = "auto"
    ):
        self.model, self.mesh, self.coefficients, self.num_threads = model, mesh, coefficients, num_threads
        self.n_species = len(model.species)
        self.block_size = self.n_species + 1
        self.charge = np.array([species.charge for species in model.species], dtype=float)
        self.pattern = pattern = block_pattern(mesh.edges, mesh.n_nodes)
        order, chunks = chunked_edges(mesh.edges, mesh.n_nodes)
        classes = _charge_classes(self.charge, with_drift=coefficients.drift.size > 0)
        self._edge_order = order
        self._edges = EdgeFlux(
            edges=np.ascontiguousarray(mesh.edges[order]),
            conductance=coefficients.conductance[order],
            region=mesh.edge_region[order],
            mobility=coefficients.mobility,
            permittivity=coefficients.permittivity,
            species_class=classes[0],
            species_sign=classes[1],
            class_charge=classes[2],
            class_peclet=np.ascontiguousarray(coefficients.inverse_diffusivity[:, classes[3]]),
            drift=coefficients.drift[order] if coefficients.drift.size else coefficients.drift,
            block_kl=pattern.kl[order],
            block_lk=pattern.lk[order],
            block_diagonal=pattern.diagonal,
            chunks=chunks,
        )
        self._nonideal = nonideal_terms(model, mesh, coefficients, order, pattern, self.charge)
        self._reactions = reaction_terms(model, mesh, coefficients, pattern.diagonal)
        self.linear_wanted = linear
        self.linear_solver, self.linear_reason = choose_solver(
            pattern.pointer, pattern.column, pattern.diagonal, self.block_size, mesh.dimension, linear,
            stiff=bool(mesh.interfaces),
        )
        self._matrix = NodeMatrix(self)
        self.electroneutral = model.physics == "electroneutral"
        # set by time integration of the electroneutral equations
        self.current_form = False
        laws = terminals(model, mesh, coefficients)
        self._set_structure(laws)
        self._chain = chain_of(self, classes, self._fixed_charge, self._positive)
        # whose factors `solve` uses
        self._factored_chain = False
        self.set_values(laws)
        self.counts = {"residuals": 0, "factorisations": 0, "solves": 0}

    # ------------------------------------------------------------------ boundary laws

    def _set_structure(self, laws: Sequence[Terminal]) -> None:
        """Which rows are fixed, which terminals float: all that does not change with the values of the laws."""
        n, m, ns = self.mesh.n_nodes, self.block_size, self.n_species
        self.terminals = list(laws)
        self._outflows = [t for t in laws if t.leaving is not None]
        self._n_local = n * m
        self._rows = BoundaryRows(laws, self.mesh, self.coefficients, ns)
        self.fixed_rows = self._rows.index
        self._fixed = FixedRows(
            row=self.fixed_rows,
            pointer=self.pattern.pointer,
            block_diagonal=self.pattern.diagonal,
            block_size=m,
        )
        self.source = np.zeros((n, m))
        self._volume_source = np.zeros((n, m))
        self._fixed_charge = np.zeros(n)
        self._cells = CellTerms(
            capacity=self.coefficients.capacity,
            fixed_charge=self._fixed_charge,
            charge=self.charge,
            block_diagonal=self.pattern.diagonal,
        )
        mass = np.zeros((n, m))
        mass[:, :ns] = self.coefficients.capacity
        self._mass = mass.ravel()
        self._mass[self.fixed_rows] = 0.0
        positive = np.zeros((n, m), dtype=np.uint8)
        positive[:, :ns] = 1
        self._positive = positive.ravel()
        self._positive[self.fixed_rows] = 0
        self.free_concentrations = self._positive.reshape(n, m)[:, :ns] > 0
        self.concentration_index = np.flatnonzero(self._positive)
        self.fixed_concentrations = self.fixed_rows[self.fixed_rows % m < ns]
        self.surface = surface_kinetics(self, laws)
        self._border = FloatingTerminals(self) if any(t.floating for t in laws) else None
        self.size = n * m + sum(t.floating for t in laws)
        self._scratch = np.empty(self.size)

    def set_values(self, laws: Sequence[Terminal], load: float = 1.0) -> None:
        """Take new values of the same boundary laws; `load` scales potentials, currents, charges and fluxes.

        `load` < 1 is the embedding that continuation follows: at 0 nothing but the given concentrations is left.
        """
        m, ns = self.block_size, self.n_species
        self.terminals = list(laws)
        self.floating = [t for t in laws if t.floating]
        if self._border is not None:
            self._border.terminals = self.floating
        self.load = load
        self._rows.set_values(laws, load)
        if self.surface is not None:
            self.surface.set_values(laws, load)
        self.source[:] = self._volume_source
        if self.coefficients.production.size:
            self.source[:, :ns] += self.coefficients.production * load
        self._fixed_charge[:] = self.coefficients.fixed_charge * load
        self._robin = []  # row, capacitance, potential, index among the floating terminals or -1
        for t in laws:
            which = self.floating.index(t) if t.floating else -1
            for node, inner, area in zip(t.nodes, t.inner_nodes, t.areas):
                self.source[inner, :ns] += t.influx * (area * load)
                if t.has_potential and t.capacitance > 0.0:
                    potential = 0.0 if t.potential is None else t.potential * load
                    self._robin.append((int(node) * m + ns, t.capacitance * area, potential, which))
                elif t.surface_charge:
                    self._fixed_charge[node] += t.surface_charge * area * load
        self._has_source = bool(np.any(self.source))
        if self._chain is not None and self._robin:
            self._set_outer_potentials(np.zeros(self.size))
        self._sides = self._equilibrium_sides()

    def _set_outer_potentials(self, u: np.ndarray) -> None:
        """Tell the chain the potentials behind series capacitances; those of floating terminals are unknowns."""
        rows, capacitance, potential, which = (np.array(column) for column in zip(*self._robin))
        floats = which >= 0
        if floats.any():
            potential = np.where(floats, u[self._n_local + which], potential)
        self._chain.set_outer_potentials((rows // self.block_size).astype(np.int32), capacitance, potential.astype(float))

    def _equilibrium_sides(self) -> np.ndarray | None:
        """`_structural_sides` without the species that are supplied from outside."""
        sides = self._structural_sides
        if sides is None or self.current_form:
            return None
        if self._has_source:
            sides = np.where(self.source[:, : self.n_species].any(axis=0), BOTH, sides).astype(np.uint8)
        return None if np.all(sides == BOTH) else sides

    @cached_property
    def _structural_sides(self) -> np.ndarray | None:
        if not self.pattern.is_chain:
            return None
        return sides_of_balance(self.model, self.mesh, self.coefficients, self.terminals)

    def potential_nodes(self) -> list[tuple[int, str]]:
        """Nodes whose potential a terminal fixes, directly or by a reaction, and the name of the terminal."""
        found = [(int(self.fixed_rows[slot]) // self.block_size, name) for slot, name in self._rows.potential_slots]
        return found + [(int(node), t.name) for t in self.terminals if t.metal_apart for node in t.nodes]

    @cached_property
    def weighting(self) -> WeightingPotentials:
        """Weighting potentials of the terminals; they depend on the structure of the boundary laws only."""
        return WeightingPotentials(self)

    def set_volume_source(self, source: np.ndarray) -> None:
        """Add a given production to every balance.

        Parameters
        ----------
        source : (n_nodes, block_size) float64
            Dimensionless production integrated over each control volume; the last column adds to the charge.
        """
        self._volume_source[:] = source
        self.set_values(self.terminals, self.load)

    def takes(self, model: Model) -> bool:
        """Whether `model` differs from the present one in boundary values only."""
        if model is self.model:
            return True
        same = ("species", "regions", "temperature", "physics", "reactions", "velocity", "flow", "excess", "coupling")
        pairs = [(getattr(model, name), getattr(self.model, name)) for name in same]
        if any(new is not old and new != old for new, old in pairs):
            return False
        if model.boundaries.keys() != self.model.boundaries.keys():
            return False
        pairs = [(law, self.model.boundaries[name]) for name, law in model.boundaries.items()]
        return all(same_structure(law, present) for law, present in pairs)

    def set_model(self, model: Model) -> None:
        """Take the boundary values of a model with the same structure; InputError for another one."""
        if not self.takes(model):
            raise InputError("a boundary law changes its kind; only its values can change during a run", key="boundary")
        laws = renewed(self.terminals, self.model, model, self.mesh, self.coefficients)
        self.model = model
        self.set_values(laws)

    # ------------------------------------------------------------------ residual and Jacobian

    def _natural(self, u, out, blocks, shift, sides=None, surface=True):
        """Balances of every node before boundary values replace rows; `out` has one entry per nodal unknown."""
        out[:] = 0.0
        if self._nonideal is None:
            self._edges.assemble(u, out, blocks, self.num_threads, sides)
        else:
            self._nonideal.assemble(self._edges, u, out, blocks, self.num_threads, sides)
        if self._reactions is not None:
            self._reactions.assemble(u, out, blocks)
        if self._has_source:
            out -= self.source.ravel()
        if surface and self.surface is not None:
            self.surface.assemble(u, out, blocks)
        for t in self._outflows:
            self._take_out(t, u, out, blocks)
        if self.current_form:
            self._sum_currents(out, blocks)
            self._cells.assemble_storage(blocks, shift)
            return
        self._cells.assemble(u, out, blocks, shift)
        for row, capacitance, potential, which in self._robin:
            voltage = potential if which < 0 else u[self._n_local + which]
            out[row] -= capacitance * (voltage - u[row])
            if blocks is not None:
                node, j = divmod(row, self.block_size)
                blocks[self.pattern.diagonal[node], j, j] += capacitance

    def _take_out(self, t, u, out, blocks):
        """What the flow takes with it through a surface, without diffusion."""
        m, ns = self.block_size, self.n_species
        index = (t.nodes.astype(np.int64) * m)[:, None] + np.arange(ns)
        out[index] += t.leaving[:, None] * u[index]
        if blocks is not None:
            diagonal = self.pattern.diagonal[t.nodes]
            for i in range(ns):
                blocks[diagonal, i, i] += t.leaving

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
        local = out[: self._n_local]
        self._balances(u, local)
        if self._border is not None:
            self._border.residual(local, out[self._n_local :])
        self._fixed.apply(u, self.held_values(u), local, None)

    def _balances(self, u: np.ndarray, local: np.ndarray) -> None:
        """Balance of every node, before given values replace rows."""
        if self._chain is None or self.current_form:
            self._natural(u, local, None, 0.0)
            return
        if self._border is not None and self._robin:
            self._set_outer_potentials(u)
        self._chain.balances(u, local)

    def held_values(self, u: np.ndarray) -> np.ndarray:
        """Values of `fixed_rows`, with the present voltages of floating terminals."""
        return self._rows.at(u[self._n_local :])

    def assemble(self, u: np.ndarray, out: np.ndarray, shift: float = 0.0) -> None:
        """r(u) into `out`, and ``shift * M + dr/du`` into the linear solver's matrix."""
        self.counts["residuals"] += 1
        self._assembled_at = u
        blocks = self.linear_solver.blocks
        blocks[:] = 0.0
        local = out[: self._n_local]
        # steady: what can only be in equilibrium is told so edge by edge, which no round-off disturbs
        self._natural(u, local, blocks, shift, None if shift else self._sides)
        if self._border is not None:
            self._border.assemble(
                u, local, out[self._n_local :], shift, lambda weights, row: weigh_blocks(self, weights, row, shift)
            )
        self._fixed.apply(u, self.held_values(u), local, blocks)
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
        self._factored_chain = False
        self._matrix.factorise(self._assembled_at)
        if self._border is not None:
            self._border.factorise(self._matrix.solve)

    def linearise(self, u: np.ndarray, shift: float) -> None:
        """Build and factorise ``shift * M + dr/du`` at `u`."""
        if not self._linearise_chain(u, self._scratch, shift):
            self.assemble(u, self._scratch, shift)
            self.factorise()

    def _linearise_chain(self, u: np.ndarray, out: np.ndarray, shift: float) -> bool:
        """Residual into `out` and factors, if the chain can: its pivots are not chosen."""
        if self._chain is None or self.current_form:
            return False
        self.counts["residuals"] += 1
        self.counts["factorisations"] += 1
        local = out[: self._n_local]
        if self._border is not None and self._robin:
            self._set_outer_potentials(u)
        if not self._chain.linearise(u, shift, None if shift else self._sides, local):
            return False
        if self._border is not None:
            self._border.assemble(u, local, out[self._n_local :], shift, self._chain.weigh)
            self._border.factorise(self._chain.solve)
        self._fixed.apply(u, self.held_values(u), local, None)
        self._factored_chain = True
        return True

    def newton_step(
        self, u: np.ndarray, shift: float, previous: np.ndarray | None, out: np.ndarray, norms: np.ndarray
    ) -> bool:
        """One limited Newton step from `u` to `out` for ``shift M (u - previous) + r(u) = 0``, where the chain can do it.

        Returns
        -------
        bool
            False where the general route (`assemble`, `factorise`, `solve`, `update`) must be taken.
        """
        if self._chain is None or self.current_form:
            return False
        storage = None
        if shift:
            storage = np.empty(self.size)
            self.mass(u - previous, storage)
        if self._border is None:
            self.counts["residuals"] += 1
            self.counts["factorisations"] += 1
            self.counts["solves"] += 1
            sides = None if shift else self._sides
            failed = self._chain.newton(
                u, self._rows.value, self.fixed_rows, sides, shift, storage, POTENTIAL_LIMIT, out, norms
            )
            if failed == 2:
                raise ConvergenceError("the Newton update is not finite")
            return not failed
        residual = self._scratch
        if not self._linearise_chain(u, residual, shift):
            return False
        if storage is not None:
            residual += shift * storage
        np.negative(residual, out=residual)
        du = np.empty(self.size)
        self.solve(residual, du)
        self.update(u, du, out, norms)
        return True

    def solve(self, b: np.ndarray, out: np.ndarray) -> None:
        """out = (shift M + J)^-1 b with the last factorisation."""
        self.counts["solves"] += 1
        out[:] = b
        local = out[: self._n_local]
        if self._factored_chain:
            self._chain.solve(local)
        else:
            self._matrix.solve(local)
        if self._border is not None:
            self._border.solve(local, b[self._n_local :], out[self._n_local :])

    # ------------------------------------------------------------------ time derivative

    def mass(self, v: np.ndarray, out: np.ndarray) -> None:
        """out = M v."""
        np.multiply(self._mass, v[: self._n_local], out=out[: self._n_local])
        if self._border is not None:
            self._border.mass(v, out[self._n_local :])

    # ------------------------------------------------------------------ Newton's protocol

    def update(self, u: np.ndarray, du: np.ndarray, out: np.ndarray, norms: np.ndarray) -> None:
        """out = u + du with positive concentrations; norms = (relative change of w, change of phi, limited)."""
        bad = newton_update(u, du, out, self.block_size, self._positive, POTENTIAL_LIMIT, norms)
        if bad >= 0:
            raise ConvergenceError("the Newton update is not finite")
        change = du[self._n_local :]
        if self.surface is not None and change.size:
            # no node may follow the voltage of a metal that reactions alone join to the solution
            norms[1] = max(norms[1], float(np.abs(change).max()))
            norms[2] = max(norms[2], float(np.any(np.abs(change) > POTENTIAL_LIMIT)))
            change = change * (POTENTIAL_LIMIT / np.maximum(np.abs(change), POTENTIAL_LIMIT))
        out[self._n_local :] = u[self._n_local :] + change
        if self._nonideal is not None and self._nonideal.keep_room(u, out, self.fixed_rows):
            norms[2] = 1.0

    def admissible(self, u: np.ndarray) -> bool:
        """No concentration negative, no lattice over-full, everything finite."""
        if not (u[self.concentration_index].min() >= 0.0 and np.isfinite(u.sum())):
            return False
        return self._nonideal is None or self._nonideal.has_room(u)

    @property
    def is_ideal(self) -> bool:
        """Whether species act on each other through the potential only, and nothing leaves with a flow."""
        return self._nonideal is None and self._reactions is None and self.surface is None and not self._outflows

    def in_equilibrium(self, i: int) -> bool:
        """Whether species i can have no steady flux (and its equations say so edge by edge)."""
        return self._sides is not None and self._sides[i] != 3

    def lattice_is_over_full(self, u: np.ndarray) -> bool:
        """Whether some lattice has no free sites left somewhere."""
        return self._nonideal is not None and not self._nonideal.has_room(u.ravel())

    def excess(self, u: np.ndarray) -> np.ndarray | None:
        """mu_ex/RT, (n_nodes, n_species); None where everything is ideal."""
        return None if self._nonideal is None else self._nonideal.excess(u)

    def electrochemical_potential(self, u: np.ndarray) -> np.ndarray:
        """mu~/RT of every species at every node, (n_nodes, n_species); -inf where it is absent."""
        by_node = u[: self._n_local].reshape(-1, self.block_size)
        with np.errstate(divide="ignore", invalid="ignore"):
            mu = np.log(by_node[:, : self.n_species]) + self.charge * by_node[:, self.n_species :]
        return mu if self._nonideal is None else mu + self._nonideal.excess(u)

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
        weight = np.maximum(np.abs(u_old), np.abs(u_new))
        n, m = self.mesh.n_nodes, self.block_size
        by_node = weight[: self._n_local].reshape(n, m)
        by_node[:, :-1] += 1e-3 * by_node[:, :-1].max(axis=0) + 1e-30
        by_node[:, -1] = 1.0
        weight[self._n_local :] = 1.0
        np.divide(error, weight, out=weight)
        return float(np.sqrt(np.dot(weight, weight) / weight.size)) / rtol

    def natural_residual(self, u: np.ndarray) -> np.ndarray:
        """Balances (n_nodes, block_size) before boundary values replace rows: what must come from outside.

        What reactions at surfaces bring comes from outside, too; their rates at `u` are evaluated along the way.
        """
        out = np.empty(self._n_local)
        if self.surface is None:
            self._balances(u, out)
        else:
            self._natural(u, out, None, 0.0, surface=False)
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
        out = np.zeros(self._n_local)
        if self._nonideal is None:
            self._edges.assemble(u, out, edges, self.num_threads, None)
        else:
            self._nonideal.assemble(self._edges, u, out, edges, self.num_threads, None)
        if self._reactions is not None:
            self._reactions.assemble(u, out, reactions)
        return edges, reactions, self.pattern.pointer, self.pattern.column

    def fluxes(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Molar flow (n_species, n_edges) and electric displacement (n_edges,) through every face, K to L."""
        flux = np.empty((self.n_species, self.mesh.n_edges))
        displacement = np.empty(self.mesh.n_edges)
        if self._nonideal is None:
            self._edges.fluxes(u, flux, displacement)
        else:
            self._nonideal.fluxes(self._edges, u, flux, displacement)
        back = np.empty_like(self._edge_order)
        back[self._edge_order] = np.arange(back.size)
        return flux[:, back], displacement[back]


def _charge_classes(charge: np.ndarray, with_drift: bool):
    """Class and sign of every species, charge of every class, a species of every class."""
    if with_drift:
        n = charge.size
        ones = np.ones(n, dtype=np.int32)
        return np.arange(n, dtype=np.int32), ones, charge.copy(), np.arange(n)
    magnitude, first, index = np.unique(np.abs(charge), return_index=True, return_inverse=True)
    sign = np.where(charge < 0, -1, 1).astype(np.int32)
    return index.astype(np.int32), sign, magnitude, first
