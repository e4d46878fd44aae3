"""Where a computation starts: mesh options, initial concentrations, and what is drawn."""

from __future__ import annotations

import numpy as np

from npsolver.case.case import Initial, MeshOptions, OutputOptions
from npsolver.case.expression import ExpressionError, Profile
from npsolver.case.fields import ProfileText
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.quantities import KINDS, QuantityError, parse_quantity
from npsolver.case.resolve_species import Names
from npsolver.mesh.coordinates import Domain
from npsolver.mesh.geometry import Geometry
from npsolver.model import Model


def resolve_mesh(document, geometry: Geometry | Domain | None, problems: Problems) -> MeshOptions:
    """Mesh options."""
    section = document.mesh
    if isinstance(geometry, Domain):
        from npsolver.case.resolve_domain_mesh import resolve_domain_mesh

        return resolve_domain_mesh(section, geometry, problems)
    if isinstance(section.nodes, tuple):
        if geometry is not None:  # otherwise the geometry is at fault, and its dimension is not known
            problems.add("mesh: nodes", "expected one number in one dimension")
        return MeshOptions()
    if section.growth <= 1.0 or section.growth > 10.0:
        problems.add("mesh: growth", f"expected a ratio above 1 and at most 10, got {section.growth:g}")
    if not 0.01 <= section.refine <= 1000.0:
        problems.add("mesh: refine", f"expected a factor between 0.01 and 1000, got {section.refine:g}")
    if section.nodes is not None and section.nodes < 2 * len(document.geometry.region) + 1:
        problems.add(
            "mesh: nodes",
            f"expected at least {2 * len(document.geometry.region) + 1} for {len(document.geometry.region)} regions,"
            f" got {section.nodes}",
        )
    total = sum(region.length or 0.0 for region in document.geometry.region)
    if section.smallest is not None and section.smallest > total > 0.0:
        problems.add("mesh: smallest", f"expected less than the whole length {total:g} m, got {section.smallest:g} m")
    return MeshOptions(section.nodes, section.grading, section.refine, section.smallest, section.growth)


def resolve_initial(document, model: Model, geometry: Geometry | Domain, names: Names, problems: Problems) -> Initial:
    """Initial concentrations of every region; what holds everywhere is overridden by what holds in a region."""
    everywhere = profiles_in_position(document.initial.concentration, "initial: concentration", geometry, names, problems)
    regions = {region.name: region for region in model.regions}
    for name in document.initial.region:
        if name not in regions:
            problems.add("initial", f"unknown region {name!r}{nearest(name, regions)} (regions: {listed(regions)})")
    result = {}
    for name, region in regions.items():
        location = f"initial: region {name!r}: concentration"
        section = document.initial.region.get(name)
        local = profiles_in_position(section.concentration, location, geometry, names, problems) if section else {}
        for species in sorted(set(local) & region.excluded_species):
            problems.add(location, f"species {species!r} is excluded from this region")
        present = {
            species: value for species, value in (everywhere | local).items() if species not in region.excluded_species
        }
        for species, value in present.items():
            _try_profile(value, geometry.samples(name), f"{location}: {species!r}", problems)
        if present:
            result[name] = present
    return Initial(result)


def profiles_in_position(
    values: dict, location: str, geometry: Geometry | Domain, names: Names, problems: Problems, kind: str = "concentration"
) -> dict:
    """Numbers and `Profile`s by species, from quantities of `kind` and texts."""
    result = {}
    for name, value in names.mapping(values, location).items():
        if not isinstance(value, ProfileText):
            result[name] = value
            continue
        try:
            factor = parse_quantity(f"1 {value.unit}", KINDS[kind])
            result[name] = Profile(value.expression, factor, geometry.length, geometry.axes)
        except QuantityError as error:
            problems.add(f"{location}: {name!r}: unit", str(error))
        except ExpressionError as error:
            problems.add(f"{location}: {name!r}: expression", str(error))
    return result


def _try_profile(value, x: np.ndarray, location: str, problems: Problems) -> None:
    if not isinstance(value, Profile):
        return
    c = value(x)
    if not np.all(np.isfinite(c)):
        where = x[~np.isfinite(c)][0]
        value = c[~np.isfinite(c)][0]
        problems.add(location, f"expected a finite concentration, got {value:g} at {position_text(where)}")
    elif np.any(c < 0.0):
        where = position_text(x[c.argmin()])
        problems.add(location, f"expected a concentration >= 0, got {c.min():g} mol/m^3 at {where}")


def position_text(x) -> str:
    """A position (m) in words."""
    return f"x = {x:g} m" if np.ndim(x) == 0 else "(" + ", ".join(f"{value:g}" for value in x) + ") m"


def resolve_output(document, geometry: Geometry | Domain, problems: Problems) -> OutputOptions:
    """Plots, and the lines and planes along which they cut."""
    section = document.output
    lines = []
    for item in section.line:
        location = f"output: line {item.name!r}"
        if geometry.dimension == 1:
            problems.add(location, "is for two and three dimensions")
        elif len(item.start) != geometry.dimension or len(item.stop) != geometry.dimension:
            problems.add(location, f"expected positions with {geometry.dimension} coordinates each")
        elif item.start == item.stop:
            problems.add(location, "begins and ends at one place")
        lines.append((item.name, item.start, item.stop))
    planes = [_plane(item, geometry, problems) for item in section.section]
    formats = tuple(dict.fromkeys(section.formats)) or ("png",)
    return OutputOptions(section.plots, formats, tuple(lines), tuple(planes))


def _plane(item, geometry: Geometry | Domain, problems: Problems) -> tuple[str, dict]:
    """Name, and position or from and to along the axes that are given."""
    location = f"output: section {item.name!r}"
    given = {axis: getattr(item, axis) for axis in ("x", "y", "z") if getattr(item, axis) is not None}
    found = {axis: low if low == high else (low, high) for axis, (low, high) in given.items()}
    across = [axis for axis, at in found.items() if not isinstance(at, tuple)]
    if geometry.dimension != 3:
        problems.add(location, "is for three dimensions; two are drawn as a whole")
    elif len(across) != 1:
        problems.add(location, f"has {len(across) or 'no'} planes; expected a position along one axis, such as x = \"10 nm\"")
    else:
        for axis, low, high in zip("xyz", geometry.low, geometry.high):
            start, stop = given.get(axis, (low, high))
            slack = 1e-9 * (high - low)
            outside = start < low - slack or stop > high + slack if axis in across else stop <= low or start >= high
            if outside:
                extent = f"the domain extends from {low:g} to {high:g} m"
                problems.add(f"{location}: {axis}", f"lies outside the domain; {extent}")
    return item.name, found
