"""Good meshes out of the points of bad ones: boundary-conforming Delaunay triangles and tetrahedra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.delaunay import Frame, Refinement, cross
from npsolver.mesh.delaunay_space import conforming_tetrahedra
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.simplex import simplex_mesh


def made_delaunay(
    points: np.ndarray,
    elements: np.ndarray,
    regions: np.ndarray,
    region_names: Sequence[str],
    surfaces: Mapping[str, np.ndarray],
    *,
    coordinates: str = "cartesian",
) -> Mesh:
    """Box-method mesh on the points of a triangulation, connected anew and completed on surfaces where needed.

    Regions and surfaces keep their shape to round-off. In three dimensions points inside regions that are too close
    to surfaces may be left out.

    Parameters
    ----------
    points, elements, regions, region_names, surfaces, coordinates
        As `npsolver.mesh.simplex.simplex_mesh`.

    Raises
    ------
    InputError
        If it is no mesh, or surfaces meet so sharply that no such mesh is found.
    """
    points, elements, regions = np.asarray(points, dtype=float), np.asarray(elements), np.asarray(regions)
    dim = points.shape[1]
    used, elements = np.unique(elements, return_inverse=True)
    elements = elements.reshape(-1, dim + 1)
    frame = Frame(points[used])
    unit = frame.to_unit(points[used])
    numbered = {}
    for name, facets in surfaces.items():
        facets = np.reshape(facets, (-1, dim)).astype(np.int64)
        numbered[name] = np.searchsorted(used, facets)
        if facets.size and not np.array_equal(used[np.minimum(numbered[name], used.size - 1)], facets):
            raise InputError("surfaces have points that belong to no element", key="mesh")
    if dim == 3:
        unit, elements, regions, numbered = conforming_tetrahedra(unit, elements, regions, numbered, frame.from_unit)
    else:
        unit, elements, regions, numbered = _conforming_triangles(unit, elements, regions, numbered)
    points = frame.from_unit(unit)
    return simplex_mesh(points, elements, regions, region_names, numbered, coordinates=coordinates)


def _conforming_triangles(points, elements, regions, surfaces):
    """As `conforming_tetrahedra`, in a plane."""
    n = len(points)
    # region borders: edges seen from one region only; a segment carries the number of its surface
    pairs = np.concatenate([elements[:, [0, 1]], elements[:, [1, 2]], elements[:, [2, 0]]])
    key = np.sort(pairs, axis=1) @ np.array([n, 1])
    seen, counts = np.unique(np.unique(np.column_stack([key, np.tile(regions, 3)]), axis=0)[:, 0], return_counts=True)
    single, times = np.unique(key, return_counts=True)
    border = np.union1d(seen[counts > 1], single[times == 1])
    facets = np.concatenate([np.empty((0, 2), dtype=np.int64), *surfaces.values()])
    named = np.sort(facets, axis=1) @ np.array([n, 1])
    every = np.union1d(border, named)
    segments = np.column_stack([every // n, every % n])
    membership = np.zeros((len(every), len(surfaces)), dtype=bool)
    owner_of = np.repeat(np.arange(len(surfaces)), [len(s) for s in surfaces.values()])
    membership[np.searchsorted(every, named), owner_of] = True

    corners = points[elements]

    def region_of(x):
        return np.array([_locate(corners, regions, at) for at in x], dtype=np.int64)

    state = Refinement(points, segments, region_of)
    triangles, owner = state.run(None)
    found = {name: state.segments[membership[state.origin, i]] for i, name in enumerate(surfaces)}
    return state.points, triangles, owner, found


def _locate(corners, regions, at) -> int:
    """Region of the triangle that contains `at`, -1 if none does."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    sides = np.stack([cross(b - a, at - a), cross(c - b, at - b), cross(a - c, at - c)])
    hit = np.flatnonzero((sides >= 0).all(axis=0) | (sides <= 0).all(axis=0))
    return int(regions[hit[0]]) if hit.size else -1
