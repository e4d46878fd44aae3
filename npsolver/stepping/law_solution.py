"""What a calculation without a mesh hands back: numbers, curves, maps, tables, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from npsolver.stepping.solution import Observable, Series


@dataclass
class Array:
    """A curve or a map.

    Attributes
    ----------
    values : ndarray
        In `unit`.
    unit : str
        SI.
    dims : tuple of str
        Names of the axes; an array of one dimension named like its axis holds the positions along it.
    label : str
    """

    values: np.ndarray
    unit: str
    dims: tuple[str, ...]
    label: str = ""


@dataclass
class LawSolution:
    """Result of a case of equilibrium laws, of a cell model, of a phase diagram or of an open-circuit voltage.

    Attributes
    ----------
    case_kind : str
        ``"equilibrium"``, ``"cell"``, ``"pourbaix"`` or ``"ocv"``.
    kind : str
        ``"steady"`` (one set of numbers), ``"sweep"`` or ``"transient"``.
    axis_name, axis_unit : str
        What distinguishes the frames.
    axis : (n_frames,) float64
    observables : dict of str to Observable
        One number each, or one per frame.
    arrays : dict of str to Array
        What has other axes than the frames.
    tables : dict of str to list of rows
        The first row is the header; written as CSV.
    figures : list of dict
        Descriptions of the pictures, plain enough for JSON; see `npsolver.output.law_plots`.
    series, conservation, stats, warnings, status
        As for :class:`~npsolver.stepping.solution.Solution`.
    """

    case_kind: str
    kind: str = "steady"
    axis_name: str = ""
    axis_unit: str = ""
    axis: np.ndarray = field(default_factory=lambda: np.zeros(1))
    observables: dict[str, Observable] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    tables: dict[str, list[list]] = field(default_factory=dict)
    figures: list[dict] = field(default_factory=list)
    series: dict[str, Series] = field(default_factory=dict)
    conservation: dict[str, float] = field(default_factory=dict)
    stats: dict = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    status: str = "converged"

    @property
    def n_frames(self) -> int:
        return len(self.axis)

    def add(self, name: str, value, unit: str = "", label: str = "") -> None:
        """One more observable; a number or one number per frame."""
        value = np.asarray(value, dtype=float)
        self.observables[name] = Observable(name, value if value.ndim else float(value), unit, label)
