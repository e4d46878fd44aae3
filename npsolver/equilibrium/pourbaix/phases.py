"""Solution phases (mixed oxide films, alloys) as functions of the chemical potentials of the elements.

A phase with members k, per mole of mixing sites, has the energy
`sum_k x_k (g_k + RT ln x_k) + 1/2 sum_kl W_kl x_k x_l`.  It can form where its smallest driving force

    h(y) = min_x [ sum_k x_k (g_k − n_k·y + RT ln x_k) + 1/2 x·W x ]

is not positive, y being the chemical potentials of the key elements.  Without interactions
`h = −RT ln sum_k exp((n_k·y − g_k)/RT)`.  As a minimum of affine functions h is concave in y whatever the interactions,
so the dual problem stays convex even for phases with a miscibility gap; each local minimum is followed as a branch of
its own, and two branches active at once are two coexisting films.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from npsolver.equilibrium.pourbaix.compounds import Compound
from npsolver.errors import InputError


@dataclass(frozen=True)
class SolutionPhase:
    """A solid solution of compounds that mix on one kind of site.

    Attributes
    ----------
    name : str
    members : tuple of str
        Names of the end members.  One mixing site is one atom of the key elements: Fe2O3 counts as two FeO1.5.
    interactions : Mapping[tuple[str, str], float]
        Regular-solution parameters W of pairs of members, J per mole of sites: excess energy `W x_1 x_2`; 0 where
        missing.
    """

    name: str
    members: tuple[str, ...]
    interactions: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self):
        if len(set(self.members)) != len(self.members) or not self.members:
            raise InputError("the members must be given, each once", key=self.name)
        for pair in self.interactions:
            if len(pair) != 2 or not set(pair) <= set(self.members) or pair[0] == pair[1]:
                raise InputError(f"{pair} is no pair of members", key=f"{self.name}.interactions")

    def interaction_matrix(self) -> np.ndarray:
        """W as a symmetric matrix, J/mol, (n_members, n_members)."""
        matrix = np.zeros((len(self.members),) * 2)
        for (first, second), value in self.interactions.items():
            i, j = self.members.index(first), self.members.index(second)
            matrix[i, j] = matrix[j, i] = value
        return matrix


@dataclass(frozen=True)
class Branch:
    """One local minimum of one phase, ready for the solver.

    Attributes
    ----------
    phase : int
        Index of the phase it belongs to.
    members : (n_members,) int
        Rows of the energy array.
    sites : (n_members,) float64
        Mixing sites per formula unit.
    atoms : (n_members, n_elements) float64
        Atoms of the key elements per mixing site.
    interaction : (n_members, n_members) float64 or None
        W/RT; None for an ideal solution or a pure compound.
    start : (n_members,) float64
        Composition from which the local minimum is sought.
    """

    phase: int
    members: np.ndarray
    sites: np.ndarray
    atoms: np.ndarray
    interaction: np.ndarray | None
    start: np.ndarray

    def state(self, y: np.ndarray, energies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Driving force and composition.

        Parameters
        ----------
        y : (n_points, n_elements) float64
            Chemical potentials over RT.
        energies : (n_points, n_compounds) float64
            Transformed energies per formula unit over RT.

        Returns
        -------
        h : (n_points,) float64
            Driving force over RT per mole of sites, positive where the phase cannot form.
        x : (n_points, n_members) float64
            Mole fractions.
        """
        s = y @ self.atoms.T - energies[:, self.members] / self.sites
        if self.members.size == 1:
            return -s[:, 0], np.ones_like(s)
        x, log_sum = _softmax(s)
        if self.interaction is None:
            return -log_sum, x
        x = self._local_minimum(s)
        log_x = np.log(x, out=np.zeros_like(x), where=x > 0.0)  # x ln x -> 0 for members that vanish
        h = (x * (log_x - s)).sum(axis=1) + 0.5 * np.einsum("pi,ij,pj->p", x, self.interaction, x)
        return h, x

    def _local_minimum(self, s: np.ndarray) -> np.ndarray:
        """Composition at the local minimum reached from `start`: fixed point of x = softmax(s − W x).

        A metastable minimum that is about to vanish is approached or left slowly.  Where that is not over after the
        steps allowed, x stays as it is: the energy at any x bounds h from above, and the lowest minimum has a branch of
        its own.
        """
        x = np.broadcast_to(self.start, s.shape).copy()
        active = np.arange(len(s))
        for _ in range(400):
            # half steps: the fixed-point map contracts at every minimum, ordering (W < 0) would make it swing
            trial = 0.5 * (x[active] + _softmax(s[active] - x[active] @ self.interaction)[0])
            change = np.abs(trial - x[active]).max(axis=1)
            x[active] = trial
            active = active[change > 1e-13]
            if not active.size:
                break
        return x

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Second derivatives of −h with respect to y, (n_points, n_elements, n_elements)."""
        mean = x @ self.atoms
        if self.members.size == 1:
            return np.zeros((len(x), mean.shape[1], mean.shape[1]))
        if self.interaction is None:
            weighted = np.einsum("pk,ki,kj->pij", x, self.atoms, self.atoms)
            return weighted - mean[:, :, None] * mean[:, None, :]
        # (diag(1/x) + W)^-1 = diag(x) (1 + W diag(x))^-1, projected on sum(x) = 1
        inverse = x[:, :, None] * np.linalg.inv(np.eye(x.shape[1]) + self.interaction * x[:, None, :])
        row = inverse.sum(axis=1)
        inverse -= row[:, :, None] * row[:, None, :] / row.sum(axis=1)[:, None, None]
        result = np.einsum("pkl,ki,lj->pij", inverse, self.atoms, self.atoms)
        # between two minima (see _local_minimum) x is taken as fixed, which has no curvature
        unstable = np.linalg.eigvalsh(result)[:, 0] < -1e-9
        result[unstable] = 0.0
        return result


def _softmax(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    top = s.max(axis=1, keepdims=True)
    e = np.exp(s - top)
    total = e.sum(axis=1, keepdims=True)
    return e / total, (top + np.log(total))[:, 0]


def branches(
    phases: Sequence[SolutionPhase], compounds: Sequence[Compound], counts: np.ndarray, thermal_energy: float
) -> list[Branch]:
    """Branches of all `phases`: one for an ideal solution or pure compound, one per member and one more if regular.

    Parameters
    ----------
    phases : sequence of SolutionPhase
    compounds : sequence of Compound
        Rows of the energy array.
    counts : (n_compounds, n_elements) float64
        Atoms of each key element per formula unit.
    thermal_energy : float
        RT, J/mol.
    """
    index = {c.name: i for i, c in enumerate(compounds)}
    result = []
    for p, phase in enumerate(phases):
        members = np.array([index[name] for name in phase.members])
        sites = counts[members].sum(axis=1)
        atoms = counts[members] / sites[:, None]
        n = members.size
        matrix = phase.interaction_matrix() / thermal_energy
        regular = bool(matrix.any())
        starts = [np.full(n, 1.0 / n)]
        # one local minimum is enough while no pair can unmix, that is for W <= 2 RT between any two members
        if regular and matrix.max() > 2.0:
            starts = [np.where(np.arange(n) == k, 1.0 - 1e-3 * (n - 1), 1e-3) for k in range(n)]
        for start in starts:
            result.append(Branch(p, members, sites, atoms, matrix if regular else None, start))
    return result
