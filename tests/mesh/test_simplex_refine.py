"""Meshes of triangles and tetrahedra with every edge halved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from simplex_meshes import body_centred, cut_grid, facets_at

from npsolver.case.mesh_file import read_gmsh
from npsolver.errors import InputError
from npsolver.mesh import extruded, simplex_mesh, triangulate
from npsolver.mesh.refine import refined

DATA = Path(__file__).parent.parent / "data"
SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])


def assert_refined(coarse, fine, least):
    assert least < fine.n_nodes / coarse.n_nodes < 2**fine.dimension
    assert fine.edge_area.min() > 0.0
    assert fine.region_names == coarse.region_names
    for r in range(len(coarse.region_names)):
        volume = [m.cell_volume[m.cell_region == r].sum() for m in (coarse, fine)]
        assert volume[1] == pytest.approx(volume[0], rel=1e-12)
    assert fine.boundaries.keys() == coarse.boundaries.keys()
    for name, (_, area) in coarse.boundaries.items():
        assert fine.boundaries[name][1].sum() == pytest.approx(area.sum(), rel=1e-12)


@pytest.mark.parametrize("coordinates", ["cartesian", "axisymmetric"])
def test_triangles(coordinates):
    pytest.importorskip("meshio")
    coarse = read_gmsh(DATA / "mesh_disk_41.msh", coordinates=coordinates)
    for _ in range(2):
        fine = refined(coarse)
        assert_refined(coarse, fine, 3.3)
        coarse = fine


def test_obtuse_triangles_are_connected_anew():
    # with an obtuse angle beside it the inner edge of regular refinement is not Delaunay
    points = np.array([[-3, 0], [3, 0], [0, 2.0], [0, -6.0]])
    elements = [[0, 1, 2], [1, 0, 3]]
    coarse = simplex_mesh(points, elements, np.zeros(2, int), ("a",), {})
    corner = points[np.array(elements)]
    assert ((corner[:, 0] - corner[:, 2]) * (corner[:, 1] - corner[:, 2])).sum(axis=1).min() < 0
    assert_refined(coarse, refined(coarse), 2.0)


def test_tetrahedra_of_a_pore():
    pytest.importorskip("meshio")
    coarse = read_gmsh(DATA / "mesh_pore_bad.msh", repair=True)
    assert_refined(coarse, refined(coarse), 5.0)


@pytest.mark.parametrize("kind", ["cubic", "body-centred"])
def test_regular_lattices(kind):
    """Many points on one sphere: neighbours may meet at different diagonals of a square."""
    points, elements = cut_grid([np.linspace(0, 1, 4)] * 3) if kind == "cubic" else body_centred(3)
    elements = elements[np.abs(np.linalg.det(points[elements[:, 1:]] - points[elements[:, :1]])) > 1e-9]
    regions = (points[elements].mean(axis=1)[:, 2] > (2 / 3 if kind == "cubic" else 2)).astype(int)
    sides = {"left": facets_at(points, elements, 0, 0.0)}
    coarse = simplex_mesh(points, elements, regions, ("a", "b")[: 1 + regions.max()], sides)
    for _ in range(2):
        fine = refined(coarse)
        assert_refined(coarse, fine, 4.0)
        coarse = fine


def test_other_elements_are_refused():
    plane = triangulate({"a": SQUARE}, 0.5)
    with pytest.raises(InputError, match=r"only meshes of triangles or of tetrahedra.*not of wedge"):
        refined(extruded(plane, [0, 1]))
