"""ParaView files of a solution: ``fields.vtu``, or one per frame with ``fields.pvd`` to open them in order."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh import Mesh
from npsolver.mesh.recovery import cell_vectors
from npsolver.output.atomic import replacing
from npsolver.output.vtu import pvd_text, write_vtu
from npsolver.stepping.solution import Solution
from npsolver.units import FARADAY


def write_vtk(directory: str | os.PathLike, solution: Solution, *, name: str = "fields") -> list[Path]:
    """Write every frame of a solution on a mesh of any kind.

    A point of the file is the part of a node in one region, so that concentrations and fluxes may jump where regions
    meet. Axisymmetric meshes lie in the x-y plane with r along x and z along y.

    Parameters
    ----------
    directory : path
        Created if needed; nothing in it changes before every file is complete.
    solution : Solution
    name : str
        Stem of the file names.

    Returns
    -------
    list of Path
        The file to open last.
    """
    mesh = solution.mesh
    grid, regions = vtk_elements(mesh)
    points = _padded(mesh.nodes[mesh.cell_node])
    comment = "lengths in m; regions: " + ", ".join(f"{i} = {r}" for i, r in enumerate(mesh.region_names))
    fixed = {"region": mesh.cell_region.astype(np.int32)}
    for boundary, (nodes, _) in mesh.boundaries.items():
        fixed[f"boundary {boundary}"] = np.isin(mesh.cell_node, nodes).astype(np.uint8)
    digits = max(4, len(str(solution.n_frames - 1)))
    single = solution.n_frames == 1 and not solution.axis_name
    names = [f"{name}.vtu" if single else f"{name}_{i:0{digits}d}.vtu" for i in range(solution.n_frames)]
    previous = _listed(Path(directory) / f"{name}.pvd", name)
    with replacing(directory) as files:
        for index, file in enumerate(names):
            fields = {**fixed, **frame_fields(solution, index)}
            write_vtu(files.path(file), points, grid, fields, {"region": regions}, comment)
        if not single:
            files.write_text(f"{name}.pvd", pvd_text(list(zip(_times(solution), names))))
            names.append(f"{name}.pvd")
    for stale in previous - set(names):
        (Path(directory) / stale).unlink(missing_ok=True)
    return [Path(directory) / file for file in names]


def frame_fields(solution: Solution, index: int) -> dict[str, np.ndarray]:
    """Fields of one frame on the cells of the mesh: scalars (n_cells,), vectors (n_cells, 3); names carry units."""
    mesh, model = solution.mesh, solution.model
    fields = {"potential (V)": np.ascontiguousarray(solution.potential[index][mesh.cell_node])}
    charge = np.array([region.fixed_charge for region in model.regions])[mesh.cell_region]
    porosity = np.array([region.porosity for region in model.regions])[mesh.cell_region]
    for i, species in enumerate(model.species):
        c = solution.concentration[index, i]
        fields[f"concentration {species.name} (mol/m^3)"] = c
        charge = charge + porosity * species.charge * c
    fields["charge density (C/m^3)"] = FARADAY * charge
    for i, species in enumerate(model.species):
        fields[f"flux {species.name} (mol/m^2/s)"] = _padded(cell_vectors(mesh, solution.flux[index, i]))
    fields["current density (A/m^2)"] = _padded(cell_vectors(mesh, solution.current_density[index]))
    return fields


def vtk_elements(mesh: Mesh) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Elements with cells of the mesh (parts of nodes in one region) as corners, and their regions."""
    n_regions = len(mesh.region_names)
    if mesh.elements is not None:
        elements, regions = mesh.elements, np.asarray(mesh.element_region)
    elif mesh.dimension == 1:
        inner = np.flatnonzero(mesh.edge_region < n_regions)
        elements, regions = {"line": mesh.edges[inner]}, mesh.edge_region[inner]
    else:
        raise InputError("the mesh does not say how its nodes form elements, so it cannot be drawn", key="mesh")
    key = mesh.cell_node.astype(np.int64) * n_regions + mesh.cell_region
    order = np.argsort(key, kind="stable")
    result, start = {}, 0
    for shape, corners in elements.items():
        wanted = corners.astype(np.int64) * n_regions + regions[start : start + len(corners), None]
        result[shape] = order[np.searchsorted(key[order], wanted)]
        start += len(corners)
    return result, regions.astype(np.int32)


def _padded(vectors: np.ndarray) -> np.ndarray:
    """Three components, as VTK wants them."""
    return np.pad(vectors, ((0, 0), (0, 3 - vectors.shape[1])))


def _times(solution: Solution) -> list[float]:
    """Positions of the frames on ParaView's time axis: the axis of the solution where that increases."""
    axis = np.asarray(solution.axis, dtype=float)
    return [float(t) for t in (axis if np.all(np.diff(axis) > 0) else np.arange(axis.size))]


def _listed(pvd: Path, name: str) -> set[str]:
    """Frames that an earlier collection names."""
    if not pvd.is_file():
        return set()
    return set(re.findall(rf'file="({re.escape(name)}_\d+\.vtu)"', pvd.read_text(encoding="utf-8", errors="replace")))
