"""`npsolver.run_many` against `npsolver.run`."""

from __future__ import annotations

import numpy as np
import pytest

import npsolver
from npsolver.runner import many as module

TEXT = """
[model]
temperature = "298.15 K"
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[[geometry.region]]
name = "left film"
length = "20 nm"
[[geometry.region]]
name = "membrane"
length = "20 nm"
fixed_charge = "-100 mM"
[[geometry.region]]
name = "right film"
length = "20 nm"
[boundary.left]
kind = "bath"
concentration = { "K+" = "100 mM", "Cl-" = "100 mM" }
potential = "20 mV"
[boundary.right]
kind = "bath"
concentration = { "K+" = "10 mM", "Cl-" = "10 mM" }
potential = "0 V"
[mesh]
nodes = 60
"""


def members(count):
    case = npsolver.loads(TEXT)
    voltages = np.linspace(-0.1, 0.1, count)
    return [case.with_values({"boundary.left.potential": float(v)}) for v in voltages]


def agrees(one, other):
    assert one.observables.keys() == other.observables.keys()
    largest = max(abs(item.value) for name, item in other.observables.items() if name.startswith("flux"))
    for name, item in other.observables.items():
        atol = 1e-9 * largest if name.startswith("flux") else 1e-9 * max(1e-3, abs(item.value))
        assert one.observables[name].value == pytest.approx(item.value, rel=1e-8, abs=atol), name
    np.testing.assert_allclose(one.concentration, other.concentration, rtol=1e-9)
    np.testing.assert_allclose(one.potential, other.potential, rtol=1e-9, atol=1e-12)


def test_results_and_records_are_those_of_single_runs():
    cases = members(20)
    for case, found in zip(cases, npsolver.run_many(cases)):
        expected = npsolver.run(case)
        agrees(found, expected)
        assert found.stats["path"] == expected.stats["path"]
        assert found.stats.keys() == expected.stats.keys()
        assert 0.0 < found.stats["time_total_s"] < 5.0
        assert found.kind == "steady"
        assert max(found.conservation.values()) < 1e-9


def test_without_batch_every_bit_is_that_of_a_single_run():
    cases = members(3)
    for case, found in zip(cases, npsolver.run_many(cases, batch=False)):
        np.testing.assert_array_equal(found.concentration, npsolver.run(case).concentration)


def test_other_kinds_go_alone_and_the_order_stays():
    cases = members(5)
    solve = '[solve]\nkind = "sweep"\nparameter = "boundary.left.potential"\nvalues = [0.0, 0.01]\n'
    sweep = npsolver.loads(TEXT + solve)
    floating = npsolver.loads(TEXT.replace('potential = "20 mV"', 'current = "0 A/m^2"'))
    found = npsolver.run_many(iter([cases[0], sweep, cases[1], floating, *cases[2:]]))
    assert [item.kind for item in found] == ["steady", "sweep", *["steady"] * 5]
    for item, case in zip([found[0], found[2], *found[4:]], cases):
        agrees(item, npsolver.run(case))
    agrees(found[3], npsolver.run(floating))


def test_one_that_fails_does_not_end_the_others():
    cases = members(4)
    original = module.steady_states

    def failing(systems, starts, **keywords):
        states = original(systems, starts, **keywords)
        states[1] = npsolver.ConvergenceError("no steady state was found")
        return states

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "steady_states", failing)
        found = npsolver.run_many(cases)
    assert isinstance(found[1], npsolver.ConvergenceError)
    assert all(isinstance(found[i], npsolver.Solution) for i in (0, 2, 3))


def test_nothing_gives_nothing():
    assert npsolver.run_many([]) == []
