"""Closed forms of membranes and junctions, bound to the data of a case.

Potentials are those of the first solution named minus the second, like ``membrane_potential`` (left minus right);
currents and fluxes are positive from the first to the second.
"""

from __future__ import annotations

import numpy as np

from npsolver import equilibrium
from npsolver.errors import InputError
from npsolver.units import FARADAY, thermal_voltage
from npsolver.validation.context import Bath, Context, Layer
from npsolver.validation.references import reference

Ion = Voltage = object  # what annotations call them; see `Context.argument`


@reference("zero", "")
def zero(context: Context) -> float:
    """Nothing: currents and fluxes at equilibrium (needs atol)."""
    return 0.0


@reference("nernst", "V")
def nernst(context: Context, ion: Ion, a: Bath, b: Bath) -> float:
    """Nernst potential of one ion, a minus b."""
    c_a, c_b = context.concentration(a, ion), context.concentration(b, ion)
    return float(equilibrium.nernst_potential(ion.charge, c_a, c_b, context.temperature))


def _film(context: Context, a: Bath, b: Bath, membrane: Layer | None):
    """Charges, permeabilities (m/s) and both compositions of what can cross."""
    layer = membrane or context.membrane()
    species = context.ions_in(layer)
    permeability = context.diffusivities(species, layer) * context.partition(species, layer) / layer.length
    return context.charges(species), permeability, *(context.concentrations(bath, species) for bath in (a, b))


@reference("ghk_voltage", "V")
def ghk_voltage(context: Context, a: Bath, b: Bath, membrane: Layer = None) -> float:
    """Goldman-Hodgkin-Katz potential, a minus b; permeabilities from the membrane's diffusivities and thickness."""
    z, permeability, c_a, c_b = _film(context, a, b, membrane)
    return float(equilibrium.ghk_voltage(z, permeability, c_a, c_b, context.temperature))


@reference("ghk_current", "A/m^2")
def ghk_current(context: Context, a: Bath, b: Bath, V: Voltage = None, membrane: Layer = None) -> float:
    """Goldman-Hodgkin-Katz current density of all ions from a to b at V = potential of a minus b."""
    z, permeability, c_a, c_b = _film(context, a, b, membrane)
    V = _between(context, a, b) if V is None else V
    ions = z != 0
    current = equilibrium.ghk_current(z[ions], permeability[ions], c_a[ions], c_b[ions], V, context.temperature)
    return float(np.sum(current))


@reference("ghk_flux", "mol/m^2/s")
def ghk_flux(context: Context, ion: Ion, a: Bath, b: Bath, V: Voltage = None, membrane: Layer = None) -> float:
    """Goldman-Hodgkin-Katz flux of one species from a to b at V = potential of a minus b."""
    layer = membrane or context.membrane()
    z, permeability, c_a, c_b = _film(context, a, b, layer)
    index = [species.name for species in context.ions_in(layer)].index(ion.name)
    V = _between(context, a, b) if V is None else V
    flux = equilibrium.constant_field_film(z, permeability, c_a, c_b, -V, context.temperature)
    return float(flux[index])


def _between(context: Context, a: Bath, b: Bath) -> float:
    for bath in (a, b):
        if bath.potential is None:
            raise InputError(f"the potential of {bath.name!r} is not held; give V")
    return a.potential - b.potential


def _donnan(context: Context, membrane: Layer, bath: Bath):
    if context.model.has_excess:
        from npsolver.validation.references_phases import charge_density, neutral_potential, phase_composition

        y = neutral_potential(charge_density(context, membrane, bath))
        inside = phase_composition(context, membrane, bath)(np.array([y]))[0]
        state = equilibrium.DonnanEquilibrium(np.array(y * thermal_voltage(context.temperature)), inside, np.array(np.nan))
        return context.model.species, state
    species = context.ions_in(membrane)
    state = equilibrium.donnan(
        context.charges(species),
        context.concentrations(bath, species),
        membrane.region.fixed_charge / membrane.region.porosity,  # per volume of pore fluid, as concentrations are
        context.temperature,
        partition=context.partition(species, membrane),
    )
    return species, state


@reference("donnan_potential", "V")
def donnan_potential(context: Context, membrane: Layer, bath: Bath) -> float:
    """Donnan potential, membrane minus bath; by the activities of both."""
    return float(_donnan(context, membrane, bath)[1].potential)


@reference("donnan_concentration", "mol/m^3")
def donnan_concentration(context: Context, ion: Ion, membrane: Layer, bath: Bath) -> float:
    """Concentration of one ion in the pore fluid of a charged membrane in equilibrium with a bath."""
    species, state = _donnan(context, membrane, bath)
    return float(state.concentration[[item.name for item in species].index(ion.name)])


def _charged_membrane(context: Context, a: Bath, b: Bath, membrane: Layer | None, V: float | None = None):
    layer = membrane or context.membrane()
    species = context.ions_in(layer)
    return (
        layer,
        species,
        equilibrium.charged_membrane(
            context.charges(species),
            context.diffusivities(species, layer),
            context.concentrations(a, species),
            context.concentrations(b, species),
            layer.region.fixed_charge / layer.region.porosity,
            context.temperature,
            partition=context.partition(species, layer),
            potential_difference=None if V is None else -V,
        ),
    )


@reference("tms_potential", "V")
def tms_potential(context: Context, a: Bath, b: Bath, membrane: Layer = None) -> float:
    """Teorell-Meyer-Sievers potential at zero current, a minus b; any mixture of ions."""
    parts, _ = _charged_membrane(context, a, b, membrane)[2]
    return -float(parts.total)


@reference("tms_flux", "mol/m^2/s")
def tms_flux(context: Context, ion: Ion, a: Bath, b: Bath, membrane: Layer = None, V: Voltage = None) -> float:
    """Flux of one ion through a thick charged membrane from a to b, at zero current or at V = a minus b."""
    layer, species, (_, film) = _charged_membrane(context, a, b, membrane, V)
    index = [item.name for item in species].index(ion.name)
    return float(film.flux_times_thickness[index]) / layer.length


@reference("tms_current", "A/m^2")
def tms_current(context: Context, a: Bath, b: Bath, V: Voltage = None, membrane: Layer = None) -> float:
    """Current density through a thick charged (or uncharged) membrane from a to b at V = potential of a minus b."""
    V = _between(context, a, b) if V is None else V
    layer, _, (_, film) = _charged_membrane(context, a, b, membrane, V)
    return float(film.current_times_thickness) / layer.length


def _junction(context: Context, a: Bath, b: Bath, layer: Layer | None):
    species = [item for item in context.model.species if item.charge != 0]
    z, D = context.charges(species), context.diffusivities(species, layer)
    return z, D, context.concentrations(a, species), context.concentrations(b, species), context.temperature


@reference("henderson", "V")
def henderson(context: Context, a: Bath, b: Bath, region: Layer = None) -> float:
    """Henderson's liquid-junction potential, a minus b."""
    return -float(equilibrium.henderson(*_junction(context, a, b, region)))


@reference("planck", "V")
def planck(context: Context, a: Bath, b: Bath, region: Layer = None) -> float:
    """Planck's liquid-junction potential (steady film between the two compositions), a minus b."""
    return -float(equilibrium.planck(*_junction(context, a, b, region)))


@reference("free_diffusion", "V")
def free_diffusion(context: Context, a: Bath, b: Bath, region: Layer = None) -> float:
    """Potential of a free-diffusion junction (an initially sharp contact that spreads), a minus b."""
    return -float(equilibrium.free_diffusion(*_junction(context, a, b, region)))


@reference("planck_flux", "mol/m^2/s")
def planck_flux(context: Context, ion: Ion, a: Bath, b: Bath, region: Layer = None) -> float:
    """Flux of one ion through a steady electroneutral junction without current, from a to b."""
    layer = region or context.membrane()
    species = [item for item in context.model.species if item.charge != 0]
    film = equilibrium.electroneutral_film(*_junction(context, a, b, layer))
    return float(film.flux_times_thickness[[item.name for item in species].index(ion.name)]) / layer.length


@reference("film_current", "A/m^2")
def film_current(context: Context, a: Bath, b: Bath, V: Voltage = None, region: Layer = None) -> float:
    """Current density through a steady electroneutral film from a to b at V = potential of a minus b."""
    layer = region or context.membrane()
    V = _between(context, a, b) if V is None else V
    film = equilibrium.electroneutral_film(*_junction(context, a, b, layer), potential_difference=-V)
    return FARADAY * float(context.charges(_charged(context)) @ film.flux_times_thickness) / layer.length


def _charged(context: Context):
    return [item for item in context.model.species if item.charge != 0]
