"""Meshes of cases in two and three dimensions."""

from __future__ import annotations

import math

from npsolver.case import Case
from npsolver.discretisation.phases import with_jumps
from npsolver.discretisation.resolution_domain import DomainMeshOptions, domain_mesh
from npsolver.errors import InputError
from npsolver.mesh import Mesh
from npsolver.mesh.domain import MeshDomain
from npsolver.mesh.refine import refined
from npsolver.mesh.wanted_sizes import WantedSizes
from npsolver.model import Model
from npsolver.runner.memory import check_memory


def mesh_of_domain(
    case: Case,
    refine: float,
    model: Model,
    profiles,
    shortest_time: float | None,
    wanted_sizes: WantedSizes | None = None,
) -> Mesh:
    """Mesh in two or three dimensions, refused where it would not fit into memory."""
    block = len(case.model.species) + 1
    if isinstance(case.geometry, MeshDomain):
        mesh = _refined_file(case.geometry.mesh, case.mesh.refine * refine, block, case.path)
        mesh = with_jumps(model, mesh)
        check_memory(mesh.n_nodes, mesh.dimension, block)
        return mesh
    options = DomainMeshOptions(
        nodes=case.mesh.nodes,
        grading=case.mesh.grading,
        refine=case.mesh.refine * refine,
        smallest=case.mesh.smallest,
        growth=case.mesh.growth - 1.0,
    )
    probes = [o.at for o in case.observables if o.at is not None]
    mesh = domain_mesh(
        model,
        case.geometry,
        options,
        profiles=profiles,
        probes=probes,
        shortest_time=shortest_time,
        allowed=lambda nodes, dimension: check_memory(nodes, dimension, block),
        wanted_sizes=wanted_sizes,
    )
    mesh = with_jumps(model, mesh)
    check_memory(mesh.n_nodes, mesh.dimension, block)
    return mesh


def _refined_file(mesh: Mesh, factor: float, block: int, path: str) -> Mesh:
    """A mesh from a file with every edge halved as often as `factor`, a power of two, says."""
    halvings = round(math.log2(factor))
    check_memory(mesh.n_nodes * 2 ** (mesh.dimension * halvings), mesh.dimension, block)
    try:
        for _ in range(halvings):
            mesh = refined(mesh)
    except InputError as error:
        message = f"the mesh cannot be refined, so no error estimate is possible: {error}"
        raise InputError(message, file=path or None, key="geometry.mesh") from error
    return mesh
