"""Lists of whole numbers as job arrays write them."""

from __future__ import annotations

from npsolver.errors import InputError


def ranges(numbers) -> str:
    """``"0,3,7-9"``, as job arrays and ``--members`` take it."""
    parts: list[list[int]] = []
    for number in map(int, numbers):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def numbers(text: str) -> tuple[int, ...]:
    """Inverse of `ranges`."""
    found: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.strip().partition("-")
            found += range(int(first), int(last or first) + 1)
    except ValueError:
        raise InputError(f"expected numbers such as 0,3,7-9, got {text!r}", key="--members") from None
    return tuple(dict.fromkeys(found))
