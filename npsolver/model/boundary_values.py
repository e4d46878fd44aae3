"""Boundary values by their dotted keys: what events and sweeps change."""

from __future__ import annotations

from npsolver.model.model import Model

SCALARS = ("potential", "current", "surface_charge")


def with_boundary_value(model: Model, key: str, value: float) -> Model | None:
    """`model` with the boundary value `key`, e.g. ``boundary.left.concentration.K+``, set to `value` (SI).

    None where the key is no boundary value. All other values stay as they are in `model`: several changes add up. A bath
    may be charged in between.
    """
    parts = key.split(".", 3)
    if parts[0] != "boundary" or len(parts) < 3 or parts[1] not in model.boundaries:
        return None
    if len(parts) == 3 and parts[2] in SCALARS:
        return model.with_boundary(parts[1], **{parts[2]: value})
    if len(parts) == 4 and parts[2] in ("concentration", "flux"):
        held = dict(getattr(model.boundaries[parts[1]], parts[2]))
        return model.with_boundary(parts[1], **{parts[2]: held | {parts[3].strip("'\""): value}})
    if len(parts) == 4 and parts[2] == "transfer":
        species, _, which = parts[3].rpartition(".")
        transfer = dict(model.boundaries[parts[1]].transfer)
        if species not in transfer or which not in ("coefficient", "concentration"):
            return None
        k, outside = transfer[species]
        transfer[species] = (value, outside) if which == "coefficient" else (k, value)
        return model.with_boundary(parts[1], transfer=transfer)
    if len(parts) == 4 and parts[2] == "pressure":
        return _with_pressure(model, parts[1], parts[3], value)
    return None


def _with_pressure(model: Model, name: str, gas: str, value: float) -> Model | None:
    law = model.boundaries[name]
    region = model.regions[0 if name == "left" else -1]
    pressure = dict(law.pressure) | {gas: value}
    inner = [item.name for item in model.reactions if item.instant]
    changes = {"pressure": pressure}
    if law.kind == "gas" and model.defects is not None:
        outside = model.defects.held_at(pressure, region, model.phase_laws)
        changes["concentration"] = {species: outside[species] for species in law.concentration}
        changes["equilibrium"] = outside if law.equilibrium else {}
    elif not law.reactions:
        return None
    if law.reactions:
        from npsolver.model.surface_rates import at_pressure

        changes["reactions"] = at_pressure(law, pressure, model.defects, region, model.phase_laws, inner)
    return model.with_boundary(name, **changes)
