"""Charging of a blocking cell: the error follows the tolerance, salt is conserved, the charge meets the reference."""

from __future__ import annotations

import numpy as np
import pytest
from charging_cell import REFERENCE, TIMES, ChargingCell

from npsolver.stepping.time import Integrator, TimeOptions


def charge_cell(cell, rtol, method="rodas5p", **arguments):
    run = Integrator(
        cell, cell.start(), TIMES[-1], options=TimeOptions(rtol=rtol, method=method), output_times=TIMES, **arguments
    )
    run.run()
    return run


@pytest.mark.parametrize("v", [1, 4])
def test_charge_meets_the_reference(v):
    cell = ChargingCell(v, cells=400)
    run = charge_cell(cell, 1e-4)
    charges = np.array([cell.charge(u) for u in run.outputs])
    # 9e-5 of it is the mesh
    assert np.abs(charges / REFERENCE[v] - 1).max() < 1.5e-4
    assert run.statistics.steps <= {1: 11, 4: 16}[v]
    assert run.statistics.rejected <= 1
    for species in (0, 1):
        assert (run.u[species::3] * cell.volume).sum() == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize("method", ["rodas3p", "rodas4p", "rodas5p"])
@pytest.mark.parametrize("v", [0.3, 4.0])
def test_error_follows_the_tolerance_over_four_decades(v, method):
    cell = ChargingCell(v, cells=120, grading=5.0)
    exact = charge_cell(cell, 1e-10, "rodas5p").outputs
    ratios = []
    for rtol in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7):
        outputs = charge_cell(cell, rtol, method).outputs
        ratios.append(max(cell.error_norm(u - e, e, e, rtol) for u, e in zip(outputs, exact)))
    assert max(ratios) < 3.0
    assert min(ratios[1:]) > 0.02
    # four decades of tolerance give three to five of error
    assert 0.1 < ratios[0] / ratios[-1] < 10.0 or v < 1.0


def test_strong_jump_stays_positive():
    """100 kT/e at once: concentrations down to 1e-40, rejected for negative values, never clipped."""
    cell = ChargingCell(100.0, cells=100)
    for rtol in (1e-2, 1e-4):
        lowest = []
        run = charge_cell(
            cell, rtol, on_step=lambda t, u, dt, lowest=lowest: lowest.append(min(u[0::3].min(), u[1::3].min()))
        )
        assert min(lowest) > 0.0
        assert all(cell.admissible(u) for u in run.outputs)
        assert run.statistics.rejected >= 1
        for species in (0, 1):
            assert (run.u[species::3] * cell.volume).sum() == pytest.approx(2.0, rel=1e-9)


def test_voltage_events_and_restart_are_bit_identical():
    def build(state=None):
        cell, outputs = ChargingCell(1.0, cells=60, grading=5.0), []
        arguments = {
            "output_times": np.linspace(0.0, 2.0, 9),
            "events": [(0.7, lambda t: setattr(cell, "v", -2.0))],
            "on_output": lambda t, u: outputs.append(u.tobytes()),
        }
        if state is None:
            return Integrator(cell, cell.start(), 2.0, **arguments), outputs
        return Integrator.from_state(cell, state, 2.0, **arguments), outputs

    whole, outputs = build()
    whole.run()
    for stop in range(1, whole.statistics.steps, 3):
        first, outputs_1 = build()
        first.run(max_steps=stop)
        second, outputs_2 = build(first.state())
        second.run()
        assert outputs_1 + outputs_2 == outputs
        assert second.u.tobytes() == whole.u.tobytes()
        assert second.statistics == whole.statistics


class RampedCell(ChargingCell):
    """Voltage ``v sin(3 t)``: the residual depends on time."""

    amplitude = 1.0

    def set_time(self, t):
        self.v = self.amplitude * np.sin(3 * t)

    def time_derivative(self, t, u, out):
        out[:] = 0.0
        out[2] = 3 * self.amplitude * np.cos(3 * t)
        out[-1] = -out[2]


def test_sinusoidal_voltage():
    cell = RampedCell(0.0, cells=100, grading=5.0)
    exact = charge_cell(cell, 1e-9).outputs
    for rtol in (1e-3, 1e-5):
        run = charge_cell(cell, rtol)
        assert max(cell.error_norm(u - e, e, e, rtol) for u, e in zip(run.outputs, exact)) < 10.0
        assert run.outputs[1][2] == pytest.approx(-np.sin(1.5), abs=10 * rtol)
