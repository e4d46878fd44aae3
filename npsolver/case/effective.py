"""The case after defaults and overrides as a plain dict in SI units, which can be loaded again, and its hash."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping

from npsolver.case.case import Case
from npsolver.case.expression import Profile
from npsolver.case.quantities import restated
from npsolver.model import Boundary, Region

_WORDS = ("case", "output", "expect")


def effective_document(case: Case) -> dict:
    """Everything that the case says, JSON-able, keys as in a case file."""
    model, solve = case.model, case.solve
    document = {
        "case": {"title": case.title, "description": case.description, "source": case.source},
        "model": {"physics": model.physics, "temperature": restated(model.temperature, "K")},
        "species": [
            {"name": item.name, "charge": item.charge, "diffusivity": restated(item.diffusivity, "m^2/s")}
            for item in model.species
        ],
        "reaction": [_reaction(item) for item in model.reactions if not item.instant],
        "geometry": _geometry(case),
        "boundary": {name: _boundary(item) for name, item in model.boundaries.items()},
        "initial": {
            "region": {
                region: {"concentration": {name: _profile(value) for name, value in values.items()}}
                for region, values in case.initial.concentration.items()
            }
        },
        "convection": {"velocity": model.velocity} if model.flow is None else _flow(case),
        "mesh": _given(case.mesh, "nodes", "grading", "refine", "smallest", "growth", smallest="m"),
        "solve": _given(solve, "kind", "accuracy", "tolerance", "rtol", "end_time"),
        "output": {"formats": list(case.output.formats), **_given(case.output, "plots")},
        "observable": [
            _given(item, "name", "kind", "species", "at", "region", "boundary", "to", "gas", at="m")
            for item in case.observables
        ],
        "expect": [
            _given(item, "observable", "value", "reference", "rtol", "atol", "time", "at", "source")
            for item in case.expects
        ],
    }
    if model.defects is not None:
        from npsolver.case.resolve_defects import effective_equilibrium

        instant = {item.name for item in model.reactions if item.instant}
        document["defect_equilibrium"] = [
            effective_equilibrium(item, item.name in instant) for item in model.defects.equilibria
        ]
    if model.coupling is not None:
        from npsolver.case.resolve_onsager import effective_onsager

        # a sweep of one of its keys needs the section as it was stated
        swept = solve.kind == "sweep" and solve.parameter.startswith("onsager.")
        stated = copy.deepcopy(case.document.get("onsager")) if swept else None
        document["onsager"] = stated or effective_onsager(model.coupling)
    if case.output.lines:
        document["output"]["line"] = [{"name": n, "from": lengths(a), "to": lengths(b)} for n, a, b in case.output.lines]
    if case.output.sections:
        document["output"]["section"] = [
            {"name": name, **{axis: list(at) if isinstance(at, tuple) else at for axis, at in planes.items()}}
            for name, planes in case.output.sections
        ]
    if solve.kind == "transient":
        document["solve"]["output_times"] = list(solve.output_times)
        document["solve"]["event"] = [
            {"time": item.time, "set": {item.key: restated(item.value, "V" if item.key.endswith(".potential") else "")}}
            for item in solve.events
        ]
    if solve.kind == "sweep":
        values = [restated(value, solve.unit) for value in solve.values]
        document["solve"] |= {"parameter": solve.parameter, "values": values}
        _leave_to_balance(document, case.document)
    if case.activity:
        document["activity"] = list(case.activity)
    return document


def _leave_to_balance(document: dict, given: Mapping) -> None:
    """Ions that keep baths and productions of a sweep neutral follow what is swept, here as in the file."""
    from npsolver.case.names import same_name

    regions = {region["name"]: region for region in document["geometry"]["region"]}
    pairs = [(document["boundary"][name], section, "concentration", "balance") for name, section in given["boundary"].items()]
    pairs += [
        (regions[section["name"]], section, "production", "production_balance") for section in given["geometry"]["region"]
    ]
    for target, section, key, balance in pairs:
        ion = section.get(balance)
        if ion is not None:
            target[key] = {name: value for name, value in target.get(key, {}).items() if not same_name(name, ion)}
            target[balance] = ion


def _flow(case: Case) -> dict:
    from npsolver.case.resolve_flow import effective_flow

    return effective_flow(case.model.flow, case.geometry)


def _geometry(case: Case) -> dict:
    """The geometry section; in two and three dimensions with the shapes of the regions."""
    geometry, regions = case.geometry, case.model.regions
    if geometry.dimension == 1:
        layers = zip(regions, geometry.regions, strict=True)
        return {
            "coordinates": geometry.coordinates,
            "inner_radius": restated(geometry.origin, "m"),
            "region": [effective_region(region) | {"length": restated(length, "m")} for region, (_, length) in layers],
        }
    from npsolver.case.effective_domain import effective_shapes

    return effective_shapes(case)


def sha256(document: Mapping[str, object]) -> str:
    """Hash of what determines the numbers: all sections but the words, the plots and the expectations."""
    counted = {name: section for name, section in document.items() if name not in _WORDS}
    text = json.dumps(counted, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _given(item: object, *names: str, **units: str) -> dict:
    """What is given of `names`, with the units of those that are quantities with unusual plain numbers."""
    values = {name: getattr(item, name) for name in names if getattr(item, name) is not None}
    return {name: _stated(value, units.get(name, "")) for name, value in values.items()}


def _stated(value: object, unit: str) -> object:
    if isinstance(value, tuple):
        return [_stated(item, unit) for item in value]
    return restated(value, unit) if unit else value


def lengths(point: tuple[float, ...]) -> list:
    """Coordinates as they may stand in a file."""
    return _stated(point, "m")


def _reaction(item) -> dict:
    result = {
        "name": item.name,
        "reactants": dict(item.reactants),
        "products": dict(item.products),
        "forward_rate": item.forward_rate,
        "backward_rate": item.backward_rate,
    }
    if item.regions is not None:
        result["regions"] = list(item.regions)
    return result


def effective_region(region: Region) -> dict:
    return {
        "name": region.name,
        "relative_permittivity": region.relative_permittivity,
        "porosity": region.porosity,
        "tortuosity": region.tortuosity,
        "fixed_charge": region.fixed_charge,
        "standard_potential": dict(region.standard_potential),
        "excluded_species": sorted(region.excluded_species),
        "diffusivity": {name: restated(value, "m^2/s") for name, value in region.diffusivity.items()},
        **({"production": {name: _profile(rate, "mol/m^3/s") for name, rate in region.production.items()}}
           if region.production else {}),
    }


def _boundary(item: Boundary) -> dict:
    result = {
        "kind": item.kind,
        **_held(item),
        **_given(item, "potential", "current", "surface_charge", potential="V"),
    }
    if item.flux:
        result["flux"] = dict(item.flux)
    if item.stern_capacitance is not None:
        result["stern"] = {"capacitance": item.stern_capacitance}
    if item.kind == "wall" and item.pressure:
        result["pressure"] = dict(item.pressure)
    if item.reactions:
        result["reaction"] = [dict(reaction.given) for reaction in item.reactions]
    if item.transfer:
        result["transfer"] = {
            name: {"coefficient": k, "concentration": outside} for name, (k, outside) in item.transfer.items()
        }
    return result


def _held(item: Boundary) -> dict:
    if item.kind == "gas":
        return {"pressure": dict(item.pressure), "exchange": sorted(item.concentration)}
    if item.kind == "ohmic":
        return {"exchange": sorted(item.concentration)}
    return {"concentration": dict(item.concentration)}


def _profile(value: float | Profile, unit: str = "mol/m^3") -> object:
    if not isinstance(value, Profile):
        return value
    expression = value.expression if value.factor == 1.0 else f"({value.expression}) * {value.factor!r}"
    return {"expression": expression, "unit": unit}
