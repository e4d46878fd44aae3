"""One clear sentence for what cannot be solved in two and three dimensions."""

from __future__ import annotations

import domain_texts as texts
import numpy as np
import pytest

import npsolver
from npsolver.errors import InputError, RefusedError
from npsolver.runner import memory

SQUARE = """$MeshFormat
2.2 0 8
$EndMeshFormat
$PhysicalNames
3
1 1 "left"
1 2 "right"
2 3 "water"
$EndPhysicalNames
$Nodes
6
1 0 0 0
2 1 0 0
3 2 0 0
4 0 1 0
5 1 1 0
6 2 1 0
$EndNodes
$Elements
6
1 1 2 1 1 1 4
2 1 2 2 2 3 6
3 2 2 3 1 1 2 4
4 2 2 3 1 2 5 4
5 2 2 3 1 2 3 5
6 2 2 3 1 3 6 5
$EndElements
"""
FROM_FILE = (
    texts.SALT
    + '[geometry]\nmesh = "square.msh"\nscale = "10 nm"\n[[geometry.region]]\nname = "water"\n'
    + texts.bath("left", potential="10 mV")
    + texts.bath("right")
)


CHANNEL = texts.SLIT.replace("dimension = 2", "dimension = 3").replace("[[geometry.s", 'z = ["0 nm", "10 nm"]\n[[geometry.s')
CORNERS = '[["0 nm", "0 nm"], ["40 nm", "0 nm"], ["40 nm", "10 nm"], ["0 nm", "10 nm"]]'
CROSSING = '[["0 nm", "0 nm"], ["40 nm", "0 nm"], ["0 nm", "10 nm"], ["40 nm", "10 nm"]]'
FLAT = '[["0 nm", "0 nm"], ["40 nm", "0 nm"], ["20 nm", "0 nm"]]'


def case_file(tmp_path, text, mesh=SQUARE):
    (tmp_path / "square.msh").write_text(mesh, encoding="utf-8")
    path = tmp_path / "case.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["top", "left", "wall", "inner"])
def test_regions_named_like_surfaces(name):
    with pytest.raises(InputError, match=f"region '{name}': is named like a boundary"):
        npsolver.loads(texts.SLIT.replace('"pore"', f'"{name}"'))


def test_mesh_file_beside_the_case(tmp_path):
    solution = npsolver.run(npsolver.load(case_file(tmp_path, FROM_FILE)))
    kappa = 96485.33**2 / (8.314462618 * 298.15) * (1.957e-9 + 2.032e-9) * 10.0
    # 20 nm long, 10 nm high
    assert solution.observables["current[left]"].value == pytest.approx(kappa * 0.01 * 0.5, rel=1e-3)
    assert np.ptp(solution.mesh.nodes[:, 0]) == pytest.approx(20e-9)


FILE_REFUSALS = {
    "named group": (FROM_FILE.replace('"right"', '"rigth"'), SQUARE, ["square.msh", "no physical group 'rigth'"]),
    "region without material": (FROM_FILE.replace('name = "water"', 'name = "left"'), SQUARE, ["water"]),
    "broken mesh": (FROM_FILE, SQUARE[:200], ["square.msh"]),
    "shape of its own": (
        FROM_FILE.replace('name = "water"', 'name = "water"\ncentre = ["0 nm", "0 nm"]\nradius = "1 nm"'),
        SQUARE,
        ["comes from the mesh file"],
    ),
    "no such mesh": (FROM_FILE.replace("square.msh", "none.msh"), SQUARE, ["none.msh", "no such file"]),
}


@pytest.mark.parametrize(("text", "mesh", "words"), FILE_REFUSALS.values(), ids=FILE_REFUSALS)
def test_mesh_files(tmp_path, text, mesh, words):
    with pytest.raises(InputError) as error:
        npsolver.load(case_file(tmp_path, text, mesh))
    assert len(str(error.value).splitlines()) == 1
    for word in words:
        assert word in str(error.value)


APART = """
[[geometry.region]]
name = "other"
x = ["50 nm", "60 nm"]
y = ["0 nm", "10 nm"]
"""
REFUSALS = {
    "disconnected": (
        texts.SLIT.replace("[[geometry.surface]]", APART + "[[geometry.surface]]", 1),
        ["2 parts", "'other'"],
    ),
    "no reference potential": (
        texts.SLIT.replace('potential = "0.1 V"\n', "").replace('potential = "0 V"\n', ""),
        ["nothing fixes the potential"],
    ),
    "unknown surface": (
        texts.SLIT.replace('[boundary."right"]', '[boundary."rihgt"]'),
        ["rihgt", "did you mean 'right'"],
    ),
    "surface nowhere": (texts.SLIT.replace('side = "top"', 'y = "5 nm"'), ["surface 'wall'", "no outer surface"]),
    "covered region": (
        texts.SLIT.replace('name = "pore"', 'name = "under"\nx = ["1 nm", "2 nm"]\ny = ["1 nm", "2 nm"]\n'
                           '[[geometry.region]]\nname = "pore"'),
        ["'under'", "covered"],
    ),
    "missing axis": (texts.SLIT.replace('y = ["0 nm", "10 nm"]\n', "", 1), ["y missing"]),
    "wrong axis": (texts.SLIT.replace('y = ["0 nm", "10 nm"]', 'y = ["0 nm", "10 nm"]\nr = ["0 nm", "1 nm"]'), ["x, y"]),
    "turned interval": (texts.SLIT.replace('["0 nm", "10 nm"]', '["10 nm", "0 nm"]'), ["lower position first"]),
    "length": (texts.SLIT.replace('name = "pore"', 'name = "pore"\nlength = "1 nm"'), ["one dimension"]),
    "nodes": (texts.SLIT + "[mesh]\nnodes = [10, 10, 10]\n", ["one number for each of x, y"]),
    "conductance": (texts.SLIT + '[[observable]]\nname = "G"\nkind = "conductance"\n', ["boundary and to"]),
    "far position": (
        texts.SLIT + '[[observable]]\nname = "p"\nkind = "potential"\nat = ["1 um", "5 nm"]\n', ["expected x from 0"]
    ),
    "current density": (texts.SLIT.replace('potential = "0.1 V"', 'current = "1 A/m^2"'), ["A/m"]),
    "boxes and shells": (
        texts.SLIT.replace("dimension = 2", 'dimension = 2\ncoordinates = "spherical"'),
        ["axisymmetric"],
    ),
    "circle between boxes": (
        texts.SLIT + '[[geometry.hole]]\ncentre = ["20 nm", "5 nm"]\nradius = "2 nm"\n[mesh]\nnodes = [20, 10]\n',
        ["geometry: hole 1", "by their corners"],
    ),
    "hole outside": (
        texts.SLIT + '[[geometry.hole]]\nx = ["1 um", "2 um"]\ny = ["0 nm", "1 nm"]\n',
        ["geometry: hole 1", "outside every region"],
    ),
    "section of a plane": (
        texts.SLIT + '[[output.section]]\nname = "s"\nx = "1 nm"\n',
        ["output: section 's'", "two are drawn as a whole"],
    ),
    "section without a plane": (
        CHANNEL + '[[output.section]]\nname = "s"\nx = ["1 nm", "2 nm"]\n',
        ["output: section 's'", "has no planes", "along one axis"],
    ),
    "section of two planes": (
        CHANNEL + '[[output.section]]\nname = "s"\nx = "1 nm"\ny = "1 nm"\n',
        ["has 2 planes"],
    ),
    "section outside": (
        CHANNEL + '[[output.section]]\nname = "s"\nz = "1 um"\n',
        ["output: section 's': z", "outside the domain", "0 to 1e-08 m"],
    ),
    "part outside": (
        CHANNEL + '[[output.section]]\nname = "s"\nz = "1 nm"\nx = ["1 um", "2 um"]\n',
        ["output: section 's': x", "outside the domain"],
    ),
    "ions of one sign": (
        texts.layers(2).replace('fixed_charge = "-50 mM"', 'excluded_species = ["Cl-"]').replace(
            "[[species]]", '[model]\nphysics = "electroneutral"\n[[species]]', 1
        ),
        ["region 'membrane'", "ions of one sign and no fixed charge"],
    ),
    "hole of everything": (texts.SLIT + "[[geometry.hole]]\n", ["geometry: hole 1: missing; expected a part such as x = "]),
    "centre of a box": (texts.SLIT.replace('name = "pore"', 'name = "pore"\ncentre = ["0 nm", "0 nm"]'), ["centre", "radius"]),
    "repair of boxes": (texts.SLIT.replace("dimension = 2", "dimension = 2\nrepair = true"), ["repair", "for a mesh file"]),
    "scale of boxes": (texts.SLIT.replace("dimension = 2", 'dimension = 2\nscale = "1 nm"'), ["scale", "for a mesh file"]),
    "polygon with x": (
        texts.SLIT.replace('y = ["0 nm", "10 nm"]\n', f"corners = {CORNERS}\n", 1),
        ["'pore': x: comes with the corners"],
    ),
    "crossing sides": (
        texts.SLIT.replace('x = ["0 nm", "40 nm"]\ny = ["0 nm", "10 nm"]\n', f"corners = {CROSSING}\n", 1),
        ["'pore': corners: sides 2 and 4 cross"],
    ),
    "flat polygon": (
        texts.SLIT.replace('x = ["0 nm", "40 nm"]\ny = ["0 nm", "10 nm"]\n', f"corners = {FLAT}\n", 1),
        ["'pore': corners: lie on one line"],
    ),
    "polygon with a centre": (
        texts.SLIT.replace(
            'x = ["0 nm", "40 nm"]\ny = ["0 nm", "10 nm"]\n', f'corners = {CORNERS}\ncentre = ["0 nm", "0 nm"]\n', 1
        ),
        ["both corners and a centre"],
    ),
    "circle on a line": (
        texts.layers(1).replace('name = "in"', 'name = "in"\ncentre = ["0 nm", "0 nm"]'), ["two and three dimensions"]
    ),
}


@pytest.mark.parametrize(("text", "words"), REFUSALS.values(), ids=REFUSALS)
def test_refused(text, words):
    with pytest.raises(InputError) as error:
        npsolver.loads(text)
    for word in words:
        assert word in str(error.value), str(error.value)


def test_a_wrong_geometry_hides_what_depends_on_its_dimension():
    with pytest.raises(InputError) as error:
        npsolver.loads(REFUSALS["circle between boxes"][0])
    assert "mesh: nodes" not in str(error.value)


def test_what_only_the_mesh_shows_names_the_file(tmp_path):
    text = texts.SLIT.split('[boundary."right"]')[0] + '[boundary."right"]\nkind = "outflow"\n'
    path = tmp_path / "case.toml"
    path.write_text(text + '[convection]\nvelocity = "-1 mm/s"\n', encoding="utf-8")
    with pytest.raises(InputError, match="flows in") as error:
        npsolver.run(npsolver.load(path, {"mesh.grading": "uniform", "mesh.nodes": [20, 8]}))
    assert error.value.file == str(path)
    assert error.value.key == "boundary right"


def test_out_of_memory_is_refused_before_anything_is_assembled(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 1e6)
    with pytest.raises(InputError, match=r"GiB of memory, but only 0\.00093.* GiB are free"):
        npsolver.run(npsolver.loads(texts.SLIT))


def test_a_huge_mesh_is_refused_at_once():
    with pytest.raises(InputError, match="GiB of memory"):
        npsolver.run(npsolver.loads(texts.SLIT, "", {"mesh.nodes": [60000, 60000]}))


def test_meshes_from_files_can_be_verified(tmp_path):
    solution = npsolver.run(npsolver.load(case_file(tmp_path, FROM_FILE)), verify=True)
    assert solution.stats["verification"]["nodes"] == [6, 15, 45]
    finer = npsolver.run(npsolver.load(case_file(tmp_path, FROM_FILE), {"mesh.refine": 4}))
    assert finer.mesh.n_nodes == 45
    current = solution.observables["current[left]"]
    assert current.value == finer.observables["current[left]"].value
    assert 0.0 < current.error_estimate < 1e-2 * abs(current.value)


def test_verification_that_outgrows_the_memory_says_what_was_reached(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 3e5)
    case = npsolver.load(case_file(tmp_path, FROM_FILE))
    with pytest.raises(RefusedError, match=r"level 3 of the verification cannot be solved: .*GiB of memory"):
        npsolver.run(case, verify=True)


@pytest.mark.parametrize("factor", [0.5, 3.0, 16.0])
def test_meshes_from_files_are_halved(tmp_path, factor):
    with pytest.raises(InputError, match="mesh: refine: expected 1, 2, 4 or 8"):
        npsolver.load(case_file(tmp_path, FROM_FILE), {"mesh.refine": factor})


def test_species_without_a_source_needs_an_amount():
    text = texts.SLIT.replace('"K+" = "10 mM", "Cl-" = "10 mM"', '"K+" = "10 mM"')
    text = text.replace('kind = "bath"', 'kind = "wall"')
    with pytest.raises(InputError, match="initial concentration"):
        npsolver.loads(text)
