"""The whole case file."""

from __future__ import annotations

from npsolver.case import fields
from npsolver.case.schema.activity import ActivitySection
from npsolver.case.schema.boundary import BoundariesSection, ConvectionSection, InitialSection
from npsolver.case.schema.geometry import GeometrySection, MeshSection
from npsolver.case.schema.onsager import OnsagerSection
from npsolver.case.schema.output import ExpectSection, ObservableSection, OutputSection
from npsolver.case.schema.physics import About, DefectEquilibriumSection, ModelSection, ReactionSection, SpeciesSection
from npsolver.case.schema.solve import SolveSection
from npsolver.case.section import Section, described


class CaseDocument(Section):
    """A whole case file."""

    case: About = described("What the case is.", About)
    model: ModelSection = described("The equations.", ModelSection)
    species: list[SpeciesSection] = described("Mobile species.", min_length=1, max_length=200)
    reaction: list[ReactionSection] = described("Homogeneous reactions.", [], max_length=1000)
    defect_equilibrium: list[DefectEquilibriumSection] = described("Defect chemistry of solids.", [], max_length=100)
    activity: list[ActivitySection] = described("Activity coefficients and finite size.", [], max_length=100)
    onsager: OnsagerSection | None = described("Coupled diffusion.", None)
    geometry: GeometrySection = described("Layers.")
    boundary: BoundariesSection = described("Ends.")
    initial: InitialSection = described("Initial state.", InitialSection)
    convection: ConvectionSection = described("Flow.", ConvectionSection)
    mesh: MeshSection = described("Mesh.", MeshSection)
    solve: SolveSection = described("What is computed.", SolveSection)
    output: OutputSection = described("What is drawn.", OutputSection)
    observable: list[ObservableSection] = described("Further observables.", [], max_length=fields.MAX_ITEMS)
    expect: list[ExpectSection] = described("Expected results.", [], max_length=fields.MAX_ITEMS)
