"""Refuse numbers that no physical system can have, by name, before any formula sees them."""

from __future__ import annotations

import numpy as np

from ..errors import InputError


def finite(name: str, value) -> np.ndarray:
    """`value` as float64 array, refused if any entry is not a finite number."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{value!r} is not a number or an array of numbers", key=name) from error
    if not np.all(np.isfinite(array)):
        raise InputError("must be finite, but contains nan or infinity", key=name)
    return array


def positive(name: str, value) -> np.ndarray:
    """`value` as array, refused unless every entry is > 0."""
    array = finite(name, value)
    if not np.all(array > 0):
        raise InputError(f"must be positive, found {array.min():g}", key=name)
    return array


def non_negative(name: str, value) -> np.ndarray:
    """`value` as array, refused unless every entry is >= 0."""
    array = finite(name, value)
    if not np.all(array >= 0):
        raise InputError(f"must not be negative, found {array.min():g}", key=name)
    return array


def fraction(name: str, value) -> np.ndarray:
    """`value` as array, refused unless every entry lies in [0, 1]."""
    array = finite(name, value)
    if not np.all((array >= 0) & (array <= 1)):
        raise InputError(f"must lie between 0 and 1, found {array.min():g} to {array.max():g}", key=name)
    return array


def charge_number(name: str, value) -> np.ndarray:
    """Charge number(s) of ions: finite and not zero (a neutral species has no equilibrium potential)."""
    array = finite(name, value)
    if np.any(array == 0):
        raise InputError("charge number 0: only a charged species has an equilibrium potential", key=name)
    return array


def salt_charges(z_cation, z_anion) -> tuple[np.ndarray, np.ndarray]:
    """Charge numbers of a binary salt, positive and negative."""
    plus, minus = finite("z_cation", z_cation), finite("z_anion", z_anion)
    if not np.all(plus > 0):
        raise InputError(f"must be positive, found {plus.min():g}", key="z_cation")
    if not np.all(minus < 0):
        raise InputError(f"must be negative, found {minus.max():g}", key="z_anion")
    return plus, minus


def temperature(value) -> np.ndarray:
    """Absolute temperature in kelvin, > 0."""
    return positive("temperature", value)


def ions_first(name: str, value, count: int) -> np.ndarray:
    """`value` as array whose first axis runs over `count` ions."""
    array = finite(name, value)
    if array.ndim == 0 or array.shape[0] != count:
        raise InputError(f"needs one entry per ion ({count}) along its first axis, found shape {array.shape}", key=name)
    return array


def mixture(z, *concentrations, names: tuple[str, ...] = ("concentration",)) -> tuple[np.ndarray, ...]:
    """Charge numbers (n,) and non-negative concentrations (n, ...) of a mixture of ions.

    Neutral members (z = 0) are allowed; at least one ion must be charged.  The concentrations come back in one shape:
    a list with one number per ion spreads over the trailing axes of the others.
    """
    z = finite("charge", z)
    if z.ndim != 1 or z.size == 0:
        raise InputError(f"needs a list of charge numbers, found shape {z.shape}", key="charge")
    if not np.any(z):
        raise InputError("all species are neutral: there is no potential to compute", key="charge")
    checked = [non_negative(n, ions_first(n, c, z.size)) for n, c in zip(names, concentrations, strict=True)]
    ndim = max(c.ndim for c in checked)
    return z, *np.broadcast_arrays(
        *(c.reshape(c.shape + (1,) * (ndim - c.ndim)) if c.ndim == 1 else c for c in checked)
    )


def electroneutral(name: str, z: np.ndarray, c: np.ndarray, fixed_charge=0.0) -> None:
    """Refuse a phase whose charges do not add up to zero within 1e-6 of its ions."""
    charge = np.tensordot(z, c, axes=1) + fixed_charge
    size = np.tensordot(np.abs(z), c, axes=1) + np.abs(fixed_charge)
    if np.any(np.abs(charge) > 1e-6 * size):
        worst = np.max(np.abs(charge))
        raise InputError(
            f"not electroneutral: the charges add up to {worst:.6g} mol/m³ (of {np.max(size):.6g}); "
            "complete the list of ions or state the fixed charge",
            key=name,
        )


def along_ions(vector: np.ndarray, like: np.ndarray) -> np.ndarray:
    """`vector` (n,) shaped to multiply `like` (n, ...)."""
    return vector.reshape(vector.shape + (1,) * (like.ndim - 1))


def with_axes(c: np.ndarray, ndim: int) -> np.ndarray:
    """`c` (n, ...) with axes inserted after the first, so that the trailing part broadcasts against `ndim` axes."""
    return c.reshape(c.shape[:1] + (1,) * (ndim - c.ndim + 1) + c.shape[1:])


def non_zero(name: str, value) -> np.ndarray:
    """`value` as array, refused if any entry is zero."""
    array = finite(name, value)
    if np.any(array == 0):
        raise InputError("must not be zero", key=name)
    return array


def open_fraction(name: str, value) -> np.ndarray:
    """`value` as array, refused unless every entry lies strictly between 0 and 1."""
    array = finite(name, value)
    if not np.all((array > 0) & (array < 1)):
        raise InputError(f"must lie strictly between 0 and 1, found {array.min():g} to {array.max():g}", key=name)
    return array


def increasing(name: str, value) -> np.ndarray:
    """`value` as one-dimensional array, refused unless strictly increasing."""
    array = finite(name, value)
    if array.ndim != 1 or np.any(np.diff(array) <= 0):
        raise InputError("must be a one-dimensional, strictly increasing sequence", key=name)
    return array
