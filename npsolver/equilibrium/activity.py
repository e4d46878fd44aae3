"""Activity coefficients of ions in water and the error that concentrations make in a Nernst potential.

Debye-Hückel and Davies take the ionic strength in mol/m³, Pitzer the molality in mol/kg.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import AVOGADRO, BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from ._checks import charge_number, finite, mixture, non_negative, positive, temperature


def ionic_strength(z: ArrayLike, c: ArrayLike) -> np.ndarray:
    """``1/2 sum z² c`` in the unit of `c` (Lewis & Randall 1921); `z` (n,), `c` (n, ...)."""
    z, c = mixture(z, c, names=("c",))
    return np.tensordot(z**2, c, axes=1) / 2


def bjerrum_length(T: ArrayLike, relative_permittivity: ArrayLike) -> np.ndarray:
    """Distance at which two unit charges hold the energy kT, ``e²/(4 pi eps kT)`` [m]."""
    permittivity = positive("relative_permittivity", relative_permittivity) * VACUUM_PERMITTIVITY
    return ELEMENTARY_CHARGE**2 / (4 * np.pi * permittivity * BOLTZMANN * temperature(T))


def _screening(strength, T, relative_permittivity):
    """Bjerrum length and inverse Debye length."""
    bjerrum = bjerrum_length(T, relative_permittivity)
    return bjerrum, np.sqrt(8 * np.pi * bjerrum * AVOGADRO * non_negative("strength", strength))


def debye_hueckel(
    z: ArrayLike,
    strength: ArrayLike,
    T: ArrayLike,
    relative_permittivity: ArrayLike = 78.4,
    ion_size: ArrayLike = 0.0,
) -> np.ndarray:
    """Activity coefficient, ``ln gamma = -z² (l_B/2) kappa / (1 + kappa a)`` [-]; a = 0 is the limiting law.

    Debye & Hückel, Phys. Z. 24 (1923) 185.  Limiting law below about 1 mol/m³, extended below about 100 mol/m³ (1:1).

    Parameters
    ----------
    z : array_like
        Charge number of the ion (for a mean coefficient put sqrt(|z+ z-|)).
    strength : array_like
        Ionic strength, mol/m³.
    T, relative_permittivity : array_like
        K, - (78.4: water at 298.15 K).
    ion_size : array_like
        Distance of closest approach a, m.
    """
    bjerrum, kappa = _screening(strength, T, relative_permittivity)
    return np.exp(-(finite("z", z) ** 2) * bjerrum / 2 * kappa / (1 + kappa * non_negative("ion_size", ion_size)))


def davies(z: ArrayLike, strength: ArrayLike, T: ArrayLike, relative_permittivity: ArrayLike = 78.4) -> np.ndarray:
    """Activity coefficient, ``log10 gamma = -A z² (sqrt(I)/(1 + sqrt(I)) - 0.3 I)`` with I in mol/L [-].

    Davies, Ion Association (1962); A from `T` and permittivity (0.51 for water at 298 K); up to about 500 mol/m³.
    Arguments as in :func:`debye_hueckel`.
    """
    bjerrum, kappa_unit = _screening(1000.0, T, relative_permittivity)
    molar = non_negative("strength", strength) / 1000
    root = np.sqrt(molar)
    return np.exp(-(finite("z", z) ** 2) * bjerrum / 2 * kappa_unit * (root / (1 + root) - 0.3 * molar))


class PitzerSalt(NamedTuple):
    """Pitzer parameters of one salt at 298.15 K.

    Attributes
    ----------
    z_cation, z_anion : int
        Charge numbers with sign.
    beta0, beta1, c_phi : float
        kg/mol, kg/mol, (kg/mol)².
    beta2 : float
        kg/mol; with ``alpha = (1.4, 12)`` for 2:2 salts.
    """

    z_cation: int
    z_anion: int
    beta0: float
    beta1: float
    c_phi: float
    beta2: float = 0.0


def _one_two(b0, b1, c):
    """Table VI of Pitzer & Mayorga lists (4/3) beta0, (4/3) beta1, (2^(5/2)/3) C_phi."""
    return 0.75 * b0, 0.75 * b1, 3 / 2**2.5 * c


# Pitzer & Mayorga, J. Phys. Chem. 77 (1973) 2300, tables I (1:1) and VI (2:1 and 1:2), 298.15 K
PITZER_SALTS = {
    "HCl": PitzerSalt(1, -1, 0.1775, 0.2945, 0.0008),
    "HNO3": PitzerSalt(1, -1, 0.1119, 0.3206, 0.001),
    "LiCl": PitzerSalt(1, -1, 0.1494, 0.3074, 0.00359),
    "LiOH": PitzerSalt(1, -1, 0.015, 0.14, 0.0),
    "LiClO4": PitzerSalt(1, -1, 0.1973, 0.3996, 0.0008),
    "LiNO3": PitzerSalt(1, -1, 0.142, 0.278, -0.00551),
    "NaCl": PitzerSalt(1, -1, 0.0765, 0.2664, 0.00127),
    "NaBr": PitzerSalt(1, -1, 0.0973, 0.2791, 0.00116),
    "NaOH": PitzerSalt(1, -1, 0.0864, 0.253, 0.0044),
    "NaClO4": PitzerSalt(1, -1, 0.0554, 0.2755, -0.00118),
    "NaNO3": PitzerSalt(1, -1, 0.0068, 0.1783, -0.00072),
    "KCl": PitzerSalt(1, -1, 0.04835, 0.2122, -0.00084),
    "KBr": PitzerSalt(1, -1, 0.0569, 0.2212, -0.0018),
    "KOH": PitzerSalt(1, -1, 0.1298, 0.32, 0.0041),
    "KNO3": PitzerSalt(1, -1, -0.0816, 0.0494, 0.0066),
    "RbCl": PitzerSalt(1, -1, 0.0441, 0.1483, -0.00101),
    "CsCl": PitzerSalt(1, -1, 0.03, 0.0558, 0.00038),
    "AgNO3": PitzerSalt(1, -1, -0.0856, 0.0025, 0.00591),
    "NH4Cl": PitzerSalt(1, -1, 0.0522, 0.1918, -0.00301),
    "MgCl2": PitzerSalt(2, -1, *_one_two(0.4698, 2.242, 0.00979)),
    "CaCl2": PitzerSalt(2, -1, *_one_two(0.4212, 2.152, -0.00064)),
    "Na2SO4": PitzerSalt(1, -2, *_one_two(0.0261, 1.484, 0.00938)),
    "K2SO4": PitzerSalt(1, -2, *_one_two(0.0666, 1.039, 0.0)),
}


class PitzerResult(NamedTuple):
    """Properties of one salt at given molality.

    Attributes
    ----------
    gamma : ndarray
        Mean ionic activity coefficient (molal scale).
    thermodynamic_factor : ndarray
        1 + d ln gamma / d ln m.
    osmotic_coefficient : ndarray
        phi.
    """

    gamma: np.ndarray
    thermodynamic_factor: np.ndarray
    osmotic_coefficient: np.ndarray


def pitzer(salt: str | PitzerSalt, molality: ArrayLike, A_phi: float = 0.3915) -> PitzerResult:
    """Activity of one salt in water at 298.15 K (Pitzer, J. Phys. Chem. 77 (1973) 268; Pitzer & Mayorga 1973, eqs.
    1-6).

    ``ln gamma = |z+ z-| f + m (2 nu+ nu-/nu) B + m² (2 (nu+ nu-)^1.5/nu) C`` with
    ``f = -A_phi [sqrt(I)/(1 + 1.2 sqrt(I)) + (2/1.2) ln(1 + 1.2 sqrt(I))]``, ``C = 1.5 C_phi`` and
    ``B = 2 beta0 + sum 2 beta_k/(alpha_k² I) [1 - (1 + alpha_k sqrt(I) - alpha_k² I/2) exp(-alpha_k sqrt(I))]``.

    Parameters
    ----------
    salt : str or PitzerSalt
        Name in :data:`PITZER_SALTS` or parameters.
    molality : array_like
        mol/kg, >= 0.
    A_phi : float
        Debye-Hückel parameter of the osmotic coefficient, sqrt(kg/mol); 0.3915 at 298.15 K.
    """
    if isinstance(salt, str):
        if salt not in PITZER_SALTS:
            raise InputError(f"no Pitzer parameters for {salt!r}; known: {', '.join(sorted(PITZER_SALTS))}", key="salt")
        salt = PITZER_SALTS[salt]
    m, A_phi = non_negative("molality", molality), float(positive("A_phi", A_phi))
    if salt.z_cation <= 0 or salt.z_anion >= 0:
        raise InputError("needs a positive and a negative charge number", key="salt")
    product = salt.z_cation * -salt.z_anion
    divisor = np.gcd(salt.z_cation, -salt.z_anion)
    nu_plus, nu_minus = -salt.z_anion // divisor, salt.z_cation // divisor
    nu = nu_plus + nu_minus
    root, b = np.sqrt(m * nu * product / 2), 1.2
    alphas = (1.4, 12.0) if salt.z_cation == 2 and salt.z_anion == -2 else (2.0, 0.0)

    f = -A_phi * (root / (1 + b * root) + 2 / b * np.log1p(b * root))
    df = -A_phi * (0.5 / (1 + b * root) ** 2 + 1 / (1 + b * root)) * root  # I df/dI
    B, dB, B_phi = 2 * salt.beta0, 0.0, salt.beta0
    for beta, alpha in zip((salt.beta1, salt.beta2), alphas, strict=True):
        if beta == 0:
            continue
        x = alpha * root
        B = B + 2 * beta * _pitzer_g(x)
        dB = dB + 2 * beta * (np.exp(-x) * (1 - x / 4) - _pitzer_g(x))
        B_phi = B_phi + beta * np.exp(-x)
    second, third = 2 * nu_plus * nu_minus / nu, 2 * (nu_plus * nu_minus) ** 1.5 / nu
    C = 1.5 * salt.c_phi
    ln_gamma = product * f + m * second * B + m**2 * third * C
    slope = product * df + m * second * (B + dB) + 2 * m**2 * third * C
    osmotic = 1 - product * A_phi * root / (1 + b * root) + m * second * B_phi + m**2 * third * salt.c_phi
    return PitzerResult(np.exp(ln_gamma), 1 + slope, osmotic)


def _pitzer_g(x: np.ndarray) -> np.ndarray:
    """``[1 - (1 + x - x²/2) e^-x]/x²``, 1 at x = 0."""
    safe = np.where(x < 1e-2, 1.0, x)
    value = (1 - (1 + safe - safe**2 / 2) * np.exp(-safe)) / safe**2
    return np.where(x < 1e-2, 1 - 5 * x / 6 + 3 * x**2 / 8 - 7 * x**3 / 60, value)


def nernst_activity_error(z: ArrayLike, gamma_in: ArrayLike, gamma_out: ArrayLike, T: ArrayLike) -> np.ndarray:
    """What the concentration form of the Nernst equation lacks, ``RT/(zF) ln(gamma_out/gamma_in)`` [V].

    Independent of the concentrations themselves; zero when both sides have the same coefficient.
    """
    ratio = np.log(positive("gamma_out", gamma_out)) - np.log(positive("gamma_in", gamma_in))
    return thermal_voltage(temperature(T)) / charge_number("z", z) * ratio


def concentration_cell(
    activity_ratio: ArrayLike, T: ArrayLike, transference: ArrayLike | None = None, z_cation: int = 1, z_anion: int = -1
) -> np.ndarray:
    """Voltage of a concentration cell with electrodes reversible to the anion [V].

    ``E = t+ (nu/(z+ nu+)) RT/F ln(a2/a1)``; without transference (two half cells of the cation's metal between) t+ = 1.

    Parameters
    ----------
    activity_ratio : array_like
        Mean ionic activities a2/a1, > 0.
    T : array_like
        K.
    transference : array_like, optional
        Cation transference number; None for the cell without transference.
    """
    divisor = np.gcd(z_cation, -z_anion)
    nu_plus, nu_minus = -z_anion // divisor, z_cation // divisor
    share = 1.0 if transference is None else finite("transference", transference)
    factor = share * (nu_plus + nu_minus) / (z_cation * nu_plus)
    return factor * thermal_voltage(temperature(T)) * np.log(positive("activity_ratio", activity_ratio))
