"""Diffuse layer at a planar charged surface: Debye length, Grahame charge and potential, capacitance, local
concentrations.

Point ions or ions of finite size, any mixture of valences, with or without a frozen background charge.  Potentials are
surface minus bulk; `surface_charge` is that of the surface.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from ._checks import finite, mixture, positive, temperature
from ._diffuse import Diffuse


def debye_length(z: ArrayLike, c: ArrayLike, T: ArrayLike, relative_permittivity: ArrayLike) -> np.ndarray:
    """``sqrt(eps RT / (F² sum z² c))`` [m] (Debye & Hückel, Phys. Z. 24 (1923) 185).

    Parameters
    ----------
    z : (n,) array_like
        Charge numbers.
    c : (n, ...) array_like
        mol/m³.
    T : array_like
        K.
    relative_permittivity : array_like
    """
    z, c = mixture(z, c, names=("c",))
    strength = np.tensordot(z**2, c, axes=1)
    if np.any(strength == 0):
        raise InputError("no ions: the Debye length is infinite", key="c")
    permittivity = positive("relative_permittivity", relative_permittivity) * VACUUM_PERMITTIVITY
    return np.sqrt(permittivity * thermal_voltage(temperature(T)) / (FARADAY * strength))


def boltzmann_factor(z: ArrayLike, psi: ArrayLike, T: ArrayLike) -> np.ndarray:
    """``exp(-z F psi / RT)``: local over bulk concentration at the potential psi [V] against the bulk."""
    return np.exp(-finite("z", z) * finite("potential", psi) / thermal_voltage(temperature(T)))


def grahame_charge(
    z: ArrayLike,
    c_bulk: ArrayLike,
    psi: ArrayLike,
    T: ArrayLike,
    relative_permittivity: ArrayLike,
    *,
    fixed_charge: ArrayLike = 0.0,
    ion_size: ArrayLike = 0.0,
) -> np.ndarray:
    """Surface charge at surface potential `psi`, ``sign(psi) sqrt(2 eps RT sum c_i (exp(-z_i F psi/RT) - 1))`` [C/m²].

    Grahame, Chem. Rev. 41 (1947) 441; for z:z it is ``sqrt(8 eps RT c) sinh(z F psi/2RT)``.

    Parameters
    ----------
    z : (n,) array_like
        Charge numbers of the mobile ions.
    c_bulk : (n, ...) array_like
        Bulk concentrations, mol/m³.
    psi : array_like
        Surface minus bulk, V.
    T, relative_permittivity : array_like
        K, -.
    fixed_charge : array_like
        Frozen background (dopants) in mol/m³ that completes electroneutrality of the bulk; gives the exact
        Mott-Schottky layer.
    ion_size : array_like
        Lattice size a of all ions, m; 0 for point ions.
    """
    layer = Diffuse(z, c_bulk, T, relative_permittivity, fixed_charge, ion_size)
    return layer.charge(layer.reduced(psi))[()]


def grahame_potential(
    z: ArrayLike,
    c_bulk: ArrayLike,
    surface_charge: ArrayLike,
    T: ArrayLike,
    relative_permittivity: ArrayLike,
    *,
    fixed_charge: ArrayLike = 0.0,
    ion_size: ArrayLike = 0.0,
) -> np.ndarray:
    """Surface potential [V] of a given surface charge [C/m²]; inverse of :func:`grahame_charge`."""
    layer = Diffuse(z, c_bulk, T, relative_permittivity, fixed_charge, ion_size)
    return layer.voltage * layer.potential_of_charge(surface_charge)


def diffuse_capacitance(
    z: ArrayLike,
    c_bulk: ArrayLike,
    psi: ArrayLike,
    T: ArrayLike,
    relative_permittivity: ArrayLike,
    *,
    fixed_charge: ArrayLike = 0.0,
    ion_size: ArrayLike = 0.0,
) -> np.ndarray:
    """Differential capacitance ``d sigma/d psi = -eps rho(psi)/sigma`` of the diffuse layer [F/m²].

    For z:z ``(eps/lambda_D) cosh(z F psi/2RT)`` (Chapman, Phil. Mag. 25 (1913) 475); finite at the potential of zero
    charge.  Arguments as in :func:`grahame_charge`.
    """
    layer = Diffuse(z, c_bulk, T, relative_permittivity, fixed_charge, ion_size)
    y = layer.reduced(psi)
    y = np.where(np.abs(y) < 1e-12, 1e-12, y)  # the squares of smaller potentials may underflow
    unit = layer.permittivity / layer.debye_length
    return (unit * np.sign(y) * layer.slope(y) / np.sqrt(2 * layer.strength * layer.work(y)))[()]


def steric_concentration(
    z: ArrayLike,
    c_bulk: ArrayLike,
    psi: ArrayLike,
    T: ArrayLike,
    relative_permittivity: ArrayLike,
    *,
    fixed_charge: ArrayLike = 0.0,
    ion_size: ArrayLike = 0.0,
) -> np.ndarray:
    """Concentrations (n, ...) at the potential `psi` [mol/m³]: Boltzmann over the free volume left by finite ions."""
    layer = Diffuse(z, c_bulk, T, relative_permittivity, fixed_charge, ion_size)
    return layer.concentration(layer.reduced(psi))
