"""Case files that tests of several areas start from."""

SELECTIVE_MEMBRANE = """\
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
