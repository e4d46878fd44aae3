"""Physical constants and the scales that make the equations dimensionless.

The SI defines e, k_B and N_A exactly; eps0 is CODATA 2022.  They are written out here because importing
``scipy.constants`` costs more time than a small solve; a test compares them with it.
"""

from __future__ import annotations

from dataclasses import dataclass

ELEMENTARY_CHARGE = 1.602176634e-19  # C
BOLTZMANN = 1.380649e-23  # J/K
AVOGADRO = 6.02214076e23  # 1/mol
FARADAY = ELEMENTARY_CHARGE * AVOGADRO  # C/mol
GAS_CONSTANT = BOLTZMANN * AVOGADRO  # J/(mol K)
VACUUM_PERMITTIVITY = 8.8541878188e-12  # F/m


def thermal_voltage(temperature: float) -> float:
    """RT/F in volt at `temperature` in kelvin."""
    return GAS_CONSTANT * temperature / FARADAY


@dataclass(frozen=True)
class Scales:
    """One place where SI becomes dimensionless.

    Attributes
    ----------
    temperature : float
        K.
    length : float
        Length of the domain, m.
    concentration : float
        Largest concentration or fixed charge in the problem, mol/m³.
    diffusivity : float
        Largest diffusivity in the problem, m²/s.
    """

    temperature: float
    length: float
    concentration: float
    diffusivity: float

    @property
    def potential(self) -> float:
        """RT/F, V."""
        return thermal_voltage(self.temperature)

    @property
    def time(self) -> float:
        """Diffusion time over the whole length, s."""
        return self.length**2 / self.diffusivity

    @property
    def flux(self) -> float:
        """D c / L, mol/(m² s)."""
        return self.diffusivity * self.concentration / self.length

    @property
    def current_density(self) -> float:
        """F D c / L, A/m²."""
        return FARADAY * self.flux

    @property
    def surface_charge(self) -> float:
        """F c L, C/m²."""
        return FARADAY * self.concentration * self.length

    @property
    def permittivity(self) -> float:
        """Permittivity (F/m) at which the Debye length would be the domain length."""
        return FARADAY * self.concentration * self.length**2 / self.potential
