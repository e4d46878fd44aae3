"""Discrete equilibrium is exact on every mesh: no flux, Boltzmann, Donnan and Nernst to 1e-10."""

from __future__ import annotations

import numpy as np
import pytest
from engine_problems import CA, CL, VT, K, bath, by_node, solved, system_of, wall
from hypothesis import given, settings
from hypothesis import strategies as st
from random_problems import T, graded, ions, layers, materials
from scipy.optimize import brentq

from npsolver.discretisation import PoissonBoltzmann
from npsolver.mesh import Geometry
from npsolver.model import Boundary, Model, Region, Species
from npsolver.nonlinear import NewtonOptions, newton


def spread_of_potentials(system, u):
    """Largest variation of mu~/RT over the nodes where a species exists, over species."""
    nodal, worst = by_node(system, u), 0.0
    for i, z in enumerate(system.charge):
        there = nodal[:, i] > 0
        worst = max(worst, np.ptp(np.log(nodal[there, i]) + z * nodal[there, -1]))
    return worst


def relative_fluxes(system, u):
    """Largest flow through any edge in units of the round-off of its two opposite terms."""
    flow, _ = system.fluxes(u)
    nodal, c = by_node(system, u), system.coefficients
    k, l = system.mesh.edges.T
    worst = 0.0
    for i, z in enumerate(system.charge):
        drop = 1.0 + np.abs(z * (nodal[k, -1] - nodal[l, -1]))
        terms = c.mobility[system.mesh.edge_region, i] * c.conductance * (nodal[k, i] + nodal[l, i]) * drop
        worst = max(worst, np.max(np.abs(flow[i]) / np.maximum(terms, 1e-300)))
    return worst


@given(st.data())
@settings(max_examples=60)
def test_boltzmann_ions_carry_no_flux_in_any_potential(data):
    """w = exp(-z phi) makes every discrete flux round-off, whatever the mesh, the materials and the potential."""
    geometry, x = data.draw(layers())
    species, c = data.draw(ions())
    regions = data.draw(materials(geometry.region_names, species))
    model = Model(species, regions, {"right": bath("right", c, potential=0.0)}, T)
    system = system_of(model, geometry, x)
    seed = data.draw(st.integers(0, 2**31))
    phi = np.random.default_rng(seed).uniform(-1, 1, x.size) / VT * 10.0 ** data.draw(st.floats(-6, 0))
    u = np.empty((x.size, system.block_size))
    for i, s in enumerate(species):
        u[:, i] = c[s.name] / system.coefficients.scales.concentration * np.exp(-s.charge * phi)
    u[:, -1] = phi
    u = np.where(np.isfinite(u), u, 0.0).ravel()
    # exp(-z phi) itself is only good to |z phi| eps
    assert relative_fluxes(system, u) <= 100 * np.finfo(float).eps


@given(st.data())
@settings(max_examples=40)
def test_one_bath_and_anything_beside_it(data):
    """Poisson-Nernst-Planck finds equilibrium: Boltzmann to 1e-10 through all layers, fluxes round-off."""
    geometry, x = data.draw(layers())
    species, c = data.draw(ions())
    regions = data.draw(materials(geometry.region_names, species, largest_charge=300.0))
    volts = data.draw(st.floats(-1, 1))
    laws = {"right": bath("right", c, potential=volts)}
    if "left" in geometry.boundary_names:
        laws["left"] = wall("left", surface_charge=data.draw(st.floats(-0.02, 0.02)))
    system, u = solved(Model(species, regions, laws, T), geometry, x)
    assert spread_of_potentials(system, u) <= 1e-10
    assert relative_fluxes(system, u) <= 1e-10
    assert by_node(system, u)[-1, -1] * VT == pytest.approx(volts, abs=1e-15)


@given(st.data())
@settings(max_examples=25)
def test_boltzmann_ladder_agrees(data):
    """The Poisson-Boltzmann rung and the full equations have one discrete equilibrium."""
    geometry, x = data.draw(layers())
    species, c = data.draw(ions())
    regions = data.draw(materials(geometry.region_names, species, largest_charge=300.0))
    model = Model(species, regions, {"right": bath("right", c, potential=data.draw(st.floats(-1, 1)))}, T)
    system, u = solved(model, geometry, x)
    reduced = PoissonBoltzmann(system)
    phi = newton(reduced, np.full(reduced.size, by_node(system, u)[-1, -1]), NewtonOptions(1e-12, 400)).u
    np.testing.assert_allclose(phi, by_node(system, u)[:, -1], rtol=1e-9, atol=1e-9)


@given(st.data())
@settings(max_examples=40)
def test_donnan(data):
    """An electroneutral layer against one bath: potential and concentrations of the closed form in every node."""
    geometry, x = data.draw(layers(names=("a",)))
    species, c = data.draw(ions())
    (region,) = data.draw(materials(geometry.region_names, species))
    model = Model(
        species, (region,), {"right": bath("right", c, potential=data.draw(st.floats(-1, 1)))}, T,
        physics="electroneutral",
    )
    system, u = solved(model, geometry, x)
    z = system.charge
    amount = np.array([c[s.name] for s in species]) * system.coefficients.partition[0] * region.porosity

    def charge(psi):
        return float(np.sum(z * amount * np.exp(-z * psi)) + region.fixed_charge)

    psi = brentq(charge, -60, 60, xtol=1e-15, rtol=1e-15)
    nodal = by_node(system, u)
    inside = nodal[:-1]  # the last node is the bath
    np.testing.assert_allclose(inside[:, -1] - nodal[-1, -1], psi, rtol=1e-10, atol=1e-10)
    expected = np.array([c[s.name] for s in species]) * np.exp(-z * psi) / system.coefficients.scales.concentration
    np.testing.assert_allclose(inside[:, :-1], np.broadcast_to(expected, inside[:, :-1].shape), rtol=1e-9)


@given(st.data())
@settings(max_examples=40)
def test_nernst_on_any_mesh(data):
    """A layer that one ion alone can enter: at zero current the potential is ln(c/c')/z, with no error of the mesh."""
    coordinates = data.draw(st.sampled_from(["cartesian", "cylindrical", "spherical"]))
    geometry = Geometry(coordinates, (("in", 10e-9), ("m", 3e-9), ("out", 10e-9)), 5e-9)
    x = np.concatenate(
        [*(graded(data.draw, *geometry.extent(name), most=30) for name in geometry.region_names), [28e-9]]
    )
    passing = data.draw(st.sampled_from([K, CL, CA]))
    left, right = (10.0 ** data.draw(st.floats(-1, 3)) for _ in range(2))
    salts = (K, CL) if passing is not CA else (CA, CL)
    factor = {s.name: (2.0 if passing is CA and s is CL else 1.0) for s in salts}
    blocked = frozenset(s.name for s in salts if s is not passing)
    model = Model(
        salts,
        (Region("in"), Region("m", excluded_species=blocked), Region("out")),
        {
            "left": bath("left", {s.name: left * factor[s.name] for s in salts}, current=0.0),
            "right": bath("right", {s.name: right * factor[s.name] for s in salts}, potential=0.0),
        },
        T,
    )
    system, u = solved(model, geometry, x)
    nodal = by_node(system, u)
    expected = np.log(right / left) / passing.charge
    assert nodal[0, -1] - nodal[-1, -1] == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("z", [1, -1, 2, -2, 3])
@pytest.mark.parametrize("physics", ["pnp", "electroneutral"])
def test_nernst_between_two_contacts(z, physics):
    """Two ideally selective contacts for the same ion at different concentrations."""
    counter = Species("x", -np.sign(z), 1e-9)
    ion = Species("i", float(z), 0.5e-9)
    geometry = Geometry("cartesian", (("a", 30e-9),))
    model = Model(
        (ion, counter),
        (Region("a", fixed_charge=-20.0 * np.sign(z)),),
        {
            "left": Boundary("left", concentration={"i": 70.0}, current=0.0),
            "right": bath("right", {"i": 3.0, "x": 3.0 * abs(z)}, potential=0.0),
        },
        T,
        physics=physics,
    )
    system, u = solved(model, geometry, np.linspace(0, 30e-9, 12))
    nodal = by_node(system, u)
    assert nodal[0, -1] == pytest.approx(np.log(3.0 / 70.0) / z, rel=1e-10)


@pytest.mark.parametrize("edges", [5, 13, 40])
@pytest.mark.parametrize("length", [10e-9, 30e-9, 100e-9])
@pytest.mark.parametrize("z", [-2.0, -3.0])
def test_deep_wells(z, length, edges):
    """Ions that pass fifteen decades of concentration keep their electrochemical potential to round-off.

    A layer that repels both ions, with much fixed charge, between the bath and a weakly charged one.
    """
    geometry = Geometry("cartesian", (("a", length), ("b", length), ("c", length)))
    species = (Species("s0", 1.0, 4e-9), Species("s1", z, 1e-9))
    regions = (
        Region("a", relative_permittivity=2.0, fixed_charge=-1.0),
        Region("b", relative_permittivity=2.0, standard_potential={"s1": 9674.0}),
        Region(
            "c",
            relative_permittivity=2.0,
            porosity=0.3,
            fixed_charge=-99.86,
            standard_potential={"s0": 33948.0, "s1": 19403.0},
        ),
    )
    model = Model(species, regions, {"right": bath("right", {"s0": 251.0, "s1": -251.0 / z}, potential=-0.5131787)}, T)
    parts = [np.linspace(a, b, edges + 1)[:-1] for a, b in zip(geometry.interfaces, geometry.interfaces[1:])]
    system, u = solved(model, geometry, np.concatenate([*parts, [geometry.interfaces[-1]]]))
    assert spread_of_potentials(system, u) <= 1e-10
    reduced = PoissonBoltzmann(system)
    phi = newton(reduced, np.full(reduced.size, by_node(system, u)[-1, -1]), NewtonOptions(1e-12, 400)).u
    np.testing.assert_allclose(by_node(system, u)[:, -1], phi, rtol=0, atol=1e-9)
