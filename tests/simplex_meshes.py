"""Triangles and tetrahedra for tests: points, elements, and what tensor grids cut into simplices look like."""

from __future__ import annotations

from itertools import permutations

import numpy as np


def cut_grid(axes):
    """Tensor grid with every box cut into 2 triangles or 6 tetrahedra that share its diagonal (H. W. Kuhn 1960)."""
    dim = len(axes)
    x = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    shape = x.shape[:-1]
    number = np.arange(np.prod(shape)).reshape(shape)
    elements = []
    for order in permutations(range(dim)):
        offset, corners = [0] * dim, []
        for axis in (None, *order):
            if axis is not None:
                offset[axis] = 1
            corners.append(number[tuple(slice(o, o + s - 1) for o, s in zip(offset, shape))].ravel())
        elements.append(np.stack(corners, axis=-1))
    return x.reshape(-1, dim), np.concatenate(elements)


def body_centred(n, jitter=0.0, seed=0):
    """Delaunay tetrahedra of a body-centred lattice in the unit cube; inner nodes moved by `jitter` lattice lengths."""
    from scipy.spatial import Delaunay

    rng = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(*[np.arange(n + 1.0)] * 3, indexing="ij"), -1).reshape(-1, 3)
    centres = np.stack(np.meshgrid(*[np.arange(n) + 0.5] * 3, indexing="ij"), -1).reshape(-1, 3)
    inner = ((corners > 0) & (corners < n)).all(axis=1)
    corners[inner] += jitter * rng.uniform(-1, 1, (int(inner.sum()), 3))
    centres += jitter * rng.uniform(-1, 1, centres.shape)
    flat = np.stack(np.meshgrid(*[np.arange(n) + 0.5] * 2, indexing="ij"), -1).reshape(-1, 2)
    faces = [np.insert(flat, axis, side, axis=1) for axis in range(3) for side in (0, n)]
    points = np.concatenate([corners, centres, *faces]) / n
    return points, Delaunay(points).simplices


def outer_facets(points, elements):
    """Facets that belong to one element ((n, dim) int)."""
    n_corners = elements.shape[1]
    facets = np.concatenate([np.delete(elements, i, axis=1) for i in range(n_corners)])
    unique, counts = np.unique(np.sort(facets, axis=1), axis=0, return_counts=True)
    return unique[counts == 1]


def facets_at(points, elements, axis, value):
    """Outer facets in a plane."""
    facets = outer_facets(points, elements)
    return facets[np.all(np.abs(points[facets][:, :, axis] - value) < 1e-12, axis=1)]


def flow_out_of_nodes(mesh, at_nodes):
    """Sum over edges of area times slope for values at nodes ((n_nodes,)): zero inside for linear values."""
    k, m = mesh.edges.T
    flow = mesh.edge_area / mesh.edge_length * (at_nodes[m] - at_nodes[k])
    return np.bincount(k, flow, mesh.n_nodes) - np.bincount(m, flow, mesh.n_nodes)
