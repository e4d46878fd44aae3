"""Block LU of chains against dense solutions."""

from __future__ import annotations

import numpy as np
import pytest

from npsolver.errors import ConvergenceError
from npsolver.linear import BlockTridiagonal


def random_chain(n, m, seed):
    """Blocks in storage order and the dense matrix; diagonal blocks need pivoting but are well conditioned."""
    rng = np.random.default_rng(seed)
    blocks = 0.3 * rng.normal(size=(3 * n - 2, m, m))
    for k in range(n):
        blocks[3 * k] += 4.0 * np.linalg.qr(rng.normal(size=(m, m)))[0]
    return blocks, dense(blocks, n)


def dense(blocks, n):
    m = blocks.shape[1]
    matrix = np.zeros((n * m, n * m))
    for k in range(n):
        for column, index in ((k - 1, 3 * k - 1), (k, 3 * k), (k + 1, 3 * k + 1)):
            if 0 <= column < n:
                matrix[k * m : (k + 1) * m, column * m : (column + 1) * m] = blocks[index]
    return matrix


@pytest.mark.parametrize("m", range(1, 11))
@pytest.mark.parametrize("n", [1, 2, 3, 40])
def test_solution_is_that_of_the_dense_matrix(n, m):
    blocks, matrix = random_chain(n, m, seed=10 * n + m)
    solver = BlockTridiagonal(n, m)
    solver.blocks[:] = blocks
    solver.factorise()
    rng = np.random.default_rng(0)
    for _ in range(2):  # one factorisation serves several right-hand sides
        b = rng.normal(size=n * m)
        x = b.copy()
        solver.solve(x)
        np.testing.assert_allclose(x, np.linalg.solve(matrix, b), rtol=0, atol=1e-12 * np.abs(x).max())


@pytest.mark.parametrize("ordered", [True, False, None], ids=["in order", "exchanged", "mixed"])
@pytest.mark.parametrize("m", range(1, 11))
@pytest.mark.parametrize("n", [1, 2, 3, 4, 41])
def test_one_pass_gives_solution_and_factors(n, m, ordered):
    """Pivots that stand on the diagonal, that do not, and both in one chain."""
    blocks, _ = random_chain(n, m, seed=100 * n + m)
    for k in range(n):
        if ordered or (ordered is None and k % 3):
            blocks[3 * k] += 20.0 * np.eye(m)
    matrix = dense(blocks, n)
    solver = BlockTridiagonal(n, m)
    solver.blocks[:] = blocks
    rng = np.random.default_rng(0)
    for solve in (solver.factorise_and_solve, solver.solve):
        b = rng.normal(size=n * m)
        x = b.copy()
        solve(x)
        np.testing.assert_allclose(x, np.linalg.solve(matrix, b), rtol=0, atol=1e-12 * np.abs(x).max())


@pytest.mark.parametrize("m", [2, 5, 7, 9])
@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
@pytest.mark.parametrize("row", [0, 2, 3, 6])
def test_one_pass_names_the_singular_node(m, bad, row):
    blocks, _ = random_chain(7, m, seed=m)
    blocks[3 * row] = bad
    if row:
        blocks[3 * row - 1] = 0.0
    if row < 6:
        blocks[3 * row + 1] = 0.0
    solver = BlockTridiagonal(7, m)
    solver.blocks[:] = blocks
    with pytest.raises(ConvergenceError, match=f"node {row}"):
        solver.factorise_and_solve(np.ones(7 * m))


def test_pivoting_inside_a_block():
    """A zero on the diagonal of an invertible block."""
    solver = BlockTridiagonal(1, 2)
    solver.blocks[0] = [[0.0, 2.0], [5.0, 1.0]]
    solver.factorise()
    x = np.array([4.0, 12.0])
    solver.solve(x)
    np.testing.assert_allclose(x, [2.0, 2.0], rtol=1e-15)


def test_badly_scaled_rows_keep_their_digits():
    """Rows of concentrations and of the potential differ by many orders of magnitude."""
    n, m = 30, 3
    blocks, _ = random_chain(n, m, seed=5)
    scale = np.array([1e-9, 1.0, 1e9])
    blocks *= scale[None, :, None]
    expected = np.random.default_rng(2).normal(size=n * m)
    b = dense(blocks, n) @ expected
    solver = BlockTridiagonal(n, m)
    solver.blocks[:] = blocks
    solver.factorise()
    solver.solve(b)
    np.testing.assert_allclose(b, expected, atol=1e-12)


@pytest.mark.parametrize("m", [1, 3, 8, 9])
@pytest.mark.parametrize("row", [0, 2, 4])
@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_singular_block_is_reported_with_its_row(m, row, value):
    blocks, _ = random_chain(5, m, seed=3)
    blocks[3 * row] = value
    if value == 0.0:  # nothing from the rows beside it may repair it
        blocks[max(3 * row - 1, 0) : 3 * row + 2] = 0.0
    solver = BlockTridiagonal(5, m)
    solver.blocks[:] = blocks
    with pytest.raises(ConvergenceError, match=f"node {row}"):
        solver.factorise()
