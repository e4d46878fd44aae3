"""``result.h5`` of a case without a mesh: observables, curves and maps, and the descriptions of its pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from npsolver.output.hdf5_stream import new_hdf5
from npsolver.output.records import finite, plain
from npsolver.output.result_file import (
    FORMAT,
    FORMAT_VERSION,
    Result,
    _dataset,
    _read_observable,
    _strings,
    _write_observable,
    _write_provenance,
)
from npsolver.stepping.law_solution import Array, LawSolution


def write_law_hdf5(path: Path, case, solution: LawSolution, run_id: str) -> None:
    """Write `solution` to the (new) file `path`."""
    with new_hdf5(path) as file:
        file.attrs.update({"format": FORMAT, "format_version": FORMAT_VERSION, "title": case.title})
        file.attrs.update({"kind": solution.kind, "status": solution.status, "run_id": run_id})
        file.attrs["case_kind"] = solution.case_kind
        axis = _dataset(file, "axis", solution.axis, solution.axis_unit, ("frame",), "what distinguishes the frames")
        axis.attrs["name"] = solution.axis_name
        group = file.create_group("observables", track_order=True)
        for observable in solution.observables.values():
            _write_observable(group, observable)
        group = file.create_group("arrays", track_order=True)
        for name, item in solution.arrays.items():
            dataset = _dataset(group, name.replace("/", "∕"), item.values, item.unit, item.dims, item.label)
            dataset.attrs["name"] = name
        _strings(
            file, "tables", json.dumps(finite(plain(solution.tables))), (), "tables (JSON): rows, the header first"
        )
        _strings(file, "figures", json.dumps(finite(plain(solution.figures))), (), "what the pictures show (JSON)")
        _write_provenance(file.create_group("provenance"), case, solution)


def read_law(file) -> Result:
    """Result of an open file that `write_law_hdf5` wrote."""
    provenance = file["provenance"]
    arrays = {}
    for item in file["arrays"].values():
        dims = item.attrs["dims"]
        arrays[item.attrs["name"]] = Array(
            item[()], item.attrs["units"], () if isinstance(dims, str) else tuple(dims), item.attrs["description"]
        )
    solution = LawSolution(
        case_kind=file.attrs["case_kind"],
        kind=file.attrs["kind"],
        axis_name=file["axis"].attrs["name"],
        axis_unit=file["axis"].attrs["units"],
        axis=file["axis"][...],
        observables={item.attrs["name"]: _read_observable(item) for item in file["observables"].values()},
        arrays=arrays,
        tables=json.loads(file["tables"].asstr()[()]),
        figures=json.loads(file["figures"].asstr()[()]),
        conservation=json.loads(provenance["conservation"].asstr()[()]),
        stats=json.loads(provenance["statistics"].asstr()[()]),
        warnings=list(np.atleast_1d(provenance["warnings"].asstr()[...])),
        status=file.attrs["status"],
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
