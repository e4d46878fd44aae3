"""Coupled fluxes and activity on the discrete level: exact derivatives, entropy, equilibrium, Nernst-Planck as a limit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from engine_problems import by_node, solved, system_of
from onsager_problems import IONS, LEFT, NONIDEAL, coupling, diagonal, film
from scipy.sparse import bsr_matrix

from npsolver.equilibrium import pitzer
from npsolver.mesh import Geometry
from npsolver.model import (
    FunctionLaw,
    IonicStrengthLaw,
    PitzerLaw,
    Region,
    RegularSolutionLaw,
    StericLaw,
    TableLaw,
    total_excess,
)
from npsolver.observables.entropy import entropy_by_edge

GEOMETRY = Geometry("cartesian", (("a", 20e-9), ("b", 30e-9)))
POSITIONS = np.linspace(0.0, 50e-9, 11)
PHYSICS = ("pnp", "electroneutral")


def random_state(system, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.2, 0.9, system.size)


@pytest.mark.parametrize("velocity", [0.0, 0.03])
@pytest.mark.parametrize("physics", PHYSICS)
@pytest.mark.parametrize("name", NONIDEAL)
def test_jacobian(name, physics, velocity):
    system = system_of(replace(film(physics=physics, **NONIDEAL[name]), velocity=velocity), GEOMETRY, POSITIONS)
    u, n = random_state(system), system.mesh.n_nodes * system.block_size
    edges, reactions, pointer, column = system.transport_blocks(u)
    exact = bsr_matrix((edges + reactions, column, pointer), shape=(n, n)).toarray()
    rows = np.arange(n) % system.block_size < system.n_species
    found = np.empty_like(exact)
    for j in range(n):
        step = 2e-6 * abs(u[j])
        high, low = u.copy(), u.copy()
        high[j] += step
        low[j] -= step
        found[:, j] = (system.natural_residual(high) - system.natural_residual(low)).ravel() / (2 * step)
    difference = np.abs(exact - found)[rows]
    assert difference.max() <= 3e-9 * np.abs(exact[rows]).max()


LAWS = {
    "debye-hueckel": IonicStrengthLaw(1.17, 0.0, 0.0),
    "davies": IonicStrengthLaw(1.17),
    "pitzer": PitzerLaw((2, -1), (0.35, 1.68, 0.0), 0.005),
    "pitzer 2:2": PitzerLaw((2, -2), (0.2, 2.6, -40.0), 0.01),
    "steric": StericLaw((0, 2), 5000.0),
    "regular": RegularSolutionLaw(1, 3000.0, 1.9),
    "function": FunctionLaw(1, (1, 0), lambda c, k: -np.sqrt(c) * 0.03 + 1e-3 * c * np.log(k)),
    "table": TableLaw(2, (0.0, 100.0, 400.0, 900.0), (0.0, -0.3, -0.35, -0.1)),
}


@pytest.mark.parametrize("name", LAWS)
def test_derivatives_of_laws(name):
    law, z = LAWS[name], np.array([2.0, -1.0, 1.0])
    c = np.random.default_rng(1).uniform(1.0, 900.0, (20, 3))
    mu, slope = law.evaluate(c, z)
    for j in range(3):
        step = np.zeros(3)
        step[j] = 1e-3
        high, low = law.evaluate(c + step, z)[0], law.evaluate(c - step, z)[0]
        assert np.allclose((high - low) / 2e-3, slope[:, :, j], rtol=1e-6, atol=1e-11)
    assert mu.shape == c.shape


def test_pitzer_is_that_of_the_library():
    law, m = PitzerLaw((1, -1), (0.0765, 0.2664, 0.0), 0.00127), np.array([1e-6, 0.01, 0.1, 1.0, 5.0])
    c = np.repeat(m[:, None] * 997.05, 2, axis=1)
    mu, slope = law.evaluate(c, np.array([1.0, -1.0]))
    expected = pitzer("NaCl", m)
    assert np.allclose(mu.mean(axis=1), np.log(expected.gamma), rtol=1e-13, atol=1e-15)
    factor = 1 + slope.sum(axis=(1, 2)) * c[:, 0] / 2
    assert np.allclose(factor, expected.thermodynamic_factor, rtol=1e-13)


@pytest.mark.parametrize("name", ["davies", "pitzer", "debye-hueckel", "steric"])
def test_chemical_potentials_have_symmetric_derivatives(name):
    """Maxwell's relation: mu is the derivative of a free energy."""
    c = np.random.default_rng(2).uniform(1.0, 900.0, (20, 2))
    law = LAWS[name] if name != "steric" else StericLaw((0, 1), 5000.0)
    _, slope = total_excess((law,), c, np.array([2.0, -1.0]))
    assert np.allclose(slope, slope.transpose(0, 2, 1), rtol=1e-13)


@pytest.mark.parametrize("physics", PHYSICS)
def test_diagonal_matrix_is_nernst_planck_bit_for_bit(physics):
    plain = film(physics=physics)
    coupled = replace(plain, coupling=coupling(matrices=[diagonal(IONS)]))
    (system, u), (other, v) = solved(plain, GEOMETRY), solved(coupled, GEOMETRY)
    assert np.array_equal(u, v)
    assert np.array_equal(system.fluxes(u)[0], other.fluxes(v)[0])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", NONIDEAL)
def test_entropy_production_is_not_negative_on_any_edge(name, seed):
    system = system_of(film(**NONIDEAL[name]), GEOMETRY, POSITIONS)
    u = random_state(system, seed)
    nodes = by_node(system, u)
    nodes[:, :3] = 10.0 ** np.random.default_rng(seed).uniform(-8, -0.1, nodes[:, :3].shape)
    nodes[:, 3] = np.random.default_rng(seed + 99).uniform(-20, 20, len(nodes))
    u[: nodes.size] = nodes.ravel()
    production = entropy_by_edge(system, u)
    assert production.min() > 0.0
    mu = system.electrochemical_potential(u)
    k, l = system.mesh.edges.T
    parts = system.fluxes(u)[0].T * (mu[k] - mu[l])
    assert np.allclose(production, parts.sum(axis=1), rtol=0.0, atol=1e-12 * np.abs(parts).max())


@pytest.mark.parametrize("name", NONIDEAL)
def test_round_off_of_an_equilibrium_produces_no_negative_entropy(name):
    """Where flows and forces are round-off their product may have either sign; a sum of squares has not."""
    system, u = solved(
        film(LEFT, LEFT, 0.0, regions=(Region("a"), Region("b", fixed_charge=-50.0)), **NONIDEAL[name]), GEOMETRY
    )
    production = entropy_by_edge(system, u)
    assert production.min() >= 0.0
    assert production.max() <= 1e-18


@pytest.mark.parametrize("physics", PHYSICS)
@pytest.mark.parametrize("name", NONIDEAL)
def test_equilibrium_is_exact(name, physics):
    """One composition, fixed charge in the second layer: no fluxes, mu~ uniform."""
    regions = (Region("a"), Region("b", fixed_charge=-50.0))
    model = film(LEFT, LEFT, 0.0, physics, regions, **NONIDEAL[name])
    system, u = solved(model, GEOMETRY)
    mu = system.electrochemical_potential(u)
    assert np.ptp(mu, axis=0).max() <= 1e-10


@pytest.mark.parametrize("name", NONIDEAL)
def test_fluxes_are_conserved(name):
    system, u = solved(film(**NONIDEAL[name]), GEOMETRY)
    flow, _ = system.fluxes(u)
    assert (np.ptp(flow, axis=1) <= 1e-8 * np.abs(flow).max()).all()
