"""A Model from the record that is stored with its solution."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from npsolver.model import (
    Boundary,
    Coupling,
    DefectChemistry,
    DefectEquilibrium,
    Friction,
    Model,
    Reaction,
    Region,
    Species,
    SurfaceReaction,
)


def model_from_record(record: Mapping) -> Model:
    """Inverse of ``plain(model)``, but for laws of activity and expressions, which the case stored beside it states."""
    return Model(
        **{
            **record,
            "excess": (),
            "local_excess": {},
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
    regions = {name: _coupling(item) for name, item in record.get("regions", {}).items()}
    return Coupling(*arrays, tuple(record["names"]), regions, _law(record.get("law")))


def _law(record: Mapping | None) -> Friction | None:
    """Friction; expressions are stated by the case, as laws of activity are."""
    if record is None or "pairs" not in record:
        return None
    pairs = tuple(map(tuple, record["pairs"]))
    return Friction(tuple(record["members"]), pairs, record["solvent"], record["total"], tuple(record["alone"]))


def _defects(record: Mapping | None) -> DefectChemistry | None:
    if record is None:
        return None
    equilibria = tuple(DefectEquilibrium(**item) for item in record["equilibria"])
    return DefectChemistry(record["charge"], equilibria, tuple(map(tuple, record["totals"])))
