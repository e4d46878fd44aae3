"""Predominance plots: labels lie in their fields, lines and axes are what they should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npsolver.equilibrium.pourbaix import SurfaceState, alloy_diagram, pourbaix_diagram, surface_diagram
from npsolver.output.field_labels import box_centre, largest_box, largest_box_in_mask
from npsolver.output.pourbaix_plot import field_label, formula_label, plot_alloy, plot_alloy_map, plot_pourbaix


@pytest.fixture(autouse=True)
def agg():
    import matplotlib
    import matplotlib.pyplot as plt

    matplotlib.use("Agg")
    yield
    plt.close("all")


def test_formula_labels():
    assert formula_label("Fe2O3") == r"$\mathrm{Fe_{2}O_{3}}$"
    assert formula_label("CrO4^2-") == r"$\mathrm{CrO_{4}^{2{-}}}$"
    assert formula_label("Cu+") == r"$\mathrm{Cu^{{+}}}$"
    assert formula_label("oxide film") == "oxide film"
    assert field_label("Fe2+ + oxide film").split("\n")[1] == "oxide film"


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 9), st.floats(0.2, 5.0), st.integers(0, 10**6))
def test_box_stays_inside(corners, aspect, seed):
    angles = np.sort(np.random.default_rng(seed).uniform(0, 2 * np.pi, corners))
    polygon = np.column_stack([1.0 + 3 * np.cos(angles), np.sin(angles) - 2.0])
    gap = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    if gap.min() < 0.05 or gap.max() > 3.0:
        return
    centre, size = largest_box(polygon, aspect, 1.0)
    edges = np.roll(polygon, -1, axis=0) - polygon
    corners = centre + 0.5 * size * np.array([[a * aspect, b] for a in (-1, 1) for b in (-1, 1)])
    cross = edges[:, 0] * (corners[:, None, 1] - polygon[:, 1]) - edges[:, 1] * (corners[:, None, 0] - polygon[:, 0])
    assert cross.min() > -1e-7
    assert abs(cross.min()) < 1e-6  # and touches


def test_box_avoids_lines_where_it_can():
    square = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
    centre, room = box_centre(square, 2.0, 1.0, [(5.0, 0.0)])
    assert room == pytest.approx(5.0)
    assert abs(centre[1] - 5.0) > 0.5


def test_box_in_a_raster():
    mask = np.zeros((20, 30), bool)
    mask[4:12, 10:28] = True
    (x, y), size = largest_box_in_mask(mask, 2.0, 1.0)
    assert size == pytest.approx(8.0, abs=0.6)
    assert x - size > 9.4
    assert 4 <= y <= 12


def test_plot_of_an_element():
    diagram = pourbaix_diagram("Cu")
    ax = plot_pourbaix(diagram)
    assert ax.get_xlabel() == "pH"
    assert "V vs SHE" in ax.get_ylabel()
    shown = {text.get_text(): text.get_position() for text in ax.texts}
    for field in diagram.fields:
        position = shown.get(field_label(field.name))
        if position is not None:
            assert diagram.stable_at(*position) == field.name
    assert field_label("Cu") in shown
    dashed = [line for line in ax.lines if line.get_linestyle() == "--" or line.is_dashed()]
    assert len(dashed) == 2
    assert len(ax.patches) == len(diagram.fields)


def test_plots_of_alloys_and_surfaces(tmp_path):
    alloy = alloy_diagram({"Fe": 0.8, "Cr": 0.2}, points=(30, 30))
    plot_alloy(alloy).figure.savefig(tmp_path / "alloy.pdf")
    plot_alloy_map(alloy, alloy.fraction("oxide film", "Cr"), label="Cr in film").figure.savefig(tmp_path / "map.png")
    surface = surface_diagram([SurfaceState.from_ev("O*", 1.5, oxygen=1)], area=1e-19)
    plot_pourbaix(surface).figure.savefig(tmp_path / "surface.png")
    assert all((tmp_path / name).stat().st_size > 5000 for name in ("alloy.pdf", "map.png", "surface.png"))
