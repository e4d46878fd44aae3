"""The checker of orders must itself refuse wrong ones."""

from __future__ import annotations

import pytest
from convergence import assert_order, observed_orders

SIZES = [0.1, 0.05, 0.025, 0.0125]


def errors(order, factor=1.0):
    return [factor * h**order for h in SIZES]


@pytest.mark.parametrize("order", [1.85, 2.0, 2.15])
def test_accepts_the_order(order):
    assert_order(SIZES, {"c": errors(order)}, cap=1e-3)


@pytest.mark.parametrize("order", [-1.0, 0.1, 1.0, 1.5, 1.79, 2.21, 2.5, 3.0, 4.0])
def test_rejects_other_orders_from_both_sides(order):
    with pytest.raises(AssertionError, match="observed order"):
        assert_order(SIZES, {"good": errors(2.0), "bad": errors(order)}, cap=1e9)


def test_rejects_large_errors_of_the_right_order():
    with pytest.raises(AssertionError, match="allowed"):
        assert_order(SIZES, {"c": errors(2.0, 100.0)}, cap=1e-3)


def test_rejects_missing_and_meaningless_numbers():
    with pytest.raises(AssertionError, match="nothing"):
        assert_order(SIZES, {}, cap=1.0)
    for bad in ([1.0, 0.5, 0.25, 0.0], [1.0, 0.5, 0.25, float("nan")], [1.0, 0.5, 0.25]):
        with pytest.raises(ValueError, match="expected"):
            observed_orders(SIZES, bad)
    with pytest.raises(ValueError, match="decreasing"):
        observed_orders(SIZES[::-1], errors(2.0))


def test_a_stalled_last_level_is_seen():
    with pytest.raises(AssertionError):
        assert_order(SIZES, {"c": [1e-2, 2.5e-3, 6.25e-4, 6.0e-4]}, cap=1.0)
