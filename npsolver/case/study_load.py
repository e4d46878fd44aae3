"""Reads and checks study files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from npsolver.case.case import Case
from npsolver.case.formula import Formula, FormulaError
from npsolver.case.load import from_document
from npsolver.case.overrides import apply_overrides
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.quantities import shown
from npsolver.case.resolve_observables import standard_observables
from npsolver.case.study import PLACEHOLDER, Study
from npsolver.case.study_axes import key_kind, read_blocks
from npsolver.case.toml import parse, read_text

SECTIONS = {
    "study": (
        *("title", "description", "source", "case", "design", "samples", "seed", "constraints"),
        *("observables", "fields", "warm_start"),
    ),
    "axis": None,
    "derived": None,
    "set": None,
}
WARM = ("auto", "always", "never")


def load_study(path: str | Path) -> Study:
    """Load and check a study file.

    Raises
    ------
    InputError
        One message that names the file and every key at fault.
    """
    raw = parse(read_text(path), str(path))
    folder = Path(path).parent
    study = raw.get("study")
    problems = Problems(str(path))
    if not isinstance(study, dict) or not isinstance(study.get("case"), str):
        problems.add("study", 'expected [study] with case = "the-base-case.toml"; is this a study file?')
        problems.raise_if_any()
    base = parse(read_text(folder / study["case"]), str(folder / study["case"]))
    return study_from_document({**raw, "base": base}, str(path), folder)


def study_from_document(document: Mapping, path: str = "", folder: str | Path = ".") -> Study:
    """Check a study given as dict, with its base case under ``base``.

    Parameters
    ----------
    document : mapping
    path : str
        Names it in messages.
    folder : path
        Where CSV files are looked for.
    """
    raw = {name: section for name, section in document.items() if name not in ("base", "csv")}
    problems = Problems(path or "study")
    base = from_document(document["base"], _base_path(raw, folder))
    if not isinstance(base, Case):
        problems.add(
            "study: case",
            f"{base.path} is a case of kind {base.kind!r}, and studies vary transport cases; expected the variation in that"
            " file itself",
        )
        problems.raise_if_any()
    for name in sorted(set(raw) - set(SECTIONS)):
        problems.add("", f"unknown section [{name}]{nearest(name, SECTIONS)} (valid: {listed(SECTIONS)})")
    study = _table(raw, "study", problems)
    for key in sorted(set(study) - set(SECTIONS["study"])):
        valid = SECTIONS["study"]
        problems.add("study", f"unknown key {key!r}{nearest(key, valid)} (valid: {listed(valid, 20)})")
    if _varies_temperature(raw) and re.search(r"kT/e|k_?B\*?T/e|RT/F|R\*T/F", json.dumps(raw.get("axis", []))):
        problems.add("axis", "units such as kT/e have no fixed size while the temperature varies; give volts")
    texts = dict(document.get("csv", {}))
    blocks = read_blocks(raw, Path(folder), texts, base.geometry.measure, base.model.temperature, problems)
    problems.raise_if_any()
    known = [axis.name for block in blocks for axis in block.axes]
    derived = _derived(_table(raw, "derived", problems), known, base, problems)
    template = _table(raw, "set", problems)
    known += [name for name in derived if name.isidentifier()]
    _check_template(template, known, base, problems)
    _check_keys(blocks, derived, template, known, problems)
    constraints = _constraints(study.get("constraints", []), known, problems)
    _check_options(study, problems)
    problems.raise_if_any()
    result = Study(
        title=study.get("title", ""),
        description=study.get("description", ""),
        source=study.get("source", ""),
        path=path,
        base=base,
        blocks=tuple(blocks),
        derived=derived,
        template=template,
        constraints=constraints,
        observables=tuple(study.get("observables", ())),
        fields=study.get("fields", False),
        warm_start=study.get("warm_start", "auto"),
        document={**document, "csv": texts},
    )
    try:
        count = len(result)
    except FormulaError as error:
        problems.add("study: constraints", str(error))
        problems.raise_if_any()
    if not count:
        problems.add("study: constraints", "no member satisfies them")
        problems.raise_if_any()
    apply_overrides(base.document, result.member(0).overrides, absent := Problems(path))
    for location, message in absent:
        problems.add(location.replace("--set", "member 0:"), message)
    problems.raise_if_any()
    _check_observables(result, problems)
    problems.raise_if_any()
    return result


def _check_observables(study: Study, problems: Problems) -> None:
    """What is kept must be there, in the base case or, where members have other species and observables, in the first."""
    known, first = _observables(study.base), study.member(0)
    unknown = [name for name in study.observables if name not in known]
    if unknown:
        known = _observables(study.case(first))
    for name in [name for name in unknown if name not in known]:
        problems.add("study: observables", f"unknown observable {name!r}{nearest(name, known)} (there are: {listed(known)})")


def _observables(case: Case) -> list[str]:
    return [*standard_observables(case.model, case.geometry), *(item.name for item in case.observables)]


def _base_path(raw: Mapping, folder: str | Path) -> str:
    study = raw.get("study")
    name = study.get("case") if isinstance(study, dict) else None
    return str(Path(folder) / name) if isinstance(name, str) else "base case"


def _table(raw: Mapping, name: str, problems: Problems) -> dict:
    table = raw.get(name, {})
    if not isinstance(table, dict):
        problems.add(name, f"expected a section [{name}]")
        return {}
    return table


def _varies_temperature(raw: Mapping) -> bool:
    return "model.temperature" in json.dumps([raw.get("axis", []), raw.get("set", {}), raw.get("derived", {})])


def _derived(table: dict, known: list[str], base: Case, problems: Problems) -> dict[str, Formula]:
    """Formulas in order; each may use the axes and the names before it."""
    result, names = {}, list(known)
    for key, text in table.items():
        location = f"derived {key!r}"
        if key in known:
            problems.add(location, "is the name of an axis already")
            continue
        try:
            if not key.isidentifier():
                key_kind(key, base.geometry.measure)
            formula = Formula(text if isinstance(text, str) else repr(text))
            formula.check_names(names)
        except ValueError as error:
            problems.add(location, str(error))
            continue
        result[key] = formula
        if key.isidentifier():
            names.append(key)
    return result


def _constraints(entries: object, known: list[str], problems: Problems) -> tuple[Formula, ...]:
    if isinstance(entries, str):
        entries = [entries]
    result = []
    if not isinstance(entries, list) or not all(isinstance(item, str) for item in entries):
        problems.add("study: constraints", "expected a list of formulas such as 'ratio > 1'")
        return ()
    for text in entries:
        try:
            formula = Formula(text)
            formula.check_names(known)
            result.append(formula)
        except FormulaError as error:
            problems.add("study: constraints", str(error))
    return tuple(result)


def _check_options(study: Mapping, problems: Problems) -> None:
    warm = study.get("warm_start", "auto")
    if warm not in WARM:
        problems.add("study: warm_start", f"expected one of {listed(WARM)}, got {shown(warm)}")
    if not isinstance(study.get("fields", False), bool):
        problems.add("study: fields", "expected true or false")
    names = study.get("observables", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        problems.add("study: observables", "expected a list of names such as 'membrane_potential'")
    for key in ("title", "description", "source"):
        if not isinstance(study.get(key, ""), str):
            problems.add(f"study: {key}", "expected a text")


def _check_template(template: dict, known: list[str], base: Case, problems: Problems) -> None:
    for key, value in template.items():
        for name in PLACEHOLDER.findall(key + json.dumps(value, default=str)):
            if name not in known:
                problems.add(
                    f"set {key!r}", f"unknown name {{{name}}}{nearest(name, known)} (there are: {listed(known)})"
                )
        try:
            key_kind(key, base.geometry.measure)
        except ValueError as error:
            problems.add(f"set {key!r}", str(error))


def _check_keys(blocks, derived, template, known, problems: Problems) -> None:
    """No key may be set by two; names in the keys of axes must exist."""
    keys = [key for block in blocks for axis in block.axes for key in axis.keys]
    for key in keys:
        for name in PLACEHOLDER.findall(key):
            if name not in known:
                problems.add("axis", f"{key!r}: unknown name {{{name}}}{nearest(name, known)}")
    keys += [name for name in derived if not name.isidentifier()] + list(template)
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        problems.add("", f"the key {key!r} is set twice, by axes, [derived] or [set]")
