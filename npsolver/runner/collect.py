"""From states of a system to a Solution."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from time import perf_counter

import numpy as np

from npsolver.case import Case
from npsolver.case.resolve_observables import two_terminals
from npsolver.discretisation import System
from npsolver.errors import RefusedError
from npsolver.model import Model
from npsolver.observables import (
    LARGEST_DEFECT,
    amounts,
    baths_of_other_activity,
    closed_species,
    drowned_fluxes,
    frame,
    inconsistent_activities,
    measure_of,
    restless_baths,
    stated_values,
    steady_defects,
    terminal_values,
)
from npsolver.stepping.solution import Observable, Solution
from npsolver.stepping.steady import SolveStatistics
from npsolver.units import FARADAY

_PER_AREA = {"cartesian": "/m^2", "cylindrical": "/m", "spherical": "", "plane": "/m", "space": ""}


class Collector:
    """Turns one state after the other into frames and observables.

    Parameters
    ----------
    case : Case
    system : System
    steady : bool
        Whether every frame is a steady state.
    """

    def __init__(self, case: Case, system: System, steady: bool):
        self.case, self.system, self.steady = case, system, steady
        self.frames, self.rows = [], []
        self.defects: dict[str, float] = {}
        self.drowned: set[str] = set()
        self._units: dict[str, tuple[str, str]] = {}
        self._closed = [] if steady else closed_species(system)
        self._amounts = None
        self._round_off: dict[str, float] = {}

    def add(self, u: np.ndarray) -> None:
        """Evaluate one state under the present boundary values."""
        system = self.system
        fields = frame(system, u, self.steady)
        terminals, levels = stated_values(system, u, terminal_values(system, u, self.steady), self.steady)
        self.frames.append(fields)
        row = self._standard(terminals) | self._rates()
        for name, level in self._standard(levels).items():
            self._round_off[name] = max(level, self._round_off.get(name, 0.0))
        if self.case.observables:
            row |= self._requested(u, fields, terminals)
        self.rows.append(row)
        if self.steady:
            found = steady_defects(system, u)
            self.drowned.update(drowned_fluxes(system, u))
        else:
            now = amounts(system, u)
            self._amounts = now if self._amounts is None else self._amounts
            found = {
                f"mass[{system.model.species[i].name}]": abs(float(now[i] / self._amounts[i] - 1.0))
                for i in self._closed
                if self._amounts[i] > 0.0
            }
        for name, defect in found.items():
            self.defects[name] = max(defect, self.defects.get(name, 0.0))

    def _requested(self, u, fields, terminals) -> dict[str, float]:
        """What the case asks for."""
        from npsolver.observables import probe_unit, probe_value

        row = {}
        for probe in self.case.observables:
            row[probe.name] = probe_value(probe, self.system, u, fields, terminals)
            self._units[probe.name] = (probe_unit(probe, measure_of(self.system.mesh)), probe.name.replace("_", " "))
        return row

    def _entropy_density(self) -> np.ndarray | None:
        """Of all frames, where the engine gives it."""
        densities = [f.entropy_density for f in self.frames]
        return None if any(density is None for density in densities) else np.array(densities)

    def _rates(self) -> dict[str, float]:
        """Rates of the reactions at surfaces; positive from left to right, of electrodes for the reduction."""
        row: dict[str, float] = {}
        if self.system.surface is None:
            return row
        own = {(name, item.name) for name, law in self.case.model.boundaries.items() for item in law.reactions}
        for name, reaction, rate in self.system.surface.rates():
            if (name, reaction.name) not in own:  # first-order transfer is a flux
                continue
            row[key := f"rate[{reaction.name}, {name}]"] = rate
            self._units[key] = ("mol/m^2/s", f"rate of {reaction.name} at {name}")
            if reaction.electrons:
                row[key := f"rate_current[{reaction.name}, {name}]"] = rate * reaction.electrons * FARADAY
                self._units[key] = ("A/m^2", f"reduction current of {reaction.name} at {name}")
        return row

    def _standard(self, terminals) -> dict[str, float]:
        """The observables that every case has."""
        row, units = {}, self._units
        coordinates = self.system.mesh.coordinates
        per_area = _PER_AREA[measure_of(self.system.mesh)]
        one_dimensional = self.system.mesh.dimension == 1
        ends = ["left", "right"] if one_dimensional else two_terminals(self.case.model)
        if not one_dimensional:  # surfaces without a law are blocking and uncharged: nothing to report
            terminals = {name: terminals[name] for name in self.case.model.boundaries}
        if len(ends) == 2 and all(end in terminals for end in ends):
            row["membrane_potential"] = terminals[ends[0]].potential - terminals[ends[1]].potential
            units["membrane_potential"] = ("V", f"potential {ends[0]} − {ends[1]}")
        if coordinates == "cartesian" and one_dimensional:
            row["current_density"] = terminals["left"].current
            units["current_density"] = ("A/m^2", "current density")
        for name, terminal in terminals.items():
            entries = [
                (f"current[{name}]", terminal.current, "A" + per_area, f"current in at {name}"),
                (f"potential[{name}]", terminal.potential, "V", f"potential at {name}"),
                (f"surface_charge[{name}]", terminal.surface_charge, "C/m^2", f"surface charge at {name}"),
            ]
            for i, species in enumerate(self.system.model.species):
                entries.append(
                    (
                        f"flux[{species.name}, {name}]",
                        float(terminal.flux[i]),
                        "mol/m^2/s",
                        f"flux of {species.name} in at {name}",
                    )
                )
                if not one_dimensional:
                    label = f"flow of {species.name} in at {name}"
                    entries.append(
                        (f"flow[{species.name}, {name}]", float(terminal.flow[i]), "mol/s" + per_area, label)
                    )
            for key, value, unit, label in entries:
                row[key] = value
                units[key] = (unit, label)
        return row

    def solution(
        self,
        kind: str,
        axis_name: str,
        axis_unit: str,
        axis: Sequence[float],
        statistics: SolveStatistics,
        started: float,
        model: Model,
    ) -> Solution:
        """Everything collected so far; RefusedError if mass or charge is not conserved."""
        system = self.system
        observables = {}
        for name in self.rows[0]:
            values = np.array([row[name] for row in self.rows])
            unit, label = self._units[name]
            value = float(values[0]) if kind == "steady" else values
            observables[name] = Observable(name, value, unit, label, round_off=self._round_off.get(name) or None)
        stats = {
            "newton_iterations": statistics.newton_iterations,
            "coarse_iterations": statistics.coarse_iterations,
            "linear_solves": system.counts["solves"],
            "factorisations": system.counts["factorisations"],
            "unknowns": system.size,
            "nodes": system.mesh.n_nodes,
            "linear_solver": system.linear_solver.name,
            "time_assembly_s": statistics.assembly_seconds,
            "time_linear_s": statistics.linear_seconds,
            "time_total_s": perf_counter() - started,
            "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "path": list(dict.fromkeys(statistics.path)),
        }
        worst = max(self.defects, key=self.defects.get, default=None)
        if worst is not None and not self.defects[worst] <= LARGEST_DEFECT:
            raise RefusedError(
                f"{self.case.path or self.case.title}: the result does not conserve {worst}: relative defect "
                f"{self.defects[worst]:.3g}, allowed {LARGEST_DEFECT:g}; it is not to be trusted"
            )
        concentration = np.array([f.concentration for f in self.frames])
        return Solution(
            model=model,
            mesh=system.mesh,
            kind=kind,
            axis_name=axis_name,
            axis_unit=axis_unit,
            axis=np.asarray(axis, dtype=float),
            concentration=concentration,
            potential=np.array([f.potential for f in self.frames]),
            flux=np.array([f.flux for f in self.frames]),
            current_density=np.array([f.current_density for f in self.frames]),
            entropy_production=np.array([f.entropy_production for f in self.frames]),
            entropy_density=self._entropy_density(),
            observables=observables,
            conservation=self.defects,
            stats=stats,
            warnings=restless_baths(model)
            + baths_of_other_activity(model, system.mesh)
            + inconsistent_activities(model)
            + _beyond_data(model, system.mesh, concentration)
            + [
                f"round-off of the flux of {name} is not small against the fluxes of this case (steep accumulation or "
                "very short edges): fewer digits than usual hold"
                for name in sorted(self.drowned)
            ],
        )


def _beyond_data(model: Model, mesh, concentration: np.ndarray) -> list[str]:
    """Where the composition left the data of the model."""
    if model.coupling is None and not model.has_excess:
        return []
    from npsolver.observables.validity import beyond_data

    return beyond_data(model, mesh, concentration)
