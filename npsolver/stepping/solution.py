"""What a run hands back: fields on the mesh, their history, and numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from npsolver.mesh import Mesh
from npsolver.model import Model

KINDS = ("steady", "transient", "sweep")


@dataclass
class Observable:
    """One named number of a solution, or one number per frame.

    Attributes
    ----------
    name : str
        E.g. ``"membrane_potential"`` or ``"flux[K+, left]"``.
    value : float or (n_frames,) float64
        In `unit`.
    unit : str
        SI, e.g. ``"V"``, ``"A/m^2"``, ``"mol/m^2/s"``; empty for a pure number.
    label : str
        What a reader of a table or plot sees.
    error_estimate : float or None
        Absolute, in `unit`.
    round_off : float or None
        Absolute, in `unit`, where it is known; a value that would lie below is zero.
    """

    name: str
    value: float | np.ndarray
    unit: str
    label: str = ""
    error_estimate: float | None = None
    round_off: float | None = None

    def __post_init__(self):
        self.label = self.label or self.name.replace("_", " ")


@dataclass
class Series:
    """One quantity at every accepted step of a transient.

    Attributes
    ----------
    values : (n_steps,) float64
        In `unit`.
    unit : str
        SI.
    """

    values: np.ndarray
    unit: str


@dataclass(repr=False)
class Solution:
    """Fields, history and observables of one run; everything in SI.

    Attributes
    ----------
    model : Model
    mesh : Mesh
    kind : str
        ``"steady"``, ``"transient"`` or ``"sweep"``.
    axis_name : str
        What distinguishes the frames: ``""`` (steady, one frame), ``"time"``, or the swept key,
        e.g. ``"boundary.left.potential"``.
    axis_unit : str
    axis : (n_frames,) float64, in `axis_unit`
    concentration : (n_frames, n_species, n_cells) float64, mol/m³
        Per mesh cell (node x region), so that it has two values where it jumps at an interface.
    potential : (n_frames, n_nodes) float64, V
    flux : (n_frames, n_species, n_edges) float64, mol/(m² s)
        Positive from the first to the second node of an edge.
    current_density : (n_frames, n_edges) float64, A/m²
        Ionic plus displacement.
    entropy_production : (n_frames,) float64, W/K per m² of cross-section
    series : dict of str to Series
        At every accepted step of a transient: ``"time"``, terminal currents and potentials.
    observables : dict of str to Observable
    conservation : dict of str to float
        Relative defects.
    stats : dict
        Newton iterations, steps, linear solves, unknowns, seconds, peak memory, path of continuation.
    warnings : list of str
    status : str
        ``"converged"``.
    entropy_density : (n_frames, n_edges) float64 or None, W/(K m³)
        Entropy production per volume along every edge, never negative; its sum over the volumes that belong to the edges
        is `entropy_production`.
    """

    model: Model
    mesh: Mesh
    kind: str
    axis_name: str
    axis_unit: str
    axis: np.ndarray
    concentration: np.ndarray
    potential: np.ndarray
    flux: np.ndarray
    current_density: np.ndarray
    entropy_production: np.ndarray
    series: dict[str, Series] = field(default_factory=dict)
    observables: dict[str, Observable] = field(default_factory=dict)
    conservation: dict[str, float] = field(default_factory=dict)
    stats: dict = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    status: str = "converged"
    entropy_density: np.ndarray | None = None

    @property
    def n_frames(self) -> int:
        return len(self.axis)

    def __repr__(self) -> str:
        """Kind, size and observables (at the last frame); the arrays would fill pages."""
        species = ", ".join(s.name for s in self.model.species)
        lines = [f"<Solution: {self.kind}, {species}, {self.mesh.n_nodes} nodes, {len(self.axis)} frames"]
        for name, observable in self.observables.items():
            lines.append(f"  {name} = {np.ravel(observable.value)[-1]:.8g} {observable.unit}".rstrip())
        return "\n".join([*lines, *(f"  warning: {text}" for text in self.warnings)]) + ">"
