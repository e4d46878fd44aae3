"""Plain records (JSON) of the objects that are stored next to the fields."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np


def plain(value):
    """`value` reduced to what JSON knows: dict, list, str, int, float, bool, None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value) if item.name[0] != "_"}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)


def finite(value):
    """`value` (plain) with null for numbers that JSON cannot carry (infinities, not a number)."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def package_version() -> str:
    """Version of npsolver."""
    from npsolver import __version__

    return __version__


def case_record(case) -> dict:
    """What identifies a case in every file: its name (without folders), title and sha256 of the effective case."""
    return {"name": case.name, "title": case.title, "sha256": case.sha256}
