"""Edge fluxes on random graphs against the transcription; threads do not change a bit."""

from __future__ import annotations

import numpy as np
import pytest
from kernel_references import bernoulli, complex_step_jacobian, dense_matrix, edge_residual
from npsolver._ext.edge_flux import EdgeFlux

from npsolver.discretisation.chunks import chunked_edges
from npsolver.discretisation.pattern import block_pattern


class Problem:
    """A random connected graph with random coefficients."""

    def __init__(self, n_nodes, charge, *, with_drift=False, n_rows=3, chain=False, chunk_nodes=None, seed=0):
        rng = np.random.default_rng(seed)
        self.n_nodes, self.charge = n_nodes, np.asarray(charge, dtype=float)
        ns = self.charge.size
        edges = [(i, i + 1) for i in range(n_nodes - 1)]
        if not chain:
            extra = rng.integers(0, n_nodes, (n_nodes, 2)) if n_nodes > 3 else np.zeros((0, 2), int)
            known = {frozenset(e) for e in edges}
            for a, b in extra.tolist():
                if a != b and frozenset((a, b)) not in known:
                    known.add(frozenset((a, b)))
                    edges.append((a, b))
        edges = np.array(edges, dtype=np.int32).reshape(-1, 2)
        flip = rng.integers(0, 2, len(edges)).astype(bool)
        edges[flip] = edges[flip][:, ::-1]
        order, chunks = chunked_edges(edges, n_nodes, chunk_nodes or 16384)
        self.edges = np.ascontiguousarray(edges[order])
        n_edges = len(edges)
        self.conductance = rng.uniform(0.5, 2.0, n_edges)
        self.region = rng.integers(0, n_rows, n_edges).astype(np.int32)
        self.mobility = rng.uniform(0.1, 1.0, (n_rows, ns))
        self.permittivity = rng.uniform(0.1, 1.0, n_rows)
        self.drift = rng.normal(size=n_edges) if with_drift else None
        self.peclet = rng.uniform(0.5, 3.0, (n_rows, ns))
        self.pattern = block_pattern(self.edges, n_nodes)
        if with_drift:
            species_class, sign = np.arange(ns, dtype=np.int32), np.ones(ns, dtype=np.int32)
            class_charge, class_peclet = self.charge, self.peclet
        else:
            class_charge, species_class = np.unique(np.abs(self.charge), return_inverse=True)
            species_class = species_class.astype(np.int32)
            sign = np.where(self.charge < 0, -1, 1).astype(np.int32)
            class_peclet = np.ones((n_rows, class_charge.size))
        self.kernel = EdgeFlux(
            edges=self.edges,
            conductance=self.conductance,
            region=self.region,
            mobility=self.mobility,
            permittivity=self.permittivity,
            species_class=species_class,
            species_sign=sign,
            class_charge=class_charge,
            class_peclet=class_peclet,
            drift=self.drift if with_drift else np.zeros(0),
            block_kl=self.pattern.kl,
            block_lk=self.pattern.lk,
            block_diagonal=self.pattern.diagonal,
            chunks=chunks,
        )
        self.chunks = chunks
        m = ns + 1
        self.u = rng.uniform(0.1, 2.0, n_nodes * m)
        self.u[m - 1 :: m] = rng.normal(size=n_nodes) * rng.choice([1e-10, 1e-3, 1.0, 30.0], n_nodes)

    def reference(self, u):
        return edge_residual(
            u,
            n_nodes=self.n_nodes,
            edges=self.edges,
            conductance=self.conductance,
            region=self.region,
            mobility=self.mobility,
            permittivity=self.permittivity,
            charge=self.charge,
            peclet=self.peclet,
            drift=self.drift,
        )

    def assemble(self, num_threads=1):
        m = self.charge.size + 1
        residual, blocks = np.zeros(self.n_nodes * m), np.zeros((self.pattern.column.size, m, m))
        self.kernel.assemble(self.u, residual, blocks, num_threads)
        return residual, blocks


CHARGES = [[], [0], [1], [1, -1], [2, -1, 0], [1, 1, -1, 2, -2, -3, 0, 1, -1]]


@pytest.mark.parametrize("charge", CHARGES, ids=str)
@pytest.mark.parametrize("n_nodes", [1, 2, 3, 25])
@pytest.mark.parametrize("with_drift", [False, True])
def test_residual_and_jacobian(charge, n_nodes, with_drift):
    problem = Problem(n_nodes, charge, with_drift=with_drift, seed=n_nodes)
    residual, blocks = problem.assemble()
    expected = problem.reference(problem.u)
    scale = np.abs(expected).max(initial=1.0)
    np.testing.assert_allclose(residual, expected, rtol=1e-13, atol=1e-14 * scale)
    matrix = dense_matrix(blocks, problem.pattern.pointer, problem.pattern.column)
    jacobian = complex_step_jacobian(problem.reference, problem.u)
    np.testing.assert_allclose(matrix, jacobian, rtol=1e-12, atol=1e-13 * np.abs(jacobian).max(initial=1.0))


@pytest.mark.parametrize("with_drift", [False, True])
def test_residual_alone_is_the_same_bits(with_drift):
    problem = Problem(30, [1, -1, 2], with_drift=with_drift)
    with_matrix, _ = problem.assemble()
    alone = np.zeros_like(with_matrix)
    problem.kernel.assemble(problem.u, alone)
    np.testing.assert_array_equal(alone, with_matrix)


def test_terms_are_added():
    """The kernel adds to what is there; callers combine terms."""
    problem = Problem(5, [1, -1])
    residual, _ = problem.assemble()
    twice = residual.copy()
    problem.kernel.assemble(problem.u, twice)
    np.testing.assert_allclose(twice, 2 * residual, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("with_drift", [False, True])
def test_fluxes_are_those_of_the_residual(with_drift):
    problem = Problem(20, [1, -1, 2, 0], with_drift=with_drift)
    flux, displacement = np.empty((4, len(problem.edges))), np.empty(len(problem.edges))
    problem.kernel.fluxes(problem.u, flux, displacement)
    u = problem.u.reshape(20, 5)
    k, l = problem.edges.T
    for i, z in enumerate(problem.charge):
        v = z * (u[l, 4] - u[k, 4])
        if with_drift:
            v = v - problem.drift * problem.peclet[problem.region, i]
        expected = problem.mobility[problem.region, i] * problem.conductance
        expected = expected * (bernoulli(v) * u[k, i] - bernoulli(-v) * u[l, i])
        np.testing.assert_allclose(flux[i], expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        displacement, problem.permittivity[problem.region] * problem.conductance * (u[k, 4] - u[l, 4]), rtol=1e-14
    )


@pytest.mark.parametrize("chain", [True, False], ids=["chain", "graph"])
@pytest.mark.parametrize("chunk_nodes", [1, 7, 64])
def test_threads_do_not_change_a_bit(chain, chunk_nodes):
    problem = Problem(500, [1, -1, 2], chain=chain, chunk_nodes=chunk_nodes)
    assert problem.chunks.size > 3
    one = problem.assemble(1)
    for num_threads in (2, 3, 8):
        for _ in range(3):
            for a, b in zip(one, problem.assemble(num_threads)):
                np.testing.assert_array_equal(a, b)


def test_chunks_cover_every_edge_once_and_share_no_node():
    rng = np.random.default_rng(4)
    edges = rng.integers(0, 300, (900, 2)).astype(np.int32)
    order, limits = chunked_edges(edges, 300, 32)
    np.testing.assert_array_equal(np.sort(order), np.arange(900))
    assert limits[0] == 0
    assert limits[-1] == 900
    assert (np.diff(limits) >= 0).all()
    grouped = edges[order]
    owners = [set(grouped[a:b].ravel().tolist()) for a, b in zip(limits[:-2], limits[1:-1])]
    assert sum(len(o) for o in owners) == len(set().union(*owners))
    assert max(len(o) for o in owners) > 0


def test_too_many_classes_are_refused():
    with pytest.raises(ValueError, match="at most 32"):
        Problem(3, np.arange(1, 34))
