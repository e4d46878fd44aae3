"""Compositions from activities: the inverse of mu = RT ln c + mu_ex(c)."""

from __future__ import annotations

import numpy as np

from npsolver.errors import ConvergenceError
from npsolver.model.excess import StandardPotentialLaw, StericLaw, total_excess
from npsolver.model.fermi_dirac import FermiDiracLaw, filling_at

MOST_ITERATIONS = 300
# Largest change of ln c by one step.
LARGEST_STEP = 3.0
# Shifts of ln c that are tried where a law has no value at the first guess.
STARTS = (2.0, -2.0, 5.0, -5.0, 10.0, -10.0, 20.0)
# Free sites (as a share of all) below which concentrations cannot tell how full a lattice is.
LEAST_ROOM = 1e-10


def activities(laws, c: np.ndarray, charge: np.ndarray) -> np.ndarray:
    """a = c exp(mu_ex/RT), mol/m³, (n, n_species)."""
    return c * np.exp(total_excess(laws, c, charge)[0]) if laws else c


def from_activities(laws, logarithm: np.ndarray, charge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Concentrations that have given activities, by Newton's method in ln c.

    Parameters
    ----------
    laws : tuple of ExcessLaw
        mu must rise with the concentrations, as in every stable phase.
    logarithm : (n, n_species) float64
        ln a, a in mol/m³.
    charge : (n_species,) float64

    Returns
    -------
    ln c : (n, n_species) float64
    response : (n, n_species, n_species) float64
        dln c_i/dln a_j.

    Raises
    ------
    ConvergenceError
        If there are no such concentrations (full lattices, unstable phases).
    """
    for law in laws:
        if isinstance(law, StandardPotentialLaw):
            logarithm = logarithm - np.array(law.values)
    laws = tuple(law for law in laws if not isinstance(law, StandardPotentialLaw))
    bounded = bounded_laws(laws)
    x, response = from_bounded(bounded, logarithm)
    if len(bounded) == len(laws):
        return x, response
    mismatch, matrix = _mismatch(laws, x, logarithm, charge)
    first = x.copy()
    for shift in STARTS:  # a law need not have a value at the first guess
        lost = np.flatnonzero(~np.isfinite(mismatch).all(axis=1))
        if not lost.size:
            break
        x[lost] = first[lost] + shift
        mismatch[lost], matrix[lost] = _mismatch(laws, x[lost], logarithm[lost], charge)
    size = np.abs(mismatch).max(axis=1)
    target = 1e-14 * (1.0 + np.abs(logarithm).max(axis=1, initial=0.0))
    for _ in range(MOST_ITERATIONS):
        if np.all(size <= target):
            break
        step = -_solved(matrix, mismatch[..., None])[..., 0]
        step *= (LARGEST_STEP / np.maximum(np.abs(step).max(axis=1), LARGEST_STEP))[:, None]
        for _ in range(40):
            trial, trial_matrix = _mismatch(laws, x + step, logarithm, charge)
            trial_size = np.abs(trial).max(axis=1)
            worse = ~(trial_size <= np.maximum(size, target))
            if not worse.any():
                break
            step[worse] *= 0.5
        step[worse] = 0.0
        if not np.any(step):
            break
        kept = worse
        x = x + step
        mismatch = np.where(kept[:, None], mismatch, trial)
        matrix = np.where(kept[:, None, None], matrix, trial_matrix)
        size = np.where(kept, size, trial_size)
        if np.abs(step).max() <= 1e-15 * (1.0 + np.abs(x).max()):
            break
    if not np.all(size <= 1e-6):
        raise ConvergenceError(
            "no concentrations have these activities: the lattices are full to round-off, or mu falls with the concentration"
        )
    return x, _solved(matrix, np.broadcast_to(np.eye(x.shape[1]), matrix.shape))


def _solved(matrix, right):
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        raise ConvergenceError("mu does not depend on the composition somewhere: the phase is not stable") from None


def bounded_laws(laws) -> tuple:
    """Those laws that limit concentrations and share no species: their inverse is known for all activities."""
    chosen, taken = [], set()
    for law in laws:
        members = set(law.members) if isinstance(law, StericLaw) else {law.member} if _degenerate(law) else set()
        if members and not members & taken:
            chosen.append(law)
            taken |= members
    return tuple(chosen)


def _degenerate(law) -> bool:
    return isinstance(law, FermiDiracLaw)


def from_bounded(laws, logarithm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`from_activities` for laws that `bounded_laws` chose, to all digits also where lattices are full."""
    x = logarithm.copy()
    response = np.tile(np.eye(x.shape[1]), (x.shape[0], 1, 1))
    for law in laws:
        if _degenerate(law):
            i, scale = law.member, np.log(law.density_of_states)
            value, slope = filling_at(logarithm[:, i] - scale)
            x[:, i], response[:, i, i] = value + scale, slope
            continue
        members = list(law.members)
        own = logarithm[:, members]
        top = np.maximum(own.max(axis=1), np.log(law.largest))[:, None]
        share = np.exp(own - top)
        whole = share.sum(axis=1, keepdims=True) + law.largest * np.exp(-top)
        x[:, members] = own - top - np.log(whole) + np.log(law.largest)
        for position, j in enumerate(members):
            response[:, members, j] -= (share / whole)[:, position : position + 1]
    return x, response


def _mismatch(laws, x, logarithm, charge):
    """ln a(x) - ln a and its derivatives by ln c; infinite where a lattice is over-full."""
    c = np.exp(x)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mu, slope = total_excess(laws, c, charge)
        value = x + mu - logarithm
        matrix = slope * c[:, None, :] + np.eye(x.shape[1])
    for law in laws:
        room = law.room(c)
        if room is not None:
            value[~(room > 0.0)] = np.inf
    return value, matrix


def has_room(laws, c: np.ndarray) -> bool:
    """Whether concentrations tell how full every lattice is."""
    rooms = [law.room(c) for law in laws]
    return all(float(room.min()) > LEAST_ROOM for room in rooms if room is not None)
