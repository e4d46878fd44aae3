"""Axes that label themselves: positions, region names, legends, frames."""

from __future__ import annotations

import numpy as np

from npsolver.output.layers import Window
from npsolver.output.profiles import region_spans
from npsolver.output.quantities import display_unit, format_quantity
from npsolver.output.solid_labels import pressure_unit, with_power
from npsolver.output.style import PANEL_WIDTH, REGION_SHADES, species_label
from npsolver.stepping.solution import Solution

MAX_FRAMES = 6  # more lines in one panel cannot be told apart
_CHARACTER = 0.062  # inch, mean width of a character in a region's name


def with_unit(label: str, unit: str) -> str:
    """``label (unit)``."""
    return f"{label} ({unit})" if unit else label


def draw_positions(axis, solution: Solution, *, label: bool, names: bool) -> float:
    """Limits, label and region shading of a position axis.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    solution : Solution
    label, names : bool
        Whether to write the axis label, and the names of the regions above the panel.

    Returns
    -------
    float
        Factor from metre to the unit of the axis.
    """
    spans = region_spans(solution)
    start, end = spans[0][1], spans[-1][2]
    factor, unit = display_unit(max(abs(start), abs(end)), "m")
    margin = 0.015 * (end - start)  # what happens at the very ends must not hide behind the frame
    axis.set_xlim((start - margin) * factor, (end + margin) * factor)
    if label:
        word = "Position" if solution.mesh.coordinates == "cartesian" else "Radius"
        axis.set_xlabel(with_unit(word, unit))
    if len(spans) == 1:
        return factor
    for index, (_, left, right) in enumerate(spans):
        axis.axvspan(left * factor, right * factor, color=REGION_SHADES[index % 2], linewidth=0, zorder=0)
        if index:
            axis.axvline(left * factor, color="0.7", linewidth=0.5, zorder=0.4)
    if names:
        _write_region_names(axis, spans, factor)
    return factor


def draw_window(axis, window: Window, *, label: bool) -> float:
    """Limits and label of the position axis of a window; the factor from metre to its unit."""
    factor, unit = display_unit(max(abs(window.low), abs(window.high)), "m")
    margin = 0.015 * (window.high - window.low)
    axis.set_xlim((window.low - margin) * factor, (window.high + margin) * factor)
    if window.low < 0.0 < window.high:
        axis.axvline(0.0, color="0.7", linewidth=0.5, zorder=0.4)
    if label:
        axis.set_xlabel(with_unit(window.label, unit))
    return factor


def _write_region_names(axis, spans, factor: float) -> None:
    """Names above the panel, lifted by a row where neighbours would run into each other."""
    start, end = spans[0][1], spans[-1][2]
    taken: list[float] = []  # right edge of the text so far, inch, one entry per row
    for name, left, right in spans:
        centre = (0.015 + 0.97 * (0.5 * (left + right) - start) / (end - start)) * PANEL_WIDTH
        half = 0.5 * _CHARACTER * len(name)
        centre = min(max(centre, half), PANEL_WIDTH - half)
        row = next((row for row, edge in enumerate(taken) if edge < centre - half), len(taken))
        if row == len(taken):
            taken.append(0.0)
        taken[row] = centre + half + 0.05
        axis.annotate(
            name,
            (centre / PANEL_WIDTH, 1.0),
            xycoords="axes fraction",
            xytext=(0, 2 + 8 * row),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=6.5,
            color="0.35",
            annotation_clip=False,
        )
    axis.region_rows = len(taken)


def legend_columns(labels: list[str], most: int) -> int:
    """Columns in which a legend is no wider than a column of a journal."""
    longest = max((len(label) for label in labels), default=1)
    return max(1, min(most, len(labels), 60 // (longest + 7)))


def legend_above(axis, *, columns: int) -> None:
    """Legend above the panel (and above the names of the regions), where it can hide nothing."""
    from matplotlib.transforms import offset_copy

    handles, labels = axis.get_legend_handles_labels()
    lift = 8 * getattr(axis, "region_rows", 0) + 3
    axis.legend(
        handles,
        labels,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        bbox_transform=offset_copy(axis.transAxes, axis.figure, 0.0, lift, "points"),
        ncols=legend_columns(labels, columns),
        borderaxespad=0.0,
        columnspacing=1.2,
        handletextpad=0.5,
    )


def set_limits(axis, values: np.ndarray, *, zero: bool, floor: float) -> None:
    """Limits of a linear axis around `values`.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    values : (n,) float64
        In the unit of the axis.
    zero : bool
        Whether zero belongs to the picture.
    floor : float
        Smallest span worth showing, in the unit of the axis: round-off must not fill the panel.
    """
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    span = max(high - low, 1e-3 * max(abs(low), abs(high)), floor) or 1.0
    middle = 0.5 * (low + high)
    axis.set_ylim(middle - 0.56 * span, middle + 0.56 * span)
    if zero and high == 0.0 == low:
        axis.set_ylim(-0.5 * span, 0.5 * span)
    if axis.get_ylim()[0] < 0 < axis.get_ylim()[1]:
        axis.axhline(0.0, color="0.6", linewidth=0.5, zorder=0.5)


def selected_frames(solution: Solution) -> list[int]:
    """At most `MAX_FRAMES` frames, evenly spread, first and last among them."""
    count = min(MAX_FRAMES, solution.n_frames)
    return [int(frame) for frame in np.unique(np.linspace(0, solution.n_frames - 1, count).round())]


def _long_time(value: float) -> str:
    """A time beside others of hours or days, in s, min, h or d."""
    for unit, seconds in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if value >= seconds:
            return f"{value / seconds:.3g} {unit}"
    return "0" if value == 0.0 else format_quantity(value, "s", 3).replace("-", "−")


def axis_label(name: str) -> str:
    """``"boundary.left.potential"`` as ``"Potential at left"``; other keys with blanks."""
    parts = name.split(".")
    if len(parts) == 4 and parts[:2] == ["geometry", "region"]:
        return f"{parts[3].replace('_', ' ').capitalize()} of {parts[2]}"
    if len(parts) == 3 and parts[0] == "boundary":
        return f"{parts[2].replace('_', ' ').capitalize()} at {parts[1]}"
    if len(parts) > 3 and parts[0] == "boundary":
        what = ".".join(parts[3:])
        what = species_label(what, 0.0) if parts[2] == "pressure" else what
        return f"{parts[2].replace('_', ' ').capitalize()} of {what} at {parts[1]}"
    return name.replace("_", " ").replace(".", " ").capitalize()


def frame_labels(solution: Solution, frames: list[int]) -> list[str]:
    """What tells the frames apart, e.g. ``"1 ms"``."""
    if solution.kind == "steady":
        return [""] * len(frames)
    if solution.axis_unit in ("", "1"):
        return [f"{solution.axis[frame]:.4g}" for frame in frames]
    values = [float(solution.axis[frame]) for frame in frames]
    if solution.axis_unit == "Pa" and (unit := pressure_unit(np.asarray(solution.axis, dtype=float))):
        return [f"{with_power(value * unit[0])} {unit[1]}".replace("-", "−") for value in values]
    factor, longest = display_unit(max(abs(value) for value in values), solution.axis_unit)
    if longest in ("h", "d"):  # one unit for all, if none of them is a small part of it
        labels = [f"{value * factor:.3g} {longest}" for value in values]
        if all(value == 0.0 or value * factor >= 0.1 for value in values):
            return labels
        return [_long_time(value) for value in values]
    labels = ["0" if value == 0 else format_quantity(value, solution.axis_unit, 3) for value in values]
    return [label.replace("-", "−") for label in labels]
