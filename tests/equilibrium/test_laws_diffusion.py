"""Salt transport, limiting currents, transient diffusion and voltammetry."""

import numpy as np
import pytest
from closed_form_data import column, items
from hypothesis import given
from hypothesis import strategies as st

from npsolver import equilibrium as eq
from npsolver.errors import InputError
from npsolver.units import FARADAY, thermal_voltage

LIMIT, TRANSIENT, ONSAGER, SOLID = items("limiting_current"), items("transient"), items("onsager"), items("solid_state")
T = 298.15
diffusivity = st.floats(1e-11, 1e-8)


@pytest.mark.parametrize("row", TRANSIENT["NernstHartley"]["values"], ids=lambda row: row["salt"])
def test_nernst_hartley_reference(row):
    ions = (*row["z"], row["D_plus"], row["D_minus"])
    assert eq.nernst_hartley(*ions) == pytest.approx(row["D_salt"], rel=1e-12)
    assert eq.cation_transference(*ions) == pytest.approx(row["t_plus"], rel=1e-12)


@given(st.sampled_from([(1, -1), (2, -1), (1, -2), (3, -1)]), diffusivity, diffusivity)
def test_nernst_hartley_lies_between_the_ions(charges, plus, minus):
    salt = eq.nernst_hartley(*charges, plus, minus)
    assert min(plus, minus) * (1 - 1e-12) <= salt <= max(plus, minus) * (1 + 1e-12)
    matrix = eq.nernst_hartley_matrix(charges, [plus, minus], [-charges[1] * 3.0, charges[0] * 3.0])
    assert matrix == pytest.approx(np.array([[salt]]), rel=1e-12)
    assert eq.nernst_hartley(-charges[1], -charges[0], minus, plus) == pytest.approx(salt, rel=1e-14)


@pytest.mark.parametrize("name", ["NH-NaCl-KCl", "NH-HCl-NaCl"])
def test_ternary_diffusion_matrix_reference(name):
    p, values = ONSAGER[name]["parameters"], ONSAGER[name]["values"]
    c = p["c_cations_mol_m3"]
    matrix = eq.nernst_hartley_matrix(p["z"], p["D_m2_s"], [*c, sum(c)])
    expected = [[values["D11"], values["D12"]], [values["D21"], values["D22"]]]
    np.testing.assert_allclose(matrix, expected, rtol=1e-12)
    np.testing.assert_allclose(sorted(np.linalg.eigvals(matrix)), sorted(values["eigenvalues"]), rtol=1e-12)


def test_conductivity_and_transference():
    item = ONSAGER["inf-dilution-MgCl2"]
    molar = np.array([float(v) for v in item["parameters"]["lambda_eq_S_cm2"]]) * 1e-4 * np.array([2, 1])
    D = eq.ionic_diffusivity([2, -1], molar, T)
    np.testing.assert_allclose(D, [item["values"]["D_plus"], item["values"]["D_minus"]], rtol=1e-12)
    np.testing.assert_allclose(eq.limiting_molar_conductivity([2, -1], D, T), molar, rtol=1e-14)
    t = eq.transference_numbers([2, -1], D, [1, 2])
    np.testing.assert_allclose(t, [item["values"]["t_plus"], 1 - item["values"]["t_plus"]], rtol=1e-12)
    equivalent = eq.conductivity([2, -1], D, [1.0, 2.0], T) / 2
    assert equivalent == pytest.approx(item["values"]["Lambda_eq"], rel=1e-12)


@pytest.mark.parametrize("name", ["stag-CuSO4", "stag-AgNO3"])
def test_limiting_current_reference(name):
    p, values = LIMIT[name]["parameters"], LIMIT[name]["values"]
    z = p["z_plus"], p["z_minus"]
    limit = eq.limiting_current(*z, p["D_plus_m2_s"], p["c_plus_reservoir_mol_m3"], p["L_m"])
    assert limit == pytest.approx(values["I_lim_stagnant_A_m2"], rel=1e-12)
    rows = values["stagnant"]
    film = eq.stagnant_film(column(rows, "I_over_Ilim"), z[1], p["T_K"])
    np.testing.assert_allclose(film.surface_ratio, column(rows, "c_plus_surface_over_bulk"), rtol=1e-12)
    np.testing.assert_allclose(film.potential_difference, column(rows, "dphi_bulk_V"), rtol=1e-12)
    rows = values["galvanic"]
    left, right, solution, cell = eq.galvanic_film(column(rows, "I_over_Ilim"), *z, p["T_K"])
    np.testing.assert_allclose(left, column(rows, "c_left_over_mean"), rtol=1e-12)
    np.testing.assert_allclose(right, column(rows, "c_right_over_mean"), rtol=1e-12)
    np.testing.assert_allclose(solution, column(rows, "bulk_dphi_R_minus_L_V"), rtol=1e-12)
    np.testing.assert_allclose(cell, column(rows, "total_cell_V_nernstian_electrodes"), rtol=1e-12)


def test_limiting_current_of_a_monovalent_salt():
    """2 F D+ c/L, whatever the anion; the general formula is F D_s c/(L (1 - t+)) per charge."""
    assert eq.limiting_current(1, -1, 1e-9, 10.0, 1e-4) == pytest.approx(2 * FARADAY * 1e-9 * 10 / 1e-4)
    for z, minus in [((2, -1), 3e-9), ((1, -2), 0.5e-9)]:
        general = eq.nernst_hartley(*z, 1e-9, minus) / (1 - eq.cation_transference(*z, 1e-9, minus))
        assert eq.limiting_current(*z, 1e-9, 10.0, 1e-4) == pytest.approx(z[0] * FARADAY * general * 10 / 1e-4)


def test_stagnant_film_is_an_electroneutral_film_with_one_ion_blocked():
    ratio, L, D = 0.6, 1e-4, [1e-9, 3e-9]
    surface = eq.stagnant_film(ratio, -1, T)
    film = eq.electroneutral_film(
        [1, -1], D, [10 * surface.surface_ratio] * 2, [10, 10], T, potential_difference=-surface.potential_difference
    )
    assert film.flux_times_thickness[1] == pytest.approx(0, abs=1e-20)
    current = eq.limiting_current(1, -1, D[0], 10.0, L) * ratio
    assert film.current_times_thickness == pytest.approx(-current * L, rel=1e-10)
    x = film.position
    np.testing.assert_allclose(film.concentration[0] / 10, eq.film_concentration(ratio, x), rtol=1e-9)


def test_migration_enhancement_reference():
    rows = LIMIT["migration-enhancement"]["values"]
    enhancement = eq.migration_enhancement(column(rows, "c2_over_ca_bulk"))
    np.testing.assert_allclose(enhancement, column(rows, "Ilim_over_diffusion_limit"), rtol=1e-12)
    assert eq.migration_enhancement(1.0) == 1.0


def test_selective_membrane_below_the_limit():
    """Poisson-Nernst-Planck with a Debye length of 0.001 L lies within that of the electroneutral curve."""
    rows, p = LIMIT["RS-eps0.001-p2.0"]["values"], LIMIT["RS-eps0.001-p2.0"]["parameters"]["p_membrane_over_c0"]
    V = np.array(column(rows, "V_over_VT")) * thermal_voltage(T)
    j = eq.selective_membrane_current(V, p, T)
    np.testing.assert_allclose(2 * j, column(rows, "I_over_F_D_c0_per_L"), atol=0.009)
    assert 2 * j[0] == pytest.approx(rows[0]["I_over_F_D_c0_per_L"], abs=2e-4)
    np.testing.assert_allclose(eq.selective_membrane_voltage(j, p, T), V, rtol=1e-12)
    assert eq.selective_membrane_voltage(0.0, p, T) == pytest.approx(thermal_voltage(T) * np.log(p)), "Donnan at rest"


def test_cottrell_reference():
    rows = TRANSIENT["Cottrell"]["values"]
    t = np.array(column(rows, "t_s"))
    np.testing.assert_allclose(eq.cottrell_current(1, 1.0, 1e-9, t), column(rows, "i_A_m2"), rtol=1e-12)
    np.testing.assert_allclose(eq.cottrell_charge(1, 1.0, 1e-9, t), column(rows, "Q_C_m2"), rtol=1e-12)
    for row in rows:
        s = np.array(column(row["c_over_bulk_at_x"], "x_over_sqrt4Dt"))
        profile = eq.cottrell_profile(s * np.sqrt(4e-9 * row["t_s"]), row["t_s"], 1e-9)
        np.testing.assert_allclose(profile, column(row["c_over_bulk_at_x"], "c"), rtol=1e-12)


def test_layer_current_reference():
    rows = TRANSIENT["Cottrell-finite"]["values"]
    t = column(rows, "t_s")
    closed, open_ = (eq.layer_current(1, 1.0, 1e-9, t, 5e-5, far_side=side) for side in ("closed", "reservoir"))
    np.testing.assert_allclose(closed, column(rows, "i_thin_layer_A_m2"), rtol=1e-12)
    np.testing.assert_allclose(open_, column(rows, "i_finite_reservoir_A_m2"), rtol=1e-12)


@pytest.mark.parametrize("far_side", ["closed", "reservoir"])
def test_layer_current_is_continuous_between_its_series(far_side):
    tau = np.array([1 / np.pi * (1 - 1e-12), 1 / np.pi * (1 + 1e-12)])
    early, late = eq.layer_current(1, 1.0, 1e-9, tau / 1e-9 * 1e-8, 1e-4, far_side=far_side)
    assert early == pytest.approx(late, rel=1e-10)


def test_slab_uptake():
    rows = SOLID["ECR-diff"]["values"]
    uptake = eq.slab_uptake(1e-9, column(rows, "t_s"), 1e-3)
    np.testing.assert_allclose(uptake, column(rows, "normalised_uptake"), atol=1e-12)
    times = np.array([30.0, 300.0, 1000.0])
    np.testing.assert_allclose(eq.slab_uptake(1e-9, times, 1e-3, 1e3), eq.slab_uptake(1e-9, times, 1e-3), rtol=1e-4)
    slow = eq.slab_uptake(1e-9, times, 1e-3, 1e-10)
    np.testing.assert_allclose(slow, 1 - np.exp(-1e-10 / 1e-3 * times), rtol=1e-3)
    before, after = eq.slab_uptake(1e-9, np.array([300 - 1e-9, 300 + 1e-9]), 1e-3)
    assert before == pytest.approx(after, rel=1e-10)


def test_sand_reference():
    p, values = TRANSIENT["Sand-CuSO4"]["parameters"], TRANSIENT["Sand-CuSO4"]["values"]
    supported = eq.sand_time(p["j_A_m2"], 1, p["c_mol_m3"], p["D_m2_s"])
    assert supported == pytest.approx(values["tau_supported_s"], rel=1e-12)
    ions = p["z_plus"], p["z_minus"], p["D_plus"], p["D_minus"]
    assert eq.sand_time_binary(p["j_A_m2"], *ions, p["c_mol_m3"]) == pytest.approx(values["tau_binary_s"], rel=1e-12)
    rows = values["surface_conc_over_bulk"]
    np.testing.assert_allclose(eq.sand_surface(column(rows, "t_over_tau")), column(rows, "value"), rtol=1e-12)


def test_salt_pulse_reference():
    p, rows = TRANSIENT["salt-pulse"]["parameters"], TRANSIENT["salt-pulse"]["values"]["rows"]
    ions = *p["z"], p["D_plus"], p["D_minus"]
    pulse = p["c_background_salt"], p["amplitude"], p["width_w_m"]
    salt, t = eq.nernst_hartley(*ions), column(rows, "t_s")
    for x, name in ((0.0, "c_salt_peak"), (1e-4, "c_at_1e4m"), (5e-4, "c_at_5e4m")):
        np.testing.assert_allclose(eq.gaussian_pulse(x, t, salt, *pulse), column(rows, name), rtol=1e-12)
    phi = eq.diffusion_potential(column(rows, "c_salt_peak"), pulse[0], *ions, p["T_K"])
    np.testing.assert_allclose(phi, column(rows, "phi_center_minus_far_V"), rtol=1e-12)


def test_cosine_decay():
    assert eq.cosine_decay(0.0, 1e-9, 1e-4) == 1
    assert eq.cosine_decay(1.0, 1e-9, 1e-4) == pytest.approx(np.exp(-4 * np.pi**2 * 0.1))


def test_randles_sevcik_reference():
    p, values = TRANSIENT["RandlesSevcik"]["parameters"], TRANSIENT["RandlesSevcik"]["values"]
    sweep = p["n"], p["c_mol_m3"], p["D_m2_s"], p["scan_V_s"], p["T_K"]
    assert eq.randles_sevcik_peak(*sweep) == pytest.approx(values["ip_A_m2"], rel=1e-12)
    E = column(values["curve"], "E_minus_Ehalf_V")
    np.testing.assert_allclose(eq.reversible_voltammogram(E, *sweep), column(values["curve"], "i_A_m2"), rtol=1e-11)
    y = np.linspace(1.05, 1.17, 2001)
    current = eq.reversible_current_function(y)
    assert current.max() == pytest.approx(eq.RANDLES_SEVCIK_PEAK, rel=1e-9)
    assert y[current.argmax()] == pytest.approx(eq.RANDLES_SEVCIK_PEAK_POSITION, abs=1e-4)
    assert values["Ep_minus_Ehalf_V"] == pytest.approx(-thermal_voltage(T) * eq.RANDLES_SEVCIK_PEAK_POSITION, rel=1e-6)


def test_microdisc_between_cottrell_and_steady_state():
    disc = 1, 1.0, 1e-9, 1e-5
    steady = eq.microdisc_current(*disc)
    assert steady == pytest.approx(4 * FARADAY * 1e-14)
    assert eq.shoup_szabo_current(*disc, 1e6) == pytest.approx(steady, rel=1e-3)
    early = eq.cottrell_current(1, 1.0, 1e-9, 1e-5) * np.pi * 1e-10
    assert eq.shoup_szabo_current(*disc, 1e-5) == pytest.approx(early, rel=0.02)


def test_speciation():
    fractions = eq.acid_fractions([6.352, 10.329, 8.0], [6.352, 10.329])
    np.testing.assert_allclose(fractions.sum(axis=0), 1)
    assert fractions[0, 0] == pytest.approx(fractions[1, 0])
    assert fractions[1, 1] == pytest.approx(fractions[2, 1])
    np.testing.assert_allclose(
        fractions[:, 2], [0.0218954564565042, 0.973540455607012, 0.00456408793648366], rtol=1e-10
    )


@given(st.floats(1e-6, 1e4), st.floats(1e-8, 1e4))
def test_weak_acid_obeys_its_dissociation_constant(c, K):
    a = eq.dissociated(c, K)
    assert a * a == pytest.approx(K * (c - a), rel=1e-6, abs=1e-9 * K * c)
    assert 1e-9 <= eq.weak_acid_diffusivity(c, K, 1e-9, 3e-9) <= 3e-9


def test_buffer_slows_the_proton():
    slope = eq.buffer_slope(1e-4, 10.0, 1e-4)
    assert slope == pytest.approx(10 / 4e-4)
    mobile = eq.buffered_diffusivity(9e-9, [slope], [5e-10])
    assert mobile == pytest.approx(5e-10, rel=1e-3)
    assert eq.buffered_diffusivity(9e-9, [slope], [0.0]) == pytest.approx(9e-9 / (1 + slope))
    assert eq.buffered_diffusivity(9e-9, [0.0], [5e-10]) == 9e-9


def test_the_limit_itself_is_refused():
    with pytest.raises(InputError, match="below 1"):
        eq.stagnant_film(1.0, -1, T)
    with pytest.raises(InputError, match="far_side"):
        eq.layer_current(1, 1.0, 1e-9, 1.0, 1e-4, far_side="open")
