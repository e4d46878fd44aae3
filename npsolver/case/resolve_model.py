"""From checked sections to the Model: names resolved, library values filled in."""

from __future__ import annotations

import math

from npsolver.case.keys import SIDES
from npsolver.case.problems import Problems
from npsolver.case.resolve_boundaries import resolve_boundaries
from npsolver.case.resolve_species import Names, resolve_species
from npsolver.mesh.coordinates import Domain
from npsolver.mesh.geometry import Geometry
from npsolver.model import Model, Region
from npsolver.units import GAS_CONSTANT


def resolve_geometry(document, problems: Problems) -> Geometry | Domain | None:
    """Lengths and names of the layers, or the domain in two and three dimensions."""
    section = document.geometry
    names = [region.name for region in section.region]
    duplicates = sorted({name for name in names if names.count(name) > 1})
    for name in duplicates:
        problems.add(f"geometry: region {name!r}", f"is defined {names.count(name)} times; names must differ")
    for key in ("scale", "repair"):
        if section.mesh is None and key in section.given:
            problems.add(f"geometry: {key}", 'is for a mesh file; give one by mesh = "NAME.msh", or remove it')
    if _dimension(section) > 1:
        from npsolver.case.resolve_domain import resolve_domain

        return None if duplicates else resolve_domain(document, problems)
    before = len(problems)
    for key in ("hole", "surface"):
        if getattr(section, key):
            problems.add(f"geometry: {key}", "is for two and three dimensions")
    for region in section.region:
        if region.length is None:
            problems.add(
                f"geometry: region {region.name!r}: length",
                "missing; expected a length such as '50 nm' (Thickness of the layer)",
            )
        if region.box or region.corners or any(getattr(region, key) is not None for key in ("centre", "radius", *"xyzr")):
            problems.add(f"geometry: region {region.name!r}", "boxes, corners and circles are for two and three dimensions")
    if len(problems) > before:
        return None
    if section.coordinates == "cartesian" and section.inner_radius > 0.0:
        problems.add(
            "geometry: inner_radius", "is for cylindrical and spherical coordinates, but coordinates = 'cartesian'"
        )
    if duplicates:
        return None
    regions = tuple((region.name, region.length) for region in section.region)
    return Geometry(section.coordinates, regions, section.inner_radius)


def _dimension(section) -> int:
    if section.dimension is not None:
        return section.dimension
    if section.mesh is not None or section.coordinates == "axisymmetric":
        return 2
    shaped = any(
        region.box or region.corners or region.radius or any(getattr(region, axis) is not None for axis in "xyzr")
        for region in section.region
    )
    return 2 if shaped and section.coordinates == "cartesian" else 1


def _names_apart(section, geometry: Geometry | Domain | None, problems: Problems) -> None:
    """Observables and closed forms name regions and boundaries in one place: ``flux[K+, left]``."""
    taken = set() if section.mesh is not None else {*SIDES, *SIDES.values()}
    if section.mesh is None and _dimension(section) > 1:
        from npsolver.mesh.rectilinear import SIDES as DOMAIN_SIDES

        taken = {"inner", *(side for pair in DOMAIN_SIDES for side in pair)}
    taken |= {surface.name for surface in section.surface}
    taken |= set(geometry.boundary_names) if geometry is not None else set()
    for region in section.region:
        if region.name in taken:
            problems.add(
                f"geometry: region {region.name!r}",
                f"is named like a boundary, which leaves open what names such as 'flux[K+, {region.name}]' mean; expected"
                f" another name, e.g. '{region.name} part'",
            )


def resolve_regions(document, names: Names, problems: Problems) -> tuple[Region, ...]:
    """Materials, partition coefficients turned into standard potentials."""
    thermal = GAS_CONSTANT * document.model.temperature
    regions = []
    for section in document.geometry.region:
        location = f"geometry: region {section.name!r}"
        partition = names.mapping(section.partition, f"{location}: partition")
        standard = names.mapping(section.standard_potential, f"{location}: standard_potential")
        for name in sorted(set(partition) & set(standard)):
            problems.add(location, f"species {name!r} has both a partition and a standard_potential; expected one")
        standard |= {name: 0.0 - thermal * math.log(value) for name, value in partition.items()}
        found = [names.resolve(name, f"{location}: excluded_species") for name in section.excluded_species]
        excluded = frozenset(name for name in found if name)
        for name in sorted(excluded & set(standard)):
            problems.add(location, f"species {name!r} is excluded, so it can have no partition or standard_potential")
        regions.append(
            Region(
                name=section.name,
                relative_permittivity=section.relative_permittivity,
                porosity=section.porosity,
                tortuosity=section.tortuosity,
                fixed_charge=section.fixed_charge,
                standard_potential=standard,
                excluded_species=excluded,
                diffusivity=names.mapping(section.diffusivity, f"{location}: diffusivity"),
            )
        )
    if regions and names.declared:
        for name in names.declared:
            if all(name in region.excluded_species for region in regions):
                problems.add(f"species {name!r}", "is excluded from every region; remove it or let it enter one")
    return tuple(regions)


def _has_kinetics(boundary) -> bool:
    """Whether something passes a boundary at a finite rate."""
    sections = [getattr(boundary, name) for name in ("left", "right")] + list(boundary.named.values())
    return any(item.reaction or item.transfer for item in sections if item is not None)


def _names_gases(boundary) -> bool:
    """Whether a boundary has to do with gases, or is the contact of a solid."""
    sections = [getattr(boundary, name) for name in ("left", "right")] + list(boundary.named.values())
    sections = [item for item in sections if item is not None]
    return any(item.kind not in ("bath", "wall", "outflow") or item.pressure or item.exchange for item in sections)


def resolve_model(document, problems: Problems) -> tuple[Model | None, Geometry | Domain | None, Names, dict[str, str]]:
    """The Model and the Geometry; None where an earlier problem leaves nothing to build."""
    species, sources = resolve_species(document, problems)
    names = Names([section.name for section in document.species], problems)
    geometry = resolve_geometry(document, problems)
    _names_apart(document.geometry, geometry, problems)
    regions = resolve_regions(document, names, problems)
    if isinstance(geometry, Domain):  # in the order of the mesh
        by_name = {region.name: region for region in regions}
        regions = tuple(by_name[name] for name in geometry.region_names)
    if geometry is not None and any(
        section.production or section.production_balance for section in document.geometry.region
    ):
        from npsolver.case.resolve_production import with_production

        regions = with_production(document, regions, species, geometry, names, problems)
    boundaries = {}
    if geometry is not None or _dimension(document.geometry) == 1:  # otherwise the surfaces are not known
        boundaries = resolve_boundaries(document, geometry, species, names, problems)
    # what few cases have is imported with those
    chemistry, reactions, excess, local, coupling, flow = None, (), (), {}, None, None
    if document.activity:
        from npsolver.case.resolve_activity import resolve_activity

        excess, local = resolve_activity(document, species, boundaries, names, problems)
    solid = document.defect_equilibrium or _names_gases(document.boundary)
    kinetics = _has_kinetics(document.boundary)
    if solid or kinetics:
        from npsolver.model.phase_laws import PhaseLaws, differ

        jumps = differ(excess, local, document.onsager is not None, regions)
        laws = PhaseLaws(excess, local, tuple(item.name for item in species), document.model.temperature, jumps)
    if solid:
        from npsolver.case.resolve_defects import hold_gases, inner_reactions, resolve_defects

        chemistry = resolve_defects(document, species, laws, names, problems)
        boundaries = hold_gases(document, boundaries, chemistry, species, laws, regions, geometry, names, problems)
    if kinetics:
        from npsolver.case.resolve_surface_reaction import resolve_surface_reactions

        boundaries = resolve_surface_reactions(
            document, boundaries, species, chemistry, laws, regions, geometry, names, problems
        )
    if document.reaction:
        from npsolver.case.resolve_reaction import resolve_reactions

        reactions = resolve_reactions(document, species, names, problems)
    if solid and geometry is not None:
        length = geometry.length
        reactions += inner_reactions(document, chemistry, species, laws, regions, boundaries, length, names, problems)
    if document.onsager is not None and not len(problems):
        from npsolver.case.resolve_onsager import resolve_onsager, with_diagonal

        coupling = resolve_onsager(document, species, regions, excess, local, names, problems)
        species = species if coupling is None else with_diagonal(species, regions, coupling)
    if document.convection.given and geometry is not None:
        from npsolver.case.resolve_flow import resolve_flow

        flow = resolve_flow(document, geometry, problems)
    if len(problems):
        return None, geometry, names, sources
    model = Model(
        species=species,
        regions=regions,
        boundaries=boundaries,
        temperature=document.model.temperature,
        physics=document.model.physics,
        reactions=reactions,
        velocity=0.0 if isinstance(geometry, Domain) else document.convection.velocity,
        flow=flow,
        defects=chemistry,
        excess=excess,
        local_excess=local,
        coupling=coupling,
    )
    return model, geometry, names, sources
