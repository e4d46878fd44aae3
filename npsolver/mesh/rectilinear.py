"""Graded tensor-product meshes in two and three dimensions and in r-z, with regions made of boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.nesting import TensorNesting

AXES = ("x", "y", "z")
# Shape of an element by dimension, and its corners (0 low, 1 high) in the order of VTK.
SHAPES = ("line", "quad", "hexahedron")
CORNERS = ((0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1))
# Names of the outer sides: low and high end of each axis.
SIDES = (("left", "right"), ("bottom", "top"), ("front", "back"))


@dataclass(frozen=True)
class Box:
    """An axis-parallel box of one region.

    Attributes
    ----------
    region : str
        Name; an empty name cuts a hole.
    low, high : tuple of float
        Corners, m.
    """

    region: str
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Surface:
    """A named part of the outer surface.

    Attributes
    ----------
    name : str
    low, high : tuple of float
        The faces whose centres lie in this (possibly flat) box, m: outer ones and those between two regions.
    """

    name: str
    low: tuple[float, ...]
    high: tuple[float, ...]


def rectilinear_mesh(
    axes: Sequence[np.ndarray],
    boxes: Sequence[Box],
    surfaces: Sequence[Surface] = (),
    *,
    coordinates: str = "cartesian",
) -> Mesh:
    """Box-method mesh on a tensor grid.

    Parameters
    ----------
    axes : sequence of (n,) float64
        Grid lines of every axis, m; every box and surface edge must be a grid line.
    boxes : sequence of Box
        Later boxes overwrite earlier ones; what no box covers is outside.
    surfaces : sequence of Surface
        Later surfaces overwrite earlier ones; other outer faces are named left, right, bottom, top, front, back after
        the side of the domain they lie on, or "inner" on holes.
    coordinates : str
        ``"cartesian"`` (measures per metre of depth in 2D) or ``"axisymmetric"`` (axes r, z; whole circle).
    """
    axes = [np.asarray(a, dtype=float) for a in axes]
    dim = len(axes)
    names = tuple(dict.fromkeys(box.region for box in boxes if box.region))
    centres = [0.5 * (a[1:] + a[:-1]) for a in axes]
    region = np.full([a.size - 1 for a in axes], -1, dtype=np.int32)
    for box in boxes:
        inside = [(c > lo) & (c < hi) for c, lo, hi in zip(centres, box.low, box.high)]
        region[np.ix_(*inside)] = names.index(box.region) if box.region else -1
    if not (region >= 0).any():
        raise InputError("no region covers any part of the domain", key="geometry")
    radial = coordinates == "axisymmetric"
    grid = _Grid(axes, region, radial)
    shape = tuple(a.size for a in axes)
    touched = np.zeros(shape, dtype=bool)
    for corner in product((0, 1), repeat=dim):
        touched[tuple(slice(c, c + s - 1) for c, s in zip(corner, shape))] |= region >= 0
    number = np.full(shape, -1, dtype=np.int64)
    number[touched] = np.arange(int(touched.sum()))
    nodes = np.stack([g[touched] for g in np.meshgrid(*axes, indexing="ij")], axis=1)

    edges, lengths, areas, edge_regions = [], [], [], []
    for axis in range(dim):
        first, second, length, area, owner = grid.edges(axis, number)
        edges.append(np.stack([first, second], axis=1))
        lengths.append(length)
        areas.append(area)
        edge_regions.append(owner)
    edges = np.concatenate(edges)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    cell_node, cell_region, cell_volume = grid.cells(number)
    boundaries, facets = grid.boundaries(number, surfaces)
    return Mesh(
        coordinates=coordinates,
        nodes=nodes,
        edges=np.ascontiguousarray(edges[order], dtype=np.int32),
        edge_length=np.concatenate(lengths)[order],
        edge_area=np.concatenate(areas)[order],
        edge_region=np.concatenate(edge_regions)[order].astype(np.int32),
        cell_node=cell_node.astype(np.int32),
        cell_region=cell_region.astype(np.int32),
        cell_volume=cell_volume,
        boundaries=boundaries,
        region_names=names,
        facets=facets,
        nesting=TensorNesting(
            axes,
            [np.array([end for item in (*boxes, *surfaces) for end in (item.low[d], item.high[d])]) for d in range(dim)],
            touched,
            partial(rectilinear_mesh, boxes=boxes, surfaces=surfaces, coordinates=coordinates),
        ),
        **grid.elements(number),
    )


class _Grid:
    """Measures of a tensor grid, collected from the elements."""

    def __init__(self, axes, region, radial):
        self.axes, self.region, self.radial, self.dim = axes, region, radial, len(axes)
        # lengths of the two halves of every interval, seen from its low and its high end
        self.halves = []
        for d, a in enumerate(axes):
            middle = 0.5 * (a[1:] + a[:-1])
            if radial and d == 0:
                self.halves.append((np.pi * (middle**2 - a[:-1] ** 2), np.pi * (a[1:] ** 2 - middle**2)))
            else:
                self.halves.append((middle - a[:-1], a[1:] - middle))

    def _around(self, shape, offsets, fixed_axis):
        """Region and measure of the elements around nodes or edges: lists over corners of arrays of `shape`."""
        regions, measures = [], []
        for offset in offsets:
            region = np.full(shape, -1, dtype=np.int32)
            measure = np.zeros(shape)
            target, factors = [], []
            for d in range(self.dim):
                n = self.axes[d].size - 1
                if d == fixed_axis:
                    target.append(slice(0, n))
                    factors.append(np.ones(n))
                elif offset[d] == 0:  # the element below: the node is its high end
                    target.append(slice(1, n + 1))
                    factors.append(self.halves[d][1])
                else:
                    target.append(slice(0, n))
                    factors.append(self.halves[d][0])
            value = factors[0]
            for factor in factors[1:]:
                value = np.multiply.outer(value, factor)
            region[tuple(target)] = self.region
            measure[tuple(target)] = value
            regions.append(region.ravel())
            measures.append(measure.ravel())
        for q in range(1, len(regions)):
            for p in range(q):
                same = (regions[q] == regions[p]) & (regions[q] >= 0)
                measures[p][same] += measures[q][same]
                regions[q][same] = -1
        return regions, measures

    def edges(self, axis, number):
        """Edges along `axis`: node pairs, length, dual area and region, one entry per region."""
        shape = list(number.shape)
        shape[axis] -= 1
        offsets = [
            tuple(0 if d == axis else bits[d - (d > axis)] for d in range(self.dim))
            for bits in product((0, 1), repeat=self.dim - 1)
        ]
        regions, measures = self._around(tuple(shape), offsets, axis)
        lower = [slice(None)] * self.dim
        upper = [slice(None)] * self.dim
        lower[axis], upper[axis] = slice(0, -1), slice(1, None)
        first, second = number[tuple(lower)].ravel(), number[tuple(upper)].ravel()
        along = [1] * self.dim
        along[axis] = -1
        length = np.broadcast_to(np.diff(self.axes[axis]).reshape(along), shape).ravel()
        weight = np.ones(first.size)
        if self.radial and axis == 0:
            middle = 0.5 * (self.axes[0][1:] + self.axes[0][:-1])
            weight = np.broadcast_to((2 * np.pi * middle).reshape(along), shape).ravel()
        parts = [(first[r >= 0], second[r >= 0], length[r >= 0], (m * weight)[r >= 0], r[r >= 0])
                 for r, m in zip(regions, measures)]
        return tuple(np.concatenate(column) for column in zip(*parts))

    def cells(self, number):
        """Parts of control volumes by region: node, region, volume."""
        offsets = list(product((0, 1), repeat=self.dim))
        regions, measures = self._around(number.shape, offsets, None)
        flat = number.ravel()
        parts = [(flat[r >= 0], r[r >= 0], m[r >= 0]) for r, m in zip(regions, measures)]
        node, region, volume = (np.concatenate(column) for column in zip(*parts))
        order = np.lexsort((region, node))
        return node[order], region[order], volume[order]

    def elements(self, number):
        """Corner nodes and regions of the elements, for pictures and files."""
        solid = self.region >= 0
        where = np.nonzero(solid)
        corners = [number[tuple(w + c for w, c in zip(where, corner))] for corner in CORNERS[: 2**self.dim]]
        return {
            "elements": {SHAPES[self.dim - 1]: np.stack(corners, axis=1).astype(np.int32)},
            "element_region": self.region[solid],
        }

    def boundaries(self, number, surfaces):
        """Nodes and areas of every named part of the outer surface, and the corners of its facets."""
        found: dict[str, list] = {}
        solid = self.region >= 0
        for axis in range(self.dim):
            for high in (0, 1):
                if self.radial and axis == 0 and not high and self.axes[0][0] == 0.0:
                    outside_skip = True  # the axis of symmetry is no surface
                else:
                    outside_skip = False
                neighbour = np.zeros_like(solid)
                here = [slice(None)] * self.dim
                there = [slice(None)] * self.dim
                here[axis], there[axis] = (slice(0, -1), slice(1, None)) if high else (slice(1, None), slice(0, -1))
                neighbour[tuple(here)] = solid[tuple(there)]
                exposed = solid & ~neighbour
                at_end = np.zeros_like(solid)
                end = [slice(None)] * self.dim
                end[axis] = -1 if high else 0
                at_end[tuple(end)] = True
                if outside_skip:
                    exposed &= ~at_end
                elements = np.argwhere(exposed)
                if elements.size:
                    self._collect(found, elements, axis, high, at_end[exposed], surfaces, number)
            if surfaces:
                self._collect_interfaces(found, axis, surfaces, number)
        result, facets = {}, {}
        for name, pieces in found.items():
            nodes = np.concatenate([p[0] for p in pieces])
            areas = np.concatenate([p[1] for p in pieces])
            unique, inverse = np.unique(nodes, return_inverse=True)
            result[name] = (unique.astype(np.int32), np.bincount(inverse, weights=areas))
            facets[name] = np.concatenate([p[2] for p in pieces if p[2] is not None]).astype(np.int32)
        return result, facets

    def _collect_interfaces(self, found, axis, surfaces, number):
        """Faces between two regions that lie on a named surface."""
        below, above = [slice(None)] * self.dim, [slice(None)] * self.dim
        below[axis], above[axis] = slice(0, -1), slice(1, None)
        low, up = self.region[tuple(below)], self.region[tuple(above)]
        elements = np.argwhere((low >= 0) & (up >= 0) & (low != up))
        if elements.size:
            self._collect(found, elements, axis, 1, None, surfaces, number)

    def _collect(self, found, elements, axis, high, at_end, surfaces, number):
        centre = np.stack(
            [
                self.axes[d][elements[:, d] + high] if d == axis
                else 0.5 * (self.axes[d][elements[:, d]] + self.axes[d][elements[:, d] + 1])
                for d in range(self.dim)
            ],
            axis=1,
        )
        if at_end is None:
            labels = np.full(len(elements), "", dtype=object)
        else:
            labels = np.where(at_end, SIDES[axis][high], "inner").astype(object)
        for surface in surfaces:
            span = 1e-9 * max(a[-1] - a[0] for a in self.axes)
            low, up = np.array(surface.low) - span, np.array(surface.high) + span
            labels[np.all((centre >= low) & (centre <= up), axis=1)] = surface.name
        others = [d for d in range(self.dim) if d != axis]
        for name in dict.fromkeys(label for label in labels if label):
            chosen = elements[labels == name]
            corners = _facet_corners(chosen, axis, high, others, number)
            for bits in product((0, 1), repeat=len(others)):
                index = [None] * self.dim
                index[axis] = chosen[:, axis] + high
                area = np.ones(len(chosen))
                for d, bit in zip(others, bits):
                    index[d] = chosen[:, d] + bit
                    area = area * self.halves[d][bit][chosen[:, d]]
                if self.radial and axis == 0:
                    area = area * 2 * np.pi * self.axes[0][index[0]]
                found.setdefault(name, []).append((number[tuple(index)], area, corners))
                corners = None


def _facet_corners(elements, axis, high, others, number):
    """Corner nodes of one face of every element, around the face."""
    around = ((0,), (1,)) if len(others) == 1 else ((0, 0), (1, 0), (1, 1), (0, 1))
    corners = []
    for bits in around:
        index = list(elements.T)
        index[axis] = elements[:, axis] + high
        for d, bit in zip(others, bits):
            index[d] = elements[:, d] + bit
        corners.append(number[tuple(index)])
    return np.stack(corners, axis=1)
