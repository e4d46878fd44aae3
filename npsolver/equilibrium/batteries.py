"""A cell from two electrodes: open-circuit voltage, stoichiometry windows, differential analysis.

State of charge s runs from 0 to 1.  Each electrode moves along a straight line between its two end compositions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from . import _checks
from .insertion_hosts import InsertionHost
from .miscibility import in_two_phase, open_circuit_potential


@dataclass(frozen=True)
class Electrode:
    """An insertion electrode and the part of its range that the cell uses.

    Attributes
    ----------
    host : InsertionHost
        Gives U(x, T).
    discharged, charged : float
        x at state of charge 0 and 1.  A positive electrode empties on charge, a negative one fills.
    """

    host: InsertionHost
    discharged: float
    charged: float

    def __post_init__(self):
        for name in ("discharged", "charged"):
            self.host.filling(_checks.fraction(name, getattr(self, name)))
        if self.discharged == self.charged:
            raise InputError("must differ from the composition of the discharged cell", key="charged")

    @property
    def window(self) -> float:
        """Share of the sites used, charged minus discharged (signed)."""
        return self.charged - self.discharged

    def composition(self, state_of_charge) -> np.ndarray:
        """x at a state of charge."""
        s = _checks.fraction("state_of_charge", state_of_charge)
        # this form returns the two ends exactly
        return (1 - s) * self.discharged + s * self.charged

    def potential(self, state_of_charge, temperature) -> np.ndarray:
        """Equilibrium potential with plateaus, V."""
        return open_circuit_potential(self.host, self.composition(state_of_charge), temperature)

    def slope(self, state_of_charge, temperature) -> np.ndarray:
        """dU/ds, V; 0 on a plateau."""
        x = self.composition(state_of_charge)
        slope = self.host.potential_slope(x, temperature) * self.window
        return np.where(in_two_phase(self.host, x, temperature), 0.0, slope)[()]


@dataclass(frozen=True)
class FullCell:
    """Two insertion electrodes facing each other.

    Attributes
    ----------
    positive, negative : Electrode
        With the stoichiometry windows of the cell.
    capacity : float
        Charge between the two ends of the windows, in any unit.
    """

    positive: Electrode
    negative: Electrode
    capacity: float = 1.0

    def __post_init__(self):
        _checks.positive("capacity", self.capacity)
        if self.positive.window > 0:
            raise InputError("the positive electrode empties on charge: charged < discharged", key="positive")
        if self.negative.window < 0:
            raise InputError("the negative electrode fills on charge: charged > discharged", key="negative")

    def open_circuit_voltage(self, state_of_charge, temperature) -> np.ndarray:
        """``U_positive − U_negative``, V."""
        return self.positive.potential(state_of_charge, temperature) - self.negative.potential(
            state_of_charge, temperature
        )

    def differential_voltage(self, state_of_charge, temperature) -> np.ndarray:
        """dV/dQ, V per unit of capacity: the sum of what the two electrodes contribute."""
        slope = self.positive.slope(state_of_charge, temperature) - self.negative.slope(state_of_charge, temperature)
        return slope / self.capacity

    def incremental_capacity(self, state_of_charge, temperature) -> np.ndarray:
        """dQ/dV, unit of capacity per volt; infinite where both electrodes are on a plateau."""
        slope = self.differential_voltage(state_of_charge, temperature)
        flat = slope == 0
        return np.where(flat, np.inf, 1 / np.where(flat, 1.0, slope))[()]

    def entropy_coefficient(self, state_of_charge, temperature) -> np.ndarray:
        """dV/dT at constant composition of homogeneous electrodes, V/K: reversible heat is ``−I T dV/dT``."""
        positive, negative = (
            e.host.entropy_coefficient(e.composition(state_of_charge), temperature)
            for e in (self.positive, self.negative)
        )
        return positive - negative


def balanced_cell(
    positive: InsertionHost,
    negative: InsertionHost,
    positive_capacity: float,
    negative_capacity: float,
    cyclable_charge: float,
    voltage_limits: tuple[float, float],
    temperature: float,
) -> FullCell:
    """Stoichiometry windows from electrode capacities, ion inventory and voltage limits.

    With ``Q_Li = x_p Q_p + x_n Q_n`` fixed, x_n at each limit is the only zero of
    ``U_p((Q_Li − x_n Q_n)/Q_p) − U_n(x_n) − V`` (P. Mohtat et al., J. Electrochem. Soc. 168 (2021) 100520, eqs. 1–4).

    Parameters
    ----------
    positive, negative : InsertionHost
    positive_capacity, negative_capacity : float
        Charge that fills all sites of each electrode, one unit.
    cyclable_charge : float
        Q_Li, ions that move between the electrodes, same unit.
    voltage_limits : tuple of float
        Voltage of the discharged and of the charged cell, V.
    temperature : float
        K.

    Returns
    -------
    FullCell
        Its capacity is what can be drawn between the limits.
    """
    qp, qn, qli = (
        float(_checks.positive(name, value))
        for name, value in (
            ("positive_capacity", positive_capacity),
            ("negative_capacity", negative_capacity),
            ("cyclable_charge", cyclable_charge),
        )
    )
    low_voltage, high_voltage = _checks.increasing("voltage_limits", voltage_limits)
    # an ideal lattice has no potential at its very ends
    (p0, p1), (n0, n1) = (
        (low + 1e-12 * (high - low), high - 1e-12 * (high - low)) for low, high in (positive.range, negative.range)
    )
    low, high = max(n0, (qli - p1 * qp) / qn), min(n1, (qli - p0 * qp) / qn)
    if low >= high:
        raise InputError(
            f"{qli:g} fits neither electrode: between them they take {n0 * qn + p0 * qp:g} to {n1 * qn + p1 * qp:g}",
            key="cyclable_charge",
        )
    margin = 1e-12 * (high - low)
    low, high = low + margin, high - margin

    def voltage(x_n):
        x_p = (qli - x_n * qn) / qp
        return float(
            open_circuit_potential(positive, x_p, temperature) - open_circuit_potential(negative, x_n, temperature)
        )

    reach = voltage(low), voltage(high)
    ends = []
    for limit in (low_voltage, high_voltage):
        if not reach[0] <= limit <= reach[1]:
            raise InputError(
                f"this cell runs from {reach[0]:.4g} V to {reach[1]:.4g} V, never to {limit:g} V", key="voltage_limits"
            )
        ends.append(_crossing(voltage, float(limit), low, high))
    discharged, charged = ends
    return FullCell(
        Electrode(positive, (qli - discharged * qn) / qp, (qli - charged * qn) / qp),
        Electrode(negative, discharged, charged),
        (charged - discharged) * qn,
    )


def _crossing(voltage, limit, low, high):
    from scipy.optimize import brentq

    return brentq(lambda x: voltage(x) - limit, low, high, xtol=1e-15, rtol=1e-14)
