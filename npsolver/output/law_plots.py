"""Pictures of cases without a mesh, drawn from their descriptions (see `npsolver.laws.figures`)."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np

from npsolver.output.plot_axes import set_limits, with_unit
from npsolver.output.quantities import display_unit, format_quantity
from npsolver.output.solid_labels import DECADES, DECADES_OF_SOLIDS, pressure_unit
from npsolver.output.style import (
    COLOURS,
    DASHES,
    REFERENCE_COLOUR,
    WIDTH,
    new_figure,
    paper_style,
    species_label,
    step_colours,
)
from npsolver.stepping.law_solution import LawSolution

_PANEL = 1.75  # inch
_LEGEND_ROW = 0.155  # inch
_LONG_TIMES = ((3 * 86400.0, 86400.0, "d"), (3 * 3600.0, 3600.0, "h"), (300.0, 60.0, "min"))
_CHARGES = {"C": (1 / 3600, "A h", 1), "C/V": (1 / 3600, "A h V⁻¹", 1), "V/C": (3600.0, "V (A h)⁻¹", -1)}
_POINTS = 60  # up to so many points are shown as such


def law_figures(solution: LawSolution, *, checks: list[dict]) -> Iterator[tuple[str, object]]:
    """Name (without suffix) and figure of every picture of `solution`.

    Parameters
    ----------
    solution : LawSolution
    checks : list of dict
        As in ``summary.json``; those with a reference at every frame give reference curves.
    """
    drawers = {"lines": _lines, "map": _map, "pourbaix": _pourbaix, "alloy": _alloy, "alloy map": _alloy_map}
    references = {check["observable"]: check["references"] for check in checks if check.get("references")}
    with paper_style():
        for item in solution.figures:
            yield item["name"], drawers[item["type"]](item, solution, references)


def _values(
    solution: LawSolution, name: str, row: int | None = None, *, whole: bool = False
) -> tuple[np.ndarray, str, str]:
    """Values, unit and label of what a description names; `whole` prefers a map to the curve of the same name."""
    if name == "axis":
        return np.asarray(solution.axis, dtype=float), solution.axis_unit, _words(solution.axis_name)
    if name in solution.arrays and (whole or row is not None or name not in solution.observables):
        item = solution.arrays[name]
        return item.values if row is None else item.values[row], item.unit, item.label or _words(name)
    item = solution.observables[name]
    values = np.broadcast_to(np.asarray(item.value, dtype=float), solution.n_frames)
    return values, item.unit, item.label


def _words(name: str) -> str:
    return name.rpartition(".")[2].replace("_", " ").capitalize()


def _unit_of(values: np.ndarray, unit: str) -> tuple[float, str]:
    """Factor and unit for an axis; charges of batteries read best in ampere hours."""
    finite = np.abs(values[np.isfinite(values)])
    if unit in _CHARGES:
        factor, text, power = _CHARGES[unit]
        large = finite.max(initial=0.0) * factor
        if (large < 0.1) if power > 0 else (large > 1e2):
            return factor * 1000.0**power, text.replace("A h", "mA h").replace("(A", "(mA")
        return factor, text
    if unit == "s":
        for size, seconds, text in _LONG_TIMES:
            if finite.max(initial=0.0) >= size:
                return 1 / seconds, text
    if unit == "Pa" and (found := pressure_unit(finite)):
        return found
    return display_unit(float(finite.max(initial=0.0)), unit)


def _lines(item: dict, solution: LawSolution, references: dict):
    panels, columns = item["panels"], item.get("columns", 1)
    rows = -(-len(panels) // columns)
    panels = [panel | {"formula": any(line["y"] in references for line in panel["lines"])} for panel in panels]
    legends = [_legend_rows(panel) for panel in panels]
    height = 0.45 + rows * _PANEL + _LEGEND_ROW * sum(legends[::columns])
    figure, axes = new_figure(rows, columns, height=height, sharex=item.get("share_x", True))
    for number, panel in enumerate(panels):
        axis = axes[number // columns, number % columns]
        _draw_panel(axis, panel, solution, references, last=number + columns >= len(panels))
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    return figure


def _legend_rows(panel: dict) -> int:
    if len(panel["lines"]) < 2 and not any(line["points"] for line in panel["lines"]):
        return 0
    return -(-(len(panel["lines"]) + bool(panel.get("formula"))) // _legend_columns(panel, panel["lines"]))


def _legend_columns(panel: dict, lines: list) -> int:
    longest = max((len(line["label"] or "mmmmmmmm") for line in lines), default=1)
    return max(1, min(len(lines) + bool(panel.get("formula")), int(60 // (longest + 7))))


def _draw_panel(axis, panel: dict, solution: LawSolution, references: dict, *, last: bool) -> None:
    drawn = []
    for line in panel["lines"]:
        x, x_unit, x_label = _values(solution, line["x"])
        y, unit, _ = _values(solution, line["y"], line.get("row"))
        drawn.append((line, x, y, x_unit, unit, x_label))
    everything = np.concatenate([y for _, _, y, *_ in drawn])
    if panel.get("ceiling"):
        everything = everything[np.abs(everything) <= panel["ceiling"]]
    x_all = np.concatenate([x for _, x, *_ in drawn])
    x_factor, x_text = _unit_of(x_all, drawn[0][3])
    factor, text = _unit_of(everything, drawn[0][4])
    colours = _colours(panel["lines"])
    for index, (line, x, y, *_) in enumerate(drawn):
        keep = np.isfinite(x) & np.isfinite(y) if panel.get("y_scale") == "log" else np.isfinite(x)
        reference = references.get(line["y"]) if line["x"] == "axis" and line.get("row") is None else None
        few = len(x) <= _POINTS and reference is not None
        axis.plot(
            x[keep] * x_factor,
            y[keep] * factor,
            color=colours[index],
            linestyle="none" if line["points"] or few else DASHES[index % len(DASHES)] if colours is COLOURS else "-",
            marker="o" if few else "." if line["points"] else None,
            markersize=3.2 if few else 2.0,
            markerfacecolor="white" if few else None,
            markeredgewidth=0.9 if few else 0.0,
            label=_family_label(line, solution) if "family" in line else _pretty(line["label"]),
            zorder=2 if line["points"] else 3,
        )
        if reference is not None:
            curve = np.array([np.nan if value is None else value for value in reference])
            axis.plot(x * x_factor, curve * factor, color=REFERENCE_COLOUR, linewidth=0.8, zorder=2, label="formula")
    # defects over the oxygen pressure spread over more decades than others
    decades = DECADES_OF_SOLIDS if drawn[0][3] == "Pa" else DECADES
    _decorate(axis, panel, everything * factor, x_all * x_factor, decades)
    axis.set_ylabel(_wrapped(with_unit(_pretty(panel["y_label"]) or _word(panel.get("unit", drawn[0][4])), text)))
    if last:
        axis.set_xlabel(with_unit(_pretty(panel.get("x_label") or drawn[0][5]), x_text))
        axis.tick_params(labelbottom=True)
    if _legend_rows(panel):
        columns = _legend_columns(panel, panel["lines"])
        style = {"columnspacing": 1.1, "handletextpad": 0.5, "borderaxespad": 0.15}
        axis.legend(*_legend(axis), loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=columns, **style)


def _legend(axis) -> tuple[list, list]:
    """Handles and labels, each label once."""
    entries = dict(zip(*axis.get_legend_handles_labels()[::-1]))
    return list(entries.values()), list(entries)


def _decorate(axis, panel: dict, values: np.ndarray, x: np.ndarray, decades: int) -> None:
    """Scales, limits, lines at given heights, shaded parts."""
    if panel.get("x_scale") == "log":
        axis.set_xscale("log")
    finite = values[np.isfinite(values)]
    if panel.get("y_scale") == "log":
        axis.set_yscale("log")
        positive = finite[finite > 0]
        if positive.size:
            axis.set_ylim(max(positive.min(), positive.max() * 10.0**-decades) / 1.5, positive.max() * 1.5)
    elif finite.size:
        set_limits(axis, finite, zero=False, floor=0.0)
    if panel.get("zero") and finite.size and finite.min() < 0 < finite.max():
        axis.axhline(0.0, color="0.6", linewidth=0.5, zorder=1)
    reach = x[np.isfinite(x)]
    if panel.get("x_scale") == "log":
        reach = reach[reach > 0]
    if reach.size and reach.min() < reach.max():
        axis.set_xlim(reach.min(), reach.max())


_WORDS = {
    "V": "Potential",
    "A/m^2": "Current density",
    "mol/m^3": "Concentration",
    "J/mol": "Molar energy",
    "C/m^2": "Surface charge",
    "F/m^2": "Capacitance",
    "S/m^2": "Conductance",
    "eV": "Energy",
    "mol/m^2/s": "Flux",
    "m": "Length",
    "": "Value",
}


_ION = re.compile(r"(?<![\w$])([A-Z][A-Za-z]?\d|(?:[A-Z][a-z]?\d?)+(?:\^\d)?)([+-])(?![\w-])")


def _pretty(text: str) -> str:
    """Ions in a label with typographic charges and indices."""

    def typeset(match: re.Match) -> str:
        body, sign = match.groups()
        divalent = re.fullmatch(r"[A-Z][a-z]?(\d)|.*\^(\d)", body)
        return species_label(match.group(), float(sign + (divalent.group(1) or divalent.group(2) if divalent else "1")))

    return _ION.sub(typeset, text)


def _wrapped(text: str, width: int = 30) -> str:
    """A long label on two lines, so that it fits the height of a panel."""
    if len(text) <= width or "$" in text:
        return text
    return textwrap.fill(text, max(width, -(-len(text) // 2) + 3), break_long_words=False, break_on_hyphens=False)


def _word(unit: str) -> str:
    return _WORDS.get(unit, "Value")


def _colours(lines: list[dict]):
    return step_colours(len(lines)) if any("family" in line for line in lines) else COLOURS * 3


def _family_label(line: dict, solution: LawSolution) -> str:
    family = line["family"]
    item = solution.arrays[family["array"]]
    return format_quantity(float(item.values[family["index"]]), item.unit, 4)


def _map(item: dict, solution: LawSolution, _):
    """A quantity over two axes, with contours at given levels."""
    from matplotlib.colors import TwoSlopeNorm

    x, x_unit, x_word = _values(solution, item["x"])
    y, y_unit, y_word = _values(solution, item["y"])
    values, unit, _ = _values(solution, item["values"], whole=True)
    figure, axes = new_figure(height=2.6)
    axis = axes[0, 0]
    (x_factor, x_text), (y_factor, y_text) = _unit_of(x, x_unit), _unit_of(y, y_unit)
    factor, text = _unit_of(values, unit)
    shown = values * factor
    low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
    signed = low < 0 < high
    norm = TwoSlopeNorm(0.0, -max(-low, high), max(-low, high)) if signed else None
    image = axis.pcolormesh(
        x * x_factor, y * y_factor, shown, cmap="RdBu_r" if signed else "viridis", norm=norm, shading="gouraud"
    )
    image.set_rasterized(True)
    bar = figure.colorbar(image, ax=axis, pad=0.02)
    bar.set_label(_wrapped(with_unit(item["label"], text), 36))
    bar.outline.set_linewidth(0.6)
    if item.get("levels"):
        lines = axis.contour(
            x * x_factor, y * y_factor, shown, [level * factor for level in item["levels"]], colors="k", linewidths=0.9
        )
        if len(item["levels"]) > 1:
            axis.clabel(lines, fontsize=6.5, fmt=lambda value: f"{value:g}" + (f" {text}" if text else ""))
    for number, line in enumerate(item.get("overlays", ())):
        ox, oy = _values(solution, line["x"])[0], _values(solution, line["y"])[0]
        axis.plot(ox * x_factor, oy * y_factor, color="k", linestyle=DASHES[number], label=line["label"], linewidth=1.0)
    axis.set_xlim(x.min() * x_factor, x.max() * x_factor)
    axis.set_ylim(y.min() * y_factor, y.max() * y_factor)
    axis.set_xscale(item.get("x_scale", "linear"))
    axis.set_yscale(item.get("y_scale", "linear"))
    axis.set_xlabel(with_unit(item.get("x_label") or x_word, x_text))
    axis.set_ylabel(with_unit(item.get("y_label") or y_word, y_text))
    return figure


def _diagram(item: dict, solution: LawSolution) -> SimpleNamespace:
    """What the functions of `pourbaix_plot` read, from the stored description."""
    record = item["diagram"]
    return SimpleNamespace(
        ph=np.asarray(solution.arrays["pH"].values),
        potential=np.asarray(solution.arrays["E"].values),
        water=SimpleNamespace(hydrogen=record["hydrogen"], oxygen=record["oxygen"]),
        fields=[
            SimpleNamespace(name=f["name"], polygon=np.asarray(f["polygon"]), phase=f["phase"])
            for f in record.get("fields", ())
        ],
        boundaries=[SimpleNamespace(segment=np.asarray(segment)) for segment in record.get("boundaries", ())],
        names=tuple(record.get("names", ())),
        dissolved_names=tuple(record.get("dissolved_names", ())),
        winner=np.asarray(solution.arrays["field"].values, dtype=int) if "field" in solution.arrays else None,
    )


def _diagram_axes():
    figure, axes = new_figure(height=3.6)
    figure.set_figwidth(WIDTH * 1.25)
    return axes[0, 0]


def _pourbaix(item: dict, solution: LawSolution, _):
    from npsolver.output.pourbaix_plot import plot_pourbaix

    return plot_pourbaix(_diagram(item, solution), ax=_diagram_axes(), font_size=7.0, grow=True).figure


def _alloy(item: dict, solution: LawSolution, _):
    from npsolver.output.pourbaix_plot import plot_alloy

    return plot_alloy(_diagram(item, solution), ax=_diagram_axes(), font_size=6.5, grow=True).figure


def _alloy_map(item: dict, solution: LawSolution, _):
    from npsolver.output.pourbaix_plot import plot_alloy_map

    values = np.asarray(solution.arrays[item["values"]].values, dtype=float)
    return plot_alloy_map(_diagram(item, solution), values, label=item["label"], ax=_diagram_axes()).figure
