"""What every refusal must look like: one InputError that names the file and the key and says what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from npsolver.case import load
from npsolver.errors import InputError


def changed(text: str, old: str, new: str) -> str:
    """`text` with the first `old`, which must be there, replaced."""
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def assert_refused(base: str, old: str, new: str, fragments: list[str], folder: Path) -> None:
    """The case with `old` replaced is refused with a message that holds all `fragments`."""
    path = folder / "bad.toml"
    path.write_text(changed(base, old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(path)
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert message.startswith(str(path))
    for fragment in fragments:
        assert fragment in message, message
    assert len(message) < 4000
    assert "\n\n" not in message
    for word in ("Error", "Traceback"):  # nothing of how it was found out
        assert word not in message
