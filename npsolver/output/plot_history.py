"""Pictures over time and over a swept value."""

from __future__ import annotations

import numpy as np

from npsolver.output.plot_axes import axis_label, set_limits, with_unit
from npsolver.output.quantities import display_unit
from npsolver.output.style import COLOURS, DASHES, REFERENCE_COLOUR, new_figure
from npsolver.stepping.solution import Solution

MAX_LINES = 6
_WORDS = {
    "V": "Potential",
    "A/m^2": "Current density",
    "A/m": "Current per length",
    "A": "Current",
    "mol/m^3": "Concentration",
    "mol/m^2/s": "Flux",
    "C/m^2": "Surface charge",
    "C/m^3": "Charge density",
    "V/m": "Field",
    "mol/m^2": "Amount",
    "mol": "Amount",
    "mol/m": "Amount",
    "S/m^2": "Conductance",
    "S/m": "Conductivity",
    "m^2/s": "Diffusivity",
    "F/m^3": "Chemical capacitance",
    "Pa": "Pressure",
    "": "Value",
}
# what an experimenter plots against the swept key
_PREFERRED = {"potential": "current_density", "current": "membrane_potential"}


def history_figure(solution: Solution):
    """Everything recorded at each accepted step, one panel per unit."""
    time = np.asarray(solution.series["time"].values, dtype=float)
    groups: dict[str, list[tuple[str, np.ndarray]]] = {}
    for name, series in solution.series.items():
        if name != "time":
            groups.setdefault(series.unit, []).append((_words(name), np.asarray(series.values, dtype=float)))
    panels = [(unit, lines[:MAX_LINES]) for unit, lines in groups.items()]
    figure, axes = new_figure(max(len(panels), 1), height=0.5 + 1.6 * max(len(panels), 1), sharex=True)
    keep, logarithmic = _time_axis(time)
    factor, unit = display_unit(float(time.max(initial=0.0)), "s")
    for axis, (panel_unit, lines) in zip(axes[:, 0], panels):
        _draw_lines(axis, time[keep] * factor, [(name, values[keep]) for name, values in lines], panel_unit, marker=".")
        axis.set_xlim(time[keep][0] * factor, time[keep][-1] * factor)
        if logarithmic:
            axis.set_xscale("log")
    axes[-1, 0].set_xlabel(with_unit("Time", unit))
    return figure


def observables_figure(solution: Solution, checks: list[dict]):
    """Observables over the swept value or the output times, with reference curves; None if there is nothing to draw."""
    references = {check["observable"]: check["references"] for check in checks if check.get("references")}
    groups: dict[str, list[tuple[str, np.ndarray]]] = {}
    for name in _chosen(solution, list(references)):
        observable = solution.observables[name]
        values = np.broadcast_to(np.asarray(observable.value, dtype=float), solution.n_frames)
        groups.setdefault(observable.unit, []).append((name, values))
    if not groups:
        return None
    figure, axes = new_figure(len(groups), height=0.65 + 1.65 * len(groups), sharex=True)
    axis_values = np.asarray(solution.axis, dtype=float)
    factor, unit = display_unit(float(np.abs(axis_values).max()), solution.axis_unit)
    keep, logarithmic = _time_axis(axis_values) if solution.kind == "transient" else _swept_axis(axis_values)
    for axis, (panel_unit, lines) in zip(axes[:, 0], groups.items()):
        _draw_lines(
            axis,
            axis_values[keep] * factor,
            [(_label(solution, name), values[keep]) for name, values in lines],
            panel_unit,
            marker="o",
            references=[
                np.array([np.nan if value is None else value for value in references[name]])[keep]
                for name, _ in lines
                if name in references
            ],
        )
        if logarithmic:
            axis.set_xscale("log")
            if solution.kind == "sweep":
                _logarithmic_values(axis, [values for _, values in lines])
    axes[-1, 0].set_xlabel(with_unit(axis_label(solution.axis_name), unit))
    return figure


def _chosen(solution: Solution, referenced: list[str]) -> list[str]:
    """Observables worth a picture: those with a reference, else the natural answer to the swept key."""
    names = [name for name in referenced if name in solution.observables]
    if names:
        return names
    if solution.kind == "sweep":
        preferred = _PREFERRED.get(solution.axis_name.rpartition(".")[2])
        if preferred in solution.observables:
            return [preferred]
    return [name for name in solution.observables if "[" not in name and name not in solution.series][:MAX_LINES]


def _words(name: str) -> str:
    """``"current[left]"`` as ``"current (left)"``."""
    return name.replace("[", " (").replace("]", ")").replace("_", " ")  # not in labels, which name species


def _label(solution: Solution, name: str) -> str:
    return solution.observables[name].label.replace("[", " (").replace("]", ")")


def _draw_lines(axis, x, lines, unit: str, *, marker: str | None = None, references=()) -> None:
    values = np.concatenate([line for _, line in lines] + list(references))
    values = values[np.isfinite(values)]
    factor, text = display_unit(float(np.abs(values).max(initial=0.0)), unit)
    for index, (name, line) in enumerate(lines):
        axis.plot(
            x,
            line * factor,
            color=COLOURS[index % len(COLOURS)],
            linestyle="none" if references else DASHES[index % len(DASHES)],
            marker=marker if len(x) <= 60 else None,
            markersize=3.2,
            markerfacecolor="white" if references else None,
            markeredgewidth=0.9,
            label=name,
            zorder=3,
        )
    for index, line in enumerate(references):
        axis.plot(
            x,
            line * factor,
            color=REFERENCE_COLOUR,
            linewidth=0.9,
            label="closed form" if index == 0 else None,
            zorder=2,
        )
    set_limits(axis, values * factor, zero=False, floor=0.0)
    word = _WORDS.get(unit, lines[0][0]) if len(lines) > 1 or unit in _WORDS else lines[0][0]
    axis.set_ylabel(with_unit(word, text))
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, columnspacing=1.2, handletextpad=0.5)


def _logarithmic_values(axis, lines) -> None:
    """A logarithmic axis for values of one sign that also span more than three decades."""
    values = np.concatenate([np.ravel(line) for line in lines])
    if np.all(values > 0) and values.max() > 1e3 * values.min():
        low, high = axis.get_ylim()[1] * values.min() / values.max(), axis.get_ylim()[1]
        axis.set_yscale("log")
        axis.set_ylim(low / 2, 2 * high)


def _swept_axis(values: np.ndarray):
    """All swept values, on a logarithmic axis where they are positive and span more than three decades."""
    return slice(None), bool(values.min() > 0 and values.max() > 1e3 * values.min())


def _time_axis(time: np.ndarray):
    """Which times to draw, and whether on a logarithmic axis (more than three decades)."""
    positive = time > 0
    if positive.sum() > 2 and time.max() > 1e3 * time[positive].min():
        return positive, True
    return slice(None), False
