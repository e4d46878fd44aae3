"""Prisms with other regions in every layer, against tensor meshes and exact volumes."""

from __future__ import annotations

import numpy as np
import pytest
from simplex_meshes import flow_out_of_nodes

from npsolver.errors import InputError
from npsolver.mesh import triangulate
from npsolver.mesh.layered import layered
from npsolver.mesh.locate import element_weights
from npsolver.mesh.rectilinear import Box, Surface, rectilinear_mesh

ANGLE = np.linspace(0, 2 * np.pi, 33)[:-1]
SQUARE = np.array([[-2, -2], [2, -2], [2, 2], [-2, 2.0]])
DISC = np.column_stack([np.cos(ANGLE), np.sin(ANGLE)])
DISC_AREA = 16 * np.sin(2 * np.pi / 32)
LOW, MIDDLE, HIGH = np.linspace(-2, 0, 5), np.linspace(0, 1, 4), np.linspace(1, 3, 5)


def pore(membrane=""):
    plane = triangulate({"rest": SQUARE, "disc": DISC}, 0.4)
    both = {"rest": "low", "disc": "low"}
    return layered(
        plane,
        [(LOW, both), (MIDDLE, {"rest": membrane, "disc": "pore"}), (HIGH, dict.fromkeys(both, "high"))],
        {
            "bottom": lambda x, _: x[:, 2] == -2.0,
            "wall": lambda x, beside: (beside == "pore").any(axis=1) & (beside == membrane).any(axis=1),
            "face": lambda x, beside: (x[:, 2] == 0.0) & (beside == membrane).any(axis=1),
        },
    )


@pytest.mark.parametrize("membrane", ["", "membrane"])
def test_a_cylinder_pore_between_reservoirs(membrane):
    mesh = pore(membrane)
    volume = dict(zip(mesh.region_names, np.bincount(mesh.cell_region, mesh.cell_volume)))
    wanted = {"low": 32.0, "pore": DISC_AREA, "high": 32.0}
    if membrane:
        wanted[membrane] = 16.0 - DISC_AREA
    assert volume == pytest.approx(wanted, rel=1e-12)
    area = {name: a.sum() for name, (_, a) in mesh.boundaries.items()}
    side = 64 * np.sin(np.pi / 32)
    assert area == pytest.approx({"bottom": 16.0, "wall": side, "face": 16 - DISC_AREA}, rel=1e-12)
    assert mesh.edge_area.min() > 0.0
    assert mesh.elements["wedge"].max() == mesh.n_nodes - 1
    assert len(mesh.element_region) == len(mesh.elements["wedge"])
    radius = np.hypot(*mesh.nodes[mesh.boundaries["wall"][0], :2].T)
    assert (radius > 0.99).all()
    # exact for linear values away from the surfaces
    flow = flow_out_of_nodes(mesh, mesh.nodes @ [1.0, -2.0, 0.5])
    inner = (np.abs(mesh.nodes[:, :2]) < 1.99).all(axis=1) & (np.abs(mesh.nodes[:, 2] - 0.5) < 2.4)
    if not membrane:
        inner &= (mesh.nodes[:, 2] < -1e-9) | (mesh.nodes[:, 2] > 1 + 1e-9) | (np.hypot(*mesh.nodes[:, :2].T) < 0.99)
        inner &= ~((np.abs(mesh.nodes[:, 2] - 0.5) < 0.51) & (np.hypot(*mesh.nodes[:, :2].T) > 0.99))
    np.testing.assert_allclose(flow[inner], 0.0, atol=1e-12)


@pytest.mark.parametrize("hole", [False, True])
def test_layers_of_boxes_are_the_tensor_mesh(hole):
    x, y = np.array([0, 0.3, 1.0, 1.5]), np.array([0, 0.5, 0.7])
    low, high = np.array([0, 0.2, 0.5]), np.array([0.5, 1.1, 1.2])
    plane = rectilinear_mesh([x, y], [Box("a", (0, 0), (1.0, 0.7)), Box("b", (1.0, 0), (1.5, 0.7))])
    upper = {"a": "" if hole else "u", "b": "v"}
    on = lambda at: lambda c, _: np.abs(c[:, 2] - at) < 1e-12  # noqa: E731
    side = lambda c, beside: (np.abs(c[:, 0] - 1.5) < 1e-12) & (c[:, 2] < 0.5)  # noqa: E731
    found = layered(plane, [(low, {"a": "s", "b": "s"}), (high, upper)], {"front": on(0.0), "side": side})
    boxes = [Box("s", (0, 0, 0), (1.5, 0.7, 0.5)), Box("v", (1.0, 0, 0.5), (1.5, 0.7, 1.2))]
    if not hole:
        boxes.insert(1, Box("u", (0, 0, 0.5), (1.0, 0.7, 1.2)))
    axes = [x, y, np.append(low, high[1:])]
    wanted = rectilinear_mesh(axes, boxes, [Surface("side", (1.5, 0, 0), (1.5, 0.7, 0.5))])
    a, b = tables(found), tables(wanted)
    for name in a:
        np.testing.assert_array_equal(a[name][0], b[name][0])
        np.testing.assert_allclose(a[name][1], b[name][1], rtol=1e-12)
    np.testing.assert_allclose(len(found.elements["hexahedron"]), len(wanted.elements["hexahedron"]))


def tables(mesh):
    """What belongs to which places and regions, and how large it is, in an order of places."""
    rank = np.empty(mesh.n_nodes, dtype=int)
    rank[np.lexsort(mesh.nodes.T)] = np.arange(mesh.n_nodes)
    names = np.array(sorted(mesh.region_names))
    order = np.array([names.tolist().index(name) for name in mesh.region_names])
    found = {
        "edges": (np.column_stack([np.sort(rank[mesh.edges], axis=1), order[mesh.edge_region]]), mesh.edge_area),
        "cells": (np.column_stack([rank[mesh.cell_node], order[mesh.cell_region]]), mesh.cell_volume),
    }
    for name in ("front", "side"):
        nodes, areas = mesh.boundaries[name]
        found[name] = (rank[nodes][:, None], areas)
    return {name: (key[o := np.lexsort(key.T)], value[o]) for name, (key, value) in found.items()}


@pytest.mark.parametrize(
    ("layers", "surfaces", "words"),
    [
        ([], {}, "at least one layer"),
        ([([0, 0], {"a": "x"})], {}, "layer 1: expected at least two increasing heights"),
        ([([0, 1], {"a": "x"}), ([2, 3], {"a": "y"})], {}, "layer 2: begins at 2 m, but the one below ends at 1 m"),
        ([([0, 1], {"b": "x"})], {}, r"'b' is no region of the plane mesh \(a\)"),
        ([([0, 1], {"a": ""})], {}, "at least one region"),
        ([([0, 1], {"a": "x"}), ([1, 2], {}), ([2, 3], {"a": "y"})], {}, "2 parts that share no nodes"),
        ([([0, 1], {"a": "x"})], {"lid": lambda c, _: c[:, 2] > 5}, "'lid': lies on no outer surface"),
    ],
)
def test_refusals(layers, surfaces, words):
    with pytest.raises(InputError, match=words):
        layered(triangulate({"a": SQUARE}, 2.0), layers, surfaces)
    with pytest.raises(InputError, match="in two dimensions"):
        layered(pore(), [([0, 1], {})])


def test_values_between_nodes_of_prisms():
    mesh = pore("membrane")
    points = np.array([[0.1, 0.2, 0.5], [1.3, -1.7, -1.9], [1.5, 1.5, 0.5], [0.0, 0.0, 3.0], [5.0, 0.0, 0.0]])
    nodes, weights, owner = element_weights(mesh, points)
    assert [mesh.region_names[r] if r >= 0 else "" for r in owner] == ["pore", "low", "membrane", "high", ""]
    np.testing.assert_allclose(np.einsum("ij,ijk->ik", weights[:4], mesh.nodes[nodes[:4]]), points[:4], atol=1e-12)
