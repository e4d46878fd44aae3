"""Electroneutral membranes and selective contacts on tetrahedra of a mesh file: the answers of one dimension."""

from __future__ import annotations

import domain_texts as texts
import numpy as np
import pytest
from simplex_meshes import cut_grid, facets_at
from test_donnan import BATHS, CONTACTS, DEPTH, HEIGHT, LAYERS, MEMBRANE, NEUTRAL, run, stack, value

import npsolver

AREA = HEIGHT * DEPTH


def gmsh_text(points, elements, regions, region_names, surfaces):
    """A Gmsh file of version 2."""
    groups = [(3, i + 1, name) for i, name in enumerate(region_names)]
    groups += [(2, len(region_names) + i + 1, name) for i, name in enumerate(surfaces)]
    lines = ["$MeshFormat", "2.2 0 8", "$EndMeshFormat", "$PhysicalNames", str(len(groups))]
    lines += [f'{dim} {tag} "{name}"' for dim, tag, name in groups]
    lines += ["$EndPhysicalNames", "$Nodes", str(len(points))]
    lines += [f"{i + 1} " + " ".join(repr(float(v)) for v in x) for i, x in enumerate(points)]
    cells = [(2, len(region_names) + i + 1, facet) for i, facets in enumerate(surfaces.values()) for facet in facets]
    cells += [(4, region + 1, corners) for region, corners in zip(regions, elements)]
    lines += ["$EndNodes", "$Elements", str(len(cells))]
    for number, (kind, tag, corners) in enumerate(cells, start=1):
        lines.append(f"{number} {kind} 2 {tag} {tag} " + " ".join(str(c + 1) for c in corners))
    return "\n".join([*lines, "$EndElements", ""])


def on_tetrahedra(tmp_path, ends, layers, lines):
    """The layers as a bar of tetrahedra whose corners lie at `lines` (m) along x."""
    points, elements = cut_grid([lines, np.linspace(0, HEIGHT, 3), np.linspace(0, DEPTH, 4)])
    breaks = np.cumsum([size for _, size, _ in layers]) * 1e-6
    regions = np.searchsorted(breaks, points[elements, 0].mean(axis=1))
    surfaces = {"left": facets_at(points, elements, 0, 0.0), "right": facets_at(points, elements, 0, lines[-1])}
    (tmp_path / "bar.msh").write_text(gmsh_text(points, elements, regions, [name for name, *_ in layers], surfaces))
    text = NEUTRAL + '[geometry]\nmesh = "bar.msh"\n'
    text += "".join(f'[[geometry.region]]\nname = "{name}"\n{rest}' for name, _, rest in layers)
    path = tmp_path / "case.toml"
    path.write_text(text + ends, encoding="utf-8")
    return npsolver.run(npsolver.load(path))


@pytest.mark.parametrize(
    ("ends", "layers", "close"),
    [(BATHS, [MEMBRANE], 1e-9), (BATHS, LAYERS, 1e-5), (CONTACTS, LAYERS, 1e-5)],
    ids=["membrane", "layers", "contact"],
)
def test_tetrahedra_give_the_answer_of_one_dimension(tmp_path, ends, layers, close):
    line = run(stack(1, ends, layers))
    bar = on_tetrahedra(tmp_path, ends, layers, np.unique(line.mesh.nodes[:, 0]))
    assert set(bar.mesh.elements) == {"tetra"}
    assert len(bar.mesh.interfaces) >= (1 if len(layers) > 1 else 0)
    assert value(bar, "current[left]") / AREA == pytest.approx(value(line, "current[left]"), rel=close)
    for name in ("flux[K+, right]", "flux[Cl-, right]"):
        assert value(bar, name) == pytest.approx(value(line, name), rel=close, abs=1e-12)
    x = bar.mesh.nodes[bar.mesh.cell_node, 0]
    for region in range(len(layers)):
        cells, own = bar.mesh.cell_region == region, line.mesh.cell_region == region
        places = line.mesh.cell_node[own]
        expected = np.interp(x[cells], line.mesh.nodes[places, 0], line.potential[0][places])
        assert np.abs(bar.potential[0][bar.mesh.cell_node[cells]] - expected).max() <= 2 * close * 0.1
    assert max(bar.conservation.values()) <= 1e-9


def test_equilibrium_on_tetrahedra_is_exact(tmp_path):
    probe = '[[observable]]\nname = "defect"\nkind = "equilibrium_defect"\n'
    ends = texts.bath("left") + texts.bath("right") + probe
    bar = on_tetrahedra(tmp_path, ends, LAYERS, np.linspace(0, 40e-6, 17))
    assert value(bar, "defect") <= 1e-10
    inside = bar.mesh.cell_node[bar.mesh.cell_region == 1]
    k = np.sqrt(0.5 * 0.3) * 10.0
    psi = np.log((-50.0 + np.hypot(50.0, 2 * k)) / (2 * 0.3 * 10.0))
    np.testing.assert_allclose(bar.potential[0][inside], 8.314462618 * 298.15 / 96485.33212 * psi, rtol=1e-8)


def test_transients_on_tetrahedra_follow_one_dimension(tmp_path):
    start = '[initial]\nconcentration = { "K+" = "5 mM", "Cl-" = "5 mM" }\n[initial.region.membrane]\n'
    start += 'concentration = { "K+" = "51 mM", "Cl-" = "1 mM" }\n'
    start += '[solve]\nkind = "transient"\nend_time = "20 ms"\noutput_times = ["1 ms", "20 ms"]\n'
    line = run(stack(1, BATHS) + start)
    bar = on_tetrahedra(tmp_path, BATHS + start, LAYERS, np.unique(line.mesh.nodes[:, 0]))
    for name in ("current[left]", "current[right]"):
        expected, found = line.observables[name].value, bar.observables[name].value / AREA
        assert np.abs(found - expected).max() <= 1e-3 * np.abs(expected).max()
