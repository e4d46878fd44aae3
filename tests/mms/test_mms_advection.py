"""Imposed flow on top of diffusion, migration and Poisson; Peclet number of the box about five."""

from __future__ import annotations

import pytest
from convergence import assert_order
from manufactured import even, ladder, stretched
from test_mms_poisson import problem


@pytest.mark.parametrize("grading", [even, stretched])
@pytest.mark.parametrize("velocity", [0.05, -0.05])
def test_second_order(velocity, grading):
    p = problem(velocity=velocity)
    sizes, errors = ladder(p, [40, 80, 160], grading(p.geometry))
    assert_order(sizes, errors, cap=2e-3)


@pytest.mark.parametrize(("coordinates", "flow"), [("cylindrical", 3e-8), ("spherical", -1.5e-14)])
def test_second_order_in_shells(coordinates, flow):
    p = problem(coordinates, origin=40e-9, velocity=flow)
    sizes, errors = ladder(p, [40, 80, 160], even(p.geometry))
    assert_order(sizes, errors, cap=4e-3)
