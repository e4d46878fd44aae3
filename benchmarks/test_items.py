"""Whole work items and how their cost grows; each must reach its error before it is timed."""

from __future__ import annotations

import pytest

from benchmarks import items, measure, ours


def timed(benchmark, solve, rounds=5):
    return benchmark.pedantic(solve, setup=getattr(solve, "prepare", None), rounds=rounds, warmup_rounds=1)


@pytest.mark.parametrize("n", [100, 400, 1600])
def test_diffuse_layer(benchmark, n):
    assert items.w1_error(timed(benchmark, ours.w1(n), 20)) < 5e-5 * (400 / n) ** 2


@pytest.mark.parametrize("voltage", [1.0, 4.0])
@pytest.mark.parametrize("rtol", [1e-3, 1e-4, 1e-5])
def test_charging(benchmark, voltage, rtol):
    assert items.w2_error(timed(benchmark, ours.w2(voltage, rtol)), voltage) < 2e-4 + 0.3 * rtol


def test_current_voltage_curve(benchmark):
    assert items.w3_error(timed(benchmark, ours.w3())) < 5e-5


def test_five_ions(benchmark):
    assert items.w4_error(*timed(benchmark, ours.w4())) < 2e-5


@pytest.mark.parametrize("n", [64, 128, 256])
def test_slit(benchmark, n):
    assert items.pore_error(2, timed(benchmark, ours.pore(2, n), 2)) < 1e-3 * (128 / n) ** 2


@pytest.mark.parametrize("n", [16, 32])
def test_pore(benchmark, n):
    assert items.pore_error(3, timed(benchmark, ours.pore(3, n), 1)) < 2e-2 * (16 / n) ** 2


@pytest.mark.parametrize("n", [1_000, 10_000, 100_000, 1_000_000])
def test_cost_is_linear_in_one_dimension(benchmark, n):
    problem = items.w1(n)
    u = benchmark.pedantic(problem.solve, rounds=2)
    # far beyond what the law needs; round-off of the wall's balance grows with the number of nodes
    assert items.w1_error(items.w1_charge(problem, u)) < 1e-5
    benchmark.extra_info["ns per node"] = 1e9 * benchmark.stats.stats.median / n


def comparison_ids():
    return [pytest.param(c, id=c.key) for c in measure.comparisons() if not c.on_request]


@pytest.mark.parametrize("comparison", comparison_ids())
def test_peers(benchmark, comparison):
    """Ratios of this run in ``extra_info``; `compare` asserts every program's error before it times it."""
    rows = benchmark.pedantic(measure.compare, args=(comparison, 1), rounds=1)
    assert "median_seconds" in rows[0], rows[0]
    for row in rows[1:]:
        benchmark.extra_info[row["program"]] = row.get("ratio", row.get("failure"))
