"""Pourbaix diagrams: of elements and their mixtures, of alloys with mixed oxide films, of surfaces with adsorbates.

>>> from npsolver.equilibrium.pourbaix import pourbaix_diagram
>>> iron = pourbaix_diagram("Fe")
>>> iron.stable_at(9.0, 0.2)
'Fe2O3'
"""

from npsolver.equilibrium.pourbaix.alloy import AlloyDiagram, alloy_diagram
from npsolver.equilibrium.pourbaix.boundaries import Boundary, TriplePoint
from npsolver.equilibrium.pourbaix.compounds import Compound, CompoundTable, read_table, standard_table
from npsolver.equilibrium.pourbaix.diagram import Field, PourbaixDiagram, pourbaix_diagram
from npsolver.equilibrium.pourbaix.formula import Formula, parse_formula
from npsolver.equilibrium.pourbaix.phases import SolutionPhase
from npsolver.equilibrium.pourbaix.surface import SurfaceDiagram, SurfaceState, coverage_states, surface_diagram
from npsolver.equilibrium.pourbaix.transform import Conditions, WaterWindow, water_window

__all__ = [
    "AlloyDiagram",
    "Boundary",
    "Compound",
    "CompoundTable",
    "Conditions",
    "Field",
    "Formula",
    "PourbaixDiagram",
    "SolutionPhase",
    "SurfaceDiagram",
    "SurfaceState",
    "TriplePoint",
    "WaterWindow",
    "alloy_diagram",
    "coverage_states",
    "parse_formula",
    "pourbaix_diagram",
    "read_table",
    "standard_table",
    "surface_diagram",
    "water_window",
]
