"""Wrong quantities: units, signs, ranges."""

from __future__ import annotations

import pytest
from case_mutations import assert_refused
from case_texts import GOOD

# id: (base, text to replace, replacement, fragments of the message)
MUTATIONS = {
    "unit of a length": (GOOD, '"5 nm"', '"5 mV"', ["region 'membrane': length", "a length such as '50 nm'", "'5 mV'"]),
    "no unit in text": (GOOD, '"5 nm"', '"5"', ["length", "without a unit", "taken in m"]),
    "unknown unit": (GOOD, '"5 nm"', '"5 nanometres_"', ["length", "unknown unit"]),
    "no number": (GOOD, '"5 nm"', '"thin"', ["length", "got 'thin'"]),
    "decimal comma": (GOOD, '"5 nm"', '"5,5 nm"', ["length", "got '5,5 nm': decimals are set off by a point"]),
    "zero length": (GOOD, '"5 nm"', "0", ["length", "greater than zero"]),
    "negative length": (GOOD, '"5 nm"', '"-5 nm"', ["length", "greater than zero"]),
    "NaN length": (GOOD, '"5 nm"', "nan", ["length", "finite"]),
    "NaN in text": (GOOD, '"5 nm"', '"nan nm"', ["length", "finite"]),
    "infinite length": (GOOD, '"5 nm"', "inf", ["length", "finite"]),
    "overflowing length": (GOOD, '"5 nm"', '"1e400 nm"', ["length", "too large"]),
    "huge integer": (GOOD, '"5 nm"', "1" + 400 * "0", ["length", "too large"]),
    "boolean length": (GOOD, '"5 nm"', "true", ["length", "got true"]),
    "list as length": (GOOD, '"5 nm"', '["5 nm"]', ["length", "got ['5 nm']"]),
    "diffusivity in mol": (
        GOOD,
        'name = "K+"',
        'name = "K+"\ndiffusivity = "1.96e-9 mol"',
        ["species 'K+': diffusivity: expected a diffusivity such as '1.96e-9 m^2/s'", "got '1.96e-9 mol'"],
    ),
    "negative diffusivity": (
        GOOD,
        'name = "K+"',
        'name = "K+"\ndiffusivity = -1e-9',
        ["species 'K+': diffusivity", "greater than zero"],
    ),
    "zero diffusivity": (GOOD, 'name = "K+"', 'name = "K+"\ndiffusivity = 0', ["species 'K+': diffusivity"]),
    "negative concentration": (
        GOOD,
        '"K+" = "5 mM"',
        '"K+" = "-5 mM"',
        ["boundary right: concentration: 'K+'", "not negative"],
    ),
    "molality": (GOOD, '"K+" = "5 mM"', '"K+" = "5 mmol/kg"', ["boundary right: concentration: 'K+'", "'140 mM'"]),
    "zero temperature": (GOOD, "310.15 K", "0 K", ["model: temperature", "greater than zero"]),
    "degrees Celsius as a plain number": (
        GOOD,
        '"310.15 K"',
        "37",
        ["model: temperature", "37 K is unusually cold", "expected '37 degC' or 310.15", "'37 K'"],
    ),
    "degrees Celsius as a decimal number": (GOOD, '"310.15 K"', "36.6", ["expected '36.6 degC' or 309.75"]),
    "coulomb for Celsius": (GOOD, "310.15 K", "37 C", ["model: temperature", "degC"]),
    "below absolute zero": (GOOD, "310.15 K", "-300 degC", ["model: temperature"]),
    "porosity of zero": (GOOD, 'length = "5 nm"', 'length = "5 nm"\nporosity = 0', ["porosity", "(0, 1]"]),
    "porosity above one": (GOOD, 'length = "5 nm"', 'length = "5 nm"\nporosity = 1.5', ["porosity", "(0, 1]"]),
    "tortuosity below one": (GOOD, 'length = "5 nm"', 'length = "5 nm"\ntortuosity = 0.9', ["tortuosity", ">= 1"]),
    "permittivity below one": (
        GOOD,
        'length = "5 nm"',
        'length = "5 nm"\nrelative_permittivity = 0.5',
        ["relative_permittivity", ">= 1"],
    ),
    "fixed charge in V": (
        GOOD,
        'length = "5 nm"',
        'length = "5 nm"\nfixed_charge = "1 V"',
        ["fixed_charge", "'-100 mM'"],
    ),
    "partition of zero": (GOOD, 'length = "5 nm"', 'length = "5 nm"\npartition = { "K+" = 0 }', ["partition", "> 0"]),
    "current in A": (GOOD, '"0 A/m^2"', '"0 A"', ["boundary left: current", "current density"]),
    "potential in text": (GOOD, '"0 V"', '"ground"', ["boundary right: potential", "'-70 mV'"]),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_refused(name, tmp_path):
    assert_refused(*MUTATIONS[name], tmp_path)
