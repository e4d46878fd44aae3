"""Cost of a full Onsager matrix beside Nernst-Planck, per Newton iteration, for four species."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from benchmarks.items import D_CL, D_H, D_K, D_NA, TEMPERATURE, Problem, assembled
from npsolver.discretisation import initial_state
from npsolver.mesh import Geometry, interval_mesh
from npsolver.mesh.rectilinear import Box, Surface, rectilinear_mesh
from npsolver.model import Boundary, Coupling, Model, Region, Species

LENGTH = 50e-9
IONS = (Species("K+", 1, D_K), Species("Na+", 1, D_NA), Species("H+", 1, D_H), Species("Cl-", -1, D_CL))
BATHS = ({"K+": 100.0, "Na+": 10.0, "H+": 1.0, "Cl-": 111.0}, {"K+": 10.0, "Na+": 50.0, "H+": 5.0, "Cl-": 65.0})


def full_matrix() -> Coupling:
    """All pairs coupled, at two compositions."""
    D = np.array([item.diffusivity for item in IONS])
    z = np.array([item.charge for item in IONS])
    matrix = np.diag(D) + (np.ones((4, 4)) - np.eye(4)) * -0.15 * np.sign(np.outer(z, z)) * np.sqrt(np.outer(D, D))
    matrices = np.array([0.5 * matrix + 0.5 * np.diag(D), matrix])
    return Coupling(np.array([10.0, 200.0]), matrices, np.full(4, 0.5), tuple(item.name for item in IONS))


def problem(dimension: int, n: int, coupled: bool) -> Problem:
    """Film between two baths, `n` edges along each axis."""
    boundaries = {
        "left": Boundary("left", "bath", concentration=BATHS[0], potential=0.05),
        "right": Boundary("right", "bath", concentration=BATHS[1], potential=0.0),
    }
    coupling = full_matrix() if coupled else None
    model = Model(IONS, (Region("film"),), boundaries, TEMPERATURE, coupling=coupling)
    grid = np.linspace(0.0, LENGTH, n + 1)
    if dimension == 1:
        mesh = interval_mesh(Geometry("cartesian", (("film", LENGTH),)), grid)
    else:
        box = Box("film", (0.0, 0.0), (LENGTH, LENGTH))
        surfaces = (
            Surface("left", (0.0, 0.0), (0.0, LENGTH)),
            Surface("right", (LENGTH, 0.0), (LENGTH, LENGTH)),
        )
        mesh = rectilinear_mesh((grid, grid), [box], list(surfaces))
    system = assembled(model, mesh, LENGTH)
    return Problem(system, initial_state(model, system, None))


def iteration(item: Problem) -> None:
    """What one Newton iteration does: balances with their Jacobian, factorisation, solution, update."""
    system = item.system
    following, norms = np.empty(system.size), np.empty(3)
    if system.newton_step(item.start, 0.0, None, following, norms):
        return
    out, change = np.empty(system.size), np.empty(system.size)
    system.assemble(item.start, out)
    np.negative(out, out=out)
    system.factorise_and_solve(out, change)
    system.update(item.start, change, following, norms)


def ratio(dimension: int, n: int, repeats: int = 15) -> tuple[float, float]:
    """Best time (s) of a diagonal iteration, and how much more a coupled one takes."""
    pair = [problem(dimension, n, coupled) for coupled in (False, True)]
    best = [np.inf, np.inf]
    for _ in range(repeats):  # in turn, so that both see the same machine
        for which, item in enumerate(pair):
            started = perf_counter()
            iteration(item)
            best[which] = min(best[which], perf_counter() - started)
    return best[0], best[1] / best[0]


if __name__ == "__main__":
    for dimension, n in ((1, 2000), (2, 60)):
        seconds, factor = ratio(dimension, n)
        print(
            f"{dimension}D, {n} edges per axis: {seconds * 1e3:.2f} ms per iteration, coupled {factor:.2f} times that"
        )
