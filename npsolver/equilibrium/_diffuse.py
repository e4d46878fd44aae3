"""First integral of the Poisson-Boltzmann equation at a plane, for any mixture of ions.

``(eps/2) (dpsi/dx)² = RT w(psi)`` with ``w = sum c_i e2(-z_i y)``, ``y = F psi/RT``, ``e2(x) = e^x - 1 - x``: the
linear terms cancel by electroneutrality, and a frozen background charge (dopants) is included because it only
contributes to them. Finite ion size a (Bikerman lattice) replaces w by ``ln(1 + v w)/v``, ``v = a³ N_A`` (Bikerman,
Phil. Mag. 33 (1942) 384; Kilic, Bazant & Ajdari, Phys. Rev. E 75 (2007) 021502).
"""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..units import AVOGADRO, FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage
from ._checks import electroneutral, finite, mixture, non_negative, positive, temperature, with_axes
from ._roots import find_root, widen


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
        return self.z.reshape((-1,) + (1,) * len(shape)), with_axes(self.c, len(shape))

    def crowding(self, y) -> np.ndarray:
        """``1 + v w``: inverse of the free volume relative to the bulk."""
        z, c = self._per_ion(y)
        return 1 + self.volume * (c * exponential_remainder(-z * y)).sum(axis=0)

    def work(self, y) -> np.ndarray:
        """Osmotic work w [mol/m³]; the osmotic pressure over the bulk is RT w."""
        z, c = self._per_ion(y)
        with np.errstate(over="ignore"):
            w = (c * exponential_remainder(-z * y)).sum(axis=0)
        if not np.any(self.volume):
            return w
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
