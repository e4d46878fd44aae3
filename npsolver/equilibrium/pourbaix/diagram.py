"""Pourbaix diagrams of one or several elements at fixed composition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from npsolver.equilibrium.pourbaix.boundaries import (
    Boundary,
    TriplePoint,
    find_boundaries,
    find_triple_points,
    reaction_text,
)
from npsolver.equilibrium.pourbaix.compounds import Compound, CompoundTable, standard_table
from npsolver.equilibrium.pourbaix.envelope import Cell, lower_envelope
from npsolver.equilibrium.pourbaix.oracle import assemblage_oracle
from npsolver.equilibrium.pourbaix.transform import (
    Conditions,
    WaterWindow,
    composition_matrix,
    protons_and_electrons,
    transformed_planes,
    water_window,
)
from npsolver.errors import InputError


@dataclass(frozen=True)
class Field:
    """A field of predominance.

    Attributes
    ----------
    name : str
        Names of its compounds, joined by ``" + "``.
    amounts : Mapping[str, float]
        Formula units of each compound per mole of the key elements.
    plane : (3,) float64
        Energy per mole of the key elements: J/mol, J/mol per pH unit, J/mol per volt.
    polygon : (n, 2) float64
        Vertices (pH, E), counter-clockwise.
    phase : str
        ``"s"`` if every compound is solid or liquid, ``"aq"`` if every one is dissolved or a gas, ``"mixed"`` else.
    """

    name: str
    amounts: Mapping[str, float]
    plane: np.ndarray
    polygon: np.ndarray
    phase: str


@dataclass(frozen=True)
class PourbaixDiagram:
    """Predominance diagram over pH and potential.

    Attributes
    ----------
    composition : Mapping[str, float]
        Mole fractions of the key elements.
    compounds : tuple of Compound
        All candidates.
    planes : (n_compounds, 3) float64
        Transformed energies per formula unit: J/mol, J/mol per pH unit, J/mol per volt.
    fields : tuple of Field
    boundaries : tuple of Boundary
    triple_points : tuple of TriplePoint
    water : WaterWindow
    ph : (n_ph,) float64
    potential : (n_potential,) float64
        V against the standard hydrogen electrode.
    conditions : Conditions
    table : CompoundTable
    """

    composition: Mapping[str, float]
    compounds: tuple[Compound, ...]
    planes: np.ndarray
    fields: tuple[Field, ...]
    boundaries: tuple[Boundary, ...]
    triple_points: tuple[TriplePoint, ...]
    water: WaterWindow
    ph: np.ndarray
    potential: np.ndarray
    conditions: Conditions
    table: CompoundTable

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields; `winner` counts into them."""
        return tuple(f.name for f in self.fields)

    @cached_property
    def winner(self) -> np.ndarray:
        """Index of the stable field on the grid, (n_potential, n_ph) int16."""
        return rasterise(self.fields, self.ph, self.potential)

    def index_at(self, ph, potential) -> np.ndarray:
        """Index of the stable field at points (arrays that broadcast)."""
        return np.argmin(self._field_energies(ph, potential), axis=-1)

    def stable_at(self, ph, potential):
        """Name of the stable field at points; a string for scalars, else an object array."""
        return np.array(self.names, dtype=object)[self.index_at(ph, potential)]

    def energy(self, ph, potential) -> np.ndarray:
        """Transformed Gibbs energy of the stable assemblage, J per mole of the key elements."""
        return self._field_energies(ph, potential).min(axis=-1)

    def compound_energies(self, ph, potential) -> np.ndarray:
        """Transformed energy of every compound per formula unit, J/mol, shape (..., n_compounds)."""
        return _evaluate(self.planes, ph, potential)

    def excess_energy(self, name: str, ph, potential) -> np.ndarray:
        """How far a compound lies above the stable assemblage of its own composition, J per mole of formula units.

        Zero where it is stable, never negative for a compound of the diagram.
        """
        compound = self.table[name]
        own = {element: compound.count(element) for element in self.composition if compound.count(element)}
        plane = transformed_planes([compound], self.table, self.conditions)
        oracle = assemblage_oracle(self.planes, composition_matrix(self.compounds, list(self.composition)), None)
        points = np.stack(np.broadcast_arrays(ph, potential), axis=-1).reshape(-1, 2)
        target = np.array([own.get(element, 0.0) for element in self.composition])
        stable = np.array([plane @ (1.0, *p) for p, (_, plane) in zip(points, oracle(points, target))])
        return _evaluate(plane, ph, potential)[..., 0] - stable.reshape(np.broadcast(ph, potential).shape)

    def _field_energies(self, ph, potential):
        return _evaluate(np.array([f.plane for f in self.fields]), ph, potential)


def pourbaix_diagram(
    composition: str | Iterable[str] | Mapping[str, float],
    *,
    table: CompoundTable | None = None,
    compounds: Sequence[Compound | str] | None = None,
    exclude: Iterable[str] = (),
    conditions: Conditions | None = None,
    ph: tuple[float, float] | Sequence[float] = (-2.0, 16.0),
    potential: tuple[float, float] | Sequence[float] = (-2.0, 2.5),
    points: tuple[int, int] = (400, 400),
    missing_entropy: str = "refuse",
) -> PourbaixDiagram:
    """Stable solids, ions and complexes of one or several elements over pH and potential.

    Parameters
    ----------
    composition : str, iterable of str, or mapping
        One element, several in equal amounts, or amounts by element (only their ratios count).
    table : CompoundTable, optional
        Default: the shipped table.
    compounds : sequence of Compound or str, optional
        Candidates; default all of the table made of the elements, H and O.
    exclude : iterable of str
        Names left out of the default candidates.
    conditions : Conditions, optional
        Temperature, concentrations, activities, fugacities.
    ph, potential : tuple of float
        Ends of the axes; potential in V against the standard hydrogen electrode.
    points : tuple of int
        Grid points along pH and along the potential.
    missing_entropy : {"refuse", "drop"}
        Away from 298.15 K, what to do with candidates of unknown entropy.

    Returns
    -------
    PourbaixDiagram

    >>> diagram = pourbaix_diagram("Zn")
    >>> diagram.stable_at(10.0, 0.0), diagram.stable_at(3.0, -0.5)
    ('ZnO', 'Zn2+')
    """
    conditions = conditions or Conditions()
    table = table or standard_table()
    fractions = mole_fractions(composition)
    chosen = choose_compounds(fractions, table, compounds, exclude, conditions, missing_entropy)
    ends = [check_axis(name, axis) for name, axis in (("ph", ph), ("potential", potential))]
    planes = transformed_planes(chosen, table, conditions)
    counts = composition_matrix(chosen, list(fractions))
    oracle = assemblage_oracle(planes, counts, np.array(list(fractions.values())))
    cells = lower_envelope(oracle, *ends, conditions.thermal_energy)
    fields = tuple(_field(cell, chosen) for cell in cells)
    names = [f.name for f in fields]
    return PourbaixDiagram(
        fractions,
        chosen,
        planes,
        fields,
        find_boundaries(cells, names, lambda i, j: _reaction(fields[i], fields[j], chosen)),
        find_triple_points(cells, names),
        water_window(table, conditions),
        np.linspace(*ends[0], points[0]),
        np.linspace(*ends[1], points[1]),
        conditions,
        table,
    )


def mole_fractions(composition: str | Iterable[str] | Mapping[str, float]) -> dict[str, float]:
    """Mole fractions by element from the ways a composition may be written."""
    if isinstance(composition, str):
        composition = {composition: 1.0}
    if not isinstance(composition, Mapping):
        composition = dict.fromkeys(composition, 1.0)
    for element, amount in composition.items():
        if element in ("H", "O"):
            raise InputError("H and O are set by pH, potential and water", key=f"composition.{element}")
        if not (np.isfinite(amount) and amount > 0.0):
            raise InputError(f"is {amount}, expected a positive amount", key=f"composition.{element}")
    if not composition:
        raise InputError("no element is given", key="composition")
    return {element: amount / sum(composition.values()) for element, amount in composition.items()}


def choose_compounds(fractions, table, compounds, exclude, conditions, missing_entropy) -> tuple[Compound, ...]:
    """Candidates of a diagram, checked to cover every element."""
    if missing_entropy not in ("refuse", "drop"):
        raise InputError(f"is {missing_entropy!r}, expected 'refuse' or 'drop'", key="missing_entropy")
    if compounds is None:
        chosen = table.select(fractions, exclude=exclude, gases=conditions.fugacity)
    else:
        chosen = tuple(table[c] if isinstance(c, str) else c for c in compounds)
    if conditions.temperature != 298.15 and missing_entropy == "drop":
        chosen = tuple(c for c in chosen if table.has_entropy(c))
    for compound in chosen:
        if not compound.key_elements or not compound.key_elements <= set(fractions):
            raise InputError(f"holds other elements than {', '.join(fractions)}", key=compound.name)
    for element in fractions:
        if not any(c.count(element) for c in chosen):
            raise InputError("no candidate contains this element", key=f"composition.{element}")
    return chosen


def check_axis(name: str, axis) -> tuple[float, float]:
    """Lower and upper end of an axis."""
    low, high = float(axis[0]), float(axis[-1])
    if not high > low:
        raise InputError(f"runs from {low} to {high}, expected an increasing range", key=name)
    return low, high


def rasterise(fields: Sequence[Field], ph: np.ndarray, potential: np.ndarray) -> np.ndarray:
    """Index of the lowest field on a grid.

    Each field is compared only inside the bounding box of its polygon, so the work is a few evaluations per point.

    Returns
    -------
    (n_potential, n_ph) int16
    """
    best = np.full((potential.size, ph.size), np.inf)
    winner = np.zeros(best.shape, np.int16)
    for i, field in enumerate(fields):
        (x0, y0), (x1, y1) = field.polygon.min(axis=0), field.polygon.max(axis=0)
        columns = _span(ph, x0, x1)
        rows = _span(potential, y0, y1)
        a, b, c = field.plane
        values = (a + c * potential[rows])[:, None] + b * ph[columns]
        lower = values < best[rows, columns]
        np.copyto(best[rows, columns], values, where=lower)
        winner[rows, columns][lower] = i
    return winner


def _span(axis, low, high) -> slice:
    """Indices of `axis` from `low` to `high`, one more at either end against round-off."""
    return slice(max(int(np.searchsorted(axis, low)) - 1, 0), int(np.searchsorted(axis, high, side="right")) + 1)


def _evaluate(planes, ph, potential) -> np.ndarray:
    ph, potential = np.broadcast_arrays(np.asarray(ph, float), np.asarray(potential, float))
    return planes[:, 0] + ph[..., None] * planes[:, 1] + potential[..., None] * planes[:, 2]


def _field(cell: Cell, compounds) -> Field:
    amounts = {compounds[k].name: amount for k, amount in cell.key}
    phases = {compounds[k].phase for k, _ in cell.key}
    phase = "s" if phases <= {"s", "l"} else "aq" if phases <= {"aq", "g"} else "mixed"
    return Field(" + ".join(amounts), amounts, cell.plane, cell.vertices, phase)


def _reaction(first: Field, second: Field, compounds) -> str:
    """Reaction text with electrons, or else protons, on the right."""
    by_name = {c.name: c for c in compounds}
    sides = []
    for field in (first, second):
        side = dict(field.amounts)
        released = [(by_name[name], amount) for name, amount in field.amounts.items()]
        side["H2O"] = -sum(a * c.count("O") for c, a in released)
        side["H+"] = sum(a * protons_and_electrons(c)[0] for c, a in released)
        side["e-"] = sum(a * protons_and_electrons(c)[1] for c, a in released)
        sides.append(side)
    gain = (sides[1]["e-"] - sides[0]["e-"], sides[1]["H+"] - sides[0]["H+"])
    if gain[0] < -1e-9 or (abs(gain[0]) <= 1e-9 and gain[1] < 0.0):
        sides.reverse()
    return reaction_text(*sides)
