"""From free energies to potentials: reactions, dissolution, the hydrogen electrode as reference for electrons.

Free energies are J/mol.  First-principles energies come in eV per formula unit: multiply by F (1 eV = 96 485 J/mol,
:func:`from_electronvolt`).  Electrons at potential Φ have the chemical potential −F Φ, protons
``μ°(H+) − ln(10) RT pH`` with μ°(H+) = 0 on the hydrogen scale.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT
from . import _checks
from .bioenergetics import LN10, nernst_slope


def from_electronvolt(energy):
    """Energy per formula unit in eV as J/mol: ``energy · F``."""
    return FARADAY * _checks.finite("energy", energy)


def electron_chemical_potential(potential):
    """Free energy of electrons in an electrode, ``μ_e = −F Φ``, J/mol (Φ in V)."""
    return -FARADAY * _checks.finite("potential", potential)


def proton_chemical_potential(ph, temperature, standard=0.0):
    """Free energy of H+ in water, ``μ° − ln(10) RT pH``, J/mol.

    Parameters
    ----------
    ph : array_like
        pH.
    temperature : array_like
        K.
    standard : array_like
        μ°(H+), J/mol; 0 on the hydrogen scale.
    """
    slope = LN10 * GAS_CONSTANT * _checks.positive("temperature", temperature)
    return _checks.finite("standard", standard) - slope * _checks.finite("ph", ph)


def reaction_free_energy(stoichiometry: Mapping[str, float], free_energies: Mapping[str, object]):
    """``ΔG = Σ ν G``, products positive, J/mol.

    Parameters
    ----------
    stoichiometry : mapping
        Substance to ν, negative for reactants.
    free_energies : mapping
        Substance to its free energy (formation, first principles … — one reference for all), J/mol; arrays broadcast.

    Returns
    -------
    numpy.ndarray
        J/mol of reaction as written.

    Examples
    --------
    >>> float(reaction_free_energy({"H2": -1, "O2": -0.5, "H2O": 1}, {"H2": 0, "O2": 0, "H2O": -237129.0}))
    -237129.0
    """
    total = np.zeros(())
    for name, number in stoichiometry.items():
        if name not in free_energies:
            known = ", ".join(free_energies)
            raise InputError(f"no free energy given; there are energies of {known}", key=name)
        total = total + _checks.finite(name, number) * _checks.finite(name, free_energies[name])
    return total


def with_activities(free_energy, stoichiometry: Mapping[str, float], activities: Mapping[str, object], temperature):
    """``ΔG + RT Σ ν ln a``, J/mol; substances without an entry have unit activity.

    Parameters
    ----------
    free_energy : array_like
        Standard free energy of the reaction, J/mol.
    stoichiometry : mapping
        Substance to ν, negative for reactants.
    activities : mapping
        Substance to activity (gases: fugacity over the standard pressure).
    temperature : array_like
        K.
    """
    thermal = GAS_CONSTANT * _checks.positive("temperature", temperature)
    total = _checks.finite("free_energy", free_energy)
    for name, activity in activities.items():
        if name not in stoichiometry:
            raise InputError("takes no part in the reaction", key=name)
        total = total + thermal * stoichiometry[name] * np.log(_checks.positive(name, activity))
    return total


def cell_potential(free_energy, electrons):
    """Voltage of a cell whose reaction passes n electrons: ``E = −ΔG/(nF)``, V."""
    return -_checks.finite("free_energy", free_energy) / (_checks.non_zero("electrons", electrons) * FARADAY)


def equilibrium_oxygen_pressure(free_energy, oxidised_over_reduced, temperature, oxygen=0.5):
    """p(O2) of a gas mixture such as H2/H2O, relative to the standard pressure.

    From ``Red + ν O2 → Ox``: ``p = ((a_Ox/a_Red) exp(ΔG/RT))^(1/ν)``.

    Parameters
    ----------
    free_energy : array_like
        Standard ΔG of the oxidation, J/mol.
    oxidised_over_reduced : array_like
        a_Ox/a_Red, e.g. x(H2O)/x(H2).
    temperature : array_like
        K.
    oxygen : array_like
        ν, O2 per formula (1/2 for H2 and CO).
    """
    thermal = GAS_CONSTANT * _checks.positive("temperature", temperature)
    log_ratio = np.log(_checks.positive("oxidised_over_reduced", oxidised_over_reduced))
    exponent = log_ratio + _checks.finite("free_energy", free_energy) / thermal
    return np.exp(exponent / _checks.positive("oxygen", oxygen))


def electrochemical_free_energy(free_energy, electrons, protons, potential, ph, temperature):
    """ΔG of a reaction that releases n electrons and m protons, at potential and pH.

    ``ΔG(Φ, pH) = ΔG° + n μ_e + m μ_H+ = ΔG° − n F Φ − m ln(10) RT pH``; a reaction runs by itself where it is negative.

    Parameters
    ----------
    free_energy : array_like
        ΔG° at Φ = 0 and pH 0, activities included, J/mol.
    electrons, protons : array_like
        Released by the reaction as written; negative when consumed.
    potential : array_like
        Φ of the electrode against the standard hydrogen electrode, V.
    ph, temperature : array_like
        pH; K.

    Returns
    -------
    numpy.ndarray
        J/mol.
    """
    electron_part = _checks.finite("electrons", electrons) * electron_chemical_potential(potential)
    proton_part = _checks.finite("protons", protons) * proton_chemical_potential(ph, temperature)
    return _checks.finite("free_energy", free_energy) + electron_part + proton_part


def dissolution_free_energy(
    products, reactants, electrons, potential, temperature, *, protons=0.0, ph=0.0, ion_activity=1.0, ions=1.0
):
    """Free energy of dissolving an electrode from computed energies, products minus reactants.

    ``ΔG = G(products) − G(reactants) + n μ_e + m μ_H+ + ν RT ln a``.  M → M^z+ + z e−: n = z, m = 0;
    MO + 2 H+ → M^2+ + H2O: n = 0, m = −2.  Dissolution is spontaneous where it is negative.

    Parameters
    ----------
    products, reactants : array_like
        Sums of the free energies of the dissolved and of the solid side, without electrons and protons, J/mol.
    electrons : array_like
        n, released.
    potential : array_like
        Φ against the standard hydrogen electrode, V.
    temperature : array_like
        K.
    protons : array_like
        m, released; negative when acid is consumed.
    ph : array_like
        pH.
    ion_activity, ions : array_like
        Activity of the dissolved ion and its number ν per formula.

    Returns
    -------
    numpy.ndarray
        J/mol of reaction.
    """
    standard = _checks.finite("products", products) - _checks.finite("reactants", reactants)
    thermal = GAS_CONSTANT * _checks.positive("temperature", temperature)
    diluted = standard + _checks.finite("ions", ions) * thermal * np.log(_checks.positive("ion_activity", ion_activity))
    return electrochemical_free_energy(diluted, electrons, protons, potential, ph, temperature)


def dissolution_potential(free_energy, electrons, temperature, *, protons=0.0, ph=0.0):
    """Potential above which an electrode dissolves: the zero of :func:`electrochemical_free_energy`.

    ``Φ = ΔG°/(nF) − (m/n) ln(10) (RT/F) pH``

    Parameters
    ----------
    free_energy : array_like
        ΔG at Φ = 0 and pH 0, activities included, J/mol.
    electrons : array_like
        n ≠ 0, released.
    temperature : array_like
        K.
    protons, ph : array_like
        m, released; pH.

    Returns
    -------
    numpy.ndarray
        V against the standard hydrogen electrode.
    """
    n = _checks.non_zero("electrons", electrons)
    acid = nernst_slope(temperature) * _checks.finite("protons", protons) * _checks.finite("ph", ph)
    return (_checks.finite("free_energy", free_energy) / FARADAY - acid) / n
