"""Reads TOML, and says where it is none."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from npsolver.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_BYTES = 1_000_000
MAX_DEPTH = 40


def read_text(path: str | Path) -> str:
    """Text of a case file; refuses what cannot be one before reading all of it."""
    name = str(path)
    path = Path(path)
    try:
        if path.is_dir():
            raise InputError("is a folder; expected a case file in TOML", file=name)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        near = _similar(path)
        raise InputError(f"no such file{near}", file=name) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", file=name) from None
    if len(data) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES // 1_000_000} MB; a case file is a few kB of TOML", file=name)
    if not data.strip():
        raise InputError("is empty; 'npsolver new NAME' writes a case to start from", file=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            raise InputError("is not a text file; expected a case file in TOML", file=name) from None
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"line {line}: is not UTF-8 text; save the file as UTF-8", file=name) from None


def _similar(path: Path) -> str:
    from npsolver.case.problems import nearest

    if not path.parent.is_dir():
        return f": there is no folder {str(path.parent)!r}"
    return nearest(path.name, [item.name for item in path.parent.glob("*.toml")])


def parse(text: str, file: str) -> dict:
    """Tables of a TOML text."""
    if "\0" in text:
        raise InputError("is not a text file; expected a case file in TOML", file=file)
    if _depth(text) > MAX_DEPTH:
        raise InputError(f"not a case file: brackets or keys are nested more than {MAX_DEPTH} deep", file=file)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = re.search(r"\s*\(at (line \d+, column \d+|end of document)\)", message)
        location = place.group(1) if place else "somewhere"
        hint = ""
        if "overwrite" in message or "twice" in message or "already" in message or "mutate" in message:
            hint = "; a key or section is given twice"
            line = text.splitlines()[int(found.group()) - 1].strip() if (found := re.search(r"\d+", location)) else ""
            if line.startswith("[["):
                hint = f", for it stands above in single brackets; of what may be given several times every one is a {line}"
        sentence = re.sub(r"\s*\(at .*\)", "", message)
        raise InputError(f"{location}: not valid TOML: {sentence}{hint}", file=file) from None
    except (ValueError, RecursionError, OverflowError) as error:
        raise InputError(f"not valid TOML: {str(error).split(';')[0]}", file=file) from None


def parse_value(text: str) -> object:
    """One value: TOML where `text` is TOML, None where it is empty, otherwise the text itself."""
    text = text.strip()
    if not text:
        return None
    if "\n" in text or len(text) > 10_000 or _depth(text) > MAX_DEPTH:
        return text
    try:
        document = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = document.get("value")
    plain = isinstance(value, str | int | float | list | dict) and set(document) == {"value"}
    return value if plain else text


def _depth(text: str) -> int:
    """Upper bound of the nesting of brackets and dotted keys, found without recursion."""
    deepest = depth = 0
    for character in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if character in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    dots = 0
    for piece in re.split(r"([.=,\[\]{}\n])", text):
        if piece != "." and (not piece.strip() or re.search(r"\s", piece.strip()) or piece in "=,[]{}"):
            dots = 0
        elif piece == ".":
            dots += 1
            deepest = max(deepest, dots)
    return deepest
