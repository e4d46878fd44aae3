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
from npsolver.discretisation.chunks import chunked_edges
from npsolver.discretisation.coefficients import Coefficients
from npsolver.discretisation.nonideal import nonideal_terms
from npsolver.discretisation.pattern import block_pattern, connected_labels
from npsolver.discretisation.reactions import reaction_terms
from npsolver.discretisation.terminals import Terminal, terminals
from npsolver.discretisation.test_functions import falling
from npsolver.discretisation.weighting import WeightingPotentials
from npsolver.errors import ConvergenceError, InputError
from npsolver.linear import choose_solver
from npsolver.mesh import Mesh
from npsolver.model import Model

# Ratio of concentrations from which the linear systems of a chain are equilibrated.
WIDE_RANGE = 1e14
# Concentrations (relative to the scale) below which a species counts as absent: it is spreading from nothing.
ABSENT = 1e-45
# Largest term of the flow through an edge over that of the whole chain from which round-off of currents is averaged.
SHORT_EDGES = 1e6
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
        pattern = block_pattern(mesh.edges, mesh.n_nodes)
        self._pattern = pattern
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
        self.linear_solver, self.linear_reason = choose_solver(
            pattern.pointer, pattern.column, pattern.diagonal, self.block_size, mesh.dimension, linear
        )
        self._changes_variables = hasattr(self.linear_solver, "prepare")
        self.electroneutral = model.physics == "electroneutral"
        # set by time integration of the electroneutral equations
        self.current_form = False
        laws = terminals(model, mesh, coefficients)
        self._set_structure(laws)
        self.set_values(laws)
        self.counts = {"residuals": 0, "factorisations": 0, "solves": 0}

    # ------------------------------------------------------------------ boundary laws

    def _set_structure(self, laws: Sequence[Terminal]) -> None:
        """Which rows are fixed, which terminals float: all that does not change with the values of the laws."""
        n, m, ns = self.mesh.n_nodes, self.block_size, self.n_species
        self.terminals = list(laws)
        self.floating = [t for t in laws if t.floating]
        self._n_local = n * m
        self.size = n * m + len(self.floating)
        rows: list[int] = []
        held_slots, potential_slots = [], []
        for t in laws:
            for node in t.nodes:
                for i in np.flatnonzero(t.held):
                    held_slots.append((len(rows), t.name, int(i)))
                    rows.append(int(node) * m + int(i))
                if t.has_potential and t.capacitance == 0.0:
                    potential_slots.append((len(rows), t.name))
                    rows.append(int(node) * m + ns)
        rows, held_slots, potential_slots = _first_law_wins(rows, held_slots, potential_slots)
        # species that cannot be at a node (excluded, or beyond a surface they cannot cross) keep a fixed unknown
        reachable = self.coefficients.capacity > 0.0
        open_edge = self.coefficients.mobility[self.mesh.edge_region] > 0.0
        for side in (0, 1):
            np.logical_or.at(reachable, self.mesh.edges[:, side], open_edge)
        absent = np.flatnonzero(np.pad(~reachable, ((0, 0), (0, 1))).ravel())
        rows += np.setdiff1d(absent, rows).tolist()
        order = np.argsort(rows, kind="stable")
        position = np.empty(len(rows), dtype=int)
        position[order] = np.arange(len(rows))
        self.fixed_rows = np.array(rows, dtype=np.int32)[order]
        self._fixed_value = np.zeros(len(rows))
        self._held_slots = [(position[p], name, i) for p, name, i in held_slots]
        self._potential_slots = [(position[p], name) for p, name in potential_slots]
        names = [t.name for t in self.floating]
        self._floating_slots = [(p, names.index(name)) for p, name in self._potential_slots if name in names]
        self._fixed = FixedRows(
            row=self.fixed_rows,
            pointer=self._pattern.pointer,
            block_diagonal=self._pattern.diagonal,
            block_size=m,
        )
        self._source = np.zeros((n, m))
        self._volume_source = np.zeros((n, m))
        self._fixed_charge = np.zeros(n)
        self._cells = CellTerms(
            capacity=self.coefficients.capacity,
            fixed_charge=self._fixed_charge,
            charge=self.charge,
            block_diagonal=self._pattern.diagonal,
        )
        mass = np.zeros((n, m))
        mass[:, :ns] = self.coefficients.capacity
        self._mass = mass.ravel()
        self._mass[self.fixed_rows] = 0.0
        positive = np.zeros((n, m), dtype=np.uint8)
        positive[:, :ns] = 1
        self._positive = positive.ravel()
        self._positive[self.fixed_rows] = 0
        self._concentration_index = np.flatnonzero(self._positive)
        self._scratch = np.empty(self.size)
        self._border = np.zeros((len(self.floating), self._n_local))
        self._row = np.zeros((len(self.floating), self._n_local))
        self._corner = np.zeros((len(self.floating), len(self.floating)))
        self._displacement_rows = self._displacement_border()

    def set_values(self, laws: Sequence[Terminal], load: float = 1.0) -> None:
        """Take new values of the same boundary laws; `load` scales potentials, currents, charges and fluxes.

        `load` < 1 is the embedding that continuation follows: at 0 nothing but the given concentrations is left.
        """
        m, ns = self.block_size, self.n_species
        by_name = {t.name: t for t in laws}
        self.terminals = list(laws)
        self.floating = [t for t in laws if t.floating]
        self._load = load
        for slot, name, i in self._held_slots:
            self._fixed_value[slot] = by_name[name].value[i]
        for slot, name in self._potential_slots:
            potential = by_name[name].potential
            if potential is not None:
                self._fixed_value[slot] = potential * load
        self._source[:] = self._volume_source
        self._fixed_charge[:] = self.coefficients.fixed_charge * load
        self._robin = []  # row, capacitance, potential, index among the floating terminals or -1
        for t in laws:
            which = self.floating.index(t) if t.floating else -1
            for node, inner, area in zip(t.nodes, t.inner_nodes, t.areas):
                self._source[inner, :ns] += t.influx * (area * load)
                if t.has_potential and t.capacitance > 0.0:
                    potential = 0.0 if t.potential is None else t.potential * load
                    self._robin.append((int(node) * m + ns, t.capacitance * area, potential, which))
                elif t.surface_charge:
                    self._fixed_charge[node] += t.surface_charge * area * load
        self._has_source = bool(np.any(self._source))
        self._sides = self._equilibrium_sides()

    def _equilibrium_sides(self) -> np.ndarray | None:
        """`_structural_sides` without the species that are supplied from outside."""
        sides = self._structural_sides
        if sides is None or self.current_form:
            return None
        if self._has_source:
            sides = np.where(self._source[:, : self.n_species].any(axis=0), 3, sides).astype(np.uint8)
        return None if np.all(sides == 3) else sides

    @cached_property
    def _structural_sides(self) -> np.ndarray | None:
        """For every species whether a steady flux can be anything but zero, as the edge kernel wants it.

        On a chain of nodes a species that is held at one end only, and neither reacts nor is supplied, has no flux
        through any edge. Written as ``J = 0`` on every edge instead of ``J_left = J_right`` at every node, equilibrium
        with enormous accumulation (exp(z F V/RT)) is not drowned in the round-off of the fluxes.
        """
        if not self._pattern.is_chain or self.model.coupling is not None:
            return None
        sides = np.full(self.n_species, 3, dtype=np.uint8)
        reacting = {name for r in self.model.reactions for name in [*r.reactants, *r.products]}
        open_edge = self.coefficients.mobility[self.mesh.edge_region] > 0.0
        for i, species in enumerate(self.model.species):
            holders = [t for t in self.terminals if t.held[i]]
            if len(holders) != 1 or species.name in reacting:
                continue
            absent = self.coefficients.capacity[:, i] == 0.0
            absent[holders[0].nodes] = False
            if not np.all(open_edge[:, i] | absent[self.mesh.edges].any(axis=1)):
                continue
            if not np.all(np.diff(np.flatnonzero(~absent)) == 1):
                continue
            # held at the high end: the balance of the lower node of every edge
            sides[i] = 1 if int(holders[0].nodes[0]) == self.mesh.n_nodes - 1 else 2
        return None if np.all(sides == 3) else sides

    def potential_nodes(self) -> list[tuple[int, str]]:
        """Nodes whose potential a terminal fixes directly, and the name of the terminal."""
        return [(int(self.fixed_rows[slot]) // self.block_size, name) for slot, name in self._potential_slots]

    @cached_property
    def weighting(self) -> WeightingPotentials:
        """Weighting potentials of the terminals; they depend on the structure of the boundary laws only."""
        return WeightingPotentials(self)

    def _displacement_border(self) -> list[tuple[np.ndarray, np.ndarray, float]]:
        """Charge of each floating terminal as a linear function: columns, weights, weight of its own voltage."""
        m, ns = self.block_size, self.n_species
        result = []
        for t in self.floating:
            row = np.zeros(self._n_local)
            own = 0.0
            touching: dict[int, list[int]] = {}
            for e in np.flatnonzero(np.isin(self.mesh.edges, t.nodes).any(axis=1)):
                for node in self.mesh.edges[e]:
                    touching.setdefault(int(node), []).append(int(e))
            for node, area in zip(t.nodes, t.areas):
                if t.capacitance > 0.0:
                    row[node * m + ns] -= t.capacitance * area
                    own += t.capacitance * area
                    continue
                for e in touching.get(int(node), ()):
                    k, other = self.mesh.edges[e]
                    other = other if k == node else k
                    g = self.coefficients.permittivity[self.mesh.edge_region[e]] * self.coefficients.conductance[e]
                    row[node * m + ns] += g
                    row[other * m + ns] -= g
                row[node * m : node * m + ns] -= self.charge * self.coefficients.capacity[node]
            columns = np.flatnonzero(row)
            result.append((columns, row[columns], own))
        return result

    def set_volume_source(self, source: np.ndarray) -> None:
        """Add a given production to every balance.

        Parameters
        ----------
        source : (n_nodes, block_size) float64
            Dimensionless production integrated over each control volume; the last column adds to the charge.
        """
        self._volume_source[:] = source
        self.set_values(self.terminals, self._load)

    def takes(self, model: Model) -> bool:
        """Whether `model` differs from the present one in boundary values only."""
        if model is self.model:
            return True
        same = ("species", "regions", "temperature", "physics", "reactions", "velocity", "excess", "coupling")
        if any(getattr(model, name) != getattr(self.model, name) for name in same):
            return False
        if model.boundaries.keys() != self.model.boundaries.keys():
            return False
        return all(_structure(law) == _structure(self.model.boundaries[name]) for name, law in model.boundaries.items())

    def set_model(self, model: Model) -> None:
        """Take the boundary values of a model with the same structure; InputError for another one."""
        if not self.takes(model):
            raise InputError("a boundary law changes its kind; only its values can change during a run", key="boundary")
        self.model = model
        self.set_values(terminals(model, self.mesh, self.coefficients))

    # ------------------------------------------------------------------ residual and Jacobian

    def _natural(self, u, out, blocks, shift, sides=None):
        """Balances of every node before boundary values replace rows; `out` has one entry per nodal unknown."""
        out[:] = 0.0
        if self._nonideal is None:
            self._edges.assemble(u, out, blocks, self.num_threads, sides)
        else:
            self._nonideal.assemble(self._edges, u, out, blocks, self.num_threads, sides)
        if self._reactions is not None:
            self._reactions.assemble(u, out, blocks)
        if self._has_source:
            out -= self._source.ravel()
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
                blocks[self._pattern.diagonal[node], j, j] += capacitance

    def _sum_currents(self, out, blocks):
        """Replace neutrality by its time derivative, div sum z_i J_i = 0, which lowers the index of the DAE to 1."""
        ns = self.n_species
        rows = out.reshape(-1, self.block_size)
        rows[:, ns] = rows[:, :ns] @ self.charge
        if blocks is not None:
            np.einsum("i,bij->bj", self.charge, blocks[:, :ns, :], out=blocks[:, ns, :])

    def _terminal_current(self, terminal: Terminal, natural) -> float:
        """Ionic current into the domain, from the balances of the held species and the imposed fluxes."""
        m, ns = self.block_size, self.n_species
        rows = natural[: self._n_local].reshape(-1, m)
        held = (rows[terminal.nodes, :ns] * terminal.owned).sum(axis=0)
        imposed = terminal.influx * (terminal.areas.sum() * self._load)
        current = float(self.charge @ (held + imposed))
        for inner in self._behind_surface(terminal):
            # the thin surface edge carries round-off; its flux cancels against the (vanishing) balance behind it
            current += float(rows[inner, :ns] @ self.charge)
        return current

    def _behind_surface(self, terminal: Terminal) -> np.ndarray:
        """Electroneutral nodes behind the surface edges of a terminal: they store no charge."""
        return np.setdiff1d(terminal.inner_nodes, terminal.nodes)

    def residual(self, u: np.ndarray, out: np.ndarray) -> None:
        """r(u) into `out` ((size,) float64)."""
        self.counts["residuals"] += 1
        local = out[: self._n_local]
        self._natural(u, local, None, 0.0)
        for index, t in enumerate(self.floating):
            out[self._n_local + index] = self._terminal_current(t, local) - t.current * self._load
        self._fixed.apply(u, self.held_values(u), local, None)

    def held_values(self, u: np.ndarray) -> np.ndarray:
        """Values of `fixed_rows`, with the present voltages of floating terminals."""
        for position, which in self._floating_slots:
            self._fixed_value[position] = u[self._n_local + which]
        return self._fixed_value

    def assemble(self, u: np.ndarray, out: np.ndarray, shift: float = 0.0) -> None:
        """r(u) into `out`, and ``shift * M + dr/du`` into the linear solver's matrix."""
        self.counts["residuals"] += 1
        self._assembled_at = u
        blocks = self.linear_solver.blocks
        blocks[:] = 0.0
        local = out[: self._n_local]
        # steady: what can only be in equilibrium is told so edge by edge, which no round-off disturbs
        self._natural(u, local, blocks, shift, None if shift else self._sides)
        if self.floating:
            self._assemble_border(u, local, out, blocks, shift)
        self._fixed.apply(u, self.held_values(u), local, blocks)
        if self._changes_variables:
            self._prepare_variables(u)

    def _prepare_variables(self, u):
        """Electrochemical potentials as unknowns of the linear solver: dw_i = w_i (dmu_i - z_i dphi)."""
        w = u[: self._n_local].reshape(-1, self.block_size)[:, : self.n_species]
        present = w > 0.0
        self.linear_solver.prepare(np.where(present, w, 1.0), np.where(present, -self.charge * w, 0.0))

    def expect_many_solves(self) -> None:
        """Every matrix serves several right-hand sides, as the stages of a time step."""
        if self._changes_variables:
            self.linear_solver.expect_many_solves()

    def set_linear_tolerance(self, rtol: float) -> None:
        """Relative residual that iterative solvers reach; direct ones ignore it."""
        if self._changes_variables:
            self.linear_solver.rtol = rtol

    def towards(self, name: str, u: np.ndarray, weight: np.ndarray) -> np.ndarray | None:
        """Test function of a chain, 1 at terminal `name` and 0 at the other; None where none is needed.

        Parameters
        ----------
        name : str
        u : (size,) float64
        weight : (n_species,) float64
            Of every species in the current that is wanted.
        """
        if not self._pattern.is_chain or {t.name for t in self.terminals} != {"left", "right"}:
            return None
        w = np.abs(u[: self._n_local].reshape(-1, self.block_size)[:, : self.n_species])
        k, l = self.mesh.edges.T
        c = self.coefficients
        terms = c.conductance * ((c.mobility[self.mesh.edge_region] * (w[k] + w[l])) @ weight)
        if not terms.min() > 0.0 or terms.max() * float((1.0 / terms).sum()) < SHORT_EDGES:
            return None
        fall = falling(terms)
        return fall if name == "left" else 1.0 - fall

    def _steady_border(self, u, index, local, out, blocks) -> bool:
        """The current of a terminal from all balances, which frees it from the round-off of the short edges there."""
        t = self.floating[index]
        moving = np.array([not self.in_equilibrium(i) for i in range(self.n_species)])
        weight = np.where(moving, self.charge**2, 0.0)
        test = self.towards(t.name, u, weight) if np.any(weight) else None
        if test is None:
            return False
        m, ns = self.block_size, self.n_species
        weights = np.outer(test, np.where(moving, self.charge, 0.0))
        for node, owned in zip(t.nodes, t.owned):
            weights[node] += np.where(owned & ~moving, self.charge, 0.0)
        imposed = float(self.charge @ t.influx) * t.areas.sum() * self._load
        current = float(np.einsum("ki,ki->", weights, local.reshape(-1, m)[:, :ns])) + imposed
        out[self._n_local + index] = current - t.current * self._load
        pattern = self._pattern
        row_node = np.repeat(np.arange(self.mesh.n_nodes), np.diff(pattern.pointer))
        np.add.at(
            self._row[index].reshape(-1, m), pattern.column, np.einsum("bi,bij->bj", weights[row_node], blocks[:, :ns])
        )
        for node, area in zip(t.nodes, t.areas):
            self._border[index][node * m + ns] = -t.capacitance * area if t.capacitance > 0.0 else -1.0
        self._corner[index, index] = 0.0
        return True

    def _assemble_border(self, u, local, out, blocks, shift):
        m, ns = self.block_size, self.n_species
        pattern = self._pattern
        for index, t in enumerate(self.floating):
            out[self._n_local + index] = self._terminal_current(t, local) - t.current * self._load
            row, column = self._row[index], self._border[index]
            row[:] = 0.0
            column[:] = 0.0
            if not shift and self._steady_border(u, index, local, out, blocks):
                continue
            for node, area, owned in zip(t.nodes, t.areas, t.owned):
                weight = np.where(owned, self.charge, 0.0)
                for block in range(pattern.pointer[node], pattern.pointer[node + 1]):
                    start = pattern.column[block] * m
                    row[start : start + m] += weight @ blocks[block, :ns]
                # held concentrations do not change: their storage is not a current
                row[node * m : node * m + ns] -= shift * weight * self.coefficients.capacity[node]
                column[node * m + ns] = -t.capacitance * area if t.capacitance > 0.0 else -1.0
            for node in self._behind_surface(t):
                for block in range(pattern.pointer[node], pattern.pointer[node + 1]):
                    start = pattern.column[block] * m
                    row[start : start + m] += self.charge @ blocks[block, :ns]
                row[node * m : node * m + ns] -= shift * self.charge * self.coefficients.capacity[node]
            columns, weights, own = self._displacement_rows[index]
            row[columns] += shift * weights
            self._corner[index, index] = shift * own

    def _equilibration(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Factors of rows and columns of the matrix; None where concentrations are of comparable size.

        Elimination pivots within a column. The charge of a defect twenty decades rarer than the others would be its
        largest entry there, and the defect the small difference of the others, without a digit.
        """
        if not self._pattern.is_chain:
            return None
        n, m = self.mesh.n_nodes, self.block_size
        w = u[: self._n_local].reshape(n, m)[:, : self.n_species]
        present = w > 0.0
        free = self._positive.reshape(n, m)[:, : self.n_species] > 0
        smallest = w.min(initial=np.inf, where=free)
        # the tails of a species that spreads from nothing need no digits, and their factors would swamp the others
        if smallest < ABSENT or not w.max(initial=0.0) > WIDE_RANGE * smallest:
            return None
        column = np.ones((n, m))
        column[:, : self.n_species] = np.where(present, w, 1.0)
        pattern = self._pattern
        blocks = self.linear_solver.blocks
        blocks *= column[pattern.column][:, None, :]
        # pivots are sought inside the diagonal blocks: a far larger neighbour must not make a row look small there
        largest = np.abs(blocks[pattern.diagonal]).max(axis=2)
        row = np.divide(1.0, largest, out=np.ones((n, m)), where=largest > 0.0)
        blocks *= np.repeat(row, np.diff(pattern.pointer), axis=0)[:, :, None]
        return row.ravel(), column.ravel()

    def _solve_nodes(self, local: np.ndarray) -> None:
        """local := A^-1 local."""
        if self._scaling is None:
            self.linear_solver.solve(local)
            return
        row, column = self._scaling
        local *= row
        self.linear_solver.solve(local)
        local *= column

    def factorise(self) -> None:
        """Factorise the matrix that `assemble` left behind."""
        self.counts["factorisations"] += 1
        self._scaling = self._equilibration(self._assembled_at)
        self.linear_solver.factorise()
        if self.floating:
            for column in self._border:
                self._solve_nodes(column)  # A^-1 times border
            schur = self._corner - self._row @ self._border.T
            try:
                self._schur = np.linalg.inv(schur)
            except np.linalg.LinAlgError as error:
                raise ConvergenceError("a floating terminal is not connected: no current can flow there") from error

    def linearise(self, u: np.ndarray, shift: float) -> None:
        """Build and factorise ``shift * M + dr/du`` at `u`."""
        self.assemble(u, self._scratch, shift)
        self.factorise()

    def solve(self, b: np.ndarray, out: np.ndarray) -> None:
        """out = (shift M + J)^-1 b with the last factorisation."""
        self.counts["solves"] += 1
        out[:] = b
        local = out[: self._n_local]
        self._solve_nodes(local)
        if self.floating:
            voltage = self._schur @ (b[self._n_local :] - self._row @ local)
            out[self._n_local :] = voltage
            local -= voltage @ self._border

    # ------------------------------------------------------------------ time derivative

    def mass(self, v: np.ndarray, out: np.ndarray) -> None:
        """out = M v."""
        np.multiply(self._mass, v[: self._n_local], out=out[: self._n_local])
        for index, (columns, weights, own) in enumerate(self._displacement_rows):
            out[self._n_local + index] = weights @ v[columns] + own * v[self._n_local + index]

    # ------------------------------------------------------------------ Newton's protocol

    def update(self, u: np.ndarray, du: np.ndarray, out: np.ndarray, norms: np.ndarray) -> None:
        """out = u + du with positive concentrations; norms = (relative change of w, change of phi, limited)."""
        bad = newton_update(u, du, out, self.block_size, self._positive, POTENTIAL_LIMIT, norms)
        if bad >= 0:
            raise ConvergenceError("the Newton update is not finite")
        out[self._n_local :] = u[self._n_local :] + du[self._n_local :]
        if self._nonideal is not None and self._nonideal.keep_room(u, out, self.fixed_rows):
            norms[2] = 1.0

    def admissible(self, u: np.ndarray) -> bool:
        """No concentration negative, no lattice over-full, everything finite."""
        if not (u[self._concentration_index].min() >= 0.0 and np.isfinite(u.sum())):
            return False
        return self._nonideal is None or self._nonideal.has_room(u)

    def scaled_residual(self, u: np.ndarray) -> float:
        """Largest residual relative to the sum of the magnitudes in its row."""
        out = np.empty(self.size)
        self.assemble(u, out)
        m, pattern = self.block_size, self._pattern
        nodes = np.repeat(np.arange(self.mesh.n_nodes), np.diff(pattern.pointer))
        terms = np.einsum("bij,bj->bi", np.abs(self.linear_solver.blocks), np.abs(u[: self._n_local].reshape(-1, m)[
            pattern.column]))
        scale = np.zeros((self.mesh.n_nodes, m))
        np.add.at(scale, nodes, terms)
        scale = np.maximum(scale.ravel(), np.abs(self._source.ravel()))
        ratio = np.abs(out[: self._n_local])
        return float(np.max(np.divide(ratio, scale, out=ratio, where=scale > 0.0)))

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

    def distance(self, u: np.ndarray, v: np.ndarray) -> float:
        """Largest change from u to v: relative for concentrations, in RT/F for potentials."""
        index = self._concentration_index
        relative = np.abs(v[index] - u[index]) / np.abs(u[index]) if index.size else np.zeros(1)
        potential = np.abs(v - u)[self.block_size - 1 : self._n_local : self.block_size]
        return float(max(relative.max(), potential.max()))

    def extrapolate(self, before: np.ndarray, here: np.ndarray, ratio: float) -> np.ndarray:
        """here + ratio (here - before), geometrically for concentrations so that they stay positive."""
        guess = here + ratio * (here - before)
        index = self._concentration_index
        guess[index] = here[index] * (here[index] / before[index]) ** ratio
        return guess

    def with_held_values(self, u: np.ndarray) -> np.ndarray:
        """A copy of `u` that satisfies the rows of given values."""
        result = u.copy()
        result[self.fixed_rows] = self.held_values(result)
        return result

    def has_closed_species(self) -> bool:
        """Whether the amount of some species in some part of the domain is conserved."""
        return self._has_closed_species

    @cached_property
    def _has_closed_species(self) -> bool:
        """Whether some species has a part of the domain where no boundary holds it, so that its amount is conserved."""
        n, m = self.mesh.n_nodes, self.block_size
        held_somewhere = np.any([t.held for t in self.terminals], axis=0) if self.terminals else np.zeros(1, dtype=bool)
        if self._pattern.is_chain and held_somewhere.all() and self.coefficients.mobility.all():
            return False
        held = np.zeros((n, m), dtype=bool)
        for t in self.terminals:
            held[np.ix_(t.nodes, np.flatnonzero(t.held))] = True
        open_edge = self.coefficients.mobility[self.mesh.edge_region] > 0.0
        reacting = set() if self._reactions is None else {
            self.model.species_index(name) for r in self.model.reactions for name in [*r.reactants, *r.products]
        }
        for i in range(self.n_species):
            if i in reacting and held[:, i].any():
                continue
            label = connected_labels(self.mesh.edges[open_edge[:, i]], n)
            exists = self.coefficients.capacity[:, i] > 0.0
            supplied = np.unique(label[held[:, i]])
            if not np.isin(label[exists], supplied).all():
                return True
        return False

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
        """Balances (n_nodes, block_size) before boundary values replace rows: what must come from outside."""
        out = np.empty(self._n_local)
        self._natural(u, out, None, 0.0)
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
        return edges, reactions, self._pattern.pointer, self._pattern.column

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


def _first_law_wins(rows, held_slots, potential_slots):
    """At a node that two boundaries share, the first one that fixes an unknown decides."""
    first: dict[int, int] = {}
    kept = [index for index, row in enumerate(rows) if first.setdefault(row, index) == index]
    new = {old: position for position, old in enumerate(kept)}
    return (
        [rows[index] for index in kept],
        [(new[slot], *rest) for slot, *rest in held_slots if slot in new],
        [(new[slot], *rest) for slot, *rest in potential_slots if slot in new],
    )


def _structure(law) -> tuple:
    """What decides which rows a boundary replaces."""
    return (
        frozenset(law.concentration),
        law.potential is None,
        law.current is None,
        law.stern_capacitance is None or law.stern_capacitance,
    )


def _charge_classes(charge: np.ndarray, with_drift: bool):
    """Class and sign of every species, charge of every class, a species of every class."""
    if with_drift:
        n = charge.size
        ones = np.ones(n, dtype=np.int32)
        return np.arange(n, dtype=np.int32), ones, charge.copy(), np.arange(n)
    magnitude, first, index = np.unique(np.abs(charge), return_index=True, return_inverse=True)
    sign = np.where(charge < 0, -1, 1).astype(np.int32)
    return index.astype(np.int32), sign, magnitude, first
