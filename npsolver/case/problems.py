"""Collects what is wrong with a case, so that one run reports all of it."""

from __future__ import annotations

from collections.abc import Iterable

from npsolver.errors import InputError

SHOWN = 8


class Problems:
    """Problems of one file.

    Parameters
    ----------
    file : str
        Name of the file as the user gave it.
    """

    def __init__(self, file: str):
        self.file = file
        self.note = ""
        self._found: dict[tuple[str, str], None] = {}

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self):
        return iter(self._found)

    def add(self, location: str, message: str) -> None:
        """Record that `message` holds at `location` (``"species 'K+': diffusivity"``)."""
        self._found[location, message] = None

    def raise_if_any(self) -> None:
        """Raise one InputError that lists the first problems and counts the rest."""
        if not self._found:
            return
        found = list(self._found)
        if len(found) == 1:
            location, message = found[0]
            raise InputError(message + self.note, file=self.file, key=location or None)
        lines = [": ".join(part for part in (self.file, *problem) if part) for problem in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"{self.file}: and {len(found) - SHOWN} more problems")
        raise InputError("\n".join(lines) + self.note)


def nearest(name: str, valid: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` if a valid name resembles `name`, otherwise nothing."""
    import difflib  # 1 ms that a case without mistakes can save

    valid = list(valid)
    close = difflib.get_close_matches(name, valid, n=1, cutoff=0.6)
    if not close:
        lowered = {item.lower(): item for item in valid}
        close = [lowered[item] for item in difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)]
    return f"; did you mean {close[0]!r}?" if close else ""


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Names for a message, the first `limit` of them."""
    names = list(names)
    more = f", ... ({len(names)} in all)" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def plural(count: int, noun: str) -> str:
    """``"1 node"``, ``"2 nodes"``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
