"""One step of a Rosenbrock method for ``M du/dt + r(t, u) = 0`` with a constant, possibly singular M."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from npsolver.stepping.dense import dense_slopes, dense_weights
from npsolver.stepping.tableaux import Tableau


class TransientSystem(Protocol):
    """What the time integrator needs; vectors are (size,) float64 in scaled units.

    A system whose residual depends on time other than through events also has ``set_time(t)`` and
    ``time_derivative(t, u, out)``, which writes ``dr/dt``.
    """

    size: int

    def residual(self, u: np.ndarray, out: np.ndarray) -> None:
        """Write r(u)."""

    def linearise(self, u: np.ndarray, shift: float) -> None:
        """Build and factorise ``shift M + dr/du`` at u; raises ConvergenceError where it is singular."""

    def solve(self, b: np.ndarray, out: np.ndarray) -> None:
        """Write the solution of the last factorised matrix with right-hand side b."""

    def mass(self, v: np.ndarray, out: np.ndarray) -> None:
        """Write M v."""

    def admissible(self, u: np.ndarray) -> bool:
        """Whether all concentrations are positive and finite."""

    def error_norm(self, error: np.ndarray, u_old: np.ndarray, u_new: np.ndarray, rtol: float) -> float:
        """Weighted norm of a local error; at most 1 is accepted."""

    def implicit_euler(self, u_old: np.ndarray, dt: float, guess: np.ndarray) -> np.ndarray:
        """Positivity-preserving solution of ``M (u - u_old)/dt + r(u) = 0``; raises ConvergenceError."""


class RosenbrockStep:
    """Stages of one method on one system, with all storage allocated once.

    The start of the step is row 0 of ``values`` and the U_i are rows 1 to s, so that the argument of a stage, and
    every point of the continuous extension, is one matrix-vector product.

    Parameters
    ----------
    system : TransientSystem
    tableau : Tableau

    Attributes
    ----------
    values : (s + 1, size) float64
    u_old, u_new, error : (size,) float64
        Start (row 0 of ``values``), end and embedded error estimate of the last step; owned by this object.
    middle_error : (size,) float64
        Estimated error of the continuous extension, from `check_middle`.
    """

    def __init__(self, system: TransientSystem, tableau: Tableau):
        stages, size = tableau.stages, system.size
        self.system, self.tableau = system, tableau
        self.values = np.zeros((stages + 1, size))
        self.u_old, self.u_new = self.values[0], np.zeros(size)
        self._scaled_c = np.zeros((stages, stages))
        self._argument, self._start, self._rhs = np.zeros(size), np.zeros(size), np.zeros(size)
        self._combination, self._time = np.zeros(size), np.zeros(size)
        self._residual = np.zeros(size)
        self._set_time = getattr(system, "set_time", None)
        self._plan = [self._stage(i) for i in range(1, stages)]
        last = tableau.a[-1].copy()
        last[-1] = 1.0
        # u_new is the argument of the last stage plus the last U, and the error that U alone or a difference of two
        self._end_is_increment = bool((tableau.m == last).all())
        unit = np.zeros(stages)
        unit[-1] = 1.0
        self._error_is_last = bool((tableau.e == unit).all())
        self.error = self.values[-1] if self._error_is_last else np.zeros(size)
        self.residuals, self.solves = tableau.residuals, stages
        self.middle_error = np.zeros(size)
        self._middle_weights, self._middle_slopes = dense_weights(tableau, 0.5), dense_slopes(tableau, 0.5)
        self._scaled_slopes = np.zeros(stages)

    def _stage(self, i: int):
        """Views and coefficients of stage ``i >= 1``: nothing is looked up or sliced while stepping."""
        tableau, values = self.tableau, self.values
        first = tableau.same_argument(i)
        reused = None
        if first == 0:
            reused = self._start
        elif first < i:
            if any(tableau.same_argument(j) != first for j in range(first, i)):
                raise ValueError(f"{tableau.name}: only consecutive stages may share an argument")
            reused = self._residual
        row = tableau.a[i]
        previous = tableau.a[i - 1].copy()
        previous[i - 1] += 1.0
        # the argument buffer then still holds the argument of stage i - 1
        increments = reused is None and tableau.same_argument(i - 1) > 0 and bool((row == previous).all())
        used = int(np.flatnonzero(row).max(initial=-1)) + 1
        coefficients = np.concatenate(([1.0], row[:used]))
        return (
            reused,
            values[i] if increments else None,
            coefficients,
            values[: used + 1],
            self._scaled_c[i, :i],
            values[1 : i + 1],
            values[i + 1],
            float(tableau.alpha[i]),
            float(tableau.d[i]),
        )

    def attempt(self, t: float, dt: float, known_residual: bool = False) -> None:
        """Step from ``u_old`` at ``t`` over ``dt``; fills ``u_new`` and ``error``.

        Parameters
        ----------
        t, dt : float
        known_residual : bool
            Whether the last attempt started from the same time and state, so that its first residual still holds.
        """
        system, tableau = self.system, self.tableau
        residual, solve, mass, set_time = system.residual, system.solve, system.mass, self._set_time
        dot, add, subtract, negative = np.dot, np.add, np.subtract, np.negative
        u_old, argument, start, stage_residual = self.u_old, self._argument, self._start, self._residual
        rhs, combination, derivative = self._rhs, self._combination, self._time

        if set_time is not None:
            set_time(t)
            system.time_derivative(t, u_old, derivative)
        system.linearise(u_old, 1.0 / (tableau.gamma * dt))
        np.multiply(tableau.c, 1.0 / dt, self._scaled_c)
        if not known_residual:
            residual(u_old, start)
        negative(start, rhs)
        if set_time is not None:
            rhs -= (dt * tableau.d[0]) * derivative
        solve(rhs, self.values[1])

        for reused, increment, coefficients, terms, mass_coefficients, increments, out, alpha, d in self._plan:
            if reused is None:
                if increment is None:
                    dot(coefficients, terms, argument)
                else:
                    add(argument, increment, argument)
                if set_time is not None:
                    set_time(t + alpha * dt)
                residual(argument, stage_residual)
                reused = stage_residual
            dot(mass_coefficients, increments, combination)
            mass(combination, rhs)
            subtract(rhs, reused, rhs)
            if d != 0.0 and set_time is not None:
                rhs -= (dt * d) * derivative
            solve(rhs, out)

        if self._end_is_increment:
            add(argument, out, self.u_new)
        else:
            dot(tableau.m, self.values[1:], self.u_new)
            add(self.u_new, u_old, self.u_new)
        if not self._error_is_last:
            dot(tableau.e, self.values[1:], self.error)
        if set_time is not None:
            set_time(t + dt)

    def check_middle(self, t: float, dt: float) -> None:
        """Estimate the error of the continuous extension of the last attempt in the middle of the step.

        One Newton correction of its defect ``M du/dt + r``, with the matrix of the step (defect control as in Rodas5Pr,
        Steinebach 2024). It sees what the embedded estimate cannot: fast unknowns are damped at the end of a long step,
        where the estimate then vanishes, but not inside.
        """
        system, middle, defect = self.system, self._argument, self._residual
        np.dot(self._middle_weights, self.values, middle)
        np.multiply(self._middle_slopes, 1.0 / dt, self._scaled_slopes)
        np.dot(self._scaled_slopes, self.values[1:], self._combination)
        if self._set_time is not None:
            self._set_time(t + 0.5 * dt)
        system.residual(middle, defect)
        system.mass(self._combination, self._rhs)
        np.add(self._rhs, defect, self._rhs)
        system.solve(self._rhs, self.middle_error)
        if self._set_time is not None:
            self._set_time(t + dt)

    def interpolate(self, theta: float, out: np.ndarray) -> None:
        """Write the continuous extension of the last step at the fraction ``theta`` of it."""
        np.dot(dense_weights(self.tableau, theta), self.values, out)
