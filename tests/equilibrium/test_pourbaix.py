"""Formulas, the table of compounds, and diagrams of one and several elements."""

from __future__ import annotations

from itertools import combinations
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npsolver.equilibrium.pourbaix import (
    Compound,
    CompoundTable,
    Conditions,
    parse_formula,
    pourbaix_diagram,
    read_table,
    standard_table,
    water_window,
)
from npsolver.equilibrium.pourbaix.transform import composition_matrix, protons_and_electrons
from npsolver.errors import InputError
from npsolver.units import FARADAY, GAS_CONSTANT

ELEMENTS = ("Fe", "Cr", "Ni", "Mo", "Cu", "Zn", "Al", "Ti", "Mn", "Li", "Co", "C")
SLOPE = GAS_CONSTANT * 298.15 * np.log(10) / FARADAY  # 59.16 mV


@pytest.mark.parametrize(
    ("text", "elements", "charge", "phase"),
    [
        ("Fe2O3", {"Fe": 2, "O": 3}, 0, None),
        ("Fe3+", {"Fe": 1}, 3, None),
        ("Fe+3", {"Fe": 1}, 3, None),
        ("CrO4^2-", {"Cr": 1, "O": 4}, -2, None),
        ("CrO4--", {"Cr": 1, "O": 4}, -2, None),
        ("CrO4[2-]", {"Cr": 1, "O": 4}, -2, None),
        ("MnO4-", {"Mn": 1, "O": 4}, -1, None),
        ("Mo7O24^6-", {"Mo": 7, "O": 24}, -6, None),
        ("Cu3(OH)2(CO3)2", {"Cu": 3, "O": 8, "H": 2, "C": 2}, 0, None),
        ("LiOH*H2O", {"Li": 1, "O": 2, "H": 3}, 0, None),
        ("MgCl2·6H2O", {"Mg": 1, "Cl": 2, "O": 6, "H": 12}, 0, None),
        ("Fe0.947O(s)", {"Fe": 0.947, "O": 1}, 0, "s"),
        ("CO2(aq)", {"C": 1, "O": 2}, 0, "aq"),
        ("Fe(OH)2+", {"Fe": 1, "O": 2, "H": 2}, 1, None),
    ],
)
def test_formulas(text, elements, charge, phase):
    formula = parse_formula(text)
    assert dict(formula.elements) == pytest.approx(elements)
    assert (formula.charge, formula.phase) == (charge, phase)


@pytest.mark.parametrize("text", ["", "Xx2", "Fe(OH", "FeO)2", "2+", "fe2o3", "Fe#O", "(3)"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(InputError):
        parse_formula(text)


def test_table_is_complete_and_consistent():
    table = standard_table()
    for element in ELEMENTS:
        own = table.select([element])
        assert any(c.phase == "s" for c in own)
        assert any(c.phase == "aq" for c in own)
    assert all(c.source and parse_formula(c.name).charge == c.charge for c in table)
    for element in ELEMENTS:
        assert table[element].gibbs_energy == 0.0
    assert table["Fe^2+"] is table["Fe2+"]
    assert table["Fe2O3(s)"] is table["Fe2O3"]
    with pytest.raises(InputError, match="no such compound"):
        table["Fe9O1"]


@pytest.mark.parametrize(
    ("reaction", "n", "standard_potential", "tolerance"),
    [
        ({"Fe2+": 1, "Fe": -1}, 2, -0.447, 0.03),
        ({"Fe3+": 1, "Fe2+": -1}, 1, 0.771, 0.005),
        ({"Cu2+": 1, "Cu": -1}, 2, 0.3419, 0.005),
        ({"Zn2+": 1, "Zn": -1}, 2, -0.7618, 0.005),
        ({"Ni2+": 1, "Ni": -1}, 2, -0.257, 0.025),
        ({"Li+": 1, "Li": -1}, 1, -3.0401, 0.01),
        ({"Al3+": 1, "Al": -1}, 3, -1.662, 0.03),
        ({"Mn2+": 1, "Mn": -1}, 2, -1.185, 0.012),
        ({"MnO4-": 1, "Mn2+": -1}, 5, 1.507, 0.01),
        ({"MnO2": 1, "Mn2+": -1}, 2, 1.224, 0.025),
        ({"Co2+": 1, "Co": -1}, 2, -0.28, 0.01),
    ],
)
def test_table_reproduces_standard_potentials(reaction, n, standard_potential, tolerance):
    """Against the potentials of the CRC Handbook; the spread between compilations is the tolerance."""
    table = standard_table()
    energy = sum(v * table.gibbs_energy(name) for name, v in reaction.items())
    energy -= sum(v * table[name].count("O") for name, v in reaction.items()) * table.gibbs_energy("H2O")
    assert energy / (n * FARADAY) == pytest.approx(standard_potential, abs=tolerance)


def test_temperature_by_entropy():
    table = standard_table()
    # ion product of water: 14.00 at 25 °C, 13.26 at 50 °C (measured 13.26)
    for temperature, pkw in ((298.15, 13.995), (323.15, 13.26)):
        energy = table.gibbs_energy("OH-", temperature) - table.gibbs_energy("H2O", temperature)
        assert energy / (GAS_CONSTANT * temperature * np.log(10)) == pytest.approx(pkw, abs=0.03)
    # oxygen electrode: dE/dT = -0.846 mV/K
    lines = [water_window(table, Conditions(temperature=t)).oxygen[0] for t in (298.15, 308.15)]
    assert (lines[1] - lines[0]) / 10.0 == pytest.approx(-0.846e-3, abs=2e-6)
    assert table.gibbs_energy("H+", 350.0) == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(InputError, match="no entropy"):
        pourbaix_diagram("Ni", conditions=Conditions(temperature=350.0))
    warm = pourbaix_diagram("Ni", conditions=Conditions(temperature=350.0), missing_entropy="drop")
    assert "NiO2" not in {c.name for c in warm.compounds}


@pytest.mark.parametrize("elements", [*ELEMENTS, ("Fe", "Cr"), ("Fe", "Cr", "Mo"), ("Cu", "C")])
def test_every_slope_is_a_ratio_of_protons_and_electrons(elements):
    diagram = pourbaix_diagram(elements)
    by_name = {c.name: c for c in diagram.compounds}
    content = {
        f.name: sum(v * np.array(protons_and_electrons(by_name[n])) for n, v in f.amounts.items())
        for f in diagram.fields
    }
    for boundary in diagram.boundaries:
        protons, electrons = content[boundary.fields[1]] - content[boundary.fields[0]]
        if boundary.slope is None:
            assert abs(electrons) < 1e-9
        else:
            assert boundary.slope == pytest.approx(-SLOPE * protons / electrons, abs=1e-9)
        for ph, potential in boundary.segment:  # both fields are in equilibrium at both ends
            a, b = (f for f in diagram.fields if f.name in boundary.fields)
            assert a.plane @ (1, ph, potential) == pytest.approx(b.plane @ (1, ph, potential), abs=1e-3)
            assert diagram.energy(ph, potential) == pytest.approx(a.plane @ (1, ph, potential), abs=1e-3)


def test_polygons_tile_the_plot():
    diagram = pourbaix_diagram(["Fe", "Cr", "Ni"], ph=(0, 14), potential=(-1.5, 2.0))
    areas = []
    for field in diagram.fields:
        x, y = field.polygon.T
        areas.append(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    assert min(areas) > 0.0
    assert sum(areas) == pytest.approx(14 * 3.5, rel=1e-12)
    # Euler: vertices − edges + faces = 1 in the plane, with all inner vertices of degree three
    inner = len(diagram.triple_points)
    assert inner >= len(diagram.fields) - 2


def test_two_elements_against_all_pairs():
    """Brute force: the lowest of all combinations of one or two compounds, at random points."""
    diagram = pourbaix_diagram({"Fe": 0.7, "Cr": 0.3})
    counts = composition_matrix(diagram.compounds, ["Fe", "Cr"])
    rng = np.random.default_rng(7)
    ph, potential = rng.uniform(-2, 16, 300), rng.uniform(-2, 2.5, 300)
    energies = diagram.compound_energies(ph, potential)
    best = np.full(300, np.inf)
    for i, j in combinations(range(len(counts)), 2):
        if abs(np.linalg.det(counts[[i, j]])) < 1e-9:
            continue
        amounts = np.linalg.solve(counts[[i, j]].T, [0.7, 0.3])
        if amounts.min() > -1e-12:
            best = np.minimum(best, energies[:, [i, j]] @ amounts)
    assert diagram.energy(ph, potential) == pytest.approx(best, rel=1e-9, abs=1e-3)


def test_grid_agrees_with_points():
    diagram = pourbaix_diagram(["Fe", "Cr", "Mo"], points=(160, 120))
    assert diagram.winner.shape == (120, 160)
    expected = diagram.index_at(diagram.ph, diagram.potential[:, None])
    energy = [[f.plane @ (1, p, e) for p in diagram.ph] for f in diagram.fields for e in diagram.potential]
    energy = np.array(energy).reshape(len(diagram.fields), 120, 160)
    differing = diagram.winner != expected
    gap = np.take_along_axis(energy, diagram.winner[None].astype(int), 0)[0] - energy.min(axis=0)
    assert gap[differing].max(initial=0.0) < 1e-6  # only exact ties may be settled otherwise


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(ELEMENTS), st.floats(0.0, 1e5), st.floats(-1, 15), st.floats(-1.9, 2.4))
def test_unstable_compounds_change_nothing(element, excess, ph, potential):
    """A compound raised above the stable assemblage everywhere leaves the diagram as it was."""
    table = standard_table()
    plain = pourbaix_diagram(element)
    # twice an existing solid, with more energy than twice its own
    solid = next(c for c in plain.compounds if c.phase == "s")
    double = Compound(
        "duplicate", {k: 2 * v for k, v in solid.elements.items()}, 0, "s", 2 * solid.gibbs_energy + excess + 1.0
    )
    more = pourbaix_diagram(element, compounds=[*table.select([element]), double])
    assert [f.name for f in plain.fields] == [f.name for f in more.fields]
    assert plain.stable_at(ph, potential) == more.stable_at(ph, potential)


@settings(max_examples=20, deadline=None)
@given(st.floats(-8, 0), st.floats(1e-3, 1e3))
def test_composition_scale_and_concentration(log_c, factor):
    one = pourbaix_diagram({"Fe": 1.0, "Cr": 2.0}, conditions=Conditions(concentration=10**log_c))
    other = pourbaix_diagram({"Fe": factor, "Cr": 2 * factor}, conditions=Conditions(concentration=10**log_c))
    assert one.names == other.names
    # a solid and its ion in equilibrium: the line moves by RT/nF ln c
    iron = pourbaix_diagram("Fe", conditions=Conditions(concentration=10**log_c))
    line = next(b for b in iron.boundaries if set(b.fields) == {"Fe", "Fe2+"})
    standard = standard_table().gibbs_energy("Fe2+") / (2 * FARADAY)
    assert line.intercept == pytest.approx(standard + SLOPE / 2 * log_c, abs=1e-9)


def test_mass_balance_of_every_field():
    diagram = pourbaix_diagram({"Fe": 0.72, "Cr": 0.18, "Ni": 0.1})
    for field in diagram.fields:
        for element, fraction in diagram.composition.items():
            atoms = sum(v * diagram.table[name].count(element) for name, v in field.amounts.items())
            assert atoms == pytest.approx(fraction, abs=1e-12)


def test_excess_energy():
    diagram = pourbaix_diagram(["Fe", "Cr"])
    assert diagram.excess_energy("Cr2O3", 7.0, 0.0) == pytest.approx(0.0, abs=1e-6)
    ph, potential = np.meshgrid(np.linspace(0, 14, 5), np.linspace(-1, 1.5, 4))
    for name in ("FeCr2O4", "Fe(OH)3", "HCrO4-"):
        excess = diagram.excess_energy(name, ph, potential)
        assert excess.shape == ph.shape
        assert excess.min() > -1e-6
    # haematite against goethite: the same everywhere, 2 FeOOH = Fe2O3 + H2O
    table = standard_table()
    gain = 2 * table.gibbs_energy("FeOOH") - table.gibbs_energy("Fe2O3") - table.gibbs_energy("H2O")
    assert diagram.excess_energy("FeOOH", 7.0, 0.5) == pytest.approx(gain / 2, abs=1e-6)


def test_gases_and_polynuclear_species():
    # 1 µmol/L of CO2 is in equilibrium with 10^-6 / 10^-1.47 = 30 µbar; below that the gas wins
    names = [pourbaix_diagram("C", conditions=Conditions(fugacity={"CO2(g)": p})).names for p in (20e-6, 40e-6)]
    assert ["CO2(g)" in found for found in names] == [True, False]
    assert "CO2(g)" not in pourbaix_diagram("C").names
    per_species = Conditions(concentration=0.1)
    per_atom = Conditions(concentration=0.1, count_atoms=True)
    dichromate = standard_table()["Cr2O7^2-"]
    assert np.exp(per_species.log_activity(dichromate)) == pytest.approx(0.1)
    assert np.exp(per_atom.log_activity(dichromate)) == pytest.approx(0.05)
    assert "Cr2O7^2-" in pourbaix_diagram("Cr", conditions=per_species).names
    assert "Cr2O7^2-" not in pourbaix_diagram("Cr").names


def test_dry_water_and_gas_pressures_move_the_window():
    table = standard_table()
    plain = water_window(table)
    pressed = water_window(table, hydrogen=100.0, oxygen=0.21)
    assert plain.oxygen[0] == pytest.approx(1.2288, abs=2e-4)
    assert pressed.hydrogen[0] - plain.hydrogen[0] == pytest.approx(-SLOPE, rel=1e-12)
    assert pressed.oxygen[0] - plain.oxygen[0] == pytest.approx(SLOPE / 4 * np.log10(0.21), rel=1e-9)
    dry = water_window(table, Conditions(water_activity=0.5))
    assert dry.oxygen[0] > plain.oxygen[0]


def test_reactions_are_balanced_text():
    diagram = pourbaix_diagram("Fe", exclude=["FeOH+"])
    texts = {frozenset(b.fields): b.reaction for b in diagram.boundaries}
    assert texts[frozenset(("Fe2+", "Fe3O4"))] == "3 Fe2+ + 4 H2O = Fe3O4 + 8 H+ + 2 e-"
    assert texts[frozenset(("Fe2O3", "Fe3+"))] == "2 Fe3+ + 3 H2O = Fe2O3 + 6 H+"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pourbaix_diagram("Au"), "no candidate"),
        (lambda: pourbaix_diagram({"Fe": -1.0}), "positive"),
        (lambda: pourbaix_diagram({"O": 1.0}), "set by pH"),
        (lambda: pourbaix_diagram([]), "no element"),
        (lambda: pourbaix_diagram("Fe", ph=(14, 0)), "increasing"),
        (lambda: pourbaix_diagram("Fe", exclude=["FeX"]), "not a chemical element"),
        (lambda: pourbaix_diagram("Fe", compounds=["Fe", "Cr"]), "other elements"),
        (lambda: pourbaix_diagram(["Fe", "Cr"], conditions=Conditions(concentration={"Fe": 1e-6})), "no concentration"),
        (lambda: Conditions(temperature=0.0), "temperature"),
        (lambda: Conditions(concentration=-1.0), "concentration"),
        (lambda: Conditions(water_activity=0.0), "water_activity"),
        (lambda: CompoundTable([Compound.from_formula("Fe", 0.0)]), "water"),
        (lambda: Compound.from_formula("Fe", float("nan")), "Gibbs"),
        (lambda: read_table(["name,phase,charge,dfG0_J_mol,S0_J_mol_K,source", "Fe2+,aq,3,0,0,x"]), "disagree"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_large_grid_is_quick():
    """1000 × 1000 points, three elements, at least 60 compounds, in at most 2 s."""
    pourbaix_diagram(["Fe", "Cr"])  # imports are not what is timed
    table = standard_table()
    chosen = list(table.select(["Fe", "Cr", "Mn"]))
    chosen += [
        Compound(f"variant {c.name}", c.elements, c.charge, c.phase, c.gibbs_energy + 2000.0 * (1 + i % 3))
        for i, c in enumerate(chosen[: max(0, 66 - len(chosen))])
    ]
    assert len(chosen) >= 60
    start = perf_counter()
    diagram = pourbaix_diagram(["Fe", "Cr", "Mn"], compounds=chosen, points=(1000, 1000))
    assert diagram.winner.shape == (1000, 1000)
    assert perf_counter() - start < 2.0
