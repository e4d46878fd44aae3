"""The benchmarks work and assert what they must, at tiny sizes."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
if not (ROOT / "benchmarks").is_dir():
    pytest.skip("the installed package has no benchmarks", allow_module_level=True)
sys.path.insert(0, str(ROOT))

from benchmarks import chain_pieces, items, machine, measure, ours, report  # noqa: E402
from benchmarks.worker import Worker, WorkerError  # noqa: E402


def test_errors_fall_with_the_mesh():
    assert items.w1_error(ours.w1(100)()) < 1e-3
    assert items.w1_error(ours.w1_extrapolated(40)()) < 1e-6
    assert items.w2_error(ours.w2(1.0, 1e-3, 100)(), 1.0) < 5e-3
    assert items.w3_error(ours.w3(120)()) < 2e-3
    assert items.w4_error(*ours.w4(80)()) < 1e-3
    assert items.pore_error(2, ours.pore(2, 32)()) < 2e-2
    assert items.pore_error(3, ours.pore(3, 8)()) < 5e-2


def test_errors_see_a_wrong_answer():
    assert items.w1_error(1.01 * items.W1_CHARGE) == pytest.approx(0.01)
    assert items.w3_error(np.array(items.REFERENCE["W3"]) * 1.01) > 5e-3
    assert items.w4_error(np.array(items.REFERENCE["W4_flux"]), 1.1 * items.REFERENCE["W4_voltage"]) > 0.05
    assert items.pore_error(2, 0.0) == 1.0


PEERS = {
    "fipy_peer:w1": [100],
    "scipy_peer:w1": [1e-4],
    "ida_peer:w2": [1.0, 1e-5, 100],
    "pybamm_peer:w2": [1.0, 1e-5, 200],
    "devsim_peer:w1": [100],
    "ngsolve_peer:w1": [100],
}


@pytest.mark.parametrize(("peer", "arguments"), PEERS.items())
def test_peers_solve(peer, arguments):
    target = f"benchmarks.peers.{peer}"
    missing = measure.Entry(peer, target).missing
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    with Worker(target, arguments, limit=60.0) as worker:
        seconds, value = worker.solve()
    assert seconds > 0.0
    assert (items.w2_error(value, 1.0) if "w2" in peer else items.w1_error(float(value))) < 3e-3


def test_both_direct_solvers_of_fipy_agree():
    values = []
    for solver in ("tuned", "default"):
        with Worker("benchmarks.peers.fipy_peer:pore", [2, 12, solver], limit=60.0) as worker:
            values.append(float(worker.solve()[1]))
    assert values[0] == pytest.approx(values[1], rel=1e-6)
    assert items.pore_error(2, values[0]) < 0.2


def test_fipy_takes_the_suite_of_the_environment():
    def solved():
        with Worker("benchmarks.peers.fipy_peer:w1", [100], limit=60.0, environment=measure.PETSC) as worker:
            return worker.built["version"], float(worker.solve()[1])

    if find_spec("petsc4py") is None or find_spec("mpi4py") is None:
        with pytest.raises(WorkerError, match=r"petsc|mpi4py"):
            solved()
    else:
        suite, charge = solved()
        assert "petsc" in suite
        assert items.w1_error(charge) < 3e-3


def test_a_program_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(measure, "find_spec", lambda name: None)
    assert measure.Entry("", f"{measure.FIPY}:w1", environment=measure.PETSC).missing == ["petsc4py", "mpi4py"]
    assert measure.Entry("", f"{measure.FIPY}:w1").missing == []
    monkeypatch.setitem(measure.MODULES, "benchmarks.peers.no_peer", ("no_such_module",))
    rows = measure.compare(measure.Comparison("W1", "", items.w1_error, [
        measure.Entry("ours", "benchmarks.ours:w1", [50], 1e-2),
        measure.Entry("once", "benchmarks.ours:w1", [50], 1e-2, rounds=1),
        measure.Entry("other", "benchmarks.peers.no_peer:w1"),
    ]), 3)
    assert [len(row.get("seconds", [])) for row in rows] == [3, 1, 0]
    assert rows[1]["ratio"] > 0.0
    assert report.outcome(rows[2]) == "not measured without no_such_module"
    assert "| W1 | other | – | – | – | not measured without no_such_module |" in report.results({"peers": rows})


def test_a_wrong_program_is_not_timed():
    wrong = measure.Comparison("W1", "", items.w1_error, [measure.Entry("coarse", "benchmarks.ours:w1", [20], 1e-9)])
    with pytest.raises(AssertionError, match="coarse has an error"):
        measure.compare(wrong, 1)


def test_a_chain_step_that_differs_is_not_timed(monkeypatch):
    problem = measure.chain_problem(2, 20)
    update = problem.system.update
    monkeypatch.setattr(problem.system, "update", lambda u, du, out, norms: update(u, 1.001 * du, out, norms))
    with pytest.raises(AssertionError, match="differs by"):
        chain_pieces.chain_pieces(problem)


def test_pieces_ladders_and_table():
    pieces = measure.pieces(measure.chain_problem(2, 50))
    assert 0.0 < pieces["assembly"] < 1e-2
    kernel = measure.edge_kernel(items.w1(200))
    assert kernel["ns_per_edge"] > 0.0
    chain = chain_pieces.chain_pieces(measure.chain_problem(2, 50))
    assert chain["newton_step"] > chain["terms"] > 0.0
    edge = chain_pieces.edge_roofline(measure.chain_problem(5, 200), 1e10, 1e9)
    assert (edge["flops"], edge["fused"], edge["bytes"], edge["classes"]) == (162, 111, 248, 2)
    assert edge["ns_by_flops"] == pytest.approx(22.2 + 2.0)
    assert edge["over_limit"] == pytest.approx(edge["ns"] / max(edge["ns_by_flops"], edge["ns_by_bytes"]))
    assert machine.peak_flops(64, 2) > 1e7
    assert machine.division_rate(64, 2, 10) > 1e6
    ladder = measure.ladder(1, (50, 100))
    assert ladder[1]["error"] < 0.3 * ladder[0]["error"]
    crossover = measure.crossover((8,))
    text = report.results(
        {
            "machine": {**machine.description(), "bandwidth": machine.bandwidth(1.0, 2)},
            "pieces": [pieces], "overhead": [pieces], "kernels": [kernel], "ladder1": ladder, "crossover": crossover,
            "chain": [chain], "roofline": {"peak_flops": 1e10, "division_rate": 1e9, "edges": [edge]},
            "peers": [{"item": "W1", "program": "a", "error": 1e-5, "first_seconds": 1.0, "median_seconds": 0.5},
                      {"item": "W1", "program": "b", "failure": "not installed"}],
        }
    )
    assert "| W1 | a | 1.0e-05 | 1 s | 500 ms | 1 |" in text
    assert "failed: not installed" in text


@pytest.mark.parametrize("species", range(1, 8))
def test_every_block_size_converges(species):
    problem = measure.chain_problem(species, 20)
    assert np.abs(problem.system.natural_residual(problem.solve())[1:-1]).max() < 1e-10


def test_keys_with_commas_are_told_from_lists_of_keys():
    assert report.keys("W1,W5, 128²;pieces") == ["W1", "W5, 128²", "pieces"]
    assert report.keys("") == []
    with pytest.raises(argparse.ArgumentTypeError, match="no key starts with 'W9'"):
        report.keys("W1,W9")
