"""In how many dimensions a case is, before anything of it is checked."""

from __future__ import annotations

AXES = ("x", "y", "z", "r")


def dimension_of(raw_geometry: object) -> int:
    """Dimension of a geometry section as it stands in the file; 0 where only the mesh file knows."""
    if not isinstance(raw_geometry, dict):
        return 1
    if raw_geometry.get("dimension") in (1, 2, 3):
        return raw_geometry["dimension"]
    if raw_geometry.get("coordinates") == "axisymmetric":
        return 2
    if raw_geometry.get("mesh"):
        return 0
    regions = raw_geometry.get("region")
    for region in regions if isinstance(regions, list) else []:
        if isinstance(region, dict):
            if region.get("corners") or region.get("radius"):
                return 3 if "z" in region else 2
            for item in [region, *(region["box"] if isinstance(region.get("box"), list) else [])]:
                if isinstance(item, dict) and any(key in item for key in AXES):
                    return 3 if "z" in item else 2
    return 1
