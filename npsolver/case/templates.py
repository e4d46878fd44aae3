"""Cases to start from, each commented, valid and with an expectation that proves it."""

from __future__ import annotations

from pathlib import Path

from npsolver.case.problems import listed, nearest
from npsolver.errors import InputError

_NAMES = (
    "membrane",
    "gouy-chapman",
    "donnan",
    "junction",
    "limiting-current",
    "charging",
    "salt-pulse",
    "weak-acid",
    "concentrated",
    "equilibrium",
    "cell",
    "action-potential",
    "pourbaix",
    "ocv",
)


def templates() -> dict[str, str]:
    """Names of the templates and what each is about."""
    from npsolver.case.toml import parse

    return {name: parse(template_text(name), name)["case"]["title"] for name in _NAMES}


def template_text(name: str) -> str:
    """Text of a template, ready to be written to a file."""
    if name not in _NAMES:
        raise InputError(
            f"unknown template {name!r}{nearest(name, _NAMES)} (valid: {listed(_NAMES)})", key="--template"
        )
    return (Path(__file__).parent / "data" / "templates" / f"{name}.toml").read_text(encoding="utf-8")
