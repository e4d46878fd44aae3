"""The work items: what is solved, on which mesh, and how wrong an answer is.

Every item is solved by npsolver here and by the peers in `benchmarks.peers`, on the same grid lines; the error is that
of the observable against an independent reference, so that programs are compared at known accuracy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from npsolver.discretisation import System, choose_scales, coefficients, initial_state
from npsolver.mesh import Geometry, interval_mesh
from npsolver.mesh.rectilinear import Box, Surface, rectilinear_mesh
from npsolver.model import Boundary, Model, Region, Species
from npsolver.observables import terminal_values
from npsolver.stepping.steady import SolveStatistics, steady_state
from npsolver.stepping.sweep import sweep_states
from npsolver.stepping.transient import evolve
from npsolver.units import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage

REFERENCE = json.loads((Path(__file__).parent / "references.json").read_text(encoding="utf-8"))
TEMPERATURE = 298.15
RELATIVE_PERMITTIVITY = 78.5
PERMITTIVITY = RELATIVE_PERMITTIVITY * VACUUM_PERMITTIVITY
VOLT = thermal_voltage(TEMPERATURE)
D_K, D_CL, D_NA, D_CA, D_H = 1.957e-9, 2.032e-9, 1.334e-9, 0.792e-9, 9.311e-9


def graded(length: float, n: int, b: float) -> np.ndarray:
    """n + 1 positions from 0 to `length`, exponentially denser at 0."""
    return length * np.expm1(b * np.arange(n + 1) / n) / np.expm1(b)


def graded_both(n: int, b: float) -> np.ndarray:
    """n + 1 positions from -1 to 1, denser at both ends."""
    s = np.linspace(-1.0, 1.0, n + 1)
    return np.sign(s) * (1.0 - np.expm1(b * (1.0 - np.abs(s))) / np.expm1(b))


def salt(concentration: float) -> dict[str, float]:
    return {"K+": concentration, "Cl-": concentration}


def assembled(model: Model, mesh, length: float, largest: float = 0.0, **keywords) -> System:
    return System(model, mesh, coefficients(model, mesh, choose_scales(model, length, largest)), **keywords)


@dataclass
class Problem:
    """A system ready to be solved again and again."""

    system: System
    start: np.ndarray

    def solve(self, statistics: SolveStatistics | None = None) -> np.ndarray:
        return steady_state(self.system, self.start, statistics=statistics)


# ---------------------------------------------------------------------------------------------- W1: diffuse layer

W1_LENGTH, W1_SALT, W1_VOLTAGE = 100e-9, 100.0, 0.05
W1_CHARGE = np.sqrt(8 * PERMITTIVITY * GAS_CONSTANT * TEMPERATURE * W1_SALT) * np.sinh(W1_VOLTAGE / (2 * VOLT))


def w1_positions(n: int = 400) -> np.ndarray:
    return graded(W1_LENGTH, n, 6.0)


def w1_model() -> Model:
    return Model(
        (Species("K+", 1, D_K), Species("Cl-", -1, D_CL)),
        (Region("solution", RELATIVE_PERMITTIVITY),),
        {
            "left": Boundary("left", potential=W1_VOLTAGE),
            "right": Boundary("right", "bath", concentration=salt(W1_SALT), potential=0.0),
        },
        TEMPERATURE,
    )


def w1(n: int = 400) -> Problem:
    model = w1_model()
    mesh = interval_mesh(Geometry("cartesian", (("solution", W1_LENGTH),)), w1_positions(n))
    system = assembled(model, mesh, W1_LENGTH)
    return Problem(system, initial_state(model, system))


def w1_charge(problem: Problem, u: np.ndarray) -> float:
    return float(problem.system.natural_residual(u)[0, -1]) * problem.system.coefficients.scales.surface_charge


def w1_error(charge: float) -> float:
    return abs(charge / W1_CHARGE - 1.0)


# ------------------------------------------------------------------------------------- W2: charging of a blocking cell

W2_RATIO, W2_D, W2_SALT = 0.01, 1e-9, 1.0
W2_DEBYE = np.sqrt(PERMITTIVITY * GAS_CONSTANT * TEMPERATURE / (2.0 * FARADAY**2 * W2_SALT))
W2_LENGTH = W2_DEBYE / W2_RATIO  # half the cell
W2_TIME = W2_DEBYE * W2_LENGTH / W2_D


def w2_positions(n: int = 400) -> np.ndarray:
    """In units of half the cell, from -1 to 1."""
    return graded_both(n, 7.0)


def w2(voltage: float, n: int = 400) -> Problem:
    model = Model(
        (Species("+", 1, W2_D), Species("-", -1, W2_D)),
        (Region("cell", RELATIVE_PERMITTIVITY),),
        {
            "left": Boundary("left", potential=-voltage * VOLT),
            "right": Boundary("right", potential=voltage * VOLT),
        },
        TEMPERATURE,
    )
    mesh = interval_mesh(Geometry("cartesian", (("cell", 2 * W2_LENGTH),)), (w2_positions(n) + 1.0) * W2_LENGTH)
    system = assembled(model, mesh, 2 * W2_LENGTH, W2_SALT)
    uniform = {"cell": {name: lambda x: np.full(np.shape(x), W2_SALT) for name in "+-"}}
    return Problem(system, initial_state(model, system, uniform))


def w2_solve(problem: Problem, rtol: float):
    """Charge of half the cell at the times of the reference, and the integrator's counters."""
    times = np.array(REFERENCE["W2_times"]) * W2_TIME
    evolution = evolve(problem.system, problem.start, times[-1], output_times=times, rtol=rtol)
    n = problem.system.mesh.n_nodes // 2
    weight = problem.system.coefficients.capacity[:, 0].copy()
    weight[n] *= 0.5
    weight[n + 1 :] = 0.0
    nodal = [u.reshape(-1, 3) for u in evolution.states]
    factor = problem.system.coefficients.scales.length / W2_DEBYE * 0.5
    return np.array([((v[:, 0] - v[:, 1]) @ weight) * factor for v in nodal]), evolution.integrator.statistics


def w2_error(charges: np.ndarray, voltage: float) -> float:
    return float(np.max(np.abs(np.abs(charges) / REFERENCE[f"W2_{voltage:g}"] - 1.0)))


# -------------------------------------------------------------------- W3: current-voltage curve of a selective membrane

W3_RATIO, W3_SALT, W3_D = 1e-3, 1.0, 1e-9
W3_LENGTH = np.sqrt(PERMITTIVITY * GAS_CONSTANT * TEMPERATURE / (FARADAY**2 * W3_SALT)) / W3_RATIO
W3_VOLTAGES = np.arange(31.0)


def w3_positions(n: int = 600) -> np.ndarray:
    """In units of the length."""
    return graded(1.0, n, 6.0)


def w3_model(voltage: float = 0.0) -> Model:
    return Model(
        (Species("K+", 1, W3_D), Species("Cl-", -1, W3_D)),
        (Region("solution", RELATIVE_PERMITTIVITY),),
        {
            "left": Boundary("left", concentration={"K+": W3_SALT}, potential=-voltage * VOLT),
            "right": Boundary("right", "bath", concentration=salt(W3_SALT), potential=0.0),
        },
        TEMPERATURE,
    )


def w3(n: int = 600) -> Problem:
    model = w3_model()
    mesh = interval_mesh(Geometry("cartesian", (("solution", W3_LENGTH),)), w3_positions(n) * W3_LENGTH)
    system = assembled(model, mesh, W3_LENGTH)
    return Problem(system, initial_state(model, system))


def w3_solve(problem: Problem, statistics: SolveStatistics | None = None) -> np.ndarray:
    """Flux of K+ to the membrane at every voltage, in D c/L."""
    system = problem.system
    models = {v: w3_model(v) for v in W3_VOLTAGES}

    def state_at(voltage, guess):
        model = models.get(voltage) or w3_model(voltage)
        system.set_model(model)
        start = system.with_held_values(problem.start if guess is None else guess)
        return steady_state(system, start, statistics=statistics, warm=guess is not None)

    return np.array(
        [-system.natural_residual(u)[0, 0] * W3_D / system.coefficients.scales.diffusivity
         for u in sweep_states(system, state_at, W3_VOLTAGES)]
    )


def w3_error(fluxes: np.ndarray) -> float:
    return float(np.max(np.abs(np.abs(fluxes) - REFERENCE["W3"])) / 2.0)


# ------------------------------------------------------------------------------------ W4: five ions, charged membrane

W4_NAMES = ("Na+", "K+", "Cl-", "Ca2+", "H+")
W4_Z = np.array([1.0, 1.0, -1.0, 2.0, 1.0])
W4_D = np.array([D_NA, D_K, D_CL, D_CA, D_H])
W4_LEFT = np.array([100.0, 5.0, 107.0001, 1.0, 1e-4])
W4_RIGHT = np.array([10.0, 100.0, 130.1, 10.0, 0.1])
W4_FIXED = -500.0
W4_LENGTHS = (20e-9, 40e-9, 20e-9)


def w4_positions(n: int = 400) -> np.ndarray:
    part = graded(20e-9, n // 4, 4.0)
    return np.concatenate([20e-9 - part[::-1], 20e-9 + part[1:], (60e-9 - part[::-1])[1:], 60e-9 + part[1:]])


def w4_model(open_circuit: bool) -> Model:
    free = Region("left film", RELATIVE_PERMITTIVITY)
    membrane = Region("membrane", RELATIVE_PERMITTIVITY, fixed_charge=W4_FIXED)
    right = {"current": 0.0} if open_circuit else {"potential": 0.0}
    return Model(
        tuple(Species(*row) for row in zip(W4_NAMES, W4_Z, W4_D)),
        (free, membrane, Region("right film", RELATIVE_PERMITTIVITY)),
        {
            "left": Boundary("left", "bath", concentration=dict(zip(W4_NAMES, W4_LEFT)), potential=0.0),
            "right": Boundary("right", "bath", concentration=dict(zip(W4_NAMES, W4_RIGHT)), **right),
        },
        TEMPERATURE,
    )


def w4(open_circuit: bool, n: int = 400) -> Problem:
    model = w4_model(open_circuit)
    geometry = Geometry("cartesian", tuple(zip(("left film", "membrane", "right film"), W4_LENGTHS)))
    system = assembled(model, interval_mesh(geometry, w4_positions(n)), 80e-9)
    return Problem(system, initial_state(model, system))


def w4_observe(short: Problem, u_short: np.ndarray, open_: Problem, u_open: np.ndarray):
    """Molar fluxes at short circuit (mol/m²/s) and potential of the right bath at open circuit (RT/F)."""
    return terminal_values(short.system, u_short, True)["left"].flux, float(u_open[-1])


def w4_error(fluxes: np.ndarray, voltage: float) -> float:
    reference = np.array(REFERENCE["W4_flux"])
    return float(max(np.max(np.abs(fluxes / reference - 1.0)), abs(voltage / REFERENCE["W4_voltage"] - 1.0)))


# --------------------------------------------------------------------------------- W5 and W7: pores with charged walls

PORE_SALT, PORE_CHARGE, PORE_VOLTAGE, PORE_HEIGHT = 10.0, -0.02, 0.1, 10e-9
PORE_LENGTH = {2: 100e-9, 3: 40e-9}


def pore_model() -> Model:
    bath = salt(PORE_SALT)
    return Model(
        (Species("K+", 1, D_K), Species("Cl-", -1, D_CL)),
        (Region("pore", RELATIVE_PERMITTIVITY),),
        {
            "left": Boundary("left", "bath", concentration=bath, potential=PORE_VOLTAGE),
            "right": Boundary("right", "bath", concentration=bath, potential=0.0),
            "wall": Boundary("wall", surface_charge=PORE_CHARGE),
        },
        TEMPERATURE,
    )


def pore_shape(dimension: int, n: int):
    """Axes, boxes and charged surfaces of half a slit (2D) or a quarter of a square pore (3D), n cells per axis."""
    length = PORE_LENGTH[dimension]
    axes = [np.linspace(0.0, length, n + 1)] + [np.linspace(0.0, PORE_HEIGHT, n + 1)] * (dimension - 1)
    high = (length,) + (PORE_HEIGHT,) * (dimension - 1)
    boxes = [Box("pore", (0.0,) * dimension, high)]
    surfaces = []
    for d in range(1, dimension):
        low = [0.0] * dimension
        up = list(high)
        low[0], up[0], low[d] = length / 8, 7 * length / 8, PORE_HEIGHT
        surfaces.append(Surface("wall", tuple(low), tuple(up)))
    return axes, boxes, surfaces


def pore(dimension: int, n: int, linear: str = "auto") -> Problem:
    model = pore_model()
    system = assembled(model, rectilinear_mesh(*pore_shape(dimension, n)), PORE_LENGTH[dimension], linear=linear)
    return Problem(system, initial_state(model, system))


def pore_current(problem: Problem, u: np.ndarray) -> float:
    """A/m of depth (2D) or A (3D), of half the slit or a quarter of the pore."""
    return terminal_values(problem.system, u, True)["left"].current


def pore_error(dimension: int, current: float) -> float:
    return abs(abs(current) / REFERENCE["W5" if dimension == 2 else "W7"] - 1.0)
