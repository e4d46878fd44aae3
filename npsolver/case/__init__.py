"""Case files: TOML in, a checked `Case` in SI units out.

pint is imported when a unit outside the most frequent ones occurs; the reference and the JSON Schema when they
are asked for.
"""

from npsolver.case.case import (
    Case,
    Event,
    Expect,
    Initial,
    MeshOptions,
    ObservableSpec,
    OutputOptions,
    SolveOptions,
)
from npsolver.case.expression import Profile
from npsolver.case.load import from_document, load, loads
from npsolver.case.quantities import to_si
from npsolver.case.templates import template_text, templates
from npsolver.exports import exports

__getattr__ = exports(
    __name__,
    {
        "overrides": "parse_assignment",
        "reference": "case_reference_markdown json_schema species_markdown",
    },
)

__all__ = [
    "Case",
    "Event",
    "Expect",
    "Initial",
    "MeshOptions",
    "ObservableSpec",
    "OutputOptions",
    "Profile",
    "SolveOptions",
    "case_reference_markdown",
    "from_document",
    "json_schema",
    "load",
    "loads",
    "parse_assignment",
    "species_markdown",
    "template_text",
    "templates",
    "to_si",
]
