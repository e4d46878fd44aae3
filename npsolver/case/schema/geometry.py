"""Regions, holes, surfaces and the mesh."""

from __future__ import annotations

from typing import Literal

from npsolver.case import fields
from npsolver.case.fields import Name
from npsolver.case.section import Section, described


class BoxSection(Section):
    """An axis-parallel box."""

    x: fields.Interval | None = described("From and to, along x.", None)
    y: fields.Interval | None = described("From and to, along y.", None)
    z: fields.Interval | None = described("From and to, along z (also in axisymmetric coordinates).", None)
    r: fields.Interval | None = described("From and to, along the radius of axisymmetric coordinates.", None)


class HoleSection(BoxSection):
    """A part without solution, cut out: a polygon, or a box (over the whole domain along keys left out)."""

    corners: list[fields.Point] = described("Corners of a polygon, instead of a box.", [])
    centre: fields.Point | None = described("Centre of a circle, instead of a box; with `radius`.", None)
    radius: fields.Length | None = described("Radius of the circle.", None)


class SurfaceSection(Section):
    """A named surface in two or three dimensions; [boundary.NAME] says what holds on it.

    Everything else on the outside is called after its side: left, right along the first axis, bottom, top along the
    second, front, back along the third, inner on holes. Without a [boundary] section it blocks and carries no charge.
    """

    name: Name = described("Name. Several entries of one name are one surface.")
    side: Literal["left", "right", "bottom", "top", "front", "back"] | None = described(
        "Side of the domain on which it lies, instead of its position along that axis.", None
    )
    x: fields.Span | None = described("Position along x, or from and to. Default: all.", None)
    y: fields.Span | None = described("Position along y, or from and to. Default: all.", None)
    z: fields.Span | None = described("Position along z, or from and to. Default: all.", None)
    r: fields.Span | None = described("Radius, or from and to. Default: all.", None)
    line: list[fields.Point] = described("With polygons: points of the line on which it lies.", [])
    region: str | None = described(
        "With prisms and cylinders: the region whose upright faces it is, within z.", None
    )


class RegionSection(Section):
    """One part of the geometry and what fills it: a layer in one dimension, boxes or a polygon in two or three."""

    name: Name = described("Name.")
    length: fields.Length | None = described("Thickness of the layer (one dimension).", None)
    x: fields.Interval | None = described("From and to, along x (two and three dimensions).", None)
    y: fields.Interval | None = described("From and to, along y.", None)
    z: fields.Interval | None = described("From and to, along z (also in axisymmetric coordinates).", None)
    r: fields.Interval | None = described("From and to, along the radius of axisymmetric coordinates.", None)
    box: list[BoxSection] = described("Several boxes, instead of x, y, z, r.", [], max_length=1000)
    corners: list[fields.Point] = described(
        "Corners of a polygon, instead of x and y; the domain is then triangulated. With z it is a prism.", []
    )
    centre: fields.Point | None = described(
        "Centre of a circle, instead of x and y; with `radius`. With z it is a cylinder.", None
    )
    radius: fields.Length | None = described(
        "Radius of the circle, which becomes a polygon of 48 corners and the same area.", None
    )
    relative_permittivity: fields.Permittivity = described(
        "Relative permittivity; the default is water at 25 °C.", 78.5
    )
    porosity: fields.Porosity = described("Volume fraction open to the species.", 1.0)
    tortuosity: fields.Tortuosity = described(
        "Tortuosity factor: effective diffusivity = diffusivity · porosity / tortuosity.", 1.0
    )
    fixed_charge: fields.FixedCharge = described(
        "Immobile charge: concentration times charge number, per total volume. Also in C/m^3.", 0.0
    )
    partition: dict[str, fields.Partition] = described(
        "Partition coefficient of a species, exp(−mu0/RT): its concentration here over that in solution at equal"
        " potential.",
        {},
    )
    standard_potential: dict[str, fields.MolarEnergy] = described(
        "Standard potential mu0 of a species here relative to solution, instead of `partition`. Also in eV.", {}
    )
    excluded_species: list[str] = described("Species that cannot enter.", [])
    diffusivity: dict[str, fields.Diffusivity] = described("Diffusivity of a species where it differs here.", {})
    production: dict[str, fields.ProductionProfile] = described(
        "Rate at which a species appears by itself (radiolysis, metabolism; negative: disappears), per total volume: a"
        ' quantity, or an expression of the position such as `{ expression = "exp(-x/1e-6)", unit = "mM/s" }`. In one'
        " dimension it must make no net charge.",
        {},
    )
    production_balance: str | None = described(
        "Ion whose production follows from that of the others, so that they make no net charge.", None
    )


class GeometrySection(Section):
    """Layers side by side from left to right or from the inside to the outside, or boxes, polygons or a mesh file."""

    coordinates: Literal["cartesian", "cylindrical", "spherical", "axisymmetric"] = described(
        "Coordinate system; axisymmetric has the coordinates r and z.", "cartesian"
    )
    dimension: Literal[1, 2, 3] | None = described(
        "Number of dimensions. Default: that of the regions, 1 where they have a length.", None
    )
    mesh: str | None = described(
        "Gmsh file (.msh), relative to the case file: its physical groups are the regions and boundaries.", None
    )
    scale: fields.Length = described("Length of one unit of the mesh file.", 1.0)
    repair: bool = described(
        "Connect the points of the mesh file anew, and add some on surfaces, until the triangles or tetrahedra are"
        " boundary-conforming Delaunay.",
        False,
    )
    inner_radius: fields.Radius = described(
        "Radius at which the first region begins; 0 is the axis or centre, where no boundary is.", 0.0
    )
    region: list[RegionSection] = described("The layers or parts.", min_length=1, max_length=1000)
    hole: list[HoleSection] = described("Parts cut out (two and three dimensions).", [], max_length=1000)
    surface: list[SurfaceSection] = described("Named surfaces (two and three dimensions).", [], max_length=1000)


class MeshSection(Section):
    """The mesh sizes itself to the Debye lengths and interfaces; these keys override it."""

    nodes: fields.Nodes | None = described(
        "Number of nodes; in two and three dimensions along every axis, one number or a list. Default: as many as the"
        " grading needs.",
        None,
    )
    grading: Literal["auto", "uniform"] = described("Refined towards boundaries and interfaces, or even.", "auto")
    refine: fields.Positive = described(
        "Factor on the number of edges along every axis. A mesh file: 2, 4 or 8, halving its edges.", 1.0
    )
    smallest: fields.Length | None = described("Length of the smallest cells. Default: from the Debye length.", None)
    growth: fields.Positive = described("Largest ratio of neighbouring cells, above 1.", 1.025)
