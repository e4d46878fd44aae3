"""Boundary-conforming Delaunay triangulations of polygons.

Delaunay refinement after J. Ruppert, J. Algorithms 18 (1995) 548, with many insertions per triangulation: a boundary or
interface segment with a node inside its diametral circle is split; triangles that are too large or too thin get a node
at their circumcentre, unless that would fall into the circle of a segment, which is then split instead. When no
segment has a node in its circle all box-method faces have positive areas, in every region.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.polygons import inside_polygon, lies_on, planar_segments, quadtree_corners
from npsolver.mesh.simplex import simplex_mesh

# Ruppert's bound on circumradius over shortest edge (smallest angle 20.7 degrees) up to which refinement ends.
THIN = 2**0.5
# Circumradius over wanted edge length; that of a right isosceles triangle is 0.71.
LARGE = 0.75
# Rounds in which triangles are improved; they take about 20.
ROUNDS = 80
# Sum of cotangents, relative to its terms, below which an edge is swapped; and rounds of swaps.
NOT_DELAUNAY = 1e-11
FLIPS = 100
# Segments are never made shorter than this part of the domain: two that meet in a cusp would go on for ever.
SHORTEST = 1e-9
# Wanted lengths below this part of the domain are refused: Qhull can no longer tell such points apart.
SMALLEST = 5e-7


def triangulate(
    regions: Mapping[str, np.ndarray],
    size: float | Callable[[np.ndarray], np.ndarray],
    surfaces: Mapping[str, np.ndarray] | None = None,
    *,
    coordinates: str = "cartesian",
) -> Mesh:
    """Box-method mesh of polygons by graded, boundary-conforming Delaunay triangles.

    Parameters
    ----------
    regions : mapping of str to (n, 2) float64, m
        Corners of a polygon each; later ones overwrite earlier ones, a name that starts with "-" cuts a hole.
        Approximate curved boundaries by enough corners.
    size : float or callable
        Longest edge, m; a callable takes positions ((n, 2), m) and returns (n,) lengths. It should not grow faster than
        about a third of the distance.
    surfaces : mapping of str to (n, 2) float64, m
        Named parts of the outer surface or of interfaces, each as a line through its points. Later ones overwrite
        earlier ones; the rest has no name and is blocking and uncharged.
    coordinates : str
        ``"cartesian"`` or ``"axisymmetric"`` (positions r, z).

    Raises
    ------
    InputError
        If a polygon is no polygon, a surface lies on no boundary, or the geometry cannot be meshed.
    """
    polygons = {name: _polyline(name, corners, 3, "region") for name, corners in regions.items()}
    lines = {name: _polyline(name, line, 2, "surface") for name, line in (surfaces or {}).items()}
    if not polygons:
        raise InputError("expected at least one region", key="mesh")
    names = tuple(name for name in polygons if not name.startswith("-"))

    def region_of(x):
        owner = np.full(len(x), -1)
        for name, corners in polygons.items():
            owner[inside_polygon(x, corners)] = -1 if name.startswith("-") else names.index(name)
        return owner

    state, triangles, owner, frame = refined_triangles(
        list(polygons.values()), size, region_of, list(lines.values())
    )
    found = {}
    middle = state.points[state.segments].mean(axis=1)
    label = np.full(len(middle), -1)
    for index, line in enumerate(lines.values()):
        label[lies_on(middle, frame.to_unit(line))] = index
    on_boundary = state.between(triangles, owner)
    for index, name in enumerate(lines):
        found[name] = state.segments[(label == index) & on_boundary]
        if len(found[name]) == 0:
            raise InputError("lies on no boundary or interface", key=f"surface {name!r}")
    points = frame.from_unit(state.points)
    return simplex_mesh(points, triangles, owner, names, found, coordinates=coordinates)


def refined_triangles(polygons, size, region_of, lines=()):
    """Triangles that follow the sides of all polygons.

    Parameters
    ----------
    polygons, lines : sequences of (n, 2) float64, m
    size : float or callable
        As for `triangulate`.
    region_of : callable
        Regions ((n,) int, -1 outside) at positions ((n, 2), m); they change at sides of polygons only.

    Returns
    -------
    state : Refinement
        Points and segments, in units of `frame`.
    triangles : (n, 3) int64
    owner : (n,) int64
    frame : Frame
    """
    frame = Frame(np.concatenate(polygons))

    def wanted(x):
        h = size(frame.from_unit(x)) if callable(size) else np.full(len(x), float(size))
        h = np.broadcast_to(np.asarray(h, dtype=float), (len(x),)) / frame.span
        if not (np.isfinite(h).all() and (h > SMALLEST).all()):
            raise InputError(
                f"expected lengths above {SMALLEST:g} of the extent, {SMALLEST * frame.span:.2g} m, got "
                f"{h.min() * frame.span:.4g} m",
                key="mesh: size",
            )
        return h

    def region_at(x):
        return region_of(frame.from_unit(x))

    points, segments = planar_segments([frame.to_unit(p) for p in polygons], [frame.to_unit(line) for line in lines])
    state = Refinement(points, segments, region_at)
    state.divide(wanted)
    cloud = quadtree_corners(wanted)
    state.add_away_from_segments(cloud[region_at(cloud) >= 0])
    triangles, owner = state.run(wanted)
    return state, triangles, owner, frame


class Frame:
    """Coordinates in units of the largest extent: Qhull's tolerances are meant for numbers near 1."""

    def __init__(self, points):
        self.origin = points.min(axis=0)
        self.span = float(np.ptp(points, axis=0).max())
        if not self.span > 0.0:
            raise InputError("has no extent", key="mesh")

    def to_unit(self, x):
        return (x - self.origin) / self.span

    def from_unit(self, x):
        return self.origin + x * self.span


class Refinement:
    """Points and segments that grow until every segment's circle is empty and every triangle is good."""

    def __init__(self, points, segments, region_of):
        self.points, self.segments, self.region_of = points, segments, region_of
        self.origin = np.arange(len(segments))  # the given segment of which each one is a part
        self.acute = self._acute_corners()
        self.fixed = len(points)

    def _acute_corners(self):
        """(n,) bool: points where two segments meet at less than a right angle."""
        ends = np.concatenate([self.segments, self.segments[:, ::-1]])
        ends = ends[np.argsort(ends[:, 0], kind="stable")]
        direction = self.points[ends[:, 1]] - self.points[ends[:, 0]]
        direction /= np.linalg.norm(direction, axis=1)[:, None]
        acute = np.zeros(len(self.points), dtype=bool)
        groups = np.split(np.arange(len(ends)), np.flatnonzero(np.diff(ends[:, 0])) + 1)
        for group in groups:
            cosine = direction[group] @ direction[group].T
            if len(group) > 1 and cosine[np.triu_indices(len(group), 1)].max() > 1e-9:
                acute[ends[group[0], 0]] = True
        return acute

    def divide(self, wanted):
        """Halve segments until none is longer than wanted at its middle."""
        while True:
            ends = self.points[self.segments]
            long = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) > wanted(ends.mean(axis=1)) * (1 + 1e-9)
            if not long.any():
                return
            self._split(long, shells=False)

    def add_away_from_segments(self, cloud):
        """Points of a cloud that stay clear of the segments."""
        self._insert(cloud[~self._near(cloud, 1.5)])

    def _near(self, x, factor):
        """Which points lie in the diametral circles enlarged by `factor`."""
        near = np.zeros(len(x), dtype=bool)
        for hits in self._in_circles(x, factor):
            near[hits] = True
        return near

    def _in_circles(self, x, factor):
        from scipy.spatial import cKDTree

        ends = self.points[self.segments]
        radius = 0.5 * np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
        if len(x) == 0:
            return [[]] * len(radius)
        return cKDTree(x).query_ball_point(ends.mean(axis=1), radius * factor)

    def _insert(self, x):
        self.points = np.concatenate([self.points, x])
        self.acute = np.concatenate([self.acute, np.zeros(len(x), dtype=bool)])

    def _split(self, which, shells=True):
        """Split segments at the middle; next to an acute corner on circles around it, so that both sides match."""
        a, b = self.segments[which].T
        pa, pb = self.points[a], self.points[b]
        length = np.linalg.norm(pb - pa, axis=1)
        if length.min() < SHORTEST:
            at = pa[np.argmin(length)]
            raise InputError(
                "cannot be meshed: boundaries come too close to each other (in parts of its extent, at "
                f"{at[0]:.4g}, {at[1]:.4g})",
                key="mesh",
            )
        fraction = np.full(len(a), 0.5)
        if shells:
            one = self.acute[a] != self.acute[b]
            part = 2.0 ** np.round(np.log2(0.5 * length)) / length
            fraction[one] = np.where(self.acute[a], part, 1 - part)[one]
        new = len(self.points) + np.arange(len(a))
        self._insert(pa + fraction[:, None] * (pb - pa))
        halves = np.concatenate([np.column_stack([a, new]), np.column_stack([new, b])])
        self.segments = np.concatenate([self.segments[~which], halves])
        self.origin = np.concatenate([self.origin[~which], self.origin[which], self.origin[which]])

    def run(self, wanted):
        """Refine; the triangles ((n, 3) int) inside the domain and their regions. Without `wanted` only segments."""
        from scipy.spatial import Delaunay

        rounds = 0
        while True:
            simplices = self._flipped(Delaunay(self.points).simplices.astype(np.int64))
            encroached = self._encroached(simplices)
            if encroached.any():
                self._split(encroached)
                continue
            triangles, owner = self._inside(simplices)
            rounds += 1
            if wanted is None or rounds > ROUNDS:
                return triangles, owner
            centres = self._wanted_centres(triangles, wanted)
            if len(centres) == 0:
                return triangles, owner
            hit = self._in_circles(centres, 1.0)
            split = np.array([len(h) > 0 for h in hit])
            blocked = np.zeros(len(centres), dtype=bool)
            for own in hit:
                blocked[own] = True
            self._insert(centres[~blocked])
            if split.any():
                self._split(split)

    def _segment_keys(self):
        return np.sort(self.segments, axis=1) @ np.array([len(self.points), 1])

    def _flipped(self, simplices):
        """Swap diagonals that are not Delaunay (C. L. Lawson, Mathematical Software III, 1977, 161).

        Qhull lifts the points to a paraboloid and so loses digits where triangles are far smaller than the domain.
        """
        locked = np.sort(self._segment_keys())
        for _ in range(FLIPS):
            edge, one, other = _pairs(simplices, len(self.points))
            free = locked[np.minimum(np.searchsorted(locked, edge), locked.size - 1)] != edge
            one, other = one[free], other[free]
            first, second = _cotangents(self.points, simplices, one), _cotangents(self.points, simplices, other)
            total = first + second
            bad = np.flatnonzero(total < -NOT_DELAUNAY * np.maximum(np.abs(first) + np.abs(second), 1.0))
            if bad.size == 0:
                return simplices
            simplices = simplices.copy()
            done = set()
            for i in bad[np.argsort(total[bad], kind="stable")]:
                (t, side), (t2, side2) = divmod(int(one[i]), 3), divmod(int(other[i]), 3)
                if t in done or t2 in done:
                    continue
                done |= {t, t2}
                tip, tip2 = simplices[t, side], simplices[t2, side2]
                a, b = simplices[t, (side + 1) % 3], simplices[t, (side + 2) % 3]
                simplices[t], simplices[t2] = (tip, a, tip2), (tip, tip2, b)
        return simplices

    def _encroached(self, simplices):
        """Segments that are no edge, or that see a node at more than a right angle."""
        n = np.int64(len(self.points))
        keys, bad = [], []
        for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
            a, b, o = simplices[:, i], simplices[:, j], simplices[:, k]
            u, v = self.points[a] - self.points[o], self.points[b] - self.points[o]
            dot = (u * v).sum(axis=1)
            keys.append(np.minimum(a, b) * n + np.maximum(a, b))
            bad.append(dot < -1e-12 * np.sqrt((u * u).sum(axis=1) * (v * v).sum(axis=1)))
        keys, bad = np.concatenate(keys), np.concatenate(bad)
        order = np.argsort(keys, kind="stable")
        keys, bad = keys[order], bad[order]
        own = self._segment_keys()
        first = np.searchsorted(keys, own)
        present = keys[np.minimum(first, keys.size - 1)] == own
        obtuse = np.zeros(len(own), dtype=bool)
        for shift in (0, 1):  # an edge has at most two triangles
            at = np.minimum(first + shift, keys.size - 1)
            obtuse |= (keys[at] == own) & bad[at]
        return ~present | obtuse

    def _inside(self, simplices):
        """Triangles in a region: parts between segments are asked for their region at one point each."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        own = np.sort(self._segment_keys())
        edge, one, other = _pairs(simplices, len(self.points))
        free = own[np.minimum(np.searchsorted(own, edge), own.size - 1)] != edge
        row, column = one[free] // 3, other[free] // 3
        count = len(simplices)
        graph = coo_matrix((np.ones(row.size, dtype=np.int8), (row, column)), shape=(count, count))
        parts, label = connected_components(graph, directed=False)
        corners = self.points[simplices]
        area = np.abs(cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
        order = np.argsort(area, kind="stable")
        largest = np.empty(parts, dtype=np.int64)
        largest[label[order]] = order  # the last one written is the largest
        owner = self.region_of(corners[largest].mean(axis=1))
        owner[area[largest] < 1e-14] = -1  # a sliver between the hull and boundary nodes on a line
        owner = owner[label]
        return simplices[owner >= 0], owner[owner >= 0]

    def _wanted_centres(self, triangles, wanted):
        """Circumcentres of triangles to be improved, no two in each other's circle; the largest first."""
        from scipy.spatial import cKDTree

        a, b, c = (self.points[triangles[:, i]] for i in range(3))
        u, v = b - a, c - a
        d = 2 * cross(u, v)
        uu, vv = (u * u).sum(axis=1), (v * v).sum(axis=1)
        offset = np.column_stack([v[:, 1] * uu - u[:, 1] * vv, u[:, 0] * vv - v[:, 0] * uu]) / d[:, None]
        radius = np.hypot(*offset.T)
        sides = np.column_stack([np.hypot(*(c - b).T), np.sqrt(vv), np.sqrt(uu)])  # opposite to each corner
        shortest = sides.argmin(axis=1)
        tip = triangles[np.arange(len(triangles)), shortest]
        h = wanted((a + b + c) / 3)
        # beside an acute corner thin triangles cannot be avoided
        thin = (radius > THIN * sides.min(axis=1)) & ~self.acute[tip] & (radius > 1e-2 * h)
        chosen = np.flatnonzero((radius > LARGE * h) | thin)
        chosen = chosen[np.argsort(-radius[chosen], kind="stable")]
        centres, radius = (a + offset)[chosen], radius[chosen]
        if len(chosen) == 0:
            return centres
        free = np.ones(len(chosen), dtype=bool)
        for i, near in enumerate(cKDTree(centres).query_ball_point(centres, radius)):
            if free[i]:
                free[near] = False
                free[i] = True
        return centres[free]

    def between(self, triangles, owner):
        """Which segments lie on the outer surface or between two regions."""
        n = np.int64(len(self.points))
        pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
        key = np.sort(pairs, axis=1) @ np.array([n, 1])
        order = np.argsort(key, kind="stable")
        key, region = key[order], np.tile(owner, 3)[order]
        own = np.sort(self.segments, axis=1) @ np.array([n, 1])
        first, last = np.searchsorted(key, own), np.searchsorted(key, own, side="right")
        result = last - first == 1
        two = last - first == 2
        result[two] = region[first[two]] != region[first[two] + 1]
        return result


def _pairs(simplices, n):
    """Edges between two triangles: key of the edge, and 3 * triangle + opposite corner on either side."""
    keys = np.stack(
        [
            np.minimum(simplices[:, (k + 1) % 3], simplices[:, (k + 2) % 3]) * np.int64(n)
            + np.maximum(simplices[:, (k + 1) % 3], simplices[:, (k + 2) % 3])
            for k in range(3)
        ],
        axis=1,
    ).ravel()
    order = np.argsort(keys, kind="stable")
    twice = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    return keys[order[twice]], order[twice], order[twice + 1]


def _cotangents(points, simplices, corners):
    """Cotangents of the angles at given corners (3 * triangle + corner); 0 for flat triangles."""
    t, k = np.divmod(corners, 3)
    tip = points[simplices[t, k]]
    u, v = points[simplices[t, (k + 1) % 3]] - tip, points[simplices[t, (k + 2) % 3]] - tip
    area = np.abs(cross(u, v))
    dot = (u * v).sum(axis=1)
    return np.divide(dot, area, out=np.zeros_like(dot), where=area > 1e-12 * np.abs(dot))


def cross(u, v):
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]


def _polyline(name, points, least, kind):
    points = np.asarray(points, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < least or not np.isfinite(points).all():
        raise InputError(f"expected at least {least} points with two finite coordinates", key=f"{kind} {name!r}")
    return points
