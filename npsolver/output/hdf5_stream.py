"""HDF5 through a Python stream that survives a full disk.

When a write fails, the HDF5 library cannot close its file any more and takes the whole process down. The stream
therefore tells it that all is well, drops what follows, and raises the error once the library has let go.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class _Stream(io.RawIOBase):
    """A file that remembers its first error instead of raising it."""

    def __init__(self, path: Path):
        # readable, too: the library reads back parts of what it wrote
        self._file = open(path, "w+b", buffering=0)  # noqa: SIM115 - closed by `close`
        self._size = 0
        self.error: OSError | None = None

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            # the size that the library believes in, also where writes were dropped
            return self._file.seek(self._size + offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer) -> int:
        count = self._file.readinto(buffer)
        if self.error is not None:
            view = memoryview(buffer).cast("B")
            view[count:] = bytes(len(view) - count)
            return len(view)
        return count

    def write(self, data) -> int:
        view = memoryview(data).cast("B")
        start, written = self._file.tell(), 0
        try:
            while self.error is None and written < len(view):  # a signal or a nearly full disk gives short writes
                written += self._file.write(view[written:])
        except OSError as error:
            self.error = error
        self._file.seek(start + len(view))
        self._size = max(self._size, start + len(view))
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        size = self._file.tell() if size is None else size
        try:
            if self.error is None:
                self._file.truncate(size)
        except OSError as error:
            self.error = error
        self._size = size
        return size

    def flush(self) -> None:
        """Nothing is buffered."""

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def new_hdf5(path: Path) -> Iterator:
    """``h5py.File`` for writing `path`; an OSError while writing is raised when the file is closed."""
    import h5py

    stream = _Stream(path)
    try:
        with h5py.File(stream, "w", track_order=True) as file:
            yield file
    except Exception as error:
        # what the library says after a failed write is only its consequence
        if stream.error is not None:
            raise stream.error from error
        raise
    finally:
        stream.close()
    if stream.error is not None:
        raise stream.error
