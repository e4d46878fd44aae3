"""Nernst, chord conductance, Goldman-Hodgkin-Katz, energies and charges of ions across a membrane."""

import numpy as np
import pytest
from closed_form_data import items
from hypothesis import given
from hypothesis import strategies as st

from npsolver import equilibrium as eq
from npsolver.errors import InputError
from npsolver.units import FARADAY, thermal_voltage

MEMBRANE, NEURON = items("membrane"), items("semiconductors_neurons")
BODY = 310.15

valence = st.sampled_from([-3, -2, -1, 1, 2, 3])
concentration = st.floats(1e-4, 1e3)
kelvin = st.floats(250.0, 400.0)
volt = st.floats(-0.3, 0.3)


@pytest.mark.parametrize("row", list(zip(MEMBRANE["Nernst"]["parameters"]["cases"], MEMBRANE["Nernst"]["values"])))
def test_nernst_reference(row):
    case, value = row
    potential = eq.nernst_potential(case["z"], case["cL_mol_m3"], case["cR_mol_m3"], 298.15)
    assert potential == pytest.approx(value["phiL_minus_phiR_V"], abs=1e-14)


def test_nernst_of_a_mammalian_cell():
    """K+, Na+, Cl-, Ca2+ at 310.15 K: -89.059, +60.634, -64.088, +132.344 mV."""
    potentials = eq.nernst_potential([1, 1, -1, 2], [140, 15, 10, 1e-4], [5, 145, 110, 2], BODY)
    np.testing.assert_allclose(potentials, [-0.089059, 0.060634, -0.064088, 0.132344], atol=5e-7)


@pytest.mark.parametrize("name", ["neuron-Nernst-squid", "neuron-Nernst-mammal"])
def test_nernst_of_neurons(name):
    item = NEURON[name]
    for ion in item["parameters"]["ions"]:
        potential = eq.nernst_potential(ion["z"], float(ion["in_"]), ion["out"], item["parameters"]["T_K"])
        assert potential == pytest.approx(item["values"][ion["ion"]], abs=1e-14)


@given(valence, concentration, concentration, kelvin)
def test_nernst_symmetries(z, inside, outside, T):
    potential = eq.nernst_potential(z, inside, outside, T)
    assert eq.nernst_potential(-z, inside, outside, T) == -potential
    assert eq.nernst_potential(z, outside, inside, T) == -potential
    assert eq.nernst_potential(z, 7 * inside, 7 * outside, T) == pytest.approx(potential, abs=1e-15)
    assert eq.nernst_potential(z, inside, outside, 2 * T) == pytest.approx(2 * potential)


def test_nernst_does_not_overflow():
    assert np.isfinite(eq.nernst_potential(1, 1e-200, 1e200, 300.0))


def test_driving_force_and_its_direction():
    """-65 - 61.5 = -126.5 mV drives Na+ in; -68.2 + 94.5 = +26.3 mV drives K+ out; anions the other way."""
    force = eq.driving_force([-0.065, -0.0682], [0.0615, -0.0945])
    np.testing.assert_allclose(force, [-0.1265, 0.0263], atol=1e-15)
    np.testing.assert_array_equal(eq.ion_flow_direction(1, force), [-1, 1])
    np.testing.assert_array_equal(eq.ion_flow_direction(-1, force), [1, -1])
    assert eq.ion_flow_direction(2, 0.0) == 0


def test_current_is_conductance_times_driving_force():
    assert eq.chord_current(10.0, -0.0682, -0.0945) == pytest.approx(0.263)
    assert abs(eq.chord_current(1e-9, -0.065, 0.0615)) < 2e-10, "a large driving force with tiny g gives tiny current"


def test_chord_voltage_balances_the_currents():
    g, E = [3.67, 0.1, 1.0], [-0.089, 0.061, -0.064]
    V = eq.chord_voltage(g, E, 0.02)
    assert eq.chord_current(g, V, E).sum() + 0.02 == pytest.approx(0, abs=1e-15)
    assert eq.chord_voltage([1.0, 0.0], [-0.09, 0.06]) == -0.09


@pytest.mark.parametrize("name", ["GHK-squid-rest", "GHK-squid-peak", "GHK-mammal-rest"])
def test_ghk_reference(name):
    p, values = MEMBRANE[name]["parameters"], MEMBRANE[name]["values"]
    ions = [p[key] for key in ("z", "P_m_s", "c_in_mol_m3", "c_out_mol_m3")]
    assert eq.ghk_voltage(*ions, p["T_K"]) == pytest.approx(values["V_rev_V"], abs=1e-14)
    for row in values["currents"]:
        currents = eq.ghk_current(*(np.array(v, float) for v in ions), row["V"], p["T_K"])
        np.testing.assert_allclose(currents, list(row["I_A_m2"].values()), rtol=1e-10)


def test_ghk_with_a_divalent_ion_is_the_thin_film_limit():
    p, values = MEMBRANE["PNP-film-Ca-K-Cl"]["parameters"], MEMBRANE["PNP-film-Ca-K-Cl"]["values"]
    V = eq.ghk_voltage(p["z"], p["D_m2_s"], p["cL_mol_m3"], p["cR_mol_m3"], p["T_K"])
    assert pytest.approx(values["GHK_limit_V_eps_to_inf"], abs=1e-14) == -V


permeant = st.tuples(st.sampled_from([-2, -1, 1, 2]), st.floats(1e-3, 1.0), concentration, concentration)


@given(st.lists(permeant, min_size=2, max_size=5), kelvin)
def test_ghk_voltage_cancels_the_currents(ions, T):
    z, P, inside, outside = (np.array(v, float) for v in zip(*ions))
    V = eq.ghk_voltage(z, P, inside, outside, T)
    currents = eq.ghk_current(z, P, inside, outside, V, T)
    influx = FARADAY * np.abs(z) * P * (inside + outside)
    assert abs(currents.sum()) <= 1e-10 * influx.sum() * (1 + abs(V) / thermal_voltage(T))
    nernst = eq.nernst_potential(z, inside, outside, T)
    assert nernst.min() - 1e-12 <= V <= nernst.max() + 1e-12
    assert eq.ghk_voltage(z, 3 * P, 5 * inside, 5 * outside, T) == pytest.approx(V, abs=1e-12)
    assert eq.ghk_voltage(z, P, outside, inside, T) == pytest.approx(-V, abs=1e-12)


@given(valence, concentration, concentration, volt, kelvin)
def test_ghk_current_symmetries(z, inside, outside, V, T):
    current = eq.ghk_current(z, 1e-8, inside, outside, V, T)
    assert eq.ghk_current(-z, 1e-8, inside, outside, -V, T) == pytest.approx(-current, rel=1e-12)
    size = FARADAY * abs(z) * 1e-8 * (inside + outside) * (1 + abs(z * V) / thermal_voltage(T))
    assert eq.ghk_current(z, 1e-8, outside, inside, -V, T) == pytest.approx(-current, rel=1e-12, abs=1e-14 * size)
    rest = eq.nernst_potential(z, inside, outside, T)
    assert abs(eq.ghk_current(z, 1e-8, inside, outside, rest, T)) < 1e-13 * size * (
        1 + abs(z * rest / thermal_voltage(T))
    )


def test_ghk_voltage_tends_to_nernst():
    mixed = eq.ghk_voltage([1, 1, 2], [1, 1e-12, 1e-12], [140, 12, 1e-4], [5, 145, 2], BODY)
    assert mixed == pytest.approx(eq.nernst_potential(1, 140, 5, BODY), abs=1e-9)


def test_ghk_is_smooth_through_zero_volt():
    currents = eq.ghk_current(1, 1e-8, 100.0, 10.0, np.array([-1e-9, 0.0, 1e-9]), 298.15)
    assert currents[1] == pytest.approx(FARADAY * 1e-8 * 90, rel=1e-14)
    assert currents[1] == pytest.approx((currents[0] + currents[2]) / 2, rel=1e-12)


def test_zero_net_current_with_ionic_fluxes():
    ions = ([1, 1, -1], [1e-8, 5e-10, 4.5e-9], [140, 12, 7], [5, 145, 110])
    V = eq.ghk_voltage(*ions, BODY)
    currents = eq.ghk_current(*(np.array(v, float) for v in ions), V, BODY)
    assert abs(currents.sum()) < 1e-15
    assert np.all(np.abs(currents) > 1e-3)


def test_ghk_voltage_over_many_cells_at_once():
    inside = np.array([[140, 100.0], [12, 20], [1e-4, 1e-3]])
    both = eq.ghk_voltage([1, 1, 2], [1, 0.05, 0.1], inside, [5, 145, 2], BODY)
    each = [eq.ghk_voltage([1, 1, 2], [1, 0.05, 0.1], inside[:, i], [5, 145, 2], BODY) for i in range(2)]
    np.testing.assert_allclose(both, each, rtol=1e-13)


def test_no_potential_stops_a_one_way_current():
    with pytest.raises(InputError, match="one direction"):
        eq.ghk_voltage([1, 2], [1, 1], [10, 1], [0, 0], BODY)


def test_energy_of_gradients():
    """20 000-fold Ca2+ at 310.15 K holds 25.54 kJ/mol; Na+ entering at threshold gives off about 11.2 kJ/mol."""
    assert eq.gradient_energy(2e4, BODY) == pytest.approx(25.54e3, abs=5)
    p, values = NEURON["neuron-energetics"]["parameters"], NEURON["neuron-energetics"]["values"]
    assert eq.gradient_energy(p["Ca_ratio"], p["T_K"]) == pytest.approx(values["Ca_conc_term_kJ"] * 1e3, abs=1e-6)
    calcium = eq.transfer_energy(2, 2.0, 1e-4, -0.070, p["T_K"])
    assert calcium == pytest.approx(values["Ca_total_at_minus70mV_kJ"] * 1e3, abs=1e-6)
    sodium = eq.transfer_energy(1, p["Na_out"], p["Na_in"], p["V_threshold"], p["T_K"])
    assert sodium == pytest.approx(values["Na_influx_at_threshold_kJ"] * 1e3, abs=1e-6)
    assert sodium == pytest.approx(-11.2e3, abs=100)


@given(valence, concentration, concentration, kelvin)
def test_transfer_costs_nothing_at_the_nernst_potential(z, inside, outside, T):
    E = eq.nernst_potential(z, inside, outside, T)
    assert eq.transfer_energy(z, outside, inside, E, T) == pytest.approx(0, abs=1e-8)


def test_charge_economy():
    p, values = NEURON["AP-charge"]["parameters"], NEURON["AP-charge"]["values"]
    assert eq.charge_for_swing(p["C_F_m2"], p["dV_V"]) == pytest.approx(values["n_mol_m2"], rel=1e-12)
    fraction = eq.concentration_change(p["C_F_m2"], p["dV_V"], 1, p["K_in_mol_m3"], p["diameter_m"] / 4)
    assert fraction == pytest.approx(values["fraction_of_K"], rel=1e-12)
    cell = eq.concentration_change(0.01, 0.12, 1, 140, 50e-6 / 3)
    assert 1e-7 < cell < 1e-5, "an action potential moves about one part in a million of the ions of a cell"
