"""Box method on triangles and tetrahedra: control volumes bounded by the perpendicular bisectors of the edges.

Every element adds to each of its edges the signed part of the dual face between the midpoint of the edge and the
circumcentre of the element (box method: R. E. Bank, D. J. Rose, SIAM J. Numer. Anal. 24 (1987) 777). The sums are the
Voronoi measures wherever the mesh is boundary-conforming Delaunay.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.simplex_measures import facet_measures, tetrahedron_measures, triangle_measures

# Dual faces below this part of what their elements add (or of the squared edge in 3D) are round-off: right angles.
NO_AREA = 1e-10
# Elements below this volume relative to the cube (square) of their longest edge are flat and add nothing.
FLAT = 1e-12
# Bits per axis of the space-filling curve along which nodes are numbered.
MORTON_BITS = 20
# What helps against edges with negative areas.
ANEW = (
    "geometry.repair = true connects the points anew (npsolver run ... --set geometry.repair=true; in Python "
    "npsolver.mesh.made_delaunay)"
)
CURE = {2: ANEW + "; Mesh.Algorithm = 6 of Gmsh and npsolver.mesh.triangulate make good ones at once", 3: ANEW}


def simplex_mesh(
    points: np.ndarray,
    elements: np.ndarray,
    regions: np.ndarray,
    region_names: Sequence[str],
    surfaces: Mapping[str, np.ndarray],
    *,
    coordinates: str = "cartesian",
    allow_bad_edges: bool = False,
) -> Mesh:
    """Box-method mesh on triangles or tetrahedra.

    Parameters
    ----------
    points : (n, dim) float64, m
        In two dimensions (x, y), or (r, z) when axisymmetric. Points that no element uses are left out, and nodes
        are numbered anew along a space-filling curve.
    elements : (n_elements, dim + 1) int
        Corners, in any orientation.
    regions : (n_elements,) int
        Index into `region_names`.
    region_names : sequence of str
    surfaces : mapping of str to (n_facets, dim) int
        Facets of the named surfaces; a surface on the axis of symmetry has no area and is left out.
    coordinates : str
        ``"cartesian"`` (2D: measures per metre of depth) or ``"axisymmetric"`` (2D: of the whole circle).
    allow_bad_edges : bool
        Keep dual faces of negative area, with a warning, instead of refusing the mesh. Then ions can flow against
        their driving force, concentrations can become negative and the result depends on the shape of the mesh.

    Raises
    ------
    InputError
        If the mesh is not boundary-conforming Delaunay (unless allowed), falls into parts, or is not a mesh.
    """
    points, elements, regions, surfaces = _checked(points, elements, regions, region_names, surfaces, coordinates)
    n_regions, dim = len(region_names), points.shape[1]
    elements, kept = _oriented(points, elements)
    regions = regions[kept]
    points, elements, surfaces = _renumbered(points, elements, surfaces)
    n = len(points)
    radial = coordinates == "axisymmetric"
    measure = tetrahedron_measures if dim == 3 else triangle_measures
    first, second, area, volumes = measure(points, elements, radial)

    n_local = first.shape[0]  # edges per element
    region = np.tile(regions, n_local)
    low, high = np.minimum(first, second).ravel(), np.maximum(first, second).ravel()
    key = (low.astype(np.int64) * n + high) * n_regions + region
    unique, position = np.unique(key, return_inverse=True)
    edge_area = np.bincount(position, weights=area.ravel())
    size = np.bincount(position, weights=np.abs(area).ravel())
    edge_region = (unique % n_regions).astype(np.int32)
    pair = unique // n_regions
    edges = np.column_stack([pair // n, pair % n])
    check_connected(edges, n, points, elements, regions, region_names)
    length = np.linalg.norm(points[edges[:, 1]] - points[edges[:, 0]], axis=1)
    around = 2 * np.pi * points[edges, 0].mean(axis=1) if radial else 1.0
    round_off = NO_AREA * np.maximum(size, around * length ** (dim - 1))
    _check_areas(edge_area, round_off, edges, length, points, edge_region, region_names, allow_bad_edges)
    has_area = np.abs(edge_area) > round_off

    cell_key = np.concatenate([first.ravel(), second.ravel()]).astype(np.int64) * n_regions + np.tile(region, 2)
    cells, position = np.unique(cell_key, return_inverse=True)
    cell_volume = np.bincount(position, weights=np.concatenate([v.ravel() for v in volumes]))
    cell_node = (cells // n_regions).astype(np.int32)
    _check_volumes(cell_volume, points[cell_node])

    boundaries, kept = {}, {}
    for name, facets in surfaces.items():
        nodes, areas = facet_measures(points, facets, radial)
        unique, position = np.unique(nodes, return_inverse=True)
        areas = np.bincount(position.ravel(), weights=areas.ravel())
        if areas.sum() > 0.0:
            boundaries[name] = (unique.astype(np.int32), areas)
            kept[name] = facets.astype(np.int32)
    return Mesh(
        coordinates=coordinates,
        nodes=points,
        edges=np.ascontiguousarray(edges[has_area], dtype=np.int32),
        edge_length=length[has_area],
        edge_area=edge_area[has_area],
        edge_region=edge_region[has_area],
        cell_node=cell_node,
        cell_region=(cells % n_regions).astype(np.int32),
        cell_volume=cell_volume,
        boundaries=boundaries,
        region_names=tuple(region_names),
        elements={"tetra" if dim == 3 else "triangle": elements.astype(np.int32)},
        element_region=regions.astype(np.int32),
        facets=kept,
    )


def _checked(points, elements, regions, region_names, surfaces, coordinates):
    """Arrays of the right type and shape, or a sentence that says what is wrong."""
    points = np.array(points, dtype=float, ndmin=2)
    dim = points.shape[1]
    if dim not in (2, 3) or not np.isfinite(points).all():
        raise InputError("expected finite points with two or three coordinates", key="mesh: points")
    if coordinates not in ("cartesian", "axisymmetric"):
        raise InputError(f"expected cartesian or axisymmetric, got {coordinates!r}", key="mesh: coordinates")
    if coordinates == "axisymmetric":
        if dim == 3:
            raise InputError("an axisymmetric mesh has two coordinates, r and z", key="mesh: coordinates")
        if points[:, 0].min() < -1e-12 * np.ptp(points[:, 0]):
            raise InputError(
                f"expected radii >= 0 in an axisymmetric mesh, got {points[:, 0].min():.4g} m", key="mesh: points"
            )
        points[:, 0] = np.maximum(points[:, 0], 0.0)
    elements = np.asarray(elements, dtype=np.int64).reshape(-1, dim + 1)
    regions = np.asarray(regions, dtype=np.int64)
    if len(elements) == 0:
        raise InputError("has no " + ("tetrahedra" if dim == 3 else "triangles"), key="mesh")
    surfaces = {name: np.asarray(facets, dtype=np.int64).reshape(-1, dim) for name, facets in surfaces.items()}
    for name, index in [("elements", elements), *surfaces.items()]:
        if index.size and not (index.min() >= 0 and index.max() < len(points)):
            raise InputError(f"{name} refer to points that do not exist", key="mesh")
    if regions.shape != (len(elements),) or not (regions.min() >= 0 and regions.max() < len(region_names)):
        raise InputError("expected one region for every element", key="mesh: regions")
    return points, elements, regions, surfaces


def _oriented(points, elements):
    """Elements with positive volume, and which of the given ones they are; flat ones add nothing and are left out."""
    corner = points[elements]
    spans = corner[:, 1:] - corner[:, :1]
    if points.shape[1] == 2:
        volume = spans[:, 0, 0] * spans[:, 1, 1] - spans[:, 0, 1] * spans[:, 1, 0]
    else:
        volume = np.einsum("ij,ij->i", spans[:, 0], np.cross(spans[:, 1], spans[:, 2]))
    longest = np.ptp(corner, axis=1).max(axis=1)
    kept = np.flatnonzero(np.abs(volume) > FLAT * longest ** points.shape[1])
    if kept.size == 0:
        raise InputError("all elements are flat: expected triangles or tetrahedra with a volume", key="mesh")
    elements = elements[kept].copy()
    turned = volume[kept] < 0
    elements[turned, :2] = elements[turned, 1::-1]
    return elements, kept


def _renumbered(points, elements, surfaces):
    """Only points in use, numbered along a Z-curve, so that neighbours in space are near in memory."""
    used = np.unique(elements)
    p = points[used]
    span = np.ptp(p, axis=0).max()
    grid = ((p - p.min(axis=0)) / span * (2**MORTON_BITS - 1)).astype(np.int64)
    curve = np.zeros(len(used), dtype=np.int64)
    for bit in range(MORTON_BITS):
        for axis in range(p.shape[1]):
            curve |= ((grid[:, axis] >> bit) & 1) << (bit * p.shape[1] + axis)
    order = np.argsort(curve, kind="stable")
    number = np.full(len(points), -1, dtype=np.int64)
    number[used[order]] = np.arange(len(used))
    numbered = {name: number[facets] for name, facets in surfaces.items()}
    for name, facets in numbered.items():
        if (facets < 0).any():
            raise InputError("has facets at points that belong to no element", key=f"surface {name!r}")
    return p[order], number[elements], numbered


def check_connected(edges, n, points, elements, regions, region_names):
    """InputError where nodes ((n, dim) points) are joined by no chain of edges; elements and regions name the parts."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=(n, n))
    count, label = connected_components(graph, directed=False)
    if count == 1:
        return
    parts = []
    for part in np.argsort(-np.bincount(label), kind="stable")[:3]:
        inside = np.unique(regions[label[elements[:, 0]] == part])
        at = points[label == part].mean(axis=0)
        parts.append(f"{' + '.join(region_names[r] for r in inside)} around {_position(at)}")
    more = "" if count <= 3 else f" and {count - 3} more"
    raise InputError(
        f"falls into {count} parts that share no nodes ({'; '.join(parts)}{more}): make them touch "
        "(in Gmsh: BooleanFragments or Coherence before meshing), or leave the unwanted parts out",
        key="mesh",
    )


def _check_areas(area, round_off, edges, length, points, edge_region, region_names, allow):
    """Refuse dual faces of negative area: the flux law there would drive ions against their driving force."""
    bad = np.flatnonzero(area < -round_off)
    if bad.size == 0:
        return
    dim = points.shape[1]
    worst = bad[np.argsort(area[bad] / length[bad] ** (dim - 1), kind="stable")[:3]]
    where = ", ".join(
        f"{_position(points[edges[e]].mean(axis=0))} in {region_names[edge_region[e]]!r} "
        f"({area[e] / length[e] ** (dim - 1):.2g})"
        for e in worst
    )
    what = (
        f"is not boundary-conforming Delaunay: {bad.size} of {area.size} edges ({100 * bad.size / area.size:.2g} %) "
        "have a control-volume face of negative area, so ions would flow against their driving force; the worst "
        f"(area / length{'²' if dim == 3 else ''}) at {where}"
    )
    if allow:
        warnings.warn(f"mesh: {what}", stacklevel=3)
        return
    raise InputError(f"{what}; {CURE[dim]}", key="mesh")


def _check_volumes(volume, at):
    bad = np.flatnonzero(~(volume > 0.0))
    if bad.size:
        raise InputError(
            f"{bad.size} control volumes have no positive volume, the first at {_position(at[bad[0]])}: the elements "
            "there overlap or are far too flat",
            key="mesh",
        )


def _position(x) -> str:
    return "(" + ", ".join(f"{v:.4g}" for v in x) + ") m"
