"""Whether the compositions that a case names lie where its Onsager coefficients are known."""

from __future__ import annotations

import numpy as np

from npsolver.case.problems import Problems
from npsolver.errors import InputError
from npsolver.model import Coupling, Friction, Region, Species, check_onsager

# relative, of a composition at one end of the table
ROUNDING = 1e-9
# of compositions of a case, at which friction with negative diffusivities is tried
MIXTURES = 300


def check_range(
    document, coupling: Coupling, species: tuple[Species, ...], regions: tuple[Region, ...], names, problems: Problems
) -> None:
    """Report baths and initial states whose measure of composition lies outside of the table.

    States in between may leave it during a run (a depleted electrode, a charged wall); the ends of the table hold there, and
    a warning says so. A bath beside a region of fixed charge or with partition is another composition than that inside.
    """
    compositions = list(_compositions(document, species, regions, names))
    for table in {id(table): table for table in (coupling, *coupling.regions.values())}.values():
        if table.law is not None and not table.law.is_certain:
            _check_between(table, [given for _, given, _ in compositions if any(given.values())], species, problems)
    for place, given, inside in compositions:
        tables = {id(table): table for table in (coupling.within(region.name) for region in inside)}
        if all(_beyond(table, given, species) is not None for table in tables.values()):
            for table in list(tables.values())[:1]:
                problems.add(
                    f"{place}: concentration",
                    f"composition {_beyond(table, given, species):g} mol/m^3 ({table.measure}) is outside of the coefficients"
                    f" of [onsager], which are known from {table.composition[0]:g} to {table.composition[-1]:g} mol/m^3;"
                    " give data that reach further",
                )
        for table in list(tables.values())[:1]:
            _check_absent(table, given, species, place, document.solve.kind, problems)


def _check_absent(table: Coupling, given: dict[str, float], species, place: str, kind: str, problems: Problems) -> None:
    """Report species that are absent where their coefficients with others matter.

    Towards zero sqrt(c_i c_j) grad mu_j has no derivative, and no limit unless Lambda_ij vanishes with c_j: a transient
    cannot start there, and a bath without one species of a coupled pair would be met with the first order of the mesh only.
    """
    names = [item.name for item in species]
    driving = table.matrices.any(axis=0) & ~np.eye(len(names), dtype=bool)
    if isinstance(table.law, Friction):
        driving[np.ix_(table.law.members, table.law.members)] = True
        np.fill_diagonal(driving, False)
    starts = place.startswith("initial")
    for j, name in enumerate(names):
        beside = [other for other, drives in zip(names, driving[j]) if drives and (starts or given.get(other))]
        if given.get(name) == 0.0 and beside and (kind == "transient" or not starts):
            problems.add(
                f"{place}: concentration: {name!r}",
                f"is 0, where fluxes coupled with {beside[0]} have no derivative; give a trace such as '1 nM', and"
                " coefficients that vanish with it",
            )


def _check_between(table: Coupling, given: list[dict[str, float]], species, problems: Problems) -> None:
    """Report the first of many mixtures of the given compositions and the solvent at which coefficients are not positive."""
    corners = np.array([[own.get(item.name, 0.0) for item in species] for own in given] + [[0.0] * len(species)])
    shares = np.random.default_rng(0).dirichlet(np.full(len(corners), 0.5), MIXTURES)
    points = np.concatenate([corners[:-1], shares @ corners])
    for point, matrix in zip(points, table.at(points)):
        where = ", ".join(f"{item.name} = {value:.4g}" for item, value in zip(species, point.tolist()))
        try:
            check_onsager(matrix, table.names, f" at {where} mol/m^3")
        except InputError as error:
            problems.add("onsager", error.message)
            return


def _beyond(table: Coupling, given: dict[str, float], species: tuple[Species, ...]) -> float | None:
    """The measure of a composition if it is outside of a table; None if it is not, or not known."""
    points = table.composition
    if len(points) == 1 or not all(w == 0.0 or item.name in given for w, item in zip(table.weights, species)):
        return None
    s = float(table.weights @ np.array([given.get(item.name, 0.0) for item in species]))
    return None if points[0] - ROUNDING * points[-1] <= s <= points[-1] * (1.0 + ROUNDING) else s


def _compositions(document, species: tuple[Species, ...], regions: tuple[Region, ...], names):
    """Places, what is known of their concentrations (mol/m³ by species), and the regions where they hold."""
    plain = [region for region in regions if region.fixed_charge == 0.0 and not any(region.standard_potential.values())]
    beside = {"left": regions[0], "right": regions[-1]} if not document.boundary.named else {}
    ends = {"left": document.boundary.left, "right": document.boundary.right, **document.boundary.named}
    charge = {item.name: item.charge for item in species}
    for name, section in ends.items():
        if section is None:
            continue
        given = _known(section.concentration, names)
        if section.balance is not None and (ion := names.spelling(section.balance)) in charge and charge[ion]:
            given[ion] = -sum(charge.get(other, 0.0) * c for other, c in given.items()) / charge[ion]
        yield f"boundary: {name}", given, [region for region in plain if beside.get(name, region) is region]
    yield "initial", _known(document.initial.concentration, names), regions
    for name, section in document.initial.region.items():
        inside = [region for region in regions if region.name == name]
        yield f"initial: region {name!r}", _known(section.concentration, names), inside


def _known(values, names) -> dict[str, float]:
    """Concentrations that are numbers; profiles are not known here."""
    return {names.spelling(name): value for name, value in values.items() if isinstance(value, float)}
