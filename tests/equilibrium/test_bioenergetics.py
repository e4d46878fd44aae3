"""Proton-motive force, ATP, symport, redox couples and reverse electron transport against closed forms."""

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
PMF = ITEMS["pmf"]
T = PMF["parameters"]["T_K"]
ABS_V = PMF["tolerance"]["abs_mV"] * 1e-3

volt = st.floats(-0.5, 0.5)
kelvin = st.floats(250.0, 400.0)
positive = st.floats(1e-6, 1e6)


def test_slope_per_ph_unit():
    assert eq.nernst_slope(T) == pytest.approx(PMF["values"]["Z_mV_per_pH"] * 1e-3, abs=ABS_V)


@pytest.mark.parametrize("row", PMF["values"]["pmf"])
def test_proton_motive_force(row):
    # the reference counts ΔpH positive when the N side is alkaline
    force = eq.proton_motive_force(row["Dpsi_mV"] * 1e-3, -row["DpH"], T)
    assert force == pytest.approx(row["Dp_mV"] * 1e-3, abs=ABS_V)
    assert eq.proton_free_energy(force) == pytest.approx(row["dG_per_H_kJ"] * 1e3, abs=FARADAY * ABS_V)


@pytest.mark.parametrize("row", PMF["values"]["ATP"])
def test_atp_stall(row):
    n, energy = float(row["n_H_per_ATP"]), -row["dG_ATP_hydrolysis_kJ"] * 1e3
    force = eq.atp_stall_force(energy, n)
    assert force == pytest.approx(row["Dp_min_mV"] * 1e-3, abs=ABS_V)
    assert energy + n * (-FARADAY * force) == pytest.approx(0.0, abs=1e-9)
    assert eq.maximum_atp_free_energy(force, n) == pytest.approx(energy, rel=1e-14)


@pytest.mark.parametrize("row", PMF["values"]["maxDpsi_if_electrogenic_1_charge_mV"])
def test_pump_stall_potential(row):
    assert eq.pump_stall_potential(-row["dG_kJ"] * 1e3, 1) == pytest.approx(row["Dpsi_max_mV"] * 1e-3, abs=ABS_V)


def test_maximum_atp_ratio_is_where_the_phosphorylation_potential_balances():
    force, n, standard = 0.19, 3.0, 32e3
    ratio = eq.maximum_atp_ratio(force, n, standard, T)
    energy = eq.atp_synthesis_free_energy(standard, ratio * 1e-6, 1e-3, 1e-3, T)
    assert energy == pytest.approx(n * FARADAY * force, rel=1e-12)


@given(psi=volt, ph=st.floats(-4, 4), temperature=kelvin)
def test_force_changes_sign_with_the_sides(psi, ph, temperature):
    forward = eq.proton_motive_force(psi, ph, temperature)
    assert eq.proton_motive_force(-psi, -ph, temperature) == -forward
    as_ion = eq.ion_motive_force(psi, 10.0**-ph, 1.0, 1, temperature)
    assert as_ion == pytest.approx(forward, abs=1e-12)


@given(force=volt, psi=volt, n=st.floats(0.5, 4), z=st.integers(-2, 2), temperature=kelvin)
def test_symport_equilibrium_has_no_free_energy(force, psi, n, z, temperature):
    ratio = eq.symport_accumulation(force, n, temperature, z, psi)
    work = GAS_CONSTANT * temperature * np.log(ratio) - z * FARADAY * psi
    assert work == pytest.approx(n * FARADAY * force, abs=1e-6)


def test_sucrose_symport():
    # 180 mV and one proton: exp(F 0.18 / RT)
    ratio = eq.symport_accumulation(0.180, [1, 2], 298.15)
    assert ratio == pytest.approx([1103.0, 1103.0**2], rel=1e-3)
    assert eq.symport_accumulation(0.0, 1, 298.15) == 1.0


@given(e0=volt, n=st.integers(1, 4), ratio=positive, temperature=kelvin)
def test_redox_potential_follows_its_ratio(e0, n, ratio, temperature):
    shift = eq.redox_potential(e0, n, ratio, 1.0, temperature) - e0
    assert shift == pytest.approx(GAS_CONSTANT * temperature / (n * FARADAY) * np.log(ratio), abs=1e-12)
    assert eq.redox_potential(e0, n, 1.0, ratio, temperature) - e0 == pytest.approx(-shift, abs=1e-12)


def test_redox_potential_moves_by_one_slope_per_proton_and_electron():
    at_7 = eq.redox_potential(0.1, 2, 1, 1, 298.15, protons=2, ph=7)
    assert 0.1 - at_7 == pytest.approx(7 * 0.05915935, abs=1e-7)
    assert eq.redox_potential(at_7, 2, 1, 1, 298.15, protons=2, ph=7, reference_ph=7) == at_7


@pytest.mark.parametrize("name", ["RET-complexI", "RET-NO2-to-NADH"])
def test_reverse_transport_balance(name):
    p, v = ITEMS[name]["parameters"], ITEMS[name]["values"]
    high, low = max(p["E1_V"], p["E2_V"]), min(p["E1_V"], p["E2_V"])
    uphill = eq.reverse_transport_threshold(high, low, p["n_e"], p["n_H"])
    assert uphill == pytest.approx(v["Dp_balance_mV"] * 1e-3, abs=ABS_V)
    # downhill the same number with the other sign: what the pump can hold
    assert eq.reverse_transport_threshold(low, high, p["n_e"], p["n_H"]) == -uphill
    assert eq.redox_free_energy(p["E1_V"], p["E2_V"], p["n_e"]) == pytest.approx(v["dG_kJ_per_ne"] * 1e3, rel=1e-9)


def test_reverse_transport_map():
    ratio, force = np.logspace(-3, 3, 61), np.linspace(0.0, 0.25, 51)
    m = eq.reverse_transport_map(ratio, force, 0.06, -0.28, 310.15)
    assert m.free_energy.shape == m.possible.shape == (51, 61)
    assert m.threshold[30] == pytest.approx(0.170, abs=1e-12)
    # [QH2]/[Q] = 10 lowers the donor by 30.8 mV and the threshold by half of it
    assert m.threshold[30] - m.threshold[40] == pytest.approx(0.5 * 0.5 * 0.0615404, abs=1e-7)
    assert np.array_equal(m.possible, force[:, None] > m.threshold[None, :])
    assert np.all(np.diff(m.threshold) < 0)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: eq.proton_motive_force(0.1, 0.5, 0.0), "temperature"),
        (lambda: eq.proton_motive_force(np.nan, 0.5, 300), "potential_difference"),
        (lambda: eq.ion_motive_force(0.1, 1, 1, 0, 300), "charge"),
        (lambda: eq.ion_motive_force(0.1, -1, 1, 1, 300), "activity_p"),
        (lambda: eq.redox_potential(0.1, 2, 1.0, [1.0, 0.0], 300), "reduced"),
        (lambda: eq.redox_potential(0.1, 0, 1.0, 1.0, 300), "electrons"),
        (lambda: eq.atp_stall_force(-50e3, 3), "synthesis_free_energy"),
        (lambda: eq.atp_stall_force(50e3, 0), "protons"),
        (lambda: eq.symport_accumulation("much", 1, 300), "motive_force"),
    ],
)
def test_refuses_by_name(call, name):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.key == name
