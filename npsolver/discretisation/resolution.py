"""A mesh that resolves what the model contains: Debye lengths, interfaces, contacts, diffusion layers, profiles."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from npsolver.discretisation.coefficients import partition_coefficients
from npsolver.discretisation.terminals import needs_outside_node
from npsolver.errors import InputError
from npsolver.mesh import Geometry, Mesh, SizeSource, graded_positions, interval_mesh
from npsolver.model import Model
from npsolver.units import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage

LAYERS_BETWEEN_GASES = 400
# Edge length at the dilute end of a layer over the distance in which the concentration doubles there.
DILUTION = 0.2

Profiles = Mapping[str, Mapping[str, Callable[[np.ndarray], np.ndarray]]]


@dataclass(frozen=True)
class MeshOptions:
    """How fine.

    Attributes
    ----------
    nodes : int or None
        Total number of nodes; None lets the physics decide.
    grading : str
        ``"auto"`` or ``"uniform"``.
    refine : float
        Factor on the number of edges; members of one family for extrapolation.
    smallest : float or None
        Lower bound of the edge length wanted at surfaces, m.
    growth : float
        Increase of the edge length per distance from a surface.
    layer_fraction : float
        Edge length at a surface over the local Debye length.
    """

    nodes: int | None = None
    grading: str = "auto"
    refine: float = 1.0
    smallest: float | None = None
    growth: float = 0.025
    layer_fraction: float = 0.016


def debye_length(temperature: float, relative_permittivity: float, sum_z2c: float) -> float:
    """sqrt(eps RT / (F² sum z² c)), m; infinite without charges."""
    if sum_z2c <= 0.0:
        return math.inf
    eps = relative_permittivity * VACUUM_PERMITTIVITY
    return math.sqrt(eps * GAS_CONSTANT * temperature / (FARADAY**2 * sum_z2c))


# Edges in the interface between two phases of a solid, over its width.
INTERFACE_FRACTION = 0.125
# Edges that a mesh may have on account of it.
MOST_EDGES = 1e5


def reaction_length(model: Model, region: str) -> float:
    """Shortest sqrt(D/k) over the reactions in a region, k the rate at which a disturbance relaxes, m.

    The rate is that of the linearised mass action at the compositions of the boundaries.
    """
    lengths = [math.inf]
    diffusivity = {s.name: s.diffusivity for s in model.species}
    compositions = [b.composition for b in model.boundaries.values() if b.composition]
    for reaction in model.reactions:
        if reaction.instant or (reaction.regions is not None and region not in reaction.regions):
            continue
        moving = [d for name in [*reaction.reactants, *reaction.products] if (d := diffusivity[name]) > 0.0]
        for c in compositions:
            rate = 0.0
            for side, constant in ((reaction.reactants, reaction.forward_rate),
                                   (reaction.products, reaction.backward_rate)):
                for name, order in side.items():
                    others = math.prod(c.get(n, 0.0) ** (p - (n == name)) for n, p in side.items())
                    rate += constant * order * others
            if rate > 0.0 and moving:
                lengths.append(math.sqrt(min(moving) / rate))
    return min(lengths)


def compositions_by_region(model: Model) -> list[np.ndarray]:
    """Compositions of every region in equilibrium with every boundary at its potential, (n_boundaries, n_species), mol/m³."""
    if model.has_phases:
        from npsolver.discretisation.phase_start import expected_compositions

        return expected_compositions(model)
    held = [b.composition for b in model.boundaries.values() if b.composition]
    c = np.array([[own.get(s.name, 0.0) for s in model.species] for own in held]).reshape(len(held), len(model.species))
    return [c * own for own in partition_coefficients(model)]


def _region_sums(model: Model, geometry: Geometry, profiles: Profiles) -> tuple[list[float], list[float]]:
    """Largest and smallest estimate of sum z² c in every region, mol/m³."""
    inside = compositions_by_region(model)
    z = np.array([s.charge for s in model.species])
    largest, smallest = [], []
    for r, region in enumerate(model.regions):
        sums = [float(np.sum(z**2 * c)) for c in inside[r]]
        own = profiles.get(region.name, {})
        if own:
            x = np.linspace(*geometry.extent(region.name), 65)
            sums.append(sum(z[i] ** 2 * float(np.max(own[s.name](x))) for i, s in enumerate(model.species)
                            if s.name in own))
        sums = [s for s in sums if s > 0.0] or [0.0]
        largest.append(max(sums) + abs(region.fixed_charge))
        smallest.append(min(sums) + abs(region.fixed_charge))
    return largest, smallest


def _wall_enhancement(model: Model, name: str, sum_z2c: float, permittivity: float) -> float:
    """How many times larger sum z² c becomes at a charged or polarised wall (point ions, Gouy-Chapman)."""
    boundary = model.boundaries.get(name)
    if boundary is None or sum_z2c <= 0.0:
        return 1.0
    z = max((abs(s.charge) for s in model.species), default=1.0)
    rt = GAS_CONSTANT * model.temperature
    if boundary.surface_charge:
        # Grahame: osmotic pressure excess at the wall = sigma²/(2 eps)
        excess = boundary.surface_charge**2 / (2 * permittivity * VACUUM_PERMITTIVITY * rt)
        return 1.0 + z**2 * excess / sum_z2c
    if boundary.potential is None or len(boundary.concentration) == len(model.species):
        return 1.0
    others = [b.potential for n, b in model.boundaries.items() if n != name and b.potential is not None]
    drop = boundary.potential - (sum(others) / len(others) if others else 0.0)
    walls = sum(len(b.concentration) < len(model.species) for b in model.boundaries.values())
    zeta = abs(drop) / thermal_voltage(model.temperature) / max(1, walls) * (z if z else 1.0)
    capacitance = boundary.stern_capacitance
    if boundary.concentration:
        # a selective contact is held at its concentration; what varies beside it is the space charge
        held = sum(s.charge**2 * boundary.concentration.get(s.name, 0.0) for s in model.species)
        # ... and ions that it blocks and attracts: in equilibrium with the far end, they pile up as exp(-z drop)
        volts = drop / thermal_voltage(model.temperature)
        piled = max((-s.charge * volts for s in model.species if s.name not in boundary.concentration), default=0.0)
        return max(1.0, held / sum_z2c) * math.exp(max(0.0, min(piled, 90.0)))
    if capacitance:
        # the series capacitance takes what the diffuse layer, a far larger capacitance at high zeta, does not
        eps = permittivity * VACUUM_PERMITTIVITY
        sigma = capacitance * abs(drop)
        return 1.0 + min(math.exp(min(zeta, 300.0)), z**2 * sigma**2 / (2 * eps * rt * sum_z2c))
    return math.exp(min(zeta, 90.0))


def _depletion(model: Model, name: str) -> float:
    """Smallest over largest salt concentration near one electroneutral end, at least 1e-13.

    Beside a selective contact that draws its ions out, the salt falls to exp(-|z drop|/2) of the far end, linearly in
    the distance, so that the potential is a logarithm of the distance which the mesh must follow; with the opposite
    drop the salt piles up there and the far end is the dilute one. Where a current or flux is imposed the ratio is not
    known and taken as 1e-2.
    """
    vt = thermal_voltage(model.temperature)
    charge = {s.name: s.charge for s in model.species}
    own = model.boundaries.get(name)
    if own is None:
        return 1.0
    ratio = 1e-2 if own.flux or own.is_electrode or 0 < len(own.concentration) < len(model.species) else 1.0
    for other_name, other in model.boundaries.items():
        if other_name == name or own.potential is None or other.potential is None:
            continue
        for contact, drop in ((own, own.potential - other.potential), (other, own.potential - other.potential)):
            if not 0 < len(contact.concentration) < len(model.species):
                continue
            z = sum(charge[s] for s in contact.concentration)
            # a contact, whichever way, and the far end where that is the dilute one
            if contact is own or z * drop < 0.0:
                ratio = min(ratio, math.exp(-min(0.5 * abs(z * drop) / vt, 30.0)))
    return ratio


def _dilution(model: Model, name: str) -> float:
    """sum z² c of the bath at one end over that at the other, at most 1 and at least 1e-13.

    A salt falls linearly towards the dilute end, and the potential with its logarithm.
    """
    sums = {
        end: sum(s.charge**2 * law.concentration.get(s.name, 0.0) for s in model.species)
        for end, law in model.boundaries.items()
        if len(law.concentration) == len(model.species)
    }
    if len(sums) < 2 or not min(sums.values()) > 0.0:
        return 1.0
    return max(min(1.0, sums[name] / max(sums.values())), 1e-13)


def build_mesh(
    model: Model,
    geometry: Geometry,
    options: MeshOptions | None = None,
    *,
    profiles: Profiles | None = None,
    probes: Sequence[float] = (),
    shortest_time: float | None = None,
    sizes: Sequence[SizeSource] = (),
) -> Mesh:
    """Mesh of an interval, graded for `model`.

    Parameters
    ----------
    model : Model
    geometry : Geometry
    options : MeshOptions, optional
    profiles : mapping of region to mapping of species to callable, optional
        Initial concentrations (mol/m³) as functions of position (m).
    probes : sequence of float
        Positions at which a node is wanted, m.
    shortest_time : float, optional
        First time of interest of a transient, s; diffusion layers of that age are resolved.
    sizes : sequence of SizeSource
        Further edge lengths that are wanted.
    """
    options = options or MeshOptions()
    profiles = profiles or {}
    ends = geometry.interfaces
    left, right = ends[0], ends[-1]
    breakpoints = sorted({*ends, *(p for p in probes if left < p < right)})
    breakpoints = _merge_close(breakpoints, ends)
    split = model.physics == "electroneutral"
    outside = [n for n, b in model.boundaries.items() if needs_outside_node(b, model.physics)]
    if model.has_phases:
        from npsolver.discretisation.phases import beside_other_laws, phases

        at = {"left": 0, "right": -1}
        outside += [n for n, b in model.boundaries.items() if n not in outside and beside_other_laws(model, b)[at[n]]]
        split = split or np.diff(phases(model)) != 0
    largest_size = min(geometry.length / 100, max(length for _, length in geometry.regions) / 40)
    if any(boundary.kind == "gas" for boundary in model.boundaries.values()):
        # between two gases the majority carrier may change anywhere inside, and with it minority ones by decades
        largest_size = min(largest_size, geometry.length / LAYERS_BETWEEN_GASES)
    if model.has_gradient_energy:  # the interface between two phases may be anywhere
        from npsolver.discretisation.gradient_energy import interface_width

        width = interface_width(model)
        largest_size = min(largest_size, INTERFACE_FRACTION * width)
        if options.nodes is None and geometry.length * options.refine > MOST_EDGES * largest_size:
            raise InputError(
                f"the interface between two phases is {width:.3g} m wide, and to resolve it anywhere in {geometry.length:.3g} m"
                f" takes {geometry.length * options.refine / largest_size:.2g} edges, more than {MOST_EDGES:g}; expected a"
                " shorter host, a larger gradient_energy, or mesh.nodes",
                key="activity: gradient_energy",
            )
    if options.grading == "uniform":
        count = options.nodes - 1 if options.nodes else 200
        positions = graded_positions(breakpoints, [], growth=0.0, largest=geometry.length / count,
                                     nodes=options.nodes, refine=options.refine)
        return interval_mesh(geometry, positions, split=split, outside=outside)

    sources = []
    largest, _ = _region_sums(model, geometry, profiles)
    diffusivity = max((s.diffusivity for s in model.species), default=0.0)
    for r, region in enumerate(model.regions):
        length = geometry.regions[r][1]
        names = ("left" if r == 0 else "", "right" if r + 1 == len(model.regions) else "")
        for end, name in zip((ends[r], ends[r + 1]), names):
            size = length / 25
            if geometry.coordinates != "cartesian" and end > 0.0:
                size = min(size, options.layer_fraction * end)  # area changes over the distance of the radius
            if model.physics != "electroneutral":
                enhanced = largest[r] * (_wall_enhancement(model, name, largest[r], region.relative_permittivity)
                                         if name else 1.0)
                size = min(size, options.layer_fraction
                           * debye_length(model.temperature, region.relative_permittivity, enhanced))
            else:
                size = length / 200 * (_depletion(model, name) if name else 1.0)
                if len(model.regions) == 1 and name:
                    size = min(size, DILUTION * length * _dilution(model, name))
            size = min(size, options.layer_fraction * reaction_length(model, region.name))
            if shortest_time is not None and diffusivity > 0.0:
                size = min(size, 0.04 * math.sqrt(diffusivity * shortest_time))
            if options.smallest is not None:
                size = max(size, options.smallest)
            sources.append(SizeSource(end, size))
    sources += _profile_sources(model, geometry, profiles)
    smallest = options.smallest or 0.0
    sources += [SizeSource(item.position, max(item.size, smallest)) for item in sizes]
    positions = graded_positions(breakpoints, sources, growth=options.growth, largest=largest_size,
                                 nodes=options.nodes, refine=options.refine)
    return interval_mesh(geometry, positions, split=split, outside=outside)


def _merge_close(breakpoints: list[float], ends: Sequence[float]) -> list[float]:
    """Drop probes that coincide with an interface up to rounding."""
    tolerance = 1e-9 * (ends[-1] - ends[0])
    kept = list(ends)
    for p in breakpoints:
        if all(abs(p - other) > tolerance for other in kept):
            kept.append(p)
    return sorted(kept)


def _profile_sources(model: Model, geometry: Geometry, profiles: Profiles) -> list[SizeSource]:
    """Sizes that follow the steepness of given initial profiles."""
    sources = []
    for name, own in profiles.items():
        start, end = geometry.extent(name)
        x = np.linspace(start, end, 401)
        for profile in own.values():
            c = np.broadcast_to(profile(x), x.shape)
            span = c.max() - c.min()
            if span <= 1e-12 * abs(c).max():
                continue
            slope = np.abs(np.gradient(c, x))
            steep = np.flatnonzero(slope > 0.2 * slope.max())
            size = span / slope.max() * 0.06
            sources += [SizeSource(float(x[i]), float(size)) for i in steep[:: max(1, steep.size // 12)]]
    return sources
