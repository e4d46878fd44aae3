"""What is drawn, reported and expected."""

from __future__ import annotations

from typing import Literal

from npsolver.case import fields
from npsolver.case.fields import Name
from npsolver.case.section import Section, described


class LineSection(Section):
    """A straight cut through two or three dimensions."""

    name: Name = described("Name.")
    start: fields.Point = described("First position.", alias="from")
    stop: fields.Point = described("Last position.", alias="to")


class PlaneSection(Section):
    """A plane across one axis of three dimensions, on which fields are drawn as colours.

    One axis has a position; along the others a part may be chosen. Without any, the three planes through the middle of the
    smallest region are drawn.
    """

    name: Name = described("Name.")
    x: fields.Span | None = described("Position of the plane along x, or from and to of the part to show.", None)
    y: fields.Span | None = described("The same along y.", None)
    z: fields.Span | None = described("The same along z.", None)


class OutputSection(Section):
    """What is drawn. Results are always written."""

    plots: bool | None = described("Whether to draw plots. Default: at a terminal only.", None)
    formats: list[Literal["png", "svg", "pdf"]] = described("Formats of the plots. Default: png.", [])
    line: list[LineSection] = described(
        "Lines through a plane or space along which fields are drawn.", [], max_length=20
    )
    section: list[PlaneSection] = described("Planes through space on which fields are drawn.", [], max_length=12)


class ObservableSection(Section):
    """A number to report besides the standard ones."""

    name: Name = described("Name.")
    kind: Literal[
        "concentration",
        "potential",
        "field",
        "flux",
        "flow",
        "current",
        "amount",
        "charge",
        "average",
        "minimum",
        "maximum",
        "surface_charge",
        "conductance",
        "equilibrium_defect",
        "electrochemical_potential",
        "entropy_production",
        "conductivity",
        "transference",
        "ambipolar_diffusivity",
        "chemical_capacitance",
        "voltage",
        "gas_pressure",
    ] = described(
        "What it is. `entropy_production`: of transport and reactions, in a `region` of transport alone."
        " `electrochemical_potential`: RT ln a + z F phi, the activity a in mol/L."
    )
    species: str | None = described(
        "Of which species; average, minimum and maximum without one are of the potential.", None
    )
    at: fields.Place | None = described(
        "Position, in the coordinate of the geometry; a list in two and three dimensions.", None
    )
    region: str | None = described("In which region; at an interface, on which side. Default: everywhere.", None)
    boundary: str | None = described("At which end or surface, instead of a position.", None)
    gas: str | None = described("gas_pressure: of which gas, at which the solid would be in equilibrium.", None)
    to: str | None = described("conductance, voltage: the second surface, if `boundary` is the first.", None)


class ExpectSection(Section):
    """What the answer must be, with the tolerance that counts as a pass."""

    observable: str = described("Name of an observable, e.g. `membrane_potential` or `flux[K+, left]`.")
    value: fields.RawQuantity | None = described("Expected value.", None)
    reference: str | None = described("Closed form instead of a value, e.g. `nernst(K+, left, right)`.", None)
    rtol: fields.Tolerance | None = described("Relative tolerance.", None)
    atol: fields.RawQuantity | None = described("Absolute tolerance, in the unit of the observable.", None)
    time: fields.Time | None = described("Transient: when. Default: at the end.", None)
    at: fields.RawQuantity | None = described("Sweep: at which value. Default: at the last.", None)
    source: str = described("Where the expected value comes from.", "")
