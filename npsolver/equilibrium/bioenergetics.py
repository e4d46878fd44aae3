"""Proton-motive force, ATP and symport.

Signs are those of Mitchell: every membrane difference is the P side (positive, acid; outside of a bacterium or of the
mitochondrial matrix) minus the N side.  A respiring membrane then has dψ > 0, ΔpH < 0 and a positive proton-motive
force, and n protons that run down from P to N release n F Δp.

Formulas follow D. G. Nicholls and S. J. Ferguson, *Bioenergetics 4*, Academic Press 2013, chapter 3.
"""

from __future__ import annotations

import numpy as np

from ..units import FARADAY, GAS_CONSTANT
from . import _checks

LN10 = float(np.log(10.0))


def nernst_slope(temperature):
    """ln(10) RT/F: the potential that one pH unit is worth.

    Parameters
    ----------
    temperature : array_like
        K.

    Returns
    -------
    numpy.ndarray
        V; 61.54 mV at 310.15 K.
    """
    return LN10 * GAS_CONSTANT * _checks.positive("temperature", temperature) / FARADAY


def proton_motive_force(potential_difference, ph_difference, temperature):
    """Electrochemical potential difference of H+ over F: ``Δp = Δψ − ln(10) (RT/F) ΔpH``.

    Parameters
    ----------
    potential_difference : array_like
        Δψ, P side minus N side, V.
    ph_difference : array_like
        ΔpH, P side minus N side (negative when the N side is alkaline).
    temperature : array_like
        K.

    Returns
    -------
    numpy.ndarray
        Δp, V.  Broadcast of the arguments.

    Examples
    --------
    >>> round(float(proton_motive_force(0.160, -0.5, 310.15)) * 1e3, 3)
    190.77
    """
    psi = _checks.finite("potential_difference", potential_difference)
    return psi - nernst_slope(temperature) * _checks.finite("ph_difference", ph_difference)


def ion_motive_force(potential_difference, activity_p, activity_n, charge, temperature):
    """Free energy per mole of an ion from P to N, over zF: ``Δψ + RT/(zF) ln(a_P/a_N)``.

    For H+ this is :func:`proton_motive_force`; for Na+ the sodium-motive force.

    Parameters
    ----------
    potential_difference : array_like
        Δψ, P side minus N side, V.
    activity_p, activity_n : array_like
        Activities (or concentrations in one unit) on the two sides.
    charge : array_like
        z, not zero.
    temperature : array_like
        K.

    Returns
    -------
    numpy.ndarray
        V.
    """
    psi = _checks.finite("potential_difference", potential_difference)
    ratio = _checks.positive("activity_p", activity_p) / _checks.positive("activity_n", activity_n)
    thermal = GAS_CONSTANT * _checks.positive("temperature", temperature) / FARADAY
    return psi + thermal / _checks.non_zero("charge", charge) * np.log(ratio)


def proton_free_energy(motive_force):
    """Free energy F Δp released by one mole of H+ that runs from P to N, J/mol."""
    return FARADAY * _checks.finite("motive_force", motive_force)


def atp_synthesis_free_energy(standard_free_energy, atp, adp, phosphate, temperature):
    """Phosphorylation potential ``ΔG_p = ΔG°' + RT ln([ATP]/([ADP][P_i]))`` (ibid. §3.4).

    Parameters
    ----------
    standard_free_energy : array_like
        ΔG°' of ADP + P_i → ATP at the pH, Mg2+ and ionic strength meant, J/mol (positive).
    atp, adp, phosphate : array_like
        Concentrations in **mol/L**, the standard state of ΔG°'.
    temperature : array_like
        K.

    Returns
    -------
    numpy.ndarray
        J/mol, positive when synthesis needs energy.
    """
    ratio = _checks.positive("atp", atp) / (_checks.positive("adp", adp) * _checks.positive("phosphate", phosphate))
    energy = _checks.finite("standard_free_energy", standard_free_energy)
    return energy + GAS_CONSTANT * _checks.positive("temperature", temperature) * np.log(ratio)


def maximum_atp_free_energy(motive_force, protons):
    """Largest ΔG_p that `protons` per ATP can hold at equilibrium: ``n F Δp``, J/mol."""
    return _checks.positive("protons", protons) * proton_free_energy(motive_force)


def maximum_atp_ratio(motive_force, protons, standard_free_energy, temperature):
    """[ATP]/([ADP][P_i]) in L/mol at which ATP synthesis stalls: ``exp((n F Δp − ΔG°')/RT)``.

    Parameters
    ----------
    motive_force : array_like
        Δp, V.
    protons : array_like
        H+ per ATP, transport of P_i and ADP/ATP included.
    standard_free_energy : array_like
        ΔG°' of synthesis, J/mol (standard state 1 mol/L).
    temperature : array_like
        K.
    """
    surplus = maximum_atp_free_energy(motive_force, protons) - _checks.finite(
        "standard_free_energy", standard_free_energy
    )
    return np.exp(surplus / (GAS_CONSTANT * _checks.positive("temperature", temperature)))


def atp_stall_force(synthesis_free_energy, protons):
    """Proton-motive force at which the ATP synthase stands still, ``ΔG_p + n (−F Δp) = 0``.

    Above it ATP is made, below it ATP drives protons out.

    Parameters
    ----------
    synthesis_free_energy : array_like
        ΔG_p > 0 of ADP + P_i → ATP, J/mol (minus the free energy of hydrolysis).
    protons : array_like
        H+ per ATP.

    Returns
    -------
    numpy.ndarray
        V.
    """
    energy = _checks.positive("synthesis_free_energy", synthesis_free_energy)
    return energy / (_checks.positive("protons", protons) * FARADAY)


def pump_stall_potential(free_energy, charges):
    """Membrane potential that stops an electrogenic pump without concentration difference: ``ΔG/(q F)``.

    Parameters
    ----------
    free_energy : array_like
        Free energy that one cycle spends, J/mol, positive.
    charges : array_like
        Net charges moved per cycle.

    Returns
    -------
    numpy.ndarray
        V.
    """
    energy = _checks.positive("free_energy", free_energy)
    return energy / (_checks.positive("charges", charges) * FARADAY)


def symport_accumulation(motive_force, protons, temperature, solute_charge=0.0, potential_difference=0.0):
    """Accumulation ratio [S]_N/[S]_P that H+ symport reaches at equilibrium.

    ``RT ln([S]_N/[S]_P) = n F Δp + z F Δψ``: n protons bring in one solute of charge z (sucrose: z = 0), which itself
    feels the potential.

    Parameters
    ----------
    motive_force : array_like
        Δp, V.
    protons : array_like
        H+ per solute; negative for antiport.
    temperature : array_like
        K.
    solute_charge : array_like
        z of the solute.
    potential_difference : array_like
        Δψ, P minus N, V; matters only for a charged solute.

    Returns
    -------
    numpy.ndarray
        Ratio N side over P side.

    Examples
    --------
    >>> round(float(symport_accumulation(0.180, 1, 298.15)))
    1103
    """
    thermal = GAS_CONSTANT * _checks.positive("temperature", temperature) / FARADAY
    drive = _checks.finite("protons", protons) * _checks.finite("motive_force", motive_force)
    own = _checks.finite("solute_charge", solute_charge) * _checks.finite("potential_difference", potential_difference)
    return np.exp((drive + own) / thermal)
