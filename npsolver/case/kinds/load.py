"""From the tables of a file to a `LawCase`: schema, resolution, effective case, hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module

from npsolver.case.case import OutputOptions
from npsolver.case.effective import sha256
from npsolver.case.formula import Formula, FormulaError
from npsolver.case.kinds.fields import infer, spelled
from npsolver.case.kinds.law_case import LawCase, LawExpect, LawModel, LawSolve, PlotSpec, Reduction
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.quantities import KINDS, QuantityError, parse_quantity
from npsolver.errors import InputError

TRANSPORT = "transport"


@dataclass(frozen=True)
class KindModule:
    """Where the schema and the resolution of a kind are."""

    document: tuple[str, str]
    resolve: tuple[str, str]

    def load(self) -> tuple[type, object]:
        """The class of the document and the function that resolves it."""
        return tuple(getattr(import_module(f"{__package__}.{m}"), name) for m, name in (self.document, self.resolve))


_KINDS = {
    "equilibrium": KindModule(
        ("equilibrium_schema", "EquilibriumDocument"), ("resolve_equilibrium", "resolve_equilibrium")
    ),
    "cell": KindModule(("cell_schema", "CellDocument"), ("resolve_cell", "resolve_cell")),
    "pourbaix": KindModule(("pourbaix_schema", "PourbaixDocument"), ("resolve_pourbaix", "resolve_pourbaix")),
    "ocv": KindModule(("ocv_schema", "OcvDocument"), ("resolve_ocv", "resolve_ocv")),
}
KIND_NAMES = tuple(_KINDS)


def document_class(kind: str) -> type:
    """The schema of a kind."""
    return _KINDS[kind].load()[0]


def kind_of(raw: dict, problems: Problems) -> str:
    """Kind of the case: what ``[case] kind`` says, otherwise a transport case."""
    about = raw.get("case")
    kind = about.get("kind", TRANSPORT) if isinstance(about, dict) else TRANSPORT
    valid = (TRANSPORT, *_KINDS)
    if kind not in valid:
        hint = nearest(kind, valid) if isinstance(kind, str) else ""
        problems.add("case: kind", f"unknown kind {kind!r}{hint} (valid: {listed(valid)})")
    return kind


def without_kind(raw: dict) -> dict:
    """A transport case whose ``kind`` was only stated."""
    about = raw.get("case")
    if not isinstance(about, dict) or "kind" not in about:
        return raw
    return raw | {"case": {key: value for key, value in about.items() if key != "kind"}}


def with_input_units(raw: dict, overrides: Mapping[str, object]) -> dict[str, object]:
    """`overrides` in which a plain number for a named input gets the SI unit that the input has in the file."""
    inputs, changed = raw.get("input"), dict(overrides)
    for key, value in overrides.items():
        name = key.removeprefix("input.")
        if name == key or not isinstance(inputs, dict) or name not in inputs:
            continue
        try:
            unit, number = infer(inputs[name])[1], float(value)
        except (QuantityError, TypeError, ValueError):
            continue  # a quantity with its own unit; anything wrong is reported when the case is checked
        changed[key] = spelled(number, unit)
    return changed


def law_case(raw: dict, kind: str, path: str, problems: Problems) -> LawCase:
    """Check and resolve a case without a mesh; raises InputError with everything that is wrong."""
    document_type, resolve = _KINDS[kind].load()
    raw = {key: value for key, value in raw.items() if key != "data"}  # an effective case: read from its file again
    context = _context(raw)
    document = document_type.converted(raw, context)
    if document is None:
        from npsolver.case.messages import report

        report(document_type, raw, context, problems)
        problems.raise_if_any()
    try:
        arguments = (document, problems) if kind == "equilibrium" else (document, problems, path)
        spec = resolve(*arguments)
    except InputError as error:
        # an object of npsolver.equilibrium refused its data
        problems.add(error.key or "", error.message)
        spec = None
    problems.raise_if_any()
    solve_kind = "sweep" if kind == "equilibrium" and spec.sweeps else getattr(spec, "frames", "steady")
    solve = LawSolve(solve_kind)
    case = LawCase(
        kind=kind,
        title=document.case.title,
        description=document.case.description,
        source=document.case.source,
        model=LawModel(document.model.temperature),
        spec=spec,
        solve=solve,
        reductions=_reductions(document, problems),
        plots=_plots(document, problems),
        output=_output(document),
        expects=_expects(document, solve.kind, problems),
        path=path,
        document=raw,
    )
    problems.raise_if_any()
    effective = _effective(document, spec, case)
    return replace(case, effective=effective, sha256=sha256(effective))


def _context(raw: dict) -> dict:
    model = raw.get("model")
    context = {"coordinates": "cartesian", "temperature": 298.15}
    if isinstance(model, dict) and "temperature" in model:
        try:
            context["temperature"] = parse_quantity(model["temperature"], KINDS["temperature"])
        except QuantityError:
            return context  # the schema reports the same
    return context


def _effective(document, spec, case: LawCase) -> dict:
    """The document after defaults and overrides, numbers in SI, and what came from other files.

    It can be loaded as a case again (a table or a measurement from a file: next to that file).
    """
    effective = document.dump()
    for item, reduction in zip(effective["observable"], case.reductions):
        for key in ("from", "to", "value"):
            given = {"from": reduction.start, "to": reduction.stop, "value": reduction.value}[key]
            if given is not None:
                item[key] = spelled(*given)
    effective |= spec.effective(effective)
    if getattr(spec, "data", None):
        effective["data"] = spec.data
    return effective


def _output(document) -> OutputOptions:
    return OutputOptions(document.output.plots, tuple(dict.fromkeys(document.output.formats)) or ("png",))


def _inferred(text, location: str, problems: Problems) -> tuple[float, str] | None:
    """Value and unit of a quantity whose kind depends on the observable it is compared with."""
    if text is None:
        return None
    try:
        return infer(text)
    except QuantityError as error:
        problems.add(location, str(error))
        return None


def _reductions(document, problems: Problems) -> tuple[Reduction, ...]:
    found: dict[str, Reduction] = {}
    for item in document.observable:
        here = f"observable {item.name!r}"
        if item.name in found:
            problems.add(here, "is defined twice")
        if (item.kind == "crossing") != (item.value is not None):
            problems.add(f"{here}: value", "is for kind = 'crossing', which needs it")
        texts = {"from": item.start, "to": item.stop, "value": item.value}
        start, stop, value = (_inferred(text, f"{here}: {key}", problems) for key, text in texts.items())
        found[item.name] = Reduction(item.name, item.kind, item.of, start, stop, value)
    return tuple(found.values())


def _plots(document, problems: Problems) -> tuple[PlotSpec, ...]:
    import re

    plots = {}
    for item in document.plot:
        here = f"plot {item.name!r}"
        if not re.fullmatch(r"[\w-]+", item.name) or item.name in plots:
            problems.add(here, "expected a name of its own, of letters, digits, - and _")
        levels = [_inferred(text, f"{here}: levels", problems) for text in item.levels]
        if item.kind == "map" and len(item.y) != 1:
            problems.add(f"{here}: y", "a map shows one observable")
        plots[item.name] = PlotSpec(
            item.name,
            tuple(item.y),
            item.x,
            item.x_scale,
            item.y_scale,
            item.kind,
            item.x_label,
            item.y_label,
            tuple(level[0] for level in levels if level is not None),
        )
    return tuple(plots.values())


def _expects(document, frames: str, problems: Problems) -> tuple[LawExpect, ...]:
    result = []
    for number, item in enumerate(document.expect, 1):
        here = f"expect {number} ({item.observable})"
        if (item.value is None) == (item.reference is None):
            problems.add(here, "expected either value or reference")
        if item.rtol is None and item.atol is None:
            problems.add(here, "expected rtol or atol")
        if item.at is not None and item.time is not None:
            problems.add(here, "expected either at or time")
        at = item.at if item.time is None else item.time
        at = () if at is None else tuple(at) if isinstance(at, list) else (at,)
        if at and frames == "steady" and document.case.kind != "pourbaix":
            problems.add(f"{here}: at", "is for a case with an axis: a sweep, a course in time")
        formula = None
        if item.reference is not None:
            try:
                formula = Formula(item.reference)
            except FormulaError as error:
                problems.add(f"{here}: reference", str(error))
        result.append(
            LawExpect(item.observable, item.value, item.reference, formula, item.rtol, item.atol, at, item.source)
        )
    return tuple(result)
