"""One table of everything that is finished, and what is not."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import time

import numpy as np

from npsolver.batch.ranges import ranges
from npsolver.batch.sweep import describe_changes
from npsolver.case.study import Study
from npsolver.errors import InputError
from npsolver.output.shards import CONVERGED, Shards
from npsolver.output.study_files import Column, Table, missing_packages, utc, write_study_files

SHOWN = 10
PROVENANCE = ("case", "npsolver", "host", "finished", "seconds", "newton_iterations", "unknowns", "peak_memory_bytes")


@dataclass
class Collection:
    """What was found.

    Attributes
    ----------
    table : Table
        One row per member.
    counts : dict of str to int
        Status -> members; ``"missing"`` for those without a record.
    missing, failed : (n,) int64
        Positions of members.
    failures : list of (int, str, str)
        Member, status and message of the first failures.
    checks, checks_failed : int
    wrong : list of (int, str)
        Members whose checks failed, the first few, and the check.
    commands : list of str
        What computes the rest.
    notes : list of str
    files : list of Path
    """

    table: Table
    counts: Counter
    missing: np.ndarray
    failed: np.ndarray
    failures: list = field(default_factory=list)
    checks: int = 0
    checks_failed: int = 0
    wrong: list = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not len(self.missing) and not len(self.failed)


def collect(
    study: Study, directory: str | os.PathLike, *, command: Sequence[str] = (), write: bool = True
) -> Collection:
    """Merge the shards of `directory` into tables.

    ``table.csv`` holds what follows from the study alone, so that it is the same wherever and in whatever order the
    members were computed; ``provenance.csv`` says which program computed them where and when.

    Parameters
    ----------
    study : Study
    directory : path
    command : sequence of str
        How a sweep of this study is started, e.g. ``("npsolver sweep study.toml",)``; for the commands in the result.
    write : bool
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise InputError("no such folder; 'npsolver sweep' makes it", file=str(directory))
    shards = Shards(directory)
    rows = _Rows(study, len(study))
    identities = study.ids
    present = [i for i, identity in enumerate(identities) if identity in shards.records]
    for index, record in zip(present, shards.read(identities[i] for i in present)):
        rows.add(index, record)
    found = Collection(
        table=rows.table(shards.units),
        counts=Counter(rows.status),
        missing=np.array([i for i, status in enumerate(rows.status) if status == "missing"], dtype=np.int64),
        failed=np.array(
            [i for i, status in enumerate(rows.status) if status not in (CONVERGED, "missing")], dtype=np.int64
        ),
        failures=[(i, rows.status[i], rows.message[i]) for i in range(len(study)) if rows.message[i]][:SHOWN],
        checks=rows.checks,
        checks_failed=rows.checks_failed,
        wrong=rows.wrong,
        notes=describe_changes(study, directory, shards),
    )
    if len(rows.versions) > 1:
        versions = ", ".join(sorted(rows.versions))
        found.notes.append(f"members were computed by different versions of npsolver: {versions}")
    start = " ".join(command) or "npsolver sweep"
    if len(found.missing):
        found.commands.append(start)
    if len(found.failed):
        found.commands.append(f"{start} --retry-failed")
    found.table.attributes |= {"npsolver": ", ".join(sorted(rows.versions)), "created": utc(time())}
    if write:
        tables = {"table": found.table, "provenance": rows.provenance()}
        if (frames := rows.frames_table(shards.units)) is not None:
            tables["frames"] = frames
        found.files = write_study_files(directory, tables, _summary(study, found, rows))
        found.notes += missing_packages()
    return found


def _summary(study: Study, found: Collection, rows: _Rows) -> dict:
    return {
        "format": "npsolver-collection",
        "format_version": 1,
        "study": {"name": study.name, "title": study.title, "sha256": study.sha256, "members": len(study)},
        "counts": dict(sorted(found.counts.items())),
        "missing": ranges(found.missing),
        "failed": [{"member": int(i), "status": rows.status[i], "message": rows.message[i]} for i in found.failed],
        "commands": found.commands,
        "checks": {"total": found.checks, "failed": found.checks_failed},
        "npsolver": sorted(rows.versions),
        "hosts": sorted(rows.hosts),
        "created": utc(time()),
    }


class _Rows:
    """Fills columns in the order of the members."""

    def __init__(self, study: Study, count: int):
        self.study, self.count = study, count
        self.status = ["missing"] * count
        self.message = [""] * count
        self.observables: dict[str, np.ndarray] = {}
        self.errors: dict[str, np.ndarray] = {}
        self.worst = np.full(count, np.nan)
        self.origin: dict[str, list] = {name: [None] * count for name in PROVENANCE}
        self.frames: list[tuple[int, dict]] = []
        self.checks = self.checks_failed = 0
        self.wrong: list[tuple[int, str]] = []
        self.versions: set[str] = set()
        self.hosts: set[str] = set()

    def add(self, index: int, record: dict) -> None:
        self.status[index], self.message[index] = record["status"], record.get("message", "")
        for target, source in ((self.observables, "observables"), (self.errors, "error_estimates")):
            for name, value in record.get(source, {}).items():
                if name not in target:
                    target[name] = np.full(self.count, np.nan)
                target[name][index] = np.nan if value is None else value
        checks = record.get("checks", [])
        if checks:
            self.checks += len(checks)
            failed = [item for item in checks if not item["passed"]]
            self.checks_failed += len(failed)
            if failed and len(self.wrong) < SHOWN:
                self.wrong.append((index, failed[0]["name"]))
            self.worst[index] = max(_used(item) for item in checks)
        for name in PROVENANCE:
            self.origin[name][index] = record.get(name)
        self.versions.add(record["npsolver"] or "unknown")
        self.hosts.add(record["host"])
        if "frames" in record:
            self.frames.append((index, record["frames"]))

    def table(self, units: dict) -> Table:
        study = self.study
        members = [study.member(i) for i in range(self.count)]
        columns = [Column("member", np.arange(self.count))]
        for name, unit in study.units.items():
            values = [member.values[name] for member in members]
            if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
                values = np.array(values, dtype=float)
            kind = "axis" if any(axis.name == name for axis in study.axes) else "derived"
            columns.append(Column(name, values, unit, kind=kind))
        columns.append(Column("status", self.status))
        for name, values in self.observables.items():
            unit, label = units.get(name, ("", name))
            columns.append(Column(name, values, unit, label, "observable"))
            if name in self.errors:
                columns.append(Column(f"error of {name}", self.errors[name], unit, f"error of {label}"))
        if self.checks:
            columns.append(Column("worst check", self.worst, "", "largest error over tolerance of the checks", "check"))
        columns += [Column("message", self.message), Column("id", [member.id for member in members])]
        dims = []
        for number, block in enumerate(study.blocks):
            names = [axis.name for axis in block.axes]
            single = len(names) == 1
            dims.append((names[0] if single else "member" if len(study.blocks) == 1 else f"rows{number}", names))
        position = np.array(np.unravel_index(study.rows, study.shape)).T
        attributes = {
            "title": study.title or study.name,
            "description": study.description,
            "study": study.name,
            "sha256": study.sha256,
        }
        return Table(columns, dims, study.shape, position, attributes)

    def provenance(self) -> Table:
        columns = [Column("member", np.arange(self.count)), Column("id", list(self.study.ids))]
        units = {"seconds": "s", "peak_memory_bytes": "B"}
        for name, values in self.origin.items():
            if name == "finished":
                values = [None if value is None else utc(value) for value in values]
            columns.append(Column(name, values, units.get(name, "")))
        return Table(columns)

    def frames_table(self, units: dict) -> Table | None:
        """Long table of members with several frames (times, swept values)."""
        if not self.frames:
            return None
        axis = self.frames[0][1]["axis"]
        names = list(dict.fromkeys(name for _, item in self.frames for name in item["values"]))
        cells: dict[str, list] = {name: [] for name in ("member", "axis", *names)}
        for index, item in self.frames:
            count = len(item["axis"]["values"])
            cells["member"] += [index] * count
            cells["axis"] += item["axis"]["values"]
            for name in names:
                cells[name] += item["values"].get(name, [np.nan] * count)
        columns = [Column("member", cells["member"]), Column(axis["name"], cells["axis"], axis["unit"])]
        return Table(columns + [Column(name, cells[name], *units.get(name, ("", ""))) for name in names])


def _used(item: dict) -> float:
    """Error over tolerance; infinite where the error was, or where none is allowed and there is one."""
    if item["error"] is None:
        return np.inf
    return item["error"] / item["tolerance"] if item["tolerance"] else (np.inf if item["error"] else 0.0)
