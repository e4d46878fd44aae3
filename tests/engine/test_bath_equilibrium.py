"""A bath that is out of equilibrium with a reaction is reported, and one that is in equilibrium is not."""

from __future__ import annotations

import pytest

import npsolver

FILM = """
[[species]]
name = "HAc"
charge = 0
diffusivity = "1.2e-9 m^2/s"
[[species]]
name = "Ac-"
charge = -1
diffusivity = "1.09e-9 m^2/s"
[[species]]
name = "H+"
[[reaction]]
equation = "HAc = H+ + Ac-"
equilibrium_constant = "1e-5 M"
backward_rate = "1e10 1/M/s"
[[geometry.region]]
name = "film"
length = "1 um"
[boundary.left]
kind = "bath"
concentration = { HAc = "10 mM", "Ac-" = "ION", "H+" = "ION" }
potential = "0 V"
[boundary.right]
kind = "bath"
concentration = { HAc = "0 mM", "Ac-" = "0.1 mM", "H+" = "0.1 mM" }
current = "0 A/m^2"
"""


@pytest.mark.parametrize(("ion", "baths"), [("0.31622776601 mM", []), ("0.1 mM", ["left"])])
def test_bath_out_of_equilibrium(ion, baths):
    solution = npsolver.run(npsolver.loads(FILM.replace("ION", ion)))
    assert [text.split()[1] for text in solution.warnings] == baths
    assert "flux[HAc, left] = " in repr(solution)
    assert len(repr(solution)) < 2000
