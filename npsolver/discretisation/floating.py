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

    def assemble(self, u: np.ndarray, local: np.ndarray, out: np.ndarray, blocks: np.ndarray, shift: float) -> None:
        """Residual of the border into `out`, and its derivatives."""
        system = self.system
        m, ns, pattern = system.block_size, system.n_species, system.pattern
        self.residual(local, out)
        for index, t in enumerate(self.terminals):
            row, column = self.row[index], self.column[index]
            row[:] = 0.0
            column[:] = 0.0
            self._corner[index] = 0.0
            if not shift and self.steady(u, index, local, out, blocks):
                self._couple(index, system.charge)
                continue
            for node, area, owned in zip(t.nodes, t.areas, t.owned):
                weight = np.where(owned, system.charge, 0.0)
                for block in range(pattern.pointer[node], pattern.pointer[node + 1]):
                    start = pattern.column[block] * m
                    row[start : start + m] += weight @ blocks[block, :ns]
                # held concentrations do not change: their storage is not a current
                row[node * m : node * m + ns] -= shift * weight * system.coefficients.capacity[node]
                column[node * m + ns] = -t.capacitance * area if t.capacitance > 0.0 else -float(t.fixes_potential)
            for node in behind_surface(t, system):
                for block in range(pattern.pointer[node], pattern.pointer[node + 1]):
                    start = pattern.column[block] * m
                    row[start : start + m] += system.charge @ blocks[block, :ns]
                row[node * m : node * m + ns] -= shift * system.charge * system.coefficients.capacity[node]
            columns, weights, own = self._displacement[index]
            row[columns] += shift * weights
            self._corner[index, index] = shift * own
            self._couple(index, np.where(t.owned, system.charge, 0.0))

    def _couple(self, index: int, counted: np.ndarray) -> None:
        """Add the derivatives of the reactions at a terminal, which its own voltage drives.

        `counted` are the charges with which the balances of its nodes are in the current already.
        """
        t = self.terminals[index]
        if t.reactions:
            self._corner[index, index] += self.system.surface.border(
                t.name, self.row[index], self.column[index], counted
            )

    def steady(self, u, index, local, out, blocks) -> bool:
        """The current of a terminal from all balances, which frees it from the round-off of the short edges there."""
        system, t = self.system, self.terminals[index]
        moving = np.array([not system.in_equilibrium(i) for i in range(system.n_species)])
        weight = np.where(moving, system.charge**2, 0.0)
        test = towards(system, t.name, u, weight) if np.any(weight) else None
        if test is None:
            return False
        m, ns, pattern = system.block_size, system.n_species, system.pattern
        weights = np.outer(test, np.where(moving, system.charge, 0.0))
        for node, owned in zip(t.nodes, t.owned):
            weights[node] += np.where(owned & ~moving, system.charge, 0.0)
        imposed = float(system.charge @ t.influx) * t.areas.sum() * system.load
        current = float(np.einsum("ki,ki->", weights, local.reshape(-1, m)[:, :ns])) + imposed
        out[index] = current - t.current * system.load + self._reacting(t)
        row_node = np.repeat(np.arange(system.mesh.n_nodes), np.diff(pattern.pointer))
        np.add.at(
            self.row[index].reshape(-1, m), pattern.column, np.einsum("bi,bij->bj", weights[row_node], blocks[:, :ns])
        )
        for node, area in zip(t.nodes, t.areas):
            held = -float(t.fixes_potential)
            self.column[index][node * m + ns] = -t.capacitance * area if t.capacitance > 0.0 else held
        self._corner[index, index] = 0.0
        return True

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
    k, l = system.mesh.edges.T
    c = system.coefficients
    terms = c.conductance * ((c.mobility[system.mesh.edge_region] * (w[k] + w[l])) @ weight)
    if not terms.min() > 0.0 or terms.max() * float((1.0 / terms).sum()) < SHORT_EDGES:
        return None
    fall = falling(terms)
    return fall if name == "left" else 1.0 - fall
