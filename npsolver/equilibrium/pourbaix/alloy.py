"""Pourbaix diagrams of alloys that may passivate under a mixed oxide film.

Every point is a global minimum of the Gibbs energy over the alloy itself, a mixed film, all other solids and all
dissolved species together, with the elements of the alloy conserved; diagrams of the pure elements are never laid over
each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from npsolver.equilibrium.pourbaix.compounds import Compound, CompoundTable, standard_table
from npsolver.equilibrium.pourbaix.diagram import check_axis, choose_compounds, mole_fractions
from npsolver.equilibrium.pourbaix.minimiser import minimise_gibbs
from npsolver.equilibrium.pourbaix.phases import SolutionPhase, branches
from npsolver.equilibrium.pourbaix.transform import (
    Conditions,
    WaterWindow,
    composition_matrix,
    standard_planes,
    water_window,
)
from npsolver.errors import InputError

_CHUNK = 4000  # points minimised together; keeps the work arrays in cache


@dataclass(frozen=True)
class AlloyDiagram:
    """Equilibrium of an alloy with an aqueous solution over pH and potential.

    Arrays over the grid have the shape (n_potential, n_ph, ...).

    Attributes
    ----------
    composition : Mapping[str, float]
        Mole fractions of the alloy.
    ph : (n_ph,) float64
    potential : (n_potential,) float64
        V against the standard hydrogen electrode.
    phases : tuple of SolutionPhase
        All solids: solid solutions first, then pure compounds.
    phase_elements : (n_potential, n_ph, n_phases, n_elements) float64
        Moles of each element in each phase per mole of alloy.
    dissolved_names : tuple of str
    dissolved : (n_potential, n_ph, n_dissolved) float64
        Moles of each dissolved species per mole of alloy.
    dissolved_atoms : (n_dissolved, n_elements) float64
        Atoms of each element in each dissolved species.
    water : WaterWindow
    iterations : int
        Largest number of interior-point iterations.
    """

    composition: Mapping[str, float]
    ph: np.ndarray
    potential: np.ndarray
    phases: tuple[SolutionPhase, ...]
    phase_elements: np.ndarray
    dissolved_names: tuple[str, ...]
    dissolved: np.ndarray
    dissolved_atoms: np.ndarray
    water: WaterWindow
    iterations: int

    @property
    def elements(self) -> tuple[str, ...]:
        return tuple(self.composition)

    def phase_index(self, name: str) -> int:
        """Index of a phase by its name."""
        for i, phase in enumerate(self.phases):
            if phase.name == name:
                return i
        raise InputError(f"no such phase; there are {', '.join(p.name for p in self.phases)}", key=name)

    def amount(self, phase: str) -> np.ndarray:
        """Moles of alloy atoms in `phase` per mole of alloy, (n_potential, n_ph)."""
        return self.phase_elements[:, :, self.phase_index(phase)].sum(axis=-1)

    def fraction(self, phase: str, element: str) -> np.ndarray:
        """Fraction of `element` among the alloy atoms in `phase`; nan where there is less than 1e-6 of the phase."""
        atoms = self.phase_elements[:, :, self.phase_index(phase)]
        total = atoms.sum(axis=-1)
        present = total > 1e-6
        return np.where(present, atoms[..., self.elements.index(element)] / np.where(present, total, 1.0), np.nan)

    def retained(self, element: str | None = None) -> np.ndarray:
        """Part of `element` (or of all atoms) held by solids other than metals: 1 passive, 0 dissolved or immune."""
        oxidised = [i for i, p in enumerate(self.phases) if not set(p.members) <= set(self.composition)]
        kept = self.phase_elements[:, :, oxidised].sum(axis=2)
        if element is None:
            return kept.sum(axis=-1)
        return kept[..., self.elements.index(element)] / self.composition[element]

    @cached_property
    def _hosts(self) -> tuple[tuple[str, ...], np.ndarray]:
        """Names of solids and dissolved species, and where most of each element is: (n_potential, n_ph, n_elements)."""
        in_solution = self.dissolved[..., None] * self.dissolved_atoms
        everywhere = np.concatenate([self.phase_elements, in_solution], axis=2)
        return tuple(p.name for p in self.phases) + self.dissolved_names, everywhere.argmax(axis=2)

    @cached_property
    def _named_fields(self) -> tuple[tuple[str, ...], np.ndarray]:
        names, hosts = self._hosts
        combinations, index = np.unique(hosts.reshape(-1, hosts.shape[-1]), axis=0, return_inverse=True)
        labels = [" + ".join(dict.fromkeys(names[h] for h in row)) for row in combinations]
        unique = list(dict.fromkeys(labels))
        order = np.array([unique.index(label) for label in labels])
        return tuple(unique), order[index.reshape(hosts.shape[:2])].astype(np.int16)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields: for each element the solid or dissolved species that holds most of it."""
        return self._named_fields[0]

    @property
    def winner(self) -> np.ndarray:
        """Index into `names` on the grid, (n_potential, n_ph) int16."""
        return self._named_fields[1]


def alloy_diagram(
    composition: Mapping[str, float],
    *,
    films: Sequence[SolutionPhase] | None = None,
    alloy: SolutionPhase | None = None,
    table: CompoundTable | None = None,
    compounds: Sequence[Compound | str] | None = None,
    exclude: Iterable[str] = (),
    conditions: Conditions | None = None,
    ph: tuple[float, float] = (-2.0, 16.0),
    potential: tuple[float, float] = (-2.0, 2.5),
    points: tuple[int, int] = (200, 200),
    missing_entropy: str = "refuse",
    progress: Callable[[int, int], None] | None = None,
) -> AlloyDiagram:
    """Global Gibbs minimum of an alloy in water on a grid of pH and potential.

    Parameters
    ----------
    composition : Mapping[str, float]
        Amounts of the metals (only ratios count).
    films : sequence of SolutionPhase, optional
        Mixed films.  Default: one ideal solution ``"oxide film"`` of all oxides of a single metal, mixed per metal
        atom.  Every other solid of the table takes part as a pure compound.
    alloy : SolutionPhase, optional
        Default: ideal solution ``"alloy"`` of the pure metals.
    table, compounds, exclude, missing_entropy
        As for :func:`~npsolver.equilibrium.pourbaix.diagram.pourbaix_diagram`.
    conditions : Conditions, optional
        `concentration` (one number) is the total concentration reached when all the alloy has dissolved, mol/L; the
        concentrations of the species follow from the balance of the elements.
    ph, potential, points
        Axes and grid; potential in V against the standard hydrogen electrode.
    progress : callable, optional
        Called as ``progress(points_done, points_in_all)``.

    Returns
    -------
    AlloyDiagram
    """
    conditions = conditions or Conditions()
    table = table or standard_table()
    if isinstance(conditions.concentration, Mapping):
        raise InputError("give one total concentration; the alloy sets the ratios", key="concentration")
    fractions = mole_fractions(composition)
    chosen = choose_compounds(fractions, table, compounds, exclude, conditions, missing_entropy)
    phases = _phases(fractions, chosen, alloy, films)
    counts = composition_matrix(chosen, list(fractions))
    aqueous = np.array([i for i, c in enumerate(chosen) if c.phase == "aq"], dtype=int)
    RT = conditions.thermal_energy
    parts = branches(phases, chosen, counts, RT)
    planes = standard_planes(chosen, table, conditions) / RT
    for i, compound in enumerate(chosen):
        if compound.phase != "aq":
            planes[i, 0] += conditions.log_activity(compound)
    axes = [np.linspace(*check_axis(n, a), k) for n, a, k in zip(("ph", "potential"), (ph, potential), points)]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    target = np.array(list(fractions.values()))

    solids = np.zeros((len(grid), len(phases), len(fractions)))
    dissolved = np.empty((len(grid), aqueous.size))
    iterations = 0
    for first in range(0, len(grid), _CHUNK):
        part = slice(first, min(first + _CHUNK, len(grid)))
        energies = planes[:, 0] + grid[part] @ planes[:, 1:].T
        found = minimise_gibbs(energies, target, parts, aqueous, counts[aqueous], -np.log(conditions.concentration))
        dissolved[part] = found.dissolved
        for b, branch in enumerate(parts):
            x = branch.state(found.potential, energies)[1]
            solids[part, branch.phase] += found.phase_amounts[:, b, None] * (x @ branch.atoms)
        iterations = max(iterations, found.iterations)
        if progress:
            progress(part.stop, len(grid))
    shape = (axes[1].size, axes[0].size)
    return AlloyDiagram(
        fractions,
        axes[0],
        axes[1],
        phases,
        solids.reshape(*shape, *solids.shape[1:]),
        tuple(chosen[i].name for i in aqueous),
        dissolved.reshape(*shape, -1),
        counts[aqueous],
        water_window(table, conditions),
        iterations,
    )


def _phases(fractions, compounds, alloy, films) -> tuple[SolutionPhase, ...]:
    """Alloy, films, and every solid left over as a phase of its own."""
    names = {c.name: c for c in compounds}
    solids = [c for c in compounds if c.phase != "aq"]
    if alloy is None:
        metals = tuple(el for el in fractions if el in names)
        alloy = SolutionPhase("alloy", metals) if metals else None
    if films is None:
        oxides = tuple(c.name for c in solids if len(c.key_elements) == 1 and c.count("O") and not c.count("H"))
        films = [SolutionPhase("oxide film", oxides)] if len(oxides) > 1 else []
    solutions = [*([alloy] if alloy else []), *films]
    used: set[str] = set()
    for phase in solutions:
        for name in phase.members:
            if name not in names or names[name].phase == "aq":
                raise InputError(f"{name!r} is no solid among the candidates", key=phase.name)
            if name in used:
                raise InputError(f"{name!r} is a member of two phases", key=phase.name)
            used.add(name)
    return (*solutions, *(SolutionPhase(c.name, (c.name,)) for c in solids if c.name not in used))
