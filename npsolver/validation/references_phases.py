"""Closed forms of phases with laws of their own in equilibrium with each other, bound to the data of a case.

Equal mu~ gives the composition of every phase as a function of the potential, and Poisson's equation has the first
integral eps (dphi/dx)²/2 = -F times the integral of the charge density over the potential (N. F. Mott, Proc. R. Soc. A 171
(1939) 27; for any laws of the chemical potential). Nothing of the mesh or of the solver enters.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from npsolver.equilibrium._roots import find_root, widen
from npsolver.errors import InputError
from npsolver.model import RegularSolutionLaw, from_activities
from npsolver.units import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage
from npsolver.validation.context import Bath, Context, Layer
from npsolver.validation.references import reference

Ion = Length = object  # what annotations call them; see `Context.argument`
ABSENT = -700.0
# Gauss points per interval of at most RT/F, and in the integral over a layer
POINTS, ACROSS = 12, 60

Density = Callable[[np.ndarray], np.ndarray]


def phase_composition(context: Context, layer: Layer, bath: Bath) -> Density:
    """Concentrations (n, n_species) in a layer in equilibrium with a bath at potentials (n,) against it, in RT/F."""
    species = context.model.species
    z, level = context.charges(species), context.log_activities(bath, species)
    level = np.where([item.name in layer.region.excluded_species for item in species], ABSENT, level)
    laws = context.model.phase_laws.inside(layer.region)
    standard = 0.0 if context.model.has_phases else np.log(context.partition(species, layer))

    def composition(y):
        return np.exp(from_activities(laws, standard + level - np.multiply.outer(y, z), z)[0])

    return composition


def charge_density(context: Context, layer: Layer, bath: Bath) -> Density:
    """Charge per total volume of a layer over F, mol/m³, at potentials (n,) against a bath, in RT/F."""
    inside, z = phase_composition(context, layer, bath), context.charges(context.model.species)
    return lambda y: layer.region.porosity * (inside(y) @ z) + layer.region.fixed_charge


def neutral_potential(density: Density) -> float:
    """Potential (RT/F) at which a phase has no charge."""
    low, high = widen(lambda y: density(np.ravel(y)), [-1.0], [1.0], limit=300.0, reason="the phase cannot be neutral")
    return float(find_root(lambda y: density(np.ravel(y)), low, high)[0])


def _integral(density: Density, start: float, end: float) -> float:
    """Of the charge density over the potential (RT/F)."""
    x, w = np.polynomial.legendre.leggauss(POINTS)
    edges = np.linspace(start, end, int(np.ceil(abs(end - start))) + 1)
    half = np.diff(edges)[:, None] / 2.0
    points, weights = (edges[:-1, None] + half * (1.0 + x)).ravel(), (half * w).ravel()
    return float(weights @ density(points))


def _face(context: Context, a: Layer, b: Layer, bath: Bath) -> float:
    """Potential (RT/F) where two thick layers meet: the displacements of their space charges agree there."""
    sides = [(item.region.relative_permittivity, charge_density(context, item, bath)) for item in (a, b)]
    bulk = [neutral_potential(density) for _, density in sides]
    if bulk[0] == bulk[1]:
        return bulk[0]

    def difference(y):
        (eps_a, rho_a), (eps_b, rho_b) = sides
        return np.array(
            [eps_a * _integral(rho_a, bulk[0], v) - eps_b * _integral(rho_b, bulk[1], v) for v in np.ravel(y)]
        )

    return float(find_root(difference, [min(bulk)], [max(bulk)], rtol=1e-14)[0])


@reference("interface_potential", "V")
def interface_potential(context: Context, a: Layer, b: Layer, bath: Bath) -> float:
    """Potential against a bath where two thick layers meet that are in equilibrium with it; any activity."""
    return _face(context, a, b, bath) * thermal_voltage(context.temperature)


@reference("interface_concentration", "mol/m^3")
def interface_concentration(context: Context, ion: Ion, a: Layer, b: Layer, bath: Bath) -> float:
    """Concentration of a species in layer a where it meets layer b, both thick and in equilibrium with a bath."""
    own = [item.name for item in context.model.species].index(ion.name)
    return float(phase_composition(context, a, bath)(np.array([_face(context, a, b, bath)]))[0, own])


def _core(context: Context, core: Layer, bath: Bath) -> float:
    """Potential (RT/F) in the middle of a layer between two thick ones of one kind."""
    names = list(context.lengths)
    index = names.index(core.region.name)
    if not 0 < index < len(names) - 1 or context.coordinates != "cartesian":
        raise InputError(f"{core.region.name!r} does not lie between two layers (Cartesian)")
    outer = context.layer(names[index - 1])
    eps, eps_outer = core.region.relative_permittivity, outer.region.relative_permittivity
    inside, outside = charge_density(context, core, bath), charge_density(context, outer, bath)
    bulk, most = neutral_potential(outside), neutral_potential(inside)
    unit = eps * VACUUM_PERMITTIVITY * GAS_CONSTANT * context.temperature / (2.0 * FARADAY**2)  # x² over 1/density
    t, w = np.polynomial.legendre.leggauss(ACROSS)
    t, w = 0.5 * (1.0 + t), 0.5 * w

    def surface(middle: float) -> float:
        """Where displacements agree: between the bulk outside and the middle."""

        def difference(y):
            return np.array(
                [eps_outer * _integral(outside, bulk, v) - eps * _integral(inside, middle, v) for v in np.ravel(y)]
            )

        return float(find_root(difference, [min(bulk, middle)], [max(bulk, middle)], rtol=1e-13)[0])

    def half_width(middle: float) -> float:
        # y = middle + span t², which takes the square root out of the field at the middle
        span = surface(middle) - middle
        integrals = np.array([_integral(inside, middle, middle + span * s * s) for s in t])
        return float(w @ (2.0 * abs(span) * t * np.sqrt(unit / np.abs(integrals))))

    def mismatch(share):
        return np.array([half_width(bulk + (most - bulk) * s) - 0.5 * core.length for s in np.ravel(share)])

    low, high = np.array([1e-6]), np.array([1.0 - 1e-9])
    share = float(find_root(mismatch, low, high, rtol=1e-11)[0])
    return bulk + (most - bulk) * share


@reference("core_potential", "V")
def core_potential(context: Context, core: Layer, bath: Bath) -> float:
    """Potential against a bath in the middle of a layer between two thick ones of one kind, in equilibrium; any activity."""
    return _core(context, core, bath) * thermal_voltage(context.temperature)


@reference("core_concentration", "mol/m^3")
def core_concentration(context: Context, ion: Ion, core: Layer, bath: Bath) -> float:
    """Concentration of a species in the middle of such a layer."""
    own = [item.name for item in context.model.species].index(ion.name)
    return float(phase_composition(context, core, bath)(np.array([_core(context, core, bath)]))[0, own])


def _demixing(context: Context, ion, layer: Layer) -> RegularSolutionLaw:
    species = [item.name for item in context.model.species].index(ion.name)
    laws = context.model.phase_laws.inside(layer.region)
    regular = [law for law in laws if isinstance(law, RegularSolutionLaw) and law.member == species]
    if len(regular) != 1 or not regular[0].gradient or regular[0].interaction <= 2.0:
        raise InputError(f"{ion.name} does not separate into two phases in {layer.region.name!r}")
    return regular[0]


def _poor(law: RegularSolutionLaw) -> float:
    """Filling of the poor phase: ln(x/(1 - x)) + Omega/RT (1 - 2x) = 0 beside x = 1/2 (Maxwell, symmetric)."""
    spinodal = 0.5 * (1.0 - np.sqrt(1.0 - 2.0 / law.interaction))

    def mu(logarithm):
        x = np.exp(logarithm)
        return logarithm - np.log1p(-x) + law.interaction * (1.0 - 2.0 * x)

    return float(np.exp(find_root(mu, [-law.interaction - 1.0], [np.log(spinodal)])[0]))


@reference("binodal_concentration", "mol/m^3")
def binodal_concentration(context: Context, ion: Ion, layer: Layer) -> float:
    """Concentration of the poor one of two phases in equilibrium (regular solution); the rich one has the rest of the sites."""
    law = _demixing(context, ion, layer)
    return _poor(law) * law.largest


@reference("phase_profile", "mol/m^3")
def phase_profile(context: Context, ion: Ion, layer: Layer, x: Length) -> float:
    """Concentration at the distance x from the middle of a plane interface, towards the poor phase (Cahn and Hilliard)."""
    law = _demixing(context, ion, layer)
    binodal = _poor(law)

    def energy(delta):  # above the common tangent, over RT, at x = binodal + delta; a series where differences cancel
        def f(v):
            return v * np.log(v) + (1.0 - v) * np.log1p(-v) + law.interaction * v * (1.0 - v)

        room = binodal * (1.0 - binodal)
        second, third = 1.0 / room - 2.0 * law.interaction, -(1.0 - 2.0 * binodal) / room**2
        fourth = 2.0 * (1.0 - 3.0 * room) / room**3
        series = delta**2 * (second / 2.0 + delta * (third / 6.0 + delta * fourth / 24.0))
        return np.where(delta < 2e-3 * binodal, series, f(binodal + delta) - f(binodal))

    t, w = np.polynomial.legendre.leggauss(ACROSS)

    def distance(s):  # x = binodal + (1/2 - binodal) exp(-s), which makes the integrand smooth towards the bulk
        delta = (0.5 - binodal) * np.exp(-0.5 * s * (1.0 + t))
        return 0.5 * s * float(w @ (delta / np.sqrt(2.0 * energy(delta) / law.gradient)))

    goal, decades = abs(float(x)), 36.0
    if distance(decades) <= goal:  # the bulk, to round-off
        decay = decades
    else:
        mismatch = lambda v: np.array([distance(float(item)) - goal for item in np.ravel(v)])  # noqa: E731
        decay = float(find_root(mismatch, [0.0], [decades], rtol=1e-12)[0])
    poor = binodal + (0.5 - binodal) * float(np.exp(-decay))
    return (poor if x >= 0.0 else 1.0 - poor) * law.largest
