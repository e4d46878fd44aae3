"""States to start FiPy from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from npsolver.errors import InputError
from npsolver.reference_engine.problem import FiPyProblem


def initial_state(
    problem: FiPyProblem, profiles: Mapping[str, Mapping[str, Callable[[np.ndarray], np.ndarray]]] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Given concentrations, elsewhere what the surfaces hold, linear between them; potential likewise.

    Parameters
    ----------
    problem : FiPyProblem
    profiles : mapping of region to mapping of species to callable, optional
        mol/m³ as a function of position in m (first coordinate).

    Returns
    -------
    w : (n_species, n_cells), potential : (n_cells,)
    """
    model, grid, scales = problem.model, problem.grid, problem.scales
    centres = np.asarray(grid.mesh.cellCenters.value)
    faces = np.asarray(grid.mesh.faceCenters.value)
    ends = {name: faces[:, mask].mean(axis=1) for name, mask in grid.surfaces.items()}
    w = np.zeros((len(model.species), centres.shape[1]))
    for i, species in enumerate(model.species):
        held = {
            name: model.boundaries[name].concentration[species.name] / scales.concentration
            for name in ends
            if name in model.boundaries and species.name in model.boundaries[name].concentration
        }
        values = _between(centres, [(ends[name], value) for name, value in held.items()])
        for r, region in enumerate(model.regions):
            own = (profiles or {}).get(region.name, {})
            if species.name in own and problem.partition[r, i] > 0.0:
                inside = grid.region == r
                given = own[species.name](centres[0, inside] * scales.length)
                values[inside] = given / scales.concentration / problem.partition[r, i]
        present = problem.capacity[:, i] > 0.0
        if np.isnan(values[present]).any():
            raise InputError("has neither a held value nor an initial concentration", key=f"species {species.name!r}")
        w[i] = np.where(present, values, 0.0)
    known = [
        (ends[name], voltage)
        for name, voltage in problem.voltage.items()
        if voltage is not None and any(key[0] == name and key[1] is not None for key in problem._held)
    ]
    potential = _between(centres, known) if known else np.zeros(centres.shape[1])
    return w, potential


def _between(centres: np.ndarray, held: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """Linear between the first two places with values, constant with one, NaN with none."""
    n = centres.shape[1]
    if not held:
        return np.full(n, np.nan)
    if len(held) == 1:
        return np.full(n, float(held[0][1]))
    (a, first), (b, second) = held[:2]
    axis = b - a
    fraction = (centres - a[:, None]).T @ axis / (axis @ axis)
    return np.interp(fraction, [0.0, 1.0], [first, second])


def neutralised(problem: FiPyProblem, w: np.ndarray, potential: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shift the potential of every cell (and w by Boltzmann) to where its charge vanishes, if there is such a shift."""
    z, fixed = problem.charge, problem.fixed_charge
    amount = (problem.capacity * w.T)[:, z != 0]
    z = z[z != 0]
    positive, negative = amount[:, z > 0].sum(axis=1) > 0, amount[:, z < 0].sum(axis=1) > 0
    solvable = (positive & negative) | (positive & (fixed < 0)) | (negative & (fixed > 0))
    low, high = np.full(fixed.size, -120.0), np.full(fixed.size, 120.0)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(60):
            psi = 0.5 * (low + high)
            charge = (amount * z * np.exp(-z * psi[:, None])).sum(axis=1) + fixed
            low, high = np.where(charge > 0, psi, low), np.where(charge > 0, high, psi)
    psi = np.where(solvable, 0.5 * (low + high), 0.0)
    return w * np.exp(-problem.charge[:, None] * psi), potential + psi
