"""Domains in two and three dimensions, before anything is meshed: boxes, polygons, or a mesh that is there already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.coordinates import Domain
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.rectilinear import SIDES, Box, Surface, rectilinear_mesh

# Corners closer than this (relative to the extent of the domain) are the same.
SAME = 1e-9
# Random positions tried inside the bounding box of a region.
SAMPLES = 512


@dataclass(frozen=True)
class Face:
    """Part of a surface or interface of a `BoxDomain`, between neighbouring grid lines.

    Attributes
    ----------
    axis : int
        Of its normal.
    position : float
        m.
    low, high : tuple of float
        Corners, m (equal along `axis`).
    name : str
        Of the surface; ``""`` on an interface between regions that has no name.
    regions : tuple of str
        On both sides, outside left out.
    ends : tuple of (int, float, str, str)
        Edges at which it stops: axis, position, how (``"goes on"`` in its plane under another name, ``"meets"`` another
        surface in a corner, or ``"turns away"`` from the solution), and the name of the other surface.
    """

    axis: int
    position: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    name: str
    regions: tuple[str, ...]
    ends: tuple[tuple[int, float, str, str], ...]


@dataclass(frozen=True)
class BoxDomain(Domain):
    """Axis-parallel boxes on a tensor grid.

    Attributes
    ----------
    coordinates : str
        ``"cartesian"`` or ``"axisymmetric"`` (axes r, z).
    boxes : tuple of Box
        Later ones overwrite earlier ones; a nameless box cuts a hole.
    surfaces : tuple of Surface
    """

    coordinates: str
    boxes: tuple[Box, ...]
    surfaces: tuple[Surface, ...] = ()

    @property
    def dimension(self) -> int:
        return len(self.boxes[0].low)

    @property
    def region_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(box.region for box in self.boxes if box.region))

    @cached_property
    def low(self) -> tuple[float, ...]:
        return tuple(min(box.low[d] for box in self.boxes if box.region) for d in range(self.dimension))

    @cached_property
    def high(self) -> tuple[float, ...]:
        return tuple(max(box.high[d] for box in self.boxes if box.region) for d in range(self.dimension))

    @cached_property
    def grid_lines(self) -> tuple[np.ndarray, ...]:
        """Positions along every axis at which a box or a surface begins or ends, m."""
        lines = []
        for d in range(self.dimension):
            wanted = [value for item in (*self.boxes, *self.surfaces) for value in (item.low[d], item.high[d])]
            inside = sorted(v for v in wanted if self.low[d] <= v <= self.high[d])
            tolerance = SAME * self.length
            kept = [inside[0]]
            for value in inside[1:]:
                if value - kept[-1] > tolerance:
                    kept.append(value)
            kept[-1] = self.high[d] if self.high[d] - kept[-1] <= tolerance else kept[-1]
            lines.append(np.array(kept))
        return tuple(lines)

    @cached_property
    def outline(self) -> Mesh:
        """The coarsest mesh of the domain: one element between neighbouring grid lines."""
        return rectilinear_mesh(self.grid_lines, self.boxes, self.surfaces, coordinates=self.coordinates)

    @property
    def boundary_names(self) -> tuple[str, ...]:
        return tuple(self.outline.boundaries)

    @cached_property
    def region_grid(self) -> np.ndarray:
        """Index of the region in every element between the grid lines, -1 outside."""
        centres = [0.5 * (a[1:] + a[:-1]) for a in self.grid_lines]
        grid = np.full([c.size for c in centres], -1)
        for box in self.boxes:
            inside = [(c > lo) & (c < hi) for c, lo, hi in zip(centres, box.low, box.high)]
            grid[np.ix_(*inside)] = self.region_names.index(box.region) if box.region else -1
        return grid

    def samples(self, region: str) -> np.ndarray:
        """Positions in `region`, its corners among them ((n, dim), m)."""
        where = np.argwhere(self.region_grid == self.region_names.index(region))
        if not len(where):
            return np.empty((0, self.dimension))
        where = where[:: max(1, len(where) // 64)]
        points = []
        for corner in product((0, 0.31, 0.5, 0.83, 1), repeat=self.dimension):
            points.append(
                np.stack(
                    [(1 - c) * a[where[:, d]] + c * a[where[:, d] + 1]
                     for d, (a, c) in enumerate(zip(self.grid_lines, corner))],
                    axis=1,
                )
            )
        return np.concatenate(points)

    def check(self) -> None:
        """InputError where a region has no part, or the domain falls into pieces."""
        from scipy.ndimage import label

        grid = self.region_grid
        for index, name in enumerate(self.region_names):
            if not (grid == index).any():
                raise InputError("is covered entirely by later regions or holes", key=f"geometry: region {name!r}")
        pieces, count = label(grid >= 0)
        if count > 1:
            parts = []
            for piece in range(1, count + 1):
                inside = np.unique(grid[pieces == piece])
                parts.append(" + ".join(repr(self.region_names[i]) for i in inside))
            raise InputError(
                f"the regions fall into {count} parts that share no surface ({'; '.join(parts[:4])}); ions and field "
                "cannot pass from one to the other: make them touch, or solve them as separate cases",
                key="geometry",
            )
        for surface in self.surfaces:
            if surface.name not in self.boundary_names:
                raise InputError(
                    "lies on no outer surface and on no interface between regions; check its coordinates"
                    + f" (the domain extends {self._extent_text()})",
                    key=f"geometry: surface {surface.name!r}",
                )

    def _extent_text(self) -> str:
        return ", ".join(
            f"{name} from {lo:g} to {hi:g} m" for name, lo, hi in zip(self.axes, self.low, self.high)
        )

    def faces(self) -> Iterator[Face]:
        """Every piece of a surface or interface between grid lines."""
        grid, lines, dim = self.region_grid, self.grid_lines, self.dimension
        shape = grid.shape

        def region_at(index):
            return grid[index] if all(0 <= i < s for i, s in zip(index, shape)) else -1

        names: dict[tuple, str] = {}
        found = []
        for index in map(tuple, np.argwhere(grid >= 0)):
            for axis, side in product(range(dim), (0, 1)):
                beyond = _shifted(index, axis, 1 if side else -1)
                other = region_at(beyond)
                if other == grid[index] or (other >= 0 and not side):
                    continue
                if self.coordinates == "axisymmetric" and axis == 0 and not side and lines[0][index[0]] == 0.0:
                    continue
                name = self._name(index, axis, side, beyond, other >= 0)
                names[index, axis, side] = name
                found.append((index, axis, side, other))
        for index, axis, side, other in found:
            position = float(lines[axis][index[axis] + side])
            low = [float(lines[d][i]) for d, i in enumerate(index)]
            high = [float(lines[d][i + 1]) for d, i in enumerate(index)]
            low[axis] = high[axis] = position
            ends = []
            for d, step in product(range(dim), (-1, 1)):
                if d == axis:
                    continue
                neighbour = _shifted(index, d, step)
                following = names.get((neighbour, axis, side))
                edge = float(lines[d][index[d] + (step > 0)])
                if following is not None:
                    if following != names[index, axis, side]:
                        ends.append((d, edge, "goes on", following))
                elif region_at(neighbour) >= 0 and region_at(_shifted(neighbour, axis, 1 if side else -1)) >= 0:
                    ends.append((d, edge, "turns away", ""))
                elif (beside := names.get((index, d, int(step > 0)))) is not None:
                    ends.append((d, edge, "meets", beside))
            regions = tuple(self.region_names[r] for r in (grid[index], other) if r >= 0)
            yield Face(axis, position, tuple(low), tuple(high), names[index, axis, side], regions, tuple(ends))

    def _name(self, index, axis, side, beyond, interface) -> str:
        lines = self.grid_lines
        at_end = not 0 <= beyond[axis] < lines[axis].size - 1
        name = "" if interface else SIDES[axis][side] if at_end else "inner"
        centre = np.array([0.5 * (a[i] + a[i + 1]) for a, i in zip(lines, index)])
        centre[axis] = lines[axis][index[axis] + side]
        span = SAME * self.length
        for surface in self.surfaces:
            if np.all((centre >= np.array(surface.low) - span) & (centre <= np.array(surface.high) + span)):
                name = surface.name
        return name


def _shifted(index: tuple[int, ...], axis: int, step: int) -> tuple[int, ...]:
    return (*index[:axis], index[axis] + step, *index[axis + 1 :])


@dataclass(frozen=True)
class PolygonDomain(Domain):
    """Polygons in a plane, to be triangulated.

    Attributes
    ----------
    coordinates : str
        ``"cartesian"`` or ``"axisymmetric"``.
    polygons : tuple of (str, (n, 2) tuple of tuples)
        Corners in m; later ones overwrite earlier ones, a name that starts with "-" cuts a hole.
    lines : tuple of (str, (n, 2) tuple of tuples)
        Named surfaces as lines through points.
    """

    coordinates: str
    polygons: tuple[tuple[str, tuple], ...]
    lines: tuple[tuple[str, tuple], ...] = ()
    dimension = 2

    @property
    def region_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.polygons if not name.startswith("-"))

    @property
    def boundary_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name, _ in self.lines))

    @property
    def _corners(self) -> np.ndarray:
        return np.concatenate([np.array(c) for name, c in self.polygons if not name.startswith("-")])

    @property
    def low(self) -> tuple[float, ...]:
        return tuple(self._corners.min(axis=0))

    @property
    def high(self) -> tuple[float, ...]:
        return tuple(self._corners.max(axis=0))

    def samples(self, region: str) -> np.ndarray:
        """Positions in `region`, its corners among them ((n, 2), m)."""
        from npsolver.mesh.polygons import inside_polygon

        corners = np.array(dict(self.polygons)[region])
        low, high = corners.min(axis=0), corners.max(axis=0)
        points = low + (high - low) * np.random.default_rng(0).random((SAMPLES, 2))
        return np.concatenate([corners, points[inside_polygon(points, corners)]])

    def check(self) -> None:
        """What is wrong with polygons is found when they are meshed."""


@dataclass(frozen=True)
class MeshDomain(Domain):
    """A mesh from a file.

    Attributes
    ----------
    mesh : Mesh
    """

    mesh: Mesh

    @property
    def coordinates(self) -> str:
        return self.mesh.coordinates

    @property
    def dimension(self) -> int:
        return self.mesh.dimension

    @property
    def region_names(self) -> tuple[str, ...]:
        return self.mesh.region_names

    @property
    def boundary_names(self) -> tuple[str, ...]:
        return tuple(self.mesh.boundaries)

    @property
    def low(self) -> tuple[float, ...]:
        return tuple(self.mesh.nodes.min(axis=0))

    @property
    def high(self) -> tuple[float, ...]:
        return tuple(self.mesh.nodes.max(axis=0))

    def samples(self, region: str) -> np.ndarray:
        """Positions of nodes in `region` ((n, dim), m)."""
        mesh = self.mesh
        nodes = mesh.cell_node[mesh.cell_region == mesh.region_names.index(region)]
        return mesh.nodes[nodes[:: max(1, nodes.size // 4096)]]

    def check(self) -> None:
        """Meshes are checked when they are made."""
