"""A sweep: find out what is missing, compute it, tell how it goes."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time

import numpy as np

from npsolver.batch.member import check_study
from npsolver.batch.pool import Pool
from npsolver.batch.progress import Progress
from npsolver.case.problems import plural
from npsolver.case.study import Study
from npsolver.errors import InputError
from npsolver.output import prepare_directory
from npsolver.output.presence import Presence
from npsolver.output.shards import CONVERGED, Shards, ShardWriter, read_manifest, write_manifest

MANIFEST_FORMAT = 1


@dataclass(frozen=True)
class Selection:
    """Which members a task has.

    Attributes
    ----------
    index : int or None
        Number of the task, from 0; None means all members.
    chunk : int
        Members per task.
    members : tuple of int or None
        Positions of single members instead.
    """

    index: int | None = None
    chunk: int = 1
    members: tuple[int, ...] | None = None

    def of(self, study: Study) -> Sequence[int]:
        """Positions in the study."""
        count = len(study)
        if self.members is not None:
            beyond = [i for i in self.members if not 0 <= i < count]
            if beyond:
                raise InputError(f"there is no member {beyond[0]}; there are members 0 to {count - 1}", key="--members")
            return self.members
        if self.index is None:
            return range(count)
        tasks = self.tasks(study)
        if not 0 <= self.index < tasks:
            raise InputError(
                f"there is no task {self.index}; {plural(count, 'member')} in chunks of {self.chunk} are tasks 0 to "
                f"{tasks - 1}",
                key="--index",
            )
        return range(self.index * self.chunk, min(count, (self.index + 1) * self.chunk))

    def tasks(self, study: Study) -> int:
        """Number of tasks of this size."""
        return -(-len(study) // self.chunk)

    @property
    def is_all(self) -> bool:
        return self.index is None and self.members is None


@dataclass
class Outcome:
    """What a sweep did.

    Attributes
    ----------
    total, before : int
        Members selected, and how many of them had a result already.
    failed_before : int
        How many of those failed then and were left alone.
    counts : dict of str to int
        Status -> members, of this sweep.
    failures : list of (int, str, str)
        Member, status, message; the first few.
    seconds : float
    solving : float
        Sum of the times of the members, s.
    interrupted : bool
    notes : list of str
        What a user should know.
    """

    total: int = 0
    before: int = 0
    failed_before: int = 0
    counts: Counter = field(default_factory=Counter)
    failures: list = field(default_factory=list)
    seconds: float = 0.0
    solving: float = 0.0
    interrupted: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return sum(count for status, count in self.counts.items() if status != CONVERGED)


SHOWN_FAILURES = 10


def sweep(
    study: Study,
    directory: str | os.PathLike,
    make_solver: Callable,
    *,
    jobs: int = 1,
    selection: Selection | None = None,
    retry_failed: bool = False,
    seconds: float | None = None,
    memory: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    runner: Callable | None = None,
) -> Outcome:
    """Compute every selected member that has no result yet.

    Parameters
    ----------
    study : Study
    directory : path
        Where the results are and go.
    make_solver : callable () -> callable (case, position) -> Solution
    jobs : int
        Processes.
    selection : Selection, optional
        Default: all members.
    retry_failed : bool
        Compute those again that have a record but did not converge.
    seconds : float, optional
        Time limit per member.
    memory : int, optional
        Bytes that a worker may use beyond what it starts with.
    progress : callable (Progress), optional
        Called a few times per second.
    runner : callable, optional
        Like ``Pool(...).run`` on other machines, see `npsolver.batch.dask`.

    Raises
    ------
    InputError
        A wrong study, a folder that cannot be written to, another sweep at work on the same members.
    NpsolverError
        E.g. a full disk; what was finished stays.
    """
    selection = selection or Selection()
    directory = prepare_directory(directory)
    check_study(study)
    indices = selection.of(study)
    shards, outcome = Shards(directory), Outcome(total=len(indices))
    outcome.notes += describe_changes(study, directory, shards)
    missing = unfinished(study, shards, indices, retry_failed)
    outcome.before = outcome.total - len(missing)
    outcome.failed_before = failed_records(study, shards, indices) if not retry_failed else 0
    write_study(study, directory, only_if_new=not selection.is_all)
    if not len(missing):
        return outcome
    presence = Presence(directory, "all members" if selection.is_all else f"{len(indices)} members")
    try:
        if selection.is_all:
            _refuse_company(presence, directory)
        _run(study, directory, make_solver, missing, outcome, jobs, seconds, memory, progress, presence, runner)
    finally:
        presence.leave()
    return outcome


def unfinished(study: Study, shards: Shards, indices: Sequence[int], retry_failed: bool = False) -> np.ndarray:
    """Positions among `indices` without a result (with `retry_failed`: without a converged one)."""

    def is_missing(identity: str) -> bool:
        found = shards.records.get(identity)
        return found is None or (retry_failed and found.status != CONVERGED)

    return np.array([i for i in indices if is_missing(study.ids[i])], dtype=np.int64)


def failed_records(study: Study, shards: Shards, indices: Sequence[int]) -> int:
    """Number of members among `indices` that have a record but did not converge."""
    if all(item.status == CONVERGED for item in shards.records.values()):
        return 0
    found = (shards.records.get(study.ids[i]) for i in indices)
    return sum(item is not None and item.status != CONVERGED for item in found)


def _run(study, directory, make_solver, missing, outcome, jobs, seconds, memory, progress, presence, runner) -> None:
    writer = ShardWriter(directory, {"study": study.name})

    def lost(index: int, status: str, message: str) -> None:
        record = {"index": index, "message": message, "finished": time()}
        writer.write(study.ids[index], status, record, {})

    pool = None
    if runner is None:
        pool = Pool(study, str(directory), make_solver, jobs, seconds, memory, lost)
        runner = pool.run
    state = Progress(total=len(missing))
    try:
        with _interruptible() as interruptions:
            for event in runner(missing):
                if event is not None:
                    index, status, took, message = event
                    outcome.counts[status] += 1
                    outcome.solving += took
                    state.add(status)
                    if status != CONVERGED and len(outcome.failures) < SHOWN_FAILURES:
                        outcome.failures.append((index, status, message))
                if progress is not None and state.due():
                    progress(state)
                presence.beat()
                if interruptions and not outcome.interrupted:
                    outcome.interrupted = True
                    if pool is None:
                        break
                    pool.stop()
                if len(interruptions) > 1:
                    break
    finally:
        if pool is not None:
            pool.kill()
        writer.close()
        outcome.seconds = state.elapsed
    if progress is not None:
        progress(state)


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Collects SIGINT and SIGTERM instead of dying of them."""
    seen: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield seen
        return
    before = {
        number: signal.signal(number, lambda number, _: seen.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refuse_company(presence: Presence, directory: Path) -> None:
    for other in presence.others():
        raise InputError(
            f"another sweep (process {other['process']} on {other['host']}) is at work on {other['what']} of this "
            "folder; wait for it, stop it, or choose another folder with -o. What it finishes is kept",
            file=str(directory),
        )


def describe_changes(study: Study, directory: Path, shards: Shards) -> list[str]:
    """What a user should know about results that are there already."""
    notes = []
    if shards.damaged:
        what = "not whole (a process was killed while writing, or the file was damaged); passed over"
        notes.append(f"{plural(shards.damaged, 'record')} {what}")
    notes += [f"cannot be read: {problem}" for problem in shards.unreadable]
    manifest = read_manifest(directory)
    if shards.records and manifest and manifest.get("sha256") not in (None, study.sha256):
        own = set(study.ids)
        kept = sum(identity in own for identity in shards.records)
        notes.append(
            f"the study has changed since the results in {directory}: {kept} of its {len(study)} members are unchanged "
            f"and keep their results, {len(shards.records) - kept} older results belong to none of them and are left "
            "aside"
        )
    return notes


def write_study(study: Study, directory: Path, *, only_if_new: bool) -> None:
    """Write ``study.json``, from which the study can be repeated without its files."""
    manifest = read_manifest(directory)
    if manifest.get("sha256") == study.sha256 and (only_if_new or manifest.get("path") == study.path):
        return
    write_manifest(directory, manifest_of(study))


def manifest_of(study: Study) -> Mapping[str, object]:
    """The study as a record."""
    from npsolver.output.records import package_version

    return {
        "format": "npsolver-study",
        "format_version": MANIFEST_FORMAT,
        "npsolver": package_version(),
        "name": study.name,
        "title": study.title,
        "path": study.path,
        "sha256": study.sha256,
        "members": len(study),
        "study": study.document,
    }
