"""What everything in two and three dimensions has: coordinates, what integrals are per, and its extent."""

from __future__ import annotations

import numpy as np


def axis_names(coordinates: str, dimension: int) -> tuple[str, ...]:
    """Names of the coordinates: x, y, z; r, z in axisymmetric coordinates."""
    if coordinates == "axisymmetric":
        return ("r", "z")
    return ("x", "y", "z")[:dimension] if coordinates == "cartesian" else ("x",)


def measure(coordinates: str, dimension: int) -> str:
    """What integrals are per: ``"cartesian"`` m², ``"cylindrical"`` and ``"plane"`` m, ``"spherical"`` and ``"space"``.

    One dimension is measured per area or as the whole shell, a plane per metre of depth, everything else as a whole.
    """
    if dimension == 1:
        return coordinates
    return "plane" if coordinates == "cartesian" and dimension == 2 else "space"


class Domain:
    """What every domain knows: `coordinates`, `dimension`, `region_names`, `boundary_names`, `low`, `high`."""

    origin = 0.0

    @property
    def measure(self) -> str:
        return measure(self.coordinates, self.dimension)

    @property
    def axes(self) -> tuple[str, ...]:
        return axis_names(self.coordinates, self.dimension)

    @property
    def length(self) -> float:
        """Largest extent, m."""
        return float(np.max(np.subtract(self.high, self.low)))

    @property
    def regions(self) -> tuple[tuple[str, float], ...]:
        """Name and largest extent (m) of every region."""
        return tuple((name, float(np.ptp(self.samples(name), axis=0).max())) for name in self.region_names)
