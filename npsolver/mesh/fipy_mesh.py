"""FiPy meshes: their cells become elements, their vertices the nodes that carry unknowns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.geometry import Geometry
from npsolver.mesh.interval import interval_mesh
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.rectilinear import Box, Surface, rectilinear_mesh
from npsolver.mesh.repair import made_delaunay
from npsolver.mesh.simplex import simplex_mesh

# Outer sides of FiPy meshes, under the names that tensor meshes use.
SIDES = (("facesLeft", "facesRight"), ("facesBottom", "facesTop"), ("facesFront", "facesBack"))
NAMES = (("left", "right"), ("bottom", "top"), ("front", "back"))
# Relative deviation up to which grid lines are the same.
SAME = 1e-10


def from_fipy(
    mesh,
    *,
    region: str = "domain",
    boxes: Sequence[Box] = (),
    surfaces: Sequence[Surface] = (),
    repair: bool = False,
    allow_bad_edges: bool = False,
) -> Mesh:
    """Box-method mesh on the geometry of a FiPy mesh.

    FiPy puts unknowns at the centres of cells, npsolver at their corners: the outer surfaces are the same, and a grid
    of n cells per axis has n + 1 nodes.

    Parameters
    ----------
    mesh : fipy mesh
        Grids of one, two or three dimensions (uniform or not, also cylindrical and spherical ones), triangles
        (``Tri2D``, ``Gmsh2D``) and tetrahedra (``Gmsh3D``). Lengths are metres.
    region : str
        Name of the region where the mesh names none.
    boxes, surfaces : sequences of Box and Surface
        Regions and named surfaces of grids in two and three dimensions.
    repair : bool
        Connect the points of triangles and tetrahedra anew: `npsolver.mesh.made_delaunay`.
    allow_bad_edges : bool
        See `npsolver.mesh.simplex.simplex_mesh`.

    Raises
    ------
    InputError
        If the geometry is none of these.
    """
    kinds = [base.__name__ for base in type(mesh).__mro__]
    if not (hasattr(mesh, "vertexCoords") and hasattr(mesh, "_cellVertexIDs")):
        raise InputError(f"expected a FiPy mesh, got {type(mesh).__name__}", key="mesh")
    if any("Periodic" in kind for kind in kinds):
        raise InputError("periodic FiPy meshes have no counterpart here: use a mesh with boundaries", key="mesh")
    round_ = next((c for c in ("cylindrical", "spherical") if any(c.capitalize() in kind for kind in kinds)), "")
    points = np.array(mesh.vertexCoords, dtype=float).T
    corners = np.ma.getdata(mesh._cellVertexIDs).T
    dim = points.shape[1]
    if np.ma.getmaskarray(mesh._cellVertexIDs).any():
        raise InputError("mixes elements of several shapes; expected triangles, tetrahedra or a grid", key="mesh")
    if dim == 1:
        return _interval(points[:, 0], round_ or "cartesian", region)
    coordinates = "axisymmetric" if round_ == "cylindrical" else "cartesian"
    if corners.shape[1] == dim + 1:
        return _simplices(mesh, points, corners, coordinates, region, repair, allow_bad_edges)
    axes = [_lines(points[:, d]) for d in range(dim)]
    if corners.shape[1] != 2**dim or len(corners) != np.prod([a.size - 1 for a in axes]):
        raise InputError(
            f"a {type(mesh).__name__} of {len(corners)} cells is neither a full grid nor of triangles or tetrahedra",
            key="mesh",
        )
    low, high = zip(*((a[0], a[-1]) for a in axes))
    return rectilinear_mesh(axes, [Box(region, low, high), *boxes], surfaces, coordinates=coordinates)


def _interval(x, coordinates, region):
    x = _lines(x)
    return interval_mesh(Geometry(coordinates, ((region, float(x[-1] - x[0])),), float(x[0])), x)


def _lines(x):
    """Different coordinates in increasing order."""
    x = np.sort(x)
    return x[np.concatenate([[True], np.diff(x) > SAME * (x[-1] - x[0])])]


def _simplices(mesh, points, corners, coordinates, region, repair, allow_bad_edges):
    faces = np.ma.getdata(mesh.faceVertexIDs).T
    groups: Mapping = getattr(mesh, "physicalCells", None) or {}
    names, regions = [], np.full(len(corners), -1)
    for name, inside in groups.items():
        inside = np.asarray(inside.value if hasattr(inside, "value") else inside, dtype=bool)
        if inside.any():
            regions[inside] = len(names)
            names.append(name)
    if (regions < 0).any():
        if region in names:
            raise InputError(f"{region!r} is the name of a physical group; choose another one", key="region")
        regions[regions < 0] = len(names)
        names.append(region)
    surfaces = {}
    for name, on in (getattr(mesh, "physicalFaces", None) or {}).items():
        surfaces[name] = faces[np.asarray(on.value if hasattr(on, "value") else on, dtype=bool)]
    if not surfaces:
        for sides, side_names in zip(SIDES[: points.shape[1]], NAMES):
            for side, name in zip(sides, side_names):
                surfaces[name] = faces[np.asarray(getattr(mesh, side).value, dtype=bool)]
    surfaces = {name: facets for name, facets in surfaces.items() if len(facets)}
    if repair:
        return made_delaunay(points, corners, regions, names, surfaces, coordinates=coordinates)
    return simplex_mesh(
        points, corners, regions, names, surfaces, coordinates=coordinates, allow_bad_edges=allow_bad_edges
    )
