"""Laminar flow in three dimensions: series and parabola, no divergence, holes as walls, refusals."""

from __future__ import annotations

import domain_texts as texts
import numpy as np
import pytest

import npsolver
from npsolver.case import from_document
from npsolver.discretisation.duct import channel_flows
from npsolver.discretisation.flow import face_flows, net_outflow
from npsolver.errors import InputError
from npsolver.runner.problem import build_problem

FLOW = '[convection]\nprofile = "poiseuille"\nvelocity = "1 mm/s"\n'
ALONG = 'along = "z"\n'
BOX = (
    texts.SALT
    + '[geometry]\n[[geometry.region]]\nname = "a"\nx = ["0 um", "30 um"]\ny = ["0 um", "10 um"]\nz = ["0 um", "10 um"]\n'
    + texts.bath("left")
    + '[boundary.right]\nkind = "outflow"\n'
)
TUBE = (
    texts.SALT
    + '[geometry]\n[[geometry.region]]\nname = "a"\ncentre = ["2 um", "1 um"]\nradius = "5 um"\nz = ["0 um", "30 um"]\n'
    + texts.bath("front")
    + '[boundary.back]\nkind = "outflow"\n'
)


def mesh_of(text, **overrides):
    return build_problem(npsolver.loads(text, "", overrides)).system.mesh


def velocities(mesh, axis):
    """Positions across the flow, velocities in units of the mean, and the faces of one layer."""
    flows = channel_flows(mesh, axis, 1.0)
    ends = mesh.nodes[mesh.edges]
    along = np.abs(ends[:, 1, axis] - ends[:, 0, axis]) > 0.0
    first = along & (ends[:, :, axis].min(axis=1) == mesh.nodes[:, axis].min())
    return np.delete(ends[first, 0], axis, axis=1), flows[first] / mesh.edge_area[first], mesh.edge_area[first]


def series(y, z, height):
    """Velocity over its mean in a rectangle of 10 um times `height` um (White, Viscous Fluid Flow, eqs. 3-48, 3-49)."""
    n = np.arange(1, 60, 2)
    a, b = 5e-6, 0.5e-6 * height
    k = n * np.pi / (2 * a)
    sign = (-1.0) ** ((n - 1) // 2)
    terms = sign / n**3 * (1 - np.cosh(np.outer(z - b, k)) / np.cosh(k * b)) * np.cos(np.outer(y - a, k))
    mean = np.pi**3 / 48 * (1 - 192 * a / (np.pi**5 * b) * np.sum(np.tanh(k * b) / n**5))
    return terms.sum(axis=1) / mean


@pytest.mark.parametrize("height", [10, 30])
def test_rectangles_follow_the_series_with_second_order(height):
    errors = []
    for nodes in (11, 21):
        text = BOX.replace('z = ["0 um", "10 um"]', f'z = ["0 um", "{height} um"]')
        mesh = mesh_of(text + FLOW, **{"mesh.nodes": [5, nodes, nodes], "mesh.grading": "uniform"})
        x, u, area = velocities(mesh, 0)
        assert u @ area / area.sum() == pytest.approx(1.0, rel=1e-12)
        errors.append(np.abs(u - series(*x.T, height)).max())
    assert errors[1] < 0.02
    assert errors[0] / errors[1] > 3.4


def test_a_tube_is_the_parabola():
    mesh = mesh_of(TUBE + FLOW + ALONG, **{"mesh.grading": "uniform"})
    x, u, area = velocities(mesh, 2)
    r = np.hypot(*(x - (2e-6, 1e-6)).T) / 5e-6
    np.testing.assert_allclose(u, 2 * (1 - r**2), atol=0.01)
    assert u.min() == 0.0
    assert area.sum() == pytest.approx(np.pi * 25e-12, rel=1e-9)


@pytest.mark.parametrize(("text", "along"), [(BOX, ""), (TUBE, ALONG)], ids=["box", "tube"])
def test_nothing_is_made_or_lost(text, along):
    system = build_problem(npsolver.loads(text + FLOW + along, "", {"mesh.refine": 0.5})).system
    mesh, axis = system.mesh, 2 if along else 0
    flows = face_flows(npsolver.loads(text + FLOW + along).model.flow, mesh)
    net = net_outflow(flows, mesh)
    ends = np.isin(mesh.nodes[:, axis], [mesh.nodes[:, axis].min(), mesh.nodes[:, axis].max()])
    assert np.abs(net[~ends]).max() <= 1e-12 * np.abs(flows).max()
    section = mesh.node_volume.sum() / 30e-6
    assert net[net > 0].sum() == pytest.approx(1e-3 * section, rel=1e-9)


def test_a_rod_in_the_channel_is_a_wall():
    hole = '[[geometry.hole]]\ny = ["4 um", "6 um"]\nz = ["4 um", "6 um"]\n'
    mesh = mesh_of(BOX + hole + FLOW, **{"mesh.grading": "uniform"})
    x, u, _ = velocities(mesh, 0)
    on_rod = np.all((x > 3.99e-6) & (x < 6.01e-6), axis=1)
    assert on_rod.sum() >= 8
    assert np.abs(u[on_rod]).max() == 0.0
    assert u.max() > 1.5


def test_layers_of_several_regions_are_one_channel():
    text = BOX + FLOW
    two = text.replace('x = ["0 um", "30 um"]', 'x = ["0 um", "12 um"]')
    two = two.replace("[boundary", '[[geometry.region]]\nname = "b"\nx = ["12 um", "30 um"]\ny = ["0 um", "10 um"]\n'
                      'z = ["0 um", "10 um"]\nporosity = 0.5\n[boundary', 1)
    overrides = {"mesh.nodes": [11, 9, 9], "mesh.grading": "uniform"}
    one, other = (velocities(mesh_of(case, **overrides), 0)[1] for case in (text, two))
    np.testing.assert_allclose(np.sort(one), np.sort(other), rtol=1e-9)


def test_the_case_is_the_same_when_loaded_again():
    case = npsolver.loads(TUBE + FLOW + ALONG)
    assert from_document(case.effective).sha256 == case.sha256


STEP = BOX.replace(
    "[boundary", '[[geometry.hole]]\nx = ["10 um", "20 um"]\nz = ["5 um", "10 um"]\n[boundary', 1
)
REFUSED = {
    "step": (STEP + FLOW, ["convection: profile", "cross-section is the same everywhere", "changes at y = 0 m"]),
    "across a tube": (TUBE + FLOW, ["convection: profile", "layers along x"]),
    "across a box": (BOX + FLOW + 'along = "u"\n', ["convection: along", "x, y, z"]),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_when_loaded(text, words):
    with pytest.raises(InputError) as error:
        npsolver.loads(text)
    for word in words:
        assert word in str(error.value), str(error.value)


def test_tetrahedra_have_no_columns(tmp_path):
    from pathlib import Path

    case = Path(__file__).parents[2] / "cases" / "three-dimensional" / "charged-sphere.toml"
    if not case.is_file():
        pytest.skip("the cases are not installed")
    with pytest.raises(InputError, match="tetrahedra have none"):
        npsolver.load(case, {"convection.profile": "poiseuille", "convection.velocity": "1 mm/s"})
