"""Onsager coefficients of Stefan-Maxwell friction, at any composition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Friction:
    """Lambda of ``J_i = -sum_j Lambda_ij sqrt(c_i c_j) grad(mu_j)/RT`` by inverting the friction between all components.

    In the variables J_i/sqrt(c_i) the Stefan-Maxwell equations (R. Krishna and J. A. Wesselingh, Chem. Eng. Sci. 52 (1997)
    861, eq. 9) have the symmetric matrix ``B_ii = sum_j x_j/D_ij``, ``B_ij = -sqrt(x_i x_j)/D_ij``. Without the row and
    column of a solvent its inverse belongs to fluxes relative to that solvent (J. Newman and K. E. Thomas-Alyea,
    Electrochemical Systems, 3rd ed. (2004), eq. 12.1); the pseudo-inverse of all, whose null vector sqrt(x) is the motion of
    the mixture as a whole, to fluxes relative to the mean molar velocity.

    Attributes
    ----------
    members : tuple of int
        Species of rows and columns.
    pairs : tuple of tuple of float
        Stefan-Maxwell diffusivities, m²/s, of the members and, last, of the solvent; the diagonal is not used.
    solvent : float or None
        Constant concentration of the solvent, mol/m³; None: it is what is left over from `total`.
    total : float or None
        Constant concentration of all components, mol/m³.
    alone : tuple of float
        Diffusivities of all species, m²/s: of those that are no members.
    """

    members: tuple[int, ...]
    pairs: tuple[tuple[float, ...], ...]
    solvent: float | None
    total: float | None
    alone: tuple[float, ...]

    @property
    def is_certain(self) -> bool:
        """Whether Lambda is positive semidefinite at every composition."""
        D = np.array(self.pairs)
        return bool(np.all(D[~np.eye(len(D), dtype=bool)] > 0.0))

    def evaluate(self, concentration: np.ndarray, derivatives: bool = True) -> tuple[np.ndarray, np.ndarray | None]:
        """Lambda and its derivatives.

        Parameters
        ----------
        concentration : (n, n_species) float64, mol/m³
        derivatives : bool
            Whether they are wanted; None in their place otherwise.

        Returns
        -------
        Lambda : (n, n_species, n_species) float64, m²/s
        slope : (n, n_species, n_species, n_species) float64
            [n, k] is the derivative of Lambda by c_k; 0 where c_k is 0, at which it is infinite but counts nowhere.
        """
        concentration = np.asarray(concentration, dtype=float)
        n, ns = concentration.shape
        own = list(self.members)
        matrix = np.zeros((n, ns, ns))
        matrix[:, range(ns), range(ns)] = self.alone
        inside = np.ix_(range(n), own, own)
        matrix[inside], slopes = self._inverse(concentration[:, own], derivatives)
        if not derivatives:
            return matrix, None
        slope = np.zeros((n, ns, ns, ns))
        for k, found in zip(own, slopes):
            slope[:, k][inside] = found
        return matrix, slope

    def _inverse(self, c: np.ndarray, derivatives: bool) -> tuple[np.ndarray, list[np.ndarray]]:
        p = c.shape[1]
        rest = np.full(c.shape[0], self.solvent) if self.total is None else self.total - c.sum(axis=1)
        amounts = np.column_stack([c, rest])
        total = amounts.sum(axis=1)
        x = amounts / total[:, None]
        D = np.array(self.pairs)
        per_D = np.divide(1.0, D, out=np.zeros_like(D), where=~np.eye(p + 1, dtype=bool))
        root = np.sqrt(x)
        B = -root[:, :, None] * root[:, None, :] * per_D
        diagonal = np.arange(p + 1)
        B[:, diagonal, diagonal] = x @ per_D
        by_fraction = [self._by_fraction(root, per_D, k) for k in range(p + 1)] if derivatives else []
        slopes = []
        # x = amounts/total: d x_l/d c_k = (delta_kl - x_l)/total, and in a mixture the solvent makes room for k
        if self.total is None:
            B = B[:, :p, :p]
            Lambda = np.linalg.inv(B)
            mean = sum(x[:, l, None, None] * found for l, (found, _) in enumerate(by_fraction))
            for dB, _ in by_fraction[:p]:
                slopes.append(-Lambda @ ((dB - mean)[:, :p, :p] / total[:, None, None]) @ Lambda)
        else:
            size = np.abs(B).max(axis=(1, 2), keepdims=True)
            whole = root[:, :, None] * root[:, None, :]
            inverse = np.linalg.inv(B + size * whole)
            Lambda = inverse - whole / size
            for own in by_fraction[:p]:
                dB, dwhole = ((a - b) / total[:, None, None] for a, b in zip(own, by_fraction[p]))
                slopes.append((-inverse @ (dB + size * dwhole) @ inverse - dwhole / size)[:, :p, :p])
            Lambda = Lambda[:, :p, :p]
        for k, found in enumerate(slopes):
            found[c[:, k] == 0.0] = 0.0
        return 0.5 * (Lambda + Lambda.transpose(0, 2, 1)), slopes

    @staticmethod
    def _by_fraction(root: np.ndarray, per_D: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives of B and of sqrt(x) sqrt(x)ᵀ by x_k."""
        n, size = root.shape
        half = np.divide(0.5, root[:, k], out=np.zeros(n), where=root[:, k] > 0.0)
        whole = np.zeros((n, size, size))
        whole[:, k, :] += half[:, None] * root
        whole[:, :, k] += half[:, None] * root
        B = -whole * per_D
        diagonal = np.arange(size)
        B[:, diagonal, diagonal] = per_D[:, k]
        return B, whole
