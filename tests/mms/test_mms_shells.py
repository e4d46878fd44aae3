"""Cylindrical and spherical shells, with and without the centre."""

from __future__ import annotations

import numpy as np
import pytest
from convergence import assert_order
from manufactured import Manufactured, even, ladder, stretched, wave
from test_mms_poisson import VT, problem

from npsolver.mesh import Geometry
from npsolver.model import Region, Species


@pytest.mark.parametrize("coordinates", ["cylindrical", "spherical"])
@pytest.mark.parametrize("grading", [even, stretched])
def test_second_order_in_shells(coordinates, grading):
    p = problem(coordinates, origin=30e-9)
    sizes, errors = ladder(p, [40, 80, 160], grading(p.geometry))
    assert_order(sizes, errors, cap=2e-3)


@pytest.mark.parametrize("coordinates", ["cylindrical", "spherical"])
def test_second_order_at_the_centre(coordinates):
    """Smooth fields are even functions of r."""
    length = 100e-9
    geometry, k = Geometry(coordinates, (("a", length),)), np.pi / length
    p = Manufactured(
        geometry,
        (Species("A", 1.0, 1e-9), Species("B", -1.0, 2e-9)),
        (Region("a"),),
        {"A": wave(1.0, 0.4, k), "B": wave(1.5, -0.5, 0.9 * k)},
        wave(0.3 * VT, 1.5 * VT, 1.1 * k),
    )
    sizes, errors = ladder(p, [40, 80, 160], even(geometry))
    assert_order(sizes, errors, cap=2e-3, within=0.25)
