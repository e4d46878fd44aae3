"""Donnan equilibrium and the potential across a membrane that carries fixed charge.

Potentials across a membrane are right minus left; fluxes are positive from left to right.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT, thermal_voltage
from ._checks import along_ions, electroneutral, finite, mixture, non_negative, positive, temperature, with_axes
from ._roots import find_root, widen
from .films import Film, electroneutral_film
from .ions import constant_field_flux


class DonnanEquilibrium(NamedTuple):
    """Equilibrium of a charged phase with a bath.

    Attributes
    ----------
    potential : ndarray
        Phase minus bath, V.
    concentration : (n, ...) ndarray
        In the phase, mol/m³.
    osmotic_pressure : ndarray
        Ideal excess over the bath, RT (sum c_phase - sum c_bath), Pa.
    """

    potential: np.ndarray
    concentration: np.ndarray
    osmotic_pressure: np.ndarray


class MembranePotential(NamedTuple):
    """Parts of the potential across a charged membrane, all right minus left or membrane minus bath, V.

    Attributes
    ----------
    total : ndarray
        Right bath minus left bath.
    donnan_left, donnan_right : ndarray
        Membrane minus the adjoining bath at each face.
    diffusion : ndarray
        Inside the membrane, right minus left.
    flux_times_thickness : ndarray
        Salt flux (closed form) or fluxes (n,) of the ions, times the thickness, mol/(m s).
    """

    total: np.ndarray
    donnan_left: np.ndarray
    donnan_right: np.ndarray
    diffusion: np.ndarray
    flux_times_thickness: np.ndarray


def donnan(
    z: ArrayLike,
    c_bath: ArrayLike,
    fixed_charge: ArrayLike,
    T: ArrayLike,
    *,
    partition: ArrayLike | None = None,
    standard_potential: ArrayLike | None = None,
) -> DonnanEquilibrium:
    """Donnan equilibrium of any mixture of ions with a phase of fixed charge X.

    ``c_i = K_i c_i,bath exp(-z_i F psi / RT)`` with ``sum z_i c_i + X = 0``
    (Donnan, Z. Elektrochem. 17 (1911) 572; Teorell, Prog. Biophys. 3 (1953) 305).

    Parameters
    ----------
    z : (n,) array_like
        Charge numbers.
    c_bath : (n, ...) array_like
        mol/m³, electroneutral.
    fixed_charge : array_like
        X, equivalents per m³ of the phase with sign, mol/m³.
    T : array_like
        K.
    partition : (n,) or (n, ...) array_like, optional
        Partition coefficients K_i > 0, phase over bath at equal potential.  Default 1.
    standard_potential : (n,) or (n, ...) array_like, optional
        mu0(phase) - mu0(bath), J/mol; multiplies K_i by exp(-mu0/RT).
    """
    z, c_bath = mixture(z, c_bath, names=("c_bath",))
    T, fixed_charge = temperature(T), finite("fixed_charge", fixed_charge)
    electroneutral("c_bath", z, c_bath)
    coefficient = np.ones(z.size) if partition is None else positive("partition", partition)
    if standard_potential is not None:
        coefficient = coefficient * np.exp(-finite("standard_potential", standard_potential) / (GAS_CONSTANT * T))
    _, c_bath, coefficient = mixture(z, c_bath, coefficient, names=("c_bath", "partition"))
    reference = coefficient * c_bath
    shape = np.broadcast_shapes(reference.shape[1:], fixed_charge.shape)
    reference = np.broadcast_to(with_axes(reference, len(shape)), (z.size, *shape))
    zc = along_ions(z, reference)
    for sign, word in ((1, "cation"), (-1, "anion")):
        present = np.where(zc * sign > 0, reference, 0.0).sum(axis=0) > 0
        if np.any(~present):
            raise InputError(
                f"the bath holds no {word}: it cannot be electroneutral nor balance the phase", key="c_bath"
            )

    def charge(y):
        terms = zc * reference * np.exp(-zc * y)
        return (terms.sum(axis=0) + fixed_charge) / (np.abs(terms).sum(axis=0) + np.abs(fixed_charge))

    low, high = widen(
        charge, -np.ones(shape), np.ones(shape), limit=300.0, reason="donnan: no electroneutral state found"
    )
    y = find_root(charge, low, high)
    c = reference * np.exp(-zc * y)
    pressure = GAS_CONSTANT * T * (c.sum(axis=0) - c_bath.sum(axis=0))
    return DonnanEquilibrium(thermal_voltage(T) * y, c, pressure)


def donnan_potential(z: ArrayLike, c_bath: ArrayLike, fixed_charge: ArrayLike, T: ArrayLike, **kwargs) -> np.ndarray:
    """Potential of a charged phase minus its bath [V]; arguments as in :func:`donnan`."""
    return donnan(z, c_bath, fixed_charge, T, **kwargs).potential


def teorell_meyer_sievers(
    c_left: ArrayLike,
    c_right: ArrayLike,
    fixed_charge: ArrayLike,
    D_cation: ArrayLike,
    D_anion: ArrayLike,
    T: ArrayLike,
) -> MembranePotential:
    """Zero-current potential and salt flux through a charged membrane between two baths of one 1:1 salt.

    With ``S = sqrt(X² + 4 c²)`` inside each face and ``U = (D+ - D-)/(D+ + D-)``,
    ``phi_R - phi_L = RT/F [asinh(X/2c_L) - asinh(X/2c_R) - U ln((S_R - U X)/(S_L - U X))]`` and
    ``J L = -D_s/2 [S_R - S_L + U X ln((S_R - U X)/(S_L - U X))]``, ``D_s = 2 D+ D-/(D+ + D-)``
    (Teorell, Proc. Soc. Exp. Biol. Med. 33 (1935) 282; Meyer & Sievers, Helv. Chim. Acta 19 (1936) 649).
    Ideal solution, equal partition coefficients, well-stirred baths, membrane many Debye lengths thick.

    Parameters
    ----------
    c_left, c_right : array_like
        Salt in the baths, mol/m³, > 0.
    fixed_charge : array_like
        X with sign, mol/m³ of membrane.
    D_cation, D_anion : array_like
        Diffusivities in the membrane, m²/s, > 0.
    T : array_like
        K.
    """
    c_left, c_right, X = positive("c_left", c_left), positive("c_right", c_right), finite("fixed_charge", fixed_charge)
    plus, minus, voltage = positive("D_cation", D_cation), positive("D_anion", D_anion), thermal_voltage(temperature(T))
    U, salt = (plus - minus) / (plus + minus), 2 * plus * minus / (plus + minus)
    S_left, S_right = np.hypot(X, 2 * c_left), np.hypot(X, 2 * c_right)
    logarithm = np.log((S_right - U * X) / (S_left - U * X))
    donnan_left, donnan_right = voltage * np.arcsinh(X / (2 * c_left)), voltage * np.arcsinh(X / (2 * c_right))
    diffusion = -U * voltage * logarithm
    flux = -salt / 2 * (S_right - S_left + U * X * logarithm)
    return MembranePotential(donnan_left + diffusion - donnan_right, donnan_left, donnan_right, diffusion, flux)


def charged_membrane(
    z: ArrayLike,
    D: ArrayLike,
    c_left: ArrayLike,
    c_right: ArrayLike,
    fixed_charge: float,
    T: float,
    *,
    partition: ArrayLike | None = None,
    potential_difference: float | None = None,
) -> tuple[MembranePotential, Film]:
    """Thick charged membrane between baths of any ions: Donnan at both faces, exact electroneutral film between.

    The Teorell-Meyer-Sievers model without its restriction to one 1:1 salt.

    Parameters
    ----------
    z, D : (n,) array_like
        Charge numbers, diffusivities in the membrane (m²/s).
    c_left, c_right : (n,) array_like
        Bath concentrations, mol/m³.
    fixed_charge : float
        X with sign, mol/m³.
    T : float
        K.
    partition : (n,) array_like, optional
        Membrane over bath.
    potential_difference : float, optional
        Right bath minus left bath, V.  Default: the value at which the current is zero.

    Returns
    -------
    MembranePotential, Film
        The film's concentrations are those inside the membrane; its potential starts from 0 inside the left face.
    """
    left = donnan(z, c_left, fixed_charge, T, partition=partition)
    right = donnan(z, c_right, fixed_charge, T, partition=partition)
    jump = left.potential - right.potential
    inside = (
        None if potential_difference is None else float(finite("potential_difference", potential_difference) - jump)
    )
    film = electroneutral_film(
        z, D, left.concentration, right.concentration, T, fixed_charge=fixed_charge, potential_difference=inside
    )
    drop = film.potential_difference
    parts = MembranePotential(jump + drop, left.potential, right.potential, drop, film.flux_times_thickness)
    return parts, film


def constant_field_film(
    z: ArrayLike, D: ArrayLike, c_left: ArrayLike, c_right: ArrayLike, potential_difference: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Fluxes times thickness through a Goldman film, in which the field is uniform [mol/(m s)].

    Exact for a neutral film much thinner than the Debye length and for one with equal total ion concentration on both
    sides.

    Parameters
    ----------
    z, D : (n,) array_like
        Charge numbers (0 allowed), diffusivities times partition coefficients (m²/s).
    c_left, c_right : (n, ...) array_like
        mol/m³ at the faces; for a charged film the values inside it (see :func:`donnan`).
    potential_difference : array_like
        Right minus left inside the film, V.
    T : array_like
        K.
    """
    z, c_left, c_right = mixture(z, c_left, c_right, names=("c_left", "c_right"))
    D = along_ions(non_negative("D", D), c_left)
    v = -finite("potential_difference", potential_difference) / thermal_voltage(temperature(T))
    return constant_field_flux(along_ions(z, c_left), D, c_left, c_right, v)


def goldman_charged_film(
    z: ArrayLike,
    D: ArrayLike,
    c_left: ArrayLike,
    c_right: ArrayLike,
    fixed_charge: float,
    potential_difference: ArrayLike,
    T: float,
) -> np.ndarray:
    """Current density times thickness through a charged film with uniform field [A/m], left to right.

    Donnan equilibrium at both faces, constant field between; arguments as in :func:`charged_membrane` and
    ``potential_difference`` from bath to bath.
    """
    left, right = donnan(z, c_left, fixed_charge, T), donnan(z, c_right, fixed_charge, T)
    drop = finite("potential_difference", potential_difference) - (left.potential - right.potential)
    z = np.asarray(z, dtype=float)
    grown = [with_axes(c, np.ndim(drop)) for c in (left.concentration, right.concentration)]
    return FARADAY * np.tensordot(z, constant_field_film(z, D, *grown, drop, T), axes=1)
