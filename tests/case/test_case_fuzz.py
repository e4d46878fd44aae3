"""Whatever a file holds, it loads or it is refused in a sentence; nothing else ever comes out."""

from __future__ import annotations

import copy

import pytest
from case_texts import CELL, GOOD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npsolver.case import from_document, loads, template_text, templates
from npsolver.case.toml import parse
from npsolver.errors import InputError

DOCUMENTS = [parse(text, "") for text in (GOOD, CELL, *(template_text(name) for name in templates()))]
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        [
            "1 nm",
            "5 mM",
            "0 V",
            "1 s",
            "K+",
            "Cl-",
            "membrane",
            "left",
            "10**400",
            [],
            {},
            [[]],
            [{}],
            {"": 1},
            {"a": {}},
        ]
    ),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=3),
)


def places(node, path=()):
    """Every path into a document."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def outcome(load, *arguments):
    try:
        return load(*arguments)
    except InputError as error:
        return str(error)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_one_value_replaced(data):
    document = copy.deepcopy(data.draw(st.sampled_from(DOCUMENTS)))
    for _ in range(data.draw(st.integers(1, 2))):
        *above, last = data.draw(st.sampled_from(sorted(places(document), key=str)))
        node = document
        for key in above:
            node = node[key]
        action = data.draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "replace":
            node[last] = data.draw(JUNK)
        elif action == "remove":
            del node[last]
        elif isinstance(node, dict):
            node[data.draw(st.text(max_size=5))] = data.draw(JUNK)
    result = outcome(from_document, document, "case.toml")
    if isinstance(result, str):
        assert result.startswith("case.toml: ")
        assert len(result) < 5000
    else:
        again = from_document(result.effective)
        assert again.effective == result.effective


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([GOOD, CELL]), st.integers(0, 700), st.integers(0, 12), st.text(max_size=6))
def test_text_damaged(text, start, length, inserted):
    damaged = text[:start] + inserted + text[start + length :]
    result = outcome(loads, damaged, "case.toml")
    if isinstance(result, str):
        assert result.startswith("case.toml: ")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([".".join(map(str, path)) for document in DOCUMENTS[:2] for path in places(document)]), JUNK)
def test_override_replaced(key, value):
    outcome(loads, GOOD, "case.toml", {key: value})


@pytest.mark.parametrize("key", [".".join(map(str, path)) for path in places(DOCUMENTS[0])])
def test_every_key_can_be_addressed(key):
    outcome(loads, GOOD, "case.toml", {key: "junk"})
