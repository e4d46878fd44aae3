"""A job array on a real Slurm, with tasks killed in every way, gives the table of an undisturbed local sweep."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest
from slurm_cluster import Cluster, processes, why_not
from study_files import write_study

import npsolver
from npsolver.output.shards import Shards

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "runs")
MEMBERS, CHUNK = 120, 12
PATIENCE = 300  # s; only a failure takes so long


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as running:
        running.environment["PYTHONPATH"] = str(Path(npsolver.__file__).parents[1])
        running.environment["OMP_NUM_THREADS"] = "1"
        yield running


def command(cluster, *arguments: str, check: bool = True) -> str:
    return cluster.run(sys.executable, "-m", "npsolver", *arguments, check=check)


def submit(cluster, study, out) -> str:
    options = ("--chunk", str(CHUNK), "--time", "00:10:00", "--memory", "1G", "--partition", "main", "-q")
    return command(cluster, "sweep", str(study), "-o", str(out), "--slurm", *options, "--concurrency", "2").strip()


def at_work(out) -> list[int]:
    """Processes of tasks that are at work in a folder."""
    found = []
    for path in (out / "running").glob("*.json"):
        try:
            found.append(json.loads(path.read_text(encoding="utf-8"))["process"])
        except (OSError, ValueError):  # it ends, or begins
            continue
    return sorted({*found} & {*processes(str(out))})


def task_of(process: int) -> str:
    """Number of the task that a process is, empty if it has ended."""
    try:
        variables = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    found = [item.partition(b"=")[2].decode() for item in variables if item.startswith(b"SLURM_ARRAY_TASK_ID=")]
    return found[0] if found else ""


def test_an_array_with_killed_tasks_is_completed_by_submitting_again(cluster, tmp_path):
    # a fine mesh makes members slow enough to be interrupted
    study = write_study(tmp_path, {"x": (0.01, 0.5, MEMBERS)}, refine=25)
    out = tmp_path / "array"
    job = submit(cluster, study, out)

    def wait_for_more(count: int) -> None:
        known = len(Shards(out).records)
        cluster.wait(lambda: len(Shards(out).records) >= known + count and at_work(out), PATIENCE, "tasks at work")

    # scancel: a task that has begun is asked to end, ends after its member and says so, unless that was its last one
    def cancelled() -> bool:
        index = "".join(task_of(process) for process in at_work(out)[-1:])
        if not index:
            return False
        task = f"{job}_{index}"
        cluster.run("scancel", task)
        cluster.wait(lambda: task not in cluster.tasks(job), PATIENCE, f"the end of task {task}")
        return "stopped" in (out / "logs" / f"{task}.txt").read_text(encoding="utf-8")

    wait_for_more(2)
    cluster.wait(cancelled, PATIENCE, "a task that ends because it was asked to")

    # kill -9 of the process itself: its worker sees that and ends
    def killed() -> bool:
        try:
            os.kill(at_work(out)[-1], signal.SIGKILL)
        except (IndexError, ProcessLookupError):  # that task has just ended
            return False
        return True

    wait_for_more(2)
    cluster.wait(killed, PATIENCE, "a task to kill")

    # a node that is drained and goes down takes its tasks with it
    wait_for_more(2)
    cluster.run("scontrol", "update", "nodename=node", "state=drain", "reason=test", check=True)
    cluster.run("scontrol", "update", "nodename=node", "state=down", "reason=test", check=True)
    cluster.run("scancel", job)
    cluster.wait_for_end(job, PATIENCE)
    cluster.wait(lambda: not processes(str(out)), PATIENCE, "the end of all processes")
    cluster.run("scontrol", "update", "nodename=node", "state=resume", check=True)
    cluster.wait(lambda: "idle" in cluster.run("sinfo", "-h", "-o", "%T"), PATIENCE, "the node")

    records = dict(Shards(out).records)
    assert 0 < len(records) < MEMBERS
    incomplete = cluster.run(sys.executable, "-m", "npsolver", "collect", str(study), "-o", str(out))
    assert f"{MEMBERS - len(records)} missing" in incomplete

    # the same command submits what is missing, and what was finished is not touched
    second = submit(cluster, study, out)
    cluster.wait_for_end(second, PATIENCE)
    cluster.wait(lambda: not processes(str(out)), PATIENCE, "the end of all processes")
    after = Shards(out).records
    assert len(after) == MEMBERS
    assert {name: after[name] for name in records} == records
    total = sum(path.read_bytes().count(b" r ") for path in (out / "shards").iterdir())
    assert total == MEMBERS, "a member was computed twice"
    command(cluster, "collect", str(study), "-o", str(out))

    local = tmp_path / "local"
    command(cluster, "sweep", str(study), "-o", str(local), "--jobs", "2")
    command(cluster, "collect", str(study), "-o", str(local))
    assert (out / "table.csv").read_bytes() == (local / "table.csv").read_bytes()
