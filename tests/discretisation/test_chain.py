"""The compiled form of a chain of nodes against the general assembly and the pivoting block elimination."""

from __future__ import annotations

import numpy as np
import pytest
from test_residual import ALL, NO_UNIQUE_STEADY_STATE, build, random_state

from npsolver.discretisation.floating import weigh_blocks

CHAINS = [name for name in ALL if build(name).chain is not None]
SHIFTS = [0.0, 37.0]
REGULAR = [
    (name, shift)
    for name in CHAINS
    for shift in SHIFTS
    if name != "both float" and (shift or not (name in NO_UNIQUE_STEADY_STATE or build(name).conserves_an_amount))
]


def general(name):
    """The same system without its compiled form."""
    system = build(name)
    system.chain = None
    return system


def test_there_are_chains_of_every_sort():
    systems = [build(name) for name in CHAINS]
    assert len(systems) >= 8
    assert any(s.electroneutral for s in systems)
    assert any(s.floating for s in systems)
    assert any(s.loads.outer_node.size for s in systems)
    assert any(s.coefficients.drift.size for s in systems)
    assert any(s.in_equilibrium(i) for s in systems for i in range(s.n_species))
    assert {s.block_size for s in systems} >= {3, 4}


@pytest.mark.parametrize("name", CHAINS)
def test_residual_is_that_of_the_general_assembly(name):
    fast, slow = build(name), general(name)
    u = random_state(fast, seed=3)
    found, expected = np.empty(fast.size), np.empty(fast.size)
    fast.residual(u, found)
    slow.residual(u, expected)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13 * scale)


@pytest.mark.parametrize(("name", "shift"), REGULAR)
def test_linear_system_is_that_of_the_general_assembly(name, shift):
    fast, slow = build(name), general(name)
    u = random_state(fast, seed=4)
    rng = np.random.default_rng(5)
    assert fast.chain.factorise(u, shift)
    fast.linearise(u, shift)
    slow.linearise(u, shift)
    for _ in range(3):
        b = rng.normal(size=fast.size)
        found, expected = np.empty(fast.size), np.empty(fast.size)
        fast.solve(b, found)
        slow.solve(b, expected)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9 * scale)


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("name", CHAINS)
def test_weighted_sum_of_balances_is_differentiated(name, shift):
    fast, slow = build(name), general(name)
    u = random_state(fast, seed=6)
    sides = None if shift else fast.sides
    weights = np.random.default_rng(7).normal(size=(fast.mesh.n_nodes, fast.n_species))
    n = fast.mesh.n_nodes * fast.block_size
    found, expected, local = np.empty(n), np.empty(n), np.empty(n)
    fast.chain.kernel.linearise(u, shift, sides, local)
    fast.chain.kernel.weigh(weights, found)
    slow.linear_solver.blocks[:] = 0.0
    slow.natural(u, local, slow.linear_solver.blocks, shift, sides)
    weigh_blocks(slow, weights, expected, shift)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11 * np.abs(expected).max())


@pytest.mark.parametrize(("name", "shift"), REGULAR)
def test_newton_step_is_that_of_the_general_route(name, shift):
    fast, slow = build(name), general(name)
    u = fast.with_held_values(random_state(fast, seed=8))
    previous = fast.with_held_values(random_state(fast, seed=9))
    out, norms = np.empty(fast.size), np.empty(3)
    assert fast.newton_step(u, shift, previous, out, norms)
    residual, storage, du = np.empty(fast.size), np.empty(fast.size), np.empty(fast.size)
    slow.assemble(u, residual, shift)
    if shift:
        slow.mass(u - previous, storage)
        residual += shift * storage
    slow.factorise()
    slow.solve(-residual, du)
    expected, expected_norms = np.empty(fast.size), np.empty(3)
    slow.update(u, du, expected, expected_norms)
    np.testing.assert_allclose(norms, expected_norms, rtol=1e-6)
    np.testing.assert_allclose(out, expected, rtol=1e-6, atol=1e-8 * np.abs(expected).max())


def test_singular_chain_falls_back_and_says_so():
    """A pivot that is not finite is never used: the general route then decides."""
    system = build(CHAINS[0])
    u = random_state(system, seed=1)
    u[system.block_size - 1] = np.nan
    assert not system.chain.linearise(u, np.empty(system.size), 1.0)
    out, norms = np.empty(system.size), np.empty(3)
    assert not system.newton_step(u, 0.0, None, out, norms)
