"""Files of a collected study: CSV, Parquet (pyarrow) and a labelled dataset in netCDF (xarray and h5netcdf)."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from npsolver.output.atomic import replacing


@dataclass
class Column:
    """One column of a table.

    Attributes
    ----------
    name, unit, label : str
    values : sequence
        Floats (NaN where there is none) or texts, one per row.
    kind : str
        ``"axis"``, ``"derived"``, ``"observable"``, ``"check"`` or ``"state"``.
    """

    name: str
    values: Sequence
    unit: str = ""
    label: str = ""
    kind: str = "state"

    @property
    def header(self) -> str:
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def is_number(self) -> bool:
        return isinstance(self.values, np.ndarray) and self.values.dtype.kind in "fi"


@dataclass
class Table:
    """Columns of equal length, and how rows lie on the grid of a study.

    Attributes
    ----------
    columns : list of Column
    dims : list of (str, list of str)
        Dimension and the axis columns that vary along it.
    shape : tuple of int
    position : (n_rows, n_dims) int64
    attributes : dict
        Title, hash, versions.
    """

    columns: list[Column]
    dims: list = field(default_factory=list)
    shape: tuple[int, ...] = ()
    position: np.ndarray | None = None
    attributes: dict = field(default_factory=dict)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def of_kind(self, kind: str) -> list[Column]:
        return [column for column in self.columns if column.kind == kind]

    def __len__(self) -> int:
        return len(self.columns[0].values)


def write_study_files(directory: str | os.PathLike, tables: Mapping[str, Table], summary: Mapping) -> list[Path]:
    """Write ``NAME.csv`` for every table, ``table.parquet`` and ``table.nc`` where their packages are installed.

    Returns
    -------
    list of Path
    """
    with replacing(directory) as files:
        for name, table in tables.items():
            with open(files.path(f"{name}.csv"), "w", encoding="utf-8", newline="") as stream:
                _write_csv(stream, table)
        main = tables["table"]
        if _available("pyarrow"):
            _write_parquet(files.path("table.parquet"), main)
        if _available("xarray") and _available("h5netcdf"):
            _write_netcdf(files.path("table.nc"), main)
        files.write_text("collected.json", json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
        names = files.names
    return [Path(directory) / name for name in names]


def missing_packages() -> list[str]:
    """What is not written because its package is not installed, and how to get it."""
    found = []
    if not _available("pyarrow"):
        found.append("table.parquet needs pyarrow: pip install 'npsolver[parquet]'")
    if not (_available("xarray") and _available("h5netcdf")):
        found.append("table.nc needs xarray and h5netcdf: pip install 'npsolver[netcdf]'")
    return found


def _available(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


def text(value: object) -> str:
    """A cell: all digits of a number, nothing where there is none."""
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if math.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "" if value is None else str(value)


def utc(seconds: float) -> str:
    """A time stamp, ISO 8601."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")


def _write_csv(stream, table: Table) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.header for column in table.columns])
    for row in range(len(table)):
        writer.writerow([text(column.values[row]) for column in table.columns])


def _write_parquet(path: Path, table: Table) -> None:
    import pyarrow
    import pyarrow.parquet

    arrays, fields = [], []
    for column in table.columns:
        values = column.values if column.is_number else [text(value) for value in column.values]
        array = pyarrow.array(values, from_pandas=True)
        arrays.append(array)
        metadata = {"unit": column.unit, "label": column.label or column.name, "kind": column.kind}
        fields.append(pyarrow.field(column.name, array.type, metadata=metadata))
    schema = pyarrow.schema(fields, metadata={key: text(value) for key, value in table.attributes.items()})
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=schema), path)


def _write_netcdf(path: Path, table: Table) -> None:
    dataset(table).to_netcdf(path, engine="h5netcdf")


def dataset(table: Table):
    """The table as an xarray.Dataset over the axes of its study; members that are missing are NaN."""
    import xarray

    dims = [name for name, _ in table.dims]
    place = tuple(table.position.T)
    coordinates, variables = {}, {}
    for dimension, (name, axes) in enumerate(table.dims):
        for axis in axes:
            column = table[axis]
            values = _spread(column, (table.shape[dimension],), (table.position[:, dimension],))
            coordinates[axis] = ((name,), values, _attributes(column))
    for column in table.columns:
        if column.kind == "axis":
            continue
        variables[_variable(column.name)] = (dims, _spread(column, table.shape, place), _attributes(column))
    return xarray.Dataset(variables, coordinates, {key: text(value) for key, value in table.attributes.items()})


def _spread(column: Column, shape: tuple[int, ...], place: tuple) -> np.ndarray:
    if column.is_number:
        values = np.full(shape, np.nan)
        values[place] = column.values
        return values
    values = np.full(shape, "", dtype=object)
    for number, cell in enumerate(column.values):
        values[tuple(axis[number] for axis in place)] = text(cell)
    return values


def _attributes(column: Column) -> dict:
    return {"units": column.unit or "1", "long_name": column.label or column.name, "name": column.name}


def _variable(name: str) -> str:
    """netCDF names may not contain a slash."""
    return name.replace("/", " per ")
