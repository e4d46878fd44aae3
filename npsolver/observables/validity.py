"""Whether a solution stayed where the data of its model hold."""

from __future__ import annotations

import numpy as np

from npsolver.mesh import Mesh
from npsolver.model import Model

# Relative, beyond one end of a table.
ROUNDING = 1e-6


def beyond_coefficients(model: Model, mesh: Mesh, concentration: np.ndarray) -> list[str]:
    """One sentence where the composition leaves the table of Onsager coefficients, whose ends hold beyond.

    Parameters
    ----------
    model : Model
    mesh : Mesh
    concentration : (n_frames, n_species, n_cells) float64, mol/m³
    """
    coupling = model.cross_coupling
    if coupling is None or len(coupling.composition) == 1:
        return []
    low, high = float(coupling.composition[0]), float(coupling.composition[-1])
    s = np.einsum("i,fic->fc", coupling.weights, concentration)
    beyond = np.maximum(s - high, low - s)
    worst = int(np.argmax(beyond))
    if not beyond.flat[worst] > ROUNDING * high:
        return []
    cell = worst % s.shape[1]
    place = ", ".join(f"{x:.3g}" for x in mesh.nodes[mesh.cell_node[cell]])
    region = mesh.region_names[int(mesh.cell_region[cell])]
    return [
        f"the composition ({coupling.measure}) reaches {s.flat[worst]:.4g} mol/m^3 in region {region!r} at {place} m, but the"
        f" coefficients of [onsager] are known from {low:.4g} to {high:.4g} mol/m^3: those of the nearest end were used there"
    ]
