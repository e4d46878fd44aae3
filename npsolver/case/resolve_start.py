"""Where a computation starts: mesh options, initial concentrations, and what is drawn."""

from __future__ import annotations

import numpy as np

from npsolver.case.case import Initial, MeshOptions, OutputOptions
from npsolver.case.expression import ExpressionError, Profile
from npsolver.case.fields import ProfileText
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.quantities import KINDS, QuantityError, parse_quantity
from npsolver.case.resolve_species import Names
from npsolver.mesh.geometry import Geometry
from npsolver.model import Model

SAMPLES = 101  # positions per region at which a profile is tried


def resolve_mesh(document, problems: Problems) -> MeshOptions:
    """Mesh options."""
    section = document.mesh
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
    total = sum(region.length for region in document.geometry.region)
    if section.smallest is not None and section.smallest > total:
        problems.add("mesh: smallest", f"expected less than the whole length {total:g} m, got {section.smallest:g} m")
    return MeshOptions(section.nodes, section.grading, section.refine, section.smallest, section.growth)


def resolve_initial(document, model: Model, geometry: Geometry, names: Names, problems: Problems) -> Initial:
    """Initial concentrations of every region; what holds everywhere is overridden by what holds in a region."""
    everywhere = _profiles(document.initial.concentration, "initial: concentration", geometry, names, problems)
    regions = {region.name: region for region in model.regions}
    for name in document.initial.region:
        if name not in regions:
            problems.add("initial", f"unknown region {name!r}{nearest(name, regions)} (regions: {listed(regions)})")
    result = {}
    for name, region in regions.items():
        location = f"initial: region {name!r}: concentration"
        section = document.initial.region.get(name)
        local = _profiles(section.concentration, location, geometry, names, problems) if section else {}
        for species in sorted(set(local) & region.excluded_species):
            problems.add(location, f"species {species!r} is excluded from this region")
        present = {
            species: value for species, value in (everywhere | local).items() if species not in region.excluded_species
        }
        for species, value in present.items():
            _try_profile(value, geometry.extent(name), f"{location}: {species!r}", problems)
        if present:
            result[name] = present
    return Initial(result)


def _profiles(values: dict, location: str, geometry: Geometry, names: Names, problems: Problems) -> dict:
    result = {}
    for name, value in names.mapping(values, location).items():
        if not isinstance(value, ProfileText):
            result[name] = value
            continue
        try:
            factor = parse_quantity(f"1 {value.unit}", KINDS["concentration"])
            result[name] = Profile(value.expression, factor, geometry.length)
        except QuantityError as error:
            problems.add(f"{location}: {name!r}: unit", str(error))
        except ExpressionError as error:
            problems.add(f"{location}: {name!r}: expression", str(error))
    return result


def _try_profile(value, extent: tuple[float, float], location: str, problems: Problems) -> None:
    if not isinstance(value, Profile):
        return
    x = np.linspace(*extent, SAMPLES)
    c = value(x)
    if not np.all(np.isfinite(c)):
        where = x[~np.isfinite(c)][0]
        problems.add(location, f"expected a finite concentration, got {c[~np.isfinite(c)][0]:g} at x = {where:g} m")
    elif np.any(c < 0.0):
        problems.add(location, f"expected a concentration >= 0, got {c.min():g} mol/m^3 at x = {x[c.argmin()]:g} m")


def resolve_output(document) -> OutputOptions:
    """Plots."""
    return OutputOptions(document.output.plots, tuple(dict.fromkeys(document.output.formats)) or ("png",))
