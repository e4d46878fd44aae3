"""Terminals with an imposed current: their voltages are unknowns that border the matrix of the nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsolver.discretisation.terminals import Terminal
from npsolver.discretisation.test_functions import falling
from npsolver.errors import ConvergenceError

if TYPE_CHECKING:
    from npsolver.discretisation.system import System

# Largest term of the flow through an edge over that of the whole chain from which round-off of currents is averaged.
SHORT_EDGES = 1e6


class FloatingTerminals:
    """One row (its current is the given one) and one column (its voltage) per floating terminal.

    Parameters
    ----------
    system : System
    """

    def __init__(self, system: System):
        self.system = system
        self.terminals = [t for t in system.terminals if t.floating]
        n_local = system.mesh.n_nodes * system.block_size
        self.column = np.zeros((len(self.terminals), n_local))
        self.row = np.zeros((len(self.terminals), n_local))
        self._corner = np.zeros((len(self.terminals), len(self.terminals)))
        self._displacement = [self._displacement_row(t) for t in self.terminals]

    def _displacement_row(self, t: Terminal) -> tuple[np.ndarray, np.ndarray, float]:
        """Charge of a terminal as a linear function: columns, weights, weight of its own voltage."""
        system = self.system
        if t.metal_apart:  # neither the metal nor the solution stores charge
            return np.empty(0, dtype=int), np.empty(0), 0.0
        mesh, m, ns, c = system.mesh, system.block_size, system.n_species, system.coefficients
        row = np.zeros(mesh.n_nodes * m)
        own = 0.0
        touching: dict[int, list[int]] = {}
        for e in np.flatnonzero(np.isin(mesh.edges, t.nodes).any(axis=1)):
            for node in mesh.edges[e]:
                touching.setdefault(int(node), []).append(int(e))
        for node, area in zip(t.nodes, t.areas):
            if t.capacitance > 0.0:
                row[node * m + ns] -= t.capacitance * area
                own += t.capacitance * area
                continue
            for e in touching.get(int(node), ()):
                k, other = mesh.edges[e]
                other = other if k == node else k
                g = c.permittivity[mesh.edge_region[e]] * c.conductance[e]
                row[node * m + ns] += g
                row[other * m + ns] -= g
            row[node * m : node * m + ns] -= system.charge * c.capacity[node]
        columns = np.flatnonzero(row)
        return columns, row[columns], own

    def residual(self, local: np.ndarray, out: np.ndarray) -> None:
        """Current of every terminal less the given one into `out`, from the balances `local` of the nodes."""
        for index, t in enumerate(self.terminals):
            out[index] = terminal_current(self.system, t, local) - t.current * self.system.load + self._reacting(t)

    def _reacting(self, t: Terminal) -> float:
        """Current of the reactions of a terminal."""
        return self.system.surface.current(t.name) if t.reactions else 0.0

    def mass(self, v: np.ndarray, out: np.ndarray) -> None:
        """Charge of every terminal for the vector `v` of all unknowns."""
        for index, (columns, weights, own) in enumerate(self._displacement):
            out[index] = weights @ v[columns] + own * v[self.column.shape[1] + index]

    def assemble(self, u: np.ndarray, local: np.ndarray, out: np.ndarray, shift: float, weigh) -> None:
        """Residual of the border into `out`, and its derivatives.

        Parameters
        ----------
        u : (size,) float64
        local : (n_nodes * block_size,) float64
            Balances of the nodes, before given values replace rows.
        out : (n_floating,) float64
        shift : float
        weigh : callable (weights, row)
            Writes the derivative of ``sum(weights * balances)``, storage left out; weights are (n_nodes, n_species).
        """
        system = self.system
        m, ns = system.block_size, system.n_species
        self.residual(local, out)
        for index, t in enumerate(self.terminals):
            row, column = self.row[index], self.column[index]
            weights = None if shift else self.steady_weights(u, t)
            if weights is None:
                weights = np.zeros((system.mesh.n_nodes, ns))
                weights[t.nodes] = np.where(t.owned, system.charge, 0.0)
                weights[behind_surface(t, system)] += system.charge
            else:
                imposed = float(system.charge @ t.influx) * t.areas.sum() * system.load
                current = float(np.einsum("ki,ki->", weights, local.reshape(-1, m)[:, :ns])) + imposed
                out[index] = current - t.current * system.load + self._reacting(t)
            weigh(weights, row)
            column[:] = 0.0
            if not t.metal_apart:
                column[t.nodes * m + ns] = -t.capacitance * t.areas if t.capacitance > 0.0 else -1.0
            of_rates = self.system.surface.border(t.name, row, column, weights[t.inner_nodes]) if t.reactions else 0.0
            # held concentrations do not change: their storage is not a current
            columns, charges, own = self._displacement[index]
            row[columns] += shift * charges
            self._corner[index, index] = shift * own + of_rates

    def steady_weights(self, u: np.ndarray, t: Terminal) -> np.ndarray | None:
        """The current of a terminal from all balances, which frees it from the round-off of the short edges there."""
        system = self.system
        moving = np.array([not system.in_equilibrium(i) for i in range(system.n_species)])
        weight = np.where(moving, system.charge**2, 0.0)
        test = towards(system, t.name, u, weight) if np.any(weight) else None
        if test is None:
            return None
        weights = np.outer(test, np.where(moving, system.charge, 0.0))
        for node, owned in zip(t.nodes, t.owned):
            weights[node] += np.where(owned & ~moving, system.charge, 0.0)
        return weights

    def factorise(self, solve) -> None:
        """Schur complement of the nodes; `solve` overwrites a vector with A^-1 of it."""
        for column in self.column:
            solve(column)
        schur = self._corner - self.row @ self.column.T
        try:
            self._schur = np.linalg.inv(schur)
        except np.linalg.LinAlgError as error:
            raise ConvergenceError("a floating terminal is not connected: no current can flow there") from error

    def solve(self, local: np.ndarray, given: np.ndarray, out: np.ndarray) -> None:
        """Voltages into `out` and their effect on `local`, which holds A^-1 of the right-hand side of the nodes."""
        voltage = self._schur @ (given - self.row @ local)
        out[:] = voltage
        local -= voltage @ self.column


def weigh_blocks(system: System, weights: np.ndarray, row: np.ndarray, shift: float) -> None:
    """row = weights times the rows of species of the assembled matrix, less ``shift`` times storage."""
    m, ns, pattern = system.block_size, system.n_species, system.pattern
    nodes = np.flatnonzero(weights.any(axis=1))
    count = pattern.pointer[nodes + 1] - pattern.pointer[nodes]
    first = np.repeat(pattern.pointer[nodes] - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    block = first + np.arange(first.size)
    row[:] = 0.0
    by_node = row.reshape(-1, m)
    terms = np.einsum("bi,bij->bj", weights[np.repeat(nodes, count)], system.linear_solver.blocks[block, :ns])
    np.add.at(by_node, pattern.column[block], terms)
    by_node[:, :ns] -= shift * weights * system.coefficients.capacity


def terminal_current(system: System, terminal: Terminal, natural: np.ndarray) -> float:
    """Ionic current into the domain, from the balances of the held species and the imposed fluxes."""
    m, ns = system.block_size, system.n_species
    rows = natural[: system.mesh.n_nodes * m].reshape(-1, m)
    held = (rows[terminal.nodes, :ns] * terminal.owned).sum(axis=0)
    imposed = terminal.influx * (terminal.areas.sum() * system.load)
    current = float(system.charge @ (held + imposed))
    for inner in behind_surface(terminal, system):
        # the thin surface edge carries round-off; its flux cancels against the (vanishing) balance behind it
        current += float(rows[inner, :ns] @ system.charge)
    return current


def behind_surface(terminal: Terminal, system: System) -> np.ndarray:
    """Electroneutral nodes behind the surface edges of a terminal alone: they store no charge."""
    if np.array_equal(terminal.inner_nodes, terminal.nodes):  # asked in every assembly
        return terminal.inner_nodes[:0]
    inner = np.setdiff1d(terminal.inner_nodes, terminal.nodes)
    others = [t.inner_nodes for t in system.terminals if t.name != terminal.name]
    return np.setdiff1d(inner, np.concatenate(others)) if inner.size and others else inner


def towards(system: System, name: str, u: np.ndarray, weight: np.ndarray) -> np.ndarray | None:
    """Test function of a chain, 1 at terminal `name` and 0 at the other; None where none is needed.

    Parameters
    ----------
    system : System
    name : str
    u : (size,) float64
    weight : (n_species,) float64
        Of every species in the current that is wanted.
    """
    if not system.pattern.is_chain or {t.name for t in system.terminals} != {"left", "right"}:
        return None
    w = np.abs(u[: system.mesh.n_nodes * system.block_size].reshape(-1, system.block_size)[:, : system.n_species])
    if system.chain is not None:  # asked several times per solution: nodes are in order
        both = w[:-1] + w[1:]
    else:
        both = w[system.mesh.edges].sum(axis=1)
    c = system.coefficients
    terms = c.conductance * ((c.mobility.take(system.mesh.edge_region, axis=0) * both) @ weight)
    if not terms.min() > 0.0 or terms.max() * float((1.0 / terms).sum()) < SHORT_EDGES:
        return None
    fall = falling(terms)
    return fall if name == "left" else 1.0 - fall
