"""Whether a solution stayed where the data of its model hold."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from npsolver.mesh import Mesh
from npsolver.model import Coupling, Model
from npsolver.model.stability import smallest_factor

# Of the filling, along one edge of an interface between two phases.
LARGEST_CHANGE = 0.2
# Relative, beyond one end of a table.
ROUNDING = 1e-6
# States of a region at which coefficients that follow the whole composition are looked at, and the least eigenvalue of
# L_ij/sqrt(L_ii L_jj) that is round-off.
STATES, LEAST = 500, -1e-9


def beyond_data(model: Model, mesh: Mesh, concentration: np.ndarray) -> list[str]:
    """Warnings of a solution whose compositions left the range of its model."""
    found = beyond_coefficients(model, mesh, concentration) + indefinite_coefficients(model, mesh, concentration)
    found += unstable_compositions(model, mesh, concentration)
    return found + coarse_interfaces(model, mesh, concentration) if model.has_gradient_energy else found


def _couplings(model: Model, mesh: Mesh) -> Iterator[tuple[str, Coupling, np.ndarray]]:
    """Regions with Onsager coefficients, these, and their cells."""
    if model.cross_coupling is None:
        return
    for number, name in enumerate(mesh.region_names):
        cells = np.flatnonzero(mesh.cell_region == number)
        if cells.size:
            yield name, model.coupling.within(name), cells


def beyond_coefficients(model: Model, mesh: Mesh, concentration: np.ndarray) -> list[str]:
    """One sentence for every region where the composition leaves the table of Onsager coefficients, whose ends hold beyond.

    Parameters
    ----------
    model : Model
    mesh : Mesh
    concentration : (n_frames, n_species, n_cells) float64, mol/m³
    """
    found = []
    for name, coupling, cells in _couplings(model, mesh):
        low, high = float(coupling.composition[0]), float(coupling.composition[-1])
        if len(coupling.composition) == 1:
            continue
        s = np.einsum("i,fic->fc", coupling.weights, concentration[:, :, cells])
        beyond = np.maximum(s - high, low - s)
        worst = int(np.argmax(beyond))
        if beyond.flat[worst] > ROUNDING * high:
            place = _place(mesh, cells[worst % cells.size])
            found.append(
                f"the composition ({coupling.measure}) reaches {s.flat[worst]:.4g} mol/m^3 in region {name!r} at {place}, but"
                f" the coefficients of [onsager] are known from {low:.4g} to {high:.4g} mol/m^3: those of the nearest end were"
                " used there"
            )
    return found


def indefinite_coefficients(model: Model, mesh: Mesh, concentration: np.ndarray) -> list[str]:
    """One sentence for every region where Onsager coefficients that follow the whole composition do not dissipate.

    Parameters
    ----------
    model : Model
    mesh : Mesh
    concentration : (n_frames, n_species, n_cells) float64, mol/m³
    """
    found = []
    for name, coupling, cells in _couplings(model, mesh):
        if coupling.law is None or coupling.law.is_certain:
            continue
        states = concentration[:, :, cells].transpose(0, 2, 1).reshape(-1, concentration.shape[1])
        seen = np.unique(np.linspace(0, len(states) - 1, STATES).astype(int))
        matrices = coupling.at(states[seen])
        root = np.sqrt(np.maximum(np.einsum("nii->ni", matrices), 0.0))
        scale = root[:, :, None] * root[:, None, :]
        relative = np.divide(matrices, scale, out=np.zeros_like(matrices), where=scale > 0.0)
        smallest = np.linalg.eigvalsh(relative)[:, 0]
        smallest = np.where(np.einsum("nii->ni", matrices).min(axis=1) < 0.0, -np.inf, smallest)
        worst = int(np.argmin(smallest))
        if smallest[worst] < LEAST:
            where = ", ".join(f"{item.name} = {c:.4g}" for item, c in zip(model.species, states[seen[worst]].tolist()))
            found.append(
                f"the coefficients of [onsager] are not positive semidefinite in region {name!r} at"
                f" {_place(mesh, cells[seen[worst] % cells.size])} ({where} mol/m^3): forces there produce negative entropy,"
                " as in no real solution"
            )
    return found


def unstable_compositions(model: Model, mesh: Mesh, concentration: np.ndarray) -> list[str]:
    """One sentence for every region where the laws of activity describe a solution that would separate into two."""
    if not model.has_excess:
        return []
    charge = np.array([species.charge for species in model.species], dtype=float)
    found = []
    for number, region in enumerate(model.regions):
        laws, cells = model.phase_laws.inside(region), np.flatnonzero(mesh.cell_region == number)
        if not laws or cells.size == 0 or any(getattr(law, "gradient", 0.0) for law in laws):
            continue  # a gradient energy describes both phases, and what is between them
        factors = np.array([smallest_factor(laws, frame[:, cells].T, charge) for frame in concentration])
        worst = int(np.nanargmin(np.where(np.isnan(factors), np.inf, factors)))
        if factors.flat[worst] <= 0.0:
            place = _place(mesh, cells[worst % cells.size])
            found.append(
                f"in region {region.name!r} at {place} the thermodynamic factor of [[activity]] (1 + d ln gamma/d ln c of a"
                f" salt) is {factors.flat[worst]:.3g}: below 0 a solution separates into two, or the law is used beyond its"
                " range"
            )
    return found


def coarse_interfaces(model: Model, mesh: Mesh, concentration: np.ndarray) -> list[str]:
    """One sentence for every region where the interface between two phases is only a few edges wide."""
    found = []
    for number, region in enumerate(model.regions):
        edges, cells = np.flatnonzero(mesh.edge_region == number), np.flatnonzero(mesh.cell_region == number)
        for law in model.phase_laws.inside(region):
            if not getattr(law, "gradient", 0.0) or edges.size == 0:
                continue
            x = np.zeros((len(concentration), mesh.n_nodes))
            x[:, mesh.cell_node[cells]] = concentration[:, law.member, cells] / law.largest
            change = np.abs(np.diff(x[:, mesh.edges[edges]], axis=2))[..., 0].max(axis=0)
            worst = int(np.argmax(change))
            if change[worst] > LARGEST_CHANGE:
                cell = cells[np.flatnonzero(mesh.cell_node[cells] == mesh.edges[edges[worst], 0])[0]]
                found.append(
                    f"the filling of {model.species[law.member].name} changes by {change[worst]:.2f} from node to node in"
                    f" region {region.name!r} at {_place(mesh, cell)}: the interface between its phases is not resolved; give"
                    f" mesh.refine = {math.ceil(change[worst] / (0.5 * LARGEST_CHANGE))} or more"
                )
    return found


def _place(mesh: Mesh, cell: int) -> str:
    return ", ".join(f"{x:.3g}" for x in mesh.nodes[mesh.cell_node[cell]]) + " m"
