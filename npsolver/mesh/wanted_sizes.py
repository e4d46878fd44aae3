"""Edge lengths that a solution asks for, along the axes of a mesh or at places in a plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from npsolver.mesh.grading import SizeSource

# A source is left out where others already ask for edges shorter than this many times its own.
REDUNDANT = 1.15


@dataclass(frozen=True)
class SizeField:
    """Edge lengths at places in a plane, between which they grow with the distance.

    Attributes
    ----------
    points : (n, 2) float64, m
    sizes : (n,) float64, m
        Infinite where nothing is wanted.
    growth : float
        Increase of the edge length per distance.
    """

    points: np.ndarray
    sizes: np.ndarray
    growth: float

    @cached_property
    def _tree(self):
        from scipy.spatial import cKDTree

        return cKDTree(self.points)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Wanted edge lengths at positions ((n, 2), m)."""
        distance, nearest = self._tree.query(x)
        return self.sizes[nearest] + self.growth * distance

    @classmethod
    def between(cls, points: np.ndarray, sizes: np.ndarray, edges: np.ndarray, growth: float) -> SizeField:
        """Field of sizes at the nodes of a mesh, held down along its edges ((n, 2) int) to the given growth.

        The edges are those of a triangulation: going through them, sizes spread in about as many rounds as there are
        edges across the place that a size reaches.
        """
        sizes = np.array(sizes, dtype=float)
        length = growth * np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
        for _ in range(len(points)):
            lower = sizes.copy()
            np.minimum.at(lower, edges[:, 0], sizes[edges[:, 1]] + length)
            np.minimum.at(lower, edges[:, 1], sizes[edges[:, 0]] + length)
            if np.array_equal(lower, sizes):
                break
            sizes = lower
        return cls(points, sizes, growth)


@dataclass(frozen=True)
class WantedSizes:
    """Further edge lengths of a mesh, before its number of edges is multiplied by `refine`.

    Attributes
    ----------
    axes : tuple of tuple of SizeSource
        Along every axis of an interval or a grid; of prisms the height is the third.
    fields : tuple of SizeField
        In the plane of triangles, or in the cross-section of prisms.
    """

    axes: tuple[tuple[SizeSource, ...], ...] = ()
    fields: tuple[SizeField, ...] = ()

    def __bool__(self) -> bool:
        return any(self.axes) or bool(self.fields)

    def __add__(self, other: WantedSizes) -> WantedSizes:
        """The shortest that either wants."""
        count = max(len(self.axes), len(other.axes))
        axes = tuple((*self.along(d), *other.along(d)) for d in range(count))
        return WantedSizes(axes, (*self.fields, *other.fields))

    def followed_by(self, other: WantedSizes) -> WantedSizes:
        """Sources of both; the fields, which tell the whole plane, of the later one."""
        return WantedSizes((self + other).axes, other.fields or self.fields)

    def along(self, axis: int) -> tuple[SizeSource, ...]:
        """Sources along an axis."""
        return self.axes[axis] if axis < len(self.axes) else ()

    def at(self, x: np.ndarray) -> np.ndarray:
        """Wanted edge lengths at positions in the plane ((n, 2), m); infinite where nothing is wanted."""
        result = np.full(len(x), np.inf)
        for field in self.fields:
            result = np.minimum(result, field(x))
        return result

    def longer(self, factor: float) -> WantedSizes:
        """All lengths multiplied."""
        return WantedSizes(
            tuple(tuple(SizeSource(s.position, factor * s.size) for s in own) for own in self.axes),
            tuple(replace(field, sizes=factor * field.sizes) for field in self.fields),
        )

    def at_least(self, length: float) -> WantedSizes:
        """The fields with no lengths below the given one (m)."""
        fields = (replace(field, sizes=np.maximum(field.sizes, length)) for field in self.fields)
        return WantedSizes(self.axes, tuple(fields))

    def state(self) -> dict[str, np.ndarray]:
        """As named arrays, with all bits."""
        result = {}
        for d, own in enumerate(self.axes):
            result[f"axis_{d}"] = np.array([(s.position, s.size) for s in own]).reshape(-1, 2)
        for k, field in enumerate(self.fields):
            result[f"field_{k}"] = np.column_stack([field.points, field.sizes])
            result[f"growth_{k}"] = np.array([field.growth])
        return result

    @classmethod
    def from_state(cls, state: Mapping[str, np.ndarray]) -> WantedSizes:
        """What `state` returned."""
        axes, fields = [], []
        while f"axis_{len(axes)}" in state:
            axes.append(tuple(SizeSource(float(x), float(h)) for x, h in state[f"axis_{len(axes)}"]))
        while f"field_{len(fields)}" in state:
            values = np.asarray(state[f"field_{len(fields)}"])
            growth = float(np.ravel(state[f"growth_{len(fields)}"])[0])
            fields.append(SizeField(np.ascontiguousarray(values[:, :2]), values[:, 2].copy(), growth))
        return cls(tuple(axes), tuple(fields))


def essential(sources: Sequence[SizeSource], growth: float) -> tuple[SizeSource, ...]:
    """Those that ask for notably shorter edges than the others do, by position.

    Parameters
    ----------
    sources : sequence of SizeSource
    growth : float
        Increase of the edge length per distance.
    """
    kept: list[SizeSource] = []
    positions, sizes = np.empty(len(sources)), np.empty(len(sources))
    for source in sorted(sources, key=lambda s: s.size):
        n = len(kept)
        wanted = (sizes[:n] + growth * np.abs(positions[:n] - source.position)).min(initial=np.inf)
        if wanted > REDUNDANT * source.size:
            positions[n], sizes[n] = source.position, source.size
            kept.append(source)
    return tuple(sorted(kept, key=lambda s: s.position))
