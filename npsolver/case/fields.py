"""Field types of the schema: quantities, names and profiles."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from npsolver.case.quantities import KINDS, Kind, parse_quantity, shown

MAX_ITEMS = 10_000


@dataclass(frozen=True)
class KindOf:
    """Marks a field as a quantity; `coordinates` in the name is filled in from the geometry."""

    name: str

    def kind(self, coordinates: str) -> Kind:
        """The kind of quantity in these coordinates."""
        return KINDS[self.name.format(coordinates=coordinates)]


def _quantity_schema(marker: KindOf) -> dict:
    kind = marker.kind("cartesian")
    if not kind.unit:
        return {"anyOf": [{"type": "number"}, {"type": "string"}], "examples": [kind.example]}
    return {
        "anyOf": [{"type": "number", "description": f"in {kind.unit}"}, {"type": "string"}],
        "examples": [kind.example],
    }


def _parser(marker: KindOf) -> Callable[[object, ValidationInfo], float]:
    def parse(value: object, info: ValidationInfo) -> float:
        context = info.context or {}
        kind = marker.kind(context.get("coordinates", "cartesian"))
        return parse_quantity(value, kind, context.get("temperature", 298.15))

    return parse


def quantity(name: str):
    """Annotated float parsed as the kind `name` of `npsolver.case.quantities.KINDS`."""
    marker = KindOf(name)
    return Annotated[float, BeforeValidator(_parser(marker)), WithJsonSchema(_quantity_schema(marker)), marker]


Length = quantity("length")
Radius = quantity("radius")
Position = quantity("position")
Time = quantity("time")
Duration = quantity("duration")
Temperature = quantity("temperature")
Concentration = quantity("concentration")
FixedCharge = quantity("fixed_charge")
Diffusivity = quantity("diffusivity")
Potential = quantity("potential")
Current = quantity("current_{coordinates}")
SurfaceCharge = quantity("surface_charge")
Flux = quantity("flux")
Capacitance = quantity("capacitance")
MolarEnergy = quantity("molar_energy")
Velocity = quantity("velocity_{coordinates}")
Permittivity = quantity("permittivity")
Porosity = quantity("porosity")
Tortuosity = quantity("tortuosity")
Partition = quantity("partition")
Charge = quantity("charge")
Tolerance = quantity("tolerance")
Positive = quantity("positive")
Number = quantity("number")


def _name(value: object) -> object:
    """Names may hold anything printable but the characters that paths and calls are written with."""
    if not isinstance(value, str):
        raise ValueError(f"expected a name, got {shown(value)}")
    if not value.strip() or value != value.strip() or len(value) > 80 or not value.isprintable():
        raise ValueError(f"expected a printable name of 1 to 80 characters, got {shown(value)}")
    found = re.search(r'[".,=\[\]/\\]', value)
    if found and not re.fullmatch(r"\[[^\[\]]*\].*", value):
        raise ValueError(f"expected a name without {found.group()!r}, got {shown(value)}")
    return value


Name = Annotated[str, BeforeValidator(_name)]


def _label(value: object) -> object:
    if not isinstance(value, str) or not value.strip() or len(value) > 200 or not value.isprintable():
        raise ValueError(f"expected a printable text of 1 to 200 characters, got {shown(value)}")
    return value.strip()


Label = Annotated[str, BeforeValidator(_label)]


def _raw(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"expected a number or a text with a unit, got {shown(value)}")
    return value


RawQuantity = Annotated[
    str | int | float, BeforeValidator(_raw), WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})
]
"""Unit known only once the rest of the case is: checked when the case is resolved."""


@dataclass(frozen=True)
class ProfileText:
    """An expression in x as it stands in the file."""

    expression: str
    unit: str = "mol/m^3"


def _profile(value: object, info: ValidationInfo) -> float | ProfileText:
    if not isinstance(value, dict):
        return parse_quantity(value, KINDS["concentration"], (info.context or {}).get("temperature", 298.15))
    unknown = sorted(set(value) - {"expression", "unit"})
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; valid: expression, unit")
    expression, unit = value.get("expression"), value.get("unit", "mol/m^3")
    if not isinstance(expression, str) or not isinstance(unit, str):
        raise ValueError('expected a profile such as { expression = "1 + 0.1*cos(pi*x/L)", unit = "mM" }')
    return ProfileText(expression, unit)


Profile = Annotated[
    object,
    BeforeValidator(_profile),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "description": "in mol/m^3"},
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"expression": {"type": "string"}, "unit": {"type": "string"}},
                    "required": ["expression"],
                    "additionalProperties": False,
                },
            ],
            "examples": ["100 mM"],
        }
    ),
    KindOf("concentration"),
]


def described(text: str, default: object = ..., **extra):
    """Field with a description; required unless a default is given."""
    if isinstance(default, list | dict):
        return Field(default_factory=type(default), description=text, **extra)
    if isinstance(default, type):
        return Field(default_factory=default, description=text, **extra)
    return Field(default, description=text, **extra)
