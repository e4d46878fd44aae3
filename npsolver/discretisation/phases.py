"""Where the potential of the electroneutral model jumps: between phases that take up ions differently."""

from __future__ import annotations

import numpy as np

from npsolver.discretisation.coefficients import partition_coefficients
from npsolver.discretisation.terminals import needs_outside_node
from npsolver.mesh import Mesh
from npsolver.mesh.split import split_mesh
from npsolver.model import Model


def phases(model: Model) -> np.ndarray:
    """Number of the phase of every region ((n_regions,) int).

    Regions are one phase where charge per pore volume, partition and excluded species agree: there a common potential
    and composition are in equilibrium (F. G. Donnan, Z. Elektrochem. 17 (1911) 572).
    """
    partition = partition_coefficients(model)
    kinds: dict[tuple, int] = {}
    return np.array(
        [
            kinds.setdefault((region.fixed_charge / region.porosity, *partition[r]), len(kinds))
            for r, region in enumerate(model.regions)
        ]
    )


def neutral_like_a_solution(model: Model) -> np.ndarray:
    """Regions that a neutral solution enters without a jump: no fixed charge, ions alike ((n_regions,) bool)."""
    is_ion = np.array([bool(species.charge) for species in model.species])
    partition = partition_coefficients(model)[:, is_ion]
    charged = np.array([bool(region.fixed_charge) for region in model.regions])
    return ~charged & np.all(partition == partition[:, :1], axis=1)


def with_jumps(model: Model, mesh: Mesh) -> Mesh:
    """`mesh` with two nodes wherever the potential of the electroneutral `model` jumps, in two and three dimensions."""
    if model.physics != "electroneutral":
        return mesh
    phase, plain = phases(model), neutral_like_a_solution(model)
    outside = {}
    for name, law in model.boundaries.items():
        if name not in mesh.boundaries or not needs_outside_node(law, model.physics):
            continue
        complete = len(law.concentration) == len(model.species)
        beside = ~plain if complete else np.ones(plain.size, dtype=bool)
        if law.concentration and beside.any():
            outside[name] = beside
    if phase.max(initial=0) == 0 and not outside:
        return mesh
    return split_mesh(mesh, phase, outside)
