"""The Jacobian of phases with laws of their own against differences of the residual."""

from __future__ import annotations

import numpy as np
import pytest
from phase_cases import acid, bare_membrane, core, heterojunction, membrane, problem

from npsolver.discretisation import neutralised

CASES = {
    "membrane": (membrane(), 40),
    "membrane, electroneutral": (membrane("electroneutral"), 40),
    "bare membrane": (bare_membrane(), 20),
    "membrane, two dimensions": (membrane(dimension=2), [10, 3]),
    "heterojunction": (heterojunction(), 40),
    "heterojunction, recombination": (heterojunction(holes=True), 40),
    "core": (core(), 40),
    "core and electrons between gases": (core(carriers=True), 40),
    "acid": (acid(), 40),
}


@pytest.mark.parametrize("shift", [0.0, 37.0])
@pytest.mark.parametrize("name", CASES)
def test_matrix_is_the_derivative(name, shift):
    document, nodes = CASES[name]
    found = problem(document, nodes=nodes)
    system, u = found.system, neutralised(found.system, found.start)
    assert len(system.mesh.interfaces) > 0
    rng = np.random.default_rng(5)
    u = u.copy()
    u[: system.n_local].reshape(-1, system.block_size)[:, :-1] *= rng.uniform(
        0.8, 1.2, (system.mesh.n_nodes, system.n_species)
    )
    u[system.block_size - 1 : system.n_local : system.block_size] += rng.uniform(-0.2, 0.2, system.mesh.n_nodes)
    u = system.with_held_values(u)
    assert system.admissible(u)
    system.sides = None
    n, m = system.n_local, system.block_size
    size = np.ones(system.size)
    size[:n].reshape(-1, m)[:, :-1] = np.maximum(u[:n].reshape(-1, m)[:, :-1], 1e-30)
    direction = rng.standard_normal(system.size) * size
    direction[n:] = 0.0
    change = np.zeros(system.size)
    for weight, step in ((8.0, 1e-4), (-1.0, 2e-4)):  # central differences of fourth order
        for sign in (1.0, -1.0):
            out, stored = np.empty(system.size), np.empty(system.size)
            system.residual(u + sign * step * direction, out)
            system.mass(u + sign * step * direction, stored)
            change += sign * weight * (out + shift * stored) / 12e-4
    system.assemble(u, np.empty(system.size), shift)
    pattern, blocks = system.pattern, system.linear_solver.blocks
    row = np.repeat(np.arange(system.mesh.n_nodes), np.diff(pattern.pointer))
    terms = blocks * direction[:n].reshape(-1, m)[pattern.column][:, None, :]
    product, sizes = np.zeros((system.mesh.n_nodes, m)), np.zeros((system.mesh.n_nodes, m))
    np.add.at(product, row, terms.sum(axis=2))
    np.add.at(sizes, row, np.abs(terms).sum(axis=2))
    assert (np.abs(change[:n].reshape(-1, m) - product) <= 1e-9 * sizes).all()
