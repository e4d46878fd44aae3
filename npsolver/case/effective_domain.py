"""The geometry of a case in two and three dimensions as a plain dict in SI units, which can be loaded again."""

from __future__ import annotations

from npsolver.case.case import Case
from npsolver.case.effective import effective_region, lengths
from npsolver.mesh.domain import BoxDomain, PolygonDomain
from npsolver.mesh.prisms import PrismDomain


def effective_shapes(case: Case) -> dict:
    """The geometry section with the shapes of the regions."""
    geometry, regions = case.geometry, case.model.regions
    result = {"coordinates": geometry.coordinates, "dimension": geometry.dimension}
    shapes: dict[str, dict] = {region.name: {} for region in regions}
    if isinstance(geometry, BoxDomain):
        boxes = [(box.region, _box(geometry, box)) for box in geometry.boxes]
        for name in shapes:
            shapes[name] = {"box": [box for region, box in boxes if region == name]}
        result["hole"] = [box for region, box in boxes if not region]
        result["surface"] = [{"name": surface.name, **_box(geometry, surface)} for surface in geometry.surfaces]
    elif isinstance(geometry, PolygonDomain):
        for name, corners in geometry.polygons:
            if not name.startswith("-"):
                shapes[name] = {"corners": [lengths(point) for point in corners]}
        result["hole"] = [
            {"corners": [lengths(point) for point in corners]} for name, corners in geometry.polygons if name[0] == "-"
        ]
        result["surface"] = [{"name": name, "line": [lengths(point) for point in line]} for name, line in geometry.lines]
    elif isinstance(geometry, PrismDomain):
        for prism in geometry.prisms:
            if prism.region:
                shapes[prism.region] = _prism(prism)
        result["hole"] = [_prism(prism) for prism in geometry.prisms if not prism.region]
        result["surface"] = [
            {
                "name": item.name,
                **{key: value for key in ("region", "side") if (value := getattr(item, key))},
                **({"line": [lengths(point) for point in item.line]} if item.line else {}),
                "z": lengths((item.low, item.high)),
            }
            for item in geometry.surfaces
        ]
    else:
        given = case.document["geometry"]
        result |= {key: given[key] for key in ("mesh", "scale", "repair") if key in given}
    result["region"] = [effective_region(region) | shapes[region.name] for region in regions]
    return result


def _box(domain: BoxDomain, box) -> dict:
    return {axis: lengths((low, high)) for axis, low, high in zip(domain.axes, box.low, box.high)}


def _prism(prism) -> dict:
    return {"corners": [lengths(point) for point in prism.corners], "z": lengths((prism.low, prism.high))}
