"""Defect equilibria, and boundaries at which a solid meets a gas."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace

from npsolver.case.defect_balance import unbalanced_element
from npsolver.case.problems import Problems, listed
from npsolver.case.quantities import Kind, QuantityError, parse_quantity
from npsolver.case.resolve_species import Names
from npsolver.errors import ConvergenceError, InputError
from npsolver.mesh.domain import Domain
from npsolver.mesh.geometry import Geometry
from npsolver.model import Boundary, DefectChemistry, DefectEquilibrium, PhaseLaws, Reaction, Region, Species
from npsolver.units import AVOGADRO, GAS_CONSTANT

# A regular constituent of the lattice, e.g. O_O, Ce_Ce, Zr_Zr^x: the same element as its site.
_LATTICE = re.compile(r"([A-Z][a-z]?)_\1(\^?x)?")
_NOTHING = {"nil", "0", "∅", "null"}
_GAS = re.compile(r"([A-Z][a-z]?\d*)+(\((g|gas)\))?")
_TERM = re.compile(r"(?:(\d{1,2})\s*/\s*(\d{1,2})\s+|(\d{1,2}(?:\.\d{1,4})?)\s+)?(\S.*)")
# Rate of a reaction that holds everywhere in the solid, over what diffusion of its defects could change.
INSTANT = 1e8


def resolve_defects(document, species, laws: PhaseLaws, names: Names, problems: Problems) -> DefectChemistry | None:
    """Equilibria of the case, balanced and with their constants, and the excess potentials.

    None without equilibria, and where one of them is wrong: what follows from the others would be misleading.
    """
    charges = {item.name: item.charge for item in species}
    equilibria = []
    for section in document.defect_equilibrium:
        location = f"defect_equilibrium {section.name or section.equation!r}"
        sides = _sides(section.equation, location, names, problems)
        if sides is None:
            continue
        defects, gases = sides
        if not set(defects) <= set(charges):  # a species that is wrong itself, which has been said
            continue
        if not defects:
            problems.add(f"{location}: equation", "contains no species of the case")
            continue
        net = math.fsum(charges.get(name, 0.0) * count for name, count in defects.items())
        if net:
            problems.add(f"{location}: equation", f"charge is not balanced: {net:+g} more on the right")
            continue
        unbalanced = unbalanced_element(defects, gases)
        if unbalanced is not None:
            problems.add(f"{location}: equation", unbalanced)
            continue
        constant = _constant(section, defects, gases, document.model.temperature, location, problems)
        if constant is not None:
            equilibria.append(DefectEquilibrium(section.name or section.equation, defects, gases, constant))
        if section.everywhere and gases:
            problems.add(f"{location}: everywhere", "a gas takes part only where the solid meets it; remove it")
    if not equilibria or len(equilibria) < len(document.defect_equilibrium):
        return None
    return DefectChemistry(charges, tuple(equilibria), excess=laws.everywhere)


def _sides(equation: str, location: str, names: Names, problems: Problems):
    """Stoichiometric numbers of defects and gases, products positive; None after a report."""
    halves = re.split(r"<=>|<->|⇌|↔|=", equation)
    if len(halves) != 2 or not all(half.strip() for half in halves):
        problems.add(
            f"{location}: equation",
            f"expected e.g. 'O_O = V_O^2+ + 2 e- + 1/2 O2' or 'nil = e- + h+', got {equation!r}",
        )
        return None
    before = len(problems)
    defects: dict[str, int] = {}
    gases: dict[str, float] = {}
    for sign, half in zip((-1, 1), halves):
        for text in re.split(r"\s+\+\s+", half.strip()):
            text = text.strip()
            if text in _NOTHING:
                continue
            match = _TERM.fullmatch(text)
            number = float(match[1]) / float(match[2]) if match[1] else float(match[3] or 1.0)
            name = names.spelling(match[4].strip())
            if name in names.declared:
                if number != int(number):
                    problems.add(f"{location}: equation", f"{text!r}: expected a whole number of defects")
                defects[name] = defects.get(name, 0) + sign * int(number)
            elif _LATTICE.fullmatch(name):
                continue
            elif _GAS.fullmatch(name) and number > 0:
                gas = name.split("(")[0]
                gases[gas] = gases.get(gas, 0.0) + sign * number
            else:
                names.resolve(name, f"{location}: equation")
    if len(problems) > before:
        return None
    return ({k: v for k, v in defects.items() if v}, {k: v for k, v in gases.items() if v})


def _constant(section, defects, gases, temperature: float, location: str, problems: Problems) -> float | None:
    """Equilibrium constant in mol/m³ and Pa."""
    power, order = sum(defects.values()), sum(gases.values())
    kind = _constant_kind(power, order)
    given = [key for key in ("constant", "prefactor") if getattr(section, key) is not None]
    if len(given) != 1 or (section.enthalpy is not None) != (given == ["prefactor"]):
        problems.add(location, "expected either constant, or prefactor and enthalpy (K = prefactor exp(-enthalpy/RT))")
        return None
    try:
        value = parse_quantity(getattr(section, given[0]), kind, temperature)
    except QuantityError as error:
        problems.add(f"{location}: {given[0]}", str(error))
        return None
    if section.enthalpy is not None:
        exponent = -section.enthalpy / (GAS_CONSTANT * temperature)
        if abs(exponent) > 600.0:
            most = 600.0 * GAS_CONSTANT * temperature
            expected = f"expected at most {most:.3g} J/mol (600 RT) in size at {temperature:g} K"
            problems.add(f"{location}: enthalpy", f"{expected}, got {section.enthalpy:.3g} J/mol")
            return None
        value *= math.exp(exponent)
    if not 0.0 < value < math.inf:
        problems.add(location, "the constant is out of the range of numbers")
        return None
    return value


def _constant_kind(power: int, order: float) -> Kind:
    """Kind of a constant in concentrations to the `power` and pressures to the `order`."""
    parts = [f"mol^{power}/m^{3 * power}" if power > 1 else "mol/m^3"] if power > 0 else []
    per = [f"m^{3 * power}"] if power > 0 else []
    if power < 0:
        parts, per = [f"m^{-3 * power}/mol^{-power}"], [f"m^{-3 * power}"]
    if order:
        parts.append(f"Pa^{order:g}")
    particles = (f"1/{per[0]}" if power > 0 else per[0]) if per else ""
    alternatives = ()
    if power:
        unit = particles + (f"*Pa^{order:g}" if order else "")
        alternatives = ((unit, AVOGADRO ** float(-power)),)
    unit = "*".join(parts)
    example = f"1e-9 {unit}".strip()
    return Kind("an equilibrium constant", unit, example, 0.0, exclusive=True, alternatives=alternatives)


def hold_gases(
    document,
    boundaries: Mapping[str, Boundary],
    chemistry: DefectChemistry | None,
    species: tuple[Species, ...],
    laws: PhaseLaws,
    regions: tuple[Region, ...],
    geometry: Geometry | Domain | None,
    names: Names,
    problems: Problems,
) -> dict[str, Boundary]:
    """`boundaries` with the defects that a gas or an ohmic contact holds at its surface."""
    sections = {name: getattr(document.boundary, name, None) for name in ("left", "right")}
    sections |= document.boundary.named
    result = dict(boundaries)
    for name, law in boundaries.items():
        section, location = sections[name], f"boundary {name}"
        if law.kind not in ("gas", "ohmic"):
            for key in ("pressure", "exchange"):
                if getattr(section, key) and not (key == "pressure" and section.reaction):
                    problems.add(f"{location}: {key}", f"is for a gas or an ohmic contact, but kind = {law.kind!r}")
            continue
        before = len(problems)
        ready = chemistry is not None or not document.defect_equilibrium  # otherwise it has been said what is wrong
        for key in ("concentration", "balance", "surface_charge", "stern", *(("pressure",) if law.kind != "gas" else ())):
            if getattr(section, key):
                what = "which has no gas" if key == "pressure" else "which sets the concentrations"
                problems.add(f"{location}: {key}", f"is not for kind = {law.kind!r}, {what}")
        if law.kind == "ohmic":
            if chemistry is not None and chemistry.gases:
                problems.add(location, f"kind = 'ohmic' has no {chemistry.gases[0]}; expected kind = 'gas'")
        elif chemistry is None and ready:
            problems.add(location, "kind = 'gas' needs [[defect_equilibrium]]: what the gas does to the solid")
        if not ready or (chemistry is None and law.kind == "gas"):
            continue
        solid = chemistry or DefectChemistry({item.name: item.charge for item in species}, ())
        given = section.pressure if law.kind == "gas" else solid.gases
        missing = [gas for gas in solid.gases if gas not in given]
        unknown = [gas for gas in given if gas not in solid.gases]
        if missing:
            problems.add(f"{location}: pressure", f"missing: {', '.join(missing)}")
        for gas in unknown:
            message = f"no defect_equilibrium contains {gas!r} (gases: {listed(solid.gases) or 'none'})"
            problems.add(f"{location}: pressure", message)
        exchange = [] if section.reaction else None  # what reacts at a finite rate is not held
        if section.exchange is not None:
            exchange = [names.resolve(item, f"{location}: exchange") for item in section.exchange]
        region = next_to(name, regions, laws, geometry, location, problems)
        if len(problems) > before or region is None:
            continue
        try:
            outside = solid.held_at(section.pressure, region, laws)
        except (InputError, ConvergenceError) as error:
            if isinstance(error, InputError) and error.key == "defect_equilibrium":  # the same at every surface
                problems.add("defect_equilibrium", error.message)
            else:
                problems.add(location, str(error))
            continue
        held = {item: value for item, value in outside.items() if exchange is None or item in exchange}
        result[name] = replace(
            law,
            concentration=held,
            pressure=dict(section.pressure),
            equilibrium=outside if section.reaction else {},
        )
    return result


def next_to(name, regions, laws: PhaseLaws, geometry, location: str, problems: Problems) -> Region | None:
    """Region next to a boundary, as far as its defects are concerned."""
    if isinstance(geometry, Geometry):
        return regions[0 if name == "left" else -1]
    alike = {(item.fixed_charge, item.porosity, tuple(sorted(item.standard_potential.items()))) for item in regions}
    if len(alike) > 1 or any(laws.inside(item) != laws.inside(regions[0]) for item in regions):
        problems.add(location, "in two and three dimensions a gas needs regions of one doping and one [[activity]]")
        return None
    return regions[0]


def inner_reactions(
    document,
    chemistry: DefectChemistry | None,
    species: tuple[Species, ...],
    laws: PhaseLaws,
    regions: tuple[Region, ...],
    boundaries: Mapping[str, Boundary],
    length: float,
    names: Names,
    problems: Problems,
) -> tuple[Reaction, ...]:
    """Equilibria that hold everywhere in the solid, as reactions far faster than diffusion."""
    if chemistry is None or len(problems):
        return ()
    diffusivity = {item.name: item.diffusivity for item in species}
    reactions = []
    for section, item in zip(document.defect_equilibrium, chemistry.equilibria, strict=True):
        if item.gases or section.everywhere is False:
            continue
        reactants = {name: -number for name, number in item.defects.items() if number < 0}
        products = {name: number for name, number in item.defects.items() if number > 0}
        gases = {name: law.composition for name, law in boundaries.items() if law.kind == "gas" and law.composition}
        compositions = list(gases.values())
        whole = [(name, c) for name, c in gases.items() if set(item.defects) <= set(c)]
        supply = [diffusivity[name] * c[name] for c in compositions for name in item.defects if name in c]
        if not supply:  # a solid without a gas: typical concentrations from the constant
            typical = item.constant ** (1.0 / sum(item.defects.values())) if sum(item.defects.values()) else 1.0
            supply = [diffusivity[name] * typical for name in item.defects]
        exchange = INSTANT * max(supply) / length**2
        c = None
        if whole:
            name, composition = whole[0]
            region = regions[-1 if name == "right" else 0]
            c = (chemistry.inside(region, laws) if laws.differ else chemistry).activities(composition)
        backward = exchange / math.prod(c[n] ** k for n, k in products.items()) if c else exchange / item.constant
        reactions.append(Reaction(item.name, reactants, products, backward * item.constant, backward, None, True))
    return tuple(reactions)


def effective_equilibrium(item: DefectEquilibrium, everywhere: bool) -> dict:
    """The section that says the same in SI."""
    sides: tuple[list[str], list[str]] = ([], [])
    for name, number in [*item.defects.items(), *item.gases.items()]:
        sides[number > 0].append(f"{abs(number):g} {name}")
    equation = " = ".join(" + ".join(side) or "nil" for side in sides)
    return {"name": item.name, "equation": equation, "constant": item.constant, "everywhere": everywhere}
