"""Whether the solutions in baths are in equilibrium with the reactions of the case."""

from __future__ import annotations

from math import log, prod

import numpy as np

from npsolver.mesh import Mesh
from npsolver.model import Model

# |ln(forward rate/backward rate)| above which a bath counts as not in equilibrium
IN_EQUILIBRIUM = 0.05


def restless_baths(model: Model) -> list[str]:
    """One sentence per bath and reaction that is out of equilibrium while both directions run.

    A bath holds its composition, so the reaction relaxes in a thin layer in front of it. The fluxes of the reacting
    species into that layer are then large and cancel; those of the domain are only seen in their conserved sums. A bath
    without products (or reactants) is left alone: consumption of a species is often meant.
    """
    if not model.reactions:
        return []
    found = []
    for name, boundary in model.boundaries.items():
        if boundary.kind != "bath":
            continue
        activity = _activities(model, name, boundary.concentration)
        for reaction in model.reactions:
            forward, backward = (
                rate * prod(activity[species] ** order for species, order in side.items())
                for rate, side in (
                    (reaction.forward_rate, reaction.reactants),
                    (reaction.backward_rate, reaction.products),
                )
            )
            if reaction.instant or not (forward > 0.0 and backward > 0.0):
                continue
            if abs(log(forward / backward)) > IN_EQUILIBRIUM:
                found.append(
                    f"bath {name} is not in equilibrium with the reaction {reaction.name} (forward over backward rate "
                    f"{forward / backward:.3g}): it relaxes in a thin layer, and fluxes of its species at {name} are "
                    "those into this layer"
                )
    return found


def baths_of_other_activity(model: Model, mesh: Mesh) -> list[str]:
    """One sentence per bath beside a region that looks like the same solution but has other laws of activity."""
    if not model.local_excess:
        return []
    found, laws = [], model.phase_laws
    for pair in mesh.interfaces:
        region = model.regions[max(pair)]
        if min(pair) >= 0 or region.fixed_charge or region.standard_potential or region.excluded_species:
            continue
        name = tuple(mesh.boundaries)[-1 - min(pair)]
        if laws.inside(region) != laws.beside(model.boundaries[name], region):
            found.append(
                f"the solution outside boundary {name} has other [[activity]] than region {region.name!r} beside it, so that"
                f" concentrations jump there; if they are one solution, name {name!r} in the regions of its laws"
            )
    return found


def _activities(model: Model, name: str, concentration) -> dict[str, float]:
    """Activities (mol/m³) of every species of a bath."""
    from npsolver.model import activities

    names = [species.name for species in model.species]
    charge = np.array([species.charge for species in model.species], dtype=float)
    c = np.array([[concentration[name] for name in names]], dtype=float)
    return dict(zip(names, map(float, activities(model.phase_laws.outside(name), c, charge)[0])))
