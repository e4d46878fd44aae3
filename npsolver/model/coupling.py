"""Onsager coefficients of coupled diffusion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from npsolver.errors import InputError
from npsolver.model.friction import Friction
from npsolver.model.matrix_functions import MatrixFunctions

# Relative asymmetry, and relative negativity of an eigenvalue, that count as rounding of given data.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Coupling:
    """J_i = -sum_j L_ij grad(mu~_j)/RT with L_ij = Lambda_ij(s) sqrt(c_i c_j), s a linear measure of composition.

    Nernst-Planck is Lambda_ij = D_i delta_ij. L is positive semidefinite exactly where Lambda(s) is. Between the
    tabulated compositions Lambda is interpolated linearly, which keeps it symmetric and positive semidefinite; beyond the
    table its ends hold.

    Attributes
    ----------
    composition : (n_points,) float64, mol/m³
        Increasing values of s; one point for constant coefficients.
    matrices : (n_points, n_species, n_species) float64, m²/s
    weights : (n_species,) float64
        s = sum_i weights_i c_i.
    names : tuple of str
        Species, for messages.
    regions : mapping of str to Coupling
        Other coefficients of single regions.
    law : Friction, MatrixFunctions or None
        Coefficients that follow the whole composition, not one measure of it; `matrices` has those of one place then, and
        no composition is checked here.
    """

    composition: np.ndarray
    matrices: np.ndarray
    weights: np.ndarray
    names: tuple[str, ...]
    regions: Mapping[str, Coupling] = field(default_factory=dict)
    law: Friction | MatrixFunctions | None = None

    def __post_init__(self):
        step = np.diff(self.composition)
        if np.any(step <= 0.0):
            k = int(np.argmax(step <= 0.0))
            before, after = self.composition[k : k + 2]
            raise InputError(
                f"the compositions of an Onsager table must increase: {after:g} mol/m^3 follows {before:g}",
                key="onsager",
            )
        for s, matrix in zip(self.composition, self.matrices if self.law is None else ()):
            check_onsager(matrix, self.names, f" at {s:.4g} mol/m^3" if len(self.composition) > 1 else "")

    def within(self, region: str) -> Coupling:
        """The coefficients of a region."""
        return self.regions.get(region, self)

    @property
    def measure(self) -> str:
        """s in words, e.g. ``0.5 Na+ + 0.5 Cl-``."""
        parts = [(w, name) for w, name in zip(self.weights.tolist(), self.names) if w]
        text = " + ".join(name if w == 1.0 else f"-{name}" if w == -1.0 else f"{w:.4g} {name}" for w, name in parts)
        return text.replace("+ -", "- ")

    def _between(self, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Index of the point below compositions (..., n_species), and how far they are on the way to the next."""
        points = self.composition
        s = np.asarray(concentration @ self.weights)
        if len(points) == 1:
            return np.zeros(s.shape, dtype=np.intp), np.zeros(s.shape)
        s = np.minimum(np.maximum(s, points[0]), points[-1])
        k = np.minimum(np.searchsorted(points, s, side="right") - 1, len(points) - 2)
        return k, (s - points[k]) / (points[k + 1] - points[k])

    def at(self, concentration: np.ndarray) -> np.ndarray:
        """Lambda, (..., n_species, n_species) in m²/s, at compositions (..., n_species) in mol/m³."""
        if self.law is not None:
            shape = np.shape(concentration)
            matrix, _ = self.law.evaluate(np.reshape(concentration, (-1, shape[-1])), derivatives=False)
            return matrix.reshape(*shape, shape[-1])
        k, share = self._between(concentration)
        above = np.minimum(k + 1, len(self.composition) - 1)
        share = share[..., None, None]
        return (1.0 - share) * self.matrices[k] + share * self.matrices[above]

    @cached_property
    def _roots(self) -> np.ndarray:
        return _roots(self.matrices)

    def squares(self, concentration: np.ndarray, y: np.ndarray) -> np.ndarray:
        """yᵀ Lambda y of vectors y (n, n_species) at compositions (n, n_species), as sums of squares; (n,), >= 0."""
        if self.law is not None:
            own = np.einsum("nij,nj->ni", _roots(self.at(concentration)), y)
            return np.einsum("ni,ni->n", own, own)
        k, share = self._between(concentration)
        above = np.minimum(k + 1, len(self.composition) - 1)
        low, high = (np.einsum("nij,nj->ni", self._roots[point], y) for point in (k, above))
        return (1.0 - share) * np.einsum("ni,ni->n", low, low) + share * np.einsum("ni,ni->n", high, high)


def _roots(matrices: np.ndarray) -> np.ndarray:
    """R of Lambda = RᵀR of every matrix (n, m, m); what is negative of eigenvalues is round-off."""
    values, vectors = np.linalg.eigh(0.5 * (matrices + matrices.transpose(0, 2, 1)))
    return np.sqrt(np.maximum(values, 0.0))[:, :, None] * vectors.transpose(0, 2, 1)


def check_onsager(matrix: np.ndarray, names: tuple[str, ...], where: str = "") -> None:
    """InputError if `matrix` is not symmetric and positive semidefinite; it names the pair and the violation.

    Every element counts relative to sqrt(L_ii L_jj), so that pairs of slow species are judged as strictly as those of fast
    ones. `where` ("" for a constant matrix) says at which composition; a table may vanish at single ones, e.g. at that of a
    lattice without vacancies.
    """
    if not np.all(np.isfinite(matrix)):
        i, j = (int(k) for k in np.argwhere(~np.isfinite(matrix))[0])
        raise InputError(
            f"the Onsager matrix{where} is not finite: L({names[i]}, {names[j]}) = {matrix[i, j]:g}", key="onsager"
        )
    if not matrix.any():
        if where:
            return
        raise InputError("the Onsager matrix is zero: nothing would move", key="onsager")
    diagonal = np.diag(matrix)
    if diagonal.min() < 0.0:
        i = int(np.argmin(diagonal))
        raise InputError(
            f"the Onsager matrix{where} is not positive semidefinite: L({names[i]}, {names[i]}) = {diagonal[i]:.6g} is"
            f" negative: {names[i]} would move against its own force",
            key="onsager",
        )
    scale = np.sqrt(np.outer(diagonal, diagonal))
    # without a diagonal element nothing but the elements themselves says what is large
    allowed = ROUNDING * np.where(scale > 0.0, scale, 0.0)
    difference = np.abs(matrix - matrix.T)
    excess = difference - np.maximum(allowed, ROUNDING * np.minimum(np.abs(matrix), np.abs(matrix.T)))
    if excess.max() > 0.0:
        i, j = (int(k) for k in np.unravel_index(int(np.argmax(excess)), excess.shape))
        raise InputError(
            f"the Onsager matrix{where} is not symmetric: L({names[i]}, {names[j]}) = {matrix[i, j]:.6g} but "
            f"L({names[j]}, {names[i]}) = {matrix[j, i]:.6g}, a violation of {difference[i, j]:.3g}; reciprocity "
            "(L. Onsager 1931) demands equal coefficients",
            key="onsager",
        )
    for i in range(len(names)):
        for j in range(i):
            if abs(matrix[i, j]) > scale[i, j] * (1 + ROUNDING):
                raise InputError(
                    f"the Onsager matrix{where} is not positive semidefinite: |L({names[i]}, {names[j]})| = "
                    f"{abs(matrix[i, j]):.6g} exceeds sqrt(L_ii L_jj) = {scale[i, j]:.6g} by "
                    f"{abs(matrix[i, j]) - scale[i, j]:.3g}: entropy production would be negative",
                    key="onsager",
                )
    moving = np.flatnonzero(diagonal > 0.0)
    relative = (matrix / np.where(scale > 0.0, scale, 1.0))[np.ix_(moving, moving)]
    values, vectors = np.linalg.eigh(0.5 * (relative + relative.T))
    if values[0] < -ROUNDING * moving.size:
        force = vectors[:, 0] / np.sqrt(diagonal[moving])
        force /= force[np.argmax(np.abs(force))]
        shown = [(names[k], f) for k, f in zip(moving.tolist(), force.tolist()) if abs(f) > 1e-9]
        raise InputError(
            f"the Onsager matrix{where} is not positive semidefinite: the smallest eigenvalue of L_ij/sqrt(L_ii L_jj) is"
            f" {values[0]:.6g}; forces in the ratio {' : '.join(f'{f:.3g}' for _, f in shown)} on"
            f" {', '.join(name for name, _ in shown)} would produce negative entropy",
            key="onsager",
        )
