"""Who is at work in a folder: a small file per process, touched while it lives; nothing waits for it."""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from pathlib import Path

from npsolver.output.atomic import _is_alive, explain_os_error

FOLDER = "running"
BEAT = 10.0  # s between signs of life
STALE = 60.0  # s without one after which a process on another host counts as gone


class Presence:
    """The announcement of this process."""

    def __init__(self, directory: str | os.PathLike, what: str):
        self.folder = Path(directory) / FOLDER
        self.path = self.folder / f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.json"
        self._last = time.monotonic()
        record = {"host": socket.gethostname(), "process": os.getpid(), "started": time.time(), "what": what}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(record), encoding="utf-8")
        except OSError as error:
            raise explain_os_error(error, Path(directory)) from error

    def beat(self) -> None:
        """Sign of life, as often as needed."""
        if time.monotonic() - self._last > BEAT:
            self._last = time.monotonic()
            if self.path.exists():
                os.utime(self.path)

    def leave(self) -> None:
        """Remove the announcement."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError:  # it goes stale by itself
            return

    def others(self) -> list[dict]:
        """Announcements of living processes that came earlier; those of dead ones are removed."""
        found = []
        own = json.loads(self.path.read_text(encoding="utf-8"))
        now = self.path.stat().st_mtime  # the clock of the file system, which all hosts share
        for path in self.folder.glob("*.json"):
            if path == self.path:
                continue
            try:
                record = json.loads(path.read_text(encoding="utf-8"))
                age = now - path.stat().st_mtime
            except (OSError, ValueError):  # being written, or just removed
                continue
            here = record["host"] == own["host"]
            if age > STALE or (here and not _is_alive(record["process"])):
                path.unlink(missing_ok=True)
            elif (record["started"], path.name) < (own["started"], self.path.name):
                found.append(record)
        return found
