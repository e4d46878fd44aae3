"""What a value of a case file must be, made from the annotation of its key, and a list of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Annotated, Literal, NamedTuple, Union, get_args, get_origin


class Fault(NamedTuple):
    """One thing that is wrong: what kind of fault, where, the value found, and what the message needs beside it."""

    kind: str
    path: tuple
    value: object
    detail: object = None


@dataclass
class Faults:
    """What is wrong with a document.

    Attributes
    ----------
    context : mapping
        What the units of keys depend on: coordinates and temperature (K).
    found : list of Fault
        In the order of the declaration.
    """

    context: Mapping[str, object]
    found: list[Fault] = field(default_factory=list)

    def add(self, kind: str, path: tuple, value: object, detail: object = None) -> None:
        self.found.append(Fault(kind, path, value, detail))


class Parser(NamedTuple):
    """Marks a type in ``Annotated``: values are what `function` (value, context) makes of them; ValueError refuses."""

    function: Callable


@dataclass(frozen=True, eq=False)
class JsonSchema:
    """Marks a type in ``Annotated``: what editors are told of it."""

    schema: dict


def checker(annotation: object, info) -> Callable:
    """Function ``(value, path, faults) -> value`` for an annotation; `info` holds the limits of the key."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        parser = next((item for item in metadata if isinstance(item, Parser)), None)
        return _parsed(parser.function) if parser else checker(inner, info)
    if origin in (Union, UnionType):
        return _union(get_args(annotation), info)
    if origin is Literal:
        return _literal(get_args(annotation))
    if origin is list:
        return _list(get_args(annotation)[0], info)
    if origin is dict:
        return _table(get_args(annotation)[1], info)
    if annotation is int:
        return _whole(info)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    return annotation.check  # a section


def _parsed(function: Callable) -> Callable:
    def check(value, path, faults):
        try:
            return function(value, faults.context)
        except ValueError as error:
            faults.add("refused", path, value, str(error))
            return None

    return check


def _plain(kind: str, types: tuple[type, ...], make: Callable | None = None) -> Callable:
    """Values of one type; a truth value is no number."""

    def check(value, path, faults):
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            faults.add(kind, path, value)
            return None
        return make(value) if make else value

    return check


_PLAIN = {
    str: _plain("text_type", (str,)),
    float: _plain("number_type", (float, int), float),
    bool: _plain("truth_type", (bool,)),
    object: lambda value, path, faults: value,
}


def _whole(info) -> Callable:
    kind = _plain("whole_type", (int,))

    def check(value, path, faults):
        value = kind(value, path, faults)
        if value is not None and info.ge is not None and value < info.ge:
            faults.add("too_small", path, value, info.ge)
        elif value is not None and info.le is not None and value > info.le:
            faults.add("too_large", path, value, info.le)
        return value

    return check


def _literal(options: tuple) -> Callable:
    def check(value, path, faults):
        if not any(type(value) is type(option) and value == option for option in options):
            faults.add("no_option", path, value, options)
        return value

    return check


def _list(annotation: object, info) -> Callable:
    item_checker = checker(annotation, info)
    shortest, longest = info.min_length or 0, info.max_length

    def check(value, path, faults):
        if not isinstance(value, list):
            faults.add("list_type", path, value)
            return None
        if longest is not None and len(value) > longest:
            faults.add("too_long", path, value, longest)
            return None
        result = [item_checker(item, (*path, number), faults) for number, item in enumerate(value)]
        if len(value) < shortest:
            faults.add("too_short", path, value, shortest)
        return result

    return check


def _table(annotation: object, info) -> Callable:
    item_checker = checker(annotation, info)

    def check(value, path, faults):
        if not isinstance(value, dict):
            faults.add("mapping_type", path, value)
            return None
        result = {}
        for name, item in value.items():
            if isinstance(name, str):
                result[name] = item_checker(item, (*path, name), faults)
            else:
                faults.add("invalid_key", (*path, str(name)), name)
        return result

    return check


def _union(options: tuple, info) -> Callable:
    """The type of the value (list, table, anything else) chooses the branch, so that messages are about one."""
    branches = {}
    for option in options:
        if option is not NoneType:
            branches.setdefault(_shape(option), checker(option, info))
    optional = NoneType in options

    def check(value, path, faults):
        if value is None and optional:
            return None
        if len(branches) == 1:
            return next(iter(branches.values()))(value, path, faults)
        branch = branches.get(list if isinstance(value, list) else dict if isinstance(value, dict) else None)
        if branch is None:
            faults.add("no_branch", path, value, options)
            return None
        return branch(value, path, faults)

    return check


def _shape(annotation: object) -> type | None:
    """What a value of a type is: a list, a table (dict), or neither."""
    if get_origin(annotation) in (list, dict):
        return get_origin(annotation)
    return dict if hasattr(annotation, "fields") else None
