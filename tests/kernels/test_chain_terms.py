"""The edge terms of a chain alone are those that `linearise` leaves behind."""

from __future__ import annotations

import numpy as np
import pytest

from npsolver.discretisation import System, choose_scales, coefficients, initial_state
from npsolver.mesh import Geometry, interval_mesh
from npsolver.model import Boundary, Model, Region, Species


@pytest.fixture
def system():
    held = {"A+": 10.0, "B--": 5.0}
    model = Model(
        (Species("A+", 1, 1e-9), Species("B--", -2, 2e-9)),
        (Region("layer"),),
        {
            "left": Boundary("left", "bath", concentration=held, potential=0.1),
            "right": Boundary("right", "bath", concentration=held, potential=0.0),
        },
    )
    mesh = interval_mesh(Geometry("cartesian", (("layer", 20e-9),)), np.linspace(0.0, 20e-9, 31))
    return System(model, mesh, coefficients(model, mesh, choose_scales(model, 20e-9, 0.0)))


def test_terms_are_those_of_the_linearisation(system):
    rng = np.random.default_rng(2)
    model_start = initial_state(system.model, system)
    u = model_start * rng.uniform(0.5, 1.5, model_start.size)
    weights = rng.normal(size=(system.mesh.n_nodes, system.n_species))
    rows = np.empty((2, u.size))
    system.chain.kernel.linearise(model_start, 0.0)  # other terms, to be overwritten
    system.chain.kernel.terms(u)
    system.chain.kernel.weigh(weights, rows[0])
    system.chain.kernel.linearise(u, 0.0)
    system.chain.kernel.weigh(weights, rows[1])
    assert np.abs(rows[0]).max() > 0.0
    np.testing.assert_array_equal(rows[0], rows[1])
