"""From figures to files, with one pass for the layout and one for the drawing.

``Figure.savefig`` measures the text of a figure with a layout engine three times and draws it twice. Half of the time of a
small run goes into that. Here margins are measured once; the picture is the same.
"""

from __future__ import annotations

import os
from typing import IO

import numpy as np

RESOLUTION = 300  # dots per inch
PAD, GAP = 0.04, 0.09  # inch around the figure, between panels
_RUN_LENGTH = 3  # zlib's Z_RLE: lines on white compress as well as by searching, in half the time


def save_figure(figure, target: str | os.PathLike | IO[bytes], suffix: str, *, resolution: float = RESOLUTION) -> None:
    """Write `figure` (of `npsolver.output.style.new_figure`) to `target`.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    target : path or binary file
    suffix : {"png", "svg", "pdf"}
    resolution : float
        Of PNG files, dots per inch; it counts when the first file of a figure is written.
    """
    if figure.get_layout_engine() is not None:
        figure.set_dpi(resolution)
        if not _settle(figure):
            figure.get_layout_engine().execute(figure)
        figure.set_layout_engine("none")
    if suffix == "png":
        _write_png(figure, target)
        return
    # without a date the same result gives the same file
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}[suffix]
    figure.savefig(target, format=suffix, dpi=resolution, metadata=metadata)


def _write_png(figure, target) -> None:
    from PIL import Image

    figure.canvas.draw()
    size = figure.canvas.get_width_height()
    image = Image.frombuffer("RGBA", size, figure.canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    # nothing is transparent
    image.convert("RGB").save(target, format="png", dpi=(figure.dpi, figure.dpi), compress_type=_RUN_LENGTH)


def _settle(figure) -> bool:
    """Set the margins of a plain grid of panels to what their labels need; False where the figure is no such grid."""
    from matplotlib.transforms import Bbox

    panels = [(axis, axis.get_subplotspec()) for axis in figure.axes]
    if not panels or not all(_is_plain(axis, spec) for axis, spec in panels):
        return False
    if any((figure.get_suptitle(), figure.get_supxlabel(), figure.get_supylabel())):
        return False
    if not all(_is_above(legend) for legend in figure.legends):
        return False
    grid = panels[0][1].get_gridspec()
    renderer = figure.canvas.get_renderer()
    width, height = figure.bbox.size
    pad, gap = PAD * figure.dpi, GAP * figure.dpi
    above = pad + sum(legend.get_window_extent(renderer).height + pad for legend in figure.legends)
    for _ in range(2):
        # left, right of every column; bottom, top of every row
        across, up = np.zeros((grid.ncols, 2)), np.zeros((grid.nrows, 2))
        for axis, spec in panels:
            box = axis.bbox
            whole = axis.get_tightbbox(renderer) if axis.get_visible() else None
            if whole is not None:
                row, column = spec.rowspan.start, spec.colspan.start
                across[column] = np.maximum(across[column], (box.x0 - whole.x0, whole.x1 - box.x1))
                up[row] = np.maximum(up[row], (box.y0 - whole.y0, whole.y1 - box.y1))
        w = (width - 2 * pad - gap * (grid.ncols - 1) - across.sum()) / grid.ncols
        h = (height - above - pad - gap * (grid.nrows - 1) - up.sum()) / grid.nrows
        if min(w, h) < 10 * pad:
            return False
        ticks = _ticks(panels)
        for axis, spec in panels:
            row, column = spec.rowspan.start, spec.colspan.start
            left = pad + (w + gap) * column + across[:column].sum() + across[column, 0]
            top = height - above - (h + gap) * row - up[:row].sum() - up[row, 1]
            axis.set_position(Bbox.from_extents(left / width, (top - h) / height, (left + w) / width, top / height))
        # panels of another size may have other ticks, whose labels need other margins
        if _ticks(panels) == ticks:
            break
    return True


def _is_plain(axis, spec) -> bool:
    """Whether a panel fills one cell of the grid and may have any shape."""
    single = spec is not None and spec.get_gridspec().figure is axis.figure
    return single and len(spec.rowspan) == len(spec.colspan) == 1 and axis.get_aspect() == "auto"


def _is_above(legend) -> bool:
    return getattr(legend, "_outside_loc", None) == "upper"


def _ticks(panels) -> list[tuple[int, int]]:
    """How many labels the axes have."""
    return [(len(axis.get_xticks()), len(axis.get_yticks())) for axis, _ in panels]
