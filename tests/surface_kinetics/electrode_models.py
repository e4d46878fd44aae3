"""Silver electrodes and their solutions for the tests of this folder."""

from __future__ import annotations

from dataclasses import replace

from engine_problems import T, bath, wall

from npsolver.mesh import Geometry
from npsolver.model import Model, Region, Species, SurfaceReaction
from npsolver.model.surface_rates import solution_reaction

AG = Species("Ag+", 1.0, 1.65e-9)
NO3 = Species("NO3-", -1.0, 1.90e-9)
FILM = Geometry("cartesian", (("film", 1e-5),), 0.0)
BATH = {"Ag+": 10.0, "NO3-": 10.0}
E0 = 0.15


def reaction(stoichiometry, electrons, *, alpha=0.4, standard=E0, law="mass-action", gases=None, pressure=None, **given):
    """A reaction as the case files make it."""
    bare = SurfaceReaction(
        "reaction",
        stoichiometry,
        electrons,
        0.0,
        0.0,
        {},
        {},
        alpha,
        standard,
        gases or {},
        {"law": law, "transfer_coefficient": alpha, "standard_potential": standard, **given},
    )
    return solution_reaction(bare, pressure or {})


def silver(**given) -> SurfaceReaction:
    """Ag+ + e- = Ag; k0 = 1e-5 m/s unless given otherwise."""
    return reaction({"Ag+": -1.0}, 1.0, **(given or {"rate_constant": 1e-5}))


def film(physics: str, reactions=None, *, excess=(), right=None, region=None, species=(AG, NO3), **law) -> Model:
    """A film between an electrode (left) and a bath of silver nitrate."""
    left = replace(wall("left", **law), reactions=tuple(reactions or (silver(),)))
    return Model(
        species,
        (region or Region("film"),),
        {"left": left, "right": right or bath("right", BATH, potential=0.0)},
        T,
        physics,
        excess=excess,
    )
