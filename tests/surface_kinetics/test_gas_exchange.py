"""Solids that exchange with a gas at a finite rate, and first-order transfer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from npsolver import run
from npsolver.case import loads
from npsolver.equilibrium.surface_resistance import exchange_permeation, series_permeation

OXIDE = """
[case]
title = "oxide"
[model]
physics = "electroneutral"
temperature = "1000 K"
[[species]]
name = "V_O^2+"
diffusivity = "1e-11 m^2/s"
[[species]]
name = "e-"
diffusivity = "1e-8 m^2/s"
{more}
[[defect_equilibrium]]
name = "oxygen exchange"
equation = "O_O = V_O^2+ + 2 e- + 1/2 O2"
constant = "4e-4 mol^3/m^9*atm^0.5"
[[geometry.region]]
name = "oxide"
length = "0.1 mm"
[boundary.left]
kind = "gas"
pressure = {{ O2 = "{left} atm" }}
potential = "0 V"
exchange = ["e-"]
[[boundary.left.reaction]]
equation = "1/2 O2 + V_O^2+ + 2 e- = O_O"
{rate}
[boundary.right]
kind = "gas"
pressure = {{ O2 = "{right} atm" }}
[[boundary.right.reaction]]
equation = "{equation}"
{rate}
[[observable]]
name = "oxygen"
kind = "gas_pressure"
gas = "O2"
boundary = "right"
[[observable]]
name = "vacancies"
kind = "concentration"
species = "V_O^2+"
boundary = "right"
"""
HOLES = """
[[species]]
name = "h+"
diffusivity = "1e-8 m^2/s"
[[defect_equilibrium]]
equation = "nil = e- + h+"
constant = "1e4 mol^2/m^6"
"""
FORWARD = "1/2 O2 + V_O^2+ + 2 e- = O_O"


def oxide(left="1e-20", right="1e-20", rate='rate_constant = "1e-7 m/s"', equation=FORWARD, more=""):
    return loads(OXIDE.format(left=left, right=right, rate=rate, equation=equation, more=more))


def value(solution, name):
    return float(np.atleast_1d(solution.observables[name].value)[-1])


@pytest.mark.parametrize("more", ["", HOLES])
@pytest.mark.parametrize("rate", ['rate_constant = "1e-7 m/s"', 'exchange_rate = "1e-6 mol/m^2/s"\nlaw = "affinity"'])
def test_equal_gases_are_an_equilibrium(more, rate):
    solution = run(oxide(rate=rate, more=more))
    assert abs(value(solution, "rate[reaction, left]")) <= 1e-16
    assert value(solution, "oxygen") == pytest.approx(1e-20 * 101325.0, rel=1e-8)


@pytest.mark.parametrize("more", ["", HOLES])
def test_small_difference_meets_three_resistances_in_series(more):
    """J = (c_left - c_right)/(L/D + 1/k + 1/k), D the chemical diffusion coefficient."""
    case = oxide(left="1e-20", right="1.001e-20", more=more)
    solution = run(case)
    left, right = (case.model.boundaries[side].equilibrium for side in ("left", "right"))
    c = {name: 0.5 * (left[name] + right[name]) for name in left}
    z = {"V_O^2+": 2.0, "e-": -1.0, "h+": 1.0}
    mobile = 1e-8 * sum(c[name] for name in c if name != "V_O^2+")
    vacancies = 4.0 * 1e-11 * c["V_O^2+"]
    stored = 1.0 / (4.0 * c["V_O^2+"]) + 1.0 / sum(z[n] ** 2 * c[n] for n in c if n != "V_O^2+")
    chemical = vacancies * mobile / (vacancies + mobile) * stored
    expected = series_permeation(1e-7, 1e-7, chemical, 1e-4) * (left["V_O^2+"] - right["V_O^2+"])
    assert value(solution, "flux[V_O^2+, left]") == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("equation", [FORWARD, "O2 + 2 V_O^2+ + 4 e- = 2 O_O", "O_O = 1/2 O2 + V_O^2+ + 2 e-"])
def test_rate_constant_means_the_same_however_the_reaction_is_written(equation):
    reference = run(oxide(left="1e-20", right="1.001e-20"))
    found = run(oxide(left="1e-20", right="1.001e-20", equation=equation))
    assert value(found, "flux[V_O^2+, left]") == pytest.approx(value(reference, "flux[V_O^2+, left]"), rel=1e-5)


@pytest.mark.parametrize("law", ["mass-action", "affinity"])
def test_oxygen_pressure_drops_at_the_surfaces_by_the_affinity(law):
    rate = f'exchange_rate = "2e-9 mol/m^2/s"\nlaw = "{law}"'
    solution = run(oxide(left="1e-21", right="1e-19", rate=rate))
    affinity = 0.5 * math.log(1e-19 * 101325.0 / value(solution, "oxygen"))
    expected = 2e-9 * 2.0 * math.sinh(0.5 * affinity)
    if law == "mass-action":
        at_rest = (1e-4 * 1e-19**-0.5) ** (1.0 / 3.0)  # c_V of the gas on the right: 4 c^3 sqrt(p) = K
        expected = 2e-9 * ((value(solution, "vacancies") / at_rest) ** 3 - 1.0)
    assert value(solution, "rate[reaction, right]") == pytest.approx(expected, rel=1e-6)
    assert value(solution, "rate[reaction, left]") == pytest.approx(-expected, rel=1e-6)


def test_fast_exchange_is_equilibrium_with_the_gas():
    slow, fast = (
        run(oxide(left="1e-21", right="1e-19", rate=f'rate_constant = "{k} m/s"')) for k in ("1e-7", "1e3")
    )
    held = run(loads(_held(oxide_text(left="1e-21", right="1e-19"))))
    assert value(fast, "flux[V_O^2+, left]") == pytest.approx(value(held, "flux[V_O^2+, left]"), rel=1e-6)
    assert value(slow, "flux[V_O^2+, left]") < 0.7 * value(held, "flux[V_O^2+, left]")


def oxide_text(**gases):
    return OXIDE.format(rate='rate_constant = "1 m/s"', equation=FORWARD, more="", **gases)


def _held(text):
    """The same oxide in equilibrium with both gases."""
    lines, skip = [], False
    for line in text.splitlines():
        if line.startswith("["):
            skip = ".reaction]]" in line
        if not skip and not line.startswith("exchange = "):
            lines.append(line)
    return "\n".join(lines).replace("[boundary.right]\nkind = \"gas\"", "[boundary.right]\nkind = \"gas\"\ncurrent = 0")


def test_pressure_step_in_time_moves_the_equilibrium_of_the_surface():
    text = oxide_text(left="1e-20", right="1e-20").replace("1 m/s", "1e-6 m/s")
    text += """
[initial]
concentration = { "V_O^2+" = "100 mol/m^3", "e-" = "200 mol/m^3" }
[solve]
kind = "transient"
end_time = "40 h"
output_times = ["1 h", "40 h"]
[[solve.event]]
time = "1 h"
set = { "boundary.left.pressure.O2" = "3e-20 atm", "boundary.right.pressure.O2" = "3e-20 atm" }
"""
    solution = run(loads(text))
    assert solution.observables["oxygen"].value[0] == pytest.approx(1e-20 * 101325.0, rel=1e-9)
    assert solution.observables["oxygen"].value[-1] == pytest.approx(3e-20 * 101325.0, rel=1e-6)


def test_closed_form_reduces_to_wagner_for_fast_surfaces():
    flux, low, high = exchange_permeation(
        1.0, 100.0, lambda p, q: math.log(q / p), lambda p: 1e9 * math.log(100.0 / p), lambda p: 1e9 * math.log(p)
    )
    assert flux == pytest.approx(math.log(100.0), rel=1e-6)
    assert (low, high) == pytest.approx((1.0, 100.0), rel=1e-6)
    equal = exchange_permeation(
        1.0, 100.0, lambda p, q: math.log(q / p), lambda p: math.log(100.0 / p), lambda p: math.log(p)
    )
    assert equal[0] == pytest.approx(math.log(100.0) / 3.0, rel=1e-12)


TRANSFER = """
[case]
title = "transfer"
[model]
physics = "{physics}"
[[species]]
name = "O2"
charge = 0
diffusivity = "2e-9 m^2/s"
{ions}
[[geometry.region]]
name = "water"
length = "0.1 mm"
[boundary.left]
kind = "wall"
potential = "0 V"
transfer = {{ O2 = {{ coefficient = "2e-5 m/s", concentration = "0.25 mM" }} }}
[boundary.right]
kind = "wall"
transfer = {{ O2 = {{ coefficient = "5e-5 m/s", concentration = 0 }} }}
"""


@pytest.mark.parametrize("value_of", ["coefficient", "concentration"])
def test_transfer_through_three_resistances(value_of):
    key = f"boundary.left.transfer.O2.{value_of}"
    factor = {"coefficient": 4e-5, "concentration": 0.5}[value_of]
    base = TRANSFER.format(physics="pnp", ions="")
    for k, c, overrides in ((2e-5, 0.25, {}), (4e-5, 0.25, {key: factor}), (2e-5, 0.5, {key: factor})):
        if overrides and (value_of == "coefficient") != (k == 4e-5):
            continue
        expected = c * series_permeation(k, 5e-5, 2e-9, 1e-4)
        solution = run(loads(base, overrides=overrides))
        assert value(solution, "flux[O2, left]") == pytest.approx(expected, rel=1e-9)
        assert value(solution, "flux[O2, right]") == pytest.approx(-expected, rel=1e-9)


STEP = """
[initial]
concentration = {{ O2 = "0.25 mM" }}
[solve]
kind = "transient"
end_time = "2 h"
output_times = ["1 s", "2 h"]
[[solve.event]]
time = "1 s"
set = {{ "boundary.left.transfer.O2.{key}" = "{value}" }}
"""


@pytest.mark.parametrize(
    ("key", "text", "k", "c"), [("concentration", "0.1 mM", 2e-5, 0.1), ("coefficient", "8e-5 m/s", 8e-5, 0.25)]
)
def test_an_event_changes_the_transfer(key, text, k, c):
    solution = run(loads(TRANSFER.format(physics="pnp", ions="") + STEP.format(key=key, value=text)))
    expected = c * series_permeation(k, 5e-5, 2e-9, 1e-4)
    assert value(solution, "flux[O2, left]") == pytest.approx(expected, rel=1e-5)
