"""Meshes that follow the carriers: grids, triangles and prisms, sweeps, studies, verification; and those of the user."""

from __future__ import annotations

import re

import numpy as np
import pytest
from membrane_cases import ITEMS, box_membrane, wagner_case

import npsolver
from npsolver.mesh import SizeSource, triangulate
from npsolver.mesh.wanted_sizes import SizeField, WantedSizes, essential
from npsolver.runner.regrade import LARGEST_CHANGE, PATH, largest_change
from npsolver.runner.repeated import Repeated

NAME = "membrane.toml"


def membrane(extra: str = "", low: float = 1e-22) -> str:
    """From n- to p-type conduction."""
    return wagner_case(ITEMS["custom-np"], low=low, extra=extra)


def box(extra: str = "") -> str:
    return box_membrane(membrane(extra), 2)


def polygon(extra: str = "") -> str:
    text = re.sub(r"x = \[0, (\S+)\]\ny = \[0, (\S+)\]", r"corners = [[0, 0], [\1, 0], [\1, \2], [0, \2]]", box(extra), count=1)
    return re.sub(r"x = (\S+)\ny = \[0, (\S+)\]", r"line = [[\1, 0], [\1, \2]]", text)


def prism(extra: str = "") -> str:
    text = re.sub(r"x = \[0, (\S+)\]\ny = \[0, (\S+)\]", r"z = [0, \1]\nradius = \2\ncentre = [0, 0]", box(extra), count=1)
    return re.sub(r"x = (\S+)\ny = .*", r"z = \1", text)


@pytest.fixture(scope="module")
def line():
    return npsolver.run(npsolver.loads(membrane(), NAME))


@pytest.mark.parametrize("shape", [box, polygon, prism])
def test_inner_change_of_type_is_that_of_one_dimension(line, shape):
    settings = {box: {}, polygon: {"mesh.refine": 0.6}, prism: {"mesh.refine": 0.4}}[shape]
    found = npsolver.run(npsolver.loads(shape(), NAME, settings))
    assert PATH in found.stats["path"]
    if shape is box:
        assert not found.warnings
        assert largest_change(found.model, found.mesh, found.concentration) <= LARGEST_CHANGE
    voltage, flux = found.observables["voltage"].value, found.observables["flux[V_O^2+, fuel]"].value
    loose = 200.0 if shape is prism else 1.0  # coarser from the start, and in space the mesh is made anew only once
    assert voltage == pytest.approx(line.observables["voltage"].value, abs=2e-6 * loose)
    assert flux == pytest.approx(line.observables["flux[V_O^2+, left]"].value, rel=5e-5 * loose)


def test_levels_of_a_verification_are_one_family_and_its_bars_hold(line):
    found = npsolver.run(npsolver.loads(box(), NAME, {"mesh.refine": 0.35}), verify=True)
    nodes = found.stats["verification"]["nodes"]
    assert np.allclose(np.sqrt(np.array(nodes[1:]) / nodes[:-1]), 2.0, rtol=0.05)
    for name, other in (("voltage", "voltage"), ("flux[V_O^2+, fuel]", "flux[V_O^2+, left]")):
        observable, exact = found.observables[name], line.observables[other].value
        # the line itself is exact to a few 1e-7
        assert abs(observable.value - exact) <= observable.error_estimate + 1e-6 * abs(exact)
        assert observable.error_estimate < 2e-4 * abs(exact)


def test_members_of_sweeps_and_studies_get_the_same_mesh(line):
    case = npsolver.loads(membrane(), NAME)
    assert Repeated()(case).observables["voltage"].value == line.observables["voltage"].value
    sweep = '[solve]\nkind = "sweep"\nparameter = "boundary.left.pressure.O2"\nvalues = ["1e-22 atm", "0.1 atm"]\n'
    found = npsolver.run(npsolver.loads(membrane(sweep), NAME))
    assert PATH in found.stats["path"]
    assert found.observables["voltage"].value[0] == pytest.approx(line.observables["voltage"].value, abs=1e-7)


def test_given_nodes_are_kept_and_said_to_be_coarse():
    found = npsolver.run(npsolver.loads(box("[mesh]\nnodes = [20, 4]\n"), NAME))
    assert found.stats["nodes"] == 80 + 8  # and those of the gases
    assert any("from one node to the next" in text and "mesh.nodes" in text for text in found.warnings)


def test_mesh_files_are_kept_and_said_to_be_coarse(tmp_path):
    pytest.importorskip("meshio")
    length, width = 1e-3, 2.5e-4
    corners = np.array([[0, 0], [length, 0], [length, width], [0, width]])
    ends = {"fuel": corners[[0, 3]], "air": corners[[1, 2]]}
    mesh = triangulate({"oxide": corners}, lambda x: np.full(len(x), length / 10), ends)
    names = ["oxide", *ends]
    elements = [(2, 1, row) for row in mesh.elements["triangle"]]
    elements += [(1, names.index(name) + 1, row) for name in ends for row in mesh.facets[name]]
    lines = ["$MeshFormat", "2.2 0 8", "$EndMeshFormat", "$PhysicalNames", "3"]
    lines += [f'{2 if k == 0 else 1} {k + 1} "{name}"' for k, name in enumerate(names)]
    lines += ["$EndPhysicalNames", "$Nodes", str(mesh.n_nodes)]
    lines += [f"{k + 1} {x!r} {y!r} 0" for k, (x, y) in enumerate(mesh.nodes.tolist())]
    lines += ["$EndNodes", "$Elements", str(len(elements))]
    for k, (kind, tag, row) in enumerate(elements):
        lines.append(f"{k + 1} {kind} 2 {tag} {tag} " + " ".join(str(i + 1) for i in row))
    (tmp_path / "oxide.msh").write_text("\n".join([*lines, "$EndElements", ""]), encoding="utf-8")
    text = re.sub(r"x = \[0, \S+\]\ny = \[0, \S+\]\n", "", box(), count=1)
    text = re.sub(r"\[\[geometry.surface\]\]\nname = \S+\nx = .*\ny = .*\n", "", text)
    text = text.replace("[geometry]\n", '[geometry]\nmesh = "oxide.msh"\n')
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    found = npsolver.run(npsolver.load(tmp_path / NAME))
    assert found.stats["nodes"] < 1.5 * mesh.n_nodes
    assert any("a mesh from a file does not follow the carriers" in text for text in found.warnings)


def test_essential_sources_ask_for_what_all_of_them_do():
    x = np.linspace(0.0, 1.0, 301)
    sources = [SizeSource(float(p), 1e-3 + 0.2 * float(p - 0.4) ** 2) for p in x]
    kept = essential(sources, 0.1)
    assert len(kept) < 0.3 * len(sources)

    def wanted(own):
        return np.min([s.size + 0.1 * np.abs(x - s.position) for s in own], axis=0)

    assert np.all(wanted(kept) <= 1.15 * wanted(sources) * (1 + 1e-12))


def test_sizes_survive_a_checkpoint_with_all_bits():
    points = np.random.default_rng(3).random((20, 2))
    field = SizeField(points, np.append(np.inf, np.random.default_rng(4).random(19)), 0.1)
    sizes = WantedSizes(((SizeSource(0.1, 1 / 3),), (), (SizeSource(0.2, 1e-9),)), (field,))
    again = WantedSizes.from_state(sizes.state())
    assert again.axes == sizes.axes
    x = np.random.default_rng(5).random((50, 2))
    assert np.array_equal(again.at(x), sizes.at(x))
    assert np.all(sizes.longer(2.0).at(x) >= sizes.at(x))
