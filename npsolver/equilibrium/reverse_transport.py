"""Redox couples and reverse electron transport through a proton pump.

D. G. Nicholls and S. J. Ferguson, *Bioenergetics 4*, Academic Press 2013, §3.3 and §3.6.  Signs of the proton-motive
force as in :mod:`npsolver.equilibrium.bioenergetics`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..units import FARADAY
from . import _checks
from .bioenergetics import nernst_slope


def redox_potential(
    standard_potential, electrons, oxidised, reduced, temperature, protons=0.0, ph=0.0, reference_ph=0.0
):
    """Potential of Ox + n e− + m H+ ⇌ Red from its ratio and the pH (Nicholls & Ferguson, §3.3).

    ``E = E° + RT/(nF) ln(a_Ox/a_Red) − (m/n) ln(10) (RT/F) (pH − pH_ref)``

    Parameters
    ----------
    standard_potential : array_like
        E° at `reference_ph`, V (E°' at pH 7: ``reference_ph=7``).
    electrons : array_like
        n > 0.
    oxidised, reduced : array_like
        Activities, or concentrations in one unit.
    temperature : array_like
        K.
    protons : array_like
        m, taken up on reduction.
    ph, reference_ph : array_like
        Actual pH and the one at which E° holds.

    Returns
    -------
    numpy.ndarray
        V, on the scale of `standard_potential`.
    """
    n = _checks.positive("electrons", electrons)
    ratio = _checks.positive("oxidised", oxidised) / _checks.positive("reduced", reduced)
    slope = nernst_slope(temperature)
    acid = _checks.finite("protons", protons) * (
        _checks.finite("ph", ph) - _checks.finite("reference_ph", reference_ph)
    )
    return _checks.finite("standard_potential", standard_potential) + slope / n * (np.log10(ratio) - acid)


def redox_free_energy(donor_potential, acceptor_potential, electrons):
    """Free energy of passing n electrons from donor to acceptor: ``−n F (E_acceptor − E_donor)``, J/mol."""
    difference = _checks.finite("acceptor_potential", acceptor_potential) - _checks.finite(
        "donor_potential", donor_potential
    )
    return -_checks.positive("electrons", electrons) * FARADAY * difference


def reverse_transport_threshold(donor_potential, acceptor_potential, electrons, protons):
    """Smallest proton-motive force that drives electrons uphill: ``Δp_min = −(n_e/n_H)(E_acceptor − E_donor)``.

    Negative when the transfer runs downhill by itself: then |Δp_min| is the largest force it can pump against.

    Parameters
    ----------
    donor_potential, acceptor_potential : array_like
        V, from :func:`redox_potential`.
    electrons, protons : array_like
        n_e and n_H of one turnover (complex I: 2 and 4).

    Returns
    -------
    numpy.ndarray
        V.

    Examples
    --------
    >>> float(reverse_transport_threshold(0.06, -0.28, 2, 4))
    0.17
    """
    charge = FARADAY * _checks.positive("protons", protons)
    return redox_free_energy(donor_potential, acceptor_potential, electrons) / charge


@dataclass(frozen=True)
class ReverseTransportMap:
    """Where reverse electron transport is possible.

    Attributes
    ----------
    ratio : numpy.ndarray
        (n_ratio,) [Red]/[Ox] of the donor couple, e.g. [QH2]/[Q].
    motive_force : numpy.ndarray
        (n_force,) Δp, V.
    threshold : numpy.ndarray
        (n_ratio,) Δp_min, V: the border of the region.
    free_energy : numpy.ndarray
        (n_force, n_ratio) free energy of one reverse turnover, J/mol.
    possible : numpy.ndarray
        (n_force, n_ratio) bool, ``free_energy < 0``.
    """

    ratio: np.ndarray
    motive_force: np.ndarray
    threshold: np.ndarray
    free_energy: np.ndarray
    possible: np.ndarray


def reverse_transport_map(
    ratio,
    motive_force,
    donor_standard,
    acceptor_potential,
    temperature,
    *,
    electrons=2,
    protons=4,
    donor_electrons=2,
    donor_protons=2,
    ph=7.0,
    reference_ph=7.0,
):
    """Map of reverse electron transport over the donor's reduction and the proton-motive force.

    One reverse turnover costs ``−n_e F (E_acceptor − E_donor) − n_H F Δp``; where this is negative it can run.

    Parameters
    ----------
    ratio : (n_ratio,) array_like
        [Red]/[Ox] of the donor couple.
    motive_force : (n_force,) array_like
        Δp, V.
    donor_standard : float
        Potential of the donor couple at ratio 1 and `reference_ph`, V.
    acceptor_potential : float
        Actual potential of the acceptor couple, V.
    temperature : float
        K.
    electrons, protons : float
        n_e and n_H of one turnover.
    donor_electrons, donor_protons : float
        Electrons and protons of the donor half-reaction.
    ph, reference_ph : float
        pH at the donor, and that of `donor_standard`.

    Returns
    -------
    ReverseTransportMap
    """
    ratio = np.atleast_1d(_checks.positive("ratio", ratio))
    force = np.atleast_1d(_checks.finite("motive_force", motive_force))
    donor = redox_potential(donor_standard, donor_electrons, 1.0, ratio, temperature, donor_protons, ph, reference_ph)
    threshold = reverse_transport_threshold(donor, acceptor_potential, electrons, protons)
    energy = protons * FARADAY * (threshold[np.newaxis, :] - force[:, np.newaxis])
    return ReverseTransportMap(ratio, force, threshold, energy, energy < 0)
