"""Measures, interfaces and graded families of one-dimensional meshes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npsolver.errors import InputError
from npsolver.mesh import Geometry, SizeSource, graded_positions, interval_mesh


def volume(coordinates, a, b):
    return {
        "cartesian": b - a,
        "cylindrical": np.pi * (b**2 - a**2),
        "spherical": 4 / 3 * np.pi * (b**3 - a**3),
    }[coordinates]


def area(coordinates, r):
    return {"cartesian": 1.0, "cylindrical": 2 * np.pi * r, "spherical": 4 * np.pi * r**2}[coordinates]


@st.composite
def layouts(draw):
    """A geometry with node positions that contain its interfaces."""
    coordinates = draw(st.sampled_from(["cartesian", "cylindrical", "spherical"]))
    lengths = draw(st.lists(st.floats(1e-9, 1e-3), min_size=1, max_size=4))
    origin = draw(st.sampled_from([0.0, 1e-6, 2e-3]))
    geometry = Geometry(coordinates, tuple((f"r{i}", v) for i, v in enumerate(lengths)), origin)
    parts = []
    for start, end in zip(geometry.interfaces[:-1], geometry.interfaces[1:]):
        steps = np.array(draw(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=6)))
        parts.append(start + (end - start) * np.concatenate([[0.0], np.cumsum(steps)[:-1] / steps.sum()]))
    return geometry, np.concatenate([*parts, [geometry.interfaces[-1]]])


@given(layouts(), st.booleans(), st.sets(st.sampled_from(["left", "right"])))
def test_measures_are_exact(layout, split, outside):
    geometry, x = layout
    if not np.all(np.diff(x) > 0):
        return  # a layer thinner than the rounding of its position
    mesh = interval_mesh(geometry, x, split=split, outside=outside)
    kind = geometry.coordinates
    assert mesh.node_volume.sum() == pytest.approx(volume(kind, x[0], x[-1]), rel=1e-12)
    # an exact difference of volumes needs digits that a small region beside a large radius does not have
    for r, (a, b) in enumerate(zip(geometry.interfaces[:-1], geometry.interfaces[1:])):
        found = mesh.cell_volume[mesh.cell_region == r].sum()
        slack = 1e-15 * b / (b - a)
        assert found == pytest.approx(volume(kind, a, b), rel=1e-12 + 10 * slack)
    real = mesh.edge_region < len(mesh.region_names)
    assert mesh.edge_length[real].sum() == pytest.approx(x[-1] - x[0], rel=1e-12)
    middle = mesh.nodes[mesh.edges, 0].mean(axis=1)
    np.testing.assert_allclose(mesh.edge_area, [area(kind, r) for r in middle], rtol=1e-12, atol=1e-300)
    for name, place in (("left", x[0]), ("right", x[-1])):
        if name in mesh.boundaries:
            nodes, areas = mesh.boundaries[name]
            assert mesh.nodes[nodes, 0] == place
            assert areas == pytest.approx(area(kind, place))
    assert ("left" in mesh.boundaries) == ("left" in geometry.boundary_names)


@given(layouts())
def test_split_interfaces_have_two_nodes_and_one_surface_edge(layout):
    geometry, x = layout
    n_interfaces = len(geometry.regions) - 1
    whole, split = interval_mesh(geometry, x), interval_mesh(geometry, x, split=True)
    assert whole.interfaces == ()
    assert split.n_nodes == whole.n_nodes + n_interfaces
    assert split.interfaces == tuple((r, r + 1) for r in range(n_interfaces))
    assert split.n_cells == split.n_nodes  # no node owns parts of two regions
    surface = np.flatnonzero(split.edge_region >= len(geometry.regions))
    np.testing.assert_array_equal(np.sort(split.nodes[split.edges[surface, 0], 0]), geometry.interfaces[1:-1])
    np.testing.assert_array_equal(*split.nodes[split.edges[surface], 0].T)
    np.testing.assert_allclose(np.sort(split.cell_volume), np.sort(whole.cell_volume), rtol=1e-13)


def test_outside_nodes():
    geometry = Geometry("cartesian", (("a", 1.0),))
    mesh = interval_mesh(geometry, np.linspace(0, 1, 5), outside=["left", "right"])
    assert mesh.n_nodes == 7
    assert mesh.interfaces == ((-1, 0), (0, -2))
    np.testing.assert_array_equal(mesh.nodes[:, 0], [0, 0, 0.25, 0.5, 0.75, 1, 1])
    np.testing.assert_array_equal(mesh.edges, [[i, i + 1] for i in range(6)])
    # outside nodes own no volume
    assert set(mesh.cell_node) == {1, 2, 3, 4, 5}
    assert mesh.boundaries["left"][0] == [0]
    assert mesh.boundaries["right"][0] == [6]


def test_cells_of_an_interface_node():
    geometry = Geometry("cartesian", (("a", 1.0), ("b", 2.0)))
    mesh = interval_mesh(geometry, np.array([0.0, 0.5, 1.0, 3.0]))
    cells = sorted(zip(mesh.cell_node.tolist(), mesh.cell_region.tolist(), mesh.cell_volume.tolist()))
    assert cells == [(0, 0, 0.25), (1, 0, 0.5), (2, 0, 0.25), (2, 1, 1.0), (3, 1, 1.0)]
    np.testing.assert_array_equal(mesh.edge_region, [0, 0, 1])
    assert mesh.edges.dtype == mesh.cell_node.dtype == np.int32


SOURCES = [SizeSource(0.0, 1e-4), SizeSource(1.0, 1e-3), SizeSource(3.0, 2e-2)]


def test_graded_positions_follow_the_wanted_sizes():
    x = graded_positions([0.0, 1.0, 3.0], SOURCES, growth=0.1, largest=0.1)
    assert (np.diff(x) > 0).all()
    assert {0.0, 1.0, 3.0} <= set(x.tolist())
    h, middle = np.diff(x), 0.5 * (x[1:] + x[:-1])
    wanted = np.minimum.reduce([s.size + 0.1 * np.abs(middle - s.position) for s in SOURCES] + [np.full(h.size, 0.1)])
    np.testing.assert_allclose(h, wanted, rtol=0.2)
    ratio = h[1:] / h[:-1]
    assert np.maximum(ratio, 1 / ratio).max() < 1.25


def test_refined_meshes_are_one_family():
    """Twice the edges: every second node is a node of the coarse mesh, so that errors can be extrapolated."""
    breakpoints = [0.0, 0.3, 1.0, 3.0]
    coarse = graded_positions(breakpoints, SOURCES, growth=0.1, largest=0.1)
    for refine in (2, 4):
        fine = graded_positions(breakpoints, SOURCES, growth=0.1, largest=0.1, refine=refine)
        ends = [np.flatnonzero(np.isin(x, breakpoints)) for x in (coarse, fine)]
        for a, b, c, d in zip(ends[0], ends[0][1:], ends[1], ends[1][1:]):
            assert abs((d - c) - refine * (b - a)) <= refine // 2
            share = np.arange(b - a + 1) / (b - a)
            nested = np.interp(share, np.arange(d - c + 1) / (d - c), fine[c : d + 1])
            np.testing.assert_allclose(nested, coarse[a : b + 1], atol=0.12 * np.diff(coarse[a : b + 1]).max())


@pytest.mark.parametrize("nodes", [7, 20, 101, 1000])
def test_number_of_nodes(nodes):
    x = graded_positions([0.0, 1.0, 3.0], SOURCES, growth=0.1, largest=0.1, nodes=nodes)
    assert x.size == nodes
    assert (np.diff(x) > 0).all()


def test_edges_are_longer_than_the_last_digits_of_positions():
    """Far from the origin the shortest edges wanted cannot be told from nothing."""
    x = graded_positions([0.0, 1.0, 2.0], [SizeSource(2.0, 1e-19), SizeSource(0.0, 1e-19)], growth=0.2, largest=0.1)
    assert np.diff(x).min() < 1e-18  # at the origin
    assert np.diff(x[x > 1.0]).min() > 1e-15
    assert {0.0, 1.0, 2.0} <= set(x.tolist())


def test_at_least_two_edges_per_segment():
    x = graded_positions([0.0, 1e-9, 1.0, 1.0 + 1e-9], [], growth=0.0, largest=0.5)
    assert [np.count_nonzero((x > a) & (x < b)) for a, b in zip([0, 1e-9, 1], [1e-9, 1, 1 + 1e-9])] == [1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("polar", (("a", 1.0),)), "coordinates"),
        (("cartesian", ()), "geometry"),
        (("cartesian", (("a", 1.0), ("a", 2.0))), "region 'a'"),
        (("cartesian", (("a", 0.0),)), "length"),
        (("cartesian", (("a", -1.0),)), "length"),
        (("cartesian", (("a", float("nan")),)), "length"),
        (("spherical", (("a", 1.0),), -1.0), "inner_radius"),
        (("cylindrical", (("a", 1.0),), float("inf")), "inner_radius"),
    ],
)
def test_wrong_geometry(arguments, key):
    with pytest.raises(InputError, match=key):
        Geometry(*arguments)


def test_geometry_names_places():
    geometry = Geometry("spherical", (("a", 1.0), ("b", 2.0)))
    assert geometry.interfaces == (0.0, 1.0, 3.0)
    assert geometry.length == 3.0
    assert geometry.extent("b") == (1.0, 3.0)
    assert geometry.boundary_names == ("right",)
    assert Geometry("spherical", (("a", 1.0),), 0.5).boundary_names == ("left", "right")
