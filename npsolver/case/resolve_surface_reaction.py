"""Reactions and transfer at surfaces: equations read, charges balanced, rates complete."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace

from npsolver.case.names import canonical
from npsolver.case.problems import Problems, listed
from npsolver.case.resolve_species import Names
from npsolver.errors import ConvergenceError, InputError
from npsolver.mesh.domain import Domain
from npsolver.mesh.geometry import Geometry
from npsolver.model import Boundary, DefectChemistry, PhaseLaws, Region, Species, SurfaceReaction
from npsolver.model.surface_rates import gas_reaction, solution_reaction

_TERM = re.compile(r"(?:(\d{1,2})\s*/\s*(\d{1,2})\s*|(\d{1,2}(?:\.\d{1,4})?)\s+|(\d{1,2})\s*\*\s*)?(\S.*)")
_EQUALS = re.compile(r"<=>|<->|⇌|↔|=")
# What has unit activity: the solvent, elements (metals), anything marked as a pure phase, lattice constituents.
_UNIT_ACTIVITY = re.compile(r"H2O|[A-Z][a-z]?|\S+\((s|l)\)|([A-Z][a-z]?)_\2(\^?x)?")
_NOTHING = {"nil", "0", "∅", "null"}
_RATES = ("rate_constant", "exchange_current", "exchange_rate")


def resolve_surface_reactions(
    document,
    boundaries: Mapping[str, Boundary],
    species: tuple[Species, ...],
    chemistry: DefectChemistry | None,
    laws: PhaseLaws,
    regions: tuple[Region, ...],
    geometry: Geometry | Domain | None,
    names: Names,
    problems: Problems,
) -> dict[str, Boundary]:
    """`boundaries` with what runs at a finite rate."""
    sections = {name: getattr(document.boundary, name, None) for name in ("left", "right")}
    sections |= document.boundary.named
    charges = {item.name: item.charge for item in species}
    result = dict(boundaries)
    for name, law in boundaries.items():
        section, location = sections[name], f"boundary {name}"
        if not section.reaction and not section.transfer:
            continue
        before = len(problems)
        if law.kind not in ("wall", "gas"):
            problems.add(location, f"kind = {law.kind!r} is in equilibrium; a reaction or transfer needs kind = 'wall'")
            continue
        if document.model.physics == "poisson-boltzmann":
            problems.add(location, "physics = 'poisson-boltzmann' is an equilibrium without rates; use 'pnp'")
            continue
        law = replace(law, transfer=_transfer(section, law, charges, location, names, problems))
        if law.kind == "wall" and section.pressure:
            law = replace(law, pressure=dict(section.pressure))
        reactions: list[SurfaceReaction] = []
        for number, item in enumerate(section.reaction, start=1):
            where = f"{location}: reaction {item.name or item.equation!r}"
            label = item.name or ("reaction" if len(section.reaction) == 1 else f"reaction {number}")
            if label in [other.name for other in reactions]:
                problems.add(where, "is defined twice; names must differ")
            bare = _bare(item, label, section.pressure, charges, where, names, problems)
            if bare is None:
                continue
            _check_place(bare, section, law, name, regions, geometry, where, problems)
            if len(problems) == before:
                found = _with_rates(
                    bare, document, section, law, name, chemistry, laws, regions, geometry, where, problems
                )
                reactions += [found] if found is not None else []
        if len(problems) == before:
            _check_whole(law, section, reactions, charges, document.model.physics, location, problems)
            result[name] = replace(law, reactions=tuple(reactions))
    return result


def _transfer(section, law: Boundary, charges, location: str, names: Names, problems: Problems) -> dict:
    found = names.mapping(section.transfer, f"{location}: transfer")
    for name in found:
        if charges.get(name):
            problems.add(
                f"{location}: transfer",
                f"{name!r} carries a charge, which must come from somewhere; expected a neutral species, or a reaction",
            )
        for key in ("concentration", "flux"):
            if name in getattr(law, key):
                problems.add(location, f"species {name!r} has both a {key} and a transfer; expected one")
    return {name: (item.coefficient, item.concentration) for name, item in found.items()}


# ---------------------------------------------------------------------- one reaction


def _bare(item, label, pressure, charges, where: str, names: Names, problems: Problems) -> SurfaceReaction | None:
    """Stoichiometry, written as a reduction where electrons take part, without rate constants; None after a report."""
    read = _sides(item.equation, pressure, f"{where}: equation", names, problems)
    if read is None or not set(read[0]) <= set(charges):
        return None
    numbers, gases, electrons = read
    if not numbers:
        problems.add(f"{where}: equation", "contains no species of the case")
        return None
    net = math.fsum(charges[name] * number for name, number in numbers.items()) + electrons
    if abs(net) > 1e-12:
        problems.add(f"{where}: equation", f"charge is not balanced: {net:+g} more on the right")
        return None
    if electrons < 0:  # an oxidation: the same reaction, read from the right
        numbers = {name: -number for name, number in numbers.items()}
        gases = {name: -number for name, number in gases.items()}
        electrons = -electrons
    given = {"name": label, "equation": item.equation, "law": item.law}
    for key in (*_RATES, "standard_potential", "equilibrium_constant"):
        if getattr(item, key) is not None:
            given[key] = getattr(item, key)
    given["transfer_coefficient"] = item.transfer_coefficient
    reference = names.mapping(item.reference_concentration, f"{where}: reference_concentration")
    if reference:
        given["reference_concentration"] = reference
    for name, value in reference.items():
        if name not in numbers:
            problems.add(f"{where}: reference_concentration", f"{name!r} does not take part in the reaction")
        elif value <= 0.0:
            problems.add(f"{where}: reference_concentration", f"{name!r}: expected a concentration > 0")
    return SurfaceReaction(
        name=label,
        stoichiometry=numbers,
        electrons=electrons,
        forward_rate=0.0,
        backward_rate=0.0,
        forward_order={},
        backward_order={},
        transfer_coefficient=item.transfer_coefficient,
        standard_potential=item.standard_potential or 0.0,
        gases=gases,
        given=given,
    )


def _sides(equation: str, pressure, where: str, names: Names, problems: Problems):
    """Stoichiometric numbers of species and gases (positive for products), electrons consumed; None after a report."""
    halves = _EQUALS.split(equation)
    if len(halves) != 2 or not all(half.strip() for half in halves):
        problems.add(where, f"expected e.g. 'Ag+ + e- = Ag' or 'Fe3+ + e- = Fe2+', got {equation!r}")
        return None
    before = len(problems)
    numbers: dict[str, float] = {}
    gases: dict[str, float] = {}
    electrons = 0.0
    for sign, half in zip((-1, 1), halves):
        for text in re.split(r"\s+\+\s+", half.strip()):
            text = text.strip()
            if text in _NOTHING:
                continue
            match = _TERM.fullmatch(text)
            own = names.spelling(text)
            count, term = 1.0, text
            if match is not None and own not in names.declared:
                count = float(match[1]) / max(float(match[2]), 1e-300) if match[1] else float(match[3] or match[4] or 1.0)
                term = match[5].strip()
            name, gas = names.spelling(term), re.sub(r"\((g|gas)\)$", "", term)
            if not 0.0 < count < 100.0:
                problems.add(where, f"{text!r}: expected a stoichiometric number from 1 to 99")
            elif name in names.declared:
                numbers[name] = numbers.get(name, 0.0) + sign * count
            elif canonical(name) == canonical("e-"):
                electrons -= sign * count
            elif gas in pressure:
                gases[gas] = gases.get(gas, 0.0) + sign * count
            elif _UNIT_ACTIVITY.fullmatch(term):
                continue
            elif gas != term or re.fullmatch(r"([A-Z][a-z]?\d*)+", term):
                problems.add(
                    where,
                    f"{gas!r} is neither a species nor a gas of this boundary; give the pressure of a gas, e.g. pressure ="
                    f' {{ {gas} = "1 bar" }}, or mark a pure phase, {gas}(s) (species: {listed(names.declared)})',
                )
            else:
                names.resolve(name, where)
    if len(problems) > before:
        return None
    return {k: v for k, v in numbers.items() if v}, {k: v for k, v in gases.items() if v}, electrons


def _check_place(bare, section, law: Boundary, name: str, regions, geometry, where: str, problems: Problems) -> None:
    """Which keys the reaction needs at this boundary, and which mean nothing there."""
    given, solid = bare.given, law.kind == "gas"
    if bare.electrons:
        if section.potential is None and section.current is None:
            problems.add(where, "takes electrons from a metal; give the boundary its potential or current")
        if "standard_potential" not in given and not solid:
            problems.add(f"{where}: standard_potential", "missing; expected a potential such as '0.8 V'")
        if solid:
            problems.add(
                where,
                "takes electrons from a metal, but kind = 'gas' is a surface without one: declare e- or h+ as a species, or"
                " use kind = 'wall'",
            )
    elif "standard_potential" in given:
        problems.add(f"{where}: standard_potential", "no electrons take part, so it means nothing; remove it")
    if "equilibrium_constant" in given and (bare.electrons or solid):
        other = "standard_potential" if bare.electrons else "[[defect_equilibrium]]"
        problems.add(f"{where}: equilibrium_constant", f"follows from {other} here; remove it")
    if not bare.electrons and not solid and "equilibrium_constant" not in given:
        problems.add(f"{where}: equilibrium_constant", "missing; expected a number > 0 for activities in mol/L and bar")
    usable = ("rate_constant", "exchange_current", "exchange_rate") if bare.electrons else ("rate_constant", "exchange_rate")
    rates = [key for key in _RATES if key in given]
    if len(rates) != 1 or rates[0] not in usable:
        problems.add(where, f"expected one of {', '.join(usable)}, got {' and '.join(rates) or 'none'}")
    elif given["law"] == "affinity" and rates == ["rate_constant"] and not solid:
        problems.add(f"{where}: rate_constant", "law = 'affinity' has an exchange_current or exchange_rate instead")
    if "reference_concentration" in given and (
        "rate_constant" in given or solid or given["law"] != "mass-action"
    ):
        problems.add(
            f"{where}: reference_concentration",
            "says at which composition exchange_current or exchange_rate hold for law = 'mass-action'; remove it",
        )
    if isinstance(geometry, Geometry):
        region = regions[0 if name == "left" else -1]
        for item in sorted(set(bare.stoichiometry) & set(region.excluded_species)):
            problems.add(where, f"species {item!r} cannot enter region {region.name!r}, so it cannot react there")


def _with_rates(bare, document, section, law, name, chemistry, laws, regions, geometry, where, problems: Problems):
    if law.kind != "gas":
        return solution_reaction(bare, section.pressure)
    from npsolver.case.resolve_defects import next_to

    region = next_to(name, regions, laws, geometry, where, problems)
    if region is None or chemistry is None:
        return None
    if not _follows(bare, chemistry):
        equilibria = "; ".join(item.name for item in chemistry.equilibria)
        problems.add(f"{where}: equation", f"does not follow from [[defect_equilibrium]] ({equilibria})")
        return None
    inner = [
        item.name
        for entry, item in zip(document.defect_equilibrium, chemistry.equilibria, strict=True)
        if not item.gases and entry.everywhere is not False
    ]
    try:
        return gas_reaction(bare, section.pressure, chemistry, region, laws, inner)
    except (InputError, ConvergenceError) as error:
        problems.add(where, str(error))
        return None


def _follows(bare: SurfaceReaction, chemistry: DefectChemistry) -> bool:
    """Whether a reaction is a combination of the equilibria of a solid, so that it rests where they do."""
    import numpy as np

    names = [*chemistry.charge, *chemistry.gases]
    rows = np.array(
        [[float(item.defects.get(n, item.gases.get(n, 0.0))) for n in names] for item in chemistry.equilibria]
    )
    own = np.array([float(bare.stoichiometry.get(n, bare.gases.get(n, 0.0))) for n in names])
    found = np.linalg.lstsq(rows.T, own, rcond=None)[0]
    return bool(np.allclose(rows.T @ found, own))


def _check_whole(law: Boundary, section, reactions, charges, physics: str, location: str, problems: Problems) -> None:
    """What a boundary may hold besides its reactions."""
    for item in reactions:
        if set(item.stoichiometry) <= set(law.concentration):
            problems.add(
                f"{location}: reaction {item.name!r}",
                "every species that takes part is held at this boundary, so that its rate changes nothing; let one of"
                " them pass by the reaction only",
            )
    if physics == "electroneutral" and any(item.electrons for item in reactions):
        held = [name for name in law.concentration if charges.get(name)]
        if held:
            problems.add(
                f"{location}: concentration",
                f"holds {held[0]!r} at an electrode; for physics = 'electroneutral' ions pass by its reactions only",
            )
    if law.kind == "wall":
        used = {gas for item in reactions for gas in item.gases}
        for gas in section.pressure:
            if gas not in used:
                problems.add(f"{location}: pressure", f"no reaction of this boundary contains {gas!r}")
