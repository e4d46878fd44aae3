"""Physics on unstructured meshes: exact equilibrium, conserved current, the one-dimensional answer."""

from __future__ import annotations

import numpy as np
import pytest
from engine_problems import CA, CL, H, K, T, bath, by_node, solved, wall
from simplex_meshes import body_centred, cut_grid, facets_at

from npsolver.discretisation import System, choose_scales, coefficients, initial_state
from npsolver.mesh import Geometry, extruded, made_delaunay, simplex_mesh, triangulate
from npsolver.model import Model, Region
from npsolver.observables.terminals import terminal_values
from npsolver.stepping.steady import steady_state

L = 20e-9
SQUARE = np.array([[0, 0], [L, 0], [L, L], [0, L]])
SALT = {"K+": 30.0, "Ca2+": 10.0, "Cl-": 50.0}
ANGLE = np.linspace(0, 2 * np.pi, 25)[:-1]
GEL = L * (np.array([0.5, 0.5]) + 0.25 * np.column_stack([np.cos(ANGLE), np.sin(ANGLE)]))
SIDES = {"left": SQUARE[[3, 0]], "right": SQUARE[[1, 2]], "top": SQUARE[[2, 3]], "bottom": SQUARE[[0, 1]]}


def solve(model, mesh):
    system = System(model, mesh, coefficients(model, mesh, choose_scales(model, L)))
    return system, steady_state(system, initial_state(model, system))


def plane(coordinates="cartesian"):
    return triangulate({"water": SQUARE, "gel": GEL}, 1.2e-9, SIDES, coordinates=coordinates)


def tetrahedra():
    points, elements = body_centred(7, 0.12)
    surfaces = {"right": facets_at(points, elements, 0, 1.0), "top": facets_at(points, elements, 1, 1.0)}
    return simplex_mesh(points * L, elements, np.zeros(len(elements), int), ("gel",), surfaces)


def repaired():
    points, elements = cut_grid([np.linspace(0.0, 1.0, 7)] * 3)
    inner = ((points > 1e-9) & (points < 1 - 1e-9)).all(axis=1)
    points[inner] += 0.025 * np.random.default_rng(5).uniform(-1, 1, (int(inner.sum()), 3))
    surfaces = {"right": facets_at(points, elements, 0, 1.0), "top": facets_at(points, elements, 1, 1.0)}
    return made_delaunay(points * L, elements, np.zeros(len(elements), int), ("gel",), surfaces)


MESHES = {
    "triangles": plane,
    "r-z": lambda: plane("axisymmetric"),
    "tetrahedra": tetrahedra,
    "repaired tetrahedra": repaired,
    "prisms": lambda: extruded(triangulate({"gel": SQUARE}, 4e-9, SIDES), np.linspace(0, L, 4), low="", high=""),
}


@pytest.mark.parametrize("kind", MESHES)
def test_equilibrium_is_exact(kind):
    """Charged gel with partition, charged wall, one bath: no flux and Boltzmann's law to round-off."""
    mesh = MESHES[kind]()
    gel = Region("gel", 40.0, fixed_charge=-150.0, standard_potential={"K+": 2e3, "Ca2+": -1e3}, tortuosity=3.0)
    regions = tuple(gel if name == "gel" else Region(name) for name in mesh.region_names)
    laws = {"right": bath("right", SALT, potential=0.0), "top": wall("top", surface_charge=-0.02)}
    system, u = solve(Model((K, CA, CL), regions, laws, T), mesh)
    nodal = by_node(system, u)
    bulk = np.array([SALT[s.name] for s in (K, CA, CL)]) / system.coefficients.scales.concentration
    mu = np.log(nodal[:, :-1] / bulk) + system.charge * nodal[:, -1:]
    assert np.abs(mu).max() < 1e-10
    flux, _ = system.fluxes(u)
    scale = system.coefficients.mobility.max() * system.coefficients.conductance.max() * nodal[:, :-1].max()
    assert np.abs(flux).max() < 1e-10 * scale
    assert np.ptp(nodal[:, -1]) > 1.0  # there is a double layer


@pytest.mark.parametrize("kind", ["triangles", "prisms"])
def test_current_is_conserved_and_tends_to_the_one_dimensional_one(kind):
    if kind == "triangles":
        mesh, area = triangulate({"water": SQUARE}, 1e-9, SIDES), L
    else:
        sides = {name: SIDES[name] for name in ("left", "right")}
        mesh = extruded(triangulate({"water": SQUARE}, 1e-9, sides), np.linspace(0, L, 3))
        area = L**2
    laws = {
        "left": bath("left", {"K+": 100.0, "H+": 1.0, "Cl-": 101.0}, potential=0.08),
        "right": bath("right", {"K+": 10.0, "H+": 2.0, "Cl-": 12.0}, potential=0.0),
    }
    model = Model((K, H, CL), (Region("water"),), laws, T)
    system, u = solve(model, mesh)
    values = terminal_values(system, u, True)
    left, right = values["left"], values["right"]
    assert left.current == pytest.approx(-right.current, rel=1e-9)
    np.testing.assert_allclose(left.flux, -right.flux, rtol=1e-9)
    chain, v = solved(model, Geometry("cartesian", (("water", L),)), np.linspace(0, L, 801))
    wanted = terminal_values(chain, v, True)["left"]
    assert left.current / area == pytest.approx(wanted.current, rel=1e-3)
    np.testing.assert_allclose(left.flux, wanted.flux, rtol=1e-3)
