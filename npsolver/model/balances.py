"""Balances of charge and of totals in a solid, met by shifting the activities of its defects."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from npsolver.errors import ConvergenceError, InputError
from npsolver.model.composition import bounded_laws, from_bounded
from npsolver.model.excess import total_excess

MOST_ITERATIONS = 400
# Largest change of ln c by one step; far more than a decade, so that thirty decades take a few steps.
LARGEST_STEP = 40.0
# Largest balance (as a logarithm of positive over negative terms) of a solution.
BALANCED = 1e-10

Composition = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def balanced(
    logarithm: np.ndarray, weights: np.ndarray, constant: np.ndarray, composition: Composition | None = None
) -> np.ndarray:
    """ln a ((n_points, n_defects)) shifted along the rows of `weights` to where ``weights c + constant = 0``.

    Parameters
    ----------
    logarithm : (n_points, n_defects) float64
    weights : (n_balances, n_defects) float64
    constant : (n_balances,) float64
    composition : callable, optional
        ln c and dln c_i/dln a_j ((n_points, n_defects, n_defects)) at ln a; without it c = a.
    """
    for j, (row, value) in enumerate(zip(weights, constant)):
        if not ((row > 0).any() or value > 0) or not ((row < 0).any() or value < 0):
            if j:
                raise InputError("nothing can balance a given total: all terms have one sign", key="defect_equilibrium")
            sign, other = ("positive", "negative") if (row > 0).any() or value > 0 else ("negative", "positive")
            raise InputError(
                f"no neutral state: all defects are {sign} and so are the dopants, if any (fixed_charge = {value:+.3g} "
                f"mol/m^3); expected a {other} defect or a {other} fixed_charge",
                key="defect_equilibrium",
            )
    multiplier = np.zeros((len(logarithm), len(weights)))

    def balances(multiplier):
        now = logarithm + multiplier @ weights
        shift = np.broadcast_to(weights.T, (*now.shape, len(weights)))  # of ln c by the multipliers
        if composition is not None:
            now, response = composition(now)
            shift = response @ weights.T
        value = np.empty(multiplier.shape)
        slope = np.empty((*multiplier.shape, len(weights)))
        for j, (row, fixed) in enumerate(zip(weights, constant)):
            value[:, j], slope[:, j] = 0.0, 0.0
            for sign in (1.0, -1.0):
                side = sign * row > 0
                terms = now[:, side] + np.log(np.abs(row[side]))
                if sign * fixed > 0:
                    terms = np.column_stack([terms, np.full(len(terms), np.log(abs(fixed)))])
                top = terms.max(axis=1, keepdims=True)
                share = np.exp(terms - top)
                total = share.sum(axis=1, keepdims=True)
                value[:, j] += sign * (top + np.log(total))[:, 0]
                slope[:, j] += sign * np.einsum("pd,pdk->pk", (share / total)[:, : side.sum()], shift[:, side])
        return value, slope

    value, slope = balances(multiplier)
    for _ in range(MOST_ITERATIONS):
        size = np.abs(value).max(axis=1)
        if np.all(size <= 1e-14 * (1.0 + np.abs(logarithm).max())):
            break
        try:
            step = -np.linalg.solve(slope, value[..., None])[..., 0]
        except np.linalg.LinAlgError:
            break
        if not np.all(np.isfinite(step)):
            break
        largest = np.abs(step @ weights).max(axis=1)
        step *= np.minimum(1.0, LARGEST_STEP / np.maximum(largest, LARGEST_STEP))[:, None]
        for _ in range(30):
            trial, trial_slope = balances(multiplier + step)
            worse = np.abs(trial).max(axis=1) > np.maximum(size, 1e-13)
            if not worse.any():
                break
            step[worse] *= 0.5
        if np.abs(step).max() <= 1e-15 * (1.0 + np.abs(multiplier).max()):
            break
        multiplier, value, slope = multiplier + step, trial, trial_slope
    if not np.all(np.abs(value) <= BALANCED):
        raise ConvergenceError(
            f"defect equilibrium: the balances are met to {np.abs(value).max():.2g} only; limited sites may be too few to "
            "balance the dopants"
        )
    return logarithm + multiplier @ weights


def balanced_nonideal(laws, charge: np.ndarray, matrix, right, weights, constant) -> np.ndarray:
    """ln c at which ``matrix ln a = right`` and ``weights c + constant = 0``, with a = c exp(mu_ex/RT).

    Laws that limit concentrations are inverted exactly, which gives the solution or a start; all others are then added
    step by step, with Newton's method in ln c.

    Parameters
    ----------
    laws : tuple of ExcessLaw
    charge : (n_defects,) float64
    matrix : (n_equilibria, n_defects) float64
    right : (n_equilibria, n_points) float64
    weights, constant
        As in `balanced`.
    """
    bounded = bounded_laws(laws)
    start = np.linalg.lstsq(matrix, right, rcond=None)[0].T if len(matrix) else np.zeros((right.shape[1], charge.size))
    activity = balanced(start, weights, constant, (lambda now: from_bounded(bounded, now)) if bounded else None)
    x = from_bounded(bounded, activity)[0]
    rest = tuple(law for law in laws if law not in bounded)
    if not rest:
        return x
    strength, step = 0.0, 1.0
    while strength < 1.0:
        target = min(1.0, strength + step)
        found = _newton(bounded, rest, target, x, charge, matrix, right, weights, constant)
        if found is None:
            step *= 0.5
            if step < 1e-3:
                raise ConvergenceError(
                    "defect equilibrium: no composition was found; the activity model may be used far outside the "
                    "concentrations for which it is meant"
                )
            continue
        x, strength = found, target
    return x


def _newton(bounded, rest, strength, x, charge, matrix, right, weights, constant) -> np.ndarray | None:
    """ln c with the laws `rest` at a share of their strength; None where Newton's method fails."""

    def equations(x):
        c = np.exp(x)
        with np.errstate(all="ignore"):
            mu, slope = total_excess(rest, c, charge)
            mu, slope = strength * mu, strength * slope
            if bounded:
                more, steeper = total_excess(bounded, c, charge)
                mu, slope = mu + more, slope + steeper
            value, jacobian = [(x + mu) @ matrix.T - right.T], [matrix @ (slope * c[:, None, :] + np.eye(charge.size))]
            for row, fixed in zip(weights, constant):
                parts = row * c
                plus = np.where(row > 0, parts, 0.0).sum(axis=1) + max(fixed, 0.0)
                minus = -np.where(row < 0, parts, 0.0).sum(axis=1) + max(-fixed, 0.0)
                value.append(np.log(plus / minus)[:, None])
                share = np.where(row > 0, parts / plus[:, None], parts / minus[:, None])
                jacobian.append(share[:, None, :])
        return np.concatenate(value, axis=1), np.concatenate(jacobian, axis=1)

    value, jacobian = equations(x)
    size = np.abs(value).max(axis=1)
    for _ in range(60):
        if np.all(size <= 1e-12 * (1.0 + np.abs(x).max())):
            return x
        try:
            step = -np.linalg.solve(jacobian, value[..., None])[..., 0]
        except np.linalg.LinAlgError:
            return None
        step *= (5.0 / np.maximum(np.abs(step).max(axis=1), 5.0))[:, None]
        for _ in range(30):
            trial, slope = equations(x + step)
            worse = ~(np.abs(trial).max(axis=1) <= np.maximum(size, 1e-12))
            if not worse.any():
                break
            step[worse] *= 0.5
        if worse.any() or not np.all(np.isfinite(step)):
            return x if np.all(size <= BALANCED) else None
        x, value, jacobian = x + step, trial, slope
        size = np.abs(value).max(axis=1)
    return x if np.all(size <= BALANCED) else None
