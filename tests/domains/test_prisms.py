"""Prisms and cylinders from case files: the answers of boxes and of r-z, named faces, wrong input."""

from __future__ import annotations

import domain_texts as texts
import pytest

import npsolver
from npsolver.errors import InputError

BATHS = texts.bath("front", potential="0.1 V") + texts.bath("back")
PORE = (
    texts.SALT
    + """
[geometry]
[[geometry.region]]
name = "low"
x = ["-15 nm", "15 nm"]
y = ["-15 nm", "15 nm"]
z = ["-20 nm", "0 nm"]
[[geometry.region]]
name = "pore"
centre = ["0 nm", "0 nm"]
radius = "5 nm"
z = ["0 nm", "10 nm"]
[[geometry.region]]
name = "high"
x = ["-15 nm", "15 nm"]
y = ["-15 nm", "15 nm"]
z = ["10 nm", "30 nm"]
[[geometry.surface]]
name = "wall"
region = "pore"
[boundary.wall]
kind = "wall"
surface_charge = "-5 mC/m^2"
"""
    + BATHS
)
# the same in r-z, with round reservoirs of the same area
ROUND = (
    texts.SALT
    + """
[geometry]
coordinates = "axisymmetric"
[[geometry.region]]
name = "low"
r = ["0 nm", "16.92569 nm"]
z = ["-20 nm", "0 nm"]
[[geometry.region]]
name = "pore"
r = ["0 nm", "5 nm"]
z = ["0 nm", "10 nm"]
[[geometry.region]]
name = "high"
r = ["0 nm", "16.92569 nm"]
z = ["10 nm", "30 nm"]
[[geometry.surface]]
name = "wall"
r = "5 nm"
z = ["0 nm", "10 nm"]
[boundary.wall]
kind = "wall"
surface_charge = "-5 mC/m^2"
"""
    + texts.bath("bottom", potential="0.1 V")
    + texts.bath("top")
)
OBSERVED = '[[observable]]\nname = "q"\nkind = "charge"\n'
INSIDE = '[[observable]]\nname = "K"\nkind = "concentration"\nspecies = "K+"\nat = ["0 nm", "0 nm", "5 nm"]\n'


def run(text, **overrides):
    return npsolver.run(npsolver.loads(text, "", overrides))


def value(solution, name):
    return float(solution.observables[name].value)


def test_a_cylinder_is_the_cylinder_of_rz():
    prisms, round_ = run(PORE + INSIDE), run(ROUND)
    assert value(prisms, "current[front]") == pytest.approx(value(round_, "current[bottom]"), rel=0.03)
    assert value(prisms, "current[front]") == pytest.approx(-value(prisms, "current[back]"), rel=1e-9)
    assert 10.0 < value(prisms, "K") < 30.0
    assert prisms.mesh.boundaries["wall"][1].sum() == pytest.approx(2 * 3.14159265 * 5e-9 * 10e-9, rel=1e-3)
    assert set(prisms.mesh.boundaries) == {"left", "right", "bottom", "top", "front", "back", "wall"}


def test_prisms_and_boxes_agree():
    boxes = texts.layers(3).split("[mesh]")[0] + texts.bath("left", "100 mM", "30 mV") + texts.bath("right", "5 mM")
    corners = boxes.replace(
        'x = ["0.0 nm", "20.0 nm"]\ny = ["0 nm", "7 nm"]\n',
        'corners = [["0 nm", "0 nm"], ["20 nm", "0 nm"], ["20 nm", "7 nm"], ["0 nm", "7 nm"]]\n',
    )
    assert corners != boxes
    prisms, tensor = (run(text, **{"mesh.refine": 0.5}) for text in (corners, boxes))
    assert "wedge" in prisms.mesh.elements
    assert "hexahedron" in tensor.mesh.elements
    assert value(prisms, "current[left]") == pytest.approx(value(tensor, "current[left]"), rel=0.02)


def test_equilibrium_is_exact():
    text = PORE.replace('"0.1 V"', '"0 V"')
    solution = run(text)
    scale = value(run(PORE), "current[front]")
    assert abs(value(solution, "current[front]")) < 1e-10 * abs(scale)


def test_effective_cases_are_the_same_case():
    text = PORE + '[[geometry.hole]]\ncentre = ["10 nm", "10 nm"]\nradius = "2 nm"\n'
    text += '[[geometry.surface]]\nname = "lid"\nz = "30 nm"\n'
    text += '[[geometry.surface]]\nname = "rim"\nline = [["-15 nm", "0 nm"], ["-15 nm", "15 nm"]]\n'
    case = npsolver.loads(text.replace('[boundary."back"]', '[boundary."lid"]'))
    again = npsolver.case.from_document(case.effective)
    assert again.geometry == case.geometry
    assert again.sha256 == case.sha256
    mesh = run(text.replace('[boundary."back"]', '[boundary."lid"]'), **{"mesh.grading": "uniform", "mesh.refine": 0.3}).mesh
    area = {name: a.sum() * 1e18 for name, (_, a) in mesh.boundaries.items()}
    assert area["lid"] == pytest.approx(900 - 3.14159265 * 4, rel=1e-8)
    assert area["rim"] == pytest.approx(15 * 40, rel=1e-8)
    assert area["left"] == pytest.approx(15 * 40, rel=1e-8)
    assert "back" not in mesh.boundaries


REFUSALS = {
    "hole beside": (
        PORE + '[[geometry.hole]]\ncentre = ["60 nm", "0 nm"]\nradius = "2 nm"\n',
        ["geometry: hole 1", "outside every region"],
    ),
    "hole above": (
        PORE + '[[geometry.hole]]\nx = ["0 nm", "2 nm"]\ny = ["0 nm", "2 nm"]\nz = ["40 nm", "50 nm"]\n',
        ["geometry: hole 1", "outside every region"],
    ),
    "no z": (PORE.replace('radius = "5 nm"\nz = ["0 nm", "10 nm"]', 'radius = "5 nm"'), ["'pore'", "z missing"]),
    "radius alone": (PORE.replace('centre = ["0 nm", "0 nm"]\n', ""), ["'pore'", "expected centre"]),
    "both": (PORE.replace('radius = "5 nm"', 'radius = "5 nm"\nx = ["0 nm", "1 nm"]'), ["'pore': x", "leave it out"]),
    "corners and radius": (
        PORE.replace('radius = "5 nm"', 'radius = "5 nm"\ncorners = [["0 nm", "0 nm"], ["1 nm", "0 nm"], ["0 nm", "1 nm"]]'),
        ["both corners and a radius"],
    ),
    "unknown region": (PORE.replace('region = "pore"', 'region = "poer"'), ["unknown region 'poer'"]),
    "surface": (PORE.replace('region = "pore"', 'x = "5 nm"'), ["surface 'wall'", "expected a side, a line, a region"]),
    "two": (PORE.replace('region = "pore"', 'region = "pore"\nside = "left"'), ["side and region"]),
    "thick": (PORE.replace('region = "pore"', 'z = ["1 nm", "2 nm"]'), ["one height"]),
    "side and z": (PORE.replace('region = "pore"', 'side = "front"\nz = "1 nm"'), ["both side = 'front' and z"]),
    "flat": (PORE.replace("[geometry]", "[geometry]\ndimension = 2"), ["is 2, but regions have z"]),
    "nodes": (PORE + "[mesh]\nnodes = 30\n", ["prisms follow smallest"]),
    "region in boxes": (texts.SLIT.replace('side = "top"', 'region = "pore"'), ["is for prisms"]),
    "apart": (PORE.replace('z = ["10 nm", "30 nm"]', 'z = ["12 nm", "30 nm"]'), ["2 parts"]),
    "nowhere": (PORE.replace('region = "pore"', 'z = "5 nm"'), ["'wall'", "no outer surface"]),
    "covered": (
        PORE.replace('[[geometry.surface]]', '[[geometry.hole]]\ncentre = ["0 nm", "0 nm"]\nradius = "7 nm"\n'
                     'z = ["0 nm", "10 nm"]\n[[geometry.surface]]'),
        ["'pore'"],
    ),
}


@pytest.mark.parametrize(("text", "words"), REFUSALS.values(), ids=REFUSALS)
def test_refused(text, words):
    with pytest.raises(InputError) as error:
        npsolver.loads(text)
    for word in words:
        assert word in str(error.value), str(error.value)


def test_circles_in_a_plane():
    text = texts.SLIT.replace(
        "[[geometry.surface]]",
        '[[geometry.hole]]\ncentre = ["20 nm", "5 nm"]\nradius = "2 nm"\n[[geometry.surface]]',
    ).replace(
        'x = ["0 nm", "40 nm"]\ny = ["0 nm", "10 nm"]',
        'corners = [["0 nm", "0 nm"], ["40 nm", "0 nm"], ["40 nm", "10 nm"], ["0 nm", "10 nm"]]',
    ).replace('side = "top"\nx = ["10 nm", "30 nm"]', 'line = [["10 nm", "10 nm"], ["30 nm", "10 nm"]]')
    ends = "".join(
        f'[[geometry.surface]]\nname = "{name}"\nline = [["{x} nm", "0 nm"], ["{x} nm", "10 nm"]]\n'
        for name, x in (("left", 0), ("right", 40))
    )
    solution = run(text + ends)
    assert solution.mesh.cell_volume.sum() == pytest.approx(400e-18 - 3.14159265 * 4e-18, rel=1e-8)
