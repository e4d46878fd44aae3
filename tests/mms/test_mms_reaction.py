"""A reversible dissociation among transported ions."""

from __future__ import annotations

import numpy as np
from convergence import assert_order
from manufactured import Manufactured, even, ladder, wave

from npsolver.mesh import Geometry
from npsolver.model import Reaction, Region, Species
from npsolver.units import thermal_voltage

VT = thermal_voltage(298.15)


def test_second_order():
    length, porosity = 100e-9, 0.6
    geometry, k = Geometry("cartesian", (("a", length),)), np.pi / length
    # Damköhler numbers of the box of order ten
    forward, backward = 1e6, 8e5

    def rate(x, c):
        return porosity * (forward * c["HA"] - backward * c["H"] * c["A"])

    problem = Manufactured(
        geometry,
        (Species("HA", 0.0, 1e-9), Species("H", 1.0, 3e-9), Species("A", -1.0, 0.8e-9)),
        (Region("a", porosity=porosity, tortuosity=1.3),),
        {"HA": wave(1.0, 0.5, 1.2 * k), "H": wave(0.8, 0.3, 1.4 * k, 0.3), "A": wave(1.1, -0.4, 0.8 * k, 0.2)},
        wave(0.0, VT, 1.1 * k, 0.5),
        reactions=(Reaction("dissociation", {"HA": 1}, {"H": 1, "A": 1}, forward, backward),),
        production={"HA": lambda x, c: -rate(x, c), "H": rate, "A": rate},
    )
    sizes, errors = ladder(problem, [20, 40, 80], even(geometry))
    assert_order(sizes, errors, cap=2e-3)
