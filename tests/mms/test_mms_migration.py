"""Migration of ions in a given field; a huge permittivity keeps their charge from bending it."""

from __future__ import annotations

import numpy as np
import pytest
from convergence import assert_order
from manufactured import Field, Manufactured, even, ladder, straight, stretched, wave

from npsolver.mesh import Geometry
from npsolver.model import Region, Species
from npsolver.units import thermal_voltage

LENGTH, VT = 1e-6, thermal_voltage(298.15)
GEOMETRY = Geometry("cartesian", (("a", LENGTH),))
STIFF = (Region("a", relative_permittivity=1e16),)


@pytest.mark.parametrize("grading", [even, stretched])
@pytest.mark.parametrize("charge", [1.0, -1.0, 2.0, -3.0])
def test_second_order(charge, grading):
    problem = Manufactured(
        GEOMETRY,
        (Species("A", charge, 1e-9),),
        STIFF,
        {"A": wave(2.0, 1.0, 1.4 * np.pi / LENGTH, 0.3)},
        wave(0.0, 2.0 * VT, 1.1 * np.pi / LENGTH, 0.7),
    )
    sizes, errors = ladder(problem, [40, 80, 160], grading(GEOMETRY))
    assert_order(sizes, errors, cap=2e-3)


def test_exact_in_a_uniform_field_without_sources():
    """The exponential weights solve (w' + v w)' = 0 exactly on any mesh (Scharfetter and Gummel 1969)."""
    k = 5.0 / LENGTH
    problem = Manufactured(
        GEOMETRY,
        (Species("A", 1.0, 1e-9),),
        STIFF,
        {"A": Field(lambda x: 1 + 2 * np.exp(-k * x), lambda x: -2 * k * np.exp(-k * x))},
        straight(0.0, k * VT),
    )
    assert problem.errors(stretched(GEOMETRY)(6))["A"] < 1e-11
