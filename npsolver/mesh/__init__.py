"""Control volumes, edges and their measures."""

from npsolver.mesh.delaunay import triangulate
from npsolver.mesh.extrude import extruded
from npsolver.mesh.fipy_mesh import from_fipy
from npsolver.mesh.geometry import Geometry
from npsolver.mesh.grading import SizeSource, graded_positions
from npsolver.mesh.interval import interval_mesh
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.repair import made_delaunay
from npsolver.mesh.simplex import simplex_mesh

__all__ = [
    "Geometry",
    "Mesh",
    "SizeSource",
    "extruded",
    "from_fipy",
    "graded_positions",
    "interval_mesh",
    "made_delaunay",
    "simplex_mesh",
    "triangulate",
]
