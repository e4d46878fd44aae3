"""Newton's method on small systems that know nothing of ions."""

from __future__ import annotations

import numpy as np
import pytest

from npsolver.errors import ConvergenceError
from npsolver.nonlinear import NewtonOptions, newton


class Equations:
    """f(u) = 0 with a dense Jacobian, storage M = 2 and the plain update."""

    def __init__(self, function, jacobian, size, limit=np.inf, round_off=np.inf):
        self.function, self.jacobian, self.size = function, jacobian, size
        self.limit, self.round_off = limit, round_off
        self.assembled = 0

    def assemble(self, u, out, shift=0.0):
        self.assembled += 1
        out[:] = self.function(u)
        self.matrix = self.jacobian(u) + 2.0 * shift * np.eye(self.size)

    def set_linear_tolerance(self, tolerance):
        assert tolerance > 0.0

    def factorise(self):
        self.inverse = np.linalg.inv(self.matrix)

    def solve(self, b, out):
        out[:] = self.inverse @ b

    def mass(self, v, out):
        out[:] = 2.0 * v

    def update(self, u, du, out, norms):
        if not np.isfinite(du).all():
            raise ConvergenceError("the Newton update is not finite")
        size = np.abs(du).max()
        np.add(u, du * min(1.0, self.limit / size) if size else du, out=out)
        norms[:] = size, 0.0, float(size > self.limit)

    def scaled_residual(self, u):
        return self.round_off


def circle():
    """u² + v² = 5, u v = 2: solution (2, 1)."""
    return Equations(
        lambda u: np.array([u @ u - 5.0, u[0] * u[1] - 2.0]),
        lambda u: np.array([[2 * u[0], 2 * u[1]], [u[1], u[0]]]),
        2,
    )


def test_converges_quadratically():
    start = np.array([2.5, 0.5])
    result = newton(circle(), start)
    np.testing.assert_allclose(result.u, [2.0, 1.0], rtol=1e-14)
    np.testing.assert_array_equal(start, [2.5, 0.5])  # the start is not touched
    steps = np.array(result.updates)
    assert result.iterations == steps.size <= 7
    orders = np.log(steps[2:]) / np.log(steps[1:-1])
    assert orders[-1] == pytest.approx(2.0, abs=0.35)


def test_linear_equations_need_no_more_than_two():
    matrix = np.array([[3.0, 1.0], [0.0, 2.0]])
    result = newton(Equations(lambda u: matrix @ u - [5.0, 4.0], lambda u: matrix, 2), np.zeros(2))
    np.testing.assert_allclose(result.u, [1.0, 2.0], rtol=1e-15)
    assert result.iterations <= 2


@pytest.mark.parametrize("tolerance", [1e-3, 1e-5, 1e-7])
def test_error_is_below_the_tolerance(tolerance):
    """Also where convergence is only linear, at a double root."""
    double = Equations(lambda u: u**2 - 2 * u + 1, lambda u: np.diag(2 * u - 2), 1)
    result = newton(double, np.array([3.0]), NewtonOptions(tolerance=tolerance))
    assert abs(result.u[0] - 1.0) <= 1.01 * tolerance


def test_strong_curvature_does_not_stop_it_early():
    """1e4 u² + u = 0: an error e is followed by 1e4 e²; 1e-6 is what an update of the tolerance leaves."""
    curved = Equations(lambda u: 1e4 * u**2 + u, lambda u: np.diag(2e4 * u + 1), 1)
    for start in np.geomspace(1e-4, 1.0, 60):
        result = newton(curved, np.array([start]), NewtonOptions(tolerance=1e-5))
        assert abs(result.u[0]) < 1.1e-6, start


def test_implicit_euler():
    """2 (u - 1)/dt + u = 0."""
    decay = Equations(lambda u: u, lambda u: np.eye(1), 1)
    result = newton(decay, np.zeros(1), shift=10.0, previous=np.ones(1))
    assert result.u[0] == pytest.approx(20.0 / 21.0, rel=1e-14)


def test_limited_updates_are_no_convergence():
    """A cut step is small without being near a solution."""
    far = Equations(lambda u: u - 10.0, lambda u: np.eye(1), 1, limit=1e-9)
    with pytest.raises(ConvergenceError, match="in 5 iterations"):
        newton(far, np.zeros(1), NewtonOptions(tolerance=1e-6, max_iterations=5))


def test_failure_carries_history_and_best_iterate():
    """u² = -1 has no real root: the iteration wanders."""
    none = Equations(lambda u: u**2 + 1.0, lambda u: np.diag(2 * u), 1)
    with pytest.raises(ConvergenceError) as failure:
        newton(none, np.array([0.7]), NewtonOptions(max_iterations=20))
    history = failure.value.history
    assert history.iterations == len(history.updates) == 20
    assert failure.value.best.shape == (1,)
    assert np.isfinite(failure.value.best).all()


@pytest.mark.parametrize(("round_off", "accepted"), [(1e-13, True), (1e-6, False)])
def test_stagnation_counts_only_at_round_off(round_off, accepted):
    """Updates that no longer fall are accepted where the residual is nothing but round-off."""

    def noisy(u):
        noisy.sign = -noisy.sign
        return u - 1.0 + 1e-6 * noisy.sign

    noisy.sign = 1.0
    system = Equations(noisy, lambda u: np.eye(1), 1, round_off=round_off)
    options = NewtonOptions(tolerance=1e-9, max_iterations=30)
    if accepted:
        assert newton(system, np.zeros(1), options).u[0] == pytest.approx(1.0, abs=2e-6)
    else:
        with pytest.raises(ConvergenceError):
            newton(system, np.zeros(1), options)


@pytest.mark.parametrize("bad", [{"tolerance": 0.0}, {"tolerance": 1.0}, {"tolerance": -1e-3}, {"max_iterations": 0}])
def test_options_refuse_nonsense(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        NewtonOptions(**bad)
