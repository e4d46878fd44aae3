"""Steady states along a parameter, each started from its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from npsolver.discretisation import extrapolate
from npsolver.errors import ConvergenceError

SMALLEST_STEP = 1e-4


def sweep_states(
    system, state_at: Callable[[float, np.ndarray | None], np.ndarray], values: Sequence[float]
) -> Iterator[np.ndarray]:
    """Yield the state at every value.

    The guess is the secant through the last two states, or the last state where amounts of species are conserved, which
    the secant would change; where Newton fails from it, the step is halved.

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
    known: list[tuple[float, np.ndarray]] = []
    conserving = system.conserves_an_amount
    for target in values:
        step = 1.0
        while not known or known[-1][0] != target:
            here = known[-1][0] if known else target
            value = target if step == 1.0 else here + step * (target - here)
            guess = None
            if known:
                guess = known[-1][1]
                if not conserving and len(known) > 1 and known[-1][0] != known[-2][0]:
                    ratio = (value - known[-1][0]) / (known[-1][0] - known[-2][0])
                    if abs(ratio) <= 2.0:
                        guess = extrapolate(system, known[-2][1], guess, ratio)
            try:
                state = state_at(value, guess)
            except ConvergenceError as failure:
                step *= 0.5
                if not known or step < SMALLEST_STEP:
                    raise ConvergenceError(f"the sweep stopped at {value:.6g}: {failure}") from failure
                continue
            known = [*known[-1:], (value, state)]
            step = 1.0
        yield known[-1][1]
