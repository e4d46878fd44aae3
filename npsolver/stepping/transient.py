"""Evolution in time: the system as the integrator wants it, with events in the boundary laws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from npsolver.discretisation import System
from npsolver.errors import InputError
from npsolver.model import Model
from npsolver.nonlinear import NewtonOptions, newton
from npsolver.stepping.steady import SolveStatistics
from npsolver.stepping.time import Integrator, TimeOptions

# Charge (relative to the charges present) above which a state counts as not electroneutral.
NEUTRAL = 1e-9


class EvolvingSystem:
    """A `System` in its own time units, as `Integrator` asks for it."""

    def __init__(self, system: System, statistics: SolveStatistics):
        self._system, self._statistics = system, statistics
        self.size = system.size
        self.residual, self.linearise, self.solve = system.residual, system.linearise, system.solve
        self.mass, self.admissible, self.error_norm = system.mass, system.admissible, system.error_norm

    def implicit_euler(self, u_old: np.ndarray, dt: float, guess: np.ndarray) -> np.ndarray:
        """Positive solution of M (u - u_old)/dt + r(u) = 0."""
        result = newton(
            self._system,
            self._system.with_held_values(guess),
            NewtonOptions(1e-8, 25),
            shift=1.0 / dt,
            previous=u_old,
        )
        self._statistics.add(result)
        return result.u


@dataclass
class Evolution:
    """States of a transient in dimensionless unknowns.

    Attributes
    ----------
    times : (n_frames,) float64, s
    states : list of (size,) float64
    step_times : list of float, s
        Every accepted step.
    step_records : list of tuple
        What `record` returned at every accepted step.
    integrator : Integrator
    """

    times: np.ndarray
    states: list[np.ndarray]
    step_times: list[float] = field(default_factory=list)
    step_records: list = field(default_factory=list)
    integrator: Integrator | None = None


def check_neutral(system: System, u: np.ndarray) -> None:
    """InputError where an initial state of the electroneutral model carries charge."""
    n, m, ns = system.mesh.n_nodes, system.block_size, system.n_species
    amount = system.coefficients.capacity * u[: n * m].reshape(n, m)[:, :ns]
    fixed = system.coefficients.fixed_charge
    charge = amount @ system.charge + fixed
    total = amount @ np.abs(system.charge) + np.abs(fixed)
    worst = int(np.argmax(np.abs(charge) - NEUTRAL * total))
    if abs(charge[worst]) > NEUTRAL * total[worst]:
        raise InputError(
            f"the initial state is not electroneutral: at x = {system.mesh.nodes[worst, 0]:.4g} m the net charge is "
            f"{charge[worst] / total[worst]:.3g} of the charges present; expected concentrations with sum z c + fixed "
            "charge = 0",
            key="initial",
        )


def evolve(
    system: System,
    start: np.ndarray,
    end_time: float,
    *,
    output_times: Sequence[float],
    events: Sequence[tuple[float, Model]] = (),
    rtol: float = 1e-4,
    statistics: SolveStatistics | None = None,
    record: Callable[[np.ndarray], tuple] | None = None,
    progress: Callable[[float, str], None] | None = None,
    checkpoint=None,
    restart: dict | None = None,
    watch: Callable[[float, np.ndarray], None] | None = None,
) -> Evolution:
    """Integrate from time 0.

    Parameters
    ----------
    system : System
    start : (size,) float64
    end_time : float
        s.
    output_times : sequence of float
        s, increasing.
    events : sequence of (time in s, Model)
        From that time on the boundary values are those of the model.
    rtol : float
    statistics : SolveStatistics, optional
    record : callable, optional
        Numbers to keep at every accepted step.
    progress : callable (fraction, text), optional
    checkpoint : object with ``due()`` and ``save(dict)``, optional
    restart : dict, optional
        What a checkpoint saved; the run continues from there to the same bits.
    watch : callable (time in s, state), optional
        Shown every accepted step; what it raises ends the run.

    Raises
    ------
    ConvergenceError
    """
    statistics = statistics if statistics is not None else SolveStatistics()
    unit = system.coefficients.scales.time
    system.expect_many_solves()
    if system.electroneutral:
        check_neutral(system, start)
        system.current_form = True
    states: list[np.ndarray] = []
    step_times: list[float] = []
    records: list[tuple] = []

    def on_step(t, u, dt):
        if watch is not None:
            watch(t * unit, u)
        step_times.append(t * unit)
        if record is not None:
            records.append(record(u))
        if progress is not None:
            progress(t * unit / end_time, f"t = {t * unit:.4g} s")
        if checkpoint is not None and checkpoint.due():
            checkpoint.save(
                {
                    **{f"integrator_{key}": value for key, value in integrator.state().items()},
                    "states": np.array(states).reshape(len(states), system.size),
                    "step_times": np.array(step_times),
                    "records": np.array(records, dtype=float),
                }
            )

    def change_model(model):
        return lambda t: system.set_model(model)

    times = np.asarray(output_times, dtype=float)
    arguments = {
        "options": TimeOptions(rtol=rtol, settle_outputs=True, time_unit=unit),
        "output_times": np.minimum(times / unit, end_time / unit),
        "events": [(time / unit, change_model(model)) for time, model in events],
        "on_step": on_step,
        "on_output": lambda t, u: states.append(u),
    }
    evolving = EvolvingSystem(system, statistics)
    if restart is None:
        integrator = Integrator(evolving, start, end_time / unit, **arguments)
    else:
        prefix = "integrator_"
        saved = {key.removeprefix(prefix): value for key, value in restart.items() if key.startswith(prefix)}
        integrator = Integrator.from_state(evolving, saved, end_time / unit, **arguments)
        states += [np.array(row) for row in restart["states"]]
        step_times += [float(t) for t in restart["step_times"]]
        records += [tuple(row) for row in np.atleast_2d(restart["records"])] if record is not None else []
    try:
        # trial states of steps that are then rejected may overflow
        with np.errstate(over="ignore", invalid="ignore"):
            integrator.run()
    finally:
        system.current_form = False
    return Evolution(times, states, step_times, records, integrator)
