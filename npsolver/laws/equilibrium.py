"""Named laws evaluated in order, at one point or along sweeps."""

from __future__ import annotations

import numpy as np

from npsolver.equilibrium.catalogue import evaluate
from npsolver.errors import InputError
from npsolver.laws.figures import default_figures, requested_figures
from npsolver.stepping.law_solution import Array, LawSolution


def compute(case, progress=None) -> LawSolution:
    """All laws of a case of kind ``equilibrium``."""
    spec, sweeps = case.spec, case.spec.sweeps
    if not sweeps:
        values = evaluate_all(spec, {})
        solution = LawSolution("equilibrium")
        for name, (unit, label, vector) in _outputs(spec).items():
            _add(solution, spec, name, unit, label, values[name] if not vector else values[name].tolist())
    else:
        solution = _swept(spec, progress)
    if sweeps or case.plots:
        plots = requested_figures(case.plots, solution, sweeps[0].label if sweeps else "", sweeps)
        solution.figures += plots or default_figures(solution, sweeps)
    return solution


def _swept(spec, progress) -> LawSolution:
    first, second = spec.sweeps[0], spec.sweeps[1] if len(spec.sweeps) > 1 else None
    outer = second.values if second else (None,)
    rows: list[list[dict]] = []
    for number, other in enumerate(outer):
        row = []
        for value in first.values:
            changes = {first.target: value}
            if second:
                changes[second.target] = other
            row.append(evaluate_all(spec, changes))
        rows.append(row)
        if progress is not None:
            progress((number + 1) / len(outer), "")
    solution = LawSolution("equilibrium", "sweep", ".".join(first.target), first.unit, np.array(first.values))
    dims = (".".join(second.target) if second else "", solution.axis_name)
    if second:
        solution.arrays[dims[0]] = Array(np.array(second.values), second.unit, dims[:1], second.label)
    for name, (unit, label, vector) in _outputs(spec).items():
        table = np.array([[point[name] for point in row] for row in rows], dtype=float)  # (outer, inner[, ions])
        _add(solution, spec, name, unit, label, list(np.moveaxis(table[-1], -1, 0)) if vector else table[-1])
        if second and not vector:
            solution.arrays[name] = Array(table, unit, dims, label)
    return solution


def _outputs(spec) -> dict[str, tuple[str, str, bool]]:
    """Unit, label and whether there is one per ion, of every result."""
    found = {}
    for call in spec.calls:
        for name, (unit, vector) in call.outputs.items():
            part = name.removeprefix(call.name).strip("_").replace("_", " ")
            found[name] = unit, f"{call.label}, {part}".strip(", ") if call.label else "", vector
    return found


def _add(solution: LawSolution, spec, name: str, unit: str, label: str, value) -> None:
    if not isinstance(value, list):
        solution.add(name, value, unit, label)
        return
    call = next(call for call in spec.calls if name in call.outputs)
    for ion, item in zip(call.ions, value, strict=True):
        solution.add(f"{name}[{ion}]", item, unit, f"{label}, {ion}".strip(", "))


def evaluate_all(spec, changes: dict) -> dict[str, object]:
    """Every result at one point.

    Parameters
    ----------
    spec : EquilibriumSpec
    changes : dict
        Swept values by target, e.g. ``{("input", "K_out"): 5.0}``.
    """
    known = {name: value for name, (value, _) in spec.inputs.items()} | {"T": spec.temperature}
    for target, value in changes.items():
        if target == ("temperature",):
            known["T"] = value
        elif target[0] == "input":
            known[target[1]] = value
    results: dict[str, object] = {}
    for call in spec.calls:
        try:
            if call.law is None:
                results[call.name] = known[call.name] = float(call.formula(known))
                continue
            found = evaluate(call.law, _arguments(call, known, changes))
        except InputError as error:
            parameter = f": {error.key}" if error.key else ""
            raise InputError(error.message, key=f"law {call.name!r}{parameter}") from error
        except ValueError as error:  # a formula without a value, e.g. the logarithm of a negative number
            raise InputError(str(error), key=f"law {call.name!r}") from error
        for part, value in found.items():
            name = f"{call.name}_{part}" if part else call.name
            if np.ndim(value) == 0:
                results[name] = known[name] = float(value)
            else:
                results[name] = np.asarray(value, dtype=float)
    return results


def _arguments(call, known: dict, changes: dict) -> dict[str, object]:
    """Arguments of one evaluation: formulas computed, tables by ion in the order of the ions."""
    arguments = {}
    for name, value in call.arguments.items():
        if isinstance(value, dict):
            value = {
                key: changes.get(("law", call.name, name, key), _number(item, known)) for key, item in value.items()
            }
            arguments[name] = [value[ion] for ion in call.ions] if call.ions else value
        else:
            arguments[name] = changes.get(("law", call.name, name), _number(value, known))
    return arguments


def _number(value, known: dict):
    return float(value(known)) if callable(value) else value
