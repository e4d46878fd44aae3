"""Fields in SI from the dimensionless unknowns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from npsolver.discretisation import System
from npsolver.mesh import Mesh
from npsolver.mesh.coordinates import measure
from npsolver.observables.entropy import entropy_by_edge, entropy_of_reactions
from npsolver.observables.terminals import displacement_current, total_current
from npsolver.units import FARADAY, GAS_CONSTANT


@dataclass(frozen=True)
class Frame:
    """One state in SI.

    Attributes
    ----------
    concentration : (n_species, n_cells) float64, mol/m³
    potential : (n_nodes,) float64, V
    flux : (n_species, n_edges) float64, mol/(m² s)
        Along the edge.
    current_density : (n_edges,) float64, A/m²
        Ionic plus displacement: without divergence.
    entropy_production : float
        W/K (per m² in Cartesian, per m in cylindrical coordinates), reactions inside and at surfaces included; NaN where
        one of them runs in one direction only. With imposed convection that of the motion relative to the fluid.
    entropy_density : (n_edges,) float64, W/(K m³)
        The same along every edge, over the volume that belongs to it; 0 on surfaces.
    """

    concentration: np.ndarray
    potential: np.ndarray
    flux: np.ndarray
    current_density: np.ndarray
    entropy_production: float
    entropy_density: np.ndarray | None = None


def measure_of(mesh: Mesh) -> str:
    """What integrals over `mesh` are per, see `npsolver.mesh.domain.measure`."""
    return measure(mesh.coordinates, mesh.dimension)


def nodal(system: System, u: np.ndarray) -> np.ndarray:
    """Unknowns by node, (n_nodes, n_species + 1)."""
    return u[: system.mesh.n_nodes * system.block_size].reshape(system.mesh.n_nodes, system.block_size)


def frame(system: System, u: np.ndarray, steady: bool) -> Frame:
    """Fields of one state; in a steady state no displacement current is added."""
    mesh, c = system.mesh, system.coefficients
    scales, ns = c.scales, system.n_species
    by_node = nodal(system, u)
    concentration = (by_node[mesh.cell_node, :ns] * c.partition[mesh.cell_region]).T * scales.concentration
    flow, _ = system.fluxes(u)
    per_area = c.area_scale / mesh.edge_area
    flux = flow * per_area * scales.flux
    current = FARADAY * (system.charge @ flux)
    if not steady and mesh.dimension == 1:
        current = np.full(mesh.n_edges, total_current(system, u)) * per_area * scales.current_density
    elif not steady and not system.electroneutral:
        current = current + displacement_current(system, u) * per_area * scales.current_density
    production = entropy_by_edge(system, u) * (GAS_CONSTANT * scales.flux * c.area_scale)
    total = float(production.sum()) + entropy_of_reactions(system, u) * (GAS_CONSTANT * scales.flux * c.area_scale)
    if system.surface is not None:
        system.surface.evaluate(u)
        total += system.surface.entropy_production() * (GAS_CONSTANT * scales.flux * c.area_scale)
    # length times dual area is dim times the volume of the diamond around an edge; surface edges have none
    volume = mesh.edge_length * mesh.edge_area / mesh.dimension
    inside = (mesh.edge_region < len(mesh.region_names)) & (volume > 0.0)
    return Frame(
        concentration=np.ascontiguousarray(concentration),
        potential=by_node[:, ns] * scales.potential,
        flux=flux,
        current_density=current,
        entropy_production=total,
        entropy_density=np.divide(production, volume, out=np.zeros_like(production), where=inside),
    )
