"""Prisms and cylinders of a case file become a PrismDomain."""

from __future__ import annotations

from npsolver.case.problems import Problems, listed
from npsolver.case.resolve_domain import OUTSIDE, ends_of, no_extents, outline, overlap, points_of
from npsolver.mesh.prisms import Prism, PrismDomain, PrismSurface
from npsolver.mesh.rectilinear import SIDES

NAMES = ("x", "y", "z")


def prism_domain(section, problems: Problems) -> PrismDomain | None:
    """The domain of a case whose regions have corners or a radius, and heights; None after a report."""
    before = len(problems)
    if section.dimension == 2:
        problems.add("geometry: dimension", "is 2, but regions have z")
    prisms = []
    parts = [(region.name, region, f"geometry: region {region.name!r}") for region in section.region]
    for name, part, location in parts:
        if part.box:
            problems.add(f"{location}: box", "cannot be combined with prisms; give every region one shape")
        elif part.z is None:
            problems.add(location, 'z missing; expected z = ["0 nm", "10 nm"], as other regions have')
        else:
            prisms.append(_prism(name, part, part.z, location, problems))
    if len(problems) > before:
        return None
    whole = (min(p.low for p in prisms), max(p.high for p in prisms))
    for number, hole in enumerate(section.hole, start=1):
        location = f"geometry: hole {number}"
        prism = _prism("", hole, hole.z or whole, location, problems)
        if prism.corners and not any(overlap(_spans(prism), _spans(part)) for part in prisms if part.region and part.corners):
            problems.add(location, OUTSIDE)
        prisms.append(prism)
    names = [region.name for region in section.region]
    surfaces = [_surface(item, names, whole, problems) for item in section.surface]
    if len(problems) > before:
        return None
    domain = PrismDomain(tuple(prisms), tuple(surfaces))
    domain.check()
    return domain


def _prism(name, part, z, location, problems: Problems) -> Prism:
    if part.r is not None:
        problems.add(f"{location}: r", "is no coordinate here (coordinates: x, y, z)")
    if part.corners or part.radius is not None:
        no_extents(part, ("x", "y"), location, problems)
        return Prism(name, outline(part, location, problems), *z)
    ends = ends_of(part, ("x", "y"), location, _WithZ(problems), required=True)
    if None in ends:
        return Prism(name, (), *z)
    (a, b), (c, d) = ends
    return Prism(name, ((a, c), (b, c), (b, d), (a, d)), *z)


def _spans(prism: Prism) -> list[tuple[float, float]]:
    """From and to along x, y, z, m."""
    return [*((min(x), max(x)) for x in zip(*prism.corners)), (prism.low, prism.high)]


class _WithZ:
    """Passes reports on, but not that z is no coordinate."""

    def __init__(self, problems: Problems):
        self._problems = problems

    def add(self, location: str, message: str) -> None:
        if not location.endswith(": z"):
            self._problems.add(location, message)


def _surface(item, regions, whole, problems: Problems) -> PrismSurface | None:
    location = f"geometry: surface {item.name!r}"
    for axis in ("x", "y", "r"):
        if getattr(item, axis) is not None:
            problems.add(f"{location}: {axis}", "expected a side, a line, a region or z where regions are prisms")
    given = [key for key in ("side", "line", "region") if getattr(item, key)]
    if len(given) > 1:
        problems.add(location, f"has {' and '.join(given)}; expected one of them")
        return None
    low, high = item.z or whole
    if item.side in SIDES[2]:
        low = high = whole[SIDES[2].index(item.side)]
        if item.z is not None:
            problems.add(location, f"has both side = {item.side!r} and z; expected one of them")
        return PrismSurface(item.name, low, high)
    if not given and (item.z is None or low != high):
        problems.add(location, 'expected a side, a line, a region, or one height such as z = "10 nm"')
    if item.region and item.region not in regions:
        problems.add(f"{location}: region", f"unknown region {item.region!r} (regions: {listed(regions)})")
    line = points_of(item.line, f"{location}: line", 2, problems) if item.line else ()
    return PrismSurface(item.name, low, high, line, item.region or "", item.side or "")
