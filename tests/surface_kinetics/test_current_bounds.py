"""Electrodes without a Stern layer: the current of a direction in which nothing dissolved takes part is bounded."""

from __future__ import annotations

import math

import pytest

import npsolver
from npsolver.errors import InputError
from npsolver.units import FARADAY, GAS_CONSTANT

SILVER = """
[[species]]
name = "Ag+"
[[species]]
name = "NO3-"
[geometry]
coordinates = "COORDINATES"
inner_radius = RADIUS
[[geometry.region]]
name = "film"
length = "100 nm"
[boundary.left]
kind = "wall"
current = CURRENT
[[boundary.left.reaction]]
equation = "Ag+ + e- = Ag"
standard_potential = "0.4 V"
rate_constant = "1e-6 m/s"
[boundary.right]
kind = "bath"
concentration = { "Ag+" = "10 mM", "NO3-" = "10 mM" }
potential = "0 V"
"""
# F k0 (1 mol/L) exp(-(1 - alpha) F E0/RT): the dissolution of silver where the metal is at the potential of the surface
BOUND = FARADAY * 1e-6 * 1e3 * math.exp(-0.5 * FARADAY * 0.4 / (GAS_CONSTANT * 298.15))


def silver(current: float, coordinates: str = "cartesian", radius: float = 0.0):
    text = SILVER.replace("COORDINATES", coordinates).replace("RADIUS", repr(radius))
    return npsolver.loads(text.replace("CURRENT", repr(current)))


@pytest.mark.parametrize(
    ("coordinates", "radius", "area"), [("cartesian", 0.0, 1.0), ("spherical", 1e-6, 4 * math.pi * 1e-12)]
)
def test_oxidation_up_to_the_bound_and_not_beyond(coordinates, radius, area):
    below = npsolver.run(silver(0.97 * BOUND * area, coordinates, radius))
    assert below.observables["current[left]"].value == pytest.approx(0.97 * BOUND * area)
    with pytest.raises(InputError, match="oxidation of reaction, whose current is at most") as caught:
        npsolver.run(silver(1.03 * BOUND * area, coordinates, radius))
    assert caught.value.key == "boundary left: current"
    assert f"at most {BOUND * area:.4g};" in str(caught.value)


def test_reduction_is_not_bounded():
    """Silver ions gather at the wall as its potential falls."""
    solution = npsolver.run(silver(-100 * BOUND))
    assert solution.observables["current[left]"].value == pytest.approx(-100 * BOUND)


def test_with_a_stern_layer_the_voltage_drives_the_reaction():
    text = SILVER.replace("COORDINATES", "cartesian").replace("RADIUS", "0").replace("CURRENT", repr(3 * BOUND))
    text = text.replace("[boundary.right]", '[boundary.left.stern]\ncapacitance = "0.2 F/m^2"\n[boundary.right]')
    assert npsolver.run(npsolver.loads(text)).observables["current[left]"].value == pytest.approx(3 * BOUND)
