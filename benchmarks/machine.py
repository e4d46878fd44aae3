"""What the figures were measured on: processor, versions, and the memory bandwidth of the moment."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter

import numpy as np

PACKAGES = ("numpy", "scipy", "fipy", "devsim", "scikit-sundae", "pybamm", "ngsolve", "petsc4py")


def description() -> dict:
    """Names and versions."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version(), "versions": found}


def processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def bandwidth(mebibytes: float = 64.0, repeats: int = 7) -> dict[str, float]:
    """GB/s of NumPy's copy (16 bytes per element) and triad a = b + s c (40: two passes), best of `repeats`.

    After J. D. McCalpin's STREAM; with one thread and NumPy's kernels, which bound what an array program can reach.
    """
    n = int(mebibytes * 2**20 / 8)
    a, b, c = np.zeros(n), np.ones(n), np.full(n, 2.0)

    def best(work) -> float:
        shortest = np.inf
        for _ in range(repeats):
            start = perf_counter()
            work()
            shortest = min(shortest, perf_counter() - start)
        return shortest

    def triad():
        np.multiply(c, 3.0, out=a)
        np.add(a, b, out=a)

    return {"copy": 16e-9 * n / best(lambda: np.copyto(a, b)), "triad": 40e-9 * n / best(triad)}


def peak_flops(n: int = 512, repeats: int = 15) -> float:
    """Additions and multiplications per second of a product of two n x n matrices (BLAS), best of `repeats`."""
    a, b = np.random.default_rng(0).normal(size=(2, n, n))
    out = np.empty((n, n))
    shortest = np.inf
    for _ in range(repeats):
        start = perf_counter()
        np.matmul(a, b, out=out)
        shortest = min(shortest, perf_counter() - start)
    return 2.0 * n**3 / shortest


def division_rate(n: int = 1024, repeats: int = 15, inner: int = 200) -> float:
    """Divisions per second of arrays that stay in the first cache, best of `repeats`."""
    a, b = np.random.default_rng(0).uniform(1.0, 2.0, size=(2, n))
    out, shortest = np.empty(n), np.inf
    for _ in range(repeats):
        start = perf_counter()
        for _ in range(inner):
            np.divide(a, b, out=out)
        shortest = min(shortest, perf_counter() - start)
    return n * inner / shortest
