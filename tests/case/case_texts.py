"""Valid cases that tests change in one place."""

from shared_cases import SELECTIVE_MEMBRANE

GOOD = SELECTIVE_MEMBRANE

CELL = """\
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[geometry]
[[geometry.region]]
name = "cell"
length = "1 um"
[boundary.left]
kind = "wall"
potential = "25 mV"
[boundary.right]
kind = "wall"
potential = "0 V"
[initial]
concentration = { "K+" = "10 mM", "Cl-" = "10 mM" }
[solve]
kind = "transient"
end_time = "1 ms"
"""

BUFFER = """\
[[species]]
name = "HA"
charge = 0
diffusivity = "1e-9 m^2/s"
[[species]]
name = "H+"
[[species]]
name = "A-"
charge = -1
diffusivity = "1e-9 m^2/s"
[[reaction]]
equation = "HA = H+ + A-"
pKa = 4.76
backward_rate = "1e10 1/M/s"
[geometry]
[[geometry.region]]
name = "film"
length = "1 um"
[boundary.left]
kind = "bath"
concentration = { "HA" = "1 mM", "H+" = "0.1 mM", "A-" = "0.1 mM" }
potential = "0 V"
[boundary.right]
kind = "wall"
"""
