"""``result.h5``: the whole solution in one self-describing HDF5 file (layout: ``docs/results.md``)."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from npsolver.errors import InputError
from npsolver.mesh import Mesh
from npsolver.output.hdf5_stream import new_hdf5
from npsolver.output.records import case_record, package_version, plain
from npsolver.stepping.solution import Observable, Series, Solution

FORMAT = "npsolver-result"
FORMAT_VERSION = 1

# name: (units, dims, description)
_MESH = {
    "nodes": ("m", ("node", "coordinate"), "positions of the nodes"),
    "edges": ("1", ("edge", "end"), "indices of the two nodes K, L of each edge"),
    "edge_length": ("m", ("edge",), "distance between the two nodes"),
    "edge_area": ("m^2", ("edge",), "area of the dual face that the edge crosses, per m^2 of cross-section in 1D"),
    "edge_region": ("1", ("edge",), "index of the region in which the edge lies"),
    "cell_node": ("1", ("cell",), "index of the node to which the cell belongs"),
    "cell_region": ("1", ("cell",), "index of the region in which the cell lies"),
    "cell_volume": ("m^3", ("cell",), "volume of the cell, per m^2 of cross-section in 1D"),
}
_FIELDS = {
    "concentration": ("mol/m^3", ("frame", "species", "cell"), "concentration in the pore fluid of each cell"),
    "potential": ("V", ("frame", "node"), "electric potential"),
    "flux": ("mol/m^2/s", ("frame", "species", "edge"), "molar flux, positive from the first to the second node"),
    "current_density": ("A/m^2", ("frame", "edge"), "ionic plus displacement current density"),
    "entropy_production": ("W/K/m^2", ("frame",), "entropy production of the whole domain"),
}
# written where they are known, and absent from older files
_OPTIONAL = {
    "entropy_density": ("W/K/m^3", ("frame", "edge"), "entropy production per volume along each edge"),
}


@dataclass
class Result:
    """What ``result.h5`` (and ``summary.json`` next to it) say about one run.

    Attributes
    ----------
    solution : Solution
    title, case_name, sha256 : str
    effective : dict
        The case after defaults and overrides.
    run_id : str
        The same in every file of one run.
    provenance : dict
        Versions and the time of writing.
    checks : list of dict
        As in ``summary.json``.
    """

    solution: Solution
    title: str
    case_name: str
    sha256: str
    effective: dict
    run_id: str
    provenance: dict
    checks: list[dict] = field(default_factory=list)


def write_hdf5(path: Path, case, solution: Solution, run_id: str) -> None:
    """Write `solution` to the (new) file `path`."""
    with new_hdf5(path) as file:
        file.attrs.update({"format": FORMAT, "format_version": FORMAT_VERSION, "title": case.title})
        file.attrs.update({"kind": solution.kind, "status": solution.status, "run_id": run_id})
        axis = _dataset(file, "axis", solution.axis, solution.axis_unit, ("frame",), "what distinguishes the frames")
        axis.attrs["name"] = solution.axis_name
        _write_mesh(file.create_group("mesh"), solution.mesh)
        group = file.create_group("fields")
        known = {name: entry for name, entry in _OPTIONAL.items() if getattr(solution, name) is not None}
        for name, (unit, dims, text) in (_FIELDS | known).items():
            _dataset(group, name, getattr(solution, name), unit, dims, text)
        group = file.create_group("series", track_order=True)
        group.attrs["description"] = "values at every accepted time step"
        for name, series in solution.series.items():
            _dataset(group, name, series.values, series.unit, ("step",), name.replace("_", " "))
        group = file.create_group("observables", track_order=True)
        for observable in solution.observables.values():
            _write_observable(group, observable)
        _write_model(file.create_group("model"), solution.model)
        _write_provenance(file.create_group("provenance"), case, solution)


def read_hdf5(path: str | os.PathLike) -> Result:
    """Read ``result.h5``; InputError if it is missing, damaged or of another kind."""
    import h5py

    path = Path(path)
    if not path.is_file():
        raise InputError("there is no result here; run a case with this folder as -o first", file=str(path))
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != FORMAT:
                raise InputError("is not a result of npsolver", file=str(path))
            version = int(file.attrs["format_version"])
            if version > FORMAT_VERSION:
                raise InputError(
                    f"has layout version {version}, this npsolver reads up to {FORMAT_VERSION}; update npsolver",
                    file=str(path),
                )
            if "case_kind" in file.attrs:
                from npsolver.output.law_file import read_law

                return read_law(file)
            return _read(file)
    except (OSError, KeyError, json.JSONDecodeError) as error:
        raise InputError(f"cannot be read as a result: {error}; run the case again", file=str(path)) from error


def _read(file) -> Result:
    mesh = Mesh(
        coordinates=file["mesh"].attrs["coordinates"],
        region_names=tuple(file["mesh/region_names"].asstr()[...]),
        boundaries={
            name: (group["nodes"][...], group["areas"][...]) for name, group in file["mesh/boundaries"].items()
        },
        interfaces=tuple((int(left), int(right)) for left, right in file["mesh/interfaces"][...]),
        **_read_elements(file["mesh"]),
        **{name: file["mesh"][name][...] for name in _MESH},
    )
    from npsolver.output.model_record import model_from_record

    provenance = file["provenance"]
    solution = Solution(
        model=model_from_record(json.loads(file["model/definition"].asstr()[()])),
        mesh=mesh,
        kind=file.attrs["kind"],
        axis_name=file["axis"].attrs["name"],
        axis_unit=file["axis"].attrs["units"],
        axis=file["axis"][...],
        series={name: Series(item[...], item.attrs["units"]) for name, item in file["series"].items()},
        observables={item.attrs["name"]: _read_observable(item) for item in file["observables"].values()},
        conservation=json.loads(provenance["conservation"].asstr()[()]),
        stats=json.loads(provenance["statistics"].asstr()[()]),
        warnings=list(provenance["warnings"].asstr()[...]),
        status=file.attrs["status"],
        **{name: file["fields"][name][...] for name in (*_FIELDS, *_OPTIONAL) if name in file["fields"]},
    )
    return Result(
        solution=solution,
        title=file.attrs["title"],
        case_name=provenance.attrs["case_name"],
        sha256=provenance.attrs["case_sha256"],
        effective=json.loads(provenance["case"].asstr()[()]),
        run_id=file.attrs["run_id"],
        provenance={key: value for key, value in provenance.attrs.items() if isinstance(value, str)},
    )


def _dataset(group, name: str, values, units: str, dims: tuple[str, ...], description: str):
    values = np.asarray(values)
    if values.ndim != len(dims):
        raise ValueError(f"{name}: expected dimensions {dims}, got shape {values.shape}")
    dataset = group.create_dataset(name, data=values)
    dataset.attrs["units"] = units
    dataset.attrs["description"] = description
    dataset.attrs["dims"] = list(dims) if dims else ""
    return dataset


def _strings(group, name: str, values, dims: tuple[str, ...], description: str):
    """A list of strings (or, with no dims, one string) as UTF-8."""
    import h5py

    data = np.array(values, dtype=object) if dims else values
    dataset = group.create_dataset(name, data=data, dtype=h5py.string_dtype(), shape=(len(values),) if dims else ())
    dataset.attrs["units"] = ""
    dataset.attrs["description"] = description
    dataset.attrs["dims"] = list(dims) if dims else ""
    return dataset


def _write_mesh(group, mesh: Mesh) -> None:
    group.attrs["coordinates"] = mesh.coordinates
    group.attrs["description"] = "control volumes; a cell is the part of a node's volume in one region"
    for name, (unit, dims, text) in _MESH.items():
        _dataset(group, name, getattr(mesh, name), unit, dims, text)
    _strings(group, "region_names", list(mesh.region_names), ("region",), "names of the regions")
    pairs = np.array(mesh.interfaces, dtype=np.int32).reshape(-1, 2)
    text = "regions on both sides of the surface edges (edge_region = number of regions + row); -1 - b: outside, at boundary b"
    _dataset(group, "interfaces", pairs, "1", ("interface", "side"), text)
    _write_elements(group, mesh)
    boundaries = group.create_group("boundaries")
    for name, (nodes, areas) in mesh.boundaries.items():
        boundary = boundaries.create_group(name)
        _dataset(boundary, "nodes", nodes, "1", ("boundary_node",), "indices of the nodes on this boundary")
        _dataset(boundary, "areas", areas, "m^2", ("boundary_node",), "area of the boundary that belongs to each node")


def _write_elements(group, mesh: Mesh) -> None:
    """Corners of the elements, which pictures and ParaView files need."""
    if mesh.elements is None:
        return
    elements = group.create_group("elements", track_order=True)
    for shape, corners in mesh.elements.items():
        text = "indices of the corner nodes of each element, in the order of VTK"
        _dataset(elements, shape, corners, "1", ("element", "corner"), text)
    text = "index of the region of each element, over all shapes in their order"
    _dataset(group, "element_region", mesh.element_region, "1", ("element",), text)


def _read_elements(group) -> dict:
    if "elements" not in group:
        return {}
    elements = {shape: corners[...] for shape, corners in group["elements"].items()}
    return {"elements": elements, "element_region": group["element_region"][...]}


def _write_observable(group, observable: Observable) -> None:
    values = np.asarray(observable.value, dtype=float)
    dims = ("frame",) if values.ndim else ()
    name = observable.name.replace("/", "∕")  # a slash would start a subgroup
    dataset = _dataset(group, name, values, observable.unit, dims, observable.label)
    dataset.attrs["name"] = observable.name
    if observable.error_estimate is not None:
        dataset.attrs["error_estimate"] = observable.error_estimate
    if observable.round_off is not None:
        dataset.attrs["round_off"] = observable.round_off


def _read_observable(dataset) -> Observable:
    value = dataset[()]
    error, round_off = dataset.attrs.get("error_estimate"), dataset.attrs.get("round_off")
    return Observable(
        name=dataset.attrs["name"],
        value=value if np.ndim(value) else float(value),
        unit=dataset.attrs["units"],
        label=dataset.attrs["description"],
        error_estimate=None if error is None else float(error),
        round_off=None if round_off is None else float(round_off),
    )


def _write_model(group, model) -> None:
    group.attrs.update({"physics": model.physics, "temperature": model.temperature, "temperature_units": "K"})
    dims = ("species",)
    _strings(group, "species_names", [item.name for item in model.species], dims, "names of the species")
    _dataset(group, "charge", [item.charge for item in model.species], "1", dims, "charge number")
    diffusivity = [item.diffusivity for item in model.species]
    _dataset(group, "diffusivity", diffusivity, "m^2/s", dims, "diffusivity in free solution")
    dims = ("region",)
    _strings(group, "region_names", [item.name for item in model.regions], dims, "names of the regions")
    permittivity = [item.relative_permittivity for item in model.regions]
    _dataset(group, "relative_permittivity", permittivity, "1", dims, "relative permittivity")
    fixed = [item.fixed_charge for item in model.regions]
    _dataset(group, "fixed_charge", fixed, "mol/m^3", dims, "concentration times charge number of immobile charges")
    _strings(group, "definition", json.dumps(plain(model)), (), "the whole model as JSON, all values in SI units")


def _write_provenance(group, case, solution: Solution) -> None:
    import h5py

    record = case_record(case)
    group.attrs.update({"case_name": record["name"], "case_sha256": record["sha256"]})
    group.attrs.update(
        {
            "npsolver": package_version(),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "h5py": h5py.__version__,
            "system": f"{platform.system()} {platform.machine()}",
            "written": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }
    )
    effective: Mapping = case.effective
    _strings(group, "case", json.dumps(plain(effective)), (), "the case as solved, after defaults and overrides (JSON)")
    _strings(group, "conservation", json.dumps(plain(solution.conservation)), (), "relative defects (JSON)")
    _strings(group, "statistics", json.dumps(plain(solution.stats)), (), "work done by the solver (JSON)")
    _strings(group, "warnings", list(solution.warnings), ("warning",), "warnings of the run")
