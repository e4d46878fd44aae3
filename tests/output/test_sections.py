"""Plane cuts through boxes, prisms and tetrahedra, and the pictures made of them."""

from __future__ import annotations

import numpy as np
import pytest
from simplex_meshes import body_centred

import npsolver
from npsolver.mesh.simplex import simplex_mesh
from npsolver.output.cut import plane_cut
from npsolver.output.plots import figures
from npsolver.output.sections import default_sections

SALT = '[[species]]\nname = "K+"\n[[species]]\nname = "Cl-"\n'
BATHS = "".join(
    f'[boundary.{side}]\nkind = "bath"\nconcentration = {{ "K+" = "10 mM", "Cl-" = "10 mM" }}\npotential = "{v}"\n'
    for side, v in (("front", "0.1 V"), ("back", "0 V"))
)
BOX = '[[geometry.region]]\nname = "a"\nx = ["0 nm", "10 nm"]\ny = ["-4 nm", "6 nm"]\nz = ["0 nm", "{}"]\n'
PRISM = '[[geometry.region]]\nname = "a"\ncorners = [["0 nm", "0 nm"], ["10 nm", "0 nm"], ["0 nm", "10 nm"]]\n'
PRISM += 'z = ["0 nm", "20 nm"]\n'


def mesh_of(geometry):
    from npsolver.runner.problem import build_problem

    return build_problem(npsolver.loads(SALT + "[geometry]\n" + geometry + BATHS)).system.mesh


def tetrahedra():
    points, elements = body_centred(4, jitter=0.05)
    return simplex_mesh(points, elements, np.zeros(len(elements), int), ["a"], {})


def area(cut):
    a, b, c = (cut.points[cut.triangles[:, i]] for i in range(3))
    return 0.5 * np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum()


MESHES = {
    "boxes": (lambda: mesh_of(BOX.format("20 nm")), [((0, 3.3e-9), 200e-18), ((2, 0.0), 100e-18), ((2, 20e-9), 100e-18)]),
    "prisms": (lambda: mesh_of(PRISM), [((0, 4e-9), 120e-18), ((1, 0.0), 200e-18), ((2, 7.7e-9), 50e-18)]),
    "tetrahedra": (tetrahedra, [((0, 0.37), 1.0), ((1, 0.5), 1.0), ((2, 0.0), 1.0), ((2, 1.0), 1.0)]),
}


@pytest.mark.parametrize(("make", "planes"), MESHES.values(), ids=MESHES)
def test_cuts_fill_the_plane_and_are_exact_for_linear_fields(make, planes):
    mesh = make()
    slope = np.array([1.0, -2.0, 0.5])
    field = mesh.nodes[mesh.cell_node] @ slope
    for (axis, position), expected in planes:
        cut = plane_cut(mesh, axis, position)
        assert area(cut) == pytest.approx(expected, rel=1e-9)
        at = np.insert(cut.points, axis, position, axis=1) @ slope
        np.testing.assert_allclose(cut.values(field), at, atol=1e-9 * np.ptp(field))
        low, high = cut.points.min(axis=0), cut.points.max(axis=0)
        x, y = (low[d] + (high[d] - low[d]) * np.array([0.013, 0.217, 0.461]) for d in (0, 1))
        grid = np.insert(np.stack(np.meshgrid(x, y), axis=-1), axis, position, axis=2) @ slope
        np.testing.assert_allclose(cut.on_grid(cut.values(field)[None], x, y)[0], grid, atol=1e-9 * np.ptp(field))


def test_the_outline_goes_around_every_region():
    two = BOX.format("20 nm") + BOX.format("30 nm").replace('"a"', '"b"').replace('z = ["0 nm"', 'z = ["20 nm"')
    cut = plane_cut(mesh_of(two), 0, 5e-9)
    lengths = np.linalg.norm(cut.outline[:, 1] - cut.outline[:, 0], axis=1)
    assert lengths.sum() == pytest.approx(2 * (10 + 20) * 1e-9 + 2 * (10 + 10) * 1e-9, rel=1e-9)


def test_a_plane_beside_the_mesh_shows_nothing():
    assert plane_cut(mesh_of(BOX.format("20 nm")), 0, 11e-9).triangles.size == 0


def test_outside_of_the_section_there_is_nothing():
    cut = plane_cut(mesh_of(PRISM), 2, 5e-9)
    values = cut.on_grid(np.ones((1, len(cut.points))), np.array([1e-9, 9e-9]), np.array([2e-9, 8e-9]))
    np.testing.assert_array_equal(np.isfinite(values[0]), [[True, False], [True, False]])


PORE = (
    SALT
    + "[geometry]\n"
    + BOX.format("20 nm")
    + '[[geometry.region]]\nname = "pore"\nx = ["2 nm", "4 nm"]\ny = ["0 nm", "2 nm"]\nz = ["20 nm", "25 nm"]\n'
    + BATHS
)


def test_pictures_show_the_planes_through_the_smallest_region():
    solution = npsolver.run(npsolver.loads(PORE))
    middle = {key: value for item in default_sections(solution) for key, value in item.items() if key != "name"}
    assert middle == pytest.approx({"x": 3e-9, "y": 1e-9, "z": 22.5e-9})
    drawn = dict(figures(solution, checks=[]))
    assert [*drawn] == [
        "section-concentration-K+", "section-concentration-Cl-", "section-potential", "section-current",
    ]
    panels = drawn["section-potential"].axes[:3]
    assert [axis.get_title() for axis in panels] == ["$x$ = 3 nm", "$y$ = 1 nm", "$z$ = 22.5 nm"]
    assert panels[2].get_xlim() == pytest.approx((2, 4))


def test_chosen_planes_and_parts_are_drawn():
    section = '[[output.section]]\nname = "mouth"\ny = "1 nm"\nx = ["1 nm", "5 nm"]\nz = ["15 nm", "40 nm"]\n'
    case = npsolver.loads(PORE + section)
    wanted = case.effective["output"]["section"]
    assert wanted == [{"name": "mouth", "y": 1e-9, "x": [1e-9, 5e-9], "z": [15e-9, 25e-9 + 15e-9]}]
    assert npsolver.case.from_document(case.effective).output == case.output
    drawn = dict(figures(npsolver.run(case), checks=[], sections=wanted))
    (axis, _) = drawn["section-current"].axes
    assert axis.get_title() == "mouth, $y$ = 1 nm"
    assert axis.get_xlim() == pytest.approx((1, 5))
    assert axis.get_ylim() == pytest.approx((15, 25))
    assert drawn["section-potential"].axes[0].collections
