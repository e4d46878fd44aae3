"""What the names in a reference mean: ions, baths, layers and boundary values of a case at one frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from npsolver.errors import InputError
from npsolver.model import Model, Region, Species, total_excess
from npsolver.units import GAS_CONSTANT

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
# type of an argument (as annotated) -> SI unit of a literal
QUANTITIES = {
    "Length": "m",
    "Time": "s",
    "Voltage": "V",
    "Concentration": "mol/m^3",
    "SurfaceCharge": "C/m^2",
    "CurrentDensity": "A/m^2",
    "Number": "",
}


@dataclass(frozen=True)
class Bath:
    """A solution of known composition.

    Attributes
    ----------
    name : str
    concentration : mapping of str to float
        mol/m³.
    potential : float or None
        V, where it is held.
    surface_charge : float or None
        C/m², of a wall.
    side : str
        ``"left"``, ``"right"`` or ``""``.
    """

    name: str
    concentration: Mapping[str, float]
    potential: float | None = None
    surface_charge: float | None = None
    side: str = ""


@dataclass(frozen=True)
class Layer:
    """A region with its thickness (m)."""

    region: Region
    length: float


@dataclass(frozen=True)
class Context:
    """A case at one frame, seen by the closed forms.

    Attributes
    ----------
    model : Model
        With the boundary values of this frame.
    lengths : mapping of str to float
        Thickness of each region, in order, m.
    initial : mapping of str to mapping of str to object
        Initial concentrations by region and species: numbers, or profiles (which are no composition).
    time : float or None
        s, in a transient.
    quantity : callable
        ``quantity(text, unit) -> float`` for literals.
    coordinates : str
        ``"cartesian"``, ``"cylindrical"`` or ``"spherical"``.
    origin : float
        Position (radius) of the left boundary, m.
    """

    model: Model
    lengths: Mapping[str, float]
    quantity: Callable[[str, str], float]
    initial: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    time: float | None = None
    coordinates: str = "cartesian"
    origin: float = 0.0

    @property
    def temperature(self) -> float:
        return self.model.temperature

    # --- arguments -----------------------------------------------------------------------------------------------

    def argument(self, text: str, kind: str):
        """Value of the argument `text` of a type named `kind` (``"Ion"``, ``"Bath"``, ``"Length"`` ...)."""
        text = text.strip().strip("'\"")
        if kind == "Ion":
            return self.ion(text)
        if kind == "Bath":
            return self.bath(text)
        if kind == "Layer":
            return self.layer(text)
        if kind == "Time" and text == "t":
            if self.time is None:
                raise InputError("t has a meaning in a transient only; give a time such as 1 ms")
            return self.time
        if kind == "Voltage" and text == "V":
            return self.voltage()
        return float(text) if _PLAIN.fullmatch(text) else self.quantity(text, QUANTITIES[kind])

    def ion(self, text: str) -> Species:
        """Species by name; ``Ca++``, ``Ca+2`` and ``Ca^2+`` mean the same."""
        wanted = _canonical(text)
        for species in self.model.species:
            if text == species.name or wanted == _canonical(species.name):
                return species
        raise InputError(_unknown("species", text, [species.name for species in self.model.species]))

    def bath(self, text: str) -> Bath:
        """Composition held at a boundary, or of a region: of the bath it touches, else its uniform initial state."""
        if text in self.model.boundaries:
            boundary = self.model.boundaries[text]
            return Bath(text, boundary.composition, boundary.potential, boundary.surface_charge, text)
        names = list(self.lengths)
        if text not in names:
            raise InputError(_unknown("boundary or region", text, [*self.model.boundaries, *names]))
        touched = [
            side
            for side, name in (("left", names[0]), ("right", names[-1]))
            if name == text and side in self.model.boundaries and self.model.boundaries[side].kind == "bath"
        ]
        if len(touched) > 1:
            raise InputError(f"region {text!r} touches two baths; write left or right instead")
        if touched:
            return replace(self.bath(touched[0]), name=text)
        state = self.initial.get(text, {})
        values = {name: value for name, value in state.items() if isinstance(value, (int, float))}
        if len(values) < len(self.model.species):
            missing = [species.name for species in self.model.species if species.name not in values]
            raise InputError(
                f"region {text!r} touches no bath and has no uniform initial concentration of {', '.join(missing)}"
            )
        return Bath(text, values)

    def layer(self, text: str) -> Layer:
        """Region by name."""
        for region in self.model.regions:
            if region.name == text:
                return Layer(region, self.lengths[text])
        raise InputError(_unknown("region", text, [region.name for region in self.model.regions]))

    def membrane(self) -> Layer:
        """The layer meant where none is named: the only one, or the only one that touches no boundary."""
        names = list(self.lengths)
        inner = names[1:-1] if len(names) > 2 else names
        if len(inner) != 1:
            raise InputError(f"name the membrane: one of the regions {', '.join(names)}")
        return self.layer(inner[0])

    def voltage(self) -> float:
        """Potential of the left minus that of the right boundary, V."""
        return self.held_potential("left") - self.held_potential("right")

    def held_potential(self, side: str) -> float:
        """Potential held at a boundary; InputError if it floats."""
        boundary = self.model.boundaries.get(side)
        if boundary is None or boundary.potential is None:
            raise InputError(
                f"the potential of boundary {side!r} is not held, so the reference needs it as an argument"
            )
        return boundary.potential

    # --- compositions as arrays ----------------------------------------------------------------------------------

    def ions_in(self, layer: Layer | None = None) -> list[Species]:
        """Species that can enter `layer`."""
        excluded = layer.region.excluded_species if layer else frozenset()
        return [species for species in self.model.species if species.name not in excluded]

    def charges(self, species: Iterable[Species]) -> np.ndarray:
        return np.array([item.charge for item in species], dtype=float)

    def diffusivities(self, species: Iterable[Species], layer: Layer | None = None) -> np.ndarray:
        """Effective diffusivities in `layer` (porosity and tortuosity included), or in solution, m²/s."""
        if layer is None:
            return np.array([item.diffusivity for item in species])
        region = layer.region
        factor = region.porosity / region.tortuosity
        return factor * np.array([region.diffusivity.get(item.name, item.diffusivity) for item in species])

    def partition(self, species: Iterable[Species], layer: Layer) -> np.ndarray:
        """Partition coefficients exp(-mu0/RT)."""
        energies = [layer.region.standard_potential.get(item.name, 0.0) for item in species]
        return np.exp(-np.array(energies) / (GAS_CONSTANT * self.temperature))

    def concentrations(self, bath: Bath, species: Iterable[Species]) -> np.ndarray:
        """mol/m³; species that the bath does not mention are absent."""
        return np.array([float(bath.concentration.get(item.name, 0.0)) for item in species])

    def concentration(self, bath: Bath, species: Species) -> float:
        """Of one species, which must be there."""
        value = float(bath.concentration.get(species.name, 0.0))
        if value <= 0.0:
            raise InputError(f"{bath.name!r} holds no {species.name}")
        return value

    def laws(self, bath: Bath) -> tuple:
        """Laws of the chemical potential that hold for the concentrations of `bath`."""
        names = list(self.lengths)
        if bath.side:
            beside = self.layer(names[0 if bath.side == "left" else -1] if names else "").region
            return self.model.phase_laws.beside(self.model.boundaries[bath.side], beside)
        return self.model.phase_laws.inside(self.layer(bath.name).region)

    def log_activities(self, bath: Bath, species: Iterable[Species]) -> np.ndarray:
        """ln a of all species, a in mol/m³, referred to solution; -700 where the bath holds none."""
        c = self.concentrations(bath, species)
        mu, _ = total_excess(self.laws(bath), c[None], self.charges(species)) if self.laws(bath) else ([0.0], None)
        return np.where(c > 0.0, np.log(np.where(c > 0.0, c, 1.0)) + mu[0], -700.0)

    def permittivity(self, bath: Bath) -> float:
        """Relative permittivity of the region next to `bath`."""
        names = list(self.lengths)
        name = bath.name if bath.name in names else names[0] if bath.side == "left" else names[-1]
        return self.layer(name).region.relative_permittivity


def nearest(name: str, valid: Iterable[str]) -> str:
    """``"; did you mean 'nernst'?"`` or nothing."""
    import difflib

    close = difflib.get_close_matches(name, list(valid), n=2, cutoff=0.5)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def _unknown(what: str, name: str, valid: list[str]) -> str:
    return f"unknown {what} {name!r}{nearest(name, valid)} (valid: {', '.join(valid)})"


def _canonical(name: str) -> str:
    """``Ca++``, ``Ca+2``, ``Ca^2+``, ``Ca2+`` in one spelling."""
    name = name.replace("^", "")
    match = re.fullmatch(r"(.*?)([+-]+)(\d*)", name)
    if match is None:
        return name
    formula, signs, digits = match.groups()
    number = digits or (str(len(signs)) if len(signs) > 1 else "")
    return f"{formula}{'' if number == '1' else number}{signs[0]}"
