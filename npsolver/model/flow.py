"""Imposed flow of the solvent in two and three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Largest over mean velocity in ducts: 2 in a tube, 2.096 in a square, 20/9 in an equilateral triangle.
FASTEST = 20.0 / 9.0
Field = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Flow:
    """A steady solenoidal flow: components, a stream function, or a named profile.

    Exactly one of `components`, `stream_function` and `profile` is given. Where a surface lets no species pass, the
    solvent may pass all the same.

    Attributes
    ----------
    components : tuple of callable
        Velocity (m/s) along every axis as functions of positions ((n, dim), m); numbers stand for constants.
    stream_function : callable or None
        psi with u_x = dpsi/dy, u_y = -dpsi/dx (m²/s); in r-z Stokes' psi with u_z = dpsi/dr / r, u_r = -dpsi/dz / r (m³/s).
    profile : str or None
        ``"plug"`` or ``"poiseuille"``: along `axis`, between the outermost walls (2D), in the tube around the axis
        (r-z), or in a channel of constant cross-section (3D).
    mean : float
        Mean velocity of the profile, m/s.
    axis : int
        Direction of the profile.
    """

    components: tuple[float | Field, ...] = ()
    stream_function: Field | None = None
    profile: str | None = None
    mean: float = 0.0
    axis: int = 0

    def fastest(self, points: np.ndarray) -> float:
        """Largest speed to expect at `points` ((n, dim), m), m/s; that of a stream function from its differences."""
        if self.profile is not None:
            return (2.0 if points.shape[1] == 2 else FASTEST) * abs(self.mean)
        if self.stream_function is not None:
            low, high = points.min(axis=0), points.max(axis=0)
            span = float(np.min(high - low))
            psi = self.stream_function(points)
            return float(np.ptp(psi)) / span
        return float(np.hypot.reduce([np.max(np.abs(component(self, c, points))) for c in self.components]))


def component(flow: Flow, value: float | Field, points: np.ndarray) -> np.ndarray:
    """One velocity component at `points`, m/s."""
    return np.asarray(value(points), dtype=float) if callable(value) else np.full(len(points), float(value))


def poiseuille_stream_function(mean: float, axis: int, low: float, high: float, radial: bool) -> Field:
    """psi of laminar flow between plates or in a tube of radius `high`.

    Plates, s = (y - low)/H: u = 6 mean s (1 - s); tube: u = 2 mean (1 - (r/R)²) (H. Schlichting, Boundary-Layer Theory,
    ch. V).

    Parameters
    ----------
    mean : float
        m/s.
    axis : int
        Direction of the flow, 0 or 1; in r-z it is 1.
    low, high : float
        Walls, m.
    radial : bool
    """
    if radial:
        return lambda x: mean * x[..., 0] ** 2 * (1.0 - 0.5 * (x[..., 0] / high) ** 2)
    height = high - low

    def psi(x):
        s = (x[..., 1 - axis] - low) / height
        return (1.0 if axis == 0 else -1.0) * mean * height * s * s * (3.0 - 2.0 * s)

    return psi
