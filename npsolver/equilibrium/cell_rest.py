"""Resting state of a cell, what its pump contributes, and pump against leak in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..errors import ConvergenceError, InputError
from ..units import FARADAY, GAS_CONSTANT
from . import _checks
from .cell_dynamics import CellCourse, simulate_cell
from .cells import Cell
from .membrane_transport import Leak, Surroundings, membrane_current, net_fluxes


def pump_leak_course(time, pump_rate, leak_constant, start=0.0) -> np.ndarray:
    """A gradient between pump and leak: ``dG/dt = p − kG``, ``G(t) = p/k + (G_0 − p/k) exp(−kt)``.

    Parameters
    ----------
    time : array_like
        s.
    pump_rate : array_like
        p, unit of G per second.
    leak_constant : array_like
        k, 1/s.
    start : array_like
        G_0.

    Returns
    -------
    numpy.ndarray
        G, broadcast of the arguments.
    """
    k, t = _checks.positive("leak_constant", leak_constant), _checks.non_negative("time", time)
    steady = pump_leak_steady(pump_rate, k)
    return steady + (_checks.finite("start", start) - steady) * np.exp(-k * t)


def pump_leak_steady(pump_rate, leak_constant) -> np.ndarray:
    """Gradient at which the leak returns what the pump moves, ``G = p/k``."""
    return _checks.finite("pump_rate", pump_rate) / _checks.positive("leak_constant", leak_constant)


def zero_current_potential(
    cell: Cell,
    inside: Mapping[str, float] | None = None,
    settings: Mapping[str, float] | None = None,
    atp: float | None = None,
) -> float:
    """Potential at which no net current crosses the membrane at given concentrations, V.

    Parameters
    ----------
    cell : Cell
    inside : mapping, optional
        Concentrations, mol/m³; those of the start when left out.
    settings : mapping, optional
        From :meth:`Cell.settings`.
    atp : float, optional
        mol/m³.
    """
    from scipy.optimize import brentq

    inside = inside or {ion.name: ion.inside for ion in cell.ions}
    settings = settings or cell.settings()
    activity = cell.activity(settings, atp)

    def current(v):
        return float(membrane_current(cell.transporters, cell.surroundings(v, inside, settings), activity))

    if current(-1.0) * current(1.0) > 0:
        raise ConvergenceError("no potential between −1 V and 1 V stops the current through this membrane")
    return brentq(current, -1.0, 1.0, xtol=1e-14, rtol=1e-14)


def electrogenic_share(cell: Cell, pump: str = "pump") -> float:
    """How much of the potential disappears at once when a pump stops, V (positive: the cell depolarises)."""
    if pump not in {t.name for t in cell.transporters}:
        raise InputError(f"the cell has no transporter {pump!r}", key="pump")
    running = cell.settings()
    atp = cell.energy.atp if cell.energy else None
    return zero_current_potential(cell, settings={**running, pump: 0.0}, atp=atp) - zero_current_potential(
        cell, settings=running, atp=atp
    )


def mullins_noda_potential(permeability_ratio, inside, outside, temperature, coupling=1.5) -> np.ndarray:
    """Potential of a cell whose Na/K pump balances its leaks at a steady state.

    ``V = RT/F ln((r [K]_out + b [Na]_out)/(r [K]_in + b [Na]_in))`` (L. J. Mullins and K. Noda, J. Gen. Physiol. 47
    (1963) 117, eq. 9); r = 1 is the equation of Goldman, Hodgkin and Katz.

    Parameters
    ----------
    permeability_ratio : array_like
        b = P_Na/P_K.
    inside, outside : tuple of array_like
        ([K], [Na]) on each side, one unit.
    temperature : array_like
        K.
    coupling : array_like
        r, Na+ out per K+ in.
    """
    b, r = _checks.non_negative("permeability_ratio", permeability_ratio), _checks.positive("coupling", coupling)
    (k_in, na_in), (k_out, na_out) = (
        tuple(_checks.positive(name, v) for v in side) for name, side in (("inside", inside), ("outside", outside))
    )
    thermal = GAS_CONSTANT * _checks.positive("temperature", temperature) / FARADAY
    return thermal * np.log((r * k_out + b * na_out) / (r * k_in + b * na_in))


def leaks_that_balance(at: Surroundings, transporters, ions, law: str = "conductance") -> tuple[Leak, ...]:
    """Leaks that hold given concentrations and potential steady against active transport.

    Parameters
    ----------
    at : Surroundings
        State to be held (``Cell.start()``).
    transporters : iterable
        Everything but the leaks looked for.
    ions : iterable of str
        Ions that get a leak; the others must be balanced already.
    law : {"conductance", "permeability"}

    Returns
    -------
    tuple of Leak
    """
    active, leaks = net_fluxes(transporters, at), []
    for ion in ions:
        one = Leak(ion, **{law: 1.0})
        unit = float(one.rate(at))
        needed = -float(active[ion])
        if unit == 0 or needed / unit < 0:
            raise InputError(
                f"is moved by {-needed:g} mol/(m² s) outwards, which no leak can return at {at.potential:g} V", key=ion
            )
        leaks.append(Leak(ion, **{law: needed / unit}))
    return tuple(leaks)


@dataclass(frozen=True)
class RestingState:
    """A cell at rest.

    Attributes
    ----------
    potential : float
        V.
    concentration : dict of str
        Ion to mol/m³ inside.
    volume : float
        m³.
    atp : float or None
        mol/m³.
    course : CellCourse
        The way there.
    """

    potential: float
    concentration: dict[str, float]
    volume: float
    atp: float | None
    course: CellCourse


def resting_state(cell: Cell, *, interventions=(), horizon: float = 1e6, tolerance: float = 1e-6) -> RestingState:
    """Let a cell run until nothing changes.

    Parameters
    ----------
    cell : Cell
    interventions : sequence of Intervention
        Made at the start (their times are ignored): the resting state of a treated cell.
    horizon : float
        Time allowed, s.
    tolerance : float
        Largest relative change of any amount, of the volume and (in units of 25 mV) of the potential over the last
        half of the horizon.

    Returns
    -------
    RestingState

    Raises
    ------
    npsolver.errors.ConvergenceError
        The cell still changes, e.g. a cell without a pump that swells for ever.
    """
    first = [replace(one, time=0.0) for one in interventions]
    times = np.concatenate([[0.0], np.geomspace(horizon * 1e-8, horizon / 2, 60), [horizon]])
    course = simulate_cell(cell, times, interventions=first)
    amounts = [*course.amount.values(), course.volume]
    change = max(abs(a[-1] / a[-2] - 1) for a in amounts)
    change = max(change, abs(course.potential[-1] - course.potential[-2]) / 0.025)
    if change > tolerance:
        raise ConvergenceError(
            f"no resting state within {horizon:g} s: something still changes by {change:.2g} of itself in the last half"
        )
    return RestingState(
        float(course.potential[-1]),
        {name: float(course.concentration(name)[-1]) for name in course.amount},
        float(course.volume[-1]),
        None if course.atp is None else float(course.atp[-1]),
        course,
    )
