"""Sections: every kind of key takes what it should, refuses the rest with its place, and describes itself."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest

from npsolver.case.checkers import Parser
from npsolver.case.editor_schema import document_schema
from npsolver.case.section import Section, described

CONTEXT = {"coordinates": "cartesian", "temperature": 298.15}


def _even(value, context):
    if not isinstance(value, int) or value % 2:
        raise ValueError(f"expected an even number, got {value!r}")
    return value / context["temperature"]


Even = Annotated[float, Parser(_even)]


class Inner(Section):
    """Inside."""

    size: int = described("Size.", 3, ge=2, le=9)


class Outer(Section):
    """Outside."""

    text: str = described("A text.")
    number: float = described("A number.", 1.0)
    flag: bool | None = described("Yes or no.", None)
    word: Literal["a", "b"] = described("A choice.", "a")
    even: Even | None = described("Parsed.", None)
    names: list[str] = described("Texts.", [], min_length=1, max_length=3)
    table: dict[str, Even] = described("Parsed numbers by name.", {})
    inner: Inner = described("One.", Inner)
    several: list[Inner] = described("Several.", [])
    start: int | None = described("A key that is a word of Python.", None, alias="from")
    either: list[int] | Inner | None = described("A list or a table.", None)
    one_or_more: str | list[str] = described("A text or several.", "x")


class Base(Section):
    """What others share."""

    first: int = described("First.", 1)


class Derived(Base, any_name=Inner):
    """More, and tables by any name."""

    second: int = described("Second.", 2)


def checked(section=Outer, **keys):
    result, faults = section.checked(keys, CONTEXT)
    assert (result is None) == bool(faults.found)
    return result, [(fault.kind, fault.path) for fault in faults.found]


def test_defaults_and_what_is_given():
    section, faults = checked(text="t")
    assert not faults
    assert (section.number, section.flag, section.word, section.names, section.inner) == (1.0, None, "a", [], Inner())
    assert section.given == {"text"}
    assert checked(text="t")[0] == section
    assert checked(text="t")[0].names is not section.names


@pytest.mark.parametrize(
    ("keys", "name", "value"),
    [
        ({"number": 2}, "number", 2.0),
        ({"flag": True}, "flag", True),
        ({"even": 4}, "even", 4 / 298.15),
        ({"names": ["u"]}, "names", ["u"]),
        ({"table": {"K+": 2}}, "table", {"K+": 2 / 298.15}),
        ({"inner": {"size": 9}}, "inner", Inner(size=9)),
        ({"several": [{}, {"size": 4}]}, "several", [Inner(), Inner(size=4)]),
        ({"from": 7}, "start", 7),
        ({"either": [1, 2]}, "either", [1, 2]),
        ({"either": {"size": 5}}, "either", Inner(size=5)),
        ({"one_or_more": ["a", "b"]}, "one_or_more", ["a", "b"]),
    ],
)
def test_values(keys, name, value):
    section, faults = checked(text="t", **keys)
    assert not faults
    assert type(getattr(section, name)) is type(value)
    assert getattr(section, name) == value


@pytest.mark.parametrize(
    ("keys", "kind", "path"),
    [
        ({"text": 1}, "text_type", ("text",)),
        ({"number": True}, "number_type", ("number",)),
        ({"number": "1"}, "number_type", ("number",)),
        ({"flag": 1}, "truth_type", ("flag",)),
        ({"word": "c"}, "no_option", ("word",)),
        ({"even": 3}, "refused", ("even",)),
        ({"names": "u"}, "list_type", ("names",)),
        ({"names": []}, "too_short", ("names",)),
        ({"names": ["u"] * 4}, "too_long", ("names",)),
        ({"names": ["u", 1]}, "text_type", ("names", 1)),
        ({"table": []}, "mapping_type", ("table",)),
        ({"table": {"a": 3}}, "refused", ("table", "a")),
        ({"table": {1: 2}}, "invalid_key", ("table", "1")),
        ({"inner": 1}, "table_type", ("inner",)),
        ({"inner": {"size": 1}}, "too_small", ("inner", "size")),
        ({"inner": {"size": 10}}, "too_large", ("inner", "size")),
        ({"inner": {"size": 2.0}}, "whole_type", ("inner", "size")),
        ({"several": [{}, {"sice": 4}]}, "unknown_key", ("several", 1, "sice")),
        ({"start": 1}, "unknown_key", ("start",)),
        ({"either": 3}, "no_branch", ("either",)),
        ({"either": ["a"]}, "whole_type", ("either", 0)),
        ({"either": {"size": "a"}}, "whole_type", ("either", "size")),
        ({"one_or_more": 3}, "text_type", ("one_or_more",)),
    ],
)
def test_faults(keys, kind, path):
    assert checked(**{"text": "t", **keys})[1] == [(kind, path)]


def test_everything_wrong_is_found_at_once():
    assert checked(number="x", inner={"size": 1}, other=2)[1] == [
        ("missing", ("text",)),
        ("number_type", ("number",)),
        ("too_small", ("inner", "size")),
        ("unknown_key", ("other",)),
    ]


def test_tables_by_any_name():
    section, faults = checked(Derived, first=3, top={"size": 4})
    assert not faults
    assert (section.first, section.second, section.named) == (3, 2, {"top": Inner(size=4)})
    assert checked(Derived, top={"size": 1})[1] == [("too_small", ("top", "size"))]
    assert list(Derived.fields) == ["first", "second"]
    assert list(Base.fields) == ["first"]


def test_sections_cannot_be_changed():
    section, _ = checked(text="t")
    with pytest.raises(AttributeError):
        section.text = "u"


def test_names_of_methods_are_no_keys():
    with pytest.raises(TypeError, match="cannot be the name of a key"):
        type("Wrong", (Section,), {"check": described("No.", 1)})


def test_dump_leaves_out_what_is_none_or_default():
    section, _ = checked(text="t", inner={"size": 4}, **{"from": 7})
    assert section.dump()["from"] == 7
    assert "flag" not in section.dump()
    assert section.dump(exclude_defaults=True) == {"text": "t", "inner": {"size": 4}, "from": 7}
    assert checked(**section.dump(exclude_defaults=True))[0].inner.size == 4


def test_json_schema():
    schema = document_schema(Outer)
    assert schema["required"] == ["text"]
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Inner"]["properties"]["size"] == {
        "type": "integer",
        "minimum": 2,
        "maximum": 9,
        "default": 3,
        "description": "Size.",
    }
    keys = schema["properties"]
    assert keys["word"]["enum"] == ["a", "b"]
    assert keys["names"] == {
        "type": "array",
        "items": {"type": "string"},
        "minItems": 1,
        "maxItems": 3,
        "description": "Texts.",
    }
    assert keys["table"]["additionalProperties"] == {"type": "number"}
    assert keys["inner"]["$ref"] == "#/$defs/Inner"
    assert [*keys["either"]["anyOf"]] == [
        {"type": "array", "items": {"type": "integer"}},
        {"$ref": "#/$defs/Inner"},
        {"type": "null"},
    ]
    assert document_schema(Derived)["additionalProperties"] == {"$ref": "#/$defs/Inner"}
