"""``checkpoint.h5``: the state from which an interrupted transient continues bit for bit."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from npsolver.errors import InputError
from npsolver.output.atomic import replacing
from npsolver.output.hdf5_stream import new_hdf5
from npsolver.output.records import case_record, package_version, plain

FILE = "checkpoint.h5"
FORMAT = "npsolver-checkpoint"
FORMAT_VERSION = 1
_NOT_HASHED = ("case", "output", "expect")  # sections that do not change the numbers


class Checkpoint:
    """Where a run leaves its state now and then.

    Parameters
    ----------
    directory : path
        Folder of the results.
    case : object
        With ``name``, ``title``, ``sha256`` and ``effective``.
    interval : float
        Least time between two files, s of wall time. The first one is written after a tenth of it, so that a run
        stopped early has something to continue from.
    """

    def __init__(self, directory: str | os.PathLike, case, *, interval: float = 5.0):
        self.path = Path(directory) / FILE
        self.saved = False
        self._case = case
        self._interval = interval
        self._next = time.monotonic() + 0.1 * interval
        self._asked: float | None = None
        self._stop = False

    def due(self) -> bool:
        """Whether the run should call `save` now (cheap: may be asked at every step)."""
        self._asked = time.monotonic()
        return self._stop or self._asked >= self._next

    def save(self, state: Mapping[str, object]) -> None:
        """Write `state`, replacing the earlier file at once or not at all.

        Parameters
        ----------
        state : mapping of str to ndarray, float, int, str or bool
            Numbers come back with all their bits.

        Raises
        ------
        KeyboardInterrupt
            After the file is complete, if `request_stop` was called.
        """
        write_checkpoint(self.path.parent, self._case, state)
        self.saved = True
        self._next = time.monotonic() + self._interval
        if self._stop:
            raise KeyboardInterrupt

    def request_stop(self) -> bool:
        """Ask the run to save and stop after its current step.

        Returns
        -------
        bool
            False if the run does not look at this checkpoint (it is no transient): then nothing will stop it.
        """
        self._stop = self._asked is not None
        return self._stop

    def discard(self) -> None:
        """Remove the file: the run is complete."""
        self.path.unlink(missing_ok=True)


def write_checkpoint(directory: str | os.PathLike, case, state: Mapping[str, object]) -> None:
    """Write `state` of `case` to ``checkpoint.h5``."""
    import h5py

    with replacing(directory) as files, new_hdf5(files.path(FILE)) as file:
        record = case_record(case)
        file.attrs.update({"format": FORMAT, "format_version": FORMAT_VERSION, "npsolver": package_version()})
        file.attrs.update({"case_name": record["name"], "case_sha256": record["sha256"]})
        file.create_dataset("case", data=json.dumps(plain(case.effective)), dtype=h5py.string_dtype())
        group = file.create_group("state", track_order=True)
        for number, (key, value) in enumerate(state.items()):
            if isinstance(value, str):
                dataset = group.create_dataset(str(number), data=value, dtype=h5py.string_dtype())
            elif isinstance(value, (bool, int, float, np.ndarray, np.generic)):
                dataset = group.create_dataset(str(number), data=value)
            else:
                raise TypeError(f"state {key!r}: cannot store a {type(value).__name__}")
            dataset.attrs["key"] = key
            dataset.attrs["type"] = "array" if isinstance(value, np.ndarray) else type(value).__name__


def read_checkpoint(directory: str | os.PathLike, case) -> dict[str, object]:
    """State stored in `directory`, bit for bit; InputError if there is none or if it belongs to another case."""
    import h5py

    path = Path(directory) / FILE
    if not path.is_file():
        raise InputError("there is no checkpoint to restart from; run without --restart", file=str(path))
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != FORMAT:
                raise InputError("is not a checkpoint of npsolver", file=str(path))
            if file.attrs["case_sha256"] != case.sha256:
                differences = _differences(json.loads(file["case"].asstr()[()]), plain(case.effective))
                raise InputError(
                    f"was written for another case ({differences}); restore the case or run without --restart",
                    file=str(path),
                )
            return {item.attrs["key"]: _read(item) for item in file["state"].values()}
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"cannot be read: {error}; run without --restart", file=str(path)) from error


def _read(dataset):
    kind = dataset.attrs["type"]
    if kind == "array":
        return dataset[...]
    if kind == "str":
        return dataset.asstr()[()]
    value = dataset[()]
    return {"float": float, "int": int, "bool": bool}.get(kind, lambda scalar: scalar)(value)


def _differences(old, new) -> str:
    """The first few keys in which two effective cases differ."""
    old, new = (_flat({key: case[key] for key in case if key not in _NOT_HASHED}) for case in (old, new))
    keys = [key for key in [*new, *(key for key in old if key not in new)] if old.get(key) != new.get(key)]
    shown = [f"{key} is {_text(new, key)}, was {_text(old, key)}" for key in keys[:3]]
    if len(keys) > 3:
        shown.append(f"and {len(keys) - 3} more")
    return "; ".join(shown) or "its sha256 differs"


def _text(values: dict, key: str) -> str:
    return json.dumps(values[key], ensure_ascii=False) if key in values else "absent"


def _flat(value, prefix: str = "") -> dict[str, object]:
    """Nested dicts and lists as one dict with dotted keys."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return {prefix: value}
    flat: dict[str, object] = {}
    for key, item in items:
        flat |= _flat(item, f"{prefix}.{key}" if prefix else str(key))
    return flat
