"""Positions of nodes that follow a wanted mesh size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

# Shortest edge in units of the last digit of positions: conductances then have a few digits.
LEAST = 64.0


@dataclass(frozen=True)
class SizeSource:
    """Mesh size wanted at one place; away from it the size may grow in proportion to the distance.

    Attributes
    ----------
    position : float
        m.
    size : float
        Edge length there, m.
    """

    position: float
    size: float


def _sizes(x, sources, growth, largest):
    h = np.full_like(x, largest)
    for source in sources:
        h = np.minimum(h, source.size + growth * np.abs(x - source.position))
    return h


def graded_positions(
    breakpoints: Sequence[float],
    sources: Sequence[SizeSource],
    *,
    growth: float,
    largest: float,
    nodes: int | None = None,
    refine: float = 1.0,
) -> np.ndarray:
    """Nodes that equidistribute 1/h(x), h(x) = min over sources (size + growth |x - position|).

    The positions are samples of one smooth map per segment, so that meshes of different `refine` belong to one
    family and errors can be extrapolated.

    Parameters
    ----------
    breakpoints : sequence of float
        Increasing positions that must be nodes, m.
    sources : sequence of SizeSource
    growth : float
        Increase of edge length per distance from a source.
    largest : float
        Upper bound of the edge length, m.
    nodes : int, optional
        Total number of nodes wanted; the sizes are scaled to reach it (at least two edges per segment).
    refine : float
        Factor on the number of edges.

    Returns
    -------
    (n_nodes,) float64, m
    """
    key = (tuple(map(float, breakpoints)), tuple(sources), growth, largest, nodes, refine)
    return _graded_positions(*key).copy()


def _apart(x: np.ndarray, start: float, end: float) -> np.ndarray:
    """Those of the increasing positions `x` that differ from the one before, and from both ends, by more than round-off.

    Far from the origin a number has fewer digits than the shortest edges wanted.
    """
    places = np.concatenate([[start], x, [end]])
    least = LEAST * np.spacing(np.maximum(np.abs(places[:-1]), np.abs(places[1:])))
    if np.all(np.diff(places) > least):
        return x
    kept, last = [start], LEAST * np.spacing(max(abs(start), abs(end)))
    for position, gap in zip(x.tolist(), least.tolist()):
        if position - kept[-1] > gap and end - position > last:
            kept.append(position)
    return np.array(kept[1:])


# cases that differ in what the mesh does not depend on, as in studies and sweeps, share one map
@lru_cache(maxsize=64)
def _graded_positions(breakpoints, sources, growth, largest, nodes, refine) -> np.ndarray:
    breakpoints = np.asarray(breakpoints, dtype=float)
    maps, weights = [], []
    for start, end in zip(breakpoints[:-1], breakpoints[1:]):
        length = end - start
        # offsets dense near every source, so that the sampled map is smooth down to the smallest size
        offsets = [np.linspace(0.0, length, 801)]
        for source in sources:
            smallest = min(source.size, length) * 0.25
            distance = np.geomspace(smallest, max(length, 2 * smallest), 600)
            for sign in (-1.0, 1.0):
                offsets.append(source.position - start + sign * distance)
        s = np.sort(np.concatenate(offsets))
        s = s[np.append(True, s[1:] != s[:-1])]  # np.unique would import masked arrays
        s = s[(s >= 0.0) & (s <= length)]
        if length - s[-1] > 0:
            s = np.append(s, length)
        h = _sizes(start + s, sources, growth, largest)
        density = 1.0 / h
        total = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(s))])
        maps.append((start, s, total))
        weights.append(total[-1])
    weights = np.asarray(weights)
    counts = np.maximum(2.0, weights)
    if nodes is not None:
        scale = (nodes - 1) / counts.sum()
        counts = np.maximum(2.0, counts * scale)
    counts = np.maximum(2, np.rint(counts * refine)).astype(int)
    if nodes is not None and refine == 1.0:
        counts[np.argmax(counts)] += max(nodes - 1 - counts.sum(), 2 - counts.max())
    pieces = [breakpoints[:1]]
    for (start, s, total), count, end in zip(maps, counts, breakpoints[1:]):
        inner = np.interp(np.arange(1, count) * (total[-1] / count), total, s)
        pieces += [_apart(start + inner, start, end), [end]]
    return np.concatenate(pieces)
