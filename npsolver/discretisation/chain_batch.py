"""Systems whose nodes form chains, several at once."""

from __future__ import annotations

import numpy as np

from npsolver._ext.chain_batch import (
    CONVERGED,
    EXHAUSTED,
    NOT_FINITE,
    SINGULAR,
    STAGNANT,
    ChainBatch,
    best_lanes,
    has_lanes,
)
from npsolver.discretisation.chain import ChainEquations
from npsolver.discretisation.limits import POTENTIAL_LIMIT
from npsolver.discretisation.poisson_boltzmann import EQUILIBRIUM
from npsolver.discretisation.system import System

__all__ = [
    "CONVERGED",
    "EXHAUSTED",
    "NOT_FINITE",
    "SINGULAR",
    "STAGNANT",
    "ChainBatch",
    "batch_key",
    "best_lanes",
    "certainly_not_in_equilibrium",
    "chain_batch",
    "fetch_chain",
    "has_lanes",
    "load_chain",
    "may_hold_at_both_ends",
]


def batch_key(system: System) -> tuple | None:
    """What systems must have in common for their steady states to be found together; None where that is impossible.

    Equal keys mean: the same number of nodes, charge numbers, rows of given values, and species without a flux.
    """
    chain = system.chain
    if not isinstance(chain, ChainEquations) or system.current_form or system.floating:
        return None
    sides = system.sides
    return (chain.kernel.key, None if sides is None else sides.tobytes())


def chain_batch(system: System, lanes: int) -> ChainBatch:
    """Room for `lanes` systems with the `batch_key` of `system`."""
    return ChainBatch(
        lanes,
        system.mesh.n_nodes,
        row=system.fixed_rows,
        sides=system.sides,
        potential_limit=POTENTIAL_LIMIT,
        **system.chain.kernel.structure,
    )


def load_chain(batch: ChainBatch, lane: int, system: System, start: np.ndarray, neutral: bool = True) -> None:
    """Put a system and its start ((size,) float64), made locally neutral or as it is, into a lane."""
    batch.load(lane, system.chain.kernel.data, start, neutral)


def fetch_chain(batch: ChainBatch, system: System, start: np.ndarray) -> None:
    """Begin to bring what `load_chain` reads into the cache."""
    batch.fetch(system.chain.kernel.data, start)


def certainly_not_in_equilibrium(batch: ChainBatch, system: System) -> bool:
    """Whether the terminals at both ends hold some species at different electrochemical potentials."""
    return batch.levels_differ(system.chain.kernel.data, EQUILIBRIUM)


def may_hold_at_both_ends(system: System) -> bool:
    """Whether two terminals may hold species: there are rows of given concentrations at both ends."""
    row, m = system.fixed_rows, system.block_size
    ends = (row // m == end for end in (0, system.mesh.n_nodes - 1))
    return all(np.any(row[at] % m < m - 1) for at in ends)
