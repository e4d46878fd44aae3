"""Onsager coefficients as functions of all concentrations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# of the imaginary step, below any concentration that counts; the derivative has no other error than round-off
STEP = 1e-30


@dataclass(frozen=True)
class MatrixFunctions:
    """Lambda whose elements are functions of several concentrations, differentiated exactly by imaginary steps.

    Attributes
    ----------
    members : tuple of int
        Species of rows and columns.
    arguments : tuple of int
        Species on whose concentrations the functions depend.
    functions : tuple of tuple of callable
        ``function(*c)`` with arrays (n,) in mol/m³, real or complex, gives m²/s; analytic in them.
    alone : tuple of float
        Diffusivities of all species, m²/s: of those that are no members.
    """

    members: tuple[int, ...]
    arguments: tuple[int, ...]
    functions: tuple[tuple[Callable[..., np.ndarray], ...], ...]
    alone: tuple[float, ...]

    # functions may be anything
    is_certain = False

    def evaluate(self, concentration: np.ndarray, derivatives: bool = True) -> tuple[np.ndarray, np.ndarray | None]:
        """As of `Friction`; derivatives that are infinite where a concentration is 0 are 0."""
        concentration = np.asarray(concentration, dtype=float)
        n, ns = concentration.shape
        matrix, slope = np.zeros((n, ns, ns)), np.zeros((n, ns, ns, ns)) if derivatives else None
        matrix[:, range(ns), range(ns)] = self.alone
        values = [concentration[:, j] for j in self.arguments]
        for row, i in zip(self.functions, self.members):
            for function, j in zip(row, self.members):
                matrix[:, i, j] = np.real(function(*values))
                for position, k in enumerate(self.arguments if derivatives else ()):
                    shifted = [v + 1j * STEP if at == position else v + 0j for at, v in enumerate(values)]
                    found = np.imag(function(*shifted)) / STEP
                    slope[:, k, i, j] = np.where((values[position] == 0.0) & ~np.isfinite(found), 0.0, found)
        return matrix, slope
