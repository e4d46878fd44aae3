"""Equilibrium and current of single ions across a membrane: Nernst, chord conductance, Goldman-Hodgkin-Katz.

Sign conventions of physiology: potentials are inside minus outside, currents are positive outwards.
Arrays that hold several ions carry the ions on their first axis.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT, thermal_voltage
from ._checks import along_ions, charge_number, finite, ions_first, mixture, non_negative, positive, temperature
from ._roots import find_root, widen


def nernst_potential(z: ArrayLike, a_in: ArrayLike, a_out: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Equilibrium potential inside minus outside of one ion, ``E = RT/(zF) ln(a_out/a_in)`` [V].

    Nernst, Z. Phys. Chem. 2 (1888) 613; from equal electrochemical potentials on both sides.

    Parameters
    ----------
    z : array_like
        Charge number, not zero.
    a_in, a_out : array_like
        Activities (or concentrations in one common unit), > 0.
    T : array_like
        Temperature, K.
    """
    z, a_in, a_out = charge_number("z", z), positive("a_in", a_in), positive("a_out", a_out)
    # a difference of logarithms: the ratio of two extreme activities may overflow
    return thermal_voltage(temperature(T)) / z * (np.log(a_out) - np.log(a_in))


def driving_force(membrane_potential: ArrayLike, equilibrium_potential: ArrayLike) -> np.ndarray:
    """``V_m - E_ion`` [V]; the current it drives, ``g (V_m - E)``, is outward where it is positive."""
    return finite("membrane_potential", membrane_potential) - finite("equilibrium_potential", equilibrium_potential)


def ion_flow_direction(z: ArrayLike, force: ArrayLike) -> np.ndarray:
    """Direction in which the ions themselves move under a driving force `force` [V].

    A positive driving force carries positive charge out: cations leave, anions enter.

    Returns
    -------
    ndarray of int
        +1 efflux, -1 influx, 0 equilibrium.
    """
    z, force = charge_number("z", z), finite("force", force)
    return (np.sign(z) * np.sign(force)).astype(int)[()]


def chord_current(g: ArrayLike, membrane_potential: ArrayLike, equilibrium_potential: ArrayLike) -> np.ndarray:
    """Outward current density ``I = g (V_m - E)`` [A/m²] of a channel with conductance `g` [S/m²] >= 0."""
    return non_negative("g", g) * driving_force(membrane_potential, equilibrium_potential)


def chord_voltage(g: ArrayLike, equilibrium_potential: ArrayLike, pump_current: ArrayLike = 0.0) -> np.ndarray:
    """Zero-current potential of parallel conductances, ``V = (sum g_i E_i - I_pump) / sum g_i`` [V].

    Hodgkin & Horowicz, J. Physiol. 148 (1959) 127 (chord conductance equation).

    Parameters
    ----------
    g : (n, ...) array_like
        Conductances, S/m² (or any common unit), >= 0.
    equilibrium_potential : (n, ...) array_like
        V.
    pump_current : array_like
        Outward current of electrogenic pumps, A/m².
    """
    g = non_negative("g", g)
    potentials = ions_first("equilibrium_potential", equilibrium_potential, g.shape[0] if g.ndim else 1)
    total = g.sum(axis=0)
    if np.any(total == 0):
        raise InputError("all conductances are zero: the potential is undetermined", key="g")
    return ((g * potentials).sum(axis=0) - finite("pump_current", pump_current)) / total


def bernoulli(x: np.ndarray) -> np.ndarray:
    """``B(x) = x / (exp(x) - 1)``, without overflow and exact through x = 0."""
    a = np.abs(x)
    safe = np.where(a == 0, 1.0, a)
    return np.where(a == 0, 1.0, safe / -np.expm1(-safe) * np.where(x > 0, np.exp(-a), 1.0))[()]


def ghk_current(
    z: ArrayLike, P: ArrayLike, c_in: ArrayLike, c_out: ArrayLike, V: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Goldman-Hodgkin-Katz current of one ion, outward positive [A/m²].

    ``I = P z F u (c_in - c_out exp(-u)) / (1 - exp(-u))`` with ``u = zFV/RT``
    (Goldman, J. Gen. Physiol. 27 (1943) 37; Hodgkin & Katz, J. Physiol. 108 (1949) 37, appendix A).

    Parameters
    ----------
    z : array_like
        Charge number, not zero.
    P : array_like
        Permeability, m/s, >= 0.
    c_in, c_out : array_like
        Concentrations, mol/m³, >= 0.
    V : array_like
        Potential inside minus outside, V.
    T : array_like
        K.
    """
    z, P, T = charge_number("z", z), non_negative("P", P), temperature(T)
    c_in, c_out = non_negative("c_in", c_in), non_negative("c_out", c_out)
    return z * FARADAY * constant_field_flux(z, P, c_in, c_out, finite("V", V) / thermal_voltage(T))


def constant_field_flux(z, P, c_in, c_out, v):
    """Molar flux from in to out through a film of constant field; `v` is F(phi_in - phi_out)/RT. Unchecked."""
    u = z * v
    return P * (bernoulli(-u) * c_in - bernoulli(u) * c_out)


def ghk_voltage(z: ArrayLike, P: ArrayLike, c_in: ArrayLike, c_out: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Potential inside minus outside at which the Goldman-Hodgkin-Katz currents of all ions cancel [V].

    Monovalent ions: ``V = RT/F ln[(sum_+ P c_out + sum_- P c_in) / (sum_+ P c_in + sum_- P c_out)]`` (Hodgkin & Katz
    1949, eq. 9 there for K, Na, Cl).  Any other mixture: each current rises with V, so the zero is unique and is
    bracketed.

    Parameters
    ----------
    z : (n,) array_like
        Charge numbers; neutral species carry no current and are ignored.
    P, c_in, c_out : (n, ...) array_like
        Permeabilities (any common unit) and concentrations, >= 0.
    T : array_like
        K.
    """
    z, P, c_in, c_out = mixture(z, P, c_in, c_out, names=("P", "c_in", "c_out"))
    T = temperature(T)
    charged = z != 0
    z, P, c_in, c_out = z[charged], P[charged], c_in[charged], c_out[charged]
    zc = along_ions(z, P)
    inward, outward = (P * np.where(zc > 0, near, far) for near, far in ((c_out, c_in), (c_in, c_out)))
    if np.any(inward.sum(axis=0) == 0) or np.any(outward.sum(axis=0) == 0):
        raise InputError("charge can cross the membrane in one direction only: no potential stops the current", key="P")
    if np.all(np.abs(z) == 1):
        return thermal_voltage(T) * np.log(inward.sum(axis=0) / outward.sum(axis=0))

    def current(v):
        # divided by the sum of its positive parts, so that the root finder sees numbers of order one
        u = zc * v
        forward, backward = zc * P * bernoulli(-u) * c_in, zc * P * bernoulli(u) * c_out
        return (forward - backward).sum(axis=0) / (np.abs(forward) + np.abs(backward)).sum(axis=0)

    low, high = widen(
        current,
        -np.ones(P.shape[1:]),
        np.ones(P.shape[1:]),
        limit=600.0,
        reason="ghk_voltage: no zero of the current found",
    )
    return thermal_voltage(T) * find_root(current, low, high)


def transfer_energy(
    z: ArrayLike, a_from: ArrayLike, a_to: ArrayLike, potential_difference: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Free energy of moving one mole of ions, ``RT ln(a_to/a_from) + zF (phi_to - phi_from)`` [J/mol].

    Negative means the ions move by themselves; the same number with the sign turned is the energy that a pump must
    spend.

    Parameters
    ----------
    z : array_like
        Charge number (0 allowed).
    a_from, a_to : array_like
        Activities (or concentrations in one unit), > 0.
    potential_difference : array_like
        phi_to - phi_from, V.
    T : array_like
        K.
    """
    ratio = np.log(positive("a_to", a_to)) - np.log(positive("a_from", a_from))
    electric = finite("z", z) * FARADAY * finite("potential_difference", potential_difference)
    return GAS_CONSTANT * temperature(T) * ratio + electric


def gradient_energy(ratio: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Chemical energy stored in a concentration ratio, ``RT ln(ratio)`` [J/mol]."""
    return GAS_CONSTANT * temperature(T) * np.log(positive("ratio", ratio))


def charge_for_swing(capacitance: ArrayLike, voltage: ArrayLike, z: ArrayLike = 1) -> np.ndarray:
    """Ions that must cross one square metre to change the membrane potential, ``C |dV| / (|z| F)`` [mol/m²].

    Parameters
    ----------
    capacitance : array_like
        F/m² (1 µF/cm² = 0.01 F/m²), > 0.
    voltage : array_like
        Swing of the membrane potential, V.
    z : array_like
        Charge number of the ion that carries the charge.
    """
    moved = positive("capacitance", capacitance) * np.abs(finite("voltage", voltage))
    return moved / (np.abs(charge_number("z", z)) * FARADAY)


def concentration_change(
    capacitance: ArrayLike, voltage: ArrayLike, z: ArrayLike, concentration: ArrayLike, volume_to_area: ArrayLike
) -> np.ndarray:
    """Relative change of the cell's concentration caused by a swing of its membrane potential [-].

    ``C |dV| / (|z| F c V/A)``; V/A is r/3 for a sphere and r/2 for a long cylinder.

    Parameters
    ----------
    capacitance, voltage, z
        As in :func:`charge_for_swing`.
    concentration : array_like
        Of the ion in the cell, mol/m³, > 0.
    volume_to_area : array_like
        m, > 0.
    """
    inside = positive("concentration", concentration) * positive("volume_to_area", volume_to_area)
    return charge_for_swing(capacitance, voltage, z) / inside
