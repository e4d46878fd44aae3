"""Box-method measures of triangles and tetrahedra against tensor grids, exact volumes and linear fields."""

from __future__ import annotations

import numpy as np
import pytest
from simplex_meshes import body_centred, cut_grid, facets_at, flow_out_of_nodes, outer_facets

from npsolver.mesh import extruded, simplex_mesh, triangulate
from npsolver.mesh.rectilinear import Box, rectilinear_mesh

RNG = np.random.default_rng(3)
AXES = [np.cumsum([0.0, *RNG.uniform(0.1, 1.0, 6)]) for _ in range(3)]
L_SHAPE = np.array([[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2.0]])
SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])


def tables(mesh):
    """Edges, cells and boundaries in an order that depends on positions only."""
    rank = np.empty(mesh.n_nodes, dtype=int)
    rank[np.lexsort(mesh.nodes.T)] = np.arange(mesh.n_nodes)
    pairs = np.sort(rank[mesh.edges], axis=1)
    order = np.lexsort((mesh.edge_region, pairs[:, 1], pairs[:, 0]))
    cells = np.lexsort((mesh.cell_region, rank[mesh.cell_node]))
    boundaries = {
        name: np.array(sorted(zip(rank[nodes].tolist(), areas))) for name, (nodes, areas) in mesh.boundaries.items()
    }
    numbers = np.column_stack([pairs, mesh.edge_region])[order]
    return numbers, mesh.edge_area[order], mesh.edge_length[order], mesh.cell_volume[cells], boundaries


@pytest.mark.parametrize(("dim", "coordinates"), [(2, "cartesian"), (2, "axisymmetric"), (3, "cartesian")])
def test_a_cut_tensor_grid_is_the_tensor_grid(dim, coordinates):
    axes = AXES[:dim]
    points, elements = cut_grid(axes)
    step = axes[0][3]
    regions = (points[elements].mean(axis=1)[:, 0] > step).astype(int)
    top = [a[-1] for a in axes]
    surfaces = {"right": facets_at(points, elements, 0, top[0]), "top": facets_at(points, elements, 1, top[1])}
    found = simplex_mesh(points, elements, regions, ("a", "b"), surfaces, coordinates=coordinates)
    low = [0.0] * dim
    boxes = [Box("a", low, [step, *top[1:]]), Box("b", [step, *low[1:]], top)]
    wanted = rectilinear_mesh(axes, boxes, coordinates=coordinates)
    a, b = tables(found), tables(wanted)
    np.testing.assert_array_equal(a[0], b[0])
    for x, y in zip(a[1:4], b[1:4]):
        np.testing.assert_allclose(x, y, rtol=1e-12)
    for name in surfaces:
        np.testing.assert_allclose(a[4][name], b[4][name], rtol=1e-12)


@pytest.mark.parametrize("jitter", [0.0, 0.12])
def test_tetrahedra_are_exact_for_linear_fields(jitter):
    points, elements = body_centred(5, jitter)
    mesh = simplex_mesh(points, elements, np.zeros(len(elements), int), ("a",), {"all": outer_facets(points, elements)})
    assert mesh.cell_volume.sum() == pytest.approx(1.0, rel=1e-13)
    assert mesh.cell_volume.min() > 0.0
    assert mesh.edge_area.min() > 0.0
    assert mesh.boundaries["all"][1].sum() == pytest.approx(6.0, rel=1e-13)
    slope = np.array([1.0, -2.0, 0.5])
    flow = flow_out_of_nodes(mesh, mesh.nodes @ slope)
    inner = np.setdiff1d(np.arange(mesh.n_nodes), mesh.boundaries["all"][0])
    np.testing.assert_allclose(flow[inner], 0.0, atol=1e-13)


def test_triangles_are_exact_for_linear_fields():
    mesh = triangulate({"a": L_SHAPE, "b": SQUARE * 0.5}, 0.11, {"all": L_SHAPE[[0, 1, 2, 3, 4, 5, 0]]})
    for region, area in ((0, 2.75), (1, 0.25)):
        assert mesh.cell_volume[mesh.cell_region == region].sum() == pytest.approx(area, rel=1e-13)
    assert mesh.boundaries["all"][1].sum() == pytest.approx(8.0, rel=1e-13)
    flow = flow_out_of_nodes(mesh, mesh.nodes @ [1.0, -3.0])
    inner = np.setdiff1d(np.arange(mesh.n_nodes), mesh.boundaries["all"][0])
    np.testing.assert_allclose(flow[inner], 0.0, atol=1e-13)
    # what enters at the nodes of a boundary is its area times the slope
    sides = triangulate({"a": SQUARE}, 0.11, {"left": SQUARE[[0, 3]], "right": SQUARE[[1, 2]]})
    flow = flow_out_of_nodes(sides, sides.nodes[:, 0])
    for name, sign in (("left", 1.0), ("right", -1.0)):
        nodes, areas = sides.boundaries[name]
        np.testing.assert_allclose(flow[nodes], sign * areas, rtol=1e-12)


def test_bodies_of_revolution_have_their_volume_and_surface():
    cone = np.array([[0, 0], [1, 0], [0.4, 2], [0, 2.0]])  # radii 1 and 0.4, height 2
    mesh = triangulate({"a": cone}, 0.13, {"side": cone[[1, 2]], "axis": cone[[3, 0]]}, coordinates="axisymmetric")
    assert mesh.cell_volume.sum() == pytest.approx(np.pi * 2 / 3 * (1 + 0.4 + 0.16), rel=1e-13)
    assert mesh.boundaries["side"][1].sum() == pytest.approx(np.pi * 1.4 * np.hypot(0.6, 2), rel=1e-13)
    assert "axis" not in mesh.boundaries
    # a uniform flow along the axis has no divergence
    inner = np.setdiff1d(np.arange(mesh.n_nodes), mesh.boundaries["side"][0])
    z = mesh.nodes[:, 1]
    inner = inner[(z[inner] > 1e-9) & (z[inner] < 2 - 1e-9)]
    np.testing.assert_allclose(flow_out_of_nodes(mesh, z)[inner], 0.0, atol=1e-12)


def test_control_volumes_are_voronoi_cells():
    mesh = triangulate({"a": SQUARE}, 0.2)
    x = RNG.uniform(0, 1, (200_000, 2))
    from scipy.spatial import cKDTree

    share = np.bincount(cKDTree(mesh.nodes).query(x)[1], minlength=mesh.n_nodes) / len(x)
    assert np.abs(share - mesh.node_volume).max() < 5 * np.sqrt(mesh.node_volume.max() / len(x))


def test_numbering_orientation_and_unused_points_do_not_matter():
    points, elements = body_centred(3, 0.1)
    rng = np.random.default_rng(0)
    zeros = np.zeros(len(elements), int)
    first = simplex_mesh(points, elements, zeros, ("a",), {"all": outer_facets(points, elements)})
    order = rng.permutation(len(points) + 7)
    shuffled = np.full((len(points) + 7, 3), 9.0)
    shuffled[order[: len(points)]] = points
    turned = order[np.array([rng.permutation(e) for e in elements])][rng.permutation(len(elements))]
    facets = order[outer_facets(points, elements)]
    second = simplex_mesh(shuffled, turned, zeros, ("a",), {"all": facets})
    np.testing.assert_allclose(first.nodes, second.nodes)
    for a, b in zip(tables(first)[:4], tables(second)[:4]):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_flat_elements_add_nothing():
    points = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]])
    good = [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]]
    with_flat = simplex_mesh(points, [*good, [0, 4, 2]], np.zeros(5, int), ("a",), {})
    without = simplex_mesh(points, good, np.zeros(4, int), ("a",), {})
    np.testing.assert_array_equal(with_flat.edge_area, without.edge_area)
    assert len(with_flat.element_region) == 4


def test_extruded_tensor_mesh_is_the_tensor_mesh():
    top = [a[-1] for a in AXES]
    plane = rectilinear_mesh(AXES[:2], [Box("a", (0, 0), top[:2]), Box("b", (0, 0), (AXES[0][2], 9))])
    found = extruded(plane, AXES[2], low="front", high="back")
    wanted = rectilinear_mesh(AXES, [Box("a", (0, 0, 0), top), Box("b", (0, 0, 0), (AXES[0][2], 9, 9))])
    a, b = tables(found), tables(wanted)
    np.testing.assert_array_equal(a[0], b[0])
    for x, y in zip(a[1:4], b[1:4]):
        np.testing.assert_allclose(x, y, rtol=1e-12)
    assert a[4].keys() == b[4].keys()
    for name in b[4]:
        np.testing.assert_allclose(a[4][name], b[4][name], rtol=1e-12)
    assert len(found.elements["hexahedron"]) == len(wanted.elements["hexahedron"]) == len(found.element_region)


def test_extruded_triangles_are_prisms():
    plane = triangulate({"a": L_SHAPE}, 0.3, {"left": L_SHAPE[[5, 0]]})
    mesh = extruded(plane, [0.0, 0.1, 0.4])
    assert mesh.cell_volume.sum() == pytest.approx(1.2, rel=1e-13)
    assert mesh.boundaries["left"][1].sum() == pytest.approx(0.8, rel=1e-13)
    assert mesh.boundaries["top"][1].sum() == pytest.approx(3.0, rel=1e-13)
    assert mesh.elements["wedge"].shape == (2 * len(plane.element_region), 6)
