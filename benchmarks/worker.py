"""One problem of one program in a process of its own, so that programs can be measured in turn without disturbing
each other: ``python -m benchmarks.worker benchmarks.ours:w1 '[400]'`` is what `Worker` starts."""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

# Seconds for which solutions are repeated after the first one; their median counts.
SHORT = 0.1


class WorkerError(Exception):
    """The program could not be started, did not converge, or took too long."""


class Worker:
    """A problem that is built, waiting to be solved.

    Parameters
    ----------
    target : str
        ``"module:function"``; the function returns the callable that is timed.
    arguments : list
        JSON-able.
    limit : float
        Seconds for anything it is asked.
    environment : mapping, optional
        More variables, as FIPY_SOLVERS.
    """

    def __init__(self, target: str, arguments=(), *, limit: float = 170.0, environment=None):
        self.limit = limit
        given = environment or {}
        environment = {**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONWARNINGS": "ignore", **given}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", target, json.dumps(list(arguments))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
            cwd=Path(__file__).resolve().parent.parent,
        )
        self.built = self._read()

    def solve(self) -> tuple[float, object]:
        """Seconds of one solution (after the first: the median of those that fit in `SHORT`) and its observables."""
        self._process.stdin.write("solve\n")
        self._process.stdin.flush()
        answer = self._read()
        value = answer["value"]
        if isinstance(value, list):
            value = tuple(np.array(v) for v in value) if any(isinstance(v, list) for v in value) else np.array(value)
        self.peak = answer["peak_bytes"]
        return answer["seconds"], value

    def _read(self) -> dict:
        ready, _, _ = select.select([self._process.stdout], [], [], self.limit)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._process.kill()
            reason = f"more than {self.limit:g} s" if not ready else self._process.stderr.read().strip()[-400:]
            raise WorkerError(reason or "ended without an answer")
        return json.loads(line)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.stdin.close()
            self._process.wait(timeout=30)
        for stream in (self._process.stdout, self._process.stderr):
            stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def plain(value):
    """Numbers and lists of what a solver returned."""
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    return np.asarray(value, dtype=float).tolist()


def peak_memory() -> int:
    """Bytes. A new process inherits the maximum of the one that started it in `getrusage`, not in /proc."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(target: str, arguments: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # some programs print as they please

    def tell(**message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    module_name, function = target.split(":")
    start = perf_counter()
    module = import_module(module_name)
    imported = perf_counter()
    solve = getattr(module, function)(*json.loads(arguments))
    tell(import_seconds=imported - start, build_seconds=perf_counter() - imported, version=module.version())
    prepare, first = getattr(solve, "prepare", lambda: None), True
    for _ in sys.stdin:
        samples: list[float] = []
        # a program that has waited for its turn starts with cold caches: short solutions are repeated
        while not samples or (not first and sum(samples) < SHORT):
            prepare()
            start = perf_counter()
            value = solve()
            samples.append(perf_counter() - start)
        first, seconds = False, median(samples)
        tell(seconds=seconds, value=plain(value), peak_bytes=peak_memory())


if __name__ == "__main__":
    main(*sys.argv[1:])
