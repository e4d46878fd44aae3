"""Dotted keys such as ``boundary.left.potential``: how they are split, and what the schema says about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args, get_origin

# the ends of cylinders and spheres, as they may be called
SIDES = {"inner": "left", "outer": "right"}

_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^."']+?))\s*(\.|$)""")


def split_key(key: str) -> tuple[str, ...] | None:
    """Parts of a dotted key, quotes removed; None if it is malformed."""
    parts, position = [], 0
    while position < len(key):
        match = _PART.match(key, position)
        if match is None or (match.group(4) == "." and match.end() == len(key)):
            return None
        parts.append(next(group for group in match.groups()[:3] if group is not None))
        position = match.end()
    return tuple(parts) if parts and all(parts) else None


@dataclass(frozen=True)
class KeyInfo:
    """What a dotted key names.

    Attributes
    ----------
    marker : KindOf or None
        Kind of quantity, None where the key is no quantity with a unit of its own.
    valid : tuple of str
        If the key does not exist: the names that would be valid in place of `wrong`.
    wrong : str
    is_section : bool
        Whether the key is a whole table.
    """

    marker: object = None
    valid: tuple[str, ...] = ()
    wrong: str = ""
    is_section: bool = False


def describe(parts: tuple[str, ...]) -> KeyInfo:
    """Look a key up in the schema. Tables in arrays are addressed by name or position."""
    from npsolver.case.schema import CaseDocument

    section, rest = CaseDocument, list(parts)
    while True:
        fields = {info.key: info for info in section.fields.values()}
        name = rest.pop(0)
        if name not in fields and section.any_name is not None:
            name = next(iter(fields))  # sections by any name are all of one kind
        if name not in fields:
            return KeyInfo(valid=tuple(fields), wrong=name)
        info = fields[name]
        child, marker = child_section(info.annotation), find_marker(info)
        containers = _containers(info.annotation)
        if containers and rest:
            rest.pop(0)
        elif containers:
            return KeyInfo(is_section=True)
        if child is None:
            return KeyInfo(valid=(), wrong=rest[0]) if rest else KeyInfo(marker=marker)
        if not rest:
            return KeyInfo(is_section=True)
        section = child


def quantity_kind(parts: tuple[str, ...], coordinates: str):
    """Kind of quantity that a key takes, None where it has none or does not exist."""
    marker = describe(parts).marker
    return marker.kind(coordinates) if marker is not None else None


def child_section(annotation) -> type | None:
    """The Section that an annotation holds, through optionals, lists and mappings."""
    from npsolver.case.schema import Section

    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    for argument in get_args(annotation):
        found = child_section(argument)
        if found is not None:
            return found
    return None


def find_marker(info):
    """The KindOf of a field or of the values it holds, or None."""
    pending = [info.annotation]
    while pending:
        item = pending.pop(0)
        if getattr(item, "marker", None) is not None:
            return item.marker
        pending += get_args(item)
    return None


def _containers(annotation) -> bool:
    """Whether the next part of the key is the name of an entry rather than a key of the schema."""
    if get_origin(annotation) is dict:
        return True
    return get_origin(annotation) is list and child_section(annotation) is not None
