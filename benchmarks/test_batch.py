"""Many small steady states together: results as one at a time, and the throughput that is promised."""

from __future__ import annotations

import pytest

from benchmarks import batch
from npsolver.discretisation.chain_batch import best_lanes


@pytest.mark.parametrize("name", batch.ITEMS)
def test_throughput(name, benchmark):
    row = batch.throughput(name, count=300, rounds=7)
    ratio = row["alone"] / row["together"]
    benchmark.extra_info.update(row, ratio=ratio)
    members = batch.ITEMS[name](64)
    systems, starts = zip(*members)
    benchmark(batch.steady_states, systems, starts)
    if best_lanes() == 8:
        assert ratio > 2.0  # 3 where the machine is quiet
