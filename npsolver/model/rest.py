"""Composition at rest with homogeneous reactions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from npsolver.errors import InputError
from npsolver.model.excess import total_excess
from npsolver.model.model import Model

# Of the affinities over RT.
TOLERANCE = 1e-13
ITERATIONS = 100


def at_rest(model: Model, laws: tuple, concentration: Mapping[str, float]) -> dict[str, float]:
    """The composition that reactions make of a given one, whose elements and charge it keeps.

    Newton's method for the extents x of all reactions, at c = c0 + nuᵀ x, in the affinities
    ``sum_i nu_i ln a_i - ln K``; a step that would use up a species goes half of the way.

    Parameters
    ----------
    model : Model
    laws : tuple of ExcessLaw
        Of the chemical potentials there.
    concentration : mapping of str to float
        mol/m³. Reactions of other species do not take place.

    Raises
    ------
    InputError
        If a reaction has one direction only, or no rest is found.
    """
    names = [species.name for species in model.species]
    charge = np.array([species.charge for species in model.species], dtype=float)
    taking_part = [r for r in model.reactions if {*r.reactants, *r.products} <= set(concentration)]
    if not taking_part:
        return dict(concentration)
    for reaction in taking_part:
        if not (reaction.forward_rate > 0.0 and reaction.backward_rate > 0.0):
            raise InputError(
                "takes place in one direction only and has no equilibrium", key=f"reaction {reaction.name!r}"
            )
    number = np.array(
        [[r.products.get(name, 0) - r.reactants.get(name, 0) for name in names] for r in taking_part], float
    )
    constant = np.array([np.log(r.forward_rate / r.backward_rate) for r in taking_part])
    c = np.array([concentration.get(name, 0.0) for name in names])
    used = np.any(number != 0.0, axis=0)
    for i in np.flatnonzero(used & (c == 0.0)):  # only a trace can tell in which direction it goes
        c[i] = 1e-12 * c.max()
    for _ in range(ITERATIONS):
        with np.errstate(divide="ignore"):
            mu = np.where(used, np.log(np.where(used, c, 1.0)), 0.0)
        slope = np.diag(np.divide(1.0, c, out=np.zeros_like(c), where=used))
        if laws:
            excess, more = total_excess(laws, c[None], charge)
            mu, slope = mu + excess[0], slope + more[0]
        affinity = number @ mu - constant
        if np.abs(affinity).max() <= TOLERANCE * (1.0 + np.abs(constant).max()):
            break
        change = number.T @ np.linalg.lstsq(number @ slope @ number.T, -affinity, rcond=None)[0]
        while np.any(c + change <= 0.0, where=used):
            change *= 0.5
        c = c + change
    else:
        raise InputError("no composition at rest with the reactions was found near that of the bath", key="reaction")
    return {name: float(c[names.index(name)]) for name in concentration}
