"""Activity coefficients, their error in a Nernst potential, concentration cells, Onsager coefficients."""

import numpy as np
import pytest
from closed_form_data import items
from hypothesis import given
from hypothesis import strategies as st

from npsolver import equilibrium as eq
from npsolver.errors import InputError

ONSAGER = items("onsager")
T = 298.15


def reference_salt(name):
    z_plus, z_minus, *parameters = ONSAGER["Pitzer-gamma"]["parameters"]["pitzer"][name]
    return eq.PitzerSalt(z_plus, -z_minus, *(float(v) for v in parameters))


@pytest.mark.parametrize("row", ONSAGER["Pitzer-gamma"]["values"], ids=lambda row: f"{row['salt']}-{row['m_mol_kg']}")
def test_pitzer_reference(row):
    result = eq.pitzer(reference_salt(row["salt"]), row["m_mol_kg"])
    assert result.gamma == pytest.approx(row["gamma"], rel=1e-12)
    assert result.thermodynamic_factor == pytest.approx(row["thermo_factor"], rel=1e-12)
    shipped = eq.pitzer(row["salt"], row["m_mol_kg"])
    assert shipped.gamma == pytest.approx(row["gamma"], rel=2e-7), "the table's own rounding of C_phi"


@pytest.mark.parametrize("salt", sorted(eq.PITZER_SALTS))
def test_pitzer_is_consistent(salt):
    """Thermodynamic factor as derivative, Gibbs-Duhem for the osmotic coefficient, 1 at infinite dilution."""
    m, h = 0.7, 1e-5
    low, here, high = (eq.pitzer(salt, m * np.exp(d)) for d in (-h, 0.0, h))
    slope = (np.log(high.gamma) - np.log(low.gamma)) / (2 * h)
    assert here.thermodynamic_factor == pytest.approx(1 + slope, abs=1e-8)
    osmotic = (m * np.exp(h) * (high.osmotic_coefficient - 1) - m * np.exp(-h) * (low.osmotic_coefficient - 1)) / (
        2 * h
    )
    assert osmotic / m == pytest.approx(slope, abs=1e-8)
    zero = eq.pitzer(salt, 0.0)
    assert (zero.gamma, zero.thermodynamic_factor, zero.osmotic_coefficient) == (1, 1, 1)


def test_pitzer_tends_to_debye_hueckel():
    """ln gamma = -3 A_phi |z+ z-| sqrt(I)."""
    for salt, product, strength in (("NaCl", 1, 1e-6), ("MgCl2", 2, 3e-6), ("K2SO4", 2, 3e-6)):
        slope = np.log(eq.pitzer(salt, 1e-6).gamma) / np.sqrt(strength)
        assert slope == pytest.approx(-3 * 0.3915 * product, rel=5e-3)


def test_two_two_salt_uses_both_exponents():
    without, with_ = (eq.pitzer(eq.PitzerSalt(2, -2, 0.2, 3.0, 0.02, b2), 0.01).gamma for b2 in (0.0, -40.0))
    assert with_ < without
    assert eq.pitzer(eq.PitzerSalt(2, -2, 0.2, 3.0, 0.02, -40.0), 0.0).gamma == 1


def test_debye_hueckel_slope_in_water():
    """A = 0.51 sqrt(L/mol) at 298.15 K."""
    limiting = eq.debye_hueckel([1, 2], 1.0, T)
    np.testing.assert_allclose(-np.log10(limiting) / np.sqrt(1e-3), [0.5106, 4 * 0.5106], rtol=1e-3)
    extended = eq.debye_hueckel(1, 1.0, T, ion_size=4e-10)
    assert limiting[0] < extended < 1
    assert eq.davies(1, 1e-6, T) == pytest.approx(eq.debye_hueckel(1, 1e-6, T), rel=1e-6)
    assert eq.davies(1, 100.0, T) == pytest.approx(0.78, abs=0.01)
    assert eq.davies(0, 100.0, T) == 1


def test_davies_agrees_with_measured_sodium_chloride():
    """0.1 mol/kg: 0.778; Davies and Pitzer bracket it within 1 %."""
    assert eq.davies(1, 100.0, T) == pytest.approx(0.778, rel=0.01)
    assert eq.pitzer("NaCl", 0.1).gamma == pytest.approx(0.778, rel=3e-3)
    assert eq.pitzer("NaCl", 1.0).gamma == pytest.approx(0.657, rel=3e-3)


@given(st.sampled_from([-2, -1, 1, 2]), st.floats(0.1, 2), st.floats(0.1, 2), st.floats(1, 1e3), st.floats(1, 1e3))
def test_error_of_the_concentration_form(z, gamma_in, gamma_out, inside, outside):
    """Exactly RT/(zF) ln(gamma_out/gamma_in), whatever the concentrations."""
    activities = eq.nernst_potential(z, gamma_in * inside, gamma_out * outside, T)
    error = activities - eq.nernst_potential(z, inside, outside, T)
    assert error == pytest.approx(eq.nernst_activity_error(z, gamma_in, gamma_out, T), abs=1e-14)
    assert eq.nernst_activity_error(z, gamma_in, gamma_in, T) == 0


def test_concentration_cell_reference():
    p, values = ONSAGER["conc-cell-NaCl"]["parameters"], ONSAGER["conc-cell-NaCl"]["values"]
    a1, a2 = (m * eq.pitzer(p["salt"], m).gamma for m in (p["m1"], p["m2"]))
    assert eq.concentration_cell(a2 / a1, p["T_K"]) == pytest.approx(values["E_without_V"], abs=1e-14)
    assert eq.concentration_cell(a2 / a1, p["T_K"], p["t_plus"]) == pytest.approx(values["E_with_V"], abs=1e-14)
    D = [p["t_plus"], 1 - p["t_plus"]]
    assert eq.binary_junction(1, -1, *D, a2 / a1, p["T_K"]) == pytest.approx(values["LJP_V"], abs=1e-14)


def test_ionic_strength():
    assert eq.ionic_strength([1, -1], [100, 100]) == 100
    assert eq.ionic_strength([2, -1], [10, 20]) == 30
    assert eq.bjerrum_length(T, 78.4) == pytest.approx(0.715e-9, rel=2e-3)


def test_unknown_salt_lists_the_known():
    with pytest.raises(InputError, match="NaCl"):
        eq.pitzer("NaF", 0.1)


@pytest.mark.parametrize("salt", ["NaCl", "KCl", "LiCl"])
def test_onsager_from_salt_reference(salt):
    for row in ONSAGER[f"Miller-lij-{salt}"]["values"]["table"]:
        c = row["c_mol_L"] * 1000
        L = eq.onsager_from_salt(row["kappa_S_m"], row["t_plus"], row["D_m2_s"], row["thermo_factor"], c, T)
        np.testing.assert_allclose(L, [[row["l11"], row["l12"]], [row["l12"], row["l22"]]], rtol=1e-11)
        back = eq.salt_from_onsager(L, c, row["thermo_factor"], T)
        np.testing.assert_allclose(back, [row["kappa_S_m"], row["t_plus"], row["D_m2_s"]], rtol=1e-11)


@given(st.sampled_from([(1, -1), (2, -1), (1, -2), (2, -2)]), st.floats(0.05, 0.95), st.floats(0.3, 2))
def test_onsager_from_salt_inverts_and_is_positive(charges, t, factor):
    L = eq.onsager_from_salt(1.3, t, 1.1e-9, factor, 100.0, T, *charges)
    np.testing.assert_array_equal(L, L.T)
    assert np.linalg.eigvalsh(L).min() > 0
    np.testing.assert_allclose(eq.salt_from_onsager(L, 100.0, factor, T, *charges), [1.3, t, 1.1e-9], rtol=1e-9)


def test_uncoupled_salt_is_nernst_hartley():
    D = np.array([1.334e-9, 2.032e-9])
    L = np.diag(D * 100 / (8.31446261815324 * T))
    result = eq.salt_from_onsager(L, 100.0, 1.0, T)
    assert result.diffusivity == pytest.approx(eq.nernst_hartley(1, -1, *D))
    assert result.transference == pytest.approx(eq.cation_transference(1, -1, *D))
    assert result.conductivity == pytest.approx(eq.conductivity([1, -1], D, [100, 100], T))


@pytest.mark.parametrize("name", ["SM-binary-1M", "SM-ternary"])
def test_stefan_maxwell_reference(name):
    p, values = ONSAGER[name]["parameters"], ONSAGER[name]["values"]
    size = len(p["c_mol_m3"]) + 1
    D = np.zeros((size, size))
    for pair, value in p["D_ij"].items():
        i, j = (int(v) for v in pair.split("-"))
        D[i, j] = D[j, i] = value
    L = eq.onsager_from_stefan_maxwell(p["c_mol_m3"], p["c_solvent_mol_m3"], D, p["T_K"])
    np.testing.assert_allclose(L, values["L"], rtol=1e-12)


def test_zero_current_field_reference():
    p, values = ONSAGER["onsager-3ion"]["parameters"], ONSAGER["onsager-3ion"]["values"]
    field, flux = eq.zero_current_field(p["z"], p["L"], p["dmu_dx_J_mol_m"])
    assert field == pytest.approx(values["dphi_dx_V_m"], rel=1e-12)
    np.testing.assert_allclose(flux, values["J_mol_m2_s"], rtol=1e-12)
    assert np.dot(p["z"], flux) == pytest.approx(0, abs=1e-18)


def test_cross_coupling_of_an_ideal_salt():
    p, values = ONSAGER["onsager-binary-q0.1"]["parameters"], ONSAGER["onsager-binary-q0.1"]["values"]
    plus, minus, c = p["D_plus"], p["D_minus"], p["c1"]
    cross = p["q"] * np.sqrt(plus * minus)
    L = np.array([[plus, cross], [cross, minus]]) * c / (8.31446261815324 * p["T_K"])
    result = eq.salt_from_onsager(L, c, 1.0, p["T_K"])
    assert result.diffusivity == pytest.approx(values["D_salt"], rel=1e-12)
    assert result.transference == pytest.approx(values["t_plus"], rel=1e-12)
    assert result.conductivity == pytest.approx(values["kappa_at_c1"], rel=1e-12)
