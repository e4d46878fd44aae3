"""Three-dimensional meshes from plane ones: control volumes are prisms, as good as the plane mesh."""

from __future__ import annotations

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.mesh import Mesh

SOLIDS = {"triangle": "wedge", "quad": "hexahedron"}


def extruded(plane: Mesh, heights: np.ndarray, *, low: str = "bottom", high: str = "top") -> Mesh:
    """Stack a plane Cartesian mesh along z.

    Parameters
    ----------
    plane : Mesh
        Two-dimensional; its regions and boundaries become prisms and walls of the same name.
    heights : (n,) float64, m
        Increasing positions of the layers of nodes.
    low, high : str
        Names of the end faces; empty for none.
    """
    z = np.asarray(heights, dtype=float)
    if plane.dimension != 2 or plane.coordinates != "cartesian":
        raise InputError("expected a Cartesian mesh in two dimensions to extrude", key="mesh")
    if z.ndim != 1 or z.size < 2 or not (np.isfinite(z).all() and np.all(np.diff(z) > 0)):
        raise InputError("expected at least two increasing heights", key="mesh: heights")
    for name in (low, high):
        if name in plane.boundaries:
            raise InputError(f"{name!r} is already the name of a side; choose another name", key="mesh")
    n, layers = plane.n_nodes, z.size
    middle = 0.5 * (z[1:] + z[:-1])
    thickness = np.diff(np.concatenate([z[:1], middle, z[-1:]]))
    # node (i, k) has number k n + i
    shift = n * np.arange(layers)

    def stacked(nodes):
        return (nodes[None] + shift.reshape(-1, *[1] * nodes.ndim)).reshape(-1, *nodes.shape[1:])

    flat = stacked(plane.edges)
    pillars = np.concatenate([np.column_stack([plane.cell_node + s, plane.cell_node + s + n]) for s in shift[:-1]])
    edges = np.concatenate([flat, pillars])
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    boundaries = {
        name: (stacked(nodes).astype(np.int32), np.outer(thickness, areas).ravel())
        for name, (nodes, areas) in plane.boundaries.items()
    }
    for name, first in ((low, 0), (high, shift[-1])):
        if name:
            boundaries[name] = ((np.arange(n) + first).astype(np.int32), plane.node_volume)
    facets = None
    if plane.facets is not None and plane.elements is not None and len(plane.elements) == 1:
        facets = {}
        for name, lines in plane.facets.items():
            below = stacked(lines)[: len(lines) * (layers - 1)]
            facets[name] = np.hstack([below, below[:, ::-1] + n]).astype(np.int32)
        (corners,) = plane.elements.values()
        for name, first in ((low, 0), (high, shift[-1])):
            if name:
                facets[name] = (corners + first).astype(np.int32)
    elements, regions, start = {}, [], 0
    for shape, corners in (plane.elements or {}).items():
        below = stacked(corners)[: len(corners) * (layers - 1)]
        elements[SOLIDS[shape]] = np.hstack([below, below + n]).astype(np.int32)
        regions.append(np.tile(plane.element_region[start : start + len(corners)], layers - 1))
        start += len(corners)
    cells = plane.n_cells
    return Mesh(
        coordinates="cartesian",
        nodes=np.column_stack([np.tile(plane.nodes, (layers, 1)), np.repeat(z, n)]),
        edges=np.ascontiguousarray(edges[order], dtype=np.int32),
        edge_length=np.append(np.tile(plane.edge_length, layers), np.repeat(np.diff(z), cells))[order],
        edge_area=np.append(np.outer(thickness, plane.edge_area), np.tile(plane.cell_volume, layers - 1))[order],
        edge_region=np.append(np.tile(plane.edge_region, layers), np.tile(plane.cell_region, layers - 1))[order],
        cell_node=(np.tile(plane.cell_node, layers) + np.repeat(shift, cells)).astype(np.int32),
        cell_region=np.tile(plane.cell_region, layers),
        cell_volume=np.outer(thickness, plane.cell_volume).ravel(),
        boundaries=boundaries,
        region_names=plane.region_names,
        elements=elements or None,
        element_region=np.concatenate(regions) if regions else None,
        facets=facets,
    )
