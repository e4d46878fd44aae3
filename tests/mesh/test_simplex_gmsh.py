"""Gmsh files: a disc in a rectangle as Gmsh 4.15 wrote it, tetrahedra, and files that are wrong in every known way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from simplex_meshes import cut_grid, facets_at

from npsolver.case.mesh_file import read_gmsh
from npsolver.errors import InputError

meshio = pytest.importorskip("meshio")
DATA = Path(__file__).parent.parent / "data"


@pytest.mark.parametrize("version", ["22", "41"])
def test_groups_become_regions_and_boundaries(version):
    mesh = read_gmsh(DATA / f"mesh_disk_{version}.msh", scale=1e-9, required=("disk", "water", "left"))
    assert mesh.region_names == ("disk", "water")
    assert set(mesh.boundaries) == {"left", "right"}
    assert mesh.cell_volume.sum() == pytest.approx(2e-18, rel=1e-12)
    assert mesh.boundaries["left"][1].sum() == pytest.approx(1e-9, rel=1e-12)
    assert 0.9 < mesh.cell_volume[mesh.cell_region == 0].sum() / (np.pi * 0.0625e-18) < 1.0
    assert mesh.edge_area.min() > 0.0
    np.testing.assert_allclose(mesh.nodes[mesh.boundaries["right"][0], 0], 2e-9)


def test_plane_meshes_can_be_bodies_of_revolution():
    mesh = read_gmsh(DATA / "mesh_disk_41.msh", coordinates="axisymmetric")
    assert mesh.cell_volume.sum() == pytest.approx(4 * np.pi, rel=1e-12)
    assert set(mesh.boundaries) == {"right"}  # the other one is the axis


def test_bad_edges_are_refused_with_the_name_of_the_file():
    with pytest.raises(InputError, match=r"mesh_disk_bad\.msh: mesh: .*2 of \d+ edges \(0\.\d+ %\).*repair = true"):
        read_gmsh(DATA / "mesh_disk_bad.msh")
    with pytest.warns(UserWarning, match="2 of"):
        assert read_gmsh(DATA / "mesh_disk_bad.msh", allow_bad_edges=True).edge_area.min() < 0


def test_bad_edges_can_be_repaired():
    bad = meshio.gmsh.read(DATA / "mesh_disk_bad.msh")
    mesh = read_gmsh(DATA / "mesh_disk_bad.msh", repair=True)
    assert mesh.edge_area.min() > 0.0
    assert mesh.region_names == ("disk", "water")
    assert mesh.cell_volume.sum() == pytest.approx(2.0, rel=1e-12)
    assert {name: areas.sum() for name, (_, areas) in mesh.boundaries.items()} == pytest.approx(
        {"left": 1.0, "right": 1.0}
    )
    assert mesh.n_nodes <= len(bad.points) + 8


@pytest.mark.parametrize("kind", ["gmsh22", "gmsh"])
def test_tetrahedra(tmp_path, kind):
    points, elements = cut_grid([np.linspace(0, 1, 4)] * 3)
    regions = np.where(points[elements].mean(axis=1)[:, 2] > 2 / 3, 1, 2)
    left = facets_at(points, elements, 0, 0.0)
    cells = [("tetra", elements), ("triangle", left)]
    tags = [regions, np.full(len(left), 3)]
    file = meshio.Mesh(
        points, cells, cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags},
        field_data={"up": np.array([1, 3]), "down": np.array([2, 3]), "left": np.array([3, 2])},
    )
    if kind == "gmsh":
        pytest.importorskip("gmsh")
        meshio.write(tmp_path / "old.msh", file, file_format="gmsh22")
        path = _rewritten(tmp_path)
    else:
        path = tmp_path / "box.msh"
        meshio.write(path, file, file_format="gmsh22")
    mesh = read_gmsh(path)
    assert mesh.region_names == ("up", "down")
    assert mesh.dimension == 3
    np.testing.assert_allclose(np.bincount(mesh.cell_region, mesh.cell_volume), [1 / 3, 2 / 3], rtol=1e-12)
    assert mesh.boundaries["left"][1].sum() == pytest.approx(1.0, rel=1e-12)


def _rewritten(folder):
    """The file as Gmsh itself writes it in its present format, binary."""
    import gmsh

    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.open(str(folder / "old.msh"))
        gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
        gmsh.option.setNumber("Mesh.Binary", 1)
        gmsh.write(str(folder / "new.msh"))
    finally:
        gmsh.finalize()
    return folder / "new.msh"


HEAD = "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n"
NAMES = '$PhysicalNames\n2\n1 1 "wall"\n2 2 "water"\n$EndPhysicalNames\n'
NODES = "$Nodes\n4\n1 0 0 0\n2 1 0 0\n3 1 1 0\n4 0 1 0\n$EndNodes\n"


def elements(*lines):
    body = "".join(f"{i + 1} {line}\n" for i, line in enumerate(lines))
    return f"$Elements\n{len(lines)}\n{body}$EndElements\n"


WALL, FIRST, SECOND = "1 2 1 1 1 2", "2 2 2 1 1 2 3", "2 2 2 1 1 3 4"
GOOD = elements(WALL, FIRST, SECOND)


@pytest.mark.parametrize(
    ("text", "keywords", "words"),
    [
        (None, {}, "there is no such file"),
        ("", {}, "no complete Gmsh .msh file"),
        ("hello", {}, "no complete Gmsh .msh file"),
        (HEAD, {}, "no triangles or tetrahedra"),
        (HEAD + NAMES + NODES + GOOD[:40], {}, "no complete Gmsh .msh file"),
        (HEAD.replace("2.2", "9.9") + NODES + GOOD, {}, "no complete Gmsh .msh file"),
        (HEAD + NAMES + NODES + elements(WALL), {}, "no triangles or tetrahedra"),
        (HEAD + NODES + elements("1 2 0 1 1 2", "2 2 0 1 1 2 3", "2 2 0 1 1 3 4"), {},
         r"no physical group of surfaces.*Physical Surface\("),
        (HEAD + NAMES + NODES + elements(WALL, FIRST, "2 2 0 1 1 3 4"), {}, "1 triangles in no physical group"),
        (HEAD + NAMES + NODES + GOOD, {"required": ("membrane",)},
         r"no physical group 'membrane'; regions \(surfaces\): water; boundaries \(curves\): wall"),
        (HEAD + NAMES + NODES + elements(WALL, "3 2 2 1 1 2 3 4"), {}, "elements of type 'quad'.*first-order"),
        (HEAD + NAMES + NODES.replace("1 1 0", "1 1 0.5") + GOOD, {}, "surface in space.*z varies by 0.5"),
        (HEAD + NAMES + NODES + elements(FIRST, SECOND, "2 2 7 1 1 2 3"), {}, "1 elements twice, in '(water|7)' and"),
        (HEAD + NAMES + NODES + GOOD, {"scale": 0.0}, "scale > 0"),
        (HEAD + NAMES + NODES + GOOD, {"coordinates": "polar"}, "cartesian or axisymmetric"),
    ],
)
def test_broken_files_get_one_sentence(tmp_path, text, keywords, words):
    path = tmp_path / "broken.msh"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_gmsh(path, **keywords)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_second_order_elements_are_refused(tmp_path):
    nodes = NODES.replace("$Nodes\n4", "$Nodes\n6").replace("$EndNodes", "5 0.5 0 0\n6 1 0.5 0\n$EndNodes")
    nodes = nodes.replace("$Nodes\n6", "$Nodes\n7").replace("$EndNodes", "7 0.5 0.5 0\n$EndNodes")
    path = tmp_path / "second.msh"
    path.write_text(HEAD + NAMES + nodes + elements("9 2 2 1 1 2 3 5 6 7"))
    with pytest.raises(InputError, match=r"'triangle6'.*ElementOrder = 1"):
        read_gmsh(path)


def test_parts_that_share_no_nodes_are_refused(tmp_path):
    nodes = "$Nodes\n6\n1 0 0 0\n2 1 0 0\n3 0 1 0\n4 1 0 0\n5 0 1 0\n6 1 1 0\n$EndNodes\n"
    path = tmp_path / "twice.msh"
    path.write_text(HEAD + NAMES + nodes + elements(FIRST, "2 2 2 1 4 6 5"))
    with pytest.raises(InputError, match="2 parts that share no nodes"):
        read_gmsh(path)


def test_groups_without_a_name_are_called_after_their_number(tmp_path):
    path = tmp_path / "numbers.msh"
    path.write_text(HEAD + NODES + GOOD)
    mesh = read_gmsh(path)
    assert mesh.region_names == ("2",)
    assert set(mesh.boundaries) == {"1"}


def test_without_meshio_one_sentence(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "meshio", None)
    monkeypatch.setitem(sys.modules, "meshio.gmsh", None)
    with pytest.raises(InputError, match="needs meshio"):
        read_gmsh(DATA / "mesh_disk_41.msh")
