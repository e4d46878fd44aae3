"""Strongly charged walls, 1 V and dilute to concentrated salt converge from the case alone."""

from __future__ import annotations

import pytest

import npsolver

CASE = """
[model]
physics = "pnp"
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[geometry]
dimension = {dimension}
[[geometry.region]]
name = "pore"
x = ["0 nm", "30 nm"]
y = ["0 nm", "5 nm"]
{z}
[[geometry.surface]]
name = "wall"
side = "top"
x = ["5 nm", "25 nm"]
[boundary.left]
kind = "bath"
concentration = {{ "K+" = "{salt}", "Cl-" = "{salt}" }}
potential = "{voltage}"
[boundary.right]
kind = "bath"
concentration = {{ "K+" = "{salt}", "Cl-" = "{salt}" }}
potential = "0 V"
[boundary.wall]
kind = "wall"
surface_charge = "{charge}"
[mesh]
refine = 0.4
"""


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("salt", ["1e-5 M", "1 M"])
@pytest.mark.parametrize(("voltage", "charge"), [("-1 V", "0.2 C/m^2"), ("1 V", "-0.02 C/m^2"), ("0.1 V", "-0.2 C/m^2")])
def test_strong_walls_and_voltages_converge(dimension, salt, voltage, charge):
    z = 'z = ["0 nm", "5 nm"]' if dimension == 3 else ""
    solution = npsolver.run(npsolver.loads(CASE.format(dimension=dimension, z=z, salt=salt, voltage=voltage, charge=charge)))
    assert solution.concentration.min() >= 0.0
    assert max(solution.conservation.values()) < 1e-6
    current = solution.observables["current[left]"].value
    assert current * float(voltage.split()[0]) > 0.0
