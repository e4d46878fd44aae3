"""What is computed: a steady state, a transient with its output times, or a sweep with its values."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from npsolver.case.case import SolveOptions
from npsolver.case.keys import describe, split_key
from npsolver.case.problems import Problems, nearest
from npsolver.case.quantities import KINDS, Kind, QuantityError, parse_quantity
from npsolver.case.resolve_species import Names
from npsolver.case.schema import RangeSection
from npsolver.mesh.geometry import Geometry
from npsolver.model import Model

_ONLY = {
    "transient": ("end_time", "output_times", "rtol", "event"),
    "sweep": ("parameter", "values"),
}


def resolve_solve(document, model: Model, geometry: Geometry, names: Names, problems: Problems) -> SolveOptions:
    """What is computed. Whether a sweep makes sense at its values is tried when all else is known (`load`)."""
    section = document.solve
    for kind, keys in _ONLY.items():
        for key in keys:
            if section.kind != kind and key in section.given and getattr(section, key) not in (None, []):
                problems.add(f"solve: {key}", f"is for kind = {kind!r}, but kind = {section.kind!r}")
    options = {"accuracy": section.accuracy, "tolerance": section.tolerance, "rtol": section.rtol}
    if section.kind == "transient":
        if section.end_time is None:
            problems.add("solve: end_time", "missing; a transient needs one, such as '1 ms'")
            return SolveOptions("transient")
        times = _output_times(section, problems)
        events = ()
        if section.event:
            from npsolver.case.resolve_events import resolve_events

            events = resolve_events(document, model, geometry, names, problems)
        return SolveOptions("transient", end_time=section.end_time, output_times=times, events=events, **options)
    if section.kind == "sweep":
        return _sweep(section, geometry, model, options, problems)
    return SolveOptions("steady", **options)


def value_list(entry, kind: Kind, location: str, problems: Problems, temperature: float = 298.15) -> tuple[float, ...]:
    """A list or a range of quantities in SI."""
    try:
        if not isinstance(entry, RangeSection):
            return tuple(parse_quantity(value, kind, temperature) for value in entry)
        start, stop = (parse_quantity(value, kind, temperature) for value in (entry.start, entry.stop))
    except QuantityError as error:
        problems.add(location, str(error))
        return ()
    if entry.spacing == "log":
        if not (start * stop > 0.0):
            problems.add(location, "expected ends of the same sign and not zero for spacing = 'log'")
            return ()
        inner = np.geomspace(start, stop, entry.points)
    else:
        inner = np.linspace(start, stop, entry.points)
    return (start, *(float(value) for value in inner[1:-1]), stop)


def _output_times(section, problems: Problems) -> tuple[float, ...]:
    if section.output_times is None:
        return (0.0, section.end_time)
    before = len(problems)
    times = value_list(section.output_times, KINDS["time"], "solve: output_times", problems)
    beyond = [time for time in times if time > section.end_time * (1.0 + 1e-12)]
    if beyond:
        problems.add(
            "solve: output_times", f"expected times up to end_time = {section.end_time:g} s, got {beyond[0]:g} s"
        )
    if any(later <= earlier for earlier, later in pairwise(times)):
        problems.add("solve: output_times", "expected increasing times")
    if not times and len(problems) == before:
        problems.add("solve: output_times", "expected at least one time")
    return tuple(min(time, section.end_time) for time in times)


def _sweep(section, geometry: Geometry, model: Model, options: dict, problems: Problems) -> SolveOptions:
    empty = SolveOptions("sweep", **options)
    if section.parameter is None:
        problems.add("solve: parameter", "missing; a sweep needs a key such as 'boundary.left.potential'")
    if section.values is None:
        problems.add("solve: values", "missing; a sweep needs a list, or { from = '0 V', to = '1 V', points = 11 }")
    if section.parameter is None or section.values is None:
        return empty
    parts = split_key(section.parameter)
    info = describe(parts) if parts else None
    if info is None or info.wrong or info.is_section:
        hint = f": {info.wrong!r} is unknown{nearest(info.wrong, info.valid)}" if info and info.wrong else ""
        problems.add("solve: parameter", f"{section.parameter!r} is not a key of a case that takes a value{hint}")
        return empty
    if parts[0] in ("case", "solve", "output", "observable", "expect"):
        problems.add("solve: parameter", f"{section.parameter!r} cannot be swept; expected a physical quantity")
        return empty
    kind = info.marker.kind(geometry.measure) if info.marker else KINDS["number"]
    before = len(problems)
    values = value_list(section.values, kind, "solve: values", problems, model.temperature)
    if not values and len(problems) == before:
        problems.add("solve: values", "expected at least one value")
    return SolveOptions("sweep", parameter=".".join(parts), unit=kind.unit, values=values, **options)
