"""Newton iterations with a full matrix beside those of diagonal transport (four species, all pairs, a table)."""

from __future__ import annotations

import pytest

from benchmarks.onsager import iteration, problem


@pytest.mark.parametrize(("dimension", "n"), [(1, 1000), (2, 30)])
@pytest.mark.parametrize("coupled", [False, True], ids=["diagonal", "full"])
def test_iteration(benchmark, dimension, n, coupled):
    item = problem(dimension, n, coupled)
    benchmark(iteration, item)
    benchmark.extra_info["us per node"] = 1e6 * benchmark.stats.stats.median / item.system.mesh.n_nodes
