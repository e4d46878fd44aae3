"""Sections that all cases without a mesh share."""

from __future__ import annotations

from typing import Literal

from npsolver.case import fields
from npsolver.case.fields import Label, Name, RawQuantity
from npsolver.case.section import Section, described


class AboutSection(Section):
    """What the case is and where its numbers come from."""

    kind: Literal["equilibrium", "cell", "pourbaix", "ocv"] = described("What kind of calculation the case asks for.")
    title: str = described("One line that names the system.", "")
    description: str = described("What is computed and which law it must obey.", "")
    source: str = described("Where the numbers come from.", "")


class ConditionsSection(Section):
    """What holds everywhere."""

    temperature: fields.Temperature = described("Temperature of everything.", 298.15)


class PicturesSection(Section):
    """What is drawn. Results are always written."""

    plots: bool | None = described("Whether to draw plots. Default: at a terminal only.", None)
    formats: list[Literal["png", "svg", "pdf"]] = described("Formats of the plots. Default: png.", [])


class ReductionSection(Section):
    """A number made from a curve of results."""

    name: Name = described("Name.")
    kind: Literal[
        "maximum",
        "minimum",
        "average",
        "first",
        "last",
        "change",
        "at_maximum",
        "at_minimum",
        "crossing",
        "integral",
    ] = described(
        "How: an extremum, `change` (last minus first), `at_maximum` and `at_minimum` (where on the axis), `crossing`"
        " (where on the axis the curve first takes `value`), `integral` (over the axis)."
    )
    of: str = described("Of which observable.")
    start: RawQuantity | None = described("Only from here on along the axis.", None, alias="from")
    stop: RawQuantity | None = described("Only up to here.", None, alias="to")
    value: RawQuantity | None = described("Level that `crossing` looks for.", None)


class PlotSection(Section):
    """A picture. Without one, everything is drawn over the axis, one panel per unit."""

    name: Name = described("Name of the file, without its ending.")
    y: list[str] = described("Observables to draw.", min_length=1, max_length=20)
    x: str | None = described("Observable along the abscissa. Default: the axis of the sweep.", None)
    kind: Literal["lines", "map"] = described("Curves, or a map over two swept inputs.", "lines")
    x_scale: Literal["linear", "log"] = described("Scale of the abscissa.", "linear")
    y_scale: Literal["linear", "log"] = described("Scale of the ordinate.", "linear")
    x_label: str = described("Words for the abscissa.", "")
    y_label: str = described("Words for the ordinate, or for the colour bar of a map.", "")
    levels: list[RawQuantity] = described("Map: contours to draw.", [])


class LawExpectSection(Section):
    """What the answer must be, with the tolerance that counts as a pass."""

    observable: str = described("Name of an observable.")
    value: RawQuantity | None = described("Expected value.", None)
    reference: Label | None = described(
        "Formula instead of a value, in SI, in inputs, in other observables, in the temperature `T` and in the constants"
        " `R`, `F` and `pi`, e.g. `R*T/F*log(outside/inside)`.",
        None,
    )
    rtol: fields.Tolerance | None = described("Relative tolerance.", None)
    atol: RawQuantity | None = described("Absolute tolerance, in the unit of the observable.", None)
    at: fields.RawQuantities | None = described(
        "Where on the axis; with a second sweep a list of two. Default: at the last value.", None
    )
    time: RawQuantity | None = described("When, for a case in time. Default: at the end.", None)
    source: str = described("Where the expected value comes from.", "")


class LawDocument(Section):
    """What every case without a mesh may have."""

    case: AboutSection = described("What the case is.")
    model: ConditionsSection = described("Conditions.", ConditionsSection)
    observable: list[ReductionSection] = described("Numbers made from curves.", [], max_length=1000)
    plot: list[PlotSection] = described("Pictures.", [], max_length=50)
    output: PicturesSection = described("What is drawn.", PicturesSection)
    expect: list[LawExpectSection] = described("Expected results.", [], max_length=1000)
