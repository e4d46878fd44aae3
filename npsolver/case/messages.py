"""Turns what pydantic found into sentences that name the place in the file."""

from __future__ import annotations

from npsolver.case.keys import child_section, find_marker
from npsolver.case.problems import SHOWN, Problems, listed, nearest
from npsolver.case.quantities import shown

_EXPECTED = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": 'a table such as { "K+" = ... }',
}


def report(error, raw: dict, problems: Problems, document: type | None = None) -> None:
    """Add every error of a pydantic ValidationError of `document` (default: a transport case) to `problems`."""
    if document is None:
        from npsolver.case.schema import CaseDocument as document  # noqa: N813
    for item in error.errors(include_url=False):
        if _other_branch(item["loc"], raw):
            continue
        path = [part for part in item["loc"] if not _is_branch(part)]
        if len(problems) >= SHOWN:  # only counted, never shown
            problems.add(str(path), item["type"])
            continue
        location = where(path[:-1] if item["type"] == "extra_forbidden" else path, raw)
        problems.add(location, _sentence(item, path, document))


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


def _is_branch(part: object) -> bool:
    """Whether a part of pydantic's location names a branch of a union, which no user knows."""
    return isinstance(part, str) and (part == "RangeSection" or part.startswith(("list[", "function-")))


def _other_branch(location: tuple, raw: dict) -> bool:
    """Whether an error belongs to the branch of a list-or-range that the user did not mean."""
    for depth, part in enumerate(location):
        if _is_branch(part):
            value = raw
            for step in location[:depth]:
                value = value[step]
            return isinstance(value, dict) == part.startswith("list[")
    return False


def _section_at(path: list, document: type) -> type | None:
    section, inside = document, False
    for part in path:
        if isinstance(part, int) or inside:
            inside = False
            continue
        info = next((info for name, info in section.model_fields.items() if part in (name, info.alias)), None)
        if info is None and section.model_config.get("extra") == "allow":
            info = next(iter(section.model_fields.values()))
        if info is None or (section := child_section(info.annotation)) is None:
            return None
        inside = str(info.annotation).startswith("dict")
    return section


def _sentence(item: dict, path: list, document: type) -> str:
    kind, value, context = item["type"], item["input"], item.get("ctx", {})
    if kind == "extra_forbidden":
        section = _section_at(path[:-1], document)
        valid = [info.alias or name for name, info in section.model_fields.items()] if section else []
        return f"unknown key {path[-1]!r}{nearest(str(path[-1]), valid)} (valid: {listed(valid, 20)})"
    if kind == "missing":
        return f"missing; expected {_description(path, document)}"
    if kind == "literal_error":
        options = context["expected"]
        names = [name.strip("'") for name in options.replace(" or ", ", ").split(", ")]
        return f"expected {options}, got {shown(value)}{nearest(value, names) if isinstance(value, str) else ''}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "list_type" and any(_is_branch(part) for part in item["loc"]):
        return f"expected a list or a range such as {{ from = 0, to = 1, points = 11 }}, got {shown(value)}"
    if kind in ("model_type", "model_attributes_type"):
        return f"expected a table of keys, got {shown(value)}"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, got {shown(value)}"
    if kind in ("greater_than_equal", "less_than_equal"):
        sign = ">=" if kind.startswith("g") else "<="
        return f"expected a whole number {sign} {next(iter(context.values()))}, got {shown(value)}"
    if kind == "too_short":
        return f"expected at least {context['min_length']} entry, got none"
    if kind == "too_long":
        return f"expected at most {context['max_length']} entries, got {context.get('actual_length', 'more')}"
    if kind == "invalid_key":
        return f"expected a name in quotes, got {shown(value)}"
    return f"{item['msg'][:1].lower()}{item['msg'][1:]}, got {shown(value)}"


def _description(path: list, document: type) -> str:
    """What the missing key is for, from its kind and its description in the schema."""
    section = _section_at(path[:-1], document)
    if section is None:
        return "a value"
    info = next(info for name, info in section.model_fields.items() if path[-1] in (name, info.alias))
    child, marker = child_section(info.annotation), find_marker(info)
    if child is not None:
        name = ".".join(str(part) for part in path)
        bracket = f"[[{name}]]" if str(info.annotation).startswith("list") else f"[{name}]"
        return f"a section {bracket}: {child.__doc__.splitlines()[0].rstrip('.')}"
    if marker is not None:
        return f"{marker.kind('cartesian').expected} ({info.description.rstrip('.')})"
    return f"{path[-1]} = ... ({info.description.rstrip('.')})"
