"""Grouping of edges so that threads never add to the same node."""

from __future__ import annotations

import numpy as np

# Nodes per chunk: small enough to balance two to dozens of threads on large meshes, one chunk on small ones.
CHUNK_NODES = 16384


def chunked_edges(edges: np.ndarray, n_nodes: int, chunk_nodes: int = CHUNK_NODES) -> tuple[np.ndarray, np.ndarray]:
    """Order of edges and chunk limits: chunk i touches only its own nodes; the last chunk holds edges that cross.

    The grouping depends on the mesh alone, so that sums do not depend on the number of threads.

    Parameters
    ----------
    edges : (n_edges, 2) int32
    n_nodes : int
    chunk_nodes : int

    Returns
    -------
    order : (n_edges,) int64
    limits : (n_chunks + 2,) int32
    """
    n_chunks = max(1, -(-n_nodes // chunk_nodes))
    owner = edges // chunk_nodes
    group = np.where(owner[:, 0] == owner[:, 1], owner[:, 0], n_chunks)
    order = np.argsort(group, kind="stable")
    limits = np.searchsorted(group[order], np.arange(n_chunks + 2))
    limits[-1] = edges.shape[0]
    return order, limits.astype(np.int32)
