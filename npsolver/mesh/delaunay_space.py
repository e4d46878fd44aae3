"""Boundary-conforming Delaunay tetrahedra on the points of a given mesh.

The points are connected anew by Delaunay tetrahedra. Surfaces and interfaces must be faces of these, and the centres
of the tetrahedra beside them must not lie beyond them (Gabriel property: no point in the smallest sphere through the
corners of a facet), for then all box-method faces have positive areas in every region. Where that fails, points
inside the domain that are in the way are taken out if their surroundings are coarse anyway; otherwise the facet, or
the edge at which the surface bends, is refined (J. R. Shewchuk, Proc. 14th Symp. Computational Geometry (1998) 86;
H. Si, K. Gaertner, I. Fuhrmann, Comput. Math. Math. Phys. 50 (2010) 38). The shape does not change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.simplex_measures import TETRAHEDRON_EDGES, tetrahedron_measures
from npsolver.mesh.surface_complex import SurfaceComplex, edges_of

# Rounds of refinement, and factor and offset on the number of points, after which it is given up; ordinary meshes take
# one to ten rounds and a few more points, thin layers with different triangles on their two sides up to a hundred.
ROUNDS = 300
GROWTH, GROWN = 3, 2000
# Tetrahedra below this volume, relative to the cube of their longest edge, are flat: four points of a plane.
FLAT = 1e-11
# Relative to the squared edge: dual faces smaller than this are round-off.
NO_AREA = 1e-10
# Cures of bad edges only, before everything that could spoil edges is refined: thin layers would take it line by line.
LAZY = 3
# A point in the sphere of a facet is taken out if its nearest neighbour is further away than this part of the radius.
COARSE = 0.5
# Facets are never made smaller than this part of the domain.
SHORTEST = 1e-7
# Volumes of regions may differ by this, relatively.
SAME_VOLUME = 1e-8


def conforming_tetrahedra(
    points: np.ndarray,
    elements: np.ndarray,
    regions: np.ndarray,
    surfaces: Mapping[str, np.ndarray],
    place: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Delaunay tetrahedra that fill the same regions.

    Parameters
    ----------
    points : (n, 3) float64
        In a domain of extent 1, all of them corners of elements.
    elements : (n_elements, 4) int64
    regions : (n_elements,) int64
    surfaces : mapping of str to (n_facets, 3) int64
    place : callable
        From these positions to those in m, for messages.

    Returns
    -------
    points, elements, regions, surfaces
        As given, of the new mesh.

    Raises
    ------
    InputError
        Where surfaces meet so sharply that refinement does not end.
    """
    facets, kinds, names = _surface(elements, regions, surfaces, len(points))
    state = _Repair(SurfaceComplex(points, facets, kinds), facets)
    volume = np.bincount(regions, np.abs(_volumes(points[elements])))
    corners = points[elements]
    for _ in range(ROUNDS):
        tetrahedra, owner = state.attempt(corners, regions)
        if tetrahedra is not None or state.too_fine or len(state.points) > GROWTH * len(points) + GROWN:
            break
    if tetrahedra is None:
        at = ", ".join(f"{x:.4g}" for x in place(np.asarray(state.last)))
        raise InputError(
            "cannot be repaired: refinement does not end, because surfaces meet at a sharp angle or come close to each "
            f"other near ({at}) m; make the elements on both sides of that place match, or smaller than the gap",
            key="mesh",
        )
    found = np.bincount(owner, np.abs(_volumes(state.points[tetrahedra])), minlength=volume.size)
    if not np.allclose(found, volume, rtol=SAME_VOLUME):
        raise InputError("cannot be repaired: elements overlap or leave gaps in the given mesh", key="mesh")
    final, kind, _ = state.surface.arrays()
    named = {name: final[np.isin(kind, list(own))] for name, own in names.items()}
    return state.points, tetrahedra, owner, named


def _surface(elements, regions, surfaces, n):
    """Facets on outer surfaces, interfaces and named surfaces; kinds by neighbours and names; kinds of every name."""
    faces = np.sort(np.concatenate([np.delete(elements, i, axis=1) for i in range(4)]), axis=1)
    key = _keys(faces, n)
    order = np.argsort(key, kind="stable")
    key, owner = key[order], np.tile(regions, 4)[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    count = np.diff(np.append(first, key.size))
    if count.max() > 2:
        raise InputError("cannot be repaired: elements overlap in the given mesh", key="mesh")
    low = owner[first]
    high = np.where(count == 2, owner[np.minimum(first + 1, key.size - 1)], -1)
    low, high = np.minimum(low, high), np.maximum(low, high)
    unique, faces = key[first], faces[order][first]
    number = np.zeros(unique.size, dtype=np.int64)
    membership = np.zeros((unique.size, len(surfaces)), dtype=bool)
    for i, (name, own) in enumerate(surfaces.items()):
        wanted = _keys(np.sort(own, axis=1), n)
        at = np.minimum(np.searchsorted(unique, wanted), unique.size - 1)
        if not np.array_equal(unique[at], wanted):
            raise InputError("has facets that are no faces of the elements", key=f"surface {name!r}")
        membership[at, i] = True
    kept = (low != high) | membership.any(axis=1)
    _, number = np.unique(np.column_stack([low, high, membership])[kept], axis=0, return_inverse=True)
    number = number.ravel()
    names = {name: set(number[membership[kept, i]].tolist()) for i, name in enumerate(surfaces)}
    return faces[kept], number, names


class _Repair:
    """Surface and free points, connected by Delaunay tetrahedra again and again."""

    def __init__(self, surface: SurfaceComplex, facets):
        self.surface = surface
        self.points = np.array(surface.points)
        # points inside regions: no corners of facets
        self.free = np.ones(len(self.points), dtype=bool)
        self.free[np.unique(facets)] = False
        self.gone = np.zeros(len(self.points), dtype=bool)
        self.last = self.points[0]
        self.cures = 0
        self.too_fine = False

    def attempt(self, corners, regions):
        """Tetrahedra and regions if the mesh is good, (None, None) after refinement where it is not."""
        from scipy.spatial import Delaunay

        here = np.flatnonzero(~self.gone)
        tetrahedra = here[Delaunay(self.points[here]).simplices.astype(np.int64)]
        places = self.points[tetrahedra]
        volume = _volumes(places)
        longest = np.ptp(places, axis=1).max(axis=1)
        solid = np.abs(volume) > FLAT * longest**3
        tetrahedra, volume = tetrahedra[solid], volume[solid]
        turned = volume < 0
        tetrahedra[turned, :2] = tetrahedra[turned, 1::-1]
        faces = np.sort(np.concatenate([np.delete(tetrahedra, i, axis=1) for i in range(4)]), axis=1)
        facets, missing = self._missing(tetrahedra, faces)
        if missing:
            self._refine(missing)
            return None, None
        owner = self._regions(tetrahedra, faces, facets, np.abs(volume), corners, regions)
        inside = owner >= 0
        tetrahedra, owner = tetrahedra[inside], owner[inside]
        # outside the domain a flat tetrahedron may have hidden that the other diagonal is the one inside
        _, missing = self._missing(tetrahedra, faces[np.tile(inside, 4)])
        if missing:
            self._refine(missing)
            return None, None
        bad = self._bad_edges(tetrahedra, owner)
        if len(bad) == 0:
            return tetrahedra, owner
        self._cure(bad)
        return None, None

    def _missing(self, tetrahedra, faces):
        """Facets that must be there, and the numbers of those that no tetrahedron has.

        Where four points lie on a circle edges are first swapped to those that the tetrahedra have.
        """
        n = len(self.points)
        have = np.sort(_keys(faces, n))
        ends = None
        while True:
            facets, _, numbers = self.surface.arrays()
            own = _keys(facets, n)
            lacking = have[np.minimum(np.searchsorted(have, own), have.size - 1)] != own
            if not lacking.any():
                return facets, []
            if ends is None:
                on_surface = ~self.free
                ends = np.concatenate([tetrahedra[:, e[:2]] for e in TETRAHEDRON_EDGES])
                ends = set(map(tuple, np.sort(ends[on_surface[ends].all(axis=1)], axis=1).tolist()))
            suspects = [edge for corners in facets[lacking].tolist() for edge in edges_of(tuple(corners))]
            if not self.surface.swap(suspects, wanted=ends):
                return facets, numbers[lacking].tolist()

    def _regions(self, tetrahedra, faces, facets, volume, corners, regions):
        """Region of every tetrahedron: parts between facets are asked at the centre of their largest one."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        n, count = len(self.points), len(tetrahedra)
        key = _keys(faces, n)
        order = np.argsort(key, kind="stable")
        twice = np.flatnonzero(key[order][1:] == key[order][:-1])
        free = ~np.isin(key[order[twice]], _keys(facets, n))
        one, other = order[twice][free] % count, order[twice + 1][free] % count
        graph = coo_matrix((np.ones(one.size, dtype=np.int8), (one, other)), shape=(count, count))
        parts, label = connected_components(graph, directed=False)
        largest = np.empty(parts, dtype=np.int64)
        order = np.argsort(volume, kind="stable")
        largest[label[order]] = order  # the last one written is the largest
        centres = self.points[tetrahedra[largest]].mean(axis=1)
        low, high = corners.min(axis=1), corners.max(axis=1)
        return np.array([_locate(corners, regions, low, high, at) for at in centres], dtype=np.int64)[label]

    def _bad_edges(self, tetrahedra, owner):
        """Edges whose dual face has a negative area in some region ((n, 2) int64)."""
        n = len(self.points)
        first, second, area, _ = tetrahedron_measures(self.points, tetrahedra)
        low, high = np.minimum(first, second).ravel(), np.maximum(first, second).ravel()
        key = (low * n + high) * (owner.max() + 1) + np.tile(owner, len(first))
        unique, position = np.unique(key, return_inverse=True)
        total = np.bincount(position, area.ravel())
        size = np.bincount(position, np.abs(area).ravel())
        pair = unique // (owner.max() + 1)
        ends = np.column_stack([pair // n, pair % n])
        square = ((self.points[ends[:, 1]] - self.points[ends[:, 0]]) ** 2).sum(axis=1)
        return np.unique(ends[total < -NO_AREA * np.maximum(size, square)], axis=0)

    def _cure(self, bad):
        """Refine facets with points in their spheres beside bad edges; halve edges that have none."""
        tree = self._tree()
        surface = self.surface
        touched: dict[int, list[int]] = {}
        for number, corners in surface.facets.items():
            for corner in corners:
                touched.setdefault(corner, []).append(number)
        chosen, edges = [], []
        self.cures += 1
        if self.cures > LAZY:
            chosen = [f for f in surface.facets if self._inside(tree, f)]
        for edge in map(tuple, bad.tolist()):
            beside = sorted(surface.around.get(edge, ()))
            hit = [f for f in beside if self._inside(tree, f)]
            if not hit and edge in surface.around:
                edges.append(edge)
            elif not hit:
                near = sorted({f for end in edge for f in touched.get(end, ())})
                hit = [f for f in near if self._inside(tree, f)]
            chosen += hit
        self._refine(list(dict.fromkeys(chosen)), edges)

    def _tree(self):
        from scipy.spatial import cKDTree

        self.here = np.flatnonzero(~self.gone)
        return cKDTree(self.points[self.here])

    def _inside(self, tree, number) -> list[int]:
        """Points in the diametral sphere of a facet."""
        centre, radius = self.surface.circle(number)
        corners = self.surface.facets[number]
        found = self.here[tree.query_ball_point(centre, radius * (1 - 1e-7))]
        return [p for p in found.tolist() if p not in corners]

    def _refine(self, numbers, edges=()):
        tree = self._tree()
        split = []
        for number in numbers:
            radius = self.surface.circle(number)[1]
            blocked = None
            inside = self._inside(tree, number)
            for point in inside:
                if self.gone[point]:
                    continue
                if self.free[point] and tree.query(self.points[point], k=2)[0][1] > COARSE * radius:
                    self.gone[point] = True
                elif blocked is None:
                    blocked = point
            if blocked is not None or not inside:
                split.append((number, blocked))
            self.last = self.points[self.surface.facets[number][0]]
            self.too_fine |= radius < SHORTEST
        for number, blocked in split:
            self.surface.refine(number, blocked)
        for edge in edges:
            if edge in self.surface.around:
                self.last = self.points[edge[0]]
                self.surface.split_edge(edge)
        added = len(self.surface.points) - len(self.points)
        self.points = np.array(self.surface.points)
        self.free = np.append(self.free, np.zeros(added, dtype=bool))
        self.gone = np.append(self.gone, np.zeros(added, dtype=bool))


def _locate(corners, regions, low, high, at) -> int:
    """Region of the tetrahedron (between `low` and `high`) that contains a position, -1 if none does."""
    near = np.flatnonzero(((low <= at) & (high >= at)).all(axis=1))
    spans = corners[near, 1:] - corners[near, :1]
    solid = np.abs(np.linalg.det(spans)) > 0.0
    near, spans = near[solid], spans[solid]
    if near.size == 0:
        return -1
    weights = np.linalg.solve(spans.transpose(0, 2, 1), (at - corners[near, 0])[:, :, None])[:, :, 0]
    lowest = np.minimum(weights.min(axis=1), 1.0 - weights.sum(axis=1))
    best = int(lowest.argmax())
    return int(regions[near[best]]) if lowest[best] > -1e-9 else -1


def _keys(faces, n):
    """One number for every row of sorted corners."""
    return (faces[:, 0] * n + faces[:, 1]) * n + faces[:, 2]


def _volumes(corners):
    """Six times the signed volumes ((n,) float64) of tetrahedra ((n, 4, 3))."""
    spans = corners[:, 1:] - corners[:, :1]
    return np.einsum("ij,ij->i", spans[:, 0], np.cross(spans[:, 1], spans[:, 2]))
