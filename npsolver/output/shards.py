"""Results of many members in files that only grow: one file per process, one line per record, a checksum per line.

A line is ``crc32 kind payload``. Kinds: ``h`` (who wrote the file, JSON), ``u`` (unit and label of observables, JSON)
and ``r`` (``id status json``). No two processes write to one file, so nothing is locked, also on shared file systems;
a process that is killed in the middle of a line leaves a line whose checksum is wrong, and readers pass over it.
"""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from npsolver.errors import InputError
from npsolver.output.atomic import explain_os_error
from npsolver.output.records import finite, package_version, plain

FOLDER = "shards"
SUFFIX = ".shard"
FORMAT_VERSION = 1
CONVERGED = "converged"
SYNC_SECONDS = 2.0  # what a power failure may cost; a killed process loses nothing


@dataclass(frozen=True)
class Location:
    """Where a record lies: file, position of its JSON, and what the line says without it."""

    path: Path
    offset: int
    length: int
    status: str


class ShardWriter:
    """A file of this process alone; it appears with the first record.

    Parameters
    ----------
    directory : path
        Folder of the study.
    about : mapping
        Goes into the header beside version, host, process and time.
    """

    def __init__(self, directory: str | os.PathLike, about: Mapping[str, object] | None = None):
        self.directory = Path(directory)
        self.about = dict(about or {})
        self.path: Path | None = None
        self._descriptor = -1
        self._size = 0
        self._known: set[str] = set()
        self._synced = time.monotonic()

    def write(self, identity: str, status: str, record: Mapping[str, object], units: Mapping[str, tuple]) -> None:
        """Append one record; it is whole in the file when this returns.

        Parameters
        ----------
        identity, status : str
        record : mapping
            JSON-able.
        units : mapping of str to (unit, label)
            Of the observables in the record; written once per file.
        """
        lines = b""
        if self._descriptor < 0:
            lines += self._open()
        new = {name: list(item) for name, item in units.items() if name not in self._known}
        if new:
            lines += _line("u", _json(new))
        lines += _line("r", f"{identity} {status} ".encode() + _json(record))
        self._append(lines)
        self._known |= set(new)
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Make everything written so far survive a power failure."""
        if self._descriptor >= 0:
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                raise explain_os_error(error, self.directory) from error
        self._synced = time.monotonic()

    def close(self) -> None:
        """Sync and close."""
        if self._descriptor >= 0:
            self.sync()
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> bytes:
        host = socket.gethostname()
        folder = self.directory / FOLDER
        name = f"{host}-{os.getpid()}-{uuid.uuid4().hex[:12]}{SUFFIX}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)
        except OSError as error:
            raise explain_os_error(error, self.directory) from error
        self.path = folder / name
        header = {
            "format": "npsolver-shard",
            "format_version": FORMAT_VERSION,
            "npsolver": package_version(),
            "host": host,
            "process": os.getpid(),
            "started": time.time(),
            **self.about,
        }
        return _line("h", _json(header))

    def _append(self, data: bytes) -> None:
        """All of `data`, or the file as it was."""
        written = 0
        try:
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
        except OSError as error:
            # the file keeps whole lines only; if even that fails the checksum tells readers
            os.ftruncate(self._descriptor, self._size)
            raise explain_os_error(error, self.directory) from error
        self._size += len(data)


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=plain)


def _json(record: object) -> bytes:
    """JSON of a record, with null for numbers that JSON cannot carry."""
    try:
        return _ENCODER.encode(record).encode()
    except ValueError:  # few records hold such a number, and looking for one costs more than writing
        return _ENCODER.encode(finite(plain(record))).encode()


def _line(kind: str, payload: bytes) -> bytes:
    body = kind.encode() + b" " + payload
    return b"%08x " % zlib.crc32(body) + body + b"\n"


class Shards:
    """What the shards of a folder hold, without reading the records themselves.

    Attributes
    ----------
    records : dict of str to Location
        The record that counts for every member: a converged one before any other, then the latest.
    units : dict of str to (str, str)
        Unit and label of every observable.
    headers : dict of Path to dict
    damaged : int
        Lines passed over because they are not whole.
    """

    def __init__(self, directory: str | os.PathLike):
        self.directory = Path(directory)
        self.records: dict[str, Location] = {}
        self.units: dict[str, tuple[str, str]] = {}
        self.headers: dict[Path, dict] = {}
        self.damaged = 0
        self.unreadable: list[str] = []
        folder = self.directory / FOLDER
        paths = sorted(folder.glob(f"*{SUFFIX}"), key=_age) if folder.is_dir() else []
        for path in paths:
            try:
                self._scan(path)
            except OSError as error:
                self.unreadable.append(f"{path}: {error.strerror or error}")

    def _scan(self, path: Path) -> None:
        offset = 0
        with open(path, "rb") as stream:
            for line in stream:
                start, offset = offset, offset + len(line)
                body = line[9:-1]
                if not line.endswith(b"\n") or line[:8] != b"%08x" % zlib.crc32(body):
                    self.damaged += 1
                    continue
                kind = body[:1]
                if kind == b"r":
                    identity, status = body[2:].split(b" ", 2)[:2]
                    skip = 9 + 2 + len(identity) + 1 + len(status) + 1
                    self._take(identity.decode(), Location(path, start + skip, len(line) - skip - 1, status.decode()))
                elif kind == b"u":
                    self.units.update({name: tuple(item) for name, item in json.loads(body[2:]).items()})
                elif kind == b"h":
                    self.headers[path] = json.loads(body[2:])

    def _take(self, identity: str, found: Location) -> None:
        before = self.records.get(identity)
        if before is None or before.status != CONVERGED:
            self.records[identity] = found

    def read(self, identities) -> Iterator[dict]:
        """The records of members, in the order asked for, each with ``id``, ``status``, ``host`` and ``npsolver``."""
        streams: dict[Path, object] = {}
        try:
            for identity in identities:
                place = self.records[identity]
                if place.path not in streams:
                    if len(streams) >= 100:
                        streams.pop(next(iter(streams))).close()
                    streams[place.path] = open(place.path, "rb")  # noqa: SIM115 (closed below)
                stream = streams[place.path]
                stream.seek(place.offset)
                header = self.headers.get(place.path, {})
                record = json.loads(stream.read(place.length))
                record |= {"id": identity, "status": place.status}
                record |= {"host": header.get("host", ""), "npsolver": header.get("npsolver", "")}
                yield record
        finally:
            for stream in streams.values():
                stream.close()


def _age(path: Path) -> tuple:
    try:
        return path.stat().st_mtime_ns, path.name
    except OSError:
        return 0, path.name


def read_manifest(directory: str | os.PathLike) -> dict:
    """``study.json`` of a folder, empty if there is none."""
    path = Path(directory) / "study.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        hint = "; once it is removed, npsolver sweep writes it again from the study file"
        raise InputError(f"cannot be read: {error}{hint}", file=str(path)) from error


def write_manifest(directory: str | os.PathLike, record: Mapping[str, object]) -> None:
    """Write ``study.json``; many tasks may do so at once, and each reader sees a whole one."""
    directory = Path(directory)
    # process numbers repeat from host to host
    temporary = directory / f".study.{uuid.uuid4().hex}.part"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with open(temporary, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(json.dumps(plain(record), indent=1, ensure_ascii=False, default=str) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, directory / "study.json")
    except OSError as error:
        raise explain_os_error(error, directory) from error
    finally:
        with suppress(OSError):  # of a folder that became read-only: the user is being told
            temporary.unlink(missing_ok=True)
