"""What this machine has to offer."""

from __future__ import annotations

import resource
from pathlib import Path


def available_memory() -> float | None:
    """Memory (bytes) that this process can still take: of the machine, of its control group and of its limits.

    None where the system does not tell.
    """
    found = [value for value in (_machine(), _group(), _limit()) if value is not None]
    return min(found, default=None)


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None


def _machine() -> float | None:
    for line in (_read("/proc/meminfo") or "").splitlines():
        if line.startswith("MemAvailable:"):
            return float(line.split()[1]) * 1024.0
    return None


def _group() -> float | None:
    limit, used = _read("/sys/fs/cgroup/memory.max"), _read("/sys/fs/cgroup/memory.current")
    if limit is None or used is None or not limit.strip().isdigit():
        return None
    cached = 0.0
    for line in (_read("/sys/fs/cgroup/memory.stat") or "").splitlines():
        if line.startswith("inactive_file "):
            cached = float(line.split()[1])
    return float(limit) - float(used) + cached


def _limit() -> float | None:
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        return None
    status = (_read("/proc/self/statm") or "0").split()[0]
    return float(soft) - float(status) * resource.getpagesize()
