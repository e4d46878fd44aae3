"""Charge, storage, reactions and given values against transcriptions."""

from __future__ import annotations

import numpy as np
import pytest
from kernel_references import cell_residual, complex_step_jacobian, dense_matrix, reaction_residual
from npsolver._ext.boundary import FixedRows
from npsolver._ext.cell_terms import CellTerms, ReactionTerms

from npsolver.discretisation.pattern import block_pattern


def chain_pattern(n):
    nodes = np.arange(n, dtype=np.int32)
    return block_pattern(np.column_stack([nodes[:-1], nodes[1:]]), n)


@pytest.mark.parametrize("n", [1, 2, 30])
@pytest.mark.parametrize("ns", [0, 1, 3, 9])
@pytest.mark.parametrize("shift", [0.0, 7.5])
def test_charge_and_storage(n, ns, shift):
    rng = np.random.default_rng(n + ns)
    pattern = chain_pattern(n)
    arguments = {
        "capacity": rng.uniform(0, 1, (n, ns)),
        "fixed_charge": rng.normal(size=n),
        "charge": rng.integers(-3, 4, ns).astype(float),
    }
    kernel = CellTerms(**arguments, block_diagonal=pattern.diagonal)
    m = ns + 1
    u, residual = rng.uniform(0.1, 2, n * m), rng.normal(size=n * m)
    blocks = np.zeros((pattern.column.size, m, m))
    expected = residual + cell_residual(u, **arguments)
    kernel.assemble(u, residual, blocks, shift)
    np.testing.assert_allclose(residual, expected, rtol=1e-13, atol=1e-14)
    jacobian = complex_step_jacobian(lambda v: cell_residual(v, **arguments), u)
    storage = np.zeros((n, m))
    storage[:, :ns] = shift * arguments["capacity"]
    jacobian += np.diag(storage.ravel())
    np.testing.assert_allclose(dense_matrix(blocks, pattern.pointer, pattern.column), jacobian, rtol=1e-13, atol=0)
    # storage alone
    blocks[:] = 0.0
    kernel.assemble_storage(blocks, shift)
    np.testing.assert_array_equal(
        dense_matrix(blocks, pattern.pointer, pattern.column), np.diag(storage.ravel())
    )
    kernel.assemble_storage(None, shift)


REACTIONS = {
    "dissociation": [[(0, 1, 0), (1, 0, 1), (2, 0, 1)]],
    "dimerisation": [[(0, 2, 0), (1, 0, 1)]],
    "catalysis": [[(0, 1, 0), (1, 1, 1), (2, 0, 2)]],
    "source only": [[(2, 0, 1)]],
    "third order": [[(0, 1, 0), (1, 2, 0), (2, 0, 3)]],
    "two at once": [[(0, 1, 0), (1, 0, 1)], [(1, 1, 0), (2, 0, 2)]],
}


@pytest.mark.parametrize("reactions", REACTIONS.values(), ids=REACTIONS)
@pytest.mark.parametrize("n", [1, 20])
@pytest.mark.parametrize("sites", [0, 1, 40])
def test_reactions(reactions, n, sites):
    rng = np.random.default_rng(sites + n)
    ns, pattern = 3, chain_pattern(n)
    node = rng.integers(0, n, sites).astype(np.int32)
    reaction = rng.integers(0, len(reactions), sites).astype(np.int32)
    forward, backward = rng.uniform(0, 5, sites), rng.uniform(0, 5, sites)
    terms = [term for r in reactions for term in r]
    as_int = lambda values: np.array(values, dtype=np.int32)  # noqa: E731
    kernel = ReactionTerms(
        node=node,
        reaction=reaction,
        forward=forward,
        backward=backward,
        pointer=as_int(np.cumsum([0, *(len(r) for r in reactions)])),
        species=as_int([t[0] for t in terms]),
        reactant_order=as_int([t[1] for t in terms]),
        product_order=as_int([t[2] for t in terms]),
        block_diagonal=pattern.diagonal,
        n_species=ns,
    )
    table = list(zip(node.tolist(), reaction.tolist(), forward, backward))
    transcription = lambda v: reaction_residual(v, n_species=ns, sites=table, reactions=reactions)  # noqa: E731
    u, residual = rng.uniform(0.1, 2, n * 4), np.zeros(n * 4)
    blocks = np.zeros((pattern.column.size, 4, 4))
    kernel.assemble(u, residual, blocks)
    np.testing.assert_allclose(residual, transcription(u), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        dense_matrix(blocks, pattern.pointer, pattern.column),
        complex_step_jacobian(transcription, u),
        rtol=1e-12,
        atol=1e-12,
    )
    alone = np.zeros_like(residual)
    kernel.assemble(u, alone)
    np.testing.assert_array_equal(alone, residual)


def test_reaction_with_an_absent_species_has_a_finite_derivative():
    """d(w_0 w_1)/dw_0 = w_1 also where w_0 = 0: no division by w."""
    pattern = chain_pattern(1)
    as_int = lambda values: np.array(values, dtype=np.int32)  # noqa: E731
    kernel = ReactionTerms(
        node=as_int([0]),
        reaction=as_int([0]),
        forward=np.array([3.0]),
        backward=np.array([0.0]),
        pointer=as_int([0, 2]),
        species=as_int([0, 1]),
        reactant_order=as_int([1, 1]),
        product_order=as_int([0, 0]),
        block_diagonal=pattern.diagonal,
        n_species=2,
    )
    residual, blocks = np.zeros(3), np.zeros((1, 3, 3))
    kernel.assemble(np.array([0.0, 2.0, 0.0]), residual, blocks)
    np.testing.assert_array_equal(residual, 0.0)
    np.testing.assert_array_equal(blocks[0], [[6.0, 0, 0], [6.0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize("n", [1, 2, 15])
@pytest.mark.parametrize("m", [1, 4])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_fixed_rows(n, m, share):
    rng = np.random.default_rng(n * m)
    pattern = chain_pattern(n)
    rows = np.flatnonzero(rng.uniform(size=n * m) < share).astype(np.int32)
    value, u, residual = rng.normal(size=rows.size), rng.normal(size=n * m), rng.normal(size=n * m)
    blocks = rng.normal(size=(pattern.column.size, m, m))
    expected_matrix = dense_matrix(blocks, pattern.pointer, pattern.column)
    expected_matrix[rows] = np.eye(n * m)[rows]
    expected = residual.copy()
    expected[rows] = u[rows] - value
    kernel = FixedRows(row=rows, pointer=pattern.pointer, block_diagonal=pattern.diagonal, block_size=m)
    alone = residual.copy()
    kernel.apply(u, value, residual, blocks)
    kernel.apply(u, value, alone)
    np.testing.assert_array_equal(residual, expected)
    np.testing.assert_array_equal(alone, expected)
    np.testing.assert_array_equal(dense_matrix(blocks, pattern.pointer, pattern.column), expected_matrix)
