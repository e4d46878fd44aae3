"""Small studies for the tests."""

from __future__ import annotations

from pathlib import Path

CASE = """
[case]
title = "Selective membrane"
[model]
temperature = 298.15
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[geometry]
[[geometry.region]]
name = "inside"
length = "10 nm"
[[geometry.region]]
name = "membrane"
length = "5 nm"
excluded_species = ["Cl-"]
[[geometry.region]]
name = "outside"
length = "10 nm"
[boundary.left]
kind = "bath"
concentration = {{ "K+" = 100 }}
balance = "Cl-"
current = 0
[boundary.right]
kind = "bath"
concentration = {{ "K+" = 10 }}
balance = "Cl-"
potential = 0
[mesh]
refine = {refine}
[solve]
kind = "steady"
[[expect]]
observable = "membrane_potential"
reference = "nernst(K+, left, right)"
rtol = 1e-9
"""


def write_case(folder: Path, refine: float = 0.3) -> Path:
    path = folder / "base.toml"
    path.write_text(CASE.format(refine=refine), encoding="utf-8")
    return path


def write_study(folder: Path, axes: dict, *, refine: float = 0.3, text: str = "", study: str = "") -> Path:
    """A study over ``x`` = right over left concentration (and ``T``): name -> (from, to, points)."""
    write_case(folder, refine)
    lines = ['[study]\ncase = "base.toml"\nobservables = ["membrane_potential"]', study]
    for name, (start, stop, points) in axes.items():
        key = 'key = "model.temperature"\n' if name == "T" else ""
        spacing = '\nspacing = "log"' if name == "x" else ""
        lines.append(f'[[axis]]\nname = "{name}"\n{key}from = {start}\nto = {stop}\npoints = {points}{spacing}')
    lines.append('[derived]\n"boundary.right.concentration.K+" = "100 * x"')
    path = folder / "test.study.toml"
    path.write_text("\n".join([*lines, text]), encoding="utf-8")
    return path
