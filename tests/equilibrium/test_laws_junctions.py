"""Liquid junctions: Henderson, Planck, free diffusion, build-up, and electrode corrections."""

import numpy as np
import pytest
from closed_form_data import column, items
from hypothesis import given, settings
from hypothesis import strategies as st

from npsolver import equilibrium as eq

JUNCTION = items("liquid_junction")
CONTACTS = [name for name, item in JUNCTION.items() if "planck_constrained_V" in item["values"]]
T = 298.15


def contact(name):
    """Arguments (z, D, c_left, c_right, T) of a reference item."""
    p = JUNCTION[name]["parameters"]
    lists = [[p[key][ion] for ion in p["z"]] for key in ("z", "D_m2_s", "left_mol_m3", "right_mol_m3")]
    return (*lists, p["T_K"])


@pytest.mark.parametrize("name", CONTACTS)
def test_henderson_and_planck_reference(name):
    values = JUNCTION[name]["values"]
    assert eq.henderson(*contact(name)) == pytest.approx(values["henderson_V"], abs=1e-13)
    film = eq.electroneutral_film(*contact(name))
    assert film.potential_difference == pytest.approx(values["planck_constrained_V"], abs=1e-12)
    assert eq.planck(*contact(name)) == film.potential_difference
    if "flux_times_L_mol_m_s" in values:
        fluxes = [values["flux_times_L_mol_m_s"][ion] for ion in JUNCTION[name]["parameters"]["z"]]
        np.testing.assert_allclose(film.flux_times_thickness, fluxes, rtol=1e-10)


@pytest.mark.parametrize("name", CONTACTS)
def test_free_diffusion_reference(name):
    assert eq.free_diffusion(*contact(name)) == pytest.approx(JUNCTION[name]["values"]["free_diffusion_V"], abs=1e-8)


@pytest.mark.parametrize("name", ["JPCalc-CsF-pipette", "JPCalc-Kgluconate", "JPCalc-KCl-3M"])
def test_pipette_junction_reference(name):
    p = JUNCTION[name]["parameters"]
    ions = list(p["z"])
    lists = [p["z"].values(), p["relative_mobility"].values()]
    z, mobility = ([float(v) for v in values] for values in lists)
    pipette, bath = ([float(p[key].get(ion, 0.0)) for ion in ions] for key in ("pipette_mM", "bath_mM"))
    mobility = [float(p["relative_mobility"][ion]) for ion in ions]
    junction = eq.pipette_junction(z, mobility, pipette, bath, p["T_K"])
    assert junction == pytest.approx(JUNCTION[name]["values"]["V_bath_minus_pipette_V"], abs=1e-13)


def test_correction_of_a_measured_membrane_potential():
    """True -70 mV and a junction of -10 mV read as -80 mV."""
    assert eq.measured_potential(-0.070, -0.010) == pytest.approx(-0.080)
    assert eq.corrected_potential(-0.080, -0.010) == pytest.approx(-0.070)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(1e-3, 1e3),
    st.floats(1e-3, 1e3),
    st.floats(0.1, 10),
    st.sampled_from([(1, -1), (2, -1), (1, -2), (2, -2)]),
)
def test_all_junctions_of_one_salt_agree(left, right, ratio, charges):
    z_plus, z_minus = charges
    D = [1e-9, ratio * 1e-9]
    faces = [-z_minus * left, z_plus * left], [-z_minus * right, z_plus * right]
    closed = eq.binary_junction(z_plus, z_minus, *D, right / left, T)
    assert eq.henderson(charges, D, *faces, T) == pytest.approx(closed, abs=1e-12)
    assert eq.planck(charges, D, *faces, T) == pytest.approx(closed, abs=1e-11)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.0, 100.0), min_size=4, max_size=4), st.floats(0.1, 10))
def test_henderson_is_planck_for_equal_strength_and_common_anion(drawn, ratio):
    """Two univalent salts at one concentration: the Lewis-Sargent case."""
    D = [1e-9, ratio * 1e-9, 2e-9]
    left, right = [100.0, 0, 100], [0.0, 100, 100]
    henderson = eq.henderson([1, 1, -1], D, left, right, T)
    assert eq.planck([1, 1, -1], D, left, right, T) == pytest.approx(henderson, abs=1e-12)
    assert eq.henderson([1, 1, -1], D, right, left, T) == pytest.approx(-henderson, abs=1e-15)


def test_planck_at_extreme_ratios():
    D, z = [9.3e-9, 0.8e-9, 2e-9, 1e-9], [1, 2, -1, -2]
    left, right = [1e-4, 0.0, 1e-4, 0.0], [0.0, 500.0, 400.0, 300.0]
    film = eq.electroneutral_film(z, D, left, right, T)
    assert abs(film.current_times_thickness) < 1e-8
    np.testing.assert_allclose(film.concentration[:, -1], right, rtol=1e-9, atol=1e-9)


def test_equal_solutions_have_no_junction():
    args = ([1, 2, -1], [1e-9, 2e-9, 3e-9], [1, 2, 5], [1, 2, 5], T)
    assert eq.henderson(*args) == 0
    assert eq.planck(*args) == pytest.approx(0, abs=1e-15)


def test_henderson_is_smooth_where_conductivities_agree():
    D = [1e-9, 2e-9, 3e-9]
    at, near = (eq.henderson([1, 1, -1], D, [20.0, 0, 20], [0, 16.0 + d, 16 + d], T) for d in (0.0, 1e-7))
    assert near == pytest.approx(at, abs=1e-9)


def test_junction_build_up_reference():
    p, values = JUNCTION["LJP-buildup-HCl"]["parameters"], JUNCTION["LJP-buildup-HCl"]["values"]
    ions = [1, -1], [p["D_plus"], p["D_minus"]], [p["c_mean_mol_m3"]] * 2
    tau = eq.maxwell_time(*ions, p["eps_r"], p["T_K"])
    assert tau == pytest.approx(values["tau_s"], rel=2e-9)
    times, sigma = column(values["series"], "t_s"), eq.conductivity(*ions, p["T_K"])
    grown = eq.junction_build_up(times, values["dphi_inf_V"], sigma, p["eps_r"])
    np.testing.assert_allclose(grown, column(values["series"], "dphi_V"), rtol=1e-8)
