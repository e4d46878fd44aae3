"""Gouy-Chapman, Grahame, Stern, finite ions, overlapping walls, Mott-Schottky, charged membrane surfaces."""

import numpy as np
import pytest
from closed_form_data import column, items
from hypothesis import given, settings
from hypothesis import strategies as st

from npsolver import equilibrium as eq
from npsolver.errors import InputError
from npsolver.units import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage

GC = items("gouy_chapman")
SOLID = items("solid_state")
T, WATER = 298.15, 78.4
# the reference uses eps0 of CODATA 2018, 7e-10 away
RTOL = 5e-9


def named(prefix):
    return [name for name in GC if name.startswith(prefix)]


def symmetric(p):
    z = p.get("z", p.get("z_plus"))
    return [z, -z], [p["c_bulk_mol_m3"]] * 2


@pytest.mark.parametrize("name", named("GC-sym"))
def test_symmetric_electrolyte(name):
    p, values = GC[name]["parameters"], GC[name]["values"]
    z, c = symmetric(p)
    psi0 = p["psi0_V"]
    debye = eq.debye_length(z, c, T, WATER)
    assert debye == pytest.approx(values["lambda_D_m"], rel=RTOL)
    assert eq.grahame_charge(z, c, psi0, T, WATER) == pytest.approx(values["surface_charge_C_m2"], rel=RTOL)
    assert eq.diffuse_capacitance(z, c, psi0, T, WATER) == pytest.approx(values["diff_capacitance_F_m2"], rel=RTOL)
    assert eq.grahame_potential(z, c, values["surface_charge_C_m2"], T, WATER) == pytest.approx(psi0, rel=RTOL)
    x, psi = np.array(column(values["profile"], "x_m")), column(values["profile"], "psi_V")
    np.testing.assert_allclose(eq.gouy_chapman(psi0, x / debye, z[0], T), psi, rtol=RTOL)
    np.testing.assert_allclose(eq.diffuse_profile(z, c, psi0, x, T, WATER), psi, rtol=RTOL)
    surface = eq.steric_concentration(z, c, psi0, T, WATER)
    np.testing.assert_allclose(surface[0], values["profile"][0]["c_plus_mol_m3"], rtol=1e-11)


@pytest.mark.parametrize("name", named("GC-2:1") + named("GC-1:2"))
def test_unsymmetrical_electrolyte(name):
    p, values = GC[name]["parameters"], GC[name]["values"]
    z = [p["z_cation"], p["z_anion"]]
    c = [-z[1] * p["c_salt_mol_m3"], z[0] * p["c_salt_mol_m3"]]
    debye = eq.debye_length(z, c, T, WATER)
    assert debye == pytest.approx(values["lambda_D_m"], rel=RTOL)
    assert eq.grahame_charge(z, c, p["psi0_V"], T, WATER) == pytest.approx(values["surface_charge_C_m2"], rel=RTOL)
    x, psi = np.array(column(values["profile"], "x_m")), column(values["profile"], "psi_V")
    divalent = "cation" if z[0] == 2 else "anion"
    np.testing.assert_allclose(eq.gouy_chapman_2_1(p["psi0_V"], x / debye, T, divalent=divalent), psi, rtol=RTOL)
    np.testing.assert_allclose(eq.diffuse_profile(z, c, p["psi0_V"], x, T, WATER), psi, rtol=RTOL)


@pytest.mark.parametrize("name", named("GCS"))
def test_stern_layer(name):
    p, values = GC[name]["parameters"], GC[name]["values"]
    capacitance = p["eps_r_stern"] * VACUUM_PERMITTIVITY / p["d_stern_m"]
    layer = eq.stern_layer(*symmetric(p), T, WATER, capacitance, potential=p["phi_metal_V"])
    assert layer.diffuse_potential == pytest.approx(values["psi_d_OHP_V"], rel=RTOL)
    assert layer.surface_charge == pytest.approx(values["surface_charge_C_m2"], rel=RTOL)
    assert layer.stern_drop == pytest.approx(values["stern_drop_V"], rel=RTOL)
    assert layer.capacitance == pytest.approx(values["C_total_F_m2"], rel=RTOL)
    charged = eq.stern_layer(*symmetric(p), T, WATER, capacitance, surface_charge=layer.surface_charge)
    assert charged.diffuse_potential + charged.stern_drop == pytest.approx(p["phi_metal_V"], rel=1e-12)


@pytest.mark.parametrize("name", named("KBA"))
def test_ions_of_finite_size(name):
    p, values = GC[name]["parameters"], GC[name]["values"]
    z, c = symmetric(p)
    size = {"ion_size": p["ion_size_m"]}
    assert eq.grahame_charge(z, c, p["psi0_V"], T, WATER, **size) == pytest.approx(
        values["surface_charge_C_m2"], rel=RTOL
    )
    capacitance = eq.diffuse_capacitance(z, c, p["psi0_V"], T, WATER, **size)
    assert capacitance == pytest.approx(values["diff_capacitance_F_m2"], rel=RTOL)
    surface = eq.steric_concentration(z, c, p["psi0_V"], T, WATER, **size)
    np.testing.assert_allclose(surface, [values["c_plus_surface"], values["c_minus_surface"]], rtol=1e-11)
    x, psi = column(values["x_at_given_psi"], "x_m"), column(values["x_at_given_psi"], "psi_V")
    np.testing.assert_allclose(eq.distance_at_potential(z, c, p["psi0_V"], psi, T, WATER, **size), x, rtol=RTOL)
    np.testing.assert_allclose(eq.diffuse_profile(z, c, p["psi0_V"], x, T, WATER, **size), psi, rtol=RTOL)


@pytest.mark.parametrize("name", named("slit"))
def test_overlapping_layers(name):
    p, values = GC[name]["parameters"], GC[name]["values"]
    walls = {"potential": p["psi0_V"], "surface_charge": p["sigma_C_m2"]}
    result = eq.slit([1, -1], [p["c_res_mol_m3"]] * 2, values["h_m"], T, WATER, **walls)
    assert result.midplane_potential == pytest.approx(values["psi_mid_V"], rel=RTOL)
    assert result.surface_potential == pytest.approx(values["psi_surface_V"], rel=RTOL)
    assert result.surface_charge == pytest.approx(values["surface_charge_C_m2"], rel=RTOL)
    assert result.disjoining_pressure == pytest.approx(values["disjoining_pressure_Pa"], rel=RTOL)


@pytest.mark.parametrize("separation", [1e-11, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5])
@pytest.mark.parametrize("wall", [{"potential": -0.2}, {"surface_charge": 0.03}])
def test_slit_walls_from_contact_to_isolation(separation, wall):
    result = eq.slit([2, -1], [5, 10], separation, T, WATER, **wall)
    assert abs(result.midplane_potential) <= abs(result.surface_potential)
    assert result.disjoining_pressure >= 0
    isolated = eq.grahame_charge([2, -1], [5, 10], result.surface_potential, T, WATER)
    assert abs(result.surface_charge) <= abs(isolated) * (1 + 1e-9)
    if separation > 5e-7:
        assert result.surface_charge == pytest.approx(isolated, rel=1e-9)


@pytest.mark.parametrize("name", ["MS-GDC-0.3V", "MS-GDC-0.5V"])
def test_exact_mott_schottky_layer(name):
    """Mobile vacancies over frozen acceptors; the reference counts the core charge of both sides."""
    p, values = SOLID[name]["parameters"], SOLID[name]["values"]
    layer = [p["z"]], [p["c_v_bulk_mol_m3"]], p["Phi0_V"]
    rest = p["T_K"], p["eps_r"]
    charge = eq.grahame_charge(*layer, *rest, fixed_charge=-p["c_A_mol_m3"])
    assert 2 * charge == pytest.approx(values["exact_core_charge_C_m2"], rel=RTOL)
    x, phi = column(values["exact_profile"], "x_m"), column(values["exact_profile"], "phi_V")
    np.testing.assert_allclose(
        eq.distance_at_potential(*layer, phi, *rest, fixed_charge=-p["c_A_mol_m3"]), x, rtol=RTOL
    )


def test_gouy_chapman_grain_boundary():
    p, values = SOLID["GC-GB-0.2V"]["parameters"], SOLID["GC-GB-0.2V"]["values"]
    c = p["c_v_bulk_mol_m3"]
    assert eq.debye_length([2, -1], [c, 2 * c], p["T_K"], p["eps_r"]) == pytest.approx(values["lambda_D_m"], rel=RTOL)
    s = [float(row["x_over_lambdaD"]) for row in values["profile"]]
    np.testing.assert_allclose(
        eq.gouy_chapman_2_1(p["Phi0_V"], s, p["T_K"]), column(values["profile"], "phi_V"), rtol=RTOL
    )


salt = st.floats(1e-2, 1e3)
potential = st.floats(-0.3, 0.3).filter(lambda v: abs(v) > 1e-9)


@settings(max_examples=50, deadline=None)
@given(salt, salt, potential, st.sampled_from([0.0, 3e-10]))
def test_inverse_grahame(a, b, psi, size):
    z, c = [1, 2, -1], [a, b, a + 2 * b]
    sigma = eq.grahame_charge(z, c, psi, T, WATER, ion_size=size)
    assert np.sign(sigma) == np.sign(psi)
    assert eq.grahame_potential(z, c, sigma, T, WATER, ion_size=size) == pytest.approx(psi, rel=1e-10)
    mirrored = eq.grahame_charge([-v for v in z], c, -psi, T, WATER, ion_size=size)
    assert mirrored == pytest.approx(-sigma, rel=1e-14)
    finite, point = (abs(eq.grahame_charge(z, c, psi, T, WATER, ion_size=a)) for a in (3e-10, 0.0))
    assert finite <= point * (1 + 1e-12)


@settings(max_examples=40, deadline=None)
@given(salt, st.floats(-0.2, 0.2), st.sampled_from([0.0, 5e-10]))
def test_capacitance_is_the_slope_of_the_charge(c, psi, size):
    h = 1e-5
    layer = [2, -1], [c, 2 * c]
    sigma = eq.grahame_charge(*layer, np.array([psi - h, psi + h]), T, WATER, ion_size=size)
    slope = (sigma[1] - sigma[0]) / (2 * h)
    assert eq.diffuse_capacitance(*layer, psi, T, WATER, ion_size=size) == pytest.approx(slope, rel=1e-6)


def test_small_potentials_are_debye_hueckel():
    z, c = [1, 3, -2], [3.0, 1.0, 3.0]
    debye = eq.debye_length(z, c, T, WATER)
    sigma = eq.grahame_charge(z, c, 1e-9, T, WATER)
    assert sigma == pytest.approx(WATER * VACUUM_PERMITTIVITY / debye * 1e-9, rel=1e-7)
    x = np.array([0.0, 1.0, 5.0, 20.0]) * debye
    np.testing.assert_allclose(eq.diffuse_profile(z, c, 1e-9, x, T, WATER), 1e-9 * np.exp(-x / debye), rtol=1e-6)
    assert eq.diffuse_capacitance(z, c, 0.0, T, WATER) == pytest.approx(WATER * VACUUM_PERMITTIVITY / debye, rel=1e-9)


def test_gouy_chapman_beyond_saturation():
    """Far away every large surface potential looks like 4RT/F."""
    tail = eq.gouy_chapman(np.array([5.0, 50.0]), 10.0, 1, T)
    np.testing.assert_allclose(tail, 4 * thermal_voltage(T) * np.exp(-10), rtol=1e-4)
    assert eq.gouy_chapman(50.0, 0.0, 1, T) == pytest.approx(300 * 4 * thermal_voltage(T), rel=0.05)


@pytest.mark.parametrize("divalent", ["cation", "anion"])
def test_profile_meets_the_surface(divalent):
    psi = np.array([-0.25, -1e-6, 1e-6, 0.25])
    np.testing.assert_allclose(eq.gouy_chapman_2_1(psi, 0.0, T, divalent=divalent), psi, rtol=1e-9)


def test_overflow_is_refused():
    with pytest.raises(InputError, match="overflows"):
        eq.grahame_charge([1, -1], [1, 1], 40.0, T, WATER)
    with pytest.raises(InputError, match="not electroneutral"):
        eq.grahame_charge([2], [10.0], 0.1, T, WATER)
    with pytest.raises(InputError, match="do not fit"):
        eq.grahame_charge([1, -1], [1e4, 1e4], 0.1, T, WATER, ion_size=5e-10)


def test_charged_membrane_surface_does_no_net_work():
    """A negative inner leaflet shifts local potential and local reversal potential alike."""
    sigma = -0.02
    psi_in = eq.grahame_potential([1, -1], [150, 150], sigma, 310.15, WATER)
    assert -0.05 < psi_in < -0.02
    seen = eq.charged_membrane_surface(1, 140.0, 5.0, -0.065, psi_in, 0.0, 310.15)
    bulk = -0.065 - eq.nernst_potential(1, 140.0, 5.0, 310.15)
    assert seen.driving_force == pytest.approx(bulk)
    assert seen.membrane_potential - seen.reversal_potential == pytest.approx(bulk)
    assert seen.concentration_in == pytest.approx(140 * np.exp(-psi_in / thermal_voltage(310.15)))
    local = eq.nernst_potential(1, seen.concentration_in, seen.concentration_out, 310.15)
    assert seen.reversal_potential == pytest.approx(local, abs=1e-15)
    assert seen.apparent_driving_force - bulk == pytest.approx(-psi_in)


def test_debye_length_of_physiological_saline():
    assert eq.debye_length([1, -1], [150, 150], 310.15, 74.0) == pytest.approx(0.78e-9, rel=0.02)
    by_hand = np.sqrt(74 * VACUUM_PERMITTIVITY * GAS_CONSTANT * 310.15 / (2 * FARADAY**2 * 150))
    assert eq.debye_length([1, -1], [150, 150], 310.15, 74.0) == pytest.approx(by_hand, rel=1e-14)
