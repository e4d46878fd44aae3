"""The second law in a closed vessel: what a reaction produces of entropy is what the free energy loses."""

from __future__ import annotations

import numpy as np
import pytest

import npsolver
from npsolver.units import GAS_CONSTANT

VESSEL = """
[model]
physics = "pnp"
[[species]]
name = "HA"
charge = 0
diffusivity = 1.2e-9
[[species]]
name = "H+"
[[species]]
name = "A-"
charge = -1
diffusivity = 1.089e-9
[[reaction]]
equation = "HA = H+ + A-"
{rates}
{extra}
[[geometry.region]]
name = "film"
length = "1 um"
porosity = 0.4
[boundary.left]
kind = "wall"
[boundary.right]
kind = "wall"
potential = 0.0
[initial]
concentration = {{ HA = "10 mM", "H+" = "0.1 mM", "A-" = "0.1 mM" }}
[solve]
kind = "transient"
end_time = 0.02
output_times = {{ from = 0.0, to = 0.02, points = 401 }}
"""


@pytest.mark.parametrize("extra", ["", '[[onsager.coupling]]\nbetween = ["H+", "A-"]\nq = 0.3'], ids=["ideal", "coupled"])
def test_reaction_dissipates_free_energy(extra):
    solution = npsolver.run(npsolver.loads(VESSEL.format(rates="pKa = 4.76\nforward_rate = 10.0", extra=extra)))
    assert solution.entropy_production.min() >= 0.0
    rate, t = solution.entropy_production, solution.axis
    produced = float((rate[1:] + rate[:-1]) @ np.diff(t)) / 2.0
    c = solution.concentration[[0, -1]]
    energy = np.sum(c * (np.log(c) - 1.0), axis=1) - c[:, 1] * np.log(10**-4.76 * 1e3)
    lost = GAS_CONSTANT * 0.4 * float((energy[0] - energy[1]) @ solution.mesh.cell_volume)
    assert produced == pytest.approx(lost, rel=2e-3)


def test_reaction_in_one_direction_has_no_finite_entropy_production():
    solution = npsolver.run(npsolver.loads(VESSEL.format(rates="forward_rate = 10.0\nbackward_rate = 0.0", extra="")))
    assert np.isnan(solution.entropy_production).all()
    assert solution.entropy_density.min() >= 0.0
