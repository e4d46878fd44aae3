"""Descriptions of pictures, plain enough for JSON; `npsolver.output.law_plots` draws them.

A figure is ``{"name", "type": "lines", "panels": [...]}`` or ``{"name", "type": "map", ...}``.  Lines name what they
show: ``"axis"``, an array or an observable; `row` picks one row of an array.
"""

from __future__ import annotations

import numpy as np

from npsolver.errors import InputError
from npsolver.stepping.law_solution import LawSolution

FAMILY = 8  # more curves than that are a map
MAX_LINES = 7


def line(x: str, y: str, label: str = "", *, row: int | None = None, points: bool = False) -> dict:
    """One curve."""
    return {"x": x, "y": y, "label": label, "row": row, "points": points}


def panel(lines: list[dict], y_label: str = "", **options) -> dict:
    """Axes with curves; options: `x_label`, `x_scale`, `y_scale`, `zero` (a line at zero)."""
    return {"lines": lines, "y_label": y_label, **options}


def figure(name: str, panels: list[dict], **options) -> dict:
    """Panels below each other over one abscissa; ``columns=2`` puts them side by side."""
    return {"name": name, "type": "lines", "panels": panels, **options}


def by_unit(solution: LawSolution, names, **options) -> list[dict]:
    """One panel per unit."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(solution.observables[name].unit, []).append(name)
    panels = []
    for unit, group in groups.items():
        for start in range(0, len(group), MAX_LINES):
            part = group[start : start + MAX_LINES]
            lines = [line("axis", name, solution.observables[name].label) for name in part]
            # a word for the axis where several share it, the name itself where one stands alone
            panels.append(panel(lines, solution.observables[part[0]].label if len(part) == 1 else "", **options))
            panels[-1]["unit"] = unit
    return panels


def default_figures(solution: LawSolution, sweeps) -> list[dict]:
    """Everything over the swept input: curves, a family of curves, or maps."""
    first = sweeps[0]
    options = {"x_label": first.label, "x_scale": "log" if first.log else "linear"}
    if len(sweeps) == 1:
        names = [name for name, item in solution.observables.items() if np.ndim(item.value)]
        return [figure("sweep", by_unit(solution, names, **options))] if len(first.values) > 1 else []
    second = sweeps[1]
    names = [name for name, item in solution.arrays.items() if len(item.dims) == 2]
    if len(second.values) > FAMILY:
        scale = "log" if second.log else "linear"
        return [_map(name, solution, second.label, y_scale=scale, **options) for name in names]
    return [figure("sweep", [_family(name, solution, second, options) for name in names])]


def _family(name: str, solution: LawSolution, second, options: dict) -> dict:
    rows = [line("axis", name, "", row=row) for row in range(len(second.values))]
    other = ".".join(second.target)
    for row, item in enumerate(rows):
        item["family"] = {"label": second.label, "array": other, "index": row}
    return panel(rows, solution.observables[name].label, unit=solution.arrays[name].unit, **options)


def _map(name: str, solution: LawSolution, y_label: str, levels=(), **options) -> dict:
    item = solution.arrays[name]
    return {
        "name": f"map_{name}",
        "type": "map",
        "values": name,
        "x": "axis",
        "y": item.dims[0],
        "y_label": y_label,
        "label": item.label or name.replace("_", " "),
        "levels": list(levels),
        **options,
    }


def requested_figures(plots, solution: LawSolution, axis_word: str = "", sweeps=()) -> list[dict]:
    """The pictures that the case asks for; `axis_word` stands along the axis unless they say otherwise."""
    found = []
    for plot in plots:
        here = f"plot {plot.name!r}"
        for name in (*plot.y, *([plot.x] if plot.x else [])):
            item = solution.observables.get(name)
            if item is None or np.ndim(item.value) == 0:
                curves = [key for key, one in solution.observables.items() if np.ndim(one.value)]
                raise InputError(f"there is no curve {name!r} (curves: {', '.join(curves) or 'none'})", key=here)
        if plot.kind == "map":
            name = plot.y[0]
            if name not in solution.arrays:
                raise InputError("a map needs a second sweep", key=here)
            entry = _map(
                name, solution, plot.y_label or sweeps[1].label, plot.levels, x_label=plot.x_label or axis_word
            )
            entry |= {"name": plot.name, "x_scale": plot.x_scale, "y_scale": plot.y_scale}
            found.append(entry)
            continue
        options = {"x_scale": plot.x_scale, "y_scale": plot.y_scale}
        label = plot.x_label or (solution.observables[plot.x].label if plot.x else axis_word)
        if len(sweeps) == 2 and len(sweeps[1].values) <= FAMILY and not plot.x:
            panels = [_family(name, solution, sweeps[1], options | {"x_label": label}) for name in plot.y]
            found.append(figure(plot.name, panels))
            continue
        lines = [line(plot.x or "axis", name, solution.observables[name].label) for name in plot.y]
        alone = solution.observables[plot.y[0]].label if len(plot.y) == 1 else ""
        found.append(figure(plot.name, [panel(lines, plot.y_label or alone, x_label=label, **options)]))
    return found
