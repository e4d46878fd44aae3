"""Plane cuts through three-dimensional meshes: every element is split into tetrahedra, which a plane cuts in triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from npsolver.mesh.mesh import Mesh
from npsolver.output.vtk import vtk_elements

# Corners closer to the plane than this part of the domain lie on it.
ON_PLANE = 1e-9
TETRAHEDRA = {
    "tetra": [(0, 1, 2, 3)],
    "wedge": [(0, 1, 2, 5), (0, 1, 5, 4), (0, 4, 5, 3)],
    "hexahedron": [(0, 1, 2, 6), (0, 2, 3, 6), (0, 3, 7, 6), (0, 7, 4, 6), (0, 4, 5, 6), (0, 5, 1, 6)],
}
FACES = {
    "tetra": [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)],
    "wedge": [(0, 1, 2), (3, 4, 5), (0, 1, 4, 3), (1, 2, 5, 4), (2, 0, 3, 5)],
    "hexahedron": [(0, 1, 2, 3), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)],
}


@dataclass(frozen=True)
class PlaneCut:
    """What a plane across one axis shows of a mesh.

    Attributes
    ----------
    axis : int
        Of the normal.
    position : float
        m.
    points : (n, 2) float64
        Positions along the other two axes, m.
    triangles : (n_triangles, 3) int
    ends : (n, 2) int
        Cells of the mesh between which every point lies.
    weight : (n,) float64
        Share of the second of them.
    outline : (n_lines, 2, 2) float64
        Ends of the lines in which surfaces and interfaces are cut, m.
    """

    axis: int
    position: float
    points: np.ndarray
    triangles: np.ndarray
    ends: np.ndarray
    weight: np.ndarray
    outline: np.ndarray

    def values(self, at_cells: np.ndarray) -> np.ndarray:
        """Linear interpolation of ``(..., n_cells)`` to the points, ``(..., n)``."""
        return (1.0 - self.weight) * at_cells[..., self.ends[:, 0]] + self.weight * at_cells[..., self.ends[:, 1]]

    def on_grid(self, values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Values (``(k, n)``, at the points) on an even grid, ``(k, y.size, x.size)``; NaN outside.

        Along every line of constant y the triangles are intervals side by side, with linear values in each.
        """
        result = np.full((len(values), y.size, x.size), np.nan)
        corner = self.points[self.triangles]
        low, high = corner[:, :, 1].min(axis=1), corner[:, :, 1].max(axis=1)
        for row, height in enumerate(y):
            crossed = np.flatnonzero((low <= height) & (height < high))
            if not crossed.size:
                continue
            places = corner[crossed]
            order = np.argsort(places[:, :, 1], axis=1)
            a, b, c = (np.take_along_axis(places, order[:, i, None, None], axis=1)[:, 0] for i in range(3))
            n = [np.take_along_axis(self.triangles[crossed], order[:, i, None], axis=1)[:, 0] for i in range(3)]
            lower = height < b[:, 1]
            t = (height - a[:, 1]) / (c[:, 1] - a[:, 1])
            first, last = np.where(lower, n[0], n[1]), np.where(lower, n[1], n[2])
            start, stop = np.where(lower[:, None], a, b), np.where(lower[:, None], b, c)
            u = (height - start[:, 1]) / np.where(stop[:, 1] > start[:, 1], stop[:, 1] - start[:, 1], 1.0)
            one, other = a[:, 0] + t * (c[:, 0] - a[:, 0]), start[:, 0] + u * (stop[:, 0] - start[:, 0])
            value = values[:, n[0]] * (1 - t) + values[:, n[2]] * t, values[:, first] * (1 - u) + values[:, last] * u
            left, right = np.minimum(one, other), np.maximum(one, other)
            kept = np.flatnonzero(right > left)
            kept = kept[np.argsort(left[kept])]
            if not kept.size:
                continue
            found = kept[np.maximum(np.searchsorted(left[kept], x, side="right") - 1, 0)]
            inside = (x >= left[found]) & (x <= right[found])
            share = (x - one[found]) / (other[found] - one[found])
            result[:, row] = np.where(inside, value[0][:, found] * (1 - share) + value[1][:, found] * share, np.nan)
        return result


def plane_cut(mesh: Mesh, axis: int, position: float) -> PlaneCut:
    """Cut of a three-dimensional mesh at `position` (m) along `axis`; without points where the plane misses the mesh."""
    low, high = float(mesh.nodes[:, axis].min()), float(mesh.nodes[:, axis].max())
    above = mesh.nodes[mesh.cell_node, axis] - position
    if position - low < high - position:
        above = -above  # what lies on the plane counts as above it: elements must reach to the other side
    above[np.abs(above) <= ON_PLANE * (high - low)] = 0.0
    elements, _ = vtk_elements(mesh)
    parts, sides = [], []
    for shape, corners in elements.items():
        parts += [corners[:, part] for part in TETRAHEDRA[shape]]
        for face in FACES[shape]:
            sides.append(np.full((len(corners), 4), -1))
            sides[-1][:, : len(face)] = corners[:, face]
    pairs, triangles = _cut_tetrahedra(np.concatenate(parts), above)
    lines = _cut_triangles(_single(np.concatenate(sides)), above)
    key = np.concatenate([pairs, lines])
    key = key[:, 0] * mesh.n_cells + key[:, 1]
    unique, number = np.unique(key, return_inverse=True)
    ends = np.column_stack([unique // mesh.n_cells, unique % mesh.n_cells])
    gap = above[ends[:, 0]] - above[ends[:, 1]]
    weight = np.where(gap == 0.0, 0.0, above[ends[:, 0]] / np.where(gap == 0.0, 1.0, gap))
    places = np.delete(mesh.nodes, axis, axis=1)[mesh.cell_node]
    points = (1.0 - weight)[:, None] * places[ends[:, 0]] + weight[:, None] * places[ends[:, 1]]
    number = number.ravel()
    outline = points[number[len(pairs) :].reshape(-1, 2)]
    return PlaneCut(axis, position, points, number[triangles], ends, weight, outline)


def _cut_tetrahedra(corners: np.ndarray, above: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges ((n, 2) cells) that are cut, and triangles between the points on them ((m, 3) int)."""
    corners, below = _ordered(corners, above)
    edges, triangles, start = [], [], 0
    for count, cut in ((1, [(0, 1), (0, 2), (0, 3)]), (3, [(0, 3), (1, 3), (2, 3)]), (2, [(0, 2), (0, 3), (1, 3), (1, 2)])):
        chosen = corners[below == count]
        edges.append(chosen[:, cut].reshape(-1, 2))
        first = start + len(cut) * np.arange(len(chosen))
        for corner in range(1, len(cut) - 1):
            triangles.append(np.column_stack([first, first + corner, first + corner + 1]))
        start += edges[-1].shape[0]
    return np.sort(np.concatenate(edges), axis=1), np.concatenate(triangles)


def _cut_triangles(corners: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Edges ((n, 2) cells) that are cut, two after one another for every line."""
    corners, below = _ordered(corners, above)
    edges = [corners[below == count][:, cut].reshape(-1, 2) for count, cut in ((1, [(0, 1), (0, 2)]), (2, [(0, 2), (1, 2)]))]
    return np.sort(np.concatenate(edges), axis=1)


def _ordered(corners: np.ndarray, above: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners from low to high, of the simplices that reach below the plane and up to it; how many lie below."""
    below = (above[corners] < 0.0).sum(axis=1)
    cut = (below > 0) & (below < corners.shape[1])
    corners = corners[cut]
    return np.take_along_axis(corners, np.argsort(above[corners], axis=1), axis=1), below[cut]


def _single(faces: np.ndarray) -> np.ndarray:
    """Triangles ((n, 3) cells) of the faces that only one element has; missing fourth corners are -1."""
    same = np.sort(faces, axis=1)
    _, first, count = np.unique(same, axis=0, return_index=True, return_counts=True)
    faces = faces[first[count == 1]]
    quads = faces[faces[:, 3] >= 0]
    return np.concatenate([faces[:, :3], quads[:, [0, 2, 3]]])
