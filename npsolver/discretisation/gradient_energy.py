"""Gradient energy: what makes the interface between two phases of a solid diffuse (Cahn and Hilliard).

With the free energy ``sum_K V_K f(x_K) + kappa/2 sum_KL (A/h) (x_L - x_K)²`` per site the chemical potential of a node contains
``-kappa/V_K sum_L (A/h) (x_L - x_K)`` (J. W. Cahn and J. E. Hilliard, J. Chem. Phys. 28 (1958) 258, eq. 2.5; the variation of
the discrete energy, so that fluxes down its differences never raise it). It depends on the neighbours, and so does every
flux: balances reach to the second neighbours.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import coo_array, csr_array

from npsolver.discretisation.coefficients import Coefficients
from npsolver.discretisation.pattern import BlockPattern
from npsolver.mesh import Mesh
from npsolver.model import Model


def second_neighbours(mesh: Mesh) -> np.ndarray:
    """Pairs of nodes that a third one joins, (n, 2) int32."""
    k, l = mesh.edges.T
    joined = coo_array(
        (np.ones(2 * k.size), (np.concatenate([k, l]), np.concatenate([l, k]))), shape=(mesh.n_nodes,) * 2
    )
    twice = (joined.tocsr() @ joined.tocsr()).tocoo()
    above = twice.row < twice.col
    return np.column_stack([twice.row[above], twice.col[above]]).astype(np.int32)


def interface_width(model: Model) -> float:
    """Smallest width of an interface between two phases, sqrt(kappa/(2 Omega - 4 RT)), m; infinite where there is none."""
    laws = [law for own in (model.excess, *model.local_excess.values()) for law in own if getattr(law, "gradient", 0.0)]
    return min(
        (math.sqrt(law.gradient / (2.0 * law.interaction - 4.0)) for law in laws if law.interaction > 2.0),
        default=math.inf,
    )


class GradientEnergy:
    """Part of mu_ex that neighbours make, and its derivatives.

    Parameters
    ----------
    model : Model
    mesh : Mesh
    coefficients : Coefficients
    pattern : BlockPattern
        With `second_neighbours`.

    Attributes
    ----------
    operators : dict of int to csr_array (n_nodes, n_nodes)
        By species: mu_ex/RT is this times w.
    """

    def __init__(self, model: Model, mesh: Mesh, coefficients: Coefficients, pattern: BlockPattern):
        self.operators: dict[int, csr_array] = {}
        self._pattern, self._n = pattern, mesh.n_nodes
        row = np.repeat(np.arange(self._n, dtype=np.int64), np.diff(pattern.pointer))
        self._key = row * self._n + pattern.column
        laws, unit = model.phase_laws, coefficients.scales.concentration
        for number, region in enumerate(model.regions):
            for law in laws.inside(region):
                if getattr(law, "gradient", 0.0):
                    own = law.gradient * unit / law.largest * _laplacian(mesh, number)
                    before = self.operators.get(law.member)
                    self.operators[law.member] = own if before is None else before + own

    def add(self, w: np.ndarray, mu: np.ndarray) -> None:
        """Add to mu_ex/RT of all nodes; both (n_nodes, n_species)."""
        for i, operator in self.operators.items():
            mu[:, i] += operator @ w[:, i]

    def add_derivatives(self, by_excess: np.ndarray, i: int, blocks: np.ndarray) -> None:
        """Add the derivatives of the balances by w of species i.

        Parameters
        ----------
        by_excess : (n_blocks, block_size) float64
            Derivatives of the balances by mu_ex/RT of species i at the nodes.
        blocks : (n_blocks, block_size, block_size) float64
        """
        pattern = self._pattern
        for r in range(by_excess.shape[1]):
            if not by_excess[:, r].any():
                continue
            outer = csr_array((by_excess[:, r], pattern.column, pattern.pointer), shape=(self._n, self._n))
            product = (outer @ self.operators[i]).tocoo()
            at = np.searchsorted(self._key, product.row.astype(np.int64) * self._n + product.col)
            inside = product.data != 0.0  # what is empty reaches further than the second neighbours
            np.add.at(blocks[:, r, i], at[inside], product.data[inside])


def _laplacian(mesh: Mesh, region: int) -> csr_array:
    """-1/V sum (A/h) (x_L - x_K) inside one region, without flow through its surface, 1/m²."""
    edges = np.flatnonzero(mesh.edge_region == region)
    cells = np.flatnonzero(mesh.cell_region == region)
    volume = np.bincount(mesh.cell_node[cells], weights=mesh.cell_volume[cells], minlength=mesh.n_nodes)
    k, l = mesh.edges[edges].T.astype(np.int64)
    g = mesh.edge_area[edges] / mesh.edge_length[edges]
    parts = [(k, k, g / volume[k]), (k, l, -g / volume[k]), (l, l, g / volume[l]), (l, k, -g / volume[l])]
    row, column, value = (np.concatenate(item) for item in zip(*parts))
    return csr_array(coo_array((value, (row, column)), shape=(mesh.n_nodes,) * 2))
