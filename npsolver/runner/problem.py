"""A case made ready to solve: mesh, coefficients, system and initial state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from npsolver.case import Case
from npsolver.discretisation import (
    MeshOptions,
    System,
    build_mesh,
    choose_scales,
    coefficients,
    initial_state,
    neutralised,
)
from npsolver.mesh import Mesh
from npsolver.mesh.wanted_sizes import WantedSizes
from npsolver.model import Model

Profiles = dict[str, dict[str, Callable[[np.ndarray], np.ndarray]]]


@dataclass
class Problem:
    """What is solved.

    Attributes
    ----------
    model : Model
    system : System
    start : (size,) float64
    given : bool
        Whether the case gives initial concentrations.
    """

    model: Model
    system: System
    start: np.ndarray
    given: bool


def profiles_of(case: Case) -> Profiles:
    """Initial concentrations (mol/m³) as functions of position, by region and species."""

    coordinates = 0 if case.geometry.dimension == 1 else 1  # positions (n,) or (n, dim)

    def constant(value):
        return lambda x: np.full(np.shape(x)[: np.ndim(x) - coordinates], float(value))

    return {
        region: {name: value if callable(value) else constant(value) for name, value in own.items()}
        for region, own in case.initial.concentration.items()
    }


def largest_initial(case: Case) -> float:
    """Largest initial concentration that the case gives, mol/m³."""
    largest = 0.0
    for region, own in profiles_of(case).items():
        x = case.geometry.samples(region)
        largest = max([largest, *(float(np.max(profile(x))) for profile in own.values())])
    return largest


def first_time(case: Case) -> float | None:
    """Shortest time that matters in a transient: the first output, or the time between an event and the next output."""
    solve = case.solve
    if solve.kind != "transient":
        return None
    starts = sorted({0.0, *(event.time for event in solve.events)})
    outputs = sorted({*solve.output_times, solve.end_time})
    gaps = [min((t - s for t in outputs if t > s), default=solve.end_time) for s in starts]
    return min(gaps)


def build_problem(
    case: Case,
    *,
    refine: float = 1.0,
    num_threads: int = 1,
    mesh_model: Model | None = None,
    sizes: WantedSizes | None = None,
) -> Problem:
    """Mesh and system of `case`.

    Parameters
    ----------
    case : Case
    refine : float
        Further factor on the number of edges.
    num_threads : int
    mesh_model : Model, optional
        Model whose layers the mesh must resolve, where that is not the model of the case (sweeps, events).
    sizes : WantedSizes, optional
        Further edge lengths that are wanted; for meshes that follow a solution.
    """
    profiles = profiles_of(case)
    if case.geometry.dimension > 1:
        from npsolver.runner.domain_mesh import mesh_of_domain

        mesh = mesh_of_domain(case, refine, mesh_model or case.model, profiles, first_time(case), sizes)
        return _problem(case, mesh, profiles, num_threads)
    mesh_options = MeshOptions(
        nodes=case.mesh.nodes,
        grading=case.mesh.grading,
        refine=case.mesh.refine * refine,
        smallest=case.mesh.smallest,
        growth=case.mesh.growth - 1.0,
    )
    probes = [o.at for o in case.observables if o.at is not None]
    mesh = build_mesh(
        mesh_model or case.model,
        case.geometry,
        mesh_options,
        profiles=profiles,
        probes=probes,
        shortest_time=first_time(case),
        sizes=() if sizes is None else sizes.along(0),
    )
    return _problem(case, mesh, profiles, num_threads)


def _problem(case: Case, mesh: Mesh, profiles: Profiles, num_threads: int) -> Problem:
    scales = choose_scales(case.model, case.geometry.length, largest_initial(case))
    system = System(case.model, mesh, coefficients(case.model, mesh, scales), num_threads=num_threads)
    start = initial_state(case.model, system, profiles)
    if case.solve.kind == "transient":
        start = _neutral_where_not_given(case, system, start, profiles)
    return Problem(case.model, system, start, bool(profiles))


def _neutral_where_not_given(case, system, start, profiles):
    """Regions without given concentrations start in local Donnan equilibrium with the line between the baths."""
    mesh = system.mesh
    own = {r for r, name in enumerate(mesh.region_names) if profiles.get(name)}
    if len(own) == len(mesh.region_names):
        return start
    neutral = neutralised(system, start)
    keep = np.zeros(mesh.n_nodes, dtype=bool)
    keep[mesh.cell_node[np.isin(mesh.cell_region, list(own))]] = True
    mask = np.repeat(keep, system.block_size)
    neutral[: mask.size][mask] = start[: mask.size][mask]
    return neutral
