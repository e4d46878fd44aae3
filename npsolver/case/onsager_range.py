"""Whether the compositions that a case names lie where its Onsager coefficients are known."""

from __future__ import annotations

import numpy as np

from npsolver.case.problems import Problems
from npsolver.model import Coupling, Species

# relative, of a composition at one end of the table
ROUNDING = 1e-9


def check_range(document, coupling: Coupling, species: tuple[Species, ...], names, problems: Problems) -> None:
    """Report baths and initial states whose measure of composition lies outside of the table.

    States in between may leave it during a run (a depleted electrode, a charged wall); the ends of the table hold there, and
    a warning says so.
    """
    points = coupling.composition
    if len(points) == 1:
        return
    low, high = points[0] - ROUNDING * points[-1], points[-1] * (1.0 + ROUNDING)
    for place, given in _compositions(document, species, names):
        if not all(weight == 0.0 or item.name in given for weight, item in zip(coupling.weights, species)):
            continue
        s = float(coupling.weights @ np.array([given.get(item.name, 0.0) for item in species]))
        if not low <= s <= high:
            problems.add(
                f"{place}: concentration",
                f"composition {s:g} mol/m^3 ({coupling.measure}) is outside of the coefficients of [onsager], which are"
                f" known from {points[0]:g} to {points[-1]:g} mol/m^3; give data that reach further",
            )


def _compositions(document, species: tuple[Species, ...], names):
    """Places and what is known of their concentrations, mol/m³ by species."""
    ends = {"left": document.boundary.left, "right": document.boundary.right, **document.boundary.named}
    charge = {item.name: item.charge for item in species}
    for name, section in ends.items():
        if section is None:
            continue
        given = _known(section.concentration, names)
        if section.balance is not None and (ion := names.spelling(section.balance)) in charge and charge[ion]:
            given[ion] = -sum(charge.get(other, 0.0) * c for other, c in given.items()) / charge[ion]
        yield f"boundary: {name}", given
    yield "initial", _known(document.initial.concentration, names)
    for name, section in document.initial.region.items():
        yield f"initial: region {name!r}", _known(section.concentration, names)


def _known(values, names) -> dict[str, float]:
    """Concentrations that are numbers; profiles are not known here."""
    return {names.spelling(name): value for name, value in values.items() if isinstance(value, float)}
