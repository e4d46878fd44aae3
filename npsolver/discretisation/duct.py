"""Laminar flow through a straight channel of any constant cross-section.

The velocity of fully developed flow solves laplace(u) = const with u = 0 on the walls (R. K. Shah, A. L. London, Laminar
Flow Forced Convection in Ducts (1978), ch. II). It is found on the cross-section of the mesh itself, by the box method:
columns of nodes along the flow are the unknowns, so that what enters a column leaves it, to round-off.
"""

from __future__ import annotations

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh import Mesh

# Positions and areas that differ by less than this part are the same.
SAME = 1e-9
# A control volume whose lateral faces add to less than this part of their sizes is closed: it touches no wall.
CLOSED = 1e-6
AXES = "xyz"


def channel_columns(mesh: Mesh, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns of nodes along `axis` in a channel of constant cross-section.

    Returns
    -------
    column : (n_nodes,) int
    area : (n_columns,) float64, m²
        Cross-section of every column.

    Raises
    ------
    InputError
        If the section is not constant, or the mesh has no such columns.
    """
    name = AXES[axis]
    extent = np.ptp(mesh.nodes, axis=0)
    across = np.delete(mesh.nodes, axis, axis=1)
    lattice = np.round((across - across.min(axis=0)) / (SAME * extent.max())).astype(np.int64)
    # neighbouring numbers may be the same position, rounded up and down
    order = np.lexsort(lattice.T)
    step = np.abs(np.diff(lattice[order], axis=0)).max(axis=1) > 1
    column = np.empty(mesh.n_nodes, dtype=np.int64)
    column[order] = np.concatenate([[0], np.cumsum(step)])
    along, _ = _directions(mesh, axis)
    # parallel edges of several regions lie between the same nodes
    pairs, which = np.unique(np.sort(mesh.edges[along], axis=1), axis=0, return_inverse=True)
    face = np.bincount(which.ravel(), weights=mesh.edge_area[along])
    length = np.abs(np.subtract(*mesh.nodes[pairs, axis].T))
    owner = column[pairs[:, 0]]
    n_columns = int(column.max()) + 1
    reach = np.bincount(owner, weights=length, minlength=n_columns)
    area = np.bincount(owner, weights=face * length, minlength=n_columns) / np.where(reach > 0.0, reach, 1.0)
    # the faces of pores, holes and steps make columns that end inside, or whose section changes
    ends = np.abs(reach - extent[axis]) > 1e3 * SAME * extent[axis]
    changes = np.abs(face - area[owner]) > 1e3 * SAME * area[owner]
    if ends.any() or changes.any():
        where = across[np.flatnonzero(column == np.flatnonzero(ends)[0])[0]] if ends.any() else across[pairs[changes][0, 0]]
        others = " and ".join(
            f"{other} = {value:.4g} m" for other, value in zip(AXES.replace(name, ""), where)
        )
        raise InputError(
            f"'poiseuille' in three dimensions is the flow through a channel along {name} whose cross-section is the same "
            f"everywhere, of boxes or prisms; here it changes at {others}: give a field, or use profile = \"plug\"",
            key="convection: profile",
        )
    return column, area


def channel_flows(mesh: Mesh, axis: int, mean: float) -> np.ndarray:
    """Volume flow along every edge, from K to L ((n_edges,), m³/s), of laminar flow with mean velocity `mean` (m/s)."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.linalg import spsolve

    column, area = channel_columns(mesh, axis)
    along, beside = _directions(mesh, axis)
    n = area.size
    k, l = column[mesh.edges[beside]].T
    # faces beside one another along the column add up
    weight = mesh.edge_area[beside] / mesh.edge_length[beside]
    free = ~_at_walls(mesh, column, beside, n)
    if not free.any():
        raise InputError("has no node between its walls; refine the mesh", key="convection: profile")
    matrix = csr_matrix(
        (np.concatenate([weight, weight, -weight, -weight]), (np.concatenate([k, l, k, l]), np.concatenate([k, l, l, k]))),
        shape=(n, n),
    )[free][:, free]
    u = np.zeros(n)
    u[free] = spsolve(matrix.tocsc(), area[free])
    u *= mean * area.sum() / (u @ area)
    result = np.zeros(mesh.n_edges)
    sign = np.sign(mesh.nodes[mesh.edges[along, 1], axis] - mesh.nodes[mesh.edges[along, 0], axis])
    result[along] = sign * u[column[mesh.edges[along, 0]]] * mesh.edge_area[along]
    return result


def _directions(mesh: Mesh, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges along the axis and edges across it; InputError where there are others."""
    inside = np.flatnonzero(mesh.edge_region < len(mesh.region_names))
    gap = np.abs(mesh.nodes[mesh.edges[inside, 1], axis] - mesh.nodes[mesh.edges[inside, 0], axis])
    ratio = gap / mesh.edge_length[inside]
    along, beside = inside[ratio > 1.0 - SAME], inside[ratio < SAME]
    if along.size + beside.size < inside.size:
        raise InputError(
            f"'poiseuille' in three dimensions needs a mesh of layers along {AXES[axis]}, as boxes and prisms have; "
            "tetrahedra have none: give a field",
            key="convection: profile",
        )
    return along, beside


def _at_walls(mesh: Mesh, column: np.ndarray, beside: np.ndarray, n: int) -> np.ndarray:
    """Columns that touch the outline of the section: the lateral faces towards their neighbours do not close."""
    k, l = column[mesh.edges[beside]].T
    ends = mesh.nodes[mesh.edges[beside]]
    faces = (ends[:, 1] - ends[:, 0]) / mesh.edge_length[beside, None] * mesh.edge_area[beside, None]
    total = np.stack([np.bincount(k, faces[:, d], n) - np.bincount(l, faces[:, d], n) for d in range(3)])
    size = np.bincount(k, mesh.edge_area[beside], n) + np.bincount(l, mesh.edge_area[beside], n)
    return np.linalg.norm(total, axis=0) > CLOSED * size
