"""Prisms whose regions change from layer to layer: pores through membranes between reservoirs, out of a plane mesh."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.extrude import SOLIDS
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.simplex import check_connected
from npsolver.mesh.simplex_measures import facet_measures

# Centres of faces ((n, 3), m) and the regions on both sides, low and high ((n, 2) str, "" outside): which ones to name.
Choice = Callable[[np.ndarray, np.ndarray], np.ndarray]


def layered(
    plane: Mesh,
    layers: Sequence[tuple[np.ndarray, Mapping[str, str]]],
    surfaces: Mapping[str, Choice] | None = None,
    *,
    optional: Sequence[str] = (),
) -> Mesh:
    """Stack a plane Cartesian mesh along z, with other regions in every layer.

    The control volumes are those of the plane mesh times an interval: every dual face is positive, whatever the shape
    of the cross-section.

    Parameters
    ----------
    plane : Mesh
        Two-dimensional, of triangles or boxes. Its regions are what can change from layer to layer.
    layers : sequence of (heights, names)
        From below: increasing positions of the nodes, m, each layer beginning where the one before ends, and the
        name of the region above each region of `plane`; one that is left out or ``""`` is a hole.
    surfaces : mapping of str to callable, optional
        Which outer faces and interfaces have a name, chosen by centre ((n, 3), m) and by the regions on both sides
        ((n, 2) str; ``""`` outside); later names overwrite earlier ones.
    optional : sequence of str
        Names that are left out where they are nowhere.

    Raises
    ------
    InputError
        If the layers do not follow each other, parts do not touch, or a name is nowhere.
    """
    z, below = _heights(plane, layers)
    names = tuple(dict.fromkeys(name for _, own in layers for name in own.values() if name))
    if not names:
        raise InputError("expected at least one region", key="mesh")
    number = {name: i for i, name in enumerate(names)} | {"": -1}
    # region above plane region c between heights j and j + 1
    region = np.array([[number[own.get(c, "")] for c in plane.region_names] for own in (layers[b][1] for b in below)])
    stack = _Stack(plane, z, region)
    key, length, area = stack.edges()
    cells, volume = stack.cells()
    used = np.zeros(stack.size, dtype=bool)
    used[cells[:, 0]] = True
    renumbered = np.cumsum(used) - 1
    boundaries, facets = _boundaries(stack, names, surfaces or {}, optional, renumbered)
    elements, owner = stack.elements(renumbered)
    nodes = np.column_stack([np.tile(plane.nodes, (z.size, 1)), np.repeat(z, plane.n_nodes)])[used]
    edges = np.ascontiguousarray(renumbered[key[:, :2]], dtype=np.int32)
    (corners,) = elements.values()
    check_connected(edges, len(nodes), nodes, corners, owner, names)
    return Mesh(
        coordinates="cartesian",
        nodes=nodes,
        edges=edges,
        edge_length=length,
        edge_area=area,
        edge_region=key[:, 2].astype(np.int32),
        cell_node=renumbered[cells[:, 0]].astype(np.int32),
        cell_region=cells[:, 1].astype(np.int32),
        cell_volume=volume,
        boundaries=boundaries,
        region_names=names,
        elements=elements,
        element_region=owner,
        facets=facets,
    )


def _heights(plane, layers):
    """Heights of all nodes, and the layer of every interval between them."""
    if plane.dimension != 2 or plane.coordinates != "cartesian" or len(plane.elements or ()) != 1:
        raise InputError("expected a Cartesian mesh of triangles or boxes in two dimensions", key="mesh")
    if not layers:
        raise InputError("expected at least one layer", key="mesh: layers")
    parts = [np.asarray(heights, dtype=float) for heights, _ in layers]
    for i, (part, (_, own)) in enumerate(zip(parts, layers)):
        if part.ndim != 1 or part.size < 2 or not (np.isfinite(part).all() and np.all(np.diff(part) > 0)):
            raise InputError("expected at least two increasing heights", key=f"mesh: layer {i + 1}")
        if i and abs(part[0] - parts[i - 1][-1]) > 1e-9 * (part[-1] - part[0]):
            raise InputError(
                f"begins at {part[0]:.6g} m, but the one below ends at {parts[i - 1][-1]:.6g} m",
                key=f"mesh: layer {i + 1}",
            )
        for name in own:
            if name not in plane.region_names:
                raise InputError(
                    f"{name!r} is no region of the plane mesh ({', '.join(plane.region_names)})",
                    key=f"mesh: layer {i + 1}",
                )
    z = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    return z, np.repeat(np.arange(len(parts)), [part.size - 1 for part in parts])


class _Stack:
    """Measures of prisms; node i of the plane at height j has number j n + i."""

    def __init__(self, plane: Mesh, z: np.ndarray, region: np.ndarray):
        self.plane, self.z, self.region = plane, z, region
        self.n, self.size = plane.n_nodes, plane.n_nodes * z.size
        self.thickness = np.diff(z)
        ((self.shape, corners),) = plane.elements.items()
        self.corners = corners.astype(np.int64)

    def edges(self):
        """(first node, second node, region), length and area of every edge."""
        plane, n = self.plane, self.n
        keys, lengths, areas = [], [], []
        for j, thickness in enumerate(self.thickness):
            owner = self.region[j][plane.edge_region]
            for level in (j, j + 1):
                keys.append(np.column_stack([plane.edges + n * level, owner]))
                lengths.append(plane.edge_length)
                areas.append(0.5 * thickness * plane.edge_area)
            low = plane.cell_node + n * j
            keys.append(np.column_stack([low, low + n, self.region[j][plane.cell_region]]))
            lengths.append(np.full(plane.n_cells, thickness))
            areas.append(plane.cell_volume)
        key, lengths = np.concatenate(keys).astype(np.int64), np.concatenate(lengths)
        key, area, first = _summed(key, np.concatenate(areas))
        return key, lengths[first], area

    def cells(self):
        """(node, region) and volume of every part of a control volume."""
        plane = self.plane
        keys, volumes = [], []
        for j, thickness in enumerate(self.thickness):
            owner = self.region[j][plane.cell_region]
            for level in (j, j + 1):
                keys.append(np.column_stack([plane.cell_node + self.n * level, owner]))
                volumes.append(0.5 * thickness * plane.cell_volume)
        key, volume, _ = _summed(np.concatenate(keys).astype(np.int64), np.concatenate(volumes))
        return key, volume

    def elements(self, renumbered):
        """Prisms and their regions."""
        found, owners = [], []
        for j in range(self.thickness.size):
            owner = self.region[j][self.plane.element_region]
            low = self.corners[owner >= 0] + self.n * j
            found.append(np.hstack([low, low + self.n]))
            owners.append(owner[owner >= 0])
        corners = renumbered[np.concatenate(found)].astype(np.int32)
        return {SOLIDS[self.shape]: corners}, np.concatenate(owners).astype(np.int32)

    def faces(self):
        """Faces between different regions, or on the outside, flat ones and upright ones.

        Yields corners, regions on both sides (-1 outside), and the share of its area that each corner gets.
        """
        flat, shares = self.corners, self._shares()
        outside = np.full(len(flat), -1)
        for j in range(self.z.size):
            low = self.region[j - 1][self.plane.element_region] if j else outside
            high = self.region[j][self.plane.element_region] if j < self.thickness.size else outside
            chosen = low != high
            yield flat[chosen] + self.n * j, np.column_stack([low, high])[chosen], shares[chosen]
        lines, beside = self._lines()
        length = np.linalg.norm(np.diff(self.plane.nodes[lines], axis=1)[:, 0], axis=1)
        for j, thickness in enumerate(self.thickness):
            pair = np.where(beside >= 0, self.region[j][beside], -1)
            chosen = pair[:, 0] != pair[:, 1]
            low = lines[chosen] + self.n * j
            share = np.repeat((0.25 * thickness * length[chosen])[:, None], 4, axis=1)
            yield np.hstack([low, low[:, ::-1] + self.n]), pair[chosen], share

    def _shares(self):
        """Area that each corner of an element of the plane gets."""
        places = self.plane.nodes[self.corners]
        if self.shape == "quad":
            area = np.ptp(places, axis=1).prod(axis=1)
            return np.repeat(0.25 * area[:, None], 4, axis=1)
        space = np.column_stack([self.plane.nodes, np.zeros(self.n)])
        nodes, areas = facet_measures(space, self.corners, False)
        return np.stack([np.where(nodes == corner, areas, 0.0).sum(axis=0) for corner in self.corners.T], axis=1)

    def _lines(self):
        """Sides of the plane elements ((n, 2) int64) and the plane regions on both sides, -1 outside."""
        m = self.corners.shape[1]
        sides = np.sort(np.concatenate([self.corners[:, [i, (i + 1) % m]] for i in range(m)]), axis=1)
        order = np.lexsort((sides[:, 1], sides[:, 0]))
        sides, owner = sides[order], np.tile(self.plane.element_region, m)[order]
        first = np.flatnonzero(np.append(True, (np.diff(sides, axis=0) != 0).any(axis=1)))
        twice = np.diff(np.append(first, len(sides))) == 2
        other = np.where(twice, owner[np.minimum(first + 1, owner.size - 1)], -1)
        return sides[first], np.column_stack([owner[first], other])


def _summed(key, values):
    """Different rows of non-negative region in the last column, the sums of their values, and where each comes first."""
    inside = np.flatnonzero(key[:, -1] >= 0)
    order = inside[np.lexsort(key[inside].T[::-1])]
    key = key[order]
    start = np.flatnonzero(np.append(True, (key[1:] != key[:-1]).any(axis=1)))
    return key[start], np.add.reduceat(values[order], start), order[start]


def _boundaries(stack, names, surfaces, optional, renumbered):
    """Nodes and areas of the named faces; their corners where all of them are of one shape."""
    found: dict[str, list] = {name: [] for name in surfaces}
    words = np.array([*names, ""], dtype=object)
    places = np.column_stack([np.tile(stack.plane.nodes, (stack.z.size, 1)), np.repeat(stack.z, stack.n)])
    for corners, pair, shares in stack.faces():
        if not len(corners):
            continue
        centres, label = places[corners].mean(axis=1), np.full(len(corners), -1)
        for index, choice in enumerate(surfaces.values()):
            label[np.asarray(choice(centres, words[pair]), dtype=bool)] = index
        for index, name in enumerate(surfaces):
            if (label == index).any():
                found[name].append((renumbered[corners[label == index]], shares[label == index]))
    boundaries, facets = {}, {}
    for name, parts in found.items():
        if not parts and name in optional:
            continue
        if not parts:
            raise InputError("lies on no outer surface and on no interface", key=f"surface {name!r}")
        nodes = np.concatenate([corners.ravel() for corners, _ in parts])
        unique, position = np.unique(nodes, return_inverse=True)
        areas = np.bincount(position, np.concatenate([shares.ravel() for _, shares in parts]))
        boundaries[name] = (unique.astype(np.int32), areas)
        if len({corners.shape[1] for corners, _ in parts}) == 1:
            facets[name] = np.concatenate([corners for corners, _ in parts]).astype(np.int32)
    return boundaries, facets
