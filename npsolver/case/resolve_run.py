"""From checked sections to what is computed: mesh, initial state, times, sweep, observables, expectations."""

from __future__ import annotations

import re

import numpy as np

from npsolver.case.case import Event, Expect, Initial, MeshOptions, ObservableSpec, OutputOptions, SolveOptions
from npsolver.case.expression import ExpressionError, Profile
from npsolver.case.fields import ProfileText
from npsolver.case.keys import describe, split_key
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.quantities import KINDS, Kind, QuantityError, parse_quantity, shown
from npsolver.case.resolve_model import NEUTRALITY, Names
from npsolver.case.schema import RangeSection
from npsolver.mesh.geometry import Geometry
from npsolver.model import Model

SAMPLES = 101  # positions per region at which a profile is tried

# kind of observable -> (kind of quantity, SI unit in Cartesian coordinates, keys needed, keys allowed besides)
OBSERVABLE_KINDS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "concentration": ("mol/m^3", ("species", "place"), ("region",)),
    "potential": ("V", ("place",), ("region",)),
    "field": ("V/m", ("place",), ("region",)),
    "flux": ("mol/m^2/s", ("species", "place"), ()),
    "current": ("A/m^2", ("place",), ()),
    "amount": ("mol/m^2", ("species",), ("region",)),
    "charge": ("C/m^2", (), ("region",)),
    "average": ("mol/m^3", (), ("species", "region")),
    "minimum": ("mol/m^3", (), ("species", "region")),
    "maximum": ("mol/m^3", (), ("species", "region")),
    "surface_charge": ("C/m^2", ("boundary",), ()),
    "conductance": ("S/m^2", (), ()),
    "equilibrium_defect": ("", (), ("species",)),
}
_INTEGRATED = {"cartesian": "m^2", "cylindrical": "m", "spherical": ""}


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


_ONLY = {
    "transient": ("end_time", "output_times", "rtol", "event"),
    "sweep": ("parameter", "values"),
}


def resolve_solve(document, model: Model, geometry: Geometry, names: Names, problems: Problems) -> SolveOptions:
    """What is computed; the values of a sweep are tried by `resolve.try_values`."""
    section = document.solve
    for kind, keys in _ONLY.items():
        for key in keys:
            if section.kind != kind and key in section.model_fields_set and getattr(section, key) not in (None, []):
                problems.add(f"solve: {key}", f"is for kind = {kind!r}, but kind = {section.kind!r}")
    options = {"accuracy": section.accuracy, "tolerance": section.tolerance, "rtol": section.rtol}
    if section.kind == "transient":
        if section.end_time is None:
            problems.add("solve: end_time", "missing; a transient needs one, such as '1 ms'")
            return SolveOptions("transient")
        times = _output_times(section, problems)
        events = _events(section, model, geometry, names, problems)
        return SolveOptions("transient", end_time=section.end_time, output_times=times, events=events, **options)
    if section.kind == "sweep":
        return _sweep(section, geometry, model, options, problems)
    return SolveOptions("steady", **options)


def value_list(entry, kind: Kind, temperature: float, location: str, problems: Problems) -> tuple[float, ...]:
    """A list or a range of quantities in SI."""
    try:
        if not isinstance(entry, RangeSection):
            return tuple(parse_quantity(value, kind, temperature) for value in entry)
        start, stop = (parse_quantity(value, kind, temperature) for value in (entry.start, entry.stop))
    except QuantityError as error:
        problems.add(location, str(error))
        return ()
    if entry.spacing == "log":
        if not (start * stop > 0.0):
            problems.add(location, "expected ends of the same sign and not zero for spacing = 'log'")
            return ()
        inner = np.geomspace(start, stop, entry.points)
    else:
        inner = np.linspace(start, stop, entry.points)
    return (start, *(float(value) for value in inner[1:-1]), stop)


def _output_times(section, problems: Problems) -> tuple[float, ...]:
    if section.output_times is None:
        return (0.0, section.end_time)
    times = value_list(section.output_times, KINDS["time"], 0.0, "solve: output_times", problems)
    beyond = [time for time in times if time > section.end_time * (1.0 + 1e-12)]
    if beyond:
        problems.add(
            "solve: output_times", f"expected times up to end_time = {section.end_time:g} s, got {beyond[0]:g} s"
        )
    if any(later <= earlier for earlier, later in zip(times, times[1:], strict=False)):
        problems.add("solve: output_times", "expected increasing times")
    if not times:
        problems.add("solve: output_times", "expected at least one time")
    return tuple(min(time, section.end_time) for time in times)


def quantity_kind(parts: tuple[str, ...], coordinates: str) -> Kind | None:
    """Kind of quantity that a key takes, None where it has none or does not exist."""
    marker = describe(parts).marker
    return marker.kind(coordinates) if marker is not None else None


def _events(section, model: Model, geometry: Geometry, names: Names, problems: Problems) -> tuple[Event, ...]:
    """Events in order of time. They may change the value of a condition, not its kind."""
    events = []
    for number, item in enumerate(section.event, start=1):
        location = f"solve: event {number}"
        if item.time > section.end_time:
            problems.add(
                f"{location}: time", f"expected a time up to end_time = {section.end_time:g} s, got {item.time:g} s"
            )
        if not item.set:
            problems.add(f"{location}: set", 'expected a change such as { "boundary.left.potential" = "0.1 V" }')
        for key, value in item.set.items():
            event = _event(item.time, key, value, model, geometry, names, f"{location}: set", problems)
            if event is not None:
                events.append(event)
    return tuple(sorted(events, key=lambda event: event.time))


def _event(time, key, value, model: Model, geometry: Geometry, names: Names, location: str, problems: Problems):
    parts = split_key(key) or (key,)
    kind = quantity_kind(parts, geometry.coordinates)
    allowed = kind is not None and (parts[0] == "boundary" or parts == ("convection", "velocity"))
    if not allowed or "stern" in parts:
        problems.add(location, f"{key!r} cannot change in time; expected a value such as 'boundary.left.potential'")
        return None
    if parts[0] == "boundary":
        present = _boundary_values(model, parts[1])
        if len(parts) == 4:
            species = names.resolve(parts[3], location)
            if species is None:
                return None
            parts = (*parts[:3], species)
        if parts[2:] not in present:
            problems.add(
                location,
                f"{key!r} is not given in [boundary.{parts[1]}]; an event changes a value that is there"
                f" ({listed('.'.join(item) for item in present) or 'there is none'})",
            )
            return None
    try:
        return Event(time, ".".join(parts), parse_quantity(value, kind, model.temperature))
    except QuantityError as error:
        problems.add(f"{location}: {key!r}", str(error))
        return None


def _boundary_values(model: Model, side: str) -> list[tuple[str, ...]]:
    boundary = model.boundaries.get(side)
    if boundary is None:
        return []
    present = [(key,) for key in ("potential", "current", "surface_charge") if getattr(boundary, key) is not None]
    present += [("concentration", name) for name in boundary.concentration]
    return present + [("flux", name) for name in boundary.flux]


def check_event_neutrality(events: tuple[Event, ...], document, model: Model, problems: Problems) -> tuple[Event, ...]:
    """Events with the ion that balances a bath added; reports baths that an event leaves charged."""
    charges = {species.name: species.charge for species in model.species}
    state = {side: dict(item.concentration) for side, item in model.boundaries.items() if item.kind == "bath"}
    names = Names(charges, problems)
    result = []
    for time in dict.fromkeys(event.time for event in events):
        together = [event for event in events if event.time == time]
        result += together
        changed = {}
        for event in together:
            parts = event.key.split(".", 3)
            if parts[0] == "boundary" and parts[2] == "concentration" and parts[1] in state:
                state[parts[1]][parts[3]] = event.value
                changed.setdefault(parts[1], set()).add(parts[3])
        for side, keys in changed.items():
            section = getattr(document.boundary, side)
            ion = names.resolve(section.balance, f"boundary {side}: balance") if section.balance else None
            if ion and ion not in keys:
                others = sum(charges[name] * value for name, value in state[side].items() if name != ion)
                state[side][ion] = -others / charges[ion]
                result.append(Event(time, f"boundary.{side}.concentration.{ion}", state[side][ion]))
            net = sum(charges[name] * value for name, value in state[side].items())
            total = sum(abs(charges[name]) * value for name, value in state[side].items())
            if abs(net) > NEUTRALITY * total or min(state[side].values()) < 0.0:
                problems.add(
                    f"solve: event at {time:g} s",
                    f"leaves a net charge in the bath of boundary {side}, sum of z c = {net:+.6g} mol/m^3; change a"
                    " counter-ion in the same event, or give the bath a balance ion",
                )
    return tuple(result)


def _sweep(section, geometry: Geometry, model: Model, options: dict, problems: Problems) -> SolveOptions:
    empty = SolveOptions("sweep", **options)
    if section.parameter is None:
        problems.add("solve: parameter", "missing; a sweep needs a key such as 'boundary.left.potential'")
    if section.values is None:
        problems.add("solve: values", "missing; a sweep needs a list, or { from = '0 V', to = '1 V', points = 11 }")
    if section.parameter is None or section.values is None:
        return empty
    parts = split_key(section.parameter)
    info = describe(parts) if parts else None
    if info is None or info.wrong or info.is_section:
        hint = f": {info.wrong!r} is unknown{nearest(info.wrong, info.valid)}" if info and info.wrong else ""
        problems.add("solve: parameter", f"{section.parameter!r} is not a key of a case that takes a value{hint}")
        return empty
    if parts[0] in ("case", "solve", "output", "observable", "expect"):
        problems.add("solve: parameter", f"{section.parameter!r} cannot be swept; expected a physical quantity")
        return empty
    kind = info.marker.kind(geometry.coordinates) if info.marker else KINDS["number"]
    values = value_list(section.values, kind, model.temperature, "solve: values", problems)
    if not values:
        problems.add("solve: values", "expected at least one value")
    return SolveOptions("sweep", parameter=".".join(parts), unit=kind.unit, values=values, **options)


def resolve_observables(document, model: Model, geometry: Geometry, names: Names, problems: Problems):
    """Observables asked for, each complete."""
    standard = standard_observables(model, geometry)
    specs: list[ObservableSpec] = []
    for section in document.observable:
        location = f"observable {section.name!r}"
        if section.name in standard or section.name in [spec.name for spec in specs]:
            problems.add(location, "is defined twice; names must differ from each other and from the standard ones")
        specs.append(_observable(section, location, geometry, names, problems))
    return tuple(specs)


def _observable(section, location: str, geometry: Geometry, names: Names, problems: Problems) -> ObservableSpec:
    unit, needed, allowed = OBSERVABLE_KINDS[section.kind]
    place = [key for key in ("at", "boundary") if getattr(section, key) is not None]
    if "place" in needed and len(place) != 1:
        problems.add(
            location, f"kind {section.kind!r} needs either at (a position) or boundary, got {len(place)} of them"
        )
    usable = {*needed, *allowed} | ({"at", "boundary"} if "place" in needed else set())
    for key in ("species", "at", "region", "boundary"):
        if getattr(section, key) is not None and key not in usable:
            problems.add(f"{location}: {key}", f"means nothing for kind {section.kind!r}")
        if getattr(section, key) is None and key in needed:
            problems.add(f"{location}: {key}", f"missing; kind {section.kind!r} needs it")
    species = names.resolve(section.species, f"{location}: species") if section.species is not None else None
    if section.region is not None and section.region not in geometry.region_names:
        problems.add(
            f"{location}: region",
            f"unknown region {section.region!r}{nearest(section.region, geometry.region_names)}"
            f" (regions: {listed(geometry.region_names)})",
        )
    elif section.at is not None:
        start, stop = geometry.extent(section.region) if section.region else (geometry.origin, geometry.interfaces[-1])
        slack = 1e-9 * geometry.length
        if not start - slack <= section.at <= stop + slack:
            problems.add(f"{location}: at", f"expected a position from {start:g} m to {stop:g} m, got {section.at:g} m")
    if section.boundary is not None and section.boundary not in geometry.boundary_names:
        problems.add(f"{location}: boundary", f"{section.boundary!r} is the axis or centre, which is no boundary")
    if section.kind in ("average", "minimum", "maximum") and section.species is None:
        unit = "V"
    if section.kind in ("amount", "charge"):
        area = _INTEGRATED[geometry.coordinates]
        unit = unit.split("/")[0] + (f"/{area}" if area else "")
    return ObservableSpec(section.name, section.kind, species, section.at, section.region, section.boundary, unit)


def standard_observables(model: Model, geometry: Geometry) -> dict[str, str]:
    """Names of the observables that every case has, and their SI units."""
    sides = geometry.boundary_names
    current = {"cartesian": "A/m^2", "cylindrical": "A/m", "spherical": "A"}[geometry.coordinates]
    result = {"membrane_potential": "V", "current_density": "A/m^2"} if len(sides) == 2 else {}
    for side in sides:
        result[f"current[{side}]"] = current
        result[f"potential[{side}]"] = "V"
        result[f"surface_charge[{side}]"] = "C/m^2"
        result |= {f"flux[{species.name}, {side}]": "mol/m^2/s" for species in model.species}
    return result


_CALL = re.compile(r"\s*(\w+)\s*\[(.*)\]\s*")
_REFERENCE = re.compile(r"\s*[A-Za-z_]\w*\s*\(.*\)\s*", re.DOTALL)


def observable_name(text: str, names: Names) -> str:
    """``"flux[Ca++,left]"`` in the spelling of the case: ``"flux[Ca2+, left]"``."""
    match = _CALL.fullmatch(text)
    if match is None:
        return text.strip()
    arguments = [argument.strip() for argument in match.group(2).split(",")]
    if match.group(1) == "flux" and len(arguments) == 2:
        arguments[0] = names.spelling(arguments[0])
    return f"{match.group(1)}[{', '.join(arguments)}]"


def resolve_expects(document, model: Model, geometry: Geometry, solve: SolveOptions, observables, names, problems):
    """Expectations, values in the unit of their observable."""
    units = standard_observables(model, geometry) | {spec.name: spec.unit for spec in observables}
    expects = []
    for number, section in enumerate(document.expect, start=1):
        name = observable_name(section.observable, names)
        location = f"expect {number} ({section.observable})"
        if name not in units:
            problems.add(location, f"unknown observable{nearest(name, units)} (valid: {listed(units)})")
            continue
        expects.append(_expect(section, name, units[name], location, model, geometry, solve, problems))
    return tuple(expects)


def _expect(section, name: str, unit: str, location: str, model: Model, geometry: Geometry, solve, problems) -> Expect:
    kind = Kind(f"a value of {name}", unit, f"1 {unit}" if unit else "1")

    def parsed(key: str, kind: Kind) -> float | None:
        value = getattr(section, key)
        if value is None:
            return None
        try:
            return parse_quantity(value, kind, model.temperature)
        except QuantityError as error:
            problems.add(f"{location}: {key}", str(error))
            return None

    value, atol = parsed("value", kind), parsed("atol", kind)
    if (section.value is None) == (section.reference is None):
        problems.add(location, "expected either value or reference")
    if section.reference is not None and not _REFERENCE.fullmatch(section.reference):
        problems.add(
            f"{location}: reference",
            f"expected a closed form such as 'nernst(K+, left, right)', got {shown(section.reference)}",
        )
    if section.rtol is None and section.atol is None:
        problems.add(location, "expected a tolerance: rtol (relative) or atol (absolute)")
    if atol is not None and atol < 0.0:
        problems.add(f"{location}: atol", f"expected a tolerance >= 0, got {shown(section.atol)}")
    if value == 0.0 and section.atol is None:
        problems.add(location, "the value is 0, which no relative tolerance can judge; give atol")
    at = None
    if section.time is not None:
        if solve.kind != "transient":
            problems.add(f"{location}: time", f"is for a transient, but kind = {solve.kind!r}")
        elif solve.end_time is not None and section.time > solve.end_time:
            problems.add(
                f"{location}: time", f"expected a time up to end_time = {solve.end_time:g} s, got {section.time:g} s"
            )
    if section.at is not None:
        if solve.kind != "sweep":
            problems.add(f"{location}: at", f"is for a sweep, but kind = {solve.kind!r}")
        elif solve.parameter:
            at = parsed("at", quantity_kind(split_key(solve.parameter), geometry.coordinates) or KINDS["number"])
            span = max(solve.values, default=0.0) - min(solve.values, default=0.0)
            near = [item for item in solve.values if at is not None and abs(item - at) <= 1e-9 * max(abs(at), span)]
            if at is not None and not near:
                problems.add(f"{location}: at", f"{shown(section.at)} is not one of the swept values")
            at = near[0] if near else at
    return Expect(name, value, section.reference, section.rtol, atol, section.time, at, section.source)


def resolve_output(document) -> OutputOptions:
    """Plots."""
    return OutputOptions(document.output.plots, tuple(dict.fromkeys(document.output.formats)) or ("png",))
