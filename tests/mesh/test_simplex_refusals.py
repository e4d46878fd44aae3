"""What is refused, and in which words."""

from __future__ import annotations

import numpy as np
import pytest

from npsolver.errors import InputError
from npsolver.mesh import extruded, simplex_mesh, triangulate

KITE = np.array([[0, 0], [2, 0], [1, 0.4], [1, -0.4]])  # the long diagonal is not Delaunay
KITE_ELEMENTS = np.array([[0, 1, 2], [0, 3, 1]])


def built(points=KITE, elements=KITE_ELEMENTS, regions=(0, 0), names=("a",), surfaces=None, **keywords):
    return simplex_mesh(np.array(points, dtype=float), elements, np.array(regions), names, surfaces or {}, **keywords)


def test_bad_edges_are_counted_and_named():
    with pytest.raises(InputError) as caught:
        built()
    text = str(caught.value)
    for part in ("not boundary-conforming Delaunay", "1 of 5 edges (20 %)", "(1, 0) m in 'a' (-1)", "triangulate"):
        assert part in text, text
    assert text.count("\n") == 0


def test_swapping_the_diagonal_cures():
    mesh = built(elements=[[2, 3, 0], [3, 2, 1]])
    assert mesh.edge_area.min() > 0.0
    assert mesh.cell_volume.sum() == pytest.approx(0.8)


def test_bad_edges_that_are_allowed_keep_their_sign():
    with pytest.warns(UserWarning, match="1 of 5 edges"):
        mesh = built(allow_bad_edges=True, points=[[0, 0], [2, 0], [1, 0.9], [1, -0.9]])
    assert mesh.edge_area.min() == pytest.approx(-0.19 / 0.9, rel=1e-12)
    assert mesh.cell_volume.sum() == pytest.approx(1.8, rel=1e-13)


def test_volumes_that_are_not_positive_are_never_allowed():
    refused = pytest.raises(InputError, match=r"control volumes have no positive volume.*too flat")
    with pytest.warns(UserWarning, match="edges"), refused:
        built(allow_bad_edges=True, points=[[0, 0], [2, 0], [1, 0.05], [1, -0.05]])


def test_an_edge_may_be_bad_in_one_region_only():
    # the triangles add up to a positive face, but the upper region's part is negative
    points, elements = [[0, 0], [2, 0], [1, 0.9], [1, -1.5]], [[0, 1, 2], [0, 3, 1]]
    assert built(points, elements).edge_area.min() > 0.0
    with pytest.raises(InputError, match="in 'up'"):
        built(points, elements, regions=(0, 1), names=("up", "down"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"points": [[0, 0], [1, 0], [0, 1], [5, 5], [6, 5], [5, 6]], "elements": [[0, 1, 2], [3, 4, 5]],
          "regions": (0, 1), "names": ("a", "b")}, r"2 parts that share no nodes \(a around .* b around .*Coherence"),
        ({"elements": np.empty((0, 3), int), "regions": np.empty(0, int)}, "has no triangles"),
        ({"elements": [[0, 1, 9], [0, 3, 1]]}, "elements refer to points that do not exist"),
        ({"elements": [[0, 1, 0], [0, 3, 0]]}, "all elements are flat"),
        ({"regions": (0, 1)}, "one region for every element"),
        ({"regions": (0,)}, "one region for every element"),
        ({"coordinates": "polar"}, "cartesian or axisymmetric"),
        ({"points": KITE - [1, 0], "coordinates": "axisymmetric"}, "radii >= 0"),
        ({"points": np.pad(KITE, ((0, 0), (0, 2)))}, "two or three coordinates"),
        ({"points": np.where(KITE == 2, np.nan, KITE)}, "finite points"),
        ({"surfaces": {"wall": [[0, 7]]}}, "wall refer to points that do not exist"),
        ({"points": [*KITE, [7, 7]], "surfaces": {"wall": [[0, 4]]}}, "'wall'.*belong to no element"),
    ],
)
def test_broken_meshes(change, words):
    with pytest.raises(InputError, match=words):
        built(**change)


def test_axisymmetric_tetrahedra_do_not_exist():
    with pytest.raises(InputError, match="r and z"):
        built(np.eye(4)[:, :3], [[0, 1, 2, 3]], (0,), coordinates="axisymmetric")


SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (({}, 0.1), "at least one region"),
        (({"a": SQUARE[:2]}, 0.1), "region 'a': expected at least 3 points"),
        (({"a": SQUARE * np.nan}, 0.1), "finite"),
        (({"a": SQUARE * 0}, 0.1), "no extent"),
        (({"a": SQUARE}, 0.0), "expected lengths"),
        (({"a": SQUARE}, -1.0), "expected lengths"),
        (({"a": SQUARE}, lambda x: np.full(len(x), np.nan)), "expected lengths"),
        (({"a": SQUARE}, 0.2, {"wall": SQUARE[:1]}), "surface 'wall': expected at least 2 points"),
        (({"a": SQUARE}, 0.2, {"wall": SQUARE[:2] + 0.3}), "'wall': lies on no boundary or interface"),
        (({"a": SQUARE, "b": SQUARE + 5}, 0.2), "share no nodes"),
    ],
)
def test_geometries_that_cannot_be_triangulated(arguments, words):
    with pytest.raises(InputError, match=words):
        triangulate(*arguments)


def test_what_cannot_be_extruded():
    plane = triangulate({"a": SQUARE}, 0.5, {"top": SQUARE[2:]})
    with pytest.raises(InputError, match="'top' is already"):
        extruded(plane, [0, 1])
    with pytest.raises(InputError, match="increasing heights"):
        extruded(plane, [0, 0], high="lid")
    with pytest.raises(InputError, match="two dimensions"):
        extruded(extruded(plane, [0, 1], high="lid"), [0, 1])
