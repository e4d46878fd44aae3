"""Models, meshes and solutions at the level of the engine, without case files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from npsolver.discretisation import MeshOptions, System, build_mesh, choose_scales, coefficients, initial_state
from npsolver.discretisation.terminals import needs_outside_node
from npsolver.mesh import Geometry, Mesh, interval_mesh
from npsolver.model import Boundary, Model, Species
from npsolver.stepping.steady import SolveStatistics, steady_state
from npsolver.units import thermal_voltage

T = 298.15
VT = thermal_voltage(T)
K = Species("K+", 1.0, 1.957e-9)
NA = Species("Na+", 1.0, 1.334e-9)
CL = Species("Cl-", -1.0, 2.032e-9)
CA = Species("Ca2+", 2.0, 0.792e-9)
H = Species("H+", 1.0, 9.311e-9)
OH = Species("OH-", -1.0, 5.273e-9)

Profiles = Mapping[str, Mapping[str, Callable[[np.ndarray], np.ndarray]]]


def bath(name: str, concentration: Mapping[str, float], **law) -> Boundary:
    """Every species held (mol/m³)."""
    return Boundary(name, "bath", concentration=dict(concentration), **law)


def wall(name: str, **law) -> Boundary:
    return Boundary(name, "wall", **law)


def uniform(value: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.full(np.shape(x), float(value))


def mesh_at(model: Model, geometry: Geometry, positions: Sequence[float]) -> Mesh:
    """Mesh with the given nodes, split where `model` needs it."""
    outside = [name for name, law in model.boundaries.items() if needs_outside_node(law, model.physics)]
    return interval_mesh(geometry, np.asarray(positions), split=model.physics == "electroneutral", outside=outside)


def system_of(
    model: Model,
    geometry: Geometry,
    positions: Sequence[float] | None = None,
    *,
    options: MeshOptions | None = None,
    profiles: Profiles | None = None,
    largest: float = 0.0,
    num_threads: int = 1,
) -> System:
    """System on given positions, or on the mesh that the model asks for."""
    if positions is None:
        mesh = build_mesh(model, geometry, options, profiles=profiles)
    else:
        mesh = mesh_at(model, geometry, positions)
    for region, own in (profiles or {}).items():
        x = np.linspace(*geometry.extent(region), 129)
        largest = max([largest, *(float(np.max(profile(x))) for profile in own.values())])
    scales = choose_scales(model, geometry.length, largest)
    return System(model, mesh, coefficients(model, mesh, scales), num_threads=num_threads)


def solved(
    model: Model, geometry: Geometry, positions: Sequence[float] | None = None, *, statistics=None, **keywords
) -> tuple[System, np.ndarray]:
    """Steady state from the initial state that the boundaries and profiles give."""
    system = system_of(model, geometry, positions, **keywords)
    start = initial_state(model, system, keywords.get("profiles"))
    return system, steady_state(system, start, statistics=statistics or SolveStatistics())


def by_node(system: System, u: np.ndarray) -> np.ndarray:
    """(n_nodes, n_species + 1): concentrations (in the system's unit) and potential (RT/F)."""
    n = system.mesh.n_nodes * system.block_size
    return u[:n].reshape(system.mesh.n_nodes, system.block_size)


def random_state(system: System, seed: int = 0) -> np.ndarray:
    """Positive concentrations and potentials of a few RT/F that satisfy the rows of given values."""
    rng = np.random.default_rng(seed)
    u = rng.normal(size=system.size)
    nodal = by_node(system, u)
    nodal[:, :-1] = rng.uniform(0.1, 2.0, nodal[:, :-1].shape)
    return system.with_held_values(u)
