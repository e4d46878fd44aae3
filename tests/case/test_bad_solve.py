"""Wrong initial states and wrong orders to the solver."""

from __future__ import annotations

import pytest
from case_mutations import assert_refused
from case_texts import CELL, GOOD

# id: (base, text to replace, replacement, fragments of the message)
MUTATIONS = {
    # initial state
    "no initial state": (
        CELL,
        '[initial]\nconcentration = { "K+" = "10 mM", "Cl-" = "10 mM" }\n',
        "",
        ["'K+'", "initial concentration is needed"],
    ),
    "initial state of an unknown region": (
        CELL,
        "[solve]",
        '[initial.region.bulk.concentration]\n"K+" = 1\n[solve]',
        ["'bulk'", "regions: cell"],
    ),
    "initial concentration negative": (
        CELL,
        '"K+" = "10 mM"',
        '"K+" = "-10 mM"',
        ["initial: concentration: 'K+'", "not negative"],
    ),
    "unknown name in a profile": (
        CELL,
        '"K+" = "10 mM"',
        '"K+" = { expression = "y + 1" }',
        ["'K+': expression", "unknown name 'y'"],
    ),
    "unknown function in a profile": (
        CELL,
        '"K+" = "10 mM"',
        '"K+" = { expression = "system(x)" }',
        ["unknown function 'system'"],
    ),
    "code in a profile": (
        CELL,
        '"K+" = "10 mM"',
        '"K+" = { expression = "().__class__" }',
        ["attribute is not allowed"],
    ),
    "broken profile": (CELL, '"K+" = "10 mM"', '"K+" = { expression = "1 +" }', ["not an expression"]),
    "negative profile": (
        CELL,
        '"K+" = "10 mM"',
        '"K+" = { expression = "cos(pi*x/L)" }',
        ["concentration >= 0", "x = "],
    ),
    "infinite profile": (CELL, '"K+" = "10 mM"', '"K+" = { expression = "1/x" }', ["finite"]),
    "tower of powers": (CELL, '"K+" = "10 mM"', '"K+" = { expression = "9**9**9**9" }', ["finite"]),
    "unit of a profile": (CELL, '"K+" = "10 mM"', '"K+" = { expression = "1", unit = "V" }', ["'K+': unit"]),
    "unknown key of a profile": (CELL, '"K+" = "10 mM"', '"K+" = { expresion = "1" }', ["unknown key 'expresion'"]),
    # solve
    "no end time": (CELL, 'end_time = "1 ms"', "", ["solve: end_time: missing"]),
    "end time of zero": (CELL, 'end_time = "1 ms"', "end_time = 0", ["solve: end_time", "greater than zero"]),
    "output beyond the end": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\noutput_times = ["2 ms"]',
        ["output_times", "end_time = 0.001 s"],
    ),
    "output times not increasing": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\noutput_times = [1e-4, 1e-5]',
        ["increasing"],
    ),
    "event beyond the end": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\n[[solve.event]]\ntime = "2 ms"\nset = { "boundary.left.potential" = 0 }',
        ["event 1: time", "end_time"],
    ),
    "event on a constant": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\n[[solve.event]]\ntime = "0.5 ms"\nset = { "species.K+.diffusivity" = 1e-9 }',
        ["cannot change in time"],
    ),
    "event on an absent value": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\n[[solve.event]]\ntime = "0.5 ms"\nset = { "boundary.left.current" = 0 }',
        ["not given in [boundary.left]"],
    ),
    "event with a wrong unit": (
        CELL,
        'end_time = "1 ms"',
        'end_time = "1 ms"\n[[solve.event]]\ntime = "0.5 ms"\nset = { "boundary.left.potential" = "1 m" }',
        ["event 1: set", "a potential such as"],
    ),
    "end time of a steady state": (
        GOOD,
        'kind = "steady"',
        'kind = "steady"\nend_time = 1',
        ["solve: end_time", "transient"],
    ),
    "sweep without parameter": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nvalues = [0, 1]',
        ["solve: parameter: missing"],
    ),
    "sweep of an unknown key": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.potental"\nvalues = [0, 1]',
        ["solve: parameter", "did you mean 'potential'"],
    ),
    "sweep of an absent region": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "geometry.region.film.length"\nvalues = [1e-9]',
        ["'film'"],
    ),
    "sweep in a wrong unit": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.potential"\nvalues = ["1 m"]',
        ["solve: values", "a potential such as"],
    ),
    "sweep into nonsense": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.concentration.K+"\nvalues = { from = 5, to = 10, points = 3 }',
        ["boundary.right.concentration.K+ = 10", "net charge"],
    ),
    "log range through zero": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.potential"'
        '\nvalues = { from = 0, to = 1, points = 3, spacing = "log" }',
        ["same sign"],
    ),
    "range of one point": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.potential"\nvalues = { from = 0, to = 1, points = 1 }',
        ["points", ">= 2"],
    ),
    "values neither list nor range": (
        GOOD,
        'kind = "steady"',
        'kind = "sweep"\nparameter = "boundary.right.potential"\nvalues = 5',
        ["solve: values", "list"],
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_refused(name, tmp_path):
    assert_refused(*MUTATIONS[name], tmp_path)
