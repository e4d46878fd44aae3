"""Clamp protocols of electrophysiology: steps of potential or of injected current."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..errors import InputError
from . import _checks


@dataclass(frozen=True)
class Steps:
    """A value that changes suddenly at given times and is constant between them.

    Attributes
    ----------
    times : tuple of float
        s, increasing; each value holds from its time on.
    values : tuple of float
        One for each time.
    before : float
        Value ahead of the first time.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]
    before: float = 0.0

    def __post_init__(self):
        times = _checks.increasing("times", np.atleast_1d(np.asarray(self.times, dtype=float)))
        values = np.atleast_1d(_checks.finite("values", self.values))
        if times.shape != values.shape:
            raise InputError(f"needs one value for each of the {times.size} times, got {values.size}", key="values")
        object.__setattr__(self, "times", tuple(times.tolist()))
        object.__setattr__(self, "values", tuple(values.tolist()))
        _checks.finite("before", self.before)

    def at(self, time) -> np.ndarray:
        """Value at a time; at a change the new one."""
        index = np.searchsorted(self.times, _checks.finite("time", time), side="right")
        return np.array([self.before, *self.values])[index]

    @classmethod
    def pulse(cls, start: float, duration: float, value: float, before: float = 0.0) -> Steps:
        """`value` during one interval, `before` otherwise."""
        return cls((start, start + float(_checks.positive("duration", duration))), (value, before), before)

    @classmethod
    def train(cls, start: float, duration: float, period: float, count: int, value: float) -> Steps:
        """`count` equal pulses, one every `period`."""
        if not duration < period:
            raise InputError(f"must be longer than a pulse, {duration:g} s", key="period")
        begins = start + period * np.arange(count)
        times = np.column_stack([begins, begins + duration]).ravel()
        return cls(tuple(times), tuple(np.tile([value, 0.0], count)))


@dataclass(frozen=True)
class VoltageClamp:
    """The membrane potential follows `potential`; the amplifier supplies whatever current that takes.

    Attributes
    ----------
    potential : Steps
        V; the holding potential is its `before`.
    carrier : str or None
        Ion that carries the amplifier's current into the cell; none: the electrode's own charge, no tracked ion.
    """

    potential: Steps
    carrier: str | None = None


@dataclass(frozen=True)
class CurrentClamp:
    """A given current is injected and the membrane potential is free.

    Attributes
    ----------
    current : Steps
        Inward (depolarising when positive): A/m² of membrane.
    carrier : str or None
        Ion that carries it into the cell.
    """

    current: Steps = field(default_factory=lambda: Steps((0.0,), (0.0,)))
    carrier: str | None = None


Clamp = VoltageClamp | CurrentClamp


def breaks_of(clamp: Clamp) -> tuple[float, ...]:
    """Times at which a clamp changes, s."""
    return clamp.potential.times if isinstance(clamp, VoltageClamp) else clamp.current.times
