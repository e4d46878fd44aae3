"""Case files of kind ``pourbaix``: phase stability in water over pH and potential."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from npsolver.case import fields
from npsolver.case.fields import Name
from npsolver.case.kinds.fields import own, own_or_table
from npsolver.case.kinds.sections import LawDocument
from npsolver.case.section import Section, described


class DiagramSection(Section):
    """What the diagram is of. Elements in equal amounts are a list, others a table of amounts."""

    type: Literal["elements", "alloy", "surface"] = described(
        "`elements`: lowest transformed energy of compounds; `alloy`: global Gibbs minimum with mixed films, elements"
        " conserved; `surface`: lowest surface grand potential over adsorbate coverages.",
        "elements",
    )
    elements: list[str] = described("Elements in equal amounts.", [], max_length=12)
    composition: dict[str, fields.Positive] = described("Amounts by element; only their ratios count.", {})
    concentration: own_or_table("molarity") = described(
        "Activity of dissolved species, one or by element; of an alloy the total reached when all has dissolved.", 1e-6
    )
    ph: list[fields.Number] = described("Ends of the pH axis. Default: -2 and 16.", [-2.0, 16.0])
    potential: list[fields.Potential] = described(
        "Ends of the axis of potential against SHE. Default: -2 V and 2.5 V.", [-2.0, 2.5]
    )
    points: list[int] | None = described("Grid points along pH and potential. Default: 400, alloys 200.", None)
    compounds: list[str] | None = described("Candidates. Default: all of the table made of the elements.", None)
    exclude: list[str] = described("Names left out of the candidates.", [])
    water_activity: own("activity") = described("Activity of water.", 1.0)
    activity: dict[str, own("activity")] = described("Activities of single species, by name.", {})
    fugacity: dict[str, own("pressure")] = described("Gases that take part, and their fugacities.", {})
    count_atoms: bool = described("Whether concentrations count dissolved atoms instead of molecules.", False)
    missing_entropy: Literal["refuse", "drop"] = described(
        "Away from 25 degrees Celsius: what to do with candidates of unknown entropy.", "refuse"
    )


class CompoundSection(Section):
    """A compound that is added to the shipped table, or replaces one of it."""

    name: str = described("Formula, e.g. `Fe2O3`, `CrO4^2-`.")
    gibbs_energy: own("energy") = described("Standard Gibbs energy of formation at 25 degrees Celsius. Also in eV.")
    entropy: own("energy_per_kelvin") | None = described("Standard entropy.", None)
    phase: Literal["s", "l", "aq", "g"] | None = described("Default: `aq` for an ion, otherwise `s`.", None)
    source: str = described("Where the number comes from.", "")


class TableSection(Section):
    """Where standard Gibbs energies come from."""

    standard: bool = described("Whether the shipped table takes part.", True)
    water_gibbs_energy: own("energy") | None = described("Of liquid water, for a table of your own.", None)


class InteractionSection(Section):
    """How two members of a solution like each other."""

    pair: list[str] = described("Two members.", min_length=2, max_length=2)
    energy: own("energy") = described("W of the regular solution, per mole of sites; negative mixes better.")


class FilmSection(Section):
    """A mixed oxide film: a solid solution of compounds."""

    name: Name = described("Name.")
    members: list[str] = described("Compounds that mix, per atom of metal.", min_length=1)
    interaction: list[InteractionSection] = described("Interactions. Default: none, an ideal solution.", [])


class SurfaceSection(Section):
    """The surface cell of which all states are."""

    area: own("area") = described("Area of the cell.")
    clean: Name = described("Name of the clean surface.", "clean")
    coverage_levels: Annotated[int, Meta(ge=1, le=60)] | None = described(
        "Take the states as single adsorbates and form all coverages in that many steps.", None
    )
    sites: int = described("Adsorption sites per cell, with coverage_levels.", 1, ge=1, le=1000)
    mixing: bool = described("Whether the mixing entropy of the adsorbates counts, with coverage_levels.", False)
    interaction: list[InteractionSection] = described("Between adsorbates, with coverage_levels.", [])


class StateSection(Section):
    """A state of the surface: its energy against the clean surface, and what it took from water."""

    name: Name = described("Name.")
    gibbs_energy: own("energy") = described("Per cell, against the clean surface, ½ H2 and H2O − H2. Usually in eV.")
    oxygen: fields.Number = described("O adsorbed per cell.", 0.0)
    hydrogen: fields.Number = described("H adsorbed per cell.", 0.0)
    ions: dict[str, fields.Number] = described("Ions adsorbed from the solution per cell.", {})


class ProbeSection(Section):
    """A number read from the diagram at one point."""

    name: Name = described("Name.")
    kind: Literal["stable", "excess_energy", "energy", "amount", "fraction", "retained", "dissolved"] = described(
        "`stable`: 1 where `compound` is the stable field, otherwise 0. `excess_energy`: of a compound above the stable"
        " assemblage. `energy`: transformed energy (per area for a surface). Alloys, at the nearest grid point:"
        " `amount` of a `phase`, `fraction` of an `element` in a `phase`, `retained` part of an element (or all) in"
        " oxides, `dissolved` amount of a species."
    )
    ph: fields.Number = described("pH.")
    potential: fields.Potential = described("Potential against SHE.")
    compound: str | None = described("Compound, field, state or dissolved species.", None)
    phase: str | None = described("A phase of an alloy diagram, e.g. `oxide film`.", None)
    element: str | None = described("An element.", None)


class PourbaixDocument(LawDocument):
    """A phase diagram."""

    diagram: DiagramSection = described("What the diagram is of.")
    table: TableSection = described("Standard Gibbs energies.", TableSection)
    compound: list[CompoundSection] = described("Compounds besides those of the table.", [], max_length=2000)
    film: list[FilmSection] = described("Films of an alloy. Default: all oxides of one metal mix.", [], max_length=20)
    alloy: FilmSection | None = described("The metal. Default: an ideal solution of the elements.", None)
    surface: SurfaceSection | None = described("The surface cell.", None)
    state: list[StateSection] = described("States of the surface.", [], max_length=2000)
    probe: list[ProbeSection] = described("Numbers read from the diagram.", [], max_length=1000)
