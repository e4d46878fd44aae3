"""Gmsh files: physical groups become regions and boundaries.

Gmsh itself is not needed. Its elements make a good mesh only where they are boundary-conforming Delaunay; where they
are not, bad edges are counted and named, and ``repair=True`` connects the same points anew. In two dimensions
``Mesh.Algorithm = 6`` (frontal Delaunay) mostly gives good meshes and 5, 1 and 8 rarely do. In three dimensions
optimisation (``Mesh.Optimize``, on by default) swaps one or two edges in a hundred away from Delaunay.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.simplex import simplex_mesh

SHAPES = {2: "triangle", 3: "tetra"}
FACETS = {2: "line", 3: "triangle"}
DIMENSION = {"vertex": 0, "line": 1, "triangle": 2, "tetra": 3}


def read_gmsh(
    path: str | os.PathLike,
    *,
    scale: float = 1.0,
    coordinates: str = "cartesian",
    required: tuple[str, ...] = (),
    repair: bool = False,
    allow_bad_edges: bool = False,
) -> Mesh:
    """Mesh of triangles (in the x-y plane) or tetrahedra from a Gmsh ``.msh`` file of version 2 or 4.

    Parameters
    ----------
    path : path
    scale : float
        Metres per unit of length in the file, e.g. 1e-9 for nanometres.
    coordinates : str
        ``"cartesian"``, or ``"axisymmetric"`` for a plane mesh in which x is the distance from the axis.
    required : tuple of str
        Regions and boundaries that must exist.
    repair : bool
        Connect the points anew, and add points on boundaries (or leave out points close to them) until the mesh is
        boundary-conforming Delaunay: `npsolver.mesh.made_delaunay`.
    allow_bad_edges : bool
        See `npsolver.mesh.simplex.simplex_mesh`.

    Returns
    -------
    Mesh
        Regions are the physical groups of highest dimension, boundaries those one dimension lower; a group without a
        name is called after its number.

    Raises
    ------
    InputError
        With the name of the file, in one sentence.
    """
    file = str(path)
    if not (np.isfinite(scale) and scale > 0.0):
        raise InputError(f"expected a scale > 0 (metres per unit of the file), got {scale!r}", file=file, key="scale")
    try:
        points, elements, regions, names, surfaces = _groups(_read(Path(path)), required)
        points = points * scale
        if repair:
            from npsolver.mesh.repair import made_delaunay

            return made_delaunay(points, elements, regions, names, surfaces, coordinates=coordinates)
        return simplex_mesh(
            points, elements, regions, names, surfaces, coordinates=coordinates, allow_bad_edges=allow_bad_edges
        )
    except InputError as error:
        raise InputError(error.message, file=file, key=error.key) from error


def _read(path: Path):
    """The file as meshio sees it."""
    try:
        import meshio.gmsh
    except ImportError as error:
        raise InputError("reading mesh files needs meshio, which is missing: pip install npsolver[mesh]") from error
    if not path.is_file():
        raise InputError("there is no such file")
    try:
        return meshio.gmsh.read(path)
    except Exception as error:  # a broken file fails in any of a dozen ways inside the reader
        reason = str(error).strip().splitlines()
        if reason and "Incompatible cell data" in reason[0]:
            raise InputError(
                "mixes elements with and without a physical group: put every surface (volume) into one, and save "
                "without 'Save all elements' (Mesh.SaveAll = 0)"
            ) from error
        # what the reader says itself may help; what Python says about a file that ends too early does not
        detail = f" ({reason[0]})" if reason and isinstance(error, meshio.ReadError) else ""
        raise InputError(f"is no complete Gmsh .msh file of version 2 or 4{detail}; write it again") from error


def _groups(mesh, required):
    """Points, elements, their regions, names of regions, and facets by name."""
    for block in mesh.cells:
        if block.type not in DIMENSION:
            raise InputError(
                f"has elements of type {block.type!r}; expected first-order triangles or tetrahedra only (Gmsh: "
                "Mesh.ElementOrder = 1, Mesh.RecombineAll = 0)",
                key="elements",
            )
    present = {block.type for block in mesh.cells if len(block.data)}
    dim = 3 if "tetra" in present else 2
    if SHAPES[dim] not in present:
        raise InputError("has no triangles or tetrahedra", key="elements")
    names, number, elements, surfaces = [], [], [], {}
    owner = {}
    offset = 0
    for block_index, block in enumerate(mesh.cells):
        if block.type == SHAPES[dim]:
            elements.append(np.asarray(block.data))
            owner[block_index] = offset
            offset += len(block.data)
    elements = np.concatenate(elements)
    region = np.full(offset, -1)
    for name, group_dim, members in _physical(mesh):
        if group_dim == dim:
            number = len(names)
            names.append(name)
            for block_index, chosen in members:
                if block_index in owner:
                    where = owner[block_index] + chosen
                    taken = region[where] >= 0
                    if taken.any():
                        other = names[region[where][taken][0]]
                        raise InputError(f"has elements that belong to both {other!r} and {name!r}", key="groups")
                    region[where] = number
        elif group_dim == dim - 1:
            parts = [mesh.cells[b].data[chosen] for b, chosen in members if mesh.cells[b].type == FACETS[dim]]
            if parts and sum(map(len, parts)):
                surfaces[name] = np.unique(np.sort(np.concatenate(parts), axis=1), axis=0)
    kind = ("surfaces", "curves") if dim == 2 else ("volumes", "surfaces")
    if not names:
        raise InputError(
            f"has no physical group of {kind[0]}: give every region a name (Gmsh: Physical "
            f"{'Surface' if dim == 2 else 'Volume'}(\"name\") = {{...}};) and save without 'Save all elements'",
            key="groups",
        )
    if (region < 0).any():
        raise InputError(
            f"has {int((region < 0).sum())} {SHAPES[dim]}s in no physical group: put all {kind[0]} into groups",
            key="groups",
        )
    for name in required:
        if name not in names and name not in surfaces:
            raise InputError(
                f"has no physical group {name!r}; regions ({kind[0]}): {', '.join(names)}; boundaries ({kind[1]}): "
                f"{', '.join(surfaces) or 'none'}",
                key="groups",
            )
    _check_single(elements, region, names)
    points = np.asarray(mesh.points, dtype=float)
    if dim == 2:
        points = _plane(points, elements)
    return points, elements, region, names, surfaces


def _physical(mesh):
    """(name, dimension, [(block, indices of its elements)]) of every physical group, by dimension and number."""
    tags = mesh.cell_data.get("gmsh:physical")
    named = {(int(dim), int(tag)): name for name, (tag, dim) in mesh.field_data.items()}
    unnamed = set()
    if tags is not None:
        for block, values in zip(mesh.cells, tags):
            unnamed |= {(DIMENSION[block.type], int(t)) for t in np.unique(values) if t > 0}
    for key in sorted(set(named) | unnamed):
        dim, tag = key
        name = named.get(key, str(tag))
        sets = mesh.cell_sets.get(name) if key in named else None
        members = []
        for index, block in enumerate(mesh.cells):
            if DIMENSION[block.type] != dim:
                continue
            if sets is not None and sets[index] is not None:
                chosen = np.asarray(sets[index], dtype=np.int64)
            else:
                chosen = np.flatnonzero(np.asarray(tags[index]) == tag) if tags is not None else np.empty(0, int)
            if chosen.size:
                members.append((index, chosen))
        if members:
            yield name, dim, members


def _check_single(elements, region, names):
    """Version 2 writes an element of two groups twice, which would double its volume."""
    corners = np.sort(elements, axis=1)
    order = np.lexsort(corners.T)
    same = np.flatnonzero((corners[order][1:] == corners[order][:-1]).all(axis=1))
    if same.size:
        first, second = (names[region[order[same[0] + k]]] for k in (0, 1))
        raise InputError(
            f"has {same.size} elements twice, in {first!r} and {second!r}: every element must belong to one region",
            key="groups",
        )


def _plane(points, elements):
    """The x and y of a mesh that lies in a plane of constant z."""
    if points.shape[1] == 2:
        return points
    used = np.unique(elements)
    spread = np.ptp(points[used], axis=0)
    if spread[2] > 1e-9 * spread.max():
        raise InputError(
            f"is a surface in space: the triangles of a two-dimensional mesh must lie in the x-y plane, but z varies "
            f"by {spread[2]:.4g}",
            key="points",
        )
    return points[:, :2]
