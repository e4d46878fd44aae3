"""Delaunay refinement: conformity, angles, sizes, names; repair of other triangulations."""

from __future__ import annotations

import numpy as np
import pytest
from simplex_meshes import outer_facets

from npsolver.mesh import made_delaunay, triangulate

SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
ANGLE = np.linspace(0, 2 * np.pi, 41)[:-1]
DISC = np.column_stack([0.5 + 0.2 * np.cos(ANGLE), 0.5 + 0.2 * np.sin(ANGLE)])
RING = np.vstack([DISC, DISC[:1]])
DISC_AREA = 20 * 0.04 * np.sin(2 * np.pi / 40)


def angles(mesh):
    corners = mesh.nodes[mesh.elements["triangle"]]
    u, v = np.roll(corners, -1, axis=1) - corners, np.roll(corners, 1, axis=1) - corners
    cosine = (u * v).sum(axis=2) / np.linalg.norm(u, axis=2) / np.linalg.norm(v, axis=2)
    return np.degrees(np.arccos(cosine))


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e3])
def test_good_triangles_at_every_scale(scale):
    mesh = triangulate({"a": SQUARE * scale, "b": DISC * scale}, 0.06 * scale, {"ring": RING * scale})
    assert angles(mesh).min() > 20.0
    assert mesh.edge_area.min() > 0.0
    assert mesh.edge_length.max() <= 0.13 * scale
    assert mesh.cell_volume.sum() == pytest.approx(scale**2, rel=1e-12)
    assert mesh.cell_volume[mesh.cell_region == 1].sum() == pytest.approx(DISC_AREA * scale**2, rel=1e-12)
    assert mesh.boundaries["ring"][1].sum() == pytest.approx(40 * 0.4 * np.sin(np.pi / 40) * scale, rel=1e-12)


def test_holes():
    mesh = triangulate({"a": SQUARE, "-hole": DISC}, 0.1, {"ring": RING, "left": SQUARE[[3, 0]]})
    assert mesh.region_names == ("a",)
    assert mesh.cell_volume.sum() == pytest.approx(1 - DISC_AREA, rel=1e-12)
    assert set(mesh.boundaries) == {"ring", "left"}


def test_sizes_follow_the_request():
    def size(x):
        return 2e-4 + 0.3 * np.hypot(*(x - [0.3, 1.0]).T)

    mesh = triangulate({"a": SQUARE}, size, {"patch": [[0.3, 1.0], [1.0, 1.0]]})
    assert angles(mesh).min() > 20.0
    corners = mesh.nodes[mesh.elements["triangle"]]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    assert (longest / size(corners.mean(axis=1))).max() < 1.6
    assert mesh.n_nodes < 1500
    assert mesh.boundaries["patch"][1].sum() == pytest.approx(0.7)


def test_a_million_fold_grading():
    corner = np.array([0.37, 0.0])
    mesh = triangulate(
        {"a": SQUARE}, lambda x: 1e-6 + 0.25 * np.hypot(*(x - corner).T), {"disc": [[0.0, 0.0], corner]}
    )
    assert mesh.edge_length.min() < 1e-6
    assert mesh.edge_area.min() > 0.0
    assert angles(mesh).min() > 20.0
    assert mesh.n_nodes < 2000
    assert mesh.boundaries["disc"][1].sum() == pytest.approx(0.37, rel=1e-12)


def test_later_surfaces_overwrite_and_cut_sides():
    mesh = triangulate({"a": SQUARE}, 0.3, {"top": SQUARE[2:], "part": [[0.11, 1.0], [0.37, 1.0]]})
    assert mesh.boundaries["part"][1].sum() == pytest.approx(0.26, rel=1e-12)
    assert mesh.boundaries["top"][1].sum() == pytest.approx(0.74, rel=1e-12)


def test_overlapping_and_touching_polygons():
    wedge = np.array([[0.5, 0.0], [1.7, 0.2], [0.9, 1.0]])
    bar = np.array([[0.4, 0.4], [1.9, 0.4], [1.9, 0.5], [0.4, 0.5]])
    mesh = triangulate({"a": SQUARE * [2, 1], "b": wedge, "c": bar}, 0.08)
    volume = np.bincount(mesh.cell_region, mesh.cell_volume)
    assert volume.sum() == pytest.approx(2.0, rel=1e-12)
    assert volume[2] == pytest.approx(0.15, rel=1e-12)


@pytest.mark.parametrize("degrees", [30.0, 10.0, 2.0])
def test_acute_corners_end(degrees):
    tip = np.array([[0, 0], [1, 0], [1, np.tan(np.radians(degrees))]])
    mesh = triangulate({"a": tip}, 0.1)
    assert mesh.cell_volume.sum() == pytest.approx(0.5 * np.tan(np.radians(degrees)), rel=1e-12)
    assert mesh.n_nodes < 1000


def test_the_same_mesh_every_time():
    first, second = (triangulate({"a": SQUARE, "b": DISC}, 0.07) for _ in range(2))
    np.testing.assert_array_equal(first.nodes, second.nodes)
    np.testing.assert_array_equal(first.edges, second.edges)


def test_any_triangulation_can_be_repaired():
    from scipy.spatial import Delaunay, cKDTree

    rng = np.random.default_rng(1)
    points = np.vstack([SQUARE, np.column_stack([np.full(5, 0.5), np.linspace(0, 1, 5)]), rng.uniform(0, 1, (60, 2))])
    elements = Delaunay(points).simplices
    regions = (points[elements].mean(axis=1)[:, 0] > 0.5).astype(int)
    facets = outer_facets(points, elements)
    left = facets[(points[facets][:, :, 0] == 0.0).all(axis=1)]
    area = [0.5 * np.abs(np.linalg.det(points[e[1:]] - points[e[0]])) for e in elements]
    mesh = made_delaunay(points, elements, regions, ("a", "b"), {"left": left})
    assert mesh.edge_area.min() > 0.0
    np.testing.assert_allclose(np.bincount(mesh.cell_region, mesh.cell_volume), np.bincount(regions, area), rtol=1e-12)
    assert mesh.boundaries["left"][1].sum() == pytest.approx(1.0, rel=1e-12)
    distance, _ = cKDTree(mesh.nodes).query(points)
    assert distance.max() < 1e-12  # every given point is a node
