"""Oxides whose carriers are degenerate: strong doping beside small densities of states, so that vacancies may hardly exist."""

from __future__ import annotations

import numpy as np
import pytest
from membrane_cases import gas, oxide

import npsolver

PRESSURES = """
[[observable]]
name = "pressure left"
kind = "gas_pressure"
gas = "O2"
boundary = "left"
[[observable]]
name = "pressure right"
kind = "gas_pressure"
gas = "O2"
boundary = "right"
"""


def degenerate(seed: int, which: int) -> tuple[str, float, float]:
    """A case (acceptors, donors or nearly pure) and its two pressures in Pa."""
    u = np.random.default_rng(10_000 + seed).uniform
    for number, doping in enumerate([-(10 ** u(0, 4.3)), 10 ** u(0, 4.3), -1e-3]):
        densities = [10 ** u(0, 4.5) for _ in range(2)]
        laws = "".join(
            f'[[activity]]\nmodel = "fermi-dirac"\nspecies = "{name}"\ndensity_of_states = "{density!r} mol/m^3"\n'
            for name, density in zip(("e-", "h+"), densities)
        )
        keys = {
            "T": u(600, 1500),
            "L": 10 ** u(-6, -3),
            "mobile": (10 ** u(-13, -9), 10 ** u(-10, -5), 10 ** u(-10, -5)),
            "K_red": 10 ** u(-20, 6),
            "K_i": 10 ** u(-24, -2),
        }
        low, high = 10 ** u(-20, 5), 10 ** u(-20, 5)
        if number == which:
            ends = {"left": gas(low, "current = 0"), "right": gas(high, "potential = 0")}
            return oxide(dopant=doping, extra=laws + PRESSURES, **ends, **keys), low, high
    raise ValueError(which)


# vacancies of 1e-50 mol/m³ and less took the round-off of 1e4 mol/m³ of electrons for their own amount
FEW = [(11, 1), (14, 1), (25, 1), (33, 1), (81, 1), (111, 1)]


@pytest.mark.parametrize(("seed", "which"), [*FEW, (0, 0), (1, 1), (2, 2), (3, 0)])
def test_degenerate_oxides_converge(seed, which):
    text, *pressures = degenerate(seed, which)
    solution = npsolver.run(npsolver.loads(text))
    found = [solution.observables[f"pressure {end}"].value for end in ("left", "right")]
    # of 25 decades; the amount of vacancies is a power of an activity of up to exp(100), and has few digits
    assert np.log10(found) == pytest.approx(np.log10(pressures), abs=0.05)
    assert solution.stats["newton_iterations"] < 60
