"""Currents, membrane fluxes and charging curves against independent solutions of the same equations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from engine_problems import VT, T, bath, by_node, solved, system_of, uniform, wall

from npsolver.discretisation import MeshOptions, build_mesh, choose_scales, coefficients, debye_length, initial_state
from npsolver.discretisation.system import System
from npsolver.mesh import Geometry
from npsolver.model import Model, Region, Species
from npsolver.stepping.steady import steady_state
from npsolver.stepping.sweep import sweep_states
from npsolver.stepping.transient import evolve

DATA = json.loads((Path(__file__).parents[1] / "data" / "pnp_boundary_values.json").read_text(encoding="utf-8"))
D = 1e-9
BINARY = (Species("+", 1.0, D), Species("-", -1.0, D))


def selective_contact(volts, physics="pnp"):
    """eps = 1e-3: the Debye length of the counter-ion alone over the film's thickness."""
    length = debye_length(T, 78.5, 1.0) / 1e-3
    laws = {
        "left": wall("left", concentration={"+": 1.0}, potential=volts),
        "right": bath("right", {"+": 1.0, "-": 1.0}, potential=0.0),
    }
    return Geometry("cartesian", (("a", length),)), Model(BINARY, (Region("a"),), laws, T, physics=physics)


def test_current_into_a_selective_contact_from_equilibrium_to_overlimiting():
    reference = DATA["selective_contact"]
    values = [-v * VT for v in reference["V_over_VT"]]
    geometry, hardest = selective_contact(values[-1])
    system = system_of(hardest, geometry)

    def state_at(value, guess):
        system.set_model(selective_contact(value)[1])
        warm = guess is not None
        start = guess if warm else initial_state(system.model, system)
        return steady_state(system, system.with_held_values(start), warm=warm)

    found = []
    for u in sweep_states(system, state_at, values):
        flow, _ = system.fluxes(u)
        assert np.ptp(flow[0]) <= 1e-9 * max(1.0, np.abs(flow[0]).max())
        unit = system.coefficients.scales.concentration * system.coefficients.scales.diffusivity / D
        found.append(-flow[0].mean() * unit)
    assert found[0] == pytest.approx(0.0, abs=1e-11)
    np.testing.assert_allclose(found[1:], reference["current"][1:], rtol=1e-3)


@pytest.mark.parametrize("v", [0.5, 2.0, 6.0])
def test_electroneutral_current_is_the_closed_form(v):
    """I = 2 (1 - exp(-V/2)) D c0/L for an ideally selective contact at c0."""
    geometry, model = selective_contact(-v * VT, "electroneutral")
    system, u = solved(model, geometry)
    flow, _ = system.fluxes(u)
    s = system.coefficients.scales
    assert -flow[0].mean() * s.concentration * s.diffusivity / D == pytest.approx(2 * (1 - np.exp(-v / 2)), rel=2e-4)
    assert np.abs(flow[1]).max() < 1e-9


@pytest.mark.parametrize(("z_plus", "z_minus"), [(1, -1), (2, -1), (1, -2), (3, -1), (2, -2)])
def test_limiting_current_of_a_salt(z_plus, z_minus):
    """Zero salt at one end: the cations carry (1 + z+/|z-|) z+ F D+ c+/L (Levich 1962), half of it by migration."""
    d_plus, c_plus, length = 0.7e-9, 10.0, 1e-5
    c_minus = -c_plus * z_plus / z_minus
    laws = {
        "left": wall("left", concentration={"+": 1e-6 * c_plus}, potential=-20 * VT),
        "right": bath("right", {"+": c_plus, "-": c_minus}, potential=0.0),
    }
    model = Model(
        (Species("+", z_plus, d_plus), Species("-", z_minus, 2e-9)), (Region("a"),), laws, T, physics="electroneutral"
    )
    expected, errors = (1 - z_plus / z_minus) * d_plus * c_plus / length, []
    for refine in (1, 2, 4, 8):
        system, u = solved(model, Geometry("cartesian", (("a", length),)), options=MeshOptions(refine=refine))
        flux = system.fluxes(u)[0][0].mean() * system.coefficients.scales.flux
        errors.append(abs(-flux / expected - 1))
    # where the salt vanishes the potential is singular: first order in the mesh there
    assert errors[0] < 1.2e-2
    assert errors[-1] < 2e-3
    assert all(fine < 0.6 * coarse for coarse, fine in zip(errors, errors[1:]))


MEMBRANE = DATA["five_ion_membrane"]
CHARGES = [1.0, 1.0, -1.0, 2.0, 1.0]


def membrane(current=None):
    species = tuple(Species(n, z, d) for n, z, d in zip(MEMBRANE["ions"], CHARGES, MEMBRANE["diffusivity_m2_s"]))
    left, right = (dict(zip(MEMBRANE["ions"], MEMBRANE[f"{side}_mol_m3"])) for side in ("left", "right"))
    law = {"potential": 0.0} if current is None else {"current": current}
    regions = (Region("a"), Region("m", fixed_charge=-500.0), Region("b"))
    geometry = Geometry("cartesian", (("a", 20e-9), ("m", 40e-9), ("b", 20e-9)))
    laws = {"left": bath("left", left, potential=0.0), "right": bath("right", right, **law)}
    return Model(species, regions, laws, T), geometry


@pytest.mark.parametrize("open_circuit", [False, True])
def test_five_ion_membrane(open_circuit):
    model, geometry = membrane(0.0 if open_circuit else None)
    fluxes, potentials = [], []
    for refine in (1, 2):
        system, u = solved(model, geometry, options=MeshOptions(refine=refine))
        flow, _ = system.fluxes(u)
        fluxes.append(flow.mean(axis=1) * system.coefficients.scales.flux)
        potentials.append(by_node(system, u)[-1, -1])
        assert (np.ptp(flow, axis=1) <= 1e-9 * np.abs(flow).max(axis=1)).all()
    expected = np.array(MEMBRANE[f"flux_at_{'open' if open_circuit else 'short'}_circuit_mol_m2_s"])
    errors = [np.abs(f / expected - 1).max() for f in fluxes]
    assert errors[0] < 2e-3
    assert errors[1] < 0.35 * errors[0] + 1e-6  # second order in the mesh
    if open_circuit:
        voc = MEMBRANE["open_circuit_potential_right_over_VT"]
        assert potentials[0] == pytest.approx(voc, rel=1e-3)
        assert abs(potentials[1] - voc) < 0.35 * abs(potentials[0] - voc) + 1e-6
        assert np.abs(np.array(CHARGES) @ fluxes[0]) < 1e-9 * np.abs(fluxes[0]).max()


CHARGING = DATA["charging"]


def charging_cell(v, nodes):
    """Half-width L = 100 Debye lengths; a node in the middle by symmetry of the mesh."""
    length = debye_length(T, 78.5, 2.0) / 0.01
    laws = {"left": wall("left", potential=-v * VT), "right": wall("right", potential=v * VT)}
    model = Model(BINARY, (Region("a"),), laws, T)
    geometry = Geometry("cartesian", (("a", 2 * length),))
    profiles = {"a": {"+": uniform(1.0), "-": uniform(1.0)}}
    mesh = build_mesh(model, geometry, MeshOptions(nodes=nodes), profiles=profiles, probes=[length])
    system = System(model, mesh, coefficients(model, mesh, choose_scales(model, geometry.length, 1.0)))
    times = np.array(CHARGING["time_over_lambda_L_per_D"]) * 0.01 * length**2 / D
    return system, initial_state(model, system, profiles), times, length


def charge_of_left_half(system, u, length):
    nodal, x = by_node(system, u), system.mesh.nodes[:, 0]
    weight = np.where(x < length * (1 - 1e-9), 1.0, np.where(x > length * (1 + 1e-9), 0.0, 0.5))
    difference = (nodal[:, 0] - nodal[:, 1]) * system.coefficients.capacity[:, 0]
    return weight @ difference * system.coefficients.scales.length / (0.01 * length) / 2


@pytest.mark.parametrize("v", [1, 4])
def test_charging_of_a_blocking_cell(v):
    system, start, times, length = charging_cell(v, 401)
    evolution = evolve(system, start, times[-1], output_times=times, rtol=1e-5)
    found = [charge_of_left_half(system, u, length) for u in evolution.states]
    np.testing.assert_allclose(found, CHARGING["charge"][str(v)], rtol=5e-4)
    amount = system.coefficients.capacity[:, 0]
    for u in evolution.states:
        np.testing.assert_allclose(amount @ by_node(system, u)[:, :2], amount.sum(), rtol=1e-12)


@pytest.mark.parametrize("v", [1, 4])
def test_error_in_time_follows_the_tolerance_over_four_decades(v):
    def run(rtol):
        system, start, times, length = charging_cell(v, 121)
        states = evolve(system, start, times[-1], output_times=times, rtol=rtol).states
        return np.array([charge_of_left_half(system, u, length) for u in states])

    exact = run(1e-9)
    decades = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7]
    errors = np.array([np.abs(run(rtol) / exact - 1).max() for rtol in decades])
    assert (errors <= 3 * np.array(decades)).all(), errors
    slope = np.polyfit(np.log10(decades), np.log10(errors), 1)[0]
    assert 0.6 < slope < 1.4, errors
