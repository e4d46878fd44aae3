"""What holds at the outer surfaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from npsolver.model.surface_reaction import SurfaceReaction


@dataclass(frozen=True)
class Boundary:
    """One named outer surface.

    Species without an entry in `concentration`, `flux` or `transfer` and without a reaction cannot pass. At most one of
    `potential`, `current` and `surface_charge` is given; none of them means zero surface charge.

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
    reactions : tuple of SurfaceReaction
        What runs at a finite rate.
    transfer : mapping of str to (float, float)
        Coefficient k (m/s) and outer concentration (mol/m³) of species that enter at the rate k (c_out - c).
    equilibrium : mapping of str to float
        Concentrations (mol/m³) in equilibrium with the gas, where reactions of finite rate take the place of
        `concentration`: where a solution starts from.
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
    reactions: tuple[SurfaceReaction, ...] = ()
    transfer: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    equilibrium: Mapping[str, float] = field(default_factory=dict)

    @property
    def kinetics(self) -> tuple[SurfaceReaction, ...]:
        """Everything that runs at a finite rate: reactions, then first-order transfer."""
        if not self.transfer:
            return self.reactions
        from npsolver.model.surface_reaction import first_order_transfer

        return self.reactions + tuple(first_order_transfer(name, *pair) for name, pair in self.transfer.items())

    @property
    def composition(self) -> dict[str, float]:
        """Concentrations (mol/m³) outside, as far as they are known: held, or approached at a finite rate."""
        outer = {name: concentration for name, (_, concentration) in self.transfer.items()}
        return {**self.equilibrium, **outer, **self.concentration}

    @property
    def reacting(self) -> frozenset[str]:
        """Species that pass at a finite rate."""
        return frozenset(self.transfer).union(*(item.stoichiometry for item in self.reactions))

    @property
    def is_electrode(self) -> bool:
        """Whether a reaction exchanges electrons with a metal."""
        return any(item.electrons for item in self.reactions)
