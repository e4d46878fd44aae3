"""Refuses problems that have no answer, or more than one, before anything is computed."""

from __future__ import annotations

import math

import numpy as np

from npsolver.case.case import Initial, SolveOptions
from npsolver.case.expression import Profile
from npsolver.case.problems import Problems
from npsolver.case.resolve_boundaries import NEUTRALITY
from npsolver.case.resolve_start import position_text
from npsolver.mesh.coordinates import Domain
from npsolver.mesh.geometry import Geometry
from npsolver.model import Boundary, Model
from npsolver.units import FARADAY, GAS_CONSTANT


def check_wellposed(model: Model, geometry: Geometry, initial: Initial, solve: SolveOptions, problems: Problems):
    """Report everything that leaves the problem without exactly one solution."""
    _reference_potential(model, problems)
    _baths_without_ions(model, solve, problems)
    _initial_amounts(model, initial, problems)
    _start_without_ions(model, initial, solve, problems)
    if model.has_excess:
        _room_on_lattices(model, geometry, initial, problems)
    _contact_for_kinetics(model, solve, problems)
    if solve.kind != "transient" or model.physics == "electroneutral":
        _blocked_currents(model, solve, problems)
    if model.physics == "electroneutral":
        _electroneutral(model, problems)
        _neutral_start(model, geometry, initial, problems)
    if model.physics == "poisson-boltzmann":
        _poisson_boltzmann(model, solve, problems)
    for name, law in model.boundaries.items():
        if law.kind == "outflow" and not isinstance(geometry, Domain):
            problems.add(f"boundary {name}: kind", "'outflow' is for two and three dimensions; expected 'bath' or 'wall'")
    if any(region.production for region in model.regions):
        _production(model, solve, problems)
    if isinstance(geometry, Domain):
        _several_dimensions(model, geometry, problems)


def _production(model: Model, solve: SolveOptions, problems: Problems) -> None:
    """What is made must be able to leave; Boltzmann ions are in equilibrium."""
    if model.physics == "poisson-boltzmann":
        problems.add("geometry: region: production", "has no place in physics = 'poisson-boltzmann', an equilibrium; use 'pnp'")
    if solve.kind == "transient" or any(law.kind == "outflow" for law in model.boundaries.values()):
        return
    free = {name for reaction in model.reactions for name in (*reaction.reactants, *reaction.products)}
    for law in model.boundaries.values():
        free |= {*law.composition, *(name for reaction in law.kinetics for name in reaction.stoichiometry)}
    for region in model.regions:
        for name in sorted(set(region.production) - free):
            problems.add(
                f"geometry: region {region.name!r}: production",
                f"species {name!r} can neither leave nor react, so that its amount would change for ever; hold it at a"
                " boundary, let it react, or solve a transient",
            )


def _several_dimensions(model: Model, domain: Domain, problems: Problems) -> None:
    """Surfaces and flows that belong together."""
    for name, law in model.boundaries.items():
        if law.kind == "outflow" and model.flow is None:
            problems.add(f"boundary {name}: kind", "'outflow' needs a flow that leaves there; give one in [convection]")


def _baths_without_ions(model: Model, solve: SolveOptions, problems: Problems) -> None:
    """A potential is infinite against a bath without the ion that alone can pass, and undefined where no ion is."""
    ions = [species.name for species in model.species if species.charge]
    passing = [name for name in ions if not any(name in region.excluded_species for region in model.regions)]
    floating = solve.kind != "transient" and any(law.current is not None for law in model.boundaries.values())
    baths = {name: law.concentration for name, law in model.boundaries.items() if law.kind == "bath"}
    for name, held in baths.items():
        if model.physics == "electroneutral" and ions and not any(held.get(ion) for ion in ions):
            problems.add(
                f"boundary {name}: concentration",
                "the bath holds no ion, which leaves its potential undefined for physics = 'electroneutral'; give it a little"
                " (water has 1e-7 M of H+ and OH-), or use 'pnp'",
            )
        elif floating and len(passing) == 1 and held.get(passing[0]) == 0.0 and any(c.get(passing[0]) for c in baths.values()):
            problems.add(
                f"boundary {name}: concentration",
                f"{passing[0]} alone can pass and the bath holds none of it, so that the potential at the given current is"
                f" infinite; expected a concentration of {passing[0]}, however small, or a potential instead of the current",
            )


def _start_without_ions(model: Model, initial: Initial, solve: SolveOptions, problems: Problems) -> None:
    """Without Poisson's equation nothing determines a potential where there is no ion."""
    ions = [species.name for species in model.species if species.charge]
    if model.physics != "electroneutral" or solve.kind != "transient" or not ions:
        return
    for region, values in initial.concentration.items():
        if all(values.get(ion) == 0.0 for ion in ions):
            problems.add(
                f"initial: region {region!r}: concentration",
                "there is no ion at the start, which leaves the potential undefined for physics = 'electroneutral'; give a"
                " little (water has 1e-7 M of H+ and OH-), or use 'pnp'",
            )


def _reference_potential(model: Model, problems: Problems) -> None:
    if any(boundary.potential is not None for boundary in model.boundaries.values()):
        return
    floating = [name for name, boundary in model.boundaries.items() if boundary.current is not None]
    free = [
        name
        for name, boundary in model.boundaries.items()
        if boundary.current is None and boundary.surface_charge is None
    ]
    baths = [name for name in free if model.boundaries[name].kind == "bath"]
    side = (baths or free or floating or list(model.boundaries) or ["right"])[-1]
    if len(floating) == len(model.boundaries) > 1:
        message = "both ends float at a given current, so nothing fixes the potential"
        fix = f'replace current by potential = "0 V" in [boundary.{side}]'
    elif free:
        message, fix = "nothing fixes the potential", f'add potential = "0 V" to [boundary.{side}]'
    else:
        message = "nothing fixes the potential"
        fix = f'give one end potential = "0 V" instead of its charge or current, e.g. [boundary.{side}]'
    problems.add("boundary", f"{message}; {fix}")


def _open_species(boundary: Boundary) -> set[str]:
    """Species whose concentration the boundary holds."""
    return set(boundary.concentration)


def _initial_amounts(model: Model, initial: Initial, problems: Problems) -> None:
    """A species held at no boundary needs an initial concentration, which fixes its amount, or is where to start from."""
    held = set().union(*(boundary.composition for boundary in model.boundaries.values()), set())
    for species in model.species:
        if species.name in held:
            continue
        lacking = [
            region.name
            for region in model.regions
            if species.name not in region.excluded_species
            and species.name not in initial.concentration.get(region.name, {})
        ]
        if lacking:
            problems.add(
                "initial",
                f"species {species.name!r} is held at no boundary, so its initial concentration is needed;"
                f' add concentration = {{ "{species.name}" = ... }} to [initial]'
                + (f" or [initial.region.{lacking[0]}]" if len(model.regions) > 1 else ""),
            )


def _room_on_lattices(model: Model, geometry: Geometry, initial: Initial, problems: Problems) -> None:
    """Given concentrations must leave free places on every lattice."""
    index = {species.name: i for i, species in enumerate(model.species)}
    laws = model.phase_laws
    own = {region.name: laws.inside(region) for region in model.regions}
    places = [
        (f"boundary {name}: concentration", law.concentration, None, laws.outside(name))
        for name, law in model.boundaries.items()
        if not laws.differ or law.kind not in ("gas", "ohmic")
    ]
    places += [
        (f"initial: region {region!r}", values, geometry.samples(region), own[region])
        for region, values in initial.concentration.items()
    ]
    for location, values, x, laws in places:
        c = np.zeros((1 if x is None else len(x), len(index)))
        for name, value in values.items():
            c[:, index[name]] = value if x is None else _sampled(value, x)
        check_room(laws, c, location, problems)


def check_room(laws: tuple, c: np.ndarray, location: str, problems: Problems) -> None:
    """Report concentrations ((n, n_species), mol/m³) that leave no free place on a lattice."""
    from npsolver.model import StericLaw

    for law in laws:
        room = law.room(c)
        if room is not None and not room.min() > 0.0:
            if not isinstance(law, StericLaw):
                problems.add(
                    location,
                    f"these concentrations fill {1.0 - room.min():.3g} of the volume with the apparent_volume that [[activity]]"
                    " gives and leave no solvent; expected less",
                )
                continue
            most = c[room.argmin(), list(law.members)].sum()
            problems.add(
                location,
                f"{most:.6g} mol/m^3 do not fit on the {law.largest:.6g} mol/m^3 of places that [[activity]] gives;"
                " expected less, or more places",
            )


def _contact_for_kinetics(model: Model, solve: SolveOptions, problems: Problems) -> None:
    """Reactions without electrons of a metal carry no charge: something else must say where the potential is."""
    charge = {species.name: species.charge for species in model.species}
    reacting = {
        name: item for name, law in model.boundaries.items() for item in law.reactions for s in item.stoichiometry if charge[s]
    }
    contacts = [
        name for name, law in model.boundaries.items() if law.is_electrode or any(charge[s] for s in law.concentration)
    ]
    if not reacting:
        return
    if contacts:
        for name, law in model.boundaries.items():
            if law.potential is not None and name not in contacts and model.physics == "electroneutral":
                problems.add(
                    f"boundary {name}: potential",
                    f"nothing that fixes a potential passes here; give it to the contact, [boundary.{contacts[0]}], instead",
                )
        return
    if model.physics == "pnp" and solve.kind == "transient":
        return
    name, item = next(iter(reacting.items()))
    carrier = min(item.stoichiometry, key=lambda species: charge[species])
    held = f'exchange = ["{carrier}"]' if model.boundaries[name].kind == "gas" else f"a concentration of {carrier}"
    problems.add(
        f"boundary {name}",
        "its reactions carry no charge, and nothing else that has one can pass, so that the charge of the solid and its"
        f" potential are not determined; give one end a contact, {held} (a probe that carries no current by itself)",
    )


def _blocked_currents(model: Model, solve: SolveOptions, problems: Problems) -> None:
    """Where nothing but a displacement current could pass, none passes in the long run."""
    state = "steady current" if solve.kind != "transient" else "current without double layers"
    for name, boundary in model.boundaries.items():
        if boundary.current and boundary.kind == "wall" and not _open_species(boundary) and not boundary.is_electrode:
            charges = {species.name: species.charge for species in model.species}
            imposed = FARADAY * math.fsum(charges[item] * flux for item, flux in boundary.flux.items())
            if abs(boundary.current - imposed) > 1e-9 * abs(boundary.current):
                problems.add(
                    f"boundary {name}: current",
                    f"no {state} of {boundary.current:g} (SI) can pass: no ion is held at this wall; hold one by"
                    " concentration, or solve a transient with physics = 'pnp'",
                )


def _electroneutral(model: Model, problems: Problems) -> None:
    for name, boundary in model.boundaries.items():
        for key in ("surface_charge", "stern_capacitance"):
            if getattr(boundary, key):
                problems.add(
                    f"boundary {name}: {key.split('_capacitance')[0]}",
                    "has no meaning for physics = 'electroneutral', which has no double layers; use 'pnp'",
                )
        alone = sum(item.potential is not None for item in model.boundaries.values()) == 1
        blocking = boundary.kind == "wall" and not _open_species(boundary) and not boundary.is_electrode
        if blocking and boundary.potential is not None and not alone:  # alone it is the reference potential
            problems.add(
                f"boundary {name}: potential",
                "cannot be applied to a blocking wall for physics = 'electroneutral', where no current can pass; use"
                " 'pnp', or hold an ion by concentration",
            )
    for region in model.regions:
        ions = [s for s in model.species if s.charge and s.name not in region.excluded_species]
        if not ions:
            problems.add(
                f"geometry: region {region.name!r}",
                "has no ion, so its potential is undefined for physics = 'electroneutral'; use 'pnp'",
            )
        elif region.fixed_charge and all(ion.charge * region.fixed_charge > 0.0 for ion in ions):
            problems.add(
                f"geometry: region {region.name!r}: fixed_charge",
                "has no counter-ion that may enter, which physics = 'electroneutral' needs",
            )
        elif not region.fixed_charge and len({ion.charge > 0.0 for ion in ions}) == 1:
            problems.add(
                f"geometry: region {region.name!r}",
                "has ions of one sign and no fixed charge, so that neutrality leaves none of them; give fixed_charge, "
                "let an ion of the other sign enter, or use 'pnp'",
            )


def _neutral_start(model: Model, geometry: Geometry, initial: Initial, problems: Problems) -> None:
    """Where all ions of a region start from given values, they must balance its fixed charge."""
    for region in model.regions:
        given = initial.concentration.get(region.name, {})
        ions = [s for s in model.species if s.charge and s.name not in region.excluded_species]
        if not ions or any(ion.name not in given for ion in ions):
            continue
        x = geometry.samples(region.name)
        values = {ion.name: _sampled(given[ion.name], x) * region.porosity for ion in ions}
        net = sum(ion.charge * values[ion.name] for ion in ions) + region.fixed_charge
        total = sum(abs(ion.charge) * values[ion.name] for ion in ions) + abs(region.fixed_charge)
        worst = int(np.argmax(np.abs(net)))
        if abs(net[worst]) > NEUTRALITY * total[worst]:
            problems.add(
                f"initial: region {region.name!r}",
                f"carries a net charge, sum of z c = {net[worst]:+.6g} mol/m^3 at {position_text(x[worst])}, which"
                " physics = 'electroneutral' excludes",
            )


def _sampled(value: float | Profile, x: np.ndarray) -> np.ndarray:
    return value(x) if isinstance(value, Profile) else np.full(len(x), value)


def _poisson_boltzmann(model: Model, solve: SolveOptions, problems: Problems) -> None:
    """Boltzmann ions are in equilibrium with one bath, or with two that agree."""
    if solve.kind == "transient":
        problems.add("solve: kind", "physics = 'poisson-boltzmann' is an equilibrium; expected 'steady' or 'sweep'")
    baths = [boundary for boundary in model.boundaries.values() if boundary.kind == "bath"]
    if not baths:
        problems.add("boundary", "physics = 'poisson-boltzmann' needs a bath with which the ions are in equilibrium")
    for name, boundary in model.boundaries.items():
        if boundary.current:
            problems.add(f"boundary {name}: current", "expected 0 for physics = 'poisson-boltzmann', an equilibrium")
        if any(boundary.flux.values()):
            problems.add(f"boundary {name}: flux", "expected 0 for physics = 'poisson-boltzmann', an equilibrium")
        if boundary.kind == "wall" and boundary.concentration:
            problems.add(
                f"boundary {name}: concentration",
                "physics = 'poisson-boltzmann' takes concentrations from the bath only; remove it",
            )
    if model.velocity or model.flow is not None:
        problems.add("convection: velocity", "expected 0 for physics = 'poisson-boltzmann', an equilibrium")
    if len(baths) == 2 and not model.has_excess and not _same_state(model, *baths):
        problems.add(
            "boundary",
            "the two baths are not in equilibrium with each other, as physics = 'poisson-boltzmann' needs; use 'pnp'",
        )


def _same_state(model: Model, first: Boundary, second: Boundary) -> bool:
    """Whether ln c + z F phi/RT of every species that can pass agrees within 1e-9."""
    if first.potential is None or second.potential is None:
        return all(
            math.isclose(value, second.concentration[name], rel_tol=1e-9) for name, value in first.concentration.items()
        )
    step = FARADAY * (second.potential - first.potential) / (GAS_CONSTANT * model.temperature)
    for species in model.species:
        if any(species.name in region.excluded_species for region in model.regions):
            continue
        c1, c2 = first.concentration[species.name], second.concentration[species.name]
        if c1 == c2 == 0.0:
            continue
        if c1 == 0.0 or c2 == 0.0 or abs(math.log(c2 / c1) + species.charge * step) > 1e-9:
            return False
    return True
