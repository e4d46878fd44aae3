"""A mesh that follows the carriers of a solid: solved again where they change too much from node to node.

Between two gases the majority carrier may change inside the solid. The conductivity has a minimum there, the gradients of
all carriers are concentrated on a thin layer, and where that lies only the solution can tell.
"""

from __future__ import annotations

import numpy as np

from npsolver.case import Case
from npsolver.errors import RefusedError
from npsolver.mesh import Mesh, SizeSource
from npsolver.stepping.solution import Solution

# Largest change of ln c along an edge that is left as it is, and the change that new edges aim at: the error of a flux or
# a voltage grows with its square, and is below 1e-3 (in RT/F) at the first.
LARGEST_CHANGE, WANTED_CHANGE = 0.3, 0.15
# Change that is worth a warning where the mesh cannot follow.
COARSE_CHANGE = 1.0
MOST_PASSES = 4
MOST_NODES = 50_000


def follows_carriers(case: Case) -> bool:
    """Whether the mesh of `case` may be graded again by its own solution."""
    return (
        case.model.defects is not None
        and case.geometry.dimension == 1
        and case.solve.kind in ("steady", "sweep")
        and case.mesh.nodes is None
        and case.mesh.grading == "auto"
    )


def coarse_carriers(case: Case, mesh: Mesh, concentration: np.ndarray) -> list[str]:
    """One sentence where the mesh of a solid is left coarse: given by the user, in a transient, or at its limit."""
    if case.model.defects is None or mesh.dimension != 1:
        return []
    change = carrier_changes(mesh, concentration)[1].max(initial=0.0)
    if change <= COARSE_CHANGE:
        return []
    return [
        f"a carrier changes by a factor of {np.exp(min(change, 690.0)):.3g} from one node to the next: fluxes and voltages "
        "have few digits; raise mesh.refine or mesh.nodes, or leave the mesh to the solver"
    ]


def refuse_coarse_transient(case: Case, solution: Solution) -> None:
    """RefusedError where an evolution has left the mesh of a solid behind.

    Layers move in time, and the mesh of a transient does not follow them. The state given at the start is the case's own.
    """
    automatic = case.mesh.nodes is None and case.mesh.grading == "auto"
    mesh, times = solution.mesh, solution.axis
    if case.model.defects is None or mesh.dimension != 1 or case.solve.kind != "transient" or not automatic:
        return
    for k in np.flatnonzero(times > 0.0):
        change = carrier_changes(mesh, solution.concentration[k : k + 1])[1].max(initial=0.0)
        if change > COARSE_CHANGE:
            raise RefusedError(
                f"{case.path or 'case'}: at t = {times[k]:.4g} s a carrier changes by a factor of"
                f" {np.exp(min(change, 690.0)):.3g} from one node to the next: fluxes and voltages have few digits then, and"
                f" the mesh of a transient does not follow; give mesh.refine = {2 ** int(np.ceil(np.log2(change / 0.5)))} or"
                " more, or output_times that begin later"
            )


def carrier_changes(mesh: Mesh, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Largest change of ln c, over all frames and species, along every edge that has a length.

    Parameters
    ----------
    mesh : Mesh
        One-dimensional.
    concentration : (n_frames, n_species, n_cells) float64

    Returns
    -------
    edges : (n,) int
    change : (n,) float64
    """
    edges = np.flatnonzero((mesh.edge_region < len(mesh.region_names)) & (mesh.edge_length > 0.0))
    cell = np.full((len(mesh.region_names), mesh.n_nodes), -1)
    cell[mesh.cell_region, mesh.cell_node] = np.arange(mesh.n_cells)
    ends = [concentration[:, :, cell[mesh.edge_region[edges], mesh.edges[edges, side]]] for side in (0, 1)]
    present = (ends[0] > 0.0) & (ends[1] > 0.0)
    ratio = np.divide(ends[0], ends[1], out=np.ones_like(ends[0]), where=present)
    return edges, np.abs(np.log(ratio)).max(axis=(0, 1), initial=0.0)


def wanted_sizes(mesh: Mesh, concentration: np.ndarray) -> list[SizeSource]:
    """Edge lengths that the carriers ask for; none where the mesh is fine enough everywhere."""
    edges, change = carrier_changes(mesh, concentration)
    if change.max(initial=0.0) <= LARGEST_CHANGE:
        return []
    middle = mesh.nodes[mesh.edges[edges], 0].mean(axis=1)
    coarse = change > WANTED_CHANGE
    sizes = mesh.edge_length[edges] * WANTED_CHANGE / np.maximum(change, WANTED_CHANGE)
    return [SizeSource(float(x), float(h)) for x, h in zip(middle[coarse], sizes[coarse])]
