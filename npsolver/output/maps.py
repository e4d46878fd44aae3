"""Colour maps of plane and axisymmetric domains, with the current drawn over them, and profiles along lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from npsolver.mesh.coordinates import axis_names
from npsolver.mesh.locate import element_weights
from npsolver.mesh.recovery import cell_vectors
from npsolver.output.map_colours import LOG_FROM, colour_scale, low_end
from npsolver.output.plot_axes import frame_labels, selected_frames, set_limits, with_unit
from npsolver.output.quantities import display_unit
from npsolver.output.solid_labels import concentration_unit, species_labels
from npsolver.output.style import COLOURS, DASHES, WIDTH, new_figure, step_colours
from npsolver.output.vtk import vtk_elements
from npsolver.stepping.solution import Solution
from npsolver.units import FARADAY

# Points along a line, and of the grid on which streamlines are followed.
LINE_POINTS, STREAM_POINTS = 400, 80
# Current below this part of F D c/L is round-off.
NEGLIGIBLE = 1e-9
# Height over width of a map.
FLATTEST, TALLEST = 0.28, 1.9
# Where a domain is longer than this many times its height the axes take different scales.
STRETCHED = 6.0


def map_figures(solution: Solution) -> Iterator[tuple[str, object]]:
    """Concentrations, potential and current of the last frame of a two-dimensional solution."""
    frame = solution.n_frames - 1
    triangles = _triangles(solution)
    mesh = solution.mesh
    names = species_labels(solution.model)
    for index, species in enumerate(solution.model.species):
        label = f"c({names[index]})"
        values = solution.concentration[frame, index]
        figure = _map(solution, triangles, values, label, "mol/m^3", logarithmic=True)
        yield f"map-concentration-{file_name(species.name)}", figure
    if any(species.charge for species in solution.model.species):
        potential = solution.potential[frame][mesh.cell_node]
        yield "map-potential", _map(solution, triangles, potential, "φ", "V", diverging=True)
        current = cell_vectors(mesh, solution.current_density[frame])
        size = np.hypot(*current.T)
        if size.max() > NEGLIGIBLE * current_scale(solution):
            figure = _map(solution, triangles, size, "|i|", "A/m^2", logarithmic=True, streams=current)
            yield "map-current", figure


def line_figures(solution: Solution, lines: Sequence[dict]) -> Iterator[tuple[str, object]]:
    """Concentrations and potential along lines: dicts with name, from, to (m), as in the effective case."""
    for line in lines:
        yield f"line-{file_name(line['name'])}", _line(solution, line)


def line_values(solution: Solution, start, stop) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Fields along a straight line.

    Returns
    -------
    distance : (n,) float64, m
    inside : (n,) bool
    concentration : (n_frames, n_species, n) float64, mol/m³
    potential : (n_frames, n) float64, V
    """
    mesh = solution.mesh
    start, stop = np.asarray(start, dtype=float), np.asarray(stop, dtype=float)
    t = _positions(mesh, start, stop)
    points = start + t[:, None] * (stop - start)
    nodes, weights, owner = element_weights(mesh, points)
    n_regions = len(mesh.region_names)
    key = mesh.cell_node.astype(np.int64) * n_regions + mesh.cell_region
    order = np.argsort(key, kind="stable")
    wanted = np.where(nodes >= 0, nodes * n_regions + owner[:, None], key[order[0]])
    cells = order[np.minimum(np.searchsorted(key[order], wanted), key.size - 1)]
    concentration = np.einsum("fscp,cp->fsc", solution.concentration[:, :, cells], weights)
    potential = np.einsum("fcp,cp->fc", solution.potential[:, mesh.cell_node[cells]], weights)
    return t * float(np.linalg.norm(stop - start)), owner >= 0, concentration, potential


def _positions(mesh, start, stop) -> np.ndarray:
    """Fractions along a line: even, and where nodes lie on it or close to it, so that layers are seen."""
    direction = stop - start
    t = (mesh.nodes - start) @ direction / (direction @ direction)
    inside = (t > 0.0) & (t < 1.0)
    away = np.linalg.norm(mesh.nodes - start - t[:, None] * direction, axis=1)
    near = inside & (away <= 1e-9 * np.linalg.norm(direction))
    extra = t[near] if near.sum() >= 20 else t[inside]
    extra = np.unique(np.round(extra, 9))
    if extra.size > LINE_POINTS:
        extra = extra[np.unique(np.linspace(0, extra.size - 1, LINE_POINTS).astype(int))]
    return np.unique(np.concatenate([np.linspace(0.0, 1.0, LINE_POINTS // 2), extra]))


def _line(solution: Solution, line: dict):
    distance, inside, concentration, potential = line_values(solution, line["from"], line["to"])
    frames = selected_frames(solution)
    rows = len(solution.model.species) if len(frames) > 1 else 1
    figure, axes = new_figure(rows + 1, 1, height=1.5 * (rows + 1) + 0.4, sharex=True)
    factor, unit = display_unit(float(distance[-1]), "m")
    largest = float(np.abs(concentration[..., inside]).max(initial=0.0))
    scale, c_unit = concentration_unit(solution.model, largest)
    names = species_labels(solution.model)
    colours, labels = step_colours(len(frames)), frame_labels(solution, frames)
    for index, name in enumerate(names):
        axis = axes[index if rows > 1 else 0, 0]
        for position, frame in enumerate(frames):
            style = {"color": COLOURS[index % len(COLOURS)], "linestyle": DASHES[index % len(DASHES)], "label": name}
            if len(frames) > 1:
                style = {"color": colours[position], "label": labels[position]}
            y = np.where(inside, concentration[frame, index] * scale, np.nan)
            axis.plot(distance * factor, y, **style)
        axis.set_ylabel(with_unit(f"c({name})" if rows > 1 else "Concentration", c_unit))
        _logarithmic(axis, concentration[:, :, inside] * scale)
    axes[0, 0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4)
    axis = axes[rows, 0]
    v_scale, v_unit = display_unit(float(np.abs(potential[:, inside]).max(initial=0.0)), "V")
    for position, frame in enumerate(frames):
        colour = COLOURS[0] if len(frames) == 1 else colours[position]
        axis.plot(distance * factor, np.where(inside, potential[frame] * v_scale, np.nan), color=colour)
    set_limits(axis, potential[:, inside].ravel() * v_scale, zero=False, floor=1e-9 * v_scale)
    axis.set_ylabel(with_unit("Potential", v_unit))
    axis.set_xlabel(with_unit(f"Distance, {line['name']}", unit))
    return figure


def _logarithmic(axis, values: np.ndarray) -> None:
    positive = values[np.isfinite(values) & (values > 0.0)]
    if positive.size and positive.max() > LOG_FROM * positive.min():
        axis.set_yscale("log")
        axis.set_ylim(max(positive.min(), positive.max() * 1e-10) / 2, positive.max() * 2)


def current_scale(solution: Solution) -> float:
    """F D c/L, A/m²."""
    diffusivity = max(species.diffusivity for species in solution.model.species)
    length = float(np.ptp(solution.mesh.nodes, axis=0).max())
    return FARADAY * diffusivity * float(np.abs(solution.concentration).max()) / length


def file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "+-" else "-" for letter in name)


def _triangles(solution: Solution) -> np.ndarray:
    """Corners (cells of the mesh) of triangles, boxes cut in two ((n, 3))."""
    elements, _ = vtk_elements(solution.mesh)
    parts = []
    for shape, corners in elements.items():
        parts += [corners] if shape == "triangle" else [corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]]
    return np.concatenate(parts)


def _map(solution, triangles, values, label, unit, *, logarithmic=False, diverging=False, streams=None):
    """One field as colours; `streams` are vectors whose lines of flow are drawn over it."""
    mesh = solution.mesh
    low, high = mesh.nodes.min(axis=0), mesh.nodes.max(axis=0)
    width, height = high - low
    ratio = height / width
    equal = 1 / STRETCHED <= ratio <= STRETCHED
    panel = WIDTH * 0.62
    tall = panel * min(max(ratio, FLATTEST), TALLEST) if equal else panel * 0.6
    figure, axes = new_figure(1, 1, height=tall + 0.55)
    axis = axes[0, 0]
    factor, x_unit = display_unit(max(float(np.abs([low, high]).max()), 0.0), "m")
    x_factor = y_factor = factor
    y_unit = x_unit
    if not equal:
        x_factor, x_unit = display_unit(float(max(abs(low[0]), abs(high[0]))), "m")
        y_factor, y_unit = display_unit(float(max(abs(low[1]), abs(high[1]))), "m")
    largest = float(np.abs(values).max(initial=0.0))
    scale, v_unit = concentration_unit(solution.model, largest) if unit == "mol/m^3" else display_unit(largest, unit)
    shown = values * scale
    low_value = float(shown.min()) if streams is not None else low_end(shown, mesh.cell_volume)
    norm, colours, shown = colour_scale(
        shown, low_value, logarithmic=logarithmic, diverging=diverging, vectors=streams is not None
    )
    places = mesh.nodes[mesh.cell_node] * (x_factor, y_factor)
    image = axis.tripcolor(places[:, 0], places[:, 1], triangles, shown, shading="gouraud", cmap=colours, norm=norm)
    image.set_rasterized(True)
    if streams is not None:
        _streams(axis, mesh, streams, low, high, (x_factor, y_factor), equal)
    _outline(axis, mesh, (x_factor, y_factor))
    names = axis_names(mesh.coordinates, 2)
    axis.set_xlabel(with_unit(f"${names[0]}$", x_unit))
    axis.set_ylabel(with_unit(f"${names[1]}$", y_unit))
    axis.set_xlim(low[0] * x_factor, high[0] * x_factor)
    axis.set_ylim(low[1] * y_factor, high[1] * y_factor)
    axis.set_aspect("equal" if equal else "auto")
    bar = figure.colorbar(image, ax=axis, pad=0.02, aspect=25)
    bar.set_label(with_unit(label, v_unit))
    bar.outline.set_linewidth(0.6)
    return figure


def _streams(axis, mesh, vectors, low, high, factors, equal) -> None:
    """Lines of flow, followed on an even grid."""
    span = high - low
    counts = [STREAM_POINTS, STREAM_POINTS]
    if equal:
        counts[int(np.argmin(span))] = max(12, int(STREAM_POINTS * span.min() / span.max()))
    x = low[0] + span[0] * (np.arange(counts[0]) + 0.5) / counts[0]
    y = low[1] + span[1] * (np.arange(counts[1]) + 0.5) / counts[1]
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    nodes, weights, owner = element_weights(mesh, points)
    by_node = np.stack(
        [np.bincount(mesh.cell_node, weights=vectors[:, d] * mesh.cell_volume, minlength=mesh.n_nodes) for d in (0, 1)]
    ) / np.bincount(mesh.cell_node, weights=mesh.cell_volume, minlength=mesh.n_nodes)
    found = np.einsum("dpc,pc->dp", by_node[:, np.maximum(nodes, 0)], weights)
    found = np.where(owner >= 0, found, np.nan).reshape(2, y.size, x.size)
    scaled = found * np.array(factors)[:, None, None]
    if np.nanmax(np.hypot(*scaled), initial=0.0) > 0.0:
        axis.streamplot(
            x * factors[0], y * factors[1], *scaled, color="white", linewidth=0.5, density=0.8, arrowsize=0.5
        )


def _outline(axis, mesh, factors) -> None:
    """Interfaces between regions and outer surfaces, as sides of elements that only one element of a region has."""
    from matplotlib.collections import LineCollection

    start = 0
    sides, owners = [], []
    for corners in mesh.elements.values():
        count = corners.shape[1]
        for i in range(count):
            sides.append(np.sort(corners[:, [i, (i + 1) % count]], axis=1))
            owners.append(mesh.element_region[start : start + len(corners)])
        start += len(corners)
    sides, owners = np.concatenate(sides), np.concatenate(owners)
    key = (sides[:, 0].astype(np.int64) * mesh.n_nodes + sides[:, 1]) * len(mesh.region_names) + owners
    unique, count = np.unique(key, return_counts=True)
    pair = unique[count == 1] // len(mesh.region_names)
    lines = mesh.nodes[np.column_stack([pair // mesh.n_nodes, pair % mesh.n_nodes])] * factors
    axis.add_collection(LineCollection(lines, colors="0.15", linewidths=0.5))
