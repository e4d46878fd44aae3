"""Where to write a name inside a field, so that it stays inside."""

from __future__ import annotations

import numpy as np


def largest_box(polygon: np.ndarray, width: float, height: float) -> tuple[np.ndarray, float]:
    """Largest box of given proportions inside a convex polygon.

    The box ``centre ± s (width, height)/2`` lies inside the half-plane ``n·p <= b`` when
    ``n·centre + s (|n_x| width + |n_y| height)/2 <= b``, so the largest s is a linear programme in (centre, s).

    Parameters
    ----------
    polygon : (n, 2) float64
        Vertices, counter-clockwise.
    width, height : float
        Size of the box at s = 1, in the units of the polygon.

    Returns
    -------
    centre : (2,) float64
    size : float
        The box fits where this is at least 1.
    """
    from scipy.optimize import linprog

    edges = np.roll(polygon, -1, axis=0) - polygon
    normals = np.column_stack([edges[:, 1], -edges[:, 0]])
    normals /= np.maximum(np.hypot(*normals.T), 1e-300)[:, None]
    reach = 0.5 * (np.abs(normals[:, 0]) * width + np.abs(normals[:, 1]) * height)
    result = linprog(
        [0.0, 0.0, -1.0],
        A_ub=np.column_stack([normals, reach]),
        b_ub=(normals * polygon).sum(axis=1),
        bounds=[(None, None), (None, None), (0.0, None)],
        method="highs",
    )
    return result.x[:2], float(result.x[2])


def largest_box_in_mask(mask: np.ndarray, width: float, height: float) -> tuple[tuple[float, float], float]:
    """Centre (column, row) and relative size of the largest box of given proportions inside a raster region.

    Parameters
    ----------
    mask : (n_rows, n_columns) bool
    width, height : float
        Size of the box at s = 1, in columns and rows.
    """
    rows, columns = mask.shape
    # sums over rectangles in constant time; bisection over the size
    table = np.zeros((rows + 1, columns + 1))
    table[1:, 1:] = mask.cumsum(axis=0).cumsum(axis=1)
    low, high, best = 0.0, max(columns / width, rows / height), None
    for _ in range(12):
        size = 0.5 * (low + high)
        w, h = max(1, int(np.ceil(size * width))), max(1, int(np.ceil(size * height)))
        if w > columns or h > rows:
            high = size
            continue
        total = table[h:, w:] - table[:-h, w:] - table[h:, :-w] + table[:-h, :-w]
        full = np.argwhere(total >= w * h - 0.5)
        if len(full):
            centre = full.mean(axis=0)
            row, column = full[np.argmin(((full - centre) ** 2).sum(axis=1))]
            best, low = (column + w / 2, row + h / 2), size
        else:
            high = size
    if best is None:
        row, column = np.argwhere(mask)[0]
        return (column + 0.5, row + 0.5), 0.0
    return best, low


def box_centre(polygon: np.ndarray, width: float, height: float, lines=()) -> tuple[np.ndarray, float]:
    """Centre for a label box in a convex polygon, and the relative size of the largest box that would fit.

    Among the places where the box has room it takes the one nearest to the centroid that touches none of the `lines`.

    Parameters
    ----------
    polygon : (n, 2) float64
        Vertices, counter-clockwise.
    width, height : float
        Of the box, in the units of the polygon.
    lines : sequence of tuple of float
        Lines y = intercept + slope x to stay clear of, as (intercept, slope).
    """
    best, room = largest_box(polygon, width, height)
    if room < 1.0:
        return best, room
    centroid = _centroid(polygon)
    share = np.linspace(0.02, 0.98, 40)
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    points = low + np.stack(np.meshgrid(share, share), axis=-1).reshape(-1, 2) * (high - low)
    points = np.vstack([best, centroid, points])
    edges = np.roll(polygon, -1, axis=0) - polygon
    normals = np.column_stack([edges[:, 1], -edges[:, 0]])
    reach = 0.5 * (np.abs(normals[:, 0]) * width + np.abs(normals[:, 1]) * height)
    sizes = (((normals * polygon).sum(axis=1) - points @ normals.T) / reach).min(axis=1)
    clear = _clear_of(points, width, height, lines)
    # a touch of every wish: room around the text, no line through it, near the middle
    distance = np.hypot(*((points - centroid) / (high - low)).T)
    cost = distance - 0.3 * np.minimum(sizes, 2.0) + 10.0 * (sizes < 1.0) + 1.0 * ~clear
    return points[np.argmin(cost)], room


def _centroid(polygon):
    nxt = np.roll(polygon, -1, axis=0)
    cross = polygon[:, 0] * nxt[:, 1] - nxt[:, 0] * polygon[:, 1]
    return ((polygon + nxt) * cross[:, None]).sum(axis=0) / (3.0 * cross.sum())


def _clear_of(points, width, height, lines):
    """Whether a box centred at each point stays off all lines."""
    clear = np.ones(len(points), bool)
    for intercept, slope in lines:
        gap = np.abs(points[:, 1] - intercept - slope * points[:, 0])
        clear &= gap > 0.5 * (height + abs(slope) * width)
    return clear


def place_labels(ax, items, font_size: float, make_fit, *, grow: bool = False) -> None:
    """Write each label horizontally, else vertically, else smaller, else as a number explained beside the axes.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    items : sequence of tuple (label, region)
    font_size : float
        Points.
    make_fit : callable
        ``make_fit()`` measures the axes and returns ``fit(region, width, height)``, which gives the centre in data
        coordinates and the relative size of the largest box; width and height in points.
    grow : bool
        Widen the figure for the list of numbers instead of narrowing the axes.
    """
    legend = ax.annotate(
        "", (1.0, 1.0), xycoords="axes fraction", xytext=(6, 0), textcoords="offset points", fontsize=0.8 * font_size
    )
    legend.set(ha="left", va="top", linespacing=1.3)
    for _ in range(4):  # the list narrows the axes, which may lengthen the list
        fit = make_fit()
        placed, numbered = _choose(ax, items, font_size, fit)
        text = "\n".join(f"{i}  {label.replace(chr(10), ' + ')}" for i, label in enumerate(numbered, 1))
        if text == legend.get_text():
            break
        before = legend.get_window_extent().width if legend.get_text() else 0.0
        legend.set_text(text)
        if grow:
            width, height = ax.figure.get_size_inches()
            wider = (legend.get_window_extent().width - before) / ax.figure.dpi
            # a long legend needs a tall figure, which then has room for more names
            needed = legend.get_window_extent().height / ax.figure.dpi + 0.75
            ax.figure.set_size_inches(width + wider, max(height, needed))
    for write, centre, text, size, rotation in placed:
        write(ax, centre, text, size, rotation)


def _choose(ax, items, font_size, fit):
    """What to write where: (writer, centre, text, size, rotation), and the labels that became numbers."""
    renderer = ax.figure.canvas.get_renderer()
    placed, numbered = [], []
    for label, region in items:
        width, height = _text_size(ax, renderer, label, font_size)
        for scale, rotation in ((1.0, 0), (1.0, 90), (0.8, 0), (0.8, 90)):
            box = np.array([width, height]) * scale
            centre, room = fit(region, *(box if rotation == 0 else box[::-1]) + 5.0)
            if room >= 1.0:
                placed.append((_write, centre, label, scale * font_size, rotation))
                break
        else:
            if label not in numbered:
                numbered.append(label)
            number = str(numbered.index(label) + 1)
            centre, room = fit(region, *_text_size(ax, renderer, number, 0.8 * font_size))
            placed.append((_write if room >= 0.8 else _point_at, centre, number, 0.8 * font_size, 0))
    return placed, numbered


def _text_size(ax, renderer, text, size):
    """Width and height of a text in points."""
    artist = ax.text(0.5, 0.5, text, fontsize=size, transform=ax.transAxes)
    box = artist.get_window_extent(renderer)
    artist.remove()
    return box.width * 72.0 / ax.figure.dpi, box.height * 72.0 / ax.figure.dpi


def _write(ax, centre, text, size, rotation):
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=1.5, foreground="white", alpha=0.6)]
    ax.text(*centre, text, fontsize=size, rotation=rotation, ha="center", va="center", zorder=7, path_effects=halo)


def _point_at(ax, centre, text, size, _rotation):
    """Number outside a field that is too small even for it, with a thin leader."""
    low, high = ax.get_xlim()
    inwards = -1 if centre[0] > high - 0.06 * (high - low) else 1  # not into the legend
    ax.annotate(
        text,
        centre,
        textcoords="offset points",
        xytext=(9 * inwards, 9),
        fontsize=size,
        ha="center",
        va="center",
        arrowprops={"arrowstyle": "-", "linewidth": 0.5, "shrinkA": 0, "shrinkB": 0},
        zorder=7,
    )
