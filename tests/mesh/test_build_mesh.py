"""Meshes that size themselves to the physics."""

from __future__ import annotations

import numpy as np
import pytest
from engine_problems import CL, VT, K, T, bath, uniform, wall

from npsolver.discretisation import MeshOptions, build_mesh, debye_length
from npsolver.mesh import Geometry
from npsolver.model import Model, Region

ONE = Geometry("cartesian", (("a", 1e-6),))
THREE = Geometry("cartesian", (("a", 1e-6), ("m", 5e-9), ("b", 2e-6)))
SALT = {"K+": 100.0, "Cl-": 100.0}


def model(boundaries=None, regions=("a",), **keywords):
    boundaries = boundaries or {"left": bath("left", SALT, potential=0.0), "right": wall("right")}
    return Model((K, CL), tuple(Region(r) if isinstance(r, str) else r for r in regions), boundaries, T, **keywords)


def positions(mesh):
    return np.unique(mesh.nodes[:, 0])


def test_debye_length():
    # sqrt(eps RT / (2 F² c)): 0.96 nm in 100 mM 1:1 salt
    assert debye_length(T, 78.5, 200.0) == pytest.approx(0.9628e-9, rel=1e-3)
    assert debye_length(T, 78.5, 0.0) == np.inf


def test_debye_layers_are_resolved_at_walls():
    x = positions(build_mesh(model(), ONE))
    smallest = 0.016 * debye_length(T, 78.5, 200.0)
    assert x[-1] - x[-2] == pytest.approx(smallest, rel=0.3)
    assert x.size < 1000


@pytest.mark.parametrize("sigma", [0.1, -0.5])
def test_charged_walls_get_finer_layers(sigma):
    charged = model({"left": bath("left", SALT, potential=0.0), "right": wall("right", surface_charge=sigma)})
    plain = positions(build_mesh(model(), ONE))
    fine = positions(build_mesh(charged, ONE))
    assert fine[-1] - fine[-2] < 0.5 * (plain[-1] - plain[-2])


@pytest.mark.parametrize("volts", [0.1, -0.2, 1.0])
def test_polarised_walls_get_finer_layers(volts):
    polarised = model({"left": bath("left", SALT, potential=0.0), "right": wall("right", potential=volts)})
    fine = positions(build_mesh(polarised, ONE))
    local = debye_length(T, 78.5, 200.0 * np.exp(min(abs(volts) / VT, 90.0)))
    assert fine[-1] - fine[-2] == pytest.approx(0.016 * local, rel=0.3)


def test_interfaces_and_probes_are_nodes():
    geometry = THREE
    probes = [0.3e-6, 1e-6 + 1e-22, 1.0023e-6, 2.5e-6]
    mesh = build_mesh(model(regions=("a", "m", "b")), geometry, probes=probes)
    x = positions(mesh)
    for place in [*geometry.interfaces, *probes]:
        assert np.abs(x - place).min() <= 1e-14 * geometry.length
    assert np.diff(x).min() > 1e-13


def test_thin_layers_are_resolved():
    x = positions(build_mesh(model(regions=("a", "m", "b")), THREE))
    assert np.count_nonzero((x > 1e-6) & (x < 1.005e-6)) >= 12


@pytest.mark.parametrize("nodes", [50, 400])
@pytest.mark.parametrize("grading", ["auto", "uniform"])
def test_given_number_of_nodes(nodes, grading):
    mesh = build_mesh(model(), ONE, MeshOptions(nodes=nodes, grading=grading))
    assert mesh.n_nodes == nodes
    if grading == "uniform":
        np.testing.assert_allclose(np.diff(positions(mesh)), 1e-6 / (nodes - 1), rtol=1e-9)


def test_refine_multiplies_the_edges():
    counts = [build_mesh(model(), ONE, MeshOptions(refine=r)).n_edges for r in (1, 2, 4)]
    assert counts[1] == pytest.approx(2 * counts[0], abs=1)
    assert counts[2] == pytest.approx(4 * counts[0], abs=2)


def test_smallest_bounds_the_edges():
    x = positions(build_mesh(model(), ONE, MeshOptions(smallest=5e-9)))
    assert np.diff(x).min() >= 4.5e-9


def test_electroneutral_meshes_split_interfaces_and_do_not_resolve_debye_lengths():
    neutral = model(
        {"left": bath("left", SALT, potential=0.0), "right": bath("right", SALT, potential=0.0)},
        regions=("a", Region("m", fixed_charge=-500.0), "b"),
        physics="electroneutral",
    )
    mesh = build_mesh(neutral, Geometry("cartesian", (("a", 1e-3), ("m", 1e-4), ("b", 1e-3))))
    assert mesh.interfaces == ((0, 1), (1, 2), (-1, 0), (2, -2))
    x = positions(mesh)
    assert np.diff(x).min() > 1e-7


def test_steep_profiles_and_early_times_are_resolved():
    step = {"a": {"K+": lambda x: 1 + np.tanh((x - 0.4e-6) / 5e-9), "Cl-": lambda x: 1 + np.tanh((x - 0.4e-6) / 5e-9)}}
    closed = {"left": wall("left", potential=0.0), "right": wall("right")}
    x = positions(build_mesh(model(closed), ONE, profiles=step))
    at = np.searchsorted(x, 0.4e-6)
    assert x[at] - x[at - 1] < 1.5e-9
    flat = {"a": {"K+": uniform(1.0), "Cl-": uniform(1.0)}}
    early = positions(build_mesh(model(closed), ONE, profiles=flat, shortest_time=1e-12))
    assert early[1] - early[0] <= 0.05 * np.sqrt(2.032e-9 * 1e-12)
