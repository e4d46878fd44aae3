"""The full coupling: three ions and their own field, box ten Debye lengths wide."""

from __future__ import annotations

import numpy as np
import pytest
from convergence import assert_order
from manufactured import Manufactured, even, ladder, stretched, wave

from npsolver.mesh import Geometry
from npsolver.model import Region, Species
from npsolver.units import thermal_voltage

VT = thermal_voltage(298.15)


def problem(coordinates="cartesian", origin=0.0, velocity=0.0):
    length = 100e-9
    geometry = Geometry(coordinates, (("a", length),), origin)
    k = np.pi / length
    return Manufactured(
        geometry,
        (Species("A", 1.0, 1e-9), Species("B", -1.0, 2e-9), Species("C", 2.0, 0.7e-9)),
        (Region("a", fixed_charge=-0.5),),
        {"A": wave(1.0, 0.4, 1.3 * k, 0.2), "B": wave(1.5, -0.5, 0.9 * k, 0.4), "C": wave(0.3, 0.1, 1.6 * k, -0.3)},
        wave(0.3 * VT, 1.5 * VT, 1.1 * k, 0.5),
        velocity=velocity,
    )


@pytest.mark.parametrize("grading", [even, stretched])
def test_second_order(grading):
    p = problem()
    sizes, errors = ladder(p, [30, 60, 120], grading(p.geometry))
    assert_order(sizes, errors, cap=2e-3)
