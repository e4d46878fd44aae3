"""JSON Schema of the sections of a case file, for editors."""

from __future__ import annotations

from inspect import cleandoc
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from npsolver.case.section import Field, Section

_PLAIN = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    object: {},
    NoneType: {"type": "null"},
}


def document_schema(document: type[Section]) -> dict:
    """JSON Schema (draft 2020-12) of a whole file."""
    definitions: dict[str, dict] = {}
    schema = _section(document, definitions)
    return {"$defs": dict(sorted(definitions.items())), **schema}


def _section(section: type[Section], definitions: dict) -> dict:
    others = False if section.any_name is None else _of(section.any_name, None, definitions)
    result = {"additionalProperties": others, "description": cleandoc(section.__doc__), "type": "object"}
    result["properties"] = {item.key: _key(item, definitions) for item in section.fields.values()}
    required = [item.key for item in section.fields.values() if item.is_required]
    return result | ({"required": required} if required else {})


def _key(item: Field, definitions: dict) -> dict:
    schema = {**_of(item.declared, item, definitions), "description": item.description}
    if not item.is_required and item.default_factory is None:
        schema["default"] = item.default
    return schema


def _of(annotation: object, item: Field | None, definitions: dict) -> dict:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        given = next((entry for entry in arguments[1:] if hasattr(entry, "schema")), None)  # JsonSchema or KindOf
        return dict(given.schema) if given is not None else _of(arguments[0], item, definitions)
    if origin in (Union, UnionType):
        branches = [_of(argument, item, definitions) for argument in arguments]
        return {
            "anyOf": [one for branch in branches for one in (branch["anyOf"] if {*branch} == {"anyOf"} else [branch])]
        }
    if origin is Literal:
        return {"enum": list(arguments), **_PLAIN[type(arguments[0])]}
    if origin is list:
        limits = {"minItems": item.min_length, "maxItems": item.max_length}
        limits = {name: value for name, value in limits.items() if value is not None}
        return {"type": "array", "items": _of(arguments[0], item, definitions), **limits}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1], item, definitions)}
    if annotation is int:
        limits = {"minimum": item.ge, "maximum": item.le}
        return _PLAIN[int] | {name: value for name, value in limits.items() if value is not None}
    if annotation in _PLAIN:
        return dict(_PLAIN[annotation])
    if annotation.__name__ not in definitions:
        definitions[annotation.__name__] = {}  # sections may hold sections of their own kind
        definitions[annotation.__name__] = _section(annotation, definitions)
    return {"$ref": f"#/$defs/{annotation.__name__}"}
