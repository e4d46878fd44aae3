"""The schema describes itself: JSON Schema and the pages in docs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from npsolver.case import case_reference_markdown, json_schema, species_markdown
from npsolver.case.keys import child_section, describe
from npsolver.case.salts_page import salts_markdown
from npsolver.case.schema import CaseDocument

DOCS = Path(__file__).parents[2] / "docs"


def sections(section=CaseDocument, seen=()):
    yield section
    for info in section.fields.values():
        child = child_section(info.annotation)
        if child is not None and child not in seen:
            yield from sections(child, (*seen, section))


@pytest.mark.parametrize("section", {section.__name__: section for section in sections()}.values())
def test_every_key_is_described(section):
    assert section.__doc__
    for name, info in section.fields.items():
        assert info.description, name
        assert "|" not in info.description


def test_json_schema():
    schema = json.loads(json.dumps(json_schema()))
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"species", "geometry", "boundary"}
    region = schema["$defs"]["RegionSection"]["properties"]
    assert region["length"]["anyOf"][0]["examples"] == ["50 nm"]
    assert region["length"]["description"].startswith("Thickness")
    assert "from" in schema["$defs"]["RangeSection"]["properties"]


def test_reference_names_every_key():
    text = case_reference_markdown()
    for section in sections():
        for name, info in section.fields.items():
            assert f"`{info.key}`" in text or f"{name}]" in text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("case-file.md", case_reference_markdown),
        ("species.md", species_markdown),
        ("transport-data.md", salts_markdown),
    ],
)
def test_pages_are_up_to_date(page, text):
    path = DOCS / page
    if not path.parent.is_dir():
        pytest.skip("the documentation is not part of the installed package")
    assert path.read_text(encoding="utf-8") == text()


def test_keys_are_found_in_the_schema():
    def kind(key):
        return describe(tuple(key.split("."))).marker.kind("cartesian")

    assert kind("boundary.left.potential").unit == "V"
    assert kind("boundary.left.concentration.K+").unit == "mol/m^3"
    assert kind("species.K+.diffusivity").unit == "m^2/s"
    assert kind("geometry.region.membrane.length").unit == "m"
    assert kind("geometry.region.membrane.partition.K+").unit == ""
    assert kind("boundary.left.stern.thickness").unit == "m"
    assert kind("model.temperature").unit == "K"
    assert kind("convection.velocity").unit == "m/s"
    assert describe(("boundary", "left")).is_section
    assert describe(("boundary", "top")).is_section  # any surface in two and three dimensions
    assert describe(("boundary", "top", "potentail")).wrong == "potentail"
    assert kind("boundary.wall.surface_charge").unit == "C/m^2"
    assert describe(("model", "physics")).marker is None
