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


class BoundarySection(Section):
    """What holds at one end. At most one of potential, current and surface charge; none means an uncharged surface."""

    kind: Literal["bath", "wall", "gas", "ohmic"] = described(
        "`bath`: every species is held at a concentration. `wall`: every species is blocked unless `concentration`"
        " (an ideally selective contact) or `flux` lets it pass. `gas`: the defects of a solid are held in equilibrium"
        " with a gas. `ohmic`: an ideal contact of a semiconductor, neutral and in equilibrium: its carriers follow from"
        " `[[defect_equilibrium]]` and the doping."
    )
    pressure: dict[str, fields.Pressure] = described('gas: partial pressures, e.g. `{ O2 = "0.21 atm" }`.', {})
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
        "Velocity to the right (m/s); in cylindrical and spherical coordinates the outward volume flow (m^2/s, m^3/s).",
        0.0,
    )
