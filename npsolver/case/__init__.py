"""Case files: TOML in, a checked `Case` in SI units out.

pydantic is imported when a case is loaded, pint when a unit outside the most frequent ones occurs.
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
from npsolver.case.overrides import parse_assignment

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
    "from_document",
    "load",
    "loads",
    "parse_assignment",
]
