"""Which laws of the chemical potential hold where: in every region, and in the solutions outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from npsolver.model.boundary import Boundary
from npsolver.model.excess import StandardPotentialLaw
from npsolver.model.region import Region
from npsolver.units import GAS_CONSTANT


@dataclass(frozen=True)
class PhaseLaws:
    """Excess potentials by place; standard potentials count among them where they differ.

    Attributes
    ----------
    everywhere : tuple of ExcessLaw
    local : mapping of str to tuple of ExcessLaw
        Further ones by the name of the region or boundary.
    species : tuple of str
    temperature : float
        K.
    differ : bool
        Whether mu is another function of the composition from phase to phase: then mu~ is continuous where phases meet,
        and concentrations jump.
    """

    everywhere: tuple
    local: Mapping[str, tuple]
    species: tuple[str, ...]
    temperature: float
    differ: bool

    def inside(self, region: Region) -> tuple:
        """Laws in a region."""
        if not self.differ:
            return self.everywhere
        thermal = GAS_CONSTANT * self.temperature
        standard = tuple(region.standard_potential.get(name, 0.0) / thermal for name in self.species)
        first = (StandardPotentialLaw(standard),) if any(standard) else ()
        return (*first, *self.everywhere, *self.local.get(region.name, ()))

    def outside(self, boundary: str) -> tuple:
        """Laws of the solution outside a boundary."""
        return (*self.everywhere, *self.local.get(boundary, ()))

    def beside(self, boundary: Boundary, region: Region) -> tuple:
        """Laws for the concentrations that a boundary of `region` holds: outside, or those of the solid itself."""
        return self.inside(region) if boundary.kind in ("gas", "ohmic") else self.outside(boundary.name)


def differ(excess: tuple, local: Mapping[str, tuple], coupled: bool, regions: tuple[Region, ...]) -> bool:
    """Whether mu is another function of the composition from phase to phase, and species are more than ideal."""
    if not (excess or local or coupled):
        return False
    return bool(local) or any(value for region in regions for value in region.standard_potential.values())
