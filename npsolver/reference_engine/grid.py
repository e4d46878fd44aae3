"""FiPy meshes: cells between our grid lines."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh import Mesh
from npsolver.mesh.rectilinear import SIDES, Box, Surface


def import_fipy():
    """FiPy with scipy's solvers unless the user chose others (environment variable FIPY_SOLVERS)."""
    os.environ.setdefault("FIPY_SOLVERS", "scipy")
    import fipy

    return fipy


@dataclass(frozen=True)
class Grid:
    """A FiPy mesh with regions and named surfaces.

    Attributes
    ----------
    mesh : fipy mesh
        Lengths in units of the length scale.
    region : (n_cells,) int
        Region of every cell.
    surfaces : mapping of str to (n_faces,) bool
    circle : float
        What FiPy's measures must be multiplied with: 2 pi for cylinders, whose faces FiPy counts per radian.
    """

    mesh: object
    region: np.ndarray
    surfaces: Mapping[str, np.ndarray]
    circle: float = 1.0


def interval_grid(mesh: Mesh, length: float) -> Grid:
    """Cells between the nodes of a 1D mesh; face i is node i.

    Parameters
    ----------
    mesh : Mesh
        Without doubled nodes.
    length : float
        Length scale, m.
    """
    fipy = import_fipy()
    x = mesh.nodes[:, 0]
    dx = np.diff(x) / length
    if mesh.coordinates == "cylindrical":
        made = fipy.CylindricalGrid1D(dx=dx, origin=(x[0] / length,))
        circle = 2.0 * np.pi
    else:
        made = fipy.Grid1D(dx=dx)
        circle = 1.0
    surfaces = {
        name: np.asarray((made.facesLeft if name == "left" else made.facesRight).value) for name in mesh.boundaries
    }
    return Grid(made, np.asarray(mesh.edge_region), surfaces, circle)


def box_grid(axes: Sequence[np.ndarray], boxes: Sequence[Box], surfaces: Sequence[Surface], length: float) -> Grid:
    """Cells between the grid lines of a tensor grid in two or three dimensions; arguments as `rectilinear_mesh`.

    Raises
    ------
    InputError
        If the boxes leave holes, which FiPy's grids cannot have.
    """
    fipy = import_fipy()
    make = {2: fipy.Grid2D, 3: fipy.Grid3D}[len(axes)]
    made = make(**{f"d{name}": np.diff(axis) / length for name, axis in zip("xyz", axes)})
    low = np.array([axis[0] for axis in axes])
    centres = np.asarray(made.cellCenters.value).T * length + low
    names = tuple(dict.fromkeys(box.region for box in boxes if box.region))
    region = np.full(centres.shape[0], -1)
    for box in boxes:
        inside = np.all((centres > box.low) & (centres < box.high), axis=1)
        region[inside] = names.index(box.region) if box.region else -1
    if (region < 0).any():
        raise InputError("this case cannot be sent to FiPy: its grids have no holes", key="geometry")
    faces = np.asarray(made.faceCenters.value).T * length + low
    outer = np.asarray(made.exteriorFaces.value)
    label = np.full(faces.shape[0], "", dtype=object)
    span = 1e-9 * max(axis[-1] - axis[0] for axis in axes)
    for d, axis in enumerate(axes):
        for end, side in zip((axis[0], axis[-1]), SIDES[d]):
            label[outer & (np.abs(faces[:, d] - end) <= span)] = side
    for surface in surfaces:
        within = np.all((faces >= np.array(surface.low) - span) & (faces <= np.array(surface.high) + span), axis=1)
        label[outer & within] = surface.name
    return Grid(made, region, {name: label == name for name in dict.fromkeys(label[outer])})
