"""The integrator: events, dense output, consistency, positivity, restart, failures."""

from __future__ import annotations

import numpy as np
import pytest
from stepping_problems import DenseSystem, coupled_mass, decay, index_one, logistic, prothero_robinson

from npsolver.errors import ConvergenceError
from npsolver.stepping.consistent import differential_rows, make_consistent
from npsolver.stepping.time import Integrator, TimeOptions


def relaxation(target=1.0, rate=1.0):
    """y' = rate (target - y), 0 = z - y - target: ``target`` can be changed by events."""
    system = DenseSystem(
        np.diag([1.0, 0.0]),
        lambda t, u: np.array([rate * (u[0] - system.target), u[1] - u[0] - system.target]),
        lambda t, u: np.array([[rate, 0.0], [-1.0, 1.0]]),
    )
    system.target = target
    return system


@pytest.mark.parametrize("method", ["rodas3p", "rodas4p", "rodas5p"])
@pytest.mark.parametrize("problem", [logistic, index_one, coupled_mass, prothero_robinson])
def test_output_follows_the_tolerance(problem, method):
    times = np.linspace(0.05, 2.0, 14)
    for rtol in (1e-3, 1e-5, 1e-7):
        system, start, solution = problem()
        run = Integrator(system, start, 2.0, options=TimeOptions(rtol=rtol, method=method), output_times=times)
        assert run.run()
        errors = [np.abs(u - solution(t)).max() for t, u in zip(times, run.outputs)]
        assert len(errors) == times.size
        assert max(errors) < 15 * rtol


def test_output_times_do_not_influence_the_steps():
    def steps(times):
        taken = []
        system, start, _ = logistic()
        run = Integrator(system, start, 3.0, output_times=times, on_step=lambda t, u, dt: taken.append((t, dt, u[0])))
        run.run()
        return taken, run

    plain, _ = steps(())
    dense, run = steps(np.linspace(0, 3, 301))
    assert plain == dense
    assert len(run.outputs) == 301
    np.testing.assert_array_equal(run.outputs[-1], run.u)


def test_no_output_is_skipped_by_a_long_first_step():
    """A run 1e8 times longer than the relaxation still resolves it."""
    run = Integrator(decay(), np.ones(1), 1e8, options=TimeOptions(rtol=1e-6), output_times=(0.5, 1.0, 2.0))
    run.run()
    np.testing.assert_allclose(np.ravel(run.outputs), np.exp([-0.5, -1.0, -2.0]), rtol=2e-5)
    assert run.statistics.steps < 80


def test_the_start_is_found_from_any_first_step():
    for first in (1e-12, 1e-4, 1.0, 1e3):
        run = Integrator(
            decay(1e3), np.ones(1), 1e4, options=TimeOptions(rtol=1e-5, first_step=first), output_times=(1e-3,)
        )
        run.run()
        assert run.outputs[0][0] == pytest.approx(np.exp(-1.0), abs=1e-4)
        assert run.statistics.rejected < 10


def test_events_are_hit_exactly_and_restart_the_step_size():
    system, seen = relaxation(), []

    def jump(value):
        return lambda t: (seen.append(t), setattr(system, "target", value))

    series = []
    run = Integrator(
        system,
        np.zeros(2),
        3.0,
        options=TimeOptions(rtol=1e-8),
        output_times=(0.5, 1.0, 1.5, 3.0),
        events=[(1.7, jump(5.0)), (1.0 / 3.0 + 2.0 / 3.0, jump(-1.0))],
        on_step=lambda t, u, dt: series.append((t, u[0], u[1], dt)),
    )
    run.run()
    assert seen == [1.0, 1.7]
    y1 = 1 - np.exp(-1.0)
    y17 = -1 + (y1 + 1) * np.exp(-0.7)
    expected = [1 - np.exp(-0.5), y1, -1 + (y1 + 1) * np.exp(-0.5), 5 + (y17 - 5) * np.exp(-1.3)]
    np.testing.assert_allclose([u[0] for u in run.outputs], expected, rtol=1e-6)
    # an output at an event is the state before it
    assert run.outputs[1][1] == pytest.approx(y1 + 1.0)
    # the series shows both sides of every jump; the differential unknown does not move
    starts = [entry for entry in series if entry[3] == 0.0]
    assert [entry[0] for entry in starts] == [0.0, 1.0, 1.7]
    before = series[series.index(starts[1]) - 1]
    assert before[0] == 1.0
    assert before[1] == pytest.approx(starts[1][1], rel=1e-14)
    assert starts[1][2] == pytest.approx(y1 - 1.0)


def test_event_at_the_start_precedes_the_first_output():
    system = relaxation()
    run = Integrator(
        system, np.zeros(2), 1.0, output_times=(0.0,), events=[(0.0, lambda t: setattr(system, "target", 7.0))]
    )
    run.run()
    np.testing.assert_allclose(run.outputs[0], [0.0, 7.0], atol=1e-14)


def test_consistent_start_moves_only_the_algebraic_unknowns():
    system, _, _ = index_one()
    u = np.array([0.7, 5.0])
    make_consistent(system, u, 1.0)
    assert u[0] == pytest.approx(0.7, rel=1e-15)
    assert u[1] == pytest.approx(0.49, rel=1e-14)
    np.testing.assert_array_equal(differential_rows(coupled_mass()[0]), [True, True, False])


def test_consistent_start_keeps_a_charge_that_mixes_two_unknowns():
    """C d(u1 - u2)/dt = u2/R, 0 = u1 - V: when V jumps, so does u2, and then decays."""
    system = DenseSystem(
        [[0.5, -0.5], [0.0, 0.0]],
        lambda t, u: np.array([-u[1] / 4.0, u[0] - system.voltage]),
        lambda t, u: np.array([[0.0, -0.25], [1.0, 0.0]]),
    )
    system.voltage = 0.0
    run = Integrator(
        system,
        np.zeros(2),
        3.0,
        options=TimeOptions(rtol=1e-7),
        output_times=(0.0, 1.0, 3.0),
        events=[(0.0, lambda t: setattr(system, "voltage", 2.0))],
    )
    run.run()
    np.testing.assert_allclose([u[1] for u in run.outputs], 2.0 * np.exp([0.0, -0.5, -1.5]), rtol=1e-6)


def test_a_start_off_the_algebraic_equation_does_not_stop_the_run():
    """The unknown left 1e-4 off by the last step disturbs the inside of the next one, at any length of it."""
    system, start, solution = coupled_mass()
    run = Integrator(system, start, 2.0, options=TimeOptions(rtol=1e-5))
    run.run(max_steps=6)
    run.u[2] += 1e-4
    run.run()
    np.testing.assert_allclose(run.u, solution(2.0), atol=5e-4)
    assert run.statistics.rejected < 10


def test_inconsistent_problem_is_named():
    system = DenseSystem(
        np.diag([1.0, 0.0]),
        lambda t, u: np.array([u[0], u[1] ** 2 + 1.0]),
        lambda t, u: np.array([[1.0, 0.0], [0.0, 2 * u[1]]]),
    )
    with pytest.raises(ConvergenceError, match=r"t = 0 s: (no consistent values|singular)"):
        Integrator(system, np.ones(2), 1.0).run()


@pytest.mark.parametrize("stop", [1, 4, 9, 13])
def test_restart_is_bit_identical(stop):
    """Stopping between any two steps, also at an event, changes nothing: steps, outputs, series, counters."""

    def build(state=None):
        system, series, outputs = relaxation(rate=20.0), [], []
        arguments = {
            "options": TimeOptions(rtol=1e-5),
            "output_times": np.linspace(0, 2, 23),
            "events": [
                (0.0, lambda t: setattr(system, "target", 2.0)),
                (0.5, lambda t: setattr(system, "target", 0.1)),
            ],
            "on_step": lambda t, u, dt: series.append((t, dt, u.tobytes())),
            "on_output": lambda t, u: outputs.append((t, u.tobytes())),
        }
        if state is None:
            run = Integrator(system, np.array([0.3, 0.0]), 2.0, **arguments)
        else:
            run = Integrator.from_state(system, state, 2.0, **arguments)
        return run, series, outputs

    whole, series, outputs = build()
    assert whole.run()
    assert whole.statistics.steps > 15
    first, series_1, outputs_1 = build()
    assert not first.run(max_steps=stop)
    state = {key: np.copy(value) for key, value in first.state().items()}
    second, series_2, outputs_2 = build(state)
    second.run()
    assert series_1 + series_2 == series
    assert outputs_1 + outputs_2 == outputs
    assert second.statistics == whole.statistics
    assert second.u.tobytes() == whole.u.tobytes()


def test_restart_at_an_event_time():
    system, states = relaxation(), []
    events = [(1.0, lambda t: setattr(system, "target", 3.0))]
    run = Integrator(
        system, np.zeros(2), 2.0, events=events, on_step=lambda t, u, dt: t == 1.0 and states.append(run.state())
    )
    run.run()
    assert [state["event_index"] for state in states] == [0, 1]
    for state in states:
        system.target = 1.0
        again = Integrator.from_state(system, state, 2.0, events=events)
        again.run()
        assert again.u.tobytes() == run.u.tobytes()


def riccati(limit=0.0):
    """u' = -u^(1/2) scaled so that polynomial steps overshoot below zero; admissible is u > limit."""
    system = DenseSystem(
        [[1.0]], lambda t, u: 50.0 * u / (u + 1e-3), lambda t, u: np.array([[50.0 * 1e-3 / (u[0] + 1e-3) ** 2]])
    )
    system.admissible = lambda u: bool(np.isfinite(u).all() and u[0] > limit)
    system.error_norm = lambda error, u_old, u_new, rtol: float(np.abs(error[0]) / rtol)
    return system


def test_positivity_by_implicit_euler():
    """Michaelis-Menten depletion: at a loose tolerance the Rosenbrock step crosses zero, implicit Euler does not."""
    system = riccati()
    system.error_norm = lambda error, u_old, u_new, rtol: min(1.0, float(np.abs(error[0]) / rtol))
    outputs = np.linspace(0.001, 0.1, 25)
    run = Integrator(
        system,
        np.ones(1),
        0.1,
        options=TimeOptions(rtol=0.05, first_step=0.04, positivity_rejections=1),
        output_times=outputs,
    )
    run.run()
    assert run.statistics.positivity_steps >= 1
    assert run.statistics.rejected >= 1
    assert all(u[0] > 0 for u in run.outputs)


def test_implicit_euler_alone_is_error_controlled():
    """A system that admits nothing from Rosenbrock steps is integrated to first order by the fallback."""
    system = decay()
    rosenbrock = {"admissible": False}
    solve = system.implicit_euler

    def euler(u_old, dt, guess):
        rosenbrock["admissible"] = True
        return solve(u_old, dt, guess)

    linearise = system.linearise

    def marked(u, shift):
        rosenbrock["admissible"] = False
        linearise(u, shift)

    system.implicit_euler, system.linearise = euler, marked
    system.admissible = lambda u: rosenbrock["admissible"]
    run = Integrator(system, np.ones(1), 1.0, options=TimeOptions(rtol=1e-3))
    run.run()
    assert run.statistics.positivity_steps == run.statistics.steps > 5
    assert run.u[0] == pytest.approx(np.exp(-1.0), rel=2e-2)


def test_failure_names_time_step_and_cause():
    system = decay()
    linearise = system.linearise

    def fails_later(u, shift):
        if u[0] < 0.5:
            raise ConvergenceError("singular matrix at node 3")
        linearise(u, shift)

    system.linearise = fails_later
    with pytest.raises(ConvergenceError, match=r"stopped at t = 1\.\d+ s with step .*: singular matrix at node 3"):
        Integrator(system, np.ones(1), 5.0).run()


def test_blow_up_stops_at_its_time():
    system = DenseSystem([[1.0]], lambda t, u: -u * u, lambda t, u: np.array([[-2 * u[0]]]))
    with pytest.raises(ConvergenceError, match=r"t = 1\.00000|t = 0\.99999"):
        Integrator(system, np.ones(1), 2.0, options=TimeOptions(rtol=1e-6)).run()


def test_step_limit_and_steady_state():
    with pytest.raises(ConvergenceError, match="3 time steps reached only"):
        Integrator(decay(), np.ones(1), 100.0, options=TimeOptions(max_steps=3)).run()
    system = relaxation()
    run = Integrator(system, np.zeros(2), 1e9, options=TimeOptions(steady_tolerance=1e-8))
    assert run.run()
    assert run.steady
    assert run.t < 1e3
    assert run.u[0] == pytest.approx(1.0, abs=1e-7)


def test_max_step_and_statistics():
    dts = []
    run = Integrator(
        decay(), np.ones(1), 1.0, options=TimeOptions(max_step=0.03), on_step=lambda t, u, dt: dts.append(dt)
    )
    run.run()
    assert max(dts) <= 0.03 * 1.0101
    assert sum(dts) == pytest.approx(1.0, rel=1e-14)
    statistics = run.statistics
    assert statistics.steps == len(dts) - 1
    assert run.system.linearisations == statistics.factorisations == statistics.steps + statistics.rejected + 1
    assert statistics.solves == 9 * statistics.steps + 8 * statistics.rejected + 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"t_end": 0.0}, "end time"),
        ({"t_end": 1.0, "output_times": (0.5, 0.5)}, "must increase"),
        ({"t_end": 1.0, "output_times": (1.5,)}, "output times must lie"),
        ({"t_end": 1.0, "events": [(-1.0, print)]}, "event times must lie"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Integrator(decay(), np.ones(1), **arguments)


@pytest.mark.parametrize("options", [{"rtol": 0.0}, {"method": "euler"}, {"max_step": 0.0}, {"first_step": -1.0}])
def test_wrong_options(options):
    with pytest.raises(ValueError):
        TimeOptions(**options)
