"""Quantities written inside a reference, e.g. ``gouy_chapman_potential(1 nm, right)``."""

from __future__ import annotations

from functools import cache

from npsolver.errors import InputError


def quantity(text: str, unit: str) -> float:
    """`text`, a number with a unit, in the SI `unit`."""
    import pint

    try:
        return float(_registry().Quantity(text.replace("^", "**")).to(unit or "dimensionless").magnitude)
    except (pint.PintError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise InputError(f"expected a quantity in {unit or 'no unit'}, got {text!r}") from error


@cache
def _registry():
    import pint

    return pint.UnitRegistry()
