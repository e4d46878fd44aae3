"""Sweeps on local processes: resume, retries, failures of single members, kills, company in one folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from study_files import write_study

import npsolver
from npsolver.batch import Selection, collect, sweep
from npsolver.batch.ranges import numbers, ranges
from npsolver.batch.scheduler import SlurmOptions, index_from_environment, slurm_script, tasks_of
from npsolver.case.study_load import load_study
from npsolver.errors import ConvergenceError, InputError, NpsolverError
from npsolver.output.presence import Presence
from npsolver.output.shards import Shards
from npsolver.runner.repeated import Repeated

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(npsolver.__file__).parents[1]), "OMP_NUM_THREADS": "1"}


@pytest.fixture
def path(tmp_path) -> Path:
    return write_study(tmp_path, {"x": (0.01, 0.5, 6), "T": (290, 310, 4)})


@pytest.fixture
def study(path):
    return load_study(path)


def command(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "npsolver", *map(str, arguments)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        **options,
    )


def wait_for_records(out, count: int, process) -> None:
    while len(Shards(out).records) < count:
        assert process.poll() is None, "the sweep ended"
        time.sleep(0.05)


def hurt(wrong: int, what):
    """A solver that does `what` instead of solving member `wrong`."""

    def make():
        solve = Repeated()
        return lambda case, position: what() if position == (wrong // 4, wrong % 4) else solve(case, position)

    return make


def test_every_member_is_computed_once_and_right(study, tmp_path):
    out = tmp_path / "out"
    outcome = sweep(study, out, Repeated, jobs=2)
    assert outcome.counts == {"converged": 24}
    again = sweep(study, out, Repeated, jobs=2)
    assert (again.before, sum(again.counts.values())) == (24, 0)
    found = collect(study, out)
    assert found.complete
    assert (found.checks, found.checks_failed) == (24, 0)
    x, T = (found.table[name].values for name in ("x", "T"))
    law = 8.31446261815324 * T / 96485.33212331001 * np.log(x)
    assert found.table["membrane_potential"].values == pytest.approx(law, rel=1e-9)
    assert found.table["membrane_potential"].unit == "V"


def test_tables_do_not_depend_on_how_members_were_computed(study, tmp_path):
    tables = []
    for name, jobs, parts in (("a", 1, [None]), ("b", 2, [None]), ("c", 1, [4, 0, 2, 3, 1])):
        for part in parts:
            sweep(study, tmp_path / name, Repeated, jobs=jobs, selection=Selection(part, 5))
        collect(study, tmp_path / name)
        tables.append((tmp_path / name / "table.csv").read_bytes())
    assert tables[0] == tables[1] == tables[2]


def test_tasks_cover_all_members_once(study):
    parts = [list(Selection(i, 5).of(study)) for i in range(5)]
    assert [index for part in parts for index in part] == list(range(24))
    assert Selection(chunk=5).tasks(study) == 5
    with pytest.raises(InputError, match="tasks 0 to 4"):
        Selection(5, 5).of(study)
    with pytest.raises(InputError, match="members 0 to 23"):
        Selection(members=(24,)).of(study)


@pytest.mark.parametrize(
    ("what", "status", "limits"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "crashed", {}),
        (lambda: os._exit(3), "crashed", {}),
        (lambda: time.sleep(60), "time-limit", {"seconds": 0.5}),
        (lambda: np.ones(2**28), "memory-limit", {"memory": 2**29}),
        (lambda: 1 / 0, "failed", {}),
    ],
    ids=["killed", "exited", "slow", "large", "faulty"],
)
def test_one_bad_member_harms_no_other(study, tmp_path, what, status, limits):
    outcome = sweep(study, tmp_path / "out", hurt(7, what), jobs=2, **limits)
    assert outcome.counts == {"converged": 23, status: 1}
    assert [(index, found) for index, found, _ in outcome.failures] == [(7, status)]
    found = collect(study, tmp_path / "out", command=["npsolver sweep it"])
    assert found.failed.tolist() == [7]
    assert found.commands == ["npsolver sweep it --retry-failed"]
    again = sweep(study, tmp_path / "out", Repeated)
    assert (again.before, again.failed_before) == (24, 1), "failures are not tried again by themselves, nor forgotten"
    repaired = sweep(study, tmp_path / "out", Repeated, retry_failed=True)
    assert repaired.counts == {"converged": 1}
    assert collect(study, tmp_path / "out").complete


def test_a_member_stuck_where_signals_do_not_reach_is_killed(study, tmp_path, monkeypatch):
    monkeypatch.setattr("npsolver.batch.pool.GRACE", 0.2)

    def stuck():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(60)

    outcome = sweep(study, tmp_path / "out", hurt(3, stuck), jobs=2, seconds=0.5)
    assert outcome.counts == {"converged": 23, "time-limit": 1}


def test_members_that_do_not_converge_or_make_no_sense(study, tmp_path):
    def fail():
        raise ConvergenceError("no steady state")

    outcome = sweep(study, tmp_path / "out", hurt(0, fail), jobs=1)
    assert outcome.failures == [(0, "not-converged", "no steady state")]


def test_a_wrong_study_ends_before_it_starts(tmp_path):
    path = write_study(tmp_path, {"x": (-1.0, -0.5, 2)}, text="")
    text = path.read_text().replace('spacing = "log"', "")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="concentration"):
        sweep(load_study(path), tmp_path / "out", Repeated)


def test_killed_with_everything_the_sweep_goes_on(path, tmp_path):
    slow = write_study(tmp_path, {"x": (0.01, 0.5, 40)}, refine=20)
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "npsolver", "sweep", str(slow), "-o", str(out), "--jobs", "2"], env=ENVIRONMENT
    )
    wait_for_records(out, 4, process)
    process.kill()
    process.wait()
    time.sleep(0.5)  # the workers notice that their parent has gone
    before = dict(Shards(out).records)
    time.sleep(0.5)
    assert Shards(out).records == before, "a worker outlived its parent"
    assert 4 <= len(before) < 40
    done = command("sweep", slow, "-o", out, "--jobs", 2)
    assert done.returncode == 0, done.stderr
    after = Shards(out).records
    assert len(after) == 40
    assert {name: after[name] for name in before} == before


def test_ctrl_c_finishes_the_members_at_hand(tmp_path):
    slow = write_study(tmp_path, {"x": (0.01, 0.5, 60)}, refine=20)
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "npsolver", "sweep", str(slow), "-o", str(out), "--jobs", "2"],
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    wait_for_records(out, 4, process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    _, text = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "The same command goes on from there" in text
    found = Shards(out)
    assert found.damaged == 0
    assert f"{len(found.records)} of 60 members" in text
    assert {place.status for place in found.records.values()} == {"converged"}
    assert not list((out / "running").iterdir())


def test_a_second_sweep_of_the_same_folder_is_refused(study, tmp_path):
    other = Presence(tmp_path / "out", "all members")
    record = json.loads(other.path.read_text())
    other.path.write_text(json.dumps(record | {"started": 1.0}), encoding="utf-8")
    with pytest.raises(InputError, match=r"another sweep .* is at work on all members"):
        sweep(study, tmp_path / "out", Repeated)
    task = sweep(study, tmp_path / "out", Repeated, selection=Selection(0, 5))
    assert task.counts == {"converged": 5}, "tasks of an array are never in each other's way"
    # a process of this machine that is gone holds nothing
    other.path.write_text(json.dumps(record | {"started": 1.0, "process": 2**22 + 1}), encoding="utf-8")
    assert sweep(study, tmp_path / "out", Repeated).counts == {"converged": 19}


def test_two_sweeps_at_once_compute_every_member(path, tmp_path):
    commands = [
        [sys.executable, "-m", "npsolver", "sweep", str(path), "-o", str(tmp_path / "out"), "--index=0", "--chunk=24"]
        for _ in range(2)
    ]
    running = [subprocess.Popen(item, env=ENVIRONMENT) for item in commands]
    assert [process.wait() for process in running] == [0, 0]
    found = collect(load_study(path), tmp_path / "out")
    assert found.complete


def test_failures_of_an_earlier_sweep_are_not_forgotten(path, tmp_path):
    limited = command("sweep", path, "-o", tmp_path / "out", "--member-time", 1e-4, "-q")
    assert limited.returncode == 3
    again = command("sweep", path, "-o", tmp_path / "out")
    assert again.returncode == 3
    assert "24 of 24 members failed, 24 of them in an earlier sweep" in again.stderr
    assert "--retry-failed" in again.stderr
    assert command("sweep", path, "-o", tmp_path / "out", "--retry-failed").returncode == 0


def test_a_changed_study_keeps_what_is_unchanged(study, path, tmp_path):
    out = tmp_path / "out"
    sweep(study, out, Repeated, jobs=2)
    path.write_text(path.read_text().replace("points = 4", "points = 7"), encoding="utf-8")
    finer = load_study(path)
    outcome = sweep(finer, out, Repeated)
    assert outcome.before == 24
    assert outcome.counts == {"converged": 18}
    assert "24 of its 42 members are unchanged" in outcome.notes[0]
    base = tmp_path / "base.toml"
    base.write_text(base.read_text().replace('"5 nm"', '"6 nm"'), encoding="utf-8")
    changed = load_study(path)
    found = collect(changed, out)
    assert len(found.missing) == 42
    assert "0 of its 42 members are unchanged" in found.notes[0]
    assert len(Shards(out).records) == 42, "older results stay"


def test_a_full_disk_is_said_and_what_is_finished_stays(path, tmp_path):
    import resource

    out = tmp_path / "out"

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

    done = command("sweep", path, "-o", out, "--jobs", 1, preexec_fn=small_files)
    assert done.returncode == 1
    assert "the disk is full or a size limit was reached" in done.stderr
    assert "Traceback" not in done.stderr
    kept = dict(Shards(out).records)
    assert 0 < len(kept) < 24
    assert Shards(out).damaged == 0
    assert command("sweep", path, "-o", out).returncode == 0
    after = Shards(out).records
    assert {name: after[name] for name in kept} == kept
    assert len(after) == 24


def test_a_folder_that_cannot_be_written_to(study, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    out.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        tmp_path.chmod(0o755)
        os.seteuid(65534)
    try:
        with pytest.raises(InputError, match="cannot be written to"):
            sweep(study, out, Repeated)
    finally:
        os.seteuid(user)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="not a folder"):
        sweep(study, tmp_path / "file", Repeated)


def test_job_array_indices_of_all_schedulers():
    assert index_from_environment({"SLURM_ARRAY_TASK_ID": "0"}) == 0
    assert index_from_environment({"PBS_ARRAY_INDEX": "7"}) == 7
    assert index_from_environment({"LSB_JOBINDEX": "1"}) == 0
    assert index_from_environment({"SGE_TASK_ID": "3"}) == 2
    for environment in ({}, {"SGE_TASK_ID": "undefined"}, {"LSB_JOBINDEX": "0"}):
        with pytest.raises(InputError, match="no job array"):
            index_from_environment(environment)


def test_slurm_script(tmp_path):
    options = SlurmOptions("02:00:00", "4G", "main", concurrency=5, extra=("--qos=long",))
    tasks = tasks_of([0, 1, 2, 9, 10, 11, 12, 40], 4)
    text = slurm_script("a study", ["npsolver", "sweep", "it's.toml"], tmp_path, tasks, options)
    wanted = "--array=0,2-3,10%5 --time=02:00:00 --mem=4G --partition=main --qos=long --job-name=a_study"
    for line in wanted.split():
        assert f"#SBATCH {line}\n" in text
    assert text.endswith("""exec npsolver sweep 'it'"'"'s.toml' --index auto\n""")
    with pytest.raises(InputError, match="01:30:00"):
        slurm_script("s", [], tmp_path, tasks, SlurmOptions("2 hours"))


def test_slurm_script_is_written_where_there_is_no_slurm(path, tmp_path):
    done = command("sweep", path, "-o", tmp_path / "out", "--slurm", "--chunk", 5, "--no-submit")
    assert done.returncode == 0, done.stderr
    assert "24 members in 5 tasks" in done.stdout
    assert "#SBATCH --array=0-4\n" in (tmp_path / "out" / "array.sh").read_text()
    assert command("sweep", path, "--chunk", 5, "--count").stdout == "5\n"


def test_ranges_and_numbers():
    assert ranges([0, 3, 7, 8, 9]) == "0,3,7-9"
    assert numbers("0,3,7-9") == (0, 3, 7, 8, 9)
    with pytest.raises(InputError):
        numbers("0,x")


def test_progress_counts_up(study, tmp_path, monkeypatch):
    monkeypatch.setattr("npsolver.batch.progress.INTERVAL", 0.0)
    lines = []
    sweep(study, tmp_path / "out", Repeated, progress=lambda state: lines.append(state.line()))
    assert lines[-1].startswith("24/24  100 %")
    assert any("left" in line for line in lines)
    assert Counter(lines).most_common(1)[0][1] < 24


def test_an_error_of_the_file_system_in_a_worker_reaches_the_user(study, tmp_path):
    def make():
        def solve(case, position):
            raise NpsolverError("the disk is on fire")

        return solve

    with pytest.raises(NpsolverError, match="on fire"):
        sweep(study, tmp_path / "out", make, jobs=2)
