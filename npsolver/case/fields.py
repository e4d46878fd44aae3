"""Field types of the schema: quantities, names and profiles."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationInfo, WithJsonSchema

from npsolver.case.quantities import KINDS, Kind, parse_quantity, restated, shown
from npsolver.units import GAS_CONSTANT

MAX_ITEMS = 10_000


@dataclass(frozen=True)
class KindOf:
    """Marks a field as a quantity; `coordinates` in the name is filled in from the measure of the geometry."""

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
Temperature = Annotated[
    quantity("temperature"), PlainSerializer(lambda value: restated(value, "K"), return_type=object, when_used="json")
]
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
Pressure = quantity("pressure")
SignedDiffusivity = quantity("signed_diffusivity")
MolarConductivity = quantity("molar_conductivity")


def _interaction(value: object, info: ValidationInfo) -> float:
    """A molar energy, or a multiple of RT, in J/mol."""
    temperature = (info.context or {}).get("temperature", 298.15)
    text = value.strip() if isinstance(value, str) else ""
    if text.endswith(("RT", "kT")) and not text.endswith(("/RT", "/kT")):
        return parse_quantity(text[:-2].strip(), KINDS["number"]) * GAS_CONSTANT * temperature
    return parse_quantity(value, KINDS["molar_energy"], temperature)


Interaction = Annotated[
    float,
    BeforeValidator(_interaction),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "description": "in J/mol"}, {"type": "string"}], "examples": ["1.5 RT"]}
    ),
    KindOf("molar_energy"),
]


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


def _lengths(value: object, info: ValidationInfo, counts: tuple[int, ...], expected: str) -> tuple[float, ...]:
    if not isinstance(value, list):
        value = [value]
    if len(value) not in counts:
        raise ValueError(f"expected {expected}, got {shown(value)}")
    temperature = (info.context or {}).get("temperature", 298.15)
    return tuple(parse_quantity(item, KINDS["position"], temperature) for item in value)


def _interval(value: object, info: ValidationInfo) -> tuple[float, float]:
    low, high = _lengths(value, info, (2,), 'two positions such as ["0 nm", "100 nm"]')
    if not low < high:
        raise ValueError(f"expected the lower position first and the two different, got {shown(value)}")
    return low, high


def _span(value: object, info: ValidationInfo) -> tuple[float, float]:
    found = _lengths(value, info, (1, 2), 'a position, or two such as ["0 nm", "100 nm"]')
    if found[0] > found[-1]:
        raise ValueError(f"expected the lower position first, got {shown(value)}")
    return found[0], found[-1]


def _point(value: object, info: ValidationInfo) -> tuple[float, ...]:
    return _lengths(value, info, (2, 3), 'a position such as ["10 nm", "5 nm"]')


def _place(value: object, info: ValidationInfo) -> float | tuple[float, ...]:
    if isinstance(value, list):
        return _point(value, info)
    return parse_quantity(value, KINDS["position"], (info.context or {}).get("temperature", 298.15))


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, got {shown(value)}")
    if not 3 <= value <= MAX_NODES:
        sign, limit = (">=", 3) if value < 3 else ("<=", MAX_NODES)
        raise ValueError(f"expected a whole number {sign} {limit}, got {shown(value)}")
    return value


def _counts(value: object) -> int | tuple[int, ...]:
    if isinstance(value, list):
        if len(value) not in (2, 3):
            raise ValueError(f"expected one number of nodes for every axis, got {shown(value)}")
        return tuple(_count(item) for item in value)
    return _count(value)


MAX_NODES = 10_000_000
_ONE = {"anyOf": [{"type": "number", "description": "in m"}, {"type": "string"}], "examples": ["50 nm"]}
_TWO = {"type": "array", "items": _ONE, "minItems": 2, "maxItems": 2, "examples": [["0 nm", "100 nm"]]}
_SEVERAL = {"type": "array", "items": _ONE, "minItems": 2, "maxItems": 3, "examples": [["10 nm", "5 nm"]]}
Interval = Annotated[object, BeforeValidator(_interval), WithJsonSchema(_TWO), KindOf("position")]
Span = Annotated[object, BeforeValidator(_span), WithJsonSchema({"anyOf": [*_ONE["anyOf"], _TWO]}), KindOf("position")]
Point = Annotated[object, BeforeValidator(_point), WithJsonSchema(_SEVERAL), KindOf("position")]
Place = Annotated[
    object, BeforeValidator(_place), WithJsonSchema({"anyOf": [*_ONE["anyOf"], _SEVERAL]}), KindOf("position")
]
Nodes = Annotated[
    object,
    BeforeValidator(_counts),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 3}, {"type": "array", "items": {"type": "integer", "minimum": 3}}]}
    ),
]


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
