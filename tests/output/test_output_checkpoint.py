"""Checkpoints come back bit for bit and refuse other cases."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_solutions import stand_in_case

from npsolver.errors import InputError
from npsolver.output import Checkpoint, read_checkpoint, write_checkpoint

STATE = {
    "u": np.random.default_rng(1).standard_normal((7, 3)) * 1e-300,
    "signs": np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324]),
    "counts": np.arange(4, dtype=np.int32),
    "empty": np.empty((0, 3)),
    "scalar array": np.array(0.1),
    "time": 0.1 + 0.2,
    "steps": 2**62,
    "status/with slash": "in µs",
    "text": "",
    "flag": True,
}


def test_state_comes_back_bit_for_bit(tmp_path):
    write_checkpoint(tmp_path, stand_in_case(), STATE)
    back = read_checkpoint(tmp_path, stand_in_case())
    assert list(back) == list(STATE)
    for key, value in STATE.items():
        assert type(back[key]) is type(value), key
        if isinstance(value, np.ndarray):
            assert back[key].dtype == value.dtype
            assert back[key].shape == value.shape
            assert back[key].tobytes() == value.tobytes()
        else:
            assert back[key] == value


@given(st.floats(allow_nan=False))
def test_any_float_comes_back(value):
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        write_checkpoint(directory, stand_in_case(), {"x": value})
        back = read_checkpoint(directory, stand_in_case())["x"]
    assert struct.pack("d", back) == struct.pack("d", value)


def test_another_case_is_refused_and_the_difference_named(tmp_path):
    def case(end_time, title, sha256):
        effective = {"case": {"title": title}, "solve": {"end_time": end_time, "kind": "transient"}}
        return stand_in_case(sha256=sha256, effective=effective)

    write_checkpoint(tmp_path, case(1.0, "a", "0" * 64), STATE)
    with pytest.raises(InputError, match=r"another case \(solve\.end_time is 2\.0, was 1\.0\)"):
        read_checkpoint(tmp_path, case(2.0, "b", "1" * 64))
    assert read_checkpoint(tmp_path, case(1.0, "b", "0" * 64))["steps"] == 2**62


def test_missing_damaged_and_foreign_checkpoints_are_refused(tmp_path):
    with pytest.raises(InputError, match="no checkpoint"):
        read_checkpoint(tmp_path, stand_in_case())
    (tmp_path / "checkpoint.h5").write_bytes(b"rubbish")
    with pytest.raises(InputError, match="cannot be read"):
        read_checkpoint(tmp_path, stand_in_case())
    import h5py

    with h5py.File(tmp_path / "checkpoint.h5", "w") as file:
        file.attrs["format"] = "other"
    with pytest.raises(InputError, match="not a checkpoint"):
        read_checkpoint(tmp_path, stand_in_case())


def test_things_that_cannot_be_stored_are_refused_and_the_old_file_stays(tmp_path):
    write_checkpoint(tmp_path, stand_in_case(), {"x": 1.0})
    with pytest.raises(TypeError, match="'y'"):
        write_checkpoint(tmp_path, stand_in_case(), {"y": object()})
    assert read_checkpoint(tmp_path, stand_in_case()) == {"x": 1.0}


def test_due_now_and_then(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    checkpoint = Checkpoint(tmp_path, stand_in_case(), interval=5.0)
    assert not checkpoint.due()
    now[0] += 0.6
    assert checkpoint.due()
    checkpoint.save({"x": 1.0})
    assert checkpoint.saved
    assert not checkpoint.due()
    now[0] += 5.1
    assert checkpoint.due()
    checkpoint.discard()
    assert not checkpoint.path.exists()


def test_a_stop_is_answered_after_the_state_is_safe(tmp_path):
    checkpoint = Checkpoint(tmp_path, stand_in_case())
    assert not checkpoint.request_stop()  # nobody looks: a steady run
    checkpoint.due()
    assert checkpoint.request_stop()
    assert checkpoint.due()
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save({"x": 2.0})
    assert read_checkpoint(tmp_path, stand_in_case()) == {"x": 2.0}
