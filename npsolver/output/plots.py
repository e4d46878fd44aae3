"""The pictures of one run. matplotlib is imported when the first one is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from npsolver.output import profiles
from npsolver.output.layers import Window, thin_layers
from npsolver.output.plot_axes import (
    draw_positions,
    draw_window,
    frame_labels,
    legend_above,
    selected_frames,
    set_limits,
    with_unit,
)
from npsolver.output.profiles import Profile
from npsolver.output.quantities import display_unit
from npsolver.output.solid_labels import concentration_unit, decades_shown, is_solid, species_labels
from npsolver.output.style import COLOURS, DASHES, PANEL_HEIGHT, new_figure, paper_style, step_colours
from npsolver.stepping.solution import Solution
from npsolver.units import FARADAY, thermal_voltage

FLAT = 0.02  # of the concentration: less is not seen beside zero
ROUND_OFF = 1e-7
LOG_FROM = 1e3  # ratio of concentrations from which on the axis is logarithmic
# In solids: ratio of the largest concentrations of two species that one linear axis cannot show.
LOG_BETWEEN = 50.0


@dataclass(frozen=True)
class Quantity:
    """What is drawn over the position.

    Attributes
    ----------
    label, symbol, unit : str
        Words for a panel of several species, symbol for a panel of one, SI unit.
    zero : bool
        Whether zero belongs into the picture.
    logarithmic : bool
        Whether a wide range gets a logarithmic axis.
    negligible : float
        Part of the natural size (D c/L of a flux, F c of a charge, RT/F) below which a quantity is round-off.
    """

    label: str
    symbol: str
    unit: str
    zero: bool = False
    logarithmic: bool = False
    negligible: float = 1e-10


CONCENTRATION = Quantity("Concentration", "c", "mol/m^3", zero=True, logarithmic=True)
FLUX = Quantity("Flux", "J", "mol/m^2/s", zero=True, negligible=1e-9)  # short edges carry more
POTENTIAL = Quantity("Potential", "φ", "V", negligible=4e-8)  # of RT/F: a nanovolt
CHARGE = Quantity("Charge density", "ρ", "C/m^3", zero=True)


@dataclass(frozen=True)
class Curve:
    """One line of a panel."""

    profile: Profile
    frame: int
    label: str
    colour: object
    dashes: object = "-"


def figures(
    solution: Solution, *, checks: list[dict], lines: Sequence[dict] = (), sections: Sequence[dict] = ()
) -> Iterator[tuple[str, object]]:
    """Name (without suffix) and figure of every picture that `solution` calls for.

    Parameters
    ----------
    solution : Solution
        Profiles are drawn in one dimension; histories and sweeps in any.
    checks : list of dict
        As in ``summary.json``; those with a reference at every frame give reference curves.
    lines : sequence of dict
        Lines through two or three dimensions (name, from, to in m) along which profiles are drawn.
    sections : sequence of dict
        Planes through three dimensions (name, and x, y or z in m) on which maps are drawn.
    """
    from npsolver.output.plot_history import history_figure, observables_figure

    with paper_style():
        if solution.mesh.dimension == 1:
            yield from _profile_figures(solution)
        elif solution.mesh.elements is not None:
            from npsolver.output.maps import line_figures, map_figures

            if solution.mesh.dimension == 2:
                yield from map_figures(solution)
            else:
                from npsolver.output.sections import section_figures

                yield from section_figures(solution, sections)
            yield from line_figures(solution, lines)
        if solution.kind == "transient" and "time" in solution.series and is_electric(solution):
            yield "history", history_figure(solution)
        if solution.kind != "steady" and solution.n_frames > 1:
            figure = observables_figure(solution, checks)
            if figure is not None:
                yield "sweep" if solution.kind == "sweep" else "observables", figure


def _profile_figures(solution: Solution) -> Iterator[tuple[str, object]]:
    """Everything over the position."""
    species = range(len(solution.model.species))
    concentrations = [profiles.concentration_profile(solution, index) for index in species]
    yield "concentrations", _species_figure(solution, CONCENTRATION, concentrations)
    if is_electric(solution):
        potential = profiles.potential_profile(solution)
        yield "potential", _single_figure(solution, POTENTIAL, potential, thermal_voltage(solution.model.temperature))
    fluxes = [_without_noise(profiles.flux_profile(solution, index), solution, index) for index in species]
    yield "fluxes", _species_figure(solution, FLUX, fluxes, _flux_scale(solution))
    if any(item.charge for item in solution.model.species) and solution.model.physics != "electroneutral":
        density = profiles.charge_density_profile(solution)
        yield "charge_density", _single_figure(solution, CHARGE, density, _charge_scale(solution))
    if windows := thin_layers(solution):
        yield "layers", _layers_figure(solution, windows, concentrations)


def _without_noise(flux: Profile, solution: Solution, species: int) -> Profile:
    """Zero where a species is stated to pass neither end of a steady state without sources; short edges carry round-off."""
    model = solution.model
    if solution.kind == "transient" or model.reactions or any(region.production for region in model.regions):
        return flux
    name = model.species[species].name
    ends = [solution.observables.get(f"flux[{name}, {side}]") for side in ("left", "right")]
    if ends == [None, None] or any(end is not None and np.any(end.value) for end in ends):
        return flux
    return replace(flux, segments=tuple((x, np.zeros_like(values)) for x, values in flux.segments))


def _species_figure(solution: Solution, quantity: Quantity, lines: list[Profile], scale: float = 0.0):
    """All species in one panel (one frame), or one panel per species (several frames)."""
    frames = selected_frames(solution)
    names = species_labels(solution.model)
    flat = quantity.logarithmic and _nearly_constant(lines, frames)
    if len(frames) == 1 and not flat:
        figure, axes = new_figure()
        curves = [
            Curve(line, frames[0], name, COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)])
            for index, (line, name) in enumerate(zip(lines, names))
        ]
        draw_panel(axes[0, 0], solution, quantity, curves, scale=scale)
        legend_above(axes[0, 0], columns=4)
        return figure
    columns = 1 if len(lines) <= 3 else 2
    rows = -(-len(lines) // columns)
    figure, axes = new_figure(rows, columns, height=0.75 + 1.45 * rows, sharex=True)
    colours = step_colours(len(frames)) if len(frames) > 1 else [COLOURS[0]]
    labels = frame_labels(solution, frames)
    for index, (line, name) in enumerate(zip(lines, names)):
        axis = axes[index // columns, index % columns]
        curves = [Curve(line, *style) for style in zip(frames, labels, colours)]
        lowest = index + columns >= len(lines)
        label = f"{quantity.symbol}({name})"
        shown = replace(quantity, zero=False) if flat else quantity
        draw_panel(axis, solution, shown, curves, label=label, scale=scale, top=index < columns, bottom=lowest)
        if lowest:
            axis.tick_params(labelbottom=True)
        if flat:
            axis.ticklabel_format(axis="y", useOffset=False)
    for axis in axes.flat[len(lines) :]:
        axis.set_visible(False)
    if len(frames) == 1:
        return figure
    handles = axes[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3 * columns, columnspacing=1.2)
    return figure


def _nearly_constant(lines: list[Profile], frames: list[int]) -> bool:
    """Whether every species changes, but so little that all would be flat lines in a panel that begins at zero."""
    changes = []
    for line in lines:
        values = line.values(frames)
        largest = float(np.abs(values).max(initial=0.0))
        changes.append(float(np.ptp(values)) / largest if largest else 0.0)
    return max(changes) < FLAT and max(changes) > ROUND_OFF


def is_electric(solution: Solution) -> bool:
    """Whether there are charges or potentials to speak of: uncharged species at zero potential have none."""
    charged = any(item.charge for item in solution.model.species) or any(r.fixed_charge for r in solution.model.regions)
    return charged or bool(np.any(solution.potential))


def _single_figure(solution: Solution, quantity: Quantity, line: Profile, scale: float = 0.0):
    """One quantity, one line per selected frame."""
    frames = selected_frames(solution)
    several = len(frames) > 1
    figure, axes = new_figure(height=PANEL_HEIGHT + 0.3 * several)
    colours = step_colours(len(frames)) if several else [COLOURS[0]]
    curves = [Curve(line, *style) for style in zip(frames, frame_labels(solution, frames), colours)]
    draw_panel(axes[0, 0], solution, quantity, curves, scale=scale)
    if several:
        legend_above(axes[0, 0], columns=3)
    return figure


def _layers_figure(solution: Solution, windows: list[Window], concentrations: list[Profile]):
    """Thin layers enlarged, one column each: concentrations (last frame), charge density and potential."""
    frames = selected_frames(solution)
    names = species_labels(solution.model)
    colours = step_colours(len(frames)) if len(frames) > 1 else [COLOURS[0]]
    ions = [
        Curve(line, frames[-1], name, COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)])
        for index, (line, name) in enumerate(zip(concentrations, names))
    ]
    history = list(zip(frames, frame_labels(solution, frames), colours))
    charge = [Curve(profiles.charge_density_profile(solution), *style) for style in history]
    potential = [Curve(profiles.potential_profile(solution), *style) for style in history]
    thermal = thermal_voltage(solution.model.temperature)
    rows = [(CONCENTRATION, ions, 0.0), (CHARGE, charge, _charge_scale(solution)), (POTENTIAL, potential, thermal)]
    if solution.model.physics == "electroneutral":
        del rows[1]
    figure, axes = new_figure(len(rows), len(windows), height=0.7 + 1.5 * len(rows))
    for column, window in enumerate(windows):
        for row, (quantity, curves, scale) in enumerate(rows):
            lowest = row == len(rows) - 1
            draw_panel(axes[row, column], solution, quantity, curves, scale=scale, bottom=lowest, window=window)
    legend_above(axes[0, 0], columns=4)
    if len(frames) > 1:
        legend_above(axes[1, 0], columns=3)
    return figure


def draw_panel(
    axis,
    solution: Solution,
    quantity: Quantity,
    curves: list[Curve],
    *,
    label: str = "",
    scale: float = 0.0,
    top: bool = True,
    bottom: bool = True,
    window: Window | None = None,
) -> None:
    """Draw `curves` over the position.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    solution : Solution
    quantity : Quantity
    curves : list of Curve
    label : str
        Instead of the label of `quantity`.
    scale : float
        Natural size of the quantity, SI; values below `negligible` times it are shown as zero.
    top, bottom : bool
        Whether the panel is the uppermost (region names) and the lowest (axis label) of a column.
    window : Window, optional
        The part of the domain to show; all of it by default.
    """
    lines = [
        (curve, number, *_clipped(x, values[curve.frame], window))
        for curve in curves
        for number, (x, values) in enumerate(curve.profile.segments)
    ]
    values = np.concatenate([y[np.isfinite(y)] for *_, y in lines])
    largest = float(np.abs(values).max(initial=0.0))
    negligible = largest <= quantity.negligible * scale
    size = 1e-2 * scale if negligible and scale else largest
    of_ions = quantity.unit == CONCENTRATION.unit
    y_factor, unit = concentration_unit(solution.model, size) if of_ions else display_unit(size, quantity.unit)
    if window is None:
        x_factor = draw_positions(axis, solution, label=bottom, names=top)
    else:
        x_factor = draw_window(axis, window, label=bottom)
    for curve, number, x, y in lines:
        text = curve.label if number == 0 else None
        axis.plot(x * x_factor, y * y_factor, color=curve.colour, linestyle=curve.dashes, label=text)
    if quantity.logarithmic and (_spans_decades(values) or _lie_apart(solution, lines)):
        axis.set_yscale("log")
        # a depleted layer may hold 1e-100 M; some decades are enough to see
        smallest = max(float(values[values > 0].min()) / 2, largest * 10.0 ** -decades_shown(solution.model))
        axis.set_ylim(smallest * y_factor, largest * 2.5 * y_factor)
    else:
        floor = 1e-2 * scale if negligible else quantity.negligible * scale
        set_limits(axis, values * y_factor, zero=quantity.zero, floor=floor * y_factor)
    if negligible and scale:
        axis.text(0.5, 0.6, "zero up to round-off", transform=axis.transAxes, ha="center", fontsize=7, color="0.35")
    axis.set_ylabel(with_unit(label or quantity.label, unit))


def _clipped(x: np.ndarray, y: np.ndarray, window: Window | None) -> tuple[np.ndarray, np.ndarray]:
    """The line inside `window`, in its coordinate."""
    if window is None:
        return x, y
    inside = window.contains(x)
    return window.coordinate(x[inside]), y[inside]


def _charge_scale(solution: Solution) -> float:
    """F c, C/m³."""
    return FARADAY * float(np.abs(solution.concentration).max(initial=0.0))


def _lie_apart(solution: Solution, lines) -> bool:
    """Whether the concentrations of two species of a solid do not go together on a linear axis."""
    largest = [float(y.max(initial=0.0)) for *_, y in lines]
    smallest = min((float(y.min(initial=np.inf)) for *_, y in lines), default=0.0)
    return is_solid(solution.model) and smallest > 0.0 and max(largest) > LOG_BETWEEN * min(largest)


def _spans_decades(values: np.ndarray) -> bool:
    positive = values[values > 0]
    return bool(positive.size) and positive.max() > LOG_FROM * positive.min()


def _flux_scale(solution: Solution) -> float:
    """D c / L of the whole domain, mol/(m² s)."""
    x = solution.mesh.nodes[:, 0]
    diffusivity = max((species.diffusivity for species in solution.model.species), default=0.0)
    return diffusivity * float(np.abs(solution.concentration).max(initial=0.0)) / float(x.max() - x.min())
