"""How much current the reactions of an electrode without a Stern layer can carry."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from npsolver.errors import InputError

if TYPE_CHECKING:
    from npsolver.discretisation.system import System

# Exponents beyond this give rates beyond double precision, larger than any current.
LARGEST_EXPONENT = 700.0


def check_currents(system: System) -> None:
    """InputError where a steady current is imposed that no voltage brings about.

    With double layers resolved and no Stern layer the potential at the surface is that of the metal, V - phi = 0 (the
    Gouy-Chapman limit of A. Bonnefont, F. Argoul and M. Z. Bazant, J. Electroanal. Chem. 500 (2001) 52, sec. 2): rates
    ``k_f a^p e^(alpha n E0)`` and ``k_b a^q e^(-(1 - alpha) n E0)`` follow the concentrations at the wall alone. Where
    nothing dissolved takes part in a direction its rate is constant, and with it the largest current.
    """
    for t in system.terminals:
        sites = [site for site in system.surface.sites if site.terminal == t.name]
        charged = t.held & (system.charge != 0.0)
        if not t.current or not sites or t.metal_apart or t.capacitance > 0.0 or charged.any():
            continue
        area = float(t.areas.sum())
        imposed = t.current - float(system.charge @ t.influx) * area
        largest = sum(_largest_charge(system, site, math.copysign(1.0, imposed)) for site in sites)
        if abs(imposed) >= largest:
            law = system.model.boundaries[t.name]
            direction = "oxidation" if imposed > 0.0 else "reduction"
            bound = largest / abs(t.current) * abs(law.current)
            raise InputError(
                f"no voltage brings about a steady current of {law.current:g} (SI): without a Stern layer the rate depends on"
                f" concentrations at the wall alone, and nothing dissolved takes part in the {direction} of"
                f" {' and '.join(site.reaction.name for site in sites)}, whose current is at most {bound:.4g}; give"
                f" [boundary.{t.name}.stern], so that the voltage drives the reaction, a larger rate or another"
                " standard_potential (on the scale of `potential`), or less current",
                key=f"boundary {t.name}: current",
            )


def _largest_charge(system: System, site, direction: float) -> float:
    """Charge per time that a reaction can at most carry into the domain (or out of it, `direction` -1)."""
    charge = float(system.charge @ site.number)  # that the forward reaction brings into the domain
    forward = charge * direction > 0.0
    if charge == 0.0:
        return 0.0
    if site.forward_order if forward else site.backward_order:
        return math.inf
    electrons, alpha = site.reaction.electrons, site.reaction.transfer_coefficient
    exponent = alpha * electrons * site.standard if forward else -(1.0 - alpha) * electrons * site.standard
    constant = site.constants[0 if forward else 1]
    if exponent > LARGEST_EXPONENT:
        return math.inf
    return abs(charge) * constant * math.exp(exponent) * float(site.areas.sum())
