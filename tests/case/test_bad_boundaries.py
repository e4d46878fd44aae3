"""Boundary conditions that contradict each other or leave something open."""

from __future__ import annotations

import pytest
from case_mutations import assert_refused, changed
from case_texts import CELL, GOOD

from npsolver.case import loads

CL140 = '"Cl-" = "140 mM" }\ncurrent'

# id: (base, text to replace, replacement, fragments of the message)
MUTATIONS = {
    "charged bath": (
        GOOD,
        CL140,
        CL140.replace("140", "100"),
        ["boundary left: concentration", "+40 mol/m^3", 'balance = "Cl-"'],
    ),
    "slightly charged bath": (GOOD, CL140, CL140.replace("140", "140.000001"), ["net charge"]),
    "species missing in a bath": (GOOD, '"K+" = "5 mM", ', "", ["boundary right: concentration", "missing: K+"]),
    "balance of the wrong sign": (
        GOOD,
        '{ "K+" = "5 mM", "Cl-" = "5 mM" }',
        '{ "Cl-" = "5 mM" }\nbalance = "Cl-"',
        ["boundary right: balance", "has a concentration already"],
    ),
    "balance that cannot": (
        CELL.replace('name = "Cl-"', 'name = "Na+"'),
        'kind = "wall"\npotential = "0 V"',
        'kind = "bath"\nconcentration = { "K+" = "5 mM" }\nbalance = "Na+"\npotential = "0 V"',
        ["same sign"],
    ),
    "balance on a wall": (
        CELL,
        'potential = "0 V"',
        'potential = "0 V"\nbalance = "K+"',
        ["boundary right: balance", "for a bath"],
    ),
    "potential and current": (
        GOOD,
        'current = "0 A/m^2"',
        'current = "0 A/m^2"\npotential = "0 V"',
        ["potential and current"],
    ),
    "bath beyond its lattice": (
        GOOD + '[[activity]]\nmodel = "steric"\nlargest = "270 mM"\n',
        CL140,
        CL140,
        ["boundary left: concentration: 280 mol/m^3 do not fit on the 270 mol/m^3 of places"],
    ),
    "initial state beyond its lattice": (
        CELL + '[[activity]]\nmodel = "steric"\nlargest = "15 mM"\n',
        '"Cl-" = "10 mM"',
        '"Cl-" = { expression = "10*(0.1 + x/L)", unit = "mM" }',
        ["initial: region 'cell': 21 mol/m^3 do not fit"],
    ),
    "selective membrane against water": (
        GOOD.replace('"K+" = "140 mM"', '"K+" = 0'),
        CL140,
        '"Cl-" = 0 }\ncurrent',
        ["boundary left: concentration: K+ alone can pass and the bath holds none of it"],
    ),
    "neutral water": (
        GOOD.replace('"pnp"', '"electroneutral"').replace('excluded_species = ["Cl-"]', "").replace(
            '"K+" = "140 mM"', '"K+" = 0'
        ),
        CL140,
        '"Cl-" = 0 }\ncurrent',
        ["boundary left: concentration: the bath holds no ion"],
    ),
    "no reference potential": (GOOD, 'potential = "0 V"', "", ["nothing fixes the potential", "[boundary.right]"]),
    "both ends float": (GOOD, 'potential = "0 V"', "current = 0", ["both ends float"]),
    "two charged walls": (
        CELL,
        'potential = "25 mV"',
        'surface_charge = "0.01 C/m^2"',
        None,  # valid: the right wall holds the potential
    ),
    "charged walls only": (
        CELL.replace('potential = "0 V"', 'surface_charge = "0.01 C/m^2"'),
        'potential = "25 mV"',
        'surface_charge = "0.01 C/m^2"',
        ["nothing fixes the potential"],
    ),
    "surface charge on a bath": (
        GOOD,
        'current = "0 A/m^2"',
        'surface_charge = "1 C/m^2"',
        ["boundary left: surface_charge", "for a wall"],
    ),
    "flux into a bath": (
        GOOD,
        'potential = "0 V"',
        'potential = "0 V"\nflux = { "K+" = 1 }',
        ["boundary right: flux", "for a wall"],
    ),
    "flux and concentration": (
        CELL,
        'potential = "0 V"',
        'potential = "0 V"\nflux = { "K+" = 1 }\nconcentration = { "K+" = 1 }',
        ["both a concentration and a flux"],
    ),
    "incomplete Stern layer": (
        CELL,
        'potential = "0 V"',
        'potential = "0 V"\nstern = { thickness = "0.3 nm" }',
        ["boundary right: stern", "thickness and relative_permittivity"],
    ),
    "Stern layer twice": (
        CELL,
        'potential = "0 V"',
        'potential = "0 V"\nstern = { thickness = "0.3 nm", relative_permittivity = 6, capacitance = 1 }',
        ["either capacitance"],
    ),
    "Stern layer without potential": (
        CELL,
        'potential = "25 mV"',
        'stern = { capacitance = "0.2 F/m^2" }',
        ["boundary left: stern", "potential or current"],
    ),
    "conditions at the centre": (
        GOOD.replace("0 A/m^2", "0 A"),
        '"cartesian"',
        '"spherical"',
        ["boundary left", "centre"],
    ),
    "current density into a sphere": (GOOD, '"cartesian"', '"spherical"', ["boundary left: current", "'0 A'"]),
    "inner radius in Cartesian": (
        GOOD,
        '"cartesian"',
        '"cartesian"\ninner_radius = "1 um"',
        ["inner_radius", "cylindrical"],
    ),
    "steady current through a blocking wall": (
        CELL.replace('kind = "transient"\nend_time = "1 ms"', 'kind = "steady"'),
        'potential = "25 mV"',
        'current = "1 A/m^2"',
        ["no steady current"],
    ),
    "electroneutral surface charge": (
        CELL,
        'potential = "25 mV"\n',
        'surface_charge = "1 C/m^2"\n[model]\nphysics = "electroneutral"\n',
        ["boundary left: surface_charge", "electroneutral"],
    ),
    "electroneutral blocking electrode": (
        CELL,
        "[initial]",
        '[model]\nphysics = "electroneutral"\n[initial]',
        ["blocking wall"],
    ),
    "electroneutral without ions": (
        GOOD.replace('["Cl-"]', '["Cl-", "K+"]'),
        '"pnp"',
        '"electroneutral"',
        ["region 'membrane'", "has no ion"],
    ),
    "Boltzmann ions between unequal baths": (GOOD, '"pnp"', '"poisson-boltzmann"', ["not in equilibrium"]),
}


@pytest.mark.parametrize("name", [name for name, item in MUTATIONS.items() if item[3]])
def test_refused(name, tmp_path):
    assert_refused(*MUTATIONS[name], tmp_path)


@pytest.mark.parametrize("name", [name for name, item in MUTATIONS.items() if not item[3]])
def test_allowed(name):
    base, old, new, _ = MUTATIONS[name]
    loads(changed(base, old, new))
