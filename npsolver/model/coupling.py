"""Onsager coefficients of coupled diffusion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from npsolver.errors import InputError

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
    """

    composition: np.ndarray
    matrices: np.ndarray
    weights: np.ndarray
    names: tuple[str, ...]

    def __post_init__(self):
        if np.any(np.diff(self.composition) <= 0.0):
            raise InputError("the compositions of an Onsager table must increase", key="onsager")
        for s, matrix in zip(self.composition, self.matrices):
            check_onsager(matrix, self.names, f" at {s:.4g} mol/m^3" if len(self.composition) > 1 else "")

    def at(self, concentration: np.ndarray) -> np.ndarray:
        """Lambda, (n_species, n_species) in m²/s, at one composition ((n_species,), mol/m³)."""
        points = self.composition
        s = min(max(float(self.weights @ concentration), points[0]), points[-1])
        k = min(max(int(np.searchsorted(points, s, side="right")) - 1, 0), max(len(points) - 2, 0))
        if len(points) == 1:
            return self.matrices[0]
        share = (s - points[k]) / (points[k + 1] - points[k])
        return (1.0 - share) * self.matrices[k] + share * self.matrices[k + 1]


def check_onsager(matrix: np.ndarray, names: tuple[str, ...], where: str = "") -> None:
    """InputError if `matrix` is not symmetric and positive semidefinite; it names the pair and the violation."""
    size = float(np.abs(matrix).max())
    if not np.all(np.isfinite(matrix)) or (size == 0.0 and not where):
        raise InputError(f"the Onsager matrix{where} is not finite or zero", key="onsager")
    if size == 0.0:  # at one end of a table, e.g. of a lattice without vacancies
        return
    difference = np.abs(matrix - matrix.T)
    if difference.max() > ROUNDING * size:
        i, j = np.unravel_index(int(np.argmax(difference)), difference.shape)
        raise InputError(
            f"the Onsager matrix{where} is not symmetric: L({names[i]}, {names[j]}) = {matrix[i, j]:.6g} but "
            f"L({names[j]}, {names[i]}) = {matrix[j, i]:.6g}, a violation of {difference[i, j]:.3g}; reciprocity "
            "(L. Onsager 1931) demands equal coefficients",
            key="onsager",
        )
    scale = np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
    for i in range(len(names)):
        for j in range(i):
            if matrix[i, i] < 0.0 or abs(matrix[i, j]) > scale[i, j] * (1 + ROUNDING):
                raise InputError(
                    f"the Onsager matrix{where} is not positive semidefinite: |L({names[i]}, {names[j]})| = "
                    f"{abs(matrix[i, j]):.6g} exceeds sqrt(L_ii L_jj) = {scale[i, j]:.6g} by "
                    f"{abs(matrix[i, j]) - scale[i, j]:.3g}: entropy production would be negative",
                    key="onsager",
                )
    smallest = float(np.linalg.eigvalsh(0.5 * (matrix + matrix.T))[0])
    if smallest < -ROUNDING * size:
        raise InputError(
            f"the Onsager matrix{where} is not positive semidefinite: its smallest eigenvalue is {smallest:.6g}, so that "
            f"some combination of {', '.join(names)} would produce negative entropy",
            key="onsager",
        )
