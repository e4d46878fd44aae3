"""Numbers with units: text such as ``"140 mM"`` becomes a float in SI, its dimension checked.

Values are rounded once, at the end, so ``"50 nm"``, ``"0.05 um"`` and ``5e-8`` are the same float.  Units that nearly
every case uses are listed here (a test compares each with pint), everything else is handed to pint, whose import costs
as much time as a small solve.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache

from npsolver.units import AVOGADRO, FARADAY, thermal_voltage


class QuantityError(ValueError):
    """A quantity that cannot be understood; the text says what was expected."""


@dataclass(frozen=True)
class Kind:
    """A kind of quantity.

    Attributes
    ----------
    label : str
        With its article, as in an error message.
    unit : str
        SI unit of the value inside the program.
    example : str
        How a user would write one.
    lower, upper : float
        Smallest and largest value allowed, in SI.
    exclusive : bool
        Whether `lower` itself is refused.
    alternatives : tuple of (str, float)
        Other units that are accepted, e.g. per particle instead of per mole, and their factor to `unit`.
    plain_from, plain_to : float
        Plain numbers below and from (in size) are refused, for they are more likely meant in another unit; with a unit
        they are taken.
    """

    label: str
    unit: str
    example: str
    lower: float = -math.inf
    upper: float = math.inf
    exclusive: bool = False
    alternatives: tuple[tuple[str, float], ...] = ()
    plain_from: float = -math.inf
    plain_to: float = math.inf

    @property
    def expected(self) -> str:
        """``"a diffusivity such as '1.96e-9 m^2/s'"``."""
        return f"{self.label} such as '{self.example}'" if self.unit else f"{self.label} such as {self.example}"


# K; 25 written for room temperature is 25 degC, and no liquid conducts below this
COLDEST_PLAIN = 150.0
# What a plain number of this size is more likely meant in: 50 written for a voltage is 50 mV.
LARGEST_PLAIN = {"V": 20.0, "m": 0.1, "m^2/s": 0.01}
_MEANT = {"V": "{} mV", "m": "{} nm", "m^2/s": "{}e-9 m^2/s"}

# mol/m³ and mol/(m³ s): three times the atoms of diamond, and those renewed every microsecond
DENSEST, FASTEST = 1e6, 1e12

_NUMBER_DENSITY = (("1/m^3", 1.0 / AVOGADRO),)

KINDS = {
    "length": Kind("a length", "m", "50 nm", 0.0, exclusive=True, plain_to=LARGEST_PLAIN["m"]),
    "radius": Kind("a radius", "m", "1 um", 0.0, plain_to=LARGEST_PLAIN["m"]),
    "position": Kind("a position", "m", "25 nm", plain_to=LARGEST_PLAIN["m"]),
    "time": Kind("a time", "s", "1 ms", 0.0),
    "duration": Kind("a time", "s", "1 ms", 0.0, exclusive=True),
    "temperature": Kind("a temperature", "K", "298.15 K", 0.0, exclusive=True, plain_from=COLDEST_PLAIN),
    "concentration": Kind("a concentration", "mol/m^3", "140 mM", 0.0, DENSEST, alternatives=_NUMBER_DENSITY),
    "fixed_charge": Kind(
        "a fixed charge",
        "mol/m^3",
        "-100 mM",
        -DENSEST,
        DENSEST,
        alternatives=(*_NUMBER_DENSITY, ("C/m^3", 1.0 / FARADAY)),
    ),
    "diffusivity": Kind(
        "a diffusivity", "m^2/s", "1.96e-9 m^2/s", 0.0, exclusive=True, plain_to=LARGEST_PLAIN["m^2/s"]
    ),
    "signed_diffusivity": Kind("a Stefan-Maxwell diffusivity", "m^2/s", "1.1e-9 m^2/s"),
    "onsager_coefficient": Kind("an element of the matrix", "m^2/s", "1.1e-9 m^2/s"),
    "molar_conductivity": Kind("a molar conductivity", "S*m^2/mol", "118.5 S*cm^2/mol", 0.0, exclusive=True),
    "viscosity": Kind("a viscosity", "Pa*s", "0.89 mPa*s", 0.0, exclusive=True),
    "potential": Kind("a potential", "V", "-70 mV", plain_to=LARGEST_PLAIN["V"]),
    "current_cartesian": Kind("a current density", "A/m^2", "0 A/m^2"),
    "current_cylindrical": Kind("a current per length of the cylinder", "A/m", "0 A/m"),
    "current_spherical": Kind("a current through the sphere", "A", "0 A"),
    "current_plane": Kind("a current per metre of depth", "A/m", "0 A/m"),
    "current_space": Kind("a current", "A", "0 A"),
    "surface_charge": Kind("a surface charge", "C/m^2", "-0.05 C/m^2"),
    "rate_constant": Kind("a rate constant", "m/s", "1e-5 m/s", 0.0, exclusive=True),
    "exchange_current": Kind("an exchange current density", "A/m^2", "1 mA/cm^2", 0.0, exclusive=True),
    "exchange_rate": Kind("an exchange rate", "mol/m^2/s", "1e-4 mol/m^2/s", 0.0, exclusive=True),
    "transfer_coefficient": Kind("a transfer coefficient in (0, 1]", "", "0.5", 0.0, 1.0, exclusive=True),
    "flux": Kind("a molar flux", "mol/m^2/s", "1e-6 mol/m^2/s"),
    "production": Kind("a production per volume", "mol/m^3/s", "1 mM/s", -FASTEST, FASTEST),
    "capacitance": Kind("a capacitance per area", "F/m^2", "0.2 F/m^2", 0.0, exclusive=True),
    "molar_energy": Kind("a molar energy", "J/mol", "5.7 kJ/mol", alternatives=(("J", AVOGADRO),)),
    "gradient_energy": Kind("a gradient energy > 0", "J*m^2/mol", "2e-14 J*m^2/mol", 0.0, exclusive=True),
    "molar_volume": Kind("a molar volume", "m^3/mol", "20 cm^3/mol", -1e-3, 1e-3),
    "velocity_cartesian": Kind("a velocity", "m/s", "1 um/s"),
    "velocity_cylindrical": Kind("a volume flow per length of the cylinder", "m^2/s", "1e-9 m^2/s"),
    "velocity_spherical": Kind("a volume flow", "m^3/s", "1e-15 m^3/s"),
    "velocity_plane": Kind("a velocity", "m/s", "1 um/s"),
    "velocity_space": Kind("a velocity", "m/s", "1 um/s"),
    "pressure": Kind("a pressure", "Pa", "0.21 atm", 0.0, exclusive=True),
    "field": Kind("an electric field", "V/m", "1e6 V/m"),
    "permittivity": Kind("a relative permittivity >= 1", "", "78.5", 1.0),
    "porosity": Kind("a porosity in (0, 1]", "", "0.4", 0.0, 1.0, exclusive=True),
    "tortuosity": Kind("a tortuosity factor >= 1", "", "1.6", 1.0),
    "partition": Kind("a partition coefficient > 0", "", "0.1", 0.0, exclusive=True),
    "charge": Kind("a charge number", "", "-1", -1000.0, 1000.0),
    "tolerance": Kind("a relative tolerance > 0", "", "1e-6", 0.0, 1.0, exclusive=True),
    "positive": Kind("a number > 0", "", "1.0", 0.0, exclusive=True),
    "number": Kind("a number", "", "4.76"),
}

# SI unit -> unit -> (integer, power of ten) of its factor.
_MICRO = ("u", "µ")
_PREFIX = {"": 0, "m": -3, "n": -9, "p": -12, **dict.fromkeys(_MICRO, -6)}


def _table(*entries: tuple[str, str, dict[str, int]]) -> dict[str, dict[str, tuple[int, int]]]:
    units: dict[str, dict[str, tuple[int, int]]] = {}
    for si, pattern, powers in entries:
        for prefix, power in powers.items():
            units.setdefault(si, {})[pattern.format(prefix)] = (1, power)
    return units


_CENTI = {"": 0, "c": -4, "m": -6, "n": -18, **dict.fromkeys(_MICRO, -12)}
FREQUENT = _table(
    ("m", "{}m", {**_PREFIX, "c": -2}),
    ("m", "{}", {"angstrom": -10, "Å": -10}),
    ("s", "{}s", _PREFIX),
    ("K", "{}", {"K": 0}),
    ("mol/m^3", "{}", {"mol/m^3": 0, "mmol/m^3": -3}),
    ("mol/m^3", "{}M", {prefix: power + 3 for prefix, power in _PREFIX.items()}),
    ("mol/m^3", "{}mol/L", {prefix: power + 3 for prefix, power in _PREFIX.items()}),
    ("mol/m^3", "{}mol/dm^3", {"": 3}),
    ("m^2/s", "{}m^2/s", _CENTI),
    ("V", "{}V", {**_PREFIX, "k": 3}),
    ("A/m^2", "{}A/m^2", _PREFIX),
    ("A/m^2", "{}A/cm^2", {prefix: power + 4 for prefix, power in _PREFIX.items()}),
    ("C/m^2", "{}C/m^2", _PREFIX),
    ("C/m^2", "{}C/cm^2", {prefix: power + 4 for prefix, power in _PREFIX.items()}),
    ("mol/m^2/s", "{}mol/m^2/s", _PREFIX),
    ("F/m^2", "{}F/m^2", _PREFIX),
    ("F/m^2", "{}F/cm^2", {prefix: power + 4 for prefix, power in _PREFIX.items()}),
    ("J/mol", "{}J/mol", {"": 0, "k": 3}),
    ("S*m^2/mol", "{}", {"S*m^2/mol": 0, "S*cm^2/mol": -4, "mS*m^2/mol": -3}),
    ("Pa*s", "{}Pa*s", _PREFIX),
    ("W/K/m^2", "{}W/K/m^2", _PREFIX),
    ("m/s", "{}m/s", {**_PREFIX, "c": -2}),
    ("1/s", "{}", {"1/s": 0, "s^-1": 0, "/s": 0}),
    ("m^3/mol/s", "{}", {"m^3/mol/s": 0, "1/M/s": -3, "L/mol/s": -3}),
)
FREQUENT["Pa"] = {"Pa": (1, 0), "kPa": (1, 3), "mbar": (1, 2), "bar": (1, 5), "atm": (101325, 0)}
FREQUENT["s"] |= {"min": (60, 0), "h": (3600, 0), "day": (86400, 0)}

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?)(?![\d.])(.*)", re.DOTALL)
_NOT_FINITE = re.compile(r"\s*[+-]?(nan|inf|infinity)\b", re.IGNORECASE)
_TRANSLATE = str.maketrans({"μ": "µ", "·": "*", "⋅": "*", "−": "-", "–": "-", "\u212b": "Å", "\u00a0": " "})
_UNIT_TEXT = re.compile(r"[A-Za-zµÅ°Ω%²³⁻¹\d\s*/^().+-]*")
_UNREADABLE = (ValueError, TypeError, AssertionError, AttributeError, LookupError, ArithmeticError)
_THERMAL = {"kT/e", "k_B*T/e", "kBT/e", "RT/F", "R*T/F"}


def parse_quantity(value: object, kind: Kind, temperature: float = 298.15) -> float:
    """A number (SI) or a text with a unit as a float in ``kind.unit``.

    Parameters
    ----------
    value : object
        As it came from the file.
    kind : Kind
    temperature : float
        K, gives the potential units ``kT/e`` and ``RT/F`` their value.

    Raises
    ------
    QuantityError
        With a text that says what was expected and what was found.
    """
    if isinstance(value, str):
        result = _parse_text(value, kind, temperature)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            result = float(value)
        except OverflowError:
            raise QuantityError(f"expected {kind.expected}, got a number too large to represent") from None
    else:
        raise QuantityError(f"expected {kind.expected}, got {shown(value)}")
    if not math.isfinite(result):
        raise QuantityError(f"expected a finite number, {kind.expected}, got {shown(value)}")
    too_low = result <= kind.lower if kind.exclusive else result < kind.lower
    if too_low or result > kind.upper:
        raise QuantityError(f"expected {kind.expected}{_range_hint(kind, result)}, got {shown(value)}")
    if not isinstance(value, str) and (result < kind.plain_from or abs(result) >= kind.plain_to):
        raise QuantityError(_plain_refusal(shown(value), result, kind.unit))
    return result + 0.0  # turns -0.0 into 0.0, which would hash differently


def _plain_refusal(number: str, result: float, unit: str) -> str:
    """Why a plain number is refused that is more likely meant in another unit."""
    if unit == "K":
        return (
            f"a plain number is in K, and {number} K is unusually cold: expected '{number} degC' or {result + 273.15:g};"
            f" if {number} kelvin are meant, '{number} K'"
        )
    return (
        f"a plain number is in {unit}, and {number} {unit} is unusually large: expected a unit, such as"
        f" '{_MEANT[unit].format(number)}'; if {number} {unit} is meant, '{number} {unit}'"
    )


def restated(value: float, unit: str) -> float | str:
    """A value in SI as it may stand in a case file: with its unit where a plain number would be refused.

    >>> restated(310.15, "K"), restated(4.2, "K"), restated(4.2, "V"), restated(-50.0, "V")
    (310.15, '4.2 K', 4.2, '-50.0 V')
    """
    unusual = value < COLDEST_PLAIN if unit == "K" else abs(value) >= LARGEST_PLAIN.get(unit, math.inf)
    return f"{value!r} {unit}" if unusual else value


def to_si(text: object, unit: str, temperature: float = 298.15) -> float:
    """A quantity in the SI unit `unit` (``""`` for a plain number), e.g. of an argument of a reference.

    Raises
    ------
    InputError
        If the text is no quantity or has another dimension.
    """
    from npsolver.errors import InputError

    try:
        return parse_quantity(text, Kind("a quantity", unit, f"1 {unit}".strip()), temperature)
    except QuantityError as error:
        raise InputError(str(error)) from None


def _range_hint(kind: Kind, value: float) -> str:
    """Says the range where the label does not."""
    if not kind.unit:
        return ""
    if value > kind.upper or kind.lower < 0.0:
        return f" and at most {kind.upper:g} {kind.unit} in size"
    return ", greater than zero" if kind.exclusive else ", not negative"


def shown(value: object) -> str:
    """`value` as it would stand in a case file, short enough for a message."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        text = "[" + ", ".join(shown(item) for item in value[:8]) + "]"
        return text if len(value) <= 8 and len(text) <= 60 else "a list"
    text = repr(value) if isinstance(value, str | float) else str(value)
    return text if len(text) <= 60 else text[:50] + "..." + text[-1]


def _parse_text(text: str, kind: Kind, temperature: float) -> float:
    if _NOT_FINITE.match(text):
        raise QuantityError(f"expected a finite number, {kind.expected}, got {shown(text)}")
    match = _NUMBER.fullmatch(text.translate(_TRANSLATE))
    if match is None:
        raise QuantityError(f"expected {kind.expected}, got {shown(text)}")
    number, unit = match.group(1), match.group(2).strip()
    if not unit:
        if kind.unit:
            raise QuantityError(
                f"expected {kind.expected}, got {shown(text)} without a unit"
                f" (a number without quotes is taken in {kind.unit})"
            )
        return float(number)
    if re.match(r",\s*\d", unit):
        raise QuantityError(f"expected {kind.expected}, got {shown(text)}: decimals are set off by a point")
    if kind.unit == "V" and unit.replace(" ", "") in _THERMAL:
        return float(number) * thermal_voltage(temperature)
    if kind.unit == "K" and unit in ("degC", "°C"):
        from fractions import Fraction

        return float(Fraction(number) + Fraction("273.15"))
    factor = (1, 0) if unit == kind.unit else FREQUENT.get(kind.unit, {}).get(unit)
    try:
        if factor is not None:
            return _times(number, *factor)
        return _convert(number, unit, kind, text)
    except OverflowError:
        raise QuantityError(f"expected {kind.expected}, got {shown(text)}, too large to represent") from None


def _times(number: str, integer: int, power: int) -> float:
    """A number as it is written times an integer and a power of ten, rounded once."""
    if integer == 1:
        digits, _, exponent = number.lower().partition("e")
        result = float(f"{digits}e{int(exponent or 0) + power}")
        if math.isinf(result):
            raise OverflowError
        return result
    from fractions import Fraction

    return float(Fraction(number) * integer * Fraction(10) ** power)


def _convert(number: str, unit: str, kind: Kind, text: str) -> float:
    """Conversion by pint, exact up to the final rounding."""
    from fractions import Fraction

    import pint

    parsed = _parse_unit(unit)
    if parsed is None:
        hint = "; for degree Celsius write 'degC'" if kind.unit == "K" and unit == "C" else ""
        raise QuantityError(f"expected {kind.expected}, got {shown(text)}: unknown unit {shown(unit)}{hint}")
    quantity = _registry().Quantity(Fraction(number), parsed)
    for target, scale in ((kind.unit, None), *kind.alternatives):
        try:
            value = quantity.to(target or "dimensionless").magnitude
        except (pint.DimensionalityError, pint.OffsetUnitCalculusError):
            continue
        return float(value) if scale is None else float(value) * scale
    hint = "; for degree Celsius write 'degC'" if kind.unit == "K" and unit == "C" else ""
    raise QuantityError(f"expected {kind.expected}, got {shown(text)}{hint}")


@cache
def _registry():
    from fractions import Fraction

    import pint

    return pint.UnitRegistry(non_int_type=Fraction)


@lru_cache(maxsize=512)
def _parse_unit(unit: str):
    """The pint unit, or None if `unit` is none.

    Texts are restricted before pint sees them: it would evaluate towers of powers that never end.
    """
    if len(unit) > 60 or not _UNIT_TEXT.fullmatch(unit):
        return None
    unit = re.sub(r"([A-Za-zµÅΩ])([+-]?\d)", r"\1^\2", unit).replace("^", "**")  # "mol m-2 s-1"
    bare = re.sub(r"\*\*\s*[+-]?(?:[1-9]\d?|\d?\.[1-9])(?![\d.])(?!\s*\*\*)", "", unit)
    bare = re.sub(r"^1?\s*/", "/", bare)
    if re.search(r"[\d.+-]|\*\*", bare):  # numbers are exponents, or the 1 of 1/s
        return None
    if unit.startswith("/"):
        unit = "1" + unit
    import tokenize

    import pint

    try:
        return _registry().parse_units(unit)
    except (pint.PintError, tokenize.TokenError, SyntaxError, *_UNREADABLE):
        return None
