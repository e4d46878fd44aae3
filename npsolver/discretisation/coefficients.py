"""Material laws on a mesh, made dimensionless: the numbers that the kernels read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh import Mesh
from npsolver.model import Model
from npsolver.units import GAS_CONSTANT, VACUUM_PERMITTIVITY, Scales

# Permittivity of the thin edge between two nodes of one place over that beside it, where Poisson's equation makes the
# potential common to both: what drops across it is 1e-6 of the drop along the next edge.
COMMON_POTENTIAL = 100.0


@dataclass(frozen=True)
class Coefficients:
    """Dimensionless coefficients of a model on a mesh.

    Attributes
    ----------
    scales : Scales
    area_scale : float
        m²; measures are in units of it (areas) and of it times the length scale (volumes).
    conductance : (n_edges,) float64
        Area over length.
    mobility : (n_rows, n_species) float64
        D k porosity / tortuosity; one row per region, then one per surface edge of the mesh.
    permittivity : (n_rows,) float64
    capacity : (n_nodes, n_species) float64
        Volume times porosity times partition coefficient.
    fixed_charge : (n_nodes,) float64
    partition : (n_regions, n_species) float64
        Concentration over the unknown w: exp(-mu0/RT), or 1 where mu0 counts among the excess potentials (laws of
        activity that differ from phase to phase); zero where the species is excluded.
    drift : (n_edges,) or (0,) float64
        Imposed velocity times edge length.
    leaving : mapping of str to (n,) float64
        Volume flow out at the nodes of every surface of kind ``"outflow"``.
    inverse_diffusivity : (n_rows, n_species) float64
        1/(D porosity / tortuosity), zero where D vanishes; it turns the superficial velocity into a drift.
    production : (n_nodes, n_species) or (0, n_species) float64
        Given production in every control volume; empty where there is none.
    """

    scales: Scales
    area_scale: float
    conductance: np.ndarray
    mobility: np.ndarray
    permittivity: np.ndarray
    capacity: np.ndarray
    fixed_charge: np.ndarray
    partition: np.ndarray
    drift: np.ndarray
    inverse_diffusivity: np.ndarray
    production: np.ndarray
    leaving: Mapping[str, np.ndarray] = field(default_factory=dict)


def partition_coefficients(model: Model) -> np.ndarray:
    """exp(-mu0/RT) of every species in every region, zero where it is excluded ((n_regions, n_species))."""
    partition = np.ones((len(model.regions), len(model.species)))
    for r, region in enumerate(model.regions):
        for i, species in enumerate(model.species):
            if species.name in region.excluded_species:
                partition[r, i] = 0.0
            else:
                mu0 = region.standard_potential.get(species.name, 0.0)
                partition[r, i] = math.exp(-mu0 / (GAS_CONSTANT * model.temperature))
    return partition


def choose_scales(model: Model, length: float, largest_concentration: float = 0.0) -> Scales:
    """Scales of a model: the largest concentration (baths, fixed charge, `largest_concentration`) and diffusivity."""
    concentrations = [abs(region.fixed_charge) for region in model.regions] + [largest_concentration]
    for boundary in model.boundaries.values():
        concentrations += list(boundary.composition.values())
    diffusivities = [species.diffusivity for species in model.species]
    for region in model.regions:
        diffusivities += list(region.diffusivity.values())
    concentration, diffusivity = max(concentrations), max(diffusivities, default=0.0)
    if not concentration > 0.0:
        raise InputError("no concentration is given anywhere: expected a bath, an initial state or a fixed charge")
    if not diffusivity > 0.0:
        raise InputError("no species can move: expected at least one diffusivity > 0")
    return Scales(model.temperature, length, concentration, diffusivity)


def coefficients(model: Model, mesh: Mesh, scales: Scales) -> Coefficients:
    """Evaluate the laws of `model` on `mesh` in units of `scales`."""
    n_regions, n_species = len(model.regions), len(model.species)
    area_scale = float(mesh.edge_area.max())
    length = scales.length
    partition = partition_coefficients(model)
    if model.has_phases:
        partition = np.where(partition > 0.0, 1.0, 0.0)
    # EN: no displacement, neutrality takes the place of Poisson's equation
    poisson = model.physics != "electroneutral"
    diffusivity = np.zeros((n_regions, n_species))
    permittivity = np.zeros(n_regions)
    for r, region in enumerate(model.regions):
        permittivity[r] = region.relative_permittivity * VACUUM_PERMITTIVITY / scales.permittivity * poisson
        for i, species in enumerate(model.species):
            d = region.diffusivity.get(species.name, species.diffusivity)
            diffusivity[r, i] = d / region.tortuosity / scales.diffusivity
    porosity = np.array([region.porosity for region in model.regions])
    mobility = diffusivity * porosity[:, None] * partition

    names = tuple(mesh.boundaries)
    surface = np.zeros((len(mesh.interfaces), n_species))
    surface_permittivity = np.zeros(len(mesh.interfaces))
    for j, (a, b) in enumerate(mesh.interfaces):
        surface_permittivity[j] = COMMON_POTENTIAL * permittivity[[r for r in (a, b) if r >= 0]].max()
        if min(a, b) >= 0:
            surface[j] = np.minimum(mobility[a], mobility[b])
        else:  # only what the boundary holds can cross it
            held = model.boundaries[names[-1 - min(a, b)]].concentration
            open_to = np.array([species.name in held for species in model.species])
            surface[j] = np.where(open_to, mobility[max(a, b)], 0.0)
    mobility = np.vstack([mobility, surface])
    padded = np.vstack([diffusivity * porosity[:, None], np.ones((len(mesh.interfaces), n_species))])
    inverse = np.divide(1.0, padded, out=np.zeros_like(padded), where=padded > 0)

    volume = mesh.cell_volume / (area_scale * length)
    capacity = np.zeros((mesh.n_nodes, n_species))
    weight = (porosity[:, None] * partition)[mesh.cell_region] * volume[:, None]
    for i in range(n_species):
        capacity[:, i] = np.bincount(mesh.cell_node, weights=weight[:, i], minlength=mesh.n_nodes)
    charge = np.array([region.fixed_charge for region in model.regions]) / scales.concentration
    fixed_charge = np.bincount(mesh.cell_node, weights=charge[mesh.cell_region] * volume, minlength=mesh.n_nodes)

    drift = np.zeros(0)
    if model.velocity != 0.0:
        # the flow through every shell is the same: velocity times its area at any radius
        flow = model.velocity / scales.diffusivity * length
        drift = flow * (1.0 / mesh.edge_area) * (mesh.edge_length / length)
        drift[mesh.edge_region >= n_regions] = 0.0
    leaves = {}
    if model.flow is not None:
        from npsolver.discretisation.flow import face_flows, leaving

        flows = face_flows(model.flow, mesh)
        drift = flows / mesh.edge_area * mesh.edge_length / scales.diffusivity
        to_scale = length / (area_scale * scales.diffusivity)
        leaves = {name: out * to_scale for name, out in leaving(model, mesh, flows).items()}
    return Coefficients(
        scales=scales,
        area_scale=area_scale,
        conductance=mesh.edge_area / mesh.edge_length * (length / area_scale),
        mobility=np.ascontiguousarray(mobility),
        permittivity=np.concatenate([permittivity, surface_permittivity]),
        capacity=capacity,
        fixed_charge=fixed_charge,
        partition=partition,
        drift=drift,
        inverse_diffusivity=inverse,
        leaving=leaves,
        production=_production(model, mesh) / (scales.flux * area_scale),
    )


def _production(model: Model, mesh: Mesh) -> np.ndarray:
    """mol/s in every control volume, each region with the rate at the node ((n_nodes, n_species); empty if none)."""
    if not any(region.production for region in model.regions):
        return np.zeros((0, len(model.species)))
    total = np.zeros((mesh.n_nodes, len(model.species)))
    positions = mesh.nodes[:, 0] if mesh.dimension == 1 else mesh.nodes
    for r, region in enumerate(model.regions):
        own = np.flatnonzero(mesh.cell_region == r)
        nodes = mesh.cell_node[own]
        for name, rate in region.production.items():
            values = rate(positions[nodes]) if callable(rate) else rate
            np.add.at(total[:, model.species_index(name)], nodes, values * mesh.cell_volume[own])
    return total
