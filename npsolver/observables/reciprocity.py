"""Linear response of terminal flows to their electrochemical potentials about an equilibrium state.

Onsager's reciprocity (L. Onsager, Phys. Rev. 37 (1931) 405) on the solved system: the flow of i at one terminal that a
change of mu~_j at another drives equals the flow of j there that the same change of mu~_i here drives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from npsolver.discretisation import System
from npsolver.errors import InputError
from npsolver.units import GAS_CONSTANT

# Spread of mu~/RT up to which a state counts as an equilibrium.
EQUILIBRIUM = 1e-7
# A response below this share of the terms it is the sum of is round-off.
ROUND_OFF = 1e-13
# Newton steps that level mu~ node by node; it starts within EQUILIBRIUM.
LEVELLING = 3
# Solves with one factorisation, each with the residual of the last.
REFINEMENTS = 4


@dataclass(frozen=True)
class Response:
    """Response matrix of terminal inflows.

    Attributes
    ----------
    forces : tuple of (str, str)
        Terminal and species of every row and column.
    matrix : (n, n) float64
        d inflow_a / d mu~_b, mol²/(J s) per m² (Cartesian 1D), per m (cylinder, plane) or of the whole.
    passive : tuple of (str, str)
        Forces that move nothing, e.g. of species held at one terminal only; their rows and columns are left out.
    asymmetry : float
        Largest |R_ab - R_ba| / sqrt(R_aa R_bb).
    smallest_eigenvalue, largest_eigenvalue : float
        Of R_ab / sqrt(R_aa R_bb), symmetrised: a common change of all terminals moves nothing, so that the smallest is zero
        to round-off; it must not be negative beyond that.
    spread : float
        Largest difference of mu~/RT in the state itself.
    """

    forces: tuple[tuple[str, str], ...]
    matrix: np.ndarray
    passive: tuple[tuple[str, str], ...]
    asymmetry: float
    smallest_eigenvalue: float
    largest_eigenvalue: float
    spread: float


def equilibrium_spread(system: System, u: np.ndarray) -> dict[str, float]:
    """Largest difference of mu~/RT between the places that a species can reach, by species."""
    mu = system.electrochemical_potential(u)
    level = _levels(system, mu)
    present = np.isfinite(level)
    return {
        species.name: float(np.max(np.abs(mu[:, i] - level[:, i]), where=present[:, i], initial=0.0))
        for i, species in enumerate(system.model.species)
    }


def _levels(system: System, mu: np.ndarray) -> np.ndarray:
    """For every node and species the mu~ of a node connected with it, where that species is held if it is anywhere.

    (n_nodes, n_species); NaN where the species is absent.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = system.mesh.n_nodes
    open_edge = system.coefficients.mobility[system.mesh.edge_region] > 0.0
    level = np.full_like(mu, np.nan)
    for i in range(system.n_species):
        k, l = system.mesh.edges[open_edge[:, i]].T
        label = connected_components(coo_matrix((np.ones(k.size), (k, l)), shape=(n, n)), directed=False)[1]
        present = np.isfinite(mu[:, i]) & np.isin(np.arange(n), np.concatenate([k, l]))
        by_label = np.full(n, np.nan)
        by_label[label[present]] = mu[present, i]
        for terminal in system.terminals:
            if terminal.held[i]:
                by_label[label[terminal.nodes]] = mu[terminal.nodes, i]
        level[present, i] = by_label[label[present]]
    return level


def levelled(system: System, u: np.ndarray) -> np.ndarray:
    """`u` with the concentrations that make mu~ uniform to round-off at the given potentials.

    What a nonlinear solver leaves of gradients of mu~ would appear in the response, divided by the mesh size.
    """
    result = u.copy()
    level = _levels(system, system.electrochemical_potential(u))
    w = result[: system.mesh.n_nodes * system.block_size].reshape(-1, system.block_size)[:, : system.n_species]
    for _ in range(LEVELLING):
        with np.errstate(invalid="ignore"):
            change = level - system.electrochemical_potential(result)
        change[~np.isfinite(change)] = 0.0
        w += np.einsum("nij,nj->ni", _inverse_slopes(system, result), change)
    return result


def linear_response(system: System, u: np.ndarray) -> Response:
    """Response of all terminal inflows to the mu~ of every species held at every terminal, one linear solve each.

    The Jacobian of the balances is taken to the variables mu~ and phi. At equilibrium its columns of phi vanish (a
    potential that changes with constant mu~ moves nothing), so that the balances alone determine the response.

    Parameters
    ----------
    system : System
    u : (size,) float64
        An equilibrium state of it.

    Raises
    ------
    InputError
        If the state is no equilibrium, or no species is held at a terminal.
    """
    spreads = equilibrium_spread(system, u)
    worst = max(spreads, key=spreads.get)
    if not spreads[worst] <= EQUILIBRIUM:
        raise InputError(
            f"the state is no equilibrium: the electrochemical potential of {worst} differs by {spreads[worst]:.3g} RT; "
            "reactions or the composition keep fluxes going"
        )
    balances = _Balances(system, levelled(system, u))
    groups = [(t, i) for t in system.terminals for i in np.flatnonzero(t.held) if t.owned[:, i].any()]
    if not groups:
        raise InputError("no terminal holds a species: there is nothing to drive")
    response, terms = np.empty((len(groups), len(groups))), np.empty((len(groups), len(groups)))
    for column, (terminal, j) in enumerate(groups):
        x = balances.driven(terminal.nodes[terminal.owned[:, j]], j)
        flows, sizes = balances.outflow(x)
        for row, (other, i) in enumerate(groups):
            nodes = _nodes_of(system, other, i)
            response[row, column] = flows[nodes, i].sum()
            terms[row, column] = sizes[nodes, i].sum()
    live = np.diag(response) > ROUND_OFF * np.diag(terms)
    if not live.any():
        raise InputError("no species can travel from a terminal that holds it to another one: there is nothing to drive")
    names = [(t.name, system.model.species[i].name) for t, i in groups]
    kept = response[np.ix_(live, live)]
    root = np.sqrt(np.diag(kept))
    relative = kept / np.outer(root, root)
    values = np.linalg.eigvalsh(0.5 * (relative + relative.T)) if root.size else np.zeros(1)
    return Response(
        forces=tuple(name for name, alive in zip(names, live) if alive),
        matrix=kept * _unit(system),
        passive=tuple(name for name, alive in zip(names, live) if not alive),
        asymmetry=float(np.abs(relative - relative.T).max(initial=0.0)),
        smallest_eigenvalue=float(values[0]),
        largest_eigenvalue=float(values[-1]),
        spread=max(spreads.values()),
    )


class _Balances:
    """Balances of all species as linear functions of mu~ about an equilibrium, factorised.

    What leaves node K is the sum over its neighbours of T_KL (x_L - x_K), plus what reacts. Sums of differences keep
    their digits where the flow along a thin layer is many decades weaker than the exchange across it, which the diagonal
    of the assembled matrix does not.
    """

    def __init__(self, system: System, u: np.ndarray):
        from scipy.sparse import bsr_matrix, diags
        from scipy.sparse.linalg import splu

        n, m, ns = system.mesh.n_nodes, system.block_size, system.n_species
        edges, reactions, pointer, column = system.transport_blocks(u)
        inverse = _inverse_slopes(system, u)
        row = np.repeat(np.arange(n), np.diff(pointer))
        own = row == column
        between = edges[:, :ns, :ns] @ inverse[column]
        self._row, self._column, self._between = row[~own], column[~own], between[~own]
        self._reaction = reactions[own][:, :ns, :ns] @ inverse
        blocks = between.copy()
        blocks[own] = self._reaction
        index = np.flatnonzero(own)  # one diagonal block for every node, in order
        np.subtract.at(blocks, index[self._row], self._between)
        fixed = np.zeros(n * m, dtype=bool)
        fixed[system.fixed_rows] = True
        self._fixed = fixed.reshape(n, m)[:, :ns]
        matrix = bsr_matrix((blocks, column, pointer), shape=(n * ns, n * ns)).tocsr()
        held = self._fixed.ravel().astype(float)
        matrix = diags(1.0 - held) @ matrix + diags(held)
        size = np.abs(matrix.diagonal())
        self._scale = np.sqrt(np.divide(1.0, size, out=np.ones_like(size), where=size > 0.0))
        self._solver = splu((diags(self._scale) @ matrix @ diags(self._scale)).tocsc())

    def outflow(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What leaves every node at mu~ = x ((n_nodes, n_species)), and what would if nothing in it cancelled."""
        difference = x[self._column] - x[self._row]
        parts = self._between * difference[:, None, :]
        reacting = self._reaction * x[:, None, :]
        flows, sizes = reacting.sum(axis=2), np.abs(reacting).sum(axis=2)
        np.add.at(flows, self._row, parts.sum(axis=2))
        apart = np.abs(x[self._column]) + np.abs(x[self._row])
        np.add.at(sizes, self._row, (np.abs(self._between) * apart[:, None, :]).sum(axis=2))
        return flows, sizes

    def driven(self, nodes: np.ndarray, species: int) -> np.ndarray:
        """mu~ at all nodes, (n_nodes, n_species), with 1 at `nodes` for `species` and 0 at all other held places."""
        x = np.zeros_like(self._fixed, dtype=float)
        x[nodes, species] = 1.0
        for _ in range(REFINEMENTS):
            defect = np.where(self._fixed, 0.0, -self.outflow(x)[0])
            x += (self._scale * self._solver.solve(self._scale * defect.ravel())).reshape(x.shape)
        return x


def _inverse_slopes(system: System, u: np.ndarray) -> np.ndarray:
    """Derivatives of w by mu~ at constant potential, (n_nodes, n_species, n_species)."""
    n, m, ns = system.mesh.n_nodes, system.block_size, system.n_species
    w = u[: n * m].reshape(n, m)[:, :ns]
    present = w > 0.0
    inverse = np.divide(1.0, w, out=np.ones_like(w), where=present)
    slope = np.zeros((n, ns, ns))
    slope[:, np.arange(ns), np.arange(ns)] = inverse
    laws = system.transport.laws
    if laws is not None:
        unit = system.coefficients.scales.concentration
        slope += laws.evaluate(w * unit)[1] * unit
    # scaled by sqrt(w), which keeps the small matrices well conditioned over any range of concentrations
    root = 1.0 / np.sqrt(inverse)
    outer = root[:, :, None] * root[:, None, :]
    return np.linalg.inv(slope * outer) * outer


def _nodes_of(system: System, terminal, i: int) -> np.ndarray:
    """Nodes whose balances add up to the inflow of species i; behind a thin surface edge the vanishing one takes part."""
    own = terminal.nodes[terminal.owned[:, i]]
    return own if system.mesh.dimension > 1 else np.union1d(own, terminal.inner_nodes)


def _unit(system: System) -> float:
    """Of dimensionless flow over mu~/RT, in mol²/(J s)."""
    scales = system.coefficients.scales
    one_dimensional = system.mesh.coordinates == "cartesian" and system.mesh.dimension == 1
    area = 1.0 if one_dimensional else system.coefficients.area_scale
    return scales.flux * area / (GAS_CONSTANT * scales.temperature)
