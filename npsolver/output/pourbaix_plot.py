"""Labelled predominance plots of Pourbaix diagrams.

Every function draws into given axes (or new ones) and returns them; saving is the caller's.  Colours follow the kind of
field: grey immune metal, warm solids, cool dissolved species, violet mixtures of both.
"""

from __future__ import annotations

import re

import numpy as np

from npsolver.errors import InputError
from npsolver.output.field_labels import box_centre, largest_box_in_mask, place_labels

_SOLID = ("#f6d9a8", "#efc48a", "#e9b27a", "#f4e0b9", "#e3a878", "#f2cf9b", "#dfb98f", "#f7e7c9")
_DISSOLVED = ("#cfe3f1", "#dcecd9", "#bcd7ea", "#e3f0f4", "#c9e4dc", "#d7e3f4", "#b9dcdf", "#e6efd8")
_MIXED = ("#e2d5ea", "#d3c6e0", "#eadff0", "#dccde3", "#cfc4de", "#e8dbe6", "#d9cfe8", "#efe6f2")
_METAL = "#d5d6d8"
_LINE = "#2f3437"
_WATER = "#1f6fb2"


def formula_label(name: str) -> str:
    """Chemical name as matplotlib mathematical text.

    >>> formula_label("CrO4^2-")
    '$\\\\mathrm{CrO_{4}^{2{-}}}$'
    >>> formula_label("Fe3+")
    '$\\\\mathrm{Fe^{3{+}}}$'
    """
    if not re.fullmatch(r"[A-Z][A-Za-z0-9().*·^+\-\[\]]*", name):
        return name
    from npsolver.equilibrium.pourbaix.formula import parse_formula

    formula = parse_formula(name)
    body = re.sub(r"(?<=[A-Za-z)])(\d+(?:\.\d+)?)", r"_{\1}", formula.body).replace("*", r"{\cdot}")
    charge = ""
    if formula.charge:
        size = abs(formula.charge)
        charge = f"^{{{size if size > 1 else ''}{'{+}' if formula.charge > 0 else '{-}'}}}"
    suffix = f"({formula.phase})" if formula.phase else ""
    return rf"$\mathrm{{{body}{charge}{suffix}}}$"


def field_label(name: str) -> str:
    """Label of a field: its compounds below each other."""
    return "\n".join(_plain_or_formula(part) for part in name.split(" + "))


def _plain_or_formula(part: str) -> str:
    try:
        return formula_label(part)
    except InputError:  # a word such as "Clean", not a formula
        return part


def plot_pourbaix(
    diagram, *, ax=None, water: bool = True, labels: bool = True, font_size: float = 8.0, grow: bool | None = None
):
    """Predominance diagram of elements or of a surface, from its exact polygons.

    Parameters
    ----------
    diagram : PourbaixDiagram or SurfaceDiagram
    ax : matplotlib.axes.Axes, optional
    water : bool
        Draw the stability lines of water, dashed.
    labels : bool
        Write the name of each field where it fits best; fields too small for it get a number and a legend.
    font_size : float
        Points.
    grow : bool, optional
        Whether the figure may become larger to hold a legend.  Default: only a figure made here.

    Returns
    -------
    matplotlib.axes.Axes
    """
    from matplotlib.patches import Polygon

    grow = ax is None if grow is None else grow
    ax = _axes(ax, diagram)
    for field, colour in zip(diagram.fields, _colours(diagram.fields)):
        ax.add_patch(Polygon(field.polygon, closed=True, facecolor=colour, edgecolor="none", zorder=1))
    for boundary in diagram.boundaries:
        ax.plot(*boundary.segment.T, color=_LINE, linewidth=0.9, solid_capstyle="round", zorder=3)
    if water:
        _draw_water(ax, diagram)
    if labels:
        _label_polygons(ax, diagram, font_size, water, grow)
    return ax


def plot_alloy(
    diagram, *, ax=None, water: bool = True, labels: bool = True, font_size: float = 7.0, grow: bool | None = None
):
    """Predominance diagram of an alloy: for each element, where most of it is.

    Parameters
    ----------
    diagram : AlloyDiagram
    ax, water, labels, font_size, grow
        As for :func:`plot_pourbaix`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    from matplotlib.colors import ListedColormap

    grow = ax is None if grow is None else grow
    ax = _axes(ax, diagram)
    names = diagram.names
    fine = _smooth_fields(diagram.winner, len(names))
    extent = _extent(diagram)
    ax.imshow(
        fine,
        origin="lower",
        extent=extent,
        aspect="auto",
        cmap=ListedColormap(_name_colours(names, set(diagram.dissolved_names))),
        vmin=-0.5,
        vmax=len(names) - 0.5,
        interpolation="nearest",
        zorder=1,
    )
    for i in range(len(names)):
        inside = fine == i
        if inside.any() and not inside.all():
            ax.contour(inside.astype(float), [0.5], extent=extent, colors=_LINE, linewidths=0.5, zorder=3)
    ax.set(xlim=diagram.ph[[0, -1]], ylim=diagram.potential[[0, -1]])
    if water:
        _draw_water(ax, diagram)
    if labels:
        _label_raster(ax, diagram, font_size, grow)
    return ax


def plot_alloy_map(
    diagram, values, *, label: str, ax=None, water: bool = True, cmap: str = "viridis", limits=(0.0, 1.0)
):
    """Map of a quantity over an alloy diagram, with the outlines of its fields.

    Parameters
    ----------
    diagram : AlloyDiagram
    values : (n_potential, n_ph) float64
        E.g. ``diagram.retained()`` or ``diagram.fraction("oxide film", "Cr")``; nan is left white.
    label : str
        Of the colour bar.
    """
    ax = _axes(ax, diagram)
    image = ax.pcolormesh(
        diagram.ph, diagram.potential, values, cmap=cmap, vmin=limits[0], vmax=limits[1], shading="nearest", zorder=1
    )
    image.set_rasterized(True)
    bar = ax.figure.colorbar(image, ax=ax, pad=0.02)
    bar.set_label(label)
    bar.outline.set_linewidth(0.6)
    if water:
        _draw_water(ax, diagram, halo=True)
    return ax


def _axes(ax, diagram):
    """Axes in journal style."""
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(4.6, 4.0), dpi=300, layout="constrained")
    ax.set_xlim(diagram.ph[0], diagram.ph[-1])
    ax.set_ylim(diagram.potential[0], diagram.potential[-1])
    ax.set_xlabel("pH", fontsize=10)
    ax.set_ylabel("$E$ / V vs SHE", fontsize=10)
    ax.xaxis.set_major_locator(plt.MultipleLocator(2))
    ax.xaxis.set_minor_locator(plt.MultipleLocator(1))
    ax.yaxis.set_major_locator(plt.MultipleLocator(0.5))
    ax.yaxis.set_minor_locator(plt.MultipleLocator(0.1))
    ax.tick_params(which="both", direction="in", top=True, right=True, labelsize=9, zorder=6)
    ax.set_axisbelow(False)
    return ax


def _extent(diagram):
    dx = 0.5 * (diagram.ph[1] - diagram.ph[0])
    dy = 0.5 * (diagram.potential[1] - diagram.potential[0])
    return diagram.ph[0] - dx, diagram.ph[-1] + dx, diagram.potential[0] - dy, diagram.potential[-1] + dy


def _water_lines(diagram):
    """Intercept and slope of the hydrogen and oxygen lines."""
    return diagram.water.hydrogen, diagram.water.oxygen


def _draw_water(ax, diagram, halo: bool = False):
    """Dashed stability lines of water, marked a (hydrogen) and b (oxygen) as in Pourbaix's atlas."""
    from matplotlib.patheffects import withStroke

    effects = [withStroke(linewidth=2.2, foreground="white", alpha=0.8)] if halo else []
    for mark, (intercept, slope) in zip("ab", _water_lines(diagram)):
        x = diagram.ph[[0, -1]]
        y = intercept + slope * x
        ax.plot(x, y, linestyle=(0, (5, 3)), color=_WATER, linewidth=0.9, zorder=4, path_effects=effects)
        x = diagram.ph[0] + 0.025 * (diagram.ph[-1] - diagram.ph[0])
        if diagram.potential[0] < intercept + slope * x < diagram.potential[-1]:
            ax.annotate(
                mark,
                (x, intercept + slope * x),
                textcoords="offset points",
                xytext=(0, 3),
                ha="center",
                fontsize=7,
                style="italic",
                color=_WATER,
                zorder=5,
                path_effects=effects,
            )


def _colours(fields):
    """One colour per field, by kind."""
    palettes = {"s": iter(_SOLID * 30), "aq": iter(_DISSOLVED * 30), "mixed": iter(_MIXED * 30)}
    return [
        _METAL
        if f.phase == "s" and re.fullmatch(r"([A-Z][a-z]?)( \+ [A-Z][a-z]?)*|clean", f.name)
        else next(palettes[f.phase])
        for f in fields
    ]


def _name_colours(names, dissolved):
    """One colour per named field of an alloy: grey alloy, warm solids, cool solution, violet both."""
    solid, solution, mixed = iter(_SOLID * 30), iter(_DISSOLVED * 30), iter(_MIXED * 30)
    colours = []
    for name in names:
        parts = set(name.split(" + "))
        if parts == {"alloy"}:
            colours.append(_METAL)
        elif parts <= dissolved:
            colours.append(next(solution))
        else:
            colours.append(next(mixed) if parts & dissolved else next(solid))
    return colours


def _points_per_unit(ax):
    """Points per pH unit and per volt on paper, once the layout is known."""
    ax.figure.draw_without_rendering()
    box = ax.get_window_extent()
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    return np.array([box.width / (x1 - x0), box.height / (y1 - y0)]) * 72.0 / ax.figure.dpi


def _label_polygons(ax, diagram, font_size, water, grow):
    """Names in convex fields."""

    def make_fit():
        scale = _points_per_unit(ax)
        lines = [(b * scale[1], m * scale[1] / scale[0]) for b, m in _water_lines(diagram)] if water else []

        def fit(polygon, width, height):
            centre, room = box_centre(polygon * scale, width, height, lines)
            return centre / scale, room

        return fit

    place_labels(ax, [(field_label(f.name), f.polygon) for f in diagram.fields], font_size, make_fit, grow=grow)


def _label_raster(ax, diagram, font_size, grow, smallest=0.002):
    """Names in raster fields; each connected part above a share `smallest` of the plot gets one."""
    from scipy.ndimage import label

    step = np.array([diagram.ph[1] - diagram.ph[0], diagram.potential[1] - diagram.potential[0]])
    origin = np.array([diagram.ph[0], diagram.potential[0]]) - 0.5 * step

    def make_fit():
        pixels_per_point = 1.0 / (_points_per_unit(ax) * step)

        def fit(mask, width, height):
            centre, room = largest_box_in_mask(mask, *(np.array([width, height]) * pixels_per_point))
            return origin + np.array(centre) * step, room

        return fit

    items = []
    for i, name in enumerate(diagram.names):
        parts, count = label(diagram.winner == i)
        masks = [parts == k for k in range(1, count + 1)]
        items += [(field_label(name), mask) for mask in masks if mask.mean() > smallest]
    place_labels(ax, items, font_size, make_fit, grow=grow)


def _smooth_fields(winner, count, factor=4):
    """The raster `factor` times finer with rounded instead of stepped outlines, for drawing only."""
    from scipy.ndimage import gaussian_filter, zoom

    best = np.full(tuple(factor * n for n in winner.shape), -1.0)
    index = np.zeros(best.shape, np.int16)
    for i in range(count):
        share = zoom(gaussian_filter((winner == i).astype(float), 0.8), factor, order=1, grid_mode=True, mode="nearest")
        higher = share > best
        index[higher] = i
        best[higher] = share[higher]
    return index
