"""Poisson's equation with Boltzmann ions: the equilibrium rung of the ladder, one unknown per node."""

from __future__ import annotations

import numpy as np

from npsolver._ext.boundary import FixedRows
from npsolver._ext.cell_terms import CellTerms
from npsolver._ext.edge_flux import EdgeFlux
from npsolver.discretisation.pattern import block_pattern
from npsolver.discretisation.system import System
from npsolver.errors import ConvergenceError, InputError
from npsolver.linear import choose_solver

# Largest change of the potential (RT/F) per Newton update: beyond it the exponentials of the ions mislead.
POTENTIAL_LIMIT = 3.0
# Two baths count as in equilibrium when their mu~/RT agree to this.
EQUILIBRIUM = 1e-9


class PoissonBoltzmann:
    """``-div(eps grad phi) = sum z c(phi) + X`` with ``w_i = w_ref exp(-z (phi - phi_ref))``.

    The reference of each species is a boundary that holds it at a given potential.

    Parameters
    ----------
    system : System
        The full system on the same mesh; it supplies the coefficients and boundary values.

    Raises
    ------
    InputError
        If a species has no reference, a potential floats, or two baths are not in equilibrium with each other.
    """

    def __init__(self, system: System):
        if system.model.excess:
            raise InputError(
                "the Poisson-Boltzmann model takes ideal ions only; use physics = 'pnp' with [[activity]]",
                key="model: physics",
            )
        self.full = system
        mesh, c = system.mesh, system.coefficients
        n = mesh.n_nodes
        self.size = n
        self._reference = self._references()
        pattern = block_pattern(mesh.edges, n)
        empty = np.zeros(0, dtype=np.int32)
        rows = c.permittivity.size
        self._edges = EdgeFlux(
            edges=mesh.edges,
            conductance=c.conductance,
            region=mesh.edge_region,
            mobility=np.zeros((rows, 0)),
            permittivity=c.permittivity,
            species_class=empty,
            species_sign=empty,
            class_charge=np.zeros(0),
            class_peclet=np.zeros((rows, 0)),
            drift=np.zeros(0),
            block_kl=pattern.kl,
            block_lk=pattern.lk,
            block_diagonal=pattern.diagonal,
            chunks=np.array([0, 0, mesh.n_edges], dtype=np.int32),
        )
        self._diagonal = pattern.diagonal
        self._fixed_charge = c.fixed_charge.copy()
        self._robin, fixed, values = [], [], []
        for t in system.terminals:
            for node, area in zip(t.nodes, t.areas):
                if t.potential is not None and t.capacitance > 0.0:
                    self._robin.append((int(node), t.capacitance * area, t.potential))
                elif t.potential is not None:
                    fixed.append(int(node))
                    values.append(t.potential)
                elif t.surface_charge:
                    self._fixed_charge[node] += t.surface_charge * area
        self._cells = CellTerms(
            capacity=np.zeros((n, 0)),
            fixed_charge=self._fixed_charge,
            charge=np.zeros(0),
            block_diagonal=pattern.diagonal,
        )
        self._fixed_value = np.array(values, dtype=float)
        self._fixed = FixedRows(
            row=np.array(fixed, dtype=np.int32), pointer=pattern.pointer, block_diagonal=pattern.diagonal, block_size=1
        )
        self.linear_solver, _ = choose_solver(pattern.pointer, pattern.column, pattern.diagonal, 1, mesh.dimension,
                                              "direct")

    def _references(self) -> np.ndarray:
        """ln w + z phi of every species ((n_species,)); -inf where it is absent."""
        system = self.full
        result = np.full(system.n_species, np.nan)
        for t in system.terminals:
            if t.floating:
                raise InputError(
                    "the Poisson-Boltzmann model has no current: give a potential instead", key=f"boundary.{t.name}"
                )
            for i in np.flatnonzero(t.held):
                if t.potential is None:
                    continue
                with np.errstate(divide="ignore"):
                    mu = np.log(t.value[i]) + system.charge[i] * t.potential
                if not np.isnan(result[i]) and abs(mu - result[i]) > EQUILIBRIUM and mu != result[i]:
                    raise InputError(
                        f"the boundaries are not in equilibrium: mu~ of {system.model.species[i].name!r} differs by "
                        f"{abs(mu - result[i]):.3g} RT; use physics = 'pnp'",
                        key=f"boundary.{t.name}",
                    )
                result[i] = mu
        for i, species in enumerate(system.model.species):
            if np.isnan(result[i]):
                raise InputError(
                    "the Poisson-Boltzmann model needs a bath with a potential that holds it",
                    key=f"species {species.name!r}",
                )
        return result

    def concentrations(self, phi: np.ndarray) -> np.ndarray:
        """w at every node, (n_nodes, n_species)."""
        return np.exp(self._reference - self.full.charge * phi[:, None])

    def assemble(self, u, out, shift: float = 0.0) -> None:
        """Residual into `out`, Jacobian into the linear solver."""
        blocks = self.linear_solver.blocks
        blocks[:] = 0.0
        out[:] = 0.0
        self._edges.assemble(u, out, blocks)
        self._cells.assemble(u, out, blocks)
        z = self.full.charge
        charge = self.full.coefficients.capacity * self.concentrations(u) * z
        out -= charge.sum(axis=1)
        blocks[self._diagonal, 0, 0] += charge @ z
        for node, capacitance, potential in self._robin:
            out[node] -= capacitance * (potential - u[node])
            blocks[self._diagonal[node], 0, 0] += capacitance
        self._fixed.apply(u, self._fixed_value, out, blocks)

    def set_linear_tolerance(self, rtol: float) -> None:
        """The linear solver is direct."""

    def factorise(self) -> None:
        self.linear_solver.factorise()

    def solve(self, b, out) -> None:
        out[:] = b
        self.linear_solver.solve(out)

    def mass(self, v, out) -> None:
        """No storage: every row is algebraic."""
        out[:] = 0.0

    def update(self, u, du, out, norms) -> None:
        """Damped as a whole, which keeps Newton's method on a convex problem monotone."""
        size = float(np.abs(du).max())
        if not np.isfinite(size):
            raise ConvergenceError("the Newton update is not finite")
        limited = size > POTENTIAL_LIMIT
        np.add(u, du * (POTENTIAL_LIMIT / size if limited else 1.0), out=out)
        norms[:] = 0.0, size, float(limited)

    def scaled_residual(self, u) -> float:
        out = np.empty(self.size)
        self.assemble(u, out)
        scale = np.abs(self.linear_solver.blocks[self._diagonal, 0, 0]) * np.maximum(np.abs(u), 1.0)
        return float(np.max(np.abs(out) / scale))

    def expand(self, phi: np.ndarray) -> np.ndarray:
        """Unknowns of the full system."""
        system = self.full
        u = np.empty((self.size, system.block_size))
        u[:, :-1] = self.concentrations(phi)
        u[:, -1] = phi
        flat = u.ravel()
        absent = np.setdiff1d(system.fixed_rows, np.flatnonzero(self._held_mask()))
        flat[absent[absent % system.block_size < system.n_species]] = 0.0
        return flat

    def _held_mask(self) -> np.ndarray:
        mask = np.zeros((self.size, self.full.block_size), dtype=bool)
        for t in self.full.terminals:
            mask[np.ix_(t.nodes, np.flatnonzero(t.held))] = True
        return mask.ravel()
