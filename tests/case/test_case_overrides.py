"""``--set key=value`` changes a case before it is checked."""

from __future__ import annotations

import pytest

from npsolver.case import loads, parse_assignment
from npsolver.case.keys import split_key
from npsolver.case.toml import parse_value
from npsolver.errors import InputError


def test_values_at_every_kind_of_place(good):
    case = loads(
        good,
        overrides={
            "model.temperature": "25 degC",
            "boundary.right.potential": "0.1 V",
            "species.K+.diffusivity": "2e-9 m^2/s",
            "geometry.region.membrane.length": "4 nm",
            "boundary.left.concentration.K+": "150 mM",
            "boundary.left.concentration.Cl-": 150.0,
            "mesh.nodes": "101",
            "expect.0.rtol": 1e-3,
            "case.title": "changed",
        },
    )
    assert case.model.temperature == 298.15
    assert case.model.boundaries["right"].potential == 0.1
    assert case.model.species[0].diffusivity == 2e-9
    assert case.geometry.regions[1] == ("membrane", 4e-9)
    assert case.model.boundaries["left"].concentration == {"K+": 150.0, "Cl-": 150.0}
    assert case.mesh.nodes == 101
    assert case.expects[0].rtol == 1e-3
    assert case.title == "changed"


def test_original_text_is_untouched(good):
    before = loads(good)
    loads(good, overrides={"boundary.right.potential": "0.1 V"})
    assert loads(good).sha256 == before.sha256


def test_empty_value_removes_a_key(good):
    case = loads(good, overrides={"boundary.left.current": "", "boundary.left.potential": "10 mV"})
    assert case.model.boundaries["left"].current is None
    assert case.model.boundaries["left"].potential == 0.01


def test_inner_means_left(good):
    assert loads(good, overrides={"boundary.outer.potential": "5 mV"}).model.boundaries["right"].potential == 0.005


def test_species_by_another_spelling(good):
    text = good.replace('"K+"', '"Ca2+"').replace('"Cl-" = "140 mM"', '"Cl-" = "280 mM"')
    text = text.replace('"Cl-" = "5 mM"', '"Cl-" = "10 mM"').replace("(K+,", "(Ca2+,")
    case = loads(text, overrides={"species.Ca++.diffusivity": 1e-9})
    assert case.model.species[0].diffusivity == 1e-9


@pytest.mark.parametrize(
    ("key", "value", "fragment"),
    [
        ("boundary.left.potental", "0 V", "unknown key 'potental'; did you mean 'potential'?"),
        ("boundary.right.potential", "0.1 nm", "boundary right: potential"),
        ("species.Na+.diffusivity", 1e-9, "species has no entry 'Na+' (it has K+, Cl-)"),
        ("geometry.region.membran.length", 1e-9, "did you mean 'membrane'?"),
        ("species.K+", 1e-9, "names a whole table"),
        ("model.physics.kind", "pnp", "is not a table"),
        ("boundary..potential", 0, "expected a dotted key"),
        ("", 0, "expected a dotted key"),
        ("bondary.left.potential", 0, "unknown key 'bondary'; did you mean 'boundary'?"),
        ("boundary.left.current", None, None),
        ("boundary.left.potential", "0 V", "potential and current"),
    ],
)
def test_wrong_overrides(good, key, value, fragment):
    if fragment is None:
        loads(good, overrides={key: value})
        return
    with pytest.raises(InputError) as caught:
        loads(good, "case.toml", overrides={key: value})
    assert fragment in str(caught.value)
    assert str(caught.value).startswith("case.toml")


def test_assignment():
    assert parse_assignment("boundary.left.potential=0.1 V") == ("boundary.left.potential", "0.1 V")
    assert parse_assignment("a.b = ") == ("a.b", "")
    assert parse_assignment('expect.0.reference="f(x=1)"') == ("expect.0.reference", '"f(x=1)"')
    for text in ("boundary.left.potential", "=1", "a..b=1"):
        with pytest.raises(InputError, match="expected key=value"):
            parse_assignment(text)


def test_keys():
    assert split_key("a.b.c") == ("a", "b", "c")
    assert split_key('a."b.c".d') == ("a", "b.c", "d")
    assert split_key("species.SO4^2-.charge") == ("species", "SO4^2-", "charge")
    assert split_key("species.SO4 2-.charge") == ("species", "SO4 2-", "charge")
    for text in ("", ".", "a.", ".a", "a..b", 'a."b'):
        assert split_key(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 V", "0.1 V"),
        ("0.1", 0.1),
        ("5", 5),
        ("true", True),
        ('"5"', "5"),
        ('["Cl-"]', ["Cl-"]),
        ('{ "K+" = 1 }', {"K+": 1}),
        ("", None),
        ("pnp", "pnp"),
        ("1979-05-27", "1979-05-27"),
        ("1 # not a comment", 1),
        ("[" * 5000, "[" * 5000),
    ],
)
def test_values(text, value):
    assert parse_value(text) == value
