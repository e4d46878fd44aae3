"""Coefficients that follow the whole composition, friction and functions: derivatives, Jacobian, entropy, cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from onsager_problems import coupling, film

import npsolver
from npsolver.case import from_document
from npsolver.discretisation import System, choose_scales, coefficients
from npsolver.errors import InputError
from npsolver.mesh import Geometry, interval_mesh
from npsolver.model import Friction, IonicStrengthLaw, MatrixFunctions, StericLaw
from npsolver.observables.entropy import entropy_by_edge
from npsolver.observables.validity import beyond_data, indefinite_coefficients
from npsolver.output.report_model import law_sections
from npsolver.output.result_file import read_hdf5, write_hdf5

RNG = np.random.default_rng(5)
PAIRS = RNG.uniform(0.5e-9, 2e-9, (4, 4))
PAIRS = tuple(map(tuple, (PAIRS + PAIRS.T).tolist()))
KINDS = {
    "solvent": Friction((0, 1, 2), PAIRS, 54e3, None, (1e-9, 1e-9, 1e-9)),
    "mixture": Friction((0, 1, 2), PAIRS, None, 600.0, (1e-9, 1e-9, 1e-9)),
    "two of three": Friction((2, 0), tuple(row[:3] for row in PAIRS[:3]), 300.0, None, (1e-9, 2e-9, 3e-9)),
}


def mobility(a, b, c):
    return 1e-9 * (1.0 - a / 2000.0) * b / (b + c)


FUNCTIONS = MatrixFunctions(
    (0, 2),
    (0, 1, 2),
    ((lambda a, b, c: 1e-9 + mobility(a, b, c), lambda a, b, c: -0.1 * mobility(a, b, c)),
     (lambda a, b, c: -0.1 * mobility(a, b, c), lambda a, b, c: 2e-9 + 0.0 * a)),
    (1e-9, 2e-9, 3e-9),
)  # fmt: skip
LAWS = {**KINDS, "functions": FUNCTIONS}


@pytest.mark.parametrize("kind", LAWS)
def test_derivatives(kind):
    law, c = LAWS[kind], RNG.uniform(20.0, 150.0, (5, 3))
    matrix, slope = law.evaluate(c)
    assert np.array_equal(matrix, matrix.transpose(0, 2, 1))
    assert np.linalg.eigvalsh(matrix).min() > -1e-14 * matrix.max()
    for k in range(3):
        step = np.zeros(3)
        step[k] = 1e-3
        found = (law.evaluate(c + step)[0] - law.evaluate(c - step)[0]) / 2e-3
        assert np.abs(found - slope[:, k]).max() <= 1e-7 * np.abs(slope).max()


@pytest.mark.parametrize("kind", KINDS)
def test_absent_species(kind):
    matrix, slope = KINDS[kind].evaluate(np.array([[0.0, 50.0, 70.0], [0.0, 0.0, 0.0]]))
    assert np.all(np.isfinite(matrix))
    assert np.all(np.isfinite(slope))
    assert np.array_equal(matrix[:, 0, 1:], np.zeros((2, 2)))
    assert np.all(matrix[:, 0, 0] > 0.0)


def system(kind: str, excess=(), regions=None, **changes) -> System:
    law = LAWS[kind]
    own = replace(coupling(matrices=law.evaluate(np.full((1, 3), 50.0))[0], weights=np.zeros(3)), law=replace(law, **changes))
    model = film(coupling=own if regions is None else replace(coupling(), regions={"b": own}), excess=excess)
    mesh = interval_mesh(Geometry("cartesian", (("a", 20e-9), ("b", 20e-9))), np.linspace(0.0, 40e-9, 41))
    return System(model, mesh, coefficients(model, mesh, choose_scales(model, 40e-9, 100.0)))


@pytest.mark.parametrize("regions", [None, "b"])
@pytest.mark.parametrize("excess", [(), (IonicStrengthLaw(1.17), StericLaw((0, 1, 2), 600.0))], ids=["ideal", "excess"])
@pytest.mark.parametrize("kind", LAWS)
def test_jacobian(kind, excess, regions):
    own = system(kind, excess, regions)
    rng = np.random.default_rng(1)
    by_node = np.column_stack([rng.uniform(0.2, 1.3, (own.mesh.n_nodes, 3)), rng.uniform(-0.5, 0.5, own.mesh.n_nodes)])
    u, v = by_node.ravel(), rng.standard_normal(by_node.size)
    out = np.empty(own.size)
    own.assemble(u, out)
    blocks = own.linear_solver.blocks
    product, by_v = np.zeros((own.mesh.n_nodes, 4)), v.reshape(-1, 4)
    row = np.repeat(np.arange(own.mesh.n_nodes), np.diff(own.pattern.pointer))
    np.add.at(product, row, np.einsum("bij,bj->bi", blocks, by_v[own.pattern.column]))
    sides = []
    for h in (1e-6, -1e-6):
        side = np.empty(own.size)
        own.residual(u + h * v, side)
        sides.append(side)
    difference = (sides[0] - sides[1]) / 2e-6
    assert np.abs(product.ravel() - difference).max() <= 1e-7 * np.abs(difference).max()


@pytest.mark.parametrize("kind", LAWS)
def test_entropy_is_flow_times_force(kind):
    own = system(kind)
    rng = np.random.default_rng(2)
    by_node = np.column_stack([rng.uniform(0.2, 1.3, (own.mesh.n_nodes, 3)), rng.uniform(-0.5, 0.5, own.mesh.n_nodes)])
    u = by_node.ravel()
    flux, _ = own.fluxes(u)
    k, l = own.mesh.edges.T
    mu = own.electrochemical_potential(u)
    expected = -np.einsum("ie,ei->e", flux, mu[l] - mu[k])
    found = entropy_by_edge(own, u)
    assert np.all(found >= 0.0)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_newton_steps_of_the_chain(kind):
    own = system(kind)
    rng = np.random.default_rng(3)
    u = own.with_held_values(rng.uniform(0.2, 1.3, own.size))
    found, norms = np.empty(own.size), np.empty(3)
    assert own.newton_step(u, 0.0, None, found, norms)
    residual, du, expected = (np.empty(own.size) for _ in range(3))
    own.assemble(u, residual)
    own.factorise_and_solve(-residual, du)
    own.update(u, du, expected, norms)
    assert np.abs(found - expected).max() <= 1e-10 * np.abs(expected).max()


def test_pairs_of_another_number_of_species():
    with pytest.raises(ValueError, match="friction needs the pairs of its members and the solvent"):
        system("solvent", pairs=tuple(row[:3] for row in PAIRS[:3]))


CASE = """
[model]
physics = "electroneutral"
[[species]]
name = "Na+"
[[species]]
name = "Cl-"
[onsager.stefan_maxwell]
solvent = "54 M"
diffusivity = {{ "Na+, Cl-" = {pair}, "Na+, solvent" = 1.1e-9, "Cl-, solvent" = 1.9e-9 }}
[[geometry.region]]
name = "film"
length = "10 um"
[boundary.left]
kind = "bath"
concentration = {{ "Na+" = "{left}", "Cl-" = "{left}" }}
potential = 0.0
[boundary.right]
kind = "bath"
concentration = {{ "Na+" = "10 mM", "Cl-" = "10 mM" }}
current = 0.0
"""


def test_negative_friction_is_refused_where_it_is_not_dissipative():
    npsolver.loads(CASE.format(pair=-3e-9, left="20 mM"), "film.toml")
    message = r"onsager: the Onsager matrix at Na\+ = .*is not positive semidefinite"
    with pytest.raises(InputError, match=message) as found:
        npsolver.loads(CASE.format(pair=-1e-11, left="4 M"), "film.toml")
    assert found.value.exit_code == 2


def test_states_that_do_not_dissipate_are_named():
    own = system("solvent", pairs=tuple(tuple(-1e-11 if {i, j} == {0, 2} else D for j, D in enumerate(row))
                                        for i, row in enumerate(PAIRS)))  # fmt: skip
    states = np.full((1, 3, own.mesh.cell_node.size), 1.0)
    assert indefinite_coefficients(own.model, own.mesh, states) == []
    states[0, :, 7] = 5000.0
    first, *more = indefinite_coefficients(own.model, own.mesh, states)
    assert not more
    assert "not positive semidefinite in region 'a'" in first
    assert "K+ = 5000, Na+ = 5000, Cl- = 5000 mol/m^3" in first
    assert beyond_data(own.model, own.mesh, states) == [first]


def test_a_pair_that_is_no_friction_is_the_salt_of_its_ions():
    """Without friction between the ions (an infinite diffusivity) each moves against the solvent alone."""
    solution = npsolver.run(npsolver.loads(CASE.format(pair=1.0, left="20 mM"), "film.toml"))
    total = 54000.0 + 2 * 15.0
    D = 2.0 * 1.1e-9 * 1.9e-9 / 3.0e-9 * total / 54000.0
    assert solution.observables["flux[Na+, left]"].value == pytest.approx(D * 10.0 / 10e-6, rel=1e-4)

EXPRESSIONS = """
[model]
physics = "electroneutral"
[[species]]
name = "K+"
[[species]]
name = "Na+"
[[species]]
name = "Cl-"
[onsager]
species = ["K+", "Cl-"]
expression = [["{first}", "{cross}"], ["1e-10*na/(k + na)", "2e-9"]]
{more}
[[geometry.region]]
name = "film"
length = "10 um"
[boundary.left]
kind = "bath"
concentration = {{ "K+" = 10.0, "Na+" = 5.0, "Cl-" = 15.0 }}
potential = 0.0
[boundary.right]
kind = "bath"
concentration = {{ "K+" = 5.0, "Na+" = 20.0, "Cl-" = 25.0 }}
potential = 0.0
"""
GOOD = {
    "first": "1.9e-9*(1 - k/1000)",
    "cross": "1e-10*na/(k + na)",
    "more": 'variables = { k = "K+", na = "Na+" }',
}


def load(**changes):
    return npsolver.loads(EXPRESSIONS.format(**(GOOD | changes)), "film.toml")


def test_expressions_in_several_concentrations():
    case = load()
    found = case.model.coupling.at(np.array([10.0, 30.0, 40.0]))
    expected = [[1.9e-9 * 0.99, 0.0, 7.5e-11], [0.0, case.model.species[1].diffusivity, 0.0], [7.5e-11, 0.0, 2e-9]]
    assert np.allclose(found, expected, rtol=1e-13)
    assert from_document(case.effective).sha256 == case.sha256
    flux = npsolver.run(case).flux
    assert np.ptp(flux, axis=-1).max() < 1e-8 * np.abs(flux).max()


def test_constant_expressions_are_the_matrix():
    text = EXPRESSIONS.replace('"1e-10*na/(k + na)", "2e-9"', '"1e-10", "2e-9"')
    functions = npsolver.run(npsolver.loads(text.format(**GOOD | {"first": "1.9e-9", "cross": "1e-10"}), "film.toml"))
    text = text.replace("expression", "matrix").replace('"{first}", "{cross}"', "1.9e-9, 1e-10")
    matrix = npsolver.run(npsolver.loads(text.replace('"1e-10", "2e-9"', "1e-10, 2e-9").format(more=""), "film.toml"))
    assert np.allclose(functions.flux, matrix.flux, rtol=1e-9)


REFUSED = {
    "not symmetric": ({"cross": "2e-10"}, r"onsager: the Onsager matrix at K\+ = .* is not symmetric"),
    "indefinite": ({"first": "1e-9*(1 - na/19)"}, r"onsager: the Onsager matrix at K\+ = .* is not positive semidefinite"),
    "not finite": ({"first": "1e-9*log(0*k)"}, "is not finite"),
    "unknown name": ({"first": "1e-9*q"}, "row 1, column 1"),
    "unknown species": ({"more": 'variables = { k = "K+", na = "Rb+" }'}, r"Rb\+"),
    "no name": ({"more": 'variables = { sin = "K+", na = "Na+" }'}, "expected a name such as k, got 'sin'"),
    "weights": ({"more": GOOD["more"] + '\nweights = { "K+" = 1.0 }'}, "weights: belongs to expressions in s"),
    "with a matrix": ({"more": GOOD["more"] + "\nmatrix = [[1e-9]]"}, "expected one of"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    changes, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as caught:
        load(**changes)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", [EXPRESSIONS.format(**GOOD), CASE.format(pair=3e-10, left="20 mM")])
def test_results_state_the_coefficients(text, tmp_path):
    case = npsolver.loads(text, "film.toml")
    write_hdf5(tmp_path / "result.h5", case, npsolver.run(case), "one")
    result = read_hdf5(tmp_path / "result.h5")
    assert from_document(result.effective).model.coupling.law == case.model.coupling.law
    assert "coefficients follow the whole composition" in "".join(law_sections(result))
    own = case.model.coupling.law
    assert result.solution.model.coupling.law == (own if isinstance(own, Friction) else None)
