"""Fields in SI from the dimensionless unknowns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from npsolver.discretisation import System
from npsolver.mesh import Mesh
from npsolver.mesh.coordinates import measure
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
        W/K (per m² in Cartesian, per m in cylindrical coordinates), reactions at surfaces included; NaN with imposed
        convection, and where something passes a surface in one direction only.
    entropy_density : (n_edges,) float64, W/(K m³)
        The same along every edge, over the volume that belongs to it; NaN with imposed convection, 0 on surfaces.
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
    production = np.full(mesh.n_edges, np.nan)
    if c.drift.size == 0:
        production = entropy_by_edge(system, u, flow) * (GAS_CONSTANT * scales.flux * c.area_scale)
    total = float(production.sum())
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


def entropy_by_edge(system: System, u: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """sum_i J_i (mu~_K - mu~_L)/RT on every edge (dimensionless, >= 0).

    With v = z (phi_L - phi_K) + mu_ex,L - mu_ex,K and y = ln(w_K/w_L) - v the flow is D k g B(v) w_K (1 - exp(-y)). Written
    so, flow and force have the same sign also where both are round-off. With Onsager coupling only the sum over species
    has a sign, and the flows are taken as they are computed.
    """
    by_node, c = nodal(system, u), system.coefficients
    k, l = system.mesh.edges.T
    production = np.zeros(system.mesh.n_edges)
    excess = system.excess(u)
    for i in range(system.n_species):
        open_edge = (flow[i] != 0.0) & (by_node[k, i] > 0.0) & (by_node[l, i] > 0.0)
        ke, le = k[open_edge], l[open_edge]
        drift = system.charge[i] * (by_node[le, -1] - by_node[ke, -1])
        if excess is not None:
            drift += excess[le, i] - excess[ke, i]
        force = np.log(by_node[ke, i] / by_node[le, i]) - drift
        if system.model.coupling is not None:
            production[open_edge] += flow[i][open_edge] * force
            continue
        # from the node whose mu~ is higher: B(v) w_K or B(-v) w_L
        down = force >= 0.0
        source = _bernoulli(np.where(down, drift, -drift)) * by_node[np.where(down, ke, le), i]
        permeance = c.conductance[open_edge] * c.mobility[system.mesh.edge_region[open_edge], i]
        production[open_edge] -= permeance * source * np.expm1(-np.abs(force)) * np.abs(force)
    return production


def _bernoulli(v: np.ndarray) -> np.ndarray:
    """v/(exp(v) - 1)."""
    small = np.abs(v) < 1e-8
    size = np.where(small, 1.0, np.abs(v))
    with np.errstate(over="ignore"):
        value = size / np.expm1(size)
    return np.where(small, 1.0 - 0.5 * v, np.where(v > 0.0, value, value + size))
