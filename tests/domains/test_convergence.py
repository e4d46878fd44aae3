"""Strongly charged walls, 1 V and dilute to concentrated salt converge from the case alone."""

from __future__ import annotations

import pytest
from pore_case import charged_pore

import npsolver

CONE = """
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[geometry]
coordinates = "axisymmetric"
[[geometry.region]]
name = "water"
corners = [
    ["0 nm", "-15 nm"], ["15 nm", "-15 nm"], ["15 nm", "0 nm"], ["2 nm", "0 nm"],
    ["8 nm", "40 nm"], ["15 nm", "40 nm"], ["15 nm", "55 nm"], ["0 nm", "55 nm"],
]
[[geometry.surface]]
name = "tip side"
line = [["0 nm", "-15 nm"], ["15 nm", "-15 nm"]]
[[geometry.surface]]
name = "base side"
line = [["0 nm", "55 nm"], ["15 nm", "55 nm"]]
[[geometry.surface]]
name = "wall"
line = [["2 nm", "0 nm"], ["8 nm", "40 nm"]]
[boundary."tip side"]
kind = "bath"
concentration = {{ "K+" = "{salt}", "Cl-" = "{salt}" }}
potential = "{voltage}"
[boundary."base side"]
kind = "bath"
concentration = {{ "K+" = "{salt}", "Cl-" = "{salt}" }}
potential = "0 V"
[boundary.wall]
kind = "wall"
surface_charge = "{charge}"
[mesh]
refine = 0.7
"""
PORE = {"length": 30, "height": 5, "wall": (5, 25), "mesh": "refine = 0.4"}


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("salt", ["1e-5 M", "1 M"])
@pytest.mark.parametrize(("voltage", "charge"), [("-1 V", "0.2 C/m^2"), ("1 V", "-0.02 C/m^2"), ("0.1 V", "-0.2 C/m^2")])
def test_strong_walls_and_voltages_converge(dimension, salt, voltage, charge):
    text = charged_pore(dimension=dimension, salt=salt, voltage=voltage, charge=charge, **PORE)
    solution = npsolver.run(npsolver.loads(text))
    assert solution.concentration.min() >= 0.0
    assert max(solution.conservation.values()) < 1e-6
    current = solution.observables["current[left]"].value
    assert current * float(voltage.split()[0]) > 0.0


@pytest.mark.parametrize(("salt", "voltage", "charge"), [("1e-5 M", "-1 V", "0.2 C/m^2"), ("1 mM", "1 V", "-0.2 C/m^2")])
def test_charged_cones_start_on_longer_triangles(salt, voltage, charge):
    """From the locally neutral state these take continuation, or three times as many iterations."""
    solution = npsolver.run(npsolver.loads(CONE.format(salt=salt, voltage=voltage, charge=charge)))
    assert solution.stats["path"] == ["Newton from the solution on a coarser mesh"]
    assert solution.stats["newton_iterations"] <= 10
    assert max(solution.conservation.values()) < 1e-6
    assert solution.observables["current[tip side]"].value * float(voltage.split()[0]) > 0.0
