"""Charging of blocking cells and small-signal impedance."""

import numpy as np
import pytest
from closed_form_data import column, items

from npsolver import equilibrium as eq
from npsolver.errors import InputError
from npsolver.units import VACUUM_PERMITTIVITY

TRANSIENT = items("transient")
T = 298.15
# the reference uses eps0 of CODATA 2018, 7e-10 away
RTOL = 5e-9


def blocking_cell(p):
    D = [p.get("D_plus", p.get("D_m2_s")), p.get("D_minus", p.get("D_m2_s"))]
    gap = p.get("gap_d_m", 2 * p.get("half_gap_L_m", 0.0))
    return [1, -1], D, [p["c0_mol_m3"]] * 2, p["eps_r"], gap, p["T_K"], p["delta"] * p["lambda_D_m"]


@pytest.mark.parametrize("name", ["imp-MacDonald-1mM-10um", "imp-Stern-10mM-1um", "imp-asymD-1mM"])
def test_blocking_impedance_reference(name):
    p, rows = TRANSIENT[name]["parameters"], TRANSIENT[name]["values"]["table"]
    frequency = column(rows, "f_Hz")
    Z = eq.blocking_impedance(frequency, *blocking_cell(p))
    np.testing.assert_allclose(Z.real, column(rows, "Z_re_ohm_m2"), rtol=RTOL)
    np.testing.assert_allclose(Z.imag, column(rows, "Z_im_ohm_m2"), rtol=RTOL)
    if p["D_plus"] == p["D_minus"]:
        rest = p["D_plus"], p["c0_mol_m3"], p["eps_r"], p["gap_d_m"], p["T_K"], p["delta"] * p["lambda_D_m"]
        np.testing.assert_allclose(eq.macdonald_impedance(frequency, 1, *rest), Z, rtol=1e-8)


def test_blocking_impedance_limits_of_a_mixture():
    """Low frequency: two double layers in series; high frequency: the dielectric."""
    ions = [1, 2, -1], [2e-9, 0.8e-9, 2e-9], [1.0, 2.0, 5.0]
    gap = 1e-6
    debye = eq.debye_length(ions[0], ions[2], T, 78.4)
    low, high = eq.blocking_impedance([1e-3, 1e13], *ions, 78.4, gap, T)
    layer = eq.diffuse_capacitance(ions[0], ions[2], 0.0, T, 78.4)
    assert eq.capacitance_of_impedance(1e-3, low) == pytest.approx(layer / 2, rel=1e-4)
    assert layer == pytest.approx(78.4 * VACUUM_PERMITTIVITY / debye)
    assert eq.capacitance_of_impedance(1e13, high) == pytest.approx(78.4 * VACUUM_PERMITTIVITY / gap, rel=1e-4)
    middle = eq.blocking_impedance(2e4, *ions, 78.4, 100 * gap, T)
    assert middle.real == pytest.approx(100 * gap / eq.conductivity(*ions, T), rel=0.05)


@pytest.mark.parametrize("name", ["BTA-linear-eps0.05-d0", "BTA-linear-eps0.1-d0.3"])
def test_linear_charging_reference(name):
    p, values = TRANSIENT[name]["parameters"], TRANSIENT[name]["values"]
    cell = blocking_cell(p)
    charge = eq.step_charge(column(values["series"], "t_s"), p["V_V"], *cell)
    np.testing.assert_allclose(charge, column(values["series"], "electrode_charge_C_m2"), rtol=RTOL)
    late = eq.step_charge(100 * p["tau_c_s"], p["V_V"], *cell)
    assert late == pytest.approx(values["static_charge_C_m2"], rel=RTOL)
    slow = eq.relaxation_time(cell[0], p["D_m2_s"], *cell[2:])
    assert slow == pytest.approx(values["slowest_relaxation_time_s"], rel=RTOL)
    rc = eq.charging_time(p["lambda_D_m"], p["half_gap_L_m"], p["D_m2_s"], p["delta"])
    assert rc == pytest.approx(values["BTA_leading_over_tauc"] * p["tau_c_s"], rel=1e-6)


def test_relaxation_time_from_thin_to_overlapping_layers():
    debye = eq.debye_length([1, -1], [1, 1], T, 78.4)
    gaps = np.array([1e-10, 1e-9, 1e-8, 3.33e-8, 1e-7, 1e-6, 1e-4])
    times = [eq.relaxation_time([1, -1], 1e-9, [1, 1], 78.4, gap, T) for gap in gaps]
    assert np.all(np.diff(times) > 0)
    assert times[0] == pytest.approx((gaps[0] / np.pi) ** 2 / 1e-9, rel=1e-4)
    assert times[-1] == pytest.approx(eq.charging_time(debye, gaps[-1] / 2, 1e-9), rel=1e-3)


@pytest.mark.parametrize("name", ["BTA-WNL-v4-d0.1", "BTA-WNL-v2-d0"])
def test_weakly_nonlinear_charging_reference(name):
    p, rows = TRANSIENT[name]["parameters"], TRANSIENT[name]["values"]
    charging = eq.charging_weakly_nonlinear(column(rows, "t_over_tauc"), p["v_over_VT"], p["delta"])
    np.testing.assert_allclose(charging.zeta, column(rows, "zeta"), rtol=1e-9)
    np.testing.assert_allclose(charging.charge, column(rows, "q"), rtol=1e-9)
    np.testing.assert_allclose(charging.current, column(rows, "current_dqdt"), rtol=1e-9)


def test_weakly_nonlinear_charging_is_linear_at_small_voltage():
    t = np.array([0.0, 0.3, 2.0])
    small = eq.charging_weakly_nonlinear(t, 1e-4, 0.5)
    np.testing.assert_allclose(small.zeta, 1e-4 / 1.5 * (1 - np.exp(-1.5 * t)), atol=1e-11)
    opposite = eq.charging_weakly_nonlinear(t, -3.0)
    np.testing.assert_allclose(opposite.charge, -eq.charging_weakly_nonlinear(t, 3.0).charge, rtol=1e-10)


def test_warburg_reference():
    p, rows = TRANSIENT["Warburg-1"]["parameters"], TRANSIENT["Warburg-1"]["values"]["table"]
    medium = column(rows, "f_Hz"), p["n"], p["c_mol_m3"], p["D_m2_s"], p["T_K"]
    for name, options in (
        ("Z_short_ohm_m2", {"thickness": p["L_m"], "far_side": "reservoir"}),
        ("Z_open_ohm_m2", {"thickness": p["L_m"], "far_side": "closed"}),
        ("Z_semi_inf_ohm_m2", {}),
    ):
        expected = [row[name]["re"] + 1j * row[name]["im"] for row in rows]
        np.testing.assert_allclose(eq.warburg_impedance(*medium, **options), expected, rtol=1e-12)
    with pytest.raises(InputError, match="thickness"):
        eq.warburg_impedance(*medium, far_side="closed")


def test_symmetric_cell_reference():
    p, values = TRANSIENT["symcell-LiPF6"]["parameters"], TRANSIENT["symcell-LiPF6"]["values"]
    cell = p["D_plus"], p["D_minus"], p["c0_mol_m3"], p["L_m"], p["T_K"]
    expected = [row["Z_re"] + 1j * row["Z_im"] for row in values["table"]]
    np.testing.assert_allclose(
        eq.symmetric_cell_impedance(column(values["table"], "f_Hz"), *cell), expected, rtol=1e-12
    )
    direct = eq.symmetric_cell_impedance(1e-9, *cell).real
    assert direct / values["R_bulk"] == pytest.approx(values["inverse_t_plus"], rel=1e-9)
