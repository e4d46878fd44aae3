"""FiPy meshes of every kind, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from npsolver.errors import InputError
from npsolver.mesh import from_fipy
from npsolver.mesh.rectilinear import Box, Surface

fipy = pytest.importorskip("fipy")
DATA = Path(__file__).parent.parent / "data"


def moved(mesh, *by):
    """FiPy moves a mesh when a vector is added."""
    return mesh + by


def joined(first, second):
    """Two meshes side by side; the first is 2 wide."""
    return first + moved(second, (2.0,), (0.0,))


@pytest.mark.parametrize(
    ("mesh", "coordinates", "n_nodes", "volume"),
    [
        (lambda: fipy.Grid1D(nx=4, dx=0.1), "cartesian", 5, 0.4),
        (lambda: moved(fipy.Grid1D(dx=[0.1, 0.2]), 3.0), "cartesian", 3, 0.3),
        (lambda: fipy.CylindricalGrid1D(nx=4, dx=0.1), "cylindrical", 5, np.pi * 0.16),
        (lambda: fipy.SphericalGrid1D(nx=4, dx=0.1), "spherical", 5, 4 / 3 * np.pi * 0.064),
        (lambda: fipy.Grid2D(nx=3, ny=2, dx=0.1, dy=0.2), "cartesian", 12, 0.12),
        (lambda: moved(fipy.Grid2D(dx=[0.1, 0.2], dy=[1.0, 2.0, 3.0]), (1.0,), (0.0,)), "cartesian", 12, 1.8),
        (lambda: fipy.CylindricalGrid2D(nx=3, ny=2, dx=0.1, dy=0.2), "axisymmetric", 12, np.pi * 0.09 * 0.4),
        (lambda: fipy.Grid3D(dx=[1.0, 2.0], dy=[1.0], dz=[1.0, 3.0]), "cartesian", 18, 12.0),
        (lambda: fipy.Tri2D(nx=2, ny=2, dx=1.0, dy=1.0), "cartesian", 13, 4.0),
    ],
)
def test_geometry_is_kept(mesh, coordinates, n_nodes, volume):
    found = from_fipy(mesh())
    assert found.coordinates == coordinates
    assert found.n_nodes == n_nodes
    assert found.region_names == ("domain",)
    assert found.cell_volume.sum() == pytest.approx(volume, rel=1e-12)
    assert "right" in found.boundaries


def test_sides_have_the_names_of_fipy():
    mesh = fipy.Tri2D(nx=2, ny=3, dx=1.0, dy=1.0)
    found = from_fipy(mesh, region="water")
    areas = {name: areas.sum() for name, (_, areas) in found.boundaries.items()}
    assert areas == pytest.approx({"left": 3.0, "right": 3.0, "bottom": 2.0, "top": 2.0})
    assert found.region_names == ("water",)


def test_grids_take_regions_and_surfaces():
    grid = fipy.Grid2D(nx=4, ny=4, dx=0.25, dy=0.25)
    found = from_fipy(grid, boxes=[Box("gel", (0.5, 0), (1, 1))], surfaces=[Surface("patch", (0, 1), (0.5, 1))])
    assert found.region_names == ("domain", "gel")
    np.testing.assert_allclose(np.bincount(found.cell_region, found.cell_volume), 0.5)
    assert found.boundaries["patch"][1].sum() == pytest.approx(0.5)


@pytest.mark.skipif(shutil.which("gmsh") is None, reason="FiPy reads Gmsh files through the gmsh program")
def test_gmsh_groups_are_kept():
    found = from_fipy(fipy.Gmsh2D(str(DATA / "mesh_disk_22.msh")))
    assert set(found.region_names) == {"disk", "water"}
    assert {name: areas.sum() for name, (_, areas) in found.boundaries.items()} == pytest.approx(
        {"left": 1.0, "right": 1.0}
    )


def test_bad_triangles_are_repaired():
    mesh = fipy.Tri2D(nx=3, ny=2, dx=1.0, dy=0.2)  # the flat triangles beside the short sides are obtuse
    with pytest.raises(InputError, match="not boundary-conforming"):
        from_fipy(mesh)
    found = from_fipy(mesh, repair=True)
    assert found.edge_area.min() > 0.0
    assert found.cell_volume.sum() == pytest.approx(1.2, rel=1e-12)
    assert found.boundaries["left"][1].sum() == pytest.approx(0.4, rel=1e-12)


@pytest.mark.parametrize(
    ("mesh", "words"),
    [
        (lambda: fipy.PeriodicGrid2D(nx=3, ny=3), "periodic"),
        (lambda: fipy.SkewedGrid2D(nx=3, ny=3, dx=1.0, dy=1.0, rand=0.1), "neither a full grid"),
        (lambda: joined(fipy.Grid2D(nx=2, ny=2), fipy.Grid2D(nx=1, ny=1)), "neither a full grid"),
        (lambda: joined(fipy.Grid2D(nx=2, ny=2), fipy.Tri2D(nx=1, ny=2)), "several shapes"),
        (lambda: "mesh.msh", "expected a FiPy mesh, got str"),
    ],
)
def test_other_geometries_are_refused(mesh, words):
    with pytest.raises(InputError, match=words):
        from_fipy(mesh())
