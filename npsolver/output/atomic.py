"""Files that are either old and whole or new and whole.

Everything is written under a temporary name in the target folder, flushed to the disk, and only then renamed:
``os.replace`` within one folder is atomic on every supported file system.  A crash, a full disk or a kill
therefore leaves the earlier files as they were.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from npsolver.errors import InputError, NpsolverError

_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def explain_os_error(error: OSError, directory: Path) -> NpsolverError:
    """The failure of the operating system as one sentence for the user."""
    code = error.errno
    if code in _FULL or "No space left" in str(error) or "File too large" in str(error):
        return NpsolverError(
            f"{directory}: the disk is full or a size limit was reached while writing; "
            "earlier results were left as they were. Free some space or choose another folder with -o"
        )
    if code in _FORBIDDEN:
        return InputError(
            "cannot be written to (no permission, or read-only); choose another folder with -o", file=str(directory)
        )
    if code in (errno.ENOTDIR, errno.EEXIST):
        return InputError(
            "is not a folder, or part of its path is a file; choose another folder with -o", file=str(directory)
        )
    if code == errno.ENAMETOOLONG:
        return InputError("the name of the folder is too long; choose another folder with -o", file=str(directory))
    reason = error.strerror or error
    return NpsolverError(f"{directory}: writing failed ({reason}); earlier results were left as they were")


def prepare_directory(directory: str | os.PathLike) -> Path:
    """Create `directory` if needed and show that it can be written to; otherwise InputError.

    Called before a run starts: hours of work must not end at a read-only folder.
    """
    directory = Path(directory)
    probe = directory / f".probe.{os.getpid()}.part"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise explain_os_error(error, directory) from error
    return directory


def write_new_text(path: str | os.PathLike, text: str) -> None:
    """Write `text` to a file that must not exist yet; InputError if it does."""
    path = Path(path)
    try:
        # "x": never over an existing file, also if it appears at this very moment
        with open(path, "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise InputError("exists already; choose another name", file=str(path)) from error
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", file=str(path)) from error


class Replacement:
    """Temporary files of one folder that will be renamed together, in the order in which they were asked for."""

    def __init__(self, directory: Path):
        self.directory = directory
        self._pending: list[tuple[Path, Path]] = []

    @property
    def names(self) -> list[str]:
        """Final names so far."""
        return [final.name for _, final in self._pending]

    def path(self, name: str) -> Path:
        """Temporary path for the file that will be called `name`; the suffix is kept."""
        stem, suffix = os.path.splitext(name)
        temporary = self.directory / f".{stem}.{os.getpid()}.part{suffix}"
        self._pending.append((temporary, self.directory / name))
        return temporary

    def write_text(self, name: str, text: str) -> None:
        """Write `text` (UTF-8, Unix line ends on every system)."""
        with open(self.path(name), "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)

    def commit(self) -> None:
        """Flush every file to the disk, then rename."""
        for temporary, _ in self._pending:
            with open(temporary, "rb+") as stream:
                os.fsync(stream.fileno())
        for temporary, final in self._pending:
            os.replace(temporary, final)
        _sync_directory(self.directory)

    def discard(self) -> None:
        """Remove what was not renamed."""
        for temporary, _ in self._pending:
            temporary.unlink(missing_ok=True)
        self._pending.clear()


@contextmanager
def replacing(directory: str | os.PathLike) -> Iterator[Replacement]:
    """Write several files of `directory` and replace the earlier ones only when all of them are complete."""
    directory = prepare_directory(directory)
    _remove_leftovers(directory)
    files = Replacement(directory)
    try:
        yield files
        files.commit()
    except OSError as error:
        raise explain_os_error(error, directory) from error
    finally:
        files.discard()


def _sync_directory(directory: Path) -> None:
    """Make the renames themselves durable (POSIX; elsewhere a folder cannot be opened)."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_leftovers(directory: Path) -> None:
    """Remove temporary files of killed processes; those of living ones stay."""
    if os.name != "posix":  # elsewhere there is no harmless way to ask whether a process lives
        return
    for path in directory.glob(".*.part*"):
        owner = path.name.rpartition(".part")[0].rpartition(".")[2]
        if owner.isdigit() and not _is_alive(int(owner)):
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
