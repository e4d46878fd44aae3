"""``python -m benchmarks.sweeps``: time and memory of whole sweeps over the number of their members.

Every line is a fresh ``npsolver sweep`` of small one-dimensional members, an ``npsolver collect`` of its results and a
second sweep that finds nothing to do. Options: ``--members 2000,5000,20000``, ``--jobs N``, ``--refine R`` (size of the
members).
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CASE = """
[[species]]
name = "cation"
charge = 1
diffusivity = "1e-9 m^2/s"
[[species]]
name = "anion"
charge = -1
diffusivity = "2e-9 m^2/s"
[[geometry.region]]
name = "inside"
length = "20 nm"
[[geometry.region]]
name = "membrane"
length = "5 nm"
excluded_species = ["anion"]
[[geometry.region]]
name = "outside"
length = "20 nm"
[boundary.left]
kind = "bath"
concentration = {{ cation = "100 mM" }}
balance = "anion"
current = 0
[boundary.right]
kind = "bath"
concentration = {{ cation = "10 mM" }}
balance = "anion"
potential = 0
[mesh]
refine = {refine}
[[expect]]
observable = "membrane_potential"
reference = "nernst(cation, left, right)"
rtol = 1e-9
"""
STUDY = """
[study]
case = "case.toml"
observables = ["membrane_potential"]
[[axis]]
name = "ratio"
from = 0.001
to = 0.5
points = {ratios}
spacing = "log"
[[axis]]
key = "model.temperature"
from = "280 K"
to = "360 K"
points = 20
[derived]
"boundary.right.concentration.cation" = "100 * ratio"
"""
HEADER = (
    ("members", 8), ("wall / s", 9), ("members/s", 10), ("CPU / ms each", 14), ("efficiency", 11), ("parent / MB", 12),
    ("worker / MB", 12), ("collect / s", 12), ("collect / MB", 13), ("nothing to do / s", 18),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweeps", description=__doc__.splitlines()[0])
    parser.add_argument("--members", default="2000,5000,20000", help="Numbers of members, multiples of 20.")
    parser.add_argument("--jobs", type=int, default=2, help="Processes.")
    parser.add_argument("--refine", type=float, default=0.3, help="Factor on the number of nodes.")
    options = parser.parse_args()
    print("".join(name.rjust(width) for name, width in HEADER))
    for count in map(int, options.members.split(",")):
        row = measure(count, options.jobs, options.refine)
        print("".join(f"{value:.4g}".rjust(width) for value, (_, width) in zip(row, HEADER, strict=True)), flush=True)


def measure(count: int, jobs: int, refine: float) -> tuple[float, ...]:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "case.toml").write_text(CASE.format(refine=refine), encoding="utf-8")
        Path(folder, "s.study.toml").write_text(STUDY.format(ratios=count // 20), encoding="utf-8")
        sweep = ["sweep", "s.study.toml", "-o", "out", "-q", "--jobs", str(jobs)]
        wall, cpu, parent = run(sweep, folder)
        collecting, _, collector = run(["collect", "s.study.toml", "-o", "out", "-q"], folder)
        nothing, _, _ = run(sweep, folder)
        rows = list(csv.DictReader(Path(folder, "out", "provenance.csv").read_text(encoding="utf-8").splitlines()))
    if len(rows) != count:
        raise SystemExit(f"{count} members asked for, {len(rows)} found: expected a multiple of 20")
    solving = sum(float(row["seconds (s)"]) for row in rows)
    worker = max(float(row["peak_memory_bytes (B)"]) for row in rows) / 1e6
    efficiency = solving / (jobs * wall)
    return count, wall, count / wall, 1e3 * cpu / count, efficiency, parent, worker, collecting, collector, nothing


def run(arguments: list[str], folder: str) -> tuple[float, float, float]:
    """Wall time (s), processor time with children (s) and largest memory (MB) of the process itself."""
    started, before = time.perf_counter(), os.times()
    process = subprocess.Popen([sys.executable, "-m", "npsolver", *arguments], cwd=folder)
    largest = 0.0
    while process.poll() is None:
        largest = max(largest, _memory(process.pid))
        time.sleep(0.02)
    after = os.times()
    if process.returncode:
        raise SystemExit(f"npsolver {' '.join(arguments)} ended with {process.returncode}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - started, used, largest


def _memory(process: int) -> float:
    """Largest resident memory so far of a process, MB (0 where the system does not say)."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    main()
