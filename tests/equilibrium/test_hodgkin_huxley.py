"""Hodgkin-Huxley membrane: gating, spike, charge and concentration economy, clamps."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npsolver import equilibrium as eq
from npsolver.errors import InputError
from npsolver.units import FARADAY

ITEMS = json.loads((Path(__file__).parents[1] / "data" / "equilibrium_laws.json").read_text(encoding="utf-8"))["items"]
AXON = eq.HodgkinHuxley()
WITH_IONS = eq.HodgkinHuxley(axoplasm=eq.Axoplasm())
SHOCK = eq.CurrentClamp(eq.Steps.pulse(1e-3, 5e-4, 0.2))  # 20 µA/cm² for 0.5 ms
TIMES = np.linspace(0.0, 0.030, 3001)


@pytest.fixture(scope="module")
def spike():
    return eq.simulate_axon(WITH_IONS, TIMES, clamp=SHOCK)


def test_gates_at_rest():
    # at the resting potential of 1952 (V = 0 there): values that follow from eqs. 20-24 by hand
    assert AXON.steady_gates(-0.065) == pytest.approx([0.0529325, 0.5961208, 0.3176769], abs=1e-7)
    assert AXON.gate_times(-0.065) == pytest.approx([0.2368e-3, 8.516e-3, 5.459e-3], rel=1e-3)
    assert AXON.resting_potential() == pytest.approx(-0.065, abs=1e-5)


@given(v=st.floats(-0.2, 0.15))
def test_gates_are_probabilities(v):
    gates = AXON.steady_gates(v)
    assert np.all((gates > 0) & (gates < 1))
    assert np.all(AXON.gate_times(v) > 0)


@pytest.mark.parametrize("singular", [-0.040, -0.055])
def test_rates_are_smooth_where_the_formula_divides_by_zero(singular):
    at, beside = AXON.gate_rates(singular), AXON.gate_rates(singular + 1e-9)
    for (a, b), (c, d) in zip(at, beside, strict=True):
        assert (a, b) == pytest.approx((c, d), rel=1e-6)


def test_rates_scale_with_q10():
    warm = eq.HodgkinHuxley(temperature=AXON.temperature + 10)
    assert warm.gate_times(-0.05) == pytest.approx(AXON.gate_times(-0.05) / 3, rel=1e-12)


def test_action_potential(spike):
    v, g = spike.potential, spike.conductance
    peak = np.argmax(v)
    assert v[0] == pytest.approx(-0.065, abs=1e-5)
    assert v.max() - v.min() > 0.100
    # towards E_Na, never beyond; the after-potential towards E_K
    assert 0.030 < v.max() < spike.equilibrium_potential("Na+")[peak]
    assert spike.equilibrium_potential("K+")[0] < v.min() < -0.070
    assert g["Na+"].max() > 1e3 * g["Na+"][0]
    assert np.argmax(g["Na+"]) < np.argmax(g["K+"])
    # back to rest
    assert v[-1] == pytest.approx(-0.065, abs=5e-4)
    assert g["Na+"][-1] == pytest.approx(g["Na+"][0], rel=0.2)


def test_weak_stimulus_gives_no_spike():
    weak = eq.simulate_axon(WITH_IONS, TIMES, clamp=eq.CurrentClamp(eq.Steps.pulse(1e-3, 5e-4, 0.05)))
    assert weak.potential.max() < -0.060
    assert weak.potential[-1] == pytest.approx(-0.065, abs=1e-4)


def test_second_shock_in_the_refractory_period_fails(spike):
    twice = eq.CurrentClamp(eq.Steps((1e-3, 1.5e-3, 6e-3, 6.5e-3), (0.2, 0.0, 0.2, 0.0)))
    course = eq.simulate_axon(WITH_IONS, TIMES, clamp=twice)
    later = TIMES > 6.5e-3
    assert course.potential[later].max() < 0.0 < spike.potential.max()


def test_charge_is_conserved(spike):
    assert np.max(np.abs(spike.charge_defect())) < 1e-12
    entered = FARADAY * (spike.entered["Na+"] + spike.entered["K+"] - spike.entered["Cl-"]) + spike.injected
    assert entered == pytest.approx(AXON.capacitance * (spike.potential - spike.potential[0]), abs=1e-13)
    assert spike.injected[-1] == pytest.approx(0.2 * 5e-4, rel=1e-9)


def test_spike_moves_a_millionth_of_the_ions():
    # 18.5 °C; the difference to the silent axon is what the spike moved
    axon = eq.HodgkinHuxley(temperature=291.65, axoplasm=eq.Axoplasm())
    times = np.linspace(0, 0.015, 1501)
    spike = eq.simulate_axon(axon, times, clamp=eq.CurrentClamp(eq.Steps.pulse(0.0, 2e-4, 0.6)))
    silent = eq.simulate_axon(axon, times)
    sodium, potassium = (spike.entered[ion][-1] - silent.entered[ion][-1] for ion in ("Na+", "K+"))
    # Keynes 1951 measured 3-4 pmol/cm² of each per impulse; the charge alone needs 1 pmol/cm²
    assert 3e-8 < sodium < 5e-8
    assert sodium + potassium == pytest.approx(0.0, abs=0.03 * sodium)
    swing = spike.potential.max() - spike.potential.min()
    assert swing > 0.1
    assert sodium > eq.charge_for_swing(axon.capacitance, swing)
    change = spike.concentration("K+")[-1] / silent.concentration("K+")[-1] - 1
    assert -2e-6 < change < -2e-7
    # and with such changes the reversal potentials stay where they were
    assert abs(spike.equilibrium_potential("K+")[-1] - axon.potassium_reversal) < 1e-6


def test_charge_of_an_action_potential():
    item = ITEMS["AP-charge"]
    p, v, rel = item["parameters"], item["values"], item["tolerance"]["rel"]
    moved = eq.charge_for_swing(p["C_F_m2"], p["dV_V"])
    assert moved == pytest.approx(v["n_mol_m2"], rel=rel)
    assert moved * FARADAY == pytest.approx(v["Q_C_m2"], rel=rel)
    assert moved * FARADAY * np.pi * p["diameter_m"] == pytest.approx(v["Q_per_m_axon_C"], rel=rel)
    # one ATP returns three Na+
    assert moved * np.pi * p["diameter_m"] / 3 == pytest.approx(v["ATP_min_per_m_mol"], rel=rel)
    fraction = eq.concentration_change(p["C_F_m2"], p["dV_V"], 1, p["K_in_mol_m3"], p["diameter_m"] / 4)
    assert fraction == pytest.approx(v["fraction_of_K"], rel=rel)


def test_energies_of_ion_transfer():
    item = ITEMS["neuron-energetics"]
    p, v, tol = item["parameters"], item["values"], item["tolerance"]["kJ_abs"]
    t = p["T_K"]
    assert eq.gradient_energy(p["Ca_ratio"], t) * 1e-3 == pytest.approx(v["Ca_conc_term_kJ"], abs=tol)
    assert eq.gradient_energy(20000, 310.15) * 1e-3 == pytest.approx(25.54, abs=0.005)
    entering = eq.transfer_energy(1, p["Na_out"], p["Na_in"], p["V_threshold"], t) * 1e-3
    assert entering == pytest.approx(v["Na_influx_at_threshold_kJ"], abs=tol)
    calcium = eq.transfer_energy(2, p["Ca_ratio"], 1, -0.070, t) * 1e-3
    assert calcium == pytest.approx(v["Ca_total_at_minus70mV_kJ"], abs=tol)
    for row in v["Na_influx_alternatives"]:
        energy = eq.transfer_energy(1, row["Na_out"], row["Na_in"], row["V"], t) * 1e-3
        assert energy == pytest.approx(row["dG_kJ"], abs=tol)


def test_driving_forces_and_their_signs():
    assert eq.driving_force(-0.065, 0.0615) == pytest.approx(-0.1265, abs=1e-12)
    assert eq.driving_force(-0.0682, -0.0945) == pytest.approx(0.0263, abs=1e-12)
    forces = np.array([-0.1265, 0.0263])
    assert eq.ion_flow_direction(1, forces).tolist() == [-1, 1]
    assert eq.ion_flow_direction(-1, forces).tolist() == [1, -1]
    assert eq.chord_current(1e-6, -0.065, 0.0615) == pytest.approx(-1.265e-7)


def test_finite_axoplasm_hardly_changes_the_spike(spike):
    fixed = eq.simulate_axon(AXON, TIMES, clamp=SHOCK)
    assert fixed.potential == pytest.approx(spike.potential, abs=1e-4)
    thin = eq.simulate_axon(eq.HodgkinHuxley(axoplasm=eq.Axoplasm(diameter=5e-7)), TIMES, clamp=SHOCK)
    ratio = (thin.concentration("Na+")[-1] / thin.concentration("Na+")[0] - 1) / (
        spike.concentration("Na+")[-1] / spike.concentration("Na+")[0] - 1
    )
    assert 500 < ratio < 1100  # a thousand times thinner: about a thousand times the change


def test_voltage_clamp_follows_the_closed_form():
    # each gate relaxes exponentially, so the clamped current is known exactly
    hold, step, start = -0.065, 0.0, 1e-3
    times = np.linspace(0.0, 0.011, 1101)
    course = eq.simulate_axon(AXON, times, clamp=eq.VoltageClamp(eq.Steps((start,), (step,), hold)))
    on = times >= start
    first, last, tau = AXON.steady_gates(hold), AXON.steady_gates(step), AXON.gate_times(step)
    decay = np.exp(-(times[on] - start) / tau[:, None])
    m, h, n = last[:, None] + (first - last)[:, None] * decay
    current = AXON.conductances(m, h, n) * (step - AXON.reversal[:, None])
    assert course.clamp_current[on] == pytest.approx(current.sum(axis=0), abs=1e-6)
    assert course.current["Na+"][on] == pytest.approx(current[0], abs=1e-6)
    assert course.potential[on] == pytest.approx(step, abs=1e-15)
    # early inward sodium, late outward potassium
    assert course.clamp_current[on].min() < -1.0 < 5.0 < course.clamp_current[-1]
    assert np.max(np.abs(course.charge_defect())) < 1e-12


def test_steady_current_makes_it_fire_at_68_hertz():
    times = np.linspace(0.0, 0.3, 30001)
    v = eq.simulate_axon(AXON, times, clamp=eq.CurrentClamp(eq.Steps((0.0,), (0.1,)))).potential
    upward = np.flatnonzero((v[:-1] <= 0) & (v[1:] > 0))
    crossing = times[upward] - v[upward] * np.diff(times)[0] / (v[upward + 1] - v[upward])
    assert 1 / np.diff(crossing)[-1] == pytest.approx(68.3, abs=0.2)


def test_integrators_agree(spike):
    other = eq.simulate_axon(WITH_IONS, TIMES, clamp=SHOCK, method="Radau", rtol=1e-8)
    assert other.potential == pytest.approx(spike.potential, abs=2e-6)


def test_carrier_of_the_stimulus_is_booked_on_its_ion():
    by_potassium = eq.CurrentClamp(SHOCK.current, carrier="K+")
    course = eq.simulate_axon(WITH_IONS, TIMES, clamp=by_potassium)
    assert np.all(course.injected == 0)
    assert np.max(np.abs(course.charge_defect())) < 1e-12


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: eq.HodgkinHuxley(capacitance=0.0), "capacitance"),
        (lambda: eq.HodgkinHuxley(sodium=-1.0), "sodium"),
        (lambda: eq.Axoplasm(diameter=-1.0), "diameter"),
        (lambda: eq.Axoplasm(outside=(1.0, 2.0)), "outside"),
        (lambda: AXON.inside, "axoplasm"),
        (lambda: eq.simulate_axon(AXON, [0, 1], clamp=eq.CurrentClamp(carrier="Ca2+")), "carrier"),
    ],
)
def test_refuses_by_name(call, name):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.key == name
