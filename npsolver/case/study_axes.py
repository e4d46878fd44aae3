"""Axes of a study: lists, ranges, rows of a CSV file and samples, as values of keys and of names in formulas."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from npsolver.case.keys import describe, split_key
from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.quantities import FREQUENT, KINDS, Kind, QuantityError, parse_quantity, shown
from npsolver.case.toml import parse_value, read_text

DESIGNS = ("grid", "zip", "latin-hypercube", "sobol")
AXIS_KEYS = ("name", "key", "keys", "values", "from", "to", "points", "spacing", "group", "csv", "columns")
MOST_ROWS = 10_000_000
_HEADER = re.compile(r"\s*(.*?)\s*(?:\(([^()]*)\))?\s*")


@dataclass(frozen=True)
class Axis:
    """One varied value.

    Attributes
    ----------
    name : str
        Name in formulas and tables.
    keys : tuple of str
        Dotted keys of the case that take the value; may be empty, and may contain ``{name}`` of other axes.
    unit : str
        SI unit of numbers.
    values : tuple
        Floats in SI, whole numbers, texts, or lists and tables of TOML.
    sampled : tuple of (float, float, str) or None
        Ends and spacing from which a random design draws, instead of values.
    """

    name: str
    keys: tuple[str, ...]
    unit: str
    values: tuple = ()
    sampled: tuple[float, float, str] | None = None


@dataclass(frozen=True)
class Block:
    """Axes that vary together: row i of the block is the i-th value of each."""

    axes: tuple[Axis, ...]

    def __len__(self) -> int:
        return len(self.axes[0].values)


def read_blocks(
    raw: dict, folder: Path, texts: dict[str, str], coordinates: str, temperature: float, problems: Problems
) -> list[Block]:
    """Blocks of ``[[axis]]`` and ``[study] design``; blocks multiply, the last one varies fastest.

    CSV files are taken from `texts` where they are in it, otherwise read from `folder` and added to it.
    """
    study = raw.get("study", {})
    design = study.get("design", "grid")
    if design not in DESIGNS:
        problems.add("study: design", f"expected one of {listed(DESIGNS)}, got {shown(design)}{_near(design, DESIGNS)}")
        return []
    entries = raw.get("axis", [])
    if not isinstance(entries, list) or not all(isinstance(item, dict) for item in entries) or not entries:
        problems.add("axis", "expected at least one [[axis]]")
        return []
    random = design in ("latin-hypercube", "sobol")
    groups: dict[object, list[Axis]] = {}
    for number, entry in enumerate(entries, start=1):
        location = f"axis {entry.get('name') or entry.get('key') or number!r}"
        for key in sorted(set(entry) - set(AXIS_KEYS)):
            problems.add(location, f"unknown key {key!r}{nearest(key, AXIS_KEYS)} (valid: {listed(AXIS_KEYS, 20)})")
        if "csv" in entry:
            axes = _csv_axes(entry, location, folder, texts, coordinates, temperature, problems)
            if axes:
                groups[number] = axes
            continue
        axis = _axis(entry, location, coordinates, temperature, random and "group" not in entry, problems)
        if axis is not None:
            group = entry.get("group", None if design != "grid" else number)
            groups.setdefault(("group", group) if "group" in entry else group, []).append(axis)
    blocks = []
    for group, axes in groups.items():
        if random and group is None:
            axes = _sample(axes, design, study, problems)
        lengths = {axis.name: len(axis.values) for axis in axes}
        if len(set(lengths.values())) > 1:
            shown_lengths = ", ".join(f"{name} has {count}" for name, count in lengths.items())
            problems.add("axis", f"axes that vary together need equally many values: {shown_lengths}")
        elif axes and not all(lengths.values()):
            problems.add("axis", f"no values for {listed(lengths)}")
        elif axes:
            blocks.append(Block(tuple(axes)))
    names = [axis.name for block in blocks for axis in block.axes]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add("axis", f"the name {name!r} is given twice; give each axis a name of its own")
    if math.prod(len(block) for block in blocks) > MOST_ROWS:
        problems.add("axis", f"more than {MOST_ROWS} members; split the study")
    return blocks


def _near(value: object, valid) -> str:
    return nearest(value, valid) if isinstance(value, str) else ""


def key_kind(key: str, coordinates: str) -> Kind | None:
    """Kind of quantity of a dotted key, None where it takes something else; ValueError if there is no such key."""
    parts = split_key(key)
    if parts is None:
        raise ValueError(f"{key!r} is not a dotted key such as boundary.left.potential")
    if "{" in key:
        return None
    info = describe(parts)
    if info.wrong:
        raise ValueError(f"{key!r}: {info.wrong!r} is unknown{nearest(info.wrong, info.valid)}")
    return None if info.marker is None else info.marker.kind(coordinates)


def _axis(entry, location, coordinates, temperature, random, problems: Problems) -> Axis | None:
    keys = entry.get("keys", [entry["key"]] if "key" in entry else [])
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        problems.add(f"{location}: keys", "expected a list of dotted keys")
        return None
    kinds = []
    for key in keys:
        try:
            kinds.append(key_kind(key, coordinates))
        except ValueError as error:
            problems.add(location, str(error))
            return None
    if len({kind.unit if kind else None for kind in kinds}) > 1:
        problems.add(f"{location}: keys", "the keys of one axis must be quantities of one kind")
        return None
    kind = kinds[0] if kinds else None
    name = entry.get("name") or _default_name(keys)
    if not isinstance(name, str) or not name.isidentifier():
        problems.add(f"{location}: name", f"expected letters, digits and _ such as 'ratio', got {shown(name)}")
        return None
    return _with_values(entry, location, name, tuple(keys), kind, temperature, random, problems)


def _with_values(entry, location, name, keys, kind, temperature, random, problems: Problems) -> Axis | None:
    is_range = "from" in entry or "to" in entry
    if is_range == ("values" in entry):
        problems.add(location, "expected either values = [...] or from, to" + ("" if random else " and points"))
        return None
    if not is_range:
        if not isinstance(entry["values"], list):
            problems.add(f"{location}: values", "expected a list; for a range give from, to and points")
            return None
        unit, values = _values(entry["values"], keys, kind, temperature, location, problems)
        return Axis(name, keys, unit, values)
    unit, ends = _values([entry.get("from"), entry.get("to")], keys, kind, temperature, location, problems)
    if len(ends) != 2 or not all(isinstance(end, float | int) and not isinstance(end, bool) for end in ends):
        problems.add(location, "expected quantities or numbers as ends of the range: from, to")
        return None
    spacing = entry.get("spacing", "linear")
    if spacing not in ("linear", "log"):
        problems.add(f"{location}: spacing", f"expected 'linear' or 'log', got {shown(spacing)}")
        return None
    if spacing == "log" and not ends[0] * ends[1] > 0.0:
        problems.add(location, "expected ends of the same sign and not zero for spacing = 'log'")
        return None
    if random:
        return Axis(name, keys, unit, (), (float(ends[0]), float(ends[1]), spacing))
    points = entry.get("points")
    if not isinstance(points, int) or isinstance(points, bool) or not 1 <= points <= MOST_ROWS:
        problems.add(f"{location}: points", f"expected a whole number of at least 1, got {shown(points)}")
        return None
    inner = (np.geomspace if spacing == "log" else np.linspace)(*ends, points)
    values = [float(value) for value in inner]
    values[0] = float(ends[0])
    if points > 1:
        values[-1] = float(ends[1])
    return Axis(name, keys, unit, tuple(values))


def _default_name(keys) -> str:
    """``boundary.left.potential`` -> ``left_potential``."""
    parts = (split_key(keys[0]) or ("",))[-2:] if keys else ("",)
    return re.sub(r"\W+", "_", "_".join(parts)).strip("_")


def _values(entries, keys, kind: Kind | None, temperature, location, problems: Problems) -> tuple[str, tuple]:
    """SI unit and values: quantities as floats in SI, everything else as it is."""
    units, values = set(), []
    for entry in entries:
        try:
            if kind is not None:
                value = parse_quantity(entry, kind, temperature)
            elif keys:
                value = entry
            else:
                unit, value = si_value(entry)
                if isinstance(value, float):
                    units.add(unit)
        except QuantityError as error:
            problems.add(location, str(error))
            continue
        values.append(value)
    if len(units) > 1:
        problems.add(location, f"the values have different dimensions: {', '.join(sorted(units))}")
    unit = kind.unit if kind is not None else (units.pop() if len(units) == 1 else "")
    return unit, tuple(values)


def si_value(value: object) -> tuple[str, object]:
    """SI unit and value of ``"10 mM"`` or a number; texts without a number stay as they are."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return "", value
    if not isinstance(value, str):
        return "", float(value)
    match = re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*(.*)", value)
    if match is None:
        return "", value
    unit = match.group(3).strip()
    si = next((si for si, units in FREQUENT.items() if unit in units), None)
    if not unit:
        si = ""
    if si is None:
        known = {kind.unit for kind in KINDS.values()} - {""}
        for candidate in sorted(known):
            try:
                return candidate, parse_quantity(value, Kind("a quantity", candidate, f"1 {candidate}"))
            except QuantityError:
                continue
        raise QuantityError(f"expected a number with a unit that npsolver uses, got {shown(value)}")
    return si, parse_quantity(value, Kind("a quantity", si, f"1 {si}".strip()))


def _csv_axes(entry, location, folder, texts, coordinates, temperature, problems: Problems) -> list[Axis]:
    """One axis per column. Headers are names with an optional unit, ``c (mM)``; `columns` maps names to keys."""
    columns = entry.get("columns", {})
    if not isinstance(entry["csv"], str) or not isinstance(columns, dict):
        problems.add(location, "expected csv = 'rows.csv' and columns = { name = 'dotted.key' }")
        return []
    path = folder / entry["csv"]
    if entry["csv"] not in texts:
        texts[entry["csv"]] = read_text(path)
    rows = [row for row in csv.reader(io.StringIO(texts[entry["csv"]])) if row and not row[0].startswith("#")]
    if len(rows) < 2:
        problems.add(location, f"{path}: expected a header and at least one row")
        return []
    headers = [_HEADER.fullmatch(cell).groups() for cell in rows[0]]
    for name in sorted(set(columns) - {name for name, _ in headers}):
        problems.add(location, f"{path} has no column {name!r} (it has {listed(name for name, _ in headers)})")
    ragged = [number for number, row in enumerate(rows[1:], start=2) if len(row) != len(headers)]
    if ragged:
        problems.add(location, f"{path}: row {ragged[0]} has not as many cells as the header")
        return []
    axes = []
    for column, (name, unit) in enumerate(headers):
        cells = [row[column].strip() for row in rows[1:]]
        values = [f"{cell} {unit}" if unit else parse_value(cell) for cell in cells]
        keys = columns.get(name, [])
        item = {"name": name, "keys": [keys] if isinstance(keys, str) else keys, "values": values}
        axis = _axis(item, f"{location}: column {name!r}", coordinates, temperature, False, problems)
        if axis is not None:
            axes.append(axis)
    return axes


def _sample(axes: list[Axis], design: str, study: Mapping, problems: Problems) -> list[Axis]:
    """Axes with values drawn by a Latin hypercube or Sobol's sequence; the seed makes them repeatable."""
    samples, seed = study.get("samples"), study.get("seed", 0)
    for key, value in (("samples", samples), ("seed", seed)):
        if not isinstance(value, int) or isinstance(value, bool) or value < (key == "samples"):
            problems.add(f"study: {key}", f"expected a whole number, {'missing' if value is None else f'got {shown(value)}'}")
            return []
    if design == "sobol" and samples & (samples - 1):
        lower = 1 << (samples.bit_length() - 1)
        problems.add("study: samples", f"Sobol's sequence needs a power of 2, {lower} or {2 * lower}, got {samples}")
        return []
    from scipy.stats import qmc

    sampler = (qmc.Sobol if design == "sobol" else qmc.LatinHypercube)(d=len(axes), seed=seed)
    unit_cube = sampler.random(samples)
    result = []
    for axis, u in zip(axes, unit_cube.T):
        if axis.sampled is None:
            values = tuple(axis.values[int(item * len(axis.values))] for item in u)
        else:
            start, stop, spacing = axis.sampled
            drawn = start * (stop / start) ** u if spacing == "log" else start + (stop - start) * u
            values = tuple(float(item) for item in drawn)
        result.append(Axis(axis.name, axis.keys, axis.unit, values))
    return result
