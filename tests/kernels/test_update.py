"""The positive Newton update against a transcription."""

from __future__ import annotations

import numpy as np
import pytest
from npsolver._ext.update import update


def reference(u, du, m, positive, limit):
    out, w_norm, phi_norm, limited = u.copy(), 0.0, 0.0, 0.0
    for i in range(u.size):
        if i % m == m - 1:
            phi_norm = max(phi_norm, abs(du[i]))
            step = min(limit, abs(du[i])) * np.sign(du[i])
            limited = max(limited, float(abs(du[i]) > limit))
            out[i] = u[i] + step
        elif positive[i]:
            relative = du[i] / u[i]
            w_norm = max(w_norm, abs(relative))
            if relative < -0.5:
                out[i], limited = u[i] / (4.0 * abs(relative)), 1.0
            else:
                out[i] = u[i] * (1.0 + relative)
        else:
            out[i] = u[i] + du[i]
    return out, np.array([w_norm, phi_norm, limited])


def run(u, du, m, positive, limit=8.0):
    out, norms = np.empty_like(u), np.empty(3)
    bad = update(u, du, out, m, positive, limit, norms)
    return bad, out, norms


@pytest.mark.parametrize("m", [1, 2, 5])
@pytest.mark.parametrize("nodes", [0, 1, 50])
@pytest.mark.parametrize("size", [0.1, 3.0, 40.0])
def test_against_transcription(m, nodes, size):
    rng = np.random.default_rng(nodes + m)
    u = rng.uniform(0.1, 2.0, nodes * m)
    du = size * rng.normal(size=nodes * m)
    positive = rng.integers(0, 2, nodes * m).astype(np.uint8)
    positive[m - 1 :: m] = 0
    bad, out, norms = run(u, du, m, positive)
    expected, expected_norms = reference(u, du, m, positive, 8.0)
    assert bad == -1
    np.testing.assert_allclose(out, expected, rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(norms, expected_norms, rtol=1e-15)


def test_concentrations_stay_positive_and_the_rule_is_smooth():
    u = np.full(2000, 3.0)
    u[1::2] = 0.0
    du = np.zeros(2000)
    du[::2] = -np.geomspace(1e-3, 1e12, 1000)
    positive = np.tile(np.array([1, 0], np.uint8), 1000)
    _, out, norms = run(u, du, 2, positive)
    assert (out[::2] > 0).all()
    assert (np.diff(out[::2]) < 0).all()
    assert norms[2] == 1.0
    # value and slope agree on both sides of a decrease by one half
    at = lambda x: run(np.array([1.0, 0.0]), np.array([x, 0.0]), 2, positive[:2])[1][0]  # noqa: E731
    assert at(-0.5) == 0.5
    assert at(-0.5 - 1e-15) == pytest.approx(0.5, rel=1e-14)
    assert (at(-0.5) - at(-0.501)) / 1e-3 == pytest.approx(1.0, abs=5e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", [0, 4, 5])
def test_non_finite_update_is_reported(value, where):
    du = np.zeros(6)
    du[where] = value
    bad, _, _ = run(np.ones(6), du, 3, np.array([1, 1, 0, 1, 1, 0], np.uint8))
    assert bad == where


def test_entries_after_the_nodes_are_left_alone():
    """Voltages of floating terminals follow the nodal unknowns and are none of the kernel's business."""
    out = np.full(4, 7.0)
    update(np.ones(4), np.full(4, 0.25), out, 3, np.array([1, 1, 0], np.uint8), 8.0, np.empty(3))
    np.testing.assert_array_equal(out, [1.25, 1.25, 1.25, 7.0])
