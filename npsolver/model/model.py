"""The physical problem without any mesh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from npsolver.errors import InputError

if TYPE_CHECKING:
    from npsolver.model.boundary import Boundary
    from npsolver.model.coupling import Coupling
    from npsolver.model.defects import DefectChemistry
    from npsolver.model.flow import Flow
    from npsolver.model.phase_laws import PhaseLaws
    from npsolver.model.reaction import Reaction
    from npsolver.model.region import Region
    from npsolver.model.species import Species

PHYSICS = ("pnp", "electroneutral", "poisson-boltzmann")


@dataclass(frozen=True)
class Model:
    """Species, phases, reactions and boundary laws at one temperature (all SI).

    Attributes
    ----------
    species : tuple of Species
    regions : tuple of Region
    boundaries : mapping of str to Boundary
    temperature : float
        K.
    physics : str
        ``"pnp"``, ``"electroneutral"`` or ``"poisson-boltzmann"``.
    reactions : tuple of Reaction
    velocity : float
        Imposed volume flow: Cartesian 1D the velocity (m/s, positive to the right), cylindrical and
        spherical the flow through the shell (m²/s, m³/s, positive outwards).
    flow : Flow or None
        Imposed flow in two and three dimensions, in place of `velocity`.
    defects : DefectChemistry or None
        Equilibria of a solid with a gas, which gave the concentrations at boundaries of kind ``"gas"``.
    excess : tuple of ExcessLaw
        Contributions to the excess chemical potentials that hold everywhere; none means ideal.
    local_excess : mapping of str to tuple of ExcessLaw
        Further contributions by the names of the regions, and of the boundaries with a solution outside, where they hold.
    coupling : Coupling or None
        Onsager coefficients between species; None means Nernst-Planck.
    """

    species: tuple[Species, ...]
    regions: tuple[Region, ...]
    boundaries: Mapping[str, Boundary]
    temperature: float = 298.15
    physics: str = "pnp"
    reactions: tuple[Reaction, ...] = field(default=())
    velocity: float = 0.0
    flow: Flow | None = None
    defects: DefectChemistry | None = None
    excess: tuple = ()
    local_excess: Mapping[str, tuple] = field(default_factory=dict)
    coupling: Coupling | None = None

    def __post_init__(self):
        if self.physics not in PHYSICS:
            raise InputError(f"expected one of {', '.join(PHYSICS)}, got {self.physics!r}", key="model: physics")
        for group, items in (("species", self.species), ("region", self.regions)):
            names = [item.name for item in items]
            for name in names:
                if names.count(name) > 1:
                    raise InputError(f"{group} {name!r} is defined {names.count(name)} times; names must differ")

    @property
    def cross_coupling(self) -> Coupling | None:
        """`coupling`, or None where it is Nernst-Planck: diagonal, with the diffusivities of every region."""
        if self.coupling is None:
            return None
        for region in self.regions:
            diagonal = np.diag([region.diffusivity.get(item.name, item.diffusivity) for item in self.species])
            own = self.coupling.within(region.name)
            if own.law is not None or not all(np.array_equal(matrix, diagonal) for matrix in own.matrices):
                return self.coupling
        return None

    @property
    def has_excess(self) -> bool:
        """Whether chemical potentials are other than RT ln c (and a constant) anywhere."""
        return bool(self.excess or self.local_excess)

    @property
    def has_gradient_energy(self) -> bool:
        """Whether mu depends on the composition around, too (two phases with a diffuse interface)."""
        return any(getattr(law, "gradient", 0.0) for laws in (self.excess, *self.local_excess.values()) for law in laws)

    @property
    def phase_laws(self) -> PhaseLaws:
        """Laws of the chemical potential by place."""
        from npsolver.model.phase_laws import PhaseLaws, differ

        names = tuple(species.name for species in self.species)
        jumps = differ(self.excess, self.local_excess, self.coupling is not None, self.regions)
        return PhaseLaws(self.excess, self.local_excess, names, self.temperature, jumps)

    @property
    def has_phases(self) -> bool:
        """Whether mu is another function of the composition from phase to phase, and species are more than ideal."""
        return (self.has_excess or self.coupling is not None) and self.phase_laws.differ

    def species_index(self, name: str) -> int:
        """Position of species `name`; KeyError if there is none."""
        for index, species in enumerate(self.species):
            if species.name == name:
                return index
        raise KeyError(name)

    def with_boundary(self, name: str, **changes) -> Model:
        """A copy in which fields of boundary `name` are replaced."""
        boundaries = dict(self.boundaries)
        boundaries[name] = replace(boundaries[name], **changes)
        return replace(self, boundaries=boundaries)
