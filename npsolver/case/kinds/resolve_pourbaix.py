"""From the sections of a file to a table of compounds, conditions, films and surface states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from npsolver.case.kinds.resolve_cell import reported_at
from npsolver.case.problems import Problems, listed, nearest
from npsolver.equilibrium.pourbaix import (
    Compound,
    CompoundTable,
    Conditions,
    SolutionPhase,
    SurfaceState,
    coverage_states,
    standard_table,
)

MAX_POINTS = 25_000_000
_ONLY = {
    "alloy": ("film", "alloy"),
    "surface": ("surface", "state"),
}
_PROBES = {
    "elements": ("stable", "excess_energy", "energy"),
    "alloy": ("stable", "amount", "fraction", "retained", "dissolved"),
    "surface": ("stable", "energy"),
}
_NEEDS = {
    "stable": ("compound",),
    "excess_energy": ("compound",),
    "dissolved": ("compound",),
    "amount": ("phase",),
    "fraction": ("phase", "element"),
}


@dataclass(frozen=True)
class PourbaixSpec:
    """What is drawn, with the arguments of the functions of `npsolver.equilibrium.pourbaix`.

    Attributes
    ----------
    type : str
        ``"elements"``, ``"alloy"`` or ``"surface"``.
    composition : dict of str to float
    options : dict
        Keyword arguments that all types share or that the type takes.
    probes : tuple
        What is read from the diagram.
    """

    type: str
    composition: Mapping[str, float]
    options: dict
    probes: tuple
    frames: str = field(default="steady", init=False)

    def effective(self, document: dict) -> dict:
        """The schema knows all units of these sections."""
        return {"diagram": document["diagram"] | {"points": list(self.options["points"])}}


def resolve_pourbaix(document, problems: Problems, path: str = "") -> PourbaixSpec | None:
    """The spec, or None after a report."""
    section = document.diagram
    for kind, keys in _ONLY.items():
        for key in keys:
            if section.type != kind and getattr(document, key):
                problems.add(key, f"is for type = {kind!r}, but type = {section.type!r}")
    _check_axes(section, problems)
    _check_probes(document, problems)
    composition = _composition(section, problems)
    options = _options(document, problems)
    if section.type == "surface":
        options |= _surface(document, problems)
    else:
        options |= _candidates(document, problems)
    if section.type == "alloy":
        options |= _films(document, problems)
    if len(problems):
        return None
    return PourbaixSpec(section.type, composition, options, tuple(document.probe))


def _check_axes(section, problems: Problems) -> None:
    for key in ("ph", "potential"):
        ends = getattr(section, key)
        if len(ends) != 2 or not ends[1] > ends[0]:
            problems.add(f"diagram: {key}", f"expected two increasing ends such as [0, 14], got {list(ends)}")
    if section.points is not None:
        if len(section.points) != 2 or min(section.points) < 2:
            problems.add("diagram: points", "expected two numbers of points >= 2, such as [400, 400]")
        elif section.points[0] * section.points[1] > MAX_POINTS:
            problems.add("diagram: points", f"expected at most {MAX_POINTS} points in all")


def _check_probes(document, problems: Problems) -> None:
    names, section = set(), document.diagram
    for item in document.probe:
        here = f"probe {item.name!r}"
        if item.name in names:
            problems.add(here, "is defined twice")
        names.add(item.name)
        valid = _PROBES[section.type]
        if item.kind not in valid:
            problems.add(f"{here}: kind", f"{item.kind!r} is not for type = {section.type!r} (valid: {listed(valid)})")
        for key in _NEEDS.get(item.kind, ()):
            if getattr(item, key) is None:
                problems.add(f"{here}: {key}", f"missing; kind = {item.kind!r} needs it")
        for key, value in (("ph", item.ph), ("potential", item.potential)):
            ends = getattr(section, key)
            if len(ends) == 2 and not ends[0] <= value <= ends[1]:
                problems.add(f"{here}: {key}", f"{value:g} lies outside of the diagram, {ends[0]:g} to {ends[1]:g}")


def _composition(section, problems: Problems) -> dict[str, float]:
    if section.type == "surface":
        if section.elements or section.composition:
            problems.add("diagram: elements", "a surface has states instead")
        return {}
    if bool(section.elements) == bool(section.composition):
        problems.add("diagram", 'expected either elements = ["Fe"] or composition = { Fe = 0.7, Cr = 0.3 }')
        return {}
    composition = dict(section.composition) or dict.fromkeys(section.elements, 1.0)
    for element in composition:
        if element in ("H", "O"):
            problems.add("diagram: elements", f"{element} is set by pH, potential and water; leave it out")
        elif not (element.isalpha() and element[:1].isupper() and len(element) <= 2):
            problems.add("diagram: elements", f"expected symbols of elements such as 'Fe', got {element!r}")
    return composition


def _options(document, problems: Problems) -> dict:
    section = document.diagram
    keys = ("concentration", "activity", "fugacity", "water_activity", "count_atoms")
    with reported_at("diagram", problems):
        conditions = Conditions(document.model.temperature, **{key: getattr(section, key) for key in keys})
        points = section.points or ([200, 200] if section.type == "alloy" else [400, 400])
        return {
            "conditions": conditions,
            "ph": tuple(section.ph),
            "potential": tuple(section.potential),
            "points": tuple(points),
        }
    return {}


def _candidates(document, problems: Problems) -> dict:
    """Table, candidates and what is left out."""
    section, added = document.diagram, []
    for item in document.compound:
        with reported_at(f"compound {item.name!r}", problems):
            added.append(
                Compound.from_formula(
                    item.name, item.gibbs_energy, phase=item.phase, entropy=item.entropy, source=item.source
                )
            )
    twice = {c.name for c in added if sum(other.name == c.name for other in added) > 1}
    for name in sorted(twice):
        problems.add(f"compound {name!r}", "is defined twice")
    if twice:
        return {}
    with reported_at("table", problems):
        if document.table.standard:
            if document.table.water_gibbs_energy is not None:
                problems.add("table: water_gibbs_energy", "is for standard = false: the shipped table has its own")
            table = standard_table().extended(added)
        else:
            table = CompoundTable(added, water_gibbs_energy=document.table.water_gibbs_energy)
        for key in ("compounds", "exclude", "activity", "fugacity"):
            for name in getattr(section, key) or ():
                with reported_at(f"diagram: {key}", problems):
                    if name not in table:
                        hint = nearest(name, [c.name for c in table])
                        problems.add(f"diagram: {key}", f"the table has no {name!r}{hint}")
        return {
            "table": table,
            "compounds": section.compounds,
            "exclude": tuple(section.exclude),
            "missing_entropy": section.missing_entropy,
        }
    return {}


def _films(document, problems: Problems) -> dict:
    films = [_phase(item, f"film {item.name!r}", problems) for item in document.film]
    alloy = _phase(document.alloy, "alloy", problems) if document.alloy else None
    return {"films": films or None, "alloy": alloy}


def _phase(item, here: str, problems: Problems) -> SolutionPhase | None:
    with reported_at(here, problems):
        return SolutionPhase(item.name, tuple(item.members), {tuple(one.pair): one.energy for one in item.interaction})
    return None


def _surface(document, problems: Problems) -> dict:
    section = document.surface
    if section is None:
        problems.add("surface", "missing; expected a section [surface] with the area of the cell")
        return {}
    if not document.state:
        problems.add("state", 'missing; expected [[state]] name = "O*", gibbs_energy = "2.5 eV", oxygen = 1')
    states = []
    for item in document.state:
        with reported_at(f"state {item.name!r}", problems):
            states.append(SurfaceState(item.name, item.gibbs_energy, item.oxygen, item.hydrogen, item.ions))
    if len(problems):
        return {}
    with reported_at("surface", problems):
        if section.coverage_levels is not None:
            states = coverage_states(
                states,
                section.coverage_levels,
                sites=section.sites,
                interactions={tuple(one.pair): one.energy for one in section.interaction},
                temperature=document.model.temperature if section.mixing else None,
            )
        return {"states": states, "area": section.area, "clean": section.clean}
    return {}
