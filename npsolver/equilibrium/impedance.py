"""Small-signal impedance in closed form: blocking cells with full Poisson-Nernst-Planck, Warburg diffusion, symmetric
cells.

Impedances are per unit area [ohm m²], for the time factor exp(+i omega t).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage
from ._checks import charge_number, electroneutral, finite, ions_first, mixture, non_negative, positive, temperature


class BlockingCell:
    """Linearised Poisson-Nernst-Planck cell of any ions between two blocking electrodes, odd about its middle.

    ``n'' = (diag(s/D) + (F²/eps RT) (z c) zᵀ) n`` is solved mode by mode (eigenvectors of the n × n matrix); no flux
    of any ion at the electrodes; Stern layers as ``phi + lambda_S phi' = V`` (Macdonald, Phys. Rev. 92 (1953) 4, for
    two ions of equal mobility; Bazant, Thornton & Ajdari, Phys. Rev. E 70 (2004) 021506 for the step response).

    Parameters
    ----------
    z, D, c : (n,) array_like
        Charge numbers, diffusivities (m²/s), bulk concentrations (mol/m³, electroneutral).
    relative_permittivity : float
    gap : float
        Between the electrodes, m.
    T : float
        K.
    stern_length : float
        Thickness of each Stern layer times eps over eps_S, m.
    """

    def __init__(self, z, D, c, relative_permittivity, gap, T, stern_length=0.0):
        self.z, self.c = mixture(z, c, names=("c",))
        self.D = positive("D", ions_first("D", D, self.z.size))
        electroneutral("c", self.z, self.c)
        strength = self.z**2 @ self.c
        if strength == 0:
            raise InputError("the electrolyte holds no ions", key="c")
        self.permittivity = float(positive("relative_permittivity", relative_permittivity)) * VACUUM_PERMITTIVITY
        voltage = float(thermal_voltage(temperature(T)))
        self.debye_length = float(np.sqrt(self.permittivity * voltage / (FARADAY * strength)))
        self.half_gap = float(positive("gap", gap)) / 2 / self.debye_length
        self.stern = float(non_negative("stern_length", stern_length)) / self.debye_length
        self.weights = self.z * self.c / strength

    def surface_field(self, s: np.ndarray) -> np.ndarray:
        """``phi'(L)`` per volt on the right electrode (-1 V on the left), 1/m, at the complex frequencies `s` [1/s]."""
        z, n, h = self.z, self.z.size, self.half_gap
        s = np.atleast_1d(np.asarray(s, dtype=complex))
        matrix = np.outer(self.weights, z) + s[:, None, None] * self.debye_length**2 * np.diag(1 / self.D)
        squares, modes = np.linalg.eig(matrix)
        k = np.sqrt(squares)
        charge = z @ modes  # space charge carried by each mode
        system = np.zeros((s.size, n + 1, n + 1), dtype=complex)
        system[:, :n, :n] = modes * k[:, None, :] - self.weights[:, None] * (charge / k)[:, None, :]
        system[:, :n, n] = self.weights
        system[:, n, :n] = -charge * (np.tanh(k * h) / squares + self.stern / k)
        system[:, n, n] = h + self.stern
        right = np.zeros((s.size, n + 1, 1), dtype=complex)
        right[:, n] = 1.0
        amplitudes = np.linalg.solve(system, right)[..., 0]
        return (amplitudes[:, n] - (charge * amplitudes[:, :n] / k).sum(axis=1)) / self.debye_length


def blocking_impedance(
    frequency: ArrayLike,
    z: ArrayLike,
    D: ArrayLike,
    c: ArrayLike,
    relative_permittivity: float,
    gap: float,
    T: float,
    stern_length: float = 0.0,
) -> np.ndarray:
    """Impedance of a cell with two blocking electrodes, any mixture of ions [ohm m²]; arguments of
    :class:`BlockingCell`.

    Parameters
    ----------
    frequency : array_like
        Hz, > 0.
    """
    frequency = positive("frequency", frequency)
    cell = BlockingCell(z, D, c, relative_permittivity, gap, T, stern_length)
    s = 2j * np.pi * frequency
    return (2 / (s * cell.permittivity * cell.surface_field(s.ravel()).reshape(s.shape)))[()]


def macdonald_impedance(
    frequency: ArrayLike,
    z: float,
    D: float,
    c: float,
    relative_permittivity: float,
    gap: float,
    T: float,
    stern_length: float = 0.0,
) -> np.ndarray:
    """Blocking cell of a z:z salt with equal diffusivities [ohm m²].

    ``Z = (2/i omega eps) [kappa² tanh(kL)/k³ + i omega L/(D k²) + lambda_S]``, ``k² = kappa² + i omega/D``, 2L = gap
    (Macdonald, Phys. Rev. 92 (1953) 4).
    """
    omega = 2 * np.pi * positive("frequency", frequency)
    permittivity = positive("relative_permittivity", relative_permittivity) * VACUUM_PERMITTIVITY
    z, c = charge_number("z", z), positive("c", c)
    screening = 2 * FARADAY * z**2 * c / (permittivity * thermal_voltage(temperature(T)))
    k, L = np.sqrt(screening + 1j * omega / positive("D", D)), positive("gap", gap) / 2
    bracket = (
        screening * np.tanh(k * L) / k**3 + 1j * omega * L / (D * k**2) + non_negative("stern_length", stern_length)
    )
    return 2 / (1j * omega * permittivity) * bracket


def warburg_impedance(
    frequency: ArrayLike,
    n: ArrayLike,
    c: ArrayLike,
    D: ArrayLike,
    T: ArrayLike,
    thickness: ArrayLike | None = None,
    *,
    far_side: str = "infinite",
) -> np.ndarray:
    """Diffusion impedance of a supported species at a Nernstian interface [ohm m²].

    ``R_D tanh(q)/q`` with a reservoir at L, ``R_D coth(q)/q`` with a closed end, ``R_D/q`` for an infinite medium;
    ``q = sqrt(i omega L²/D)``, ``R_D = R T L/(n² F² c D)`` (Warburg, Ann. Phys. 303 (1899) 493; Franceschetti &
    Macdonald, J. Electroanal. Chem. 101 (1979) 307).

    Parameters
    ----------
    frequency : array_like
        Hz, > 0.
    n, c, D, T
        Electrons per molecule, mol/m³, m²/s, K.
    thickness : array_like, optional
        m; not needed for ``far_side="infinite"``.
    far_side : {"infinite", "reservoir", "closed"}
    """
    if far_side not in ("infinite", "reservoir", "closed"):
        raise InputError(f"must be 'infinite', 'reservoir' or 'closed', found {far_side!r}", key="far_side")
    if (thickness is None) != (far_side == "infinite"):
        raise InputError("belongs to a far side that is a reservoir or closed, and only to that", key="thickness")
    root = np.sqrt(2j * np.pi * positive("frequency", frequency) / positive("D", D))
    unit = GAS_CONSTANT * temperature(T) / ((charge_number("n", n) * FARADAY) ** 2 * positive("c", c) * D)
    if far_side == "infinite":
        return unit / root
    q = root * positive("thickness", thickness)
    return unit / root * (np.tanh(q) if far_side == "reservoir" else 1 / np.tanh(q))


def symmetric_cell_impedance(
    frequency: ArrayLike, D_cation: ArrayLike, D_anion: ArrayLike, c: ArrayLike, gap: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """Electroneutral 1:1 salt between two electrodes in equilibrium with its cation [ohm m²].

    ``Z = L/sigma + (2 t-² R T L/(F² c D_s)) tanh(q)/q``, ``q = sqrt(i omega L²/(4 D_s))``; its direct-current limit is
    L/(sigma t+) (Bruce & Vincent, J. Electroanal. Chem. 225 (1987) 1).

    Parameters
    ----------
    frequency : array_like
        Hz, > 0.
    D_cation, D_anion, c, gap, T
        m²/s, salt in mol/m³, m, K.
    """
    plus, minus = positive("D_cation", D_cation), positive("D_anion", D_anion)
    c, gap, RT = positive("c", c), positive("gap", gap), GAS_CONSTANT * temperature(T)
    salt, anion = 2 * plus * minus / (plus + minus), minus / (plus + minus)
    bulk = gap * RT / (FARADAY**2 * c * (plus + minus))
    q = np.sqrt(2j * np.pi * positive("frequency", frequency) * gap**2 / (4 * salt))
    return bulk + 2 * anion**2 * RT * gap / (FARADAY**2 * c * salt) * np.tanh(q) / q


def capacitance_of_impedance(frequency: ArrayLike, impedance: ArrayLike) -> np.ndarray:
    """Series capacitance ``-1/(omega Im Z)`` [F/m²] of a measured or computed impedance [ohm m²]."""
    reactance = finite("impedance", np.imag(impedance))
    if np.any(reactance == 0):
        raise InputError("is purely resistive", key="impedance")
    return -1 / (2 * np.pi * positive("frequency", frequency) * reactance)
