"""Mass, charge, positivity and entropy."""

from __future__ import annotations

import numpy as np
import pytest
from engine_problems import CA, CL, NA, VT, K, T, bath, by_node, solved, system_of, uniform, wall
from hypothesis import given, settings
from hypothesis import strategies as st
from random_problems import ions, layers, materials

from npsolver.discretisation import initial_state
from npsolver.mesh import Geometry
from npsolver.model import Model, Reaction, Region, Species
from npsolver.observables import steady_defects, terminal_values, total_current
from npsolver.observables.entropy import entropy_by_edge
from npsolver.stepping.transient import evolve

BOX = Geometry("cartesian", (("a", 50e-9),))
LAYERS = Geometry("cartesian", (("a", 30e-9), ("b", 20e-9)))
UNEVEN = (Region("a", porosity=0.6, tortuosity=2.0), Region("b", fixed_charge=-30.0, relative_permittivity=30.0))


def step(low, high, at=25e-9):
    return lambda x: np.where(x < at, float(high), float(low))


def states(model, geometry, profiles, times, rtol=1e-4, x=None):
    system = system_of(model, geometry, x, profiles=profiles)
    start = initial_state(model, system, profiles)
    return system, start, evolve(system, start, times[-1], output_times=times, rtol=rtol).states


def amounts(system, u):
    return np.einsum("ki,ki->i", system.coefficients.capacity, by_node(system, u)[:, :-1])


TIMES = [1e-12, 1e-10, 1e-8, 1e-6, 1e-5]


@pytest.mark.parametrize("coordinates", ["cartesian", "cylindrical", "spherical"])
@pytest.mark.parametrize("rtol", [1e-2, 1e-5])
def test_closed_cells_keep_every_mole(coordinates, rtol):
    """Whatever the tolerance: mass is exact, not accurate."""
    geometry = Geometry(coordinates, LAYERS.regions)
    laws = {"right": wall("right", potential=0.1)}
    if coordinates == "cartesian":
        laws["left"] = wall("left", potential=-0.1)
    model = Model((K, CL, CA), UNEVEN, laws, T)
    profile = {
        "K+": step(1.0, 40.0, 15e-9),
        "Cl-": step(1.0, 40.0, 15e-9),
        "Ca2+": uniform(0.5),
    }
    system, start, found = states(model, geometry, {"a": profile, "b": profile}, TIMES, rtol)
    before = amounts(system, start)
    for u in found:
        np.testing.assert_allclose(amounts(system, u), before, rtol=1e-10)


def test_reactions_keep_what_they_must():
    """HA = H + A: the sums HA + H and HA + A stay."""
    species = (Species("HA", 0.0, 1e-9), Species("H", 1.0, 9e-9), Species("A", -1.0, 1e-9))
    model = Model(
        species,
        (Region("a"),),
        {"left": wall("left", potential=0.0), "right": wall("right")},
        T,
        reactions=(Reaction("r", {"HA": 1}, {"H": 1, "A": 1}, 1e7, 1e6),),
    )
    profiles = {"a": {"HA": step(0.1, 10.0), "H": uniform(1.0), "A": uniform(1.0)}}
    system, start, found = states(model, BOX, profiles, TIMES)
    before = amounts(system, start)
    assert not np.allclose(amounts(system, found[-1]), before, rtol=1e-3)
    for u in found:
        now = amounts(system, u)
        assert now[0] + now[1] == pytest.approx(before[0] + before[1], rel=1e-12)
        assert now[0] + now[2] == pytest.approx(before[0] + before[2], rel=1e-12)
    # at rest: mass action
    w = by_node(system, found[-1])[:, :-1] * system.coefficients.scales.concentration
    np.testing.assert_allclose(w[:, 1] * w[:, 2] / w[:, 0], 10.0, rtol=1e-3)


@pytest.mark.parametrize(
    ("physics", "ratio"), [("pnp", 1e3), ("pnp", 1e9), ("pnp", 1e15), ("electroneutral", 1e3), ("electroneutral", 1e9)]
)
def test_steps_stay_positive(physics, ratio):
    """A concentration that falls by up to fifteen orders of magnitude within one cell, loose tolerance."""
    laws = {
        "left": wall("left"),
        "right": bath("right", {"K+": 100.0 / ratio, "Cl-": 100.0 / ratio}, potential=0.0),
    }
    model = Model((K, CL), (Region("a"),), laws, T, physics=physics)
    profiles = {"a": {"K+": step(100.0 / ratio, 100.0), "Cl-": step(100.0 / ratio, 100.0)}}
    system, _, found = states(model, BOX, profiles, TIMES, rtol=1e-2, x=np.linspace(0, 50e-9, 31))
    for u in found:
        inside = by_node(system, u)[:, :-1]
        assert (inside > 0).all()
        assert inside.max() <= 1.0 + 1e-2  # the tolerance; the fastest ion may also pull the other one along


@pytest.mark.parametrize("volts", [1.0, -3.0])
def test_sudden_potentials_stay_positive_and_keep_mass(volts):
    laws = {"left": wall("left", potential=volts), "right": wall("right", potential=0.0)}
    model = Model((K, CL), (Region("a"),), laws, T)
    profiles = {"a": {"K+": uniform(10.0), "Cl-": uniform(10.0)}}
    x = np.linspace(0, 50e-9, 41)
    system, start, found = states(model, BOX, profiles, TIMES, rtol=1e-2, x=x)
    for u in found:
        assert (by_node(system, u)[:, :-1] > 0).all()
        np.testing.assert_allclose(amounts(system, u), amounts(system, start), rtol=1e-9)


@given(st.data())
@settings(max_examples=30)
def test_entropy_is_produced_on_every_edge(data):
    """sum_i J_i (mu~_K - mu~_L) >= 0 edge by edge and species by species, in any state."""
    geometry, x = data.draw(layers())
    species, c = data.draw(ions())
    regions = data.draw(materials(geometry.region_names, species))
    system = system_of(Model(species, regions, {"right": bath("right", c, potential=0.0)}, T), geometry, x)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**31)))
    u = np.empty((x.size, system.block_size))
    u[:, :-1] = 10.0 ** rng.uniform(-6, 1, u[:, :-1].shape)
    u[:, -1] = rng.uniform(-1, 1, x.size) / VT
    flow, _ = system.fluxes(u.ravel())
    k, l = system.mesh.edges.T
    for i, z in enumerate(system.charge):
        force = np.log(u[k, i] / u[l, i]) + z * (u[k, -1] - u[l, -1])
        assert (flow[i] * np.sign(force) >= -1e-13 * np.abs(flow[i]).max())[np.abs(force) > 1e-9].all()
    production = entropy_by_edge(system, u.ravel())
    assert (production >= -1e-14 * np.abs(production).max()).all()
    assert production.sum() > 0


OPEN = [
    ("pnp", 0.0, 0.1),
    ("pnp", 0.0, -1.0),
    ("pnp", 0.03, 0.1),
    ("electroneutral", 0.0, 0.1),
    ("electroneutral", 0.0, -1.0),
]


@pytest.mark.parametrize(("physics", "velocity", "volts"), OPEN)
def test_current_by_two_routes_and_mass(physics, velocity, volts):
    left = {"K+": 100.0, "Na+": 10.0, "Cl-": 110.0}
    right = {"K+": 10.0, "Na+": 80.0, "Cl-": 90.0}
    laws = {"left": bath("left", left, potential=volts), "right": bath("right", right, potential=0.0)}
    model = Model((K, NA, CL), UNEVEN, laws, T, physics=physics, velocity=velocity)
    system, u = solved(model, LAYERS)
    # the thin edges of electroneutral interfaces leave fluxes fewer digits
    digits = 1e-6 if physics == "electroneutral" else 1e-9
    assert all(value <= digits for value in steady_defects(system, u).values())
    flow, _ = system.fluxes(u)
    assert (np.ptp(flow, axis=1) <= 10 * digits * np.abs(flow).max()).all()
    terminals = terminal_values(system, u, True)
    assert terminals["left"].current == pytest.approx(-terminals["right"].current, rel=10 * digits)
    through = system.charge @ flow[:, 0] * system.coefficients.scales.current_density
    assert terminals["left"].current == pytest.approx(through, rel=10 * digits)


def test_defects_see_a_leak():
    """The check of conservation is no formality: a state that is off by 1e-4 in one node fails it."""
    left, right = {"K+": 100.0, "Cl-": 100.0}, {"K+": 10.0, "Cl-": 10.0}
    laws = {"left": bath("left", left, potential=0.1), "right": bath("right", right, potential=0.0)}
    system, u = solved(Model((K, CL), (Region("a"),), laws, T), BOX)
    u = u.copy()
    by_node(system, u)[system.mesh.n_nodes // 2, 0] *= 1 + 1e-4
    by_node(system, u)[1, 0] *= 1 + 1e-4
    assert max(steady_defects(system, u).values()) > 1e-6


def test_transient_current_is_the_same_through_every_section():
    """Ionic plus displacement current at the two ends and by the volume integral, during charging."""
    laws = {"left": wall("left", potential=-0.1), "right": wall("right", potential=0.1)}
    model = Model((K, CL), (Region("a"),), laws, T)
    profiles = {"a": {"K+": uniform(10.0), "Cl-": uniform(10.0)}}
    system = system_of(model, BOX, profiles=profiles)
    start = initial_state(model, system, profiles)
    t, dt = 2e-9, 1e-13
    before, middle, after = evolve(system, start, t + dt, output_times=[t - dt, t, t + dt], rtol=1e-9).states
    scales = system.coefficients.scales
    charge = []
    for u in (before, after):
        displacement = system.fluxes(u)[1]  # the charge of the left electrode is the displacement beside it
        first = system.coefficients.capacity[0] * system.charge @ by_node(system, u)[0, :-1]
        charge.append((displacement[0] - first) * scales.surface_charge)
    by_charge = (charge[1] - charge[0]) / (2 * dt)
    assert total_current(system, middle) * scales.current_density == pytest.approx(by_charge, rel=1e-3)


def test_transient_ends_in_the_steady_state():
    left, right = {"K+": 100.0, "Cl-": 100.0}, {"K+": 10.0, "Cl-": 10.0}
    laws = {"left": bath("left", left, potential=0.1), "right": bath("right", right, potential=0.0)}
    model = Model((K, CL), UNEVEN, laws, T)
    system, steady = solved(model, LAYERS)
    end = 1e-4
    found = evolve(system, initial_state(model, system), end, output_times=[end], rtol=1e-7).states[0]
    np.testing.assert_allclose(by_node(system, found), by_node(system, steady), rtol=1e-6, atol=1e-6)
