"""Time course of a cell under clamps and interventions, by stiff integration of the pump-leak model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import ConvergenceError, InputError
from ..units import FARADAY
from .cells import WATER_MOLAR_VOLUME, Cell
from .membrane_transport import Pump, net_fluxes
from .ode import integrate_pieces
from .protocols import Clamp, CurrentClamp, VoltageClamp, breaks_of


@dataclass(frozen=True)
class CellCourse:
    """What happened to a cell.

    Attributes
    ----------
    cell : Cell
    time : numpy.ndarray
        (n,) s.
    potential : numpy.ndarray
        (n,) V.
    amount : dict of str
        Ion to (n,) mol inside.
    volume : numpy.ndarray
        (n,) m³.
    atp : numpy.ndarray or None
        (n,) mol/m³.
    injected : numpy.ndarray
        (n,) charge the clamp brought in that no tracked ion carried, C.
    clamp_current : numpy.ndarray
        (n,) inward current of the clamp, A/m² (without the spikes that charge the membrane at voltage steps).
    outside : dict of str
        Ion to (n,) mol/m³.
    """

    cell: Cell
    time: np.ndarray
    potential: np.ndarray
    amount: dict[str, np.ndarray]
    volume: np.ndarray
    atp: np.ndarray | None
    injected: np.ndarray
    clamp_current: np.ndarray
    outside: dict[str, np.ndarray]
    _impermeant_outside: np.ndarray

    def concentration(self, ion: str) -> np.ndarray:
        """(n,) concentration inside, mol/m³."""
        return self.amount[ion] / self.volume

    def equilibrium_potential(self, ion: str) -> np.ndarray:
        """(n,) Nernst potential, V."""
        inside = {name: self.concentration(name) for name in self.amount}
        settings = {f"outside.{name}": value for name, value in self.outside.items()}
        return self.cell.surroundings(self.potential, inside, settings).nernst(ion)

    def driving_force(self, ion: str) -> np.ndarray:
        """(n,) ``V_m − E_ion``, V."""
        return self.potential - self.equilibrium_potential(ion)

    def charge_defect(self) -> np.ndarray:
        """(n,) ``V`` minus the potential that the charges inside make, V: 0 but for rounding."""
        ions = FARADAY * sum(z * (self.amount[name] - self.amount[name][0]) for name, z in self.cell.charge.items())
        farads = self.cell.capacitance * self.cell.area
        return self.potential - self.cell.potential - (ions + self.injected) / farads

    def osmotic_imbalance(self) -> np.ndarray:
        """(n,) osmolarity inside minus outside, mol/m³."""
        inside = (sum(self.amount.values()) + self.cell.trapped_amount) / self.volume
        return inside - sum(self.outside.values()) - self._impermeant_outside


class _State:
    """Layout of the state vector: V, changes of the amounts, volume, ATP, injected charge, all of order one."""

    def __init__(self, cell: Cell, clamp: Clamp):
        self.cell, self.clamp = cell, clamp
        self.names = list(cell.charge)
        n = len(self.names)
        self.ions, self.water, self.atp, self.charge = slice(1, n + 1), n + 1, n + 2, n + 3
        self.size = n + 4
        self.start = np.array([ion.inside for ion in cell.ions]) * cell.volume
        self.osmoles = self.start.sum() + cell.trapped_amount
        self.z = np.array([cell.charge[name] for name in self.names], dtype=float)
        self.farads = cell.capacitance * cell.area
        if clamp.carrier is not None and not cell.charge.get(clamp.carrier):
            raise InputError(f"must be an ion of the cell, got {clamp.carrier!r}", key="carrier")

    def first(self) -> np.ndarray:
        y = np.zeros(self.size)
        y[0], y[self.water] = self.cell.potential, 1.0
        y[self.atp] = self.cell.energy.atp if self.cell.energy else 1.0
        return y

    def inject(self, rates: np.ndarray, current) -> None:
        """Book an inward current in A (or a charge in C) on its carrier."""
        if self.clamp.carrier is None:
            rates[self.charge] += current / self.farads
        else:
            k = self.names.index(self.clamp.carrier)
            rates[1 + k] += current / (self.z[k] * FARADAY) / self.osmoles

    def law(self, settings, current: float, clamped: bool):
        """dy/dt under constant settings; `current` is the inward clamp current of a current clamp, A/m²."""
        cell, factor_water = self.cell, self.cell.area * self.cell.water_permeability * WATER_MOLAR_VOLUME
        bath = sum(settings[f"outside.{name}"] for name in self.names) + settings["outside_impermeant"]
        pumps = [t for t in cell.transporters if isinstance(t, Pump)]

        def rates(_, y):
            amount, volume = self.start + self.osmoles * y[self.ions], cell.volume * y[self.water]
            if volume <= 0 or np.any(amount <= 0):
                return np.full(self.size, np.nan)
            inside = dict(zip(self.names, (amount / volume).tolist(), strict=True))
            at = cell.surroundings(y[0], inside, settings)
            atp = y[self.atp] if cell.energy else None
            activity = cell.activity(settings, atp)
            flux = np.array([float(j) for j in net_fluxes(cell.transporters, at, activity).values()])
            outward = FARADAY * float(self.z @ flux)
            supplied = outward if clamped else current
            dy = np.zeros(self.size)
            dy[0] = (supplied - outward) / cell.capacitance
            dy[self.ions] = -cell.area * flux / self.osmoles
            self.inject(dy, cell.area * supplied)
            dy[self.water] = factor_water * ((amount.sum() + cell.trapped_amount) / volume - bath) / cell.volume
            if cell.energy:
                spent = sum(t.rate(at) * activity[t.name] for t in pumps) * cell.area / volume
                made = settings["metabolism"] * cell.energy.supply_rate * (cell.energy.atp - atp)
                dy[self.atp] = made - spent - atp * dy[self.water] / y[self.water]
            return dy

        return rates


def simulate_cell(
    cell: Cell, times, *, interventions=(), clamp: Clamp | None = None, rtol: float = 1e-9, method: str = "LSODA"
) -> CellCourse:
    """Integrate a cell in time.

    Parameters
    ----------
    cell : Cell
    times : (n,) array_like
        Increasing, s; the cell starts at the first.
    interventions : sequence of Intervention
        Pump block, metabolic failure, change of bath …
    clamp : VoltageClamp or CurrentClamp, optional
        Without one the potential is free.
    rtol : float
        Local error of the integrator.
    method : str
        ``"LSODA"``, ``"Radau"`` or ``"BDF"``.

    Returns
    -------
    CellCourse

    Raises
    ------
    npsolver.errors.ConvergenceError
        The integrator stopped, for example because the cell ran out of an ion.
    """
    clamp = clamp if clamp is not None else CurrentClamp()
    state, clamped = _State(cell, clamp), isinstance(clamp, VoltageClamp)
    times = np.asarray(times, dtype=float)

    def law_for(t):
        current = 0.0 if clamped else float(clamp.current.at(t))
        return state.law(cell.settings(interventions, t), current, clamped)

    def enter(t, y):
        """A voltage step charges the membrane at once."""
        if clamped:
            y = y.copy()
            state.inject(y, state.farads * (float(clamp.potential.at(t)) - y[0]))
            y[0] = float(clamp.potential.at(t))
        return y

    start = state.first()
    if clamped:
        start = enter(times[0], start)
    breaks = {*breaks_of(clamp), *(i.time for i in interventions)}
    y = integrate_pieces(law_for, start, times, breaks, enter=enter, rtol=rtol, atol=1e-3 * rtol, method=method)
    return _course(cell, state, times, y, interventions, clamped)


def _course(cell, state, times, y, interventions, clamped) -> CellCourse:
    """Physical quantities from the state vectors."""
    amount = {name: state.start[k] + state.osmoles * y[:, 1 + k] for k, name in enumerate(state.names)}
    volume = cell.volume * y[:, state.water]
    if min(a.min() for a in amount.values()) <= 0 or volume.min() <= 0:
        raise ConvergenceError("the cell ran out of an ion or of water")
    settings = [cell.settings(interventions, t) for t in times]
    table = {key: np.array([s[key] for s in settings]) for key in settings[0]}
    atp = y[:, state.atp] if cell.energy else None
    at = cell.surroundings(y[:, 0], {name: a / volume for name, a in amount.items()}, table)
    fluxes = net_fluxes(cell.transporters, at, cell.activity(table, atp))
    outward = FARADAY * sum(z * fluxes[name] for name, z in cell.charge.items())
    if clamped:
        current = outward * np.ones(times.size)
    else:
        current = np.broadcast_to(state.clamp.current.at(times), times.shape)
    return CellCourse(
        cell,
        times,
        y[:, 0],
        amount,
        volume,
        atp,
        y[:, state.charge] * state.farads,
        current,
        {name: table[f"outside.{name}"] for name in state.names},
        table["outside_impermeant"],
    )
