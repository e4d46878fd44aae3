"""Plain records (JSON) of the objects that are stored next to the fields."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np

from npsolver.model import (
    Boundary,
    Coupling,
    DefectChemistry,
    DefectEquilibrium,
    Model,
    Reaction,
    Region,
    Species,
    SurfaceReaction,
)


def plain(value):
    """`value` reduced to what JSON knows: dict, list, str, int, float, bool, None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value) if item.name[0] != "_"}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)


def finite(value):
    """`value` (plain) with null for numbers that JSON cannot carry (infinities, not a number)."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def model_from_record(record: Mapping) -> Model:
    """Inverse of ``plain(model)``, but for the laws of activity, which the case stored beside it states."""
    return Model(
        **{
            **record,
            "excess": (),
            "coupling": _coupling(record.get("coupling")),
            "species": tuple(Species(**item) for item in record["species"]),
            "regions": tuple(
                Region(**{**item, "excluded_species": frozenset(item["excluded_species"])})
                for item in record["regions"]
            ),
            "boundaries": {name: _boundary(item) for name, item in record["boundaries"].items()},
            "reactions": tuple(
                Reaction(**{**item, "regions": item["regions"] and tuple(item["regions"])})
                for item in record["reactions"]
            ),
            "defects": _defects(record.get("defects")),
        }
    )


def _boundary(record: Mapping) -> Boundary:
    reactions = tuple(SurfaceReaction(**item) for item in record.get("reactions", ()))
    transfer = {name: tuple(pair) for name, pair in record.get("transfer", {}).items()}
    return Boundary(**{**record, "reactions": reactions, "transfer": transfer})


def _coupling(record: Mapping | None) -> Coupling | None:
    if record is None:
        return None
    arrays = (np.array(record[name]) for name in ("composition", "matrices", "weights"))
    return Coupling(*arrays, tuple(record["names"]))


def _defects(record: Mapping | None) -> DefectChemistry | None:
    if record is None:
        return None
    equilibria = tuple(DefectEquilibrium(**item) for item in record["equilibria"])
    return DefectChemistry(record["charge"], equilibria, tuple(map(tuple, record["totals"])))


def package_version() -> str:
    """Version of npsolver."""
    from npsolver import __version__

    return __version__


def case_record(case) -> dict:
    """What identifies a case in every file: its name (without folders), title and sha256 of the effective case."""
    return {"name": case.name, "title": case.title, "sha256": case.sha256}
