"""Pictures of a study: lines over one axis, families of lines and heat maps over two, rows of them over three."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from npsolver.errors import InputError
from npsolver.output.atomic import replacing
from npsolver.output.figure_files import save_figure
from npsolver.output.quantities import display_unit, format_number, typeset
from npsolver.output.study_files import Column, Table, text
from npsolver.output.style import PANEL_HEIGHT, new_figure, paper_style, step_colours

MOST_LINES = 8
MOST_PANELS = 6
MOST_OBSERVABLES = 4


def write_study_plots(
    directory: str | os.PathLike, table: Table, *, observables: Sequence[str] = (), formats: Sequence[str] = ("png",)
) -> list[Path]:
    """Draw the observables of a study over its axes.

    Parameters
    ----------
    directory : path
    table : Table
    observables : sequence of str
        Which ones; default: the first few that are not the same everywhere.
    formats : sequence of {"png", "svg", "pdf"}
    """
    chosen = _chosen(table, observables)
    with replacing(directory) as files, paper_style():
        for column in chosen:
            for kind, figure in _figures(table, column):
                for suffix in formats:
                    save_figure(figure, files.path(f"{_file_name(column.name)}-{kind}.{suffix}"), suffix)
        names = files.names
    return [Path(directory) / name for name in names]


def _chosen(table: Table, names: Sequence[str]) -> list[Column]:
    available = {column.name: column for column in table.of_kind("observable")}
    if names:
        unknown = [name for name in names if name not in available]
        if unknown:
            raise InputError(f"there is no observable {unknown[0]!r} (there are: {', '.join(available)})")
        return [available[name] for name in names]
    varied = [column for column in available.values() if _varies(column.values)]
    if not varied:
        raise InputError("nothing to draw: no observable varies over the finished members")
    return varied[:MOST_OBSERVABLES]


def _varies(values: np.ndarray) -> bool:
    finite = values[np.isfinite(values)]
    return finite.size > 1 and float(np.ptp(finite)) > 1e-9 * float(np.abs(finite).max())


def _figures(table: Table, column: Column):
    """(kind, figure) for every picture of one observable."""
    axes = _drawn_axes(table)
    if len(table.shape) == 1 and len(axes) > 1:
        yield "scatter", _scatter(table, column, axes)
        return
    values = np.full(table.shape, np.nan)
    values[tuple(table.position.T)] = column.values
    order = sorted(range(len(axes)), key=lambda i: (not axes[i].is_number, -_length(table, i)))
    if len(axes) == 1:
        yield "line", _lines(axes[0], None, [(None, values)], column, table)
        return
    x, family, rest = order[0], order[1], order[2:]
    arranged = np.moveaxis(values, (family, x, *rest), range(len(order)))
    panels = _panels(arranged, [_coordinate(table, i) for i in rest])
    first, second = _coordinate(table, x), _coordinate(table, family)
    yield "lines", _lines(first, second, panels, column, table)
    if first.is_number and second.is_number and min(len(first.values), len(second.values)) >= 3:
        yield "map", _maps(first, second, panels, column)


def _length(table: Table, dimension: int) -> int:
    return table.shape[dimension]


def _drawn_axes(table: Table) -> list[Column]:
    """One coordinate per dimension; a single dimension of many axes gives all of them."""
    if len(table.dims) == 1:
        names = table.dims[0][1]
        first = table[names[0]]
        if not first.is_number and len(set(map(text, first.values))) == len(table):
            return [_coordinate(table, 0)]  # every row has a name of its own
        return [table[name] for name in names if table[name].is_number] or [table["member"]]
    return [_coordinate(table, dimension) for dimension in range(len(table.dims))]


def _coordinate(table: Table, dimension: int) -> Column:
    """Values of the first axis of a dimension, one per position along it."""
    column = table[table.dims[dimension][1][0]]
    at = table.position[:, dimension]
    values = np.empty(table.shape[dimension], dtype=object)
    values[:] = np.nan if column.is_number else ""
    values[at] = column.values
    return Column(column.name, values.astype(float) if column.is_number else list(values), column.unit, column.label)


def _panels(values: np.ndarray, rest: list[Column]) -> list[tuple[str | None, np.ndarray]]:
    """(title, (family, x) array) for a few positions along the remaining dimensions."""
    if not rest:
        return [(None, values)]
    positions = list(np.ndindex(values.shape[2:]))
    chosen = _spread(len(positions), MOST_PANELS)
    return [
        (", ".join(_named(column, i) for column, i in zip(rest, positions[p])), values[(..., *positions[p])])
        for p in chosen
    ]


def _spread(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return sorted({int(i) for i in np.linspace(0, count - 1, most).round()})


def _named(column: Column, position: int) -> str:
    value = column.values[position]
    if not column.is_number:
        return text(value)
    factor, unit = display_unit(value, column.unit)
    return f"{column.name} = {format_number(value * factor, 4)} {unit}".rstrip()


def _scaled(column: Column) -> tuple[np.ndarray, str]:
    """Numbers and axis label in a unit that reads well."""
    values = np.asarray(column.values, dtype=float)
    finite = np.abs(values[np.isfinite(values)])
    factor, unit = display_unit(float(finite.max(initial=0.0)), column.unit)
    label = column.label or column.name.replace("_", " ")
    if not unit:
        unit = typeset(column.unit)
    return values * factor, f"{label} / {unit}" if unit else label


def _is_logarithmic(values: np.ndarray) -> bool:
    """Whether positive values are spaced by ratios rather than by steps."""
    values = np.unique(values[np.isfinite(values)])
    return values.size > 2 and values[0] > 0.0 and values[-1] > 30.0 * values[0]


def _grid(count: int):
    columns = min(count, 3)
    rows = math.ceil(count / columns)
    figure, axes = new_figure(rows, columns, height=PANEL_HEIGHT * rows, sharex=True, sharey=True)
    for extra in list(axes.flat)[count:]:
        extra.set_visible(False)
    return figure, list(axes.flat)[:count]


def _lines(x: Column, family: Column | None, panels, column: Column, table: Table):
    figure, axes = _grid(len(panels))
    scale, label = _scaled(column)
    factor = _factor(column, scale)
    numbers, x_label = _scaled(x) if x.is_number else (np.arange(len(x.values), dtype=float), x.name)
    order = np.argsort(numbers, kind="stable")
    for axis, (title, values) in zip(axes, panels):
        rows = [None] if family is None else _spread(len(family.values), MOST_LINES)
        for colour, row in zip(step_colours(len(rows)), rows):
            y = (values if row is None else values[row]) * factor
            name = None if row is None else _named(family, row)
            style = {"linestyle": "-" if x.is_number else "none", "marker": ".", "markersize": 3 if x.is_number else 6}
            axis.plot(numbers[order], y[order], color=colour, label=name, **style)
        axis.set_title(title or "")
        if _is_logarithmic(numbers):
            axis.set_xscale("log")
        if not x.is_number:
            axis.set_xticks(numbers, [text(value) for value in x.values], rotation=90, fontsize=5.5)
            axis.axhline(0.0, color="0.7", linewidth=0.6, zorder=0)
    _label(figure, axes, x_label, label)
    if family is not None:
        axes[0].legend(fontsize=5.5)
    return figure


def _factor(column: Column, scaled: np.ndarray) -> float:
    values = np.asarray(column.values, dtype=float)
    large = np.nanargmax(np.abs(values))
    return float(scaled[large] / values[large])


def _maps(x: Column, y: Column, panels, column: Column):
    figure, axes = _grid(len(panels))
    scaled, label = _scaled(column)
    factor = _factor(column, scaled)
    (xs, x_label), (ys, y_label) = _scaled(x), _scaled(y)
    across, up = np.argsort(xs, kind="stable"), np.argsort(ys, kind="stable")
    low, high = float(np.nanmin(scaled)), float(np.nanmax(scaled))
    # a quantity of both signs gets a map whose middle is zero
    size = max(-low, high)
    options = {"cmap": "RdBu_r", "vmin": -size, "vmax": size} if low < 0.0 < high else {"vmin": low, "vmax": high}
    for axis, (title, values) in zip(axes, panels):
        picture = axis.pcolormesh(
            xs[across], ys[up], (values * factor)[np.ix_(up, across)], shading="nearest", rasterized=True, **options
        )
        axis.set_title(title or "")
        if _is_logarithmic(xs):
            axis.set_xscale("log")
        if _is_logarithmic(ys):
            axis.set_yscale("log")
    _label(figure, axes, x_label, y_label)
    figure.colorbar(picture, ax=axes, label=label)
    return figure


def _scatter(table: Table, column: Column, axes: list[Column]):
    """Samples: the observable against every axis."""
    figure, panels = new_figure(1, len(axes), sharey=True)
    values, label = _scaled(column)
    for panel, axis in zip(panels.flat, axes):
        numbers, x_label = _scaled(axis)
        panel.plot(numbers, values, ".", markersize=3)
        panel.set_xlabel(x_label)
        if _is_logarithmic(numbers):
            panel.set_xscale("log")
    panels.flat[0].set_ylabel(label)
    return figure


def _label(figure, axes, x_label: str, y_label: str) -> None:
    if len(axes) == 1:
        axes[0].set_xlabel(x_label)
        axes[0].set_ylabel(y_label)
    else:
        figure.supxlabel(x_label, fontsize=8)
        figure.supylabel(y_label, fontsize=8)


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in "+-_" else "_" for c in name).strip("_")
