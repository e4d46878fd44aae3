"""Second order of every term in two and three dimensions and in r-z."""

from __future__ import annotations

import numpy as np
import pytest
from convergence import assert_order
from manufactured_domain import LENGTH, ManufacturedDomain, Wave, domain_ladder

from npsolver.model import Flow, Reaction, Region, Species
from npsolver.units import thermal_voltage

VT = thermal_voltage(298.15)
# weak screening, so that potential and concentrations both matter: lambda_D of about a quarter of the domain
WATER = Region("a", relative_permittivity=78.5)
SALT = (Species("A", 1.0, 1.2e-9), Species("B", -2.0, 0.8e-9))
SHAPES = {"plane": (2, "cartesian"), "r-z": (2, "axisymmetric"), "space": (3, "cartesian")}


def wave(dimension, offset, amplitude, shift, radial):
    numbers = np.array([1.1, 0.9, 1.3][:dimension]) * np.pi / LENGTH
    phases = np.array([0.3, -0.4, 0.5][:dimension]) + shift
    if radial:
        phases[0] = 0.0  # smooth on the axis
    return Wave(offset, amplitude, tuple(numbers), tuple(phases))


def problem(shape, *, terms):
    dimension, coordinates = SHAPES[shape]
    radial = coordinates == "axisymmetric"
    c = 2e-3
    amplitude = 1.5 * VT if "potential" in terms else 0.0
    region, species, reactions, production = WATER, SALT, (), None
    if "porous" in terms:
        region = Region("a", relative_permittivity=78.5, porosity=0.4, tortuosity=1.6, fixed_charge=-1.5e-3)
    if "stiff" in terms:  # the charge of the ions does not bend the field
        region = Region("a", relative_permittivity=1e12)
    if "reaction" in terms:
        forward, backward = 2e3, 1e6
        reactions = (Reaction("r", {"A": 1}, {"B": 1}, forward, backward * c),)

        def rate(w):
            return forward * w["A"] - backward * c * w["B"]

        production = {"A": lambda w: -rate(w), "B": rate}
    return ManufacturedDomain(
        dimension,
        species,
        region,
        {"A": wave(dimension, c, 0.5 * c, 0.0, radial), "B": wave(dimension, 0.6 * c, 0.3 * c, 0.8, radial)},
        wave(dimension, 0.0, amplitude, 0.4, radial),
        coordinates=coordinates,
        reactions=reactions,
        production=production,
        **(flowing(shape) if "flow" in terms else {}),
    )


def flowing(shape):
    """A vortex, or laminar flow in a tube, or a shear flow, with cell Peclet numbers below one on the finer meshes."""
    speed, k = 2e-2 if shape != "space" else 5e-3, np.pi / LENGTH
    if shape == "plane":
        flow = Flow(stream_function=lambda x: speed / k * np.sin(k * x[..., 0]) * np.sin(0.7 * k * x[..., 1]))
        u = lambda x: 0.7 * speed * np.sin(k * x[..., 0]) * np.cos(0.7 * k * x[..., 1])  # noqa: E731
        v = lambda x: -speed * np.cos(k * x[..., 0]) * np.sin(0.7 * k * x[..., 1])  # noqa: E731
        return {"flow": flow, "velocity": (u, v)}
    if shape == "r-z":
        flow = Flow(profile="poiseuille", mean=0.5 * speed, axis=1)
        zero = lambda x: np.zeros(x.shape[:-1])  # noqa: E731
        return {"flow": flow, "velocity": (zero, lambda x: speed * (1 - (x[..., 0] / LENGTH) ** 2))}
    shear = lambda x: speed * np.sin(k * x[..., 1])  # noqa: E731
    constant = lambda x: np.full(x.shape[:-1], 0.3 * speed)  # noqa: E731
    return {"flow": Flow(components=(shear, 0.0, 0.3 * speed)), "velocity": (shear, lambda x: 0.0 * shear(x), constant)}


CASES = [
    ("plane", ("stiff",)),
    ("plane", ("stiff", "potential")),
    ("plane", ("potential",)),
    ("plane", ("potential", "porous", "reaction")),
    ("r-z", ("stiff", "potential")),
    ("r-z", ("potential", "porous", "reaction")),
    ("plane", ("potential", "flow", "porous")),
    ("r-z", ("potential", "flow")),
    ("space", ("potential", "flow")),
    ("space", ("potential",)),
    ("space", ("potential", "porous", "reaction")),
]


@pytest.mark.parametrize(("shape", "terms"), CASES, ids=lambda v: v if isinstance(v, str) else "+".join(v))
def test_second_order(shape, terms):
    edges = {"space": [9, 13, 18] if "flow" in terms else [6, 9, 13]}.get(shape, [16, 32, 64])
    sizes, errors = domain_ladder(problem(shape, terms=terms), edges)
    if "potential" not in terms:
        errors.pop("potential")
    assert_order(sizes, errors, within=0.3 if shape == "space" else 0.2, cap=3e-2 if shape == "space" else 3e-3)
