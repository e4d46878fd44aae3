"""Expectations of a case against its solution."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from npsolver.errors import InputError
from npsolver.model import with_boundary_value
from npsolver.stepping.solution import Solution
from npsolver.validation.context import Context, nearest
from npsolver.validation.expression import Call, Number, calls, parse_expression
from npsolver.validation.literals import quantity as default_quantity
from npsolver.validation.references import find_reference

_OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
MAX_CURVE = 500  # frames; reference curves of longer histories are not computed


@dataclass(frozen=True)
class Check:
    """One expectation, evaluated.

    Attributes
    ----------
    name : str
        E.g. ``"membrane_potential = nernst(K+, left, right)"``.
    value, reference : float
        SI, in `unit`.
    error : float
        Relative or absolute, see `kind`.
    tolerance : float
        What `error` may be.
    passed : bool
    unit : str
    kind : str
        ``"relative"``, or ``"absolute"`` where the expectation has an atol (an rtol then adds to it).
    observable : str
    at : float or None
        Time (s) or swept value (SI) that was looked at.
    source : str
        Where the expected value comes from, as the case says.
    references : list of (float or None), optional
        The closed form at every frame where it holds, for plots.
    """

    name: str
    value: float
    reference: float
    error: float
    tolerance: float
    passed: bool
    unit: str
    kind: str
    observable: str
    at: float | None = None
    source: str = ""
    references: list | None = None


def check(case, solution: Solution, *, quantity: Callable[[str, str], float] = default_quantity) -> list[Check]:
    """Evaluate every expectation of `case`.

    Parameters
    ----------
    case : object
        With ``model``, ``geometry``, ``initial``, ``solve``, ``expects``, ``path`` (see `npsolver.case.Case`).
    solution : Solution
    quantity : callable, optional
        ``quantity(text, unit) -> float`` for literals such as ``"25 mV"``.

    Returns
    -------
    list of Check
        In the order of the expectations.
    """
    return [_located(case, number, _check, solution, quantity) for number in range(len(case.expects))]


def prepare(case, *, quantity: Callable[[str, str], float] = default_quantity) -> None:
    """Parse and bind every reference before anything is solved; InputError where one makes no sense."""
    for number in range(len(case.expects)):
        _located(case, number, _prepare, quantity)


def _located(case, number: int, function: Callable, *arguments):
    """Run `function`; its InputError names the file and the expectation."""
    expect = case.expects[number]
    try:
        return function(case, expect, *arguments)
    except InputError as error:
        if error.file:
            raise
        key = f"expect {number + 1} ({expect.observable})"
        raise InputError(str(error), file=str(case.path) or None, key=key) from error


def _prepare(case, expect, quantity: Callable) -> None:
    if expect.reference is None or _without_mesh(case):
        return  # formulas of cases without a mesh were parsed with the case
    tree = parse_expression(expect.reference)
    # names and literals do not depend on the frame, save t, which any time stands for
    time = case.solve.end_time if case.solve.kind == "transient" else None
    context = _context(case, quantity, None, None if time is None else float(time))
    for call in calls(tree):
        find_reference(call.name).bind(call, context)


def _without_mesh(case) -> bool:
    return hasattr(case, "spec")


def _check(case, expect, solution: Solution, quantity: Callable) -> Check:
    if _without_mesh(case):
        from npsolver.validation.law_checks import check_law

        return check_law(case, expect, solution, quantity)
    observable = solution.observables.get(expect.observable)
    if observable is None:
        valid = ", ".join(solution.observables)
        raise InputError(
            f"unknown observable {expect.observable!r}{nearest(expect.observable, solution.observables)}"
            f" (there are: {valid})"
        )
    frame = _frame(expect, solution)
    value = float(np.broadcast_to(np.asarray(observable.value, dtype=float), solution.n_frames)[frame])
    curve = None
    if expect.reference is None:
        reference, formula = float(expect.value), f"{expect.value:.6g} {observable.unit}".rstrip()
    else:
        tree, formula = parse_expression(expect.reference), expect.reference.strip()
        _compare_units(tree, observable)
        reference = _evaluate(tree, _context(case, quantity, solution, frame=frame))
        if 1 < solution.n_frames <= MAX_CURVE:
            frames = {frame} if _of_one_frame(tree, solution) else range(solution.n_frames)
            curve = [_or_none(tree, case, quantity, solution, f) if f in frames else None for f in range(solution.n_frames)]
    error, tolerance, kind = _error(value, reference, expect.rtol, expect.atol)
    at = None if solution.kind == "steady" else float(solution.axis[frame])
    chosen = "" if expect.time is None and expect.at is None else f" at {at:.6g} {solution.axis_unit}".rstrip()
    return Check(
        name=f"{expect.observable} = {formula}{chosen}",
        value=value,
        reference=reference,
        error=error,
        tolerance=tolerance,
        passed=bool(error <= tolerance),
        unit=observable.unit,
        kind=kind,
        observable=expect.observable,
        at=at,
        source=expect.source,
        references=curve,
    )


def _error(value: float, reference: float, rtol: float | None, atol: float | None) -> tuple[float, float, str]:
    """Error, tolerance and their kind; not a number counts as infinitely wrong."""
    if rtol is None and atol is None:
        raise InputError("needs rtol or atol")
    difference = abs(value - reference)
    if not math.isfinite(difference):
        difference = math.inf
    if atol is not None:
        return difference, atol + (rtol or 0.0) * abs(reference), "absolute"
    if reference == 0.0:
        raise InputError("the reference is 0, which no relative tolerance can judge; give atol")
    return difference / abs(reference), rtol, "relative"


def _frame(expect, solution: Solution) -> int:
    """Frame meant by `time` or `at`; the last one where neither is given."""
    wanted = expect.time if expect.time is not None else expect.at
    if wanted is None or solution.kind == "steady":
        return solution.n_frames - 1
    axis = np.asarray(solution.axis, dtype=float)
    frame = int(np.argmin(np.abs(axis - wanted)))
    if abs(axis[frame] - wanted) > 1e-9 * max(abs(wanted), float(np.abs(axis).max())):
        what = "output_times" if solution.kind == "transient" else "values of the sweep"
        raise InputError(
            f"nothing was kept at {wanted:g} {solution.axis_unit}; add it to the {what}"
            f" (nearest: {axis[frame]:g} {solution.axis_unit})"
        )
    return frame


def _context(case, quantity, solution: Solution | None, time: float | None = None, *, frame: int = -1) -> Context:
    """The case as it stood at `frame`: swept value set, events up to its time applied."""
    model = case.model
    if solution is not None and solution.kind == "sweep":
        key, value = solution.axis_name, float(solution.axis[frame])
        scalar = key.rpartition(".")[2] in ("potential", "current", "surface_charge")
        model = with_boundary_value(model, key, value) if scalar else None
        if model is None:
            # the whole case, because lengths, or the ion that balances a bath, may follow the swept key
            case = case.with_swept_value(value)
            model = case.model
    if solution is not None and solution.kind == "transient":
        time = float(solution.axis[frame])
        for event in case.solve.events:
            if event.time < time or event.time == 0.0 == time:
                model = with_boundary_value(model, event.key, event.value) or model
    geometry = case.geometry
    return Context(
        model=model,
        lengths=dict(geometry.regions),
        quantity=quantity,
        initial=case.initial.concentration,
        time=time,
        coordinates=geometry.coordinates,
        origin=geometry.origin,
    )


def _compare_units(tree, observable) -> None:
    """A single call must be the same kind of quantity as the observable."""
    if not isinstance(tree, Call):
        return
    unit = find_reference(tree.name).unit
    if unit and observable.unit and unit != observable.unit:
        raise InputError(f"{tree.name} is in {unit}, but {observable.name} in {observable.unit}")


def _of_one_frame(tree, solution: Solution) -> bool:
    """Whether a closed form says the time, or the swept voltage, as a number: at other frames it means nothing."""
    kind = {"transient": "Time", "sweep": "Voltage"}[solution.kind]
    if solution.kind == "sweep" and not solution.axis_name.endswith(".potential"):
        return False
    return any(kind in find_reference(call.name).literals(call) for call in calls(tree))


def _evaluate(tree, context: Context) -> float:
    if isinstance(tree, Number):
        return tree.value
    if isinstance(tree, Call):
        found = find_reference(tree.name)
        try:
            return float(found.function(context, **found.bind(tree, context)))
        except InputError as error:
            prefix = "" if str(error).startswith(tree.name) else f"{tree.name}: "
            raise InputError(f"{prefix}{error}") from error
    left, right = _evaluate(tree.left, context), _evaluate(tree.right, context)
    if tree.operator == "/" and right == 0.0:
        raise InputError("division by zero in the reference")
    return _OPERATORS[tree.operator](left, right)


def _or_none(tree, case, quantity, solution: Solution, frame: int) -> float | None:
    """Value of the closed form at `frame`, None where it does not exist (e.g. Cottrell's current at t = 0)."""
    try:
        value = _evaluate(tree, _context(case, quantity, solution, frame=frame))
    except InputError:
        return None
    return value if math.isfinite(value) else None
