"""A case through FiPy to a Solution like that of our own engine, on the nodes of the same mesh."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from npsolver.case import Case
from npsolver.errors import InputError
from npsolver.mesh import Geometry
from npsolver.observables import probe_unit, probe_value
from npsolver.observables.entropy import entropy_by_edge
from npsolver.observables.fields import Frame
from npsolver.reference_engine import fields
from npsolver.reference_engine.grid import import_fipy, interval_grid
from npsolver.reference_engine.limits import refuse_what_fipy_cannot
from npsolver.reference_engine.newton import direct_solver
from npsolver.reference_engine.problem import FiPyProblem
from npsolver.reference_engine.start import initial_state
from npsolver.reference_engine.steady import needs_relaxation, steady_state
from npsolver.reference_engine.transient import evolve
from npsolver.runner.changes import event_models, hardest_model, swept_model
from npsolver.runner.collect import Collector
from npsolver.runner.problem import build_problem, profiles_of
from npsolver.stepping.solution import Solution
from npsolver.stepping.steady import SolveStatistics
from npsolver.units import FARADAY, GAS_CONSTANT

# Implicit Euler of order one: smaller tolerances than this cost thousands of steps.
SMALLEST_RTOL = 1e-3


def solve_with_fipy(
    case: Case, *, progress: Callable[[float, str], None] | None = None, refine: float = 1.0, rtol: float | None = None
) -> Solution:
    """Solve `case` with FiPy on the mesh that our own engine would use.

    Parameters
    ----------
    case : Case
    progress : callable (fraction, text), optional
    refine : float
        Factor on the number of edges.
    rtol : float, optional
        Error per time step of transients; default: that of the case, at least 1e-3.

    Returns
    -------
    Solution
        ``stats["linear_solver"]`` names FiPy and its solver suite.

    Raises
    ------
    InputError
        With the reason, if FiPy cannot express the case.
    ConvergenceError
    """
    started = perf_counter()
    kind = case.solve.kind
    refuse_other_dimensions(case)
    refuse_what_fipy_cannot(case.model, case.geometry.coordinates, kind, case.path)
    ours = build_problem(case, refine=refine, mesh_model=hardest_model(case))
    collector = _FiPyCollector(case, ours.system, steady=kind != "transient")
    scales = ours.system.coefficients.scales
    grid = interval_grid(ours.system.mesh, scales.length)
    relax = kind == "transient" or needs_relaxation(case.model, grid.surfaces)
    problem = FiPyProblem(case.model, grid, scales, transient=relax)
    problem.set_state(*initial_state(problem, profiles_of(case)))
    solver = direct_solver(1)
    statistics = SolveStatistics()
    statistics.path.append(f"FiPy {import_fipy().__version__}")
    solve = {"steady": _steady, "sweep": _sweep, "transient": _transient}[kind]
    solution = solve(case, problem, solver, collector, statistics, started, progress, rtol)
    solution.conservation.update(collector.measured)
    suite = import_fipy().solvers.solver_suite
    # FiPy's unknowns are cells, one fewer than nodes
    unknowns = (len(problem.ions) + 1) * problem.volume.size
    solution.stats.update(linear_solver=f"FiPy, direct, {suite}", unknowns=unknowns)
    if progress is not None:
        progress(1.0, "done")
    return solution


def refuse_other_dimensions(case: Case) -> None:
    """InputError for cases without transport, and in two or three dimensions, which reach FiPy by `grid.box_grid` only."""
    if not isinstance(case, Case):
        raise InputError(
            f"a case of kind {case.kind!r} cannot be sent to FiPy; expected a transport case",
            file=case.path or None,
            key="case: kind",
        )
    if not isinstance(case.geometry, Geometry):
        raise InputError(
            "this case cannot be sent to FiPy: case files in two and three dimensions are not translated; build a "
            "FiPyProblem on npsolver.reference_engine.grid.box_grid in Python",
            file=case.path or None,
            key="geometry",
        )


def _steady(case, problem, solver, collector, statistics, started, progress, rtol):
    statistics.newton_iterations = steady_state(problem, solver)
    collector.take(problem, {})
    return collector.solution("steady", "", "", [0.0], statistics, started, case.model)


def _sweep(case, problem, solver, collector, statistics, started, progress, rtol):
    key, values = case.solve.parameter, case.solve.values
    for number, value in enumerate(values):
        model = swept_model(case, value)
        if model is not None:
            refuse_what_fipy_cannot(model, case.geometry.coordinates, "sweep", case.path)
        if model is None or not collector.system.takes(model):
            raise InputError(
                "this case cannot be sent to FiPy: the swept key changes more than boundary values; run its values one "
                "by one with --set",
                file=case.path or None,
                key=key,
            )
        collector.system.set_model(model)
        floating = next((n for n, law in model.boundaries.items() if law.current is not None), None)
        problem.set_model(model, floating=problem.voltage.get(floating) if floating else None)
        statistics.newton_iterations += steady_state(problem, solver, warm=number > 0)
        collector.take(problem, {})
        if progress is not None:
            progress((number + 1) / len(values), f"{key} = {value:.6g}")
    return collector.solution("sweep", key, case.solve.unit, values, statistics, started, case.model)


def _transient(case, problem, solver, collector, statistics, started, progress, rtol):
    solve, unit = case.solve, problem.scales.time
    events = event_models(case)
    for time, model in events:
        if time == 0.0:
            problem.set_model(model)

    def tell(t):
        if progress is not None:
            progress(min(1.0, t * unit / solve.end_time), f"t = {t * unit:.4g} s")

    outputs = [t / unit for t in solve.output_times]
    if outputs and outputs[0] == 0.0:
        collector.take(problem, {})
    steps, sweeps = evolve(
        problem,
        solver,
        solve.end_time / unit,
        outputs=[t for t in outputs if t > 0.0],
        events=[(t / unit, model) for t, model in events if t > 0.0],
        rtol=rtol or max(solve.rtol or 0.0, SMALLEST_RTOL),
        on_output=lambda t, rate: collector.take(problem, rate),
        on_step=tell,
    )
    statistics.newton_iterations = sweeps
    solution = collector.solution("transient", "time", "s", solve.output_times, statistics, started, case.model)
    solution.stats["steps"] = steps
    return solution


class _FiPyCollector(Collector):
    """Frames and observables from FiPy's cells; its faces are our nodes, its cells our edges."""

    def __init__(self, case, system, steady):
        super().__init__(case, system, steady)
        self.measured: dict[str, float] = {}

    def take(self, problem: FiPyProblem, charge_rate: dict[str, float]) -> None:
        """Evaluate the present state of `problem`."""
        system = self.system
        mesh, c, scales = system.mesh, system.coefficients, problem.scales
        coordinates, ns = mesh.coordinates, system.n_species
        potential = fields.face_potential(problem)
        w = fields.face_concentrations(problem, potential)
        u = np.zeros(system.size)
        by_node = u[: mesh.n_nodes * system.block_size].reshape(mesh.n_nodes, system.block_size)
        by_node[:, :ns], by_node[:, ns] = w.T, potential
        for index, terminal in enumerate(system.floating):
            u[mesh.n_nodes * system.block_size + index] = problem.voltage[terminal.name]
        terminals = fields.terminal_values(problem, coordinates, charge_rate=charge_rate)
        at_faces = fields.face_fluxes(problem)
        for name, faces in problem.grid.surfaces.items():  # imposed fluxes are sources in FiPy
            area = problem.area[faces].sum()
            side = 1.0 if name == "left" else -1.0
            at_faces[:, faces] = side * (fields.inflow(problem, at_faces, name) / area)[:, None]
        # along the axis; outer faces of FiPy point outwards
        left = np.flatnonzero(problem.grid.surfaces.get("left", np.zeros(problem.area.size, bool)))
        area = problem.area
        through = at_faces * area
        flow = 0.5 * (through[:, :-1] + through[:, 1:])
        if left.size == 0:
            flow[:, 0] = through[:, 1]
        circle = problem.grid.circle
        per_area = circle * scales.length ** (0 if coordinates == "cartesian" else 1) / mesh.edge_area
        flux = flow * per_area * scales.flux
        current = FARADAY * (system.charge @ flux)
        if not self.steady:
            current = np.full(mesh.n_edges, terminals["right"].current * -1.0) / (
                1.0 if coordinates == "cartesian" else mesh.edge_area
            )
        frame = Frame(
            concentration=np.ascontiguousarray(
                (by_node[mesh.cell_node, :ns] * c.partition[mesh.cell_region]).T * scales.concentration
            ),
            potential=potential * scales.potential,
            flux=flux,
            current_density=current,
            entropy_production=float(entropy_by_edge(system, u).sum())
            * GAS_CONSTANT * scales.flux * c.area_scale,
        )
        row = self._standard(terminals)
        for probe in self.case.observables:
            row[probe.name] = probe_value(probe, system, u, frame, terminals)
            self._units[probe.name] = (probe_unit(probe, coordinates), probe.name.replace("_", " "))
        self.frames.append(frame)
        self.rows.append(row)
        if self.steady:
            self._balance(problem, terminals)

    def _balance(self, problem, terminals):
        """Imbalance of every species relative to its largest flux, for the record: FiPy's answer is not refused."""
        flows = fields.face_fluxes(problem)
        for i, species in enumerate(problem.model.species):
            total = sum(fields.inflow(problem, flows, name)[i] for name in terminals)
            gross = max(float(np.abs(flows[i] * problem.area).max()), 1e-6)
            name = f"mass[{species.name}]"
            self.measured[name] = max(self.measured.get(name, 0.0), abs(float(total)) / gross)
