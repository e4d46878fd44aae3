"""Every kind of wrong input ends in one InputError that names the file and the key and says what would be right."""

from __future__ import annotations

import pytest
from case_texts import CELL, GOOD

from npsolver.case import load, loads
from npsolver.errors import InputError

BUFFER = """\
[[species]]
name = "HA"
charge = 0
diffusivity = "1e-9 m^2/s"
[[species]]
name = "H+"
[[species]]
name = "A-"
charge = -1
diffusivity = "1e-9 m^2/s"
[[reaction]]
equation = "HA = H+ + A-"
pKa = 4.76
backward_rate = "1e10 1/M/s"
[geometry]
[[geometry.region]]
name = "film"
length = "1 um"
[boundary.left]
kind = "bath"
concentration = { "HA" = "1 mM", "H+" = "0.1 mM", "A-" = "0.1 mM" }
potential = "0 V"
[boundary.right]
kind = "wall"
"""

CL140 = '"Cl-" = "140 mM" }\ncurrent'


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


# id: (base, text to replace, replacement, fragments of the message)
MUTATIONS = {
    # quantities
    "unit of a length": (GOOD, '"5 nm"', '"5 mV"', ["region 'membrane': length", "a length such as '50 nm'", "'5 mV'"]),
    "no unit in text": (GOOD, '"5 nm"', '"5"', ["length", "without a unit", "taken in m"]),
    "unknown unit": (GOOD, '"5 nm"', '"5 nanometres_"', ["length", "unknown unit"]),
    "no number": (GOOD, '"5 nm"', '"thin"', ["length", "got 'thin'"]),
    "zero length": (GOOD, '"5 nm"', "0", ["length", "greater than zero"]),
    "negative length": (GOOD, '"5 nm"', '"-5 nm"', ["length", "greater than zero"]),
    "NaN length": (GOOD, '"5 nm"', "nan", ["length", "finite"]),
    "NaN in text": (GOOD, '"5 nm"', '"nan nm"', ["length", "finite"]),
    "infinite length": (GOOD, '"5 nm"', "inf", ["length", "finite"]),
    "overflowing length": (GOOD, '"5 nm"', '"1e400 nm"', ["length", "too large"]),
    "huge integer": (GOOD, '"5 nm"', "1" + 400 * "0", ["length", "too large"]),
    "boolean length": (GOOD, '"5 nm"', "true", ["length", "got true"]),
    "list as length": (GOOD, '"5 nm"', '["5 nm"]', ["length", "got a list"]),
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
    # names and keys
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
    # boundaries
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
    # initial state
    "no initial state": (
        CELL,
        '[initial]\nconcentration = { "K+" = "10 mM", "Cl-" = "10 mM" }\n',
        "",
        ["'K+'", "initial concentration is needed"],
    ),
    "initial state of an unknown region": (
        CELL,
        "[solve]",
        '[initial.region.bulk.concentration]\n"K+" = 1\n[solve]',
        ["'bulk'", "regions: cell"],
    ),
    "initial concentration negative": (
        CELL,
        '"K+" = "10 mM"',
        '"K+" = "-10 mM"',
        ["initial: concentration: 'K+'", "not negative"],
    ),
    "unknown name in a profile": (
        CELL,
        '"K+" = "10 mM"',
        '"K+" = { expression = "y + 1" }',
        ["'K+': expression", "unknown name 'y'"],
    ),
    "unknown function in a profile": (
        CELL,
        '"K+" = "10 mM"',
        '"K+" = { expression = "system(x)" }',
        ["unknown function 'system'"],
    ),
    "code in a profile": (
        CELL,
        '"K+" = "10 mM"',
        '"K+" = { expression = "().__class__" }',
        ["attribute is not allowed"],
    ),
    "broken profile": (CELL, '"K+" = "10 mM"', '"K+" = { expression = "1 +" }', ["not an expression"]),
    "negative profile": (
        CELL,
        '"K+" = "10 mM"',
        '"K+" = { expression = "cos(pi*x/L)" }',
        ["concentration >= 0", "x = "],
    ),
    "infinite profile": (CELL, '"K+" = "10 mM"', '"K+" = { expression = "1/x" }', ["finite"]),
    "tower of powers": (CELL, '"K+" = "10 mM"', '"K+" = { expression = "9**9**9**9" }', ["finite"]),
    "unit of a profile": (CELL, '"K+" = "10 mM"', '"K+" = { expression = "1", unit = "V" }', ["'K+': unit"]),
    "unknown key of a profile": (CELL, '"K+" = "10 mM"', '"K+" = { expresion = "1" }', ["unknown key 'expresion'"]),
    # solve
    "no end time": (CELL, 'end_time = "1 ms"', "", ["solve: end_time: missing"]),
    "end time of zero": (CELL, 'end_time = "1 ms"', "end_time = 0", ["solve: end_time", "greater than zero"]),
    "output beyond the end": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\noutput_times = ["2 ms"]',
        ["output_times", "end_time = 0.001 s"],
    ),
    "output times not increasing": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\noutput_times = [1e-4, 1e-5]',
        ["increasing"],
    ),
    "event beyond the end": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\n[[solve.event]]\ntime = "2 ms"\nset = { "boundary.left.potential" = 0 }',
        ["event 1: time", "end_time"],
    ),
    "event on a constant": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\n[[solve.event]]\ntime = "0.5 ms"\nset = { "species.K+.diffusivity" = 1e-9 }',
        ["cannot change in time"],
    ),
    "event on an absent value": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\n[[solve.event]]\ntime = "0.5 ms"\nset = { "boundary.left.current" = 0 }',
        ["not given in [boundary.left]"],
    ),
    "event with a wrong unit": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\n[[solve.event]]\ntime = "0.5 ms"\nset = { "boundary.left.potential" = "1 m" }',
        ["event 1: set", "a potential such as"],
    ),
    "end time of a steady state": (
        GOOD,
        'kind = "steady"',
        'kind = "steady"\nend_time = 1',
        ["solve: end_time", "transient"],
    ),
    "sweep without parameter": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nvalues = [0, 1]',
        ["solve: parameter: missing"],
    ),
    "sweep of an unknown key": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.potental"\nvalues = [0, 1]',
        ["solve: parameter", "did you mean 'potential'"],
    ),
    "sweep of an absent region": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "geometry.region.film.length"\nvalues = [1e-9]',
        ["'film'"],
    ),
    "sweep in a wrong unit": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.potential"\nvalues = ["1 m"]',
        ["solve: values", "a potential such as"],
    ),
    "sweep into nonsense": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.concentration.K+"\nvalues = { from = 5, to = 10, points = 3 }',
        ["boundary.right.concentration.K+ = 10", "net charge"],
    ),
    "log range through zero": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.potential"'
        '\nvalues = { from = 0, to = 1, points = 3, spacing = "log" }',
        ["same sign"],
    ),
    "range of one point": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.potential"\nvalues = { from = 0, to = 1, points = 1 }',
        ["points", ">= 2"],
    ),
    "values neither list nor range": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.potential"\nvalues = 5',
        ["solve: values", "list"],
    ),
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


@pytest.mark.parametrize("name", [name for name, item in MUTATIONS.items() if item[3]])
def test_refused(name, tmp_path):
    base, old, new, fragments = MUTATIONS[name]
    path = tmp_path / "bad.toml"
    path.write_text(changed(base, old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(path)
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert message.startswith(str(path))
    for fragment in fragments:
        assert fragment in message, message
    assert len(message) < 4000
    assert "\n\n" not in message
    for word in ("Error", "pydantic", "Traceback"):  # nothing of how it was found out
        assert word not in message


@pytest.mark.parametrize("name", [name for name, item in MUTATIONS.items() if not item[3]])
def test_allowed(name):
    base, old, new, _ = MUTATIONS[name]
    loads(changed(base, old, new))


def test_there_are_enough():
    texts = {changed(base, old, new) for base, old, new, fragments in MUTATIONS.values() if fragments}
    assert len(texts) >= 100


def test_base_cases_are_good():
    for text in (GOOD, CELL, BUFFER):
        loads(text)


FILES = {
    "empty": (b"", "is empty"),
    "blank": (b"\n  \n", "is empty"),
    "binary": (bytes(range(256)) * 4, "not a text file"),
    "latin-1": ('[case]\ntitle = "Säure"\n'.encode("latin-1"), "line 2: is not UTF-8"),
    "utf-16": ('[case]\ntitle = "x"\n'.encode("utf-16"), "not a text file"),
    "10 MB of garbage": (b"\x7fgarbage " * 1_250_000, "larger than 1 MB"),
    "10 MB of zeros": (b"\0" * 10_000_000, "larger than 1 MB"),
    "10 MB of comments": (b"# nothing here\n" * 700_000, "larger than 1 MB"),
    "deep brackets": (b"x = " + b"[" * 500_000, "nested more than"),
    "deep tables": (b"[" + b"a." * 200_000 + b"a]\n", "nested more than"),
    "many digits": (b"x = " + b"1" * 900_000, "not valid TOML"),
    "a million keys": (b"".join(b"k%d = 1\n" % number for number in range(60_000)), "unknown key"),
    "random letters": (b"qwertz uiop\n" * 1000, "line 1"),
}


@pytest.mark.parametrize("name", FILES)
def test_refused_file(name, tmp_path):
    data, fragment = FILES[name]
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert fragment in str(caught.value)
    assert len(str(caught.value)) < 4000


def test_missing_file_names_a_similar_one(tmp_path):
    (tmp_path / "membrane.toml").write_text(GOOD)
    with pytest.raises(InputError, match=r"membrae\.toml: no such file; did you mean 'membrane\.toml'\?"):
        load(tmp_path / "membrae.toml")
    with pytest.raises(InputError, match="there is no folder"):
        load(tmp_path / "nowhere" / "case.toml")


def test_folder(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        load(tmp_path)


def test_file_name_with_a_null_character():
    with pytest.raises(InputError, match="cannot be read"):
        load("a\0b.toml")


def test_all_problems_are_reported_at_once():
    text = GOOD.replace('"50 nm"', '"50 mV"').replace("310.15 K", "310.15 nm").replace('"5 nm"', "0")
    with pytest.raises(InputError) as caught:
        loads(text, "several.toml")
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert all(line.startswith("several.toml: ") for line in lines)


def test_problems_beyond_the_eighth_are_counted():
    text = GOOD + "".join(f'[[observable]]\nname = "o{number}"\nkind = "field"\n' for number in range(20))
    with pytest.raises(InputError) as caught:
        loads(text, "many.toml")
    lines = str(caught.value).splitlines()
    assert len(lines) == 9
    assert lines[-1] == "many.toml: and 12 more problems"


def test_single_problem_has_file_and_key():
    with pytest.raises(InputError) as caught:
        loads(GOOD.replace('"5 nm"', '"5 mV"'), "one.toml")
    assert caught.value.file == "one.toml"
    assert caught.value.key == "geometry: region 'membrane': length"
