"""Control volumes, edges and their measures.

What makes meshes of triangles and tetrahedra, and what reads those of other programs, is imported when asked for.
"""

from npsolver.exports import exports
from npsolver.mesh.geometry import Geometry
from npsolver.mesh.grading import SizeSource, graded_positions
from npsolver.mesh.interval import interval_mesh
from npsolver.mesh.mesh import Mesh

__getattr__ = exports(
    __name__,
    {
        "delaunay": "triangulate",
        "extrude": "extruded",
        "fipy_mesh": "from_fipy",
        "repair": "made_delaunay",
        "simplex": "simplex_mesh",
    },
)

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
