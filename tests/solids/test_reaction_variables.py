"""Instant reactions in two and three dimensions: linear systems in affinities, and what they make possible."""

from __future__ import annotations

import numpy as np
import pytest
from membrane_cases import ITEMS, box_membrane, wagner_case

import npsolver
from npsolver.discretisation.reaction_variables import reaction_variables
from npsolver.runner.problem import build_problem


def problem(dimension: int, extra: str = ""):
    text = box_membrane(wagner_case(ITEMS["custom-np"], extra=extra), dimension)
    return build_problem(npsolver.loads(text, "membrane.toml"))


def dense(system, blocks: np.ndarray) -> np.ndarray:
    m, pattern = system.block_size, system.pattern
    matrix = np.zeros((system.n_local, system.n_local))
    for row in range(system.mesh.n_nodes):
        for b in range(pattern.pointer[row], pattern.pointer[row + 1]):
            column = pattern.column[b]
            matrix[row * m : row * m + m, column * m : column * m + m] = blocks[b]
    return matrix


@pytest.mark.parametrize("dimension", [2, 3])
def test_combined_system_is_equivalent(dimension):
    system = problem(dimension, "[mesh]\nrefine = 0.1\n").system
    u = system.with_held_values(np.full(system.size, 0.3))
    u[: system.n_local] += 0.1 * np.random.default_rng(1).random(system.n_local)
    system.assemble(u, np.empty(system.size))
    variables, blocks = reaction_variables(system), system.linear_solver.blocks.copy()
    given = dense(system, blocks)
    variables.transform(blocks, u)
    combined = dense(system, blocks)
    y = np.random.default_rng(2).random(system.n_local)
    x = y.copy()
    variables.restore(x)
    right = given @ x
    variables.combine(right)
    # rows of the reaction are 1e8 times larger than those of transport, which the combination takes out
    assert np.abs(combined @ y - right).max() < 1e-12 * np.abs(given * x).max()
    assert np.abs(combined).max() > 1e5 * np.median(np.abs(combined).max(axis=1))


@pytest.mark.parametrize("dimension", [2, 3])
def test_wide_range_of_pressures_converges_at_once(dimension):
    text = box_membrane(wagner_case(ITEMS["custom-np"], low=1e-22, extra="[mesh]\nrefine = 0.5\n"), dimension)
    solution = npsolver.run(npsolver.loads(text, "membrane.toml"))
    assert solution.stats["newton_iterations"] < 60
    assert not any("continuation" in step or "pseudo-time" in step for step in solution.stats["path"])


def test_chains_and_cases_without_instant_reactions_have_none():
    assert reaction_variables(build_problem(npsolver.loads(wagner_case(ITEMS["custom-np"]))).system) is None
    text = box_membrane(wagner_case(ITEMS["GDC-873"]), 2)
    assert reaction_variables(build_problem(npsolver.loads(text, "membrane.toml")).system) is None
