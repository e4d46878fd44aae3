"""Diffuse layer at a planar charged surface: Debye length, Grahame charge, capacitance, Stern layer.

Everything follows from the first integral of the Poisson-Boltzmann equation for any mixture of ions,
``(eps/2) (dpsi/dx)² = RT w(psi)`` with ``w = sum c_i (exp(-z_i F psi/RT) - 1) + X F psi/RT``-type terms, written as
``w = sum c_i e2(-z_i y)``, ``e2(x) = e^x - 1 - x``: the linear terms cancel by electroneutrality, and a frozen
background charge (dopants) is included because it only contributes to them.  Finite ion size a (Bikerman lattice)
replaces w by ``ln(1 + v w)/v``, ``v = a³ N_A`` (Bikerman, Phil. Mag. 33 (1942) 384; Kilic, Bazant & Ajdari, Phys.
Rev. E 75 (2007) 021502).

Potentials are surface minus bulk; `surface_charge` is that of the surface.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import AVOGADRO, FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage
from ._checks import along_ions, electroneutral, finite, mixture, non_negative, positive, temperature
from ._roots import find_root, widen
from .ions import nernst_potential


def exponential_remainder(x: np.ndarray) -> np.ndarray:
    """``e2(x) = exp(x) - 1 - x`` without the cancellation at small x."""
    x = np.asarray(x, dtype=float)
    series = np.zeros_like(x)
    small = np.where(np.abs(x) < 1, x, 0.0)
    for k in range(20, 1, -1):  # Horner: x²/2 (1 + x/3 (1 + x/4 (...)))
        series = small / k * (1 + series) if k > 2 else small**2 / 2 * (1 + series)
    return np.where(np.abs(x) < 1, series, np.expm1(x) - x)


class Diffuse:
    """First integral of the diffuse layer in the reduced potential ``y = F psi / RT``; ions on the first axis of
    `c`."""

    def __init__(self, z, c, T, relative_permittivity, fixed_charge=0.0, ion_size=0.0):
        self.z, self.c = mixture(z, c, names=("c_bulk",))
        self.T = temperature(T)
        self.permittivity = positive("relative_permittivity", relative_permittivity) * VACUUM_PERMITTIVITY
        self.volume = non_negative("ion_size", ion_size) ** 3 * AVOGADRO
        electroneutral("c_bulk", self.z, self.c, finite("fixed_charge", fixed_charge))
        self.strength = np.tensordot(self.z**2, self.c, axes=1)
        if np.any(self.strength == 0):
            raise InputError("the bulk holds no ions", key="c_bulk")
        if np.any(self.volume * self.c.sum(axis=0) >= 1):
            raise InputError("ions of this size do not fit into the bulk solution", key="ion_size")
        self.voltage = thermal_voltage(self.T)
        self.debye_length = np.sqrt(self.permittivity * self.voltage / (FARADAY * self.strength))

    def reduced(self, psi) -> np.ndarray:
        return finite("potential", psi) / self.voltage

    def _per_ion(self, y) -> tuple[np.ndarray, np.ndarray]:
        shape = np.broadcast_shapes(np.shape(y), self.c.shape[1:])
        c = self.c.reshape(self.c.shape[:1] + (1,) * (len(shape) - self.c.ndim + 1) + self.c.shape[1:])
        return along_ions(self.z, np.empty((self.z.size, *shape))), c

    def crowding(self, y) -> np.ndarray:
        """``1 + v w``: inverse of the free volume relative to the bulk."""
        z, c = self._per_ion(y)
        return 1 + self.volume * (c * exponential_remainder(-z * y)).sum(axis=0)

    def work(self, y) -> np.ndarray:
        """Osmotic work w [mol/m³]; the osmotic pressure over the bulk is RT w."""
        z, c = self._per_ion(y)
        with np.errstate(over="ignore"):
            w = (c * exponential_remainder(-z * y)).sum(axis=0)
            steric = np.log1p(self.volume * w) / np.where(self.volume > 0, self.volume, 1.0)
        return np.where(self.volume > 0, steric, w)

    def slope(self, y) -> np.ndarray:
        """``dw/dy = -sum z_i c_i`` over the local free volume [mol/m³]: minus the local space charge over F."""
        z, c = self._per_ion(y)
        with np.errstate(over="ignore"):
            return -(z * c * np.expm1(-z * y)).sum(axis=0) / self.crowding(y)

    def charge(self, y) -> np.ndarray:
        """Surface charge at reduced surface potential y, C/m²."""
        sigma = np.sign(y) * np.sqrt(2 * self.permittivity * GAS_CONSTANT * self.T * self.work(y))
        if not np.all(np.isfinite(sigma)):
            raise InputError(
                "so large that exp(|z| F psi/RT) overflows; point ions mean nothing there",
                key="potential",
            )
        return sigma

    def concentration(self, y) -> np.ndarray:
        """Local concentrations (n, ...), mol/m³."""
        z, c = self._per_ion(y)
        return c * np.exp(-z * y) / self.crowding(y)

    def potential_of_charge(self, sigma) -> np.ndarray:
        """Reduced surface potential that holds the charge `sigma` (inverse Grahame)."""
        # asinh makes the exponential growth of the charge nearly linear for the root finder
        unit = self.permittivity * self.voltage / self.debye_length
        target = np.arcsinh(finite("surface_charge", sigma) / unit)

        def mismatch(y):
            return np.arcsinh(self.charge(y) / unit) - target

        low = np.where(target < 0, -2.0, 0.0) + 0 * target
        high = np.where(target > 0, 2.0, 0.0) + 0 * target
        low, high = widen(mismatch, low, high, limit=500.0, reason="no surface potential holds this charge")
        return find_root(mismatch, low, high)


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
    y = np.where(y == 0, 1e-12, y)
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
