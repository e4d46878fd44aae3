"""Electrodes and membranes with surface charge: Stern layer in series, and what a channel in a charged membrane
sees."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ._checks import finite, positive
from ._diffuse import Diffuse
from ._roots import find_root
from .double_layer import boltzmann_factor, diffuse_capacitance
from .ions import nernst_potential


class SternLayer(NamedTuple):
    """Stern layer in series with the diffuse layer.

    Attributes
    ----------
    diffuse_potential : ndarray
        Potential of the outer Helmholtz plane against the bulk, V.
    stern_drop : ndarray
        Metal minus outer Helmholtz plane, V.
    surface_charge : ndarray
        C/m².
    capacitance : ndarray
        Differential capacitance of both in series, F/m².
    """

    diffuse_potential: np.ndarray
    stern_drop: np.ndarray
    surface_charge: np.ndarray
    capacitance: np.ndarray


def stern_layer(
    z: ArrayLike,
    c_bulk: ArrayLike,
    T: ArrayLike,
    relative_permittivity: ArrayLike,
    stern_capacitance: ArrayLike,
    *,
    potential: ArrayLike | None = None,
    surface_charge: ArrayLike | None = None,
    ion_size: ArrayLike = 0.0,
) -> SternLayer:
    """Charge-free Stern layer in series with the diffuse layer, ``C_S (phi_M - psi_d) = sigma(psi_d)``.

    Stern, Z. Elektrochem. 30 (1924) 508; ``1/C = 1/C_S + 1/C_d`` (Bard & Faulkner, 2nd ed., eq. 13.3.29).

    Parameters
    ----------
    z, c_bulk, T, relative_permittivity, ion_size
        As in :func:`grahame_charge`.
    stern_capacitance : array_like
        eps_S / d, F/m², > 0.
    potential : array_like, optional
        Metal minus bulk, V.
    surface_charge : array_like, optional
        C/m²; give either this or `potential`.
    """
    layer = Diffuse(z, c_bulk, T, relative_permittivity, 0.0, ion_size)
    capacitance = positive("stern_capacitance", stern_capacitance)
    if (potential is None) == (surface_charge is None):
        raise InputError("give either the potential of the metal or its charge", key="potential")
    if surface_charge is not None:
        sigma = finite("surface_charge", surface_charge)
        y = layer.potential_of_charge(sigma)
    else:
        metal = layer.reduced(potential)
        unit = layer.permittivity * layer.voltage / layer.debye_length

        def mismatch(y):
            return np.arcsinh(capacitance * layer.voltage * (metal - y) / unit) - np.arcsinh(layer.charge(y) / unit)

        metal = metal + 0 * capacitance + 0 * layer.debye_length
        # charge beyond y = 60 is out of reach of any Stern layer, and exp() must not overflow on the way there
        low, high = (
            (np.maximum(np.minimum(metal, 0.0), -60.0), np.minimum(np.maximum(metal, 0.0), 60.0))
            if not np.any(layer.volume)
            else (np.minimum(metal, 0.0), np.maximum(metal, 0.0))
        )
        y = find_root(mismatch, low, high)
        sigma = layer.charge(y)
    psi = layer.voltage * y
    diffuse = diffuse_capacitance(z, c_bulk, psi, T, relative_permittivity, ion_size=ion_size)
    return SternLayer(psi, sigma / capacitance, sigma[()], 1 / (1 / capacitance + 1 / diffuse))


class ChargedMembrane(NamedTuple):
    """What a channel between two charged membrane surfaces sees; all potentials inside minus outside, V.

    Attributes
    ----------
    membrane_potential : ndarray
        Across the membrane itself, ``V_m + psi_in - psi_out``.
    reversal_potential : ndarray
        Nernst potential of the local concentrations, ``E + psi_in - psi_out``.
    driving_force : ndarray
        Their difference: equal to ``V_m - E`` of the bulk, because surface charge does no work on a closed path.
    apparent_driving_force : ndarray
        ``V_m`` against the local reversal potential: what one gets who corrects the concentrations but not the
        potential.
    concentration_in, concentration_out : ndarray
        At the channel mouths, mol/m³; the conductance scales with them.
    """

    membrane_potential: np.ndarray
    reversal_potential: np.ndarray
    driving_force: np.ndarray
    apparent_driving_force: np.ndarray
    concentration_in: np.ndarray
    concentration_out: np.ndarray


def charged_membrane_surface(
    z: ArrayLike,
    c_in: ArrayLike,
    c_out: ArrayLike,
    membrane_potential: ArrayLike,
    psi_in: ArrayLike,
    psi_out: ArrayLike,
    T: ArrayLike,
) -> ChargedMembrane:
    """Effective reversal potential and driving force at the mouths of a channel in a charged membrane.

    Local concentrations follow Boltzmann, ``c exp(-z F psi/RT)``; McLaughlin, Annu. Rev. Biophys. Biophys. Chem. 18
    (1989) 113; Frankenhaeuser & Hodgkin, J. Physiol. 137 (1957) 218.

    Parameters
    ----------
    z : array_like
        Charge number of the permeant ion.
    c_in, c_out : array_like
        Bulk concentrations, mol/m³, > 0.
    membrane_potential : array_like
        Bulk inside minus bulk outside, V.
    psi_in, psi_out : array_like
        Surface potentials against the adjoining bulk (from :func:`grahame_potential`), V.
    T : array_like
        K.
    """
    shift = finite("psi_in", psi_in) - finite("psi_out", psi_out)
    V, E = finite("membrane_potential", membrane_potential), nernst_potential(z, c_in, c_out, T)
    mouth_in = np.asarray(c_in, dtype=float) * boltzmann_factor(z, psi_in, T)
    mouth_out = np.asarray(c_out, dtype=float) * boltzmann_factor(z, psi_out, T)
    return ChargedMembrane(V + shift, E + shift, V - E, V - (E + shift), mouth_in, mouth_out)
