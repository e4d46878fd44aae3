"""Fluxes, currents and charges from FiPy's cell values."""

from __future__ import annotations

import numpy as np

from npsolver.observables.terminals import TerminalValues
from npsolver.reference_engine.problem import FiPyProblem


def face_fluxes(problem: FiPyProblem) -> np.ndarray:
    """Molar flux through every face along its normal ((n_species, n_faces), D c/L)."""
    drop = _along(problem, problem.potential.faceGrad)
    result = np.empty((len(problem.ions), problem.area.size))
    for i, (ion, z, sign) in enumerate(zip(problem.ions, problem.charge, problem.sign)):
        c = np.asarray(ion.faceValue.value)
        flow = problem.mobility[i] * (_along(problem, ion.faceGrad) + z * c * drop)
        result[i] = -sign * flow * problem.open[i]
    return result


def _along(problem, gradient) -> np.ndarray:
    return (np.asarray(gradient.value) * problem.normal).sum(axis=0)


def inflow(problem: FiPyProblem, fluxes: np.ndarray, name: str) -> np.ndarray:
    """Molar inflow of every species through a surface (dimensionless, (n_species,))."""
    faces = problem.grid.surfaces[name]
    area = problem.area[faces]
    result = -(fluxes[:, faces] * area).sum(axis=1)
    law = problem._law(name)
    for i, species in enumerate(problem.model.species):
        if (name, i) not in problem._held:
            result[i] = law.flux.get(species.name, 0.0) / problem.scales.flux * area.sum()
    return result


def surface_charge(problem: FiPyProblem, name: str) -> np.ndarray:
    """Charge per area on every face of a surface (dimensionless)."""
    law, faces = problem._law(name), problem.grid.surfaces[name]
    cells = problem.inside[faces]
    potential = np.asarray(problem.potential.value)[cells]
    voltage = problem.voltage[name]
    if voltage is None:
        return np.full(cells.size, (law.surface_charge or 0.0) / problem.scales.surface_charge)
    if law.stern_capacitance:
        return problem.stern_conductance(name) * (voltage - potential)
    return problem.permittivity[faces] / problem.near[faces] * (voltage - potential)


def face_potential(problem: FiPyProblem) -> np.ndarray:
    """Potential on every face (RT/F), continuous in the displacement where permittivities jump."""
    phi = np.asarray(problem.potential.value)
    # the permittivity of a face is that of its two halves in series; each half has that of its region
    eps = np.array([r.relative_permittivity for r in problem.model.regions])[problem.grid.region]
    one, two = eps[problem.inside] * problem.far, eps[problem.neighbour] * problem.near
    total = one + two
    inner = np.divide(
        one * phi[problem.inside] + two * phi[problem.neighbour], total, out=np.zeros_like(total), where=total > 0.0
    )
    value = np.where(problem.outer, np.asarray(problem.potential.faceValue.value), inner)
    for name, faces in problem.grid.surfaces.items():
        if (name, None) not in problem._held:
            cells = problem.inside[faces]
            drop = problem.near[faces] / problem.permittivity[faces] * surface_charge(problem, name)
            value[faces] = phi[cells] + drop
    return value


def face_concentrations(problem: FiPyProblem, potential: np.ndarray) -> np.ndarray:
    """w on every face ((n_species, n_faces)); beside a surface it cannot cross a species is in equilibrium."""
    phi = np.asarray(problem.potential.value)
    result = np.empty((len(problem.ions), problem.area.size))
    for i, (ion, z, sign) in enumerate(zip(problem.ions, problem.charge, problem.sign)):
        value = sign * np.asarray(ion.faceValue.value)
        closed = problem.outer & ~problem.open[i]
        cells = problem.inside[closed]
        value[closed] = sign * np.asarray(ion.value)[cells] * np.exp(-z * (potential[closed] - phi[cells]))
        result[i] = value
    return result


def terminal_values(
    problem: FiPyProblem, coordinates: str, *, charge_rate: dict[str, float] | None = None
) -> dict[str, TerminalValues]:
    """Every named surface, as `npsolver.observables.terminal_values`.

    Parameters
    ----------
    problem : FiPyProblem
    coordinates : str
    charge_rate : mapping of str to float, optional
        Change of the charge on a surface per time (dimensionless, whole surface): the displacement current.
    """
    scales, dimension = problem.scales, problem.normal.shape[0]
    fluxes, faces_potential = face_fluxes(problem), face_potential(problem)
    unit = problem.current_unit(coordinates, dimension)
    result = {}
    for name, faces in problem.grid.surfaces.items():
        area = problem.area[faces]
        molar = inflow(problem, fluxes, name)
        current = float(problem.charge @ molar) + (charge_rate or {}).get(name, 0.0)
        voltage = problem.voltage[name]
        if voltage is None:
            voltage = float(faces_potential[faces] @ area / area.sum())
        result[name] = TerminalValues(
            potential=voltage * scales.potential,
            current=current * unit,
            flux=molar / area.sum() * scales.flux,
            surface_charge=float(surface_charge(problem, name) @ area / area.sum()) * scales.surface_charge,
        )
    return result
