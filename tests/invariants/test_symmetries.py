"""Answers do not depend on orientation, the zero of the potential, units or spectators."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from engine_problems import CL, NA, VT, K, T, bath, by_node, mesh_at, solved, system_of, wall

from npsolver.discretisation import coefficients, initial_state
from npsolver.discretisation.system import System
from npsolver.mesh import Geometry
from npsolver.model import Model, Reaction, Region, Species
from npsolver.observables import terminal_values
from npsolver.stepping.steady import steady_state
from npsolver.units import Scales

REGIONS = (Region("a"), Region("m", fixed_charge=-200.0, porosity=0.5, relative_permittivity=30.0), Region("b"))
GEOMETRY = Geometry("cartesian", (("a", 20e-9), ("m", 10e-9), ("b", 15e-9)))
LEFT = {"K+": 100.0, "Na+": 20.0, "Cl-": 120.0}
RIGHT = {"K+": 5.0, "Na+": 60.0, "Cl-": 65.0}
PHYSICS = ["pnp", "electroneutral"]


def positions(n=12):
    parts = [a + (b - a) * (np.arange(n) / n) ** 1.3 for a, b in zip(GEOMETRY.interfaces, GEOMETRY.interfaces[1:])]
    return np.concatenate([*parts, [GEOMETRY.interfaces[-1]]])


def model(physics="pnp", left=0.06, right=0.0, **keywords):
    laws = {"left": bath("left", LEFT, potential=left), "right": bath("right", RIGHT, potential=right)}
    return Model((K, NA, CL), REGIONS, laws, T, physics=physics, **keywords)


def fluxes(system, u):
    """mol/(m² s), (n_species, n_edges)."""
    return system.fluxes(u)[0] * system.coefficients.scales.flux


@pytest.mark.parametrize("velocity", [0.0, 0.02])
@pytest.mark.parametrize("physics", PHYSICS)
def test_mirror(physics, velocity):
    one = model(physics, velocity=velocity)
    x = positions()
    system, u = solved(one, GEOMETRY, x)
    mirrored = replace(
        one,
        regions=REGIONS[::-1],
        boundaries={"left": bath("left", RIGHT, potential=0.0), "right": bath("right", LEFT, potential=0.06)},
        velocity=-velocity,
    )
    geometry = Geometry("cartesian", GEOMETRY.regions[::-1])
    other, v = solved(mirrored, geometry, x[-1] - x[::-1])
    np.testing.assert_allclose(by_node(other, v)[::-1], by_node(system, u), rtol=1e-8, atol=1e-9)
    scale = np.abs(fluxes(system, u)).max()
    np.testing.assert_allclose(fluxes(other, v)[:, ::-1], -fluxes(system, u), atol=1e-8 * scale)


@pytest.mark.parametrize("shift", [0.3, -1.0])
@pytest.mark.parametrize("physics", PHYSICS)
def test_zero_of_the_potential(physics, shift):
    x = positions()
    system, u = solved(model(physics), GEOMETRY, x)
    other, v = solved(model(physics, left=0.06 + shift, right=shift), GEOMETRY, x)
    np.testing.assert_allclose(by_node(other, v)[:, :-1], by_node(system, u)[:, :-1], rtol=1e-8)
    np.testing.assert_allclose(by_node(other, v)[:, -1] - shift / VT, by_node(system, u)[:, -1], atol=1e-9)


@pytest.mark.parametrize("physics", PHYSICS)
def test_inert_neutral_species(physics):
    x = positions()
    system, u = solved(model(physics), GEOMETRY, x)
    laws = {
        "left": bath("left", {**LEFT, "urea": 300.0}, potential=0.06),
        "right": bath("right", {**RIGHT, "urea": 10.0}, potential=0.0),
    }
    with_urea = replace(model(physics), species=(Species("urea", 0.0, 1.4e-9), K, NA, CL), boundaries=laws)
    other, v = solved(with_urea, GEOMETRY, x)
    unit = other.coefficients.scales.concentration / system.coefficients.scales.concentration
    np.testing.assert_allclose(by_node(other, v)[:, 1:-1] * unit, by_node(system, u)[:, :-1], rtol=1e-8)
    np.testing.assert_allclose(by_node(other, v)[:, -1], by_node(system, u)[:, -1], atol=1e-9)


def test_order_of_species():
    x = positions()
    system, u = solved(model(), GEOMETRY, x)
    other, v = solved(replace(model(), species=(CL, NA, K)), GEOMETRY, x)
    np.testing.assert_allclose(by_node(other, v)[:, [2, 1, 0, 3]], by_node(system, u), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("length", [1.0, 1e-3])
@pytest.mark.parametrize("concentration", [1e-3, 1e4])
def test_units_do_not_matter(length, concentration):
    """Any other scales give the same fluxes and fields in SI."""
    x, m = positions(), model()
    system, u = solved(m, GEOMETRY, x)
    mesh = mesh_at(m, GEOMETRY, x)
    scales = Scales(T, 45e-9 * length, concentration, 3e-10)
    other = System(m, mesh, coefficients(m, mesh, scales))
    v = steady_state(other, initial_state(m, other))
    expected = by_node(system, u)[:, :-1] * system.coefficients.scales.concentration
    np.testing.assert_allclose(by_node(other, v)[:, :-1] * concentration, expected, rtol=1e-8)
    np.testing.assert_allclose(fluxes(other, v), fluxes(system, u), rtol=1e-8)


def test_similar_problems_have_similar_solutions():
    """Twice the lengths with a quarter of all concentrations: the same potentials, an eighth of the fluxes."""
    x = positions()
    system, u = solved(model(), GEOMETRY, x)
    regions = tuple(replace(r, fixed_charge=r.fixed_charge / 4) for r in REGIONS)
    laws = {
        name: bath(name, {k: v / 4 for k, v in c.items()}, potential=p)
        for name, c, p in (("left", LEFT, 0.06), ("right", RIGHT, 0.0))
    }
    wide = Geometry("cartesian", tuple((n, 2 * length) for n, length in GEOMETRY.regions))
    other, v = solved(replace(model(), regions=regions, boundaries=laws), wide, 2 * x)
    np.testing.assert_allclose(by_node(other, v), by_node(system, u), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(8 * fluxes(other, v), fluxes(system, u), rtol=1e-8)


def test_thin_shells_are_planes():
    x = positions()
    laws = {"left": bath("left", LEFT, potential=0.06), "right": wall("right", surface_charge=-0.01)}
    flat, u = solved(replace(model(), boundaries=laws), GEOMETRY, x)
    for coordinates, tolerance in (("cylindrical", 2e-6), ("spherical", 4e-6)):
        radius = 0.1
        geometry = Geometry(coordinates, GEOMETRY.regions, radius)
        shifted = np.concatenate([radius + x[:-1], [geometry.interfaces[-1]]])
        for place in geometry.interfaces:
            shifted[np.abs(shifted - place).argmin()] = place
        shell, v = solved(replace(model(), boundaries=laws), geometry, shifted)
        np.testing.assert_allclose(by_node(shell, v), by_node(flat, u), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("physics", PHYSICS)
def test_given_current_and_given_potential_agree(physics):
    """The potential that a current needs gives that current back."""
    x = positions()
    system, u = solved(model(physics), GEOMETRY, x)
    current = terminal_values(system, u, True)["left"].current
    laws = {"left": bath("left", LEFT, current=current), "right": bath("right", RIGHT, potential=0.0)}
    other, v = solved(replace(model(physics), boundaries=laws), GEOMETRY, x)
    assert terminal_values(other, v, True)["left"].potential == pytest.approx(0.06, rel=1e-8)
    np.testing.assert_allclose(by_node(other, v), by_node(system, u), rtol=1e-7, atol=1e-8)


def test_reaction_at_equilibrium_changes_nothing():
    """Baths and partition in reaction equilibrium: the reaction, however fast, is silent."""
    x = np.linspace(0, 30e-9, 20)
    geometry = Geometry("cartesian", (("a", 30e-9),))
    species = (Species("H+", 1.0, 9e-9), Species("OH-", -1.0, 5e-9), K, CL)
    c = {"H+": 1e-3, "OH-": 1e-5, "K+": 50.0, "Cl-": 50.0 + 1e-3 - 1e-5}
    laws = {"left": bath("left", c, potential=0.0), "right": wall("right", surface_charge=-0.02)}
    still = Model(species, (Region("a"),), laws, T)
    fast = replace(still, reactions=(Reaction("w", {}, {"H+": 1, "OH-": 1}, 1e8 * 1e-8, 1e8),))
    (_, u), (system, v) = solved(still, geometry, x), solved(fast, geometry, x)
    np.testing.assert_allclose(by_node(system, v), u.reshape(-1, 5), rtol=1e-8, atol=1e-10)


def test_system_does_not_depend_on_earlier_values():
    """Sweeping a system away and back gives the same residual bit for bit."""
    x, m = positions(), model()
    system = system_of(m, GEOMETRY, x)
    u = initial_state(m, system)
    before, after = np.empty(system.size), np.empty(system.size)
    system.residual(u, before)
    system.set_model(model(left=-0.7, right=0.4))
    system.set_model(m)
    system.residual(u, after)
    np.testing.assert_array_equal(before, after)
