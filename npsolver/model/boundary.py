"""What holds at the outer surfaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Boundary:
    """One named outer surface.

    Species without an entry in `concentration` or `flux` cannot pass. At most one of `potential`, `current`
    and `surface_charge` is given; none of them means zero surface charge.

    Attributes
    ----------
    name : str
    kind : str
        ``"bath"`` (every species held), ``"wall"`` (blocked unless held or driven by name), ``"gas"`` (a wall that
        holds the defects of a solid in equilibrium with a gas), ``"ohmic"`` (the same without a gas).
    concentration : mapping of str to float
        Concentration held outside the boundary (in solution, mu0 = 0), mol/m³.
    flux : mapping of str to float
        Molar flux imposed into the domain, mol/(m² s).
    potential : float or None
        V.
    current : float or None
        Total current (ionic plus displacement) that enters the domain through this boundary, A/m² in
        Cartesian 1D, otherwise A (spherical) or A/m (cylindrical); the potential floats.
    surface_charge : float or None
        C/m² on a wall.
    stern_capacitance : float or None
        F/m², in series between `potential` (or the floating potential) and the solution.
    pressure : mapping of str to float
        Partial pressures of the gas from which `concentration` follows, Pa.
    """

    name: str
    kind: str = "wall"
    concentration: Mapping[str, float] = field(default_factory=dict)
    flux: Mapping[str, float] = field(default_factory=dict)
    potential: float | None = None
    current: float | None = None
    surface_charge: float | None = None
    stern_capacitance: float | None = None
    pressure: Mapping[str, float] = field(default_factory=dict)
