"""Cases without a mesh, as text and as files."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import npsolver
from npsolver.case import to_si
from npsolver.validation import check, prepare

ROOT = Path(__file__).parents[2] / "cases"
FOLDERS = ("batteries", "bioenergetics", "cells", "electrodes", "ions", "pourbaix", "surfaces")

NERNST = """
[case]
kind = "equilibrium"
title = "Nernst"
[model]
temperature = "310.15 K"
[input]
K_in = "140 mM"
K_out = "5 mM"
[[law]]
name = "E_K"
law = "nernst_potential"
ion = "K+"
inputs = { a_in = "= K_in", a_out = "= K_out" }
[[expect]]
observable = "E_K"
value = "-89.059 mV"
atol = "0.001 mV"
"""

SWEEP = """
[[sweep]]
parameter = "input.K_out"
values = { from = "1 mM", to = "100 mM", points = 5, spacing = "log" }
"""

CELL = """
[case]
kind = "cell"
[model]
temperature = "310.15 K"
[cell]
area = "1e-9 m^2"
volume = "2 pL"
potential = "-70 mV"
[[species]]
name = "Na+"
inside = "15 mM"
outside = "145 mM"
[[species]]
name = "K+"
inside = "140 mM"
outside = "5 mM"
[[species]]
name = "Cl-"
inside = "8 mM"
outside = "110 mM"
[[pump]]
maximum_rate = "1e-8 mol/m^2/s"
[[leak]]
species = "Na+"
balance = true
[[leak]]
species = "K+"
balance = true
[[intervention]]
time = "1 min"
set = { pump = 0 }
[solve]
end_time = "2 min"
output_times = ["0 s", "1 min", "2 min"]
"""

AXON = """
[case]
kind = "cell"
[model]
temperature = "6.3 degC"
[axon]
[clamp]
kind = "current"
[clamp.pulses]
start = "1 ms"
duration = "1 ms"
value = "15 uA/cm^2"
[solve]
end_time = "5 ms"
"""

POURBAIX = """
[case]
kind = "pourbaix"
[diagram]
elements = ["Fe"]
points = [20, 20]
[[probe]]
name = "rust"
kind = "stable"
compound = "Fe2O3"
ph = 9
potential = "0.2 V"
"""

ALLOY = """
[case]
kind = "pourbaix"
[diagram]
type = "alloy"
composition = { Fe = 0.7, Cr = 0.3 }
points = [6, 6]
[[probe]]
name = "kept"
kind = "retained"
ph = 9
potential = "0 V"
"""

SURFACE = """
[case]
kind = "pourbaix"
[diagram]
type = "surface"
points = [20, 20]
[surface]
area = "0.2 nm^2"
[[state]]
name = "OH*"
gibbs_energy = "1.0 eV"
oxygen = 1
hydrogen = 1
"""

OCV = """
[case]
kind = "ocv"
[[host]]
name = "host"
model = "regular-solution"
standard_potential = "3.42 V"
interaction = "11 kJ/mol"
[electrode]
host = "host"
capacity = "2 A*h"
[electrode.polarisation]
current = "1 A"
resistance_spread = "5 mohm"
[solve]
points = 21
spectrum_points = 51
"""

TEXTS = {
    "equilibrium": NERNST,
    "sweep": NERNST + SWEEP,
    "cell": CELL,
    "axon": AXON,
    "pourbaix": POURBAIX,
    "alloy": ALLOY,
    "surface": SURFACE,
    "ocv": OCV,
}


def checks_of(case, solution):
    quantity = partial(to_si, temperature=case.model.temperature)
    prepare(case, quantity=quantity)
    return check(case, solution, quantity=quantity)


def run_file(name: str):
    """Case, solution and checks of a shipped case."""
    case = npsolver.load(ROOT / name)
    solution = npsolver.run(case)
    return case, solution, checks_of(case, solution)
