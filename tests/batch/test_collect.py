"""Tables, datasets, pictures and repetitions of what a sweep left behind."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from study_files import write_case, write_study
from test_sweep import ENVIRONMENT, command, hurt

import npsolver
from npsolver.batch import Selection, collect, reproduce_result, reproduce_study, stored_study, sweep
from npsolver.case.study_load import load_study
from npsolver.errors import ConvergenceError, InputError
from npsolver.output.study_plots import write_study_plots
from npsolver.runner import run
from npsolver.runner.repeated import Repeated


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A finished study: file, folder, study."""
    folder = tmp_path_factory.mktemp("study")
    path = write_study(folder, {"x": (0.01, 0.5, 6), "T": (290, 310, 4)})
    study = load_study(path)
    sweep(study, folder / "out", Repeated, jobs=2)
    return path, folder / "out", study


def rows(path: Path) -> list[dict]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_csv_has_units_and_all_digits(done):
    _, out, study = done
    found = collect(study, out)
    table = rows(out / "table.csv")
    assert len(table) == 24
    assert list(table[0]) == [
        "member",
        "x",
        "T (K)",
        "status",
        "membrane_potential (V)",
        "worst check",
        "message",
        "id",
    ]
    values = [float(row["membrane_potential (V)"]) for row in table]
    assert values == found.table["membrane_potential"].values.tolist()
    origin = rows(out / "provenance.csv")
    assert {row["npsolver"] for row in origin} == {npsolver.__version__} or origin[0]["npsolver"]
    assert all(row["host"] and row["finished"] and len(row["case"]) == 64 for row in origin)
    summary = json.loads((out / "collected.json").read_text())
    assert summary["counts"] == {"converged": 24}
    assert summary["checks"] == {"total": 24, "failed": 0}


def test_what_is_missing_and_how_to_get_it(done, tmp_path):
    path, _, study = done

    def fail():
        raise ConvergenceError("no steady state")

    sweep(study, tmp_path, hurt(5, fail), selection=Selection(members=(0, 1, 5, 9)))
    run_collect = command("collect", path, "-o", tmp_path)
    assert run_collect.returncode == 3
    assert "20 members missing, 1 failed" in run_collect.stderr
    summary = json.loads((tmp_path / "collected.json").read_text())
    assert summary["missing"] == "2-4,6-8,10-23"
    assert summary["failed"] == [{"member": 5, "status": "not-converged", "message": "no steady state"}]
    for line in summary["commands"]:
        redo = subprocess.run(
            [sys.executable, "-m", *line.split()], env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
        assert redo.returncode in (0, 3), redo.stderr
    assert collect(study, tmp_path).complete


def test_parquet_and_netcdf(done):
    parquet = pytest.importorskip("pyarrow.parquet")
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    _, out, study = done
    found = collect(study, out)
    values = found.table["membrane_potential"].values
    table = parquet.read_table(out / "table.parquet")
    assert table["membrane_potential"].to_pylist() == values.tolist()
    assert table.schema.field("membrane_potential").metadata[b"unit"] == b"V"
    with xarray.open_dataset(out / "table.nc", engine="h5netcdf") as data:
        assert dict(data.sizes) == {"x": 6, "T": 4}
        assert data["T"].attrs["units"] == "K"
        assert data["membrane_potential"].attrs["units"] == "V"
        assert np.array_equal(data["membrane_potential"].values, values.reshape(6, 4))
        assert set(data["status"].values.ravel()) == {"converged"}
        assert data.attrs["sha256"] == study.sha256


def test_missing_members_are_nan_in_the_dataset(tmp_path):
    pytest.importorskip("xarray")
    from npsolver.output.study_files import dataset

    path = write_study(
        tmp_path, {"x": (0.01, 0.5, 3), "T": (290, 310, 2)}, study='constraints = ["T < 300 or x < 0.1"]'
    )
    study = load_study(path)
    assert len(study) == 5
    sweep(study, tmp_path / "out", Repeated, selection=Selection(members=(0, 1)))
    data = dataset(collect(study, tmp_path / "out", write=False).table)
    assert np.isnan(data["membrane_potential"].values).tolist() == [[False, False], [True, True], [True, True]]
    assert data["status"].values.tolist()[1:] == [["missing", "missing"], ["missing", ""]]


def test_frames_of_members_that_are_sweeps(tmp_path):
    base = write_case(tmp_path)
    text = base.read_text().replace(
        'kind = "steady"', 'kind = "sweep"\nparameter = "boundary.right.potential"\nvalues = [0, 0.1]'
    )
    base.write_text(text, encoding="utf-8")
    path = tmp_path / "s.study.toml"
    axis = '[[axis]]\nkey = "model.temperature"\nvalues = [290, 300]\n'
    path.write_text('[study]\ncase = "base.toml"\nobservables = ["potential[left]"]\n' + axis, encoding="utf-8")
    study = load_study(path)
    sweep(study, tmp_path / "out", Repeated)
    collect(study, tmp_path / "out")
    frames = rows(tmp_path / "out" / "frames.csv")
    assert [(row["member"], row["boundary.right.potential (V)"]) for row in frames] == [
        *(("0", "0"), ("0", "0.1"), ("1", "0"), ("1", "0.1"))
    ]
    assert float(frames[1]["potential[left] (V)"]) - float(frames[0]["potential[left] (V)"]) == pytest.approx(0.1)


def test_pictures(done, tmp_path):
    _, out, study = done
    table = collect(study, out, write=False).table
    names = [file.name for file in write_study_plots(tmp_path, table)]
    assert names == ["membrane_potential-lines.png", "membrane_potential-map.png"]
    assert all((tmp_path / name).stat().st_size > 5000 for name in names)
    with pytest.raises(InputError, match="no observable 'x'"):
        write_study_plots(tmp_path, table, observables=["x"])
    by_folder = command("plot", out)
    assert by_folder.returncode == 0, by_folder.stderr
    assert "membrane_potential-map.png" in by_folder.stdout


def test_a_study_is_reproduced_from_its_folder_alone(done, tmp_path):
    _, out, study = done
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    found = reproduce_study(copy, Repeated, sample=6)
    assert found.problems == []
    assert (found.compared, found.identical) == (6, 6)
    assert stored_study(copy).ids == study.ids
    shard = next((copy / "shards").iterdir())
    shard.unlink()
    said = command("reproduce", copy, "--sample", 3)
    assert said.returncode == 0, said.stderr
    assert "reproduced: 3 numbers, 3 equal to the last bit" in said.stdout


def test_a_run_is_reproduced_and_a_difference_is_found(tmp_path):
    import h5py

    case = write_case(tmp_path)
    out = tmp_path / "run"
    assert command("run", case, "-o", out, "--no-plots").returncode == 0
    found = reproduce_result(out, run)
    assert found.problems == []
    assert found.identical == found.compared > 5
    with h5py.File(out / "result.h5", "r+") as file:
        file["observables/membrane_potential"][...] *= 1 + 1e-6
    said = command("reproduce", out)
    assert said.returncode == 4
    assert "membrane_potential differs by 1e-06" in said.stderr
    assert command("reproduce", tmp_path).returncode == 2


def test_full_results_of_members(tmp_path):
    study = load_study(write_study(tmp_path, {"x": (0.01, 0.5, 2)}, study="fields = true"))
    sweep(study, tmp_path / "out", Repeated)
    for identity in study.ids:
        folder = tmp_path / "out" / "fields" / identity[:16]
        assert json.loads((folder / "summary.json").read_text())["status"] == "converged"


def test_dask(done, tmp_path):
    pytest.importorskip("distributed")
    from distributed import LocalCluster

    path, out, study = done
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        said = command("sweep", path, "-o", tmp_path, "--dask", cluster.scheduler_address)
    assert said.returncode == 0, said.stderr
    values = [collect(study, folder, write=False).table["membrane_potential"].values for folder in (tmp_path, out)]
    assert np.array_equal(*values)


@pytest.mark.parametrize("name", ["ljp-table", "ghk-permeability", "limiting-thickness", "nernst-limit"])
def test_shipped_studies_hold(name, tmp_path):
    path = Path(__file__).parents[2] / "cases" / "studies" / f"{name}.study.toml"
    study = load_study(path)
    if name == "nernst-limit":
        assert len(study) >= 500
    chosen = tuple(range(0, len(study), max(1, len(study) // 20)))
    outcome = sweep(study, tmp_path, Repeated, jobs=2, selection=Selection(members=chosen))
    assert outcome.counts == {"converged": len(chosen)}
    found = collect(study, tmp_path, write=False)
    assert (found.checks, found.checks_failed) == (len(chosen), 0)
