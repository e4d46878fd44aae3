"""Observed orders of convergence, checked from both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def observed_orders(sizes: Sequence[float], errors: Sequence[float]) -> np.ndarray:
    """log(e_k/e_k+1) / log(h_k/h_k+1) of neighbouring levels."""
    sizes, errors = np.asarray(sizes, dtype=float), np.asarray(errors, dtype=float)
    if sizes.shape != errors.shape or sizes.size < 3:
        raise ValueError("expected at least three levels with one error each")
    if not (np.all(np.diff(sizes) < 0) and np.all(errors > 0) and np.all(np.isfinite(errors))):
        raise ValueError("expected decreasing sizes and positive errors")
    return np.log(errors[:-1] / errors[1:]) / np.log(sizes[:-1] / sizes[1:])


def assert_order(
    sizes: Sequence[float],
    errors: Mapping[str, Sequence[float]],
    *,
    order: float = 2.0,
    within: float = 0.2,
    cap: float,
) -> None:
    """The last two levels converge with `order` ± `within`, and the finest error of every unknown is below `cap`."""
    assert errors, "nothing was measured"
    for name, values in errors.items():
        found = observed_orders(sizes, values)[-1]
        message = f"{name}: observed order {found:.3f}, expected {order} ± {within}: {values}"
        assert abs(found - order) <= within, message
        assert values[-1] <= cap, f"{name}: error {values[-1]:.3g} on the finest level, allowed {cap:g}"
