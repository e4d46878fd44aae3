"""Quantities written inside a reference, e.g. ``gouy_chapman_potential(1 nm, right)``."""

from __future__ import annotations

import re
from functools import cache

from npsolver.errors import InputError

_PLAIN = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*")


def quantity(text: str, unit: str) -> float:
    """`text` in the SI `unit`; a plain number is taken as SI."""
    if _PLAIN.fullmatch(text):
        return float(text)
    import pint

    try:
        return float(_registry().Quantity(text.replace("^", "**")).to(unit or "dimensionless").magnitude)
    except (pint.PintError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise InputError(f"expected a quantity in {unit or 'no unit'}, got {text!r}") from error


@cache
def _registry():
    import pint

    return pint.UnitRegistry()
