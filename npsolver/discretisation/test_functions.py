"""Test functions with which a current through a chain of nodes is read from all its balances at once."""

from __future__ import annotations

import numpy as np


def falling(terms: np.ndarray) -> np.ndarray:
    """Function of the nodes of a chain that falls from 1 to 0 in steps of the inverse of `terms`.

    A flow through an edge is a difference of terms and carries their round-off, which is large on short edges. In a
    steady state every inner balance vanishes, so that the inflow at the left end is the sum of all balances times
    any function that is 1 there and 0 at the right end. Steps proportional to 1/terms make all edges contribute the
    same round-off, and its sum that of a single edge as long as the whole chain.

    Parameters
    ----------
    terms : (n_edges,) float64
        Size of the terms of the flow through every edge, > 0, from left to right.

    Returns
    -------
    (n_edges + 1,) float64
    """
    passed = np.concatenate([[0.0], np.cumsum(terms.min() / terms)])
    return 1.0 - passed / passed[-1]
