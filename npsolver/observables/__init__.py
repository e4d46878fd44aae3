"""Numbers and fields in SI from a system and a state."""

from npsolver.observables.conservation import LARGEST_DEFECT, amounts, closed_species, steady_defects
from npsolver.observables.fields import Frame, frame
from npsolver.observables.probes import PROBE_KINDS, probe_unit, probe_value
from npsolver.observables.terminals import TerminalValues, terminal_values, total_current

__all__ = [
    "LARGEST_DEFECT",
    "PROBE_KINDS",
    "Frame",
    "TerminalValues",
    "amounts",
    "closed_species",
    "frame",
    "probe_unit",
    "probe_value",
    "steady_defects",
    "terminal_values",
    "total_current",
]
