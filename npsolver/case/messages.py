"""Turns what the schema found wrong into sentences that name the place in the file."""

from __future__ import annotations

from types import NoneType

from npsolver.case.checkers import Fault, Faults
from npsolver.case.keys import child_section, find_marker
from npsolver.case.problems import SHOWN, Problems, listed, nearest
from npsolver.case.quantities import shown

_EXPECTED = {
    "text_type": "a text in quotes",
    "whole_type": "a whole number",
    "number_type": "a number",
    "truth_type": "true or false",
    "list_type": "a list",
    "mapping_type": 'a table such as { "K+" = ... }',
    "table_type": "a table of keys",
    "invalid_key": "a name in quotes",
}


def report(faults: Faults, raw: dict, problems: Problems, document: type) -> None:
    """Add every fault of a document, a class of sections, to `problems`."""
    for fault in faults.found:
        if len(problems) >= SHOWN:  # only counted, never shown
            problems.add(str(fault.path), fault.kind)
            continue
        path = list(fault.path)
        location = where(path[:-1] if fault.kind == "unknown_key" else path, raw)
        problems.add(location, _sentence(fault, path, document))


def where(path: list, raw: dict) -> str:
    """``("species", 0, "diffusivity")`` as ``"species 'K+': diffusivity"``."""
    words: list[str] = []
    value = raw
    for part in path:
        below = None
        if isinstance(value, dict):
            below = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            below = value[part]
        if isinstance(part, int):
            words[-1] += " " + _entry_name(below, part)
        elif words and words[-1] == "boundary":
            words[-1] += f" {part}"
        else:
            words.append(str(part) if part.isidentifier() else repr(part))
        value = below
    return ": ".join(words)


def _entry_name(entry: object, index: int) -> str:
    """Name of a table in an array, otherwise its number."""
    if isinstance(entry, dict):
        for key in ("name", "equation", "observable"):
            if isinstance(entry.get(key), str):
                return repr(entry[key])
    return str(index + 1)


def _section_at(path: list, document: type) -> type | None:
    section, inside = document, False
    for part in path:
        if isinstance(part, int) or inside:
            inside = False
            continue
        info = next((info for info in section.fields.values() if info.key == part), None)
        child = section.any_name if info is None else child_section(info.annotation)
        if child is None:
            return None
        section, inside = child, info is not None and str(info.annotation).startswith("dict")
    return section


def _in_a_section(key: object, document: type) -> str:
    """Sections that have the key which stands before all of them, e.g. a temperature outside [model]."""
    found = []
    for info in document.fields.values():
        section = child_section(info.annotation)
        if section is not None and any(field.key == key for field in section.fields.values()):
            found.append(f"[[{info.key}]]" if str(info.annotation).startswith("list") else f"[{info.key}]")
    return f"; it belongs into {' or '.join(found)}" if 0 < len(found) <= 3 else ""


def _sentence(fault: Fault, path: list, document: type) -> str:
    kind, value, detail = fault.kind, fault.value, fault.detail
    if kind == "unknown_key":
        section = _section_at(path[:-1], document)
        valid = [info.key for info in section.fields.values()] if section else []
        hint = _in_a_section(path[-1], document) if len(path) == 1 else ""
        return f"unknown key {path[-1]!r}{hint or nearest(str(path[-1]), valid)} (valid: {listed(valid, 20)})"
    if kind == "missing":
        return f"missing; expected {_description(path, document)}"
    if kind == "no_option":
        names = [repr(option) for option in detail]
        options = " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        return f"expected {options}, got {shown(value)}{nearest(value, map(str, detail)) if isinstance(value, str) else ''}"
    if kind == "refused":
        return detail
    if kind == "no_branch":
        return f"expected {_branches(detail)}, got {shown(value)}"
    if kind in ("too_small", "too_large"):
        return f"expected a whole number {'>=' if kind == 'too_small' else '<='} {detail}, got {shown(value)}"
    if kind == "too_short":
        entries = "entry" if detail == 1 else "entries"
        return f"expected at least {detail} {entries}, got {len(value) or 'none'}"
    if kind == "too_long":
        return f"expected at most {detail} entries, got {len(value)}"
    return f"expected {_EXPECTED[kind]}, got {shown(value)}"


def _branches(options: tuple) -> str:
    """What a key takes that is of several shapes."""
    words = []
    for option in options:
        text = str(option)
        if child_section(option) is not None:
            words.append("a range such as { from = 0, to = 1, points = 11 }")
        elif text.startswith("list"):
            words.append("a list")
        elif text.startswith("dict"):
            words.append("a table of them")
        elif option is not NoneType:
            words.append("a text in quotes" if option is str else "a number or a text with a unit")
    return " or ".join(words)


def _description(path: list, document: type) -> str:
    """What the missing key is for, from its kind and its description in the schema."""
    section = _section_at(path[:-1], document)
    if section is None:
        return "a value"
    info = next(info for info in section.fields.values() if info.key == path[-1])
    child, marker = child_section(info.annotation), find_marker(info)
    if child is not None:
        name = ".".join(str(part) for part in path)
        bracket = f"[[{name}]]" if str(info.annotation).startswith("list") else f"[{name}]"
        return f"a section {bracket}: {child.__doc__.splitlines()[0].rstrip('.')}"
    if marker is not None:
        return f"{marker.kind('cartesian').expected} ({info.description.rstrip('.')})"
    return f"{path[-1]} = ... ({info.description.rstrip('.')})"
