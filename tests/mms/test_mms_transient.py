"""Second order in space and errors that follow the tolerance in time, against an exact decay."""

from __future__ import annotations

import numpy as np
from convergence import assert_order
from engine_problems import T, bath, by_node, system_of, wall
from manufactured import Manufactured, straight, wave

from npsolver.discretisation import initial_state
from npsolver.mesh import Geometry
from npsolver.model import Model, Region, Species
from npsolver.stepping.transient import evolve

LENGTH, D_PLUS, D_MINUS = 1e-6, 2e-9, 1e-9
GEOMETRY = Geometry("cartesian", (("a", LENGTH),))
AMBIPOLAR = 2 * D_PLUS * D_MINUS / (D_PLUS + D_MINUS)
TIME = 0.5 / (AMBIPOLAR * (np.pi / LENGTH) ** 2)


def cosine(x):
    return 1.0 + 0.5 * np.cos(np.pi * x / LENGTH)


def problem(edges):
    """System and start of the mode cos(pi x/L) of a molecule between blocking walls."""
    laws = {"left": wall("left", potential=0.0), "right": wall("right")}
    model = Model((Species("A", 0.0, AMBIPOLAR),), (Region("a"),), laws, T)
    profiles = {"a": {"A": cosine}}
    system = system_of(model, GEOMETRY, np.linspace(0.0, LENGTH, edges + 1), profiles=profiles)
    return system, initial_state(model, system, profiles)


def after_decay(system, start, rtol):
    """First concentration (mol/m³) at the nodes when the mode has fallen to exp(-1/2)."""
    evolution = evolve(system, start, TIME, output_times=[TIME], rtol=rtol)
    return evolution.states[0].reshape(-1, system.block_size)[:, 0] * system.coefficients.scales.concentration


def test_second_order_in_space():
    edges, errors = [10, 20, 40], []
    for n in edges:
        system, start = problem(n)
        x = system.mesh.nodes[:, 0]
        exact = 1.0 + 0.5 * np.exp(-AMBIPOLAR * (np.pi / LENGTH) ** 2 * TIME) * np.cos(np.pi * x / LENGTH)
        errors.append(np.abs(after_decay(system, start, 1e-8) - exact).max())
    assert_order([1 / n for n in edges], {"A": errors}, cap=1e-3)


def test_error_in_time_follows_the_tolerance():
    """The mode is an eigenvector of the discrete operator, whose decay is known: what remains is the error in time."""
    n = 40
    h = LENGTH / n
    rate = AMBIPOLAR * 2 * (1 - np.cos(np.pi * h / LENGTH)) / h**2
    errors = []
    for rtol in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7):
        system, start = problem(n)
        exact = 1.0 + 0.5 * np.exp(-rate * TIME) * np.cos(np.pi * system.mesh.nodes[:, 0] / LENGTH)
        errors.append(np.abs(after_decay(system, start, rtol) - exact).max() / rtol)
    assert max(errors) < 3.0
    assert errors[0] / errors[-1] < 1e3  # tolerances are met, not beaten by waste


def test_relaxation_to_a_manufactured_steady_state():
    """A constant source drives the transient to the state that makes it exact."""
    length = LENGTH
    manufactured = Manufactured(
        GEOMETRY,
        (Species("A", 0.0, 1e-9),),
        (Region("a"),),
        {"A": wave(2.0, 1.0, 1.4 * np.pi / length, 0.3)},
        straight(0.0, 0.0),
    )
    edges, errors = [10, 20, 40], []
    for n in edges:
        model = manufactured.model()
        system = system_of(model, GEOMETRY, np.linspace(0.0, length, n + 1))
        system.set_volume_source(manufactured.sources(system))
        end = 20 * length**2 / 1e-9
        evolution = evolve(system, initial_state(model, system), end, output_times=[end], rtol=1e-8)
        w = by_node(system, evolution.states[0])[:, 0] * system.coefficients.scales.concentration
        errors.append(np.abs(w / manufactured.concentration["A"].value(system.mesh.nodes[:, 0]) - 1).max())
    assert_order([1 / n for n in edges], {"A": errors}, cap=3e-3)


def test_salt_decays_with_its_ambipolar_diffusivity():
    """Electroneutral ions of different mobility: a salt of diffusivity 2 D+ D-/(D+ + D-), to second order."""
    species = (Species("+", 1.0, D_PLUS), Species("-", -1.0, D_MINUS))
    laws = {"left": wall("left"), "right": bath("right", {"+": 1.0, "-": 1.0}, potential=0.0)}
    model = Model(species, (Region("a"),), laws, T, physics="electroneutral")
    k = np.pi / (2 * LENGTH)
    profiles = {"a": {s.name: lambda x: 1.0 + 0.5 * np.cos(k * x) for s in species}}
    edges, errors = [5, 10, 20], {"salt": [], "potential": []}
    for n in edges:
        system = system_of(model, GEOMETRY, np.linspace(0.0, LENGTH, n + 1), profiles=profiles)
        end = 4 * TIME
        evolution = evolve(system, initial_state(model, system, profiles), end, output_times=[end], rtol=1e-8)
        u = by_node(system, evolution.states[0])[:-1]
        x = system.mesh.nodes[:-1, 0]
        exact = 1.0 + 0.5 * np.exp(-AMBIPOLAR * k**2 * end) * np.cos(k * x)
        errors["salt"].append(np.abs(u[:, 0] * system.coefficients.scales.concentration - exact).max())
        # no current: D+ (c' + c phi') = D- (c' - c phi')
        diffusion_potential = -(D_PLUS - D_MINUS) / (D_PLUS + D_MINUS) * np.log(exact)
        errors["potential"].append(np.abs(u[:, -1] - diffusion_potential).max())
    assert_order([1 / n for n in edges], errors, cap=1e-3)
