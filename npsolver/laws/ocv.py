"""Open-circuit voltages, their derivatives, measured curves, stability and ageing."""

from __future__ import annotations

import numpy as np

from npsolver.equilibrium import (
    ageing_map,
    coexistences,
    hysteresis_gap,
    in_two_phase,
    incremental_capacity_spectrum,
    measured_differential_voltage,
    measured_incremental_capacity,
    mixing_barrier,
    open_circuit_potential,
    polarised_potential,
    spinodal,
)
from npsolver.laws.figures import figure, line, panel, requested_figures
from npsolver.stepping.law_solution import Array, LawSolution


def compute(case, progress=None) -> LawSolution:
    """A case of kind ``ocv``."""
    spec = case.spec
    if spec.host is not None:
        solution = LawSolution("ocv", "sweep", "x", "", spec.axis)
        drawn = _electrode(spec, solution)
    elif spec.cell is not None:
        solution = LawSolution("ocv", "sweep", "state_of_charge", "", spec.axis)
        drawn = _cell(spec, solution)
    else:
        solution = LawSolution("ocv", "sweep", "capacity", "C", spec.axis)
        drawn = _measured(spec, solution)
    solution.figures += requested_figures(case.plots, solution) or drawn
    return solution


def _electrode(spec, solution: LawSolution) -> list[dict]:
    host, x, t = spec.host, spec.axis, spec.temperature
    plateau = open_circuit_potential(host, x, t)
    homogeneous = host.potential(x, t)
    separated = in_two_phase(host, x, t)
    solution.add("potential", plateau, "V", "Open-circuit potential")
    solution.add("homogeneous_potential", homogeneous, "V", "Potential of one homogeneous phase")
    solution.add("chemical_potential", host.chemical_potential(x, t), "J/mol", "Chemical potential")
    solution.add("thermodynamic_factor", host.thermodynamic_factor(x, t), "", "Thermodynamic factor")
    solution.add("entropy_coefficient", host.entropy_coefficient(x, t), "V/K", "dU/dT")
    slope = -host.potential_slope(x, t) / spec.capacity
    slope = np.where(separated, 0.0, slope)
    solution.add("differential_voltage", slope, "V/C", "−dU/dQ")
    flat = slope == 0
    spectrum = np.where(flat, np.inf, 1 / np.where(flat, 1.0, slope))
    solution.add("incremental_capacity", spectrum, "C/V", "−dQ/dU")
    pairs, limits = coexistences(host, t), spinodal(host, t)
    solution.add("plateaus", len(pairs), "", "Plateaus")
    for number, pair in enumerate(pairs, 1):
        suffix = "" if len(pairs) == 1 else f"[{number}]"
        solution.add(f"plateau{suffix}", pair.potential, "V", "Plateau")
        solution.add(f"binodal_low{suffix}", pair.x_low, "", "Poor phase")
        solution.add(f"binodal_high{suffix}", pair.x_high, "", "Rich phase")
    for number, (low, high) in enumerate(limits.tolist(), 1):
        suffix = "" if len(limits) == 1 else f"[{number}]"
        solution.add(f"spinodal_low{suffix}", low, "", "Spinodal, poor side")
        solution.add(f"spinodal_high{suffix}", high, "", "Spinodal, rich side")
    if len(limits):
        solution.add("hysteresis_gap", hysteresis_gap(host, t), "V", "Hysteresis at zero current")
        solution.add("mixing_barrier", mixing_barrier(host, t), "J/mol", "Barrier of mixing")
    if hasattr(host, "critical_temperature"):
        solution.add("critical_temperature", host.critical_temperature, "K", "Critical temperature")
    lines = [line("axis", "potential", "equilibrium")]
    if len(pairs):
        lines.append(line("axis", "homogeneous_potential", "one phase"))
    panels = [panel(lines, "Potential", x_label="Filled share of sites x")]
    if spec.polarisation is not None:
        solution.add(
            "measured_potential", polarised_potential(host, x, t, spec.polarisation), "V", "Potential under current"
        )
        lines.append(line("axis", "measured_potential", "under current"))
    ceiling = _ceiling(spectrum)
    if ceiling is not None and not pairs:
        label = panel(
            [line("axis", "incremental_capacity")], "−dQ/dU", x_label="Filled share of sites x", ceiling=ceiling
        )
        panels.append(label)
    figures = [figure("potential", panels)]
    if spec.polarisation is not None and spec.polarisation.width > 0:
        figures.append(_spectrum(spec, solution))
    return figures


def _ceiling(spectrum: np.ndarray) -> float | None:
    """Largest value to show, so that a divergence does not flatten everything else."""
    finite = spectrum[np.isfinite(spectrum)]
    return float(np.percentile(finite, 98)) * 1.1 if finite.size > 2 else None


def _spectrum(spec, solution: LawSolution) -> dict:
    """dQ/dV under current over the measured potential."""
    measured = solution.observables["measured_potential"].value
    margin = 6 * spec.polarisation.width
    grid = np.linspace(measured.min() - margin, measured.max() + margin, spec.spectrum_points)
    limits = (float(spec.axis[0]), float(spec.axis[-1]))
    values = incremental_capacity_spectrum(
        spec.host, grid, spec.temperature, spec.polarisation, spec.capacity, limits=limits
    )
    solution.arrays["spectrum_potential"] = Array(grid, "V", ("spectrum_potential",), "Potential under current")
    solution.arrays["spectrum"] = Array(values, "C/V", ("spectrum_potential",), "−dQ/dV")
    peak = int(np.argmax(values))
    solution.add("peak_potential", grid[peak], "V", "Peak of dQ/dV")
    solution.add("peak_height", values[peak], "C/V", "Height of the peak")
    area = float(np.sum((values[1:] + values[:-1]) / 2 * np.diff(grid)))
    solution.add("spectrum_charge", area, "C", "Area of the spectrum")
    above = np.flatnonzero(values >= values[peak] / 2)
    solution.add("peak_width", grid[above[-1]] - grid[above[0]], "V", "Width of the peak at half height")
    lines = [line("spectrum_potential", "spectrum")]
    return figure("spectrum", [panel(lines, "−dQ/dV", x_label="Potential under current")])


def _cell(spec, solution: LawSolution) -> list[dict]:
    cell, s, t = spec.cell, spec.axis, spec.temperature
    solution.add("voltage", cell.open_circuit_voltage(s, t), "V", "Open-circuit voltage")
    solution.add("positive_potential", cell.positive.potential(s, t), "V", "positive")
    solution.add("negative_potential", cell.negative.potential(s, t), "V", "negative")
    slope = cell.differential_voltage(s, t)
    spectrum = cell.incremental_capacity(s, t)
    solution.add("differential_voltage", slope, "V/C", "dV/dQ")
    solution.add("incremental_capacity", spectrum, "C/V", "dQ/dV")
    solution.add("entropy_coefficient", cell.entropy_coefficient(s, t), "V/K", "dV/dT")
    solution.add("capacity", cell.capacity, "C", "Capacity")
    for name in ("positive", "negative"):
        for end in ("discharged", "charged"):
            solution.add(f"{name}_{end}", getattr(getattr(cell, name), end), "", f"{name} electrode, {end}")
    label = {"x_label": "State of charge"}
    named = {"cell": "voltage", "positive": "positive_potential", "negative": "negative_potential"}
    panels = [
        panel([line("axis", name, word) for word, name in named.items()], "Potential", **label),
        panel([line("axis", "differential_voltage")], "dV/dQ", ceiling=_ceiling(slope), **label),
        panel([line("axis", "incremental_capacity")], "dQ/dV", ceiling=_ceiling(spectrum), **label),
    ]
    figures = [figure("voltage", [one for one in panels if one.get("ceiling", 1.0)])]
    if spec.window is not None:
        figures += _stability(spec, solution)
    return figures


def _stability(spec, solution: LawSolution) -> list[dict]:
    """Driving forces of the side reactions, at the temperature of the case and over storage temperatures."""
    cell, window, s = spec.cell, spec.window, spec.axis
    anode, cathode = (solution.observables[f"{name}_potential"].value for name in ("negative", "positive"))
    solution.add("reduction_force", window.reduction_driving_force(anode), "V", "reduction at the negative electrode")
    solution.add("oxidation_force", window.oxidation_driving_force(cathode), "V", "oxidation at the positive electrode")
    solution.add("stable", window.is_stable(anode, cathode), "", "Whether the electrolyte is stable")
    solution.add("stable_share", float(np.mean(solution.observables["stable"].value)), "", "Stable share of the charge")
    lines = [line("axis", "reduction_force", "reduction"), line("axis", "oxidation_force", "oxidation")]
    figures = [figure("stability", [panel(lines, "Driving force", x_label="State of charge", zero=True)])]
    if not spec.ageing_temperatures:
        return figures
    temperatures = np.array(spec.ageing_temperatures)
    found = ageing_map(cell, window, s, temperatures)
    axes = ("storage_temperature", "state_of_charge")
    solution.arrays[axes[0]] = Array(temperatures, "K", axes[:1], "Temperature")
    maps = {"reduction_map": (found.reduction, "V", "Driving force of reduction")}
    maps["oxidation_map"] = found.oxidation, "V", "Driving force of oxidation"
    if spec.growth is not None:
        loss = spec.growth.loss(found.reduction, temperatures[:, np.newaxis], spec.storage_time)
        maps["loss_map"] = loss, "", "Share of the capacity lost"
        for name, place in (("cold", 0), ("warm", -1)):
            solution.add(f"loss_{name}", loss[place], "", f"{temperatures[place]:g} K")
        lines = [
            line("axis", "loss_warm", f"{temperatures[-1]:g} K"),
            line("axis", "loss_cold", f"{temperatures[0]:g} K"),
        ]
        figures.append(figure("loss", [panel(lines, "Share of the capacity lost", x_label="State of charge")]))
    for name, (values, unit, label) in maps.items():
        solution.arrays[name] = Array(values, unit, axes, label)
        entry = {"name": name, "type": "map", "values": name, "x": "axis", "y": axes[0], "label": label}
        figures.append(entry | {"x_label": "State of charge", "levels": [0.0] if unit and _signed(values) else []})
    return figures


def _signed(values: np.ndarray) -> bool:
    return float(values.min()) < 0 < float(values.max())


def _measured(spec, solution: LawSolution) -> list[dict]:
    data = spec.measured
    order = np.argsort(data["capacity"], kind="stable")
    potential = data["potential"][order]
    solution.add("potential", potential, "V", "Potential")
    options = {"method": data["method"], "smoothing": data["smoothing"], "window": data["window"]}
    charge, slope = measured_differential_voltage(data["capacity"], data["potential"], **options)
    solution.arrays["capacity"] = Array(charge, "C", ("capacity",), "Charge passed")
    solution.arrays["differential_voltage"] = Array(slope, "V/C", ("capacity",), "dV/dQ")
    grid, spectrum = measured_incremental_capacity(data["capacity"], data["potential"], resolution=data["resolution"])
    solution.arrays["spectrum_potential"] = Array(grid, "V", ("spectrum_potential",), "Potential")
    solution.arrays["spectrum"] = Array(spectrum, "C/V", ("spectrum_potential",), "|dQ/dV|")
    peak = int(np.argmax(spectrum))
    solution.add("peak_potential", grid[peak], "V", "Highest peak of |dQ/dV|")
    solution.add("peak_height", spectrum[peak], "C/V", "Its height")
    step = float(grid[1] - grid[0])
    solution.add("spectrum_charge", float(spectrum.sum() * step), "C", "Area of |dQ/dV|")
    solution.add("charge", float(charge[-1] - charge[0]), "C", "Charge passed")
    panels = [
        panel([line("axis", "potential", points=True)], "Potential", x_label="Charge passed"),
        panel([line("capacity", "differential_voltage")], "dV/dQ", x_label="Charge passed"),
    ]
    spectra = [panel([line("spectrum_potential", "spectrum")], "|dQ/dV|", x_label="Potential")]
    return [figure("measured", panels), figure("spectrum", spectra)]
