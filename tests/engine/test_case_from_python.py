"""A case put together from model and geometry, without a file."""

from __future__ import annotations

from math import log

import pytest

import npsolver
from npsolver.units import FARADAY, GAS_CONSTANT

COLLOID = """
[[species]]
name = "Na+"
[[species]]
name = "Cl-"
[geometry]
coordinates = "spherical"
inner_radius = "10 nm"
[[geometry.region]]
name = "shell"
length = "100 nm"
[boundary.inner]
kind = "wall"
surface_charge = "-0.1 mC/m^2"
[boundary.outer]
kind = "bath"
concentration = { "Na+" = "10 mM", "Cl-" = "10 mM" }
potential = "0 V"
[[expect]]
observable = "potential[left]"
reference = "debye_hueckel_potential(10 nm, outer)"
rtol = 1e-3
"""


def test_junction_from_model_and_geometry():
    cation, anion = npsolver.Species("K+", 1, 1.96e-9), npsolver.Species("Cl-", -1, 2.03e-9)
    boundaries = {
        "left": npsolver.Boundary("left", "bath", concentration={"K+": 100.0, "Cl-": 100.0}, current=0.0),
        "right": npsolver.Boundary("right", "bath", concentration={"K+": 10.0, "Cl-": 10.0}, potential=0.0),
    }
    model = npsolver.Model((cation, anion), (npsolver.Region("film"),), boundaries)
    case = npsolver.Case(title="junction", model=model, geometry=npsolver.Geometry("cartesian", (("film", 1e-6),)))
    planck = GAS_CONSTANT * 298.15 / FARADAY * (2.03 - 1.96) / (2.03 + 1.96) * log(10.0)
    assert npsolver.run(case).observables["membrane_potential"].value == pytest.approx(planck, rel=1e-3)


def test_weakly_charged_sphere_of_given_surface_charge():
    from npsolver.validation import check

    case = npsolver.loads(COLLOID)
    assert all(one.passed for one in check(case, npsolver.run(case)))
