"""``summary.json``: the small stable record that scripts read, and the tables in CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping

import numpy as np

from npsolver.output.records import case_record, finite, package_version, plain
from npsolver.stepping.solution import Observable, Solution

FORMAT = "npsolver-summary"
FORMAT_VERSION = 1


def observable_record(observable: Observable) -> dict:
    """``value`` is always one number (the last frame); ``values`` has them all where there are frames."""
    values = np.asarray(observable.value, dtype=float)
    record = {"value": float(values.reshape(-1)[-1]), "unit": observable.unit, "label": observable.label}
    if values.ndim:
        record["values"] = values.tolist()
    if observable.error_estimate is not None:
        record["error_estimate"] = float(observable.error_estimate)
    if observable.round_off is not None:
        record["round_off"] = float(observable.round_off)
    return record


def summary(case, solution: Solution, *, checks: Iterable = (), run_id: str = "", files: Iterable[str] = ()) -> dict:
    """The content of ``summary.json``."""
    record = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "status": solution.status,
        "case": case_record(case),
        "npsolver": package_version(),
        "run_id": run_id,
        "kind": solution.kind,
        "observables": {name: observable_record(item) for name, item in solution.observables.items()},
        "checks": [plain(check) for check in checks],
        "conservation": plain(solution.conservation),
        "solver": plain(solution.stats),
        "warnings": list(solution.warnings),
        "files": list(files),
    }
    if solution.kind != "steady":
        axis = {"name": solution.axis_name, "unit": solution.axis_unit, "values": plain(np.asarray(solution.axis))}
        record["axis"] = axis
    return finite(record)


def failed_summary(case, status: str, message: str, history=None) -> dict:
    """The content of ``failed-summary.json``: the same keys, with nothing in them that was not computed."""
    return finite(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "status": status,
            "case": case_record(case),
            "npsolver": package_version(),
            "message": message,
            "observables": {},
            "checks": [],
            "conservation": {},
            "solver": {} if history is None else {"history": plain(history)},
        }
    )


def dump(record: Mapping) -> str:
    """JSON text, strict (no NaN) and readable."""
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def observables_csv(solution: Solution) -> str:
    """One row per observable (steady), or one row per frame and one column per observable.

    Units stand in the header, ``name (unit)``; numbers have all their digits.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if solution.kind == "steady":
        writer.writerow(["observable", "value", "unit", "error estimate", "label"])
        for item in solution.observables.values():
            value = float(np.asarray(item.value, dtype=float).reshape(-1)[-1])
            error = "" if item.error_estimate is None else repr(float(item.error_estimate))
            writer.writerow([item.name, repr(value), item.unit, error, item.label])
        return stream.getvalue()
    items = list(solution.observables.values())
    writer.writerow([_header(solution.axis_name, solution.axis_unit), *(_header(i.name, i.unit) for i in items)])
    columns = [np.broadcast_to(np.asarray(item.value, dtype=float), solution.n_frames) for item in items]
    for frame, position in enumerate(np.asarray(solution.axis, dtype=float)):
        writer.writerow([repr(float(position)), *(repr(float(column[frame])) for column in columns)])
    return stream.getvalue()


def series_csv(solution: Solution) -> str:
    """One row per accepted time step, one column per recorded quantity."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = sorted(solution.series, key=lambda name: name != "time")  # time first, the rest in their order
    writer.writerow([_header(name, solution.series[name].unit) for name in names])
    for row in zip(*(np.asarray(solution.series[name].values, dtype=float) for name in names)):
        writer.writerow([repr(float(value)) for value in row])
    return stream.getvalue()


def table_csv(rows: Iterable[Iterable]) -> str:
    """Any table; floats have all their digits."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for row in rows:
        writer.writerow([repr(float(cell)) if isinstance(cell, float) else cell for cell in row])
    return stream.getvalue()


def _header(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name
