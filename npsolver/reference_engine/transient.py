"""Transients by FiPy: implicit Euler, the one method it has, with steps controlled by the local error."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from npsolver.errors import ConvergenceError
from npsolver.model import Model
from npsolver.reference_engine.fields import surface_charge
from npsolver.reference_engine.newton import newton
from npsolver.reference_engine.problem import FiPyProblem


def evolve(
    problem: FiPyProblem,
    solver,
    end: float,
    *,
    outputs: Sequence[float],
    events: Sequence[tuple[float, Model]] = (),
    rtol: float = 1e-3,
    on_output: Callable[[float, dict[str, float]], None],
    on_step: Callable[[float], None] | None = None,
) -> tuple[int, int]:
    """Integrate from 0; number of steps and sweeps.

    The local error is estimated from the distance to the linear extrapolation (E. Hairer and G. Wanner, Solving
    Ordinary Differential Equations II, 1996, section IV.8, for the order of implicit Euler).

    Parameters
    ----------
    problem : FiPyProblem
        In its initial state.
    solver : fipy solver
    end : float
        L²/D, like all times here.
    outputs : sequence of float
    events : sequence of (time, Model)
    rtol : float
        Error per step relative to the concentrations.
    on_output : callable (time, charge_rate)
        `charge_rate`: change per time of the charge of every surface, for the displacement currents.
    on_step : callable (time), optional
    """
    stops = sorted({*outputs, *(t for t, _ in events if t < end), end})
    pending = dict(events)
    t, dt, steps, sweeps = 0.0, 1e-6 * min(s for s in stops if s > 0.0), 0, 0
    previous, rate = None, dict.fromkeys(problem.grid.surfaces, 0.0)
    for stop in stops:
        while t < stop * (1.0 - 1e-12):
            remaining = stop - t
            h = remaining if dt >= remaining else (dt if dt < 0.5 * remaining else 0.5 * remaining)
            here = problem.state()
            charge = _charges(problem)
            for ion in problem.ions:
                ion.updateOld()
            guess = None
            if previous is not None:
                ratio = h / previous[2]
                guess = [now + ratio * (now - old) for now, old in zip(here, previous[:2])]
                guess[0] = np.where(guess[0] > 0.1 * here[0], guess[0], here[0])
                problem.set_state(*guess)
            try:
                sweeps += newton(problem, solver, tolerance=1e-6, max_iterations=15, dt=h)
            except ConvergenceError:
                problem.set_state(*here)
                dt = 0.25 * h
                if dt < 1e-16 * end:
                    raise
                continue
            w, _ = problem.state()
            if guess is not None:
                weight = np.maximum(w, here[0])
                weight = weight + 1e-3 * weight.max(axis=1, keepdims=True) + 1e-30
                error = (w - guess[0]) / weight * (h / (h + previous[2]))
                size = float(np.sqrt(np.mean(error**2))) / rtol
                dt = h * min(2.0, max(0.2, 0.9 / np.sqrt(max(size, 1e-10))))
                if size > 2.0:
                    problem.set_state(*here)
                    continue
            previous = (*here, h)
            t = stop if h == remaining else t + h
            steps += 1
            rate = {name: (value - charge[name]) / h for name, value in _charges(problem).items()}
            if on_step is not None:
                on_step(t)
        if stop in outputs:
            on_output(stop, rate)
        if stop in pending:
            problem.set_model(pending.pop(stop))
            previous, dt = None, 1e-6 * max(end - stop, 1e-300)
    return steps, sweeps


def _charges(problem) -> dict[str, float]:
    return {
        name: float(surface_charge(problem, name) @ problem.area[faces])
        for name, faces in problem.grid.surfaces.items()
    }
