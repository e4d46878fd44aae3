"""Events of a transient: steps in boundary values that leave the baths neutral."""

from __future__ import annotations

import numpy as np

from npsolver.case.case import Event
from npsolver.case.keys import quantity_kind, split_key
from npsolver.case.problems import Problems, listed
from npsolver.case.quantities import QuantityError, parse_quantity
from npsolver.case.resolve_boundaries import NEUTRALITY
from npsolver.case.resolve_species import Names
from npsolver.mesh.geometry import Geometry
from npsolver.model import Model


def resolve_events(document, model: Model, geometry: Geometry, names: Names, problems: Problems) -> tuple[Event, ...]:
    """Events in order of time. They may change the value of a condition, not its kind."""
    section = document.solve
    events = []
    for number, item in enumerate(section.event, start=1):
        location = f"solve: event {number}"
        if item.time > section.end_time:
            problems.add(
                f"{location}: time", f"expected a time up to end_time = {section.end_time:g} s, got {item.time:g} s"
            )
        if not item.set:
            problems.add(f"{location}: set", 'expected a change such as { "boundary.left.potential" = "0.1 V" }')
        for key, value in item.set.items():
            event = _event(item.time, key, value, model, geometry, names, f"{location}: set", problems)
            if event is not None:
                events.append(event)
    events.sort(key=lambda event: event.time)
    return _with_balance(tuple(events), document, model, names, problems)


def _event(time, key, value, model: Model, geometry: Geometry, names: Names, location: str, problems: Problems):
    parts = split_key(key) or (key,)
    kind = quantity_kind(parts, geometry.measure)
    if kind is None or parts[0] != "boundary" or "stern" in parts:
        problems.add(location, f"{key!r} cannot change in time; expected a value such as 'boundary.left.potential'")
        return None
    present = _boundary_values(model, parts[1])
    if len(parts) > 3 and parts[2] not in ("pressure", "reaction"):
        species = names.resolve(parts[3], location)
        if species is None:
            return None
        parts = (*parts[:3], species, *parts[4:])
    if parts[2:] not in present:
        problems.add(
            location,
            f"{key!r} is not given in [boundary.{parts[1]}]; an event changes a value that is there"
            f" ({listed('.'.join(item) for item in present) or 'there is none'})",
        )
        return None
    try:
        return Event(time, ".".join(parts), parse_quantity(value, kind, model.temperature))
    except QuantityError as error:
        problems.add(f"{location}: {key!r}", str(error))
        return None


def _boundary_values(model: Model, side: str) -> list[tuple[str, ...]]:
    boundary = model.boundaries.get(side)
    if boundary is None:
        return []
    present = [(key,) for key in ("potential", "current", "surface_charge") if getattr(boundary, key) is not None]
    if boundary.kind == "gas":
        return present + [("pressure", gas) for gas in boundary.pressure]
    present += [("concentration", name) for name in boundary.concentration]
    present += [("pressure", gas) for gas in boundary.pressure]
    present += [("transfer", name, key) for name in boundary.transfer for key in ("coefficient", "concentration")]
    return present + [("flux", name) for name in boundary.flux]


def _with_balance(
    events: tuple[Event, ...], document, model: Model, names: Names, problems: Problems
) -> tuple[Event, ...]:
    """Events with the ion that balances a bath added; reports baths that an event leaves charged."""
    charges = {species.name: species.charge for species in model.species}
    state = {side: dict(item.concentration) for side, item in model.boundaries.items()}
    result = []
    for time in dict.fromkeys(event.time for event in events):
        together = [event for event in events if event.time == time]
        result += together
        changed = {}
        for event in together:
            parts = event.key.split(".", 3)
            if parts[0] == "boundary" and parts[2] == "concentration" and parts[1] in state:
                state[parts[1]][parts[3]] = event.value
                changed.setdefault(parts[1], set()).add(parts[3])
        for side, keys in changed.items():
            section = getattr(document.boundary, side, None) or document.boundary.named[side]
            is_bath = model.boundaries[side].kind == "bath"  # a wall that holds some ions needs none to balance them
            ion = names.resolve(section.balance, f"boundary {side}: balance") if is_bath and section.balance else None
            if ion and ion not in keys:
                others = sum(charges[name] * value for name, value in state[side].items() if name != ion)
                state[side][ion] = -others / charges[ion]
                result.append(Event(time, f"boundary.{side}.concentration.{ion}", state[side][ion]))
            if model.has_excess:
                from npsolver.case.wellposed import check_room

                c = np.array([[state[side].get(species.name, 0.0) for species in model.species]])
                check_room(model.phase_laws.outside(side), c, f"solve: event at {time:g} s", problems)
            net = sum(charges[name] * value for name, value in state[side].items())
            total = sum(abs(charges[name]) * value for name, value in state[side].items())
            if is_bath and (abs(net) > NEUTRALITY * total or min(state[side].values()) < 0.0):
                problems.add(
                    f"solve: event at {time:g} s",
                    f"leaves a net charge in the bath of boundary {side}, sum of z c = {net:+.6g} mol/m^3; change a"
                    " counter-ion in the same event, or give the bath a balance ion",
                )
    return tuple(result)
