"""One model for each thing that the discretisation can do."""

from __future__ import annotations

import numpy as np
from engine_problems import CA, CL, OH, H, K, T, bath, wall

from npsolver.mesh import Geometry
from npsolver.model import Model, Reaction, Region, Species

A = Species("A", 0.0, 0.9e-9)
TWO = Geometry("cartesian", (("a", 30e-9), ("b", 20e-9)))
ONE = Geometry("cartesian", (("a", 40e-9),))
SALT = {"K+": 60.0, "Cl-": 60.0}
LOW = {"K+": 11.0, "Cl-": 11.0}
WATER = Reaction("water", {}, {"H+": 1, "OH-": 1}, 1e4, 1.2e7, None)


def rich_regions(**second):
    return (
        Region("a", relative_permittivity=78.5, porosity=0.7, tortuosity=1.6),
        Region(
            "b",
            relative_permittivity=20.0,
            porosity=0.4,
            tortuosity=2.5,
            fixed_charge=-150.0,
            standard_potential={"K+": -1500.0, "Cl-": 2300.0},
            diffusivity={"K+": 0.3e-9},
            **second,
        ),
    )


def _cases():
    yield "plain", ONE, Model((K, CL), (Region("a"),), {"left": bath("left", SALT, potential=0.05),
                                                         "right": bath("right", LOW, potential=0.0)})
    yield "regions", TWO, Model((K, CL, A), rich_regions(), {
        "left": bath("left", {**SALT, "A": 3.0}, potential=0.05),
        "right": bath("right", {**LOW, "A": 1.0}, potential=0.0),
    })
    yield "excluded", TWO, Model((K, CL), rich_regions(excluded_species=frozenset(["Cl-"])), {
        "left": bath("left", SALT, potential=0.05), "right": bath("right", LOW, potential=0.0),
    })
    for coordinates in ("cylindrical", "spherical"):
        yield coordinates, Geometry(coordinates, (("a", 30e-9), ("b", 20e-9)), origin=5e-9), Model(
            (K, CL, CA), rich_regions(), {
                "left": wall("left", surface_charge=-0.01),
                "right": bath("right", {"K+": 11.0, "Ca2+": 5.0, "Cl-": 21.0}, potential=0.0),
            })
        yield f"{coordinates} centre", Geometry(coordinates, (("a", 30e-9), ("b", 20e-9))), Model(
            (K, CL), rich_regions(), {"right": bath("right", LOW, potential=0.0)})
        yield f"{coordinates} drift", Geometry(coordinates, (("a", 30e-9),), origin=5e-9), Model(
            (K, CL), (Region("a"),), {
                "left": bath("left", SALT, potential=0.05), "right": bath("right", LOW, potential=0.0),
            }, velocity=4e-8 if coordinates == "cylindrical" else 3e-15)
    yield "drift", TWO, Model((K, CL, A), rich_regions(), {
        "left": bath("left", {**SALT, "A": 3.0}, potential=0.05),
        "right": bath("right", {**LOW, "A": 1.0}, potential=0.0),
    }, velocity=0.07)
    yield "reactions", TWO, Model((K, CL, H, OH, A), rich_regions(), {
        "left": bath("left", {**SALT, "H+": 1.0, "OH-": 1.0, "A": 1.0}, potential=0.05),
        "right": bath("right", {**LOW, "H+": 1.0, "OH-": 1.0, "A": 1.0}, potential=0.0),
    }, reactions=(WATER, Reaction("pair", {"K+": 1, "OH-": 1}, {"A": 1}, 2e5, 3e6, ("b",)),
                  Reaction("dimer", {"A": 2}, {"H+": 1, "OH-": 1}, 1e5, 2e5, ("a",))))
    yield "fluxes", ONE, Model((K, CL), (Region("a"),), {
        "left": wall("left", flux={"K+": 0.4, "Cl-": 0.4}, surface_charge=0.02),
        "right": bath("right", LOW, potential=0.0),
    })
    yield "stern", ONE, Model((K, CL), (Region("a"),), {
        "left": wall("left", potential=0.3, stern_capacitance=0.2),
        "right": wall("right", potential=-0.1, stern_capacitance=0.5),
    })
    yield "electroneutral", TWO, Model((K, CL, A), rich_regions(), {
        "left": bath("left", {**SALT, "A": 3.0}, potential=0.05),
        "right": bath("right", {**LOW, "A": 1.0}, potential=0.0),
    }, physics="electroneutral")
    yield "electroneutral contact", TWO, Model((K, CL, CA), rich_regions(excluded_species=frozenset(["Cl-"])), {
        "left": wall("left", concentration={"K+": 60.0}, flux={"Cl-": 0.02}, potential=0.05),
        "right": wall("right", concentration={"K+": 11.0}, flux={"Ca2+": 0.01}, potential=0.0),
    }, physics="electroneutral")


def _floating():
    yield "floating", TWO, Model((K, CL, A), rich_regions(), {
        "left": bath("left", {**SALT, "A": 3.0}, current=500.0),
        "right": bath("right", {**LOW, "A": 1.0}, potential=0.0),
    })
    yield "floating contact", TWO, Model((K, CL), rich_regions(), {
        "left": bath("left", SALT, potential=0.0),
        "right": wall("right", concentration={"K+": 30.0}, flux={"Cl-": 0.1}, current=-300.0),
    })
    yield "floating stern", ONE, Model((K, CL), (Region("a"),), {
        "left": wall("left", current=200.0, stern_capacitance=0.2),
        "right": bath("right", LOW, potential=0.0),
    })
    yield "floating drift", TWO, Model((K, CL), rich_regions(), {
        "left": bath("left", SALT, current=0.0), "right": bath("right", LOW, potential=0.0),
    }, velocity=0.02)
    yield "floating cylinder", Geometry("cylindrical", (("a", 30e-9), ("b", 20e-9)), origin=5e-9), Model(
        (K, CL), rich_regions(), {
            "left": bath("left", SALT, current=1e-5), "right": bath("right", LOW, potential=0.0),
        })
    yield "floating electroneutral", TWO, Model((K, CL, A), rich_regions(), {
        "left": bath("left", {**SALT, "A": 3.0}, current=500.0),
        "right": bath("right", {**LOW, "A": 1.0}, potential=0.0),
    }, physics="electroneutral")
    yield "both float", ONE, Model((K, CL), (Region("a"),), {
        "left": bath("left", SALT, current=3.0), "right": bath("right", LOW, current=5.0),
    })


GIVEN = {name: (geometry, model) for name, geometry, model in _cases()}
FLOATING = {name: (geometry, model) for name, geometry, model in _floating()}
ALL = {**GIVEN, **FLOATING}
TEMPERATURE = T


def positions(geometry: Geometry, edges: int = 5) -> np.ndarray:
    """Uneven nodes that contain the interfaces."""
    parts = []
    for start, end in zip(geometry.interfaces[:-1], geometry.interfaces[1:]):
        s = np.linspace(0.0, 1.0, edges + 1)[:-1]
        parts.append(start + (end - start) * (0.6 * s + 0.4 * s**2))
    return np.concatenate([*parts, [geometry.interfaces[-1]]])
