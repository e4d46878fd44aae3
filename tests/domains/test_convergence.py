"""Strongly charged walls, 1 V and dilute to concentrated salt converge from the case alone."""

from __future__ import annotations

import pytest
from pore_case import charged_pore

import npsolver

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
