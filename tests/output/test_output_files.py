"""What is written comes back; a failure while writing leaves the earlier result as it was."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from synthetic_solutions import SOLUTIONS, charged_wall, charging_cell, limiting_current, stand_in_case

from npsolver.errors import InputError, NpsolverError
from npsolver.output import read_result, read_summary, write_failure, write_result
from npsolver.output.atomic import explain_os_error, prepare_directory, replacing

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", SOLUTIONS)
def test_everything_comes_back(name, tmp_path):
    solution = SOLUTIONS[name]()
    solution.warnings.append("a layer is coarse")
    write_result(tmp_path, stand_in_case("µ-layer", name=name), solution)
    result = read_result(tmp_path)
    back = result.solution
    for field in ("axis", "concentration", "potential", "flux", "current_density", "entropy_production"):
        assert np.array_equal(getattr(back, field), getattr(solution, field)), field
    for field in ("nodes", "edges", "edge_area", "edge_length", "cell_volume", "cell_node", "cell_region"):
        stored, original = getattr(back.mesh, field), getattr(solution.mesh, field)
        assert stored.dtype == original.dtype
        assert np.array_equal(stored, original), field
    assert back.mesh.region_names == solution.mesh.region_names
    assert back.mesh.interfaces == solution.mesh.interfaces
    assert set(back.mesh.boundaries) == set(solution.mesh.boundaries)
    assert back.model == solution.model
    assert list(back.observables) == list(solution.observables)
    for key, item in solution.observables.items():
        assert np.array_equal(back.observables[key].value, item.value)
        assert (back.observables[key].unit, back.observables[key].label) == (item.unit, item.label)
        assert back.observables[key].error_estimate == item.error_estimate
    assert {k: v.unit for k, v in back.series.items()} == {k: v.unit for k, v in solution.series.items()}
    assert all(np.array_equal(back.series[k].values, v.values) for k, v in solution.series.items())
    assert (back.kind, back.axis_name, back.axis_unit) == (solution.kind, solution.axis_name, solution.axis_unit)
    assert (back.stats, back.conservation) == (solution.stats, solution.conservation)
    assert back.warnings == ["a layer is coarse"]
    assert (result.title, result.case_name, result.sha256) == ("µ-layer", name, "ab" * 32)


def test_interfaces_with_two_nodes_come_back(tmp_path):
    from dataclasses import replace

    solution = charged_wall()
    solution.mesh = replace(solution.mesh, interfaces=((0, -1),))
    write_result(tmp_path, stand_in_case(), solution)
    assert read_result(tmp_path).solution.mesh.interfaces == ((0, -1),)


def test_every_dataset_describes_itself(tmp_path):
    write_result(tmp_path, stand_in_case(), charging_cell())
    bare = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            if not {"units", "description", "dims"} <= set(item.attrs):
                bare.append(name)
            elif item.ndim:
                assert len(item.attrs["dims"]) == item.ndim, name

    with h5py.File(tmp_path / "result.h5") as file:
        file.visititems(visit)
        assert set(file) == {"axis", "mesh", "fields", "series", "observables", "model", "provenance"}
    assert bare == []


def test_summary_keeps_its_contract(tmp_path):
    solution = charged_wall()
    solution.conservation["mass[K+]"] = float("nan")
    write_result(tmp_path, stand_in_case("Wall", name="wall"), solution)
    text = (tmp_path / "summary.json").read_text(encoding="utf-8")
    record = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert (record["format"], record["format_version"]) == ("npsolver-summary", 1)
    assert record["status"] == "converged"
    assert record["case"] == {"name": "wall", "title": "Wall", "sha256": "ab" * 32}
    charge = record["observables"]["surface_charge[left]"]
    assert (charge["value"], charge["unit"], charge["error_estimate"]) == (0.0364, "C/m^2", 2e-7)
    assert record["conservation"]["mass[K+]"] is None
    assert {"newton_iterations", "unknowns", "time_assembly_s", "time_linear_s", "peak_memory_bytes"} <= set(
        record["solver"]
    )
    assert record["files"][-1] == "summary.json"


def test_value_of_a_history_is_the_last_one_and_values_has_all():
    from npsolver.output.summary import summary

    record = summary(stand_in_case(), limiting_current(4))
    item = record["observables"]["current_density"]
    assert len(item["values"]) == 4
    assert item["value"] == item["values"][-1]
    assert record["axis"]["name"] == "boundary.left.potential"
    assert record["axis"]["values"][-1] == 0.4


def test_tables_have_all_digits(tmp_path):
    solution = charging_cell()
    write_result(tmp_path, stand_in_case(), solution)
    rows = list(csv.reader(io.StringIO((tmp_path / "series.csv").read_text())))
    assert rows[0][:2] == ["time (s)", "current[left] (A/m^2)"]
    assert [float(row[1]) for row in rows[1:]] == solution.series["current[left]"].values.tolist()
    rows = list(csv.reader(io.StringIO((tmp_path / "observables.csv").read_text())))
    assert [float(row[1]) for row in rows[1:]] == solution.observables["surface_charge"].value.tolist()


def test_files_of_an_earlier_run_do_not_stay_beside_a_new_one(tmp_path):
    (tmp_path / "notes.png").write_text("mine")
    write_result(tmp_path, stand_in_case(), charging_cell(), plot_formats=["svg"])
    write_failure(tmp_path, stand_in_case(), "not-converged", "stopped at 0.3 V")
    assert (tmp_path / "history.svg").exists()
    write_result(tmp_path, stand_in_case(), charged_wall())
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "notes.png",
        "observables.csv",
        "result.h5",
        "summary.json",
    ]


def test_plots_of_a_folder_without_our_summary_are_left_alone(tmp_path):
    (tmp_path / "potential.png").write_text("mine")
    (tmp_path / "summary.json").write_text('{"format": "something else"}')
    write_result(tmp_path, stand_in_case(), charged_wall())
    assert (tmp_path / "potential.png").read_text() == "mine"


def test_a_failure_touches_nothing_else(tmp_path):
    write_result(tmp_path, stand_in_case(), charged_wall())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_failure(tmp_path, stand_in_case(), "not-converged", "stopped at 0.3 V")
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    record = json.loads(after.pop("failed-summary.json"))
    assert after == before
    assert (record["status"], record["message"], record["observables"]) == ("not-converged", "stopped at 0.3 V", {})


# --- crashes --------------------------------------------------------------------------------------------------------


def _snapshot(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir() if not path.name.startswith(".")}


def test_an_error_half_way_leaves_the_earlier_result(tmp_path, monkeypatch):
    write_result(tmp_path, stand_in_case(), charged_wall())
    before = _snapshot(tmp_path)
    monkeypatch.setattr("npsolver.output.write.dump", lambda record: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_result(tmp_path, stand_in_case(), charging_cell())
    assert _snapshot(tmp_path) == before
    assert list(tmp_path.glob(".*")) == []


_WRITE_FOREVER = """
import sys
sys.path.insert(0, {here!r})
from synthetic_solutions import charged_wall, stand_in_case
from npsolver.output import write_result
solution, number = charged_wall(), 0
while True:
    number += 1
    solution.observables["potential[left]"].value = float(number)
    solution.potential[:] = number
    write_result({directory!r}, stand_in_case(), solution)
    if number == 1:
        print("started", flush=True)
"""


def test_kill_in_the_middle_of_writing_leaves_whole_files(tmp_path):
    for delay in (0.0, 0.013, 0.027, 0.041):
        script = _WRITE_FOREVER.format(here=str(HERE), directory=str(tmp_path))
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "started\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        result = read_result(tmp_path)
        number = result.solution.observables["potential[left]"].value
        assert np.all(result.solution.potential == number)
        # the summary is whole, too, and at most one run behind
        assert 0 <= number - read_summary(tmp_path)["observables"]["potential[left]"]["value"] <= 1
    # what the killed processes left behind goes with the next run
    write_result(tmp_path, stand_in_case(), charged_wall())
    assert list(tmp_path.glob(".*")) == []


_LIMITED = """
import resource, sys
sys.path.insert(0, {here!r})
from synthetic_solutions import {make}, stand_in_case
from npsolver.errors import NpsolverError
from npsolver.output import write_result
solution = {make}()
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    write_result({directory!r}, stand_in_case(), solution)
except NpsolverError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of file size are a POSIX feature")
@pytest.mark.parametrize("limit", [0, 700, 3000, 30000, 60000, 100000])
def test_full_disk_is_one_sentence_and_the_earlier_result_stays(limit, tmp_path):
    write_result(tmp_path, stand_in_case(), charged_wall())
    before = _snapshot(tmp_path)
    script = _LIMITED.format(here=str(HERE), make="charging_cell", limit=limit, directory=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "the disk is full" in done.stdout
    assert done.stdout.count("\n") == 1
    assert _snapshot(tmp_path) == before
    assert list(tmp_path.glob(".*")) == []
    assert read_result(tmp_path).solution.kind == "steady"


def test_folders_that_cannot_be_used_are_input_errors(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="not a folder"):
        prepare_directory(tmp_path / "file")
    with pytest.raises(InputError, match="not a folder"):
        prepare_directory(tmp_path / "file" / "below")
    with pytest.raises(InputError, match="too long"):
        prepare_directory(tmp_path / ("x" * 400))


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("EROFS", InputError, "read-only"),
        ("EACCES", InputError, "no permission"),
        ("ENOSPC", NpsolverError, "disk is full"),
        ("EIO", NpsolverError, "writing failed"),
    ],
)
def test_errors_of_the_system_are_sentences(code, kind, words, tmp_path):
    import errno

    error = explain_os_error(OSError(getattr(errno, code), os.strerror(getattr(errno, code))), tmp_path)
    assert type(error) is kind
    assert words in str(error)
    assert "\n" not in str(error)


def test_read_only_folder(tmp_path):
    if os.name != "posix" or os.geteuid() == 0:
        pytest.skip("permissions do not bind this user")
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="no permission"):
        prepare_directory(tmp_path)
    tmp_path.chmod(0o700)


def test_files_are_renamed_in_order_and_the_summary_last(tmp_path, monkeypatch):
    order = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append(Path(b).name), replace(a, b)))
    write_result(tmp_path, stand_in_case(), charging_cell())
    assert order == ["result.h5", "observables.csv", "series.csv", "summary.json"]


def test_two_processes_do_not_share_temporary_files(tmp_path):
    with replacing(tmp_path) as files:
        temporary = files.path("a.txt")
        assert str(os.getpid()) in temporary.name
        temporary.write_text("x")
    assert (tmp_path / "a.txt").read_text() == "x"


# --- damaged files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"not hdf5", b"\x89HDF\r\n\x1a\n" + b"\0" * 100])
def test_damaged_results_are_refused_in_one_sentence(content, tmp_path):
    (tmp_path / "result.h5").write_bytes(content)
    with pytest.raises(InputError, match=r"result\.h5"):
        read_result(tmp_path)


def test_truncated_foreign_newer_and_missing_results_are_refused(tmp_path):
    with pytest.raises(InputError, match="no result here"):
        read_result(tmp_path)
    path = tmp_path / "result.h5"
    write_result(tmp_path, stand_in_case(), charging_cell())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be read"):
        read_result(tmp_path)
    path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 99
    with pytest.raises(InputError, match="version 99"):
        read_result(tmp_path)
    with h5py.File(path, "r+") as file:
        file.attrs["format"] = "other"
    with pytest.raises(InputError, match="not a result"):
        read_result(tmp_path)


def test_checks_of_another_run_are_not_taken_over(tmp_path):
    write_result(tmp_path, stand_in_case(), charged_wall())
    record = json.loads((tmp_path / "summary.json").read_text())
    record["checks"] = [{"name": "old"}]
    (tmp_path / "summary.json").write_text(json.dumps(record))
    assert read_result(tmp_path).checks == [{"name": "old"}]
    record["run_id"] = "another"
    (tmp_path / "summary.json").write_text(json.dumps(record))
    assert read_result(tmp_path).checks == []
