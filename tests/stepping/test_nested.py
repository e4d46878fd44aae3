"""Steady states that start from a solution on a coarser mesh."""

import numpy as np
import pytest

from npsolver.discretisation import System, choose_scales, coarser_system, coefficients, initial_state
from npsolver.mesh.rectilinear import Box, Surface, rectilinear_mesh
from npsolver.model import Boundary, Model, Region, Species
from npsolver.stepping import steady
from npsolver.stepping.steady import SolveStatistics, steady_state

LENGTH, HEIGHT = 40e-9, 10e-9
FROM_COARSER, FROM_NEUTRAL = "Newton from the solution on a coarser mesh", "Newton from the locally neutral state"


def slit(n=48, physics="pnp", salt=10.0, charge=-0.02, voltage=0.1, membrane=False, production=None, far=None):
    """Half a slit, of which a part may be a membrane that excludes anions or makes cations."""
    species = (Species("K+", 1, 1.957e-9), Species("Cl-", -1, 2.032e-9))
    regions = [Region("solution", 78.5, production={"K+": production, "Cl-": production} if production else {})]
    boxes = [Box("solution", (0.0, 0.0), (LENGTH, HEIGHT))]
    if membrane:
        regions.append(Region("membrane", 10.0, fixed_charge=-50.0, excluded_species=frozenset({"Cl-"})))
        boxes.append(Box("membrane", (LENGTH / 4, HEIGHT / 2), (LENGTH / 2, HEIGHT)))
    bath = {"K+": salt, "Cl-": salt}
    boundaries = {
        "left": Boundary("left", "bath", concentration=bath, potential=voltage),
        "right": far or Boundary("right", "bath", concentration=bath, potential=0.0),
    }
    surfaces = ()
    if physics == "pnp" and not membrane:
        boundaries["wall"] = Boundary("wall", surface_charge=charge)
        surfaces = [Surface("wall", (LENGTH / 4, HEIGHT), (LENGTH, HEIGHT))]
    model = Model(species, tuple(regions), boundaries, 298.15, physics=physics)
    mesh = rectilinear_mesh([np.linspace(0.0, LENGTH, n + 1), np.linspace(0.0, HEIGHT, n + 1)], boxes, surfaces)
    system = System(model, mesh, coefficients(model, mesh, choose_scales(model, LENGTH)), linear="direct")
    return system, initial_state(model, system)


def both(monkeypatch, **what):
    """Solutions and statistics with and without a coarser mesh."""
    found = []
    for smallest in (100, 10**9):
        monkeypatch.setattr(steady, "NESTED_UNKNOWNS", smallest)
        statistics = SolveStatistics()
        system, start = slit(**what)
        found.append((steady_state(system, start, statistics=statistics), statistics))
    return found


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"membrane": True},
        {"physics": "electroneutral"},
        {"production": 1e5},
        {"far": Boundary("right", "bath", concentration={"K+": 1.0, "Cl-": 1.0}, current=0.0)},
        {"far": Boundary("right", "bath", concentration={"K+": 0.0, "Cl-": 0.0}, potential=0.0),
         "physics": "electroneutral"},
    ],
    ids=["pore", "membrane", "electroneutral", "production", "open circuit", "sink"],
)
def test_solution_is_that_of_the_direct_way(monkeypatch, what):
    (nested, cost), (plain, plain_cost) = both(monkeypatch, **what)
    assert cost.path == [FROM_COARSER]
    assert plain_cost.path == [FROM_NEUTRAL]
    assert cost.coarse_iterations > 0
    assert plain_cost.coarse_iterations == 0
    assert np.allclose(nested, plain, rtol=1e-7, atol=1e-9)


def test_hard_problem_takes_fewer_iterations_on_the_mesh_itself(monkeypatch):
    (nested, cost), (plain, plain_cost) = both(monkeypatch, charge=0.1, voltage=-1.0)
    assert cost.newton_iterations <= 0.7 * plain_cost.newton_iterations
    assert np.allclose(nested, plain, rtol=1e-6, atol=1e-9)


def test_without_a_solution_on_the_coarser_mesh_newton_starts_as_without_it(monkeypatch):
    monkeypatch.setattr(steady, "NESTED_UNKNOWNS", 100)
    monkeypatch.setattr(steady, "_load_continuation", lambda *arguments: None)
    attempt = steady._attempt

    def only_on_the_fine_mesh(system, *arguments, **keywords):
        return attempt(system, *arguments, **keywords) if system is fine else None

    monkeypatch.setattr(steady, "_attempt", only_on_the_fine_mesh)
    fine, start = slit()
    statistics = SolveStatistics()
    steady_state(fine, start, statistics=statistics)
    assert statistics.path == [FROM_NEUTRAL]


def test_given_sources_keep_their_amount_on_the_coarser_mesh():
    system, _ = slit()
    source = np.random.default_rng(3).random((system.mesh.n_nodes, 3))
    system.set_volume_source(source)
    coarse = coarser_system(system).system
    amounts = [s.loads.source.sum(axis=0) * s.coefficients.area_scale for s in (system, coarse)]
    assert np.allclose(amounts[1][:2], amounts[0][:2], rtol=1e-12)
