"""Stacked triangles have coarser meshes: interpolation both ways, and steady states that start there."""

from __future__ import annotations

import numpy as np
import pytest

import npsolver
from npsolver.runner.problem import build_problem
from npsolver.stepping import steady

BATH = '[boundary.{}]\nkind = "bath"\nconcentration = {{ "K+" = "{}", "Cl-" = "{}" }}\npotential = "{}"\n'
PORE = """
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[[geometry.region]]
name = "low"
x = ["-12 nm", "12 nm"]
y = ["-12 nm", "12 nm"]
z = ["-15 nm", "0 nm"]
[[geometry.region]]
name = "pore"
centre = ["2 nm", "-1 nm"]
radius = "5 nm"
z = ["0 nm", "8 nm"]
{inside}
[[geometry.region]]
name = "high"
x = ["-12 nm", "12 nm"]
y = ["-12 nm", "12 nm"]
z = ["8 nm", "20 nm"]
[[geometry.surface]]
name = "wall"
region = "pore"
[boundary.wall]
kind = "wall"
[mesh]
refine = 0.7
"""


def case(physics, inside=""):
    ends = BATH.format("front", "0.1 M", "0.1 M", "0.2 V") + BATH.format("back", "20 mM", "20 mM", "0 V")
    return npsolver.loads(f'[model]\nphysics = "{physics}"\n' + PORE.replace("{inside}", inside) + ends)


CASES = {"pnp": case("pnp"), "electroneutral": case("electroneutral", 'fixed_charge = "-0.2 M"\npartition = { "K+" = 0.5 }')}


def test_linear_fields_pass_both_ways():
    mesh = build_problem(CASES["pnp"]).system.mesh
    coarse, interpolation = mesh.nesting.coarser()
    assert coarse.n_nodes < 0.3 * mesh.n_nodes
    slope = np.array([[1.0, -2.0], [0.3, 5.0], [-1.0, 0.1]])
    np.testing.assert_allclose(interpolation.prolong(coarse.nodes @ slope), mesh.nodes @ slope, atol=1e-15)
    np.testing.assert_allclose(interpolation.inject(mesh.nodes @ slope), coarse.nodes @ slope, atol=1e-15)
    amounts = np.random.default_rng(1).random((mesh.n_nodes, 3))
    np.testing.assert_allclose(interpolation.collect(amounts).sum(axis=0), amounts.sum(axis=0), rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_steady_states_start_on_the_coarser_mesh(name, monkeypatch):
    alone = npsolver.run(CASES[name])
    monkeypatch.setattr(steady, "NESTED_UNKNOWNS", 1000)
    nested = npsolver.run(CASES[name])
    assert nested.stats["path"] == ["Newton from the solution on a coarser mesh"]
    assert nested.stats["newton_iterations"] <= alone.stats["newton_iterations"]
    np.testing.assert_allclose(nested.potential, alone.potential, atol=1e-7)
    np.testing.assert_allclose(nested.concentration, alone.concentration, rtol=1e-5)
