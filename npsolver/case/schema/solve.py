"""What is computed."""

from __future__ import annotations

from typing import Literal

from npsolver.case import fields
from npsolver.case.section import Section, described


class EventSection(Section):
    """A step in boundary values during a transient."""

    time: fields.Time = described("When.")
    set: dict[str, fields.RawQuantity] = described('E.g. `{ "boundary.left.potential" = "0.1 V" }`.')


class RangeSection(Section):
    """Evenly spaced values, both ends included."""

    start: fields.RawQuantity = described("First value.", alias="from")
    stop: fields.RawQuantity = described("Last value.", alias="to")
    points: int = described("Number of values.", ge=2, le=fields.MAX_ITEMS)
    spacing: Literal["linear", "log"] = described("Even steps, or even ratios.", "linear")


class SolveSection(Section):
    """What is computed."""

    kind: Literal["steady", "transient", "sweep"] = described(
        "Steady state, evolution, or steady states in a row.", "steady"
    )
    accuracy: fields.Tolerance | None = described(
        "Relative accuracy wanted of the observables; sets mesh and tolerances that are not given.", None
    )
    tolerance: fields.Tolerance | None = described("Relative tolerance of the nonlinear solver.", None)
    end_time: fields.Duration | None = described("Transient: when it ends.", None)
    output_times: list[fields.RawQuantity] | RangeSection | None = described(
        "Transient: when fields are kept, a list or a range. Default: 0 and the end.", None
    )
    rtol: fields.Tolerance | None = described("Transient: relative error allowed per step.", None)
    event: list[EventSection] = described("Transient: steps in boundary values.", [], max_length=fields.MAX_ITEMS)
    parameter: str | None = described("Sweep: the key that varies, e.g. `boundary.left.potential`.", None)
    values: list[fields.RawQuantity] | RangeSection | None = described("Sweep: its values, a list or a range.", None)
