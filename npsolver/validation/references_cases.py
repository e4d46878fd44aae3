"""Closed forms of simple geometries, flow, reaction and charging, bound to the data of a case.

Fluxes are positive from left to right (outwards), like the observables of a probe at a position.
"""

from __future__ import annotations

import math

import numpy as np

from npsolver import equilibrium
from npsolver.errors import InputError
from npsolver.units import FARADAY, VACUUM_PERMITTIVITY
from npsolver.validation.context import Bath, Context, Layer
from npsolver.validation.references import reference

Ion = Concentration = CurrentDensity = Length = Number = Time = Voltage = object  # see `Context.argument`


# --- linear diffuse layers around curved surfaces ----------------------------------------------------------------


def _curved_layer(context: Context, bath: Bath) -> tuple[float, float, float]:
    """Debye length, inner radius (m) and potential of the inner wall against the bath (V)."""
    species = [item for item in context.model.species if item.charge != 0]
    length = equilibrium.debye_length(
        context.charges(species),
        context.concentrations(bath, species),
        context.temperature,
        context.permittivity(bath),
    )
    length, a = float(length), context.origin
    wall = context.model.boundaries.get("left")
    if wall is not None and wall.potential is None and wall.surface_charge is not None:
        slope = _radial(context, a, a, length)[1]
        return length, a, wall.surface_charge / (context.permittivity(bath) * VACUUM_PERMITTIVITY * slope)
    return length, a, context.held_potential("left") - context.held_potential("right")


def _radial(context: Context, r: float, a: float, length: float) -> tuple[float, float]:
    """Potential at `r` over that at `a`, and minus its logarithmic slope at `a` (1/m)."""
    if context.coordinates == "spherical":
        return a / r * math.exp(-(r - a) / length), 1.0 / a + 1.0 / length
    if context.coordinates == "cylindrical":
        from scipy.special import kve

        k0, k1 = kve(0, a / length), kve(1, a / length)
        return float(kve(0, r / length) / k0 * math.exp(-(r - a) / length)), float(k1 / k0) / length
    return math.exp(-(r - a) / length), 1.0 / length


@reference("debye_hueckel_potential", "V")
def debye_hueckel_potential(context: Context, r: Length, bath: Bath) -> float:
    """Potential at the radius r around a weakly charged sphere, cylinder or plane (the inner wall)."""
    length, a, psi = _curved_layer(context, bath)
    return psi * _radial(context, r, a, length)[0]


@reference("debye_hueckel_charge", "C/m^2")
def debye_hueckel_charge(context: Context, bath: Bath) -> float:
    """Surface charge of a weakly charged sphere, cylinder or plane (the inner wall)."""
    length, a, psi = _curved_layer(context, bath)
    return context.permittivity(bath) * VACUUM_PERMITTIVITY * psi * _radial(context, a, a, length)[1]


# --- diffusion of a neutral species --------------------------------------------------------------------------------


def _resistance(context: Context, ion, layer: Layer, inner: float) -> float:
    """Integral of dr/(D K A) through a layer that begins at the radius `inner`, times the area at unit radius."""
    conductance = float(context.diffusivities([ion], layer)[0] * context.partition([ion], layer)[0])
    outer = inner + layer.length
    if context.coordinates == "spherical":
        return (1.0 / inner - 1.0 / outer) / conductance
    if context.coordinates == "cylindrical":
        return math.log(outer / inner) / conductance
    return layer.length / conductance


@reference("series_flux", "mol/m^2/s")
def series_flux(context: Context, ion: Ion, at: Length = None) -> float:
    """Steady flux of an uncharged species through all layers in series, partition included; at the radius `at`."""
    if ion.charge != 0.0:
        raise InputError(f"{ion.name} is charged; layers in series are a closed form for neutral species")
    total, r = 0.0, context.origin
    for name in context.lengths:
        layer = context.layer(name)
        total += _resistance(context, ion, layer, r)
        r += layer.length
    drop = float(context.concentrations(context.bath("left"), [ion])[0])
    drop -= float(context.concentrations(context.bath("right"), [ion])[0])
    power = {"cartesian": 0, "cylindrical": 1, "spherical": 2}[context.coordinates]
    return drop / total / (1.0 if power == 0 else (context.origin if at is None else at) ** power)


@reference("peclet_flux", "mol/m^2/s")
def peclet_flux(context: Context, ion: Ion, region: Layer = None) -> float:
    """Steady flux by diffusion and flow, v (c_l exp(Pe) - c_r)/(exp(Pe) - 1), Pe = v L/D; uncharged species."""
    layer = region or context.membrane()
    peclet, c_l, c_r = _peclet(context, ion, layer)
    return context.model.velocity * (c_l - c_r * math.exp(-peclet)) / -math.expm1(-peclet)


@reference("peclet_concentration", "mol/m^3")
def peclet_concentration(context: Context, ion: Ion, x: Length, region: Layer = None) -> float:
    """Steady concentration at x under diffusion and flow, c_l + (c_r - c_l)(exp(Pe x/L) - 1)/(exp(Pe) - 1)."""
    layer = region or context.membrane()
    peclet, c_l, c_r = _peclet(context, ion, layer)
    share = math.expm1(peclet * x / layer.length) / math.expm1(peclet)
    return c_l + (c_r - c_l) * share


def _peclet(context: Context, ion, layer: Layer) -> tuple[float, float, float]:
    if not context.model.velocity:
        raise InputError("there is no flow: [convection] velocity is 0")
    D = float(context.diffusivities([ion], layer)[0])
    ends = (float(context.concentrations(context.bath(side), [ion])[0]) for side in ("left", "right"))
    return (context.model.velocity * layer.length / D, *ends)


@reference("layer_flux", "mol/m^2/s")
def layer_flux(context: Context, ion: Ion, c: Concentration, t: Time, region: Layer = None) -> float:
    """Magnitude of the flux out of a layer at c after a step to zero at one face; reservoir or no flux at the other."""
    layer = region or context.membrane()
    held = any(
        boundary.kind == "bath" and boundary.concentration.get(ion.name, 0.0) > 0.0
        for boundary in context.model.boundaries.values()
    )
    D = float(context.diffusivities([ion], layer)[0])
    side = "reservoir" if held else "closed"
    return float(equilibrium.layer_current(1.0, c, D, t, layer.length, far_side=side)) / FARADAY


# --- first-order reaction --------------------------------------------------------------------------------------------


@reference("thiele_concentration", "mol/m^3")
def thiele_concentration(context: Context, ion: Ion, x: Length, rate: Number, region: Layer = None) -> float:
    """Concentration at x in a slab with first-order consumption (rate in 1/s), left face open, right face closed."""
    layer = region or context.membrane()
    k = math.sqrt(rate / float(context.diffusivities([ion], layer)[0]))
    c = float(context.concentrations(context.bath("left"), [ion])[0])
    return c * math.cosh(k * (layer.length - x)) / math.cosh(k * layer.length)


@reference("thiele_flux", "mol/m^2/s")
def thiele_flux(context: Context, ion: Ion, rate: Number, region: Layer = None) -> float:
    """Flux into a slab with first-order consumption (rate in 1/s) and a closed far face, D k c tanh(k L)."""
    layer = region or context.membrane()
    D = float(context.diffusivities([ion], layer)[0])
    k = math.sqrt(rate / D)
    c = float(context.concentrations(context.bath("left"), [ion])[0])
    return D * k * c * math.tanh(k * layer.length)


# --- films at limiting current ---------------------------------------------------------------------------------------


@reference("migration_limiting_current", "A/m^2")
def migration_limiting_current(context: Context, ion: Ion, supporting: Ion, bath: Bath, region: Layer = None) -> float:
    """Limiting current of a univalent cation with a supporting cation and a common anion (Newman, ch. 19)."""
    layer = region or context.membrane()
    c, other = context.concentration(bath, ion), float(bath.concentration.get(supporting.name, 0.0))
    D = float(context.diffusivities([ion], layer)[0])
    enhancement = float(equilibrium.migration_enhancement(other / (c + other)))
    value = enhancement * FARADAY * D * c / layer.length
    return -value if bath.side == "right" else value


@reference("sand_surface", "mol/m^3")
def sand_surface(context: Context, ion: Ion, counter: Ion, c: Concentration, current: CurrentDensity, t: Time) -> float:
    """Salt ion at the surface of an ideally selective contact under constant current, c (1 - sqrt(t/tau))."""
    D = context.diffusivities([ion, counter], context.membrane())
    tau = float(equilibrium.sand_time_binary(current, ion.charge, counter.charge, *D, c))
    return c * float(equilibrium.sand_surface(t / tau))


# --- transient junctions --------------------------------------------------------------------------------------------


@reference("junction_build_up", "V")
def junction_build_up(context: Context, a: Bath, b: Bath, t: Time) -> float:
    """Potential, a minus b, of a weak junction t after contact: Henderson's, approached with eps/conductivity."""
    ions = [item for item in context.model.species if item.charge != 0]
    z, D = context.charges(ions), context.diffusivities(ions)
    c_a, c_b = context.concentrations(a, ions), context.concentrations(b, ions)
    final = -float(equilibrium.henderson(z, D, c_a, c_b, context.temperature))
    conductivity = float(equilibrium.conductivity(z, D, 0.5 * (c_a + c_b), context.temperature))
    return float(equilibrium.junction_build_up(t, final, conductivity, context.permittivity(a)))


# --- ionisation ---------------------------------------------------------------------------------------------------


@reference("weak_acid_flux", "mol/m^2/s")
def weak_acid_flux(context: Context, acid: Ion, proton: Ion, base: Ion, region: Layer = None) -> float:
    """Steady flux of all acid, molecules and ions in local equilibrium, from left to right."""
    layer = region or context.membrane()
    D = context.diffusivities([acid, proton, base], layer)
    D_ions = float(equilibrium.nernst_hartley(1, -1, D[1], D[2]))
    drops = [
        context.concentrations(context.bath("left"), [item])[0]
        - context.concentrations(context.bath("right"), [item])[0]
        for item in (acid, base)
    ]
    return float(np.dot([D[0], D_ions], drops)) / layer.length
