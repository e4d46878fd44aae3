"""Solids that separate into two phases: gradient energy of Cahn and Hilliard in transport."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from phase_cases import problem

from npsolver.case import from_document
from npsolver.errors import InputError
from npsolver.observables.entropy import entropy_by_edge
from npsolver.runner import run
from npsolver.units import GAS_CONSTANT

RT = GAS_CONSTANT * 298.15
SITES = 24e3


def host(dimension=1, lattice_gas=False, electrode=False) -> dict:
    """A host that separates, 60 nm long, with a smooth step of the filling in its middle."""
    size = {"length": "60 nm"} if dimension == 1 else {"x": ["0 nm", "60 nm"], "y": ["0 nm", "5 nm"]}
    walls = {"kind": "wall"}
    document = {
        "species": [{"name": "Li", "charge": 0, "diffusivity": 1e-14}],
        "activity": [
            {"model": "site-limited", "species": "Li", "sites": "24 M", "regions": ["host"]},
            {
                "model": "regular-solution",
                "species": "Li",
                "sites": "24 M",
                "interaction": "3 RT",
                "gradient_energy": "2e-14 J*m^2/mol",
                "regions": ["host"],
            },
        ],
        "geometry": {"region": [{"name": "host", **size}]},
        "boundary": {"left": {**walls, "potential": "0 V"}, "right": dict(walls)},
        "initial": {"concentration": {"Li": {"expression": "12 - 8*erf((x-30e-9)/2e-9)", "unit": "M"}}},
        "solve": {"kind": "transient", "end_time": "10 s", "output_times": ["0 s", "0.1 s", "1 s", "10 s"]},
        "observable": [{"name": "amount", "kind": "amount", "species": "Li"}],
    }
    if lattice_gas:
        document["onsager"] = {
            "species": ["Li"],
            "expression": [["1e-14*(1 - s/24000)"]],
            "range": ["0 M", "24 M"],
            "weights": {"Li": 1},
        }
    if electrode:
        document["geometry"]["region"].append(
            {"name": "reservoir", "length": "20 nm", "standard_potential": {"Li": "1 kJ/mol"}}
        )
        document["boundary"]["right"] = {"kind": "bath", "concentration": {"Li": "1 M"}}
    return document


def free_energy(solution, frame) -> float:
    """Discrete free energy over RT and the concentration of sites, m."""
    mesh = solution.mesh
    x = np.zeros(mesh.n_nodes)
    x[mesh.cell_node] = solution.concentration[frame, 0] / SITES
    k, l = mesh.edges.T
    local = x * np.log(x) + (1.0 - x) * np.log1p(-x) + 3.0 * x * (1.0 - x)
    return float(mesh.node_volume @ local + 0.5 * 2e-14 / RT * (mesh.edge_area / mesh.edge_length) @ (x[l] - x[k]) ** 2)


CASES = {
    "host": (host(), 30),
    "lattice gas": (host(lattice_gas=True), 30),
    "beside another phase": (host(electrode=True), 40),
    "two dimensions": (host(dimension=2), [12, 4]),
}


@pytest.mark.parametrize("shift", [0.0, 37.0])
@pytest.mark.parametrize("name", CASES)
def test_matrix_is_the_derivative(name, shift):
    document, nodes = CASES[name]
    found = problem(document, nodes=nodes)
    system, u = found.system, found.start.copy()
    rng = np.random.default_rng(5)
    n, m = system.n_local, system.block_size
    u[:n].reshape(-1, m)[:, 0] *= rng.uniform(0.9, 1.02, system.mesh.n_nodes)
    u = system.with_held_values(u)
    assert system.admissible(u)
    size = np.maximum(np.abs(u), 1e-3)
    direction = rng.standard_normal(system.size) * size
    change = np.zeros(system.size)
    for weight, step in ((8.0, 1e-4), (-1.0, 2e-4)):  # central differences of fourth order
        for sign in (1.0, -1.0):
            out, stored = np.empty(system.size), np.empty(system.size)
            system.residual(u + sign * step * direction, out)
            system.mass(u + sign * step * direction, stored)
            change += sign * weight * (out + shift * stored) / 12e-4
    system.assemble(u, np.empty(system.size), shift)
    pattern, blocks = system.pattern, system.linear_solver.blocks
    row = np.repeat(np.arange(system.mesh.n_nodes), np.diff(pattern.pointer))
    terms = blocks * direction[:n].reshape(-1, m)[pattern.column][:, None, :]
    product, sizes = np.zeros((system.mesh.n_nodes, m)), np.zeros((system.mesh.n_nodes, m))
    np.add.at(product, row, terms.sum(axis=2))
    np.add.at(sizes, row, np.abs(terms).sum(axis=2))
    assert (np.abs(change[:n].reshape(-1, m) - product) <= 1e-9 * sizes).all()
    assert (entropy_by_edge(system, u) >= 0.0).all()


@pytest.mark.parametrize("lattice_gas", [False, True])
def test_two_phases_come_to_rest_and_never_gain_free_energy(lattice_gas):
    document = host(lattice_gas=lattice_gas)
    mu = {"kind": "electrochemical_potential", "species": "Li"}
    document["observable"] += [{"name": "rich", **mu, "at": "10 nm"}, {"name": "face", **mu, "at": "31 nm"}]
    found = run(from_document(document))
    amount = found.observables["amount"].value
    assert np.abs(amount / amount[0] - 1.0).max() < 1e-11
    energies = [free_energy(found, frame) for frame in range(4)]
    assert np.all(np.diff(energies) < 1e-14 * abs(energies[-1]))
    assert energies[-1] < energies[0]
    assert (found.entropy_density >= 0.0).all()
    c = found.concentration[-1, 0] / SITES
    # Maxwell's plateau: ln(x/(1 - x)) + 3 (1 - 2x) = 0 in both phases, and the common potential everywhere
    for end in (c[0], c[-1]):
        assert abs(np.log(end / (1.0 - end)) + 3.0 * (1.0 - 2.0 * end)) < 1e-3
    for name in ("rich", "face"):
        assert found.observables[name].value[-1] == pytest.approx(RT * np.log(24.0), abs=0.1)
    assert not any("thermodynamic factor" in warning for warning in found.warnings)


def test_profile_of_the_interface_is_of_second_order():
    document = host()
    document["observable"].append({"name": "2 nm", "kind": "concentration", "species": "Li", "at": "32 nm"})
    errors = []
    for refine in (1, 2, 4):
        document["mesh"] = {"refine": refine}
        found = run(from_document(document))
        errors.append(abs(found.observables["2 nm"].value[-1] / 5056.872156274323 - 1.0))  # by quadrature of dx/dz
    assert errors[0] < 2e-3
    assert errors[0] / errors[1] > 3.0
    assert errors[1] / errors[2] > 3.0


def test_noise_grows_into_phases():
    """Inside the spinodal a ripple of the fastest wave length becomes a row of both phases."""
    document = host()
    document["initial"]["concentration"]["Li"] = {"expression": "12 + 0.01*cos(2*pi*x/20e-9)", "unit": "M"}
    document["solve"]["end_time"] = "2 s"
    document["solve"]["output_times"] = ["0 s", "2 s"]
    c = run(from_document(document)).concentration[-1, 0] / SITES
    assert c.min() < 0.1
    assert c.max() > 0.9


def test_two_dimensions_give_the_same():
    plane, line = (copy.deepcopy(host(dimension=d)) for d in (2, 1))
    for document in (plane, line):
        document["solve"]["end_time"] = "0.2 s"
        document["solve"]["output_times"] = ["0.2 s"]
    plane["mesh"] = {"nodes": [161, 3]}
    line["mesh"] = {"nodes": 161, "grading": "uniform"}
    plane["mesh"]["grading"] = "uniform"
    found, expected = (run(from_document(document)) for document in (plane, line))
    x = np.array([found.mesh.nodes[node, 0] for node in found.mesh.cell_node])
    order = np.argsort(expected.mesh.nodes[expected.mesh.cell_node, 0])
    values = np.interp(x, expected.mesh.nodes[expected.mesh.cell_node, 0][order], expected.concentration[-1, 0][order])
    assert np.abs(found.concentration[-1, 0] / values - 1.0).max() < 1e-4


def test_interaction_beyond_the_spinodal_needs_a_gradient_energy():
    document = host()
    del document["activity"][1]["gradient_energy"]
    with pytest.raises(InputError, match="expected gradient_energy, or Omega <= 2 RT"):
        from_document(document)


REFUSED = {
    "reaction": (
        {"reaction": [{"equation": "Li = Na", "forward_rate": 1.0, "backward_rate": 1.0}]},
        "does not go together with reactions",
    ),
    "poisson-boltzmann": ({"model": {"physics": "poisson-boltzmann"}}, "has no place in physics = 'poisson-boltzmann'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    changes, message = REFUSED[name]
    document = host() | changes
    document["species"] = [*document["species"], {"name": "Na", "charge": 0, "diffusivity": 1e-14}]
    with pytest.raises(InputError, match=message):
        from_document(document)


def test_gradient_energy_of_another_law():
    document = host()
    document["activity"][0]["gradient_energy"] = "1e-14 J*m^2/mol"
    with pytest.raises(InputError, match="gradient_energy: means nothing for model 'site-limited'"):
        from_document(document)


def test_coarse_interface_is_named():
    document = host()
    document["mesh"] = {"nodes": 25, "grading": "uniform"}
    (warning,) = [item for item in run(from_document(document)).warnings if "interface" in item]
    assert "mesh.refine" in warning


def test_host_far_longer_than_the_interface_is_refused():
    document = host()
    document["geometry"]["region"][0]["length"] = "2 mm"
    with pytest.raises(InputError, match=r"expected a shorter host, a larger gradient_energy, or mesh\.nodes"):
        run(from_document(document))


@pytest.mark.parametrize("x", [-40e-9, -2e-9, 0.0, 1e-9, 5e-9, 40e-9])
def test_closed_form_obeys_its_differential_equation(x):
    """kappa d2x/dz2 = mu(x), by differences of the profile."""
    from npsolver.validation.context import Context
    from npsolver.validation.references_phases import phase_profile

    case, step = from_document(host()), 2e-11
    context = Context(case.model, {"host": 60e-9}, None)
    below, here, above = (
        phase_profile(context, context.ion("Li"), context.layer("host"), z) / SITES for z in (x - step, x, x + step)
    )
    bend = 2e-14 / RT * (above - 2.0 * here + below) / step**2
    assert bend == pytest.approx(np.log(here / (1.0 - here)) + 3.0 * (1.0 - 2.0 * here), abs=1e-4)
