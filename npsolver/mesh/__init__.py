"""Control volumes, edges and their measures.

What makes meshes of triangles and tetrahedra, and what reads those of other programs, is imported when asked for.
"""

from importlib import import_module

from npsolver.mesh.geometry import Geometry
from npsolver.mesh.grading import SizeSource, graded_positions
from npsolver.mesh.interval import interval_mesh
from npsolver.mesh.layered import layered
from npsolver.mesh.mesh import Mesh

_LAZY = {
    "extruded": "extrude",
    "from_fipy": "fipy_mesh",
    "made_delaunay": "repair",
    "simplex_mesh": "simplex",
    "triangulate": "delaunay",
}

__all__ = [
    "Geometry",
    "Mesh",
    "SizeSource",
    "extruded",
    "from_fipy",
    "graded_positions",
    "interval_mesh",
    "layered",
    "made_delaunay",
    "simplex_mesh",
    "triangulate",
]


def __getattr__(name):
    if name in _LAZY:
        value = getattr(import_module(f"npsolver.mesh.{_LAZY[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'npsolver.mesh' has no attribute {name!r}")
