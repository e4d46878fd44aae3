"""Electrodes in solution: rest, resistance, limits, sums, two dimensions and time."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from electrode_models import AG, BATH, E0, FILM, NO3, film, reaction, silver
from engine_problems import VT, T, bath, by_node, solved, system_of, uniform, wall
from scipy.optimize import brentq

from npsolver import run
from npsolver.case import loads
from npsolver.discretisation import initial_state
from npsolver.model import Boundary, Model, Region, Species, StericLaw
from npsolver.observables import frame, steady_defects, terminal_values
from npsolver.stepping.transient import evolve
from npsolver.units import FARADAY, VACUUM_PERMITTIVITY

NERNST = E0 + VT * math.log(0.01)
LIMIT = 2.0 * FARADAY * AG.diffusivity * 10.0 / 1e-5


def state(model, **keywords):
    system, u = solved(model, FILM, **keywords)
    return system, u, terminal_values(system, u, True)


@pytest.mark.parametrize("stern", [None, 0.02, 0.5])
@pytest.mark.parametrize("k0", [1e-12, 1e-5, 1e3])
def test_rest_potential_is_nernst_whatever_the_double_layer_and_the_rate(stern, k0):
    model = film("pnp", [silver(rate_constant=k0)], current=0.0, stern_capacitance=stern)
    system, u, terminals = state(model)
    assert terminals["left"].potential == pytest.approx(NERNST, abs=1e-11)
    surface = by_node(system, u)
    assert surface[0, 0] / surface[-1, 0] == pytest.approx(math.exp(-(surface[0, -1] - surface[-1, -1])), rel=1e-9)


def test_rest_of_the_electroneutral_film():
    _, u, terminals = state(film("electroneutral", current=0.0))
    assert terminals["left"].potential == pytest.approx(NERNST, abs=1e-13)
    assert np.all(np.isfinite(u))


@pytest.mark.parametrize("physics", ["electroneutral", "pnp"])
def test_fast_electrode_approaches_the_ideally_selective_contact(physics):
    """Silver in equilibrium with the metal, which has unit activity at V - E0.

    Without a double layer any contact of this mu~ is the same; with one the wall must be at the same potential, too.
    """
    drop = 0.06
    fast = state(film(physics, [silver(rate_constant=1e4)], potential=drop))[2]
    model = film(physics)
    shift = E0 if physics == "electroneutral" else 0.0
    contact = wall("left", concentration={"Ag+": 1000.0 * math.exp((shift - E0) / VT)}, potential=drop - shift)
    ideal = state(replace(model, boundaries={**model.boundaries, "left": contact}))[2]
    assert fast["left"].current == pytest.approx(ideal["left"].current, rel=2e-5)
    slow = state(film(physics, [silver(rate_constant=1e-5)], potential=drop))[2]
    assert abs(slow["left"].current) < 0.9 * abs(ideal["left"].current)


def test_charge_transfer_resistance():
    """dV/dI at rest: RT/F (1/i0 + 2/I_lim) of the reaction and of the film with its potential and salt gradient."""
    item = silver(exchange_current=3.0, reference_concentration={"Ag+": 10.0})
    volts = [state(film("electroneutral", [item], current=i))[2]["left"].potential for i in (-1e-3, 1e-3)]
    slope = (volts[1] - volts[0]) / 2e-3
    assert slope == pytest.approx(VT * (1.0 / 3.0 + 2.0 / LIMIT), rel=1e-6)


def test_frumkin_correction_of_the_charge_transfer_resistance():
    """i0 = F k0 c exp(-z psi) exp(-alpha f (E - psi - E0)) with the diffuse-layer potential psi of Gouy, Chapman, Stern."""
    alpha, k0, capacitance, eps = 0.4, 1e-7, 0.2, 78.5 * VACUUM_PERMITTIVITY
    item = silver(rate_constant=k0)

    def charge(psi):
        return math.sqrt(8.0 * eps * FARADAY * VT * 10.0) * math.sinh(0.5 * psi / VT)

    psi = brentq(lambda p: capacitance * (NERNST - p) - charge(p), -0.3, 0.3, xtol=1e-15)
    i0 = FARADAY * k0 * 10.0 * math.exp(-psi / VT) * math.exp(-alpha * (NERNST - psi - E0) / VT)
    plain = FARADAY * k0 * 10.0 * math.exp(-alpha * (NERNST - E0) / VT)
    volts = [
        state(film("pnp", [item], current=i, stern_capacitance=capacitance))[2]["left"].potential for i in (-1e-6, 1e-6)
    ]
    slope = (volts[1] - volts[0]) / 2e-6
    # the film adds RT/F 2/I_lim, the excess of ions in the double layer (lambda_D/L) is below the tolerance
    assert slope == pytest.approx(VT * (1.0 / i0 + 2.0 / LIMIT), rel=1e-4)
    assert not 0.9 < i0 / plain < 1.1


def test_fluxes_are_in_stoichiometric_proportion_and_balance():
    ox, red = Species("Fe3+", 3.0, 0.6e-9), Species("Fe2+", 2.0, 0.7e-9)
    item = reaction({"Fe3+": -1.0, "Fe2+": 1.0}, 1.0, rate_constant=1e-5)
    right = bath("right", {"Fe3+": 4.0, "Fe2+": 6.0, "NO3-": 24.0}, potential=0.0)
    model = film("pnp", [item], species=(ox, red, NO3), right=right, potential=0.1, stern_capacitance=0.1)
    system, u, terminals = state(model)
    left = terminals["left"]
    assert left.flux[0] == pytest.approx(-left.flux[1], rel=1e-7)
    assert left.current == pytest.approx(FARADAY * left.flux[0], rel=1e-7)
    assert left.flux[2] == 0.0
    system.natural_residual(u)
    assert system.surface.rates()[0][2] == pytest.approx(-left.flux[0], rel=1e-7)
    assert max(steady_defects(system, u).values()) <= 1e-9


def test_activities_shift_the_rest_potential():
    law = StericLaw((0, 1), 60.0)
    c = 10.0
    gamma = 1.0 / (1.0 - 2.0 * c / 60.0)
    model = film("electroneutral", [silver()], current=0.0, excess=(law,))
    _, _, terminals = state(model)
    assert terminals["left"].potential == pytest.approx(NERNST + VT * math.log(gamma), abs=1e-11)


def test_sealed_cell_keeps_its_salt_and_follows_from_any_start():
    left = Boundary("left", current=30.0, reactions=(silver(),))
    right = Boundary("right", potential=0.0, reactions=(silver(rate_constant=3e-6),))
    model = Model((AG, NO3), (Region("film"),), {"left": left, "right": right}, T, "electroneutral")
    profiles = {"film": {"Ag+": uniform(10.0), "NO3-": uniform(10.0)}}
    system, u = solved(model, FILM, profiles=profiles)
    assert system.conserves_an_amount
    salt = system.coefficients.capacity[:, 0] @ by_node(system, u)[:, 0] / system.coefficients.capacity[:, 0].sum()
    assert salt * system.coefficients.scales.concentration == pytest.approx(10.0, rel=1e-11)
    assert terminal_values(system, u, True)["right"].current == pytest.approx(-30.0, rel=1e-9)


def test_entropy_of_film_and_reactions_is_the_electric_power():
    """Silver moves from metal to metal: nothing but I V/T is dissipated."""
    for current in (30.0, -50.0):
        left = Boundary("left", current=current, reactions=(silver(),))
        right = Boundary("right", potential=0.0, reactions=(silver(rate_constant=3e-6),))
        model = Model((AG, NO3), (Region("film"),), {"left": left, "right": right}, T, "electroneutral")
        system, u = solved(model, FILM, profiles={"film": {"Ag+": uniform(10.0), "NO3-": uniform(10.0)}})
        power = current * terminal_values(system, u, True)["left"].potential
        assert frame(system, u, True).entropy_production == pytest.approx(power / T, rel=1e-9)
        assert power > 0.0
        assert system.surface.entropy_production() > 0.0


def test_redox_couple_between_two_electrodes_conserves_its_sum():
    ox, red = Species("Ox", 0.0, 1e-9), Species("Red-", -1.0, 1e-9)
    cation = Species("K+", 1.0, 2e-9)
    item = reaction({"Ox": -1.0, "Red-": 1.0}, 1.0, rate_constant=1e-5, standard=0.0)
    boundaries = {
        "left": Boundary("left", potential=0.05, reactions=(item,)),
        "right": Boundary("right", potential=0.0, reactions=(item,)),
    }
    model = Model((ox, red, cation), (Region("film"),), boundaries, T, "electroneutral")
    profiles = {"film": {"Ox": uniform(5.0), "Red-": uniform(7.0), "K+": uniform(7.0)}}
    system, u = solved(model, FILM, profiles=profiles)
    assert system.conserves_an_amount
    total = system.coefficients.capacity[:, 0] @ by_node(system, u)[:, :2].sum(axis=1)
    expected = 12.0 / system.coefficients.scales.concentration * system.coefficients.capacity[:, 0].sum()
    assert total == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("law", [{"potential": 0.0}, {"current": -60.0}])
@pytest.mark.parametrize("physics", ["electroneutral", "pnp"])
def test_transient_ends_in_the_steady_state(physics, law):
    stern = {"stern_capacitance": 0.2} if physics == "pnp" else {}
    model = film(physics, **law, **stern)
    system, u, terminals = state(model)
    start = initial_state(model, system)
    evolution = evolve(system, start, 1.0, output_times=[0.0, 1.0], rtol=1e-5)
    late = evolution.states[-1]
    system.set_values(system.terminals)
    found = terminal_values(system, late, False)["left"]
    assert found.current == pytest.approx(terminals["left"].current, rel=1e-6)
    assert found.potential == pytest.approx(terminals["left"].potential, abs=1e-6)
    assert np.abs(late - u).max() <= 1e-5


PLANE = """
[case]
title = "plane"
[model]
physics = "{physics}"
[[species]]
name = "Ag+"
[[species]]
name = "NO3-"
[[geometry.region]]
name = "film"
{shape}
[boundary.left]
kind = "wall"
{law}
[[boundary.left.reaction]]
equation = "Ag+ + e- = Ag"
standard_potential = "0.15 V"
rate_constant = "1e-5 m/s"
[boundary.right]
kind = "bath"
concentration = {{ "Ag+" = "10 mM", "NO3-" = "10 mM" }}
potential = "0 V"
[mesh]
nodes = {nodes}
"""


@pytest.mark.parametrize(
    ("physics", "law", "width"),
    [
        ("electroneutral", 'potential = "0.0 V"', 1e-5),
        ("electroneutral", "current = {current}", 1e-5),
        ("pnp", 'potential = "0.0 V"\nstern = { capacitance = "20 uF/cm^2" }', 1e-8),
    ],
)
def test_two_dimensions_agree_with_one(physics, law, width):
    height, density = 0.5 * width, -40.0
    line = f"length = {width}"
    plane = f"x = [0, {width}]\ny = [0, {height}]"
    one = run(loads(PLANE.format(physics=physics, shape=line, law=law.replace("{current}", f"{density}"), nodes=61)))
    two = run(
        loads(PLANE.format(physics=physics, shape=plane, law=law.replace("{current}", f"{density * height}"), nodes="[61, 5]"))
    )
    flat = two.observables["current[left]"].value / height
    assert flat == pytest.approx(one.observables["current[left]"].value, rel=2e-3)
    rate = two.observables["rate_current[reaction, left]"].value
    assert rate == pytest.approx(-flat, rel=1e-9)
    assert two.observables["potential[left]"].value == pytest.approx(one.observables["potential[left]"].value, abs=2e-5)


def test_start_is_close_to_rest():
    """V - phi of the start is that of Nernst, so that exponentials of hundreds never occur."""
    model = film("electroneutral", [silver(rate_constant=1e-5, standard=5.0)], current=0.0)
    system = system_of(model, FILM)
    u = initial_state(model, system)
    assert u[-1] * VT == pytest.approx(5.0 + VT * math.log(BATH["Ag+"] / 1000.0), abs=1e-9)


HYDROGEN = """
[case]
title = "hydrogen"
[model]
physics = "electroneutral"
[[species]]
name = "H+"
[[species]]
name = "Cl-"
[[geometry.region]]
name = "film"
length = "10 um"
[boundary.left]
kind = "wall"
current = "0 A/m^2"
pressure = { H2 = "1 bar" }
[[boundary.left.reaction]]
equation = "H2 = 2 H+ + 2 e-"
standard_potential = "0 V"
exchange_current = "10 A/m^2"
[boundary.right]
kind = "bath"
concentration = { "H+" = "0.1 M", "Cl-" = "0.1 M" }
potential = "0 V"
[solve]
kind = "transient"
end_time = "2 s"
output_times = ["1 s", "2 s"]
[[solve.event]]
time = "1 s"
set = { "boundary.left.pressure.H2" = "100 bar" }
"""


def test_step_of_the_pressure_of_hydrogen():
    solution = run(loads(HYDROGEN))
    expected = [VT * math.log(0.1), VT * math.log(0.1) - 0.5 * VT * math.log(100.0)]
    assert solution.observables["potential[left]"].value == pytest.approx(expected, abs=1e-9)


def test_chronopotentiometry_starts_with_the_charge_transfer_resistance():
    """Before the film changes, the step of the current meets RT/(F i0) and the ohmic film."""
    case = PLANE.format(physics="electroneutral", shape="length = 1e-5", law="current = -1e-3", nodes=101)
    case += """
[initial]
concentration = { "Ag+" = "10 mM", "NO3-" = "10 mM" }
[solve]
kind = "transient"
end_time = "1 ns"
"""
    solution = run(loads(case))
    c, k0 = 10.0, 1e-5
    silver_d, nitrate_d = (item.diffusivity for item in loads(case).model.species)
    i0 = FARADAY * k0 * 1000.0 * (c / 1000.0) ** 0.5
    resistance = VT / i0 + 1e-5 * VT / (FARADAY * (silver_d + nitrate_d) * c)
    start = solution.observables["potential[left]"].value[0]
    assert start - NERNST == pytest.approx(-1e-3 * resistance, rel=1e-4)


def test_mixed_potential_of_a_corroding_metal():
    """Two reactions share one metal without a current: one runs forward, the other backward, between their rests."""
    acid = Species("H+", 1.0, 9.3e-9)
    hydrogen = reaction({"H+": -2.0}, 2.0, standard=0.0, gases={"H2": 1.0}, pressure={"H2": 1e5}, exchange_current=0.1)
    metal = reaction({"Ag+": -1.0}, 1.0, standard=-0.2, exchange_current=0.02, reference_concentration={"Ag+": 1.0})
    right = bath("right", {"Ag+": 1.0, "H+": 99.0, "NO3-": 100.0}, potential=0.0)
    for physics in ("electroneutral", "pnp"):
        model = film(physics, [metal, hydrogen], species=(AG, acid, NO3), right=right, current=0.0)
        system, u, terminals = state(model)
        system.natural_residual(u)
        (_, _, dissolving), (_, _, evolving) = system.surface.rates()
        assert dissolving < 0.0 < evolving
        assert dissolving == pytest.approx(-2.0 * evolving, rel=1e-7)
        c = {"Ag+": 1.0, "H+": 99.0}
        rests = [item.equilibrium_potential(c, T) for item in (metal, hydrogen)]
        assert rests[0] < terminals["left"].potential < rests[1]
        assert abs(terminals["left"].current) <= 1e-9


@pytest.mark.parametrize("coordinates", ["cylindrical", "spherical"])
def test_curved_electrodes(coordinates):
    unit, area = {"cylindrical": ("A/m", 2.0 * math.pi * 1e-5), "spherical": ("A", 4.0 * math.pi * 1e-10)}[coordinates]
    shape = "length = 1e-4"
    case = PLANE.format(physics="electroneutral", shape=shape, law=f'current = "{-20.0 * area} {unit}"', nodes=200)
    geometry = f'[geometry]\ncoordinates = "{coordinates}"\ninner_radius = 1e-5\n[[geometry.region]]'
    case = case.replace("[[geometry.region]]", geometry)
    solution = run(loads(case))
    assert solution.observables["rate_current[reaction, left]"].value == pytest.approx(20.0, rel=1e-9)
    assert solution.observables["flux[Ag+, left]"].value == pytest.approx(-20.0 / FARADAY, rel=1e-9)
