"""SUNDIALS IDA (scikit-sundae) on the same discretisation of the blocking cell, banded direct solver."""

from __future__ import annotations

import numpy as np

from benchmarks import items

NAME = "IDA, banded"


def version() -> str:
    from importlib.metadata import version as of

    return f"scikit-sundae {of('scikit-sundae')}"


def _bernoulli(x):
    small = np.abs(x) < 1e-6
    return np.where(small, 1.0 - 0.5 * x, x / np.expm1(np.where(small, 1.0, x)))


def w2(voltage: float, rtol: float, n: int = 400):
    from sksundae.ida import IDA

    ratio, x = items.W2_RATIO, items.w2_positions(n)
    h = np.diff(x)
    volume = np.zeros(n + 1)
    volume[1:] += h / 2
    volume[:-1] += h / 2
    weight = volume * ((x < -1e-14) + 0.5 * (np.abs(x) <= 1e-14))
    lam2 = 2.0 * ratio**2

    def fluxes(c, a, phi):
        v = np.diff(phi)
        up = _bernoulli(v)
        down = up + v
        return ratio / h * (up * c[:-1] - down * c[1:]), ratio / h * (down * a[:-1] - up * a[1:])

    def residual(t, y, rate, out):
        (c, a, phi), by_node, r = y.reshape(-1, 3).T, rate.reshape(-1, 3), out.reshape(-1, 3)
        for i, flux in enumerate(fluxes(c, a, phi)):
            r[:, i] = volume * by_node[:, i]
            r[:-1, i] += flux
            r[1:, i] -= flux
        shift = lam2 * np.diff(phi) / h
        r[:, 2] = volume * (c - a)
        r[:-1, 2] += shift
        r[1:, 2] -= shift
        r[0, 2], r[-1, 2] = phi[0] + voltage, phi[-1] - voltage

    start = np.ones((n + 1, 3))
    start[:, 2] = voltage * x
    rate = np.zeros((n + 1, 3))
    for i, flux in enumerate(fluxes(*start.T)):
        rate[:-1, i] -= flux / volume[:-1]
        rate[1:, i] += flux / volume[1:]
    times = np.concatenate([[0.0], items.REFERENCE["W2_times"]])

    def solve():
        solver = IDA(residual, rtol=rtol, atol=rtol, linsolver="band", lband=5, uband=5, first_step=1e-8,
                     algebraic_idx=np.arange(2, 3 * (n + 1), 3), max_num_steps=100_000)
        found = solver.solve(times, start.ravel(), rate.ravel())
        assert found.success, found.message
        return np.array([weight @ (y.reshape(-1, 3)[:, 0] - y.reshape(-1, 3)[:, 1]) / (2 * ratio) for y in found.y[1:]])

    return solve
