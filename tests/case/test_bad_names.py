"""Wrong names and keys."""

from __future__ import annotations

import pytest
from case_mutations import assert_refused
from case_texts import CELL, GOOD

# id: (base, text to replace, replacement, fragments of the message)
MUTATIONS = {
    "unknown key": (
        GOOD,
        "temperature =",
        "temprature =",
        ["model: unknown key 'temprature'; did you mean 'temperature'?"],
    ),
    "unknown section": (GOOD, "[solve]", "[solver]", ["unknown key 'solver'; did you mean 'solve'?"]),
    "unknown key in a region": (
        GOOD,
        'length = "5 nm"',
        'lenght = "5 nm"',
        ["region 'membrane'", "did you mean 'length'"],
    ),
    "unknown key in a boundary": (
        GOOD,
        'potential = "0 V"',
        'voltage = "0 V"',
        ["boundary right: unknown key 'voltage'", "valid:"],
    ),
    "unknown physics": (GOOD, '"pnp"', '"npp"', ["model: physics", "did you mean 'pnp'?"]),
    "unknown dimension": (
        GOOD,
        'coordinates = "cartesian"',
        'dimension = "2D"',
        ["geometry: dimension: expected 1, 2 or 3, got '2D'; did you mean '2'?"],
    ),
    "unknown coordinates": (GOOD, '"cartesian"', '"polar"', ["geometry: coordinates", "spherical"]),
    "unknown kind of boundary": (
        GOOD,
        'kind = "bath"',
        'kind = "bat"',
        ["boundary left: kind", "did you mean 'bath'?"],
    ),
    "unknown kind of solution": (GOOD, '"steady"', '"stationary"', ["solve: kind", "'transient'"]),
    "number for text": (GOOD, 'title = "K+-selective membrane"', "title = 5", ["case: title", "text"]),
    "text for table": (GOOD, '[model]\nphysics = "pnp"\ntemperature = "310.15 K"', "model = 5", ["table", "model"]),
    "table for array": (
        CELL,
        '[[species]]\nname = "K+"\n[[species]]\nname = "Cl-"',
        '[species]\nname = "K+"',
        ["species", "list"],
    ),
    "species missing": (GOOD, '[[species]]\nname = "K+"\n[[species]]\nname = "Cl-"\n', "", ["species", "missing"]),
    "region without length": (GOOD, 'length = "5 nm"\n', "", ["region 'membrane': length: missing", "Thickness"]),
    "region without name": (GOOD, 'name = "membrane"\n', "", ["region 2: name: missing"]),
    "no regions": (
        GOOD,
        GOOD[GOOD.index("[[geometry.region]]") : GOOD.index("[boundary.left]")],
        "",
        ["geometry: region: missing"],
    ),
    "no geometry": (GOOD, GOOD[GOOD.index("[geometry]") : GOOD.index("[boundary.left]")], "", ["geometry: missing"]),
    "no boundaries": (GOOD, GOOD[GOOD.index("[boundary.left]") : GOOD.index("[solve]")], "", ["boundary: missing"]),
    "one boundary missing": (
        GOOD,
        GOOD[GOOD.index("[boundary.left]") : GOOD.index("[boundary.right]")],
        "",
        ["boundary left: missing"],
    ),
    "same end twice": (
        GOOD,
        "[solve]",
        '[boundary.outer]\nkind = "wall"\n[solve]',
        ["boundary outer", "same end as right"],
    ),
    "duplicate region": (GOOD, 'name = "outside"', 'name = "inside"', ["region 'inside'", "defined 2 times"]),
    "duplicate species": (GOOD, 'name = "Cl-"', 'name = "K+"', ["species 'K+'", "defined twice"]),
    "duplicate species by another spelling": (
        GOOD,
        '[[species]]\nname = "Cl-"',
        '[[species]]\nname = "Ca2+"\n[[species]]\nname = "Ca++"\n[[species]]\nname = "Cl-"',
        ["species 'Ca++'", "same species"],
    ),
    "region named like a boundary": (
        GOOD,
        'name = "inside"',
        'name = "left"',
        ["region 'left'", "named like a boundary", "'left part'"],
    ),
    "region named like an end": (GOOD, 'name = "inside"', 'name = "inner"', ["region 'inner'", "named like a boundary"]),
    "empty name": (GOOD, 'name = "membrane"', 'name = ""', ["region", "name", "printable"]),
    "name with a dot": (GOOD, 'name = "membrane"', 'name = "mem.brane"', ["without '.'"]),
    "unknown species in a bath": (
        GOOD,
        '"K+" = "5 mM"',
        '"k+" = "5 mM"',
        ["boundary right: concentration", "'k+'", "'K+'"],
    ),
    "library species not declared": (
        GOOD,
        '"K+" = "5 mM"',
        '"K+" = "5 mM", "Na+" = "1 mM"',
        ["unknown species 'Na+'", "[[species]]"],
    ),
    "unknown excluded species": (GOOD, '["Cl-"]', '["Cl"]', ["excluded_species", "'Cl'", "did you mean 'Cl-'?"]),
    "species not in the library": (
        GOOD,
        'name = "K+"',
        'name = "Xx+"',
        ["species 'Xx+'", "not in the species library"],
    ),
    "defect without diffusivity": (
        GOOD,
        '[[species]]\nname = "Cl-"',
        '[[species]]\nname = "V_O^2+"\n[[species]]\nname = "Cl-"',
        ["species 'V_O^2+': diffusivity", "depends on the solid"],
    ),
    "own species without diffusivity": (
        GOOD,
        'name = "K+"',
        'name = "M+"\ncharge = 1',
        ["species 'M+': diffusivity: missing"],
    ),
    "charge against the name": (
        GOOD,
        'name = "K+"',
        'name = "K+"\ncharge = 2',
        ["species 'K+': charge", "expected +1"],
    ),
    "library outside liquid water": (GOOD, "310.15 K", "500 K", ["species 'K+': diffusivity", "273.15 to 373.15 K"]),
    "excluded everywhere": (
        GOOD.replace('length = "50 nm"', 'length = "50 nm"\nexcluded_species = ["Cl-"]'),
        '"pnp"',
        '"pnp"',
        ["species 'Cl-'", "excluded from every region"],
    ),
    "partition twice": (
        GOOD,
        'length = "5 nm"',
        'length = "5 nm"\npartition = { "K+" = 0.1 }\nstandard_potential = { "K+" = "1 kJ/mol" }',
        ["both a partition and a standard_potential"],
    ),
    "partition of an excluded species": (
        GOOD,
        'length = "5 nm"',
        'length = "5 nm"\npartition = { "Cl-" = 0.1 }',
        ["'Cl-' is excluded"],
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_refused(name, tmp_path):
    assert_refused(*MUTATIONS[name], tmp_path)
