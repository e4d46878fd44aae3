"""The species library: charges and diffusivities at infinite dilution in water, and how they follow temperature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from npsolver.case.names import canonical, split_name
from npsolver.case.toml import tomllib

REFERENCE_TEMPERATURE = 298.15  # K, of every diffusivity in the library
FREEZING, BOILING = 273.15, 373.15  # K

# Viscosity of liquid water at 0.1 MPa: Huber et al., J. Phys. Chem. Ref. Data 38 (2009) 101; IAPWS SR6-08(2011),
# eq. (7) and table 5: eta / (1 uPa s) = sum a_i (T / 300 K)**b_i for 253.15 K <= T <= 383.15 K.
_VISCOSITY = ((280.68, -1.9), (511.45, -7.7), (61.131, -19.6), (0.45903, -40.0))


@dataclass(frozen=True)
class LibrarySpecies:
    """One entry of the library.

    Attributes
    ----------
    name : str
    charge : int
    diffusivity : float or None
        m²/s at 25 °C in water at infinite dilution; None for defects of solids, which have no such value.
    conductivity : float or None
        Equivalent ionic conductivity at infinite dilution, 1e-4 m² S/mol, where the source tabulates it.
    title : str
        English name.
    source : str
    group : str
        ``"cation"``, ``"anion"``, ``"molecule"`` or ``"defect"``.
    aliases : tuple of str
    """

    name: str
    charge: int
    diffusivity: float | None
    conductivity: float | None
    title: str
    source: str
    group: str
    aliases: tuple[str, ...] = ()


@cache
def library() -> dict[str, LibrarySpecies]:
    """All entries by name, in the order of the file."""
    document = tomllib.loads(_text())
    sources = document.pop("source")
    return {name: _entry(name, group, item, sources) for group in document for name, item in document[group].items()}


def _entry(name: str, group: str, item: dict, sources: dict[str, str]) -> LibrarySpecies:
    return LibrarySpecies(
        name=name,
        charge=item.get("charge", split_name(name)[1] or 0),
        diffusivity=item.get("diffusivity"),
        conductivity=item.get("conductivity"),
        title=item["title"],
        source=sources[item["source"]],
        group=group,
        aliases=tuple(item.get("aliases", ())),
    )


@cache
def _text() -> str:
    return Path(__file__).with_name("data").joinpath("species.toml").read_text(encoding="utf-8")


@cache
def _sections() -> dict[str, str]:
    """The text of every section of the file by its name."""
    return {name: body for name, _, body in (part.partition("]\n") for part in _text().split("\n[")[1:])}


@cache
def _by_its_name(name: str) -> LibrarySpecies | None:
    """The entry called `name` itself: its line alone is read, the whole file would take as long as a small solution."""
    for group, body in _sections().items():
        _, found, rest = f"\n{body}".partition(f'\n"{name}" = ')
        if found:
            line, sources = rest.partition("\n")[0], tomllib.loads(_sections()["source"])
            return _entry(name, group, tomllib.loads(f"item = {line}")["item"], sources)
    return None


@cache
def _index() -> dict[str, str]:
    index = {}
    for entry in library().values():
        for name in (entry.name, entry.title, *entry.aliases):
            index.setdefault(canonical(name), entry.name)
    return index


def find(name: str) -> LibrarySpecies | None:
    """The entry of `name` in any spelling (``"Ca++"``, ``"SO4 2-"``, ``"acetate"``), or None."""
    if (entry := _by_its_name(name)) is not None:
        return entry
    found = _index().get(canonical(name))
    return library()[found] if found else None


def known_names() -> tuple[str, ...]:
    """Every name and alias, for suggestions."""
    return tuple(name for entry in library().values() for name in (entry.name, entry.title, *entry.aliases))


def water_viscosity(temperature: float) -> float:
    """Viscosity of liquid water at 0.1 MPa, Pa s, at `temperature` in K (253.15 to 383.15).

    IAPWS SR6-08(2011), eq. (7).
    """
    reduced = temperature / 300.0
    return 1e-6 * sum(a * reduced**b for a, b in _VISCOSITY)


def diffusivity_at(diffusivity: float, temperature: float) -> float:
    """A diffusivity of the library taken from 25 °C to `temperature` (K) by the Stokes–Einstein relation.

    ``D(T) = D(298.15 K) (T / 298.15 K) eta(298.15 K) / eta(T)`` with the viscosity of water; exact at 298.15 K.
    It is good to a few per cent between 0 and 60 °C for most ions; H+ and OH-, which move by proton hopping, depend
    on temperature less than it says.
    """
    if temperature == REFERENCE_TEMPERATURE:
        return diffusivity
    ratio = water_viscosity(REFERENCE_TEMPERATURE) / water_viscosity(temperature)
    return diffusivity * (temperature / REFERENCE_TEMPERATURE) * ratio
