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
    if len(parts) == 4 and parts[2] == "pressure" and model.defects is not None:
        law = model.boundaries[parts[1]]
        pressure = dict(law.pressure) | {parts[3]: value}
        outside = model.defects.held_at(pressure, model.regions[0 if parts[1] == "left" else -1], model.temperature)
        return model.with_boundary(
            parts[1], pressure=pressure, concentration={name: outside[name] for name in law.concentration}
        )
    return None
