"""Nodes split at interfaces and surfaces: volumes, areas and connections stay those of the whole mesh."""

from __future__ import annotations

import numpy as np
import pytest

from npsolver.mesh import extruded, triangulate
from npsolver.mesh.interval import SURFACE_THICKNESS
from npsolver.mesh.rectilinear import Box, Surface, rectilinear_mesh
from npsolver.mesh.split import split_mesh

LEFT, RIGHT = np.array([[0, 0], [2, 0], [2, 1], [0, 1]]), np.array([[2, 0], [3, 0], [3, 1], [2, 1]])


def boxes(coordinates="cartesian", dimension=2):
    axes = [np.linspace(0, 3, 7), np.linspace(0, 1, 4), np.linspace(0, 1, 3)][:dimension]
    parts = [Box("a", (0, 0, 0)[:dimension], (2, 1, 1)[:dimension]), Box("b", (2, 0, 0)[:dimension], (3, 1, 1)[:dimension])]
    low, high = (0.5, 1, 0)[:dimension], (3, 1, 1)[:dimension]
    return rectilinear_mesh(axes, parts, [Surface("lid", low, high)], coordinates=coordinates)


def triangles(coordinates="cartesian"):
    lines = {"right": [[3, 0], [3, 1]], "lid": [[0, 1], [3, 1]]}
    size = lambda x: np.full(len(x), 0.4)  # noqa: E731
    regions = {"a": LEFT, "b": RIGHT}
    return triangulate(regions, size, {k: np.array(v, float) for k, v in lines.items()}, coordinates=coordinates)


MESHES = {
    "boxes": (boxes, 1.0),
    "r-z": (lambda: boxes("axisymmetric"), 4 * np.pi),
    "space": (lambda: boxes(dimension=3), 1.0),
    "triangles": (triangles, 1.0),
    "triangles r-z": (lambda: triangles("axisymmetric"), 4 * np.pi),
    "prisms": (lambda: extruded(triangles(), np.linspace(0, 2, 4)), 2.0),
}


@pytest.mark.parametrize(("make", "area"), MESHES.values(), ids=MESHES)
def test_measures_are_kept(make, area):
    mesh = make()
    split = split_mesh(mesh, np.array([0, 1]), {"right": np.array([True, True]), "lid": np.array([False, True])})
    thin = split.edge_region >= 2
    assert split.n_edges - thin.sum() == mesh.n_edges
    np.testing.assert_allclose(split.cell_volume, mesh.cell_volume)
    np.testing.assert_array_equal(split.nodes[split.cell_node], mesh.nodes[mesh.cell_node])
    # every edge lies in the region of both its ends; the two nodes of a thin one are at one place
    kinds = np.array(split.interfaces)[split.edge_region[thin] - 2]
    k, l = split.edges[thin].T
    np.testing.assert_array_equal(split.nodes[k], split.nodes[l])
    between = kinds.min(axis=1) >= 0
    assert split.edge_area[thin][between].sum() == pytest.approx(area)
    names = list(split.boundaries)
    for name, (nodes, areas) in split.boundaries.items():
        assert areas.sum() == pytest.approx(mesh.boundaries[name][1].sum())
        outside = ~np.isin(nodes, split.cell_node)
        own = kinds.min(axis=1) == -1 - names.index(name)
        assert split.edge_area[thin][own].sum() == pytest.approx(areas[outside].sum(), abs=1e-14)
        assert outside.any() == (name in ("right", "lid"))
        assert np.all(np.isin(split.inside_of(nodes), split.cell_node))
    assert split.edge_length[thin].max() < 2 * SURFACE_THICKNESS * mesh.edge_length.max()
    regions = np.repeat(split.element_region, [c.shape[1] for c in split.elements.values() for _ in c])
    corners = np.concatenate([c.ravel() for c in split.elements.values()])
    pairs = set(zip(split.cell_node.tolist(), split.cell_region.tolist()))
    assert set(zip(corners.tolist(), regions.tolist())) <= pairs


def test_one_phase_and_nothing_outside_is_the_same_mesh():
    mesh = boxes()
    split = split_mesh(mesh, np.array([0, 0]), {})
    assert split.interfaces == ()
    np.testing.assert_array_equal(split.edges, mesh.edges)
    np.testing.assert_array_equal(split.cell_node, mesh.cell_node)
