"""Reactions: equations read, charges balanced, rate constants in SI."""

from __future__ import annotations

import math
import re

from npsolver.case.problems import Problems, listed
from npsolver.case.quantities import Kind, QuantityError, parse_quantity
from npsolver.model import Reaction, Species

SOLVENT = "H2O"
LITRE = 1000.0  # mol/m³ in 1 mol/L
_EQUALS = re.compile(r"<=>|<->|⇌|↔|=")
_ONE_WAY = re.compile(r"(?<!<)->|→|=>")


def resolve_reactions(document, species: tuple[Species, ...], names, problems: Problems) -> tuple[Reaction, ...]:
    """All reactions of a case."""
    charges = {item.name: item.charge for item in species}
    regions = [region.name for region in document.geometry.region]
    reactions, seen = [], set()
    for number, section in enumerate(document.reaction, start=1):
        name = section.name or section.equation or f"reaction {number}"
        location = f"reaction {name!r}"
        if name in seen:
            problems.add(location, "is defined twice; names must differ")
        seen.add(name)
        for region in section.regions or ():
            if region not in regions:
                problems.add(f"{location}: regions", f"unknown region {region!r} (regions: {listed(regions)})")
        sides = _sides(section, location, names, problems)
        if sides is None:
            continue
        reactants, products = sides
        if not _balanced(reactants, products, charges, location, problems):
            continue
        rates = _rates(section, reactants, products, location, problems)
        if rates is not None:
            where = tuple(section.regions) if section.regions is not None else None
            reactions.append(Reaction(name, reactants, products, *rates, where))
    return tuple(reactions)


def _sides(section, location: str, names, problems: Problems):
    """Stoichiometric numbers by declared species, or None after a report."""
    before = len(problems)
    if section.equation is not None:
        if section.reactants or section.products:
            problems.add(location, "expected either equation, or reactants and products")
            return None
        if _ONE_WAY.search(section.equation) and not re.search(r"<=>|<->", section.equation):
            problems.add(
                f"{location}: equation", "reactions are reversible: write '=', and backward_rate = 0 for one way only"
            )
            return None
        halves = _EQUALS.split(section.equation)
        if len(halves) != 2 or not all(half.strip() for half in halves):
            problems.add(
                f"{location}: equation", f"expected an equation such as 'HA = H+ + A-', got {section.equation!r}"
            )
            return None
        sides = tuple(_terms(half, f"{location}: equation", names, problems) for half in halves)
    else:
        sides = tuple(
            _counts(getattr(section, key), f"{location}: {key}", names, problems) for key in ("reactants", "products")
        )
        if not section.reactants and not section.products:
            problems.add(location, "expected an equation such as 'HA = H+ + A-', or reactants and products")
    if len(problems) > before:
        return None
    reactants, products = sides
    if not reactants and not products:
        problems.add(location, "contains no species of the case")
        return None
    common = sorted(set(reactants) & set(products))
    if common:
        problems.add(location, f"species {common[0]!r} stands on both sides")
        return None
    return reactants, products


def _terms(half: str, location: str, names, problems: Problems) -> dict[str, int]:
    counts: dict[str, int] = {}
    for term in re.split(r"\s+\+\s+", half.strip()):
        term = term.strip()
        match = re.fullmatch(r"(\d{1,2})\s*\*?\s*(\S.*)", term)
        number, name = (int(match.group(1)), match.group(2)) if match and term not in names.declared else (1, term)
        if name == SOLVENT and SOLVENT not in names.declared:
            continue
        found = names.resolve(name, location)
        if found is None:
            continue
        if number == 0:
            problems.add(location, f"species {found!r} has stoichiometric number 0")
        counts[found] = counts.get(found, 0) + number
    return counts


def _counts(section: dict[str, int], location: str, names, problems: Problems) -> dict[str, int]:
    given = {name: number for name, number in section.items() if name != SOLVENT or SOLVENT in names.declared}
    counts = names.mapping(given, location)
    for name, number in counts.items():
        if not 1 <= number <= 99:
            problems.add(location, f"species {name!r}: expected a stoichiometric number >= 1, got {number}")
    return counts


def _balanced(reactants: dict, products: dict, charges: dict, location: str, problems: Problems) -> bool:
    if not {*reactants, *products} <= set(charges):
        return False  # a species is unsound, which has been reported
    left = math.fsum(charges[name] * number for name, number in reactants.items())
    right = math.fsum(charges[name] * number for name, number in products.items())
    if abs(left - right) > 1e-12 * max(abs(left), abs(right), 1.0):
        problems.add(location, f"charge is not balanced: {left:+g} on the left, {right:+g} on the right")
        return False
    return True


def _rate_kind(label: str, order: int) -> Kind:
    """Kind of a rate constant of order n: (m³/mol)^(n-1) / s, so that the rate is in mol/(m³ s)."""
    power = order - 1
    unit = {-1: "mol/m^3/s", 0: "1/s", 1: "m^3/mol/s"}.get(power, f"m^{3 * power}/mol^{power}/s")
    example = {-1: "1.4 mol/m^3/s", 0: "1e3 1/s"}.get(power, f"1e10 1/M{'' if power == 1 else f'^{power}'}/s")
    return Kind(f"a {label} rate constant of order {order}", unit, example, 0.0)


def _rates(section, reactants: dict, products: dict, location: str, problems: Problems):
    """Forward and backward rate constant in mol/m³ and s, or None after a report."""
    before = len(problems)
    orders = {"forward_rate": sum(reactants.values()), "backward_rate": sum(products.values())}
    values: dict[str, float] = {}
    for key, order in orders.items():
        if getattr(section, key) is not None:
            kind = _rate_kind(key.split("_")[0], order)
            values[key] = _parse(getattr(section, key), kind, f"{location}: {key}", problems)
    constant = _constant(section, orders["backward_rate"] - orders["forward_rate"], location, problems)
    if len(problems) > before:
        return None
    given = len(values) + (constant is not None)
    if given != 2:
        problems.add(
            location,
            "expected two of forward_rate, backward_rate and the equilibrium constant (pKa or equilibrium_constant),"
            f" got {given}",
        )
        return None
    if constant is None:
        forward, backward = values["forward_rate"], values["backward_rate"]
        if forward == 0.0 and backward == 0.0:
            problems.add(location, "both rate constants are 0")
            return None
    elif "forward_rate" in values:
        forward = values["forward_rate"]
        backward = forward / constant
    else:
        backward = values["backward_rate"]
        forward = backward * constant
    if not all(math.isfinite(rate) for rate in (forward, backward)) or forward == backward == 0.0:
        problems.add(location, f"rate constants are out of range: forward {forward:g}, backward {backward:g} (SI)")
        return None
    return forward, backward


def _parse(value, kind: Kind, location: str, problems: Problems) -> float:
    try:
        return parse_quantity(value, kind)
    except QuantityError as error:
        constant = kind.unit == "mol/m^3/s"
        hint = " (nothing on this side is a species of the case: the solvent counts as 1)" if constant else ""
        problems.add(location, str(error) + hint)
        return math.nan


def _constant(section, change: int, location: str, problems: Problems) -> float | None:
    """Equilibrium constant in (mol/m³)^change."""
    if section.pKa is not None and section.equilibrium_constant is not None:
        problems.add(location, "expected either pKa or equilibrium_constant")
        return None
    if section.pKa is not None:
        exponent = -section.pKa + 3.0 * change
        if abs(exponent) > 200.0:
            problems.add(f"{location}: pKa", f"expected a pKa between -100 and 100, got {section.pKa:g}")
            return None
        return 10.0**exponent
    if section.equilibrium_constant is None:
        return None
    unit = {0: "", 1: "mol/m^3", -1: "m^3/mol"}.get(change)
    if unit is None:
        unit = f"mol^{change}/m^{3 * change}" if change > 0 else f"m^{-3 * change}/mol^{-change}"
    example = "1.8e-5 M" if change == 1 else ("3.2" if change == 0 else f"1e3 M^{change}")
    kind = Kind("an equilibrium constant > 0", unit, example, 0.0, exclusive=True)
    try:
        return parse_quantity(section.equilibrium_constant, kind)
    except QuantityError as error:
        problems.add(f"{location}: equilibrium_constant", str(error))
        return None
