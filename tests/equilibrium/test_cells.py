"""Pump-leak cells: conservation, closed forms of the resting state, pump block, metabolic failure and clamps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npsolver import equilibrium as eq
from npsolver.errors import ConvergenceError, InputError
from npsolver.units import FARADAY, GAS_CONSTANT

T = 310.15
VT = GAS_CONSTANT * T / FARADAY
RADIUS = 1e-5
AREA, VOLUME = 4 * np.pi * RADIUS**2, 4 / 3 * np.pi * RADIUS**3
HOUR = 3600.0


def ions(chloride=10.0):
    return (
        eq.CellIon("K+", 1, 140.0, 5.0),
        eq.CellIon("Na+", 1, 15.0, 145.0),
        eq.CellIon("Cl-", -1, chloride, 110.0),
    )


def pump(**changes):
    return eq.Pump(**{"maximum_rate": 1e-7, "sodium_constant": 12.0, "potassium_constant": 1.5} | changes)


@pytest.fixture(scope="module")
def neuron():
    """At rest by construction: Cl- passive at -70 mV, Na+ and K+ leaks balance the pump; swells with water."""
    passive = ions(110.0 * np.exp(-0.070 / VT))
    bare = eq.Cell(passive, (pump(),), AREA, VOLUME, potential=-0.070, water_permeability=1e-5)
    leaks = eq.leaks_that_balance(bare.start(), bare.transporters, ("Na+", "K+"))
    return replace(bare, transporters=(pump(), *leaks, eq.Leak("Cl-", conductance=0.05)))


# ------------------------------------------------------------------------------- pump against leak


@given(p=st.floats(0, 10), k=st.floats(1e-3, 10), g0=st.floats(-5, 5), t=st.floats(0, 100))
def test_pump_leak_course_solves_its_equation(p, k, g0, t):
    h = 1e-4 / k
    slope = (eq.pump_leak_course(t + 2 * h, p, k, g0) - eq.pump_leak_course(t, p, k, g0)) / (2 * h)
    assert slope == pytest.approx(p - k * eq.pump_leak_course(t + h, p, k, g0), abs=1e-6 * (1 + p + 5 * k))
    assert eq.pump_leak_course(0.0, p, k, g0) == pytest.approx(g0, abs=1e-9)


def test_pump_leak_steady_state():
    assert eq.pump_leak_steady(2.0, 0.5) == 4.0
    assert eq.pump_leak_course(1e3, 2.0, [0.5, 0.25], 1.0) == pytest.approx([4.0, 8.0])


# ------------------------------------------------------------------------------------ transporters


def surroundings(v, k_in, na_in, cl_in):
    inside = {"K+": k_in, "Na+": na_in, "Cl-": cl_in}
    return eq.Surroundings(v, inside, {"K+": 5.0, "Na+": 145.0, "Cl-": 110.0}, {"K+": 1, "Na+": 1, "Cl-": -1}, T)


PASSIVE = [
    eq.Leak("K+", conductance=1.0),
    eq.Leak("Cl-", permeability=1e-8),
    eq.Cotransporter({"Na+": 1, "K+": 1, "Cl-": 2}, 1e-13, name="NKCC1"),
    eq.Cotransporter({"Na+": 1, "K+": 1, "Cl-": 2}, 1e-16, "mass action", "NKCC1"),
    eq.Cotransporter({"K+": 1, "Cl-": 1}, 1e-13, name="KCC2"),
    eq.Cotransporter({"Na+": 3, "K+": -1}, 1e-16, "mass action", "electrogenic"),
]


@pytest.mark.parametrize("transporter", PASSIVE, ids=lambda t: f"{t.name}-{getattr(t, 'law', '')}")
@given(v=st.floats(-0.15, 0.15), k=st.floats(1, 300), na=st.floats(1, 300), cl=st.floats(1, 300))
def test_passive_transport_dissipates(transporter, v, k, na, cl):
    at = surroundings(v, k, na, cl)
    energy = at.cycle_energy(transporter.stoichiometry)
    rate = transporter.rate(at)
    # in equilibrium both vanish; elsewhere the transport runs down its free energy
    if abs(energy) > 1e-6:
        assert rate * energy < 0


def test_cycle_energy_of_the_pump_is_its_work():
    at = surroundings(-0.070, 140.0, 15.0, 10.0)
    by_hand = 3 * (GAS_CONSTANT * T * np.log(145 / 15) + FARADAY * 0.070)
    by_hand += 2 * (GAS_CONSTANT * T * np.log(140 / 5) - FARADAY * 0.070)
    assert at.cycle_energy(pump().stoichiometry) == pytest.approx(by_hand, rel=1e-12)
    # stalls where ATP just pays for it, runs backwards below
    assert pump(atp_free_energy=by_hand).rate(at) == pytest.approx(0.0, abs=1e-20)
    assert pump(atp_free_energy=by_hand + 5e3).rate(at) > 0 > pump(atp_free_energy=by_hand - 5e3).rate(at)


def test_pump_saturates():
    low, half, high = (pump(maximum_rate=1.0).rate(surroundings(0.0, 140.0, na, 10.0)) for na in (0.12, 12.0, 1e4))
    potassium = 1 / (1 + (1.5 / 5.0) ** 2)
    assert half == pytest.approx(0.5 * potassium)
    assert high == pytest.approx(potassium, rel=1e-6)
    assert low == pytest.approx(1e-6 * potassium, rel=1e-5)


# ------------------------------------------------------------------------------------ resting state


def test_cell_at_rest_stays(neuron):
    course = eq.simulate_cell(neuron, np.linspace(0, 10 * HOUR, 21))
    assert course.potential == pytest.approx(-0.070, abs=1e-9)
    assert course.volume == pytest.approx(VOLUME, rel=1e-8)
    assert course.concentration("K+") == pytest.approx(140.0, rel=1e-8)


def test_resting_state_agrees_with_the_closed_form():
    # constant 3:2 pump, linear leaks, passive Cl-, water: V from electroneutrality and osmotic balance
    # (J. Keener and J. Sneyd, Mathematical Physiology, eqs. 2.103-2.106)
    p, g_na, g_k = 1.2e-7, 0.25, 1.5
    bath = (eq.CellIon("K+", 1, 120.0, 5.0), eq.CellIon("Na+", 1, 30.0, 145.0), eq.CellIon("Cl-", -1, 20.0, 150.0))
    membrane = (
        eq.Pump(p, 0.0, 0.0),
        eq.Leak("Na+", conductance=g_na),
        eq.Leak("K+", conductance=g_k),
        eq.Leak("Cl-", conductance=0.5),
    )
    cell = eq.Cell(bath, membrane, AREA, VOLUME, potential=-0.06, water_permeability=1e-5)
    assert cell.trapped_valence == pytest.approx(-1.0, abs=1e-4)
    rest = eq.resting_state(cell)
    sodium = 145.0 * np.exp(-3 * FARADAY * p / g_na / VT)
    potassium = 5.0 * np.exp(2 * FARADAY * p / g_k / VT)
    v = -VT * np.log(150.0 / (sodium + potassium))
    assert rest.potential == pytest.approx(v, abs=2e-6)
    assert rest.concentration["Na+"] == pytest.approx(sodium * np.exp(-v / VT), rel=1e-4)
    assert rest.concentration["K+"] == pytest.approx(potassium * np.exp(-v / VT), rel=1e-4)
    assert rest.concentration["Cl-"] == pytest.approx(150.0 * np.exp(v / VT), rel=1e-4)
    trapped = 300.0 - sum(rest.concentration.values())
    assert rest.volume == pytest.approx(cell.trapped_amount / trapped, rel=1e-6)


def test_cell_with_permeabilities_rests_at_the_mullins_noda_potential():
    b, inside, outside = 0.04, (140.0, 15.0), (5.0, 145.0)
    v = float(eq.mullins_noda_potential(b, inside, outside, T))
    bare = eq.Cell(ions(), (pump(),), AREA, VOLUME, potential=v)
    sodium, potassium = eq.leaks_that_balance(bare.start(), (pump(),), ("Na+", "K+"), "permeability")
    assert sodium.permeability / potassium.permeability == pytest.approx(b, rel=1e-12)
    cell = replace(bare, transporters=(pump(), sodium, potassium))
    assert eq.zero_current_potential(cell) == pytest.approx(v, abs=1e-12)
    # stopping the pump at once leaves the equation of Goldman, Hodgkin and Katz; the share is about 5 mV
    ghk = VT * np.log((5.0 + b * 145.0) / (140.0 + b * 15.0))
    share = eq.electrogenic_share(cell)
    assert share == pytest.approx(ghk - v, abs=1e-12)
    assert share == pytest.approx(5e-3, abs=0.5e-3)
    # and the simulated cell jumps by it within the time constant of its membrane
    course = eq.simulate_cell(cell, [0.0, 1.0, 1.1], interventions=[eq.Intervention(1.0, "pump", 0.0)])
    settled = eq.simulate_cell(cell, [0.0, 1.0, 3.0], interventions=[eq.Intervention(1.0, "pump", 0.0)])
    assert course.potential[1] == pytest.approx(v, abs=1e-8)
    assert settled.potential[2] - v == pytest.approx(share, abs=0.1e-3)


def test_share_never_exceeds_the_coupling():
    # b -> 0: RT/F ln(3/2)
    on = eq.mullins_noda_potential(0.0, (140.0, 15.0), (5.0, 145.0), T)
    assert on == pytest.approx(VT * np.log(5 / 140), abs=1e-12)
    b = np.geomspace(1e-3, 10, 30)
    off = eq.mullins_noda_potential(b, (140.0, 15.0), (5.0, 145.0), T, coupling=1.0)
    share = off - eq.mullins_noda_potential(b, (140.0, 15.0), (5.0, 145.0), T)
    assert np.all((share > 0) & (share < VT * np.log(1.5)))


# -------------------------------------------------------------------- block, failure, conservation


def test_blocked_pump_runs_down_and_swells(neuron):
    course = eq.simulate_cell(
        neuron, np.linspace(0, 10 * HOUR, 201), interventions=[eq.Intervention(600.0, "pump", 0.0)]
    )
    jump = eq.electrogenic_share(neuron)
    assert 3e-3 < jump < 9e-3
    # the jump itself is partly undone while Cl- follows; from then on the gradients run down
    assert np.all(np.diff(course.potential[course.time > 1200]) > 0)
    assert course.potential[-1] > -0.010
    assert course.concentration("Na+")[-1] > 130
    assert course.concentration("K+")[-1] < 20
    assert course.volume[-1] > 1.5 * VOLUME
    assert np.max(np.abs(course.charge_defect())) < 1e-9
    # water follows at once: the imbalance stays below 1 % of the bath's 260 mol/m3
    assert np.max(np.abs(course.osmotic_imbalance())) < 2.6


def test_poisoned_pump_at_clamped_potential(neuron):
    cell = replace(neuron, water_permeability=0.0)
    held = eq.VoltageClamp(eq.Steps((0.0,), (-0.070,), -0.070))
    course = eq.simulate_cell(
        cell, np.linspace(0, HOUR, 3601), clamp=held, interventions=[eq.Intervention(0.0, "pump", 0.0)]
    )
    sodium = course.concentration("Na+")
    assert sodium[0] == pytest.approx(15.0)
    assert sodium[-1] > 45.0
    reached = np.interp(45.0, sodium, course.equilibrium_potential("Na+"))
    assert course.equilibrium_potential("Na+")[0] == pytest.approx(60.634e-3, abs=1e-6)
    assert reached == pytest.approx(31.3e-3, abs=5e-5)
    assert course.driving_force("Na+")[0] == pytest.approx(-130.634e-3, abs=1e-6)
    assert np.interp(45.0, sodium, course.driving_force("Na+")) == pytest.approx(-101.3e-3, abs=5e-5)
    # the amplifier replaces the charge of the ions
    assert np.max(np.abs(course.charge_defect())) < 1e-9


def test_metabolic_failure(neuron):
    supply = eq.EnergySupply(atp=3.0, supply_rate=0.05, michaelis=0.3)
    cell = replace(neuron, energy=supply)
    rest = eq.resting_state(cell)
    assert 2.0 < rest.atp < 3.0
    assert rest.potential == pytest.approx(-0.070, abs=5e-3)
    times = np.linspace(0, 6 * HOUR, 361)
    course = eq.simulate_cell(cell, times, interventions=[eq.Intervention(HOUR, "metabolism", 0.0)])
    failed = times > HOUR
    assert np.all(np.diff(course.atp[failed & (course.atp > 1e-6)]) < 0)
    assert course.atp[-1] < 0.05
    assert course.concentration("Na+")[-1] > 100
    assert course.potential[-1] > -0.03
    # every ATP is one cycle: 2 K+ in through the pump
    restored = eq.simulate_cell(
        cell,
        times,
        interventions=[eq.Intervention(HOUR, "metabolism", 0.0), eq.Intervention(2 * HOUR, "metabolism", 1.0)],
    )
    assert restored.concentration("Na+")[-1] < course.concentration("Na+")[-1]
    assert restored.atp[-1] > 2.0


def test_cell_without_pump_has_no_resting_state(neuron):
    with pytest.raises(ConvergenceError, match="no resting state"):
        eq.resting_state(neuron, interventions=[eq.Intervention(0.0, "pump", 0.0)])


def test_atp_is_conserved():
    # no leaks, no supply: what the pump spends is what it moved
    cell = eq.Cell(ions(), (pump(),), AREA, VOLUME, energy=eq.EnergySupply(2.0, 1e-30, 0.5), potential=-0.07)
    course = eq.simulate_cell(cell, np.linspace(0, 60, 31), clamp=eq.VoltageClamp(eq.Steps((0.0,), (-0.07,), -0.07)))
    spent = (course.atp[0] - course.atp) * VOLUME
    assert spent[-1] > 0
    assert course.amount["Na+"][0] - course.amount["Na+"] == pytest.approx(3 * spent, rel=1e-6, abs=1e-22)
    assert course.amount["K+"] - course.amount["K+"][0] == pytest.approx(2 * spent, rel=1e-6, abs=1e-22)


def test_kcc_lowers_chloride(neuron):
    exported = replace(
        neuron, transporters=(*neuron.transporters, eq.Cotransporter({"K+": 1, "Cl-": 1}, 2e-12, name="KCC2"))
    )
    rest = eq.resting_state(exported)
    reversal = VT * np.log(rest.concentration["Cl-"] / 110.0)
    assert reversal < rest.potential - 1e-3
    assert eq.resting_state(neuron).concentration["Cl-"] == pytest.approx(neuron.ions[2].inside, rel=1e-6)


def test_osmotic_shock_changes_the_volume_as_van_t_hoff_says():
    # a bag of trapped solute: w (c_X + ions) follows the bath
    bag = eq.Cell((eq.CellIon("glucose", 0, 100.0, 100.0),), (), AREA, VOLUME, potential=0.0,
                  water_permeability=1e-5, impermeant_inside=200.0, impermeant_outside=200.0)  # fmt: skip
    course = eq.simulate_cell(bag, [0.0, 1.0, 600.0], interventions=[eq.Intervention(1.0, "outside_impermeant", 500.0)])
    assert course.volume[-1] / VOLUME == pytest.approx(300.0 / 600.0, rel=1e-9)
    assert course.osmotic_imbalance()[-1] == pytest.approx(0.0, abs=1e-6)


# -------------------------------------------------------------------------------------------- clamps


def test_passive_charging_is_exponential(neuron):
    g = sum(t.conductance for t in neuron.transporters[1:])
    tau = neuron.capacitance / g
    current = 1e-3
    times = np.linspace(0, 5 * tau, 51)
    course = eq.simulate_cell(neuron, times, clamp=eq.CurrentClamp(eq.Steps((0.0,), (current,)), carrier="K+"))
    assert course.potential + 0.070 == pytest.approx(current / g * (1 - np.exp(-times / tau)), rel=1e-3, abs=1e-8)
    assert np.max(np.abs(course.charge_defect())) < 1e-9
    assert np.all(course.injected == 0)


def test_voltage_clamp_measures_the_membrane(neuron):
    clamp = eq.VoltageClamp(eq.Steps.pulse(1.0, 2.0, -0.050, -0.070))
    course = eq.simulate_cell(neuron, np.linspace(0, 4, 41), clamp=clamp)
    g = sum(t.conductance for t in neuron.transporters[1:])
    during = (course.time >= 1.0) & (course.time < 3.0)
    assert course.potential[during] == pytest.approx(-0.050, abs=1e-15)
    assert course.clamp_current[during] == pytest.approx(g * 0.020, rel=5e-3)
    assert course.clamp_current[0] == pytest.approx(0.0, abs=1e-9)
    assert np.max(np.abs(course.charge_defect())) < 1e-9


def test_integrators_agree(neuron):
    block = [eq.Intervention(60.0, "pump", 0.0)]
    times = np.linspace(0, HOUR, 11)
    first, second = (eq.simulate_cell(neuron, times, interventions=block, method=m) for m in ("LSODA", "Radau"))
    assert first.potential == pytest.approx(second.potential, abs=1e-8)
    assert first.volume == pytest.approx(second.volume, rel=1e-7)


def test_steps():
    pulse = eq.Steps.pulse(1.0, 2.0, 5.0, 1.0)
    assert pulse.at([0.0, 1.0, 2.9, 3.0]).tolist() == [1.0, 5.0, 5.0, 1.0]
    train = eq.Steps.train(0.0, 1.0, 4.0, 3, 2.0)
    assert train.at([0.5, 1.5, 4.5, 8.5, 9.5]).tolist() == [2.0, 0.0, 2.0, 2.0, 0.0]


def test_integrator_is_exact_on_a_linear_problem_with_a_break():
    def law_for(t):
        return lambda _, y: [(-2.0 if t < 1 else 3.0) * y[0]]

    y = eq.integrate_pieces(law_for, np.array([1.0]), [0.0, 1.0, 1.5], [1.0], enter=lambda _, y: y + 1.0)
    assert y[:, 0] == pytest.approx([1.0, np.exp(-2) + 1, (np.exp(-2) + 1) * np.exp(1.5)], rel=1e-7)


# ------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: eq.CellIon("K+", 1, 0.0, 5.0), "K+: inside"),
        (lambda: eq.Leak("K+"), "leak 'K+'"),
        (lambda: eq.Leak("K+", conductance=1.0, permeability=1.0), "leak 'K+'"),
        (lambda: eq.Leak("K+", conductance=-1.0), "conductance"),
        (lambda: eq.Cotransporter({"K+": 1}, 1.0, "magic", "X"), "X"),
        (lambda: eq.Cotransporter({"K+": 0}, 1.0), "K+"),
        (lambda: eq.Cell(ions(), (eq.Leak("Mg2+", conductance=1.0),), AREA, VOLUME), "leak Mg2+"),
        (lambda: eq.Cell(ions(), (pump(), pump()), AREA, VOLUME), "transporters"),
        (lambda: eq.Cell(ions(), (), AREA, 0.0), "volume"),
        (lambda: eq.Cell(ions(500.0), (), AREA, VOLUME), "impermeant_inside"),
        (lambda: eq.Cell(ions(), (), AREA, VOLUME, impermeant_inside=0.0), "ions"),
        (lambda: eq.Cell(ions(), (), AREA, VOLUME).settings([eq.Intervention(0.0, "pmup", 0.0)]), "pmup"),
        (lambda: eq.Intervention(0.0, "pump", -1.0), "pump"),
        (lambda: eq.Steps((0.0, 0.0), (1.0, 2.0)), "times"),
        (lambda: eq.Steps((0.0, 1.0), (1.0,)), "values"),
        (lambda: eq.Steps.train(0.0, 2.0, 1.0, 3, 1.0), "period"),
        (lambda: eq.pump_leak_steady(1.0, 0.0), "leak_constant"),
        (lambda: eq.electrogenic_share(eq.Cell(ions(), (), AREA, VOLUME)), "pump"),
        (
            lambda: eq.simulate_cell(eq.Cell(ions(), (), AREA, VOLUME), [0, 1], clamp=eq.CurrentClamp(carrier="Ca2+")),
            "carrier",
        ),
        (lambda: eq.simulate_cell(eq.Cell(ions(), (), AREA, VOLUME), [0, 1], method="Euler"), "method"),
        (lambda: eq.simulate_cell(eq.Cell(ions(), (), AREA, VOLUME), [1, 0]), "times"),
    ],
)
def test_refuses_by_name(call, name):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.key == name
