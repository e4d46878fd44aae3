"""Valid cases that tests change in one place."""

GOOD = """\
[case]
title = "K+-selective membrane"
[model]
physics = "pnp"
temperature = "310.15 K"
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[geometry]
coordinates = "cartesian"
[[geometry.region]]
name = "inside"
length = "50 nm"
[[geometry.region]]
name = "membrane"
length = "5 nm"
excluded_species = ["Cl-"]
[[geometry.region]]
name = "outside"
length = "50 nm"
[boundary.left]
kind = "bath"
concentration = { "K+" = "140 mM", "Cl-" = "140 mM" }
current = "0 A/m^2"
[boundary.right]
kind = "bath"
concentration = { "K+" = "5 mM", "Cl-" = "5 mM" }
potential = "0 V"
[solve]
kind = "steady"
[[expect]]
observable = "membrane_potential"
reference = "nernst(K+, left, right)"
rtol = 1e-6
"""

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
