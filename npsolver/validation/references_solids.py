"""Closed forms of solids in contact with gases and of frozen space charge, bound to the data of a case."""

from __future__ import annotations

import numpy as np

from npsolver import equilibrium
from npsolver.errors import InputError
from npsolver.model import from_activities, total_excess
from npsolver.units import GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage
from npsolver.validation.context import Bath, Context, Layer
from npsolver.validation.references import reference

Ion = Length = Time = Voltage = object  # what annotations call them; see `Context.argument`
OXYGEN = "O2"


def _oxygen(context: Context, bath: Bath) -> float:
    boundary = context.model.boundaries.get(bath.side)
    if boundary is None or OXYGEN not in boundary.pressure:
        raise InputError(f"{bath.name!r} is no boundary with an oxygen pressure")
    return boundary.pressure[OXYGEN]


def _conductivities(context: Context, ion, layer: Layer, bath: Bath):
    """Conductivities of the ion and of all other carriers against the oxygen pressure; other gases as at `bath`."""
    if context.model.defects is None:
        raise InputError("the case has no defect_equilibrium")
    defects = context.model.defects.inside(layer.region, context.model.phase_laws)
    others = {gas: p for gas, p in context.model.boundaries[bath.side].pressure.items() if gas != OXYGEN}
    species = context.ions_in(layer)
    diffusivity = context.diffusivities(species, layer)
    doping = layer.region.fixed_charge / layer.region.porosity

    def partial(pressure):
        gases = {name: 0.0 * pressure + p for name, p in others.items()}
        found = defects.concentrations({OXYGEN: pressure, **gases}, doping)
        return {
            item.name: equilibrium.partial_conductivity(item.charge, d, found[item.name], context.temperature)
            for item, d in zip(species, diffusivity)
        }

    def ionic(pressure):
        return partial(pressure)[ion.name]

    def rest(pressure):
        return sum(value for name, value in partial(pressure).items() if name != ion.name)

    return ionic, rest


def _membrane(context: Context, ion, a: Bath, b: Bath):
    layer = context.membrane()
    low, high = _oxygen(context, b), _oxygen(context, a)
    ionic, rest = _conductivities(context, ion, layer, a)
    return equilibrium.mixed_conduction(low, high, layer.length, context.temperature, ionic, rest)


@reference("wagner_flux", "mol/m^2/s")
def wagner_flux(context: Context, ion: Ion, a: Bath, b: Bath) -> float:
    """Flux of the ion from a to b through a mixed conductor without current (Wagner); all others are electronic."""
    # the ions carry the current 4 F J(O2) from b to a if oxygen permeates from a to b
    return -4.0 / ion.charge * _membrane(context, ion, a, b).flux


@reference("mixed_conductor_voltage", "V")
def mixed_conductor_voltage(context: Context, ion: Ion, a: Bath, b: Bath) -> float:
    """Voltage of a against b of a mixed conductor between two oxygen pressures, ∫ t_ion dln p RT/4F (Wagner)."""
    return _membrane(context, ion, a, b).voltage


@reference("oxygen_nernst", "V")
def oxygen_nernst(context: Context, a: Bath, b: Bath) -> float:
    """Voltage of a against b of a pure ionic conductor between two oxygen pressures, RT/4F ln(p_a/p_b)."""
    pressures = _oxygen(context, b), _oxygen(context, a)
    return equilibrium.mixed_conduction(*pressures, 1.0, context.temperature, 1.0, 0.0).nernst


@reference("permeation_pressure", "Pa")
def permeation_pressure(context: Context, ion: Ion, x: Length) -> float:
    """Oxygen pressure with which a mixed conductor without current is in equilibrium at the position x."""
    left, right = context.bath("left"), context.bath("right")
    layer = context.membrane()
    ionic, rest = _conductivities(context, ion, layer, left)
    position = (x - context.origin) / layer.length
    ends = _oxygen(context, left), _oxygen(context, right)
    return float(equilibrium.permeation_profile(position, *ends, ionic, rest))


@reference("hebb_wagner_current", "A/m^2")
def hebb_wagner_current(context: Context, blocking: Bath, reversible: Bath) -> float:
    """Current from an electrode that blocks ions to a reversible one, both at one potential (Hebb and Wagner)."""
    layer, species = context.membrane(), context.model.species
    held = context.model.boundaries[blocking.side].concentration
    pressures = _oxygen(context, blocking), _oxygen(context, reversible)
    if context.model.has_excess:
        # the ion that is blocked rests, so that mu~ of the electrons follows the oxygen: RT/4F s_el dln p
        (ion,) = [item for item in species if item.name not in held]
        _, electronic = _conductivities(context, ion, layer, reversible)
        return equilibrium.electronic_current(*pressures, layer.length, context.temperature, electronic)
    voltage = equilibrium.mixed_conduction(*pressures, 1.0, context.temperature, 1.0, 0.0).nernst
    sigma = {-1.0: 0.0, 1.0: 0.0}
    for item, diffusivity in zip(species, context.diffusivities(species, layer)):
        if item.name in held:
            c = context.concentration(reversible, item)
            sigma[item.charge] += float(
                equilibrium.partial_conductivity(item.charge, diffusivity, c, context.temperature)
            )
    # electrons run from the reduced side to the other: the current runs against them
    return -float(
        equilibrium.hebb_wagner_current(voltage, sigma[-1.0], sigma[1.0], layer.length, context.temperature)
    )


@reference("ambipolar_diffusivity", "m^2/s")
def ambipolar_diffusivity(context: Context, ion: Ion, bath: Bath) -> float:
    """Chemical diffusion coefficient of the ion with all other carriers, at the composition of a bath."""
    species = [item for item in context.model.species if item.charge != 0.0]
    c, z = context.concentrations(bath, species), context.charges(species)
    D = context.diffusivities(species, context.membrane())
    own = np.array([item.name == ion.name for item in species])
    stored, mobile = z**2 * c, z**2 * c * D
    factors = np.array([thermodynamic_factor(context, item, bath) for item in species])
    # carriers that stay in equilibrium with each other store in parallel
    groups = [(stored[side] / factors[side]).sum() for side in (own, ~own)]
    first, second = mobile[own].sum(), mobile[~own].sum()
    return float(first * second / (first + second) * (1.0 / groups[0] + 1.0 / groups[1]))


@reference("thermodynamic_factor", "")
def thermodynamic_factor(context: Context, ion: Ion, bath: Bath) -> float:
    """dmu/dln c of a species over RT at the composition of a bath; refused where mu depends on other species, too."""
    laws, species = context.laws(bath), context.model.species
    if not laws:
        return 1.0
    c = context.concentrations(bath, species)
    own = [item.name for item in species].index(ion.name)
    step = 1e-5 * c[own]
    if step == 0.0:
        return 1.0

    def mu(shift):
        values = c.copy()
        values[own] += shift
        return total_excess(laws, values[None], context.charges(species))[0][0]

    # central differences of fourth order: independent of the derivatives that the solver uses
    change = (8.0 * (mu(step) - mu(-step)) - (mu(2.0 * step) - mu(-2.0 * step))) / (12.0 * step)
    if np.any(np.abs(np.delete(change, own)) * c[own] > 1e-9):
        raise InputError(f"{ion.name} changes mu of other species: no factor of its own describes its diffusion")
    return 1.0 + c[own] * float(change[own])


@reference("relaxation_amount", "mol/m^2")
def relaxation_amount(context: Context, ion: Ion, bath: Bath, t: Time) -> float:
    """Amount of the ion in a layer a time after a small step at one side, the other being blocked."""
    layer = context.membrane()
    start = context.initial.get(layer.region.name, {}).get(ion.name)
    if not isinstance(start, (int, float)):
        raise InputError(f"the initial concentration of {ion.name} is not uniform")
    diffusivity = ambipolar_diffusivity(context, ion, bath)
    share = float(equilibrium.slab_uptake(diffusivity, t, layer.length))
    return layer.length * layer.region.porosity * (start + share * (context.concentration(bath, ion) - start))


def _space_charge(context: Context, bath: Bath):
    names = list(context.lengths)
    region = context.layer(names[0] if bath.side == "left" else names[-1]).region
    species = [item for item in context.model.species if item.charge != 0.0]
    arguments = context.charges(species), context.concentrations(bath, species)
    return arguments, context.temperature, region.relative_permittivity, region.fixed_charge


@reference("space_charge", "C/m^2")
def space_charge(context: Context, bath: Bath, psi: Voltage) -> float:
    """Charge of a surface (or half a core) at psi against the bulk of a doped solid; exact Mott-Schottky layer."""
    (z, c), T, permittivity, fixed = _space_charge(context, bath)
    if context.model.has_excess:
        return _general_space_charge(context, bath, psi, permittivity, fixed)
    return float(equilibrium.grahame_charge(z, c, psi, T, permittivity, fixed_charge=fixed))


def _general_space_charge(context: Context, bath: Bath, psi: float, permittivity: float, fixed: float) -> float:
    """The same for any activity model: sigma² = 2 eps times the integral of the charge density over the potential."""
    species, names = context.model.species, list(context.lengths)
    laws = context.model.phase_laws.inside(context.layer(names[0] if bath.side == "left" else names[-1]).region)
    z, c = context.charges(species), context.concentrations(bath, species)
    if np.any(c <= 0.0):
        raise InputError(f"{bath.name!r} does not hold every species")
    level = context.log_activities(bath, species)[None]
    end = psi / thermal_voltage(context.temperature)
    x, w = np.polynomial.legendre.leggauss(16)
    edges = np.linspace(0.0, end, int(np.ceil(abs(end))) + 1)
    half = np.diff(edges)[:, None] / 2
    points, weights = (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()
    inside = np.exp(from_activities(laws, level - z * points[:, None], z)[0])
    pressure = -GAS_CONSTANT * context.temperature * float(weights @ (inside @ z + fixed))
    return float(np.sign(psi) * np.sqrt(2.0 * permittivity * VACUUM_PERMITTIVITY * max(pressure, 0.0)))


@reference("space_charge_potential", "V")
def space_charge_potential(context: Context, x: Length, bath: Bath, psi: Voltage) -> float:
    """Potential against the bulk of a doped solid at the distance x from a surface at psi; dilute defects."""
    if context.model.has_excess:
        raise InputError("space_charge_potential is for dilute defects, but the case has [[activity]]")
    (z, c), T, permittivity, fixed = _space_charge(context, bath)
    return float(equilibrium.diffuse_profile(z, c, psi, [x], T, permittivity, fixed_charge=fixed)[0])


@reference("contact_potential", "V")
def contact_potential(context: Context, ion: Ion, a: Bath, b: Bath) -> float:
    """Potential of a against b at which the ion (or carrier) is in equilibrium, by activities: the built-in potential."""
    species = context.model.species
    own = [item.name for item in species].index(ion.name)
    context.concentration(a, ion), context.concentration(b, ion)
    level = [context.log_activities(bath, species)[own] for bath in (a, b)]
    return float(level[1] - level[0]) * thermal_voltage(context.temperature) / ion.charge
