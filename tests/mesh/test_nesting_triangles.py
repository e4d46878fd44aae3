"""Triangulations have coarser ones: interpolation both ways, and steady states that start there."""

from __future__ import annotations

import numpy as np
import pytest

import npsolver
from npsolver.mesh.nesting_triangles import linear_weights
from npsolver.runner.problem import build_problem
from npsolver.runner.repeated import Repeated
from npsolver.stepping import steady

SALT = '[[species]]\nname = "K+"\n[[species]]\nname = "Cl-"\n'
BATH = '[boundary.{}]\nkind = "bath"\nconcentration = {{ "K+" = "{}", "Cl-" = "{}" }}\npotential = "{}"\n'
# two regions, an inner corner and a slanted wall
SHAPE = """
[[geometry.region]]
name = "a"
corners = [["0 nm", "0 nm"], ["20 nm", "0 nm"], ["20 nm", "6 nm"], ["9 nm", "4 nm"], ["9 nm", "12 nm"], ["0 nm", "12 nm"]]
[[geometry.region]]
name = "b"
corners = [["20 nm", "0 nm"], ["32 nm", "0 nm"], ["32 nm", "10 nm"], ["20 nm", "6 nm"]]
{inside}
[[geometry.surface]]
name = "in"
line = [["0 nm", "0 nm"], ["0 nm", "12 nm"]]
[[geometry.surface]]
name = "out"
line = [["32 nm", "0 nm"], ["32 nm", "10 nm"]]
[[geometry.surface]]
name = "wall"
line = [["20 nm", "6 nm"], ["9 nm", "4 nm"]]
"""


def case(physics, inside="", wall=""):
    text = f'[model]\nphysics = "{physics}"\n' + SALT + "[geometry]\n" + SHAPE.replace("{inside}", inside)
    text += BATH.format("in", "0.1 M", "0.1 M", "0.3 V") + BATH.format("out", "10 mM", "10 mM", "0 V") + wall
    return npsolver.loads(text + ("[mesh]\nrefine = 0.6\n" if physics == "pnp" else "[mesh]\nrefine = 2\n"))


CASES = {
    "pnp": case("pnp", wall='[boundary.wall]\nkind = "wall"\nsurface_charge = "-0.05 C/m^2"\n'),
    "excluded": case("pnp", inside='excluded_species = ["Cl-"]\nfixed_charge = "-0.1 M"\nrelative_permittivity = 20'),
    "electroneutral": case("electroneutral", inside='fixed_charge = "-0.2 M"\npartition = { "K+" = 0.5 }'),
}


def test_linear_fields_pass_both_ways():
    mesh = build_problem(CASES["pnp"]).system.mesh
    coarse, interpolation = mesh.nesting.coarser()
    assert coarse.n_nodes < 0.3 * mesh.n_nodes
    assert coarse.region_names == mesh.region_names
    slope = np.array([[1.0, -2.0], [0.3, 5.0]])
    np.testing.assert_allclose(interpolation.prolong(coarse.nodes @ slope), mesh.nodes @ slope, atol=1e-16)
    np.testing.assert_allclose(interpolation.inject(mesh.nodes @ slope), coarse.nodes @ slope, atol=1e-16)
    amounts = np.random.default_rng(1).random((mesh.n_nodes, 3))
    np.testing.assert_allclose(interpolation.collect(amounts).sum(axis=0), amounts.sum(axis=0), rtol=1e-12)


def test_nodes_of_one_region_take_nothing_from_another():
    mesh = build_problem(CASES["excluded"]).system.mesh
    coarse, interpolation = mesh.nesting.coarser()
    only = [np.bincount(m.cell_node, m.cell_region == 1, m.n_nodes) for m in (mesh, coarse)]
    ours = np.bincount(mesh.cell_node, minlength=mesh.n_nodes) == 1
    found = interpolation.prolong((only[1] > 0).astype(float)[:, None])[:, 0]
    np.testing.assert_allclose(found[ours & (only[0] == 1)], 1.0, atol=1e-12)


def test_points_far_from_all_centres_are_found():
    """A fan of long triangles, and points beyond its outline by round-off."""
    x = np.linspace(0.0, 1.0, 201)
    nodes = np.concatenate([np.column_stack([x, 0 * x]), [[0.5, 30.0]]])
    triangles = np.column_stack([np.arange(200), np.arange(1, 201), np.full(200, 201)])
    points = np.array([[0.5, 29.9], [0.4975, 29.0], [0.003, -1e-13], [0.5, 30.0]])
    matrix = linear_weights(points, nodes, triangles)
    np.testing.assert_allclose(matrix @ nodes, points, atol=1e-12)
    np.testing.assert_allclose(matrix.sum(axis=1), 1.0, rtol=1e-14)


@pytest.mark.parametrize("name", CASES)
def test_steady_states_start_on_the_coarser_mesh(name, monkeypatch):
    alone = npsolver.run(CASES[name])
    monkeypatch.setattr(steady, "NESTED_UNKNOWNS", 500)
    nested = npsolver.run(CASES[name])
    assert nested.stats["path"] == ["Newton from the solution on a coarser mesh"]
    assert nested.stats["newton_iterations"] <= alone.stats["newton_iterations"]
    assert nested.stats["coarse_iterations"] > 0 == alone.stats["coarse_iterations"]
    np.testing.assert_allclose(nested.potential, alone.potential, atol=1e-7)
    np.testing.assert_allclose(nested.concentration, alone.concentration, rtol=1e-5)


def test_members_of_studies_start_there_too(monkeypatch):
    monkeypatch.setattr(steady, "NESTED_UNKNOWNS", 500)
    single, member = npsolver.run(CASES["pnp"]), Repeated()(CASES["pnp"])
    assert member.stats["path"] == single.stats["path"] == ["Newton from the solution on a coarser mesh"]
    np.testing.assert_array_equal(member.potential, single.potential)
