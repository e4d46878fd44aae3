"""Meshes in two and three dimensions that resolve what the model contains.

Edges are short where double layers are thin (charged and polarised surfaces, fixed charge), where a surface that lets
species pass ends (the flux is singular there) and at re-entrant corners; away from these places they grow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from npsolver.discretisation.resolution import _wall_enhancement, compositions_by_region, debye_length
from npsolver.errors import InputError
from npsolver.mesh import Mesh, SizeSource, graded_positions
from npsolver.mesh.domain import BoxDomain, Domain, PolygonDomain
from npsolver.mesh.prisms import PrismDomain
from npsolver.mesh.rectilinear import rectilinear_mesh
from npsolver.mesh.wanted_sizes import WantedSizes
from npsolver.model import Model

Profiles = Mapping[str, Mapping[str, Callable[[np.ndarray], np.ndarray]]]


@dataclass(frozen=True)
class Fineness:
    """Edge lengths relative to what they must resolve.

    Attributes
    ----------
    layer : float
        At a double layer, over the local Debye length.
    contact : float
        At the edge of a contact that species pass, over the length of the shorter neighbouring side. The relative
        error of the total flux is of the order of this, because the flux is singular as distance^(-1/2).
    corner : float
        At a re-entrant corner, over the shortest neighbouring side.
    side : float
        Elsewhere, over the length of a side.
    growth : float
        Increase of edge length per distance.
    largest : float
        Over the extent of the domain.
    """

    layer: float
    contact: float
    corner: float
    side: float
    growth: float
    largest: float


DEFAULTS = {
    2: Fineness(layer=0.1, contact=2e-3, corner=0.03, side=0.1, growth=0.12, largest=1 / 40),
    3: Fineness(layer=0.3, contact=2e-2, corner=0.1, side=0.2, growth=0.3, largest=1 / 16),
}
# Triangles are as long as wide: the layers are resolved more coarsely than by stretched boxes.
TRIANGLES = Fineness(layer=0.35, contact=4e-3, corner=0.05, side=0.15, growth=0.25, largest=1 / 20)


# Edges along a flow, where convection outweighs diffusion.
FLOW_EDGES = {2: 240, 3: 60}

# Edge length along a layer where it begins or ends, over that across it.
END = 3.0


@dataclass(frozen=True)
class DomainMeshOptions:
    """How fine.

    Attributes
    ----------
    nodes : tuple of int or None
        Number of nodes along every axis; None lets the physics decide.
    grading : str
        ``"auto"`` or ``"uniform"``.
    refine : float
        Factor on the number of edges along every axis.
    smallest : float or None
        Lower bound of the edge length wanted, m.
    growth : float or None
        Increase of the edge length per distance.
    """

    nodes: tuple[int, ...] | None = None
    grading: str = "auto"
    refine: float = 1.0
    smallest: float | None = None
    growth: float | None = None


class LayerSizes:
    """Edge lengths wanted at faces, from the laws and materials that meet there."""

    def __init__(self, model: Model, domain: Domain, profiles: Profiles, shortest_time: float | None = None):
        self.model, self.domain = model, domain
        inside = compositions_by_region(model)
        z = np.array([s.charge for s in model.species])
        self._sums = {}
        for r, region in enumerate(model.regions):
            sums = [float(z**2 @ c) for c in inside[r]]
            own = profiles.get(region.name, {})
            if own:
                points = domain.samples(region.name)
                sums.append(sum(z[i] ** 2 * float(np.max(own[s.name](points)))
                                for i, s in enumerate(model.species) if s.name in own))
            self._sums[region.name] = max(sums, default=0.0) + abs(region.fixed_charge)
        self._regions = {region.name: region for region in model.regions}
        # where materials differ, ions redistribute
        self.jumps = len({(r.fixed_charge, tuple(sorted(r.standard_potential.items())), r.excluded_species)
                           for r in model.regions}) > 1 or model.has_phases
        self._diffusion = math.inf
        diffusivity = max((s.diffusivity for s in model.species), default=0.0)
        if shortest_time is not None and diffusivity > 0.0:
            self._diffusion = math.sqrt(diffusivity * shortest_time)

    def passes(self, name: str) -> bool:
        """Whether some species can cross the surface (without a name: an interface)."""
        if not name:  # with double layers, the layer at the interface says how fine
            return self.jumps and self.model.physics == "electroneutral"
        law = self.model.boundaries.get(name)
        return law is not None and bool(law.concentration or law.flux or law.reacting)

    def layer(self, name: str, regions: Sequence[str]) -> float:
        """Thickness of the layer at a surface or interface, m; infinite where there is none."""
        model, thickness = self.model, math.inf
        law = model.boundaries.get(name)
        if law is not None and (law.concentration or law.flux or law.reacting) and len(regions) == 1:
            thickness = self._diffusion
        if model.physics == "electroneutral":
            return thickness
        for name_of_region in regions:
            region = self._regions[name_of_region]
            sums = self._sums[name_of_region]
            if sums <= 0.0:
                continue
            complete = law is not None and len(law.concentration) == len(model.species)
            polarised = law is not None and (
                law.surface_charge or ((law.potential is not None or law.current is not None) and not complete)
            )
            if polarised or (len(regions) == 2 and self.jumps) or (complete and region.fixed_charge):
                enhanced = sums * (_wall_enhancement(model, name, sums, region.relative_permittivity) if law else 1.0)
                thickness = min(thickness, debye_length(model.temperature, region.relative_permittivity, enhanced))
        return thickness


def domain_axes(
    model: Model,
    domain: BoxDomain,
    options: DomainMeshOptions,
    *,
    profiles: Profiles | None = None,
    probes: Sequence[Sequence[float]] = (),
    shortest_time: float | None = None,
    wanted_sizes: WantedSizes | None = None,
) -> list[np.ndarray]:
    """Grid lines along every axis of a box domain, graded for `model` (m)."""
    fine = DEFAULTS[domain.dimension]
    growth = options.growth if options.growth is not None else fine.growth
    sizes = LayerSizes(model, domain, profiles or {}, shortest_time)
    sources = _face_sources(domain, sizes, fine, options.smallest)
    if wanted_sizes is not None:
        smallest = options.smallest or 0.0
        for d, own in enumerate(sources):
            own += [SizeSource(item.position, max(item.size, smallest)) for item in wanted_sizes.along(d)]
    result = []
    for d, lines in enumerate(domain.grid_lines):
        span = lines[-1] - lines[0]
        points = _with_probes(lines, [p[d] for p in probes], 1e-9 * domain.length)
        wanted = None if options.nodes is None else options.nodes[d]
        if options.grading == "uniform":
            even = span / ((wanted or 48) - 1)
            found = graded_positions(points, [], growth=0.0, largest=even, nodes=wanted, refine=options.refine)
        else:
            largest = min(span * fine.largest, _along_flow(model, domain, d))
            found = graded_positions(points, sources[d], growth=growth, largest=largest, nodes=wanted,
                                     refine=options.refine)
        result.append(found)
    return result


def _along_flow(model: Model, domain: BoxDomain, axis: int) -> float:
    """Edge length at which the diffusion that the scheme adds along the flow, u h/2, does no harm (m)."""
    flow, mobile = model.flow, [s.diffusivity for s in model.species if s.diffusivity > 0.0]
    if flow is None or not mobile or (flow.profile is not None and flow.axis != axis):
        return math.inf
    speed = flow.fastest(np.concatenate([domain.samples(name) for name in domain.region_names]))
    span = domain.high[axis] - domain.low[axis]
    return max(min(mobile) / speed, span / FLOW_EDGES[domain.dimension]) if speed > 0.0 else math.inf


def _with_probes(lines: np.ndarray, probes: Sequence[float], tolerance: float) -> np.ndarray:
    kept = list(lines)
    for p in sorted(set(probes)):
        if lines[0] < p < lines[-1] and min(abs(p - other) for other in kept) > tolerance:
            kept.append(p)
    return np.array(sorted(kept))


def _face_sources(domain: BoxDomain, sizes: LayerSizes, fine: Fineness, smallest: float | None):
    """Wanted sizes along every axis: normal to layers, and at the ends of surfaces."""
    found: list[dict[float, float]] = [{} for _ in range(domain.dimension)]

    def want(axis, position, size):
        size = size if smallest is None else max(size, smallest)
        found[axis][position] = min(size, found[axis].get(position, math.inf))

    gaps = [np.diff(lines) for lines in domain.grid_lines]

    def side(axis, position, shorter=min):
        """Length of the shorter (longer) interval of grid lines beside a position."""
        i = int(np.argmin(np.abs(domain.grid_lines[axis] - position)))
        beside = [float(g) for g in gaps[axis][max(0, i - 1) : i + 1]]
        return shorter(beside)

    for face in domain.faces():
        layer = sizes.layer(face.name, face.regions)
        want(face.axis, face.position, min(fine.layer * layer, fine.side * side(face.axis, face.position, max)))
        for axis, position, how, following in face.ends:
            if how == "meets":
                if sizes.passes(following) and math.isfinite(layer):  # ions redistribute where the layer begins
                    want(axis, position, END * fine.layer * layer)
            elif how == "turns away":
                across = min(side(axis, position), side(face.axis, face.position, max))
                want(axis, position, min(fine.corner * across, fine.layer * layer))
                want(face.axis, face.position, fine.corner * across)
            elif sizes.passes(face.name) != sizes.passes(following):
                size = fine.contact * side(axis, position)
                want(axis, position, size)
                want(face.axis, face.position, size)
            else:
                want(axis, position, END * fine.layer * min(layer, sizes.layer(following, face.regions[:1]))
                     if math.isfinite(layer) else fine.side * side(axis, position))
    return [[SizeSource(position, size) for position, size in own.items()] for own in found]


def domain_mesh(
    model: Model,
    domain: BoxDomain | PolygonDomain | PrismDomain,
    options: DomainMeshOptions | None = None,
    *,
    profiles: Profiles | None = None,
    probes: Sequence[Sequence[float]] = (),
    shortest_time: float | None = None,
    allowed: Callable[[int, int], None] | None = None,
    wanted_sizes: WantedSizes | None = None,
) -> Mesh:
    """Mesh of a domain, graded for `model`.

    Parameters
    ----------
    model : Model
    domain : BoxDomain, PolygonDomain or PrismDomain
    options : DomainMeshOptions, optional
    profiles : mapping of region to mapping of species to callable, optional
        Initial concentrations (mol/m³) as functions of positions ((n, dim), m).
    probes : sequence of positions
        Grid lines are laid through them.
    shortest_time : float, optional
        First time of interest of a transient, s.
    allowed : callable (n_nodes, dimension), optional
        Called before the mesh is built; raises where it would be too large.
    wanted_sizes : WantedSizes, optional
        Further edge lengths that are wanted.
    """
    options = options or DomainMeshOptions()
    if isinstance(domain, PrismDomain):
        from npsolver.discretisation.resolution_prisms import prism_mesh

        return prism_mesh(model, domain, options, profiles or {}, shortest_time, allowed, wanted_sizes)
    if isinstance(domain, PolygonDomain):
        return _triangles(model, domain, options, profiles or {}, shortest_time, wanted_sizes)
    axes = domain_axes(
        model,
        domain,
        options,
        profiles=profiles,
        probes=probes,
        shortest_time=shortest_time,
        wanted_sizes=wanted_sizes,
    )
    if allowed is not None:
        allowed(math.prod(a.size for a in axes), domain.dimension)
    return rectilinear_mesh(axes, domain.boxes, domain.surfaces, coordinates=domain.coordinates)


def _triangles(model, domain, options, profiles, shortest_time, wanted_sizes=None) -> Mesh:
    from npsolver.mesh import triangulate
    from npsolver.mesh.nesting_triangles import TriangleNesting

    if options.nodes is not None:
        raise InputError("is for tensor meshes; triangles follow smallest, growth and refine", key="mesh: nodes")
    fine = TRIANGLES
    growth = min(options.growth if options.growth is not None else fine.growth, 0.35)
    sizes = LayerSizes(model, domain, profiles, shortest_time)
    segments = _segments(domain, sizes, fine)
    largest = fine.largest * domain.length

    def wanted(x):
        h = np.full(len(x), largest)
        for a, b, size in segments:
            h = np.minimum(h, size + growth * distance(x, a, b))
        if wanted_sizes is not None:
            h = np.minimum(h, wanted_sizes.at(x))
        if options.smallest is not None:
            h = np.maximum(h, options.smallest)
        return h / options.refine

    if options.grading == "uniform":
        uniform = domain.length / 48 / options.refine
        size = lambda x: np.full(len(x), uniform)  # noqa: E731
    else:
        size = wanted
    mesh = triangulate(
        {name: np.array(corners) for name, corners in domain.polygons},
        size,
        {name: np.array(line) for name, line in domain.lines},
        coordinates=domain.coordinates,
    )
    coarser = partial(_longer_triangles, model, domain, options, profiles, shortest_time, wanted_sizes)
    return replace(mesh, nesting=TriangleNesting(mesh.nodes, mesh.elements["triangle"], coarser))


def _longer_triangles(model, domain, options, profiles, shortest_time, wanted_sizes, factor: float) -> Mesh:
    longer = replace(options, refine=options.refine / factor)
    return _triangles(model, domain, longer, profiles, shortest_time, wanted_sizes)


def _segments(domain: PolygonDomain, sizes: LayerSizes, fine: Fineness):
    """(start, end, size) of every segment that asks for short edges."""
    found = []
    regions = domain.region_names
    for name, line in domain.lines:
        points = np.array(line)
        # all regions that may lie beside it: the finest layer counts
        layer = min(sizes.layer(name, (region,)) for region in regions)
        size = min(fine.layer * layer, fine.side * float(np.hypot(*np.diff(points, axis=0).T).sum()))
        found += [(a, b, size) for a, b in zip(points[:-1], points[1:])]
        if sizes.passes(name):
            total = float(np.hypot(*np.diff(points, axis=0).T).sum())
            for end in (points[0], points[-1]):
                if domain.coordinates != "axisymmetric" or end[0] > 0.0:
                    found.append((end, end, _contact_size(domain, sizes, name, end, fine, total)))
    for _, corners in domain.polygons:
        points = np.array(corners)
        for a, b in zip(points, np.roll(points, -1, axis=0)):
            found.append((a, b, fine.side * float(np.hypot(*(b - a)))))
    if sizes.jumps and len(regions) > 1:
        layer = min(sizes.layer("", (regions[0], other)) for other in regions[1:])
        for _, corners in domain.polygons:
            points = np.array(corners)
            found += [(a, b, fine.layer * layer) for a, b in zip(points, np.roll(points, -1, axis=0))]
    return found


def _contact_size(domain, sizes, name, end, fine, total) -> float:
    """Singular only where the surface goes on straight and blocks."""
    own = np.array(dict(domain.lines)[name])
    inward = own[1] - own[0] if np.array_equal(end, own[0]) else own[-2] - own[-1]
    for _, corners in domain.polygons:
        points = np.array(corners)
        for a, b in zip(points, np.roll(points, -1, axis=0)):
            along = b - a
            cross = abs(along[0] * inward[1] - along[1] * inward[0])
            if cross > 1e-9 * np.hypot(*along) * np.hypot(*inward):
                continue
            if distance(end[None], a, b)[0] < 1e-9 * domain.length and min(
                np.hypot(*(a - end)), np.hypot(*(b - end))
            ) > 1e-9 * domain.length:
                return fine.contact * total
    return fine.side * total


def distance(x: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distances of points from a segment."""
    d = b - a
    square = float(d @ d)
    if square == 0.0:
        return np.hypot(*(x - a).T)
    t = np.minimum(np.maximum((x - a) @ d / square, 0.0), 1.0)
    return np.hypot(*(x - a - t[:, None] * d).T)


