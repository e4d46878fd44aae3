"""Boundaries, initial state and flow."""

from __future__ import annotations

from typing import Literal

from npsolver.case import fields
from npsolver.case.section import Section, described


class SternSection(Section):
    """Compact layer between the electrode and the solution: a thickness and a permittivity, or a capacitance."""

    thickness: fields.Length | None = described("Thickness.", None)
    relative_permittivity: fields.Permittivity | None = described("Relative permittivity.", None)
    capacitance: fields.Capacitance | None = described("Capacitance per area, instead of the two.", None)


class SurfaceReactionSection(Section):
    """A reaction at this surface that runs at a finite rate: with the electrons of a metal, a gas, or between species.

    Without `e-` among the species, `e-` in the equation are electrons of the metal. The solvent, elements (metals), pure
    phases marked (s), and constituents of the lattice have activity 1.
    """

    name: fields.Name | None = described("Name, for observables. Default: `reaction`.", None)
    equation: fields.Label = described("E.g. `Ag+ + e- = Ag`, `2 H+ + 2 e- = H2`, `1/2 O2 + V_O^2+ + 2 e- = O_O`.")
    law: Literal["mass-action", "affinity"] = described(
        "How the rate depends on the composition: by the concentrations of reactants and products, or by the affinity"
        " alone, r0 (exp(alpha A/RT) − exp(−(1−alpha) A/RT)).",
        "mass-action",
    )
    rate_constant: fields.RateConstant | None = described(
        "Rate constant k0 at the standard potential, rate = k0 (c_ox exp(−alpha n f E) − c_red exp((1−alpha) n f E));"
        " gas: surface exchange coefficient k, rate = k (c_eq − c) for small deviations.",
        None,
    )
    exchange_current: fields.ExchangeCurrent | None = described(
        "Exchange current density in equilibrium at the reference concentrations, instead.", None
    )
    exchange_rate: fields.ExchangeRate | None = described(
        "Exchange rate (forward = backward) in equilibrium with the gas or at the reference concentrations, instead.", None
    )
    reference_concentration: dict[str, fields.Concentration] = described(
        "Concentrations at which exchange_current or exchange_rate hold. Default: 1 mol/L.", {}
    )
    transfer_coefficient: fields.TransferCoefficient = described("alpha of the reduction, or of the forward rate.", 0.5)
    standard_potential: fields.Potential | None = described(
        "E0 of the reduction, on the scale of `potential`, for 1 mol/L and 1 bar.", None
    )
    equilibrium_constant: fields.Positive | None = described(
        "Without electrons and outside solids: products over reactants, in mol/L and bar.", None
    )


class TransferSection(Section):
    """A neutral species that passes at the rate k (c_out − c): mass transfer outside, or a slow step at the surface."""

    coefficient: fields.RateConstant = described("k.")
    concentration: fields.Concentration = described("c_out, outside the boundary.")


class BoundarySection(Section):
    """What holds at one end. At most one of potential, current and surface charge; none means an uncharged surface."""

    kind: Literal["bath", "wall", "gas", "ohmic", "outflow"] = described(
        "`bath`: every species is held at a concentration. `wall`: every species is blocked unless `concentration`"
        " (an ideally selective contact) or `flux` lets it pass. `gas`: the defects of a solid are held in equilibrium"
        " with a gas. `ohmic`: an ideal contact of a semiconductor, neutral and in equilibrium: its carriers follow from"
        " `[[defect_equilibrium]]` and the doping. `outflow`: the imposed flow (two and three dimensions) leaves here and takes"
        " every species with it."
    )
    pressure: dict[str, fields.Pressure] = described(
        'gas, or a wall with a reaction: partial pressures, e.g. `{ O2 = "0.21 atm" }`.', {}
    )
    exchange: list[str] | None = described(
        "gas, ohmic: species that can pass, e.g. the ions at an electrode that blocks electrons. Default: all.", None
    )
    concentration: dict[str, fields.Concentration] = described("Concentration held outside the boundary.", {})
    balance: str | None = described("Ion of a bath whose concentration follows from electroneutrality.", None)
    flux: dict[str, fields.Flux] = described("Molar flux into the domain.", {})
    potential: fields.Potential | None = described("Electric potential. Also in `kT/e`.", None)
    current: fields.Current | None = described(
        "Total current into the domain; the potential floats. A/m^2, in cylindrical coordinates and in a plane A/m,"
        " in spherical and axisymmetric coordinates and in three dimensions A.",
        None,
    )
    surface_charge: fields.SurfaceCharge | None = described("Charge on a wall. Also in e/nm^2.", None)
    stern: SternSection | None = described("Compact layer in front of a wall.", None)
    reaction: list[SurfaceReactionSection] = described("wall, gas: what reacts at a finite rate.", [])
    transfer: dict[str, TransferSection] = described(
        'wall: neutral species that pass at a finite rate, e.g. `{ O2 = { coefficient = "1e-5 m/s", concentration = "0.25'
        ' mM" } }`.',
        {},
    )


class BoundariesSection(Section, any_name=BoundarySection):
    """The two ends; `inner` and `outer` mean `left` and `right`. In two and three dimensions any named surface."""

    left: BoundarySection | None = described("The left or inner end.", None)
    right: BoundarySection | None = described("The right or outer end.", None)


class InitialRegionSection(Section):
    """Initial state of one region."""

    concentration: dict[str, fields.Profile] = described("Initial concentration, a quantity or a profile.", {})


class InitialSection(Section):
    """Initial state. Species that are not given start from straight lines between the baths."""

    concentration: dict[str, fields.Profile] = described(
        'Initial concentration everywhere: a quantity, or a profile such as `{ expression = "1 + 0.1*cos(pi*x/L)",'
        ' unit = "mM" }` in the position x (m; also y, z or r, z) and the total length L (m).',
        {},
    )
    region: dict[str, InitialRegionSection] = described("The same for one region, by its name.", {})


class ConvectionSection(Section):
    """Imposed flow of the solvent."""

    velocity: fields.Velocity = described(
        "Velocity to the right (m/s); in cylindrical and spherical coordinates the outward volume flow (m^2/s, m^3/s)."
        " In two and three dimensions the mean velocity of a profile.",
        0.0,
    )
    profile: Literal["plug", "poiseuille"] | None = described(
        "Two and three dimensions: `plug`: the same velocity everywhere; `poiseuille`: laminar flow between the outermost"
        " walls, in the tube around the axis (r, z), or in a channel of boxes or prisms whose cross-section is the same all"
        " along it; its sides are walls. Default: `plug`.",
        None,
    )
    along: str | None = described("Axis of the profile. Default: x; z in axisymmetric coordinates.", None)
    field: list[fields.FlowComponent] = described(
        'Two and three dimensions: velocity along every axis, quantities or `{ expression = "...", unit = "mm/s" }` in the'
        " position. Refused where the mesh finds a divergence.",
        [],
        max_length=3,
    )
    stream_function: fields.StreamFunction | None = described(
        'Two dimensions: `{ expression = "...", unit = "m^2/s" }` of psi, u_x = dpsi/dy, u_y = -dpsi/dx; in axisymmetric'
        " coordinates Stokes' psi (m^3/s), u_z = dpsi/dr / r, u_r = -dpsi/dz / r. It has no divergence on any mesh.",
        None,
    )
