"""Case files of kind ``ocv``: insertion hosts, full cells, measured curves, stability and ageing."""

from __future__ import annotations

from typing import Literal

from npsolver.case import fields
from npsolver.case.fields import Name, RawQuantity
from npsolver.case.kinds.fields import own
from npsolver.case.kinds.sections import LawDocument
from npsolver.case.schema import RangeSection
from npsolver.case.section import Section, described


class SiteSection(Section):
    """One kind of site of a multi-site host."""

    fraction: own("fraction") = described("Share of all sites.")
    potential: fields.Potential = described("Potential at half filling.")
    width: fields.Positive = described("Width of the step in RT/F; 1 for an ideal lattice.", 1.0)
    slope: own("voltage_per_kelvin") = described("Change of the potential with temperature.", 0.0)


class HostSection(Section):
    """A host of ions and the chemical potential of its ions."""

    name: Name = described("Name.")
    model: Literal["regular-solution", "redlich-kister", "multi-site", "table"] = described(
        "Lattice with one interaction, with a Redlich–Kister series, several kinds of sites, or a table."
    )
    standard_potential: fields.Potential | None = described("Lattices: E0 against the reference electrode.", None)
    interaction: own("energy") | None = described(
        "Regular solution: the interaction; it separates into two phases below the temperature of interaction/(2R).",
        None,
    )
    coefficients: list[own("energy")] = described("Redlich–Kister: A_0, A_1, ...", [])
    standard_slope: own("voltage_per_kelvin") = described("Lattices: change of E0 with temperature.", 0.0)
    interaction_slope: own("energy_per_kelvin") = described("Regular solution: change with temperature.", 0.0)
    coefficient_slopes: list[own("energy_per_kelvin")] = described("Redlich–Kister: change with temperature.", [])
    site: list[SiteSection] = described("Multi-site: the kinds of sites.", [], max_length=50)
    file: str | None = described("Table: a CSV file next to the case.", None)
    x: list[own("fraction")] | str | None = described("Table: filled share of the sites, or the column of it.", None)
    potential: list[fields.Potential] | str | None = described("Table: potentials, or the column of them (V).", None)
    chemical_potential: list[own("energy")] | None = described("Table: instead of potentials.", None)
    entropy: list[own("voltage_per_kelvin")] | str | None = described("Table: dU/dT, or its column (V/K).", None)
    reference_temperature: fields.Temperature = described("Temperature at which the numbers hold.", 298.15)
    ion_charge: int = described("Charge number of the inserted ion.", 1, ge=1, le=4)


class PolarisationSection(Section):
    """Overpotentials of an electrode under current."""

    current: own("electric_current") = described("Positive when it fills the host.")
    resistance: own("resistance") = described("Resistance of an empty host.", 0.0)
    resistance_slope: own("any_resistance") = described("Its rise up to the full host.", 0.0)
    exchange_current: own("positive_current") | None = described(
        "At half filling. Default: none, no kinetic overpotential.", None
    )
    site_limited: bool = described("Whether the exchange current falls with the square root of x(1-x).", False)
    resistance_spread: own("resistance") = described(
        "Standard deviation of the resistances behind the particles: what makes a peak out of a plateau.", 0.0
    )


class ElectrodeSection(Section):
    """One host by itself."""

    host: str = described("Name of the host.")
    capacity: own("charge_amount") = described("Charge that fills all sites.", 3600.0)
    polarisation: PolarisationSection | None = described("Overpotentials. Default: equilibrium.", None)


class HalfSection(Section):
    """An electrode of a cell."""

    host: str = described("Name of the host.")
    discharged: own("fraction") | None = described("Filled share of its sites in the discharged cell.", None)
    charged: own("fraction") | None = described("Filled share of its sites in the charged cell.", None)
    capacity: own("charge_amount") | None = described("Charge that fills all its sites, to balance the cell.", None)


class FullCellSection(Section):
    """Two electrodes. Stoichiometry windows are given, or follow from capacities, inventory and voltage limits."""

    positive: HalfSection = described("Positive electrode.")
    negative: HalfSection = described("Negative electrode.")
    capacity: own("charge_amount") | None = described("Charge between the ends of the windows. Default: 1 A h.", None)
    cyclable_charge: own("charge_amount") | None = described("Ions that move between the electrodes.", None)
    voltage_limits: list[fields.Potential] | None = described("Voltages of the discharged and the charged cell.", None)


class WindowSection(Section):
    """Potentials between which the electrolyte is stable, against the reference electrode of the hosts."""

    reduction: fields.Potential = described("Below it the electrolyte is reduced.")
    oxidation: fields.Potential = described("Above it the electrolyte is oxidised.")


class GrowthSection(Section):
    """How fast the interphase takes up charge: reaction and transport through the layer in series."""

    rate: own("slow_rate") = described("Rate at the reference temperature, share of the capacity per time.")
    growth: own("slow_rate") | None = described(
        "Square of the share per time where the layer limits. Default: it never does.", None
    )
    transfer: fields.Positive = described("Transfer coefficient.", 0.5)
    rate_activation: own("energy") = described("Activation energy of the reaction.", 0.0)
    growth_activation: own("energy") = described("Activation energy of the transport.", 0.0)
    reference_temperature: fields.Temperature = described("Temperature of the rates.", 298.15)
    time: fields.Duration = described("Time of storage.")


class AgeingSection(Section):
    """Driving forces of side reactions over state of charge and temperature."""

    temperatures: list[RawQuantity] | RangeSection = described("Temperatures of storage.")
    growth: GrowthSection | None = described("Loss on the shelf. Default: driving forces only.", None)


class MeasuredSection(Section):
    """A measured curve of potential against charge."""

    file: str = described("CSV file next to the case, with a header.")
    capacity: str = described("Column of the charge passed.", "capacity")
    capacity_unit: str = described("Unit of that column.", "A*h")
    potential: str = described("Column of the potential, in volt.", "potential")
    resolution: fields.Potential = described("Standard deviation of the blur of dQ/dV.", 0.005)
    method: Literal["spline", "savgol"] = described("How dV/dQ is smoothed.", "spline")
    smoothing: fields.Positive | None = described("Penalty of the spline. Default: by cross-validation.", None)
    window: own("charge_amount") | None = described("Window of savgol. Default: a twentieth of the range.", None)


class OcvSolveSection(Section):
    """Where the curves are computed."""

    points: int = described("Points along the composition or the state of charge.", 401, ge=5, le=1_000_000)
    limits: list[own("fraction")] = described(
        "Ends of the composition of a single host.", [0.001, 0.999]
    )
    spectrum_points: int = described("Points of the spectrum of dQ/dV under current.", 801, ge=5, le=100_000)


class OcvDocument(LawDocument):
    """An insertion electrode, a cell of two, or a measured curve: exactly one of the three."""

    host: list[HostSection] = described("Hosts.", [], max_length=20)
    electrode: ElectrodeSection | None = described("One host by itself.", None)
    cell: FullCellSection | None = described("A cell of two electrodes.", None)
    measured: MeasuredSection | None = described("A measured curve.", None)
    window: WindowSection | None = described("Stability of the electrolyte; for a cell.", None)
    ageing: AgeingSection | None = described("Storage; for a cell with a window.", None)
    solve: OcvSolveSection = described("Points.", OcvSolveSection)
