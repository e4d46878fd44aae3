"""Evolutions of solids whose carriers leave the mesh behind are refused, and the advice leads to a mesh that is not."""

from __future__ import annotations

import re

import pytest
from membrane_cases import gas, oxide

import npsolver
from npsolver.errors import RefusedError


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


def test_coarse_transient_is_refused():
    with pytest.raises(RefusedError, match=r"at t = 0.001 s a carrier changes by a factor of [5-9]\.") as caught:
        npsolver.run(npsolver.loads(step("[1e-3, 10]")))
    assert caught.value.exit_code == 4
    refine = re.search(r"mesh\.refine = (\d+)", str(caught.value)).group(1)
    solution = npsolver.run(npsolver.loads(step("[1e-3, 10]", f"[mesh]\nrefine = {refine}\n")))
    assert not solution.warnings


def test_later_times_and_own_meshes_are_not():
    assert not npsolver.run(npsolver.loads(step("[1, 10]"))).warnings
    own = npsolver.run(npsolver.loads(step("[1e-3, 10]", '[mesh]\nnodes = 300\ngrading = "uniform"\n')))
    assert any("from one node to the next" in warning for warning in own.warnings)
