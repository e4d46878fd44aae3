"""Block patterns and components against dense matrices, on random graphs with repeated edges."""

from __future__ import annotations

import numpy as np
import pytest

from npsolver.discretisation.pattern import block_pattern, connected_labels


def random_edges(n, m, seed):
    edges = np.random.default_rng(seed).integers(0, n, (m, 2)).astype(np.int32)
    return edges[edges[:, 0] != edges[:, 1]]


@pytest.mark.parametrize(("n", "m"), [(1, 0), (2, 3), (7, 5), (40, 15), (40, 200), (300, 30_000)])
def test_blocks(n, m):
    edges = random_edges(n, m, n)
    pattern = block_pattern(edges, n)
    dense = np.eye(n, dtype=bool)
    dense[edges[:, 0], edges[:, 1]] = dense[edges[:, 1], edges[:, 0]] = True
    row, column = np.nonzero(dense)
    np.testing.assert_array_equal(np.repeat(np.arange(n), np.diff(pattern.pointer)), row)
    np.testing.assert_array_equal(pattern.column, column)
    for blocks, rows, columns in (
        (pattern.diagonal, np.arange(n), np.arange(n)),
        (pattern.kl, edges[:, 0], edges[:, 1]),
        (pattern.lk, edges[:, 1], edges[:, 0]),
    ):
        np.testing.assert_array_equal(row[blocks], rows)
        np.testing.assert_array_equal(column[blocks], columns)
    assert {a.dtype for a in (pattern.pointer, pattern.column, pattern.diagonal, pattern.kl, pattern.lk)} == {
        np.dtype(np.int32)
    }


@pytest.mark.parametrize("edges", [
    np.empty((0, 2), int), [[0, 1], [1, 2]], [[0, 1], [2, 3], [3, 4]], [[3, 0], [4, 1], [1, 2], [2, 0]],
    random_edges(30, 18, 1), random_edges(30, 200, 2),
])
def test_components(edges):
    edges, n = np.asarray(edges, dtype=np.int32).reshape(-1, 2), 30
    for size in {n, int(edges.max(initial=0)) + 1}:
        label = connected_labels(edges, size)
        reach = np.eye(size, dtype=int)
        reach[edges[:, 0], edges[:, 1]] = reach[edges[:, 1], edges[:, 0]] = 1
        together = np.linalg.matrix_power(reach.astype(float), size) > 0
        np.testing.assert_array_equal(label[:, None] == label[None, :], together)
