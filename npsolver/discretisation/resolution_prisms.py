"""Meshes of prisms and cylinders that resolve what the model contains."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from npsolver.discretisation.resolution_domain import DomainMeshOptions, Fineness, LayerSizes, Profiles, distance
from npsolver.errors import InputError
from npsolver.mesh import Mesh, SizeSource, graded_positions
from npsolver.mesh.nesting_prisms import PrismNesting
from npsolver.mesh.prisms import PrismDomain
from npsolver.mesh.wanted_sizes import WantedSizes
from npsolver.model import Model

# The cross-section, and along the height.
PLANE = Fineness(layer=0.5, contact=2e-2, corner=0.15, side=0.25, growth=0.3, largest=1 / 12)
HEIGHT = Fineness(layer=0.3, contact=2e-2, corner=0.1, side=0.2, growth=0.3, largest=1 / 16)


def prism_mesh(
    model: Model,
    domain: PrismDomain,
    options: DomainMeshOptions,
    profiles: Profiles,
    shortest_time: float | None = None,
    allowed: Callable[[int, int], None] | None = None,
    wanted_sizes: WantedSizes | None = None,
) -> Mesh:
    """Mesh of prisms, graded for `model`; parameters as for `npsolver.discretisation.resolution_domain.domain_mesh`."""
    if options.nodes is not None:
        raise InputError("is for tensor meshes; prisms follow smallest, growth and refine", key="mesh: nodes")
    sizes = LayerSizes(model, domain, profiles, shortest_time)
    growth = options.growth if options.growth is not None else PLANE.growth
    plane, inside = domain.plane(_plane_sizes(domain, sizes, options, min(growth, 0.35), wanted_sizes))
    heights = _heights(domain, sizes, options, growth, wanted_sizes)
    if allowed is not None:
        allowed(plane.n_nodes * heights.size, 3)
    mesh = domain.stacked(plane, inside, heights)
    coarser = partial(_longer_prisms, model, domain, options, profiles, shortest_time, wanted_sizes)
    return replace(mesh, nesting=PrismNesting.of(mesh, plane, coarser))


def _longer_prisms(model, domain, options, profiles, shortest_time, wanted_sizes, factor: float) -> Mesh:
    longer = replace(options, refine=options.refine / factor)
    return prism_mesh(model, domain, longer, profiles, shortest_time, wanted_sizes=wanted_sizes)


def _plane_sizes(domain, sizes, options, growth, wanted_sizes=None):
    """Wanted edge length in the cross-section: short at layers on upright faces, and at short sides and round parts."""
    extent = max(h - l for l, h in zip(domain.low[:2], domain.high[:2]))
    if options.grading == "uniform":
        uniform = extent / 24 / options.refine
        return lambda x: np.full(len(x), uniform)
    segments: dict[tuple, float] = {}

    def want(points, size, closed=True):
        points = np.array(points)
        for a, b in zip(points, np.roll(points, -1, axis=0)) if closed else zip(points[:-1], points[1:]):
            key = (*a, *b)
            segments[key] = min(size, segments.get(key, math.inf))

    jump = _jump(domain, sizes)
    for prism in domain.prisms:
        corners = np.array(prism.corners)
        sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
        narrow = float(np.ptp(corners, axis=0).min())
        # of round parts the diameter counts
        span = narrow if sides.max() < 0.25 * narrow else float(sides.max())
        want(prism.corners, min(PLANE.corner * span, PLANE.layer * jump))
    for item in (*domain.side_surfaces, *domain.surfaces):
        if not item.upright:
            continue
        size = PLANE.layer * min(sizes.layer(item.name, (region,)) for region in domain.region_names)
        if math.isfinite(size):
            if item.line:
                want(item.line, size, closed=False)
            for prism in domain.prisms:
                if item.region and prism.region == item.region:
                    want(prism.corners, size)
            if item.side:
                (x0, y0, _), (x1, y1, _) = domain.low, domain.high
                want({"left": ((x0, y0), (x0, y1)), "right": ((x1, y0), (x1, y1)), "bottom": ((x0, y0), (x1, y0)),
                      "top": ((x0, y1), (x1, y1))}[item.side], size, closed=False)
    ends = [(np.array(key[:2]), np.array(key[2:]), size) for key, size in segments.items()]

    def wanted(x):
        h = np.full(len(x), PLANE.largest * extent)
        for a, b, size in ends:
            h = np.minimum(h, size + growth * distance(x, a, b))
        if wanted_sizes is not None:
            h = np.minimum(h, wanted_sizes.at(x))
        return (h if options.smallest is None else np.maximum(h, options.smallest)) / options.refine

    return wanted


def _heights(domain, sizes, options, growth, wanted_sizes=None):
    """Heights of the nodes."""
    breaks = domain.breaks
    span = breaks[-1] - breaks[0]
    if options.grading == "uniform":
        return graded_positions(breaks, [], growth=0.0, largest=span / 24, refine=options.refine)
    jump, gaps, sources = _jump(domain, sizes), np.diff(breaks), []
    for i, z in enumerate(breaks):
        beside = gaps[max(0, i - 1) : i + 1]
        size = HEIGHT.side * beside.max()
        if 0 < i < len(breaks) - 1:  # something changes there: mouths of pores have re-entrant edges
            size = min(HEIGHT.corner * _narrowest(domain, z), HEIGHT.layer * jump, size)
        for item in (*domain.side_surfaces, *domain.surfaces):
            if not item.upright and abs(item.low - z) < 1e-9 * span:
                layer = min(sizes.layer(item.name, (region,)) for region in domain.region_names)
                size = min(size, HEIGHT.layer * layer)
        sources.append(SizeSource(float(z), float(size)))
    if wanted_sizes is not None:
        sources += wanted_sizes.along(2)
    if options.smallest is not None:
        sources = [SizeSource(item.position, max(item.size, options.smallest)) for item in sources]
    return graded_positions(
        breaks, sources, growth=growth, largest=span * HEIGHT.largest, refine=options.refine
    )


def _narrowest(domain, z) -> float:
    """Smallest width or height of what begins or ends at a height, m."""
    found = math.inf
    for prism in domain.prisms:
        if min(abs(prism.low - z), abs(prism.high - z)) < 1e-9 * domain.length:
            found = min(found, float(np.ptp(np.array(prism.corners), axis=0).min()), prism.high - prism.low)
    return found


def _jump(domain, sizes) -> float:
    """Thickness of the layers where materials differ, m."""
    names = domain.region_names
    if not sizes.jumps or len(names) == 1:
        return math.inf
    return min(sizes.layer("", (names[0], other)) for other in names[1:])
