"""The imposed flow of two and three dimensions."""

from __future__ import annotations

import numpy as np

from npsolver.case.expression import ExpressionError, Profile
from npsolver.case.fields import ProfileText
from npsolver.case.problems import Problems
from npsolver.case.quantities import KINDS, QuantityError, parse_quantity
from npsolver.case.resolve_start import position_text
from npsolver.errors import InputError
from npsolver.mesh.domain import Domain
from npsolver.model import Flow

KEYS = ("field", "stream_function", "profile", "along")


def resolve_flow(document, geometry, problems: Problems) -> Flow | None:
    """The flow, None without one; `velocity` alone is that of one dimension."""
    section = document.convection
    given = [key for key in KEYS if getattr(section, key) not in (None, [])]
    if not isinstance(geometry, Domain):
        for key in given:
            problems.add(f"convection: {key}", "is for two and three dimensions; give the velocity")
        return None
    ways = [key for key in ("field", "stream_function") if key in given]
    if section.velocity or "profile" in given:
        ways.append("velocity")
    if ways == ["velocity"] and "velocity" not in section.given:
        problems.add("convection: velocity", f"missing; profile = {section.profile!r} has the shape of a mean velocity only")
        return None
    if len(ways) > 1:
        problems.add("convection", f"{' and '.join(ways)} cannot all be given; expected one of them")
        return None
    if not ways:
        if "along" in given:
            problems.add("convection: along", "needs a velocity")
        return None
    before = len(problems)
    flow = {"field": _field, "stream_function": _stream_function, "velocity": _profile}[ways[0]](
        section, geometry, problems
    )
    if ways[0] != "velocity" and "along" in given:
        problems.add("convection: along", f"is for a velocity, but {ways[0]} is given")
    return flow if len(problems) == before else None


def _profile(section, domain: Domain, problems: Problems) -> Flow | None:
    axis = domain.axes.index("z") if domain.coordinates == "axisymmetric" else 0
    if section.along is not None:
        if section.along not in domain.axes:
            problems.add("convection: along", f"expected one of {', '.join(domain.axes)}, got {section.along!r}")
            return None
        axis = domain.axes.index(section.along)
    profile = section.profile or "plug"
    if domain.coordinates == "axisymmetric" and axis == 0:
        problems.add("convection: along", "a flow along r comes from nowhere; expected 'z', or a stream_function")
    if profile == "poiseuille":
        if domain.dimension == 3:
            from npsolver.discretisation.duct import channel_columns
            from npsolver.mesh.domain import MeshDomain

            try:
                channel_columns(domain.mesh if isinstance(domain, MeshDomain) else domain.outline, axis)
            except InputError as error:
                problems.add(error.key, error.message)
        elif domain.coordinates == "axisymmetric" and domain.low[0] != 0.0:
            problems.add("convection: profile", "'poiseuille' in r-z is a tube around the axis; give a stream_function")
    return Flow(profile=profile, mean=section.velocity, axis=axis)


def _field(section, domain: Domain, problems: Problems) -> Flow | None:
    if len(section.field) != domain.dimension:
        names = ", ".join(domain.axes)
        problems.add("convection: field", f"expected one component for each of {names}, got {len(section.field)}")
        return None
    components = [
        _compiled(value, "velocity_plane", domain, f"convection: field: {name}", problems)
        for name, value in zip(domain.axes, section.field)
    ]
    return Flow(components=tuple(components))


def _stream_function(section, domain: Domain, problems: Problems) -> Flow | None:
    if domain.dimension == 3:
        problems.add("convection: stream_function", "is for two dimensions and r-z; give a field")
        return None
    kind = "velocity_spherical" if domain.coordinates == "axisymmetric" else "velocity_cylindrical"
    psi = _compiled(section.stream_function, kind, domain, "convection: stream_function", problems)
    if psi is not None and not isinstance(psi, Profile):
        problems.add("convection: stream_function", "a constant is no flow; expected an expression in the position")
    return Flow(stream_function=psi)


def _compiled(value, kind: str, domain: Domain, location: str, problems: Problems):
    """A number in SI, or a function of the position."""
    if not isinstance(value, ProfileText):
        return value
    try:
        unit = value.unit or KINDS[kind].unit
        profile = Profile(value.expression, parse_quantity(f"1 {unit}", KINDS[kind]), domain.length, domain.axes)
    except QuantityError as error:
        problems.add(f"{location}: unit", str(error))
        return None
    except ExpressionError as error:
        problems.add(f"{location}: expression", str(error))
        return None
    for region in domain.region_names:
        x = domain.samples(region)
        found = profile(x)
        if not np.all(np.isfinite(found)):
            where = x[~np.isfinite(found)][0]
            problems.add(location, f"expected a finite value, got {found[~np.isfinite(found)][0]:g} at {position_text(where)}")
            break
    return profile


def effective_flow(flow: Flow, domain: Domain) -> dict:
    """The section as it can be loaded again, in SI."""
    if flow.profile is not None:
        return {"velocity": flow.mean, "profile": flow.profile, "along": domain.axes[flow.axis]}
    if flow.stream_function is not None:
        unit = "m^3/s" if domain.coordinates == "axisymmetric" else "m^2/s"
        return {"stream_function": _text(flow.stream_function, unit)}
    return {"field": [_text(c, "m/s") if isinstance(c, Profile) else c for c in flow.components]}


def _text(profile: Profile, unit: str) -> dict:
    expression = profile.expression if profile.factor == 1.0 else f"({profile.expression}) * {profile.factor!r}"
    return {"expression": expression, "unit": unit}
