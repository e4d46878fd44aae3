"""Coefficients: order conditions, stability at infinity, and orders observed on stiff and algebraic problems."""

from __future__ import annotations

import numpy as np
import pytest
from stepping_problems import check_order, coupled_mass, index_one, logistic, observed_order, prothero_robinson

from npsolver.stepping.dense import dense_weights
from npsolver.stepping.rosenbrock import RosenbrockStep
from npsolver.stepping.tableaux import TABLEAUX

METHODS = list(TABLEAUX.values())
every_method = pytest.mark.parametrize("tableau", METHODS, ids=lambda tableau: tableau.name)


def untransformed(tableau):
    """A and Gamma of Hairer & Wanner II, Sect. IV.7, from the transformed coefficients."""
    gamma_matrix = np.linalg.inv(np.eye(tableau.stages) / tableau.gamma - tableau.c)
    return tableau.a @ gamma_matrix, gamma_matrix


def order_conditions(a, gamma_matrix, weights, theta=1.0):
    """Defects of the conditions up to order 4, as {order: [defects]}; ``weights`` act on the U_i."""
    b = weights @ gamma_matrix
    beta = a + gamma_matrix
    alpha, beta_sum = a.sum(1), beta.sum(1)
    omega = np.linalg.inv(beta)
    return {
        1: [b.sum() - theta],
        2: [b @ beta_sum - theta**2 / 2, b @ omega @ alpha**2 - theta**2],
        3: [b @ alpha**2 - theta**3 / 3, b @ beta @ beta_sum - theta**3 / 6],
        4: [
            b @ alpha**3 - theta**4 / 4,
            b @ (alpha * (a @ beta_sum)) - theta**4 / 8,
            b @ beta @ alpha**2 - theta**4 / 12,
            b @ beta @ beta @ beta_sum - theta**4 / 24,
        ],
    }


@every_method
def test_row_sums_agree_with_stage_times_and_derivative_weights(tableau):
    a, gamma_matrix = untransformed(tableau)
    np.testing.assert_allclose(a.sum(1), tableau.alpha, atol=2e-14)
    np.testing.assert_allclose(gamma_matrix.sum(1), tableau.d, atol=2e-14)
    np.testing.assert_allclose(np.diag(gamma_matrix), tableau.gamma, rtol=1e-14)


@every_method
@pytest.mark.parametrize("theta", [0.2, 0.5, 0.9, 1.0])
def test_order_conditions_of_the_continuous_extension(tableau, theta):
    a, gamma_matrix = untransformed(tableau)
    order = min(tableau.order if theta == 1.0 else tableau.dense_order, 4)
    defects = order_conditions(a, gamma_matrix, dense_weights(tableau, theta)[1:], theta)
    for p in range(1, order + 1):
        np.testing.assert_allclose(defects[p], 0.0, atol=5e-13)


@every_method
def test_embedded_solution_has_exactly_its_order(tableau):
    defects = order_conditions(*untransformed(tableau), tableau.m - tableau.e)
    for p in range(1, min(tableau.error_order, 4) + 1):
        np.testing.assert_allclose(defects[p], 0.0, atol=5e-13)
    if tableau.error_order < 4:
        assert np.abs(defects[tableau.error_order + 1]).max() > 1e-3


@every_method
def test_l_stable(tableau):
    """|R(z)| <= 1 on the negative axis and the imaginary axis, R and the embedded R vanish at infinity."""
    a, gamma_matrix = untransformed(tableau)
    beta, one = a + gamma_matrix, np.ones(tableau.stages)

    def growth(z, weights):
        return 1 + z * (weights @ gamma_matrix) @ np.linalg.solve(np.eye(tableau.stages) - z * beta, one)

    for z in np.concatenate((-np.geomspace(1e-3, 1e6, 200), 1j * np.geomspace(1e-3, 1e6, 200))):
        assert abs(growth(z, tableau.m)) <= 1 + 1e-12
    for weights in (tableau.m, tableau.m - tableau.e):
        assert abs(growth(-1e9, weights)) < 1e-6


def fixed_steps(problem, tableau, steps, end=1.0):
    """Errors at the end and inside one middle step."""
    system, start, solution = problem
    method = RosenbrockStep(system, tableau)
    method.u_old[:] = start
    dt, inside, out = end / steps, 0.0, np.empty(system.size)
    for k in range(steps):
        method.attempt(k * dt, dt)
        if k == steps // 2:
            for theta in (0.3, 0.6):
                method.interpolate(theta, out)
                inside = max(inside, np.abs(out - solution((k + theta) * dt)).max())
        method.u_old[:] = method.u_new
    return np.abs(method.u_new - solution(end)).max(), inside


# problem, then (lowest, highest) order at the end of steps by method
OBSERVED = [
    (logistic, {"rodas3p": (2.8, 3.3), "rodas4p": (3.6, 4.3), "rodas5p": (4.8, 5.4)}),
    (index_one, {"rodas3p": (2.6, 3.2), "rodas4p": (3.8, 4.4), "rodas5p": (4.2, 5.2)}),
    (coupled_mass, {"rodas3p": (2.8, 3.3), "rodas4p": (3.8, 4.3), "rodas5p": (4.8, 5.3)}),
    # order reduction for a moving target, in front of a constant of 1e-11 to 1e-8
    (prothero_robinson, {"rodas3p": (1.7, 2.2), "rodas4p": (2.7, 3.2), "rodas5p": (2.8, 3.3)}),
]


@pytest.mark.parametrize(
    ("problem", "tableau", "bounds"),
    [(problem, TABLEAUX[name], bounds) for problem, orders in OBSERVED for name, bounds in orders.items()],
    ids=lambda value: getattr(value, "__name__", getattr(value, "name", None)),
)
def test_observed_order(problem, tableau, bounds):
    stiff = problem is prothero_robinson
    counts = np.array([4, 8, 16, 32]) if stiff or tableau.order == 5 else np.array([8, 16, 32, 64])
    errors = np.array([fixed_steps(problem(), tableau, n) for n in counts])
    check_order(1.0 / counts, errors[:, 0], *bounds)
    assert errors[-1, 0] < (1e-8 if stiff else 3e-7)
    lowest = 2.9 if tableau.dense_order == 3 else 3.8
    check_order(1.0 / counts, errors[:, 1], lowest if tableau.name != "rodas3p" else 2.5, 5.4)


def test_order_checker_rejects_half_an_order():
    sizes = np.array([1.0, 0.5, 0.25])
    assert observed_order(sizes, sizes**3) == pytest.approx(3.0)
    check_order(sizes, sizes**3, 2.8, 3.2)
    for wrong in (2.5, 3.5):
        with pytest.raises(AssertionError, match="observed order"):
            check_order(sizes, sizes**wrong, 2.8, 3.2)


def test_residuals_are_shared_where_stages_coincide():
    assert TABLEAUX["rodas3p"].residuals == 3
    assert [TABLEAUX[name].residuals for name in ("rodas4p", "rodas5p")] == [6, 8]
