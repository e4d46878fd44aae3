"""Stability window of an electrolyte, and what is lost on the shelf when an electrode lies outside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from . import _checks
from .batteries import FullCell


@dataclass(frozen=True)
class StabilityWindow:
    """Potentials between which an electrolyte neither is reduced nor oxidised (J. B. Goodenough and Y. Kim,
    Chem. Mater. 22 (2010) 587).

    Attributes
    ----------
    reduction : float
        Potential below which it is reduced (formation of the interphase), V.
    oxidation : float
        Potential above which it is oxidised, V, same reference electrode.
    """

    reduction: float
    oxidation: float

    def __post_init__(self):
        _checks.finite("reduction", self.reduction)
        _checks.finite("oxidation", self.oxidation)
        if self.oxidation <= self.reduction:
            raise InputError(f"must lie above the reduction potential {self.reduction:g} V", key="oxidation")

    def reduction_driving_force(self, anode_potential) -> np.ndarray:
        """``U_red − U_anode``, V; reduction is spontaneous exactly where it is positive."""
        return self.reduction - _checks.finite("anode_potential", anode_potential)

    def oxidation_driving_force(self, cathode_potential) -> np.ndarray:
        """``U_cathode − U_ox``, V; oxidation is spontaneous exactly where it is positive."""
        return _checks.finite("cathode_potential", cathode_potential) - self.oxidation

    def is_stable(self, anode_potential, cathode_potential) -> np.ndarray:
        """Whether neither side reaction is spontaneous (bool)."""
        return (self.reduction_driving_force(anode_potential) <= 0) & (
            self.oxidation_driving_force(cathode_potential) <= 0
        )


@dataclass(frozen=True)
class AgeingMap:
    """Driving forces of the side reactions over storage conditions.

    Attributes
    ----------
    state_of_charge : numpy.ndarray
        (n_soc,)
    temperature : numpy.ndarray
        (n_temperature,) K.
    reduction, oxidation : numpy.ndarray
        (n_temperature, n_soc) V, positive where spontaneous.
    """

    state_of_charge: np.ndarray
    temperature: np.ndarray
    reduction: np.ndarray
    oxidation: np.ndarray


def ageing_map(cell: FullCell, window: StabilityWindow, state_of_charge, temperature) -> AgeingMap:
    """Driving force of reduction at the negative and oxidation at the positive electrode of a stored cell.

    Parameters
    ----------
    cell : FullCell
        Potentials against the reference electrode of `window`.
    window : StabilityWindow
    state_of_charge : (n_soc,) array_like
    temperature : (n_temperature,) array_like
        K.

    Returns
    -------
    AgeingMap
    """
    s = np.atleast_1d(_checks.fraction("state_of_charge", state_of_charge))
    t = np.atleast_1d(_checks.positive("temperature", temperature))
    soc, kelvin = np.broadcast_arrays(s[np.newaxis, :], t[:, np.newaxis])
    return AgeingMap(
        s,
        t,
        window.reduction_driving_force(cell.negative.potential(soc, kelvin)),
        window.oxidation_driving_force(cell.positive.potential(soc, kelvin)),
    )


@dataclass(frozen=True)
class InterphaseGrowth:
    """Loss of charge to a growing interphase: reaction and transport through the layer in series.

    ``dL/dt = 1/(1/k_r + L/k_d)`` gives ``L = 2 k_r t/(1 + √(1 + 2 k_r² t/k_d))``: linear in t while the reaction
    limits, √t once the layer does (B. E. Deal and A. S. Grove, J. Appl. Phys. 36 (1965) 3770; H. J. Ploehn et al., J.
    Electrochem. Soc. 151 (2004) A456).  The reaction rate follows its driving force ΔU by Butler–Volmer,
    ``k_r = k (exp(αFΔU/RT) − exp(−(1−α)FΔU/RT))``, and is zero where the reaction is not spontaneous.

    Attributes
    ----------
    rate : float
        k at the reference temperature, share of the capacity per second.
    growth : float
        k_d at the reference temperature, share² per second; infinite when the layer does not hinder.
    transfer : float
        α.
    rate_activation, growth_activation : float
        Activation energies of k and k_d, J/mol.
    reference_temperature : float
        K.
    """

    rate: float
    growth: float = np.inf
    transfer: float = 0.5
    rate_activation: float = 0.0
    growth_activation: float = 0.0
    reference_temperature: float = 298.15

    def __post_init__(self):
        _checks.positive("rate", self.rate)
        if not np.isinf(self.growth):
            _checks.positive("growth", self.growth)
        _checks.open_fraction("transfer", self.transfer)
        _checks.non_negative("rate_activation", self.rate_activation)
        _checks.non_negative("growth_activation", self.growth_activation)
        _checks.positive("reference_temperature", self.reference_temperature)

    def loss(self, driving_force, temperature, time) -> np.ndarray:
        """Share of the capacity lost after `time`, broadcast of the arguments.

        Parameters
        ----------
        driving_force : array_like
            ΔU, V (:class:`AgeingMap`, :class:`StabilityWindow`).
        temperature : array_like
            K.
        time : array_like
            s.
        """
        force = _checks.finite("driving_force", driving_force)
        t, time = _checks.positive("temperature", temperature), _checks.non_negative("time", time)
        colder = (1 / t - 1 / self.reference_temperature) / GAS_CONSTANT
        u = FARADAY * np.where(force > 0, force, 0.0) / (GAS_CONSTANT * t)
        # exp(αu) − exp(−(1−α)u) = exp(αu) (1 − exp(−u)) without cancellation at small u
        reaction = self.rate * np.exp(self.transfer * u - self.rate_activation * colder) * -np.expm1(-u)
        layer = 2 * time / (self.growth * np.exp(-self.growth_activation * colder))
        return (2 * time * reaction / (1 + np.sqrt(1 + reaction**2 * layer)))[()]
