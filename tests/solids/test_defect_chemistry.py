"""Defect equilibria over thirty decades, and the closed forms, against reference values and each other."""

from __future__ import annotations

import numpy as np
import pytest
from membrane_cases import ITEMS

from npsolver import equilibrium
from npsolver.errors import InputError
from npsolver.model import DefectChemistry, DefectEquilibrium

REDUCTION = DefectEquilibrium("reduction", {"V": 1, "e": 2}, {"O2": 0.5}, 1e-14)
PAIRS = DefectEquilibrium("pairs", {"e": 1, "h": 1}, {}, 1e-12)
CHARGE = {"V": 2, "e": -1, "h": 1}
PRESSURE = np.logspace(-25, 0, 101) * 1e5


@pytest.mark.parametrize("doping", [-5000.0, -1e-6, 0.0, 1e-9, 30.0])
def test_all_pressures_at_once(doping):
    found = DefectChemistry(CHARGE, (REDUCTION, PAIRS)).concentrations({"O2": PRESSURE}, doping)
    exact = equilibrium.oxide_defects(PRESSURE, 1e-14, 1e-12, doping)
    for name, values in zip("Veh", exact):
        assert found[name] == pytest.approx(values, rel=1e-11)
    assert REDUCTION.pressure(found) == pytest.approx(PRESSURE, rel=1e-10)


def test_trapping_conserves_the_dopant():
    """Acceptors that bind holes, and two states of the dopant."""
    trap = DefectEquilibrium("trap", {"A": -1, "h": -1, "Ax": 1}, {}, 1e6)
    charge = CHARGE | {"A": -1, "Ax": 0}
    chemistry = DefectChemistry(charge, (REDUCTION, PAIRS, trap), (({"A": 1, "Ax": 1}, 100.0),))
    found = chemistry.concentrations({"O2": PRESSURE})
    assert found["A"] + found["Ax"] == pytest.approx(100.0, rel=1e-12)
    assert found["Ax"] == pytest.approx(1e6 * found["A"] * found["h"], rel=1e-10)
    net = sum(charge[name] * values for name, values in found.items())
    assert np.all(np.abs(net) <= 1e-12 * (2 * found["V"] + found["h"]))


def test_frenkel_and_hydration():
    """Interstitials; protons from steam: several gases."""
    frenkel = DefectEquilibrium("Frenkel", {"V": 1, "O_i": 1}, {}, 1e-8)
    water = DefectEquilibrium("hydration", {"V": -1, "OH": 2}, {"H2O": -1}, 1e-3)
    charge = CHARGE | {"O_i": -2, "OH": 1}
    chemistry = DefectChemistry(charge, (REDUCTION, PAIRS, frenkel, water))
    found = chemistry.concentrations({"O2": PRESSURE, "H2O": 3000.0}, -100.0)
    assert found["V"] * found["O_i"] == pytest.approx(1e-8, rel=1e-10)
    assert found["OH"] ** 2 == pytest.approx(1e-3 * 3000.0 * found["V"], rel=1e-10)


@pytest.mark.parametrize(
    ("equilibria", "message"),
    [((REDUCTION,), "defects .* need .* found 1"), ((REDUCTION, REDUCTION), "not independent")],
)
def test_wrong_number_of_equilibria(equilibria, message):
    with pytest.raises(InputError, match=message):
        DefectChemistry(CHARGE, equilibria).concentrations({"O2": 1.0})


def test_nothing_balances():
    with pytest.raises(InputError, match="no neutral state: all defects are positive"):
        DefectChemistry({"V": 2}, ()).concentrations({}, 5.0)


def _electronic(p):
    return lambda q: p["sigma_n0_S_m"] * q**-0.25 + p["sigma_p0_S_m"] * q**0.25


@pytest.mark.parametrize("name", ["YSZ-1273-1e-18", "GDC-873", "GDC-973", "custom-np"])
def test_wagner_integrals(name):
    p, values = ITEMS[name]["parameters"], ITEMS[name]["values"]
    ends = p["p1_atm"], p["p2_atm"]
    found = equilibrium.mixed_conduction(*ends, p["L_m"], p["T_K"], p["sigma_ion_S_m"], _electronic(p))
    assert found.flux == pytest.approx(values["J_O2_mol_m2_s"], rel=1e-12)
    assert found.voltage == pytest.approx(values["V_ocv_V"], rel=1e-12)
    assert found.nernst == pytest.approx(values["V_nernst_V"], rel=1e-12)
    assert found.mean_transference == pytest.approx(values["mean_t_ion"], rel=1e-12)
    rows = values["pO2_profile"]
    places = [row["x_over_L_from_low_pO2"] for row in rows]
    profile = equilibrium.permeation_profile(places, *ends, p["sigma_ion_S_m"], _electronic(p))
    assert np.log10(profile) == pytest.approx([row["log10_pO2_atm"] for row in rows], abs=1e-8)
    assert equilibrium.permeation_profile([0.0, 1.0], *ends, p["sigma_ion_S_m"], _electronic(p)) == pytest.approx(ends)


def test_electronic_conductor_and_surface_limits():
    p, values = ITEMS["LSCF-like"]["parameters"], ITEMS["LSCF-like"]["values"]
    arguments = p["p1_atm"], p["p2_atm"], p["L_m"], p["T_K"]
    assert equilibrium.permeation_power_law(*arguments, p["s0_S_m"], p["n"]) == pytest.approx(
        values["J_O2_mol_m2_s"], rel=1e-12
    )
    finite = equilibrium.mixed_conduction(*arguments, lambda q: p["s0_S_m"] * q ** -p["n"], p["sigma_el_S_m"])
    assert finite.flux == pytest.approx(values["J_finite_sigma_el"], rel=1e-12)
    p, values = ITEMS["char-length-Lc"]["parameters"], ITEMS["char-length-Lc"]["values"]
    assert equilibrium.characteristic_thickness(p["D"], p["k"]) == pytest.approx(values["Lc_m"])
    assert equilibrium.surface_limited_share(p["L"], p["D"], p["k"]) == pytest.approx(values["flux_ratio"])


@pytest.mark.parametrize("name", ["amb-ceria", "amb-LixMO2"])
def test_chemical_diffusion(name):
    p, values = ITEMS[name]["parameters"], ITEMS[name]["values"]
    z1, c1, D1, z2, c2, D2 = (p[k] for k in ("z1", "c1", "D1", "z2", "c2", "D2"))
    assert equilibrium.ambipolar_diffusivity(z1, c1, D1, z2, c2, D2) == pytest.approx(values["D_chem"], rel=1e-12)
    first, second = (
        equilibrium.partial_conductivity(z, D, c, p["T_K"]) for z, D, c in ((z1, D1, c1), (z2, D2, c2))
    )
    assert first == pytest.approx(values["sigma1_S_m"], rel=1e-12)
    capacitance = equilibrium.chemical_capacitance(z1, c1, z2, c2, p["T_K"])
    assert first * second / (first + second) / capacitance == pytest.approx(values["D_chem"], rel=1e-12)


@pytest.mark.parametrize("name", ["MS-GDC-0.3V", "MS-GDC-0.5V"])
def test_grain_boundary(name):
    p, values = ITEMS[name]["parameters"], ITEMS[name]["values"]
    found = equilibrium.grain_boundary_depletion(p["Phi0_V"], p["c_A_mol_m3"], p["z"], p["T_K"], p["eps_r"])
    assert found.width == pytest.approx(values["abrupt_width_m"], rel=1e-8)
    assert found.core_charge == pytest.approx(values["abrupt_core_charge_C_m2"], rel=1e-8)
    assert found.resistance_ratio == pytest.approx(values["abrupt_approx_rho_ratio"], rel=1e-10)


def test_voltage_of_an_n_type_electrolyte():
    p = ITEMS["GDC-OCV-table"]["parameters"]
    half = (p["sigma_n0_S_m"] / p["sigma_ion_S_m"]) ** 4
    for row in ITEMS["GDC-OCV-table"]["values"]:
        found = equilibrium.n_type_voltage(float(row["p_fuel_atm"]), p["p_air_atm"], half, p["T_K"])
        assert found == pytest.approx(row["V_ocv_V"], rel=1e-12)


def test_polarised_cell_is_ohmic_at_small_voltage():
    found = equilibrium.hebb_wagner_current(1e-6, 2.0, 3.0, 1e-3, 1000.0)
    assert found == pytest.approx(5.0 * 1e-6 / 1e-3, rel=1e-4)
