"""Events of a transient add up: a later one leaves in force what earlier ones have set at the same boundary."""

from __future__ import annotations

import numpy as np
import pytest

import npsolver
from npsolver.errors import InputError
from npsolver.runner.changes import event_models

FILM = """
[model]
physics = "electroneutral"
[[species]]
name = "K+"
[[species]]
name = "Na+"
[[species]]
name = "Cl-"
[[geometry.region]]
name = "film"
length = "1 um"
[boundary.left]
kind = "bath"
concentration = { "K+" = 10, "Na+" = 10, "Cl-" = 20 }
current = 0
[boundary.right]
kind = "bath"
concentration = { "K+" = 10, "Na+" = 10, "Cl-" = 20 }
potential = 0
"""
BALANCED = FILM.replace(', "Cl-" = 20 }\ncurrent', ' }\nbalance = "Cl-"\ncurrent')
TRANSIENT = """
[solve]
kind = "transient"
end_time = "50 ms"
output_times = ["1 ms", "20 ms", "50 ms"]
[[solve.event]]
time = "2 ms"
set = { "boundary.left.concentration.K+" = 40, "boundary.left.concentration.Cl-" = 50 }
[[solve.event]]
time = "20 ms"
set = { "boundary.left.concentration.Na+" = 5, "boundary.left.concentration.Cl-" = 45 }
"""
BALANCED_TRANSIENT = TRANSIENT.replace(', "boundary.left.concentration.Cl-" = 50', "").replace(
    ', "boundary.left.concentration.Cl-" = 45', ""
)


@pytest.mark.parametrize("text", [FILM + TRANSIENT, BALANCED + BALANCED_TRANSIENT], ids=["given", "balanced"])
def test_two_events_change_different_ions_of_one_bath(text):
    case = npsolver.loads(text)
    held = [dict(model.boundaries["left"].concentration) for _, model in event_models(case)]
    assert held == [{"K+": 40.0, "Na+": 10.0, "Cl-": 50.0}, {"K+": 40.0, "Na+": 5.0, "Cl-": 45.0}]
    solution = npsolver.run(case)
    after = [FILM.replace('"K+" = 10, "Na+" = 10, "Cl-" = 20 }\ncurrent', new) for new in (
        '"K+" = 40, "Na+" = 10, "Cl-" = 50 }\ncurrent',
        '"K+" = 40, "Na+" = 5, "Cl-" = 45 }\ncurrent',
    )]  # fmt: skip
    # a film of 1 um settles in about 0.1 ms
    for frame, steady in zip((1, 2), (npsolver.run(npsolver.loads(one)) for one in after), strict=True):
        for name in ("membrane_potential", "flux[K+, left]", "flux[Na+, left]"):
            found, expected = solution.observables[name].value[frame], steady.observables[name].value
            assert found == pytest.approx(expected, rel=1e-3), (name, frame)


def test_events_change_fluxes_and_keep_potentials():
    text = FILM.replace(
        'kind = "bath"\nconcentration = { "K+" = 10, "Na+" = 10, "Cl-" = 20 }\ncurrent = 0',
        'kind = "wall"\nflux = { "K+" = 1e-4, "Na+" = 1e-4 }\nconcentration = { "Cl-" = 20 }\npotential = 0',
    )
    text += TRANSIENT.partition("[[solve.event]]")[0] + (
        '[[solve.event]]\ntime = "2 ms"\nset = { "boundary.left.flux.K+" = 2e-4, "boundary.left.potential" = 0.01 }\n'
        '[[solve.event]]\ntime = "20 ms"\nset = { "boundary.left.flux.Na+" = 3e-4 }\n'
    )
    (_, first), (_, second) = event_models(npsolver.loads(text))
    assert dict(first.boundaries["left"].flux) == {"K+": 2e-4, "Na+": 1e-4}
    assert dict(second.boundaries["left"].flux) == {"K+": 2e-4, "Na+": 3e-4}
    assert first.boundaries["left"].potential == second.boundaries["left"].potential == 0.01


def test_events_at_one_time_are_one_change():
    apart = TRANSIENT.replace(
        '"2 ms"\nset = { "boundary.left.concentration.K+" = 40, "boundary.left.concentration.Cl-" = 50 }',
        '"2 ms"\nset = { "boundary.left.concentration.K+" = 40 }\n'
        '[[solve.event]]\ntime = "2 ms"\nset = { "boundary.left.concentration.Cl-" = 50 }',
    )
    together, separate = (npsolver.loads(FILM + text) for text in (TRANSIENT, apart))
    assert event_models(together) == event_models(separate)
    np.testing.assert_array_equal([time for time, _ in event_models(separate)], [0.002, 0.02])


def test_an_event_must_fit_on_the_lattice():
    crowded = """
[solve]
kind = "transient"
end_time = "1 ms"
[[solve.event]]
time = "0.5 ms"
set = { "boundary.left.concentration.K+" = 40, "boundary.left.concentration.Cl-" = 50 }
[[activity]]
model = "steric"
largest = 90
"""
    with pytest.raises(InputError, match=r"solve: event at 0.0005 s: 100 mol/m\^3 do not fit on the 90 mol/m\^3"):
        npsolver.loads(FILM + crowded)


def test_an_event_at_a_selective_wall_must_fit_on_the_lattice():
    wall = FILM.replace(
        'kind = "bath"\nconcentration = { "K+" = 10, "Na+" = 10, "Cl-" = 20 }\ncurrent = 0',
        'kind = "wall"\nconcentration = { "K+" = 10 }\npotential = 0.01',
    )
    event = """
[solve]
kind = "transient"
end_time = "1 ms"
[[solve.event]]
time = "0.5 ms"
set = { "boundary.left.concentration.K+" = VALUE }
[[activity]]
model = "steric"
largest = 90
"""
    npsolver.loads(wall + event.replace("VALUE", "80"))
    with pytest.raises(InputError, match=r"solve: event at 0.0005 s: 95 mol/m\^3 do not fit on the 90 mol/m\^3"):
        npsolver.loads(wall + event.replace("VALUE", "95"))
