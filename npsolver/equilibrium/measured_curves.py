"""dV/dQ and dQ/dV of measured charge and discharge curves, robust against noise.

Dividing differences of noisy data amplifies the noise without bound.  Here the curve is smoothed on a stated scale
first, or, for dQ/dV, the charge passed in each interval of potential is counted, which conserves the charge.
"""

from __future__ import annotations

import numpy as np

from ..errors import ConvergenceError, InputError
from . import _checks

KNOTS = 1000  # of the smoothing spline: a thousandth of the capacity is finer than any feature worth reading


def _curve(capacity, potential):
    """Sorted curve with one potential per capacity (repeated capacities are averaged)."""
    q, v = _checks.finite("capacity", capacity), _checks.finite("potential", potential)
    if q.ndim != 1 or q.shape != v.shape or q.size < 8:
        raise InputError(f"needs two lists of the same length, at least 8, got {q.shape} and {v.shape}", key="capacity")
    unique, where = np.unique(q, return_inverse=True)
    if unique.size < 8:
        raise InputError(f"needs at least 8 different values, got {unique.size}", key="capacity")
    return unique, np.bincount(where, v) / np.bincount(where)


def _savitzky_golay(q, v, window, order):
    """dV/dQ by local polynomials on an even grid, back on the samples."""
    from scipy.signal import savgol_filter

    even = np.linspace(q[0], q[-1], q.size)
    step = even[1] - even[0]
    length = 2 * round(window / step / 2) + 1
    if not order < length <= q.size:
        raise InputError(
            f"a window of {window:g} holds {length} of {q.size} points; it must hold more than {order} and not all",
            key="window",
        )
    slope = savgol_filter(np.interp(even, q, v), length, order, deriv=1, delta=step, mode="interp")
    return np.interp(q, even, slope)


def _smoothing_spline(q, v, smoothing):
    """dV/dQ of a cubic smoothing spline; its penalty by generalised cross-validation unless given."""
    from scipy.interpolate import make_smoothing_spline

    # scaled to a unit interval, so that `smoothing` means the same for mA h and for C; averaged over short intervals,
    # because the condition of the spline equations grows with the fourth power of the number of knots
    scale = q[-1] - q[0]
    unit = (q - q[0]) / scale
    cell = np.minimum((unit * min(q.size, KNOTS)).astype(int), min(q.size, KNOTS) - 1)
    count = np.bincount(cell)
    used = count > 0
    x, y = (np.bincount(cell, values)[used] / count[used] for values in (unit, v))
    try:
        spline = make_smoothing_spline(x, y, w=count[used].astype(float), lam=smoothing)
    except ValueError as error:
        raise ConvergenceError("no penalty could be found by cross-validation: state `smoothing`") from error
    return spline.derivative()(unit) / scale


def measured_differential_voltage(capacity, potential, *, method="spline", smoothing=None, window=None, order=3):
    """dV/dQ of a measured curve.

    Parameters
    ----------
    capacity : (n,) array_like
        Charge passed, any unit; need not be sorted.
    potential : (n,) array_like
        V.
    method : {"spline", "savgol"}
        ``"spline"``: cubic smoothing spline, penalty chosen by generalised cross-validation (P. Craven and G. Wahba,
        Numer. Math. 31 (1979) 377); it is natural, so its curvature vanishes at both ends.  ``"savgol"``: local
        polynomials of the stated window (A. Savitzky and M. J. E. Golay, Anal. Chem. 36 (1964) 1627).
    smoothing : float, optional
        Penalty of the spline for capacities scaled to 0 … 1.
    window : float, optional
        Window of ``"savgol"``, in the unit of `capacity`; a twentieth of the range when left out.
    order : int
        Order of the local polynomials.

    Returns
    -------
    capacity, slope : numpy.ndarray
        Sorted capacities without repetitions, and dV/dQ there, V per unit of capacity.
    """
    q, v = _curve(capacity, potential)
    if method == "spline":
        penalty = None if smoothing is None else float(_checks.non_negative("smoothing", smoothing))
        return q, _smoothing_spline(q, v, penalty)
    if method == "savgol":
        scale = (q[-1] - q[0]) / 20 if window is None else float(_checks.positive("window", window))
        return q, _savitzky_golay(q, v, scale, order)
    raise InputError(f'must be "spline" or "savgol", got {method!r}', key="method")


def measured_incremental_capacity(capacity, potential, *, resolution, grid=None):
    """|dQ/dV| of a measured curve by counting the charge passed in each interval of potential.

    Each step of charge is spread over the potentials it was passed at, blurred by a normal distribution of standard
    deviation `resolution` and reflected at the ends of the curve, so that the area is the charge of the curve whatever
    the noise (level counting: X. Feng et al., eTransportation 3 (2020) 100051).  Noise adds in quadrature to
    `resolution`; it does not create peaks.

    Parameters
    ----------
    capacity, potential : (n,) array_like
        Charge passed, any unit, and potential, V.
    resolution : float
        Standard deviation of the blur, V.  Peaks closer than about two of them merge.
    grid : (m,) array_like, optional
        Potentials wanted, increasing; five per `resolution` over the whole curve when left out.

    Returns
    -------
    potential, spectrum : numpy.ndarray
        V, and unit of capacity per volt.
    """
    from scipy.ndimage import gaussian_filter1d

    q, v = _curve(capacity, potential)
    blur = float(_checks.positive("resolution", resolution))
    low, high = v.min(), v.max()
    bins = int(np.ceil(10 * (high - low) / blur))
    if bins < 2:
        raise InputError(f"is coarser than the whole curve, {high - low:g} V", key="resolution")
    edges = np.linspace(low, high, bins + 1)
    charge = _charge_per_interval(q, v, edges)
    centres = (edges[1:] + edges[:-1]) / 2
    step = edges[1] - edges[0]
    spectrum = gaussian_filter1d(charge / step, blur / step, mode="reflect", truncate=8.0)
    wanted = centres[::2] if grid is None else _checks.increasing("grid", grid)
    return wanted, np.interp(wanted, centres, spectrum, left=0.0, right=0.0)


def _charge_per_interval(q, v, edges):
    """Charge passed between `edges` of potential: every step of charge lies evenly between its two potentials.

    The charge below a potential is piecewise linear: each step adds its slope from its lower potential on and takes it
    back at its upper one, so that one sort does for all edges.
    """
    lower, upper, dq = np.minimum(v[1:], v[:-1]), np.maximum(v[1:], v[:-1]), np.diff(q)
    # nearly flat steps would drown the others in rounding; they count at one potential
    flat = upper - lower < 1e-6 * (edges[1] - edges[0])
    slope = dq[~flat] / (upper - lower)[~flat]
    corners = np.concatenate([lower[~flat], upper[~flat]])
    order = np.argsort(corners, kind="stable")
    corners, slopes = corners[order], np.cumsum(np.concatenate([slope, -slope])[order])
    below = np.zeros(edges.size)
    if corners.size:
        charge = np.concatenate([[0.0], np.cumsum(slopes[:-1] * np.diff(corners))])
        below += np.interp(edges, corners, charge)
    jump = np.argsort(lower[flat], kind="stable")
    steps = np.concatenate([[0.0], np.cumsum(dq[flat][jump])])
    below += steps[np.searchsorted(lower[flat][jump], edges, side="left")]
    below[-1] = dq.sum()
    return np.diff(below)
