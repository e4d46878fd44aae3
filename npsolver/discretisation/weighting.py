"""Weighting potentials of terminals: which part of a current inside the domain each terminal feels.

Of every conductor T the solution of div(eps grad psi) = 0 with psi = 1 on T and 0 on the other conductors; floating
ones are equipotential and carry no net charge. The total current (ionic plus displacement) into the domain at T is
then the integral of the ionic current density times grad psi (W. Shockley, J. Appl. Phys. 9 (1938) 635; S. Ramo, Proc. IRE 27
(1939) 584), whatever the displacement currents are. In a steady state this holds for any psi with these boundary values
and gives a second, independent route to the current.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from npsolver.discretisation.system import System

# Unknowns up to which a direct solver is used.
DIRECT = 60_000
TOLERANCE = 1e-11


class WeightingPotentials:
    """Weighting potentials of all conductors (terminals with a potential, held or floating).

    Parameters
    ----------
    system : System

    Attributes
    ----------
    names : tuple of str
        Conductors whose potential is held.
    psi : (n_names, n_nodes) float64
    floating : (n_names, n_floating) float64
        Their values on the floating conductors, in the order of `System.floating`.
    """

    def __init__(self, system: System):
        mesh, m = system.mesh, system.block_size
        conductors = [t for t in system.terminals if t.has_potential]
        self.names = tuple(t.name for t in conductors if not t.floating)
        held_at = np.full(mesh.n_nodes, -1)
        by_name = {t.name: j for j, t in enumerate(conductors)}
        for node, name in system.potential_nodes():
            held_at[node] = by_name[name]
        c = system.coefficients
        weight = c.conductance.copy()
        if not system.electroneutral:
            weight = weight * c.permittivity[mesh.edge_region]
        self._solve = _Laplace(mesh, weight, conductors, held_at)
        basis = np.array([self._solve(j) for j in range(len(conductors))]).reshape(len(conductors), mesh.n_nodes)
        free = [j for j, t in enumerate(conductors) if t.floating]
        given = [j for j, t in enumerate(conductors) if not t.floating]
        self.psi = basis[given]
        self.floating = np.zeros((len(given), len(free)))
        self._free, self._basis = free, basis[free]
        charge = np.array([[self._solve.charge(basis[j], j, f) for f in free] for j in range(len(conductors))])
        self._induced = charge[free] if free else np.zeros((0, 0))
        if free and given:
            self.floating = -np.linalg.solve(charge[free].T, charge[given].T).T
            self.psi = self.psi + self.floating @ basis[free]
        self._conductors = conductors
        self._m = m

    def currents(self, system: System, flow: np.ndarray, inflow: dict[str, np.ndarray]) -> dict[str, float]:
        """Total current into the domain through every conductor whose potential is held (dimensionless).

        Parameters
        ----------
        system : System
        flow : (n_species, n_edges) float64
            Molar flows through all faces.
        inflow : mapping of str to (n_nodes_of_terminal,) float64
            Ionic current into the domain at the nodes of every terminal.
        """
        mesh = system.mesh
        ionic = system.charge @ flow
        k, l = mesh.edges.T
        floats = system.floating
        made = system.coefficients.production @ system.charge * system.load
        result = {}
        for row, name in enumerate(self.names):
            psi = self.psi[row]
            current = float((psi[k] - psi[l]) @ ionic)
            if made.size:
                current -= float(psi @ made)
            for t in system.terminals:
                own = inflow[t.name]
                if not t.has_potential:
                    current -= float(psi[t.nodes] @ own)
                elif t.capacitance > 0.0:
                    metal = self.floating[row, floats.index(t)] if t.floating else float(t.name == name)
                    current += float((metal - psi[t.nodes]) @ own)
            current -= sum(self.floating[row, j] * t.current for j, t in enumerate(floats))
            result[name] = current
        return result


    def potential_rate(self, system: System, charging: np.ndarray, inflow: dict[str, float]) -> np.ndarray:
        """d phi/dt at every node, from the derivative of Poisson's equation ((n_nodes,), dimensionless).

        Parameters
        ----------
        system : System
        charging : (n_nodes,) float64
            Rate at which the ions charge every control volume.
        inflow : mapping of str to float
            Ionic current into the domain at every floating terminal.
        """
        rate = self._solve.forced(charging)
        if self._free:
            needed = []
            for j, t in zip(self._free, system.floating):
                induced = self._solve.charge(rate, -1, j) - float(charging[self._solve.at(j)].sum())
                needed.append(t.current * system.load - inflow[t.name] - induced)
            rate += np.linalg.solve(self._induced.T, np.array(needed)) @ self._basis
        return rate


class _Laplace:
    """Solutions with one conductor at 1 and the others at 0."""

    def __init__(self, mesh, weight, conductors, held_at):
        from scipy.sparse import coo_matrix, diags

        n = mesh.n_nodes
        k, l = mesh.edges.T
        rows = np.concatenate([k, l, k, l])
        columns = np.concatenate([l, k, k, l])
        values = np.concatenate([-weight, -weight, weight, weight])
        matrix = coo_matrix((values, (rows, columns)), shape=(n, n)).tocsr()
        self._robin = [np.zeros(n) for _ in conductors]
        for j, t in enumerate(conductors):
            if t.capacitance > 0.0:
                np.add.at(self._robin[j], t.nodes, t.capacitance * t.areas)
        self._matrix = matrix + diags(sum(self._robin, np.zeros(n)))
        self._held_at = held_at
        self._free = np.flatnonzero(held_at < 0)
        self._inverse = None

    def _right(self, j):
        fixed = (self._held_at == j).astype(float)
        return fixed, (self._robin[j] - self._matrix @ fixed)[self._free]

    def __call__(self, j):
        psi, right = self._right(j)
        if self._free.size and np.any(right):
            if self._inverse is None:
                self._inverse = _inverse(self._matrix[self._free][:, self._free].tocsr())
            psi[self._free] = self._inverse(right)
        return psi

    def at(self, conductor):
        """Nodes whose potential is that of a conductor ((n_nodes,) bool)."""
        return self._held_at == conductor

    def forced(self, source):
        """The solution with all conductors at 0 and sources at the free nodes."""
        psi = np.zeros(source.size)
        if self._free.size:
            if self._inverse is None:
                self._inverse = _inverse(self._matrix[self._free][:, self._free].tocsr())
            psi[self._free] = self._inverse(source[self._free])
        return psi

    def charge(self, psi, own, conductor):
        """Flux of `psi` (of which conductor `own` is at 1) out of `conductor`."""
        at = self._held_at == conductor
        value = float((self._matrix @ psi)[at].sum())
        return value + float(self._robin[conductor] @ (float(own == conductor) - psi))


def _inverse(matrix):
    """Solver of a symmetric positive definite matrix."""
    n = matrix.shape[0]
    if n <= DIRECT:
        from scipy.sparse.linalg import splu

        return splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
                    options={"SymmetricMode": True}).solve
    from npsolver.linear.krylov import gmres
    from npsolver.linear.multigrid import ScalarMultigrid

    grid, diagonal = ScalarMultigrid(matrix), matrix.diagonal()
    x = np.zeros(n)

    def multiply(v, y):
        y[:] = (matrix @ v) / diagonal

    def precondition(v, y):
        grid.cycle(v, x)
        y[:] = x

    return lambda right: gmres(multiply, precondition, right / diagonal, rtol=TOLERANCE)[0]
