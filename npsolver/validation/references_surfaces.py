"""Closed forms of charged surfaces in contact with a bath, bound to the data of a case.

A surface potential psi is that of the surface minus that of the bath.
"""

from __future__ import annotations

from npsolver import equilibrium
from npsolver.errors import InputError
from npsolver.model import Boundary
from npsolver.validation.context import Bath, Context
from npsolver.validation.references import reference

Ion = Length = SurfaceCharge = Voltage = object  # what annotations call them; see `Context.argument`


def _electrolyte(context: Context, bath: Bath):
    species = [item for item in context.model.species if item.charge != 0]
    return context.charges(species), context.concentrations(bath, species)


def _surface_potential(context: Context, bath: Bath) -> float:
    """Potential of the wall opposite of `bath` against it: held, or from its surface charge by Grahame's equation."""
    walls = [wall for name, wall in context.model.boundaries.items() if name != bath.side]
    if len(walls) != 1 or not bath.side:
        raise InputError("give psi: there is no single wall opposite of a bath")
    wall = walls[0]
    if wall.potential is not None and wall.stern_capacitance is None:
        return wall.potential - _held(bath)
    if wall.potential is not None:
        return float(_stern_layer(context, bath, wall).diffuse_potential)
    if wall.surface_charge is None:
        raise InputError(f"boundary {wall.name!r} has neither a potential nor a surface charge; give psi")
    return surface_potential(context, bath, wall.surface_charge)


@reference("surface_potential", "V")
def surface_potential(context: Context, bath: Bath, charge: SurfaceCharge = None) -> float:
    """Potential of a charged wall against the bath (Grahame's equation); charge from the opposite wall."""
    if charge is None:
        return _surface_potential(context, bath)
    z, c = _electrolyte(context, bath)
    return float(equilibrium.grahame_potential(z, c, charge, context.temperature, context.permittivity(bath)))


@reference("grahame_charge", "C/m^2")
def grahame_charge(context: Context, bath: Bath, psi: Voltage = None) -> float:
    """Surface charge of a wall at the potential psi against the bath; psi from the opposite wall."""
    psi = _surface_potential(context, bath) if psi is None else psi
    z, c = _electrolyte(context, bath)
    return float(equilibrium.grahame_charge(z, c, psi, context.temperature, context.permittivity(bath)))


@reference("gouy_chapman_potential", "V")
def gouy_chapman_potential(context: Context, x: Length, bath: Bath, psi: Voltage = None) -> float:
    """Potential against the bath at the distance x from a charged wall; any mixture of ions; psi from the wall."""
    psi = _surface_potential(context, bath) if psi is None else psi
    z, c = _electrolyte(context, bath)
    profile = equilibrium.diffuse_profile(z, c, psi, [x], context.temperature, context.permittivity(bath))
    return float(profile[0])


@reference("gouy_chapman_concentration", "mol/m^3")
def gouy_chapman_concentration(context: Context, ion: Ion, x: Length, bath: Bath, psi: Voltage = None) -> float:
    """Concentration of one ion at the distance x from a charged wall."""
    return boltzmann_concentration(context, ion, bath, gouy_chapman_potential(context, x, bath, psi))


@reference("boltzmann_concentration", "mol/m^3")
def boltzmann_concentration(context: Context, ion: Ion, bath: Bath, psi: Voltage = None) -> float:
    """Concentration of one ion where the potential is psi against the bath; psi from the opposite wall."""
    psi = _surface_potential(context, bath) if psi is None else psi
    factor = equilibrium.boltzmann_factor(ion.charge, psi, context.temperature)
    return context.concentration(bath, ion) * float(factor)


@reference("debye_length", "m")
def debye_length(context: Context, bath: Bath) -> float:
    """Debye length of a bath."""
    z, c = _electrolyte(context, bath)
    return float(equilibrium.debye_length(z, c, context.temperature, context.permittivity(bath)))


@reference("stern_charge", "C/m^2")
def stern_charge(context: Context, bath: Bath) -> float:
    """Charge of the wall opposite of the bath, its Stern layer and the diffuse layer in series."""
    wall = next((wall for name, wall in context.model.boundaries.items() if name != bath.side), None)
    if wall is None or wall.potential is None or wall.stern_capacitance is None:
        raise InputError("needs a wall with a potential and a Stern layer opposite of the bath")
    return float(_stern_layer(context, bath, wall).surface_charge)


def _stern_layer(context: Context, bath: Bath, wall: Boundary):
    return equilibrium.stern_layer(
        *_electrolyte(context, bath),
        context.temperature,
        context.permittivity(bath),
        wall.stern_capacitance,
        potential=wall.potential - _held(bath),
    )


def _held(bath: Bath) -> float:
    if bath.potential is None:
        raise InputError(f"the potential of {bath.name!r} is not held; give psi")
    return bath.potential
