"""Rate constants of reactions at surfaces, from what tables give: k, exchange currents, exchange rates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from npsolver.model.boundary import Boundary
from npsolver.model.composition import activities
from npsolver.model.defects import DefectChemistry
from npsolver.model.excess import total_excess
from npsolver.model.phase_laws import PhaseLaws
from npsolver.model.region import Region
from npsolver.model.surface_reaction import (
    STANDARD_CONCENTRATION,
    STANDARD_PRESSURE,
    SurfaceReaction,
    reaction_orders,
)
from npsolver.units import FARADAY


def solution_reaction(bare: SurfaceReaction, pressure: Mapping[str, float]) -> SurfaceReaction:
    """`bare` with the rate constants that its section gives, for species in solution.

    Standard states are 1 mol/L and 1 bar. Mass action: k0 c0 (prod a_r - prod a_p/K) at V - phi = E0, so that for single
    reactants and products k0 is the rate constant of Butler and Volmer, and the exchange current
    n F k0 c_ox^(1-alpha) c_red^alpha (A. J. Bard and L. R. Faulkner, Electrochemical Methods, 2nd ed., eq. 3.3.11 and
    3.4.6). Affinity: r0 (exp(alpha A/RT) - exp(-(1-alpha) A/RT)).

    Parameters
    ----------
    bare : SurfaceReaction
        With stoichiometry, transfer coefficient, standard potential and `given`.
    pressure : mapping of str to float
        Pa.
    """
    given, alpha = bare.given, bare.transfer_coefficient
    law = str(given["law"])
    forward, backward = reaction_orders(bare.stoichiometry, law, alpha)
    gas = {name: math.log(pressure[name] / STANDARD_PRESSURE) for name in bare.gases}
    constant = math.log(float(given.get("equilibrium_constant", 1.0)))
    unit = math.log(STANDARD_CONCENTRATION)
    gas_forward, gas_backward = (
        math.fsum(order * gas[name] for name, order in orders.items())
        for orders in reaction_orders(bare.gases, law, alpha)
    )
    # how the equilibrium constant is shared between the directions
    share = 0.0 if law == "mass-action" else alpha
    ahead = -unit * math.fsum(forward.values()) + gas_forward + share * constant
    back = -unit * math.fsum(backward.values()) + gas_backward - (1.0 - share) * constant
    if "rate_constant" in given:
        level = math.log(float(given["rate_constant"])) + unit
    else:
        rate = float(given["exchange_rate"]) if "exchange_rate" in given else (
            float(given["exchange_current"]) / (bare.electrons * FARADAY)
        )
        level = math.log(rate)
        if law == "mass-action":
            reference = given.get("reference_concentration", {})
            logs = {name: math.log(float(reference.get(name, STANDARD_CONCENTRATION))) for name in bare.stoichiometry}
            level -= (1.0 - alpha) * (ahead + math.fsum(order * logs[name] for name, order in forward.items()))
            level -= alpha * (back + math.fsum(order * logs[name] for name, order in backward.items()))
    return replace(
        bare,
        forward_rate=math.exp(level + ahead),
        backward_rate=math.exp(level + back),
        forward_order=forward,
        backward_order=backward,
    )


def gas_reaction(
    bare: SurfaceReaction,
    pressure: Mapping[str, float],
    solid: DefectChemistry,
    region: Region,
    laws: PhaseLaws,
    inner: Sequence[str],
) -> SurfaceReaction:
    """`bare` with the rate constants that its section gives, for a solid that exchanges with a gas.

    Forward and backward rate are r0 in equilibrium with the gas. A rate constant k means ``J = k (c_eq - c)`` of the
    exchanged component for small deviations, J = r0 A/RT: ``k = r0 d(A/RT)/dxi``, which without other equilibria is
    r0 sum nu_i²/c_i (J. Maier, Physical Chemistry of Ionic Materials (2004) sec. 6.7).

    Parameters
    ----------
    bare : SurfaceReaction
    pressure : mapping of str to float
        Pa.
    solid : DefectChemistry
    region : Region
        Next to the surface.
    laws : PhaseLaws
    inner : sequence of str
        Names of the equilibria that hold everywhere in the solid.
    """
    given, solid = bare.given, solid.inside(region, laws)
    inside = solid.concentrations(pressure, region.fixed_charge / region.porosity)
    names = list(solid.charge)
    charge = np.array([solid.charge[name] for name in names], dtype=float)
    c = np.array([[float(inside[name]) for name in names]])
    rate = given.get("exchange_rate")
    if rate is None:
        rate = float(given["rate_constant"]) / _stiffness(bare, solid, names, charge, c, inner)
    activity = dict(zip(names, activities(solid.excess, c, charge)[0]))
    logs = {name: math.log(activity[name]) for name in names}
    forward, backward = reaction_orders(bare.stoichiometry, str(given["law"]), bare.transfer_coefficient)
    level = math.log(float(rate))
    return replace(
        bare,
        forward_rate=math.exp(level - math.fsum(order * logs[name] for name, order in forward.items())),
        backward_rate=math.exp(level - math.fsum(order * logs[name] for name, order in backward.items())),
        forward_order=forward,
        backward_order=backward,
    )


def _stiffness(bare, solid: DefectChemistry, names: list[str], charge, c: np.ndarray, inner) -> float:
    """-d(A/RT)/dxi of a reaction by its extent per volume (m³/mol), the inner equilibria being kept."""
    rows = [bare.stoichiometry] + [item.defects for item in solid.equilibria if item.name in inner]
    numbers = np.array([[float(row.get(name, 0.0)) for name in names] for row in rows])
    response = np.diag(1.0 / c[0])  # dln a_i/dc_j
    if solid.excess:
        response = response + total_excess(solid.excess, c, charge)[1][0]
    stiffness = numbers @ response @ numbers.T
    if len(rows) > 1:  # the extents of the others follow
        stiffness[0, 0] -= stiffness[0, 1:] @ np.linalg.solve(stiffness[1:, 1:], stiffness[1:, 0])
    return float(stiffness[0, 0])


def at_pressure(
    boundary: Boundary,
    pressure: Mapping[str, float],
    solid: DefectChemistry | None,
    region: Region,
    laws: PhaseLaws,
    inner: Sequence[str],
) -> tuple[SurfaceReaction, ...]:
    """The reactions of a boundary at other gas pressures (Pa)."""
    return tuple(
        gas_reaction(item, pressure, solid, region, laws, inner)
        if solid is not None and boundary.kind == "gas"
        else solution_reaction(item, pressure)
        for item in boundary.reactions
    )
