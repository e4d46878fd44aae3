"""Triangulated surfaces in space that can be refined without changing their shape."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator

import numpy as np

# Sine of the angle between two facets, relative to their areas, up to which they lie in one plane.
COPLANAR = 1e-8
# Sum of cotangents below which an edge inside a plane is swapped.
NOT_DELAUNAY = 1e-9
# Smallest barycentric coordinate of a point that is put into a facet to match another one.
WELL_INSIDE = 0.1

Edge = tuple[int, int]
Vector = tuple[float, float, float]


class SurfaceComplex:
    """Facets (outer surfaces, interfaces, named surfaces) with their edges, three or more facets per edge allowed.

    Splitting facets and edges keeps every point of the surface where it is. Edges between two facets of one plane and
    kind are no feature: they are swapped so that the facets of a plane are Delaunay triangles.

    Parameters
    ----------
    points : (n, 3) float64
    facets : (n_facets, 3) int
    kinds : (n_facets,) int
        Facets of different kinds (other names, other regions beside them) stay apart.
    """

    def __init__(self, points: np.ndarray, facets: np.ndarray, kinds: np.ndarray):
        self.points: list[Vector] = [tuple(p) for p in points.tolist()]
        self.facets: dict[int, tuple[int, int, int]] = {}
        self.kind: dict[int, int] = {}
        self.around: dict[Edge, set[int]] = {}
        self._next = 0
        for corners, kind in zip(facets.tolist(), kinds.tolist()):
            self._add(tuple(corners), kind)
        self.swap(list(self.around))

    def _add(self, corners: tuple[int, int, int], kind: int) -> int:
        number = self._next
        self._next += 1
        self.facets[number], self.kind[number] = corners, kind
        for edge in edges_of(corners):
            self.around.setdefault(edge, set()).add(number)
        return number

    def _remove(self, number: int) -> int:
        corners = self.facets.pop(number)
        for edge in edges_of(corners):
            beside = self.around[edge]
            beside.discard(number)
            if not beside:
                del self.around[edge]
        return self.kind.pop(number)

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Facets ((n, 3) int64, sorted corners), their kinds and numbers."""
        numbers = np.fromiter(self.facets, dtype=np.int64, count=len(self.facets))
        facets = np.array(list(self.facets.values()), dtype=np.int64).reshape(-1, 3)
        kinds = np.fromiter(self.kind.values(), dtype=np.int64, count=len(self.kind))
        return np.sort(facets, axis=1), kinds, numbers

    def is_feature(self, edge: Edge) -> bool:
        """Whether the surface bends, branches, ends or changes its kind at an edge."""
        return self._plane_pair(edge) is None

    def _plane_pair(self, edge: Edge) -> tuple[int, int, int, int] | None:
        """Both facets beside an edge in one plane and their corners opposite to it."""
        beside = self.around.get(edge, ())
        if len(beside) != 2:
            return None
        one, other = beside
        if self.kind[one] != self.kind[other]:
            return None
        p, q = (next(c for c in self.facets[f] if c not in edge) for f in (one, other))
        _, u, v, w = self._from(edge[0], edge[1], p, q)
        first, second = _cross(u, v), _cross(w, u)
        size = math.sqrt(_dot(first, first) * _dot(second, second))
        if size == 0.0 or _dot(first, second) <= 0.0:
            return None
        height = abs(_dot(first, w)) * math.sqrt(_dot(u, u))
        return (one, other, p, q) if height <= COPLANAR * size else None

    def _from(self, origin: int, *others: int) -> list[Vector]:
        a = self.points[origin]
        return [a, *(_minus(self.points[o], a) for o in others)]

    def cotangent(self, tip: int, edge: Edge) -> float:
        """Cotangent of the angle under which a point sees an edge."""
        _, u, v = self._from(tip, *edge)
        area = math.sqrt(_dot(*[_cross(u, v)] * 2))
        return _dot(u, v) / area if area > 0.0 else math.inf

    def swap(self, edges: list[Edge], wanted: Container[Edge] = ()) -> int:
        """Swap edges inside planes until they are Delaunay, beginning with `edges`; number of swaps.

        Those between four points on a circle are swapped to one of `wanted`.
        """
        queue, swaps = list(edges), 0
        while queue:
            edge = queue.pop()
            pair = self._plane_pair(edge)
            if pair is None:
                continue
            one, other, p, q = pair
            total = self.cotangent(p, edge) + self.cotangent(q, edge)
            crossing = (min(p, q), max(p, q))
            on_circle = abs(total) <= NOT_DELAUNAY and crossing in wanted and edge not in wanted
            if (total >= -NOT_DELAUNAY and not on_circle) or crossing in self.around:
                continue
            kind = self._remove(one)
            self._remove(other)
            for end in edge:
                self._add((end, p, q), kind)
            swaps += 1
            queue += [tuple(sorted((end, tip))) for end in edge for tip in (p, q)]
        return swaps

    def split_edge(self, edge: Edge) -> int:
        """Halve an edge and all facets beside it; number of the new point."""
        a, b = edge
        new = len(self.points)
        self.points.append(tuple(0.5 * (x + y) for x, y in zip(self.points[a], self.points[b])))
        outer = []
        for facet in sorted(self.around[edge]):
            tip = next(c for c in self.facets[facet] if c not in edge)
            kind = self._remove(facet)
            for end in edge:
                self._add((end, tip, new), kind)
                outer.append((min(end, tip), max(end, tip)))
        self.swap(outer)
        return new

    def split_facet(self, number: int, at: Vector) -> int:
        """Put a point into a facet; its number."""
        corners = self.facets[number]
        new = len(self.points)
        self.points.append(tuple(at))
        kind = self._remove(number)
        for edge in edges_of(corners):
            self._add((*edge, new), kind)
        self.swap(list(edges_of(corners)))
        return new

    def circle(self, number: int) -> tuple[Vector, float]:
        """Centre and radius of the circumcircle of a facet."""
        o, u, v = self._from(*self.facets[number])
        normal = _cross(u, v)
        uu, vv, nn = _dot(u, u), _dot(v, v), _dot(normal, normal)
        if nn == 0.0:
            return o, math.inf
        s, t = _cross(v, normal), _cross(normal, u)
        offset = tuple((uu * x + vv * y) / (2.0 * nn) for x, y in zip(s, t))
        return tuple(x + y for x, y in zip(o, offset)), math.sqrt(_dot(offset, offset))

    def foot(self, number: int, point: int) -> Vector | None:
        """Foot of the perpendicular from a point to a facet; None where it is close to or beyond its edges."""
        corners = self.facets[number]
        o, u, v, w = self._from(*corners, point)
        normal = _cross(u, v)
        nn = _dot(normal, normal)
        if nn == 0.0:
            return None
        s, t = _dot(_cross(w, v), normal) / nn, _dot(_cross(u, w), normal) / nn
        if min(s, t, 1.0 - s - t) < WELL_INSIDE:
            return None
        return tuple(x + s * y + t * z for x, y, z in zip(o, u, v))

    def refine(self, number: int, against: int | None = None) -> int | None:
        """A point that makes the circle of a facet smaller; None if the facet is gone.

        The foot of the perpendicular from the point `against` (so that the two sides of a thin layer get the same
        triangles), or the circumcentre, unless it falls into the diametral sphere of a feature edge of the facet, or
        beyond any of its edges: then that edge is halved.
        """
        if number not in self.facets:
            return None
        corners = self.facets[number]
        foot = None if against is None else self.foot(number, against)
        if foot is not None:
            return self.split_facet(number, foot)
        blocking, beyond = [], []
        for edge in edges_of(corners):
            tip = next(c for c in corners if c not in edge)
            cotangent, length = self.cotangent(tip, edge), self.length(edge)
            if cotangent < 0.3:  # the circumcentre lies close to the edge or beyond it
                beyond.append((length, edge))
            if cotangent < 1.0 and self.is_feature(edge):
                blocking.append((length, edge))
        if blocking or beyond:
            return self.split_edge(max(blocking or beyond)[1])
        return self.split_facet(number, self.circle(number)[0])

    def length(self, edge: Edge) -> float:
        """Length of an edge."""
        return math.dist(self.points[edge[0]], self.points[edge[1]])


def edges_of(corners: tuple[int, int, int]) -> Iterator[Edge]:
    """The three edges of a facet, each with its smaller end first."""
    a, b, c = sorted(corners)
    yield from ((a, b), (a, c), (b, c))


def _minus(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
