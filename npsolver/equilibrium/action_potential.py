"""Time course of a Hodgkin–Huxley membrane under voltage or current clamp."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..units import FARADAY
from .hodgkin_huxley import CHARGES, IONS, HodgkinHuxley
from .ode import integrate_pieces
from .protocols import Clamp, CurrentClamp, VoltageClamp, breaks_of


@dataclass(frozen=True)
class AxonCourse:
    """What happened to a patch of axon.

    Attributes
    ----------
    axon : HodgkinHuxley
    time : numpy.ndarray
        (n,) s.
    potential : numpy.ndarray
        (n,) V.
    gates : dict of str
        ``"m"``, ``"h"``, ``"n"`` to (n,).
    conductance : dict of str
        ``"Na+"``, ``"K+"``, ``"Cl-"`` to (n,) S/m²; Cl− is the leak.
    current : dict of str
        Outward ionic currents, (n,) A/m².
    entered : dict of str
        Ion to (n,) mol/m² that came in since the start.
    injected : numpy.ndarray
        (n,) charge brought by the clamp and carried by none of the ions, C/m².
    clamp_current : numpy.ndarray
        (n,) inward current of the clamp, A/m² (without the spikes that charge the membrane at voltage steps).
    """

    axon: HodgkinHuxley
    time: np.ndarray
    potential: np.ndarray
    gates: dict[str, np.ndarray]
    conductance: dict[str, np.ndarray]
    current: dict[str, np.ndarray]
    entered: dict[str, np.ndarray]
    injected: np.ndarray
    clamp_current: np.ndarray

    def _row(self, ion: str) -> int:
        if ion not in IONS:
            raise InputError(f"must be one of {', '.join(IONS)}", key=ion)
        return IONS.index(ion)

    def concentration(self, ion: str) -> np.ndarray:
        """(n,) concentration in the axoplasm, mol/m³."""
        start = self.axon.inside[self._row(ion)]
        return start + self.entered[ion] * self.axon.axoplasm.area_to_volume

    def equilibrium_potential(self, ion: str) -> np.ndarray:
        """(n,) reversal potential of an ion (of the leak for Cl−), V."""
        return self.axon.reversal_after(np.stack([self.entered[name] for name in IONS]))[self._row(ion)]

    def charge_defect(self) -> np.ndarray:
        """(n,) ``C ΔV − F Σ z n_entered − injected`` over C, V: 0 but for rounding."""
        ions = FARADAY * sum(z * self.entered[name] for z, name in zip(CHARGES, IONS, strict=True))
        swing = self.potential - self.potential[0]
        return swing - (ions - ions[0] + self.injected - self.injected[0]) / self.axon.capacitance


def simulate_axon(
    axon: HodgkinHuxley,
    times,
    *,
    clamp: Clamp | None = None,
    start: float | None = None,
    rtol: float = 1e-9,
    method: str = "LSODA",
) -> AxonCourse:
    """Integrate a membrane patch in time.

    Parameters
    ----------
    axon : HodgkinHuxley
    times : (n,) array_like
        Increasing, s.
    clamp : VoltageClamp or CurrentClamp, optional
        Stimulus; none leaves the membrane alone.
    start : float, optional
        Potential at the first time with gates at their steady values, V; the resting potential when left out.  Under
        voltage clamp the gates start at the holding potential.
    rtol : float
        Local error of the integrator.
    method : str
        ``"LSODA"``, ``"Radau"`` or ``"BDF"``.

    Returns
    -------
    AxonCourse
    """
    clamp = clamp if clamp is not None else CurrentClamp()
    if clamp.carrier is not None and clamp.carrier not in IONS:
        raise InputError(f"must be one of {', '.join(IONS)}, got {clamp.carrier!r}", key="carrier")
    clamped = isinstance(clamp, VoltageClamp)
    times = np.asarray(times, dtype=float)
    if clamped:
        v0 = float(clamp.potential.before)
    else:
        v0 = axon.resting_potential() if start is None else float(start)
    state = _Layout(axon, clamp.carrier)
    y0 = np.zeros(8)
    y0[0], y0[1:4] = v0, axon.steady_gates(v0)

    def enter(t, y):
        """A voltage step charges the membrane at once."""
        if clamped:
            y, jump = y.copy(), float(clamp.potential.at(t)) - y[0]
            state.inject(y, axon.capacitance * jump)
            y[0] += jump
        return y

    def law_for(t):
        return state.law(0.0 if clamped else float(clamp.current.at(t)), clamped)

    y0 = enter(times[0], y0) if clamped else y0
    y = integrate_pieces(
        law_for, y0, times, breaks_of(clamp), enter=enter, rtol=rtol, atol=1e-3 * rtol, method=method
    ).T
    return _course(state, times, y, clamp)


class _Layout:
    """State vector: V, m, h, n, entered Na+, K+, Cl− and injected charge, the last four over ``C · 1 V``."""

    def __init__(self, axon: HodgkinHuxley, carrier: str | None):
        self.axon, self.carrier = axon, carrier
        # amounts per area that one volt would need: the entered ions become numbers of order one
        self.moles = axon.capacitance / FARADAY

    def inject(self, y: np.ndarray, charge: float) -> None:
        """Book an inward charge (or current) per area on its carrier."""
        row = IONS.index(self.carrier) if self.carrier else 3
        sign = CHARGES[row] if self.carrier else 1.0
        y[4 + row] += charge / (sign * self.axon.capacitance)

    def law(self, stimulus: float, clamped: bool):
        """dy/dt under a constant stimulus (inward, A/m²)."""
        axon, moles = self.axon, self.moles
        maximal = np.array([axon.sodium, axon.potassium, axon.leak])
        fixed = axon.reversal if axon.axoplasm is None else None

        def rates(_, y):
            v, m, h, n = y[:4].tolist()
            reversal = fixed if fixed is not None else axon.reversal_after(moles * y[4:7])
            outward = maximal * (m**3 * h, n**4, 1.0) * (v - reversal)
            total = float(outward.sum())
            supplied = total if clamped else stimulus
            dy = np.empty(8)
            dy[0] = (supplied - total) / axon.capacitance
            dy[1:4] = [a * (1 - gate) - b * gate for (a, b), gate in zip(axon.gate_rates(v), (m, h, n), strict=True)]
            dy[4:7] = -outward / (CHARGES * axon.capacitance)
            dy[7] = 0.0
            self.inject(dy, supplied)
            return dy

        return rates


def _course(state: _Layout, times, y, clamp) -> AxonCourse:
    """Physical quantities from the state vectors (8, n)."""
    axon = state.axon
    potential, gates = y[0], dict(zip("mhn", y[1:4], strict=True))
    conductance = axon.conductances(**gates)
    current = conductance * (potential - axon.reversal_after(state.moles * y[4:7]))
    if isinstance(clamp, VoltageClamp):
        supplied = current.sum(axis=0)
    else:
        supplied = np.broadcast_to(clamp.current.at(times), times.shape)
    return AxonCourse(
        axon,
        times,
        potential,
        gates,
        dict(zip(IONS, conductance, strict=True)),
        dict(zip(IONS, current, strict=True)),
        dict(zip(IONS, state.moles * y[4:7], strict=True)),
        axon.capacitance * y[7],
        supplied,
    )
