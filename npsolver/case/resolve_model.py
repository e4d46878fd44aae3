"""From checked sections to the Model: names resolved, library values filled in, each section sound by itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from npsolver.case.names import canonical, split_name
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.resolve_reaction import resolve_reactions
from npsolver.case.species import BOILING, FREEZING, diffusivity_at, find, known_names
from npsolver.mesh.geometry import Geometry
from npsolver.model import Boundary, Model, Region, Species
from npsolver.units import GAS_CONSTANT, VACUUM_PERMITTIVITY

NEUTRALITY = 1e-9  # net charge of a bath relative to the sum of |z| c


class Names:
    """Species of a case by any spelling of their names.

    Parameters
    ----------
    declared : iterable of str
    problems : Problems
    """

    def __init__(self, declared: Iterable[str], problems: Problems):
        self.declared = tuple(declared)
        self._by_spelling = {canonical(name): name for name in reversed(self.declared)}
        self._problems = problems

    def resolve(self, name: str, location: str) -> str | None:
        """The declared name, or None after reporting that there is none."""
        found = self._by_spelling.get(canonical(name))
        if found is None:
            hint = nearest(name, self.declared)
            if not hint and find(name) is not None:
                hint = f'; add [[species]] name = "{name}"'
            self._problems.add(location, f"unknown species {name!r}{hint} (species: {listed(self.declared)})")
        return found

    def spelling(self, name: str) -> str:
        """The declared name of a species, or `name` itself where it is none."""
        return self._by_spelling.get(canonical(name), name)

    def mapping(self, values: Mapping[str, object], location: str) -> dict[str, object]:
        """`values` with declared names as keys."""
        result: dict[str, object] = {}
        for name, value in values.items():
            found = self.resolve(name, location)
            if found is None:
                continue
            if found in result:
                self._problems.add(location, f"species {found!r} is given twice")
            result[found] = value
        return result


def resolve_species(document, problems: Problems) -> tuple[tuple[Species, ...], dict[str, str]]:
    """Species with charge and diffusivity, and the sources of what the library supplied."""
    species, sources, seen = [], {}, {}
    for section in document.species:
        location = f"species {section.name!r}"
        key = canonical(section.name)
        if key in seen:
            same = "" if seen[key] == section.name else f" as {seen[key]!r}, which is the same species"
            problems.add(location, f"is defined twice{same}")
            continue
        seen[key] = section.name
        entry = find(section.name)
        charge = _charge(section, entry, location, problems)
        diffusivity = _diffusivity(section, entry, document.model, location, problems)
        if entry is not None and (section.charge is None or section.diffusivity is None):
            sources[section.name] = _source(section, entry, document.model)
        if charge is not None and diffusivity is not None:
            species.append(Species(section.name, charge, diffusivity))
    return tuple(species), sources


def _charge(section, entry, location: str, problems: Problems) -> float | None:
    if section.charge is None:
        if entry is None:
            hint = nearest(section.name, known_names())
            problems.add(location, f"is not in the species library{hint}; or give its charge and diffusivity")
            return None
        return float(entry.charge)
    stated = float(entry.charge) if entry else split_name(section.name)[1]
    if entry is None and any(character.isdigit() for character in section.name.rstrip("+-")[-1:]):
        stated = None  # the digit may count atoms
    if stated is not None and stated != section.charge:
        problems.add(f"{location}: charge", f"expected {stated:+g} as the name says, got {section.charge:g}")
        return None
    return section.charge


def _diffusivity(section, entry, model, location: str, problems: Problems) -> float | None:
    if section.diffusivity is not None:
        return section.diffusivity
    if entry is None:
        if section.charge is not None:
            problems.add(f"{location}: diffusivity", "missing; the species is not in the species library")
        return None
    if entry.diffusivity is None:
        problems.add(
            f"{location}: diffusivity",
            "missing; the library knows the charge of this defect, its diffusivity depends on the solid",
        )
        return None
    if model.diffusivity_temperature == "none":
        return entry.diffusivity
    if not FREEZING <= model.temperature <= BOILING:
        problems.add(
            f"{location}: diffusivity",
            f"missing; the library holds values for liquid water, 273.15 to 373.15 K, not {model.temperature:g} K",
        )
        return None
    return diffusivity_at(entry.diffusivity, model.temperature)


def _source(section, entry, model) -> str:
    if section.diffusivity is not None:
        return f"charge: {entry.source}"
    scaled = model.diffusivity_temperature == "viscosity" and model.temperature != 298.15
    return entry.source + (f"; from 298.15 K to {model.temperature:g} K with T/viscosity of water" if scaled else "")


def resolve_geometry(document, problems: Problems) -> Geometry | None:
    """Lengths and names of the layers."""
    section = document.geometry
    names = [region.name for region in section.region]
    duplicates = sorted({name for name in names if names.count(name) > 1})
    for name in duplicates:
        problems.add(f"geometry: region {name!r}", f"is defined {names.count(name)} times; names must differ")
    if section.coordinates == "cartesian" and section.inner_radius > 0.0:
        problems.add(
            "geometry: inner_radius", "is for cylindrical and spherical coordinates, but coordinates = 'cartesian'"
        )
    if duplicates:
        return None
    regions = tuple((region.name, region.length) for region in section.region)
    return Geometry(section.coordinates, regions, section.inner_radius)


def resolve_regions(document, names: Names, problems: Problems) -> tuple[Region, ...]:
    """Materials, partition coefficients turned into standard potentials."""
    thermal = GAS_CONSTANT * document.model.temperature
    regions = []
    for section in document.geometry.region:
        location = f"geometry: region {section.name!r}"
        partition = names.mapping(section.partition, f"{location}: partition")
        standard = names.mapping(section.standard_potential, f"{location}: standard_potential")
        for name in sorted(set(partition) & set(standard)):
            problems.add(location, f"species {name!r} has both a partition and a standard_potential; expected one")
        standard |= {name: -thermal * math.log(value) for name, value in partition.items()}
        found = [names.resolve(name, f"{location}: excluded_species") for name in section.excluded_species]
        excluded = frozenset(name for name in found if name)
        for name in sorted(excluded & set(standard)):
            problems.add(location, f"species {name!r} is excluded, so it can have no partition or standard_potential")
        regions.append(
            Region(
                name=section.name,
                relative_permittivity=section.relative_permittivity,
                porosity=section.porosity,
                tortuosity=section.tortuosity,
                fixed_charge=section.fixed_charge,
                standard_potential=standard,
                excluded_species=excluded,
                diffusivity=names.mapping(section.diffusivity, f"{location}: diffusivity"),
            )
        )
    if regions and names.declared:
        for name in names.declared:
            if all(name in region.excluded_species for region in regions):
                problems.add(f"species {name!r}", "is excluded from every region; remove it or let it enter one")
    return tuple(regions)


def resolve_boundaries(document, geometry: Geometry | None, species, names: Names, problems: Problems) -> dict:
    """Boundary conditions by name, each sound by itself."""
    expected = geometry.boundary_names if geometry else ("left", "right")
    charges = {item.name: item.charge for item in species}
    boundaries = {}
    for side in ("left", "right"):
        section = getattr(document.boundary, side)
        if side not in expected:
            if section is not None:
                problems.add(
                    f"boundary {side}", "is the axis or centre (inner_radius = 0), which takes no conditions; remove it"
                )
            continue
        if section is None:
            problems.add(f"boundary {side}", f"missing; expected [boundary.{side}] with kind = 'bath' or 'wall'")
            continue
        boundaries[side] = _boundary(side, section, charges, names, problems)
    return boundaries


def _boundary(side: str, section, charges: Mapping[str, float], names: Names, problems: Problems) -> Boundary:
    location = f"boundary {side}"
    concentration = names.mapping(section.concentration, f"{location}: concentration")
    flux = names.mapping(section.flux, f"{location}: flux")
    electric = [key for key in ("potential", "current", "surface_charge") if getattr(section, key) is not None]
    if len(electric) > 1:
        problems.add(location, f"{' and '.join(electric)} cannot both be given; expected at most one of them")
    if section.kind == "bath":
        _check_bath(section, location, concentration, charges, names, problems)
    else:
        if section.balance is not None:
            problems.add(f"{location}: balance", "is for a bath, but kind = 'wall'")
        for name in sorted(set(concentration) & set(flux)):
            problems.add(location, f"species {name!r} has both a concentration and a flux; expected one")
    return Boundary(
        name=side,
        kind=section.kind,
        concentration=concentration,
        flux=flux,
        potential=section.potential,
        current=section.current,
        surface_charge=section.surface_charge,
        stern_capacitance=_stern(section, location, problems),
    )


def _check_bath(section, location: str, concentration: dict, charges: Mapping[str, float], names: Names, problems):
    """Every species present, no net charge; fills in the ion named by `balance`."""
    for key in ("flux", "surface_charge", "stern"):
        if getattr(section, key):
            problems.add(f"{location}: {key}", "is for a wall, but kind = 'bath'")
    balance = None
    if section.balance is not None:
        balance = names.resolve(section.balance, f"{location}: balance")
        if balance is None:
            return
        if balance in concentration:
            problems.add(
                f"{location}: balance", f"species {balance!r} has a concentration already; expected one of them"
            )
            return
        if charges.get(balance) == 0.0:
            problems.add(f"{location}: balance", f"species {balance!r} has no charge; expected an ion")
            return
    missing = [name for name in names.declared if name not in concentration and name != balance]
    if missing:
        problems.add(
            f"{location}: concentration",
            f'a bath holds every species; missing: {", ".join(missing)} (write "{missing[0]}" = 0 if there is none)',
        )
        return
    if set(concentration) | {balance} - {None} != set(charges):
        return  # a species is unsound, which has been reported
    net = math.fsum(charges[name] * value for name, value in concentration.items())
    if balance is not None:
        value = -net / charges[balance]
        if value < 0.0:
            problems.add(
                f"{location}: balance",
                f"{balance!r} cannot balance a net charge of {net:+.6g} mol/m^3, it has the same sign; name another ion",
            )
            return
        concentration[balance] = value + 0.0
        return
    total = math.fsum(abs(charges[name]) * value for name, value in concentration.items())
    if abs(net) > NEUTRALITY * total:
        problems.add(f"{location}: concentration", _charged_bath(net, concentration, charges))


def _charged_bath(net: float, concentration: Mapping[str, float], charges: Mapping[str, float]) -> str:
    fixes = {
        name: concentration[name] - net / charge
        for name, charge in charges.items()
        if charge != 0.0 and concentration[name] - net / charge >= 0.0
    }
    message = f"the bath carries a net charge, sum of z c = {net:+.6g} mol/m^3; expected 0"
    if fixes:
        name = max(fixes, key=lambda item: abs(charges[item]) * fixes[item])
        message += f', e.g. "{name}" = {fixes[name]:.10g} (mol/m^3), or leave it out and write balance = "{name}"'
    return message


def _stern(section, location: str, problems: Problems) -> float | None:
    stern = section.stern
    if stern is None:
        return None
    location = f"{location}: stern"
    if section.potential is None and section.current is None:
        problems.add(location, "needs the electrode's potential or current")
    if stern.capacitance is not None:
        if stern.thickness is not None or stern.relative_permittivity is not None:
            problems.add(location, "expected either capacitance, or thickness and relative_permittivity")
        return stern.capacitance
    if stern.thickness is None or stern.relative_permittivity is None:
        problems.add(location, "expected thickness and relative_permittivity, or capacitance")
        return None
    return VACUUM_PERMITTIVITY * stern.relative_permittivity / stern.thickness


def resolve_model(document, problems: Problems) -> tuple[Model | None, Geometry | None, Names, dict[str, str]]:
    """The Model and the Geometry; None where an earlier problem leaves nothing to build."""
    species, sources = resolve_species(document, problems)
    names = Names([section.name for section in document.species], problems)
    geometry = resolve_geometry(document, problems)
    regions = resolve_regions(document, names, problems)
    boundaries = resolve_boundaries(document, geometry, species, names, problems)
    reactions = resolve_reactions(document, species, names, problems)
    if len(problems):
        return None, geometry, names, sources
    model = Model(
        species=species,
        regions=regions,
        boundaries=boundaries,
        temperature=document.model.temperature,
        physics=document.model.physics,
        reactions=reactions,
        velocity=document.convection.velocity,
    )
    return model, geometry, names, sources
