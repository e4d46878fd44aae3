"""The Jacobian with reactions at surfaces against differences of the residual."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from electrode_models import AG, FILM, NO3, film, reaction, silver
from engine_problems import bath, system_of

from npsolver.model import Species, StericLaw

OX, RED = Species("Fe3+", 3.0, 0.6e-9), Species("Fe2+", 2.0, 0.7e-9)
COUPLE = (OX, RED, NO3)
COUPLE_BATH = bath("right", {"Fe3+": 4.0, "Fe2+": 6.0, "NO3-": 24.0}, potential=0.0)
STEP = 1e-6


def redox(law):
    return reaction({"Fe3+": -1.0, "Fe2+": 1.0}, 1.0, law=law, exchange_current=30.0)


CASES = {
    "electroneutral": film("electroneutral", potential=0.05),
    "electroneutral, given current": film("electroneutral", current=-20.0),
    "pnp, Stern": film("pnp", potential=0.05, stern_capacitance=0.2),
    "pnp, Stern, given current": film("pnp", current=-20.0, stern_capacitance=0.2),
    "pnp, no Stern": film("pnp", potential=0.05),
    "pnp, no Stern, given current": film("pnp", current=-20.0),
    "steric": film("pnp", potential=0.05, stern_capacitance=0.2, excess=(StericLaw((0, 1), 2000.0),)),
    "couple": film("electroneutral", [redox("mass-action")], species=COUPLE, right=COUPLE_BATH, current=5.0),
    "couple, affinity": film("pnp", [redox("affinity")], species=COUPLE, right=COUPLE_BATH, potential=0.1),
    "two reactions": film("pnp", [silver(), silver(rate_constant=3e-6, alpha=0.7, standard=0.1)], potential=0.1),
}


@pytest.mark.parametrize("shift", [0.0, 37.0])
@pytest.mark.parametrize("name", CASES)
def test_matrix_is_the_derivative(name, shift):
    system = system_of(CASES[name], FILM, np.linspace(0.0, 1e-5, 12))
    rng = np.random.default_rng(11)
    u = np.empty(system.size)
    by_node = u[: system.mesh.n_nodes * system.block_size].reshape(-1, system.block_size)
    by_node[:] = rng.uniform(0.3, 1.5, by_node.shape)
    u[by_node.size :] = 1.3
    u = system.with_held_values(u)
    direction = rng.standard_normal(system.size)
    product = _differences(system, u, direction, shift)
    # the direction comes back from the factorised matrix
    system.linearise(u, shift) if shift else _linearise_transiently(system, u)
    found = np.empty(system.size)
    system.solve(product, found)
    assert np.abs(found - direction).max() <= 3e-5 * np.abs(direction).max()


def _linearise_transiently(system, u):
    """Shift 0 in the form of transients: the balances themselves, without J = 0 edge by edge."""
    system.sides = None
    system.linearise(u, 1e-300)


def _differences(system, u, direction, shift):
    ahead, behind, storage = (np.empty(system.size) for _ in range(3))
    system.residual(u + STEP * direction, ahead)
    system.residual(u - STEP * direction, behind)
    system.mass(direction, storage)
    return (ahead - behind) / (2.0 * STEP) + shift * storage


def test_current_form_of_transients():
    model = film("electroneutral", current=-20.0)
    system = system_of(model, FILM, np.linspace(0.0, 1e-5, 12))
    system.current_form = True
    system.set_values(system.terminals)
    u = np.full(system.size, 0.7)
    u = system.with_held_values(u)
    direction = np.random.default_rng(5).standard_normal(system.size)
    product = _differences(system, u, direction, 11.0)
    system.linearise(u, 11.0)
    found = np.empty(system.size)
    system.solve(product, found)
    assert np.abs(found - direction).max() <= 1e-5 * np.abs(direction).max()


def test_values_change_without_a_new_structure():
    model = film("pnp", potential=0.05)
    system = system_of(model, FILM, np.linspace(0.0, 1e-5, 12))
    faster = replace(model.boundaries["left"], reactions=(silver(rate_constant=2e-5),))
    other = replace(model, boundaries={**model.boundaries, "left": faster})
    assert system.takes(other)
    u = system.with_held_values(np.full(system.size, 0.7))
    system.natural_residual(u)
    before = system.surface.rates()[0][2]
    system.set_model(other)
    system.natural_residual(u)
    assert system.surface.rates()[0][2] == pytest.approx(2.0 * before, rel=1e-13)
    blocked = replace(model.boundaries["left"], reactions=())
    assert not system.takes(replace(model, boundaries={**model.boundaries, "left": blocked}))
    assert AG.name in model.boundaries["left"].reacting
