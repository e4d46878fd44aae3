"""Multigrid for one transport equation in a strong field, and what happens where it cannot be built."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix, csr_matrix

from npsolver._ext import multigrid as kernel
from npsolver.errors import ConvergenceError
from npsolver.linear.krylov import gmres
from npsolver.linear.multigrid import ScalarMultigrid


def transport_matrix(n: int, drop: float) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
    """Scharfetter-Gummel matrix of a cation on n x n nodes, its potential, and a state far from equilibrium.

    The potential falls by `drop` and has a well of 8 RT/F along a wall; left and right columns are held.
    """
    x, y = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n), indexing="ij")
    phi = (drop * (1 - x) - 8.0 * np.exp(-y / 0.05) * (np.abs(x - 0.5) < 0.3)).ravel()
    index = np.arange(n * n).reshape(n, n)
    edges = np.concatenate([np.stack([index[:-1].ravel(), index[1:].ravel()], 1),
                            np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], 1)])
    k, l = edges.T
    v = phi[l] - phi[k]
    forward = np.where(np.abs(v) > 1e-8, v / np.expm1(np.where(np.abs(v) > 1e-8, v, 1.0)), 1.0 - 0.5 * v)
    backward = forward + v
    rows, columns = np.concatenate([k, k, l, l]), np.concatenate([k, l, k, l])
    a = coo_matrix((np.concatenate([forward, -backward, -forward, backward]), (rows, columns))).tocsr()
    held = np.concatenate([index[0], index[-1]])
    keep = np.ones(n * n)
    keep[held] = 0.0
    a = csr_matrix(a.multiply(keep[:, None]) + coo_matrix((1.0 - keep, (np.arange(n * n), np.arange(n * n)))))
    return a, phi, np.ones(n * n)


def iterations(a: csr_matrix, smooth) -> int:
    grid, diagonal = ScalarMultigrid(a, smooth), a.diagonal()
    x = np.zeros(a.shape[0])

    def multiply(v, y):
        y[:] = (a @ v) / diagonal

    def precondition(v, y):
        grid.cycle(v, x)
        y[:] = x

    b = np.random.default_rng(1).standard_normal(a.shape[0])
    _, count, residual = gmres(multiply, precondition, b, rtol=1e-6)
    assert residual <= 2e-6
    return count


@pytest.mark.parametrize("drop", [0.0, 4.0, 40.0])
def test_strong_fields_cost_no_more_iterations(drop):
    a, phi, w = transport_matrix(40, drop)
    scaled = csr_matrix((a.data * w[a.indices], a.indices, a.indptr), a.shape)
    assert iterations(scaled, np.exp(-(phi - phi.max())) / w) <= 20


def test_iterations_do_not_grow_with_the_mesh():
    counts = []
    for n in (24, 96):
        a, phi, _ = transport_matrix(n, 10.0)
        counts.append(iterations(a, np.exp(-(phi - phi.max()))))
    assert counts[1] <= 1.6 * counts[0]


def test_the_constant_is_the_default_smooth_vector():
    a, _, w = transport_matrix(20, 0.0)
    with_ones, default = ScalarMultigrid(a, w), ScalarMultigrid(a)
    b, x, y = np.ones(400), np.zeros(400), np.zeros(400)
    with_ones.cycle(b, x)
    default.cycle(b, y)
    np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("seed", range(3))
def test_coarse_matrix_and_interpolation(seed):
    """Random conductances over six decades on a grid: nobody is left out, the constant survives, A' = P^T A P."""
    random = np.random.default_rng(seed)
    n = 30
    index = np.arange(n * n).reshape(n, n)
    k, l = np.concatenate([np.stack([index[:-1].ravel(), index[1:].ravel()]),
                           np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()])], 1)
    g = 10.0 ** random.uniform(-3, 3, k.size)
    rows, columns = np.concatenate([k, l, k, l]), np.concatenate([l, k, k, l])
    a = coo_matrix((np.concatenate([-g, -g, g, g]), (rows, columns))).tocsr()
    a.sort_indices()
    interpolation, coarse = kernel.coarsen(a.indptr, a.indices, a.data, 0.25, 0.1)
    nc = coarse[0].size - 1
    assert 0 < nc < 0.7 * n * n
    p = csr_matrix((interpolation[2], interpolation[1], interpolation[0]), shape=(n * n, nc))
    assert np.diff(p.indptr).min() >= 1
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-9)
    product = csr_matrix((coarse[2], coarse[1], coarse[0]), shape=(nc, nc))
    assert product.has_sorted_indices
    np.testing.assert_allclose(product.toarray(), (p.T @ a @ p).toarray(), rtol=0, atol=1e-9 * np.abs(a.data).max())


def test_rows_that_relaxation_solves_need_no_coarse_points():
    a = csr_matrix(np.eye(100) + 1e-3 * np.eye(100, k=1))
    grid = ScalarMultigrid(a)
    assert grid.sizes == [100]
    b, x = np.ones(100), np.zeros(100)
    grid.cycle(b, x)
    np.testing.assert_allclose(a @ x, b, rtol=1e-5)


def test_numbers_out_of_range_are_refused():
    a, _, _ = transport_matrix(10, 0.0)
    with pytest.raises(ConvergenceError, match="differ too much"):
        ScalarMultigrid(a, np.geomspace(1e-250, 1.0, 100))
    broken = a.copy()
    broken.data[:] = np.nan
    with pytest.raises(ConvergenceError):
        ScalarMultigrid(broken)
