"""How the values of a map become colours."""

from __future__ import annotations

import numpy as np

# Ratio of concentrations from which on colours and axes are logarithmic.
LOG_FROM = 1e2
# Share of the volume that must lie below for colours to be: a thin depleted layer is seen on a linear scale, too.
LOW_SHARE = 0.02
# Decades below the largest value beyond which there is nothing to see.
DECADES = 6


def low_end(values: np.ndarray, volume: np.ndarray) -> float:
    """The value below which `LOW_SHARE` of the volume lies."""
    order = np.argsort(values)
    filled = np.cumsum(volume[order])
    return float(values[order][np.searchsorted(filled, LOW_SHARE * filled[-1])])


def colour_scale(shown: np.ndarray, low: float, *, logarithmic: bool, diverging: bool, vectors: bool):
    """Normalisation, name of the colour map, and the values with what is too low to see raised to its lower end.

    Parameters
    ----------
    shown : (n,) float64
    low : float
        A typical low value: far below it colours are logarithmic.
    logarithmic, diverging : bool
        Whether the colours may be logarithmic, or white at zero.
    vectors : bool
        Whether the values are lengths of vectors, most of which the colours should tell apart.
    """
    from matplotlib.colors import LogNorm, Normalize, TwoSlopeNorm

    top, bottom = float(shown.max()), float(shown.min())
    if logarithmic and top > LOG_FROM * max(low, 0.0) and top > 0.0:
        floor = max(bottom, top * 10.0**-DECADES) if bottom > 0.0 else top * 10.0**-DECADES
        if vectors:
            floor = max(floor, float(np.median(shown[shown > 0.0])) * 1e-2)
        return LogNorm(floor, top), "viridis", np.maximum(shown, floor)
    if diverging and bottom < 0.0 < top:
        limit = max(top, -bottom)
        return TwoSlopeNorm(0.0, -limit, limit), "RdBu_r", shown
    return Normalize(bottom, top if top > bottom else bottom + 1e-300), "viridis", shown
