"""Wrong mesh options, observables, expectations, reactions and wrong TOML."""

from __future__ import annotations

import pytest
from case_mutations import assert_refused
from case_texts import BUFFER, GOOD

from npsolver.case import loads
from npsolver.errors import InputError

# id: (base, text to replace, replacement, fragments of the message)
MUTATIONS = {
    # mesh, observables, expectations
    "fractional nodes": (GOOD, "[solve]", "[mesh]\nnodes = 10.5\n[solve]", ["mesh: nodes", "whole number"]),
    "too few nodes": (GOOD, "[solve]", "[mesh]\nnodes = 5\n[solve]", ["mesh: nodes", "at least 7"]),
    "shrinking cells": (GOOD, "[solve]", "[mesh]\ngrowth = 0.5\n[solve]", ["mesh: growth", "above 1"]),
    "observable without place": (
        GOOD,
        "[solve]",
        '[[observable]]\nname = "p"\nkind = "potential"\n[solve]',
        ["observable 'p'", "at (a position)"],
    ),
    "observable outside": (
        GOOD,
        "[solve]",
        '[[observable]]\nname = "p"\nkind = "potential"\nat = "1 um"\n[solve]',
        ["observable 'p': at"],
    ),
    "observable of an unknown species": (
        GOOD,
        "[solve]",
        '[[observable]]\nname = "p"\nkind = "amount"\nspecies = "Na+"\n[solve]',
        ["observable 'p': species"],
    ),
    "observable of a standard name": (
        GOOD,
        "[solve]",
        '[[observable]]\nname = "membrane_potential"\nkind = "charge"\n[solve]',
        ["defined twice"],
    ),
    "unknown observable": (
        GOOD,
        '"membrane_potential"',
        '"membrane_potental"',
        ["expect 1", "did you mean 'membrane_potential'"],
    ),
    "expectation without tolerance": (GOOD, "rtol = 1e-6", "", ["rtol", "atol"]),
    "expectation without value": (GOOD, 'reference = "nernst(K+, left, right)"\n', "", ["value or reference"]),
    "expectation with both": (GOOD, "rtol = 1e-6", 'rtol = 1e-6\nvalue = "-89 mV"', ["either value or reference"]),
    "expected value in a wrong unit": (
        GOOD,
        'reference = "nernst(K+, left, right)"',
        'value = "-89 nm"',
        ["value", "'1 V'"],
    ),
    "expected zero without atol": (GOOD, 'reference = "nernst(K+, left, right)"', 'value = "0 V"', ["give atol"]),
    "expected time of a steady state": (GOOD, "rtol = 1e-6", "rtol = 1e-6\ntime = 1", ["time", "transient"]),
    "reference that is no closed form": (GOOD, '"nernst(K+, left, right)"', '"nernst"', ["closed form such as"]),
    # reactions
    "unbalanced charge": (
        BUFFER,
        "HA = H+ + A-",
        "HA = H+",
        ["charge is not balanced", "+0 on the left, +1 on the right"],
    ),
    "unknown species in a reaction": (BUFFER, "HA = H+ + A-", "HA = H+ + B-", ["equation", "'B-'"]),
    "one-way arrow": (BUFFER, "HA = H+ + A-", "HA -> H+ + A-", ["reversible"]),
    "no equation": (BUFFER, 'equation = "HA = H+ + A-"', "", ["expected an equation"]),
    "half an equation": (BUFFER, "HA = H+ + A-", "HA =", ["equation such as"]),
    "species on both sides": (BUFFER, "HA = H+ + A-", "HA + H+ = HA + H+", ["both sides"]),
    "rate without constant": (BUFFER, "pKa = 4.76\n", "", ["expected two of"]),
    "rate of the wrong order": (BUFFER, '"1e10 1/M/s"', '"1e10 1/s"', ["backward_rate", "order 2"]),
    "negative rate": (BUFFER, '"1e10 1/M/s"', '"-1e10 1/M/s"', ["backward_rate", "not negative"]),
    "constant twice": (BUFFER, "pKa = 4.76", 'pKa = 4.76\nequilibrium_constant = "1e-5 M"', ["either pKa"]),
    "reaction in an unknown region": (
        BUFFER,
        "pKa = 4.76",
        'pKa = 4.76\nregions = ["gel"]',
        ["'gel'", "regions: film"],
    ),
    # TOML
    "unclosed quote": (GOOD, 'name = "K+"', 'name = "K+', ["line 7", "not valid TOML"]),
    "key twice": (GOOD, 'physics = "pnp"', 'physics = "pnp"\nphysics = "pnp"', ["not valid TOML", "twice"]),
    "section twice": (GOOD, "[solve]", '[model]\nphysics = "pnp"\n[solve]', ["not valid TOML", "twice"]),
    "not TOML": (GOOD, GOOD, "species: [K+, Cl-]\n", ["line 1", "not valid TOML"]),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_refused(name, tmp_path):
    assert_refused(*MUTATIONS[name], tmp_path)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            GOOD.replace('current = "0 A/m^2"', '[boundary.left.stern]\ncapacitance = "0.2 F/m^2"\ncurrent = "0 A/m^2"'),
            "; it is a key of [boundary.left]: write it above [boundary.left.stern]",
        ),
        (
            GOOD.replace(
                'current = "0 A/m^2"', '[[boundary.left.reaction]]\nequation = "K+ + e- = K"\ncurrent = "0 A/m^2"'
            ),
            "; it is a key of [boundary.left]: write it above [[boundary.left.reaction]]",
        ),
        (
            GOOD.replace('name = "membrane"', 'name = "membrane"\ncoordinates = "spherical"'),
            "; it is a key of [geometry]: write it above [[geometry.region]]",
        ),
    ],
)
def test_keys_below_a_table_of_their_section(text, hint):
    with pytest.raises(InputError) as caught:
        loads(text)
    assert hint in str(caught.value)
