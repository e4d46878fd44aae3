"""Pictures over time and over a swept value."""

from __future__ import annotations

import numpy as np

from npsolver.output.plot_axes import axis_label, legend_columns, set_limits, with_unit
from npsolver.output.quantities import display_unit, format_quantity
from npsolver.output.solid_labels import concentration_unit, pressure_unit, with_labels
from npsolver.output.style import COLOURS, DASHES, REFERENCE_COLOUR, new_figure
from npsolver.stepping.solution import Solution

MAX_LINES = 6
MAX_SPANS = 3  # between events, side by side
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
    "J/mol": r"$\tilde{\mu}$",
    "m^2/s": "Diffusivity",
    "F/m^3": "Chemical capacitance",
    "Pa": "Pressure",
    "": "Value",
}
# what an experimenter plots against the swept key
_PREFERRED = {"potential": "current_density", "current": "membrane_potential"}


def history_figure(solution: Solution):
    """Everything recorded at each accepted step, one row of panels per unit.

    What follows an event begins fast again: where it needs a logarithmic axis, each of up to `MAX_SPANS` spans between events
    gets a column of panels, whose time starts at the event. Otherwise all share one linear axis.
    """
    time = np.asarray(solution.series["time"].values, dtype=float)
    groups: dict[str, list[tuple[str, np.ndarray]]] = {}
    for name, series in solution.series.items():
        if name != "time":
            groups.setdefault(series.unit, []).append((_words(name), np.asarray(series.values, dtype=float)))
    rows = [(unit, lines[:MAX_LINES]) for unit, lines in groups.items()]
    spans = _spans(time)
    starts = [float(time[span][0]) for span in spans]
    logarithmic = len(spans) <= MAX_SPANS and any(_time_axis(time[s] - o)[1] for s, o in zip(spans, starts))
    apart = logarithmic and len(spans) > 1
    pieces, origins = (spans, starts) if apart else ([slice(None)], [0.0])
    columns = [np.arange(time.size)[piece] for piece in pieces]
    if logarithmic:
        columns = [column[time[column] > origin] for column, origin in zip(columns, origins)]
    height = 0.5 + 1.6 * max(len(rows), 1)
    figure, axes = new_figure(max(len(rows), 1), len(columns), height=height, sharex="col", sharey="row")
    for position, (column, origin) in enumerate(zip(columns, origins)):
        factor, unit = display_unit(float(time[column][-1] - origin), "s")
        x = (time[column] - origin) * factor
        for axis, (panel_unit, lines) in zip(axes[:, position], rows):
            together = _finite(lines, np.concatenate(columns))
            scale = display_unit(float(np.abs(together).max(initial=0.0)), panel_unit)
            shown = [(name, values[column]) for name, values in lines]
            _draw_lines(axis, x, shown, panel_unit, marker=".", scale=scale, named=position == 0, limits=False)
            set_limits(axis, together * scale[0], zero=False, floor=0.0)  # those of all panels of the row
            axis.set_xlim(x[0], x[-1])
            if logarithmic:
                axis.set_xscale("log")
            for start in [] if apart else starts[1:]:
                axis.axvline(start * factor, color="0.6", linewidth=0.5, linestyle=":", zorder=0.5)
        word = f"Time after {format_quantity(origin, 's', 4)}" if origin else "Time"
        axes[-1, position].set_xlabel(with_unit(word, unit))
    if apart:
        figure.align_ylabels(axes[:, 0])
    return figure


def _finite(lines, rows: np.ndarray) -> np.ndarray:
    """Finite values of all lines at these rows."""
    values = np.concatenate([values[rows] for _, values in lines])
    return values[np.isfinite(values)]


def _spans(time: np.ndarray) -> list[slice]:
    """Rows between events; an event is recorded twice, before and after."""
    edges = [0, *(int(row) + 1 for row in np.flatnonzero(np.diff(time) == 0.0)), time.size]
    return [slice(start, stop) for start, stop in zip(edges, edges[1:]) if stop - start > 1]


def observables_figure(solution: Solution, checks: list[dict]):
    """Observables over the swept value or the output times, with reference curves; None if there is nothing to draw."""
    references, points = _reference_curves(checks, np.asarray(solution.axis, dtype=float)), _expected_points(checks)
    groups: dict[str, list[tuple[str, np.ndarray]]] = {}
    for name in _chosen(solution, [*references, *(name for name in points if name not in references)]):
        observable = solution.observables[name]
        values = np.broadcast_to(np.asarray(observable.value, dtype=float), solution.n_frames)
        groups.setdefault(observable.unit, []).append((name, values))
    if not groups:
        return None
    figure, axes = new_figure(len(groups), height=0.65 + 1.65 * len(groups), sharex=True)
    axis_values = np.asarray(solution.axis, dtype=float)
    factor, unit = _axis_unit(solution, axis_values)
    keep, logarithmic = _frames_axis(solution, axis_values)
    for axis, (panel_unit, lines) in zip(axes[:, 0], groups.items()):
        _draw_lines(
            axis,
            axis_values[keep] * factor,
            [(_label(solution, name), values[keep]) for name, values in lines],
            panel_unit,
            scale=_panel_unit(solution, panel_unit, [values for _, values in lines]),
            marker="o",
            references=[references[name][keep] for name, _ in lines if name in references],
            points=[(at * factor, value) for name, _ in lines for at, value in points.get(name, ())],
        )
        if logarithmic:
            axis.set_xscale("log")
            if solution.kind == "sweep":
                _logarithmic_values(axis, [values for _, values in lines])
    if not logarithmic:
        axes[-1, 0].locator_params(axis="x", nbins=6)  # labels of five digits must not touch
    axes[-1, 0].set_xlabel(with_unit(with_labels(axis_label(solution.axis_name), solution.model), unit))
    return figure


def _axis_unit(solution: Solution, values: np.ndarray) -> tuple[float, str]:
    """Factor and unit of the swept values or times."""
    if solution.axis_unit == "Pa" and (found := pressure_unit(values)):
        return found
    if solution.axis_unit == "mol/m^3":
        return concentration_unit(solution.model, float(np.abs(values).max()))
    return display_unit(float(np.abs(values).max()), solution.axis_unit)


def _panel_unit(solution: Solution, unit: str, lines: list[np.ndarray]) -> tuple[float, str] | None:
    """Factor and unit of a panel of concentrations or pressures; None for the usual ones."""
    values = np.concatenate([np.ravel(line) for line in lines])
    if unit == "Pa":
        return pressure_unit(values)
    if unit == "mol/m^3":
        return concentration_unit(solution.model, float(np.abs(values[np.isfinite(values)]).max(initial=0.0)))
    return None


def _reference_curves(checks: list[dict], axis: np.ndarray) -> dict[str, np.ndarray]:
    """The closed form of every observable at every frame; NaN where it has none. Those of one frame fill gaps.

    A check at one frame has its own arguments: there its value is that of the curve.
    """
    curves: dict[str, np.ndarray] = {}
    for check in checks:
        if check.get("references"):
            curve = np.array([np.nan if value is None else value for value in check["references"]])
            known = curves.get(check["observable"])
            if known is None:
                curves[check["observable"]] = curve
            elif np.isfinite(curve).sum() > np.isfinite(known).sum():
                curves[check["observable"]] = np.where(np.isfinite(curve), curve, known)
            else:
                curves[check["observable"]] = np.where(np.isfinite(known), known, curve)
    for check in checks:
        curve, at = curves.get(check["observable"]), check.get("at")
        if curve is not None and check.get("references") and at is not None:
            frame = int(np.argmin(np.abs(axis - at)))
            curve[frame] = check["references"][frame] if check["references"][frame] is not None else np.nan
    return curves


def _expected_points(checks: list[dict]) -> dict[str, list[tuple[float, float]]]:
    """Given values of every observable: time or swept value, and what is expected there."""
    points: dict[str, list[tuple[float, float]]] = {}
    for check in checks:
        if not check.get("references") and isinstance(check.get("at"), float) and check.get("reference") is not None:
            points.setdefault(check["observable"], []).append((check["at"], float(check["reference"])))
    return points


def _chosen(solution: Solution, referenced: list[str]) -> list[str]:
    """Observables worth a picture: those with a reference or given values, else the natural answer to the swept key."""
    names = [name for name in referenced if name in solution.observables]
    if names:
        return names
    if solution.kind == "sweep":
        preferred = _PREFERRED.get(solution.axis_name.rpartition(".")[2])
        if preferred in solution.observables:
            return [preferred]
    from npsolver.output.plots import is_electric

    electric = ("membrane_potential", "current_density") if not is_electric(solution) else ()
    names = [name for name in solution.observables if "[" not in name and name not in (*solution.series, *electric)]
    return names[:MAX_LINES]


def _words(name: str) -> str:
    """``"current[left]"`` as ``"current (left)"``."""
    return name.replace("[", " (").replace("]", ")").replace("_", " ")  # not in labels, which name species


def _label(solution: Solution, name: str) -> str:
    return with_labels(solution.observables[name].label.replace("[", " (").replace("]", ")"), solution.model)


def _draw_lines(
    axis, x, lines, unit: str, *, marker: str | None = None, references=(), points=(), scale=None, named=True, limits=True
):
    """Draw `lines`, closed forms and expected `points` (x, value); `scale` is the factor and unit of the axis of the values,
    `named` whether it gets a label and a legend."""
    values = np.concatenate([line for _, line in lines] + [*references, [value for _, value in points]])
    values = values[np.isfinite(values)]
    factor, text = scale or display_unit(float(np.abs(values).max(initial=0.0)), unit)
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
        known = np.isfinite(line)
        # where a closed form is of single frames there is no line between them
        beside = known & ~(np.append(known[1:], False) | np.append(False, known[:-1]))
        axis.plot(
            x,
            line * factor,
            color=REFERENCE_COLOUR,
            linestyle="-" if (known & ~beside).any() else "none",
            linewidth=0.9,
            marker="x" if beside.any() else None,
            markersize=5.5,
            markevery=np.flatnonzero(beside).tolist() or None,
            label="closed form" if index == 0 else None,
            zorder=2,
        )
    if points:
        at, expected = np.array(points).T
        style = {"linestyle": "none", "marker": "x", "markersize": 5.5, "zorder": 4, "label": "expected"}
        axis.plot(at, expected * factor, color=REFERENCE_COLOUR, **style)
    if limits:
        set_limits(axis, values * factor, zero=False, floor=0.0)
    if not named:
        return
    word = _WORDS.get(unit, lines[0][0]) if len(lines) > 1 or unit in _WORDS else lines[0][0]
    axis.set_ylabel(with_unit(word, text))
    columns = legend_columns(axis.get_legend_handles_labels()[1], 3)
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=columns, columnspacing=1.2, handletextpad=0.5)


def _logarithmic_values(axis, lines) -> None:
    """A logarithmic axis for values of one sign that also span more than three decades."""
    values = np.concatenate([np.ravel(line) for line in lines])
    if np.all(values > 0) and values.max() > 1e3 * values.min():
        low, high = axis.get_ylim()[1] * values.min() / values.max(), axis.get_ylim()[1]
        axis.set_yscale("log")
        axis.set_ylim(low / 2, 2 * high)


def _frames_axis(solution: Solution, values: np.ndarray):
    """Which frames to draw, and whether on a logarithmic axis: not over the time of events, which it would squeeze."""
    if solution.kind != "transient":
        return _swept_axis(values)
    if "time" in solution.series and len(_spans(np.asarray(solution.series["time"].values, dtype=float))) > 1:
        return slice(None), False
    return _time_axis(values)


def _swept_axis(values: np.ndarray):
    """All swept values, on a logarithmic axis where they span more than three decades, or have one ratio over a decade."""
    if not values.min() > 0.0:
        return slice(None), False
    steps = np.abs(np.diff(np.log(values)))
    geometric = values.size > 2 and values.max() > 20.0 * values.min() and np.ptp(steps) < 1e-3 * steps.max()
    return slice(None), bool(geometric or values.max() > 1e3 * values.min())


def _time_axis(time: np.ndarray):
    """Which times to draw, and whether on a logarithmic axis (more than three decades)."""
    positive = time > 0
    if positive.sum() > 2 and time.max() > 1e3 * time[positive].min():
        return positive, True
    return slice(None), False
