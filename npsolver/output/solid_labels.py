"""How solids are written: effective charges of all defects, concentrations and gas pressures in the units of the field."""

from __future__ import annotations

import re

import numpy as np

from npsolver.model import Model
from npsolver.output.quantities import display_unit, format_number
from npsolver.output.style import species_label
from npsolver.units import AVOGADRO

# A defect on a site, as V_O^2+, Gd_Ce- or O_i^2-; electrons and holes.
_ON_SITE = re.compile(r"([A-Z][a-z]?[A-Z]?|[a-z])_([A-Z][a-z]?|i)(?![A-Za-z0-9_])")
_CARRIERS = {"e-", "e^-", "h+", "h^+"}
# Decades below the largest concentration that are shown: minority carriers of solids lie twenty decades lower.
DECADES, DECADES_OF_SOLIDS = 12, 30
_PRESSURES = (("Pa", 1.0), ("bar", 1e5), ("atm", 101325.0))
_SUPERSCRIPTS = str.maketrans("+-0123456789", "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def has_sites(model: Model) -> bool:
    """Whether some species is a defect on a site of a lattice."""
    return any(_ON_SITE.match(species.name) for species in model.species)


def is_solid(model: Model) -> bool:
    """Whether the model is one of defects, or of electrons and holes."""
    return has_sites(model) or any(species.name in _CARRIERS for species in model.species)


def species_labels(model: Model) -> list[str]:
    """Names of all species in mathtext; beside defects on sites electrons and holes have effective charges, too."""
    sites = has_sites(model)
    carriers = {"e": r"$\mathrm{e^{\prime}}$", "h": r"$\mathrm{h^{\bullet}}$"}
    return [
        carriers[species.name[0]] if sites and species.name in _CARRIERS else species_label(species.name, species.charge)
        for species in model.species
    ]


def concentration_unit(model: Model, largest: float) -> tuple[float, str]:
    """Factor and unit in which concentrations of about `largest` (mol/m³) are drawn.

    Molar units belong to solutions: defects are counted in mol/m³, carriers of semiconductors in cm⁻³.
    """
    if has_sites(model):
        return 1.0, "mol m⁻³"
    if model.species and all(species.name in _CARRIERS for species in model.species):
        return AVOGADRO * 1e-6, "cm⁻³"
    return display_unit(largest, "mol/m^3")


def decades_shown(model: Model) -> int:
    """How far below the largest concentration a logarithmic axis reaches at most."""
    return DECADES_OF_SOLIDS if is_solid(model) else DECADES


def pressure_unit(values: np.ndarray) -> tuple[float, str] | None:
    """Factor and unit of pressures that range over decades: bar or atm, in which they are round; None for all others.

    Prefixes of the pascal do not help where oxygen has 1e-15 bar at one side.
    """
    values = np.abs(np.asarray(values, dtype=float))
    positive = values[values > 0.0]
    if not positive.size or not (positive.min() < 1e-3 or positive.max() > 1e6 * positive.min()):
        return None
    digits = {}
    for name, size in _PRESSURES[1:]:
        digits[name, size] = sum(_digits(value / size) for value in positive.tolist())
    name, size = min(digits, key=digits.get)
    return 1.0 / size, name


def _digits(value: float) -> int:
    """Significant digits that `value` needs, at most seven."""
    return next((n for n in range(1, 7) if abs(float(f"{value:.{n - 1}e}") - value) <= 1e-6 * value), 7)


def with_power(value: float) -> str:
    """A number with the power of ten typeset: ``"10⁻²⁰"``, ``"2.1×10⁻⁷"``, ``"0.21"``."""
    if 1e-3 <= abs(value) < 1e4 or value == 0.0:
        return format_number(value, 3)
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    mantissa = f"{float(mantissa):g}"
    power = "10" + f"{int(exponent):d}".translate(_SUPERSCRIPTS)
    return power if mantissa == "1" else f"{mantissa}×{power}"


def with_labels(text: str, model: Model) -> str:
    """`text`, in which the names of species are typeset."""
    labels = dict(zip((species.name for species in model.species), species_labels(model)))
    for name in sorted(labels, key=len, reverse=True):
        if labels[name].startswith("$"):
            text = re.sub(rf"(?<![\w$]){re.escape(name)}(?![\w^+-])", lambda _, name=name: labels[name], text)
    return text
