"""Where each region lies, before anything is meshed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from npsolver.errors import InputError

COORDINATES = ("cartesian", "cylindrical", "spherical")


@dataclass(frozen=True)
class Geometry:
    """Regions side by side along one coordinate.

    Attributes
    ----------
    coordinates : str
        ``"cartesian"``, ``"cylindrical"`` or ``"spherical"``.
    regions : tuple of (str, float)
        Name and length (m) of each region, from left (inner) to right (outer).
    origin : float
        Coordinate of the left end, m: the inner radius in cylindrical and spherical coordinates. With an inner
        radius of zero the left end is the symmetry point and no boundary.
    """

    coordinates: str
    regions: tuple[tuple[str, float], ...]
    origin: float = 0.0

    def __post_init__(self):
        if self.coordinates not in COORDINATES:
            raise InputError(
                f"expected one of {', '.join(COORDINATES)}, got {self.coordinates!r}", key="geometry: coordinates"
            )
        if not self.regions:
            raise InputError("expected at least one region", key="geometry")
        names = [name for name, _ in self.regions]
        for name, length in self.regions:
            if names.count(name) > 1:
                raise InputError("is defined twice; names must differ", key=f"geometry: region {name!r}")
            if not (math.isfinite(length) and length > 0.0):
                raise InputError(f"expected a length > 0, got {length!r} m", key=f"geometry: region {name!r}: length")
        if not (math.isfinite(self.origin) and (self.origin >= 0.0 or self.coordinates == "cartesian")):
            raise InputError(f"expected a radius >= 0, got {self.origin!r} m", key="geometry: inner_radius")

    dimension = 1

    @property
    def measure(self) -> str:
        """What integrals are per, see `npsolver.mesh.domain.measure`."""
        return self.coordinates

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the coordinates."""
        return ("x",)

    @property
    def length(self) -> float:
        """Length of all regions together, m."""
        return math.fsum(length for _, length in self.regions)

    @property
    def region_names(self) -> tuple[str, ...]:
        """Names from left to right."""
        return tuple(name for name, _ in self.regions)

    @property
    def interfaces(self) -> tuple[float, ...]:
        """Positions of all region ends from `origin` to the right end, m: one more than there are regions."""
        return tuple(accumulate((length for _, length in self.regions), initial=self.origin))

    @property
    def boundary_names(self) -> tuple[str, ...]:
        """``("left", "right")``, or ``("right",)`` where the left end is the symmetry point."""
        symmetric = self.coordinates != "cartesian" and self.origin == 0.0
        return ("right",) if symmetric else ("left", "right")

    def extent(self, region: str) -> tuple[float, float]:
        """Left and right end of `region`, m."""
        index = self.region_names.index(region)
        return self.interfaces[index], self.interfaces[index + 1]

    def samples(self, region: str, number: int = 129) -> np.ndarray:
        """Evenly spaced positions in `region`, its ends among them ((number,), m)."""
        return np.linspace(*self.extent(region), number)
