"""Poisson's equation with ions in equilibrium: the equilibrium rung of the ladder, one unknown per node."""

from __future__ import annotations

import math

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
    """``-div(eps grad phi) = sum z c(phi) + X`` with ``a_i = a_ref exp(-z (phi - phi_ref))``.

    The reference of each species is a boundary that holds it at a given potential. Activities a are the concentrations w
    of ideal ions, otherwise w exp(mu_ex/RT). A terminal without current takes the potential at which the species that it
    holds are in equilibrium with the others.

    Parameters
    ----------
    system : System
        The full system on the same mesh; it supplies the coefficients and boundary values.

    Attributes
    ----------
    voltage : dict of str to float
        Potentials of the terminals, also of those that float without current.

    Raises
    ------
    InputError
        If a species has no reference, a current flows, or two baths are not in equilibrium with each other.
    """

    def __init__(self, system: System):
        self.full = system
        mesh, c = system.mesh, system.coefficients
        n = mesh.n_nodes
        self.size = n
        self.voltage: dict[str, float] = {}
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
                potential = self.voltage.get(t.name)
                if potential is not None and t.capacitance > 0.0:
                    self._robin.append((int(node), t.capacitance * area, potential))
                elif potential is not None:
                    fixed.append(int(node))
                    values.append(potential)
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
        self.linear_solver, _ = choose_solver(
            pattern.pointer, pattern.column, pattern.diagonal, 1, mesh.dimension, system.linear_wanted
        )

    def _references(self) -> np.ndarray:
        """ln a + z phi of every species ((n_species,)), -inf where it is absent; sets the potentials of terminals."""
        system = self.full
        self.voltage |= {t.name: t.potential for t in system.terminals if t.potential is not None}
        result = np.full(system.n_species, np.nan)
        for t in sorted(system.terminals, key=lambda t: t.potential is None):  # given potentials first
            mu = np.array([math.log(w) if w > 0.0 else -math.inf for w in t.value.tolist()]) + self._excess_at(t)
            if t.floating:
                self.voltage[t.name] = self._open_circuit(t, mu, result)
            if t.name not in self.voltage:
                continue
            for i in np.flatnonzero(t.held):
                level = mu[i] + system.charge[i] * self.voltage[t.name]
                if not np.isnan(result[i]) and level != result[i] and abs(level - result[i]) > EQUILIBRIUM:
                    raise InputError(
                        f"the boundaries are not in equilibrium: mu~ of {system.model.species[i].name!r} differs by "
                        f"{abs(level - result[i]):.3g} RT; use physics = 'pnp'",
                        key=f"boundary {t.name}",
                    )
                result[i] = level
        for i, species in enumerate(system.model.species):
            if np.isnan(result[i]):
                raise InputError(
                    "the Poisson-Boltzmann model needs a bath with a potential that holds it",
                    key=f"species {species.name!r}",
                )
        return result

    def _excess_at(self, t) -> np.ndarray:
        """mu_ex/RT of every species in the solution that a terminal holds; InputError if it holds a part of it."""
        system = self.full
        laws = system.transport.laws
        if laws is None or not t.held.any():
            return np.zeros(system.n_species)
        if not t.held.all():
            raise InputError(
                "with [[activity]] equilibrium needs a boundary that holds every species", key=f"boundary {t.name}"
            )
        return laws.at(t.nodes[:1]).evaluate(t.value[None] * system.coefficients.scales.concentration)[0][0]

    def _open_circuit(self, t, mu: np.ndarray, known: np.ndarray) -> float:
        """Potential at which the ions that a terminal holds are in equilibrium with those whose level is known."""
        charge = self.full.charge
        ions = np.flatnonzero(t.held & (charge != 0.0) & np.isfinite(known) & np.isfinite(mu))
        if t.current or not ions.size:
            raise InputError(
                "the Poisson-Boltzmann model has no current: give a potential instead", key=f"boundary {t.name}"
            )
        most = ions[np.argmax(t.value[ions])]
        return float((known[most] - mu[most]) / charge[most])

    def concentrations(self, phi: np.ndarray) -> np.ndarray:
        """w at every node, (n_nodes, n_species)."""
        return self._at(phi)[0]

    def _at(self, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """w and dw/dphi at every node, (n_nodes, n_species) each."""
        system, laws = self.full, self.full.transport.laws
        logarithm = self._reference - system.charge * phi[:, None]
        if laws is None:
            w = np.exp(logarithm)
            return w, -system.charge * w
        unit = system.coefficients.scales.concentration
        x, response = laws.from_activities(logarithm + np.log(unit))
        w = np.exp(x) / unit
        return w, -w * (response @ system.charge)

    def assemble(self, u, out, shift: float = 0.0) -> None:
        """Residual into `out`, Jacobian into the linear solver."""
        blocks = self.linear_solver.blocks
        blocks[:] = 0.0
        out[:] = 0.0
        self._edges.assemble(u, out, blocks)
        self._cells.assemble(u, out, blocks)
        z = self.full.charge
        w, slope = self._at(u)
        out -= (self.full.coefficients.capacity * w) @ z
        blocks[self._diagonal, 0, 0] -= (self.full.coefficients.capacity * slope) @ z
        for node, capacitance, potential in self._robin:
            out[node] -= capacitance * (potential - u[node])
            blocks[self._diagonal[node], 0, 0] += capacitance
        self._fixed.apply(u, self._fixed_value, out, blocks)

    def set_linear_tolerance(self, rtol: float) -> None:
        """Relative residual that an iterative solver reaches."""
        if hasattr(self.linear_solver, "rtol"):
            self.linear_solver.rtol = rtol

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
        rows = system.fixed_concentrations
        flat[rows[~self._held_mask()[rows]]] = 0.0
        return np.concatenate([flat, [self.voltage[t.name] for t in system.terminals if t.floating]])

    def _held_mask(self) -> np.ndarray:
        mask = np.zeros((self.size, self.full.block_size), dtype=bool)
        for t in self.full.terminals:
            mask[np.ix_(t.nodes, np.flatnonzero(t.held))] = True
        return mask.ravel()
