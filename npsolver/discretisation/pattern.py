"""Sparsity of the coupled system: which blocks exist and where each edge writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np


@dataclass(frozen=True)
class BlockPattern:
    """Block compressed rows of the node graph.

    Attributes
    ----------
    pointer : (n_nodes + 1,) int32
    column : (n_blocks,) int32
        Increasing within each row.
    diagonal : (n_nodes,) int32
        Block of each node with itself.
    kl, lk : (n_edges,) int32
        Blocks (K, L) and (L, K) of each edge.
    """

    pointer: np.ndarray
    column: np.ndarray
    diagonal: np.ndarray
    kl: np.ndarray
    lk: np.ndarray

    @cached_property
    def is_chain(self) -> bool:
        """Whether node i is joined to nodes i - 1 and i + 1 only."""
        n = self.diagonal.size
        return self.column.size == 3 * n - 2 and bool(np.all(np.diff(self.diagonal) == 3))


# edges up to which patterns are kept: building one costs a small member of a study as much as solving it
LARGEST_KEPT = 20_000


def block_pattern(edges: np.ndarray, n_nodes: int, further: np.ndarray | None = None) -> BlockPattern:
    """Pattern of a mesh with the given node pairs ((n_edges, 2) int32), and blocks of `further` pairs that are no edges."""
    if further is not None:
        wide = _block_pattern(np.concatenate([edges, further]), n_nodes)
        return replace(wide, kl=wide.kl[: len(edges)].copy(), lk=wide.lk[: len(edges)].copy())
    if len(edges) > LARGEST_KEPT:
        return _block_pattern(edges, n_nodes)
    return _kept_pattern(np.ascontiguousarray(edges, dtype=np.int32).tobytes(), n_nodes)


@lru_cache(maxsize=64)
def _kept_pattern(edges: bytes, n_nodes: int) -> BlockPattern:
    return _block_pattern(np.frombuffer(edges, dtype=np.int32).reshape(-1, 2), n_nodes)


def _block_pattern(edges: np.ndarray, n_nodes: int) -> BlockPattern:
    nodes = np.arange(n_nodes, dtype=np.int32)
    k, l = (np.ascontiguousarray(end, dtype=np.int32) for end in edges.T)
    row, column = np.concatenate([nodes, k, l]), np.concatenate([nodes, l, k])
    # by columns first, then stably by rows: entries of one block come to stand side by side
    order = _counting_order(column, n_nodes)
    order = order[_counting_order(row[order], n_nodes)]
    row, column = row[order], column[order]
    first = np.empty(order.size, dtype=bool)
    first[0] = True
    np.not_equal(row[1:], row[:-1], out=first[1:])
    first[1:] |= column[1:] != column[:-1]
    block = np.empty(order.size, dtype=np.int32)
    block[order] = np.cumsum(first, dtype=np.int32) - np.int32(1)
    pointer = np.zeros(n_nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(row[first], minlength=n_nodes), out=pointer[1:])
    return BlockPattern(
        pointer=pointer,
        column=column[first],
        diagonal=block[:n_nodes].copy(),
        kl=block[n_nodes : n_nodes + k.size].copy(),
        lk=block[n_nodes + k.size :].copy(),
    )


def _counting_order(values: np.ndarray, limit: int) -> np.ndarray:
    """Stable order of integers in 0 ... limit - 1, in linear time: a sparse matrix with one entry per row, by columns."""
    size = values.size
    if size <= LARGEST_KEPT:  # sorted before SciPy would be imported
        return np.argsort(values, kind="stable")
    from scipy.sparse import csr_array

    entries = (np.empty(size, dtype=np.int8), values, np.arange(size + 1, dtype=np.int32))
    return csr_array(entries, shape=(size, limit)).tocsc().indices


def connected_labels(edges: np.ndarray, n_nodes: int) -> np.ndarray:
    """Label of the connected component of every node ((n_nodes,) int32)."""
    if np.all(np.abs(edges[:, 1] - edges[:, 0]) == 1):
        joined = np.zeros(n_nodes, dtype=bool)  # a chain: node i continues the component of node i - 1
        joined[np.maximum(edges[:, 0], edges[:, 1])] = True
        return (np.cumsum(~joined) - 1).astype(np.int32)
    lower = np.zeros(n_nodes, dtype=bool)
    lower[edges.max(axis=1)] = True
    if n_nodes and lower[1:].all():  # every node is joined to an earlier one: all hang together with the first one
        return np.zeros(n_nodes, dtype=np.int32)
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n_nodes, n_nodes))
    return connected_components(graph, directed=False)[1]
