"""Quantities along a one-dimensional domain as line segments, one per region, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from npsolver.stepping.solution import Solution
from npsolver.units import FARADAY

MAX_POINTS = 4000  # per segment; more cannot be seen and makes vector files huge


@dataclass(frozen=True)
class Profile:
    """One quantity in all frames.

    Attributes
    ----------
    segments : tuple of (positions (n,), values (n_frames, n))
        m and SI; one per region, so that jumps at interfaces stay jumps.
    """

    segments: tuple[tuple[np.ndarray, np.ndarray], ...]

    def values(self, frames) -> np.ndarray:
        """All finite values in `frames`, flat."""
        parts = [values[list(frames)].ravel() for _, values in self.segments]
        values = np.concatenate(parts) if parts else np.empty(0)
        return values[np.isfinite(values)]


def region_spans(solution: Solution) -> list[tuple[str, float, float]]:
    """Name, left and right end (m) of each region."""
    mesh = solution.mesh
    x = mesh.nodes[:, 0]
    spans = []
    for index, name in enumerate(mesh.region_names):
        inside = x[mesh.edges[mesh.edge_region == index]]
        if inside.size:
            spans.append((name, float(inside.min()), float(inside.max())))
    return spans


def concentration_profile(solution: Solution, species: int) -> Profile:
    """Concentration of one species, without the regions that exclude it, mol/m³."""
    name = solution.model.species[species].name
    excluded = {region.name for region in solution.model.regions if name in region.excluded_species}
    return _cell_profile(solution, solution.concentration[:, species, :], excluded)


def charge_density_profile(solution: Solution) -> Profile:
    """Mobile and fixed charge per total volume, C/m³."""
    model, mesh = solution.model, solution.mesh
    regions = {region.name: region for region in model.regions}
    porosity = np.array([regions[name].porosity for name in mesh.region_names])
    fixed = np.array([regions[name].fixed_charge for name in mesh.region_names])
    charges = np.array([species.charge for species in model.species])
    mobile = np.einsum("s,fsc->fc", charges, solution.concentration)
    density = FARADAY * (porosity[mesh.cell_region] * mobile + fixed[mesh.cell_region])
    return _cell_profile(solution, density, set())


def potential_profile(solution: Solution) -> Profile:
    """Electric potential, V."""
    x = solution.mesh.nodes[:, 0]
    order = np.argsort(x, kind="stable")
    return Profile((_thinned(x[order], solution.potential[:, order]),))


def flux_profile(solution: Solution, species: int) -> Profile:
    """Molar flux of one species to the right, mol/(m² s)."""
    return _edge_profile(solution, solution.flux[:, species, :])


def current_profile(solution: Solution) -> Profile:
    """Total current density to the right, A/m²."""
    return _edge_profile(solution, solution.current_density)


def _cell_profile(solution: Solution, values: np.ndarray, excluded: set[str]) -> Profile:
    mesh = solution.mesh
    x = mesh.nodes[mesh.cell_node, 0]
    segments = []
    for index, name in enumerate(mesh.region_names):
        cells = np.flatnonzero(mesh.cell_region == index)
        if name in excluded or cells.size == 0:
            continue
        cells = cells[np.argsort(x[cells], kind="stable")]
        segments.append(_thinned(x[cells], values[:, cells]))
    return Profile(tuple(segments))


def _edge_profile(solution: Solution, values: np.ndarray) -> Profile:
    mesh = solution.mesh
    ends = mesh.nodes[mesh.edges, 0]
    middle = ends.mean(axis=1)
    order = np.argsort(middle, kind="stable")
    # positive to the right, whichever way the edge points; the two nodes of a surface lie at one place, in order
    sign = np.where(ends[:, 1] >= ends[:, 0], 1.0, -1.0)
    return Profile((_thinned(middle[order], (sign * values)[:, order]),))


def _thinned(x: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if x.size <= MAX_POINTS:
        return x, values
    keep = np.unique(np.linspace(0, x.size - 1, MAX_POINTS).astype(int))
    return x[keep], values[:, keep]
