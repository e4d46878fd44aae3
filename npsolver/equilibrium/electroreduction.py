"""Computational hydrogen electrode, and the price of reducing captured instead of dissolved CO2.

Electron and proton transfer steps follow J. K. Nørskov et al., J. Phys. Chem. B 108 (2004) 17886: at 0 V against the
standard hydrogen electrode and pH 0 the pair H+ + e− has the free energy of ½ H2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from . import _checks
from .bioenergetics import LN10, nernst_slope


def reversible_hydrogen_potential(potential, ph, temperature):
    """Potential against the reversible hydrogen electrode: ``U_RHE = U_SHE + ln(10) (RT/F) pH``, V."""
    return _checks.finite("potential", potential) + nernst_slope(temperature) * _checks.finite("ph", ph)


def proton_electron_pair(potential, ph, temperature, hydrogen=0.0):
    """Free energy of H+ + e−: ``½ G(H2) − F U_SHE − ln(10) RT pH`` (Nørskov et al. 2004, steps 1 to 4).

    Parameters
    ----------
    potential : array_like
        U against the standard hydrogen electrode, V.
    ph, temperature : array_like
        pH; K.
    hydrogen : array_like
        G(H2) at the standard pressure, J/mol.

    Returns
    -------
    numpy.ndarray
        J/mol.
    """
    half = 0.5 * _checks.finite("hydrogen", hydrogen)
    return half - FARADAY * reversible_hydrogen_potential(potential, ph, temperature)


def free_energy_diagram(steps, electrons, potential):
    """Free energies along a pathway of electron transfers, at a potential.

    Parameters
    ----------
    steps : (n_steps,) array_like
        ΔG of each step at 0 V, J/mol.
    electrons : (n_steps,) array_like
        Electrons each step takes up (0 chemical step, negative for oxidation).
    potential : array_like, shape S
        V against the reversible hydrogen electrode.

    Returns
    -------
    numpy.ndarray
        (n_steps + 1,) + S, J/mol; the first level is zero.
    """
    steps = _checks.finite("steps", steps)
    electrons = np.broadcast_to(_checks.finite("electrons", electrons), steps.shape)
    levels = np.multiply.outer(electrons, FARADAY * _checks.finite("potential", potential))
    levels = levels + steps.reshape(steps.shape + (1,) * (levels.ndim - 1))
    return np.concatenate([np.zeros((1, *levels.shape[1:])), np.cumsum(levels, axis=0)])


def limiting_potential(steps, electrons):
    """Potential at which every electrochemical step runs downhill.

    The highest U with ``ΔG_k + n_k F U ≤ 0`` in every reduction step (n > 0), the lowest for oxidation (n < 0).

    Parameters
    ----------
    steps : (n_steps,) array_like
        ΔG of each step at 0 V against the reversible hydrogen electrode, J/mol.
    electrons : (n_steps,) array_like
        Electrons each step takes up; chemical steps (0) are left out.  One sign only.

    Returns
    -------
    float
        V against the reversible hydrogen electrode.
    """
    steps = _checks.finite("steps", steps)
    electrons = np.broadcast_to(_checks.finite("electrons", electrons), steps.shape)
    active = electrons != 0
    if not active.any() or np.any(np.sign(electrons[active]) != np.sign(electrons[active][0])):
        raise InputError("must hold reductions only (positive) or oxidations only (negative)", key="electrons")
    onset = -steps[active] / (electrons[active] * FARADAY)
    return float(onset.min() if electrons[active][0] > 0 else onset.max())


def carbonate_fractions(ph, pka1, pka2):
    """Shares of dissolved inorganic carbon, ideal solution.

    Parameters
    ----------
    ph : array_like
        pH.
    pka1, pka2 : array_like
        CO2(aq) + H2O ⇌ HCO3− + H+ and HCO3− ⇌ CO3^2− + H+.

    Returns
    -------
    tuple of numpy.ndarray
        Fractions of CO2(aq), HCO3− and CO3^2−; they add up to one.
    """
    first = _checks.finite("ph", ph) - _checks.finite("pka1", pka1)
    second = _checks.finite("ph", ph) - _checks.finite("pka2", pka2)
    logs = np.stack(np.broadcast_arrays(np.zeros(()), LN10 * first, LN10 * (first + second)))
    # largest term taken out first: no overflow at any pH
    weights = np.exp(logs - logs.max(axis=0))
    co2, bicarbonate, carbonate = weights / weights.sum(axis=0)
    return co2, bicarbonate, carbonate


@dataclass(frozen=True)
class CapturePenalty:
    """What releasing CO2 from captured carbon costs.

    Attributes
    ----------
    free_energy : numpy.ndarray
        ΔG of the pre-equilibrium at the pH, J/mol; negative when CO2 is set free by itself.
    potential_shift : numpy.ndarray
        ``−ΔG/(nF)``, V: the equilibrium potential of the reduction moves by this much.
    """

    free_energy: np.ndarray
    potential_shift: np.ndarray


def pre_equilibrium_free_energy(ph, pka, protons, temperature):
    """ΔG of taking up protons, ``m ln(10) RT pH − ln(10) RT Σ pK``, J/mol.

    HCO3− + H+ ⇌ CO2 + H2O: m = 1, pK = pK1.  CO3^2− + 2 H+ ⇌ CO2 + H2O: m = 2, pK = pK1 + pK2.

    Parameters
    ----------
    ph : array_like
        pH.
    pka : array_like
        Sum of the pK of the protons taken up.
    protons : array_like
        m.
    temperature : array_like
        K.
    """
    thermal = LN10 * GAS_CONSTANT * _checks.positive("temperature", temperature)
    return thermal * (_checks.finite("protons", protons) * _checks.finite("ph", ph) - _checks.finite("pka", pka))


def capture_penalty(ph, pka, protons, electrons, temperature):
    """Potential shift ``dU = −ΔG_pre/(nF)`` when the reactant is captured carbon instead of CO2(aq).

    Parameters
    ----------
    ph : array_like
        pH of the capture solution.
    pka : array_like
        Sum of the pK of the protons taken up when CO2 is released (see :func:`pre_equilibrium_free_energy`).
    protons : array_like
        Number of those protons.
    electrons : array_like
        n of the reduction that follows.
    temperature : array_like
        K.

    Returns
    -------
    CapturePenalty

    Examples
    --------
    >>> round(float(capture_penalty(8.0, 6.352, 1, 2, 298.15).potential_shift), 6)
    -0.048747
    """
    energy = pre_equilibrium_free_energy(ph, pka, protons, temperature)
    return CapturePenalty(energy, -energy / (_checks.positive("electrons", electrons) * FARADAY))
