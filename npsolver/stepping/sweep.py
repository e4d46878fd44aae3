"""Steady states along a parameter, each started from its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from npsolver.errors import ConvergenceError
from npsolver.stepping.predictor import Predictor

SMALLEST_STEP = 1e-4


def sweep_states(
    system, state_at: Callable[[float, np.ndarray | None], np.ndarray], values: Sequence[float]
) -> Iterator[np.ndarray]:
    """Yield the state at every value.

    The guess continues the states before (see `Predictor`), or is the last state where amounts of species are conserved,
    which a continuation would change; where Newton fails from it, the step is halved.

    Parameters
    ----------
    system : System
    state_at : callable (value, guess)
        Solves at one value; `guess` is None for a cold start.
    values : sequence of float

    Raises
    ------
    ConvergenceError
        Naming the value at which the sweep stopped.
    """
    predictor = None if system.conserves_an_amount else Predictor(system)
    here: float | None = None
    state: np.ndarray | None = None
    for target in values:
        step = 1.0
        while state is None or here != target:
            value = target if state is None or step == 1.0 else here + step * (target - here)
            guess = state if predictor is None else predictor.guess(value)
            try:
                found = state_at(value, guess)
            except ConvergenceError as failure:
                step *= 0.5
                if state is None or step < SMALLEST_STEP:
                    raise ConvergenceError(f"the sweep stopped at {value:.6g}: {failure}") from failure
                continue
            here, state, step = value, found, 1.0
            if predictor is not None:
                predictor.add(value, found)
        yield state
