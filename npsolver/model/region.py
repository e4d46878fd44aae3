"""A phase: what fills one region of the geometry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Region:
    """Material of one region.

    The effective diffusivity of species i is ``D_i * porosity / tortuosity`` and its amount per volume
    ``porosity * c_i``, c_i being the concentration in the pore fluid.

    Attributes
    ----------
    name : str
    relative_permittivity : float
    porosity : float
        Volume fraction open to the species, 0 < porosity <= 1.
    tortuosity : float
        Diffusive tortuosity factor >= 1 (the squared path-length ratio).
    fixed_charge : float
        Concentration of immobile charges times their charge number, per total volume, mol/m³.
    standard_potential : mapping of str to float
        mu0 of a species in this region relative to its standard state in solution, J/mol; missing means 0.
        The partition coefficient is exp(-mu0/RT).
    excluded_species : frozenset of str
        Species that cannot enter.
    diffusivity : mapping of str to float
        m²/s, where it differs from that of the species.
    production : mapping of str to float or callable
        Given rate at which a species appears (negative: disappears), mol/(m³ s) of total volume: a number, or a function
        of positions in m ((n,) in one dimension, (n, dim) otherwise) that returns (n,) values.
    """

    name: str
    relative_permittivity: float = 78.5
    porosity: float = 1.0
    tortuosity: float = 1.0
    fixed_charge: float = 0.0
    standard_potential: Mapping[str, float] = field(default_factory=dict)
    excluded_species: frozenset[str] = frozenset()
    diffusivity: Mapping[str, float] = field(default_factory=dict)
    production: Mapping[str, float | Callable[[np.ndarray], np.ndarray]] = field(default_factory=dict)
