"""Case files of kind ``cell``: a cell with pumps and leaks, or an excitable membrane, in time."""

from __future__ import annotations

from typing import Literal

from npsolver.case import fields
from npsolver.case.fields import Name, RawQuantity
from npsolver.case.kinds.fields import own
from npsolver.case.kinds.sections import LawDocument
from npsolver.case.schema import RangeSection
from npsolver.case.section import Section, described


class MembraneSection(Section):
    """A cell in a large bath; leaks, pumps and co-transporters cross its membrane."""

    area: own("area") = described("Area of the membrane.")
    volume: own("volume") = described("Water inside at the start.")
    potential: fields.Potential = described("Inside minus outside, at the start.", -0.07)
    capacitance: fields.Capacitance = described("Of the membrane, per area.", 0.01)
    water_permeability: own("permeability") = described("Osmotic permeability; 0 keeps the volume.", 0.0)
    impermeant_inside: fields.Concentration | None = described(
        "Trapped solutes at the start. Default: as much as osmotic balance asks for.", None
    )
    impermeant_outside: fields.Concentration = described("Solutes of the bath that never cross.", 0.0)


class CellSpeciesSection(Section):
    """An ion of the cell and its bath."""

    name: Name = described("Name, e.g. `K+`.")
    charge: fields.Charge | None = described("Charge number. Default: species library.", None)
    inside: own("amount_density") = described("Concentration in the cell at the start.")
    outside: own("amount_density") = described("Concentration in the bath.")


class LeakSection(Section):
    """Channels that are always open: a conductance, or a permeability (constant-field law of Goldman)."""

    species: str = described("Which ion passes.")
    conductance: own("conductance") | None = described("Per area.", None)
    permeability: own("permeability") | None = described("Instead of a conductance.", None)
    balance: bool = described("Whether the size is set so that the ion is steady at the start.", False)


class PumpSection(Section):
    """Na/K-ATPase with saturable kinetics on both sides."""

    name: Name = described("Name for interventions.", "pump")
    maximum_rate: own("rate") = described("Cycles per area and time, saturated.")
    sodium_constant: fields.Concentration = described("Concentration of half saturation, inside.", 10.0)
    potassium_constant: fields.Concentration = described("Concentration of half saturation, outside.", 1.5)
    sodium_exponent: fields.Positive = described("Hill exponent.", 3.0)
    potassium_exponent: fields.Positive = described("Hill exponent.", 2.0)
    sodium: str = described("The ion moved out.", "Na+")
    potassium: str = described("The ion moved in.", "K+")
    sodium_out: fields.Positive = described("Ions moved out per cycle.", 3.0)
    potassium_in: fields.Positive = described("Ions moved in per cycle.", 2.0)
    atp_free_energy: own("energy") | None = described(
        "Energy released by the hydrolysis of ATP, positive: stops the pump where the work of a cycle reaches it.", None
    )


class CotransporterSection(Section):
    """Passive coupled transport."""

    name: Name = described("Name for interventions.")
    moves: dict[str, fields.Number] = described("Ions moved into the cell per cycle; negative: out of it.")
    strength: fields.Positive = described("mol^2/(J m^2 s) for the linear law, mol/(m^2 s) per (mol/m^3)^n otherwise.")
    law: Literal["linear", "mass action"] = described("How the rate follows the concentrations.", "linear")


class EnergySection(Section):
    """ATP: made towards a set point, spent by the pumps."""

    atp: own("amount_density") = described("Concentration at the start, and set point.")
    supply_rate: own("frequency") = described("How fast metabolism closes the gap to the set point.")
    michaelis: own("amount_density") = described("Concentration at which the pumps run at half speed.")


class InterventionSection(Section):
    """Something done to the cell at a moment."""

    time: fields.Time = described("When.")
    set: dict[str, RawQuantity] = described(
        'Factors by the name of a transporter (`{ pump = 0 }` blocks it, `"leak Na+"`, `metabolism`), or new'
        ' concentrations of the bath (`{ "outside.K+" = "10 mM" }`, `outside_impermeant`).'
    )


class AxoplasmSection(Section):
    """The finite inside of a cylindrical axon, so that the ions that cross change its concentrations."""

    diameter: fields.Length = described("Diameter.", 5e-4)
    outside: dict[str, own("amount_density")] = described("Na+, K+ and Cl- of the bath. Default: sea water.", {})


class AxonSection(Section):
    """A patch of excitable membrane after Hodgkin and Huxley."""

    capacitance: fields.Capacitance = described("Per area.", 0.01)
    sodium: own("conductance") = described("Maximal conductance.", 1200.0)
    potassium: own("conductance") = described("Maximal conductance.", 360.0)
    leak: own("conductance") = described("Conductance.", 3.0)
    sodium_reversal: fields.Potential = described("Reversal potential at the start.", 0.050)
    potassium_reversal: fields.Potential = described("Reversal potential at the start.", -0.077)
    leak_reversal: fields.Potential = described("Reversal potential at the start.", -0.054387)
    q10: fields.Positive = described("Factor on the gating rates per 10 K from 6.3 degrees Celsius.", 3.0)
    start: fields.Potential | None = described("Potential at the start. Default: the resting potential.", None)
    axoplasm: AxoplasmSection | None = described("Inside of the axon. Default: concentrations never change.", None)


class ClampStepSection(Section):
    """From a moment on, a value of the clamp."""

    time: fields.Time = described("From when.")
    value: RawQuantity = described("Potential of a voltage clamp, current density of a current clamp.")


class PulsesSection(Section):
    """Equal pulses."""

    start: fields.Time = described("When the first begins.")
    duration: fields.Duration = described("How long each lasts.")
    value: RawQuantity = described("Potential or inward current density.")
    count: int = described("How many.", 1, ge=1, le=10_000)
    period: fields.Duration | None = described("From one to the next.", None)


class ClampSection(Section):
    """What the electrode does: holds the potential, or injects a current."""

    kind: Literal["voltage", "current"] = described("What is held.")
    holding: RawQuantity | None = described("Value before the first step.", None)
    carrier: str | None = described("Ion that carries the current of the electrode. Default: none of the ions.", None)
    step: list[ClampStepSection] = described("Values from given times on.", [], max_length=1000)
    pulses: PulsesSection | None = described("Equal pulses, instead of steps.", None)


class TimesSection(Section):
    """What is computed."""

    kind: Literal["transient", "resting"] = described(
        "The course in time, or that of a cell until nothing changes any more.", "transient"
    )
    end_time: fields.Duration = described("When it ends; for `resting` the time allowed.")
    output_times: list[RawQuantity] | RangeSection | None = described(
        "When values are kept. Default: 400 even steps, and every intervention.", None
    )
    rtol: fields.Tolerance = described("Relative error of the integrator.", 1e-9)
    method: Literal["LSODA", "Radau", "BDF"] = described("Integrator.", "LSODA")


class CellDocument(LawDocument):
    """A cell or an excitable membrane; either `cell` or `axon` is given."""

    cell: MembraneSection | None = described("A cell with transporters.", None)
    axon: AxonSection | None = described("An excitable membrane.", None)
    species: list[CellSpeciesSection] = described("Ions of the cell.", [], max_length=50)
    leak: list[LeakSection] = described("Channels.", [], max_length=50)
    pump: list[PumpSection] = described("Pumps.", [], max_length=10)
    cotransporter: list[CotransporterSection] = described("Co-transporters.", [], max_length=20)
    energy: EnergySection | None = described("ATP. Default: never short.", None)
    intervention: list[InterventionSection] = described("What is done to the cell.", [], max_length=1000)
    clamp: ClampSection | None = described("Electrode. Default: none.", None)
    solve: TimesSection = described("What is computed.")
