"""Thin layers that a picture of the whole domain cannot show: where they are and how wide to look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from npsolver.stepping.solution import Solution

COARSENING = 20.0  # a layer ends where edges are this much longer than at its surface
DECAYS = 5.0  # width of a window in lengths over which half of the potential falls
THIN = 0.05  # of the domain: thicker layers are seen without help
MAX_WINDOWS = 3
VISIBLE = 0.05  # of its whole range: what changes less inside a window looks flat there


@dataclass(frozen=True)
class Window:
    """Part of the domain next to a surface.

    Attributes
    ----------
    label : str
        Of its position axis.
    origin : float
        Position of the surface, m.
    low, high : float
        Ends of the window relative to `origin`, m.
    sign : int
        -1 where the distance from the surface grows to the left.
    """

    label: str
    origin: float
    low: float
    high: float
    sign: int = 1

    def coordinate(self, x: np.ndarray) -> np.ndarray:
        """Position in the window, m."""
        return self.sign * (x - self.origin)

    def contains(self, x: np.ndarray) -> np.ndarray:
        """Which positions are inside."""
        position = self.coordinate(x)
        return (position >= self.low) & (position <= self.high)


def thin_layers(solution: Solution) -> list[Window]:
    """Windows on the layers that the mesh resolves and the eye would miss, those at the ends first."""
    x = np.unique(solution.mesh.nodes[:, 0])
    length = x[-1] - x[0]
    windows = []
    inner = "centre" if x[0] == 0.0 and solution.mesh.coordinates != "cartesian" else "left"
    for label, sign in ((f"Distance from {inner}", 1), ("Distance from right", -1)):
        origin = x[0] if sign > 0 else x[-1]
        width = _width(sign * (x[::sign] - origin))
        if width is not None and width < THIN * length:
            width = min(max(width, _decay(solution, origin, sign)), THIN * length)
            windows.append(Window(label, origin, 0.0, width, sign))
    for position, name in _interfaces(solution):
        before, after = _width((position - x[x <= position])[::-1]), _width(x[x >= position] - position)
        width = max(before or 0.0, after or 0.0)
        if 0.0 < width < THIN * length:
            windows.append(Window(f"Position from {name}", position, -width, width))
    return [window for window in windows if _shows_something(solution, window)][:MAX_WINDOWS]


def _shows_something(solution: Solution, window: Window) -> bool:
    """Whether the potential or a concentration changes inside a window by what can be seen, or by a factor."""
    inside = window.contains(solution.mesh.nodes[:, 0])
    if _span(solution.potential[:, inside]) > VISIBLE * _span(solution.potential):
        return True
    cells = inside[solution.mesh.cell_node]
    for species in range(solution.concentration.shape[1]):
        c = solution.concentration[:, species][:, cells]
        low, high = c.min(axis=1), c.max(axis=1)
        if np.any(high > 2.0 * low) or _span(c) > VISIBLE * _span(solution.concentration[:, species]):
            return True
    return False


def _span(frames: np.ndarray) -> float:
    """Largest difference of values within one frame."""
    return float(np.ptp(frames, axis=1).max()) if frames.shape[1] else 0.0


def _width(distance: np.ndarray) -> float | None:
    """Distance at which the edges have become long, None where they do not."""
    edges = np.diff(distance)
    if edges.size < 20:
        return None
    coarse = np.flatnonzero(edges > COARSENING * edges[0])
    return float(distance[coarse[0]]) if coarse.size and coarse[0] >= 8 else None


def _decay(solution: Solution, origin: float, sign: int) -> float:
    """A few times the distance from an end over which half of the change of the potential takes place, the least of all frames.

    Meshes may be far finer than the layer, e.g. at walls where finite ions screen less than the points they were sized for.
    """
    x = solution.mesh.nodes[:, 0]
    distance = sign * (x - origin)
    near = np.flatnonzero((distance > 0.0) & (distance <= 0.5 * np.ptp(x)))
    near = near[np.argsort(distance[near], kind="stable")]
    found = []
    for potential in solution.potential[:, near] if near.size else ():
        change = np.abs(potential - potential[0])
        if change[-1] > VISIBLE * np.ptp(potential) and change[-1] > 0.0:
            found.append(float(distance[near[np.argmax(change >= 0.5 * change[-1])]]))
    return DECAYS * min(found, default=0.0)


def _interfaces(solution: Solution) -> list[tuple[float, str]]:
    from npsolver.output.profiles import region_spans

    spans = region_spans(solution)
    return [(right, f"{name} | {after}") for (name, _, right), (after, _, _) in zip(spans, spans[1:])]
