"""Columns of a CSV file that lies next to a case."""

from __future__ import annotations

import csv
from pathlib import Path

from npsolver.case.problems import Problems, listed, nearest

MAX_BYTES = 200_000_000


def read_columns(
    name: str, case_path: str, wanted: dict[str, str], location: str, problems: Problems
) -> dict[str, list[float]] | None:
    """Numbers of the wanted columns, or None after a report.

    Parameters
    ----------
    name : str
        As in the case file, relative to it.
    case_path : str
    wanted : dict of str to str
        Key of the case to name of the column.
    location : str
        Section of the case, for messages.
    problems : Problems
    """
    path = Path(case_path).parent / name
    try:
        if path.stat().st_size > MAX_BYTES:
            problems.add(f"{location}: file", f"{name} is larger than {MAX_BYTES // 1_000_000} MB")
            return None
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problems.add(f"{location}: file", f"{name!r} cannot be read: {error.strerror or error}")
        return None
    except UnicodeDecodeError:
        problems.add(f"{location}: file", f"{name!r} is not UTF-8 text; expected a CSV file")
        return None
    rows = csv.reader(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    header = [cell.strip() for cell in next(rows, [])]
    places = {}
    for key, column in wanted.items():
        if column not in header:
            hint = nearest(column, header)
            problems.add(f"{location}: {key}", f"{name} has no column {column!r}{hint} (columns: {listed(header)})")
            return None
        places[key] = header.index(column)
    values: dict[str, list[float]] = {key: [] for key in wanted}
    for number, row in enumerate(rows, 2):
        for key, place in places.items():
            try:
                values[key].append(float(row[place]))
            except (IndexError, ValueError):
                found = row[place] if place < len(row) else "nothing"
                problems.add(f"{location}: file", f"{name}, data row {number - 1}: expected a number, got {found!r}")
                return None
    return values
