"""Many steady states at once against one at a time."""

from __future__ import annotations

import numpy as np
import pytest

from npsolver.discretisation import System, choose_scales, coefficients, initial_state, neutralised
from npsolver.discretisation.chain_batch import batch_key, best_lanes, chain_batch, has_lanes, load_chain
from npsolver.errors import ConvergenceError
from npsolver.mesh import Geometry, interval_mesh
from npsolver.model import Boundary, Model, Region, Species
from npsolver.nonlinear import NewtonOptions
from npsolver.stepping import many
from npsolver.stepping.many import steady_states
from npsolver.stepping.steady import SolveStatistics, steady_state

LANES = [lanes for lanes in (1, 4, 8) if has_lanes(lanes)]
LENGTH = 50e-9


def problem(model, n, rng, lengths=(1.0,), length=LENGTH):
    """System on a random mesh with n edges, and its start."""
    names = [region.name for region in model.regions]
    own = [length * part for part in lengths]
    geometry = Geometry("cartesian", tuple(zip(names, own)))
    x, begin, per = [0.0], 0.0, n // len(own)
    for part in own:
        steps = rng.uniform(0.3, 1.0, per)
        x += list(begin + part * np.cumsum(steps) / steps.sum())
        begin += part
    mesh = interval_mesh(geometry, np.array(x))
    system = System(model, mesh, coefficients(model, mesh, choose_scales(model, length, 0.0)))
    return system, initial_state(model, system)


def layer(rng, n=40, **wall):
    """Diffuse layer at a wall."""
    c = 10 ** rng.uniform(0, 2)
    wall = wall or {"potential": rng.uniform(-0.2, 0.2)}
    model = Model(
        (Species("K+", 1, 2e-9), Species("Cl-", -1, 2e-9)),
        (Region("solution", 78.5),),
        {
            "left": Boundary("left", **wall),
            "right": Boundary("right", "bath", concentration={"K+": c, "Cl-": c}, potential=0.0),
        },
        298.15,
    )
    return problem(model, n, rng)


def charged_wall(rng):
    return layer(rng, surface_charge=rng.uniform(-0.05, 0.05))


def stern_layer(rng):
    return layer(rng, potential=rng.uniform(-0.3, 0.3), stern_capacitance=0.2)


def membrane(rng, names=("Na+", "Cl-", "Ca2+"), physics="pnp", excluded=(), n=45):
    charge = {"Na+": 1, "Cl-": -1, "Ca2+": 2, "H+": 1, "NO3-": -1}
    baths = []
    for _ in range(2):
        c = {name: 10 ** rng.uniform(0, 2) for name in names}
        c["Cl-"] = 0.0
        c["Cl-"] = sum(charge[name] * value for name, value in c.items())
        baths.append(c)
    model = Model(
        tuple(Species(name, charge[name], rng.uniform(0.5, 3.0) * 1e-9) for name in names),
        (
            Region("left film", 78.5),
            Region("membrane", rng.uniform(20, 80), fixed_charge=rng.uniform(-300, 300), excluded_species=excluded),
            Region("right film", 78.5),
        ),
        {
            "left": Boundary("left", "bath", concentration=baths[0], potential=rng.uniform(-0.1, 0.1)),
            "right": Boundary("right", "bath", concentration=baths[1], potential=0.0),
        },
        298.15,
        physics=physics,
    )
    return problem(model, n, rng, (0.3, 0.4, 0.3))


def five_ions(rng):
    return membrane(rng, ("Na+", "Cl-", "Ca2+", "H+"))


def electroneutral(rng):
    return membrane(rng, physics="electroneutral")


def selective(rng):
    return membrane(rng, excluded=("Ca2+",))


STRUCTURES = [layer, charged_wall, stern_layer, membrane, five_ions, electroneutral, selective]


def compare(found, expected, system):
    """To what Newton's method leaves: relative for concentrations, in RT/F for potentials."""
    n, m = system.mesh.n_nodes, system.block_size
    a, b = found.reshape(n, m), expected.reshape(n, m)
    np.testing.assert_allclose(a[:, :-1], b[:, :-1], rtol=1e-9, atol=1e-12 * np.abs(b[:, :-1]).max())
    np.testing.assert_allclose(a[:, -1], b[:, -1], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda f: f.__name__)
def test_results_are_those_of_one_at_a_time(structure, lanes):
    rng = np.random.default_rng(STRUCTURES.index(structure))
    problems = [structure(rng) for _ in range(2 * lanes + 3)]
    assert len({batch_key(system) for system, _ in problems}) == 1
    assert batch_key(problems[0][0]) is not None
    alone, together = ([SolveStatistics() for _ in problems] for _ in range(2))
    expected = [steady_state(*p, statistics=s) for p, s in zip(problems, alone)]
    factorised = [system.counts["factorisations"] for system, _ in problems]
    found = steady_states(*zip(*problems), statistics=together, lanes=lanes)
    for (system, _), u, v, a, b, before in zip(problems, found, expected, alone, together, factorised):
        compare(u, v, system)
        assert a.path == b.path
        assert abs(a.newton_iterations - b.newton_iterations) <= 1
        assert len(b.updates) > 0
        assert system.counts["factorisations"] > before or "Boltzmann" in b.path[0]


def test_systems_of_all_structures_come_back_in_order():
    rng = np.random.default_rng(7)
    problems = [structure(rng) for structure in STRUCTURES * 4]
    rng.shuffle(problems)
    starts = [start.copy() for _, start in problems]
    found = steady_states(*zip(*problems))
    for (system, start), u, kept in zip(problems, found, starts):
        compare(u, steady_state(system, start), system)
        np.testing.assert_array_equal(start, kept)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_fewer_systems_than_lanes(count):
    rng = np.random.default_rng(8)
    problems = [layer(rng) for _ in range(count)]
    found = steady_states([p[0] for p in problems], [p[1] for p in problems])
    assert len(found) == count
    for (system, start), u in zip(problems, found):
        compare(u, steady_state(system, start), system)


@pytest.mark.parametrize("lanes", LANES)
def test_lanes_converge_at_their_own_speed(lanes):
    """A potential of 1 V takes many limited steps; its neighbours do not wait and do not change."""
    rng = np.random.default_rng(9)
    voltages = [1e-4, 1.0, 0.01, 0.6, 1e-3, 0.3, 0.1, 1e-4, 0.8, 0.2]
    problems = [layer(rng, potential=v) for v in voltages]
    statistics = [SolveStatistics() for _ in problems]
    found = steady_states(*zip(*problems), statistics=statistics, lanes=lanes)
    counts = [s.newton_iterations for s in statistics]
    assert max(counts) > 2 * min(counts)
    for (system, start), u in zip(problems, found):
        compare(u, steady_state(system, start), system)


@pytest.mark.parametrize("lanes", LANES)
def test_a_lane_that_fails_goes_on_alone(lanes):
    """With six iterations only, strong layers need continuation; the rest converges as ever."""
    rng = np.random.default_rng(10)
    problems = [layer(rng, potential=v) for v in (0.001, 0.002, 0.5, 0.001, 0.003)]
    options = NewtonOptions(max_iterations=6)
    statistics = [SolveStatistics() for _ in problems]
    found = steady_states(*zip(*problems), options=options, statistics=statistics, lanes=lanes)
    assert [s.path[-1].startswith("Newton") for s in statistics] == [True, True, False, True, True]
    for (system, start), u in zip(problems, found):
        compare(u, steady_state(system, start, options=options), system)


@pytest.mark.parametrize("bad", ["start", "system"])
def test_one_that_has_no_solution_is_an_error_of_its_own(bad, monkeypatch):
    rng = np.random.default_rng(11)
    problems = [layer(rng) for _ in range(6)]
    expected = [steady_state(*p) for p in problems]
    if bad == "start":
        problems[2][1][4] = np.nan
    else:
        problems[2][0].coefficients.fixed_charge[3] = np.nan
        problems[2][0].set_values(problems[2][0].terminals)
    monkeypatch.setattr("npsolver.stepping.steady.SMALLEST_LOAD_STEP", 0.2)
    with np.errstate(invalid="ignore"):
        found = steady_states(*zip(*problems), lanes=LANES[-1])
    assert isinstance(found[2], ConvergenceError)
    for index in (0, 1, 3, 4, 5):
        compare(found[index], expected[index], problems[index][0])


def test_what_does_not_fit_is_solved_alone():
    """Floating terminals, closed species, and two baths in equilibrium."""
    rng = np.random.default_rng(12)
    floating = Model(
        (Species("K+", 1, 2e-9), Species("Cl-", -1, 1e-9)),
        (Region("solution", 78.5),),
        {
            "left": Boundary("left", "bath", concentration={"K+": 10.0, "Cl-": 10.0}, current=0.0),
            "right": Boundary("right", "bath", concentration={"K+": 100.0, "Cl-": 100.0}, potential=0.0),
        },
        298.15,
    )
    system, start = problem(floating, 30, rng)
    assert batch_key(system) is None
    balanced = Model(
        floating.species, floating.regions,
        {name: Boundary(name, "bath", concentration={"K+": 10.0, "Cl-": 10.0}, potential=0.0) for name in ("left", "right")},
        298.15,
    )
    problems = [(system, start), *(problem(balanced, 30, rng) for _ in range(4))]
    statistics = [SolveStatistics() for _ in problems]
    found = steady_states(*zip(*problems), statistics=statistics, lanes=LANES[-1])
    np.testing.assert_array_equal(found[0], steady_state(system, start))
    assert all(s.path == ["equilibrium: Newton on Poisson-Boltzmann"] for s in statistics[1:])


def test_many_structures_at_once_do_not_fill_the_memory(monkeypatch):
    """Groups are finished when too many are open, and taken up again."""
    monkeypatch.setattr(many, "MOST_GROUPS", 2)
    rng = np.random.default_rng(13)
    problems = [layer(rng, n) for _ in range(4) for n in (10, 20, 30, 10)]
    for (system, start), u in zip(problems, steady_states(*zip(*problems))):
        compare(u, steady_state(system, start), system)


@pytest.mark.parametrize("lanes", LANES)
def test_one_step_is_that_of_every_system(lanes):
    """State, norms and limits of a step far from the solution."""
    rng = np.random.default_rng(14)
    problems = [stern_layer(rng) for _ in range(lanes)]
    batch = chain_batch(problems[0][0], lanes)
    states = []
    for lane, (system, start) in enumerate(problems):
        u = start.copy()
        u[system.concentration_index] *= rng.uniform(0.05, 3.0, system.concentration_index.size)
        u[system.block_size - 1 :: system.block_size] += rng.uniform(-12.0, 12.0, system.mesh.n_nodes)
        states.append(u)
        load_chain(batch, lane, system, u, neutral=False)
    norms, usable = batch.step()
    for lane, ((system, _), u) in enumerate(zip(problems, states)):
        expected, own, found = np.empty(system.size), np.empty(3), np.empty(system.size)
        assert system.newton_step(u, 0.0, None, expected, own)
        batch.unload(lane, found)
        assert usable[lane]
        np.testing.assert_allclose(norms[:, lane], own, rtol=1e-5)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
        assert norms[2, lane] == 1.0


def test_wrong_arguments_are_named():
    rng = np.random.default_rng(15)
    system, start = layer(rng)
    with pytest.raises(ValueError, match="1 systems, 0 starts"):
        steady_states([system], [])
    with pytest.raises(ValueError, match="lanes must be 1, 4 or 8"):
        steady_states([system], [start], lanes=3)
    batch = chain_batch(system, LANES[-1])
    other, elsewhere = layer(rng, 20)
    with pytest.raises(ValueError, match="structure"):
        load_chain(batch, 0, other, elsewhere)
    with pytest.raises(ValueError, match="no lane"):
        load_chain(batch, LANES[-1], system, start)
    assert best_lanes() in LANES


def test_locally_neutral_start_has_no_charge():
    rng = np.random.default_rng(16)
    for _ in range(5):
        system, start = five_ions(rng)
        u = neutralised(system, start).reshape(-1, system.block_size)
        c = system.coefficients
        terms = np.column_stack([c.capacity * u[:, :-1] * system.charge, c.fixed_charge])
        inner = slice(1, -1)
        assert np.all(np.abs(terms.sum(axis=1))[inner] <= 1e-13 * np.abs(terms).sum(axis=1)[inner])
