"""Files that only grow: every whole record is read, nothing else is."""

from __future__ import annotations

import os

import numpy as np
import pytest

from npsolver.output.shards import CONVERGED, Shards, ShardWriter, read_manifest, write_manifest

UNITS = {"v": ("V", "potential")}


def write(folder, records, status="converged"):
    writer = ShardWriter(folder)
    for name, value in records.items():
        writer.write(name, status, {"observables": {"v": value}, "text": "µ " * 20}, UNITS)
    writer.close()
    return writer.path


def test_records_come_back(tmp_path):
    write(tmp_path, {"a": 1.0, "b": float("nan")})
    write(tmp_path, {"c": 3.0}, "refused")
    shards = Shards(tmp_path)
    records = {item["id"]: item for item in shards.read(["c", "a", "b"])}
    assert [records[name]["status"] for name in "abc"] == ["converged", "converged", "refused"]
    assert [records[name]["observables"]["v"] for name in "abc"] == [1.0, None, 3.0]
    assert shards.units == UNITS
    assert records["a"]["npsolver"]


def test_a_file_cut_anywhere_keeps_its_whole_lines(tmp_path):
    path = write(tmp_path, {str(i): float(i) for i in range(3)})
    data = path.read_bytes()
    ends = [i + 1 for i, byte in enumerate(data) if byte == 10]
    for cut in range(0, len(data), 7):
        path.write_bytes(data[:cut])
        whole = sum(end <= cut for end in ends)
        assert len(Shards(tmp_path).records) == max(0, whole - 2), cut  # header and units come first


def test_a_torn_line_in_the_middle_costs_itself_only(tmp_path):
    path = write(tmp_path, {str(i): float(i) for i in range(4)})
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3][:40]  # no end of line: it runs into the next
    path.write_bytes(b"".join(lines))
    shards = Shards(tmp_path)
    assert set(shards.records) == {"0", "3"}
    assert shards.damaged == 1
    lines[3] = b"\x00" * 100 + b"\n"
    path.write_bytes(b"".join(lines))
    assert set(Shards(tmp_path).records) == {"0", "2", "3"}


def test_convergence_beats_failure_and_later_beats_earlier(tmp_path):
    first = write(tmp_path, {"a": 1.0, "b": 1.0}, "crashed")
    second = write(tmp_path, {"a": 2.0, "b": 2.0}, "refused")
    third = write(tmp_path, {"a": 3.0})
    fourth = write(tmp_path, {"a": 4.0}, "refused")
    for age, path in enumerate((first, second, third, fourth)):
        os.utime(path, (age, age))
    found = {item["id"]: (item["status"], item["observables"]["v"]) for item in Shards(tmp_path).read("ab")}
    assert found == {"a": ("converged", 3.0), "b": ("refused", 2.0)}


def test_a_shard_that_cannot_be_read_is_named(tmp_path):
    write(tmp_path, {"a": 1.0})
    (tmp_path / "shards" / "broken.shard").mkdir()
    shards = Shards(tmp_path)
    assert set(shards.records) == {"a"}
    assert "broken.shard" in shards.unreadable[0]


def test_no_record_no_file(tmp_path):
    writer = ShardWriter(tmp_path)
    writer.close()
    assert not (tmp_path / "shards").exists()
    assert Shards(tmp_path).records == {}


def test_manifest(tmp_path):
    assert read_manifest(tmp_path) == {}
    write_manifest(tmp_path, {"sha256": "x", "study": {"axis": [{"values": [1, "2 mM"]}]}})
    assert read_manifest(tmp_path)["study"]["axis"][0]["values"] == [1, "2 mM"]
    assert [path.name for path in tmp_path.iterdir()] == ["study.json"]


@pytest.mark.parametrize("count", [1, 300])
def test_many_shards_are_read_with_few_open_files(tmp_path, count):
    for number in range(count):
        write(tmp_path, {str(number): float(number)})
    records = list(Shards(tmp_path).read(str(number) for number in range(count)))
    assert [item["observables"]["v"] for item in records] == [float(number) for number in range(count)]


def test_numbers_that_json_cannot_carry_become_null(tmp_path):
    values = {"a": np.nan, "b": np.float64(0.1), "c": [1, np.inf], "d": np.arange(2), "e": (np.bool_(True), {3: "x"})}
    with_nan, without = "1" * 64, "2" * 64
    writer = ShardWriter(tmp_path)
    writer.write(with_nan, CONVERGED, values, {})
    writer.write(without, CONVERGED, {name: values[name] for name in "bde"}, {})
    writer.close()
    first, second = Shards(tmp_path).read([with_nan, without])
    expected = {"a": None, "b": 0.1, "c": [1, None], "d": [0, 1], "e": [True, {"3": "x"}]}
    assert {name: first[name] for name in expected} == expected
    assert {name: second[name] for name in "bde"} == {name: first[name] for name in "bde"}
