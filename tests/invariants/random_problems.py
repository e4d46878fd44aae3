"""Hypothesis strategies: meshes of any spacing, layers of any material."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from npsolver.mesh import Geometry
from npsolver.model import Region, Species
from npsolver.units import GAS_CONSTANT

T = 298.15
COORDINATES = ("cartesian", "cylindrical", "spherical")


def graded(draw, start, end, most=100):
    """Nodes of one region without its right end; neighbouring edges differ by up to a factor of a thousand."""
    n = draw(st.integers(1, most))
    seed = draw(st.integers(0, 2**31))
    steps = 10.0 ** np.random.default_rng(seed).uniform(-draw(st.floats(0.0, 3.0)), 0.0, n)
    return start + (end - start) * np.concatenate([[0.0], np.cumsum(steps)[:-1] / steps.sum()])


@st.composite
def layers(draw, names=("a", "b", "c")):
    """Geometry and node positions (3 to 300 nodes) of up to three regions between 1 and 100 nm."""
    count = draw(st.integers(1, len(names)))
    lengths = [10.0 ** draw(st.floats(-9, -7)) for _ in range(count)]
    coordinates = draw(st.sampled_from(COORDINATES))
    origin = draw(st.sampled_from([0.0, 1e-9, 1e-7]))
    geometry = Geometry(coordinates, tuple(zip(names, lengths)), origin)
    parts = [graded(draw, a, b) for a, b in zip(geometry.interfaces[:-1], geometry.interfaces[1:])]
    x = np.concatenate([*parts, [geometry.interfaces[-1]]])
    if x.size < 3:
        x = np.array([x[0], 0.5 * (x[0] + x[1]), x[1]])
    return geometry, x


@st.composite
def ions(draw, most=4):
    """Species of valence -3 to 3 with at least one cation and one anion, and a neutral bath (mol/m³)."""
    z = [draw(st.integers(1, 3)), draw(st.integers(-3, -1))]
    z += draw(st.lists(st.integers(-3, 3), max_size=most - 2))
    species = tuple(Species(f"s{i}", float(v), 10.0 ** draw(st.floats(-10, -8))) for i, v in enumerate(z))
    c = {s.name: 10.0 ** draw(st.floats(-3, 3)) for s in species}
    excess = sum(s.charge * c[s.name] for s in species)
    balancing = species[1] if excess > 0 else species[0]
    c[balancing.name] += abs(excess) / abs(balancing.charge)
    return species, c


@st.composite
def materials(draw, names, species, largest_charge=3000.0):
    """Regions with partition coefficients from 1e-6 to 1e6 and fixed charge up to 3 M."""
    regions = []
    for name in names:
        partitioned = [s.name for s in species if draw(st.booleans())]
        standard = {ion: -GAS_CONSTANT * T * np.log(10.0) * draw(st.floats(-6.0, 6.0)) for ion in partitioned}
        sign = draw(st.sampled_from([0.0, 0.0, 1.0, -1.0]))
        regions.append(
            Region(
                name,
                relative_permittivity=draw(st.sampled_from([2.0, 20.0, 78.5])),
                porosity=draw(st.sampled_from([1.0, 0.3])),
                tortuosity=draw(st.sampled_from([1.0, 2.5])),
                fixed_charge=sign * 10.0 ** draw(st.floats(-1, np.log10(largest_charge))),
                standard_potential=standard,
            )
        )
    return tuple(regions)
