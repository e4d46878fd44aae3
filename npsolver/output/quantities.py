"""Numbers for people: SI prefixes and units as they are printed in papers."""

from __future__ import annotations

import math
import re

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# units that take no prefix in print, e.g. entropy production
_PLAIN = {"", "1", "K"}


def typeset(unit: str) -> str:
    """``"mol/m^2/s"`` as ``"mol m⁻² s⁻¹"``.

    >>> typeset("A/m^2")
    'A m⁻²'
    """
    if unit in ("", "1"):
        return ""
    factors = []
    for position, part in enumerate(unit.replace("**", "^").split("/")):
        for factor in part.split("*"):
            symbol, _, power = factor.strip().partition("^")
            power = float(power or 1) * (-1 if position else 1)
            if symbol == "1":
                continue
            factors.append(symbol + ("" if power == 1 else f"{power:g}".translate(_SUPERSCRIPTS)))
    return " ".join(factors)


def display_unit(magnitude: float, unit: str) -> tuple[float, str]:
    """Factor and unit in which a quantity of about `magnitude` (in the SI `unit`) reads best.

    Concentrations are shown in M, mM, µM ..., volumes in litres; everything else with a prefix on its first unit, or,
    where that would need more than the usual prefixes, as it is.

    >>> display_unit(0.0254, "V")
    (1000.0, 'mV')
    >>> display_unit(140.0, "mol/m^3")
    (1.0, 'mM')

    Times from 3 hours and 3 days on are shown in these.
    """
    magnitude = abs(magnitude)
    if unit in _PLAIN:
        return 1.0, "" if unit == "1" else unit
    if unit == "mol/m^3":
        # 1 mol/m³ = 1 mM
        factor, label = display_unit(magnitude * 1e-3, "M")
        return factor * 1e-3, label
    if unit == "m^3":
        factor, label = display_unit(magnitude * 1e3, "L")
        return factor * 1e3, label
    label = typeset(unit)
    # a prefix belongs to the power: 1e-9 m² is not 1 nm²
    if re.search(r"^1/|^[A-Za-z]+\^", unit):
        return 1.0, label
    if magnitude == 0 or not math.isfinite(magnitude):
        return 1.0, label
    # 1e-9 absorbs round-off at the decades
    exponent = 3 * math.floor((math.log10(magnitude) + 1e-9) / 3)
    if unit == "s" and exponent > 0:
        for longer, seconds in (("d", 86400.0), ("h", 3600.0)):
            if magnitude >= 3.0 * seconds:
                return 1.0 / seconds, longer
        exponent = 0
    if exponent not in _PREFIXES:
        return 1.0, label
    if unit.startswith("kg"):
        return 1.0, label
    return float(f"1e{-exponent}"), _PREFIXES[exponent] + label


def format_number(value: float, digits: int = 6) -> str:
    """`value` with `digits` significant digits, without superfluous zeros; typographic minus is left to plots."""
    if value is None:
        return "–"
    if value != value:
        return "not a number"
    return f"{value:.{digits}g}"


def format_error(value: float, error_estimate: float | None, round_off: float | None, unit: str) -> str:
    """The error of `value` (SI) as text: its estimate, or for a zero the round-off below which nothing can be seen.

    >>> format_error(0.5, 2e-3, None, "V"), format_error(0.0, None, 3e-9, "A/m^2"), format_error(1.0, None, 3e-9, "A/m^2")
    ('± 2', '< 3 nA m⁻²', '')
    """
    if error_estimate is not None:
        return f"± {format_number(error_estimate * display_unit(value, unit)[0], 2)}"
    if value != 0.0 or not round_off:
        return ""
    factor, label = display_unit(round_off, unit)
    return f"< {float(f'{round_off * factor:.1g}'):g} {label}".rstrip()


def format_quantity(value: float, unit: str, digits: int = 6) -> str:
    """`value` in the SI `unit` as text, e.g. ``"-89.059 mV"``."""
    factor, label = display_unit(value, unit)
    return f"{format_number(value * factor, digits)} {label}".rstrip()
