"""Phases with laws of their own: rest, conservation, entropy, order, two dimensions, and what is refused."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from phase_cases import BRINE, acid, bare_membrane, closed, core, heterojunction, membrane, problem

from npsolver.case import from_document
from npsolver.discretisation import System, coefficients, neutralised
from npsolver.errors import InputError
from npsolver.observables.entropy import entropy_by_edge
from npsolver.runner import run

AT_REST = {
    "membrane": membrane(right=BRINE),
    "membrane, electroneutral": membrane("electroneutral", right=BRINE),
    "bare membrane": bare_membrane(right=BRINE),
    "membrane, two dimensions": membrane(right=BRINE, dimension=2),
    "heterojunction": heterojunction(None),
    "core": core("0 V"),
}
DRIVEN = {
    "membrane": membrane(),
    "membrane, electroneutral": membrane("electroneutral"),
    "bare membrane": bare_membrane(),
    "heterojunction": heterojunction(),
    "heterojunction, recombination": heterojunction(holes=True),
    "core": core(),
    "core and electrons between gases": core(carriers=True),
}


def solved(document, **mesh):
    document = copy.deepcopy(document)
    if mesh:
        document["mesh"] = mesh
    return run(from_document(document))


def fluxes(solution):
    return {name: o.value for name, o in solution.observables.items() if name.startswith("flux[")}


@pytest.mark.parametrize("name", AT_REST)
def test_equilibrium_is_at_rest(name):
    document = copy.deepcopy(AT_REST[name])
    document["observable"] = [{"name": "defect", "kind": "equilibrium_defect"}]
    found = solved(document)
    assert found.observables["defect"].value < 1e-10
    usual = {"heterojunction": 1e6, "core": 1.0}.get(name, 70.0)  # what 10 to 100 mV drive, mol/(m² s)
    assert max(abs(value) for value in fluxes(found).values()) < 1e-9 * usual


@pytest.mark.parametrize("name", DRIVEN)
def test_fluxes_are_conserved_and_entropy_grows_everywhere(name):
    found = solved(DRIVEN[name])
    steady = fluxes(found)
    assert max(map(abs, steady.values())) > 0.0
    for key, value in steady.items():
        if key.endswith("left]") and "recombination" not in name:
            assert value == pytest.approx(-steady[key.replace("left", "right")], rel=1e-7)
    assert found.entropy_production[0] > 0.0
    assert (found.entropy_density[0] >= 0.0).all()
    assert (found.concentration > 0.0).all()


@pytest.mark.parametrize("name", DRIVEN)
def test_entropy_grows_on_every_edge_far_from_any_solution(name):
    found = problem(DRIVEN[name], nodes=60)
    system = found.system
    u = neutralised(system, found.start)
    rng = np.random.default_rng(3)
    by_node = u[: system.n_local].reshape(-1, system.block_size)
    by_node[:, :-1] *= rng.uniform(0.3, 1.1, by_node[:, :-1].shape)
    by_node[:, -1] += rng.uniform(-3.0, 3.0, len(by_node))
    assert system.admissible(u)
    assert (entropy_by_edge(system, u) >= 0.0).all()


@pytest.mark.parametrize("physics", ["pnp", "electroneutral"])
def test_amounts_stay_while_phases_come_to_rest(physics):
    document = closed(physics)
    document["observable"] = [{"name": s, "kind": "amount", "species": s} for s in ("Na+", "Cl-")]
    found = solved(document)
    for name in ("Na+", "Cl-"):
        amount = found.observables[name].value
        assert np.abs(amount / amount[0] - 1.0).max() < 1e-11
    assert (found.concentration > 0.0).all()
    chloride = found.concentration[:, 1]
    assert np.abs(chloride[-1] / chloride[0] - 1.0).max() > 0.05
    # at rest: activities of the salt are equal outside and inside
    system = problem(document).system
    inside = [np.flatnonzero(found.mesh.cell_region == r)[5] for r in range(3)]
    c = found.concentration[-1][:, inside].T
    laws = [system.model.phase_laws.inside(region) for region in system.model.regions]
    from npsolver.model import activities

    salt = [np.prod(activities(own, c[r][None], system.charge)) for r, own in enumerate(laws)]
    assert salt[1] == pytest.approx(salt[0], rel=0.02)
    assert salt[2] == pytest.approx(salt[0], rel=0.02)


def test_second_order():
    values = [abs(fluxes(solved(heterojunction("0.25 V"), refine=r))["flux[e-, left]"]) for r in (0.5, 1, 2, 4)]
    changes = np.abs(np.diff(values))
    assert (changes[:-1] / changes[1:] > 3.5).all()
    assert changes[-1] < 2e-6 * values[-1]


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("physics", ["pnp", "electroneutral"])
def test_more_dimensions_give_the_same(physics, dimension):
    """Three dimensions by GMRES."""
    nodes = {} if dimension == 2 else {"nodes": [120, 5, 5]}
    space, line = fluxes(solved(membrane(physics, dimension=dimension), **nodes)), fluxes(solved(membrane(physics)))
    for key, value in line.items():
        assert space[key] == pytest.approx(value, rel=2e-4)


def test_double_layers_between_brine_and_membrane():
    """Potential and concentrations at the face by the first integral of Poisson's equation with both laws."""
    from npsolver.validation.context import Context
    from npsolver.validation.references_phases import interface_concentration, interface_potential

    case = from_document(membrane(right=BRINE))
    context = Context(case.model, dict(case.geometry.regions), None)
    face = context.layer("left solution"), context.layer("membrane"), context.bath("left")
    found = solved(membrane(right=BRINE), refine=2)
    x = found.mesh.nodes[found.mesh.cell_node, 0]
    sides = [np.flatnonzero((found.mesh.cell_region == r) & (np.abs(x - 10e-9) < 1e-15)) for r in (0, 1)]
    for cells in sides:
        potential = found.potential[0][found.mesh.cell_node[cells[0]]]
        assert potential == pytest.approx(interface_potential(context, *face), rel=1e-4)
    for i, ion in enumerate(case.model.species):
        outside, inside = (found.concentration[0, i, cells[0]] for cells in sides)
        assert outside == pytest.approx(interface_concentration(context, ion, *face), rel=1e-4)
        assert inside == pytest.approx(interface_concentration(context, ion, face[1], face[0], face[2]), rel=1e-4)
        assert abs(outside / inside - 1.0) > 0.1


@pytest.mark.parametrize("physics", ["pnp", "electroneutral"])
def test_iterative_solver_takes_phases(physics):
    found = problem(membrane(physics, dimension=2), nodes=[40, 6])
    results = []
    for linear in ("direct", "iterative"):
        from npsolver.nonlinear import NewtonOptions, newton

        system = System(found.model, found.system.mesh, found.system.coefficients, linear=linear)
        results.append(newton(system, neutralised(system, found.start), NewtonOptions()).u)
    assert np.abs(results[0] - results[1]).max() < 1e-7


@pytest.mark.parametrize("physics", ["pnp", "electroneutral"])
def test_a_law_that_changes_nothing_gives_the_ideal_solution(physics):
    """Partition as part of mu, with two nodes at the faces, against the ideal form with a common unknown."""
    ideal = membrane(physics)
    del ideal["activity"]
    trivial = copy.deepcopy(ideal)
    trivial["activity"] = [{"model": "expression", "species": "Na+", "expression": "0*c", "regions": ["membrane"]}]
    expected, found = (fluxes(solved(document, refine=2)) for document in (ideal, trivial))
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-5)


def test_poisson_boltzmann_agrees():
    full, reduced = (solved(membrane(physics, right=BRINE)) for physics in ("pnp", "poisson-boltzmann"))
    assert np.abs(full.potential - reduced.potential).max() < 1e-9
    assert np.abs(full.concentration / reduced.concentration - 1.0).max() < 1e-7


@pytest.mark.parametrize("ideal", [True, False])
def test_reactions_rest_where_phases_do(ideal):
    """A membrane that takes up the acid fifty times more than its ions, between equal baths in equilibrium."""
    document = acid()
    if ideal:
        del document["activity"]
    found = solved(document)
    scale = 1.2e-9 * 1000.0 / 3e-5
    assert max(abs(value) for value in fluxes(found).values()) < 1e-9 * scale
    middle = np.flatnonzero(found.mesh.cell_region == 1)
    c = found.concentration[0][:, middle]
    if ideal:
        assert np.allclose(c[1] * c[2] / c[3], 1e-2 * 0.02, rtol=1e-8)  # K of the solution shifted by mu0 of the acid


def test_onsager_coupling_across_phases():
    document = membrane("electroneutral")
    del document["activity"]
    document["onsager"] = {"coupling": [{"between": ["Na+", "Cl-"], "q": 0.2}]}
    found = solved(document)
    steady = fluxes(found)
    assert steady["flux[Na+, left]"] == pytest.approx(-steady["flux[Na+, right]"], rel=1e-8)
    assert found.entropy_production[0] > 0.0
    ideal = copy.deepcopy(document)
    del ideal["onsager"]
    assert abs(steady["flux[Na+, left]"] / fluxes(solved(ideal))["flux[Na+, left]"] - 1.0) > 1e-3


def test_bath_that_looks_like_the_solution_beside_it():
    document = membrane()
    document["activity"][0]["regions"] = ["left solution", "right solution", "left"]
    (warning,) = solved(document).warnings
    assert "boundary right has other [[activity]] than region 'right solution'" in warning
    assert solved(membrane()).warnings == []


def test_effective_case_is_the_same():
    from npsolver.case.effective import effective_document

    case = from_document(membrane())
    again = from_document(effective_document(case))
    assert again.model.local_excess == case.model.local_excess
    assert again.model.excess == case.model.excess


def test_law_everywhere_by_names_is_one_law():
    document = membrane()
    document["activity"] = [
        {"model": "davies", "regions": ["membrane", "left solution", "right solution", "left", "right"]}
    ]
    model = from_document(document).model
    assert len(model.excess) == 1
    assert model.local_excess == {}


def test_regions_of_a_boundary_without_a_solution():
    document = heterojunction()
    document["activity"][0]["regions"] = ["wide", "left"]
    with pytest.raises(
        InputError, match=r"boundary 'left' \(ohmic\) holds no solution outside; name the region beside"
    ):
        from_document(document)


def test_start_must_fit_on_the_sites_of_its_own_region():
    document = core("0 V")
    document["initial"] = {"region": {"core": {"concentration": {"V_O^2+": "9 M"}}}}
    with pytest.raises(InputError, match="do not fit on the 8000 mol"):
        from_document(document)
    document["initial"] = {"region": {"grain": {"concentration": {"V_O^2+": "9 M"}}}}
    from_document(document)


def test_mesh_with_one_node_at_the_face_is_refused():
    found = problem(heterojunction())
    from npsolver.mesh.interval import interval_mesh

    case = from_document(heterojunction())
    mesh = interval_mesh(case.geometry, np.linspace(0.0, 80e-9, 17))
    with pytest.raises(InputError, match="expected a mesh with two nodes there"):
        System(found.model, mesh, coefficients(found.model, mesh, found.system.coefficients.scales))


def test_strong_brine_needs_no_tuning():
    """Five molar on one side, hundredfold dilution on the other, reverse bias."""
    document = membrane(left={"Na+": "5 M", "Cl-": "5 M"}, right={"Na+": "50 mM", "Cl-": "50 mM"})
    document["boundary"]["right"]["potential"] = "0.3 V"
    found = solved(document)
    assert (found.concentration > 0.0).all()
    assert fluxes(found)["flux[Na+, left]"] == pytest.approx(-fluxes(found)["flux[Na+, right]"], rel=1e-7)


@pytest.mark.parametrize("physics", ["pnp", "electroneutral"])
def test_sphere_inside_its_films(physics):
    document = membrane(physics, right=BRINE)
    document["geometry"]["coordinates"] = "spherical"
    del document["boundary"]["left"]
    document["activity"][0]["regions"].remove("left")
    document["observable"] = [{"name": "defect", "kind": "equilibrium_defect"}]
    found = solved(document)
    assert found.observables["defect"].value < 1e-10
    assert found.warnings == []


def test_heterojunction_conducts_both_ways():
    """Forward and reverse bias over the step, and in time to the steady state."""
    currents = [fluxes(solved(heterojunction(f"{V} V")))["flux[e-, left]"] for V in (-0.3, 0.3077, 1.5)]
    assert currents[0] > currents[1] > currents[2]
    document = heterojunction("0.25 V")
    steady = fluxes(solved(document))["flux[e-, left]"]
    document["solve"] = {"kind": "transient", "end_time": "2 ns"}
    assert fluxes(solved(document))["flux[e-, left]"][-1] == pytest.approx(steady, rel=1e-6)
