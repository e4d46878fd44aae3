"""From a file to a Case: read, override, check the schema, resolve, check the whole.

Cases without a mesh (``[case] kind``) go to `npsolver.case.kinds`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from npsolver.case.case import Case
from npsolver.case.dimension import dimension_of
from npsolver.case.keys import SIDES
from npsolver.case.problems import Problems
from npsolver.case.quantities import KINDS, QuantityError, parse_quantity, restated
from npsolver.case.toml import parse, read_text
from npsolver.mesh.coordinates import measure

if TYPE_CHECKING:
    from npsolver.case.kinds import LawCase


def load(path: str | Path, overrides: Mapping[str, object] | None = None) -> Case | LawCase:
    """Load and check a case file.

    Parameters
    ----------
    path : str or Path
    overrides : mapping of str to object, optional
        Values by dotted key, e.g. ``{"boundary.left.potential": "0.1 V", "species.K+.diffusivity": 2e-9}``.

    Raises
    ------
    InputError
        One message that names the file and every key at fault.
    """
    return loads(read_text(path), str(path), overrides)


def loads(text: str, path: str = "", overrides: Mapping[str, object] | None = None) -> Case | LawCase:
    """Load and check the text of a case; `path` names it in messages."""
    return from_document(parse(text, path or "case"), path, overrides)


def from_document(raw: dict, path: str = "", overrides: Mapping[str, object] | None = None) -> Case | LawCase:
    """Load and check a case given as the dict that its TOML file would be."""
    file = path or "case"
    problems = Problems(file)
    changes = overrides or {}
    if changes and "input" in raw:
        from npsolver.case.kinds.load import with_input_units

        changes = with_input_units(raw, changes)
    if not overrides:
        raw = copy.deepcopy(raw)
    else:
        from npsolver.case.overrides import apply_overrides

        raw = apply_overrides(raw, changes, problems)
        problems.note = " (with " + ", ".join(f"{key} = {value}" for key, value in overrides.items())[:200] + ")"
    problems.raise_if_any()
    if isinstance(raw.get("case"), dict) and "kind" in raw["case"]:
        from npsolver.case.kinds.load import TRANSPORT, kind_of, law_case, without_kind

        kind = kind_of(raw, problems)
        problems.raise_if_any()
        if kind != TRANSPORT:
            return law_case(raw, kind, path, problems)
        raw = without_kind(raw)
    if "study" in raw:
        problems.add("study", "this is a study, many members of a case; run it with 'npsolver sweep'")
        problems.raise_if_any()
    raw = _with_sides(raw, problems)
    if "onsager" in raw or "activity" in raw:
        from npsolver.case.csv_tables import with_tables

        raw = with_tables(raw, problems)
        problems.raise_if_any()
    document = _validated(raw, problems)
    problems.raise_if_any()
    case = _resolved(document, problems)
    problems.raise_if_any()
    if case.solve.kind == "sweep" and case.solve.parameter not in (overrides or {}):  # a member needs no trial
        _try_sweep(case, raw, problems)
        problems.raise_if_any()
    mesh_sha256 = ""
    if document.geometry.mesh is not None:
        from npsolver.case.resolve_domain import read_mesh

        _, mesh_sha256 = read_mesh(document.geometry, problems.file)
    activity = tuple(section.dump(exclude_defaults=True) for section in document.activity)
    return replace(case, path=path, document=raw, activity=activity, mesh_sha256=mesh_sha256)


def _with_sides(raw: dict, problems: Problems) -> dict:
    """`inner` and `outer` replaced by `left` and `right` wherever a side is named, in one dimension."""
    raw = dict(raw)
    if dimension_of(raw.get("geometry")) != 1:
        return raw
    boundary = raw.get("boundary")
    if isinstance(boundary, dict):
        for alias, side in SIDES.items():
            if alias in boundary and side in boundary:
                problems.add(
                    f"boundary {alias}", f"is the same end as {side}, which is given too; expected one of them"
                )
        raw["boundary"] = {SIDES.get(name, name): value for name, value in boundary.items()}
    observables = raw.get("observable")
    if isinstance(observables, list):
        raw["observable"] = [
            item | {"boundary": SIDES.get(item["boundary"], item["boundary"])}
            if isinstance(item, dict) and isinstance(item.get("boundary"), str)
            else item
            for item in observables
        ]
    expects = raw.get("expect")
    if isinstance(expects, list):
        regions = _region_names(raw)
        raw["expect"] = [_expect_sides(item, regions) if isinstance(item, dict) else item for item in expects]
    solve = raw.get("solve")
    if isinstance(solve, dict):
        raw["solve"] = _solve_sides(solve)
    return raw


def _region_names(raw: dict) -> set[str]:
    geometry = raw.get("geometry")
    regions = geometry.get("region") if isinstance(geometry, dict) else None
    if not isinstance(regions, list):
        return set()
    return {item["name"] for item in regions if isinstance(item, dict) and isinstance(item.get("name"), str)}


def _expect_sides(item: dict, regions: set[str]) -> dict:
    import re

    changed = dict(item)
    for key in ("observable", "reference"):
        if isinstance(item.get(key), str):
            for alias in set(SIDES) - regions:
                changed[key] = re.sub(rf"([\[(,]\s*){alias}(?=\s*[\]),])", rf"\1{SIDES[alias]}", changed[key])
    return changed


def _solve_sides(solve: dict) -> dict:
    def renamed(key: object) -> object:
        if isinstance(key, str):
            for alias, side in SIDES.items():
                if key.startswith(f"boundary.{alias}."):
                    return f"boundary.{side}." + key.removeprefix(f"boundary.{alias}.")
        return key

    solve = dict(solve)
    if "parameter" in solve:
        solve["parameter"] = renamed(solve["parameter"])
    if isinstance(solve.get("event"), list):
        solve["event"] = [
            item | {"set": {renamed(key): value for key, value in item["set"].items()}}
            if isinstance(item, dict) and isinstance(item.get("set"), dict)
            else item
            for item in solve["event"]
        ]
    return solve


def _validated(raw: dict, problems: Problems):
    """The schema applied; None after a report."""
    from npsolver.case.schema import CaseDocument

    context = _context(raw)
    document = CaseDocument.converted(raw, context)
    if document is None:
        from npsolver.case.messages import report

        report(CaseDocument, raw, context, problems)
    return document


def _context(raw: dict) -> dict:
    """What the units of other keys depend on. Values that are wrong are reported by the schema."""
    context = {"coordinates": "cartesian", "temperature": 298.15}
    geometry, model = raw.get("geometry"), raw.get("model")
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    dimension = dimension_of(geometry)
    if coordinates in ("cylindrical", "spherical"):
        context["coordinates"] = coordinates
    elif dimension != 1:
        known = coordinates if coordinates == "axisymmetric" else "cartesian"
        context["coordinates"] = measure(known, dimension or 2)
    if isinstance(model, dict) and "temperature" in model:
        try:
            context["temperature"] = parse_quantity(model["temperature"], KINDS["temperature"])
        except QuantityError:
            return context  # the schema reports the same
    return context


def _resolved(document, problems: Problems) -> Case | None:
    """A Case without path and hash; None after a report."""
    from npsolver.case.resolve_model import resolve_model
    from npsolver.case.resolve_observables import resolve_expects, resolve_observables
    from npsolver.case.resolve_solve import resolve_solve
    from npsolver.case.resolve_start import resolve_initial, resolve_mesh, resolve_output
    from npsolver.case.wellposed import check_wellposed

    model, geometry, names, sources = resolve_model(document, problems)
    mesh = resolve_mesh(document, geometry, problems)
    if model is None or geometry is None:
        return None
    initial = resolve_initial(document, model, geometry, names, problems)
    solve = resolve_solve(document, model, geometry, names, problems)
    observables = resolve_observables(document, model, geometry, names, problems)
    expects = resolve_expects(document, model, geometry, solve, observables, names, problems)
    if not len(problems):
        check_wellposed(model, geometry, initial, solve, problems)
    return Case(
        title=document.case.title,
        description=document.case.description,
        source=document.case.source,
        model=model,
        geometry=geometry,
        mesh=mesh,
        initial=initial,
        solve=solve,
        output=resolve_output(document, geometry, problems),
        observables=observables,
        expects=expects,
        species_sources=sources,
    )


def _try_sweep(case: Case, raw: dict, problems: Problems) -> None:
    """Check the case at the ends of the sweep and at its extreme values, so that it does not stop half way."""
    from npsolver.errors import InputError

    values = case.solve.values
    path = problems.file if case.geometry.dimension > 1 else ""  # mesh files lie beside the case file
    steady = {name: section for name, section in raw.items() if name not in ("solve", "expect")}
    for value in dict.fromkeys((values[0], values[-1], min(values), max(values))):
        try:
            from_document(steady, path, {case.solve.parameter: restated(value, case.solve.unit)})
        except InputError as error:
            where = f"{error.key}: " if error.key else ""
            message = error.message.split(" (with ")[0].splitlines()[0].removeprefix(f"{path or 'case'}: ")
            problems.add(f"solve: values: {case.solve.parameter} = {value:g}", where + message)
            return
