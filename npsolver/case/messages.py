"""Finds what msgspec refused in a document, all of it, and says so in sentences that name the place in the file.

msgspec stops at the first thing that is wrong and does not name keys of tables. So the parts of a refused document are
converted one by one, down to the smallest that is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from npsolver.case.keys import child_section, describe, find_marker
from npsolver.case.problems import SHOWN, Problems, listed, nearest
from npsolver.case.quantities import shown
from npsolver.case.section import Field, Section, converter

_WORDS = {
    "str": "a text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table of keys",
}


class Fault(NamedTuple):
    """Something that is wrong: where, and a sentence; an unknown key is reported of the section it stands in."""

    path: tuple
    sentence: str
    is_unknown: bool = False


def report(document: type[Section], raw: dict, context: Mapping[str, object], problems: Problems) -> None:
    """Add everything that is wrong with a document to `problems`."""
    for fault in faults(document, raw, context):
        path = fault.path[:-1] if fault.is_unknown else fault.path
        # beyond those shown, problems are only counted
        problems.add(where(path, raw) if len(problems) < SHOWN else str(fault.path), fault.sentence)


def faults(document: type[Section], raw: object, context: Mapping[str, object]) -> Iterator[Fault]:
    """Everything that is wrong with a document, in the order of the declaration."""
    return _faults(raw, document, (), converter(context))


def where(path: tuple, raw: dict) -> str:
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


def _faults(value: object, annotation: object, path: tuple, convert: Callable) -> Iterator[Fault]:
    value = list(value) if isinstance(value, tuple) else value  # msgspec takes both for lists
    branch = _branch(annotation, value)
    origin, arguments = get_origin(branch), get_args(branch)
    if isinstance(branch, type) and issubclass(branch, Section) and isinstance(value, dict):
        yield from _section_faults(value, branch, path, convert)
        return
    message = _refusal(value, annotation, convert)
    if message is None and child_section(branch) is None:  # sections may hold tables that msgspec skips
        return
    inner = []
    if origin is list and isinstance(value, list) and not re.match(r"Expected `array` of length [^$]*$", message or ""):
        inner = [_faults(item, arguments[0], (*path, number), convert) for number, item in enumerate(value)]
    elif origin is dict and isinstance(value, dict):
        inner = [
            _faults(item, arguments[1], (*path, key), convert)
            if isinstance(key, str)
            else [Fault((*path, str(key)), f"expected a name in quotes, got {shown(key)}")]
            for key, item in value.items()
        ]
    found = [fault for part in inner for fault in part]
    yield from found or ([Fault(path, _sentence(message, value, branch))] if message else [])


def _section_faults(raw: dict, section: type[Section], path: tuple, convert: Callable) -> Iterator[Fault]:
    keys = {item.key: item for item in section.fields.values()}
    for key, item in keys.items():
        if key in raw:
            yield from _faults(raw[key], item.checked, (*path, key), convert)
        elif item.is_required:
            yield Fault((*path, key), f"missing; expected {_description(item, path)}")
    for key, value in raw.items():
        if not isinstance(key, str):
            yield Fault((*path, str(key)), f"expected a name in quotes, got {shown(key)}")
        elif key not in keys and section.any_name is not None:
            yield from _faults(value, section.any_name, (*path, key), convert)
        elif key not in keys:
            is_transport = section.__module__.startswith("npsolver.case.schema")
            hint = (_of_a_section_above(key, path) if path and is_transport else "") or nearest(key, keys)
            hint = hint if path else _in_a_section(key, section) or hint
            yield Fault((*path, key), f"unknown key {key!r}{hint} (valid: {listed(keys, 20)})", is_unknown=True)


def _branch(annotation: object, value: object) -> object:
    """The type that a value is measured by: of several, the one of its shape (list, table, anything else)."""
    if get_origin(annotation) is Annotated:
        return _branch(get_args(annotation)[0], value)
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    options = [option for option in get_args(annotation) if option is not NoneType]
    fitting = [option for option in options if _shape(option) in (list, dict) and isinstance(value, _shape(option))]
    return _branch(options[0], value) if len(options) == 1 else fitting[0] if fitting else annotation


def _shape(annotation: object) -> object:
    return get_origin(annotation) or (dict if child_section(annotation) is not None else None)


def _refusal(value: object, annotation: object, convert: Callable) -> str | None:
    """What msgspec, or a quantity, says against a value."""
    try:
        convert(value, annotation)
    except msgspec.ValidationError as error:
        return str(error)
    return None


def _sentence(message: str, value: object, annotation: object) -> str:
    """The message of msgspec in the words of case files."""
    if get_origin(annotation) is Literal:
        names = [repr(option) for option in get_args(annotation)]
        options = " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        hint = nearest(value, map(str, get_args(annotation))) if isinstance(value, str) else ""
        return f"expected {options}, got {shown(value)}{hint}"
    if limit := re.fullmatch(r"Expected `int` (>=|<=) (-?\d+)", message):
        return f"expected a whole number {limit[1]} {limit[2]}, got {shown(value)}"
    if limit := re.fullmatch(r"Expected `array` of length (>=|<=) (\d+)", message):
        most = "at least" if limit[1] == ">=" else "at most"
        return f"expected {most} {limit[2]} {'entry' if limit[2] == '1' else 'entries'}, got {len(value) or 'none'}"
    if kinds := re.fullmatch(r"Expected `(.*)`, got `.*`", message):
        return f"expected {_kinds(kinds[1].split(' | '), annotation)}, got {shown(value)}"
    return message


def _kinds(names: list[str], annotation: object) -> str:
    """What a key takes, from the names that msgspec has for it."""
    words = dict(_WORDS)
    if get_origin(annotation) is dict:
        words["object"] = 'a table such as { "K+" = ... }'
    elif get_origin(annotation) in (Union, UnionType):
        words["object"] = "a range such as { from = 0, to = 1, points = 11 }"
    return " or ".join(words[name] for name in words if name in names) or " or ".join(names)


def _of_a_section_above(key: str, path: tuple) -> str:
    """Below a table of a section TOML takes the keys of the section for those of the table."""
    for depth in range(len(path) - 1, 0, -1):
        above = tuple(map(str, path[:depth]))
        info = describe((*above, key)) if not isinstance(path[depth], int) else None
        if info is not None and not info.wrong and not info.is_section:
            table = ".".join(str(part) for part in path if not isinstance(part, int))
            table = f"[[{table}]]" if isinstance(path[-1], int) else f"[{table}]"
            return f"; it is a key of [{'.'.join(above)}]: write it above {table}"
    return ""


def _in_a_section(key: str, document: type[Section]) -> str:
    """Sections that have the key which stands before all of them, e.g. a temperature outside [model]."""
    found = []
    for info in document.fields.values():
        section = child_section(info.annotation)
        if section is not None and any(item.key == key for item in section.fields.values()):
            found.append(f"[[{info.key}]]" if get_origin(info.annotation) is list else f"[{info.key}]")
    return f"; it belongs into {' or '.join(found)}" if 0 < len(found) <= 3 else ""


def _description(info: Field, path: tuple) -> str:
    """What a missing key is for, from its kind and its description in the schema."""
    child, marker = child_section(info.annotation), find_marker(info)
    if child is not None and get_origin(info.annotation) not in (Union, UnionType):
        name = ".".join(str(part) for part in (*path, info.key))
        bracket = f"[[{name}]]" if get_origin(info.annotation) is list else f"[{name}]"
        return f"a section {bracket}: {child.__doc__.splitlines()[0].rstrip('.')}"
    if marker is not None:
        return f"{marker.kind('cartesian').expected} ({info.description.rstrip('.')})"
    return f"{info.key} = ... ({info.description.rstrip('.')})"
