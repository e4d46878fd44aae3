"""``--set key=value``: changes to a case file before it is checked."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from npsolver.case.keys import SIDES, split_key
from npsolver.case.names import same_name
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.toml import parse_value
from npsolver.errors import InputError


def parse_assignment(text: str) -> tuple[str, object]:
    """Split ``"key=value"``; the value is read as TOML where it is TOML, otherwise as text.

    Examples
    --------
    >>> parse_assignment("boundary.left.potential=0.1 V")
    ('boundary.left.potential', '0.1 V')
    """
    key, separator, value = text.partition("=")
    if not separator or split_key(key.strip()) is None:
        raise InputError(f"expected key=value such as boundary.left.potential='0.1 V', got {text!r}", key="--set")
    return key.strip(), value.strip()


def apply_overrides(raw: dict, overrides: Mapping[str, object], problems: Problems) -> dict:
    """A copy of `raw` with each dotted key set.

    Tables in arrays are addressed by their name (``species.K+.diffusivity``) or position counted from 0
    (``expect.0.rtol``). An empty text or None removes the key.
    """
    raw = copy.deepcopy(raw)
    for key, value in overrides.items():
        parts = split_key(key)
        if parts is None:
            problems.add(f"--set {key}", "expected a dotted key such as boundary.left.potential")
            continue
        if isinstance(value, str):
            value = parse_value(value)
        _set(raw, parts, value, f"--set {key}", problems)
    return raw


def _set(raw: dict, parts: tuple[str, ...], value: object, location: str, problems: Problems) -> None:
    table: object = raw
    for depth, part in enumerate(parts):
        last = depth == len(parts) - 1
        if isinstance(table, list):
            index = _index(table, part)
            if index is None:
                group = ".".join(parts[:depth])
                problems.add(location, f"{group} has no entry {part!r}{_entries(group, table, part)}")
                return
            if last:
                problems.add(
                    location, "names a whole table; expected one of its keys, e.g. " + ".".join(parts) + ".name"
                )
                return
            table = table[index]
            continue
        if not isinstance(table, dict):
            problems.add(location, f"{'.'.join(parts[:depth])} is not a table")
            return
        part = _present_key(table, part, parts[:depth])
        if not last:
            table = table.setdefault(part, {})
        elif value is None:
            table.pop(part, None)
        else:
            table[part] = value


def _entries(group: str, table: list, part: str) -> str:
    """What there is instead of the entry `part`."""
    names = [str(item["name"]) for item in table if isinstance(item, dict) and "name" in item]
    if names:
        return f"{nearest(part, names)} (it has {listed(names)})"
    keys = [f"{group}.{number}" for number in range(len(table))]
    return f"; its entries have no names and are addressed by position: {listed(keys) or 'there is none'}"


def _present_key(table: dict, part: str, above: tuple[str, ...]) -> str:
    """The spelling under which the key stands in the file already, if it does."""
    if part in table:
        return part
    if above == ("boundary",):
        part = SIDES.get(part, part)
        return next((old for old, new in SIDES.items() if new == part and old in table), part)
    if above and above[-1] in _NAMED_BY_SPECIES:
        return next((key for key in table if same_name(key, part)), part)
    return part


_NAMED_BY_SPECIES = {"concentration", "flux", "partition", "standard_potential", "diffusivity", "reactants", "products"}


def _index(table: list, part: str) -> int | None:
    for index, item in enumerate(table):
        if isinstance(item, dict) and item.get("name") == part:
            return index
    for index, item in enumerate(table):
        if isinstance(item, dict) and isinstance(item.get("name"), str) and same_name(item["name"], part):
            return index
    if part.isascii() and part.isdigit() and int(part) < len(table):
        return int(part)
    return None
