"""Species: names in any spelling, charges and diffusivities from the file or the library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from npsolver.case.names import canonical, split_name
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.species import BOILING, FREEZING, diffusivity_at, find, known_names
from npsolver.model import Species


class Names:
    """Species of a case by any spelling of their names.

    Parameters
    ----------
    declared : iterable of str
    problems : Problems
    """

    def __init__(self, declared: Iterable[str], problems: Problems):
        self.declared = tuple(dict.fromkeys(declared))
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
            hint = _effective_charge(section.name) or nearest(section.name, known_names())
            hint = f"{hint} Otherwise give" if hint else "; give"
            problems.add(location, f"is not in the species library{hint} its charge and diffusivity")
            return None
        return float(entry.charge)
    stated = float(entry.charge) if entry else split_name(section.name)[1]
    if entry is None and any(character.isdigit() for character in section.name.rstrip("+-")[-1:]):
        stated = None  # the digit may count atoms
    if stated is not None and stated != section.charge:
        problems.add(f"{location}: charge", f"expected {stated:+g} as the name says, got {section.charge:g}")
        return None
    return section.charge


def _effective_charge(name: str) -> str:
    """Hint for a name with the signs of effective charge of Kröger and Vink at its end."""
    formula = name.rstrip("•·˙.'′’/")
    number = len(name) - len(formula)
    if not formula or not number:
        return ""
    sign = "+" if name[-1] in "•·˙." else "-"
    wanted = formula + (f"^{number}{sign}" if number > 1 else sign)
    return f"; did you mean {wanted!r}?"


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
