"""Where potential or composition jump: between phases that take up ions differently."""

from __future__ import annotations

import numpy as np

from npsolver.discretisation.coefficients import partition_coefficients
from npsolver.discretisation.terminals import needs_outside_node
from npsolver.mesh import Mesh
from npsolver.mesh.split import split_mesh
from npsolver.model import Boundary, Model


def phases(model: Model) -> np.ndarray:
    """Number of the phase of every region ((n_regions,) int).

    Regions are one phase where charge per pore volume, partition, excluded species and laws of activity agree: there a
    common potential and composition are in equilibrium (F. G. Donnan, Z. Elektrochem. 17 (1911) 572). With Poisson's
    equation the potential is common to all, and charges do not count.
    """
    partition, laws = partition_coefficients(model), model.phase_laws
    kinds: list[tuple] = []
    found = []
    for r, region in enumerate(model.regions):
        charge = region.fixed_charge / region.porosity if model.physics == "electroneutral" else 0.0
        kind = (charge, *partition[r], laws.inside(region))
        if kind not in kinds:  # laws are compared, not hashed
            kinds.append(kind)
        found.append(kinds.index(kind))
    return np.array(found)


def beside_other_laws(model: Model, boundary: Boundary) -> np.ndarray:
    """Regions in which mu is another function of the composition than outside a boundary ((n_regions,) bool)."""
    laws = model.phase_laws
    if not laws.differ or not boundary.concentration:
        return np.zeros(len(model.regions), dtype=bool)
    return np.array([laws.inside(region) != laws.beside(boundary, region) for region in model.regions])


def neutral_like_a_solution(model: Model) -> np.ndarray:
    """Regions that a neutral solution enters without a jump: no fixed charge, ions alike ((n_regions,) bool)."""
    is_ion = np.array([bool(species.charge) for species in model.species])
    partition = partition_coefficients(model)[:, is_ion]
    charged = np.array([bool(region.fixed_charge) for region in model.regions])
    return ~charged & np.all(partition == partition[:, :1], axis=1)


def with_jumps(model: Model, mesh: Mesh) -> Mesh:
    """`mesh` with two nodes wherever potential or composition of `model` jump, in two and three dimensions.

    The potential jumps in the electroneutral model, the composition wherever laws of activity differ.
    """
    if model.physics != "electroneutral" and not model.has_phases:
        return mesh
    phase, plain = phases(model), neutral_like_a_solution(model)
    outside = {}
    for name, law in model.boundaries.items():
        if name not in mesh.boundaries:
            continue
        beside = beside_other_laws(model, law)
        if needs_outside_node(law, model.physics):
            complete = len(law.concentration) == len(model.species)
            beside |= ~plain if complete else True
        if law.concentration and beside.any():
            outside[name] = beside
    if phase.max(initial=0) == 0 and not outside:
        return mesh
    return split_mesh(mesh, phase, outside)
