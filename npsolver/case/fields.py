"""Field types of the schema: quantities, names and profiles."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from npsolver.case.quantities import KINDS, Kind, parse_quantity, restated, shown
from npsolver.case.section import Parsed, parsed
from npsolver.units import GAS_CONSTANT

MAX_ITEMS = 10_000


@dataclass(frozen=True)
class KindOf:
    """Marks a field as a quantity; `coordinates` in the name is filled in from the measure of the geometry."""

    name: str

    def kind(self, coordinates: str) -> Kind:
        """The kind of quantity in these coordinates."""
        return KINDS[self.name.format(coordinates=coordinates)]

    def parse(self, value: object, context: Mapping[str, object]) -> float:
        """The quantity in SI."""
        return parse_quantity(value, self.kind(context["coordinates"]), context["temperature"])

    def stated(self, value: float) -> float | str:
        """A value in SI as it may stand in a file."""
        return restated(value, self.kind("cartesian").unit)

    @property
    def schema(self) -> dict:
        """JSON Schema."""
        kind = self.kind("cartesian")
        number = {"type": "number", "description": f"in {kind.unit}"} if kind.unit else {"type": "number"}
        return {"anyOf": [number, {"type": "string"}], "examples": [kind.example]}


def quantity(name: str) -> type[Parsed]:
    """Type of a float parsed as the kind `name` of `npsolver.case.quantities.KINDS`."""
    return marked(KindOf(name))


def marked(marker: KindOf) -> type[Parsed]:
    """Type of a float parsed as the kind that `marker` says."""
    return parsed(marker.parse, None, "quantity", marker)


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
RateConstant = quantity("rate_constant")
ExchangeCurrent = quantity("exchange_current")
ExchangeRate = quantity("exchange_rate")
TransferCoefficient = quantity("transfer_coefficient")
Capacitance = quantity("capacitance")
MolarEnergy = quantity("molar_energy")
MolarVolume = quantity("molar_volume")
GradientEnergy = quantity("gradient_energy")
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
OnsagerCoefficient = quantity("onsager_coefficient")
MolarConductivity = quantity("molar_conductivity")
Viscosity = quantity("viscosity")


def _interaction(value: object, context: Mapping[str, object]) -> float:
    """A molar energy, or a multiple of RT, in J/mol."""
    temperature = context["temperature"]
    text = value.strip() if isinstance(value, str) else ""
    if text.endswith(("RT", "kT")) and not text.endswith(("/RT", "/kT")):
        return parse_quantity(text[:-2].strip(), KINDS["number"]) * GAS_CONSTANT * temperature
    return parse_quantity(value, KINDS["molar_energy"], temperature)


Interaction = parsed(
    _interaction,
    {"anyOf": [{"type": "number", "description": "in J/mol"}, {"type": "string"}], "examples": ["1.5 RT"]},
    marker=KindOf("molar_energy"),
)


def _name(value: object, _: object = None) -> object:
    """Names may hold anything printable but the characters that paths and calls are written with."""
    if not isinstance(value, str):
        raise ValueError(f"expected a name, got {shown(value)}")
    if not value.strip() or value != value.strip() or len(value) > 80 or not value.isprintable():
        raise ValueError(f"expected a printable name of 1 to 80 characters, got {shown(value)}")
    found = re.search(r'[".,=\[\]/\\]', value)
    if found and not re.fullmatch(r"\[[^\[\]]*\].*", value):
        raise ValueError(f"expected a name without {found.group()!r}, got {shown(value)}")
    return value


Name = parsed(_name, {"type": "string"})


def _label(value: object, _: object = None) -> object:
    if not isinstance(value, str) or not value.strip() or len(value) > 200 or not value.isprintable():
        raise ValueError(f"expected a printable text of 1 to 200 characters, got {shown(value)}")
    return value.strip()


Label = parsed(_label, {"type": "string"})


def _raw(value: object, _: object = None) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"expected a number or a text with a unit, got {shown(value)}")
    return value


def _lengths(value: object, context: Mapping[str, object], counts: tuple[int, ...], expected: str) -> tuple[float, ...]:
    if not isinstance(value, list):
        value = [value]
    if len(value) not in counts:
        raise ValueError(f"expected {expected}, got {shown(value)}")
    temperature = context["temperature"]
    return tuple(parse_quantity(item, KINDS["position"], temperature) for item in value)


def _interval(value: object, context: Mapping[str, object]) -> tuple[float, float]:
    low, high = _lengths(value, context, (2,), 'two positions such as ["0 nm", "100 nm"]')
    if not low < high:
        raise ValueError(f"expected the lower position first and the two different, got {shown(value)}")
    return low, high


def _span(value: object, context: Mapping[str, object]) -> tuple[float, float]:
    found = _lengths(value, context, (1, 2), 'a position, or two such as ["0 nm", "100 nm"]')
    if found[0] > found[-1]:
        raise ValueError(f"expected the lower position first, got {shown(value)}")
    return found[0], found[-1]


def _point(value: object, context: Mapping[str, object]) -> tuple[float, ...]:
    return _lengths(value, context, (2, 3), 'a position such as ["10 nm", "5 nm"]')


def _place(value: object, context: Mapping[str, object]) -> float | tuple[float, ...]:
    if isinstance(value, list):
        return _point(value, context)
    return parse_quantity(value, KINDS["position"], context["temperature"])


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, got {shown(value)}")
    if not 3 <= value <= MAX_NODES:
        sign, limit = (">=", 3) if value < 3 else ("<=", MAX_NODES)
        raise ValueError(f"expected a whole number {sign} {limit}, got {shown(value)}")
    return value


def _counts(value: object, _: object = None) -> int | tuple[int, ...]:
    if isinstance(value, list):
        if len(value) not in (2, 3):
            raise ValueError(f"expected one number of nodes for every axis, got {shown(value)}")
        return tuple(_count(item) for item in value)
    return _count(value)


MAX_NODES = 10_000_000
_ONE = {"anyOf": [{"type": "number", "description": "in m"}, {"type": "string"}], "examples": ["50 nm"]}
_TWO = {"type": "array", "items": _ONE, "minItems": 2, "maxItems": 2, "examples": [["0 nm", "100 nm"]]}
_SEVERAL = {"type": "array", "items": _ONE, "minItems": 2, "maxItems": 3, "examples": [["10 nm", "5 nm"]]}
Interval = parsed(_interval, _TWO, marker=KindOf("position"))
Span = parsed(_span, {"anyOf": [*_ONE["anyOf"], _TWO]}, marker=KindOf("position"))
Point = parsed(_point, _SEVERAL, marker=KindOf("position"))
Place = parsed(_place, {"anyOf": [*_ONE["anyOf"], _SEVERAL]}, marker=KindOf("position"))
Nodes = parsed(
    _counts,
    {"anyOf": [{"type": "integer", "minimum": 3}, {"type": "array", "items": {"type": "integer", "minimum": 3}}]},
)


RawQuantity = parsed(_raw, {"anyOf": [{"type": "number"}, {"type": "string"}]}, "quantity")
"""Unit known only once the rest of the case is: checked when the case is resolved."""


def _raws(value: object, _: object = None) -> object:
    if not isinstance(value, list):
        return _raw(value)
    for number, item in enumerate(value, 1):
        try:
            _raw(item)
        except ValueError as error:
            raise ValueError(f"entry {number}: {error}") from error
    return list(value)


RawQuantities = parsed(
    _raws,
    {"anyOf": [*RawQuantity.schema["anyOf"], {"type": "array", "items": RawQuantity.schema}]},
    "quantity",
)
"""One or a list: msgspec takes no union of lists with types of ours."""


def _real(value: object, _: object = None) -> float:
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise ValueError(f"expected a number, got {shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError("expected a number below 1e308") from None
    if not math.isfinite(number):
        raise ValueError(f"expected a finite number, got {shown(value)}")
    return number


Real = parsed(_real, {"type": "number"}, "number")
"""A plain number without a unit; msgspec itself refuses numbers of NumPy."""


@dataclass(frozen=True)
class ProfileText:
    """An expression in x as it stands in the file."""

    expression: str
    unit: str = "mol/m^3"


def _profile(value: object, context: Mapping[str, object]) -> float | ProfileText:
    if not isinstance(value, dict):
        return parse_quantity(value, KINDS["concentration"], context["temperature"])
    unknown = sorted(set(value) - {"expression", "unit"})
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; valid: expression, unit")
    expression, unit = value.get("expression"), value.get("unit", "mol/m^3")
    if not isinstance(expression, str) or not isinstance(unit, str):
        raise ValueError('expected a profile such as { expression = "1 + 0.1*cos(pi*x/L)", unit = "mM" }')
    return ProfileText(expression, unit)


def _flow_component(value: object, context: Mapping[str, object]) -> float | ProfileText:
    if not isinstance(value, dict):
        return parse_quantity(value, KINDS["velocity_plane"], context["temperature"])
    found = _profile(value, context)
    return ProfileText(found.expression, value.get("unit", ""))


def _stream_function(value: object, context: Mapping[str, object]) -> ProfileText:
    if not isinstance(value, dict):
        raise ValueError('expected an expression such as { expression = "1e-3*y", unit = "m^2/s" }')
    return _flow_component(value, context)


_EXPRESSION = {
    "type": "object",
    "properties": {"expression": {"type": "string"}, "unit": {"type": "string"}},
    "required": ["expression"],
    "additionalProperties": False,
}
FlowComponent = parsed(
    _flow_component,
    {"anyOf": [{"type": "number", "description": "in m/s"}, {"type": "string"}, _EXPRESSION]},
    marker=KindOf("velocity_plane"),
)
StreamFunction = parsed(_stream_function, _EXPRESSION)


def _production(value: object, context: Mapping[str, object]) -> float | ProfileText:
    if not isinstance(value, dict):
        return parse_quantity(value, KINDS["production"], context["temperature"])
    found = _profile(value, context)
    return ProfileText(found.expression, value.get("unit", "mol/m^3/s"))


ProductionProfile = parsed(
    _production,
    {"anyOf": [{"type": "number", "description": "in mol/m^3/s"}, {"type": "string"}, _EXPRESSION]},
    marker=KindOf("production"),
)


Profile = parsed(
    _profile,
    {
        "anyOf": [{"type": "number", "description": "in mol/m^3"}, {"type": "string"}, _EXPRESSION],
        "examples": ["100 mM"],
    },
    marker=KindOf("concentration"),
)
