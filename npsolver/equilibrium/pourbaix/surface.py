"""Surface Pourbaix diagrams: which coverage of adsorbates has the lowest surface grand potential.

A surface cell with n_O oxygen and n_H hydrogen atoms more than the clean one forms by

    clean + n_O H2O + ions = covered + (2 n_O − n_H) H+ + (2 n_O − n_H − sum n_i z_i) e−,

where n_i, z_i count adsorbed ions i (Cl−, SO4^2− ...) and their charges.  With the computational hydrogen electrode the
grand potential per area is affine in pH and potential.  References: Nørskov et al., J. Phys. Chem. B 108, 17886 (2004);
Hansen, Rossmeisl, Nørskov, Phys. Chem. Chem. Phys. 10, 3722 (2008).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from npsolver.equilibrium.pourbaix.boundaries import Boundary, TriplePoint, find_boundaries, find_triple_points
from npsolver.equilibrium.pourbaix.compounds import standard_table
from npsolver.equilibrium.pourbaix.diagram import Field, check_axis, rasterise
from npsolver.equilibrium.pourbaix.envelope import lower_envelope
from npsolver.equilibrium.pourbaix.formula import parse_formula
from npsolver.equilibrium.pourbaix.transform import LN10, Conditions, WaterWindow, water_window
from npsolver.errors import InputError
from npsolver.units import AVOGADRO, ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT

EV_PER_CELL = ELEMENTARY_CHARGE * AVOGADRO  # J/mol in one eV per cell


@dataclass(frozen=True)
class SurfaceState:
    """One coverage of a surface.

    Attributes
    ----------
    name : str
    gibbs_energy : float
        Of formation from the clean surface, liquid water, ½ H2 gas for each H+ + e−, and ions at unit activity; J per
        mole of cells at 298.15 K (vibrations and entropies included).
    oxygen, hydrogen : float
        Atoms gained by the cell; negative for vacancies.
    ions : Mapping[str, float]
        Adsorbed ions per cell by formula, e.g. ``{"Cl-": 1}``; their atoms are not counted in `oxygen`, `hydrogen`.
    """

    name: str
    gibbs_energy: float
    oxygen: float = 0.0
    hydrogen: float = 0.0
    ions: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def from_ev(cls, name: str, energy: float, *, oxygen=0.0, hydrogen=0.0, ions=None) -> SurfaceState:
        """State from its energy in eV per cell."""
        return cls(name, energy * EV_PER_CELL, oxygen, hydrogen, ions or {})

    def plane(self, conditions: Conditions) -> np.ndarray:
        """Grand potential against the clean surface: J/mol of cells, per pH unit, per volt, (3,)."""
        RT = conditions.thermal_energy
        protons = 2.0 * self.oxygen - self.hydrogen
        constant, electrons = self.gibbs_energy, protons
        constant -= self.oxygen * RT * math.log(conditions.water_activity)
        for ion, count in self.ions.items():
            constant -= count * RT * math.log(conditions.activity.get(ion, 1.0))
            electrons -= count * parse_formula(ion).charge
        return np.array([constant, -protons * RT * LN10, -electrons * FARADAY])


@dataclass(frozen=True)
class SurfaceDiagram:
    """Stable coverages over pH and potential.

    Attributes
    ----------
    states : tuple of SurfaceState
    fields : tuple of Field
        `plane` in J per m² (J/m², per pH unit, per volt).
    boundaries : tuple of Boundary
    triple_points : tuple of TriplePoint
    water : WaterWindow
    ph : (n_ph,) float64
    potential : (n_potential,) float64
        V against the standard hydrogen electrode.
    winner : (n_potential, n_ph) int16
        Index into `fields`.
    """

    states: tuple[SurfaceState, ...]
    fields: tuple[Field, ...]
    boundaries: tuple[Boundary, ...]
    triple_points: tuple[TriplePoint, ...]
    water: WaterWindow
    ph: np.ndarray
    potential: np.ndarray
    winner: np.ndarray

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return tuple(f.name for f in self.fields)

    def grand_potential(self, ph, potential) -> np.ndarray:
        """Lowest surface grand potential against the clean surface, J/m² (arrays broadcast)."""
        ph, potential = np.broadcast_arrays(np.asarray(ph, float), np.asarray(potential, float))
        planes = np.array([f.plane for f in self.fields])
        return (planes[:, 0] + ph[..., None] * planes[:, 1] + potential[..., None] * planes[:, 2]).min(axis=-1)

    def stable_at(self, ph: float, potential: float) -> str:
        """Name of the stable state at one point."""
        return self.names[int(np.argmin([f.plane @ (1.0, ph, potential) for f in self.fields]))]


def surface_diagram(
    states: Sequence[SurfaceState],
    *,
    area: float,
    clean: str = "clean",
    conditions: Conditions | None = None,
    ph: tuple[float, float] = (0.0, 14.0),
    potential: tuple[float, float] = (-1.0, 2.0),
    points: tuple[int, int] = (400, 400),
) -> SurfaceDiagram:
    """Stable coverage of a surface over pH and potential.

    Parameters
    ----------
    states : sequence of SurfaceState
        All for the same cell.
    area : float
        Area of the cell, m².
    clean : str
        Name given to the clean surface, which always takes part.
    conditions : Conditions, optional
        Temperature (of the pH term), water activity, activities of ions.
    ph, potential, points
        Axes and grid; potential in V against the standard hydrogen electrode.
    """
    if not area > 0.0:
        raise InputError(f"is {area} m², expected a positive area", key="area")
    conditions = conditions or Conditions()
    states = (SurfaceState(clean, 0.0), *states)
    if len({s.name for s in states}) != len(states):
        raise InputError("every state needs a name of its own (the clean surface is added)", key="states")
    planes = np.array([s.plane(conditions) for s in states])

    def oracle(sites):
        best = np.argmin(np.column_stack([np.ones(len(sites)), sites]) @ planes.T, axis=1)
        return [(states[k].name, planes[k]) for k in best]

    ends = check_axis("ph", ph), check_axis("potential", potential)
    cells = lower_envelope(oracle, *ends, conditions.thermal_energy)
    per_area = 1.0 / (area * AVOGADRO)
    fields = tuple(Field(c.key, {c.key: 1.0}, c.plane * per_area, c.vertices, "s") for c in cells)
    names = [f.name for f in fields]
    axes = [np.linspace(*end, n) for end, n in zip(ends, points)]
    return SurfaceDiagram(
        states,
        fields,
        find_boundaries(cells, names, lambda i, j: f"{names[i]} = {names[j]}"),
        find_triple_points(cells, names),
        water_window(standard_table(), conditions),
        *axes,
        rasterise(fields, *axes),
    )


def coverage_states(
    adsorbates: Sequence[SurfaceState],
    levels: int,
    *,
    sites: int = 1,
    interactions: Mapping[tuple[str, str], float] | None = None,
    temperature: float | None = None,
) -> list[SurfaceState]:
    """Coverages between the clean surface and full monolayers, from the energies of single adsorbates.

    Mean-field lattice gas per site, `G = sum_i θ_i G_i + 1/2 sum_ij W_ij θ_i θ_j`, and with a `temperature` the mixing
    energy `RT (sum θ ln θ + θ0 ln θ0)` of adsorbates and empty sites.

    Parameters
    ----------
    adsorbates : sequence of SurfaceState
        Each with one adsorbate on one site.
    levels : int
        Steps from empty to full; coverages are multiples of 1/levels.
    sites : int
        Sites per cell.
    interactions : Mapping[tuple[str, str], float], optional
        W by pair of names (a name with itself allowed), J/mol.
    temperature : float, optional
        K; None leaves the mixing energy out.
    """
    if levels < 1:
        raise InputError(f"is {levels}, expected at least 1", key="levels")
    W = np.zeros((len(adsorbates),) * 2)
    names = [a.name for a in adsorbates]
    for (first, second), value in (interactions or {}).items():
        if first not in names or second not in names:
            raise InputError(f"{(first, second)} names no pair of adsorbates", key="interactions")
        i, j = names.index(first), names.index(second)
        W[i, j] = W[j, i] = value
    states = []
    for steps in product(range(levels + 1), repeat=len(adsorbates)):
        if not 0 < sum(steps) <= levels:
            continue
        theta = np.array(steps) / levels
        energy = theta @ [a.gibbs_energy for a in adsorbates] + 0.5 * theta @ W @ theta
        if temperature is not None:
            shares = np.append(theta, 1.0 - theta.sum())
            shares = shares[shares > 1e-12]
            energy += GAS_CONSTANT * temperature * float(shares @ np.log(shares))
        ions: dict[str, float] = {}
        for share, adsorbate in zip(theta, adsorbates):
            for ion, count in adsorbate.ions.items():
                ions[ion] = ions.get(ion, 0.0) + sites * share * count
        states.append(
            SurfaceState(
                " + ".join(f"{n}/{levels} {a.name}" for n, a in zip(steps, adsorbates) if n),
                sites * energy,
                sites * float(theta @ [a.oxygen for a in adsorbates]),
                sites * float(theta @ [a.hydrogen for a in adsorbates]),
                {ion: count for ion, count in ions.items() if count},
            )
        )
    return states
