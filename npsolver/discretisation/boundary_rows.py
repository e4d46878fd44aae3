"""Rows of given values: which unknowns boundary laws and absent species fix, and at what."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from npsolver.discretisation.coefficients import Coefficients
from npsolver.discretisation.terminals import Terminal
from npsolver.mesh import Mesh


class BoundaryRows:
    """Unknowns with a given value.

    Parameters
    ----------
    laws : sequence of Terminal
    mesh : Mesh
    coefficients : Coefficients
    n_species : int

    Attributes
    ----------
    index : (n_rows,) int32
        Into the vector of unknowns, ascending.
    value : (n_rows,) float64
    potential_slots : list of (int, str)
        Entries of `index` that are potentials, and their terminals.
    """

    def __init__(self, laws: Sequence[Terminal], mesh: Mesh, coefficients: Coefficients, n_species: int):
        m = n_species + 1
        rows: list[int] = []
        held_slots, potential_slots = [], []
        for t in laws:
            for node in t.nodes:
                for i in np.flatnonzero(t.held):
                    held_slots.append((len(rows), t.name, int(i)))
                    rows.append(int(node) * m + int(i))
                if t.fixes_potential:
                    potential_slots.append((len(rows), t.name))
                    rows.append(int(node) * m + n_species)
        rows, held_slots, potential_slots = _first_law_wins(rows, held_slots, potential_slots)
        # species that cannot be at a node (excluded, or beyond a surface they cannot cross) keep a fixed unknown
        reachable = coefficients.capacity > 0.0
        open_edge = coefficients.mobility[mesh.edge_region] > 0.0
        for side in (0, 1):
            np.logical_or.at(reachable, mesh.edges[:, side], open_edge)
        absent = np.pad(~reachable, ((0, 0), (0, 1))).ravel()
        absent[rows] = False
        rows += np.flatnonzero(absent).tolist()
        order = np.argsort(rows, kind="stable")
        position = np.empty(len(rows), dtype=int)
        position[order] = np.arange(len(rows))
        self.index = np.array(rows, dtype=np.int32)[order]
        self.value = np.zeros(len(rows))
        self._held_slots = [(position[p], name, i) for p, name, i in held_slots]
        self.potential_slots = [(position[p], name) for p, name in potential_slots]
        names = [t.name for t in laws if t.floating]
        self._floating_slots = [(p, names.index(name)) for p, name in self.potential_slots if name in names]

    def set_values(self, laws: Sequence[Terminal], load: float) -> None:
        """Values of the laws; `load` scales potentials."""
        by_name = {t.name: t for t in laws}
        for slot, name, i in self._held_slots:
            self.value[slot] = by_name[name].value[i]
        for slot, name in self.potential_slots:
            potential = by_name[name].potential
            if potential is not None:
                self.value[slot] = potential * load

    def at(self, voltages: np.ndarray) -> np.ndarray:
        """All values, (n_rows,), with the present voltages of floating terminals."""
        for position, which in self._floating_slots:
            self.value[position] = voltages[which]
        return self.value


def _first_law_wins(rows, held_slots, potential_slots):
    """At a node that two boundaries share, the first one that fixes an unknown decides."""
    first: dict[int, int] = {}
    kept = [index for index, row in enumerate(rows) if first.setdefault(row, index) == index]
    new = {old: position for position, old in enumerate(kept)}
    return (
        [rows[index] for index in kept],
        [(new[slot], *rest) for slot, *rest in held_slots if slot in new],
        [(new[slot], *rest) for slot, *rest in potential_slots if slot in new],
    )
