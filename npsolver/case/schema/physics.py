"""Equations, species, reactions and defect chemistry."""

from __future__ import annotations

from typing import Literal

from npsolver.case import fields
from npsolver.case.fields import Name
from npsolver.case.section import Section, described


class About(Section):
    """What the case is and where its numbers come from."""

    title: str = described("One line that names the system.", "")
    description: str = described("What is modelled and which law it must obey.", "")
    source: str = described("Where the numbers come from.", "")


class ModelSection(Section):
    """Which equations are solved, and the temperature."""

    physics: Literal["pnp", "electroneutral", "poisson-boltzmann"] = described(
        "Poisson–Nernst–Planck, Nernst–Planck with local electroneutrality, or Poisson with Boltzmann ions.", "pnp"
    )
    temperature: fields.Temperature = described("Temperature of everything.", 298.15)
    diffusivity_temperature: Literal["viscosity", "none"] = described(
        "How diffusivities of the species library, which hold at 25 °C, follow the temperature: with T/η(T) of water"
        " (Stokes–Einstein, 0 to 100 °C) or not at all. Diffusivities given in the file are used as they are.",
        "viscosity",
    )


class SpeciesSection(Section):
    """A mobile species. Charge and diffusivity come from the species library unless they are given."""

    name: Name = described("Name, e.g. `K+`, `Ca2+`, `SO4^2-`; all spellings of a charge mean the same species.")
    charge: fields.Charge | None = described("Charge number. Default: species library.", None)
    diffusivity: fields.Diffusivity | None = described(
        "Diffusivity at the temperature of the case. Default: species library (water at infinite dilution).", None
    )


class ReactionSection(Section):
    """A reversible mass-action reaction. Give two of forward rate, backward rate and equilibrium constant.

    The equilibrium constant holds in solution. In a region with partition coefficients or standard potentials it is shifted
    by them, and the backward rate with it, so that the reaction rests where mu~ balances.
    """

    name: fields.Label | None = described("Name. Default: the equation.", None)
    equation: fields.Label | None = described(
        "E.g. `HA = H+ + A-` or `2 A = B`. `H2O` need not be a species: as the solvent it has activity 1.", None
    )
    reactants: dict[str, int] = described("Stoichiometric numbers by species, instead of an equation.", {})
    products: dict[str, int] = described("Stoichiometric numbers by species, instead of an equation.", {})
    forward_rate: fields.RawQuantity | None = described(
        "Rate constant of the forward reaction; its unit follows from the reactants, e.g. `1e3 1/s`.", None
    )
    backward_rate: fields.RawQuantity | None = described(
        "Rate constant of the backward reaction; its unit follows from the products, e.g. `1e10 1/M/s`.", None
    )
    equilibrium_constant: fields.RawQuantity | None = described(
        "Products over reactants in concentrations; unit concentration to the power of the change in number.", None
    )
    pKa: fields.Number | None = described(
        "−log10 of the equilibrium constant in mol/L (for water: pKw, 14.00 at 25 °C).", None
    )
    regions: list[str] | None = described("Where it takes place. Default: everywhere.", None)


class DefectEquilibriumSection(Section):
    """An equilibrium between the defects of a solid, its lattice and a gas. Lattice constituents have activity 1.

    Constants hold where standard potentials are 0; elsewhere they are shifted by them.
    """

    name: fields.Label | None = described("Name. Default: the equation.", None)
    equation: fields.Label = described("E.g. `O_O = V_O^2+ + 2 e- + 1/2 O2` or `nil = e- + h+`.")
    constant: fields.RawQuantity | None = described(
        "Equilibrium constant: concentrations in mol/m^3 (or 1/m^3), pressures in Pa, with its unit.", None
    )
    prefactor: fields.RawQuantity | None = described("Instead: K = prefactor · exp(−enthalpy/RT).", None)
    enthalpy: fields.MolarEnergy | None = described("Enthalpy of the reaction. Also in eV.", None)
    everywhere: bool | None = described(
        "Whether it holds at every place in the solid. Default: yes, if no gas takes part.", None
    )
