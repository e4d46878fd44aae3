"""Small systems with known solutions, and a checker of observed orders."""

from __future__ import annotations

import numpy as np

from npsolver.errors import ConvergenceError


class DenseSystem:
    """``M du/dt + r(t, u) = 0`` from plain functions, dense linear algebra."""

    def __init__(self, mass, residual, jacobian, time_derivative=None):
        self.matrix = np.asarray(mass, dtype=float)
        self.size = self.matrix.shape[0]
        self._residual, self._jacobian = residual, jacobian
        self.t = 0.0
        self.linearisations = 0
        if time_derivative is not None:
            self.set_time = lambda t: setattr(self, "t", t)
            self.time_derivative = lambda t, u, out: np.copyto(out, time_derivative(t, u))

    def residual(self, u, out):
        out[:] = self._residual(self.t, u)

    def linearise(self, u, shift):
        self.linearisations += 1
        try:
            self.inverse = np.linalg.inv(shift * self.matrix + self._jacobian(self.t, u))
        except np.linalg.LinAlgError as failure:
            raise ConvergenceError("singular matrix") from failure

    def solve(self, b, out):
        out[:] = self.inverse @ b

    def mass(self, v, out):
        out[:] = self.matrix @ v

    def admissible(self, u):
        return bool(np.isfinite(u).all())

    def error_norm(self, error, u_old, u_new, rtol):
        return float(np.max(np.abs(error) / (rtol * (1e-3 + np.maximum(np.abs(u_old), np.abs(u_new))))))

    def implicit_euler(self, u_old, dt, guess):
        u = guess.copy()
        for _ in range(50):
            r = self.matrix @ (u - u_old) / dt + self._residual(self.t, u)
            step = np.linalg.solve(self.matrix / dt + self._jacobian(self.t, u), -r)
            u += step
            if np.abs(step).max() < 1e-13 * (1 + np.abs(u).max()):
                return u
        raise ConvergenceError("no convergence")


def decay(rate=1.0):
    """u' = -rate u."""
    return DenseSystem([[1.0]], lambda t, u: rate * u, lambda t, u: np.array([[rate]]))


def logistic():
    """u' = u (1 - u), u(0) = 1/10: smooth and nonlinear. Solution u(t)."""
    system = DenseSystem([[1.0]], lambda t, u: -u * (1 - u), lambda t, u: np.array([[2 * u[0] - 1]]))
    return system, np.array([0.1]), lambda t: np.array([1 / (1 + 9 * np.exp(-t))])


def prothero_robinson(rate=1e6):
    """u' = -rate (u - cos t) - sin t: stiff with a moving target; the solution is cos t."""
    system = DenseSystem(
        [[1.0]],
        lambda t, u: rate * (u - np.cos(t)) + np.sin(t),
        lambda t, u: np.array([[rate]]),
        lambda t, u: np.array([rate * np.sin(t) + np.cos(t)]),
    )
    return system, np.array([1.0]), lambda t: np.array([np.cos(t)])


def index_one():
    """y' = -y z, 0 = z - y^2 + z^2 - y^4: the solution is y = 1/sqrt(1 + 2 t), z = y^2, nonlinear in z."""

    def residual(t, u):
        y, z = u
        return np.array([y * z, z - y * y + (z * z - y**4)])

    def jacobian(t, u):
        y, z = u
        return np.array([[z, y], [-2 * y - 4 * y**3, 1 + 2 * z]])

    system = DenseSystem(np.diag([1.0, 0.0]), residual, jacobian)
    return system, np.array([1.0, 1.0]), lambda t: np.array([(1 + 2 * t) ** -0.5, 1 / (1 + 2 * t)])


def coupled_mass():
    """The logistic equation and a decay mixed by a full mass matrix, and a non-autonomous algebraic unknown."""
    mass = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 0.0], [0.0, 0.0, 0.0]])

    def rates(t, u):
        return np.array([u[0] * (1 - u[0]) + (u[2] - u[1] * np.sin(t)), -u[1]])

    def residual(t, u):
        return np.concatenate((-mass[:2, :2] @ rates(t, u), [u[2] - u[1] * np.sin(t)]))

    def jacobian(t, u):
        inner = np.array([[1 - 2 * u[0], -np.sin(t), 1.0], [0.0, -1.0, 0.0]])
        return np.vstack((-mass[:2, :2] @ inner, [0.0, -np.sin(t), 1.0]))

    def time_derivative(t, u):
        inner = np.array([-u[1] * np.cos(t), 0.0])
        return np.concatenate((-mass[:2, :2] @ inner, [-u[1] * np.cos(t)]))

    system = DenseSystem(mass, residual, jacobian, time_derivative)
    start = np.array([0.1, 1.0, 0.0])
    return system, start, lambda t: np.array([1 / (1 + 9 * np.exp(-t)), np.exp(-t), np.exp(-t) * np.sin(t)])


def observed_order(sizes, errors) -> float:
    """Slope of log error against log size (least squares)."""
    return float(np.polyfit(np.log(sizes), np.log(errors), 1)[0])


def check_order(sizes, errors, low: float, high: float) -> None:
    """Two-sided: raises AssertionError unless the observed order lies in [low, high]."""
    order = observed_order(sizes, errors)
    assert low <= order <= high, f"observed order {order:.2f} outside [{low}, {high}]: {errors}"
