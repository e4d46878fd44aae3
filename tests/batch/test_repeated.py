"""Warm starts: when they are used, and that they change nothing but the effort."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import npsolver
from npsolver.runner import run
from npsolver.runner.repeated import Repeated

CASES = Path(__file__).parents[2] / "cases"
COLD, WARM = "Newton from the locally neutral state", "Newton from a neighbouring member"


@pytest.fixture(scope="module")
def hard():
    """Film far above its limiting current: a cold Newton iteration fails."""
    base = npsolver.load(CASES / "transport" / "overlimiting-current.toml")
    base = base.with_values({"expect": [], "solve": {"kind": "steady"}})
    return [base.with_values({"boundary.left.potential": value}) for value in (0.7, 0.71, 0.72)]


def test_easy_members_have_the_bits_of_a_single_run():
    base = npsolver.load(CASES / "equilibrium" / "donnan.toml")
    solve = Repeated()
    for position, temperature in enumerate((290.0, 300.0, 310.0)):
        case = base.with_values({"model.temperature": temperature})
        solution, alone = solve(case, (position,)), run(case)
        assert solution.stats["path"] == [COLD]
        assert np.array_equal(solution.potential, alone.potential)
        assert np.array_equal(solution.concentration, alone.concentration)


def test_hard_members_start_from_their_neighbour_and_agree(hard):
    solve = Repeated()
    solutions = [solve(case, (position,)) for position, case in enumerate(hard)]
    alone = [Repeated("never")(case) for case in hard]
    assert solutions[0].stats["path"] != [WARM]
    assert all(WARM in solution.stats["path"] for solution in solutions[1:])
    for solution, other in zip(solutions, alone):
        a, b = (item.observables["current_density"].value for item in (solution, other))
        assert a == pytest.approx(b, rel=1e-8)
    assert sum(s.stats["newton_iterations"] for s in solutions) < sum(s.stats["newton_iterations"] for s in alone)


def test_always_tries_the_neighbour_first_also_on_another_mesh(hard):
    solve = Repeated("always")
    first = solve(hard[0], (0,))
    finer = hard[1].with_values({"mesh.refine": 1.3})
    second = solve(finer, (1,))
    assert second.mesh.n_nodes > first.mesh.n_nodes
    assert second.stats["path"] == [WARM]


def test_memory_is_bounded(monkeypatch, hard):
    monkeypatch.setattr("npsolver.runner.repeated.KEPT", 2)
    solve = Repeated()
    for position, case in enumerate(hard):
        solve(case, (position,))
    assert list(solve._states) == [(1,), (2,)]
