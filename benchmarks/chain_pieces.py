"""The compiled Newton step of a chain of nodes, piece by piece, and how near its edge kernel comes to the machine's limits."""

from __future__ import annotations

import numpy as np

from benchmarks import items, machine
from benchmarks.measure import repeated

# Of ext/flux.h as written: additions, multiplications and divisions; and arithmetic instructions other than divisions,
# where a product and the sum that takes it are one. Comparisons, selections, changes of sign and integer operations are
# not counted. See benchmarks/README.md.
FLOPS_OF_BERNOULLI, FUSED_OF_BERNOULLI = 47, 29  # B(v), B(-v), dB/dv; one division
FLOPS_OF_FLUX, FUSED_OF_FLUX = 13, 10  # J and its three derivatives


def chain_pieces(problem: items.Problem) -> dict:
    """Seconds of what `System.newton_step` consists of, near the start of `problem`.

    Raises
    ------
    AssertionError
        If the step differs from that of the general route (`assemble`, `factorise`, `solve`, `update`).
    """
    system, rng = problem.system, np.random.default_rng(0)
    u = problem.start * rng.uniform(0.8, 1.2, system.size)  # the start may be the solution, where every step is zero
    chain, local = system.chain and system.chain.kernel, problem.system.mesh.n_nodes * problem.system.block_size
    if chain is None:
        raise ValueError("the nodes of this problem do not form a chain that has a compiled Newton step")
    out, norms, balances = np.empty(system.size), np.empty(3), np.empty(local)
    assert_same_step(system, u)
    right = rng.normal(size=local)

    terms = repeated(lambda: chain.terms(u))
    return {
        "nodes": system.mesh.n_nodes, "edges": system.mesh.n_edges, "block": system.block_size,
        "balances": repeated(lambda: chain.balances(u, balances)),
        "terms": terms,
        "elimination": max(repeated(lambda: chain.linearise(u, 0.0)) - terms, 0.0),
        "substitution": repeated(lambda: chain.solve(right.copy())) - repeated(right.copy),
        "newton_step": repeated(lambda: system.newton_step(u, 0.0, None, out, norms)),
    }


def assert_same_step(system, u: np.ndarray, tolerance: float = 1e-9) -> None:
    """The compiled step and the general route lead from `u` to the same next iterate."""
    residual, change, general, compiled = (np.empty(system.size) for _ in range(4))
    norms = np.empty(3)
    system.assemble(u, residual)
    system.factorise()
    system.solve(-residual, change)
    system.update(u, change, general, norms)
    assert system.newton_step(u, 0.0, None, compiled, norms), "the chain refused the step"
    difference = np.abs(compiled - general).max() / np.abs(general).max()
    assert difference < tolerance, f"the compiled Newton step differs by {difference:.2g} from the general route"


def edge_roofline(problem: items.Problem, peak_flops: float, division_rate: float) -> dict:
    """The edge kernel of a chain against the time that its flops and bytes need at least.

    Parameters
    ----------
    problem : items.Problem
    peak_flops, division_rate : float
        Per second, `machine.peak_flops` and `machine.division_rate`.

    Returns
    -------
    dict
        Per edge: flops, bytes (states and coefficients read once, fluxes and derivatives written once), nanoseconds
        measured and those of either limit; bandwidth (GB/s) is that of copying as many bytes as the kernel moves.
    """
    system, u = problem.system, problem.start
    chain, edges, ns = system.chain.kernel, system.mesh.n_edges, system.n_species
    classes = np.unique(np.abs(system.charge)).size
    seconds = repeated(lambda: chain.terms(u)) / edges
    flops = 1 + classes * (1 + FLOPS_OF_BERNOULLI) + ns * FLOPS_OF_FLUX
    moved = 8 * (system.block_size + ns + 4 * ns)
    bandwidth = machine.bandwidth(min(moved * edges / 2 / 2**20, 64.0))["copy"]
    fused = 1 + classes * (1 + FUSED_OF_BERNOULLI) + ns * FUSED_OF_FLUX
    by_flops = 2.0 * fused / peak_flops + classes / division_rate
    by_bytes = moved / (1e9 * bandwidth)
    return {
        "edges": edges, "species": ns, "classes": classes, "flops": flops, "fused": fused, "bytes": moved, "ns": 1e9 * seconds,
        "ns_by_flops": 1e9 * by_flops, "ns_by_bytes": 1e9 * by_bytes, "bandwidth": bandwidth,
        "gflops": 1e-9 * flops / seconds, "over_limit": seconds / max(by_flops, by_bytes),
    }
