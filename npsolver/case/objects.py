"""What must fit together in a case put together from objects; a case from a file has been through more than this."""

from __future__ import annotations

from npsolver.case.case import Case
from npsolver.case.problems import Problems, listed
from npsolver.case.resolve_boundaries import NEUTRALITY
from npsolver.case.wellposed import check_wellposed


def check_objects(case: Case) -> None:
    """InputError with everything that is wrong between model, geometry and what is to be solved."""
    model, geometry = case.model, case.geometry
    problems = Problems(case.path or case.title or "case")
    _same_names("region", [region.name for region in model.regions], geometry.region_names, problems)
    ends = geometry.boundary_names
    if geometry.dimension == 1:
        _same_names("boundary", list(model.boundaries), ends, problems)
    for name in set(model.boundaries) - set(ends):
        if geometry.dimension > 1:
            problems.add(f"boundary {name}", f"is no surface of the geometry (surfaces: {listed(ends)})")
    charges = {species.name: species.charge for species in model.species}
    for name, law in model.boundaries.items():
        if law.name != name:
            problems.add(f"boundary {name}", f"is called {law.name!r} in its own law; expected one name")
        unknown = [species for species in (*law.concentration, *law.flux) if species not in charges]
        if unknown:
            problems.add(f"boundary {name}", f"unknown species {unknown[0]!r} (species: {listed(charges)})")
        elif law.kind == "bath":
            _bath(name, law.concentration, charges, problems)
    problems.raise_if_any()
    if case.solve.kind == "transient" and case.solve.end_time is None:
        problems.add("solve: end_time", "missing; a transient needs one, in s")
    if case.solve.kind == "sweep" and not (case.solve.parameter and case.solve.values):
        problems.add("solve", "a sweep needs parameter, e.g. 'boundary.left.potential', and values in SI")
    check_wellposed(model, geometry, case.initial, case.solve, problems)
    problems.raise_if_any()


def _same_names(what: str, found: list[str], expected, problems: Problems) -> None:
    if sorted(found) != sorted(expected):
        problems.add(
            what, f"the geometry has {listed(expected)}, the model {listed(found) or 'none'}; expected the same names"
        )


def _bath(name: str, concentration, charges, problems: Problems) -> None:
    missing = [species for species in charges if species not in concentration]
    if missing:
        problems.add(f"boundary {name}: concentration", f"missing: {', '.join(missing)}; a bath holds every species")
        return
    net = sum(charges[species] * value for species, value in concentration.items())
    if abs(net) > NEUTRALITY * sum(abs(charges[species]) * value for species, value in concentration.items()):
        problems.add(
            f"boundary {name}: concentration", f"the bath carries a net charge, sum of z c = {net:+.6g} mol/m^3"
        )
