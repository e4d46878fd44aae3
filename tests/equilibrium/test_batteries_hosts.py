"""Insertion hosts: regular solution, Redlich-Kister, several sites, tables; spinodal, binodal and plateau."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npsolver import equilibrium as eq
from npsolver.errors import InputError
from npsolver.units import FARADAY, GAS_CONSTANT

ITEMS = json.loads((Path(__file__).parents[1] / "data" / "equilibrium_laws.json").read_text(encoding="utf-8"))["items"]
T = 298.15
RT = GAS_CONSTANT * T
REGULAR = [name for name in ITEMS if name.startswith("reg-")]
HOSTS = {
    "regular": eq.RegularSolution(3.4, 1.3 * RT, standard_slope=2e-4, interaction_slope=-5.0),
    "redlich-kister": eq.RedlichKister(3.4, (1.2 * RT, -0.6 * RT, 0.3 * RT), 1e-4, (2.0, -1.0, 0.5)),
    "sites": eq.MultiSite((eq.Site(0.3, 0.1, 0.6, 1e-4), eq.Site(0.7, 0.2, 1.5, -2e-4))),
    "table": eq.TabulatedHost(
        np.linspace(0.05, 0.95, 19),
        3.6 - 0.3 * np.linspace(0.05, 0.95, 19) ** 3,
        1e-4 * np.sin(np.linspace(0, 3, 19)),
    ),
    "divalent": eq.RegularSolution(2.1, 0.5 * RT, charge=2),
}


def regular(name):
    item = ITEMS[name]
    return eq.RegularSolution(item["parameters"]["U0_V"], item["values"]["Omega_J_mol"]), item


@pytest.mark.parametrize("name", REGULAR)
def test_homogeneous_curve(name):
    host, item = regular(name)
    rows, t = item["values"]["homogeneous"], item["parameters"]["T_K"]
    x = np.array([float(row["x"]) for row in rows])
    assert host.potential(x, t) == pytest.approx([row["V"] for row in rows], abs=1e-12)
    assert host.potential_slope(x, t) == pytest.approx([row["dVdx"] for row in rows], rel=1e-11)
    assert host.thermodynamic_factor(x, t) == pytest.approx([row["thermo_factor"] for row in rows], abs=1e-12)
    assert -1 / host.potential_slope(x, t) == pytest.approx([row["minus_dxdV_per_V"] for row in rows], rel=1e-11)
    # U(x,T) = E0 + RT/F ln((1-x)/x) - Ω(1-2x)/F, written out
    thermal, omega = GAS_CONSTANT * t / FARADAY, item["values"]["Omega_J_mol"]
    by_hand = item["parameters"]["U0_V"] + thermal * np.log((1 - x) / x) - omega * (1 - 2 * x) / FARADAY
    assert host.potential(x, t) == pytest.approx(by_hand, abs=1e-13)


@pytest.mark.parametrize("name", ["reg-3", "reg-4.5"])
def test_phase_separation(name):
    host, item = regular(name)
    v, t = item["values"], item["parameters"]["T_K"]
    assert eq.spinodal(host, t).ravel() == pytest.approx(v["spinodal"], abs=1e-12)
    assert sorted(host.potential(eq.spinodal(host, t).ravel(), t)) == pytest.approx(v["spinodal_V"], abs=1e-12)
    (pair,) = eq.coexistences(host, t)
    assert (pair.x_low, pair.x_high) == pytest.approx(v["binodal"], abs=1e-12)
    assert pair.potential == pytest.approx(v["plateau_V"], abs=1e-12)
    assert eq.hysteresis_gap(host, t) == pytest.approx(v["hysteresis_gap_V"], abs=1e-12)
    assert eq.mixing_barrier(host, t) == pytest.approx(v["barrier_at_half_J_mol"], rel=1e-9)
    x = np.array([float(row["x"]) for row in v["equilibrium_curve"]])
    curve = eq.open_circuit_potential(host, x, t)
    assert curve == pytest.approx([row["V"] for row in v["equilibrium_curve"]], abs=1e-12)


@pytest.mark.parametrize("name", ["reg-0", "reg-1.5"])
def test_solid_solution_has_no_plateau(name):
    host, item = regular(name)
    t, x = item["parameters"]["T_K"], np.linspace(0.01, 0.99, 99)
    assert eq.spinodal(host, t).shape == (0, 2)
    assert eq.coexistences(host, t) == ()
    assert eq.hysteresis_gap(host, t) == eq.mixing_barrier(host, t) == 0.0
    assert np.array_equal(eq.open_circuit_potential(host, x, t), host.potential(x, t))
    peak = eq.incremental_capacity(host, 0.5, t)
    assert peak == pytest.approx(item["values"]["dxdV_peak_per_V_at_half"], rel=1e-12)


@pytest.mark.parametrize("strength", [2.0001, 2.2, 3.0, 8.0, 30.0])
def test_general_maxwell_construction_finds_the_closed_form(strength):
    closed = eq.RegularSolution(3.4, strength * RT)
    general = eq.RedlichKister(3.4, (strength * RT,))
    assert eq.spinodal(general, T) == pytest.approx(eq.spinodal(closed, T), abs=1e-9)
    (a,), (b,) = eq.coexistences(closed, T), eq.coexistences(general, T)
    assert (b.x_low, b.x_high) == pytest.approx((a.x_low, a.x_high), abs=1e-7)
    assert b.potential == pytest.approx(a.potential, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(a0=st.floats(2.3, 6), a1=st.floats(-1, 1), a2=st.floats(0, 2))
def test_coexisting_phases_share_tangent(a0, a1, a2):
    host = eq.RedlichKister(3.4, (a0 * RT, a1 * RT, a2 * RT))
    pairs = eq.coexistences(host, T)
    assert bool(pairs) == bool(len(eq.spinodal(host, T)))
    for pair in pairs:
        ends = np.array([pair.x_low, pair.x_high])
        assert host.chemical_potential(ends, T) == pytest.approx(pair.chemical_potential, abs=1e-6 * RT)
        rise = np.diff(host.free_energy(ends, T))[0]
        assert rise == pytest.approx(pair.chemical_potential * np.diff(ends)[0], abs=1e-8 * RT)
        inside = np.linspace(*ends, 101)[1:-1]
        tangent = host.free_energy(ends[0], T) + pair.chemical_potential * (inside - ends[0])
        assert np.all(host.free_energy(inside, T) > tangent)


def test_two_plateaus():
    # strong interaction on each half: an ordered phase near x = 1/2 and two steps in the potential
    host = eq.RedlichKister(3.4, (1.0 * RT, 0.0, 9.0 * RT))
    first, second = eq.coexistences(host, T)
    assert first.x_high < 0.5 < second.x_low
    assert first.x_low + second.x_high == pytest.approx(1.0, abs=1e-9)
    assert first.potential + second.potential == pytest.approx(2 * 3.4, abs=1e-9)
    curve = eq.open_circuit_potential(host, np.linspace(0.01, 0.99, 500), T)
    assert np.all(np.diff(curve) <= 1e-12)


def test_critical_temperature():
    host = eq.RegularSolution(3.4, 3 * RT, interaction_slope=-2.0)
    tc = host.critical_temperature
    assert len(eq.coexistences(host, tc * 0.999)) == 1
    assert len(eq.coexistences(host, tc * 1.001)) == 0


@pytest.mark.parametrize("name", HOSTS)
def test_derivatives_agree_with_differences(name):
    host, x, h = HOSTS[name], np.array([0.12, 0.37, 0.5, 0.81]), 1e-5
    for t in (T, 330.0):
        mu_slope = (host.chemical_potential(x + h, t) - host.chemical_potential(x - h, t)) / (2 * h)
        assert host.chemical_potential_slope(x, t) == pytest.approx(mu_slope, rel=1e-5, abs=1.0)
        g_slope = (host.free_energy(x + h, t) - host.free_energy(x - h, t)) / (2 * h)
        assert host.chemical_potential(x, t) == pytest.approx(g_slope, rel=1e-7)
        per_kelvin = (host.potential(x, t + 0.01) - host.potential(x, t - 0.01)) / 0.02
        assert host.entropy_coefficient(x, t) == pytest.approx(per_kelvin, abs=1e-10)
        assert host.potential(x, t) == pytest.approx(-host.chemical_potential(x, t) / (host.charge * FARADAY))


@given(x=st.floats(1e-4, 1 - 1e-4), t=st.floats(250, 400))
def test_lattice_has_particle_hole_symmetry(x, t):
    host = eq.RegularSolution(3.4, 2.5 * RT)
    assert host.potential(x, t) + host.potential(1 - x, t) == pytest.approx(6.8, rel=1e-12)


@given(x=st.floats(1e-9, 1 - 1e-9))
def test_sites_are_inverted_exactly(x):
    host = HOSTS["sites"]
    assert host.composition(host.potential(x, T), T) == pytest.approx(x, rel=1e-10)
    single = eq.MultiSite((eq.Site(1.0, 0.15),))
    assert single.potential(x, T) == pytest.approx(eq.RegularSolution(0.15).potential(x, T), abs=1e-12)


def test_table_goes_through_its_points_and_adds_no_extrema():
    x = np.array([0.0, 0.1, 0.2, 0.5, 0.9, 1.0])
    u = np.array([1.0, 0.5, 0.2, 0.2, 0.1, 0.0])
    host = eq.TabulatedHost(x, u)
    assert host.potential(x, T) == pytest.approx(u, abs=1e-14)
    fine = host.potential(np.linspace(0, 1, 1001), T)
    assert np.all(np.diff(fine) <= 1e-15)
    assert eq.coexistences(host, T) == ()
    again = eq.TabulatedHost.from_chemical_potential(x, -2 * FARADAY * u, charge=2)
    assert again.potential(0.33, T) == pytest.approx(host.potential(0.33, T), abs=1e-14)


def test_table_of_a_homogeneous_curve_is_completed_by_its_plateau():
    exact = eq.RegularSolution(3.42, 3 * RT)
    x = np.linspace(0.002, 0.998, 999)
    table = eq.TabulatedHost(x, exact.potential(x, T))
    (a,), (b,) = eq.coexistences(exact, T), eq.coexistences(table, T)
    assert (b.x_low, b.x_high) == pytest.approx((a.x_low, a.x_high), abs=1e-5)
    assert b.potential == pytest.approx(3.42, abs=1e-6)


def test_broadcasting_over_composition_and_temperature():
    host, x, t = HOSTS["regular"], np.linspace(0.1, 0.9, 5), np.array([[280.0], [310.0]])
    assert eq.open_circuit_potential(host, x, t).shape == (2, 5)
    cold = eq.RegularSolution(3.4, 2.2 * RT)
    both = eq.open_circuit_potential(cold, 0.4, [T, 400.0])
    assert both[0] == pytest.approx(3.4, abs=1e-12)  # plateau
    assert both[1] == cold.potential(0.4, 400.0)  # mixed


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: eq.RegularSolution(3.4).potential(0.0, T), "x"),
        (lambda: eq.RegularSolution(3.4).potential([0.5, 1.0], T), "x"),
        (lambda: eq.RegularSolution(3.4).potential(0.5, 0.0), "temperature"),
        (lambda: eq.RegularSolution(np.nan), "standard_potential"),
        (lambda: eq.RedlichKister(3.4, (1.0, 2.0), 0.0, (1.0,)), "coefficient_slopes"),
        (lambda: eq.MultiSite((eq.Site(0.3, 0.1), eq.Site(0.3, 0.2))), "sites"),
        (lambda: eq.Site(0.0, 0.1), "fraction"),
        (lambda: eq.TabulatedHost([0.1, 0.1], [1, 2]), "x"),
        (lambda: eq.TabulatedHost([0.1, 0.2], [1.0]), "open_circuit"),
        (lambda: eq.TabulatedHost([0.1, 0.2], [1.0, 0.5]).potential(0.3, T), "x"),
        (lambda: eq.spinodal(eq.RegularSolution(3.4), [300.0]), "temperature"),
        (lambda: eq.coexistences(eq.RedlichKister(3.4, (100 * RT,)), T), "x"),
    ],
)
def test_refuses_by_name(call, name):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.key == name
