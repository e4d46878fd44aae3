"""Case files in two and three dimensions, as texts."""

from __future__ import annotations

SALT = """
[case]
title = "test"
[[species]]
name = "K+"
[[species]]
name = "Cl-"
"""


def bath(name: str, c: str = "10 mM", potential: str = "0 V", concentration: str = "") -> str:
    held = concentration or f'"K+" = "{c}", "Cl-" = "{c}"'
    return f'[boundary."{name}"]\nkind = "bath"\nconcentration = {{ {held} }}\npotential = "{potential}"\n'


SLIT = (
    SALT
    + """
[geometry]
dimension = 2
[[geometry.region]]
name = "pore"
x = ["0 nm", "40 nm"]
y = ["0 nm", "10 nm"]
[[geometry.surface]]
name = "wall"
side = "top"
x = ["10 nm", "30 nm"]
[boundary.wall]
kind = "wall"
surface_charge = "-20 mC/m^2"
"""
    + bath("left", potential="0.1 V")
    + bath("right")
)

# three layers, in one dimension and as a plane
LAYERS = [
    ("in", "20 nm", ""),
    ("membrane", "5 nm", 'fixed_charge = "-50 mM"\nrelative_permittivity = 20\n'),
    ("out", "15 nm", ""),
]


def layers(dimension: int) -> str:
    text, start = SALT, 0.0
    if dimension > 1:
        text += f"[geometry]\ndimension = {dimension}\n"
    else:
        text += "[geometry]\n"
    for name, length, rest in LAYERS:
        size = float(length.split()[0])
        text += f'[[geometry.region]]\nname = "{name}"\n{rest}'
        if dimension == 1:
            text += f'length = "{length}"\n'
        else:
            text += f'x = ["{start} nm", "{start + size} nm"]\ny = ["0 nm", "7 nm"]\n'
            text += 'z = ["0 nm", "3 nm"]\n' if dimension == 3 else ""
        start += size
    nodes = {1: "81", 2: "[81, 5]", 3: "[41, 4, 4]"}[dimension]
    text += f'[mesh]\ngrading = "uniform"\nnodes = {nodes}\n'
    return text + bath("left", "100 mM", "30 mV") + bath("right", "5 mM")
