"""Whether activity models derive from a free energy."""

from __future__ import annotations

import numpy as np

from npsolver.model import Model

# Largest difference of c dmu_i/dc_j (in RT) and its counterpart that counts as round-off.
SYMMETRIC = 1e-8


def inconsistent_activities(model: Model) -> list[str]:
    """One sentence where dmu_i/dc_j differs from dmu_j/dc_i at the composition of a boundary (Maxwell's relation).

    Laws that concern several species together obey it; an expression in the concentration of another species does so
    only if the other species has the expression that belongs to it.
    """
    if not model.has_excess:
        return []
    from npsolver.model import total_excess

    names = [species.name for species in model.species]
    charge = np.array([species.charge for species in model.species], dtype=float)
    places = [
        (laws, b.concentration)
        for b in model.boundaries.values()
        if len(b.concentration) == len(names)
        for laws in [model.phase_laws.outside(b.name), *(model.phase_laws.inside(region) for region in model.regions)]
        if laws
    ]
    for laws, held in places:
        c = np.array([[held[name] for name in names]], dtype=float)
        if any((room := law.room(c)) is not None and room[0] <= 0.0 for law in laws):
            continue  # a composition that one phase cannot have
        slope = total_excess(laws, c, charge)[1][0]
        gap = np.abs(slope - slope.T) * c.max()
        i, j = np.unravel_index(int(np.argmax(gap)), gap.shape)
        if gap[i, j] > SYMMETRIC * (1.0 + np.abs(slope).max() * c.max()):
            return [
                f"the activity model has no free energy: dmu({names[i]})/dc({names[j]}) = {slope[i, j]:.3g} and "
                f"dmu({names[j]})/dc({names[i]}) = {slope[j, i]:.3g} RT m^3/mol differ, so that chemical capacitances, "
                "ambipolar diffusivities and reciprocity have no meaning; give both species what belongs together"
            ]
    return []
