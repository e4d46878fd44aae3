"""Boundary laws as rows of the system: held values, sources, series capacitances and floating terminals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from npsolver.discretisation.coefficients import Coefficients
from npsolver.errors import InputError
from npsolver.mesh import Mesh
from npsolver.model import Boundary, Model
from npsolver.units import FARADAY

if TYPE_CHECKING:
    from npsolver.model import SurfaceReaction


@dataclass
class Terminal:
    """One boundary, dimensionless.

    Attributes
    ----------
    name : str
    nodes : (n,) int32
        Nodes that carry the held values.
    areas : (n,) float64
    held : (n_species,) bool
        Species with a given concentration.
    value : (n_species,) float64
        That concentration.
    influx : (n_species,) float64
        Imposed molar inflow per area.
    potential, current, surface_charge : float or None
    capacitance : float
        Per area, in series with the potential; 0 means none.
    inner_nodes : (n,) int32
        Where imposed fluxes enter: the node next to an outside node, otherwise `nodes`.
    owned : (n, n_species) bool
        Which held species this boundary supplies at its nodes: at an edge that two boundaries share, the first.
    leaving : (n,) float64 or None
        Volume flow that takes all species out of the domain with it.
    reactions : tuple of SurfaceReaction
        What runs at a finite rate, at `inner_nodes`; in SI.
    reacting : (n_species,) bool
        Species that take part.
    start : (n_species,) float64
        Concentration in equilibrium with the outside of species that pass at a finite rate; NaN where unknown.
    metal_apart : bool
        Whether only reactions join the solution to the potential of the metal: electrodes of the electroneutral model,
        which has no double layer between them.
    """

    name: str
    nodes: np.ndarray
    areas: np.ndarray
    held: np.ndarray
    value: np.ndarray
    influx: np.ndarray
    potential: float | None
    current: float | None
    surface_charge: float | None
    capacitance: float
    inner_nodes: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))
    owned: np.ndarray = field(default_factory=lambda: np.empty((0, 0), bool))
    leaving: np.ndarray | None = None
    reactions: tuple[SurfaceReaction, ...] = ()
    reacting: np.ndarray = field(default_factory=lambda: np.empty(0, bool))
    start: np.ndarray = field(default_factory=lambda: np.empty(0))
    metal_apart: bool = False

    @property
    def floating(self) -> bool:
        return self.current is not None

    @property
    def has_potential(self) -> bool:
        return self.potential is not None or self.floating

    @property
    def fixes_potential(self) -> bool:
        """Whether the potential at the nodes is that of the terminal."""
        return self.has_potential and self.capacitance == 0.0 and not self.metal_apart


def needs_outside_node(boundary: Boundary, physics: str) -> bool:
    """Whether the surface joins two electroneutral phases whose potentials may differ (Donnan)."""
    if physics != "electroneutral" or boundary.is_electrode or is_reference(boundary):
        return False
    return bool(boundary.concentration) or boundary.potential is not None or boundary.current is not None


def is_reference(boundary: Boundary) -> bool:
    """Whether a surface that nothing crosses does no more than say where the potential is counted from."""
    return not boundary.concentration and not boundary.is_electrode and boundary.potential is not None


def terminals(model: Model, mesh: Mesh, coefficients: Coefficients) -> list[Terminal]:
    """All boundaries of `mesh` with the laws that `model` gives them (none: blocking, uncharged)."""
    area_scale, n_species = coefficients.area_scale, len(model.species)
    taken = np.zeros((mesh.n_nodes, n_species), dtype=bool)
    result = []
    for name, (nodes, areas) in mesh.boundaries.items():
        law = model.boundaries.get(name, Boundary(name))
        if model.physics == "electroneutral":
            if law.surface_charge:
                raise InputError("the electroneutral model has no surface charge", key=f"boundary {name}")
            if law.stern_capacitance:
                raise InputError("the electroneutral model has no Stern layer", key=f"boundary {name}")
            passes = law.concentration or law.is_electrode
            others = [item for key, item in model.boundaries.items() if key != name]
            alone = is_reference(law) and all(item.potential is None for item in others)
            if (law.potential is not None or law.current is not None) and not passes and not alone:
                raise InputError(
                    "in the electroneutral model a potential or current needs a species that can cross: give its "
                    "concentration or an electrode reaction, or use physics = 'pnp'",
                    key=f"boundary {name}",
                )
        held = np.array([species.name in law.concentration for species in model.species], dtype=bool)
        owned = held & ~taken[nodes]
        taken[nodes] |= held
        result.append(
            Terminal(
                name=name,
                nodes=nodes,
                areas=areas / area_scale,
                held=held,
                **_values(law, model, mesh, coefficients),
                inner_nodes=mesh.inside_of(nodes),
                owned=owned,
                leaving=coefficients.leaving.get(name),
                reacting=np.array([species.name in law.reacting for species in model.species], dtype=bool),
                metal_apart=law.is_electrode and model.physics == "electroneutral",
            )
        )
    return result


def _values(law: Boundary, model: Model, mesh: Mesh, coefficients: Coefficients) -> dict:
    """What of a Terminal may change during a run."""
    scales = coefficients.scales
    unit_area = coefficients.area_scale if mesh.coordinates != "cartesian" or mesh.dimension > 1 else 1.0
    outer = {**law.equilibrium, **{species: c for species, (_, c) in law.transfer.items()}}
    names = [species.name for species in model.species]
    current = law.current
    if model.physics == "electroneutral" and law.concentration and law.potential is None and current is None:
        current = 0.0  # a surface that exchanges ions and has no potential is at open circuit
    return {
        "value": np.array([law.concentration.get(name, 0.0) / scales.concentration for name in names]),
        "influx": np.array([law.flux.get(name, 0.0) / scales.flux for name in names]),
        "start": np.array([outer.get(name, np.nan) / scales.concentration for name in names]),
        "potential": None if law.potential is None else law.potential / scales.potential,
        "current": None if current is None else current / (FARADAY * scales.flux * unit_area),
        "surface_charge": None if law.surface_charge is None else law.surface_charge / scales.surface_charge,
        "capacitance": (law.stern_capacitance or 0.0) * scales.potential / scales.surface_charge,
        "reactions": law.kinetics,
    }


def renewed(
    present: Sequence[Terminal], names: set[str], model: Model, mesh: Mesh, coefficients: Coefficients
) -> list[Terminal]:
    """The terminals of `model`, which differs from the present ones in values of the boundary laws `names` only."""
    result = []
    for t in present:
        if t.name in names:
            old, t = t, object.__new__(Terminal)  # `dataclasses.replace` would look at every field
            vars(t).update(vars(old))
            vars(t).update(_values(model.boundaries[t.name], model, mesh, coefficients))
        result.append(t)
    return result


def changed_boundaries(model: Model, present: Model) -> set[str] | None:
    """Boundaries whose laws differ in values between two models; None if the models differ in anything else."""
    if any(getattr(model, name) is not getattr(present, name) for name in _EQUATIONS) and any(
        getattr(model, name) != getattr(present, name) for name in _EQUATIONS
    ):
        return None
    if model.boundaries.keys() != present.boundaries.keys():
        return None
    changed = set()
    for name, law in model.boundaries.items():
        other = present.boundaries[name]
        if law is other or law == other:
            continue
        if not _same_structure(law, other):
            return None
        changed.add(name)
    return changed


# what of a model decides on the equations, beside its boundary laws
_EQUATIONS = (
    *("species", "regions", "temperature", "physics", "reactions", "velocity", "flow", "excess", "local_excess"),
    "coupling",
)


def _same_structure(law: Boundary, other: Boundary) -> bool:
    """Whether two laws of a boundary replace the same rows."""
    return (
        law.concentration.keys() == other.concentration.keys()
        and (law.potential is None) == (other.potential is None)
        and (law.current is None) == (other.current is None)
        and law.stern_capacitance == other.stern_capacitance
        and _participants(law) == _participants(other)
    )


def _participants(law: Boundary) -> list[tuple]:
    """Electrons, stoichiometry and orders of everything that runs at a finite rate."""
    return [
        (item.electrons, *(tuple(d.items()) for d in (item.stoichiometry, item.forward_order, item.backward_order)))
        for item in law.kinetics
    ]


def take_out(
    terminal: Terminal, u: np.ndarray, out: np.ndarray, blocks: np.ndarray | None, diagonal: np.ndarray
) -> None:
    """Add what the flow takes with it through a surface, without diffusion, to the balances there.

    Parameters
    ----------
    terminal : Terminal
    u, out : (>= n_nodes * block_size,) float64
    blocks : (n_blocks, block_size, block_size) float64 or None
        Where the derivatives are added.
    diagonal : (n_nodes,) int32
        As in `BlockPattern`.
    """
    ns = terminal.held.size
    index = (terminal.nodes.astype(np.int64) * (ns + 1))[:, None] + np.arange(ns)
    out[index] += terminal.leaving[:, None] * u[index]
    if blocks is not None:
        for i in range(ns):
            blocks[diagonal[terminal.nodes], i, i] += terminal.leaving
