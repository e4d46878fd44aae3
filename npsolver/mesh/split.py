"""Two nodes at one place where potential and concentrations jump: interfaces between phases, and outer surfaces.

What lies between the two nodes is a thin edge with the area of the surface that belongs to them. In one dimension
`npsolver.mesh.interval_mesh` does the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.interval import SURFACE_THICKNESS
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.nesting import SplitNesting
from npsolver.mesh.simplex_measures import facet_measures

# Facets of an element by its shape, as positions of its corners in the order of VTK.
FACETS = {
    "triangle": ((0, 1), (1, 2), (2, 0)),
    "quad": ((0, 1), (1, 2), (2, 3), (3, 0)),
    "tetra": ((0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)),
    "wedge": ((0, 1, 2), (3, 4, 5), (0, 1, 4, 3), (1, 2, 5, 4), (2, 0, 3, 5)),
    "hexahedron": ((0, 1, 2, 3), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)),
}


def split_mesh(mesh: Mesh, phase: np.ndarray, outside: Mapping[str, np.ndarray]) -> Mesh:
    """A copy of `mesh` whose nodes are split where phases meet and at surfaces that get nodes outside.

    Parameters
    ----------
    mesh : Mesh
        In two or three dimensions, with elements and facets.
    phase : (n_regions,) int
        Regions with the same number keep common nodes.
    outside : mapping of str to (n_regions,) bool
        For some boundaries, beside which regions their nodes get a partner outside that carries the boundary values.

    Returns
    -------
    Mesh
        A node per place and phase; nodes outside follow, one per boundary, place and phase. The thickness of the edges
        in between is `SURFACE_THICKNESS` of the edge normal to the surface, which is taken from the volumes beside it.

    Raises
    ------
    InputError
        If the mesh does not know its elements or the facets of a boundary that must be split.
    """
    if mesh.elements is None:
        raise InputError("does not know its elements, which are needed where the potential jumps", key="mesh")
    phase = np.asarray(phase, dtype=np.int64)
    split = _Split(mesh, phase)
    new_nodes, kinds = [split.place], [split.phase_of_copy]
    edges, lengths, areas, regions = [split.edges], [mesh.edge_length], [mesh.edge_area], [mesh.edge_region]
    interfaces: dict[tuple[int, int], int] = {}

    def surface_edges(k, l, area, thickness, beside):
        edges.append(np.column_stack([k, l]))
        areas.append(area)
        lengths.append(thickness)
        numbers = [interfaces.setdefault((int(a), int(b)), len(interfaces)) for a, b in beside]
        regions.append(len(mesh.region_names) + np.array(numbers, dtype=np.int64))

    node, a, b, area = split.interface_parts()
    if node.size:
        k, l = split.copy(node, phase[a]), split.copy(node, phase[b])
        _, pair = np.unique(k * split.count + l, return_inverse=True)  # several regions of one phase share the pair
        whole = np.bincount(pair, weights=area)[pair]
        volume = np.minimum(split.volume[k], split.volume[l])
        surface_edges(k, l, area, SURFACE_THICKNESS * 2 * volume / whole, np.column_stack([a, b]))

    total, names = split.count, sorted(mesh.boundaries)
    boundaries = {}
    for number, name in enumerate(mesh.boundaries):
        node, region, area = split.boundary_parts(name, outside.get(name) is not None)
        if node.size == 0:
            boundaries[name] = split.unsplit_boundary(name)
            continue
        inner = split.copy(node, phase[region])
        goes_out = np.zeros(inner.size, dtype=bool) if name not in outside else np.asarray(outside[name])[region]
        partners, which = np.unique(inner[goes_out], return_inverse=True)
        whole = np.bincount(which, weights=area[goes_out])
        carrier = inner.copy()
        carrier[goes_out] = total + which
        if partners.size:
            thickness = SURFACE_THICKNESS * 2 * split.volume[partners] / whole
            beside = np.column_stack([np.full(which.size, -1 - number), region[goes_out]])
            surface_edges(inner[goes_out], carrier[goes_out], area[goes_out], thickness[which], beside)
            new_nodes.append(split.place[partners])
            kinds.append((1 + names.index(name)) * split.phases + split.phase_of_copy[partners])
            total += partners.size
        share = np.where(split.counted_twice, 0.5, 1.0)
        nodes, position = np.unique(carrier, return_inverse=True)
        boundaries[name] = (nodes.astype(np.int32), np.bincount(position, weights=area * share))
    place = np.concatenate(new_nodes)
    nesting = None
    if mesh.nesting is not None:
        again = partial(split_mesh, phase=phase, outside=outside)
        nesting = SplitNesting(mesh.nesting, np.concatenate(kinds), place, again)
    edges = np.concatenate(edges)
    edges.sort(axis=1)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    return replace(
        mesh,
        nodes=mesh.nodes[place],
        edges=np.ascontiguousarray(edges[order], dtype=np.int32),
        edge_length=np.concatenate(lengths)[order],
        edge_area=np.concatenate(areas)[order],
        edge_region=np.concatenate(regions)[order].astype(np.int32),
        cell_node=split.cell_node.astype(np.int32),
        boundaries=boundaries,
        interfaces=tuple(interfaces),
        elements=split.elements(),
        facets=None,
        nesting=nesting,
    )


class _Split:
    """Copies of nodes, one per phase that touches them.

    Attributes
    ----------
    count : int
        Number of copies.
    place, phase_of_copy : (count,) int64
        Node that was copied, and for which phase.
    volume : (count,) float64, m³
    edges : (n_edges, 2) int64
    cell_node : (n_cells,) int64
    counted_twice : (n,) bool
        Of the last `boundary_parts`: whether the facet has regions on both sides.
    """

    def __init__(self, mesh: Mesh, phase: np.ndarray):
        self.mesh, self.phase, self.phases = mesh, phase, int(phase.max()) + 1
        key = mesh.cell_node.astype(np.int64) * self.phases + phase[mesh.cell_region]
        self._keys, self.cell_node = np.unique(key, return_inverse=True)
        self.count = self._keys.size
        self.place, self.phase_of_copy = np.divmod(self._keys, self.phases)
        self.volume = np.bincount(self.cell_node, weights=mesh.cell_volume)
        owner = phase[mesh.edge_region]
        self.edges = np.column_stack([self.copy(mesh.edges[:, side], owner) for side in (0, 1)])
        self._several = np.bincount(self.place, minlength=mesh.n_nodes) > 1
        self.counted_twice = np.empty(0, dtype=bool)

    def copy(self, node: np.ndarray, phase: np.ndarray) -> np.ndarray:
        """Number of the copy of every node in its phase."""
        return np.searchsorted(self._keys, node.astype(np.int64) * self.phases + phase)

    def elements(self) -> dict[str, np.ndarray]:
        """Corners of the elements among the copies."""
        result, start = {}, 0
        for shape, corners in self.mesh.elements.items():
            owner = self.phase[self.mesh.element_region[start : start + len(corners)]]
            start += len(corners)
            result[shape] = self.copy(corners, owner[:, None]).astype(np.int32)
        return result

    def _facets(self, marked: np.ndarray):
        """Facets of elements all of whose corners are marked: sorted corners (as one integer row), corners, region."""
        start = 0
        found: dict[int, list] = {}
        for shape, corners in self.mesh.elements.items():
            owner = self.mesh.element_region[start : start + len(corners)]
            start += len(corners)
            for facet in FACETS[shape]:
                at = corners[:, facet]
                chosen = marked[at].all(axis=1)
                found.setdefault(len(facet), []).append((at[chosen], owner[chosen]))
        for parts in found.values():
            at = np.concatenate([p[0] for p in parts])
            if at.size:
                yield at.astype(np.int64), np.concatenate([p[1] for p in parts])

    def _measured(self, facets: np.ndarray) -> np.ndarray:
        """Area that every corner of every facet gets ((n_facets, n_corners))."""
        points = self.mesh.nodes
        if facets.shape[1] == 4:  # rectangles
            a, b, c = (points[facets[:, i]] for i in range(3))
            area = np.linalg.norm(b - a, axis=1) * np.linalg.norm(c - b, axis=1)
            return np.repeat(0.25 * area[:, None], 4, axis=1)
        nodes, areas = facet_measures(points, facets, self.mesh.coordinates == "axisymmetric")
        nodes, areas = nodes.reshape(-1, len(facets)), areas.reshape(-1, len(facets))
        result = np.zeros(facets.shape)
        for node, area in zip(nodes, areas):
            for corner in range(facets.shape[1]):
                result[:, corner] += np.where(facets[:, corner] == node, area, 0.0)
        return result

    def interface_parts(self):
        """Node, the two regions, and area of every part of an interface between phases."""
        parts = []
        for facets, owner in self._facets(self._several):
            first, second = _pairs(facets)
            apart = self.phase[owner[first]] != self.phase[owner[second]]
            first, second = first[apart], second[apart]
            area = self._measured(facets[first])
            corners = facets.shape[1]
            parts.append((facets[first].ravel(), np.repeat(owner[first], corners), np.repeat(owner[second], corners),
                          area.ravel()))
        if not parts:
            return (np.empty(0, dtype=np.int64),) * 3 + (np.empty(0),)
        node, a, b, area = (np.concatenate(column) for column in zip(*parts))
        *keys, area = _summed((node, np.minimum(a, b), np.maximum(a, b)), area)
        keep = area > 0.0
        return (*(key[keep] for key in keys), area[keep])

    def boundary_parts(self, name: str, needed: bool):
        """Node, region and area of every part of a boundary; empty where its nodes are not split."""
        nodes, _ = self.mesh.boundaries[name]
        nothing = (np.empty(0, dtype=np.int64),) * 2 + (np.empty(0),)
        if not needed and not self._several[nodes].any():
            return nothing
        if self.mesh.facets is None or name not in self.mesh.facets:
            raise InputError(
                "the mesh does not know the facets of this surface, which are needed where the potential jumps",
                key=f"boundary {name}",
            )
        own = np.sort(self.mesh.facets[name], axis=1)
        marked = np.zeros(self.mesh.n_nodes, dtype=bool)
        marked[own] = True
        parts = []
        for facets, owner in self._facets(marked):
            if facets.shape[1] != own.shape[1]:
                continue
            _, label = np.unique(np.concatenate([own, np.sort(facets, axis=1)]), axis=0, return_inverse=True)
            label = label.ravel()
            chosen = np.isin(label[len(own) :], label[: len(own)])
            facets, owner, label = facets[chosen], owner[chosen], label[len(own) :][chosen]
            twice = (np.bincount(label) == 2)[label]
            corners = facets.shape[1]
            parts.append((facets.ravel(), np.repeat(owner, corners), np.repeat(twice, corners),
                          self._measured(facets).ravel()))
        node, region, twice, area = (np.concatenate(column) for column in zip(*parts))
        node, region, twice, area = _summed((node, region, twice), area)
        self.counted_twice = twice.astype(bool)
        keep = area > 0.0
        self.counted_twice = self.counted_twice[keep]
        return node[keep], region[keep], area[keep]

    def unsplit_boundary(self, name: str):
        """Nodes and areas of a boundary all of whose nodes have one copy."""
        nodes, areas = self.mesh.boundaries[name]
        return np.searchsorted(self.place, nodes).astype(np.int32), areas


def _pairs(facets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of facets with the same corners, those of an element on either side."""
    _, label = np.unique(np.sort(facets, axis=1), axis=0, return_inverse=True)
    label = label.ravel()
    order = np.argsort(label, kind="stable")
    same = np.flatnonzero(label[order][1:] == label[order][:-1])
    return order[same], order[same + 1]


def _summed(keys: tuple[np.ndarray, ...], area: np.ndarray):
    """Areas added up over equal keys."""
    rows, position = np.unique(np.column_stack([k.astype(np.int64) for k in keys]), axis=0, return_inverse=True)
    return (*rows.T, np.bincount(position.ravel(), weights=area, minlength=len(rows)))
