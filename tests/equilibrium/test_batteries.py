"""dQ/dV and dV/dQ of models, under current and of noisy data; full cells; stability window and calendar ageing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npsolver import equilibrium as eq
from npsolver.errors import InputError
from npsolver.units import FARADAY, GAS_CONSTANT

T = 298.15
RT = GAS_CONSTANT * T
MIXED = eq.RegularSolution(3.8, 1.0 * RT)
SEPARATED = eq.RegularSolution(3.42, 3.0 * RT)
GRAPHITE_LIKE = eq.MultiSite((eq.Site(0.5, 0.085, 0.3), eq.Site(0.3, 0.13, 0.5), eq.Site(0.2, 0.22, 2.0)))


def bump(v, centre, width):
    return np.exp(-0.5 * ((v - centre) / width) ** 2) / (np.sqrt(2 * np.pi) * width)


# ------------------------------------------------------------------------------------------ models


def test_incremental_capacity_is_finite_in_a_solid_solution_and_diverges_at_coexistence():
    x = np.linspace(0.01, 0.99, 99)
    spectrum = eq.incremental_capacity(MIXED, x, T, capacity=3600.0)
    assert np.all(np.isfinite(spectrum))
    # proportional to 1/(dmu/dx), highest where mu is flattest
    assert spectrum == pytest.approx(3600.0 * FARADAY / MIXED.chemical_potential_slope(x, T), rel=1e-12)
    assert np.argmax(spectrum) == 49
    (pair,) = eq.coexistences(SEPARATED, T)
    spectrum = eq.incremental_capacity(SEPARATED, x, T)
    inside = (x > pair.x_low) & (x < pair.x_high)
    assert np.all(np.isinf(spectrum[inside]))
    assert np.all(np.isfinite(spectrum[~inside]))
    assert np.all(eq.differential_voltage(SEPARATED, x[inside], T) == 0)


@given(current=st.floats(-5, 5), r=st.floats(0, 1), x=st.floats(0.01, 0.99))
def test_overpotential_is_odd_in_the_current(current, r, x):
    forward = eq.Polarisation(current, r, 0.2, 0.7, True)
    backward = eq.Polarisation(-current, r, 0.2, 0.7, True)
    assert forward.overpotential(x, T) == -backward.overpotential(x, T)
    assert forward.overpotential(x, T) * current >= 0
    h = 1e-6
    slope = (forward.overpotential(x + h, T) - forward.overpotential(x - h, T)) / (2 * h)
    assert forward.overpotential_slope(x, T) == pytest.approx(slope, abs=1e-6)


def test_kinetic_overpotential_solves_butler_volmer():
    eta = eq.Polarisation(2.0, exchange_current=0.3).overpotential(0.5, T)
    assert 0.3 * 2 * np.sinh(FARADAY * eta / (2 * RT)) == pytest.approx(2.0, rel=1e-12)
    # Tafel slope at large current: 2RT/F per e-fold
    more = eq.Polarisation(2e6, exchange_current=0.3).overpotential(0.5, T)
    most = eq.Polarisation(2e7, exchange_current=0.3).overpotential(0.5, T)
    assert most - more == pytest.approx(2 * RT / FARADAY * np.log(10), rel=1e-9)


def test_current_shifts_the_curve_of_a_solid_solution():
    x = np.linspace(0.05, 0.95, 19)
    shift = eq.Polarisation(0.5, resistance=0.04, exchange_current=1.0)
    potential, spectrum = eq.polarised_incremental_capacity(MIXED, x, T, shift)
    assert spectrum == pytest.approx(eq.incremental_capacity(MIXED, x, T), rel=1e-12)
    assert MIXED.potential(x, T) - potential == pytest.approx(shift.overpotential(0.5, T), rel=1e-9)


def test_composition_dependent_overpotential_makes_the_plateau_peak_finite():
    growing = eq.Polarisation(1.0, resistance=0.01, resistance_slope=0.02)
    potential, spectrum = eq.polarised_incremental_capacity(SEPARATED, [0.2, 0.5, 0.8], T, growing)
    assert spectrum == pytest.approx(1 / 0.02, rel=1e-9)
    assert potential == pytest.approx(3.42 - 0.01 - 0.02 * np.array([0.2, 0.5, 0.8]), abs=1e-12)


@pytest.mark.parametrize("current", [0.5, 1.0, -1.0])
def test_plateau_peak_is_shifted_and_broadened_by_the_current(current):
    p = eq.Polarisation(current, resistance=0.02, exchange_current=2.0, resistance_spread=0.004)
    v = np.linspace(3.3, 3.54, 2401)
    (pair,) = eq.coexistences(SEPARATED, T)
    spectrum = eq.incremental_capacity_spectrum(SEPARATED, v, T, p, 10.0, limits=(pair.x_low, pair.x_high))
    step = v[1] - v[0]
    assert spectrum.sum() * step == pytest.approx(10.0 * (pair.x_high - pair.x_low), rel=1e-9)
    centre = (spectrum * v).sum() / spectrum.sum()
    assert centre == pytest.approx(3.42 - p.overpotential(0.5, T), abs=1e-9)
    width = np.sqrt((spectrum * (v - centre) ** 2).sum() / spectrum.sum())
    assert width == pytest.approx(p.width, rel=1e-6)
    assert p.width == pytest.approx(abs(current) * 0.004)
    half = v[spectrum > spectrum.max() / 2]
    assert half[-1] - half[0] == pytest.approx(2.3548 * p.width, abs=2 * step)


def test_broadened_spectrum_of_a_solid_solution_approaches_its_own():
    p = eq.Polarisation(1.0, resistance=0.02, resistance_spread=0.001)
    x = np.linspace(0.2, 0.8, 13)
    spectrum = eq.incremental_capacity_spectrum(MIXED, MIXED.potential(x, T) - 0.02, T, p, limits=(1e-6, 1 - 1e-6))
    assert spectrum == pytest.approx(eq.incremental_capacity(MIXED, x, T), rel=5e-3)


# ---------------------------------------------------------------------------------- measured data


def noisy_curve(noise, n=1500, seed=7):
    """Discharge of the graphite-like host: capacity 0 ... 1, potential, dV/dQ."""
    x = np.linspace(0.02, 0.98, n)
    v = GRAPHITE_LIKE.potential(x, T)
    return x, v + noise * np.random.default_rng(seed).standard_normal(n), GRAPHITE_LIKE.potential_slope(x, T)


@pytest.mark.parametrize("method", ["spline", "savgol"])
def test_differential_voltage_of_noisy_data(method):
    q, v, exact = noisy_curve(0.5e-3)
    raw = np.gradient(v, q)
    capacity, slope = eq.measured_differential_voltage(q, v, method=method, window=0.05)
    assert np.array_equal(capacity, q)
    middle = slice(60, -60)

    def error(estimate):
        return np.sqrt(np.mean((estimate - exact)[middle] ** 2))

    scale = np.sqrt(np.mean(exact[middle] ** 2))
    assert error(raw) > scale  # dividing differences is useless here
    assert error(slope) < 0.08 * scale


@pytest.mark.parametrize("method", ["spline", "savgol"])
def test_differential_voltage_of_clean_data(method):
    q = np.linspace(0, 2.5, 800)
    _, slope = eq.measured_differential_voltage(q, 4.0 - 0.3 * q + 0.02 * q**3, method=method, window=0.1)
    # a natural spline has no curvature at its ends
    inner = slice(60, -60) if method == "spline" else slice(None)
    assert slope[inner] == pytest.approx(-0.3 + 0.06 * q[inner] ** 2, abs=1e-4)


@pytest.mark.parametrize("n", [3000, 30000])
def test_spline_copes_with_long_records(n):
    q, v, exact = noisy_curve(1e-3, n)
    _, slope = eq.measured_differential_voltage(q, v)
    middle = slice(n // 25, -n // 25)
    error = np.sqrt(np.mean((slope - exact)[middle] ** 2) / np.mean(exact[middle] ** 2))
    assert error < 0.10


def test_differential_voltage_accepts_unsorted_repeated_samples():
    q = np.linspace(0, 1, 400)
    shuffled = np.random.default_rng(1).permutation(np.concatenate([q, q[::3]]))
    capacity, slope = eq.measured_differential_voltage(shuffled, 4 - shuffled**2, method="savgol")
    assert capacity == pytest.approx(q)
    assert slope == pytest.approx(-2 * q, abs=1e-6)


@pytest.mark.parametrize("noise", [0.0, 0.5e-3, 2e-3])
def test_incremental_capacity_of_noisy_data(noise):
    # two peaks 40 mV apart, 8 mV wide, on a background
    v = np.linspace(3.2, 3.6, 2000)
    exact = 1.0 + 0.8 * bump(v, 3.36, 0.008) / 10 + bump(v, 3.40, 0.008) / 10
    q = np.concatenate([[0.0], np.cumsum((exact[1:] + exact[:-1]) / 2 * np.diff(v))])
    measured = v + noise * np.random.default_rng(3).standard_normal(v.size)
    grid, spectrum = eq.measured_incremental_capacity(q, measured, resolution=2e-3)
    assert np.all(spectrum >= 0)
    # the charge is conserved whatever the noise
    assert ((spectrum[1:] + spectrum[:-1]) / 2 * np.diff(grid)).sum() == pytest.approx(q[-1], rel=5e-3)
    inside = (grid > 3.22) & (grid < 3.58)
    truth = np.interp(grid[inside], v, exact)
    assert np.max(np.abs(spectrum[inside] - truth)) < 0.12 * exact.max()
    left, right = (grid > 3.34) & (grid < 3.38), (grid > 3.38) & (grid < 3.42)
    assert grid[left][np.argmax(spectrum[left])] == pytest.approx(3.36, abs=2e-3 + noise)
    assert grid[right][np.argmax(spectrum[right])] == pytest.approx(3.40, abs=2e-3 + noise)


def test_incremental_capacity_of_a_noisy_plateau_is_one_peak():
    # 90 % of the charge at 3.42 V with 1 mV noise: differences would give charge at every sign
    q = np.linspace(0, 1, 3000)
    v = 3.42 + 0.05 * (0.5 - q) ** 3 + 1e-3 * np.random.default_rng(5).standard_normal(q.size)
    grid, spectrum = eq.measured_incremental_capacity(q, v, resolution=1e-3)
    assert grid[np.argmax(spectrum)] == pytest.approx(3.42, abs=5e-4)
    above = grid[spectrum > spectrum.max() / 2]
    assert 2e-3 < above[-1] - above[0] < 8e-3


# -------------------------------------------------------------------------------------- full cells


@pytest.fixture(scope="module")
def cell():
    cathode = eq.RedlichKister(4.0, (-2.0 * RT, 0.5 * RT), 1e-4, (3.0, 0.0))
    return eq.balanced_cell(cathode, GRAPHITE_LIKE, 3.2, 3.4, 2.9, (3.0, 4.15), T)


def test_windows_meet_the_voltage_limits_and_the_inventory(cell):
    assert cell.open_circuit_voltage([0.0, 1.0], T) == pytest.approx([3.0, 4.15], abs=1e-9)
    for end in (0.0, 0.5, 1.0):
        ions = 3.2 * cell.positive.composition(end) + 3.4 * cell.negative.composition(end)
        assert ions == pytest.approx(2.9, abs=1e-9)
    assert cell.capacity == pytest.approx(3.4 * cell.negative.window)
    assert cell.capacity == pytest.approx(-3.2 * cell.positive.window)


def test_differential_voltage_adds_the_electrodes(cell):
    s, h = np.linspace(0.05, 0.95, 19), 1e-6
    numeric = (cell.open_circuit_voltage(s + h, T) - cell.open_circuit_voltage(s - h, T)) / (2 * h * cell.capacity)
    assert cell.differential_voltage(s, T) == pytest.approx(numeric, rel=1e-5)
    parts = (cell.positive.slope(s, T) - cell.negative.slope(s, T)) / cell.capacity
    assert cell.differential_voltage(s, T) == pytest.approx(parts, rel=1e-12)
    assert cell.incremental_capacity(s, T) * cell.differential_voltage(s, T) == pytest.approx(1.0, rel=1e-12)
    per_kelvin = (cell.open_circuit_voltage(s, T + 0.01) - cell.open_circuit_voltage(s, T - 0.01)) / 0.02
    assert cell.entropy_coefficient(s, T) == pytest.approx(per_kelvin, abs=1e-9)


def test_cell_of_two_plateaus_has_a_flat_voltage():
    cell = eq.FullCell(eq.Electrode(SEPARATED, 0.9, 0.1), eq.Electrode(eq.RegularSolution(1.55, 4 * RT), 0.1, 0.9), 2.0)
    s = np.linspace(0.2, 0.8, 7)
    assert cell.open_circuit_voltage(s, T) == pytest.approx(3.42 - 1.55, abs=1e-12)
    assert np.all(np.isinf(cell.incremental_capacity(s, T)))


def test_voltage_rises_with_charge_and_warm_maps_have_their_shape(cell):
    voltage = cell.open_circuit_voltage(np.linspace(0, 1, 201), np.array([[273.15], [T], [323.15]]))
    assert voltage.shape == (3, 201)
    assert np.all(np.diff(voltage, axis=1) > 0)


# ----------------------------------------------------------------------- stability and storage


@given(anode=st.floats(0, 2), cathode=st.floats(3, 5), low=st.floats(0.1, 1.5), high=st.floats(3.5, 4.8))
def test_side_reactions_are_spontaneous_exactly_beyond_the_window(anode, cathode, low, high):
    window = eq.StabilityWindow(low, high)
    assert (window.reduction_driving_force(anode) > 0) == (anode < low)
    assert (window.oxidation_driving_force(cathode) > 0) == (cathode > high)
    assert window.reduction_driving_force(anode) == low - anode
    assert window.oxidation_driving_force(cathode) == cathode - high
    assert window.is_stable(anode, cathode) == (anode >= low and cathode <= high)


def test_ageing_map(cell):
    window = eq.StabilityWindow(0.8, 4.05)
    soc, kelvin = np.linspace(0, 1, 11), [273.15, T, 318.15]
    ageing = eq.ageing_map(cell, window, soc, kelvin)
    assert ageing.reduction.shape == ageing.oxidation.shape == (3, 11)
    assert ageing.reduction[1] == pytest.approx(0.8 - cell.negative.potential(soc, T))
    assert ageing.oxidation[1] == pytest.approx(cell.positive.potential(soc, T) - 4.05)
    # the fuller the cell, the lower its anode and the higher its cathode
    assert np.all(np.diff(ageing.reduction, axis=1) > 0)
    assert np.all(np.diff(ageing.oxidation, axis=1) > 0)
    growth = eq.InterphaseGrowth(1e-14, growth=1e-12, rate_activation=50e3, growth_activation=50e3)
    loss = growth.loss(ageing.reduction, ageing.temperature[:, None], 3.15e7)
    assert np.all(np.diff(loss, axis=1) > 0)
    assert np.all(np.diff(loss[:, 1:], axis=0) > 0)


@given(force=st.floats(1e-3, 1.0), time=st.floats(1.0, 1e9))
def test_growth_solves_its_differential_equation(force, time):
    growth = eq.InterphaseGrowth(1e-12, growth=1e-14)
    u = FARADAY * force / RT
    k = 1e-12 * (np.exp(0.5 * u) - np.exp(-0.5 * u))
    loss = growth.loss(force, T, time)
    assert loss / k + loss**2 / (2 * 1e-14) == pytest.approx(time, rel=1e-9)


def test_growth_laws_at_short_and_long_times():
    growth = eq.InterphaseGrowth(1e-9, growth=1e-14)
    assert growth.loss(0.1, T, 0.02) / growth.loss(0.1, T, 0.01) == pytest.approx(2.0, rel=1e-3)
    assert growth.loss(0.6, T, 4e8) / growth.loss(0.6, T, 1e8) == pytest.approx(2.0, rel=1e-3)
    assert np.all(growth.loss([-0.5, 0.0], T, 1e9) == 0)
    unhindered = eq.InterphaseGrowth(1e-9)
    assert unhindered.loss(0.1, T, 3e4) == pytest.approx(3 * unhindered.loss(0.1, T, 1e4), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: eq.StabilityWindow(1.0, 0.5), "oxidation"),
        (lambda: eq.InterphaseGrowth(0.0), "rate"),
        (lambda: eq.InterphaseGrowth(1e-9).loss(0.1, T, -1.0), "time"),
        (lambda: eq.Polarisation(1.0, resistance=-1.0), "resistance"),
        (lambda: eq.Polarisation(1.0, exchange_current=0.0), "exchange_current"),
        (lambda: eq.incremental_capacity_spectrum(MIXED, [3.8], T, eq.Polarisation(1.0)), "resistance_spread"),
        (lambda: eq.measured_differential_voltage([1, 2], [1, 2]), "capacity"),
        (lambda: eq.measured_differential_voltage(range(9), range(9), method="guess"), "method"),
        (lambda: eq.measured_differential_voltage(range(9), range(9), method="savgol", window=99), "window"),
        (lambda: eq.measured_incremental_capacity(range(9), range(9), resolution=0.0), "resolution"),
        (lambda: eq.measured_incremental_capacity(range(9), range(9), resolution=99.0), "resolution"),
        (lambda: eq.Electrode(MIXED, 0.1, 1.0), "x"),
        (lambda: eq.Electrode(MIXED, 0.1, 1.2), "charged"),
        (lambda: eq.Electrode(MIXED, 0.1, 0.1), "charged"),
        (lambda: eq.Electrode(MIXED, 0.1, 0.9).potential(1.1, T), "state_of_charge"),
        (lambda: eq.FullCell(eq.Electrode(MIXED, 0.1, 0.9), eq.Electrode(MIXED, 0.1, 0.9)), "positive"),
        (lambda: eq.balanced_cell(MIXED, GRAPHITE_LIKE, 1, 1, 5, (3, 4), T), "cyclable_charge"),
        (lambda: eq.balanced_cell(MIXED, GRAPHITE_LIKE, 1, 1, 1, (3, 9), T), "voltage_limits"),
    ],
)
def test_refuses_by_name(call, name):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.key == name
