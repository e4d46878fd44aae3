"""Throughput of many small steady states in one dimension: together against one at a time, on one core."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import numpy as np

from benchmarks import items
from npsolver.discretisation import System, initial_state
from npsolver.mesh import Geometry, interval_mesh
from npsolver.model import Boundary, Model, Region, Species
from npsolver.stepping.many import steady_states
from npsolver.stepping.steady import steady_state

Members = list[tuple[System, np.ndarray]]


def layers(count: int, n: int, seed: int = 0) -> Members:
    """Diffuse layers at -0.2 to 0.2 V in 1 to 1000 mol/m³ (W1), n edges."""
    rng = np.random.default_rng(seed)
    mesh = interval_mesh(Geometry("cartesian", (("solution", items.W1_LENGTH),)), items.w1_positions(n))
    members = []
    for voltage, salt in zip(rng.uniform(-0.2, 0.2, count), 10 ** rng.uniform(0, 3, count)):
        right = Boundary("right", "bath", concentration=items.salt(salt), potential=0.0)
        boundaries = {"left": Boundary("left", potential=voltage), "right": right}
        model = Model(
            (Species("K+", 1, items.D_K), Species("Cl-", -1, items.D_CL)),
            (Region("solution", items.RELATIVE_PERMITTIVITY),),
            boundaries,
            items.TEMPERATURE,
        )
        system = items.assembled(model, mesh, items.W1_LENGTH)
        members.append((system, initial_state(model, system)))
    return members


def membranes(count: int, n: int, seed: int = 0) -> Members:
    """Five ions and a membrane with -800 to 800 mol/m³ of charge at -0.1 to 0.1 V (W4), n edges."""
    rng = np.random.default_rng(seed)
    films = tuple(zip(("left film", "membrane", "right film"), items.W4_LENGTHS))
    mesh = interval_mesh(Geometry("cartesian", films), items.w4_positions(n))
    base = items.w4_model(False)
    members = []
    for charge, voltage in zip(rng.uniform(-800, 800, count), rng.uniform(-0.1, 0.1, count)):
        regions = (base.regions[0], Region("membrane", items.RELATIVE_PERMITTIVITY, fixed_charge=charge), base.regions[2])
        model = Model(base.species, regions, base.boundaries, base.temperature)
        model = model.with_boundary("left", potential=voltage)
        system = items.assembled(model, mesh, sum(items.W4_LENGTHS))
        members.append((system, initial_state(model, system)))
    return members


ITEMS: dict[str, Callable[[int], Members]] = {
    "diffuse layer, 100 edges": lambda count: layers(count, 100),
    "diffuse layer, 200 edges": lambda count: layers(count, 200),
    "five ions, membrane, 100 edges": lambda count: membranes(count, 100),
    "five ions, membrane, 200 edges": lambda count: membranes(count, 200),
}


def throughput(name: str, count: int = 1000, rounds: int = 5) -> dict:
    """Least processor time per case of either way, in turns; the results are compared first."""
    members = ITEMS[name](count)
    systems, starts = zip(*members)

    def alone():
        return [steady_state(system, start) for system, start in members]

    expected, found = alone(), steady_states(systems, starts)
    scale = [np.maximum(np.abs(u), 1e-6) for u in expected]
    difference = max(float(np.max(np.abs(u - v) / s)) for u, v, s in zip(found, expected, scale))
    assert difference < 1e-8, f"{name}: results differ by {difference:.2g}"
    one, many = [], []
    for _ in range(rounds):
        start = process_time()
        alone()
        middle = process_time()
        steady_states(systems, starts)
        one.append(middle - start)
        many.append(process_time() - middle)
    return {"item": name, "cases": count, "alone": min(one) / count, "together": min(many) / count, "difference": difference}
