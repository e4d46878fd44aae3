"""Vectors from what crosses the faces of control volumes, for pictures and files."""

from __future__ import annotations

import numpy as np

from npsolver.mesh.mesh import Mesh

# Weight, relative to the edges, that draws a component which no edge sees to zero.
REGULARISATION = 1e-12


def cell_vectors(mesh: Mesh, along: np.ndarray) -> np.ndarray:
    """Vector of every cell that fits the components along its edges best.

    Weighted least squares with area times length, the share of each edge in the control volume: exact for a uniform
    vector. Edges count only for the cells of their own region, so that vectors may jump at interfaces.

    Parameters
    ----------
    mesh : Mesh
    along : (n_edges,) float64
        Component along every edge, from its first to its second node.

    Returns
    -------
    (n_cells, dim) float64
    """
    dim, n_regions = mesh.dimension, len(mesh.region_names)
    inner = np.flatnonzero(mesh.edge_region < n_regions)
    edges = mesh.edges[inner]
    direction = mesh.nodes[edges[:, 1]] - mesh.nodes[edges[:, 0]]
    direction /= mesh.edge_length[inner, None]
    weight = np.abs(mesh.edge_area[inner]) * mesh.edge_length[inner]
    key = mesh.cell_node.astype(np.int64) * n_regions + mesh.cell_region
    order = np.argsort(key, kind="stable")
    wanted = edges.astype(np.int64) * n_regions + mesh.edge_region[inner, None]
    cells = order[np.searchsorted(key[order], wanted)]

    def collected(values):
        return sum(np.bincount(cells[:, side], weights=values, minlength=mesh.n_cells) for side in (0, 1))

    matrix = np.empty((mesh.n_cells, dim, dim))
    right = np.empty((mesh.n_cells, dim))
    for p in range(dim):
        right[:, p] = collected(weight * direction[:, p] * along[inner])
        for q in range(p, dim):
            matrix[:, p, q] = matrix[:, q, p] = collected(weight * direction[:, p] * direction[:, q])
    total = np.trace(matrix, axis1=1, axis2=2)
    matrix += (REGULARISATION * np.where(total > 0.0, total, 1.0))[:, None, None] * np.eye(dim)
    return np.linalg.solve(matrix, right[:, :, None])[:, :, 0]
