"""Colour maps on plane sections through three-dimensional domains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from npsolver.mesh.coordinates import axis_names
from npsolver.mesh.recovery import cell_vectors
from npsolver.output.cut import PlaneCut, plane_cut
from npsolver.output.map_colours import colour_scale, low_end
from npsolver.output.maps import NEGLIGIBLE, STRETCHED, current_scale, file_name
from npsolver.output.plot_axes import with_unit
from npsolver.output.quantities import display_unit, format_quantity
from npsolver.output.solid_labels import concentration_unit, species_labels
from npsolver.output.style import new_figure
from npsolver.stepping.solution import Solution

# Size of all panels together, inch.
ACROSS, UP = 5.6, 4.6
# Height over width of a panel whose axes have different scales.
SQUAT = 0.6
# Points of the grid on which streamlines are followed, along the longer side.
STREAM_POINTS = 70
# A section shows lines of the current where its part in the plane reaches this share of the whole.
IN_PLANE = 0.05
EQUIPOTENTIALS = 9
PER_FIGURE = 3


@dataclass(frozen=True)
class Section:
    """A cut and what is seen of it: from `low` to `high` along both axes, m."""

    name: str
    cut: PlaneCut
    low: np.ndarray
    high: np.ndarray

    @property
    def ratio(self) -> float:
        """Height over width."""
        width, height = self.high - self.low
        return float(height / width)

    @property
    def equal(self) -> bool:
        """Whether both axes have the same scale."""
        return 1 / STRETCHED <= self.ratio <= STRETCHED

    @property
    def seen(self) -> np.ndarray:
        """Which points of the cut are seen ((n,) bool)."""
        return np.all((self.low <= self.cut.points) & (self.cut.points <= self.high), axis=1)

    @property
    def units(self) -> tuple[np.ndarray, list[str]]:
        """Factor and unit of both axes."""
        sizes = np.maximum(np.abs(self.low), np.abs(self.high))
        pairs = [display_unit(float(size), "m") for size in ([sizes.max()] * 2 if self.equal else sizes)]
        return np.array([factor for factor, _ in pairs]), [unit for _, unit in pairs]


def section_figures(solution: Solution, sections: Sequence[dict] = ()) -> Iterator[tuple[str, object]]:
    """Concentrations, potential and current of the last frame, one figure for up to three sections.

    Parameters
    ----------
    solution : Solution
        Three-dimensional.
    sections : sequence of dict
        As in the effective case: ``name``, a position (m) under the name of one axis, and from and to (m) under the
        names of others, if only a part is to be seen. None: the three planes through the middle of the smallest region,
        which in a membrane between reservoirs is the pore.
    """
    mesh, frame = solution.mesh, solution.n_frames - 1
    cuts = [found for item in list(sections) or default_sections(solution) if (found := _section(solution, item))]
    groups = [cuts[start : start + PER_FIGURE] for start in range(0, len(cuts), PER_FIGURE)]
    for number, group in enumerate(groups):
        end = f"-{number + 1}" if len(groups) > 1 else ""
        for index, (species, name) in enumerate(zip(solution.model.species, species_labels(solution.model))):
            values = solution.concentration[frame, index]
            label = f"c({name})"
            figure = _figure(solution, group, values, label, "mol/m^3", logarithmic=True)
            yield f"section-concentration-{file_name(species.name)}{end}", figure
        if not any(species.charge for species in solution.model.species):
            continue
        potential = solution.potential[frame][mesh.cell_node]
        yield f"section-potential{end}", _figure(solution, group, potential, "φ", "V", diverging=True, contours=True)
        current = cell_vectors(mesh, solution.current_density[frame])
        size = np.linalg.norm(current, axis=1)
        if size.max() > NEGLIGIBLE * current_scale(solution):
            figure = _figure(solution, group, size, "|i|", "A/m^2", logarithmic=True, vectors=current)
            yield f"section-current{end}", figure


def default_sections(solution: Solution) -> list[dict]:
    """The planes through the middle of the smallest region."""
    mesh = solution.mesh
    volume = np.bincount(mesh.cell_region, weights=mesh.cell_volume, minlength=len(mesh.region_names))
    nodes = mesh.nodes[mesh.cell_node[mesh.cell_region == int(np.argmin(volume))]]
    middle = 0.5 * (nodes.min(axis=0) + nodes.max(axis=0))
    # what round-off leaves of zero is zero
    middle[np.abs(middle) < 1e-9 * np.ptp(mesh.nodes, axis=0)] = 0.0
    names = axis_names(mesh.coordinates, 3)
    return [{"name": "", name: float(value)} for name, value in zip(names, middle)]


def _section(solution: Solution, item: dict) -> Section | None:
    """The section that `item` describes; None where it misses the domain."""
    names = axis_names(solution.mesh.coordinates, 3)
    axis = next(index for index, name in enumerate(names) if np.ndim(item.get(name, [])) == 0)
    cut = plane_cut(solution.mesh, axis, float(item[names[axis]]))
    if not cut.triangles.size:
        return None
    low, high = cut.points.min(axis=0), cut.points.max(axis=0)
    for position, name in enumerate(name for index, name in enumerate(names) if index != axis):
        if name in item:
            low[position], high[position] = max(low[position], item[name][0]), min(high[position], item[name][1])
    found = Section(item["name"], cut, low, high)
    return found if np.all(low < high) and found.seen.any() else None


def _figure(solution, sections, values, label, unit, *, logarithmic=False, diverging=False, contours=False, vectors=None):
    """One field on several sections, in the same colours."""
    figure, axes = _panels([section.ratio if section.equal else SQUAT for section in sections])
    at_points = [section.cut.values(values) for section in sections]
    seen = np.concatenate([at[section.seen] for section, at in zip(sections, at_points)])
    largest = float(np.abs(seen).max(initial=0.0))
    scale, v_unit = concentration_unit(solution.model, largest) if unit == "mol/m^3" else display_unit(largest, unit)
    low = float(seen.min()) if vectors is not None else low_end(values, solution.mesh.cell_volume)
    norm, colours, _ = colour_scale(
        seen * scale, low * scale, logarithmic=logarithmic, diverging=diverging, vectors=vectors is not None
    )
    levels = np.linspace(seen.min(), seen.max(), EQUIPOTENTIALS + 2)[1:-1] * scale
    for axis, section, at in zip(axes, sections, at_points):
        image = _panel(axis, solution, section, np.maximum(at * scale, norm.vmin), norm, colours)
        # lines where nothing varies would follow the elements
        if contours and np.ptp(at[section.seen]) * scale > 0.2 * (levels[1] - levels[0]):
            places = section.cut.points * section.units[0]
            style = {"levels": levels, "colors": "0.2", "linewidths": 0.35, "linestyles": "solid"}
            axis.tricontour(*places.T, section.cut.triangles, at * scale, **style)
        if vectors is not None:
            _streams(axis, section, vectors)
    bar = figure.colorbar(image, ax=axes, pad=0.02, aspect=25)
    bar.set_label(with_unit(label, v_unit))
    bar.outline.set_linewidth(0.6)
    return figure


def _panels(ratios: list[float]):
    """Figure and panels, side by side or above one another, whichever makes them larger."""
    ratios = np.array(ratios)
    beside = min(ACROSS / np.sum(1.0 / ratios), UP)  # height of all
    above = min(UP / np.sum(ratios), ACROSS)  # width of all
    margin = 0.75  # inch, for labels and titles
    if beside**2 * np.sum(1.0 / ratios) >= above**2 * np.sum(ratios):
        figure, axes = new_figure(1, len(ratios), gridspec_kw={"width_ratios": 1.0 / ratios})
        figure.set_size_inches(beside * np.sum(1.0 / ratios) + 0.6 * len(ratios) + 0.8, beside + margin)
    else:
        figure, axes = new_figure(len(ratios), 1, gridspec_kw={"height_ratios": ratios})
        figure.set_size_inches(above + 1.4, above * ratios.sum() + margin * len(ratios))
    figure.set_layout_engine("compressed")
    return figure, list(axes.flat)


def _panel(axis, solution, section: Section, values, norm, colours):
    """Colours, outline, axes and title of one section."""
    from matplotlib.collections import LineCollection

    cut = section.cut
    names = axis_names(solution.mesh.coordinates, 3)
    others = [item for index, item in enumerate(names) if index != cut.axis]
    factors, units = section.units
    places = cut.points * factors
    image = axis.tripcolor(*places.T, cut.triangles, values, shading="gouraud", cmap=colours, norm=norm)
    image.set_rasterized(True)
    axis.add_collection(LineCollection(cut.outline * factors, colors="0.15", linewidths=0.5))
    (left, bottom), (right, top) = section.low * factors, section.high * factors
    axis.set_xlim(left, right)
    axis.set_ylim(bottom, top)
    axis.set_aspect("equal" if section.equal else "auto")
    axis.set_xlabel(with_unit(f"${others[0]}$", units[0]))
    axis.set_ylabel(with_unit(f"${others[1]}$", units[1]))
    at = format_quantity(cut.position, "m", 4).replace("-", "−") if cut.position else "0"
    plane = f"${names[cut.axis]}$ = {at}"
    axis.set_title(f"{section.name}, {plane}" if section.name else plane, fontsize=7)
    return image


def _streams(axis, section: Section, vectors: np.ndarray) -> None:
    """Lines along the part of the vectors that lies in the plane, if it is worth following."""
    cut = section.cut
    at_points = cut.values(vectors.T)
    plane = np.delete(at_points, cut.axis, axis=0)
    lengths, in_plane = (np.linalg.norm(found[:, section.seen], axis=0) for found in (at_points, plane))
    if np.median(in_plane) < IN_PLANE * np.median(lengths):
        return
    low, span = section.low, section.high - section.low
    counts = np.maximum(12, STREAM_POINTS * span / span.max()).astype(int) if section.equal else [STREAM_POINTS] * 2
    x, y = (low[d] + span[d] * (np.arange(counts[d]) + 0.5) / counts[d] for d in (0, 1))
    factors, _ = section.units
    found = cut.on_grid(plane, x, y) * factors[:, None, None]
    if np.nanmax(np.hypot(*found), initial=0.0) > 0.0:
        axis.streamplot(
            x * factors[0], y * factors[1], *found, color="white", linewidth=0.5, density=0.7, arrowsize=0.5
        )
