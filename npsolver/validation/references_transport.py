"""Closed forms of diffusion, migration and limiting currents, bound to the data of a case."""

from __future__ import annotations

from npsolver import equilibrium
from npsolver.errors import InputError
from npsolver.model import Species
from npsolver.units import FARADAY
from npsolver.validation.context import Bath, Context, Layer
from npsolver.validation.references import reference

Ion = Concentration = CurrentDensity = Length = Time = Voltage = object  # see `Context.argument`


def _salt(cation: Species, anion: Species) -> tuple[float, float]:
    if cation.charge <= 0 or anion.charge >= 0:
        raise InputError(f"expected a cation and an anion, got {cation.name} and {anion.name}")
    return cation.charge, anion.charge


def _diffusivity(context: Context, species: Species, layer: Layer | None) -> float:
    return float(context.diffusivities([species], layer)[0])


@reference("nernst_hartley", "m^2/s")
def nernst_hartley(context: Context, cation: Ion, anion: Ion, region: Layer = None) -> float:
    """Diffusivity of a binary salt."""
    D = [_diffusivity(context, ion, region) for ion in (cation, anion)]
    return float(equilibrium.nernst_hartley(*_salt(cation, anion), *D))


@reference("limiting_current", "A/m^2")
def limiting_current(context: Context, cation: Ion, anion: Ion, bath: Bath, region: Layer = None) -> float:
    """Limiting current density of a binary salt, from the bath to a contact that only the cation passes."""
    layer = region or context.membrane()
    _salt(cation, anion)
    D, c = _diffusivity(context, cation, layer), context.concentration(bath, cation)
    value = float(equilibrium.limiting_current(cation.charge, anion.charge, D, c, layer.length))
    return -value if bath.side == "right" else value


@reference("selective_membrane_current", "A/m^2")
def selective_membrane_current(
    context: Context,
    cation: Ion,
    anion: Ion,
    bath: Bath,
    V: Voltage = None,
    contact: Concentration = None,
    region: Layer = None,
) -> float:
    """Current through a film at an ideal cation-exchange contact, left to right, below the limiting current.

    V is the potential of the bath minus that of the contact; `contact` the concentration of the cation held there.
    """
    other = {"left": "right", "right": "left"}.get(bath.side)
    if other is None:
        raise InputError("the bath must be the one of a boundary")
    held = context.bath(other)
    c = context.concentration(held, cation) if contact is None else contact
    if V is None:
        V = context.held_potential(bath.side) - context.held_potential(other)
    ratio = c / context.concentration(bath, cation)
    fraction = equilibrium.selective_membrane_current(V, ratio, context.temperature, *_salt(cation, anion))
    return float(fraction) * limiting_current(context, cation, anion, bath, region)


@reference("cottrell_current", "A/m^2")
def cottrell_current(context: Context, ion: Ion, bath: Bath, t: Time) -> float:
    """Magnitude of the current density after a step to zero surface concentration."""
    c, D = context.concentration(bath, ion), _diffusivity(context, ion, _touching(context, bath))
    return float(equilibrium.cottrell_current(abs(ion.charge) or 1.0, c, D, t))


@reference("cottrell_flux", "mol/m^2/s")
def cottrell_flux(context: Context, ion: Ion, bath: Bath, t: Time) -> float:
    """Magnitude of the molar flux to a surface held at zero concentration."""
    c, D = context.concentration(bath, ion), _diffusivity(context, ion, _touching(context, bath))
    return float(equilibrium.cottrell_current(1.0, c, D, t)) / FARADAY


@reference("cottrell_concentration", "mol/m^3")
def cottrell_concentration(context: Context, ion: Ion, bath: Bath, x: Length, t: Time) -> float:
    """Concentration at the distance x from a surface held at zero concentration."""
    c, D = context.concentration(bath, ion), _diffusivity(context, ion, _touching(context, bath))
    return c * float(equilibrium.cottrell_profile(x, t, D))


def _touching(context: Context, bath: Bath) -> Layer | None:
    """The layer in which the ions diffuse, where there is only one."""
    return context.membrane() if len(context.lengths) == 1 else None


@reference("sand_time", "s")
def sand_time(context: Context, ion: Ion, bath: Bath, current: CurrentDensity, counter: Ion = None) -> float:
    """Sand's time under a constant current density: with excess supporting electrolyte, or of a salt with `counter`."""
    c = context.concentration(bath, ion)
    D = _diffusivity(context, ion, _touching(context, bath))
    if counter is None:
        return float(equilibrium.sand_time(current, abs(ion.charge) or 1.0, c, D))
    other = _diffusivity(context, counter, _touching(context, bath))
    return float(equilibrium.sand_time_binary(current, *_salt(ion, counter), D, other, c))


@reference("salt_pulse", "")
def salt_pulse(context: Context, cation: Ion, anion: Ion, wavelength: Length, t: Time, region: Layer = None) -> float:
    """Amplitude of a cosine of salt concentration at time t over its start (decay with Nernst-Hartley)."""
    D = nernst_hartley(context, cation, anion, region)
    return float(equilibrium.cosine_decay(t, D, wavelength))


@reference("gaussian_pulse", "mol/m^3")
def gaussian_pulse(
    context: Context,
    cation: Ion,
    anion: Ion,
    x: Length,
    t: Time,
    background: Concentration,
    amplitude: Concentration,
    width: Length,
    region: Layer = None,
) -> float:
    """Salt concentration at the distance x from the centre of a spreading Gaussian pulse."""
    D = nernst_hartley(context, cation, anion, region)
    return float(equilibrium.gaussian_pulse(x, t, D, background, amplitude, width))
