"""Affinities of instant reactions as unknowns, so that sparse linear solvers see transport beside them.

A reaction that stands for local equilibrium enters the balances of all its participants with a rate far beyond transport:
up to round-off these rows say the same, and only their differences say how the participants move. The balances of all
but one participant per reaction are therefore combined to those without the reaction, and the relative changes of the
others are measured against it, ``y = x_s + M^T x`` (the affinity) in place of ``x_s = dln c_s``. What is left of the
others is the sum of the transport of all that react into each other, with its diagonal in place.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from npsolver.discretisation.equilibration import ABSENT

if TYPE_CHECKING:
    from npsolver.discretisation.system import System


class ReactionVariables:
    """Combination of the rows and columns of a system's blocks.

    Parameters
    ----------
    system : System
    stoichiometry : (n_species, n_reactions) float64
        Of independent instant reactions.
    """

    def __init__(self, system: System, stoichiometry: np.ndarray):
        self._system = system
        n, m = system.mesh.n_nodes, system.block_size
        count = stoichiometry.shape[1]
        pivots = next(list(c) for c in combinations(range(m - 1), count) if _determinant(stoichiometry[list(c)]) > 0.5)
        others = [i for i in range(m - 1) if i not in pivots]
        factor = stoichiometry[others] @ np.linalg.inv(stoichiometry[pivots])
        self._pairs = [
            (i, s, float(factor[a, b])) for a, i in enumerate(others) for b, s in enumerate(pivots) if factor[a, b]
        ]
        fixed = np.zeros(n * m, dtype=bool)
        fixed[system.fixed_rows] = True
        self._free = np.where(fixed.reshape(n, m)[:, :-1].any(axis=1), 0.0, 1.0)
        self._scale = np.ones((n, m))
        charge = np.tile(system.charge, (n, 1))
        for i, s, f in self._pairs:
            charge[:, s] += f * self._free * system.charge[i]
        self.charge = charge

    def transform(self, blocks: np.ndarray, u: np.ndarray) -> None:
        """Turn the blocks assembled at `u` into those of the combined balances and unknowns, in place."""
        pattern = self._system.pattern
        n, m = self._scale.shape
        w = u[: n * m].reshape(n, m)[:, :-1]
        self._scale[:, :-1] = np.where(w > 0.0, np.maximum(w, ABSENT), 1.0)
        blocks *= self._scale[pattern.column][:, None, :]
        in_row = np.repeat(self._free, np.diff(pattern.pointer))[:, None]
        in_column = self._free[pattern.column][:, None]
        for i, s, f in self._pairs:
            blocks[:, i, :] -= f * in_row * blocks[:, s, :]
        for i, s, f in self._pairs:
            blocks[:, :, i] -= f * in_column * blocks[:, :, s]

    def combine(self, local: np.ndarray) -> None:
        """Right-hand side of the combined balances, in place."""
        rows = local.reshape(self._scale.shape)
        for i, s, f in self._pairs:
            rows[:, i] -= f * self._free * rows[:, s]

    def restore(self, local: np.ndarray) -> None:
        """Changes of the concentrations and the potential from those of the combined unknowns, in place."""
        changes = local.reshape(self._scale.shape)
        for i, s, f in self._pairs:
            changes[:, s] -= f * self._free * changes[:, i]
        changes *= self._scale


def reaction_variables(system: System) -> ReactionVariables | None:
    """Variables for the sparse solvers of `system`; None on a chain of nodes or where nothing is in local equilibrium."""
    if system.pattern.is_chain:
        return None
    species = [item.name for item in system.model.species]
    columns: list[list[float]] = []
    for reaction in system.model.reactions:
        if reaction.instant:
            own = [float(reaction.products.get(s, 0) - reaction.reactants.get(s, 0)) for s in species]
            if np.linalg.matrix_rank(np.array([*columns, own])) > len(columns):
                columns.append(own)
    return ReactionVariables(system, np.array(columns).T) if columns else None


def _determinant(matrix: np.ndarray) -> float:
    return abs(float(np.linalg.det(matrix)))
