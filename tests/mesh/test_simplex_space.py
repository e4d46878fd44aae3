"""Tetrahedra made boundary-conforming Delaunay: a pore as Gmsh 4.15 meshed it, distorted grids, thin and sharp parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from simplex_meshes import cut_grid, facets_at

from npsolver.case.mesh_file import read_gmsh
from npsolver.errors import InputError
from npsolver.mesh import made_delaunay, simplex_mesh

DATA = Path(__file__).parent.parent / "data"
INTERFACE = 0.6


def distorted(n, jitter=0.15, seed=0):
    """Kuhn's tetrahedra on a grid in the unit cube with inner nodes moved: far from Delaunay."""
    points, elements = cut_grid([np.linspace(0.0, 1.0, n + 1)] * 3)
    inner = ((points > 1e-9) & (points < 1 - 1e-9)).all(axis=1)
    move = jitter / n * np.random.default_rng(seed).uniform(-1, 1, points.shape)
    move[np.abs(points[:, 0] - INTERFACE) < 1e-9, 0] = 0.0
    points[inner] += move[inner]
    return points, elements


def six_volumes(points, elements):
    corner = points[elements]
    return np.abs(np.linalg.det(corner[:, 1:] - corner[:, :1]))


def areas(mesh):
    return {name: float(a.sum()) for name, (_, a) in mesh.boundaries.items()}


def test_a_pore_from_gmsh_is_refused_with_number_place_and_cure():
    with pytest.raises(InputError) as caught:
        read_gmsh(DATA / "mesh_pore_bad.msh")
    text = str(caught.value)
    for words in ("mesh_pore_bad.msh: mesh:", "53 of 1936 edges (2.7 %)", " m in '", "--set geometry.repair=true"):
        assert words in text
    assert "\n" not in text


def test_a_pore_from_gmsh_is_repaired():
    pytest.importorskip("meshio")
    with pytest.warns(UserWarning, match="53 of 1936 edges"):
        bad = read_gmsh(DATA / "mesh_pore_bad.msh", allow_bad_edges=True)
    mesh = read_gmsh(DATA / "mesh_pore_bad.msh", repair=True)
    assert mesh.edge_area.min() > 0.0
    assert mesh.region_names == bad.region_names
    # regions and surfaces keep their shape: signed measures of the bad mesh add up to the same
    for r in range(3):
        volumes = [m.cell_volume[m.cell_region == r].sum() for m in (mesh, bad)]
        assert volumes[0] == pytest.approx(volumes[1], rel=1e-12)
    assert areas(mesh) == pytest.approx(areas(bad), rel=1e-12)
    assert areas(mesh)["bottom"] == pytest.approx(9.0, rel=1e-12)
    assert abs(mesh.n_nodes - bad.n_nodes) < 0.05 * bad.n_nodes


@pytest.mark.parametrize("seed", [0, 1])
def test_distorted_grids(seed):
    points, elements = distorted(5, seed=seed)
    regions = (points[elements].mean(axis=1)[:, 0] > INTERFACE).astype(int)
    sides = {"left": facets_at(points, elements, 0, 0.0), "top": facets_at(points, elements, 1, 1.0)}
    with pytest.raises(InputError, match="not boundary-conforming"):
        simplex_mesh(points, elements, regions, ("a", "b"), sides)
    mesh = made_delaunay(points * 1e-8, elements, regions, ("a", "b"), sides)
    assert mesh.edge_area.min() > 0.0
    wanted = np.bincount(regions, six_volumes(points, elements)) / 6 * 1e-24
    np.testing.assert_allclose(np.bincount(mesh.cell_region, mesh.cell_volume), wanted, rtol=1e-12)
    assert areas(mesh) == pytest.approx({"left": 1e-16, "top": 1e-16}, rel=1e-12)


def test_good_meshes_keep_their_points():
    points, elements = distorted(4, jitter=0.0)
    mesh = made_delaunay(points, elements, np.zeros(len(elements), int), ("a",), {})
    assert mesh.n_nodes == len(points)
    assert mesh.n_edges == 3 * 4 * 5**2  # diagonals have no area


def test_the_same_mesh_every_time():
    points, elements = distorted(4)
    regions = np.zeros(len(elements), int)
    first, second = (made_delaunay(points, elements, regions, ("a",), {}) for _ in range(2))
    np.testing.assert_array_equal(first.nodes, second.nodes)
    np.testing.assert_array_equal(first.edges, second.edges)


def test_layers_with_different_triangles_on_their_sides():
    # a slab as thin as a sixth of its triangles, which do not match
    from scipy.spatial import Delaunay

    rng = np.random.default_rng(4)
    line = np.linspace(0, 1, 6)
    rim = np.array([(x, y) for x in line for y in line if x in (0, 1) or y in (0, 1)])
    sheets = [np.vstack([rim, 0.1 + 0.8 * rng.random((12, 2))]) for _ in range(2)]
    points = np.vstack([np.column_stack([p, np.full(len(p), z)]) for p, z in zip(sheets, (0.0, 0.03))])
    elements = Delaunay(points).simplices
    elements = elements[six_volumes(points, elements) > 1e-9]
    sides = {"low": facets_at(points, elements, 2, 0.0)}
    mesh = made_delaunay(points, elements, np.zeros(len(elements), int), ("a",), sides)
    assert mesh.edge_area.min() > 0.0
    assert mesh.cell_volume.sum() == pytest.approx(0.03, rel=1e-12)
    assert areas(mesh)["low"] == pytest.approx(1.0, rel=1e-12)


def test_named_surfaces_inside_a_region_stay():
    points, elements = distorted(4, jitter=0.0)
    inner = np.all(np.abs(points[:, None, 2] - 0.5) < 1e-9, axis=1)
    facets = np.sort(np.concatenate([np.delete(elements, i, axis=1) for i in range(4)]), axis=1)
    sheet = np.unique(facets[inner[facets].all(axis=1)], axis=0)
    mesh = made_delaunay(points, elements, np.zeros(len(elements), int), ("a",), {"sheet": sheet})
    assert areas(mesh)["sheet"] == pytest.approx(1.0, rel=1e-12)


def test_sharp_wedges_are_refused_with_their_place():
    from scipy.spatial import Delaunay

    # two planes at an angle of 10 degrees with nodes that do not match
    rng = np.random.default_rng(0)
    r, z = rng.uniform(0.05, 0.95, (2, 60))
    side = rng.random(60) < 0.5
    rim = np.array([(s, v, e) for s in np.linspace(0, 1, 6) for v in (0, 1) for e in (0, 1)])
    r, z, side = np.append(r, rim[:, 0]), np.append(z, rim[:, 1]), np.append(side, rim[:, 2] > 0)
    points = np.unique(np.column_stack([r, np.where(side, r * np.tan(np.radians(10)), 0.0), z]), axis=0)
    elements = Delaunay(points).simplices
    elements = elements[six_volumes(points, elements) > 1e-9]
    with pytest.raises(InputError, match=r"cannot be repaired: refinement does not end.*sharp angle.*near \(\d.*\) m"):
        made_delaunay(points, elements, np.zeros(len(elements), int), ("a",), {})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p, e, s: (p, np.concatenate([e, e[:1]]), s), "elements overlap"),
        (lambda p, e, s: (p, e, {"wall": [[0, 1, len(p) - 1]]}), "'wall': has facets that are no faces"),
        (lambda p, e, s: (p * 0, e, s), "has no extent"),
    ],
)
def test_what_is_no_mesh(change, words):
    points, elements, surfaces = change(*distorted(3, 0.1), {})
    with pytest.raises(InputError, match=words):
        made_delaunay(points, elements, np.zeros(len(elements), int), ("a",), surfaces)
