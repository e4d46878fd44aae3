"""Reaction energies, dissolution from computed energies, hydrogen-electrode steps and the price of captured carbon."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npsolver import equilibrium as eq
from npsolver.errors import InputError
from npsolver.units import FARADAY, GAS_CONSTANT

ITEMS = json.loads((Path(__file__).parents[1] / "data" / "equilibrium_laws.json").read_text(encoding="utf-8"))["items"]
LN10 = np.log(10.0)
T = 298.15

volt = st.floats(-3, 3)
acid = st.floats(-1, 15)
energy = st.floats(-5e5, 5e5)
kelvin = st.floats(250, 400)


def test_standard_fuel_cell_voltages():
    item = ITEMS["FC-298"]
    g = {name: value * 1e3 for name, value in item["parameters"]["dfG_kJ"].items()} | {"H2": 0, "O2": 0, "C": 0}
    reactions = {
        "E_H2_liquid": ({"H2": -1, "O2": -0.5, "H2O_l": 1}, 2),
        "E_H2_gas": ({"H2": -1, "O2": -0.5, "H2O_g": 1}, 2),
        "E_C": ({"C": -1, "O2": -1, "CO2": 1}, 4),
        "E_methanol": ({"CH3OH_l": -1, "O2": -1.5, "CO2": 1, "H2O_l": 2}, 6),
    }
    for name, (reaction, electrons) in reactions.items():
        voltage = eq.cell_potential(eq.reaction_free_energy(reaction, g), electrons)
        assert voltage == pytest.approx(item["values"][name], abs=item["tolerance"]["abs_V"])


def test_solid_oxide_fuel_cell():
    item = ITEMS["SOFC-Nernst"]
    x, abs_v = item["parameters"]["x"], item["tolerance"]["E_abs_V"]
    reaction = {"H2": -1, "O2": -0.5, "H2O": 1}
    for row in item["values"]:
        t, g = row["T_K"], row["dG_H2_J_mol"]
        assert eq.cell_potential(g, 2) == pytest.approx(row["E0_H2_V"], abs=1e-9)
        actual = eq.with_activities(g, reaction, x, t)
        assert eq.cell_potential(actual, 2) == pytest.approx(row["E_H2_V"], abs=abs_v)
        pressure = eq.equilibrium_oxygen_pressure(g, x["H2O"] / x["H2"], t)
        assert pressure == pytest.approx(row["pO2_fuel_atm"], rel=1e-9)
        # the same voltage once more, as an oxygen concentration cell
        as_oxygen = GAS_CONSTANT * t / (4 * FARADAY) * np.log(x["O2"] / pressure)
        assert as_oxygen == pytest.approx(row["E_H2_V"], abs=1e-9)


def test_captured_carbon():
    item = ITEMS["CO2-shift"]
    p, v, abs_v = item["parameters"], item["values"], item["tolerance"]["abs_V"]
    both = p["pK1"] + p["pK2"]
    standard = v["standard_pre_kJ"]
    for name, pka, m in (("HCO3_to_CO2", p["pK1"], 1), ("CO3_to_CO2", both, 2), ("CO3_to_HCO3", p["pK2"], 1)):
        assert eq.pre_equilibrium_free_energy(0, pka, m, T) == pytest.approx(standard[name] * 1e3, rel=1e-12)
    ph = np.array([row["pH"] for row in v["rows"]])
    bicarbonate = eq.capture_penalty(ph, p["pK1"], 1, p["n"], p["T_K"])
    carbonate = eq.capture_penalty(ph, both, 2, p["n"], p["T_K"])
    fractions = eq.carbonate_fractions(ph, p["pK1"], p["pK2"])
    for i, row in enumerate(v["rows"]):
        assert bicarbonate.free_energy[i] == pytest.approx(row["dG_HCO3_to_CO2_J"], abs=2 * FARADAY * abs_v)
        assert bicarbonate.potential_shift[i] == pytest.approx(row["DU_HCO3_V"], abs=abs_v)
        assert carbonate.free_energy[i] == pytest.approx(row["dG_CO3_to_CO2_J"], abs=2 * FARADAY * abs_v)
        assert carbonate.potential_shift[i] == pytest.approx(row["DU_CO3_V"], abs=abs_v)
        got = [f[i] for f in fractions]
        assert got == pytest.approx([row["f_CO2"], row["f_HCO3"], row["f_CO3"]], rel=1e-9)


@given(ph=st.floats(-300, 300), pka1=st.floats(0, 20), pka2=st.floats(0, 20))
def test_carbonate_fractions_are_fractions(ph, pka1, pka2):
    fractions = np.array(eq.carbonate_fractions(ph, pka1, pka2))
    assert np.all(fractions >= 0)
    assert fractions.sum() == pytest.approx(1.0, abs=1e-14)


def test_capture_penalty_is_the_shift_that_speciation_demands():
    # CO2(aq) in equilibrium with the capturing ion: one potential, whichever reactant is written
    ph, pka1, pka2 = 9.0, 6.352, 10.329
    co2, bicarbonate, carbonate = eq.carbonate_fractions(ph, pka1, pka2)
    half = GAS_CONSTANT * T / (2 * FARADAY)
    shift = eq.capture_penalty(ph, [pka1, pka1 + pka2], [1, 2], 2, T).potential_shift
    assert half * np.log(co2) == pytest.approx(shift[0] + half * np.log(bicarbonate), abs=1e-12)
    assert half * np.log(co2) == pytest.approx(shift[1] + half * np.log(carbonate), abs=1e-12)


@given(g=energy, n=st.integers(1, 4), m=st.integers(-4, 8), ph=acid, temperature=kelvin)
def test_dissolution_potential_is_the_zero_of_the_free_energy(g, n, m, ph, temperature):
    potential = eq.dissolution_potential(g, n, temperature, protons=m, ph=ph)
    left = eq.electrochemical_free_energy(g, n, m, potential, ph, temperature)
    assert left == pytest.approx(0.0, abs=1e-8)


@given(potential=volt, ph=acid, n=st.integers(1, 3), a=st.floats(1e-9, 10))
def test_dissolution_slopes(potential, ph, n, a):
    base = eq.dissolution_free_energy(-3e4, 2e4, n, potential, T, protons=-2, ph=ph, ion_activity=a)
    per_volt = eq.dissolution_free_energy(-3e4, 2e4, n, potential + 1, T, protons=-2, ph=ph, ion_activity=a)
    per_ph = eq.dissolution_free_energy(-3e4, 2e4, n, potential, T, protons=-2, ph=ph + 1, ion_activity=a)
    per_decade = eq.dissolution_free_energy(-3e4, 2e4, n, potential, T, protons=-2, ph=ph, ion_activity=10 * a)
    slope = LN10 * GAS_CONSTANT * T
    assert per_volt - base == pytest.approx(-n * FARADAY, rel=1e-9)
    assert per_ph - base == pytest.approx(2 * slope, rel=1e-9)
    assert per_decade - base == pytest.approx(slope, rel=1e-9)


def test_dissolution_from_electronvolts():
    # M(s) at -3.20 eV, M2+(aq) at -4.10 eV: -0.9 eV released, two electrons -> -0.45 V
    solid, ion = eq.from_electronvolt(-3.20), eq.from_electronvolt(-4.10)
    assert eq.dissolution_potential(ion - solid, 2, T) == pytest.approx(-0.45, abs=1e-12)
    at_zero = eq.dissolution_free_energy(ion, solid, 2, 0.0, T)
    assert at_zero == pytest.approx(-0.9 * FARADAY, rel=1e-12)
    dilute = eq.dissolution_free_energy(ion, solid, 2, -0.45, T, ion_activity=1e-6)
    assert dilute == pytest.approx(-6 * LN10 * GAS_CONSTANT * T, rel=1e-9)


@given(u=volt, ph=acid, temperature=kelvin)
def test_hydrogen_electrode_is_in_equilibrium_with_its_gas(u, ph, temperature):
    # at 0 V against the reversible electrode, H+ + e- weighs as much as half H2, at any pH
    pair = eq.proton_electron_pair(u, ph, temperature, hydrogen=-1e4)
    rhe = eq.reversible_hydrogen_potential(u, ph, temperature)
    assert pair == pytest.approx(-5e3 - FARADAY * rhe, abs=1e-7)
    parts = eq.electron_chemical_potential(u) + eq.proton_chemical_potential(ph, temperature, -5e3)
    assert pair == pytest.approx(parts, abs=1e-7)


def test_limiting_potential_and_diagram():
    steps, electrons = eq.from_electronvolt([0.6, -0.2, -0.1]), np.array([1, 1, 0])
    limit = eq.limiting_potential(steps, electrons)
    assert limit == pytest.approx(-0.6, abs=1e-12)
    levels = eq.free_energy_diagram(steps, electrons, [0.0, limit])
    assert levels.shape == (4, 2)
    assert levels[:, 0] / FARADAY == pytest.approx([0, 0.6, 0.4, 0.3], abs=1e-12)
    assert np.all(np.diff(levels[:, 1]) <= 1e-9)
    assert eq.limiting_potential(eq.from_electronvolt([1.6, 1.1, 1.5, 0.72]), -1) == pytest.approx(1.6, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: eq.reaction_free_energy({"Fe": 1}, {"Cu": 0.0}), "Fe"),
        (lambda: eq.with_activities(0.0, {"Fe2+": 1}, {"Fe2+": 0.0}, T), "Fe2+"),
        (lambda: eq.with_activities(0.0, {"Fe2+": 1}, {"Cu2+": 1.0}, T), "Cu2+"),
        (lambda: eq.cell_potential(1e5, 0), "electrons"),
        (lambda: eq.dissolution_potential(1e5, 0, T), "electrons"),
        (lambda: eq.dissolution_free_energy(0, 0, 2, 0.0, -5.0), "temperature"),
        (lambda: eq.dissolution_free_energy(0, 0, 2, 0.0, T, ion_activity=-1), "ion_activity"),
        (lambda: eq.capture_penalty(8, 6.3, 1, 0, T), "electrons"),
        (lambda: eq.limiting_potential([1.0, 2.0], [1, -1]), "electrons"),
        (lambda: eq.limiting_potential([1.0], [0]), "electrons"),
        (lambda: eq.equilibrium_oxygen_pressure(-2e5, 0.0, 1000), "oxidised_over_reduced"),
    ],
)
def test_refuses_by_name(call, name):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.key == name
