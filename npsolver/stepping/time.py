"""Error-controlled integration of ``M du/dt + r(t, u) = 0`` with events, dense output and exact restart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from npsolver.errors import ConvergenceError
from npsolver.stepping.consistent import make_consistent
from npsolver.stepping.controller import StepController
from npsolver.stepping.dense import OutputSchedule, interpolate_admissibly
from npsolver.stepping.euler import EulerStep
from npsolver.stepping.rosenbrock import RosenbrockStep, TransientSystem
from npsolver.stepping.tableaux import TABLEAUX

# tolerances allowed to the error of output inside a step
OUTPUT_FACTOR = 2.0
# A run stalls when this many steps in a row add less than this part to the time since the last start or event. To go on
# would take millions of steps: the solution ends there, as where an ion runs out that must carry a current.
STALL_STEPS, STALL_ADVANCE = 2000, 1e-4
RUN_OUT = "; an ion may have run out at a contact that demands more current than the ions can carry"


@dataclass(frozen=True)
class TimeOptions:
    """How to integrate.

    Attributes
    ----------
    rtol : float
        Tolerance of the error of one step in the system's norm.
    method : str
        Name of a tableau: ``"rodas5p"``, ``"rodas4p"`` or ``"rodas3p"``.
    first_step : float, optional
        First step after the start and after each event; by default a thousandth of the way to the next event or the
        end, corrected by the error it makes.
    max_step : float
    max_steps : int
    steady_tolerance : float, optional
        Stop when the relative change over the time elapsed so far, extrapolated from the last step, falls below this.
    control_output : bool
        Whether the error inside each step, of output between its ends, is held to the tolerance as well (one residual
        and one solution per step).
    settle_outputs : bool
        End every output with a short implicit step, so that fluxes on the finest edges are in balance too.
    positivity_rejections : int
        Rosenbrock steps rejected in a row for a concentration that is not positive before implicit Euler takes over.
    time_unit : float
        Seconds per unit of time, for messages.
    """

    rtol: float = 1e-4
    method: str = "rodas5p"
    first_step: float | None = None
    max_step: float = np.inf
    max_steps: int = 1_000_000
    steady_tolerance: float | None = None
    control_output: bool = True
    positivity_rejections: int = 3
    settle_outputs: bool = False
    time_unit: float = 1.0

    def __post_init__(self):
        if not 0.0 < self.rtol < 1.0:
            raise ValueError(f"rtol must lie between 0 and 1, not {self.rtol}")
        if self.method not in TABLEAUX:
            raise ValueError(f"unknown method {self.method!r}; known: {', '.join(TABLEAUX)}")
        if not self.max_step > 0.0 or not (self.first_step is None or self.first_step > 0.0):
            raise ValueError("first_step and max_step must be positive")


@dataclass
class TimeStatistics:
    """Counts over a run; residuals, factorisations and solves are those of Rosenbrock steps and consistent starts."""

    steps: int = 0
    rejected: int = 0
    positivity_steps: int = 0
    residuals: int = 0
    factorisations: int = 0
    solves: int = 0


class Integrator:
    """Integrate from ``t_start`` to ``t_end``, one accepted step at a time.

    Parameters
    ----------
    system : TransientSystem
    u : (size,) float64
        Initial state; the algebraic unknowns are made consistent before the first step.
    t_end : float
    t_start : float
    options : TimeOptions
    output_times : sequence of float
        Increasing times at which the state is wanted. At an event this is the state just before it, at ``t_start``
        the consistent state just after events at ``t_start``.
    events : sequence of (time, callback)
        ``callback(t)`` changes the system. Each time is hit exactly, the algebraic unknowns are made consistent and the
        step size starts anew.
    on_step : callable (t, u, dt), optional
        After each accepted step, and with ``dt = 0`` after each consistent start. ``u`` is reused: copy it to keep it.
    on_output : callable (t, u), optional
        Receives the state at each output time; by default they are kept in ``outputs``.

    Attributes
    ----------
    t, dt : float
        Time reached and next step.
    u : (size,) float64
        State at ``t``.
    outputs : list of (size,) float64
    statistics : TimeStatistics
    steady : bool
        Whether the run stopped at a steady state.
    """

    def __init__(
        self,
        system: TransientSystem,
        u: np.ndarray,
        t_end: float,
        *,
        t_start: float = 0.0,
        options: TimeOptions | None = None,
        output_times: Sequence[float] = (),
        events: Sequence[tuple[float, Callable[[float], None]]] = (),
        on_step: Callable[[float, np.ndarray, float], None] | None = None,
        on_output: Callable[[float, np.ndarray], None] | None = None,
    ):
        if not t_end > t_start:
            raise ValueError(f"the end time {t_end} must lie after the start {t_start}")
        self.system, self.options = system, options or TimeOptions()
        self.t, self.t_start, self.t_end = float(t_start), float(t_start), float(t_end)
        self.events = sorted(((float(time), callback) for time, callback in events), key=lambda event: event[0])
        self.outputs: list[np.ndarray] = []
        self.schedule = OutputSchedule(output_times, on_output or (lambda t, u: self.outputs.append(u)))
        for what, times in (("event", [t for t, _ in self.events]), ("output", self.schedule.times)):
            if any(not t_start <= time <= t_end for time in times):
                raise ValueError(f"{what} times must lie between {t_start} and {t_end}")
        self.on_step = on_step
        self.statistics = TimeStatistics()
        self._rosenbrock = RosenbrockStep(system, TABLEAUX[self.options.method])
        self.u = self._rosenbrock.u_old
        self.u[:] = u
        self._euler = EulerStep(system, self.u)
        rtol, calibration = self.options.rtol, self._rosenbrock.tableau.calibration
        # a step whose own estimate is a tenth of the solution is no longer described by its order
        self._step_rtol = max(rtol, min(0.1, rtol * calibration))
        self._controller = StepController(self._rosenbrock.tableau.error_order + 1)
        self.dt, self.steady = 0.0, False
        self._event_index, self._started, self._euler_first = 0, False, False
        self._segment_start, self._mark = self.t, (0, self.t)

    # ---------------------------------------------------------------- running

    def run(self, max_steps: int | None = None) -> bool:
        """Step until the end, a steady state, or ``max_steps`` more accepted steps; whether the run is finished."""
        limit = self.statistics.steps + (self.options.max_steps if max_steps is None else max_steps)
        while not self.finished:
            if self.statistics.steps >= limit:
                if max_steps is None:
                    raise ConvergenceError(f"{self.options.max_steps} time steps reached only t = {self._seconds()}")
                return False
            self.step()
        return True

    @property
    def finished(self) -> bool:
        return self.t >= self.t_end or self.steady

    def step(self) -> None:
        """Advance by one accepted step; events due at the present time happen first."""
        self._start_segment()
        t, controller, options, statistics = self.t, self._controller, self.options, self.statistics
        stop = self._next_stop()
        known_residual, negatives, middle_rejection = False, 0, None
        while True:
            dt, t_new = self._fit(t, self.dt, stop)
            use_euler = negatives >= options.positivity_rejections or (self._euler_first and negatives > 0)
            method = self._euler if use_euler else self._rosenbrock
            try:
                error = self._attempt_euler(t, dt) if use_euler else self._attempt(t, dt, known_residual)
            except ConvergenceError as failure:
                cause, self.dt = str(failure), controller.cut(dt, 0.25)
            else:
                known_residual = not use_euler
                if error > 1.0:
                    cause = f"the error is {error:.3g} times the tolerance"
                    self.dt = controller.reject(dt, error)
                elif not (error <= 1.0 and self.system.admissible(method.u_new)):
                    cause, negatives = "a concentration would not be positive and finite", negatives + 1
                    # after an implicit Euler step this only was an attempt to return, and the step is Euler's
                    if use_euler or not self._euler_first:
                        self.dt = controller.cut(dt, 0.5 if error <= 1.0 else 0.1)
                else:
                    middle = 0.0 if use_euler or not options.control_output else self._middle_error(t, dt)
                    if not middle > 1.0 or _does_not_fall(middle_rejection, dt, middle):
                        break
                    cause = f"the error inside the step is {middle:.3g} times that allowed"
                    # the start of a segment is consistent: there, a constant error is that of a skipped transient
                    middle_rejection = (dt, middle) if controller.last_dt > 0.0 else None
                    self.dt = controller.reject(dt, middle)
            statistics.rejected += 1
            if self.dt < self._floor():
                raise ConvergenceError(
                    f"time stepping stopped at t = {self._seconds()} with step {dt * options.time_unit:.3g} s: "
                    f"{cause}{RUN_OUT if negatives else ''}"
                )
        self._accept(method, use_euler, t, t_new, dt, max(error, min(middle, 1.0)))

    def _attempt(self, t: float, dt: float, known_residual: bool) -> float:
        method, statistics = self._rosenbrock, self.statistics
        statistics.factorisations += 1
        method.attempt(t, dt, known_residual)
        statistics.residuals += method.residuals - known_residual
        statistics.solves += method.solves
        return self.system.error_norm(method.error, self.u, method.u_new, self._step_rtol)

    def _middle_error(self, t: float, dt: float) -> float:
        method, statistics = self._rosenbrock, self.statistics
        method.check_middle(t, dt)
        statistics.residuals += 1
        statistics.solves += 1
        error = self.system.error_norm(method.middle_error, self.u, method.u_new, OUTPUT_FACTOR * self.options.rtol)
        # where the polynomial leaves the domain of r, output is drawn to the chord: no smaller step is asked for
        return error if error == error else 1.0

    def _attempt_euler(self, t: float, dt: float) -> float:
        self._euler.attempt(t, dt)
        # first order: the estimate is brought to the order the controller expects
        error = self.system.error_norm(self._euler.error, self.u, self._euler.u_new, self.options.rtol)
        return error ** (self._controller.order / self._euler.order)

    def _accept(self, method, is_euler: bool, t: float, t_new: float, dt: float, error: float) -> None:
        statistics = self.statistics
        statistics.steps += 1
        statistics.positivity_steps += is_euler
        self._euler_first = is_euler
        next_dt = self._controller.accept(dt, error)
        self.dt = min(next_dt, self.options.max_step)
        if self.options.steady_tolerance is not None:
            change = self.system.error_norm(method.u_new - self.u, self.u, method.u_new, 1.0)
            self.steady = change * (t_new - self.t_start) <= self.options.steady_tolerance * dt
        if self.schedule.next_time <= t_new:
            self.schedule.serve(
                t,
                t_new,
                method.u_new,
                lambda theta, out: interpolate_admissibly(self.system, method, theta, method.u_new, out),
                self._settle if self.options.settle_outputs else None,
                self.options.rtol,
            )
        self.u[:] = method.u_new
        self.t = t_new
        if self.on_step is not None:
            self.on_step(t_new, self.u, dt)
        self._check_advance()

    def _check_advance(self) -> None:
        """ConvergenceError where the steps have become so short that the run does not get anywhere."""
        steps, before = self._mark
        if self.statistics.steps - steps < STALL_STEPS:
            return
        advance = self.t - before
        if advance < STALL_ADVANCE * (self.t - self._segment_start) and not self.finished:
            raise ConvergenceError(
                f"time stepping stalls at t = {self._seconds()}: the last {STALL_STEPS} steps add only "
                f"{advance * self.options.time_unit:.3g} s{RUN_OUT}"
            )
        self._mark = (self.statistics.steps, self.t)

    def _seconds(self) -> str:
        return f"{self.t * self.options.time_unit:.9g} s"

    def _settle(self, u: np.ndarray, dt: float) -> np.ndarray | None:
        """Implicit Euler over a short time; None where Newton's method fails, and the state itself is the output."""
        try:
            return self.system.implicit_euler(u, dt, u)
        except ConvergenceError:
            return None

    # ---------------------------------------------------------------- starts, events, step limits

    def _start_segment(self) -> None:
        """Fire the events due now; at the start and after events, make u consistent and guess a step."""
        due = not self._started
        while self._event_index < len(self.events) and self.events[self._event_index][0] <= self.t:
            self.events[self._event_index][1](self.t)
            self._event_index += 1
            due = True
        if not due:
            return
        if hasattr(self.system, "set_time"):
            self.system.set_time(self.t)
        try:
            solves, factorisations = make_consistent(self.system, self.u, self.t_end - self.t_start)
        except ConvergenceError as failure:
            raise ConvergenceError(f"time stepping stopped at t = {self._seconds()}: {failure}") from failure
        self.statistics.residuals += solves
        self.statistics.factorisations += factorisations
        self.statistics.solves += solves
        self._controller.reset()
        self._euler_first = False
        self._segment_start, self._mark = self.t, (self.statistics.steps, self.t)
        first = self.options.first_step or 1e-3 * (self._next_stop() - self.t)
        self.dt = min(first, self.options.max_step)
        if not self._started:
            self._started = True
            self.schedule.serve_start(self.t, self.u)
        if self.on_step is not None:
            self.on_step(self.t, self.u, 0.0)

    def _next_stop(self) -> float:
        return self.events[self._event_index][0] if self._event_index < len(self.events) else self.t_end

    @staticmethod
    def _fit(t: float, dt: float, stop: float) -> tuple[float, float]:
        """Step and its end: hits ``stop`` exactly and leaves no sliver before it."""
        remaining = stop - t
        if 1.01 * dt >= remaining:
            return remaining, stop
        if 2.0 * dt > remaining:
            dt = 0.5 * remaining
        t_new = t + dt
        return t_new - t, t_new

    def _floor(self) -> float:
        """Smallest step: time must still advance by more than its rounding."""
        return max(16.0 * np.finfo(float).eps * abs(self.t), 1e-25 * (self.t_end - self.t_start))

    # ---------------------------------------------------------------- restart

    def state(self) -> dict[str, float | int | np.ndarray]:
        """All that the remaining run depends on, between two steps (also from ``on_step``)."""
        controller = self._controller
        return {
            "t": self.t,
            "dt": self.dt,
            "u": self.u.copy(),
            "last_dt": controller.last_dt,
            "last_error": controller.last_error,
            "started": int(self._started),
            "euler_first": int(self._euler_first),
            "event_index": self._event_index,
            "output_index": self.schedule.index,
            **asdict(self.statistics),
        }

    @classmethod
    def from_state(cls, system: TransientSystem, state: dict, t_end: float, **arguments) -> Integrator:
        """Continue bit for bit; ``arguments`` are those of the run that was interrupted.

        Events that had happened are applied to ``system`` again, in order, without touching the state.
        """
        self = cls(system, np.asarray(state["u"]), t_end, **arguments)
        self.t, self.dt = float(state["t"]), float(state["dt"])
        self._controller.last_dt, self._controller.last_error = float(state["last_dt"]), float(state["last_error"])
        self._started, self._euler_first = bool(state["started"]), bool(state["euler_first"])
        self.schedule.index = int(state["output_index"])
        self.statistics = TimeStatistics(**{name: int(state[name]) for name in asdict(self.statistics)})
        for time, callback in self.events[: int(state["event_index"])]:
            callback(time)
            self._event_index += 1
            self._segment_start = time
        self._mark = (self.statistics.steps, self.t)
        if hasattr(system, "set_time"):
            system.set_time(self.t)
        return self


def _does_not_fall(rejection: tuple[float, float] | None, dt: float, error: float) -> bool:
    """Whether a shorter step has not helped against the error inside the step.

    It then stems from the start: an algebraic unknown that the last step left off its equation within the tolerance.
    This step removes it, however long.
    """
    return rejection is not None and dt < rejection[0] and error > rejection[1] * (dt / rejection[0]) ** 0.2
