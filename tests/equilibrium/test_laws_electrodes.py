"""Redox electrodes, Butler-Volmer, Fermi levels, doped semiconductors."""

import numpy as np
import pytest
from closed_form_data import column, items
from hypothesis import given
from hypothesis import strategies as st

from npsolver import equilibrium as eq
from npsolver.errors import InputError
from npsolver.units import FARADAY, thermal_voltage

SILICON = items("semiconductors_neurons")
T = 298.15
concentration = st.floats(1e-3, 1e3)


@given(concentration, concentration, st.floats(0.05, 0.95), st.sampled_from([1, 2, 3]))
def test_detailed_balance_at_the_nernst_potential(ox, red, alpha, n):
    """Anodic = cathodic = exchange current > 0, and no net current."""
    E = eq.electrode_potential(0.3, n, ox, red, T)
    current = eq.redox_current(E, 0.3, 1e-5, n, ox, red, T, alpha)
    j0 = eq.exchange_current(1e-5, n, ox, red, alpha)
    assert j0 > 0
    assert current.anodic == pytest.approx(j0, rel=1e-12)
    assert current.cathodic == pytest.approx(j0, rel=1e-12)
    assert abs(current.net) < 1e-11 * j0
    eta = 0.03
    shifted = eq.redox_current(E + eta, 0.3, 1e-5, n, ox, red, T, alpha)
    expected = eq.butler_volmer(eta, j0, T, (1 - alpha) * n, alpha * n)
    assert shifted.net == pytest.approx(expected, rel=1e-9)


def test_butler_volmer_limits():
    j0 = 2.0
    slope = eq.butler_volmer(1e-7, j0, T) / 1e-7
    assert slope == pytest.approx(1 / eq.charge_transfer_resistance(j0, T), rel=1e-6)
    far = eq.butler_volmer(np.array([0.4, 0.4 + eq.tafel_slope(0.5, T)]), j0, T)
    assert far[1] / far[0] == pytest.approx(10, rel=1e-5)
    assert eq.butler_volmer(0.0, j0, T) == 0
    assert eq.butler_volmer(-0.1, j0, T, 0.3, 0.7) == pytest.approx(-eq.butler_volmer(0.1, j0, T, 0.7, 0.3))
    assert eq.tafel_slope(0.5, T) == pytest.approx(0.1183, abs=1e-4)


def test_butler_volmer_with_mass_transport():
    """Solves j = j0 [(1 - j/ja) e^a - (1 + j/jc) e^-c] and saturates at the limits."""
    eta, j0, ja, jc = np.array([-1.0, -0.05, 0.02, 1.0]), 2.0, 30.0, 20.0
    j = eq.butler_volmer(eta, j0, T, anodic_limit=ja, cathodic_limit=jc)
    f = 0.5 / thermal_voltage(T)
    implicit = j0 * ((1 - j / ja) * np.exp(f * eta) - (1 + j / jc) * np.exp(-f * eta))
    np.testing.assert_allclose(j[1:3], implicit[1:3], rtol=1e-12)
    np.testing.assert_allclose(j[[0, 3]], [-jc, ja], rtol=1e-6)
    assert eq.concentration_overpotential(0.9, 1, T) == pytest.approx(thermal_voltage(T) * np.log(0.1))


def test_overpotential_bookkeeping():
    assert eq.overpotential(0.80, 0.01, 5.0, 0.60) == pytest.approx(0.15)
    assert eq.overpotential(0.40, -0.01, 5.0, 0.60) == pytest.approx(-0.15)


def test_fermi_level_aligns_with_the_redox_couple():
    E = eq.electrode_potential(0.77, 1, 10.0, 1.0, T)
    assert pytest.approx(0.77 + 0.0592, abs=1e-4) == E
    assert eq.fermi_level(0.0) == -4.44
    assert eq.potential_of_fermi_level(eq.fermi_level(E)) == pytest.approx(E, abs=1e-15)


def test_doping_and_the_redox_ratio_that_compensates_it():
    """Ten times the donors lift the level by kT ln 10; the couple follows with a tenth of its ratio per electron."""
    shift = eq.doping_shift(1e21, 1e22, 300.0)
    assert shift == pytest.approx(0.05953, abs=1e-5)
    for n in (1, 2):
        factor = eq.compensating_redox_ratio(shift, n, 300.0)
        assert factor == pytest.approx(10.0**-n)
        moved = eq.electrode_potential(0.2, n, factor, 1.0, 300.0) - 0.2
        assert eq.fermi_level(0.2 + moved) - eq.fermi_level(0.2) == pytest.approx(shift)


@pytest.mark.parametrize("name", ["Si-n-1e15", "Si-p-1e16"])
def test_silicon_reference(name):
    p, values = SILICON[name]["parameters"], SILICON[name]["values"]
    bands = p["Nc_cm3"] * 1e6, p["Nv_cm3"] * 1e6, p["Eg_eV"], p["T_K"]
    doping = p["Nd_cm3"] * 1e6, p["Na_cm3"] * 1e6
    assert eq.intrinsic_density(*bands) == pytest.approx(values["n_i_cm3"] * 1e6, rel=1e-12)
    boltzmann = eq.semiconductor_fermi_level(*bands, *doping, statistics="boltzmann")
    assert boltzmann == pytest.approx(values["Ef_minus_Ec_eV_boltzmann"], abs=1e-13)
    level = eq.semiconductor_fermi_level(*bands, *doping)
    assert level == pytest.approx(values["Ef_minus_Ec_eV_FD"], abs=1e-12)
    intrinsic = eq.semiconductor_fermi_level(*bands, statistics="boltzmann")
    assert intrinsic == pytest.approx(values["Ei_minus_Ec_eV"], abs=1e-13)
    assert eq.flat_band_potential(p["chi_eV"], level) == pytest.approx(values["U_fb_V_SHE"], abs=1e-12)
    bending = column(values["redox"], "band_bending_V")
    width = eq.depletion_width(bending, max(doping), p["eps_r"], p["T_K"])
    np.testing.assert_allclose(width, column(values["redox"], "depletion_width_m"), rtol=1e-9)


def test_doping_shift_is_the_change_of_the_fermi_level():
    bands = 2.86e25, 2.66e25, 1.1242, 300.0
    low, high = (eq.semiconductor_fermi_level(*bands, N, statistics="boltzmann") for N in (1e21, 1e22))
    assert high - low == pytest.approx(eq.doping_shift(1e21, 1e22, 300.0), abs=1e-10), "but for the intrinsic carriers"


def test_degenerate_doping_needs_fermi_dirac():
    bands = 2.86e25, 2.66e25, 1.1242, 300.0
    degenerate = eq.semiconductor_fermi_level(*bands, 1e26)
    assert degenerate > eq.semiconductor_fermi_level(*bands, 1e26, statistics="boltzmann") + 0.01
    eta = degenerate / thermal_voltage(300.0)
    assert 2.86e25 * eq.fermi_dirac_half(eta) == pytest.approx(1e26, rel=1e-10)


@pytest.mark.parametrize(
    ("eta", "value"), [(0.0, 0.7651470246254079), (2.0, 2.8237212774015843), (10.0, 24.084656964637654)]
)
def test_fermi_dirac_integral(eta, value):
    """-Li_{3/2}(-e^eta); (2 Gamma) normalisation, so that it tends to e^eta."""
    assert eq.fermi_dirac_half(eta) == pytest.approx(value, rel=1e-12)
    assert eq.fermi_dirac_half(-30.0) == pytest.approx(np.exp(-30), rel=1e-12)


def test_mott_schottky_line():
    bending = np.array([0.2, 0.4, 0.6])
    inverse_square = eq.mott_schottky(bending, 1e21, 11.7, 300.0)
    assert np.diff(inverse_square)[0] == pytest.approx(np.diff(inverse_square)[1])
    zero = bending[0] - inverse_square[0] / np.diff(inverse_square)[0] * 0.2
    assert zero == pytest.approx(thermal_voltage(300.0), rel=1e-9), "the line meets the axis kT/e before flat band"


def test_depletion_charge_is_the_exact_layer():
    """Grahame with the donors frozen: electrons depleted at a positive electrode bend, majority tail kT/e."""
    donors, bend = 1e21, 0.6
    exact = eq.grahame_charge([-1], [donors / 6.02214076e23], -bend, 300.0, 11.7, fixed_charge=donors / 6.02214076e23)
    assert abs(exact) == pytest.approx(eq.depletion_charge(bend, donors, 11.7, 300.0), rel=1e-9)
    with pytest.raises(InputError, match="kT/e"):
        eq.depletion_width(0.01, donors, 11.7, 300.0)


def test_exchange_current_scale():
    assert eq.exchange_current(1e-5, 1, 1.0, 1.0) == pytest.approx(FARADAY * 1e-5)
