"""Given production of species in regions: numbers or profiles of the position."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from npsolver.case.expression import ExpressionError, Profile
from npsolver.case.problems import Problems
from npsolver.case.quantities import FASTEST
from npsolver.case.resolve_species import Names
from npsolver.case.resolve_start import position_text, profiles_in_position
from npsolver.mesh.domain import Domain
from npsolver.mesh.geometry import Geometry
from npsolver.model import Region, Species

# Net charge that counts as round-off, relative to the charge of the ions made.
NEUTRAL = 1e-9


def with_production(
    document,
    regions: tuple[Region, ...],
    species: tuple[Species, ...],
    geometry: Geometry | Domain,
    names: Names,
    problems: Problems,
) -> tuple[Region, ...]:
    """`regions` with what their sections say about production."""
    sections = {section.name: section for section in document.geometry.region}
    result = []
    for region in regions:
        location = f"geometry: region {region.name!r}: production"
        rates = profiles_in_position(sections[region.name].production, location, geometry, names, problems, "production")
        balance = sections[region.name].production_balance
        if balance is not None:
            _balance(rates, names.resolve(balance, f"{location}_balance"), species, f"{location}_balance", problems)
        for name in sorted(set(rates) & region.excluded_species):
            problems.add(location, f"species {name!r} is excluded from this region")
        x = geometry.samples(region.name)
        values = {name: _values(rate, x, f"{location}: {name!r}", problems) for name, rate in rates.items()}
        if geometry.dimension == 1 and values:
            _no_net_charge(values, species, x, location, problems)
        result.append(replace(region, production={n: r for n, r in rates.items() if np.any(values[n])}))
    return tuple(result)


def _balance(rates: dict, ion: str | None, species: tuple[Species, ...], location: str, problems: Problems) -> None:
    """Add the rate of `ion`, minus what the charge of all others asks for, to `rates`."""
    charges = {item.name: item.charge for item in species}
    if ion is None or not charges.get(ion):
        if ion is not None:
            problems.add(location, f"species {ion!r} has no charge; expected an ion")
        return
    if ion in rates:
        problems.add(location, f"species {ion!r} has a production already; expected one of them")
        return
    shares = {name: -charges[name] / charges[ion] for name in rates if charges.get(name)}
    numbers = sum(share * rates[name] for name, share in shares.items() if not isinstance(rates[name], Profile))
    profiles = [(share, rates[name]) for name, share in shares.items() if isinstance(rates[name], Profile)]
    if not profiles:
        rates[ion] = numbers + 0.0
        return
    terms = [f"({share * profile.factor!r})*({profile.expression})" for share, profile in profiles]
    try:
        rates[ion] = replace(profiles[0][1], expression=" + ".join([*terms, f"({numbers!r})"]), factor=1.0)
    except ExpressionError as error:
        problems.add(location, f"the rate of {ion}, put together from the others, {error}")


def _values(rate, x: np.ndarray, location: str, problems: Problems) -> np.ndarray:
    values = rate(x) if isinstance(rate, Profile) else np.full(len(x), float(rate))
    broken = ~(np.abs(values) <= FASTEST)
    if broken.any():
        found = f"{values[broken][0]:g} at {position_text(x[broken][0])}"
        problems.add(location, f"expected a finite rate of at most {FASTEST:g} mol/m^3/s, got {found}")
    return np.where(broken, 0.0, values)


def _no_net_charge(values: dict, species: tuple[Species, ...], x: np.ndarray, location: str, problems: Problems) -> None:
    """In one dimension one current passes every cross-section, so that no charge may appear in between."""
    charges = {item.name: item.charge for item in species}
    net = sum(charges[name] * rate for name, rate in values.items())
    gross = sum(abs(charges[name] * rate) for name, rate in values.items())
    worst = int(np.argmax(np.abs(net) - NEUTRAL * gross))
    if abs(net[worst]) > NEUTRAL * gross[worst]:
        problems.add(
            location,
            f"makes a net charge, sum of z times the rates = {net[worst]:+.4g} mol/m^3/s at {position_text(x[worst])};"
            " in one dimension expected ions in equivalent amounts, e.g. a cation and an anion at equal rates, or an ion that"
            " follows the others: production_balance",
        )
