"""A full matrix costs at most 2.5 times diagonal transport per Newton iteration (four species, all pairs, a table)."""

from __future__ import annotations

import pytest

from benchmarks.onsager import LIMIT, iteration, problem, ratio


@pytest.mark.parametrize(("dimension", "n"), [(1, 1000), (2, 30)])
@pytest.mark.parametrize("coupled", [False, True], ids=["diagonal", "full"])
def test_iteration(benchmark, dimension, n, coupled):
    item = problem(dimension, n, coupled)
    benchmark(iteration, item)
    benchmark.extra_info["us per node"] = 1e6 * benchmark.stats.stats.median / item.system.mesh.n_nodes


@pytest.mark.parametrize(("dimension", "n"), [(1, 1000), (2, 30)])
def test_full_matrix_stays_within_the_limit(dimension, n):
    _, factor = ratio(dimension, n, repeats=25)
    assert factor <= LIMIT
