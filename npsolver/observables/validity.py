"""Whether a solution stayed where the data of its model hold."""

from __future__ import annotations

import numpy as np

from npsolver.mesh import Mesh
from npsolver.model import Model

# Relative, beyond one end of a table.
ROUNDING = 1e-6


def beyond_coefficients(model: Model, mesh: Mesh, concentration: np.ndarray) -> list[str]:
    """One sentence for every region where the composition leaves the table of Onsager coefficients, whose ends hold beyond.

    Parameters
    ----------
    model : Model
    mesh : Mesh
    concentration : (n_frames, n_species, n_cells) float64, mol/m³
    """
    if model.cross_coupling is None:
        return []
    found = []
    for number, name in enumerate(mesh.region_names):
        coupling, cells = model.coupling.within(name), np.flatnonzero(mesh.cell_region == number)
        low, high = float(coupling.composition[0]), float(coupling.composition[-1])
        if len(coupling.composition) == 1 or cells.size == 0:
            continue
        s = np.einsum("i,fic->fc", coupling.weights, concentration[:, :, cells])
        beyond = np.maximum(s - high, low - s)
        worst = int(np.argmax(beyond))
        if beyond.flat[worst] > ROUNDING * high:
            node = mesh.cell_node[cells[worst % cells.size]]
            place = ", ".join(f"{x:.3g}" for x in mesh.nodes[node])
            found.append(
                f"the composition ({coupling.measure}) reaches {s.flat[worst]:.4g} mol/m^3 in region {name!r} at {place} m, but"
                f" the coefficients of [onsager] are known from {low:.4g} to {high:.4g} mol/m^3: those of the nearest end were"
                " used there"
            )
    return found
