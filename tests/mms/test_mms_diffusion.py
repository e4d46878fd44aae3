"""Diffusion of a neutral molecule between two baths: -(D c')' = S."""

from __future__ import annotations

import numpy as np
import pytest
from convergence import assert_order
from manufactured import Manufactured, even, ladder, straight, stretched, wave

from npsolver.mesh import Geometry
from npsolver.model import Region, Species

LENGTH = 1e-6


@pytest.mark.parametrize("grading", [even, stretched])
def test_second_order(grading):
    geometry = Geometry("cartesian", (("a", LENGTH),))
    problem = Manufactured(
        geometry,
        (Species("A", 0.0, 1e-9),),
        (Region("a"),),
        {"A": wave(2.0, 1.0, 1.4 * np.pi / LENGTH, 0.3)},
        straight(0.0, 0.0),
    )
    sizes, errors = ladder(problem, [20, 40, 80], grading(geometry))
    assert max(errors.pop("potential")) < 1e-13  # nothing acts on it
    assert_order(sizes, errors, cap=1e-3)


def test_exact_for_straight_lines():
    """Two-point fluxes are exact where the flux is constant."""
    geometry = Geometry("cartesian", (("a", LENGTH),))
    problem = Manufactured(
        geometry, (Species("A", 0.0, 1e-9),), (Region("a"),), {"A": straight(1.0, 3.0 / LENGTH)}, straight(0.0, 0.0)
    )
    assert problem.errors(stretched(geometry)(7))["A"] < 1e-13
