"""Models with another boundary value: what events and sweeps need."""

from __future__ import annotations

from dataclasses import replace

from npsolver.case import Case
from npsolver.errors import InputError
from npsolver.model import Model, with_boundary_value

_SCALAR = ("potential", "current", "surface_charge")


def swept_model(case: Case, value: float) -> Model | None:
    """The model with the swept key set to `value`; None where the key changes more than boundary values.

    A concentration goes through the whole case, because it may move the ion that balances the bath.
    """
    key = case.solve.parameter
    parts = key.split(".")
    if parts[0] != "boundary":
        return None
    if parts[2] in _SCALAR and getattr(case.model.boundaries.get(parts[1]), parts[2], None) is not None:
        return with_boundary_value(case.model, key, value)
    return case.with_swept_value(value).model


def event_models(case: Case) -> list[tuple[float, Model]]:
    """The model that holds from each event time on: every event changes what the earlier ones have left."""
    model, result = case.model, []
    for event in case.solve.events:
        # ions that balance a bath have events of their own (`npsolver.case.resolve_events`)
        changed = with_boundary_value(model, event.key, event.value)
        if changed is None:
            raise InputError(
                f"events change boundary values such as 'boundary.left.potential', not {event.key!r}",
                file=case.path or None,
                key="solve.event",
            )
        model = changed
        if result and result[-1][0] == event.time:
            result[-1] = (event.time, model)
        else:
            result.append((event.time, model))
    return result


def hardest_model(case: Case) -> Model:
    """A model whose boundary layers are the thinnest that the case will meet: the mesh is made for it."""
    candidates = [case.model]
    if case.solve.kind == "transient":
        candidates += [model for _, model in event_models(case)]
    if case.solve.kind == "sweep" and case.solve.parameter.startswith("boundary."):
        values = case.solve.values
        for value in (min(values), max(values)):
            candidates.append(swept_model(case, value))
    boundaries = dict(case.model.boundaries)
    for name in boundaries:
        for field in ("potential", "surface_charge"):
            values = [getattr(model.boundaries[name], field) for model in candidates]
            if all(v is not None for v in values):
                others = [
                    b.potential for n, b in case.model.boundaries.items() if n != name and b.potential is not None
                ]
                reference = sum(others) / len(others) if others and field == "potential" else 0.0
                extreme = max(values, key=lambda v: abs(v - reference))
                boundaries[name] = candidates[0].with_boundary(name, **{field: extreme}).boundaries[name]
        concentrations = [model.boundaries[name].concentration for model in candidates]
        largest = {s: max(c.get(s, 0.0) for c in concentrations) for s in concentrations[0]}
        boundaries[name] = case.model.with_boundary(
            name,
            potential=boundaries[name].potential,
            surface_charge=boundaries[name].surface_charge,
            concentration=largest,
        ).boundaries[name]
    return replace(case.model, boundaries=boundaries)
