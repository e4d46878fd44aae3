"""Donnan, Teorell-Meyer-Sievers and Goldman membranes, and the exact electroneutral film behind them."""

import numpy as np
import pytest
from closed_form_data import column, items
from hypothesis import given, settings
from hypothesis import strategies as st

from npsolver import equilibrium as eq
from npsolver.errors import InputError
from npsolver.units import FARADAY, GAS_CONSTANT, thermal_voltage

MEMBRANE = items("membrane")
T = 298.15
concentration = st.floats(1e-3, 1e3)
charge = st.floats(-1e3, 1e3)


@pytest.mark.parametrize("name", ["Donnan-NaCl-cation-exch", "Donnan-4ion"])
def test_donnan_reference(name):
    p, values = MEMBRANE[name]["parameters"], MEMBRANE[name]["values"]
    phase = eq.donnan(p["z"], p["c_bath_mol_m3"], p["X_mol_m3"], p["T_K"])
    assert phase.potential == pytest.approx(values["phi_donnan_V"], abs=1e-14)
    np.testing.assert_allclose(phase.concentration, list(values["c_membrane_mol_m3"].values()), rtol=1e-12)
    assert phase.osmotic_pressure == pytest.approx(values["osmotic_pressure_diff_Pa"], rel=1e-12)


@given(concentration, concentration, charge)
def test_donnan_is_electroneutral_and_boltzmann(salt, other, X):
    z, bath = np.array([1, 2, -1]), np.array([salt, other, salt + 2 * other])
    phase = eq.donnan(z, bath, X, T)
    assert abs(z @ phase.concentration + X) <= 1e-12 * (np.abs(z) @ phase.concentration + abs(X))
    np.testing.assert_allclose(phase.concentration, bath * eq.boltzmann_factor(z, phase.potential, T), rtol=1e-12)
    mirrored = eq.donnan(-z, bath, -X, T)
    assert mirrored.potential == pytest.approx(-phase.potential, abs=1e-14)
    assert phase.osmotic_pressure >= -1e-9 * GAS_CONSTANT * T * bath.sum()


@given(concentration, charge)
def test_donnan_of_one_salt_in_closed_form(c, X):
    expected = thermal_voltage(T) * np.arcsinh(X / (2 * c))
    assert eq.donnan_potential([1, -1], [c, c], X, T) == pytest.approx(expected, abs=1e-13)


def test_donnan_partition():
    """Unequal partition coefficients alone set up a potential: RT/2F ln(K+/K-)."""
    phase = eq.donnan([1, -1], [10, 10], 0.0, T, partition=[4.0, 1.0])
    assert phase.potential == pytest.approx(thermal_voltage(T) / 2 * np.log(4), abs=1e-14)
    np.testing.assert_allclose(phase.concentration, [20, 20])
    standard = eq.donnan([1, -1], [10, 10], 0.0, T, standard_potential=[-GAS_CONSTANT * T * np.log(4.0), 0.0])
    assert standard.potential == pytest.approx(phase.potential, abs=1e-14)


def test_donnan_broadcasts_over_charge_and_bath():
    X, c = np.array([[-10.0], [0.0], [100.0]]), np.array([1.0, 10.0])
    phase = eq.donnan([1, -1], [c, c], X, T)
    assert phase.potential.shape == (3, 2)
    assert phase.concentration.shape == (2, 3, 2)
    np.testing.assert_allclose(phase.potential, thermal_voltage(T) * np.arcsinh(X / (2 * c)), atol=1e-14)


@pytest.mark.parametrize("name", ["TMS-NaCl-CEM-100", "TMS-KCl-CEM-1000"])
def test_teorell_meyer_sievers_reference(name):
    p, rows = MEMBRANE[name]["parameters"], MEMBRANE[name]["values"]
    D = [float(v) for v in p["D_plus_minus_m2_s"]]
    parts = eq.teorell_meyer_sievers(p["c1_mol_m3"], column(rows, "c2_mol_m3"), p["X_mol_m3"], *D, p["T_K"])
    np.testing.assert_allclose(parts.total, column(rows, "phi2_minus_phi1_V"), atol=1e-12)
    np.testing.assert_allclose(parts.donnan_right, column(rows, "donnan2_V"), atol=1e-12)
    np.testing.assert_allclose(parts.diffusion, column(rows, "diffusion_V"), atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(concentration, concentration, charge, st.floats(0.2, 5.0))
def test_teorell_meyer_sievers_is_the_film_with_donnan_faces(left, right, X, ratio):
    D = np.array([1e-9, ratio * 1e-9])
    closed = eq.teorell_meyer_sievers(left, right, X, *D, T)
    parts, _ = eq.charged_membrane([1, -1], D, [left, left], [right, right], X, T)
    assert parts.total == pytest.approx(closed.total, abs=1e-10)
    size = D.max() * (left + right + abs(X))
    np.testing.assert_allclose(parts.flux_times_thickness, closed.flux_times_thickness, atol=1e-11 * size)
    assert eq.teorell_meyer_sievers(right, left, X, *D, T).total == pytest.approx(-closed.total, abs=1e-13)


def test_teorell_meyer_sievers_limits():
    uncharged = eq.teorell_meyer_sievers(10.0, 100.0, 0.0, 1e-9, 2e-9, T)
    assert uncharged.total == pytest.approx(eq.binary_junction(1, -1, 1e-9, 2e-9, 10.0, T), abs=1e-15)
    assert uncharged.flux_times_thickness == pytest.approx(-eq.nernst_hartley(1, -1, 1e-9, 2e-9) * 90)
    selective = eq.teorell_meyer_sievers(1.0, 10.0, -1e8, 1e-9, 2e-9, T)
    assert selective.total == pytest.approx(-eq.nernst_potential(1, 1.0, 10.0, T), abs=1e-9)


@pytest.mark.parametrize("name", ["EN-charged-3ion", "EN-charged-4ion"])
def test_charged_film_of_several_ions_reference(name):
    p, values = MEMBRANE[name]["parameters"], MEMBRANE[name]["values"]
    baths = p["cL_bath_mol_m3"], p["cR_bath_mol_m3"]
    parts, film = eq.charged_membrane(p["z"], p["D_m2_s"], *baths, p["X_mol_m3"], p["T_K"])
    assert parts.total == pytest.approx(values["phiR_minus_phiL_total_V"], abs=1e-12)
    assert parts.donnan_left == pytest.approx(values["donnanL_V"], abs=1e-12)
    assert parts.diffusion == pytest.approx(values["diffusion_V"], abs=1e-12)
    np.testing.assert_allclose(film.flux_times_thickness, list(values["J_times_L_mol_m_s"].values()), rtol=1e-10)
    x = values["profile"]["x_over_L"]
    np.testing.assert_allclose(np.interp(x, film.position, film.potential), values["profile"]["phi_V"], atol=1e-7)
    for c, expected in zip(film.concentration, values["profile"]["c_mol_m3"]):
        np.testing.assert_allclose(np.interp(x, film.position, c), expected, rtol=1e-4)


ions = st.lists(st.tuples(st.floats(0.0, 100.0), st.floats(0.0, 100.0), st.floats(0.1, 9.0)), min_size=3, max_size=3)


def compose(drawn, X):
    """Three cations (1, 2, 1) and an anion that makes both faces electroneutral."""
    z = np.array([1.0, 2.0, 1.0, -1.0])
    left, right, D = (np.array(v) for v in zip(*drawn))
    left, right = left + 1.0, right + 1.0
    anion_left, anion_right = z[:3] @ left + X, z[:3] @ right + X
    return z, np.append(D, 2.0) * 1e-9, np.append(left, anion_left), np.append(right, anion_right)


@settings(max_examples=40, deadline=None)
@given(ions, st.floats(0.0, 50.0))
def test_film_has_no_current_and_reverses_with_its_faces(drawn, X):
    z, D, left, right = compose(drawn, X)
    film = eq.electroneutral_film(z, D, left, right, T, fixed_charge=X)
    size = FARADAY * (np.abs(z) * D) @ (left + right)
    assert abs(film.current_times_thickness) < 1e-11 * size
    back = eq.electroneutral_film(z, D, right, left, T, fixed_charge=X)
    assert back.potential_difference == pytest.approx(-film.potential_difference, abs=1e-11)
    np.testing.assert_allclose(back.flux_times_thickness, -film.flux_times_thickness, atol=1e-11 * size / FARADAY)
    assert np.all(film.concentration > -1e-12 * left.max())
    np.testing.assert_allclose(film.concentration[:, -1], right, rtol=1e-10, atol=1e-10)


@settings(max_examples=25, deadline=None)
@given(ions, st.floats(-0.2, 0.2))
def test_film_current_and_voltage_invert_each_other(drawn, voltage):
    z, D, left, right = compose(drawn, 0.0)
    at_voltage = eq.electroneutral_film(z, D, left, right, T, potential_difference=voltage)
    at_current = eq.electroneutral_film(
        z, D, left, right, T, current_times_thickness=at_voltage.current_times_thickness
    )
    assert at_current.potential_difference == pytest.approx(voltage, abs=1e-9)


@pytest.mark.parametrize("voltage", [0.03, -0.7, 0.7])
def test_film_satisfies_nernst_planck_along_its_profile(voltage):
    from scipy.interpolate import CubicSpline

    z, D = np.array([1, 2, -1, 0]), np.array([2e-9, 0.8e-9, 2.1e-9, 1e-9])
    left, right = np.array([100.0, 1, 92, 5]), np.array([10.0, 30, 60, 1])
    film = eq.electroneutral_film(z, D, left, right, T, fixed_charge=-10.0, potential_difference=voltage, points=8001)
    # along the potential, in which the profile is smooth even where it is steep in x
    passed = film.potential / voltage
    slope = CubicSpline(passed, film.concentration, axis=1)(passed, 1)
    stretch = CubicSpline(passed, film.position)(passed, 1)
    flux = -D[:, None] * (slope + z[:, None] * film.concentration * voltage / thermal_voltage(T)) / stretch
    np.testing.assert_allclose(flux / film.flux_times_thickness[:, None], 1, rtol=1e-5)
    np.testing.assert_allclose(z @ film.concentration, 10.0, rtol=1e-10)
    assert film.flux_times_thickness[3] == pytest.approx(4e-9, rel=1e-12), "a neutral species only diffuses"


def test_film_without_field_and_without_gradient():
    equal = eq.electroneutral_film([1, -1], [1e-9, 1e-9], [10, 10], [50, 50], T)
    assert equal.potential_difference == pytest.approx(0, abs=1e-15)
    ohmic = eq.electroneutral_film([1, -1], [1e-9, 2e-9], [10, 10], [10, 10], T, potential_difference=-0.05)
    assert ohmic.current_times_thickness == pytest.approx(eq.conductivity([1, -1], [1e-9, 2e-9], [10, 10], T) * 0.05)


def test_constant_field_is_exact_for_equal_totals():
    z, D = [1, 1, -1], [1.957e-9, 1.334e-9, 2.032e-9]
    left, right = [140.0, 10, 150], [5.0, 145, 150]
    film = eq.electroneutral_film(z, D, left, right, T, potential_difference=-0.06)
    constant = eq.constant_field_film(z, D, left, right, -0.06, T)
    np.testing.assert_allclose(film.flux_times_thickness, constant, rtol=1e-11)


@pytest.mark.parametrize("name", ["PNP-film-K-Na-Cl", "PNP-film-Ca-K-Cl"])
def test_films_bound_poisson_nernst_planck(name):
    """Thin films tend to the constant field, thick ones to electroneutrality."""
    p, values = MEMBRANE[name]["parameters"], MEMBRANE[name]["values"]
    faces = p["cL_mol_m3"], p["cR_mol_m3"]
    rows = {row["lambda0_over_L"]: row["phiR_minus_phiL_V"] for row in values["zero_current"]}
    assert -eq.ghk_voltage(p["z"], p["D_m2_s"], *faces, p["T_K"]) == pytest.approx(rows[10], abs=2e-7)
    assert eq.planck(p["z"], p["D_m2_s"], *faces, p["T_K"]) == pytest.approx(rows[0.01], abs=1e-7)
    assert eq.planck(p["z"], p["D_m2_s"], *faces, p["T_K"]) == pytest.approx(
        values["Planck_limit_V_eps_to_0"], abs=1e-12
    )


def test_goldman_film_with_fixed_charge():
    voltages = np.array([-0.1, 0.0, 0.1])
    current = eq.goldman_charged_film([1, -1], [1e-9, 1e-9], [10, 10], [100, 100], -50.0, voltages, T)
    assert np.all(np.diff(current) < 0), "the current from left to right falls as the right side becomes more positive"
    same = eq.goldman_charged_film([1, -1], [1e-9, 1e-9], [10, 10], [10, 10], -50.0, np.array([0.02]), T)
    inside = eq.donnan([1, -1], [10, 10], -50.0, T).concentration
    assert same[0] == pytest.approx(-eq.conductivity([1, -1], [1e-9, 1e-9], inside, T) * 0.02)


def test_refusals_say_what_is_wrong():
    with pytest.raises(InputError, match="not electroneutral"):
        eq.donnan([1, -1], [10, 11], 0.0, T)
    with pytest.raises(InputError, match="not electroneutral"):
        eq.electroneutral_film([1, -1], [1e-9, 1e-9], [10, 10], [10, 12], T)
    with pytest.raises(InputError, match="one entry per ion"):
        eq.donnan([1, -1], [10, 10, 10], 0.0, T)
