"""Evolutions of solids on meshes that follow the carriers: chosen for all times, restarted to the same bits, or refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
from membrane_cases import box_membrane, gas, oxide

import npsolver
from npsolver.errors import RefusedError
from npsolver.runner.regrade import PATH


def step(times: str, extra: str = "") -> str:
    """Nearly pure oxide after a step of twenty decades in pressure."""
    evolution = f"""
[solve]
kind = "transient"
end_time = "10 s"
output_times = {times}
[[solve.event]]
time = 0.0
set = {{ "boundary.right.pressure.O2" = 1e5 }}
"""
    return oxide(
        T=1100.0,
        L=1e-4,
        dopant=-1e-2,
        mobile=(1e-9, 1e-6, 1e-6),
        K_red=1e-14,
        K_i=1e-12,
        left=gas(1e-15, "current = 0"),
        right=gas(1e-15, "potential = 0"),
        extra=evolution + extra,
    )


@pytest.fixture(scope="module")
def followed():
    return npsolver.run(npsolver.loads(step("[1e-3, 10]")))


def test_mesh_is_chosen_for_the_whole_evolution(followed):
    assert followed.stats["path"] == [PATH]
    assert not followed.warnings
    assert followed.stats["nodes"] < 1000
    fine = npsolver.run(npsolver.loads(step("[1e-3, 10]", "[mesh]\nrefine = 4\n")))
    assert followed.observables["voltage"].value == pytest.approx(fine.observables["voltage"].value, abs=5e-5)


class StopError(Exception):
    pass


class Interruption:
    """Saves at the given question and stops the run."""

    def __init__(self, after: int):
        self.after, self.asked, self.state = after, 0, None

    def due(self) -> bool:
        self.asked += 1
        return self.asked == self.after

    def save(self, state):
        self.state = {key: np.array(value) for key, value in state.items()}
        raise StopError


# in the run that leaves its first mesh, while another one is looked for, and in the run on that
@pytest.mark.parametrize(("after", "looking"), [(5, False), (150, True), (220, True), (400, False)])
def test_restart_continues_to_the_same_bits(followed, after, looking):
    case = npsolver.loads(step("[1e-3, 10]"))
    interruption = Interruption(after)
    with pytest.raises(StopError):
        npsolver.run(case, checkpoint=interruption)
    assert ("integrator_t" not in interruption.state) == looking
    again = npsolver.run(case, restart=interruption.state)
    assert np.array_equal(again.mesh.nodes, followed.mesh.nodes)
    assert np.array_equal(again.concentration, followed.concentration)
    for name, series in followed.series.items():
        assert np.array_equal(again.series[name].values, series.values), name


def test_what_the_mesh_may_not_resolve_is_refused():
    bounded = '[mesh]\nsmallest = "0.5 um"\n'
    with pytest.raises(RefusedError, match=r"at t = 0.001 s a carrier changes by a factor of [2-9]\.") as caught:
        npsolver.run(npsolver.loads(step("[1e-3, 10]", bounded)))
    assert caught.value.exit_code == 4
    refine = re.search(r"mesh\.refine = (\d+)", str(caught.value)).group(1)
    solution = npsolver.run(npsolver.loads(step("[1e-3, 10]", f"{bounded}refine = {refine}\n")))
    assert not solution.warnings


def test_later_times_and_own_meshes_are_not():
    late = npsolver.run(npsolver.loads(step("[1, 10]")))
    assert not late.warnings
    assert PATH not in late.stats["path"]
    own = npsolver.run(npsolver.loads(step("[1e-3, 10]", '[mesh]\nnodes = 300\ngrading = "uniform"\n')))
    assert any("from one node to the next" in warning for warning in own.warnings)


def test_grids_are_chosen_in_the_same_way():
    text = step("[1e-4, 1e-2]").replace("10 s", "10 ms")
    text = re.sub(r"\[\[species\]\]\nname = \"h\+\"\n.*\n", "", text)
    text = re.sub(r"\[\[defect_equilibrium\]\]\nequation = \"nil.*\n.*\n", "", text)
    settings = {"solve.rtol": 1e-3}
    line = npsolver.run(npsolver.loads(text, "membrane.toml", settings))
    box = box_membrane(text, 2).replace("boundary.right.", "boundary.air.")
    found = npsolver.run(npsolver.loads(box, "membrane.toml", {"mesh.refine": 0.3, **settings}))
    assert PATH in found.stats["path"]
    assert found.observables["voltage"].value == pytest.approx(line.observables["voltage"].value, abs=1e-3)
