"""Circumcentric measures of triangles, tetrahedra and their facets, signed, so that sums over elements are exact."""

from __future__ import annotations

import numpy as np

# Edges of a triangle with the opposite corner: (a, b, o) turns left.
TRIANGLE_EDGES = ((1, 2, 0), (2, 0, 1), (0, 1, 2))
# Edges of a tetrahedron with the two other corners, as even permutations.
TETRAHEDRON_EDGES = ((0, 1, 2, 3), (0, 2, 3, 1), (0, 3, 1, 2), (1, 2, 0, 3), (1, 3, 2, 0), (2, 3, 0, 1))


def triangle_measures(points: np.ndarray, elements: np.ndarray, radial: bool):
    """Dual face lengths and corner areas of triangles; with `radial`, areas and volumes of the whole circle.

    Parameters
    ----------
    points : (n, 2) float64, m
    elements : (n_elements, 3) int64
        Counterclockwise.
    radial : bool
        The first coordinate is a distance from the axis.

    Returns
    -------
    first, second : (3, n_elements) int64
        Nodes of every edge.
    area : (3, n_elements) float64
        Signed dual face from the edge to the circumcentre: half the edge times the cotangent of the opposite angle.
    volumes : pair of (3, n_elements) float64
        What the first and the second node get of the control volume.
    """
    first, second, area, volume_first, volume_second = [], [], [], [], []
    for ia, ib, io in TRIANGLE_EDGES:
        a, b, o = points[elements[:, ia]], points[elements[:, ib]], points[elements[:, io]]
        edge = b - a
        length = np.hypot(edge[:, 0], edge[:, 1])
        distance = 0.5 * length * _cotangent(a - o, b - o)
        if radial:
            middle = 0.5 * (a[:, 0] + b[:, 0])
            centre = middle - distance * edge[:, 1] / length  # the inner normal is (-dy, dx)
            corner = 0.5 * np.pi * length * distance / 3
            area.append(np.pi * distance * (middle + centre))
            volume_first.append(corner * (a[:, 0] + middle + centre))
            volume_second.append(corner * (b[:, 0] + middle + centre))
        else:
            area.append(distance)
            volume_first.append(0.25 * length * distance)
            volume_second.append(volume_first[-1])
        first.append(elements[:, ia])
        second.append(elements[:, ib])
    return np.stack(first), np.stack(second), np.stack(area), (np.stack(volume_first), np.stack(volume_second))


def tetrahedron_measures(points: np.ndarray, elements: np.ndarray, radial: bool = False):
    """Dual face areas and corner volumes of tetrahedra.

    The face of an edge inside one tetrahedron consists of two right triangles (midpoint of the edge, circumcentre of
    an adjacent face, circumcentre of the tetrahedron), both in the bisector plane.

    Parameters
    ----------
    points : (n, 3) float64, m
    elements : (n_elements, 4) int64
        Positively oriented.
    radial : bool
        Not used; tetrahedra are Cartesian.

    Returns
    -------
    first, second, area, volumes
        As `triangle_measures`, with six edges.
    """
    p = [points[elements[:, i]] for i in range(4)]
    a, b, c = p[1] - p[0], p[2] - p[0], p[3] - p[0]
    bc, ca, ab = np.cross(b, c), np.cross(c, a), np.cross(a, b)
    determinant = _dot(a, bc)
    centre = _dot(a, a)[:, None] * bc + _dot(b, b)[:, None] * ca + _dot(c, c)[:, None] * ab
    centre /= 2 * determinant[:, None]
    # heights of the circumcentre above the face opposite each corner, positive towards the corner
    height = []
    for normal, at in ((None, p[1]), (bc, p[0]), (ca, p[0]), (ab, p[0])):
        normal = -(bc + ca + ab) if normal is None else normal
        height.append(_dot(p[0] + centre - at, normal) / np.sqrt(_dot(normal, normal)))
    first, second, area, volume = [], [], [], []
    for i, j, k, m in TETRAHEDRON_EDGES:
        edge = p[j] - p[i]
        length = np.sqrt(_dot(edge, edge))
        face_k = 0.5 * length * _cotangent(p[i] - p[k], p[j] - p[k])  # midpoint to circumcentre of (i, j, k)
        face_m = 0.5 * length * _cotangent(p[i] - p[m], p[j] - p[m])
        area.append(0.5 * (face_k * height[m] + face_m * height[k]))
        volume.append(area[-1] * length / 6)
        first.append(elements[:, i])
        second.append(elements[:, j])
    volume = np.stack(volume)
    return np.stack(first), np.stack(second), np.stack(area), (volume, volume)


def facet_measures(points: np.ndarray, facets: np.ndarray, radial: bool):
    """Areas that the nodes of surface facets get.

    Parameters
    ----------
    points : (n, dim) float64, m
    facets : (n_facets, dim) int64
        Lines in two dimensions, triangles in three.
    radial : bool

    Returns
    -------
    nodes : int64 array
    areas : float64 array of the same shape
    """
    if facets.shape[1] == 3:
        nodes, areas = [], []
        for ia, ib, io in TRIANGLE_EDGES:
            a, b, o = points[facets[:, ia]], points[facets[:, ib]], points[facets[:, io]]
            area = _dot(b - a, b - a) * _cotangent(a - o, b - o) / 8
            nodes += [facets[:, ia], facets[:, ib]]
            areas += [area, area]
        return np.stack(nodes), np.stack(areas)
    a, b = points[facets[:, 0]], points[facets[:, 1]]
    half = 0.5 * np.linalg.norm(b - a, axis=1)
    areas = np.stack([half, half])
    if radial:
        quarter = 0.25 * (a - b)[:, 0]
        middle = 0.5 * (a + b)[:, 0]
        areas = 2 * np.pi * areas * np.stack([middle + quarter, middle - quarter])
    return facets.T, areas


def _dot(a, b):
    return np.einsum("ij,ij->i", a, b)


def _cotangent(u, v):
    """Cotangent of the angle between u and v, plane vectors counted positive when v is left of u."""
    if u.shape[1] == 2:
        return _dot(u, v) / (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    cross = np.cross(u, v)
    return _dot(u, v) / np.sqrt(_dot(cross, cross))
