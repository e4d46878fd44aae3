"""One-dimensional meshes: plane, cylindrical and spherical shells."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from npsolver.mesh.geometry import Geometry
from npsolver.mesh.mesh import Mesh

# Thickness of the edge that joins the two nodes of a surface, relative to the shorter neighbouring edge. The jump
# of mu~ across it is that fraction of the drop over the neighbouring edge; a much thinner one would leave the flux,
# a difference of nearly equal numbers divided by the thickness, with few digits.
SURFACE_THICKNESS = 1e-4


def _area(coordinates: str, r):
    if coordinates == "cartesian":
        return np.ones_like(r)
    return 2 * np.pi * r if coordinates == "cylindrical" else 4 * np.pi * r**2


def _volume(coordinates: str, a, b):
    if coordinates == "cartesian":
        return b - a
    if coordinates == "cylindrical":
        return np.pi * (b - a) * (b + a)
    return 4 / 3 * np.pi * (b - a) * (a * a + a * b + b * b)


def interval_mesh(
    geometry: Geometry,
    positions: np.ndarray,
    *,
    split: bool | np.ndarray = False,
    outside: Collection[str] = (),
) -> Mesh:
    """Box-method mesh of an interval.

    Parameters
    ----------
    geometry : Geometry
    positions : (n,) float64
        Increasing node positions that contain every interface, m.
    split : bool or (n_interfaces,) bool
        Which interfaces between regions (all or none) get two nodes, so that potential and concentrations can jump there.
    outside : collection of str
        Boundaries ("left", "right") that get a further node outside, joined by a surface edge.

    Returns
    -------
    Mesh
        Measures per m² of a plane, per m of a cylinder, or of the whole sphere.
    """
    x = np.asarray(positions, dtype=float)
    names = tuple(name for name, _ in geometry.regions)
    ends = geometry.origin + np.cumsum([length for _, length in geometry.regions])
    middle = 0.5 * (x[1:] + x[:-1])
    region = np.searchsorted(ends, middle).astype(np.int32)
    coordinates = geometry.coordinates
    length = np.diff(x)
    area = _area(coordinates, middle)
    n = x.size

    # cells left and right of every edge's midpoint, in order along x
    left_volume = _volume(coordinates, x[:-1], middle)
    right_volume = _volume(coordinates, middle, x[1:])
    interface = np.flatnonzero(region[1:] != region[:-1]) + 1  # node index
    jumps = interface[np.broadcast_to(split, interface.shape)]
    shift = np.zeros(n, dtype=int)  # how many extra nodes come before node i
    shift[jumps] += 1
    shift = np.cumsum(shift)
    first = int("left" in outside)
    node_right = np.arange(n) + shift + first  # node that owns what lies to the right of x_i
    node_left = node_right.copy()
    node_left[jumps] -= 1

    edges = [np.column_stack([node_right[:-1], node_left[1:]])]
    lengths, areas, regions = [length], [area], [region]
    interfaces: list[tuple[int, int]] = []

    def surface(k, l, at, thickness, a, b):
        edges.append(np.array([[k, l]]))
        lengths.append(np.array([thickness * SURFACE_THICKNESS]))
        areas.append(_area(coordinates, np.array([at])))
        regions.append(np.array([len(names) + len(interfaces)]))
        interfaces.append((a, b))

    for j in jumps:
        surface(node_left[j], node_right[j], x[j], min(length[j - 1], length[j]), int(region[j - 1]), int(region[j]))
    has_left = coordinates == "cartesian" or x[0] > 0
    if "left" in outside:
        surface(0, 1, x[0], length[0], -1, int(region[0]))
    if "right" in outside:
        surface(node_left[-1], node_left[-1] + 1, x[-1], length[-1], int(region[-1]), -2 if has_left else -1)
    edges = np.concatenate(edges)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    total = int(node_left[-1]) + 1 + int("right" in outside)

    coordinate = np.empty(total)
    coordinate[node_left] = x
    coordinate[node_right] = x
    coordinate[0], coordinate[-1] = x[0], x[-1]

    # a node inside one region has one cell: merge its two halves
    cell_node = np.concatenate([node_right[:-1], node_left[1:]])
    cell_region = np.concatenate([region, region])
    volume = np.concatenate([left_volume, right_volume])
    key = cell_node.astype(np.int64) * len(names) + cell_region
    unique, inverse = np.unique(key, return_inverse=True)
    cell_volume = np.bincount(inverse, weights=volume)

    boundaries = {}
    if has_left:
        boundaries["left"] = (np.array([0], dtype=np.int32), _area(coordinates, x[:1]))
    boundaries["right"] = (np.array([total - 1], dtype=np.int32), _area(coordinates, x[-1:]))
    return Mesh(
        coordinates=coordinates,
        nodes=coordinate[:, None],
        edges=np.ascontiguousarray(edges[order], dtype=np.int32),
        edge_length=np.concatenate(lengths)[order],
        edge_area=np.concatenate(areas)[order],
        edge_region=np.concatenate(regions)[order].astype(np.int32),
        cell_node=(unique // len(names)).astype(np.int32),
        cell_region=(unique % len(names)).astype(np.int32),
        cell_volume=cell_volume,
        boundaries=boundaries,
        region_names=names,
        interfaces=tuple(interfaces),
    )
