"""Refusal of non-physical input, by the name of the argument."""

from __future__ import annotations

import numpy as np

from ..errors import InputError


def _refuse(name: str, array: np.ndarray, wrong: np.ndarray, right: str) -> None:
    if np.any(wrong):
        raise InputError(f"must be {right}, got {array[wrong].flat[0]:g}", key=name)


def finite(name: str, value) -> np.ndarray:
    """`value` as float64 array; refuses nan, infinities and what is no number."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"must be a number or an array of numbers, got {value!r}", key=name) from error
    _refuse(name, array, ~np.isfinite(array), "finite")
    return array


def positive(name: str, value) -> np.ndarray:
    """`value` as float64 array; refuses values <= 0."""
    array = finite(name, value)
    _refuse(name, array, array <= 0, "positive")
    return array


def non_negative(name: str, value) -> np.ndarray:
    """`value` as float64 array; refuses values < 0."""
    array = finite(name, value)
    _refuse(name, array, array < 0, "zero or positive")
    return array


def non_zero(name: str, value) -> np.ndarray:
    """`value` as float64 array; refuses zero."""
    array = finite(name, value)
    _refuse(name, array, array == 0, "non-zero")
    return array


def fraction(name: str, value) -> np.ndarray:
    """`value` as float64 array; refuses values outside the closed interval 0 to 1."""
    array = finite(name, value)
    _refuse(name, array, (array < 0) | (array > 1), "between 0 and 1")
    return array


def open_fraction(name: str, value) -> np.ndarray:
    """`value` as float64 array; refuses values outside the open interval 0 to 1."""
    array = finite(name, value)
    _refuse(name, array, (array <= 0) | (array >= 1), "strictly between 0 and 1")
    return array


def increasing(name: str, value) -> np.ndarray:
    """`value` as one-dimensional float64 array; refuses it unless strictly increasing."""
    array = finite(name, value)
    if array.ndim != 1 or np.any(np.diff(array) <= 0):
        raise InputError("must be a one-dimensional, strictly increasing sequence", key=name)
    return array
