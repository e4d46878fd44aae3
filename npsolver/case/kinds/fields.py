"""Field types of the cases without a mesh: quantities with units of their own, values that may be formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from npsolver.case.fields import KindOf, marked
from npsolver.case.quantities import _NUMBER, _TRANSLATE, FREQUENT, KINDS, Kind, QuantityError, parse_quantity, shown
from npsolver.case.section import Parsed, parsed
from npsolver.units import AVOGADRO

_PER_PARTICLE = (("J", AVOGADRO),)
OWN = {
    "area": Kind("an area", "m^2", "1000 um^2", 0.0, exclusive=True),
    "volume": Kind("a volume", "m^3", "2 pL", 0.0, exclusive=True),
    "conductance": Kind("a conductance per area", "S/m^2", "0.3 mS/cm^2", 0.0),
    "permeability": Kind("a permeability", "m/s", "1e-8 m/s", 0.0),
    "rate": Kind("a rate per area", "mol/m^2/s", "2e-8 mol/m^2/s", 0.0),
    "frequency": Kind("a rate", "1/s", "0.1 1/s", 0.0, exclusive=True),
    "amount_density": Kind("a concentration > 0", "mol/m^3", "140 mM", 0.0, exclusive=True),
    "current_density": Kind("a current density", "A/m^2", "10 uA/cm^2"),
    "energy": Kind("a molar energy", "J/mol", "-61 kJ/mol", alternatives=_PER_PARTICLE),
    "energy_per_kelvin": Kind("a molar entropy", "J/mol/K", "12 J/mol/K", alternatives=(("J/K", AVOGADRO),)),
    "voltage_per_kelvin": Kind("a temperature coefficient", "V/K", "-0.2 mV/K"),
    "charge_amount": Kind("a charge", "C", "5 A*h", 0.0, exclusive=True),
    "resistance": Kind("a resistance", "ohm", "10 mohm", 0.0),
    "any_resistance": Kind("a resistance", "ohm", "10 mohm"),
    "electric_current": Kind("a current", "A", "1 A"),
    "positive_current": Kind("a current", "A", "1 A", 0.0, exclusive=True),
    "fraction": Kind("a number from 0 to 1", "", "0.5", 0.0, 1.0),
    "not_negative": Kind("a number >= 0", "", "1.0", 0.0),
    "activity": Kind("an activity > 0", "", "1e-6", 0.0, exclusive=True),
    "molarity": Kind("a concentration", "mol/L", "1e-6 M", 0.0, exclusive=True),
    "pressure": Kind("a fugacity", "bar", "1 bar", 0.0, exclusive=True),
    "slow_rate": Kind("a share per time", "1/s", "1e-9 1/s", 0.0, exclusive=True),
}


@dataclass(frozen=True)
class OwnKind(KindOf):
    """Marks a field as a quantity of a kind that only these cases have."""

    def kind(self, coordinates: str) -> Kind:
        return OWN[self.name]


def own(name: str) -> type[Parsed]:
    """Type of a float parsed as the kind `name` of `OWN`."""
    return marked(OwnKind(name))


class _ManyKind(OwnKind):
    """The kind of one quantity or of a table of them, which stand in effective cases as plain numbers."""

    def parse(self, value: object, context: Mapping[str, object]) -> float | dict[str, float]:
        if not isinstance(value, dict):
            return super().parse(value, context)
        found = {}
        for name, item in value.items():
            try:
                found[name] = super().parse(item, context)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        return found

    def stated(self, value: float) -> float:
        return value

    @property
    def schema(self) -> dict:
        one = super().schema
        return one | {"anyOf": [*one["anyOf"], {"type": "object", "additionalProperties": one}]}


def own_or_table(name: str) -> type[Parsed]:
    """Quantity of the kind `name` or a table of them: msgspec takes no union of tables with types of ours."""
    return marked(_ManyKind(name))


def _value(value: object, _: object = None) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float | dict | list):
        raise ValueError(f"expected a quantity, a formula such as '= 2 * x', or a table of them, got {shown(value)}")
    return value


LawValue = parsed(_value, {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "object"}]})
"""An argument of a law; what it must be depends on the law."""


# units in which an input is kept, by preference; anything else goes to SI base units
_UNITS = (
    *("mol/m^3", "V", "K", "m", "s", "1/s", "m/s", "m^2/s", "A/m^2", "S/m^2", "C/m^2", "F/m^2", "J/mol", "mol/kg"),
    *("mol/m^2/s", "1/m^3", "A", "C", "ohm", "ohm*m^2", "Pa", "m^2", "m^3", "V/s", "V/m", "S/m", "V/K"),
)


def infer(value: object) -> tuple[float, str]:
    """Value and SI unit of a quantity of any kind.

    ``"1.1 eV"`` stays in eV: as an energy per particle that is what semiconductors are described in.
    """
    if not isinstance(value, str):
        return parse_quantity(value, Kind("a quantity", "", "140 mM")), ""
    found = _usual(value)
    if found is not None:
        return found
    last: QuantityError | None = None
    for unit in ("", "eV") if value.strip().endswith("eV") else ("", *_UNITS):
        try:
            return parse_quantity(value, Kind("a quantity", unit, f"1 {unit}".strip())), unit
        except QuantityError as error:
            if "unknown unit" in str(error) or "finite" in str(error):
                raise
            last = error
    raise QuantityError(f"expected a quantity such as '140 mM' or '-70 mV', got {shown(value)}") from last


def _usual(value: str) -> tuple[float, str] | None:
    """As `infer`, for units that need no look into pint."""
    match = _NUMBER.fullmatch(value.translate(_TRANSLATE))
    text = match.group(2).strip() if match else ""
    for unit in _UNITS:
        if text and (text == unit or text in FREQUENT.get(unit, {})):
            return parse_quantity(value, Kind("a quantity", unit, f"1 {unit}")), unit
    return None


def spelled(value: float, unit: str) -> str | float:
    """A quantity as it would stand in a file, in SI."""
    return f"{value!r} {unit}" if unit else value


def kind_of_unit(unit: str) -> Kind:
    """Kind of quantity with an SI unit, for messages and conversion."""
    if unit == "J/mol":
        return OWN["energy"]
    if unit == "mol/m^3":
        return KINDS["concentration"]
    example = {"V": "-70 mV", "K": "298.15 K", "m^2/s": "1e-9 m^2/s", "s": "1 ms", "m": "1 nm"}.get(unit)
    return Kind(f"a quantity in {unit}" if unit else "a number", unit, example or f"1 {unit}".strip())
