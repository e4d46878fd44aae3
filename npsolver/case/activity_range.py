"""Whether laws of activity have a value and describe one solution at the compositions that a case names."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from npsolver.case.problems import Problems
from npsolver.model import Boundary, Species
from npsolver.model.excess import total_excess
from npsolver.model.stability import smallest_factor


def check_activities(
    everywhere: tuple,
    local: Mapping[str, tuple],
    species: tuple[Species, ...],
    boundaries: Mapping[str, Boundary],
    problems: Problems,
) -> None:
    """Report baths at whose composition a law has no finite value, or the solution would separate into two."""
    charge = np.array([item.charge for item in species], dtype=float)
    for name, boundary in boundaries.items():
        laws = (*everywhere, *local.get(name, ()))
        if boundary.kind != "bath" or len(boundary.concentration) < len(species) or not laws:
            continue
        c = np.array([[boundary.concentration[item.name] for item in species]], dtype=float)
        if any((room := law.room(c)) is not None and room[0] <= 0.0 for law in laws):
            continue  # too little room is reported where baths are checked
        mu, slope = total_excess(laws, c, charge)
        present = np.flatnonzero(c[0] > 0.0)
        finite = np.isfinite(mu[0]) & np.isfinite(slope[0]).all(axis=1)
        if not finite[present].all():
            ion = species[int(present[np.argmin(finite[present])])].name
            problems.add(
                f"boundary {name}: concentration", f"[[activity]] gives {ion} no finite value at this composition"
            )
            continue
        factor = float(smallest_factor(laws, c, charge)[0])
        if factor <= 0.0:
            problems.add(
                f"boundary {name}: concentration",
                f"with [[activity]] the thermodynamic factor (1 + d ln gamma/d ln c of a salt) is {factor:.3g} at this"
                " composition: below 0 the solution separates into two, or the law is used beyond its range; expected less"
                " concentrated solutions or another law",
            )
