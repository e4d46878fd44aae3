"""Job arrays: the number of a task from the variables of a scheduler, and scripts for Slurm."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from npsolver.batch.ranges import ranges
from npsolver.errors import InputError, NpsolverError

# variable that holds the number of a task -> number of the first task
INDEX_VARIABLES = {
    "SLURM_ARRAY_TASK_ID": 0,
    "PBS_ARRAY_INDEX": 0,  # PBS Pro, OpenPBS
    "PBS_ARRAYID": 0,  # Torque
    "LSB_JOBINDEX": 1,  # LSF counts from 1, and gives 0 to jobs that are no array
    "SGE_TASK_ID": 1,  # Grid Engine counts from 1, and gives "undefined" to jobs that are no array
}
DEFAULT_TASKS = 500  # below the MaxArraySize (1001) of an unchanged Slurm


@dataclass(frozen=True)
class SlurmOptions:
    """What a job array asks for.

    Attributes
    ----------
    time : str
        Wall-clock limit of a task, as Slurm writes it.
    memory : str
        Per task, e.g. ``"2G"``.
    partition, account : str or None
    concurrency : int or None
        Tasks that may run at once.
    jobs : int
        Processes per task.
    extra : tuple of str
        Further options of sbatch, e.g. ``"--qos=long"``.
    """

    time: str = "01:00:00"
    memory: str = "2G"
    partition: str | None = None
    account: str | None = None
    concurrency: int | None = None
    jobs: int = 1
    extra: tuple[str, ...] = ()


def index_from_environment(environment: Mapping[str, str] | None = None) -> int:
    """Number of this task, from 0, whatever the scheduler.

    Raises
    ------
    InputError
        If no scheduler says it.
    """
    environment = os.environ if environment is None else environment
    for name, first in INDEX_VARIABLES.items():
        value = environment.get(name, "")
        if value.isdigit() and int(value) >= first:
            return int(value) - first
    raise InputError(
        f"no job array here: none of {', '.join(INDEX_VARIABLES)} holds the number of a task; give --index 0, 1, ...",
        key="--index auto",
    )


def tasks_of(missing: Sequence[int], chunk: int) -> list[int]:
    """Numbers of the tasks that have something to do."""
    return sorted({int(index) // chunk for index in missing})


def slurm_script(
    name: str, command: Sequence[str], directory: str | os.PathLike, tasks: Sequence[int], options: SlurmOptions
) -> str:
    """The text of a job array.

    Parameters
    ----------
    name : str
        Of the study.
    command : sequence of str
        Runs one task when ``--index auto`` is appended.
    directory : path
        Output of the tasks goes into its folder ``logs``.
    tasks : sequence of int
    options : SlurmOptions
    """
    if not re.fullmatch(r"[\d:-]+", options.time):
        raise InputError(f"expected a time as Slurm writes it, such as 01:30:00, got {options.time!r}", key="--time")
    directory = Path(directory).resolve()
    limit = f"%{options.concurrency}" if options.concurrency else ""
    lines = [
        f"--job-name={re.sub(r'[^A-Za-z0-9._-]', '_', name)}",
        f"--array={ranges(tasks)}{limit}",
        f"--time={options.time}",
        f"--mem={options.memory}",
        "--nodes=1",
        "--ntasks=1",
        f"--cpus-per-task={options.jobs}",
        f"--output={directory}/logs/%A_%a.txt",
        # a task whose node fails starts again; what it had finished it finds in its folder
        "--requeue",
        # time to finish the member at hand before the limit
        "--signal=B:TERM@30",
        *([f"--partition={options.partition}"] if options.partition else []),
        *([f"--account={options.account}"] if options.account else []),
        *options.extra,
    ]
    header = "\n".join(f"#SBATCH {line}" for line in lines)
    return (
        f"#!/bin/sh\n{header}\n\n"
        f"cd {shlex.quote(str(Path.cwd()))} || exit 1\n"
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1\n"
        # exec: signals of the scheduler reach npsolver itself
        f"exec {shlex.join(command)} --index auto\n"
    )


def program() -> list[str]:
    """How this program is started on another node: with this interpreter."""
    return [sys.executable, "-m", "npsolver"]


def submit(script: str | os.PathLike) -> str:
    """Hand a script to sbatch; the number of the job."""
    try:
        done = subprocess.run(["sbatch", "--parsable", str(script)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NpsolverError(
            f"{script} is written, but there is no sbatch here; submit it where Slurm is: sbatch {script}"
        ) from None
    if done.returncode:
        raise NpsolverError(f"sbatch refused {script}: {' '.join(done.stderr.split()) or 'no reason given'}")
    return done.stdout.strip().split(";")[0]
