"""The library of salts: conductivity, transference number and diffusivity in water against concentration."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from npsolver.case.species import REFERENCE_TEMPERATURE

# K; conductivities change by 2 % per kelvin, and the data are good to 1 %
TEMPERATURE_RANGE = 0.5


@dataclass(frozen=True)
class SaltData:
    """Transport of one salt at 25 °C.

    Attributes
    ----------
    name, cation, anion : str
    concentration : tuple of float
        Of the salt, mol/m³, increasing.
    molar_conductivity : tuple of float
        Per mole of salt, S m²/mol.
    transference : tuple of float
        Of the cation (Hittorf).
    diffusivity : tuple of float
        m²/s.  The one measured, in the frame of the volume: with the molal thermodynamic factor Miller's equations turn it
        into coefficients in the frame of the solvent without a further correction (J. Phys. Chem. 70 (1966) 2639).
    dilute : float
        mol/m³, up to which the values come from the law of Onsager and Fuoss.
    apparent_volume : float
        Of the salt, m³/mol, between concentration and molality: m = c/(density of water (1 - c V)).
    ion_size : float
        m, in that law and in the equation of Stokes.
    uncertainty : dict of str to float
        By column; relative, absolute for the transference number.
    note : str
        What a user should know of them.
    sources : tuple of str
    """

    name: str
    cation: str
    anion: str
    concentration: tuple[float, ...]
    molar_conductivity: tuple[float, ...]
    transference: tuple[float, ...]
    diffusivity: tuple[float, ...]
    dilute: float
    apparent_volume: float
    ion_size: float
    uncertainty: dict[str, float]
    note: str
    sources: tuple[str, ...]

    @property
    def largest(self) -> float:
        """Largest concentration of the data, mol/m³."""
        return self.concentration[-1]


@cache
def salt_library() -> dict[str, SaltData]:
    """All salts by name, in the order of the file."""
    from importlib.resources import files

    from npsolver.case.toml import parse

    text = files("npsolver.case").joinpath("data/salts.toml").read_text(encoding="utf-8")
    document = parse(text, "salts.toml")
    sources = document.pop("source")
    salts = {}
    for name, item in document.items():
        salts[name] = SaltData(
            name=name,
            cation=item["cation"],
            anion=item["anion"],
            concentration=tuple(float(value) for value in item["concentration"]),
            molar_conductivity=tuple(value * 1e-4 for value in item["molar_conductivity"]),
            transference=tuple(item["transference"]),
            diffusivity=tuple(value * 1e-9 for value in item["diffusivity"]),
            dilute=float(item["dilute"]),
            apparent_volume=item["apparent_volume"],
            ion_size=item["ion_size"],
            uncertainty=dict(item["uncertainty"]),
            note=item["note"],
            sources=tuple(sources[key] for key in item["sources"]),
        )
    return salts


def holds_at(temperature: float) -> bool:
    """Whether the data hold at a temperature (K)."""
    return abs(temperature - REFERENCE_TEMPERATURE) <= TEMPERATURE_RANGE
