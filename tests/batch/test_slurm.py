"""A job array on a real Slurm, with tasks killed in every way, gives the table of an undisturbed local sweep."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest
from slurm_cluster import Cluster, why_not
from study_files import write_study

import npsolver
from npsolver.output.shards import Shards

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "runs")
MEMBERS, CHUNK = 120, 12


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


def test_an_array_with_killed_tasks_is_completed_by_submitting_again(cluster, tmp_path):
    # a fine mesh makes members slow enough to be interrupted
    study = write_study(tmp_path, {"x": (0.01, 0.5, MEMBERS)}, refine=25)
    out = tmp_path / "array"
    job = submit(cluster, study, out)

    def at_work(count: int) -> bool:
        return len(cluster.tasks(job, "RUNNING")) == 2 and len(Shards(out).records) >= count

    # scancel: the task is asked to end and ends after its member
    cluster.wait(lambda: at_work(3), 90, "running tasks")
    cluster.run("scancel", cluster.tasks(job, "RUNNING")[0], check=True)

    # kill -9 of the process itself: its worker sees that and ends
    before = len(Shards(out).records)
    cluster.wait(lambda: at_work(before + 3) and list((out / "running").glob("*.json")), 60, "another running task")
    victim = json.loads(sorted((out / "running").glob("*.json"))[-1].read_text())
    os.kill(victim["process"], signal.SIGKILL)

    # a node that is drained and goes down takes its tasks with it
    before = len(Shards(out).records)
    cluster.wait(lambda: at_work(before + 3), 60, "running tasks")
    cluster.run("scontrol", "update", "nodename=node", "state=drain", "reason=test", check=True)
    cluster.run("scontrol", "update", "nodename=node", "state=down", "reason=test", check=True)
    cluster.run("scancel", job)
    cluster.wait_for_end(job, 60)
    cluster.run("scontrol", "update", "nodename=node", "state=resume", check=True)
    cluster.wait(lambda: "idle" in cluster.run("sinfo", "-h", "-o", "%T"), 60, "the node")

    records = dict(Shards(out).records)
    assert 0 < len(records) < MEMBERS
    incomplete = cluster.run(sys.executable, "-m", "npsolver", "collect", str(study), "-o", str(out))
    assert f"{MEMBERS - len(records)} missing" in incomplete

    # the same command submits what is missing, and what was finished is not touched
    second = submit(cluster, study, out)
    cluster.wait_for_end(second, 180)
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
