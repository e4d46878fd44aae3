"""Geometry in two and three dimensions: boxes, polygons or a mesh file become a Domain."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from npsolver.case.dimension import AXES
from npsolver.case.problems import Problems, listed
from npsolver.errors import InputError
from npsolver.mesh.coordinates import Domain, axis_names
from npsolver.mesh.domain import BoxDomain, MeshDomain, PolygonDomain
from npsolver.mesh.rectilinear import SIDES, Box, Surface

# what is said of a hole
OUTSIDE = "lies outside every region, so that it cuts nothing away; check its coordinates"


def resolve_domain(document, problems: Problems) -> Domain | None:
    """The domain of a case in two or three dimensions; None after a report."""
    section = document.geometry
    before = len(problems)
    if section.coordinates in ("cylindrical", "spherical"):
        message = f"{section.coordinates!r} is one-dimensional; expected 'axisymmetric' (r, z)"
        problems.add("geometry: coordinates", message)
    if section.inner_radius:
        problems.add("geometry: inner_radius", "is for shells in one dimension; give r = [from, to] in the regions")
    for region in section.region:
        if region.length is not None:
            problems.add(
                f"geometry: region {region.name!r}: length", "is for one dimension; give x = [from, to], y = [from, to]"
            )
    if len(problems) > before:
        return None
    try:
        if section.mesh is not None:
            return _mesh_domain(document, problems)
        if any(region.corners or region.radius for region in section.region):
            if any(region.z is not None for region in section.region) and section.coordinates == "cartesian":
                from npsolver.case.resolve_prisms import prism_domain

                return prism_domain(section, problems)
            return _polygon_domain(section, problems)
        return _box_domain(section, problems)
    except InputError as error:
        key = error.key or "geometry"
        file = f"{error.file}: " if error.file else ""
        problems.add(key if key.startswith("geometry") else f"geometry: {key}", file + error.message)
        return None


def _dimension(section) -> int:
    if section.dimension is not None:
        return section.dimension
    if section.coordinates == "axisymmetric":
        return 2
    items = [item for region in section.region for item in (region, *region.box)]
    return 3 if any(item.z is not None for item in items) else 2


def _box_domain(section, problems: Problems) -> BoxDomain | None:
    names = axis_names(section.coordinates, _dimension(section))
    before = len(problems)
    boxes = []
    for region in section.region:
        location = f"geometry: region {region.name!r}"
        parts = list(region.box)
        if any(getattr(region, axis) is not None for axis in AXES):
            if parts:
                problems.add(location, f"has both box and {', '.join(names)}; expected one of them")
            parts.append(region)
        if not parts:
            problems.add(location, "missing; expected " + " and ".join(f"{axis} = [from, to]" for axis in names))
        if region.centre is not None:
            problems.add(f"{location}: centre", "is for circles; give a radius as well, or leave it out")
        for part in parts:
            boxes.append((region.name, ends_of(part, names, location, problems, required=True)))
    if len(problems) > before:
        return None
    low = [min(ends[d][0] for _, ends in boxes) for d in range(len(names))]
    high = [max(ends[d][1] for _, ends in boxes) for d in range(len(names))]
    if section.coordinates == "axisymmetric" and low[0] < 0.0:
        problems.add("geometry: region", f"expected radii r >= 0, got {low[0]:g} m")
        return None
    for number, hole in enumerate(section.hole, start=1):
        location = f"geometry: hole {number}"
        if hole.corners or hole.centre is not None or hole.radius is not None:
            problems.add(location, "is a polygon or circle between boxes; give the regions by their corners as well")
        elif all(getattr(hole, axis) is None for axis in names):
            problems.add(location, "missing; expected a part such as " + f'{names[0]} = ["10 nm", "20 nm"]')
        ends = ends_of(hole, names, location, problems, required=False)
        ends = [end or (low[d], high[d]) for d, end in enumerate(ends)]
        if not any(name and overlap(ends, other) for name, other in boxes):
            problems.add(location, OUTSIDE)
        boxes.append(("", ends))
    surfaces = [_surface(item, names, low, high, problems) for item in section.surface]
    if len(problems) > before:
        return None
    domain = BoxDomain(
        section.coordinates,
        tuple(Box(name, tuple(e[0] for e in ends), tuple(e[1] for e in ends)) for name, ends in boxes),
        tuple(surfaces),
    )
    domain.check()
    return domain


def overlap(spans, others) -> bool:
    """Whether two boxes, given by their ends along every axis, have a part in common."""
    return all(min(b, d) > max(a, c) for (a, b), (c, d) in zip(spans, others))


def ends_of(part, names, location: str, problems: Problems, *, required: bool) -> list:
    for axis in AXES:
        if axis not in names and getattr(part, axis) is not None:
            problems.add(f"{location}: {axis}", f"is no coordinate here (coordinates: {', '.join(names)})")
    if required and (missing := [axis for axis in names if getattr(part, axis) is None]):
        problems.add(location, f"{' and '.join(missing)} missing; expected {missing[0]} = [from, to]")
    return [getattr(part, axis) for axis in names]


def _surface(item, names, low, high, problems: Problems) -> Surface | None:
    location = f"geometry: surface {item.name!r}"
    if item.line:
        problems.add(f"{location}: line", "is for regions given by corners; give a side, or " + ", ".join(names))
    if item.region:
        problems.add(f"{location}: region", "is for prisms and cylinders; give a side, or " + ", ".join(names))
    ends = [end or (low[d], high[d]) for d, end in enumerate(ends_of(item, names, location, problems, required=False))]
    given = [axis for axis in names if getattr(item, axis) is not None]
    if item.side is not None:
        sides = [side for pair in SIDES[: len(names)] for side in pair]
        if item.side not in sides:
            problems.add(f"{location}: side", f"expected one of {', '.join(sides)}, got {item.side!r}")
            return None
        axis, end = divmod(sides.index(item.side), 2)
        if names[axis] in given:
            problems.add(location, f"has both side = {item.side!r} and {names[axis]}; expected one of them")
        position = (low, high)[end][axis]
        ends[axis] = (position, position)
    elif not given:
        problems.add(location, f"missing; expected a side, or a position such as {names[-1]} = \"10 nm\"")
    return Surface(item.name, tuple(e[0] for e in ends), tuple(e[1] for e in ends))


def _polygon_domain(section, problems: Problems) -> PolygonDomain | None:
    names = axis_names(section.coordinates, 2)
    before = len(problems)
    if section.dimension == 3:
        problems.add("geometry: dimension", "polygons are two-dimensional")
    polygons = []
    holes = [(f"-{number}", hole, f"geometry: hole {number}") for number, hole in enumerate(section.hole, start=1)]
    parts = [(region.name, region, f"geometry: region {region.name!r}") for region in section.region]
    for name, part, location in [*parts, *holes]:
        if getattr(part, "box", None):
            problems.add(f"{location}: box", "cannot be combined with polygons; give every region corners or one box")
        elif part.corners or part.radius:
            no_extents(part, AXES, location, problems)
            polygons.append((name, outline(part, location, problems)))
        else:
            ends = ends_of(part, names, location, problems, required=True)
            if None not in ends:
                (a, b), (c, d) = ends
                polygons.append((name, ((a, c), (b, c), (b, d), (a, d))))
    spans = {name: [(min(x), max(x)) for x in zip(*corners)] for name, corners in polygons}
    for name, _, location in holes:
        if spans.get(name) and not any(overlap(spans[name], spans[part]) for part, *_ in parts if spans.get(part)):
            problems.add(location, OUTSIDE)
    lines: dict[str, tuple] = {}
    for item in section.surface:
        location = f"geometry: surface {item.name!r}"
        if item.region:
            problems.add(f"{location}: region", "is for prisms and cylinders (regions with z)")
        if item.name in lines:
            problems.add(location, "is defined twice; between polygons a surface is one line")
        if item.side or any(getattr(item, axis) is not None for axis in AXES):
            problems.add(location, 'expected line = [[...], [...]] where regions are given by corners')
        elif not item.line:
            problems.add(f"{location}: line", "missing; expected the points of the line on which the surface lies")
        else:
            lines[item.name] = points_of(item.line, f"{location}: line", 2, problems)
    if len(problems) > before:
        return None
    return PolygonDomain(section.coordinates, tuple(polygons), tuple(lines.items()))


def no_extents(part, axes, location: str, problems: Problems) -> None:
    """Refuse from and to along `axes` beside corners or a circle, which say it already."""
    for axis in axes:
        if getattr(part, axis) is not None:
            problems.add(f"{location}: {axis}", "comes with the corners or the circle; leave it out")


def outline(part, location: str, problems: Problems) -> tuple:
    """Corners of a polygon or circle, m; empty after a report."""
    from npsolver.mesh.polygons import polygon_fault
    from npsolver.mesh.prisms import circle_corners

    if part.corners and part.radius is not None:
        problems.add(location, "has both corners and a radius; expected one of them")
    elif part.corners and part.centre is not None:
        problems.add(location, "has both corners and a centre; expected one of them")
    elif part.corners:
        before = len(problems)
        corners = points_of(part.corners, f"{location}: corners", 3, problems)
        if len(problems) == before and (fault := polygon_fault(corners)):
            problems.add(f"{location}: corners", fault)
        return corners
    elif part.radius is None or part.centre is None or len(part.centre) != 2:
        problems.add(location, 'expected centre = ["0 nm", "0 nm"] and radius = "5 nm" of a circle')
    else:
        return circle_corners(part.centre, part.radius)
    return ()


def points_of(points, location: str, least: int, problems: Problems) -> tuple:
    if len(points) < least or any(len(p) != 2 for p in points):
        problems.add(location, f"expected at least {least} points with two coordinates each")
    return tuple(points)


def mesh_path(name: str, case_file: str) -> Path:
    """A mesh file, relative to the case file."""
    return Path(case_file).parent / name


@lru_cache(maxsize=8)
def _read(path: str, stamp: tuple, scale: float, coordinates: str, repair: bool, required: tuple[str, ...]):
    from npsolver.case.mesh_file import read_gmsh

    mesh = read_gmsh(path, scale=scale, coordinates=coordinates, required=required, repair=repair)
    return mesh, hashlib.sha256(Path(path).read_bytes()).hexdigest()


def read_mesh(section, case_file: str, required: tuple[str, ...] = ()):
    """Mesh of a geometry section and the hash of its file."""
    path = mesh_path(section.mesh, case_file)
    try:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
    except OSError:
        stamp = ()
    return _read(str(path), stamp, section.scale, section.coordinates, section.repair, required)


def _mesh_domain(document, problems: Problems) -> MeshDomain | None:
    section = document.geometry
    before = len(problems)
    for key in ("hole", "surface"):
        if getattr(section, key):
            problems.add(f"geometry: {key}", "is for boxes and polygons; regions and surfaces come from the mesh file")
    for region in section.region:
        if region.box or region.corners or any(getattr(region, key) is not None for key in ("centre", "radius", *AXES)):
            problems.add(f"geometry: region {region.name!r}", "takes no shape: it comes from the mesh file")
    if len(problems) > before:
        return None
    boundary = document.boundary
    named = [name for name in ("left", "right") if getattr(boundary, name) is not None]
    named += list(boundary.named)
    required = (*(region.name for region in section.region), *named)
    mesh, _ = read_mesh(section, problems.file, required)
    given = [region.name for region in section.region]
    lacking = [name for name in mesh.region_names if name not in given]
    if lacking:
        problems.add(
            "geometry: region",
            f"the regions {listed(lacking)} of {section.mesh} have no [[geometry.region]] that says what fills them",
        )
        return None
    if section.dimension is not None and section.dimension != mesh.dimension:
        problems.add("geometry: dimension", f"is {section.dimension}, but {section.mesh} has {mesh.dimension}")
        return None
    return MeshDomain(mesh)
