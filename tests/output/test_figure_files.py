"""Files of figures: nothing is cut off, panels line up, and PNG, SVG and PDF show the same."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from synthetic_solutions import SOLUTIONS, charging_cell

from npsolver.output.figure_files import save_figure
from npsolver.output.plots import figures
from npsolver.output.style import new_figure, paper_style


def saved(figure, **options) -> Image.Image:
    stream = io.BytesIO()
    save_figure(figure, stream, "png", **options)
    return Image.open(stream)


def border_is_white(image: Image.Image) -> bool:
    pixels = np.asarray(image.convert("RGB"))
    return all(edge.min() == 255 for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))


@pytest.mark.parametrize("name", SOLUTIONS)
def test_nothing_is_cut_off(name):
    for kind, figure in figures(SOLUTIONS[name](), checks=[]):
        image = saved(figure, resolution=120)
        assert border_is_white(image), kind
        renderer, whole = figure.canvas.get_renderer(), figure.bbox
        for axis in figure.axes:
            box = axis.get_tightbbox(renderer) if axis.get_visible() else axis.bbox
            assert box.x0 >= whole.x0, kind
            assert box.y0 >= whole.y0, kind
            assert box.x1 <= whole.x1, kind
            assert box.y1 <= whole.y1, kind


def test_panels_of_a_column_share_their_edges_and_do_not_touch():
    with paper_style():
        figure, axes = new_figure(2, 2, height=4.0)
        for axis, top in zip(axes.flat, (1.0, 1e5, 1e-4, 10.0)):
            axis.plot([0, 1], [0, top])
            axis.set_ylabel("value")
            axis.set_xlabel("x")
        saved(figure)
    boxes = np.array([[axis.get_position().extents for axis in row] for row in axes])
    np.testing.assert_allclose(boxes[0, :, [0, 2]], boxes[1, :, [0, 2]], atol=1e-12)
    np.testing.assert_allclose(boxes[:, 0, [1, 3]], boxes[:, 1, [1, 3]], atol=1e-12)
    renderer = figure.canvas.get_renderer()
    tight = np.array([[axis.get_tightbbox(renderer).extents for axis in row] for row in axes])
    assert np.all(tight[:, 0, 2] < tight[:, 1, 0])
    assert np.all(tight[1, :, 3] < tight[0, :, 1])


def test_what_is_no_plain_grid_is_laid_out_too():
    with paper_style():
        figure, axes = new_figure(height=2.6)
        image = axes[0, 0].pcolormesh(np.arange(6.0).reshape(2, 3))
        figure.colorbar(image, ax=axes[0, 0]).set_label("a long label of the colour bar")
        axes[0, 0].set_aspect("equal")
        assert border_is_white(saved(figure))


def test_files_have_the_size_asked_for(tmp_path):
    (figure,) = [figure for name, figure in figures(charging_cell(), checks=[]) if name == "potential"]
    image = saved(figure, resolution=220)
    width, height = figure.get_size_inches()
    assert image.mode == "RGB"
    np.testing.assert_allclose(image.size, (220 * width, 220 * height), atol=1.0)
    assert image.info["dpi"] == pytest.approx((220, 220), abs=0.1)
    for suffix, start in (("svg", b"<?xml"), ("pdf", b"%PDF")):
        path = tmp_path / f"figure.{suffix}"
        save_figure(figure, path, suffix)
        assert path.read_bytes().startswith(start)
    assert f'width="{72 * width:g}pt"' in (tmp_path / "figure.svg").read_text()
