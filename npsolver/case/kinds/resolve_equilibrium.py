"""Laws with arguments in SI: from the tables of a file to an `EquilibriumSpec`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from npsolver.case.formula import CONSTANTS, FUNCTIONS, Formula, FormulaError
from npsolver.case.keys import split_key
from npsolver.case.kinds.fields import infer, kind_of_unit, spelled
from npsolver.case.names import canonical
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.quantities import KINDS, Kind, QuantityError, parse_quantity, restated, shown
from npsolver.case.resolve_solve import value_list
from npsolver.case.schema import RangeSection
from npsolver.case.species import diffusivity_at, find
from npsolver.equilibrium.catalogue import Law, Parameter, laws

_TEMPERATURES = ("T", "temperature")
_FORMULA = "formula"
MAX_POINTS = 1_000_000


@dataclass(frozen=True)
class LawCall:
    """One evaluation.

    Attributes
    ----------
    name, label : str
    law : Law or None
        None for a formula.
    arguments : dict
        By parameter: a float, a text, a `Formula`, or a dict of floats and formulas by ion or name.
    ions : tuple of str
        Order of the values per ion.
    formula : Formula or None
    unit : str
        Of a formula.
    """

    name: str
    label: str
    law: Law | None
    arguments: dict[str, object] = field(default_factory=dict)
    ions: tuple[str, ...] = ()
    formula: Formula | None = None
    unit: str = ""

    @property
    def outputs(self) -> dict[str, tuple[str, bool]]:
        """Unit of each result and whether there is one per ion, by the name under which it is known."""
        if self.law is None:
            return {self.name: (self.unit, False)}
        return {f"{self.name}_{part}" if part else self.name: item for part, item in self.law.outputs.items()}


@dataclass(frozen=True)
class Sweep:
    """An input that varies: `target` is a path such as ``("input", "K_out")``; values in `unit`."""

    target: tuple[str, ...]
    values: tuple[float, ...]
    unit: str
    label: str
    log: bool


@dataclass(frozen=True)
class EquilibriumSpec:
    """Named inputs (value, unit), laws in order, and what varies."""

    temperature: float
    inputs: Mapping[str, tuple[float, str]]
    calls: tuple[LawCall, ...]
    sweeps: tuple[Sweep, ...] = ()

    def effective(self, document: dict) -> dict:
        """Sections of the effective case that this spec knows better than the schema."""
        calls = {call.name: call for call in self.calls}
        sections = []
        for section in document["law"]:
            call = calls[section["name"]]
            inputs = {}
            for key, raw in section["inputs"].items():
                value, activity = call.arguments[key], call.law.parameters[key].kind == "a"
                if isinstance(value, dict):
                    inputs[key] = {name: _spelled(item, None, False) for name, item in value.items()}
                else:
                    inputs[key] = _spelled(value, raw, activity)
                    if key in _TEMPERATURES and isinstance(value, float):
                        inputs[key] = restated(value, "K")
            sections.append(section | {"inputs": inputs})
        sweeps = [
            section | {"values": _values(sweep), "scale": "log" if sweep.log else "linear"}
            for section, sweep in zip(document["sweep"], self.sweeps, strict=True)
        ]
        inputs = {name: spelled(*item) for name, item in self.inputs.items()}
        return {"law": sections, "input": inputs, "sweep": sweeps}


def _values(sweep: Sweep) -> list[float | str]:
    return [restated(value, sweep.unit) for value in sweep.values]


def _spelled(value, raw, activity: bool):
    """An argument in SI as it would stand in a file."""
    if isinstance(value, Formula):
        return f"= {value.text.strip()}"
    return spelled(value, infer(raw)[1]) if activity else value


def resolve_equilibrium(document, problems: Problems) -> EquilibriumSpec | None:
    """The spec, or None after a report."""
    return _Resolver(document, problems).spec()


class _Resolver:
    def __init__(self, document, problems: Problems):
        self.document, self.problems = document, problems
        self.temperature = document.model.temperature
        self.ions = {canonical(item.name): item for item in document.species}
        self.known: dict[str, str] = {"T": "K"}  # names that formulas may use, and their units

    def spec(self) -> EquilibriumSpec | None:
        inputs = {}
        for name, text in self.document.input.items():
            if self._name(name, f"input: {name}"):
                try:
                    inputs[name] = infer(text)
                    self.known[name] = inputs[name][1]
                except QuantityError as error:
                    self.problems.add(f"input: {name}", str(error))
                    self.known[name] = "?"
        calls = [self._call(section) for section in self.document.law]
        if len(self.problems):
            return None
        sweeps = [self._sweep(item, number, inputs, calls) for number, item in enumerate(self.document.sweep, 1)]
        if len(self.problems):
            return None
        points = 1
        for sweep in sweeps:
            points *= len(sweep.values)
        if points > MAX_POINTS:
            self.problems.add("sweep", f"has {points} points in all, expected at most {MAX_POINTS}")
        return EquilibriumSpec(self.temperature, inputs, tuple(calls), tuple(sweeps))

    def _name(self, name: str, location: str) -> bool:
        """Whether `name` can stand in a formula and is new."""
        if not re.fullmatch(r"[A-Za-z]\w*", name) or not name.isascii():
            self.problems.add(location, f"expected a name of letters, digits and _, such as E_K, got {name!r}")
        elif name in self.known or name in CONSTANTS or name in FUNCTIONS:
            self.problems.add(location, f"the name {name!r} is taken; choose another one")
        else:
            return True
        return False

    def _call(self, section) -> LawCall | None:
        location = f"law {section.name!r}"
        if not self._name(section.name, location):
            return None
        call = self._formula(section, location) if section.law == _FORMULA else self._law(section, location)
        if call is not None:
            for output, (unit, vector) in call.outputs.items():
                if not vector:
                    self.known[output] = unit
        else:
            self.known[section.name] = "?"
        return call

    def _formula(self, section, location: str) -> LawCall | None:
        for key in ("ion", "ions", "inputs"):
            if getattr(section, key):
                self.problems.add(f"{location}: {key}", "is not for law = 'formula'")
        if section.formula is None or section.unit is None:
            key = "formula" if section.formula is None else "unit"
            self.problems.add(f"{location}: {key}", "missing; expected e.g. formula = 'E_K - E_Na', unit = 'V'")
            return None
        formula = self._parsed(section.formula, f"{location}: formula")
        unit = "" if section.unit == "1" else section.unit
        try:
            parse_quantity(f"1 {unit}".strip(), Kind("a unit", unit, "V"))
        except QuantityError as error:
            self.problems.add(f"{location}: unit", str(error))
        return LawCall(section.name, section.label, None, formula=formula, unit=unit) if formula else None

    def _parsed(self, text: str, location: str) -> Formula | None:
        try:
            formula = Formula(text)
            formula.check_names(self.known)
        except FormulaError as error:
            self.problems.add(location, str(error))
            return None
        return formula

    def _law(self, section, location: str) -> LawCall | None:
        law = laws().get(section.law)
        if law is None:
            self.problems.add(
                f"{location}: law", f"unknown law {section.law!r}{nearest(section.law, [*laws(), _FORMULA])}"
            )
            return None
        for key in ("formula", "unit"):
            if getattr(section, key) is not None:
                self.problems.add(f"{location}: {key}", "is for law = 'formula' only")
        unknown = [key for key in section.inputs if key not in law.parameters]
        for key in unknown:
            self.problems.add(
                f"{location}: inputs",
                f"{law.name} takes no {key!r}{nearest(key, law.parameters)} (it takes: {listed(law.parameters, 20)})",
            )
        ions = self._ions(section, law, location)
        arguments, activities = {}, {}
        for parameter in law.parameters.values():
            here = f"{location}: {parameter.name}"
            value = self._argument(parameter, section, ions, here, activities)
            if value is not None:
                arguments[parameter.name] = value
        if len(set(activities.values())) > 1:
            words = ", ".join(f"{key} in {unit or 'no unit'}" for key, unit in activities.items())
            self.problems.add(location, f"activities and concentrations are mixed ({words}); give all in one unit")
        return LawCall(section.name, section.label, law, arguments, tuple(ions))

    def _ions(self, section, law: Law, location: str) -> dict[str, str]:
        """Ions of a law that takes several, by canonical name."""
        if not any(item.form == "ions" for item in law.parameters.values()):
            if section.ions is not None:
                self.problems.add(f"{location}: ions", f"{law.name} takes no list of ions")
            return {}
        names = section.ions
        if names is None:
            tables = [section.inputs.get(key) for key, item in law.parameters.items() if item.form == "ions"]
            names = list(dict.fromkeys(name for table in tables if isinstance(table, dict) for name in table))
        found = {canonical(name): name for name in names}
        if not found:
            self.problems.add(location, f'{law.name} takes several ions; expected ions = ["K+", "Cl-"]')
        return found

    def _argument(self, parameter: Parameter, section, ions: dict, here: str, activities: dict):
        value = section.inputs.get(parameter.name)
        if parameter.form == "ions":
            return self._per_ion(parameter, value, ions, here)
        if value is None:
            if parameter.name in _TEMPERATURES and parameter.kind == "K":
                return Formula("T")
            if parameter.kind == "z" and section.ion is not None:
                return self._charge(section.ion, here)
            if not parameter.optional:
                hint = "ion = 'K+'" if parameter.kind == "z" else self._example(parameter)
                self.problems.add(here, f"missing; expected {hint}")
            return None
        if parameter.form == "table":
            if not isinstance(value, dict):
                self.problems.add(here, f"expected a table such as {{ O2 = 0.5 }}, got {shown(value)}")
                return None
            return {key: self._scalar(parameter, item, f"{here}: {key}", activities) for key, item in value.items()}
        return self._scalar(parameter, value, here, activities)

    def _example(self, parameter: Parameter) -> str:
        if parameter.kind in ("a", "z", "text"):
            return {"a": "an activity or a concentration such as '5 mM'", "z": "a charge number"}.get(
                parameter.kind, "a text"
            )
        return kind_of_unit("" if parameter.kind == "1" else parameter.kind).expected

    def _per_ion(self, parameter: Parameter, value, ions: dict[str, str], here: str):
        if value is None:
            if parameter.kind == "z":
                return {name: self._charge(name, here) for name in ions.values()}
            if parameter.kind == "D":
                return {name: self._diffusivity(name, here) for name in ions.values()}
            if not parameter.optional:
                self.problems.add(here, 'missing; expected a table by ion such as { "K+" = "5 mM", "Cl-" = "5 mM" }')
            return None
        if not isinstance(value, dict):
            self.problems.add(here, f'expected a table by ion such as {{ "K+" = "5 mM" }}, got {shown(value)}')
            return None
        given = {canonical(name): item for name, item in value.items()}
        for key in set(given) - set(ions):
            self.problems.add(here, f"unknown ion {key!r} (ions: {listed(ions.values())})")
        result = {}
        for key, name in ions.items():
            if key not in given:
                if parameter.kind == "D":
                    result[name] = self._diffusivity(name, here)
                else:
                    self.problems.add(here, f"no value for {name!r}")
                continue
            result[name] = self._scalar(parameter, given[key], f"{here}: {name}", {})
        return result

    def _scalar(self, parameter: Parameter, value: object, here: str, activities: dict):
        """A number in SI or a formula; None after a report."""
        if parameter.kind == "text":
            if not isinstance(value, str):
                self.problems.add(here, f"expected a text, got {shown(value)}")
            return value
        unit = {"1": "", "z": "", "D": "m^2/s", "a": None}.get(parameter.kind, parameter.kind)
        if isinstance(value, str) and value.strip().startswith("="):
            formula = self._parsed(value.strip()[1:], here)
            if formula is not None:
                single = formula.text.strip()
                if single in self.known and self.known[single] != "?":
                    self._same_unit(self.known[single], unit, parameter, single, here, activities)
                elif unit is None:
                    activities[parameter.name] = self._formula_unit(formula)
            return formula
        try:
            if unit is not None:
                kind = KINDS["fixed_charge"] if parameter.name == "fixed_charge" else kind_of_unit(unit)
                kind = KINDS["temperature"] if parameter.name in _TEMPERATURES and unit == "K" else kind
                return parse_quantity(value, kind, self.temperature)
            number, found = infer(value)
        except QuantityError as error:
            self.problems.add(here, str(error))
            return None
        self._same_unit(found, None, parameter, "", here, activities)
        return number

    def _formula_unit(self, formula: Formula) -> str:
        """Concentration if anything in the formula is one."""
        return "mol/m^3" if any(self.known.get(name) == "mol/m^3" for name in formula.names) else ""

    def _same_unit(self, found: str, unit: str | None, parameter, name: str, here: str, activities: dict) -> None:
        if unit is None:
            if found not in ("", "mol/m^3", "mol/kg"):
                self.problems.add(here, f"expected an activity or a concentration such as '5 mM', got one in {found}")
            activities[parameter.name] = found
        elif found == "":
            return  # a plain number is taken in the SI unit, as everywhere
        elif found != unit and {found, unit} != {"mol/L", "mol/m^3"}:
            self.problems.add(here, f"expected {kind_of_unit(unit).expected}, but {name} is in {found or 'no unit'}")
        elif found != unit:
            self.problems.add(here, f"expected a quantity in {unit}, but {name} is in {found}; divide by 1000")

    def _charge(self, name: str, here: str) -> float | None:
        section, entry = self.ions.get(canonical(name)), find(name)
        if section is not None and section.charge is not None:
            return section.charge
        if entry is None:
            self.problems.add(here, f"{name!r} is not in the species library; add [[species]] with its charge")
            return None
        return float(entry.charge)

    def _diffusivity(self, name: str, here: str) -> float | None:
        section, entry = self.ions.get(canonical(name)), find(name)
        if section is not None and section.diffusivity is not None:
            return section.diffusivity
        if entry is None or entry.diffusivity is None:
            self.problems.add(here, f"the species library has no diffusivity of {name!r}; give it in [[species]]")
            return None
        return diffusivity_at(entry.diffusivity, self.temperature)

    def _sweep(self, section, number: int, inputs: dict, calls: list) -> Sweep | None:
        location = f"sweep {number}"
        parts = split_key(section.parameter) or ()
        target, unit, problem = self._target(parts, inputs, calls)
        if problem:
            self.problems.add(f"{location}: parameter", problem)
            return None
        kind = kind_of_unit(unit) if unit != "K" else KINDS["temperature"]
        values = value_list(section.values, kind, f"{location}: values", self.problems, self.temperature)
        spacing = section.values.spacing if isinstance(section.values, RangeSection) else "linear"
        log = (section.scale or spacing) == "log"
        if log and values and min(values) <= 0:
            self.problems.add(f"{location}: values", "expected values > 0 for a logarithmic scale")
        if not values and not len(self.problems):
            self.problems.add(f"{location}: values", "expected at least one value")
        return Sweep(target, values, unit, section.label or parts[-1].replace("_", " "), log)

    def _target(self, parts: tuple[str, ...], inputs: dict, calls: list) -> tuple[tuple[str, ...], str, str]:
        """Target, its unit, and what is wrong with it."""
        if parts == ("model", "temperature"):
            return ("temperature",), "K", ""
        if len(parts) == 2 and parts[0] == "input":
            if parts[1] in inputs:
                return parts, inputs[parts[1]][1], ""
            return (), "", f"there is no input {parts[1]!r}{nearest(parts[1], inputs)} (inputs: {listed(inputs)})"
        by_name = {call.name: call for call in calls if call.law is not None}
        if len(parts) in (3, 4) and parts[0] == "law" and parts[1] in by_name:
            call = by_name[parts[1]]
            value = call.arguments.get(parts[2])
            if len(parts) == 4 and isinstance(value, dict):
                key = next((name for name in value if canonical(name) == canonical(parts[3])), None)
                parts, value = (*parts[:3], key), value.get(key)
            if isinstance(value, float):
                kind = call.law.parameters[parts[2]].kind
                unit = {"1": "", "z": "", "D": "m^2/s", "a": ""}.get(kind, kind)
                raw = next(item for item in self.document.law if item.name == parts[1]).inputs.get(parts[2])
                if kind == "a" and not isinstance(raw, dict):
                    unit = infer(raw)[1]
                return parts, unit, ""
        expected = "'input.NAME', 'law.NAME.ARGUMENT', 'law.NAME.ARGUMENT.ION' or 'model.temperature'"
        return (), "", f"expected {expected} of a given quantity, got {'.'.join(parts)!r}"
