"""Case files of kind ``equilibrium``: named laws, their inputs, sweeps."""

from __future__ import annotations

from typing import Literal

from npsolver.case import fields
from npsolver.case.fields import Name, RawQuantity
from npsolver.case.kinds.fields import LawValue
from npsolver.case.kinds.sections import LawDocument
from npsolver.case.schema import RangeSection
from npsolver.case.section import Section, described


class IonSection(Section):
    """An ion. Charge and diffusivity come from the species library unless they are given."""

    name: Name = described("Name, e.g. `K+`, `Ca2+`, `SO4^2-`.")
    charge: fields.Charge | None = described("Charge number. Default: species library.", None)
    diffusivity: fields.Diffusivity | None = described("Diffusivity. Default: species library.", None)


class LawSection(Section):
    """One evaluation of a law, whose result gets a name."""

    name: str = described("Name of the result; later laws and expectations use it.")
    law: str = described(
        "Which law of `npsolver.equilibrium`, e.g. `nernst_potential`; or `formula`, with the keys `formula` and `unit`."
    )
    label: str = described("Words for tables and plots. Default: the name.", "")
    ion: str | None = described("The ion whose charge number the law takes.", None)
    ions: list[str] | None = described("The ions of a law that takes several. Default: those of its tables.", None)
    inputs: dict[str, LawValue] = described(
        "Arguments by name: a quantity, a formula in inputs and earlier results such as `= 2 * E_K`, or a table by ion.",
        {},
    )
    formula: str | None = described('For `law = "formula"`: a formula in inputs and earlier results.', None)
    unit: str | None = described('For `law = "formula"`: the SI unit of its result.', None)


class SweepSection(Section):
    """An input that varies. A second sweep gives a family of curves or a map."""

    parameter: str = described(
        "Which: `input.NAME`, `law.NAME.ARGUMENT`, `law.NAME.ARGUMENT.ION` or `model.temperature`."
    )
    values: list[RawQuantity] | RangeSection = described("Its values, a list or a range.")
    label: str = described("Words for the axis. Default: the name of the input.", "")
    scale: Literal["linear", "log"] | None = described("Scale of the axis. Default: that of the range.", None)


class EquilibriumDocument(LawDocument):
    """A case of equilibrium laws."""

    species: list[IonSection] = described("Ions whose charge or diffusivity are not those of the library.", [])
    input: dict[str, RawQuantity] = described(
        "Quantities with a name, for formulas, for sweeps and for several laws at once.", {}
    )
    law: list[LawSection] = described("What is computed, in this order.", min_length=1, max_length=200)
    sweep: list[SweepSection] = described("What varies: at most two inputs.", [], max_length=2)
