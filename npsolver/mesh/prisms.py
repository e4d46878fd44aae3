"""Domains of upright prisms and cylinders: a cross-section of polygons whose contents change with height."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh.coordinates import Domain
from npsolver.mesh.delaunay import refined_triangles
from npsolver.mesh.domain import SAMPLES
from npsolver.mesh.layered import layered
from npsolver.mesh.mesh import Mesh
from npsolver.mesh.polygons import inside_polygon, lies_on
from npsolver.mesh.rectilinear import SIDES
from npsolver.mesh.simplex import simplex_mesh

# Corners of the polygon of equal area that stands for a circle.
CIRCLE = 48
# Positions closer than this part of the domain are the same.
SAME = 1e-9


def circle_corners(centre: tuple[float, float], radius: float) -> tuple[tuple[float, float], ...]:
    """Corners of a regular polygon with the area of a circle, m."""
    angle = 2 * np.pi / CIRCLE
    corner = radius * np.sqrt(angle / np.sin(angle))
    turns = angle * np.arange(CIRCLE)
    return tuple((float(centre[0] + corner * np.cos(t)), float(centre[1] + corner * np.sin(t))) for t in turns)


@dataclass(frozen=True)
class Prism:
    """A polygon between two heights.

    Attributes
    ----------
    region : str
        Name; an empty name cuts a hole.
    corners : tuple of (float, float)
        m.
    low, high : float
        Heights, m.
    """

    region: str
    corners: tuple[tuple[float, float], ...]
    low: float
    high: float


@dataclass(frozen=True)
class PrismSurface:
    """A named surface: upright faces on a line, on a side or all around a region, or else flat ones.

    Attributes
    ----------
    name : str
    low, high : float
        Heights between which its faces have their centres, m.
    line : tuple of (float, float)
        Points of a line in the cross-section, m.
    region : str
        Region that it surrounds.
    side : str
        ``"left"``, ``"right"``, ``"bottom"`` or ``"top"`` of the cross-section.
    """

    name: str
    low: float
    high: float
    line: tuple[tuple[float, float], ...] = ()
    region: str = ""
    side: str = ""

    @property
    def upright(self) -> bool:
        return bool(self.line or self.region or self.side)


@dataclass(frozen=True)
class PrismDomain(Domain):
    """Prisms on one another and beside each other, to be triangulated and stacked.

    Attributes
    ----------
    prisms : tuple of Prism
        Later ones overwrite earlier ones.
    surfaces : tuple of PrismSurface
        Later ones overwrite earlier ones, and the names of the sides of the domain.
    """

    prisms: tuple[Prism, ...]
    surfaces: tuple[PrismSurface, ...] = ()
    coordinates = "cartesian"
    dimension = 3

    @property
    def region_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(prism.region for prism in self.prisms if prism.region))

    @cached_property
    def low(self) -> tuple[float, ...]:
        solid = [prism for prism in self.prisms if prism.region]
        plane = np.concatenate([prism.corners for prism in solid]).min(axis=0)
        return (*map(float, plane), min(prism.low for prism in solid))

    @cached_property
    def high(self) -> tuple[float, ...]:
        solid = [prism for prism in self.prisms if prism.region]
        plane = np.concatenate([prism.corners for prism in solid]).max(axis=0)
        return (*map(float, plane), max(prism.high for prism in solid))

    @cached_property
    def breaks(self) -> np.ndarray:
        """Heights at which something begins or ends, m."""
        wanted = [z for item in (*self.prisms, *self.surfaces) for z in (item.low, item.high)]
        inside = np.unique([z for z in wanted if self.low[2] <= z <= self.high[2]])
        return inside[np.append(True, np.diff(inside) > SAME * self.length)]

    @cached_property
    def side_surfaces(self) -> tuple[PrismSurface, ...]:
        """Sides of the domain that lie in one plane, under the names that boxes have."""
        (x0, y0, z0), (x1, y1, z1) = self.low, self.high
        found = []
        for axis, (ends, names) in enumerate(zip(((x0, x1), (y0, y1)), SIDES)):
            for value, name in zip(ends, names):
                if any(self._touches(prism, axis, value) for prism in self.prisms if prism.region):
                    found.append(PrismSurface(name, z0, z1, side=name))
        front, back = SIDES[2]
        return (*found, PrismSurface(front, z0, z0), PrismSurface(back, z1, z1))

    def _touches(self, prism: Prism, axis: int, value: float) -> bool:
        on = np.abs(np.array(prism.corners)[:, axis] - value) < SAME * self.length
        return bool((on & np.roll(on, -1)).any())

    @property
    def boundary_names(self) -> tuple[str, ...]:
        return tuple(self.outline.boundaries)

    @cached_property
    def outline(self) -> Mesh:
        """A mesh as coarse as the shapes allow."""
        plane, inside = self.plane(lambda x: np.full(len(x), self.length))
        return self.stacked(plane, inside, self.breaks)

    def samples(self, region: str) -> np.ndarray:
        """Positions in prisms of `region`, their corners among them ((n, 3), m)."""
        random, found = np.random.default_rng(0), []
        for prism in self.prisms:
            if prism.region == region:
                corners = np.array(prism.corners)
                low, high = corners.min(axis=0), corners.max(axis=0)
                points = low + (high - low) * random.random((SAMPLES, 2))
                plane = np.concatenate([corners, points[inside_polygon(points, corners)]])
                heights = np.linspace(prism.low, prism.high, 5)
                found.append(np.column_stack([np.tile(plane, (5, 1)), np.repeat(heights, len(plane))]))
        return np.concatenate(found)

    def check(self) -> None:
        """InputError where parts do not touch, a region is covered entirely or a surface lies nowhere."""
        _ = self.outline

    def plane(self, size) -> tuple[Mesh, np.ndarray]:
        """Mesh of the cross-section, whose regions are columns, and the prisms of every column ((n, n_prisms) bool).

        Parameters
        ----------
        size : callable
            Longest edge (m) at positions ((n, 2), m).
        """
        place = {corners: i for i, corners in enumerate(dict.fromkeys(prism.corners for prism in self.prisms))}
        polygons = [np.array(corners) for corners in place]
        columns: dict[tuple[bool, ...], int] = {}

        def column_of(x):
            inside = np.stack([inside_polygon(x, corners) for corners in polygons], axis=1)
            kinds, position = np.unique(inside, axis=0, return_inverse=True)
            number = np.empty(len(kinds), dtype=np.int64)
            for i, kind in enumerate(map(tuple, kinds.tolist())):
                solid = any(kind[place[prism.corners]] and prism.region for prism in self.prisms)
                number[i] = columns.setdefault(kind, len(columns)) if solid else -1
            return number[position.ravel()]

        state, triangles, owner, frame = refined_triangles(polygons, size, column_of)
        inside = np.array([[kind[place[prism.corners]] for prism in self.prisms] for kind in columns], dtype=bool)
        names = [str(number) for number in range(len(columns))]
        return simplex_mesh(frame.from_unit(state.points), triangles, owner, names, {}), inside

    def stacked(self, plane: Mesh, inside: np.ndarray, heights: np.ndarray) -> Mesh:
        """The mesh, with nodes at these heights above those of the cross-section.

        Raises
        ------
        InputError
            If parts do not touch, a region is covered entirely or a surface lies nowhere.
        """
        layers = []
        for low, high in zip(self.breaks[:-1], self.breaks[1:]):
            middle, content = 0.5 * (low + high), {}
            for number, own in enumerate(inside):
                for prism, here in zip(self.prisms, own):
                    if here and prism.low < middle < prism.high:
                        content[str(number)] = prism.region
            between = heights[(heights >= low - SAME * self.length) & (heights <= high + SAME * self.length)]
            layers.append((between, content))
        for name in self.region_names:
            if not any(name in content.values() for _, content in layers):
                raise InputError("is covered entirely by later regions or holes", key=f"geometry: region {name!r}")
        surfaces = {}
        for item in (*self.side_surfaces, *self.surfaces):
            others = surfaces.get(item.name)
            choice = self._choice(item)
            surfaces[item.name] = choice if others is None else _either(others, choice)
        return layered(plane, layers, surfaces, optional=[item.name for item in self.side_surfaces])

    def _choice(self, item: PrismSurface):
        span = SAME * self.length
        breaks = self.breaks

        def flat(centres):
            return np.abs(centres[:, 2, None] - breaks).min(axis=1) <= span

        def chooses(centres, beside):
            chosen = (centres[:, 2] >= item.low - span) & (centres[:, 2] <= item.high + span)
            if not item.upright:
                return chosen & flat(centres)
            chosen &= ~flat(centres)
            if item.line:
                scale = self.length
                chosen &= lies_on(centres[:, :2] / scale, np.array(item.line) / scale)
            if item.region:
                chosen &= (beside == item.region).any(axis=1)
            if item.side:
                names = [name for pair in SIDES[:2] for name in pair]
                axis, end = divmod(names.index(item.side), 2)
                chosen &= np.abs(centres[:, axis] - (self.low, self.high)[end][axis]) <= span
                chosen &= (beside == "").any(axis=1)
            return chosen

        return chooses


def _either(one, other):
    return lambda centres, beside: one(centres, beside) | other(centres, beside)
