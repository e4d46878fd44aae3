"""Meshes of triangles and tetrahedra with half the edge lengths."""

from __future__ import annotations

import math

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.repair import made_delaunay

# Children of an element: corners are (i, i), midpoints of edges (i, j). The inner octahedron of a tetrahedron is cut
# along one diagonal (J. Bey, Computing 55 (1995) 355).
CHILDREN = {
    "triangle": (
        ((0, 0), (0, 1), (0, 2)),
        ((0, 1), (1, 1), (1, 2)),
        ((0, 2), (1, 2), (2, 2)),
        ((0, 1), (1, 2), (0, 2)),
    ),
    "tetra": (
        ((0, 0), (0, 1), (0, 2), (0, 3)),
        ((0, 1), (1, 1), (1, 2), (1, 3)),
        ((0, 2), (1, 2), (2, 2), (2, 3)),
        ((0, 3), (1, 3), (2, 3), (3, 3)),
        ((0, 1), (0, 2), (0, 3), (1, 3)),
        ((0, 1), (0, 2), (1, 2), (1, 3)),
        ((0, 2), (0, 3), (1, 3), (2, 3)),
        ((0, 2), (1, 2), (1, 3), (2, 3)),
    ),
}
FACET_CHILDREN = {
    "triangle": (((0, 0), (0, 1)), ((0, 1), (1, 1))),
    "tetra": CHILDREN["triangle"],
}


def refined(mesh: Mesh) -> Mesh:
    """Every edge halved, and the points connected by Delaunay elements.

    The shape stays that of the given elements: curved surfaces do not become rounder.

    Parameters
    ----------
    mesh : Mesh
        Of triangles or tetrahedra.

    Raises
    ------
    InputError
        If the mesh is of other elements.
    """
    shapes = tuple(mesh.elements or ())
    if len(shapes) != 1 or shapes[0] not in CHILDREN or mesh.facets is None:
        raise InputError(
            f"only meshes of triangles or of tetrahedra can be refined, not of {' and '.join(shapes) or 'nothing'}",
            key="mesh",
        )
    (shape,) = shapes
    elements = mesh.elements[shape].astype(np.int64)
    n, corners = mesh.n_nodes, elements.shape[1]
    pairs = np.concatenate([elements[:, [i, j]] for i in range(corners) for j in range(i + 1, corners)])
    edges = np.unique(_keys(pairs, n))

    def children(parents, table):
        found = []
        for child in table:
            columns = []
            for i, j in child:
                middle = n + np.searchsorted(edges, _keys(parents[:, [i, j]], n))
                columns.append(parents[:, i] if i == j else middle)
            found.append(np.column_stack(columns))
        return np.concatenate(found)

    points = np.concatenate([mesh.nodes, 0.5 * (mesh.nodes[edges // n] + mesh.nodes[edges % n])])
    surfaces = {name: np.sort(facets.astype(np.int64), axis=1) for name, facets in mesh.facets.items()}
    flat, flat_region = np.empty((0, 4), dtype=np.int64), np.empty(0, dtype=np.int64)
    if corners == 4:
        flat, flat_region = _hidden(mesh.nodes, elements, mesh.element_region, surfaces)
        # both diagonals get the same point in their middle
        same = n + np.searchsorted(edges, _keys(flat[:, ::2], n))
        kept = n + np.searchsorted(edges, _keys(flat[:, 1::2], n))
    parts = children(elements, CHILDREN[shape])
    regions = np.tile(mesh.element_region, len(CHILDREN[shape]))
    surfaces = {name: children(facets, FACET_CHILDREN[shape]) for name, facets in surfaces.items()}
    if len(flat):
        parts = np.concatenate([parts, children(flat, CHILDREN[shape][:4])])
        regions = np.concatenate([regions, np.tile(flat_region, 4)])
        alias = np.arange(len(points))
        alias[same] = kept
        parts = alias[parts]
        surfaces = {name: alias[facets] for name, facets in surfaces.items()}
    return made_delaunay(points, parts, regions, mesh.region_names, surfaces, coordinates=mesh.coordinates)


def _hidden(points, elements, regions, surfaces):
    """Flat tetrahedra between elements that meet at two diagonals of four points on a circle, and their regions.

    Meshes leave them out because they have no volume; with them neighbours meet face to face.
    """
    faces = np.sort(np.concatenate([np.delete(elements, i, axis=1) for i in range(4)]), axis=1)
    unique, index, count = np.unique(faces, axis=0, return_index=True, return_counts=True)
    single, owner = unique[count == 1], np.tile(regions, 4)[index[count == 1]]
    named = {tuple(facet) for facets in surfaces.values() for facet in facets.tolist()}
    tips: dict[tuple[int, int], dict[int, int]] = {}
    for (a, b, c), region in zip(single.tolist(), owner.tolist()):
        for edge, tip in (((a, b), c), ((a, c), b), ((b, c), a)):
            tips.setdefault(edge, {})[tip] = region
    found, region = [], []
    for (a, b), own in tips.items():
        for c in own:
            for d in own:
                other = tips.get((c, d), {})
                if not (c < d and a in other and b in other):
                    continue
                lengths = [
                    math.dist(points[i], points[j]) + math.dist(points[k], points[m])
                    for i, j, k, m in ((a, b, c, d), (a, c, b, d), (a, d, b, c))
                ]
                # the diagonals are together longer than two opposite sides; either may be met first
                if a < c and lengths[0] > max(lengths[1:]):
                    named_here = tuple(sorted((a, b, c))) in named
                    found.append((a, c, b, d))
                    region.append(other[a] if named_here else own[c])
    return np.array(found, dtype=np.int64).reshape(-1, 4), np.array(region, dtype=np.int64)


def _keys(pairs, n):
    return np.minimum(pairs[:, 0], pairs[:, 1]) * np.int64(n) + np.maximum(pairs[:, 0], pairs[:, 1])
