"""Pores and small electrodes in two and three dimensions, bound to the data of a case.

Conductances and flows are those of whole circles in axisymmetric coordinates, per metre of depth in a plane.
"""

from __future__ import annotations

from npsolver import equilibrium
from npsolver.units import FARADAY, thermal_voltage
from npsolver.validation.context import Bath, Context
from npsolver.validation.references import reference

Ion = Length = SurfaceCharge = Time = object  # see `Context.argument`


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
