"""A homogeneous mass-action reaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reaction:
    """Elementary reversible reaction with rate ``k_f prod c^nu_reactant - k_b prod c^nu_product``.

    Attributes
    ----------
    name : str
    reactants, products : mapping of str to int
        Stoichiometric numbers (positive) by species name. A species that is not listed (e.g. the solvent)
        is part of the rate constant.
    forward_rate, backward_rate : float
        In mol/m³ and s: the rate is in mol/(m³ s) for concentrations in mol/m³.
    regions : tuple of str or None
        Where it takes place; None means everywhere.
    instant : bool
        Whether its rate stands for local equilibrium: it has no layer that a mesh must resolve.
    """

    name: str
    reactants: Mapping[str, int]
    products: Mapping[str, int]
    forward_rate: float
    backward_rate: float
    regions: tuple[str, ...] | None = None
    instant: bool = False
