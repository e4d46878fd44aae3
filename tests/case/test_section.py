"""Sections: every kind of key takes what it should, refuses the rest with its place, and describes itself."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from npsolver.case.fields import Real
from npsolver.case.messages import faults
from npsolver.case.section import Section, described, document_schema, parsed

CONTEXT = {"coordinates": "cartesian", "temperature": 298.15}


def _even(value, context):
    if not isinstance(value, int) or value % 2:
        raise ValueError(f"expected an even number, got {value!r}")
    return value / context["temperature"]


Even = parsed(_even, {"type": "number"})


class Inner(Section):
    """Inside."""

    size: int = described("Size.", 3, ge=2, le=9)


class Outer(Section):
    """Outside."""

    text: str = described("A text.")
    number: float = described("A number.", 1.0)
    real: Real | None = described("A number, also of NumPy.", None)
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
    result = section.converted(keys, CONTEXT)
    found = list(faults(section, keys, CONTEXT))
    assert (result is None) == bool(found)
    return result, [(fault.sentence.partition(" (")[0], fault.path) for fault in found]


def test_defaults_and_what_is_given():
    section, found = checked(text="t")
    assert not found
    assert (section.number, section.flag, section.word, section.names, section.inner) == (1.0, None, "a", [], Inner())
    assert section.given == {"text"}
    assert checked(text="t")[0] == section
    assert checked(text="t")[0].names is not section.names


@pytest.mark.parametrize(
    ("keys", "name", "value"),
    [
        ({"number": 2}, "number", 2.0),
        ({"real": np.float64(2)}, "real", 2.0),
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
    section, found = checked(text="t", **keys)
    assert not found
    assert type(getattr(section, name)) is type(value)
    assert getattr(section, name) == value


@pytest.mark.parametrize(
    ("keys", "sentence", "path"),
    [
        ({"text": 1}, "expected a text in quotes, got 1", ("text",)),
        ({"number": True}, "expected a number, got true", ("number",)),
        ({"number": "1"}, "expected a number, got '1'", ("number",)),
        ({"flag": 1}, "expected true or false, got 1", ("flag",)),
        ({"word": "c"}, "expected 'a' or 'b', got 'c'", ("word",)),
        ({"even": 3}, "expected an even number, got 3", ("even",)),
        ({"names": "u"}, "expected a list, got 'u'", ("names",)),
        ({"names": []}, "expected at least 1 entry, got none", ("names",)),
        ({"names": ["u"] * 4}, "expected at most 3 entries, got 4", ("names",)),
        ({"names": ["u", 1]}, "expected a text in quotes, got 1", ("names", 1)),
        ({"names": ("u", 1)}, "expected a text in quotes, got 1", ("names", 1)),
        ({"real": "1"}, "expected a number, got '1'", ("real",)),
        ({"real": 10**400}, "expected a number below 1e308", ("real",)),
        ({"table": []}, 'expected a table such as { "K+" = ... }, got []', ("table",)),
        ({"table": {"a": 3}}, "expected an even number, got 3", ("table", "a")),
        ({"table": {1: 2}}, "expected a name in quotes, got 1", ("table", "1")),
        ({"inner": 1}, "expected a table of keys, got 1", ("inner",)),
        ({"inner": {"size": 1}}, "expected a whole number >= 2, got 1", ("inner", "size")),
        ({"inner": {"size": 10}}, "expected a whole number <= 9, got 10", ("inner", "size")),
        ({"inner": {"size": 2.0}}, "expected a whole number, got 2.0", ("inner", "size")),
        ({"several": [{}, {"sice": 4}]}, "unknown key 'sice'; did you mean 'size'?", ("several", 1, "sice")),
        ({"start": 1}, "unknown key 'start'", ("start",)),
        ({"either": 3}, "expected a list or a range such as { from = 0, to = 1, points = 11 }, got 3", ("either",)),
        ({"either": ["a"]}, "expected a whole number, got 'a'", ("either", 0)),
        ({"either": {"size": "a"}}, "expected a whole number, got 'a'", ("either", "size")),
        ({"one_or_more": 3}, "expected a text in quotes or a list, got 3", ("one_or_more",)),
    ],
)
def test_faults(keys, sentence, path):
    assert checked(**{"text": "t", **keys})[1] == [(sentence, path)]


def test_everything_wrong_is_found_at_once():
    assert checked(number="x", inner={"size": 1}, other=2)[1] == [
        ("missing; expected text = ...", ("text",)),
        ("expected a number, got 'x'", ("number",)),
        ("expected a whole number >= 2, got 1", ("inner", "size")),
        ("unknown key 'other'; did you mean 'either'?", ("other",)),
    ]


def test_tables_by_any_name():
    section, found = checked(Derived, first=3, top={"size": 4})
    assert not found
    assert (section.first, section.second, section.named) == (3, 2, {"top": Inner(size=4)})
    assert checked(Derived, top={"size": 1})[1] == [("expected a whole number >= 2, got 1", ("top", "size"))]
    assert list(Derived.fields) == ["first", "second"]
    assert list(Base.fields) == ["first"]


def test_sections_cannot_be_changed():
    section, _ = checked(text="t")
    with pytest.raises(AttributeError):
        section.text = "u"


def test_names_of_methods_are_no_keys():
    with pytest.raises(TypeError, match="cannot be the name of a key"):
        type("Wrong", (Section,), {"dump": described("No.", 1), "__module__": __name__})


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
    either = [{"type": "array", "items": {"type": "integer"}}, {"$ref": "#/$defs/Inner"}, {"type": "null"}]
    assert sorted(keys["either"]["anyOf"], key=str) == sorted(either, key=str)
    assert document_schema(Derived)["additionalProperties"] == {"$ref": "#/$defs/Inner"}
