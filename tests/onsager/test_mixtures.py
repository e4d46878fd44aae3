"""Mixtures without a solvent of constant concentration: Stefan-Maxwell coefficients relative to the mean molar velocity."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.optimize import root

import npsolver
from npsolver.case import from_document
from npsolver.equilibrium import onsager_from_stefan_maxwell, stefan_maxwell_mixture
from npsolver.errors import InputError
from npsolver.units import GAS_CONSTANT

# hydrogen, nitrogen, carbon dioxide at 35.2 °C and 1 atm, J. B. Duncan and H. L. Toor (1962), m²/s
GASES = np.array([[0.0, 8.33e-5, 6.80e-5], [8.33e-5, 0.0, 1.68e-5], [6.80e-5, 1.68e-5, 0.0]])


def fick(x, D):
    """Fick matrix of the first n - 1 species of an ideal mixture."""
    mobility, root = stefan_maxwell_mixture(x, D), np.sqrt(x)
    matrix = mobility * root[:, None] / root[None, :]
    return matrix[:-1, :-1] - matrix[:-1, -1:]


def test_fick_matrix_is_the_one_printed_by_krishna_and_wesselingh():
    # Chem. Eng. Sci. 52 (1997) 861, page 872, printed to three digits; transcribed in the collection pymrm-gallery, A4.2
    printed = np.array([[7.68, -0.11], [-3.832, 2.16]]) * 1e-5
    assert np.allclose(fick(np.array([0.25, 0.5, 0.25]), GASES), printed, rtol=0.002, atol=5e-8)


def test_acetone_benzene_tetrachloromethane():
    # the same, page 871: x = (0.35, 0.35, 0.3); [D] = [B]^-1 [Gamma] with the estimated thermodynamic factors
    D = np.array([[0.0, 3.4, 2.5], [3.4, 0.0, 1.7], [2.5, 1.7, 0.0]]) * 1e-9
    factors = np.array([[0.69, -0.13], [0.07, 1.05]])
    printed = np.array([[1.92, -0.58], [-0.28, 2.25]]) * 1e-9
    assert np.allclose(fick(np.array([0.35, 0.35, 0.3]), D) @ factors, printed, rtol=0.02)


def test_matrix_moves_nothing_with_the_mixture_and_is_symmetric():
    x = np.array([0.1, 0.6, 0.3])
    matrix = stefan_maxwell_mixture(x, GASES)
    assert np.array_equal(matrix, matrix.T)
    assert np.abs(matrix @ np.sqrt(x)).max() < 1e-12 * np.abs(matrix).max()
    assert np.linalg.eigvalsh(matrix)[0] > -1e-15 * np.abs(matrix).max()


def test_matrix_is_that_of_the_solvent_seen_from_the_mean_velocity():
    x = np.array([0.2, 0.5, 0.3])
    L = np.zeros((3, 3))
    L[:2, :2] = onsager_from_stefan_maxwell(40.0 * x[:2], 40.0 * x[2], GASES, 308.35)
    seen = np.eye(3) - np.outer(x, np.ones(3))
    expected = GAS_CONSTANT * 308.35 * seen @ L @ seen.T / (40.0 * np.sqrt(np.outer(x, x)))
    assert np.allclose(stefan_maxwell_mixture(40.0 * x, GASES), expected, rtol=1e-12)


def test_absent_species_diffuse_as_in_the_rest_of_the_mixture():
    matrix = stefan_maxwell_mixture([0.0, 0.5, 0.5], GASES)
    assert matrix[0, 0] == pytest.approx(1.0 / (0.5 / 8.33e-5 + 0.5 / 6.80e-5))  # Blanc's law
    assert np.array_equal(matrix[0, 1:], [0.0, 0.0])
    assert stefan_maxwell_mixture([0.25, 0.75], [[0, 2e-9], [2e-9, 0]])[0, 0] == pytest.approx(0.75 * 2e-9)


@pytest.mark.parametrize(
    ("x", "D"),
    [
        ([0.5, -0.5], [[0, 1e-9], [1e-9, 0]]),
        ([0.0, 0.0], [[0, 1e-9], [1e-9, 0]]),
        ([0.5, 0.5], [[0, 1e-9], [2e-9, 0]]),
        ([0.5, 0.5], [[0, 0], [0, 0]]),
    ],
)
def test_wrong_input(x, D):
    with pytest.raises(InputError):
        stefan_maxwell_mixture(x, D)


CASE = """
[model]
physics = "pnp"
temperature = "308.35 K"
[[species]]
name = "H2"
charge = 0
diffusivity = "7e-5 m^2/s"
[[species]]
name = "N2"
charge = 0
diffusivity = "2e-5 m^2/s"
{activity}
[onsager.stefan_maxwell]
{total}
diffusivity = {{ "H2, N2" = 8.33e-5, "H2, solvent" = 6.80e-5{pair} }}
[[geometry.region]]
name = "capillary"
length = "86 mm"
[boundary.left]
kind = "bath"
concentration = {{ H2 = 10.5, N2 = 20.0 }}
potential = 0.0
[boundary.right]
kind = "bath"
concentration = {{ H2 = 9.5, N2 = 20.0 }}
potential = 0.0
[solve]
accuracy = 1e-5
"""
GOOD = {
    "activity": '[[activity]]\nmodel = "steric"\nlargest = 40.0',
    "total": "total = 40.0",
    "pair": ', "N2, solvent" = 1.68e-5',
}


def load(**changes):
    return npsolver.loads(CASE.format(**(GOOD | changes)), "gas.toml")


def test_osmotic_diffusion():
    """Nitrogen flows without a gradient of its own, in the ratio of the Fick matrix (K&W page 872)."""
    text = CASE.format(**GOOD).replace("H2 = 10.5", "H2 = 10.02").replace("H2 = 9.5", "H2 = 9.98")
    solution = npsolver.run(npsolver.loads(text, "gas.toml"))
    D = fick(np.array([0.25, 0.5, 0.25]), GASES)
    expected = D[:, 0] * 0.04 / 86e-3
    found = [solution.observables[f"flux[{name}, left]"].value for name in ("H2", "N2")]
    assert found == pytest.approx(expected, rel=1e-4)
    assert found[1] / found[0] == pytest.approx(-3.832 / 7.68, rel=0.002)


@pytest.mark.parametrize("end", [(0.4, 20.0), (38.0, 1.0)])
def test_ternary_far_from_a_straight_line(end):
    """Counter-diffusion through a film against the exact solution, dx/dz linear in x (R. Taylor and R. Krishna 1993, ch. 8)."""
    text = CASE.format(**GOOD).replace("H2 = 9.5, N2 = 20.0", f"H2 = {end[0]}, N2 = {end[1]}")
    text = text.replace("H2 = 10.5, N2 = 20.0", "H2 = 30.0, N2 = 9.0")
    solution = npsolver.run(npsolver.loads(text, "gas.toml"))
    found = [solution.observables[f"flux[{name}, left]"].value for name in ("H2", "N2")]
    first, last = (np.array([a, b, 40.0 - a - b]) / 40.0 for a, b in ((30.0, 9.0), end))

    def defect(scaled):
        J = np.append(scaled, -scaled.sum()) * 1e-2
        per = np.divide(1.0, GASES, out=np.zeros_like(GASES), where=GASES > 0.0)
        # dx_i/dz = sum_j (x_i J_j - x_j J_i)/(c_T D_ij)
        slope = (np.diag(per @ J) - J[:, None] * per) / 40.0
        return (expm(slope * 86e-3) @ first - last)[:2]

    exact = root(defect, np.array(found) / 1e-2, tol=1e-13).x * 1e-2
    assert found == pytest.approx(exact, rel=2e-4)


def test_effective_form_loads_again():
    case = load()
    assert from_document(case.effective).sha256 == case.sha256
    found = case.model.coupling.at(np.array([10.5, 20.0]))
    assert found == pytest.approx(stefan_maxwell_mixture([10.5, 20.0, 9.5], GASES)[:2, :2], rel=1e-12)


REFUSED = {
    "neither": ({"total": ""}, "expected the concentration of the solvent or the total, one of them"),
    "both": ({"total": "total = 40.0\nsolvent = 10.0"}, "expected the concentration of the solvent or the total"),
    "no activity": ({"activity": ""}, r"total: the chemical potentials are those of a mixture.*largest = 40"),
    "another total": ({"total": "total = 41.0"}, "largest = 41"),
    "pair missing": ({"pair": ""}, "missing or zero: 'N2, solvent'"),
    "no pair": ({"pair": ', "N2" = 1.0e-5'}, "expected a pair such as"),
    "unknown species": ({"pair": ', "N2, solvent" = 1e-5, "N3, solvent" = 1e-5'}, "N3"),
    "negative total": ({"total": "total = -40.0"}, "total"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    changes, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as caught:
        load(**changes)
    assert caught.value.exit_code == 2
