"""Coarser tensor grids and interpolation from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npsolver.mesh.nesting import thinned
from npsolver.mesh.rectilinear import Box, Surface, rectilinear_mesh
from npsolver.mesh.split import split_mesh


def graded(n, length):
    return length * np.expm1(2.0 * np.arange(n + 1) / n) / np.expm1(2.0)


def bent():
    """An L with a hole, two regions and a named part of a surface."""
    axes = [np.union1d(graded(40, 4.0), [1.0, 2.0, 3.0]), np.union1d(graded(30, 3.0), [1.0, 1.5, 2.0])]
    boxes = [
        Box("a", (0.0, 0.0), (4.0, 1.5)), Box("b", (0.0, 1.5), (2.0, 3.0)), Box("", (1.0, 1.0), (2.0, 2.0)),
    ]
    return rectilinear_mesh(axes, boxes, [Surface("gate", (2.0, 1.5), (3.0, 1.5))])


def solid(coordinates):
    dim = 2 if coordinates == "axisymmetric" else 3
    return rectilinear_mesh([graded(12, 1.0)] * dim, [Box("a", (0.0,) * dim, (1.0,) * dim)], coordinates=coordinates)


def membrane():
    """Two phases whose nodes are split, and nodes outside on the left of both and on the gate."""
    outside = {"left": np.array([True, True]), "gate": np.array([True, False])}
    return split_mesh(bent(), np.array([0, 1]), outside)


MESHES = {"split": membrane, "bent": bent, "r-z": lambda: solid("axisymmetric"), "box": lambda: solid("cartesian")}


@given(st.lists(st.integers(0, 200), min_size=2, max_size=40, unique=True), st.data())
def test_lines_that_are_needed_stay_and_three_of_four_others_go(positions, data):
    axis = np.array(sorted(positions), dtype=float)
    needed = np.array(data.draw(st.lists(st.sampled_from(positions), max_size=5)), dtype=float)
    kept = thinned(axis, np.append(needed, -0.5))
    assert np.isin(needed, axis[kept]).all()
    assert kept[0] == 0
    assert kept[-1] == axis.size - 1
    assert np.diff(kept).min() >= 1
    assert np.diff(kept).max() <= 4
    ends = np.unique(np.append(needed, axis[[0, -1]]))
    assert kept.size <= axis.size / 4 + 2 * ends.size


@pytest.mark.parametrize("shape", MESHES)
def test_coarser_mesh_has_the_same_regions_surfaces_and_volume(shape):
    mesh = MESHES[shape]()
    coarse, _ = mesh.nesting.coarser()
    assert coarse.n_nodes < 0.3 * mesh.n_nodes
    assert coarse.region_names == mesh.region_names
    assert set(coarse.boundaries) == set(mesh.boundaries)
    for r in range(len(mesh.region_names)):
        volumes = [m.cell_volume[m.cell_region == r].sum() for m in (coarse, mesh)]
        assert volumes[0] == pytest.approx(volumes[1], rel=1e-12)
    for name, (_, areas) in mesh.boundaries.items():
        assert coarse.boundaries[name][1].sum() == pytest.approx(areas.sum(), rel=1e-12)


@pytest.mark.parametrize("shape", MESHES)
def test_interpolation_keeps_linear_fields_and_amounts(shape):
    mesh = MESHES[shape]()
    coarse, interpolation = mesh.nesting.coarser()
    slopes = np.arange(2.0, 2.0 + 3 * mesh.dimension).reshape(mesh.dimension, 3)
    assert np.allclose(interpolation.prolong(coarse.nodes @ slopes), mesh.nodes @ slopes, rtol=1e-12, atol=1e-12)
    values = np.random.default_rng(1).random((coarse.n_nodes, 2))
    assert np.array_equal(interpolation.inject(interpolation.prolong(values)), values)
    assert np.array_equal(interpolation.inject(mesh.nodes), coarse.nodes)
    amounts = np.random.default_rng(2).random((mesh.n_nodes, 2))
    assert np.allclose(interpolation.collect(amounts).sum(axis=0), amounts.sum(axis=0), rtol=1e-12)


def test_no_crossing_outside_the_domain_has_weight():
    mesh = bent()
    coarse, interpolation = mesh.nesting.coarser()
    assert np.allclose(interpolation.prolong(np.ones((coarse.n_nodes, 1))), 1.0, rtol=0.0, atol=1e-14)


def test_grids_of_few_lines_have_no_coarser_one():
    mesh = rectilinear_mesh([np.arange(3.0)] * 2, [Box("a", (0.0, 0.0), (2.0, 2.0))])
    assert mesh.nesting.coarser() is None


def test_values_of_one_phase_do_not_reach_the_other():
    mesh = membrane()
    coarse, interpolation = mesh.nesting.coarser()
    kinds = np.unique(mesh.nesting.kind)
    assert kinds.size == 5
    assert np.array_equal(np.unique(coarse.nesting.kind), kinds)
    prolonged = interpolation.prolong(coarse.nesting.kind[:, None].astype(float))
    assert np.allclose(prolonged[:, 0], mesh.nesting.kind, rtol=1e-13)
