"""Tables of a case that lie in CSV files next to it: read into the case before it is checked.

A file has one header line, whose names are the keys of the section, with a unit in brackets where it is not the SI unit, as
in ``concentration [mM]``. Empty lines and those that begin with # are left out.
"""

from __future__ import annotations

import csv
import io
import math
import re
from itertools import pairwise
from pathlib import Path

from npsolver.case.problems import Problems, listed, nearest

MAX_ROWS = 2000
_HEADER = re.compile(r"\s*(?P<name>[^\[\]]*?)\s*(?:\[(?P<unit>[^\[\]]*)\])?\s*")
# columns by section: needed, allowed besides
_SALT = (("concentration", "molar_conductivity", "transference", "diffusivity"), ("thermodynamic_factor",))
_ACTIVITY = (("concentration", "ln_gamma"), ())


def with_tables(raw: dict, problems: Problems) -> dict:
    """`raw` with the columns of its CSV files in place of the key `file`."""
    raw = dict(raw)
    if isinstance(raw.get("activity"), list):
        raw["activity"] = [
            _with_columns(item, *_ACTIVITY, f"activity {number}", problems)
            for number, item in enumerate(raw["activity"], start=1)
        ]
    if isinstance(raw.get("onsager"), dict):
        raw["onsager"] = _onsager(raw["onsager"], "onsager", problems)
    return raw


def _onsager(section: dict, location: str, problems: Problems) -> dict:
    section = dict(section)
    if "salt" in section:
        section["salt"] = _with_columns(section["salt"], *_SALT, f"{location}: salt", problems)
    if isinstance(section.get("region"), dict):
        section["region"] = {
            name: _onsager(item, f"{location}: region {name!r}", problems) if isinstance(item, dict) else item
            for name, item in section["region"].items()
        }
    if "file" in section:
        section = _with_points(section, location, problems)
    return section


def _with_columns(section, needed: tuple, allowed: tuple, location: str, problems: Problems):
    """A section whose lists are columns."""
    if not isinstance(section, dict) or "file" not in section:
        return section
    columns = _read(section["file"], location, problems)
    if columns is None:
        return _without_file(section)
    valid = (*needed, *allowed)
    for name in columns:
        if name not in valid:
            problems.add(
                f"{location}: file",
                f"{section['file']}: unknown column {name!r}{nearest(name, valid)} (valid: {listed(valid)})",
            )
        elif name in section:
            problems.add(f"{location}: {name}", f"is a column of {section['file']} already; remove one of the two")
    for name in needed:
        if name not in columns and name not in section:
            problems.add(f"{location}: file", f"{section['file']} has no column {name!r} (columns: {listed(columns)})")
    return {**{name: values for name, values in columns.items() if name in valid}, **_without_file(section)}


def _with_points(section: dict, location: str, problems: Problems) -> dict:
    """`[onsager]` whose points are rows: a column `composition`, and one for every pair of species, `Na+:Cl-`."""
    columns = _read(section["file"], location, problems)
    rest = _without_file(section)
    if columns is None:
        return rest
    if "point" in section:
        problems.add(f"{location}: point", f"is given by {section['file']} already; remove one of the two")
    pairs = {
        name: tuple(part.strip() for part in re.split(r"[:;,|]", name)) for name in columns if name != "composition"
    }
    wrong = [name for name, pair in pairs.items() if len(pair) != 2 or not all(pair)]
    if "composition" not in columns or wrong or not pairs:
        found = f"a column {wrong[0]!r}" if wrong else f"the columns {listed(columns)}"
        problems.add(
            f"{location}: file",
            f"{section['file']}: expected a column composition and one for every pair of species such as Na+:Cl-, got {found}",
        )
        return rest
    species = section.get("species") or list(dict.fromkeys(end for pair in pairs.values() for end in pair))
    by_pair: dict = {}
    for name, pair in pairs.items():
        by_pair.setdefault(pair, columns[name])
    missing = [
        f"{a}:{b}"
        for i, a in enumerate(species)
        for b in species[i:]
        if (a, b) not in by_pair and (b, a) not in by_pair
    ]
    if missing:
        problems.add(
            f"{location}: file", f"{section['file']} has no column {missing[0]!r} (columns: {listed(columns)})"
        )
        return rest
    points = [
        {"composition": s, "matrix": [[by_pair.get((a, b), by_pair.get((b, a)))[k] for b in species] for a in species]}
        for k, s in enumerate(columns["composition"])
    ]
    return {**rest, "species": list(species), "point": points}


def _without_file(section: dict) -> dict:
    return {key: value for key, value in section.items() if key != "file"}


def _read(name, location: str, problems: Problems) -> dict[str, list] | None:
    """Columns by name, as numbers or texts with their units; None after reporting why not."""
    where = f"{location}: file"
    if not isinstance(name, str):
        problems.add(where, f"expected the name of a CSV file next to the case, got {name!r}")
        return None
    path = Path(problems.file).parent / name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problems.add(where, f"{name!r} cannot be read: {error.strerror or error}")
        return None
    except UnicodeDecodeError:
        problems.add(where, f"{name!r} is not UTF-8 text; expected a CSV file")
        return None
    lines = [
        (k, line) for k, line in enumerate(text.splitlines(), 1) if line.strip() and not line.lstrip().startswith("#")
    ]
    kept = io.StringIO("\n".join(line for _, line in lines))
    rows = [[cell.strip() for cell in row] for row in csv.reader(kept, skipinitialspace=True)]
    if len(rows) < 2 or len(rows) > MAX_ROWS + 1:
        problems.add(
            where, f"{name}: expected a header and 1 to {MAX_ROWS} rows of numbers, got {max(len(rows) - 1, 0)} rows"
        )
        return None
    headers = [_HEADER.fullmatch(cell) for cell in rows[0]]
    if not all(headers) or any(a == b for a, b in pairwise(sorted(h["name"] for h in headers if h))):
        found = ",".join(rows[0])
        problems.add(where, f"{name}: expected names in the header, each once, with a unit in brackets, got {found!r}")
        return None
    columns: dict[str, list] = {header["name"]: [] for header in headers}
    for (line, _), row in zip(lines[1:], rows[1:]):
        if len(row) != len(headers):
            problems.add(where, f"{name}, line {line}: expected {len(headers)} values, got {len(row)}")
            return None
        for header, cell in zip(headers, row):
            value = _number(cell)
            if value is None:
                problems.add(where, f"{name}, line {line}: expected a number for {header['name']}, got {cell!r}")
                return None
            columns[header["name"]].append(f"{cell} {header['unit']}" if header["unit"] else value)
    return columns


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
