"""Step-size control on models of how the error depends on the step."""

from __future__ import annotations

import pytest

from npsolver.stepping.controller import StepController


def settle(controller, dt, error_of, attempts=40):
    """Steps accepted and number of rejections when the error of a step is ``error_of(dt)``."""
    accepted, rejected = [], 0
    for _ in range(attempts):
        error = error_of(dt)
        if error <= 1.0:
            accepted.append(dt)
            dt = controller.accept(dt, error)
        else:
            rejected += 1
            dt = controller.reject(dt, error)
    return accepted, rejected


@pytest.mark.parametrize("order", [3, 4, 5])
@pytest.mark.parametrize("start", [1e-4, 1.0, 1e3])
def test_settles_just_below_the_tolerance(order, start):
    accepted, rejected = settle(StepController(order), start, lambda dt: (dt / 0.1) ** order)
    assert 0.08 < accepted[-1] < 0.1
    assert rejected <= 4


def test_a_low_observed_order_is_met_in_few_rejections():
    """Right after a jump the error falls only as sqrt(dt)."""
    _, rejected = settle(StepController(5), 1.0, lambda dt: (dt / 1e-4) ** 0.5, attempts=6)
    assert rejected <= 4


def test_growth_is_limited_and_waits_after_a_rejection():
    controller = StepController(4)
    assert controller.accept(1.0, 0.0) == pytest.approx(50.0)
    assert controller.accept(1.0, 0.0) == pytest.approx(6.0)
    assert controller.reject(1.0, 1e9) == pytest.approx(0.2)
    assert controller.accept(0.2, 0.0) == pytest.approx(0.2)
    assert controller.cut(1.0, 0.5) == 0.5
    assert controller.accept(0.5, 1e-8) == pytest.approx(0.5)


def test_infinite_error_cuts_the_step():
    assert StepController(4).reject(1.0, float("inf")) == pytest.approx(0.01)
