"""Coupled transport in one pass over the edges against Nernst-Planck and coupling one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from npsolver._ext.cross_flux import CrossFlux
from npsolver._ext.edge_flux import EdgeFlux

NODES, EDGES = 50, 70  # more than one group of edges, the last one not full


def kernels(species: int, rng):
    """Both kernels on a random graph with two regions, one of which nothing couples in."""
    edges = np.sort(np.array([rng.choice(NODES, 2, replace=False) for _ in range(EDGES)]), axis=1).astype(np.int32)
    charge = rng.integers(-2, 3, species).astype(float)
    classes, of_species = np.unique(charge, return_inverse=True)
    block_kl = np.arange(NODES, NODES + EDGES, dtype=np.int32)
    shared = {
        "edges": edges,
        "conductance": rng.uniform(0.5, 2.0, EDGES),
        "region": rng.integers(0, 2, EDGES).astype(np.int32),
        "mobility": rng.uniform(0.5, 1.0, (2, species)),
        "permittivity": np.array([0.3, 0.7]),
        "block_kl": block_kl,
        "block_lk": block_kl + EDGES,
        "block_diagonal": np.arange(NODES, dtype=np.int32),
    }
    half = rng.standard_normal((3, species, species))
    diffusivity = rng.uniform(0.5, 1.0, (2, species))
    diffusivity[0, -1] = 0.0  # excluded there
    cross = CrossFlux(
        **shared,
        factor=np.array([0.6, 0.0]),
        diffusivity=diffusivity,
        charge=charge,
        composition=np.array([0.5, 1.0, 4.0]),
        matrices=half @ half.transpose(0, 2, 1),
        weights=rng.uniform(0.2, 1.0, species),
    )
    plain = EdgeFlux(
        **shared,
        species_class=of_species.astype(np.int32),
        species_sign=np.ones(species, dtype=np.int32),
        class_charge=classes,
        class_peclet=np.zeros((2, classes.size)),
        drift=np.zeros(0),
        chunks=np.array([0, 0, EDGES], dtype=np.int32),
    )
    return plain, cross


@pytest.mark.parametrize("with_excess", [False, True], ids=["ideal", "excess"])
@pytest.mark.parametrize("species", [2, 3, 4, 5, 6, 7, 9])
def test_one_pass(species, with_excess):
    rng = np.random.default_rng(species)
    plain, cross = kernels(species, rng)
    m = species + 1
    u = rng.uniform(0.1, 1.0, (NODES, m))
    u[:, -1] = rng.uniform(-2.0, 2.0, NODES)
    u[3, 0] = u[7, 1] = 0.0  # absent
    excess = slope = None
    if with_excess:
        excess, slope = rng.standard_normal((NODES, species)), rng.standard_normal((NODES, species, species))
    start = rng.standard_normal((NODES + 2 * EDGES, m, m))
    found, expected = ([np.zeros(NODES * m), start.copy()] for _ in range(2))
    cross.assemble(u.ravel(), *found, excess, slope, whole=True)
    plain.assemble(u.ravel(), *expected, 1, None, excess, slope)
    cross.assemble(u.ravel(), *expected, excess, slope)
    for one, two in zip(found, expected):
        assert np.abs(one - two).max() <= 2e-14 * np.abs(two).max()
    written = [np.zeros(NODES * m), start.copy()]
    written[1][NODES:] = np.nan
    cross.assemble(u.ravel(), *written, excess, slope, whole=True, fresh=True)
    start[NODES:] = 0.0
    cross.assemble(u.ravel(), np.zeros(NODES * m), start, excess, slope, whole=True)
    assert np.array_equal(written[1], start)
    alone = np.zeros(NODES * m)
    cross.assemble(u.ravel(), alone, None, excess, None, whole=True)
    assert np.abs(alone - found[0]).max() <= 2e-14 * np.abs(alone).max()


def test_flows_are_those_of_the_balances():
    rng = np.random.default_rng(1)
    _, cross = kernels(4, rng)
    u = rng.uniform(0.1, 1.0, (NODES, 5)).ravel()
    flux, balance = np.zeros((4, EDGES)), np.zeros(NODES * 5)
    cross.add_fluxes(u, flux)
    cross.assemble(u, balance)
    assert np.abs(flux).max() > 0.1
    assert balance.reshape(NODES, 5)[:, :4].sum(axis=0) == pytest.approx(np.zeros(4), abs=1e-12)
    assert np.abs(flux).sum() > 0.0
    assert np.abs(balance).max() <= 10 * np.abs(flux).max()


def test_too_many_species():
    with pytest.raises(ValueError, match="at most 32 coupled species, got 33"):
        kernels(33, np.random.default_rng(0))
