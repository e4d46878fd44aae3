"""Pores and small electrodes in two and three dimensions, bound to the data of a case.

Conductances and flows are those of whole circles in axisymmetric coordinates, per metre of depth in a plane.
"""

from __future__ import annotations

from npsolver import equilibrium
from npsolver.units import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from npsolver.validation.context import Bath, Context
from npsolver.validation.references import reference

Ion = Length = SurfaceCharge = Time = Voltage = object  # see `Context.argument`


def _conductivity(context: Context, bath: Bath) -> float:
    ions = [item for item in context.model.species if item.charge != 0]
    arguments = (context.charges(ions), context.diffusivities(ions), context.concentrations(bath, ions))
    return float(equilibrium.conductivity(*arguments, context.temperature))


@reference("pore_conductance", "S")
def pore_conductance(context: Context, bath: Bath, radius: Length, length: Length) -> float:
    """Conductance of an uncharged cylindrical pore between two large reservoirs, mouths included (Hille, Hall)."""
    return float(equilibrium.pore_conductance(_conductivity(context, bath), radius, length))


@reference("surface_conductance", "")
def surface_conductance(
    context: Context, ion: Ion, surface_charge: SurfaceCharge, perimeter: Length, length: Length
) -> float:
    """Conductance (S, or S/m per depth) of the counter-ions of a charged wall; perimeter 1 for a wall per depth."""
    voltage = thermal_voltage(context.temperature)
    return float(equilibrium.surface_conductance(surface_charge, ion.diffusivity, voltage, perimeter, length))


@reference("microdisc_flow", "mol/s")
def microdisc_flow(context: Context, species: Ion, bath: Bath, radius: Length) -> float:
    """Steady flow to a disc at which the species vanishes, 4 D c a."""
    c = context.concentration(bath, species)
    return float(equilibrium.microdisc_current(1, c, species.diffusivity, radius)) / FARADAY


@reference("shoup_szabo_flow", "mol/s")
def shoup_szabo_flow(context: Context, species: Ion, bath: Bath, radius: Length, t: Time) -> float:
    """Flow to a disc at the time t after the species begins to vanish there (Shoup and Szabo 1982, within 0.6 %)."""
    c = context.concentration(bath, species)
    return float(equilibrium.shoup_szabo_current(1, c, species.diffusivity, radius, t)) / FARADAY


@reference("band_array_flow", "mol/s/m")
def band_array_flow(context: Context, species: Ion, bath: Bath, width: Length, pitch: Length) -> float:
    """Steady flow from half a generating band to half a collecting one, per depth (conformal map)."""
    c = context.concentration(bath, species)
    return float(equilibrium.band_array_flow(c, species.diffusivity, width, pitch))


@reference("rectangular_pore_potential", "V")
def rectangular_pore_potential(
    context: Context, bath: Bath, charge: SurfaceCharge, half_width: Length, half_height: Length, x: Length, y: Length
) -> float:
    """Potential against the bath in a long rectangular pore with weakly charged walls, x and y from its axis."""
    ions = [item for item in context.model.species if item.charge != 0]
    z, c = context.charges(ions), context.concentrations(bath, ions)
    relative = context.permittivity(bath)
    length = float(equilibrium.debye_length(z, c, context.temperature, relative))
    arguments = (charge, length, relative * VACUUM_PERMITTIVITY, half_width, half_height, x, y)
    return float(equilibrium.rectangular_pore_potential(*arguments))


@reference("square_electrode_flow", "mol/s")
def square_electrode_flow(context: Context, species: Ion, bath: Bath, side: Length) -> float:
    """Steady flow to a square electrode in an insulating plane at which the species vanishes, 2.3046 D c s."""
    return float(equilibrium.square_electrode_flow(context.concentration(bath, species), species.diffusivity, side))


@reference("strip_membrane_flow", "mol/s/m")
def strip_membrane_flow(
    context: Context, ion: Ion, bath: Bath, width: Length, pitch: Length, layer: Length, voltage: Voltage
) -> float:
    """Steady flow of the counter-ion to ideally selective strips below a layer of a 1:1 salt, per strip and depth."""
    c = context.concentration(bath, ion)
    return float(
        equilibrium.strip_membrane_flow(c, ion.diffusivity, width, pitch, layer, voltage, context.temperature)
    )
