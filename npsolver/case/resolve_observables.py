"""Observables that are asked for, and what they are expected to be."""

from __future__ import annotations

import re

from npsolver.case.case import Expect, ObservableSpec, SolveOptions
from npsolver.case.keys import quantity_kind, split_key
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.quantities import KINDS, Kind, QuantityError, parse_quantity, shown
from npsolver.case.resolve_species import Names
from npsolver.mesh.coordinates import Domain
from npsolver.mesh.geometry import Geometry
from npsolver.model import Model

# kind of observable -> (SI unit in Cartesian coordinates, keys needed, keys allowed besides)
OBSERVABLE_KINDS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "concentration": ("mol/m^3", ("species", "place"), ("region",)),
    "potential": ("V", ("place",), ("region",)),
    "field": ("V/m", ("place",), ("region",)),
    "flux": ("mol/m^2/s", ("species", "place"), ("region",)),
    "flow": ("mol/s", ("species", "boundary"), ()),
    "current": ("A/m^2", ("place",), ("region",)),
    "amount": ("mol/m^2", ("species",), ("region",)),
    "charge": ("C/m^2", (), ("region",)),
    "average": ("mol/m^3", (), ("species", "region")),
    "minimum": ("mol/m^3", (), ("species", "region")),
    "maximum": ("mol/m^3", (), ("species", "region")),
    "surface_charge": ("C/m^2", ("boundary",), ()),
    "conductance": ("S/m^2", (), ("boundary", "to")),
    "equilibrium_defect": ("", (), ("species", "region")),
    "electrochemical_potential": ("J/mol", ("species", "place"), ("region",)),
    "entropy_production": ("W/K/m^2", (), ("region",)),
    "conductivity": ("S/m", ("place",), ("species", "region")),
    "transference": ("", ("species", "place"), ("region",)),
    "ambipolar_diffusivity": ("m^2/s", ("species", "place"), ("region",)),
    "chemical_capacitance": ("F/m^3", ("species", "place"), ("region",)),
    "voltage": ("V", ("species",), ("boundary", "to")),
    "gas_pressure": ("Pa", ("gas", "place"), ("region",)),
}
# known wherever the composition is
_OF_COMPOSITION = ("conductivity", "transference", "ambipolar_diffusivity", "chemical_capacitance", "gas_pressure")
_INTEGRATED = {"cartesian": "m^2", "cylindrical": "m", "spherical": "", "plane": "m", "space": ""}


def resolve_observables(document, model: Model, geometry: Geometry, names: Names, problems: Problems):
    """Observables asked for, each complete."""
    standard = standard_observables(model, geometry)
    specs: list[ObservableSpec] = []
    for section in document.observable:
        location = f"observable {section.name!r}"
        if section.name in standard or section.name in [spec.name for spec in specs]:
            problems.add(location, "is defined twice; names must differ from each other and from the standard ones")
        specs.append(_observable(section, location, geometry, names, problems))
        if section.gas is not None and section.gas not in (model.defects.gases if model.defects else ()):
            problems.add(f"{location}: gas", f"no defect_equilibrium contains {section.gas!r}")
    return tuple(specs)


def _observable(section, location: str, geometry: Geometry, names: Names, problems: Problems) -> ObservableSpec:
    unit, needed, allowed = OBSERVABLE_KINDS[section.kind]
    place = [key for key in ("at", "boundary") if getattr(section, key) is not None]
    if "place" in needed and len(place) != 1:
        problems.add(
            location, f"kind {section.kind!r} needs either at (a position) or boundary, got {len(place)} of them"
        )
    usable = {*needed, *allowed} | ({"at", "boundary"} if "place" in needed else set())
    for key in ("species", "at", "region", "boundary", "gas"):
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
    elif geometry.dimension > 1:
        _check_place(section, location, geometry, problems)
    elif isinstance(section.at, tuple):
        problems.add(f"{location}: at", "expected one position in one dimension")
    elif section.at is not None:
        start, stop = geometry.extent(section.region) if section.region else (geometry.origin, geometry.interfaces[-1])
        slack = 1e-9 * geometry.length
        if not start - slack <= section.at <= stop + slack:
            problems.add(f"{location}: at", f"expected a position from {start:g} m to {stop:g} m, got {section.at:g} m")
    valid = geometry.boundary_names
    if section.boundary is not None and section.boundary not in valid:
        if geometry.dimension == 1 and section.boundary == "left":
            problems.add(f"{location}: boundary", "'left' is the axis or centre, which is no boundary")
        else:
            problems.add(
                f"{location}: boundary",
                f"expected {' or '.join(map(repr, valid))}, got {section.boundary!r}{nearest(section.boundary, valid)}",
            )
    between = section.kind in ("conductance", "voltage")
    if section.to is not None and not (between and section.boundary is not None):
        problems.add(f"{location}: to", "is for kinds 'conductance' and 'voltage' between boundary and to")
    elif section.to is not None and section.to not in valid:
        problems.add(f"{location}: to", f"expected {' or '.join(map(repr, valid))}, got {section.to!r}")
    elif section.to is not None and section.to == section.boundary:
        problems.add(f"{location}: to", f"is the same surface as boundary, {section.to!r}")
    if section.kind == "voltage" and geometry.dimension == 1 and len(valid) == 1 and section.to is None:
        problems.add(location, f"kind 'voltage' needs two surfaces; there is only {valid[0]!r}")
    one_end = section.kind == "voltage" and section.boundary is not None
    if between and section.to is None and (geometry.dimension > 1 or one_end):
        problems.add(
            location, f"kind {section.kind!r} needs boundary and to, the surfaces between which it is measured"
        )
    if section.kind == "flow" and geometry.dimension == 1:
        problems.add(location, "kind 'flow' is for two and three dimensions; expected 'flux'")
    if section.kind in ("average", "minimum", "maximum") and section.species is None:
        unit = "V"
    if section.kind in ("amount", "charge", "conductance", "entropy_production"):
        area = _INTEGRATED[geometry.measure]
        unit = unit.removesuffix("/m^2") + (f"/{area}" if area else "")
    if section.kind == "flow":
        unit = CURRENT_UNITS[geometry.measure].replace("A", "mol/s", 1)
    if section.kind == "current" and geometry.dimension > 1:
        unit = CURRENT_UNITS[geometry.measure]
    return ObservableSpec(
        section.name, section.kind, species, section.at, section.region, section.boundary, unit, section.to, section.gas
    )


def _check_place(section, location: str, domain: Domain, problems: Problems) -> None:
    if section.at is None:
        return
    if section.kind not in ("concentration", "potential", *_OF_COMPOSITION):
        problems.add(f"{location}: at", f"kind {section.kind!r} is known at surfaces only in {domain.dimension}D")
    if not isinstance(section.at, tuple) or len(section.at) != domain.dimension:
        example = ", ".join(['"10 nm"'] * domain.dimension)
        problems.add(f"{location}: at", f"expected a position such as [{example}]")
        return
    slack = 1e-9 * domain.length
    for axis, value, low, high in zip(domain.axes, section.at, domain.low, domain.high):
        if not low - slack <= value <= high + slack:
            problems.add(f"{location}: at", f"expected {axis} from {low:g} m to {high:g} m, got {value:g} m")


CURRENT_UNITS = {"cartesian": "A/m^2", "cylindrical": "A/m", "spherical": "A", "plane": "A/m", "space": "A"}


def standard_observables(model: Model, geometry: Geometry) -> dict[str, str]:
    """Names of the observables that every case has, and their SI units."""
    current = CURRENT_UNITS[geometry.measure]
    if geometry.dimension > 1:
        return _surface_observables(model, current)
    sides = geometry.boundary_names
    result = {"membrane_potential": "V", "current_density": "A/m^2"} if len(sides) == 2 else {}
    for side in sides:
        result[f"current[{side}]"] = current
        result[f"potential[{side}]"] = "V"
        result[f"surface_charge[{side}]"] = "C/m^2"
        result |= {f"flux[{species.name}, {side}]": "mol/m^2/s" for species in model.species}
        result |= _rate_observables(model, side)
    return result


def _rate_observables(model: Model, boundary: str) -> dict[str, str]:
    """Rates of the reactions at a boundary, of electrodes as the current density of the reduction, too."""
    result = {}
    for reaction in model.boundaries[boundary].reactions if boundary in model.boundaries else ():
        result[f"rate[{reaction.name}, {boundary}]"] = "mol/m^2/s"
        if reaction.electrons:
            result[f"rate_current[{reaction.name}, {boundary}]"] = "A/m^2"
    return result


def _surface_observables(model: Model, current: str) -> dict[str, str]:
    flow = current.replace("A", "mol/s", 1)
    result = {"membrane_potential": "V"} if len(two_terminals(model)) == 2 else {}
    for name in model.boundaries:
        result[f"current[{name}]"] = current
        result[f"potential[{name}]"] = "V"
        result[f"surface_charge[{name}]"] = "C/m^2"
        result |= {f"flux[{species.name}, {name}]": "mol/m^2/s" for species in model.species}
        result |= {f"flow[{species.name}, {name}]": flow for species in model.species}
        result |= _rate_observables(model, name)
    return result


def two_terminals(model: Model) -> list[str]:
    """Surfaces with a potential or a current that species can pass, in the order of the case."""
    return [
        name
        for name, law in model.boundaries.items()
        if (law.concentration or law.is_electrode) and (law.potential is not None or law.current is not None)
    ]


_CALL = re.compile(r"\s*(\w+)\s*\[(.*)\]\s*")
_REFERENCE = re.compile(r"[A-Za-z_]\w*\s*\(.*\)", re.DOTALL)


def observable_name(text: str, names: Names) -> str:
    """``"flux[Ca++,left]"`` in the spelling of the case: ``"flux[Ca2+, left]"``."""
    match = _CALL.fullmatch(text)
    if match is None:
        return text.strip()
    arguments = [argument.strip() for argument in match.group(2).split(",")]
    if match.group(1) in ("flux", "flow") and len(arguments) == 2:
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
    same = [item.alternatives for item in (KINDS["concentration"], KINDS["surface_charge"]) if item.unit == unit]
    kind = Kind(f"a value of {name}", unit, f"1 {unit}" if unit else "1", alternatives=same[0] if same else ())

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
    if section.reference is not None and not _REFERENCE.search(section.reference):
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
        elif solve.parameter and solve.values:  # otherwise it has been said what is wrong with them
            at = parsed("at", quantity_kind(split_key(solve.parameter), geometry.measure) or KINDS["number"])
            span = max(solve.values, default=0.0) - min(solve.values, default=0.0)
            near = [item for item in solve.values if at is not None and abs(item - at) <= 1e-9 * max(abs(at), span)]
            if at is not None and not near:
                problems.add(f"{location}: at", f"{shown(section.at)} is not one of the swept values")
            at = min(near, key=lambda item: abs(item - at)) if near else at
    return Expect(name, value, section.reference, section.rtol, atol, section.time, at, section.source)
