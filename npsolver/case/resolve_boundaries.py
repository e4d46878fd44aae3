"""Boundary conditions: each sound by itself, baths complete and neutral."""

from __future__ import annotations

import math
from collections.abc import Mapping

from npsolver.case.problems import Problems, listed, nearest
from npsolver.case.resolve_species import Names
from npsolver.mesh.coordinates import Domain
from npsolver.mesh.geometry import Geometry
from npsolver.model import Boundary
from npsolver.units import VACUUM_PERMITTIVITY

NEUTRALITY = 1e-9  # net charge of a bath relative to the sum of |z| c


# What cannot be given where the flow leaves.
OUTFLOW_LEAVES_OPEN = (
    "concentration", "balance", "flux", "potential", "current", "surface_charge", "stern", "reaction", "transfer", "pressure",
    "exchange",
)


def resolve_boundaries(document, geometry: Geometry | Domain | None, species, names: Names, problems: Problems) -> dict:
    """Boundary conditions by name, each sound by itself."""
    charges = {item.name: item.charge for item in species}
    given = {name: value for name in ("left", "right") if (value := getattr(document.boundary, name)) is not None}
    given |= document.boundary.named
    if geometry is not None and geometry.dimension > 1:
        return _surfaces(given, geometry, charges, names, problems)
    expected = geometry.boundary_names if geometry else ("left", "right")
    boundaries = {}
    for name in given:
        if name not in ("left", "right") and geometry is not None:
            problems.add("boundary", f"unknown key {name!r}{nearest(name, ('left', 'right'))} (valid: left, right)")
    for side in ("left", "right"):
        section = getattr(document.boundary, side)
        if side not in expected:
            if section is not None:
                problems.add(
                    f"boundary {side}", "is the axis or centre (inner_radius = 0), which takes no conditions; remove it"
                )
            continue
        if section is None:
            problems.add(f"boundary {side}", f"missing; expected [boundary.{side}] with kind = 'bath' or 'wall'")
            continue
        boundaries[side] = _boundary(side, section, charges, names, problems)
    return boundaries


def _surfaces(given: Mapping[str, object], domain: Domain, charges, names: Names, problems: Problems) -> dict:
    """Conditions on the named surfaces of two and three dimensions; the others block and carry no charge."""
    valid = domain.boundary_names
    boundaries = {}
    for name, section in given.items():
        if name not in valid:
            problems.add("boundary", f"there is no surface {name!r}{nearest(name, valid)} (surfaces: {listed(valid)})")
            continue
        boundaries[name] = _boundary(name, section, charges, names, problems)
    if not given:
        problems.add("boundary", f"missing; expected a section such as [boundary.{valid[0] if valid else 'NAME'}]")
    return boundaries


def _boundary(side: str, section, charges: Mapping[str, float], names: Names, problems: Problems) -> Boundary:
    location = f"boundary {side}"
    before = len(problems)
    concentration = names.mapping(section.concentration, f"{location}: concentration")
    understood = len(problems) == before
    flux = names.mapping(section.flux, f"{location}: flux")
    electric = [key for key in ("potential", "current", "surface_charge") if getattr(section, key) is not None]
    if len(electric) > 1:
        problems.add(location, f"{' and '.join(electric)} cannot both be given; expected at most one of them")
    if section.kind == "bath" and understood:
        _check_bath(section, location, concentration, charges, names, problems)
    elif section.kind == "outflow":
        for key in OUTFLOW_LEAVES_OPEN:
            if getattr(section, key) not in (None, {}, []):
                problems.add(f"{location}: {key}", "has no meaning for kind = 'outflow', where the flow takes what comes")
    elif section.kind == "wall":
        if section.balance is not None:
            problems.add(f"{location}: balance", "is for a bath, but kind = 'wall'")
        for name in sorted(set(concentration) & set(flux)):
            problems.add(location, f"species {name!r} has both a concentration and a flux; expected one")
    return Boundary(
        name=side,
        kind=section.kind,
        concentration=concentration,
        flux=flux,
        potential=section.potential,
        current=section.current,
        surface_charge=section.surface_charge,
        stern_capacitance=_stern(section, location, problems),
    )


def _check_bath(section, location: str, concentration: dict, charges: Mapping[str, float], names: Names, problems):
    """Every species present, no net charge; fills in the ion named by `balance`."""
    for key in ("flux", "surface_charge", "stern"):
        if getattr(section, key):
            problems.add(f"{location}: {key}", "is for a wall, but kind = 'bath'")
    balance = None
    if section.balance is not None:
        balance = names.resolve(section.balance, f"{location}: balance")
        if balance is None:
            return
        if balance in concentration:
            problems.add(
                f"{location}: balance", f"species {balance!r} has a concentration already; expected one of them"
            )
            return
        if charges.get(balance) == 0.0:
            problems.add(f"{location}: balance", f"species {balance!r} has no charge; expected an ion")
            return
    missing = [name for name in names.declared if name not in concentration and name != balance]
    if missing:
        problems.add(
            f"{location}: concentration",
            f'a bath holds every species; missing: {", ".join(missing)} (write "{missing[0]}" = 0 if there is none)',
        )
        return
    if set(concentration) | {balance} - {None} != set(charges):
        return  # a species is unsound, which has been reported
    net = math.fsum(charges[name] * value for name, value in concentration.items())
    if balance is not None:
        value = -net / charges[balance]
        if value < 0.0:
            problems.add(
                f"{location}: balance",
                f"{balance!r} cannot balance {net:+.6g} mol/m^3 of net charge, it has the same sign; name another ion",
            )
            return
        concentration[balance] = value + 0.0
        return
    total = math.fsum(abs(charges[name]) * value for name, value in concentration.items())
    if abs(net) > NEUTRALITY * total:
        problems.add(f"{location}: concentration", _charged_bath(net, concentration, charges))


def _charged_bath(net: float, concentration: Mapping[str, float], charges: Mapping[str, float]) -> str:
    fixes = {
        name: concentration[name] - net / charge
        for name, charge in charges.items()
        if charge != 0.0 and concentration[name] - net / charge >= 0.0
    }
    message = f"the bath carries a net charge, sum of z c = {net:+.6g} mol/m^3; expected 0"
    if fixes:
        name = max(fixes, key=lambda item: abs(charges[item]) * fixes[item])
        message += f', e.g. "{name}" = {fixes[name]:.10g} (mol/m^3), or leave it out and write balance = "{name}"'
    return message


def _stern(section, location: str, problems: Problems) -> float | None:
    stern = section.stern
    if stern is None:
        return None
    location = f"{location}: stern"
    if section.potential is None and section.current is None:
        problems.add(location, "needs the electrode's potential or current")
    if stern.capacitance is not None:
        if stern.thickness is not None or stern.relative_permittivity is not None:
            problems.add(location, "expected either capacitance, or thickness and relative_permittivity")
        return stern.capacitance
    if stern.thickness is None or stern.relative_permittivity is None:
        problems.add(location, "expected thickness and relative_permittivity, or capacitance")
        return None
    return VACUUM_PERMITTIVITY * stern.relative_permittivity / stern.thickness
