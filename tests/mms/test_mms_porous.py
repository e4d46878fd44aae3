"""Two phases: porosity, tortuosity, permittivity, diffusivity, partition coefficients and fixed charge all jump."""

from __future__ import annotations

import numpy as np
import pytest
from convergence import assert_order
from manufactured import Field, Manufactured, even, ladder, stretched, wave

from npsolver.mesh import Geometry
from npsolver.model import Region, Species
from npsolver.units import thermal_voltage

VT = thermal_voltage(298.15)


def kinked(base: Field, at: float, extra: float) -> Field:
    """Continuous, with a jump of the slope at `at`."""
    return Field(
        lambda x: base.value(x) + extra * np.maximum(x - at, 0.0),
        lambda x: base.slope(x) + extra * (x >= at),
    )


@pytest.mark.parametrize("grading", [even, stretched])
def test_second_order(grading):
    a, b = 60e-9, 40e-9
    geometry, k = Geometry("cartesian", (("a", a), ("b", b))), np.pi / (a + b)
    problem = Manufactured(
        geometry,
        (Species("A", 1.0, 1e-9), Species("B", -1.0, 2e-9)),
        (
            Region("a", porosity=0.8, tortuosity=1.5),
            Region(
                "b",
                relative_permittivity=30.0,
                porosity=0.3,
                tortuosity=3.0,
                fixed_charge=-2.0,
                standard_potential={"A": -1200.0, "B": 2000.0},
                diffusivity={"A": 0.2e-9},
            ),
        ),
        {
            "A": kinked(wave(1.0, 0.4, 1.3 * k, 0.2), a, 0.3 / b),
            "B": kinked(wave(1.5, -0.5, 0.9 * k, 0.4), a, -0.2 / b),
        },
        kinked(wave(0.3 * VT, 1.5 * VT, 1.1 * k, 0.5), a, VT / b),
    )
    sizes, errors = ladder(problem, [20, 40, 80], grading(geometry))
    assert_order(sizes, errors, cap=2e-3)
