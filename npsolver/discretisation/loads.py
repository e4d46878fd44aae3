"""What comes from outside: production, imposed fluxes, charges of regions and surfaces, potentials behind capacitances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from npsolver.discretisation.coefficients import Coefficients
from npsolver.discretisation.terminals import Terminal


class Loads:
    """Right-hand sides that boundary laws and regions give.

    Parameters
    ----------
    n_nodes, block_size : int
    coefficients : Coefficients

    Attributes
    ----------
    source : (n_nodes, block_size) float64
        Production in every control volume; the last column adds to the charge. Changed in place.
    volume_source : (n_nodes, block_size) float64
        The part of it that is given as it stands; takes effect with the next `set_values`.
    has_source : bool
        Whether there may be any.
    fixed_charge : (n_nodes,) float64
        Of regions and surfaces. Changed in place.
    outer_node : (n_outer,) int32
        Nodes that a capacitance joins to the potential of a terminal.
    outer_capacitance : (n_outer,) float64
        Times area.
    """

    def __init__(self, n_nodes: int, block_size: int, coefficients: Coefficients):
        self.coefficients = coefficients
        self.source = np.zeros((n_nodes, block_size))
        self.volume_source = np.zeros((n_nodes, block_size))
        self.has_source = self._has_volume_source = False
        self.fixed_charge = np.zeros(n_nodes)
        self._set_outer([])

    def set_volume_source(self, source: np.ndarray) -> None:
        """Take a new `volume_source`."""
        self.volume_source[:] = source
        self._has_volume_source = bool(self.volume_source.any())

    def set_values(self, laws: Sequence[Terminal], load: float) -> None:
        """Take the values of boundary laws; `load` scales potentials, charges and fluxes."""
        ns = self.source.shape[1] - 1
        production = self.coefficients.production
        if self.has_source:
            self.source[:] = 0.0
        self.has_source = self._has_volume_source or production.size > 0 or any(t.influx.any() for t in laws)
        if self._has_volume_source:
            self.source += self.volume_source
        if production.size:
            self.source[:, :ns] += production * load
        np.multiply(self.coefficients.fixed_charge, load, out=self.fixed_charge)
        outer, floating = [], 0
        for t in laws:
            which = -1
            if t.floating:
                which, floating = floating, floating + 1
            if self.has_source:
                np.add.at(self.source[:, :ns], t.inner_nodes, t.areas[:, None] * (t.influx * load))
            if t.has_potential and t.capacitance > 0.0:
                potential = 0.0 if t.potential is None else t.potential * load
                outer += [(node, t.capacitance * area, potential, which) for node, area in zip(t.nodes, t.areas)]
            elif t.surface_charge:
                np.add.at(self.fixed_charge, t.nodes, t.areas * (t.surface_charge * load))
        if outer or self.outer_node.size:
            self._set_outer(outer)

    def _set_outer(self, outer: list[tuple[int, float, float, int]]) -> None:
        node, capacitance, potential, which = zip(*outer) if outer else ((),) * 4
        self.outer_node = np.array(node, dtype=np.int32)
        self.outer_capacitance = np.array(capacitance, dtype=float)
        self._outer_potential = np.array(potential, dtype=float)
        self._outer_terminal = np.array(which, dtype=np.int64)  # among the floating ones; -1: its potential is given

    def outer_potential(self, voltages: np.ndarray) -> np.ndarray:
        """Potentials behind the capacitances, (n_outer,); `voltages` of the floating terminals are unknowns."""
        if not voltages.size:
            return self._outer_potential
        return np.where(self._outer_terminal < 0, self._outer_potential, voltages[self._outer_terminal])

    def add_displacement(self, u: np.ndarray, voltages: np.ndarray, out: np.ndarray) -> None:
        """Charge that the capacitances bring to their nodes, into the rows of the potential.

        Parameters
        ----------
        u, out : (n_nodes * block_size,) float64
        voltages : (n_floating,) float64
        """
        if self.outer_node.size:
            m = self.source.shape[1]
            row = self.outer_node.astype(np.int64) * m + (m - 1)
            np.subtract.at(out, row, self.outer_capacitance * (self.outer_potential(voltages) - u[row]))

    def add_capacitance(self, diagonal: np.ndarray, blocks: np.ndarray) -> None:
        """The derivative of that by the potentials of the nodes; `diagonal` as in `BlockPattern`."""
        if self.outer_node.size:
            np.add.at(blocks[:, -1, -1], diagonal[self.outer_node], self.outer_capacitance)
