"""The case after defaults and overrides as a plain dict in SI units, which can be loaded again, and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from npsolver.case.case import Case
from npsolver.case.expression import Profile
from npsolver.model import Boundary, Region

_WORDS = ("case", "output", "expect")


def effective_document(case: Case) -> dict:
    """Everything that the case says, JSON-able, keys as in a case file."""
    model, solve = case.model, case.solve
    document = {
        "case": {"title": case.title, "description": case.description, "source": case.source},
        "model": {"physics": model.physics, "temperature": model.temperature},
        "species": [
            {"name": item.name, "charge": item.charge, "diffusivity": item.diffusivity} for item in model.species
        ],
        "reaction": [_reaction(item) for item in model.reactions],
        "geometry": {
            "coordinates": case.geometry.coordinates,
            "inner_radius": case.geometry.origin,
            "region": [
                _region(region, length)
                for region, (_, length) in zip(model.regions, case.geometry.regions, strict=True)
            ],
        },
        "boundary": {name: _boundary(item) for name, item in model.boundaries.items()},
        "initial": {
            "region": {
                region: {"concentration": {name: _profile(value) for name, value in values.items()}}
                for region, values in case.initial.concentration.items()
            }
        },
        "convection": {"velocity": model.velocity},
        "mesh": _given(case.mesh, "nodes", "grading", "refine", "smallest", "growth"),
        "solve": _given(solve, "kind", "accuracy", "tolerance", "rtol", "end_time"),
        "output": {"formats": list(case.output.formats), **_given(case.output, "plots")},
        "observable": [
            _given(item, "name", "kind", "species", "at", "region", "boundary") for item in case.observables
        ],
        "expect": [
            _given(item, "observable", "value", "reference", "rtol", "atol", "time", "at", "source")
            for item in case.expects
        ],
    }
    if solve.kind == "transient":
        document["solve"]["output_times"] = list(solve.output_times)
        document["solve"]["event"] = [{"time": item.time, "set": {item.key: item.value}} for item in solve.events]
    if solve.kind == "sweep":
        document["solve"] |= {"parameter": solve.parameter, "values": list(solve.values)}
    return document


def sha256(document: Mapping[str, object]) -> str:
    """Hash of what determines the numbers: all sections but the words, the plots and the expectations."""
    counted = {name: section for name, section in document.items() if name not in _WORDS}
    text = json.dumps(counted, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _given(item: object, *names: str) -> dict:
    return {name: getattr(item, name) for name in names if getattr(item, name) is not None}


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


def _region(region: Region, length: float) -> dict:
    return {
        "name": region.name,
        "length": length,
        "relative_permittivity": region.relative_permittivity,
        "porosity": region.porosity,
        "tortuosity": region.tortuosity,
        "fixed_charge": region.fixed_charge,
        "standard_potential": dict(region.standard_potential),
        "excluded_species": sorted(region.excluded_species),
        "diffusivity": dict(region.diffusivity),
    }


def _boundary(item: Boundary) -> dict:
    result = {
        "kind": item.kind,
        "concentration": dict(item.concentration),
        **_given(item, "potential", "current", "surface_charge"),
    }
    if item.flux:
        result["flux"] = dict(item.flux)
    if item.stern_capacitance is not None:
        result["stern"] = {"capacitance": item.stern_capacitance}
    return result


def _profile(value: float | Profile) -> object:
    if not isinstance(value, Profile):
        return value
    expression = value.expression if value.factor == 1.0 else f"({value.expression}) * {value.factor!r}"
    return {"expression": expression, "unit": "mol/m^3"}
