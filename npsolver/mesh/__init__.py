"""Control volumes, edges and their measures."""

from npsolver.mesh.geometry import Geometry
from npsolver.mesh.grading import SizeSource, graded_positions
from npsolver.mesh.interval import interval_mesh
from npsolver.mesh.mesh import Mesh

__all__ = ["Geometry", "Mesh", "SizeSource", "graded_positions", "interval_mesh"]
