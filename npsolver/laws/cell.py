"""Course of a cell, or of an excitable membrane, in time."""

from __future__ import annotations

import numpy as np

from npsolver.equilibrium import electrogenic_share, simulate_axon, simulate_cell, zero_current_potential
from npsolver.errors import ConvergenceError
from npsolver.laws.figures import figure, line, panel, requested_figures
from npsolver.stepping.law_solution import LawSolution

REST = 1e-6  # relative change, over the last half of the time allowed, that counts as none


def compute(case, progress=None) -> LawSolution:
    """A case of kind ``cell``."""
    spec = case.spec
    solution = LawSolution("cell", "transient", "time", "s", spec.times)
    drawn = _axon(spec, solution) if spec.axon is not None else _cell(spec, solution)
    solution.figures += requested_figures(case.plots, solution, "Time") or drawn
    return solution


def _cell(spec, solution: LawSolution) -> list[dict]:
    course = simulate_cell(
        spec.cell,
        spec.times,
        interventions=spec.interventions,
        clamp=spec.clamp,
        rtol=spec.rtol,
        method=spec.method,
    )
    if spec.resting:
        _at_rest(course)
    ions = list(spec.cell.charge)
    charged = [name for name in ions if spec.cell.charge[name]]
    solution.add("membrane_potential", course.potential, "V", "Membrane potential")
    for name in ions:
        solution.add(f"concentration[{name}]", course.concentration(name), "mol/m^3", f"{name} inside")
    for name in charged:
        solution.add(f"equilibrium_potential[{name}]", course.equilibrium_potential(name), "V", f"E({name})")
    for name in charged:
        solution.add(f"driving_force[{name}]", course.driving_force(name), "V", f"V − E({name})")
    solution.add("volume", course.volume, "m^3", "Volume")
    if course.atp is not None:
        solution.add("atp", course.atp, "mol/m^3", "ATP")
    if spec.clamp is not None:
        solution.add("clamp_current", course.clamp_current, "A/m^2", "Current of the clamp")
    solution.add("charge_defect", course.charge_defect(), "V", "Defect of charge conservation")
    solution.conservation["charge"] = float(
        np.abs(course.charge_defect()).max() / max(1e-3, _largest(course.potential))
    )
    start = spec.cell
    atp = start.energy.atp if start.energy else None
    solution.add(
        "zero_current_potential", zero_current_potential(start, atp=atp), "V", "Zero-current potential at start"
    )
    for pump in (item.name for item in start.transporters if hasattr(item, "maximum_rate")):
        name = "electrogenic_share" if pump == "pump" else f"electrogenic_share[{pump}]"
        solution.add(name, electrogenic_share(start, pump), "V", "Electrogenic share of the pump")
    for item in start.transporters:
        for key, unit in (("conductance", "S/m^2"), ("permeability", "m/s")):
            if getattr(item, key, None) is not None:
                solution.add(f"{key}[{item.ion}]", getattr(item, key), unit, f"{key.capitalize()} for {item.ion}")
    return _cell_figures(spec, solution, ions, charged)


def _largest(values) -> float:
    return float(np.abs(values).max())


def _at_rest(course) -> None:
    """ConvergenceError where something still changes."""
    amounts = [*course.amount.values(), course.volume]
    change = max(abs(a[-1] / a[-2] - 1) for a in amounts)
    change = max(change, abs(course.potential[-1] - course.potential[-2]) / 0.025)
    if change > REST:
        raise ConvergenceError(
            f"no resting state within {course.time[-1]:g} s: something still changes by {change:.2g} of itself in the"
            " last half"
        )


def _cell_figures(spec, solution: LawSolution, ions, charged) -> list[dict]:
    options = {"x_label": "Time", "x_scale": "log" if spec.resting else "linear"}
    potentials = [line("axis", "membrane_potential", "V")]
    potentials += [line("axis", f"equilibrium_potential[{name}]", f"E({name})") for name in charged]
    inside = [line("axis", f"concentration[{name}]", name) for name in ions]
    panels = [panel(potentials, "Potential", **options), panel(inside, "Concentration inside", **options)]
    if np.ptp(solution.observables["volume"].value) > 1e-9 * spec.cell.volume:
        panels.append(panel([line("axis", "volume")], "Volume", **options))
    if "atp" in solution.observables:
        panels.append(panel([line("axis", "atp")], "ATP", **options))
    if "clamp_current" in solution.observables:
        panels.append(panel([line("axis", "clamp_current")], "Clamp current", zero=True, **options))
    return [figure("course", panels)]


def _axon(spec, solution: LawSolution) -> list[dict]:
    axon = spec.axon
    course = simulate_axon(axon, spec.times, clamp=spec.clamp, start=spec.start, rtol=spec.rtol, method=spec.method)
    solution.add("membrane_potential", course.potential, "V", "Membrane potential")
    for name, values in course.conductance.items():
        solution.add(f"conductance[{name}]", values, "S/m^2", f"g({_channel(name)})")
    for name, values in course.current.items():
        solution.add(f"current[{name}]", values, "A/m^2", f"I({_channel(name)})")
    for name, values in course.gates.items():
        solution.add(f"gate[{name}]", values, "", name)
    for name, values in course.entered.items():
        solution.add(f"entered[{name}]", values, "mol/m^2", f"{name} entered")
    if axon.axoplasm is not None:
        for name in course.entered:
            solution.add(f"concentration[{name}]", course.concentration(name), "mol/m^3", f"{name} inside")
            solution.add(f"equilibrium_potential[{name}]", course.equilibrium_potential(name), "V", f"E({name})")
    solution.add("clamp_current", course.clamp_current, "A/m^2", "Current of the clamp")
    solution.add("charge_defect", course.charge_defect(), "V", "Defect of charge conservation")
    solution.conservation["charge"] = float(np.abs(course.charge_defect()).max() / _largest(course.potential))
    solution.add("resting_potential", axon.resting_potential(), "V", "Resting potential")
    sodium = course.conductance["Na+"]
    solution.add("sodium_conductance_rise", sodium.max() / sodium[0], "", "Rise of the sodium conductance")
    solution.add("spikes", _spikes(course.potential), "", "Action potentials")
    options = {"x_label": "Time"}
    panels = [
        panel([line("axis", "membrane_potential")], "Membrane potential", **options),
        panel(
            [line("axis", "conductance[Na+]", "Na+"), line("axis", "conductance[K+]", "K+")],
            "Conductance",
            **options,
        ),
        panel([line("axis", f"gate[{name}]", name) for name in "mhn"], "Gate", **options),
    ]
    if spec.clamp is not None:
        panels.append(panel([line("axis", "clamp_current")], "Clamp current", zero=True, **options))
    return [figure("course", panels)]


def _channel(name: str) -> str:
    return "leak" if name == "Cl-" else name


def _spikes(potential: np.ndarray) -> int:
    """Upstrokes through 0 V."""
    return int(np.sum((potential[:-1] < 0) & (potential[1:] >= 0)))
