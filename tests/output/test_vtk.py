"""ParaView files read back by an independent reader: meshes of every kind, jumps, vectors, histories."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from npsolver.errors import InputError
from npsolver.mesh import Geometry, extruded, interval_mesh, simplex_mesh, triangulate
from npsolver.mesh.recovery import cell_vectors
from npsolver.mesh.rectilinear import Box, rectilinear_mesh
from npsolver.model import Model, Region, Species
from npsolver.output.vtk import write_vtk
from npsolver.stepping.solution import Solution
from npsolver.units import FARADAY

meshio = pytest.importorskip("meshio")
VECTOR = np.array([1.0, -2.0, 3.0])
SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
HALF = SQUARE * [0.5, 1.0]
TETRAHEDRON = np.array([[0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1.0]])


def plane():
    return triangulate({"a": SQUARE, "b": HALF}, 0.3, {"left": SQUARE[[3, 0]]})


MESHES = {
    "line": lambda: interval_mesh(Geometry("cartesian", (("a", 1.0), ("b", 2.0))), np.linspace(0, 3, 7)),
    "line, split": lambda: interval_mesh(
        Geometry("cartesian", (("a", 1.0), ("b", 2.0))), np.linspace(0, 3, 7), split=True, outside=["left"]
    ),
    "quad": lambda: rectilinear_mesh(
        [np.linspace(0, 1, 5)] * 2, [Box("a", (0, 0), (1, 1)), Box("b", (0, 0), (0.5, 1))], coordinates="axisymmetric"
    ),
    "hexahedron": lambda: rectilinear_mesh(
        [np.linspace(0, 1, 5)] * 3, [Box("a", (0, 0, 0), (1, 1, 1)), Box("b", (0, 0, 0), (0.5, 1, 1))]
    ),
    "triangle": plane,
    "wedge": lambda: extruded(plane(), [0.0, 0.1, 0.3]),
    "tetra": lambda: simplex_mesh(TETRAHEDRON, [[0, 1, 2, 3]], [0], ("a",), {}),
}


def solution(mesh, n_frames=1, axis_name="", seed=0):
    rng = np.random.default_rng(seed)
    species = (Species("K+", 1, 1e-9), Species("Cl-", -1, 2e-9))
    regions = tuple(Region(r, fixed_charge=10.0 * i, porosity=1 - 0.5 * i) for i, r in enumerate(mesh.region_names))
    direction = (mesh.nodes[mesh.edges[:, 1]] - mesh.nodes[mesh.edges[:, 0]]) / mesh.edge_length[:, None]
    along = direction @ VECTOR[: mesh.dimension]
    flux = np.arange(1, n_frames + 1)[:, None, None] * np.array([1.0, -2.0])[:, None] * along
    return Solution(
        model=Model(species, regions, {}),
        mesh=mesh,
        kind="transient" if axis_name == "time" else "steady",
        axis_name=axis_name,
        axis_unit="s",
        axis=0.5 * np.arange(n_frames),
        concentration=rng.uniform(1, 2, (n_frames, 2, mesh.n_cells)),
        potential=rng.normal(size=(n_frames, mesh.n_nodes)),
        flux=flux,
        current_density=FARADAY * (flux[:, 0] - flux[:, 1]),
        entropy_production=np.zeros(n_frames),
    )


@pytest.mark.parametrize("kind", MESHES)
def test_fields_come_back(tmp_path, kind):
    found = solution(MESHES[kind]())
    mesh = found.mesh
    (path,) = write_vtk(tmp_path, found)
    assert path.name == "fields.vtu"
    back = meshio.read(path)
    (block,) = back.cells
    assert block.type == kind.partition(",")[0]
    dim = mesh.dimension
    np.testing.assert_array_equal(back.points[:, :dim], mesh.nodes[mesh.cell_node])
    assert not back.points[:, dim:].any()
    np.testing.assert_array_equal(back.point_data["concentration K+ (mol/m^3)"], found.concentration[0, 0])
    np.testing.assert_array_equal(back.point_data["potential (V)"], found.potential[0][mesh.cell_node])
    np.testing.assert_array_equal(back.point_data["region"], mesh.cell_region)
    # every corner of an element lies in the region of the element, and elements have the volume of the mesh
    for element, region in zip(block.data, back.cell_data["region"][0]):
        assert (mesh.cell_region[element] == region).all()
    np.testing.assert_allclose(
        np.bincount(back.cell_data["region"][0], sizes(back.points, block), len(mesh.region_names)),
        np.bincount(mesh.cell_region, volumes(mesh), len(mesh.region_names)),
        rtol=1e-12,
    )
    expected = np.where(np.arange(3) < dim, VECTOR, 0.0)
    factors = {"flux K+ (mol/m^2/s)": 1, "flux Cl- (mol/m^2/s)": -2, "current density (A/m^2)": 3 * FARADAY}
    for name, factor in factors.items():
        np.testing.assert_allclose(back.point_data[name] / factor, np.tile(expected, (mesh.n_cells, 1)), atol=1e-10)
    porosity = np.array([1.0, 0.5])[mesh.cell_region]
    charge = porosity * (found.concentration[0, 0] - found.concentration[0, 1]) + 10.0 * mesh.cell_region
    np.testing.assert_allclose(back.point_data["charge density (C/m^3)"], FARADAY * charge, rtol=1e-12)


def volumes(mesh):
    """Volumes of cells without the circle of axisymmetric meshes."""
    if mesh.coordinates != "axisymmetric":
        return mesh.cell_volume
    # a uniform grid: every element gives a quarter of itself to each corner
    (corners,) = mesh.elements.values()
    share = np.zeros(mesh.n_cells)
    for element, region in zip(corners, mesh.element_region):
        for node in element:
            share[(mesh.cell_node == node) & (mesh.cell_region == region)] += 1 / 64
    return share


def sizes(points, block):
    """Volumes of elements by cutting them into simplices."""
    cuts = {
        "line": [(0, 1)],
        "triangle": [(0, 1, 2)],
        "quad": [(0, 1, 2), (0, 2, 3)],
        "tetra": [(0, 1, 2, 3)],
        "wedge": [(0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5)],
        "hexahedron": [(0, 1, 3, 4), (1, 2, 3, 6), (1, 5, 6, 4), (3, 6, 7, 4), (1, 3, 4, 6)],
    }[block.type]
    total = np.zeros(len(block.data))
    for cut in cuts:
        corners = points[block.data[:, cut]]
        d = len(cut) - 1
        total += np.abs(np.linalg.det(corners[:, 1:, :d] - corners[:, :1, :d])) / [1, 1, 2, 6][d]
    return total


def test_values_jump_where_regions_meet(tmp_path):
    found = solution(plane())
    mesh = found.mesh
    found.concentration[0, 0] = np.where(mesh.cell_region == 0, 1.0, 7.0)
    back = meshio.read(write_vtk(tmp_path, found)[0])
    shared = np.flatnonzero(np.abs(back.points[:, 0] - 0.5) < 1e-12)
    assert set(back.point_data["concentration K+ (mol/m^3)"][shared]) == {1.0, 7.0}
    for element, region in zip(back.cells[0].data, back.cell_data["region"][0]):
        assert (back.point_data["concentration K+ (mol/m^3)"][element] == (1.0, 7.0)[region]).all()


def test_vectors_of_a_smooth_field_converge():
    def error(h):
        mesh = triangulate({"a": SQUARE}, h)
        middle = mesh.nodes[mesh.edges].mean(axis=1)
        direction = (mesh.nodes[mesh.edges[:, 1]] - mesh.nodes[mesh.edges[:, 0]]) / mesh.edge_length[:, None]

        def field(x):
            return np.column_stack([np.sin(3 * x[:, 0]), x[:, 0] * x[:, 1]])

        found = cell_vectors(mesh, (field(middle) * direction).sum(axis=1))
        return np.sqrt(mesh.cell_volume @ ((found - field(mesh.nodes[mesh.cell_node])) ** 2).sum(axis=1))

    assert error(0.05) < 0.02
    assert error(0.025) < 0.6 * error(0.05)


def test_histories(tmp_path):
    found = solution(plane(), 3, "time")
    files = write_vtk(tmp_path, found)
    assert [file.name for file in files] == ["fields_0000.vtu", "fields_0001.vtu", "fields_0002.vtu", "fields.pvd"]
    sets = ElementTree.parse(files[-1]).getroot().findall("Collection/DataSet")
    assert [float(s.get("timestep")) for s in sets] == [0.0, 0.5, 1.0]
    for index, entry in enumerate(sets):
        back = meshio.read(tmp_path / entry.get("file"))
        np.testing.assert_array_equal(back.point_data["concentration Cl- (mol/m^3)"], found.concentration[index, 1])
    # a shorter history leaves no frame of the longer one behind, and nothing else is touched
    (tmp_path / "fields_9999.vtu").write_text("mine")
    write_vtk(tmp_path, solution(plane(), 2, "time"))
    left = {p.name for p in tmp_path.iterdir()}
    assert left == {"fields_0000.vtu", "fields_0001.vtu", "fields.pvd", "fields_9999.vtu"}


def test_sweeps_that_turn_back_are_numbered(tmp_path):
    found = solution(plane(), 3, "boundary.left.potential")
    found.axis = np.array([0.0, 1.0, 0.5])
    *_, collection = write_vtk(tmp_path, found, name="sweep")
    sets = ElementTree.parse(collection).getroot().findall("Collection/DataSet")
    assert [float(s.get("timestep")) for s in sets] == [0.0, 1.0, 2.0]
    assert collection.name == "sweep.pvd"


def test_large_arrays_take_several_blocks(tmp_path):
    axis = np.linspace(0, 1, 400)
    found = solution(rectilinear_mesh([axis, axis], [Box("a", (0, 0), (1, 1))]))
    back = meshio.read(write_vtk(tmp_path, found)[0])
    np.testing.assert_array_equal(back.point_data["concentration K+ (mol/m^3)"], found.concentration[0, 0])
    assert back.points.nbytes > 3 * (1 << 20)


def test_names_are_escaped(tmp_path):
    mesh = triangulate({"a <-- & b": SQUARE}, 0.5, {'wall "1"': SQUARE[:2]})
    (path,) = write_vtk(tmp_path, solution(mesh))
    ElementTree.parse(path)
    assert 'boundary wall "1"' in meshio.read(path).point_data


def test_a_mesh_without_elements_cannot_be_drawn(tmp_path):
    from dataclasses import replace

    with pytest.raises(InputError, match="does not say how its nodes form elements"):
        write_vtk(tmp_path, solution(replace(plane(), elements=None)))
    assert not list(tmp_path.iterdir())
