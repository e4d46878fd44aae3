"""Chains of nodes with an Onsager matrix: the compiled steps against the general assembly and elimination."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from npsolver._ext.coupled_chain import CoupledChain

from npsolver.discretisation import System, choose_scales, coefficients
from npsolver.errors import ConvergenceError
from npsolver.mesh import Geometry, interval_mesh
from npsolver.model import Boundary, Coupling, IonicStrengthLaw, Model, Region, Species, StericLaw

NODES = [2, 3, 33, 34, 66, 67, 140]  # beside and across groups of edges
SPECIES = [1, 2, 3, 4, 5, 6, 7, 9]


def coupled_system(n: int, nodes: int, rng, **keywords) -> System:
    """Two layers, one of them charged and without the first ion, beside a bath and a wall behind a Stern layer."""
    charge = [(-1) ** i * (1 + i % 2) for i in range(n)]
    ions = tuple(Species(f"X{i}", z, d) for i, (z, d) in enumerate(zip(charge, rng.uniform(0.5e-9, 2e-9, n))))
    half = rng.standard_normal((2, n, n))
    matrices = 1e-10 * half @ half.transpose(0, 2, 1) + np.diag([ion.diffusivity for ion in ions])
    coupling = Coupling(np.array([50.0, 300.0]), matrices, np.full(n, 0.5), tuple(ion.name for ion in ions))
    boundaries = {
        "left": Boundary("left", "bath", concentration={ion.name: 20.0 for ion in ions}, potential=0.05),
        "right": Boundary("right", "wall", potential=0.02, stern_capacitance=0.2, flux={ions[-1].name: 1e-6}),
    }
    grid = np.linspace(0.0, 30e-9, nodes)
    middle = grid[nodes // 2]
    excluded = frozenset([ions[0].name]) if n > 2 else frozenset()
    regions = (Region("a", fixed_charge=-30.0), Region("b", porosity=0.5, excluded_species=excluded))
    lengths = (("a", middle), ("b", 30e-9 - middle)) if nodes > 2 else (("a", 30e-9),)
    model = Model(ions, regions[: len(lengths)], boundaries, 298.15, coupling=coupling, **keywords)
    mesh = interval_mesh(Geometry("cartesian", lengths), grid)
    return System(model, mesh, coefficients(model, mesh, choose_scales(model, 30e-9, 100.0)))


def state(system: System, rng) -> np.ndarray:
    u = rng.uniform(0.2, 1.0, (system.mesh.n_nodes, system.block_size))
    u[:, -1] = rng.uniform(-1.0, 1.0, system.mesh.n_nodes)
    return system.with_held_values(u.ravel())


def general_step(system: System, u, shift, previous):
    """What Newton's method does without the compiled form."""
    residual, du, storage, out, norms = (np.empty(system.size) for _ in range(5))
    system.assemble(u, residual, shift)
    if shift:
        system.mass(u - previous, storage)
        residual += shift * storage
    system.factorise_and_solve(-residual, du)
    system.update(u, du, out, norms)
    return out, norms[:3]


@pytest.mark.parametrize("nodes", NODES)
@pytest.mark.parametrize("species", SPECIES)
def test_newton_steps(species, nodes):
    rng = np.random.default_rng(100 * species + nodes)
    system = coupled_system(species, nodes, rng)
    assert system.chain is not None
    assert not system.transport.is_ideal
    u, previous = state(system, rng), state(system, rng)
    for shift in (0.0, 3.0):
        found, norms = np.empty(system.size), np.empty(3)
        assert system.newton_step(u, shift, previous, found, norms)
        expected, sizes = general_step(system, u, shift, previous)
        assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()
        assert norms == pytest.approx(sizes, rel=1e-8)
        assert np.abs(found - u).max() > 1e-3


@pytest.mark.parametrize("laws", [(IonicStrengthLaw(1.17),), (StericLaw((0, 1), 1e3),)], ids=["davies", "steric"])
@pytest.mark.parametrize("species", [2, 4, 5])
def test_newton_steps_with_activities(species, laws):
    rng = np.random.default_rng(species)
    system = coupled_system(species, 70, rng, excess=laws)
    u = state(system, rng)
    found, norms = np.empty(system.size), np.empty(3)
    assert system.newton_step(u, 0.0, None, found, norms)
    expected, sizes = general_step(system, u, 0.0, None)
    assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()
    assert norms == pytest.approx(sizes, rel=1e-8)


@pytest.mark.parametrize("nodes", NODES)
@pytest.mark.parametrize("species", SPECIES)
def test_factors_serve_several_right_hand_sides(species, nodes):
    rng = np.random.default_rng(100 * species + nodes)
    system = coupled_system(species, nodes, rng)
    u = state(system, rng)
    b = rng.standard_normal((2, system.size))
    found, expected = np.empty_like(b), np.empty_like(b)
    assert system.chain.factorise(u, 2.0)
    system.linearise(u, 2.0)
    for one, two in zip(b, found):
        system.solve(one, two)
    system.assemble(u, np.empty(system.size), 2.0)
    system.factorise()
    for one, two in zip(b, expected):
        system.solve(one, two)
    assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()


@pytest.mark.parametrize("species", [3, 4])
def test_rows_exchanged_for_a_pivot(species):
    """Without storage a species that hardly moves has a diagonal block of which another row is larger."""
    rng = np.random.default_rng(species)
    system = coupled_system(species, 40, rng)
    u = state(system, rng)
    u.reshape(-1, species + 1)[:, 0] *= 1e6
    u = system.with_held_values(u)
    found, norms = np.empty(system.size), np.empty(3)
    assert system.newton_step(u, 0.0, None, found, norms)
    expected, _ = general_step(system, u, 0.0, None)
    assert np.abs(system.linear_solver.pivot.astype(int) - np.arange(species + 1)).max() > 0
    assert np.abs(found - expected).max() <= 1e-8 * np.abs(expected).max()


def test_wide_ranges_take_the_general_route():
    rng = np.random.default_rng(0)
    system = coupled_system(4, 40, rng)
    u = state(system, rng)
    u[5 * 20] = 1e-16
    assert not system.newton_step(u, 0.0, None, np.empty(system.size), np.empty(3))
    assert not system.chain.factorise(u, 0.0)
    system.linearise(u, 1.0)  # all the same


def test_steps_that_are_not_finite():
    rng = np.random.default_rng(0)
    system = coupled_system(4, 40, rng)
    u = state(system, rng)
    u[5 * 20 + 4] = np.nan
    assert not system.newton_step(u, 0.0, None, np.empty(system.size), np.empty(3))
    with pytest.raises(ConvergenceError):
        general_step(system, u, 0.0, None)


@pytest.mark.parametrize("nodes", NODES)
def test_regions_with_coefficients_of_their_own(nodes):
    rng = np.random.default_rng(nodes)
    system = coupled_system(4, nodes, rng)
    coupling = system.model.coupling
    own = replace(coupling, matrices=2.0 * coupling.matrices)
    model = replace(system.model, coupling=replace(coupling, regions={"b": own}))
    both = System(model, system.mesh, system.coefficients)
    u, previous = state(both, rng), state(both, rng)
    found, norms = np.empty(both.size), np.empty(3)
    assert both.newton_step(u, 3.0, previous, found, norms)
    expected, _ = general_step(both, u, 3.0, previous)
    assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()
    alone, _ = general_step(system, u, 3.0, previous)
    assert nodes == 2 or np.abs(found - alone).max() > 1e-6


def test_kernels_for_every_edge_are_needed():
    system = coupled_system(4, 40, np.random.default_rng(0))
    with pytest.raises(ValueError, match="a chain of 40 nodes has one edge less, got kernels for 38"):
        CoupledChain(
            edges=[(38, system.transport.coupled_edges[0][1])], charge=system.charge, capacity=system.coefficients.capacity,
            fixed_charge=system.loads.fixed_charge, source=system.loads.source, given=system.rows.value,
            given_row=system.fixed_rows, positive=system.positive.reshape(-1, 5), blocks=system.linear_solver.blocks,
            pivot=system.linear_solver.pivot,
        )
