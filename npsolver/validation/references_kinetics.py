"""Closed forms of electrodes and of surfaces with finite exchange, bound to the data of a case."""

from __future__ import annotations

import math

import numpy as np

from npsolver import equilibrium
from npsolver.equilibrium.surface_resistance import (
    electrode_step_current,
    exchange_permeation,
    film_electrode_current,
    supported_film_current,
    thin_cell_voltage,
)
from npsolver.errors import InputError
from npsolver.model import STANDARD_CONCENTRATION, STANDARD_PRESSURE, SurfaceReaction
from npsolver.units import FARADAY, GAS_CONSTANT
from npsolver.validation.context import Bath, Context
from npsolver.validation.references import reference
from npsolver.validation.references_solids import OXYGEN, _conductivities, _oxygen, ambipolar_diffusivity

Ion = Layer = Length = Time = CurrentDensity = Voltage = object  # what annotations call them; see `Context.argument`


class _Electrode:
    """The only electrode reaction of a boundary in the form of exchange current and overpotential."""

    def __init__(self, context: Context, boundary: Bath):
        law = context.model.boundaries.get(boundary.side)
        found = [item for item in law.reactions if item.electrons] if law is not None else []
        if len(found) != 1:
            raise InputError(f"boundary {boundary.name!r} has {len(found)} electrode reactions; the closed form is for one")
        self.reaction: SurfaceReaction = found[0]
        self.pressure, self.temperature = law.pressure, context.temperature
        self.n, self.given = self.reaction.electrons, self.reaction.given

    def rest(self, c) -> float:
        """Nernst potential at concentrations (mapping, mol/m³), V."""
        logs = [nu * math.log(c[name] / STANDARD_CONCENTRATION) for name, nu in self.reaction.stoichiometry.items()]
        logs += [nu * math.log(self.pressure[gas] / STANDARD_PRESSURE) for gas, nu in self.reaction.gases.items()]
        thermal = GAS_CONSTANT * self.temperature / (self.n * FARADAY)
        return float(self.given["standard_potential"]) - thermal * math.fsum(logs)

    def exchange(self, c) -> float:
        """Exchange current density at concentrations (mapping, mol/m³), A/m²."""
        given, alpha = self.given, float(self.given["transfer_coefficient"])
        if "exchange_current" in given:
            level, base = float(given["exchange_current"]), given.get("reference_concentration", {})
        elif "exchange_rate" in given:
            level, base = self.n * FARADAY * float(given["exchange_rate"]), given.get("reference_concentration", {})
        else:
            level, base = self.n * FARADAY * float(given["rate_constant"]) * STANDARD_CONCENTRATION, {}
            for gas, nu in self.reaction.gases.items():
                level *= (self.pressure[gas] / STANDARD_PRESSURE) ** ((1 - alpha) * max(-nu, 0) + alpha * max(nu, 0))
        if given["law"] == "affinity":
            return level
        for name, nu in self.reaction.stoichiometry.items():
            ratio = c[name] / base.get(name, STANDARD_CONCENTRATION)
            level *= ratio ** ((1.0 - alpha) * max(-nu, 0.0) + alpha * max(nu, 0.0))
        return level

    def reduction(self, E: float, c) -> float:
        """Current density of the reduction at a potential of the metal against the solution, A/m²."""
        x = self.n * FARADAY * (E - self.rest(c)) / (GAS_CONSTANT * self.temperature)
        alpha = float(self.given["transfer_coefficient"])
        with np.errstate(over="ignore"):
            return self.exchange(c) * float(np.exp(-alpha * x) - np.exp((1.0 - alpha) * x))


@reference("rest_potential", "V")
def rest_potential(context: Context, electrode: Bath, bath: Bath) -> float:
    """Potential of an electrode against a bath with which its reaction is in equilibrium (Nernst)."""
    return _Electrode(context, electrode).rest(bath.concentration)


@reference("charge_transfer_resistance", "V*m^2/A")
def charge_transfer_resistance(context: Context, electrode: Bath, bath: Bath) -> float:
    """RT/(n F i0) of an electrode at the composition of a bath."""
    own = _Electrode(context, electrode)
    return GAS_CONSTANT * context.temperature / (own.n * FARADAY * own.exchange(bath.concentration))


def _salt(context: Context, cation):
    anions = [item for item in context.model.species if item.charge < 0.0]
    if len(anions) != 1 or len(context.model.species) != 2:
        raise InputError("the closed form is for one binary salt")
    layer = context.membrane()
    return anions[0].charge, layer, float(context.diffusivities([cation], layer)[0])


@reference("film_electrode_current", "A/m^2")
def electrode_current(context: Context, cation: Ion, electrode: Bath, bath: Bath) -> float:
    """Current out of an electrode that exchanges the cation of a binary salt, through a film to a bath."""
    own = _Electrode(context, electrode)
    z_anion, layer, D = _salt(context, cation)
    c = context.concentration(bath, cation)
    return film_electrode_current(
        context.held_potential(electrode.side) - context.held_potential(bath.side),
        cation.charge,
        z_anion,
        c,
        D,
        layer.length,
        context.temperature,
        lambda E, s: own.reduction(E, {cation.name: s}),
    )


@reference("thin_cell_voltage", "V")
def cell_voltage(context: Context, cation: Ion, a: Bath, b: Bath, current: CurrentDensity) -> float:
    """Voltage of a against b of a film of salt between two electrodes that exchange its cation (current from a to b)."""
    z_anion, layer, D = _salt(context, cation)
    start = context.initial.get(layer.region.name, {}).get(cation.name)
    if not isinstance(start, (int, float)):
        raise InputError(f"the initial concentration of {cation.name} is not uniform")
    electrodes = _Electrode(context, a), _Electrode(context, b)
    reductions = tuple((lambda E, s, own=own: own.reduction(E, {cation.name: s})) for own in electrodes)
    return thin_cell_voltage(
        current, cation.charge, z_anion, float(start), D, layer.length, context.temperature, reductions
    )


@reference("supported_electrode_current", "A/m^2")
def supported_current(context: Context, electrode: Bath, bath: Bath) -> float:
    """Current out of an electrode in excess supporting electrolyte, behind a stagnant layer to a bath."""
    own = _Electrode(context, electrode)
    layer = context.membrane()
    limits = {-1: math.inf, 1: math.inf}
    for name, number in own.reaction.stoichiometry.items():
        item = context.ion(name)
        if abs(number) != 1 or name not in bath.concentration:
            raise InputError("the closed form is for one ion or molecule of each state")
        D = float(context.diffusivities([item], layer)[0])
        limits[int(number)] = own.n * FARADAY * D * bath.concentration[name] / layer.length
    E = context.held_potential(electrode.side) - context.held_potential(bath.side)
    c = bath.concentration
    return -supported_film_current(
        E - own.rest(c),
        own.exchange(c),
        float(own.given["transfer_coefficient"]),
        own.n,
        limits[-1],
        limits[1],
        context.temperature,
    )


@reference("electrode_step_current", "A/m^2")
def step_current(context: Context, electrode: Bath, bath: Bath, t: Time) -> float:
    """Current out of an electrode a time after its potential is stepped, in excess supporting electrolyte."""
    own = _Electrode(context, electrode)
    c, sides = bath.concentration, {}
    for name, number in own.reaction.stoichiometry.items():
        if abs(number) != 1:
            raise InputError("the closed form is for one ion or molecule of each state")
        sides[int(number)] = c[name], float(context.diffusivities([context.ion(name)], context.membrane())[0])
    if set(sides) != {-1, 1}:
        raise InputError("the closed form is for two dissolved states")
    x = own.n * FARADAY * (context.held_potential(electrode.side) - context.held_potential(bath.side) - own.rest(c))
    x /= GAS_CONSTANT * context.temperature
    alpha, rate = float(own.given["transfer_coefficient"]), own.exchange(c) / (own.n * FARADAY)
    forward, backward = rate * math.exp(-alpha * x) / sides[-1][0], rate * math.exp((1.0 - alpha) * x) / sides[1][0]
    return -electrode_step_current(forward, backward, own.n, sides[-1], sides[1], t)


def _oxygen_rate(context: Context, bath: Bath):
    """Oxygen (O2) taken up by a surface that would be in equilibrium with a pressure, mol/(m² s)."""
    law, names = context.model.boundaries[bath.side], list(context.lengths)
    region = context.layer(names[0] if bath.side == "left" else names[-1]).region
    defects = context.model.defects.inside(region, context.model.phase_laws)
    (reaction,) = [item for item in law.reactions if OXYGEN in item.gases] or [None]
    if reaction is None:
        raise InputError(f"no reaction at {bath.name!r} exchanges oxygen")
    doping, alpha = region.fixed_charge / region.porosity, reaction.transfer_coefficient
    outside = {gas: p for gas, p in law.pressure.items() if gas != OXYGEN}
    at_rest = defects.concentrations(law.pressure, doping)
    number = -reaction.gases[OXYGEN]

    if "exchange_rate" in reaction.given:
        level = float(reaction.given["exchange_rate"])
    else:  # J = k (c_eq - c) of the oxygen that the solid takes up, from two compositions close to equilibrium
        p, step = law.pressure[OXYGEN], 1e-3
        sides = [defects.concentrations({OXYGEN: p * math.exp(s * step), **outside}, doping) for s in (1.0, -1.0)]
        vacancy = min(reaction.stoichiometry, key=lambda name: reaction.stoichiometry[name] * context.ion(name).charge)
        change = (sides[0][vacancy] - sides[1][vacancy]) / (2.0 * step) / reaction.stoichiometry[vacancy]
        level = float(reaction.given["rate_constant"]) * float(change) / number

    def uptake(p: float) -> float:
        now = defects.concentrations({OXYGEN: p, **outside}, doping)
        ratio = {name: math.log(float(now[name]) / float(at_rest[name])) for name in reaction.stoichiometry}
        if reaction.given["law"] == "affinity":
            affinity = -math.fsum(nu * ratio[name] for name, nu in reaction.stoichiometry.items())
            return number * level * (math.exp(alpha * affinity) - math.exp((alpha - 1.0) * affinity))
        ahead = -math.fsum(min(nu, 0.0) * ratio[name] for name, nu in reaction.stoichiometry.items())
        back = math.fsum(max(nu, 0.0) * ratio[name] for name, nu in reaction.stoichiometry.items())
        return number * level * (math.exp(ahead) - math.exp(back))

    return uptake


@reference("exchange_permeation_flux", "mol/m^2/s")
def permeation_flux(context: Context, ion: Ion, a: Bath, b: Bath) -> float:
    """Flux of the ion from a to b through a mixed conductor without current, behind two surfaces of finite exchange."""
    layer, T = context.membrane(), context.temperature
    low, high = (a, b) if _oxygen(context, a) < _oxygen(context, b) else (b, a)
    ionic, rest = _conductivities(context, ion, layer, a)
    take, give = _oxygen_rate(context, high), _oxygen_rate(context, low)
    flux, _, _ = exchange_permeation(
        _oxygen(context, low),
        _oxygen(context, high),
        lambda p, q: equilibrium.mixed_conduction(p, q, layer.length, T, ionic, rest).flux,
        take,
        lambda p: -give(p),
    )
    # oxygen runs from high to low, its ions carry the charge 4 F per O2 against the positive direction of the ion
    return -4.0 / ion.charge * (flux if high is a else -flux)


@reference("exchange_relaxation_amount", "mol/m^2")
def relaxation(context: Context, ion: Ion, bath: Bath, t: Time) -> float:
    """Amount of the ion in a layer a time after a small step at a surface of finite exchange (Crank 4.53)."""
    layer = context.membrane()
    start = context.initial.get(layer.region.name, {}).get(ion.name)
    law = context.model.boundaries[bath.side]
    if not isinstance(start, (int, float)):
        raise InputError(f"the initial concentration of {ion.name} is not uniform")
    if ion.name in law.transfer:
        k, diffusivity = law.transfer[ion.name][0], float(context.diffusivities([ion], layer)[0])
    else:
        constants = [item.given["rate_constant"] for item in law.reactions if "rate_constant" in item.given]
        if len(constants) != 1:
            raise InputError(f"boundary {bath.name!r} has no reaction with a rate_constant")
        k, diffusivity = float(constants[0]), ambipolar_diffusivity(context, ion, bath)
    share = float(equilibrium.slab_uptake(diffusivity, t, layer.length, k))
    return layer.length * layer.region.porosity * (start + share * (context.concentration(bath, ion) - start))
