"""Fluxes of a transient at its output times, which are differences over the finest edges."""

from __future__ import annotations

import numpy as np
import pytest

import npsolver
from npsolver.units import FARADAY

CELL = """
[[species]]
name = "Cu2+"
[[species]]
name = "SO4^2-"
[[geometry.region]]
name = "cell"
length = "200 um"
[initial]
concentration = { "Cu2+" = "100 mM", "SO4^2-" = "100 mM" }
[boundary.left]
kind = "wall"
concentration = { "Cu2+" = "100 mM" }
current = "5 A/m^2"
[boundary.right]
kind = "wall"
concentration = { "Cu2+" = "100 mM" }
potential = "0 V"
[solve]
kind = "transient"
end_time = "60 s"
output_times = ["20 s", "30 s", "45 s", "60 s"]
[[solve.event]]
time = "30 s"
set = { "boundary.left.current" = "-5 A/m^2" }
"""


@pytest.mark.parametrize("physics", ["electroneutral", "pnp"])
def test_the_only_ion_that_passes_carries_the_imposed_current(physics):
    """Also at an event and at the end, where outputs are ends of steps and not points inside them."""
    solution = npsolver.run(npsolver.loads(CELL, overrides={"model.physics": physics, "solve.rtol": 1e-4}))
    carried = 2.0 * FARADAY * solution.observables["flux[Cu2+, left]"].value
    np.testing.assert_allclose(carried, [5.0, 5.0, -5.0, -5.0], rtol=1e-5)
    received = 2.0 * FARADAY * solution.observables["flux[Cu2+, right]"].value
    np.testing.assert_allclose(received, -carried, rtol=1e-5)


def test_a_current_that_lasts_beyond_sands_time_ends_with_a_reason():
    """The electroneutral model has no solution after Sand's time, 2.8 s: the run must say so, and soon."""
    case = npsolver.loads(CELL, overrides={"model.physics": "electroneutral", "boundary.left.current": "500 A/m^2"})
    with pytest.raises(npsolver.ConvergenceError, match=r"stalls at t = 2\.8\d* s.*run out"):
        npsolver.run(case)
